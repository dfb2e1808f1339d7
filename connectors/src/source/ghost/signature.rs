//! `X-Ghost-Signature: sha256=<hexadecimal>, t=<milliseconds since 1970>`: HMAC-SHA256 of the body with the time behind it.
//! <https://docs.ghost.org/webhooks>

use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// The header's name.
pub const HEADER: &str = "x-ghost-signature";

/// How far the signature's time may be from this machine's clock, either way: what was overheard cannot be sent again
/// later.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Why a message is not taken for Ghost's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not in its form.
    #[error("`X-Ghost-Signature` must be `sha256=<hexadecimal>, t=<milliseconds>`; give the webhook a secret")]
    Form,
    /// Too far from this machine's clock.
    #[error("the signature's time is more than 5 minutes from this machine's clock; set the clocks")]
    Timestamp,
    /// Not made with the secret.
    #[error("the signature does not match; the webhook's secret in Ghost must be the hub's")]
    Mismatch,
}

/// Whether `header` was made of `body` with `secret`, seen from `now`. Compared in constant time.
pub fn verify(secret: &str, body: &[u8], header: &str, now: Timestamp) -> Result<(), SignatureError> {
    let (digest, time) = parts(header).ok_or(SignatureError::Form)?;
    let milliseconds: i64 = time.parse().map_err(|_| SignatureError::Form)?;
    let distance = Duration::from_millis(now.as_millisecond().abs_diff(milliseconds));
    if distance > TOLERANCE {
        return Err(SignatureError::Timestamp);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(body);
    mac.update(time.as_bytes());
    mac.verify_slice(&digest).map_err(|_| SignatureError::Mismatch)
}

/// The digest, and the time as it was signed.
fn parts(header: &str) -> Option<(Vec<u8>, &str)> {
    let (digest, time) = header.split_once(',')?;
    let digest = HEXLOWER_PERMISSIVE.decode(digest.trim().strip_prefix("sha256=")?.as_bytes()).ok()?;
    Some((digest, time.trim().strip_prefix("t=")?))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{SignatureError, verify};

    // printf '%s%s' '{"event":"post.published"}' 1700000000000 | openssl dgst -sha256 -hmac hook-secret
    const SIGNED: &str = "sha256=eda9e5e2566977e42718548d721c149820ca841314246d7188474faf234146f9, t=1700000000000";
    const BODY: &[u8] = br#"{"event":"post.published"}"#;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn a_message_is_ghosts_as_openssl_signs_it_and_for_five_minutes() {
        for now in [1_699_999_700_000, 1_700_000_000_000, 1_700_000_300_000] {
            assert_eq!(verify("hook-secret", BODY, SIGNED, at(now)), Ok(()), "{now}");
        }
        for now in [1_699_999_699_999, 1_700_000_300_001] {
            assert_eq!(verify("hook-secret", BODY, SIGNED, at(now)), Err(SignatureError::Timestamp), "{now}");
        }
    }

    #[test]
    fn whatever_is_altered_is_not_taken() {
        let now = at(1_700_000_000_000);
        assert_eq!(verify("other", BODY, SIGNED, now), Err(SignatureError::Mismatch));
        assert_eq!(verify("hook-secret", b"{}", SIGNED, now), Err(SignatureError::Mismatch));
        let later = SIGNED.replace("t=1700000000000", "t=1700000000001");
        assert_eq!(verify("hook-secret", BODY, &later, now), Err(SignatureError::Mismatch));
        let short = format!("{}, t=1700000000000", &SIGNED[..21]);
        assert_eq!(verify("hook-secret", BODY, &short, now), Err(SignatureError::Mismatch));
        for header in ["", "sha256=00", "t=1700000000000", "sha256=zz, t=1700000000000", "sha256=00, t=soon"] {
            assert_eq!(verify("hook-secret", BODY, header, now), Err(SignatureError::Form), "{header}");
        }
    }
}
