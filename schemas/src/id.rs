//! Identifiers. Each is its own type, checked when it is made, so that no other part checks again.

use std::fmt;
use std::str::FromStr;

use data_encoding::Encoding;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a text is not the identifier it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind}: {rule}")]
pub struct IdError {
    /// What it should have been.
    pub kind: &'static str,
    /// What it was.
    pub text: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

const SLUG_RULE: &str = "1 to 63 of a-z, 0-9 and -, starting and ending with a letter or digit";

fn slug(kind: &'static str, text: &str) -> Result<String, IdError> {
    let bytes = text.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    let edges = [bytes.first(), bytes.last()].iter().all(|edge| edge.is_some_and(|byte| *byte != b'-'));
    if edges && bytes.len() <= 63 && bytes.iter().all(inner) {
        return Ok(text.to_owned());
    }
    Err(IdError { kind, text: text.chars().take(80).collect(), rule: SLUG_RULE })
}

const URI_RULE: &str = "an absolute uri with the scheme tag:, urn: or http(s):, without spaces, 1,000 bytes at most";

fn uri(kind: &'static str, text: &str) -> Result<String, IdError> {
    let scheme = ["tag:", "urn:", "http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    if scheme
        && text.len() <= 1000
        && !text.chars().any(|character| character.is_whitespace() || character.is_control())
    {
        return Ok(text.to_owned());
    }
    Err(IdError { kind, text: text.chars().take(80).collect(), rule: URI_RULE })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Checks that `text` is a valid ", $kind, ".")]
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                $check($kind, text.as_ref()).map(Self)
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A member that publishes, e.g. `cdrb`.
    OutletId, "outlet id", slug
);
id!(
    /// A named selection that others pull or subscribe to, e.g. `chengdu-release`.
    ChannelId, "channel id", slug
);
id!(
    /// A system the hub pushes to.
    PartnerId, "partner id", slug
);
id!(
    /// What an outlet allows.
    GrantId, "grant id", slug
);
id!(
    /// A layout of an article for one medium, e.g. `radio`.
    TemplateId, "template id", slug
);
id!(
    /// The name of a secret; the secret itself is kept by each machine, never in a topic.
    SecretName, "secret name", slug
);
id!(
    /// One thing an outlet sent: a UUID, time-ordered when the hub gives it.
    SubmissionId, "submission id", slug
);
id!(
    /// An editor's decision: a UUID, time-ordered when the hub gives it.
    DecisionId, "decision id", slug
);
id!(
    /// An item: outlet and the outlet's own id of the piece. Its versions share the uri.
    ItemUri, "item uri", uri
);
id!(
    /// The hub's canonical article, derived from its first item, so that a replay gives the same uri.
    ArticleUri, "article uri", uri
);

/// What may stand unescaped in the specific part of a `tag:` uri (RFC 4151): letters, digits and `-._~`.
const TAG: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Lower-case base32 without padding: safe in paths, hosts, file names and slugs.
fn base32() -> Encoding {
    let mut specification = data_encoding::Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().expect("the 32 symbols above are distinct ASCII")
}

impl SubmissionId {
    /// A fresh, time-ordered id.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }
}

impl DecisionId {
    /// A fresh, time-ordered id.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }
}

impl ItemUri {
    /// `tag:<authority>,2026:item:<outlet>:<own id>` (RFC 4151). `authority` is the alliance's own domain name; an
    /// own id too long for a uri is replaced by its digest.
    pub fn of(authority: &str, outlet: &OutletId, own_id: &str) -> Self {
        let mut escaped = utf8_percent_encode(own_id.trim(), TAG).to_string();
        if escaped.len() > 600 {
            escaped = format!("sha256-{}", base32().encode(&Sha256::digest(own_id.trim().as_bytes())));
        }
        Self(format!("tag:{authority},2026:item:{outlet}:{escaped}"))
    }
}

impl ArticleUri {
    /// The uri of the article whose first item is `item`.
    pub fn of(authority: &str, item: &ItemUri) -> Self {
        let digest = Sha256::digest(item.as_str().as_bytes());
        Self(format!("tag:{authority},2026:article:{}", base32().encode(&digest[..16])))
    }

    /// The uri of an article that an editor has made of `item` when the item has founded another one that stays; `number`
    /// tells several such apart.
    pub fn of_split(authority: &str, item: &ItemUri, number: u32) -> Self {
        let digest = Sha256::digest(format!("{item}\nsplit {number}").as_bytes());
        Self(format!("tag:{authority},2026:article:{}", base32().encode(&digest[..16])))
    }

    /// The short last part, fit for paths and slugs.
    pub fn short(&self) -> &str {
        self.0.rsplit([':', '/']).next().unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ArticleUri, ItemUri, OutletId};

    #[test]
    fn a_slug_is_checked_at_the_edge() {
        for good in ["cdrb", "a", "8", "chengdu-release"] {
            assert!(OutletId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a b", "成都", &"a".repeat(64)] {
            assert!(OutletId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_article_uri_follows_from_its_first_item() {
        let outlet = OutletId::new("cdrb").unwrap();
        let item = ItemUri::of("example.org", &outlet, "https://cdrb.example/稿件/1?a=b");
        assert_eq!(item, ItemUri::of("example.org", &outlet, " https://cdrb.example/稿件/1?a=b "));
        assert!(ItemUri::new(item.as_str()).is_ok());
        let article = ArticleUri::of("example.org", &item);
        assert_eq!(article, ArticleUri::of("example.org", &item));
        assert_eq!(article.short().len(), 26);
        assert!(ArticleUri::new(article.as_str()).is_ok());
    }

    #[test]
    fn an_endless_own_id_still_gives_a_valid_uri() {
        let outlet = OutletId::new("cdrb").unwrap();
        let item = ItemUri::of("example.org", &outlet, &"稿".repeat(5000));
        assert!(ItemUri::new(item.as_str()).is_ok());
    }
}
