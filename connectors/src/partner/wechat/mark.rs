//! The mark by which an article is known again at WeChat, which gives out ids of its own: `lianbo-<short id>.<digest>`,
//! behind the address of the original and in the text.

use url::Url;

use crate::partner::name::Name;

/// Hexadecimal digits of a digest in a mark: enough to tell the versions of one article apart.
const DIGITS: usize = 16;

/// The longest address of an original, in bytes.
const SOURCE_BYTES: usize = 1_000;

/// An article's mark.
#[derive(Debug)]
pub(super) struct Mark {
    slug: String,
    /// Of what was sent.
    pub(super) digest: String,
}

impl Mark {
    /// `digest` is a hash of what is sent, in hexadecimal.
    pub(super) fn of(name: &Name, digest: &str) -> Self {
        Self { slug: name.slug.clone(), digest: digest.chars().take(DIGITS).collect() }
    }

    /// As it stands in the text.
    pub(super) fn text(&self) -> String {
        format!("{}.{}", self.slug, self.digest)
    }

    /// The address of the original with the mark behind it, where no browser heeds it. An address that has a fragment
    /// of its own stays as it is, as it may lead to a page only with that.
    pub(super) fn behind(&self, original: &str) -> String {
        let mut marked = original.to_owned();
        if Url::parse(original).is_ok_and(|url| url.fragment().is_none()) {
            marked = format!("{original}#{}", self.text());
        }
        if marked.len() <= SOURCE_BYTES { marked } else { String::new() }
    }
}

/// The digest in the article's mark, if `text` has its mark.
pub(super) fn digest_in(text: &str, name: &Name) -> Option<String> {
    let start = format!("{}.", name.slug);
    let digits = &text[text.find(&start)? + start.len()..];
    let digest: String = digits.chars().take(DIGITS).take_while(char::is_ascii_hexdigit).collect();
    (digest.len() == DIGITS).then_some(digest)
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::ArticleUri;

    use super::{Mark, digest_in};
    use crate::partner::name::Name;

    fn name(short: &str) -> Name {
        Name::of(&ArticleUri::new(format!("tag:example.org,2026:article:{short}")).unwrap())
    }

    #[test]
    fn an_article_is_known_by_its_own_mark_alone() {
        let name_of_it = name("abcdefghij");
        let mark = Mark::of(&name_of_it, "0123456789abcdef0123456789abcdef");
        let marked = mark.behind("https://cdrb.example/1?a=1&b=2");
        assert_eq!(marked, "https://cdrb.example/1?a=1&b=2#lianbo-abcdefghij.0123456789abcdef");
        assert_eq!(digest_in(&marked, &name_of_it).as_deref(), Some("0123456789abcdef"));
        assert_eq!(digest_in(&marked, &name("abcdefghijk")), None);
        assert_eq!(digest_in(&marked, &name("abcdefghi")), None);
        assert_eq!(digest_in("#lianbo-abcdefghij.01", &name_of_it), None);
    }

    #[test]
    fn an_original_that_needs_its_fragment_keeps_it() {
        let mark = Mark::of(&name("abcdefghij"), "0123456789abcdef");
        assert_eq!(mark.behind("https://app.example/#/1"), "https://app.example/#/1");
        assert_eq!(mark.behind(&format!("https://cdrb.example/{}", "a".repeat(1_000))), "");
    }
}
