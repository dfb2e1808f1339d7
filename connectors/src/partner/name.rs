//! By what an article is known at a partner, however often and by whichever node it is put.

use data_encoding::HEXLOWER;
use lianbo_schemas::ArticleUri;
use sha2::{Digest, Sha256};

/// What every slug begins with.
const PREFIX: &str = "lianbo-";
/// Characters of an article's short id, and of the digest that stands for an odd one.
const KEYS: [usize; 2] = [26, 32];

/// By what an article is known.
#[derive(Debug)]
pub(super) struct Name {
    /// `lianbo-` and the short id: one slug for each article.
    pub(super) slug: String,
    /// The article's uri.
    pub(super) uri: String,
}

impl Name {
    pub(super) fn of(uri: &ArticleUri) -> Self {
        let short = uri.short();
        let fits = (8..=64).contains(&short.len())
            && short.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let key = if fits { short.to_owned() } else { HEXLOWER.encode(&Sha256::digest(uri.as_str().as_bytes())[..16]) };
        Self { slug: format!("{PREFIX}{key}"), uri: uri.as_str().to_owned() }
    }

    /// The mark left at the end of the text, so that a post is known again after an editor has changed its address.
    pub(super) fn mark(&self) -> String {
        format!("<!-- {} -->", self.slug)
    }
}

/// The name that a slug of a hub's is made of, or a tag without its `#`, also when the CMS has put something behind it
/// (`-2`, `__trashed`). A slug of an outlet's own, such as `lianbo-2026`, is none.
pub(crate) fn of_slug(slug: &str) -> Option<&str> {
    let key = slug.strip_prefix(PREFIX)?.split(['-', '_']).next()?;
    let is_key = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (KEYS.contains(&key.len()) && key.bytes().all(is_key)).then(|| slug.get(..PREFIX.len() + key.len())).flatten()
}

/// The name in the mark that a hub leaves in a text.
pub(crate) fn marked(html: &str) -> Option<&str> {
    let comments = html.split("<!--").skip(1).filter_map(|rest| rest.split("-->").next());
    comments.map(str::trim).find_map(of_slug)
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::ArticleUri;

    use super::{Name, marked, of_slug};

    #[test]
    fn what_a_hub_has_posted_is_known_by_its_slug_and_its_mark() {
        for uri in ["tag:example.org,2026:article:abcdefghijklmnopqrstuvwxyz", "https://example.org/稿件"] {
            let name = Name::of(&ArticleUri::new(uri).unwrap());
            for end in ["", "-2", "__trashed", "__trashed-2"] {
                assert_eq!(of_slug(&format!("{}{end}", name.slug)), Some(name.slug.as_str()), "{end}");
            }
            let text = format!("<!-- a --><p>x</p>{}\n<!-- /wp:freeform -->", name.mark());
            assert_eq!(marked(&text), Some(name.slug.as_str()));
        }
        for slug in ["", "lianbo", "lianbo-", "lianbo-2026", "xinwen-lianbo", "lianbo-chengdu-jin-ri-tou-tiao"] {
            assert_eq!(of_slug(slug), None, "{slug}");
            assert_eq!(marked(&format!("<!-- {slug} --><p>{slug}</p>")), None, "{slug}");
        }
    }

    #[test]
    fn a_slug_is_made_of_the_short_id_or_of_a_digest() {
        let name = |uri: &str| Name::of(&ArticleUri::new(uri).unwrap()).slug;
        assert_eq!(
            name("tag:example.org,2026:article:abcdefghijklmnopqrstuvwxyz"),
            "lianbo-abcdefghijklmnopqrstuvwxyz"
        );
        let odd = name("https://example.org/稿件");
        assert_eq!(odd.len(), "lianbo-".len() + 32);
        assert_ne!(odd, name("https://example.com/稿件"));
    }
}
