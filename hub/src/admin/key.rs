//! Bearer keys: how they are read off a request, and how the operator's own is checked.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::problem::Problem;
use crate::secrets::Secret;

/// The operator's key, known by its hash alone.
#[derive(Clone)]
pub struct AdminKey {
    hash: Option<String>,
}

impl AdminKey {
    /// The key itself, e.g. out of the settings; only its hash is kept.
    pub fn of(key: &Secret) -> Self {
        if key.expose().is_empty() { Self::none() } else { Self { hash: Some(hash_of(key.expose())) } }
    }

    /// No key: the API is closed to everyone.
    pub fn none() -> Self {
        Self { hash: None }
    }

    /// Whether this is it; compared in constant time.
    pub fn is(&self, key: &str) -> bool {
        self.hash.as_ref().is_some_and(|hash| is_key_of(key, std::slice::from_ref(hash)))
    }

    /// Whether the request carries it.
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|key| self.is(key))
    }
}

/// Lets only requests with the operator's key through. Use it with `axum::middleware::from_fn_with_state`.
pub async fn require_admin(State(key): State<AdminKey>, request: Request, next: Next) -> Response {
    if key.is_in(request.headers()) {
        return next.run(request).await;
    }
    Problem::unauthorized("send the admin key as `Authorization: Bearer <key>`").into_response()
}

/// The token of `Authorization: Bearer <token>` (RFC 6750).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// SHA-256 in lower-case hexadecimal: what is stored of a key. A plain hash is enough, because keys are random and
/// long; a password would need a slow one.
pub fn hash_of(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key.as_bytes()))
}

/// Whether `key` is one of those that `hashes` were made of. Takes the same time whichever it is, and about the same
/// when it is none.
pub fn is_key_of(key: &str, hashes: &[String]) -> bool {
    let presented = hash_of(key);
    let equal = |known: &String| presented.as_bytes().ct_eq(known.as_bytes());
    hashes.iter().fold(Choice::from(0), |found, known| found | equal(known)).into()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{AdminKey, bearer};
    use crate::secrets::Secret;

    fn with(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))])
    }

    #[test]
    fn only_the_right_bearer_token_opens() {
        let key = AdminKey::of(&Secret::new("right"));
        assert!(key.is_in(&with("Bearer right")));
        assert!(key.is_in(&with("bearer  right")));
        for wrong in ["Bearer wrong", "Basic right", "Bearer", "Bearer ", "right"] {
            assert!(!key.is_in(&with(wrong)), "{wrong}");
        }
        assert!(!key.is_in(&HeaderMap::new()));
    }

    #[test]
    fn without_a_key_nobody_gets_in() {
        assert!(!AdminKey::none().is_in(&with("Bearer x")));
        assert!(!AdminKey::of(&Secret::new(" ")).is_in(&with("Bearer x")));
        assert_eq!(bearer(&with("Bearer x")), Some("x"));
    }
}
