//! By what an article is known at a partner, however often and by whichever node it is put.

use data_encoding::HEXLOWER;
use lianbo_schemas::ArticleUri;
use sha2::{Digest, Sha256};

/// How every name begins.
pub(super) const PREFIX: &str = "lianbo-";

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

/// The name in the mark that a text carries.
pub(super) fn marked(text: &str) -> Option<&str> {
    let (_, after) = text.rsplit_once("<!-- lianbo-")?;
    let (key, _) = after.split_once(" -->")?;
    let start = text.len() - after.len() - PREFIX.len();
    is_key(key).then(|| text.get(start..start + PREFIX.len() + key.len())).flatten()
}

/// The name that a slug is made of, without the number a system adds to one that is taken.
pub(super) fn of_slug(slug: &str) -> Option<&str> {
    let key = slug.strip_prefix(PREFIX)?.split('-').next()?;
    is_key(key).then(|| slug.get(..PREFIX.len() + key.len())).flatten()
}

fn is_key(key: &str) -> bool {
    key.len() >= 8 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::ArticleUri;

    use super::{Name, marked, of_slug};

    #[test]
    fn a_name_is_read_from_the_mark_or_the_slug() {
        let name = Name::of(&ArticleUri::new("tag:example.org,2026:article:abcdefghijklmnop").unwrap());
        assert_eq!(marked(&format!("<p>正文</p>{}\n<!-- /wp:freeform -->", name.mark())), Some(name.slug.as_str()));
        assert_eq!(of_slug(&format!("{}-2", name.slug)), Some(name.slug.as_str()));
        assert_eq!((marked("<!-- lianbo-x -->"), of_slug("lianbo-news")), (None, None));
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
