//! `Idempotency-Key`: sent twice, taken once. draft-ietf-httpapi-idempotency-key-header-07.

use async_trait::async_trait;
use axum::http::HeaderMap;
use lianbo_schemas::{OutletId, SubmissionId};

use crate::ingest::refusal;
use crate::problem::Problem;
use crate::received::Fingerprint;

/// The header's name.
pub(super) const HEADER: &str = "idempotency-key";
/// A UUID has 36 characters; nobody needs more than this.
const LONGEST_KEY: usize = 255;

/// A submission that came with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Which.
    pub submission: SubmissionId,
    /// Of its body.
    pub body_sha256: Fingerprint,
}

/// The lookup does not work now; the same may work later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LookupError(pub String);

/// Knows the keys of submissions that this process did not take itself: before a restart, or on another node.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// The newest submission of this outlet that came with this key.
    async fn find(&self, outlet: &OutletId, key: &str) -> Result<Option<Remembered>, LookupError>;
}

/// Knows none: for a node that keeps no view.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStore;

#[async_trait]
impl IdempotencyStore for NoStore {
    async fn find(&self, _outlet: &OutletId, _key: &str) -> Result<Option<Remembered>, LookupError> {
        Ok(None)
    }
}

/// The key of a request: a Structured Field String (RFC 9651), or, leniently, a bare token.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().and_then(parse).filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(text)),
        (Some(_), Some(_)) | (None, _) => Err(refusal::unreadable(
            format!(
                "`Idempotency-Key` must be one quoted string of 1 to {LONGEST_KEY} characters, e.g. \"8e03978e-40d5\""
            ),
            "Idempotency-Key 须为一个带引号的字符串，例如 \"8e03978e-40d5\"",
        )),
    }
}

fn parse(text: &str) -> Option<String> {
    let text = text.trim();
    let Some(quoted) = text.strip_prefix('"') else {
        let bare = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\,;".contains(&byte));
        return bare.then(|| text.to_owned());
    };
    let mut key = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => match characters.next()? {
                escaped @ ('"' | '\\') => key.push(escaped),
                _ => return None,
            },
            character @ ' '..='~' => key.push(character),
            _ => return None,
        }
    }
    // Parameters of the item are allowed and mean nothing here.
    let rest = characters.as_str().trim_start();
    (rest.is_empty() || rest.starts_with(';')).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_key_is_a_quoted_string_or_a_bare_token() {
        assert_eq!(parse(r#""8e03978e""#).as_deref(), Some("8e03978e"));
        assert_eq!(parse(r#" "a\"b\\c" ;x=1"#).as_deref(), Some(r#"a"b\c"#));
        assert_eq!(parse("8e03978e-40d5").as_deref(), Some("8e03978e-40d5"));
        for bad in [r#""open"#, r#""a" b"#, r#""\n""#, "a, b", "a\"b", "\"\u{7f}\""] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
