//! By what an article is known at a partner, however often and by whichever node it is put.

use data_encoding::HEXLOWER;
use lianbo_schemas::ArticleUri;
use sha2::{Digest, Sha256};

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
        Self { slug: format!("lianbo-{key}"), uri: uri.as_str().to_owned() }
    }

    /// The mark left at the end of the text, so that a post is known again after an editor has changed its address.
    pub(super) fn mark(&self) -> String {
        format!("<!-- {} -->", self.slug)
    }
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::ArticleUri;

    use super::Name;

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
