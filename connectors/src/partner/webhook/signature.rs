//! Symmetric signatures of Standard Webhooks: `v1,` + base64(HMAC-SHA256(secret, `id.timestamp.body`)).

use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far a message's timestamp may be from the receiver's clock, either way.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Bytes a secret may have: the specification's 192 to 512 bits.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The most secrets at once: an old and a new one, and some mercy.
const MOST_SECRETS: usize = 4;

/// Accepts padded and unpadded base64: both are in use for `whsec_`.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Signing secrets; while one replaces another both sign. They are never printed.
#[derive(Clone)]
pub struct Secrets(Vec<Vec<u8>>);

/// Why something is not signed, or not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The secret is not in its form.
    #[error("is not in its form: {}", Secrets::FORM)]
    Secret,
    /// Too far from the receiver's clock.
    #[error("the timestamp is more than 5 minutes from now")]
    Timestamp,
    /// No signature of ours.
    #[error("no signature matches")]
    Mismatch,
}

impl Secrets {
    /// How a secret looks.
    pub const FORM: &'static str = "`whsec_` and the base64 of 24 to 64 random bytes; while changing it, the new and the old one with a space between";

    fn signatures(&self, id: &str, timestamp: u64, body: &[u8]) -> Vec<String> {
        let timestamp = timestamp.to_string();
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        self.codes(&signed).map(|code| format!("v1,{}", STANDARD.encode(code))).collect()
    }

    /// The code of what is `signed`, one piece after the other, under each secret, the newest first.
    pub(super) fn codes(&self, signed: &[&[u8]]) -> impl Iterator<Item = [u8; 32]> {
        self.0.iter().map(|secret| {
            let mut code = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
            signed.iter().for_each(|piece| code.update(piece));
            code.finalize().into_bytes().into()
        })
    }
}

impl FromStr for Secrets {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let decode = |word: &str| {
            let secret = LENIENT.decode(word.strip_prefix("whsec_").unwrap_or(word)).ok()?;
            LENGTHS.contains(&secret.len()).then_some(secret)
        };
        let secrets: Option<Vec<Vec<u8>>> = text.split_whitespace().map(decode).collect();
        match secrets {
            Some(secrets) if (1..=MOST_SECRETS).contains(&secrets.len()) => Ok(Self(secrets)),
            Some(_) | None => Err(SignatureError::Secret),
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} secrets", self.0.len())
    }
}

/// The value of `webhook-signature`: one signature for each secret, with spaces between. `timestamp` is in seconds
/// since 1970.
pub fn sign(secrets: &Secrets, id: &str, timestamp: u64, body: &[u8]) -> String {
    secrets.signatures(id, timestamp, body).join(" ")
}

/// Whether one of `signatures` (the value of `webhook-signature`) was made with one of `secrets`, for a receiver whose
/// clock says `now`. Compared in constant time.
pub fn verify(
    secrets: &Secrets,
    id: &str,
    timestamp: u64,
    body: &[u8],
    signatures: &str,
    now: u64,
) -> Result<(), SignatureError> {
    if timestamp.abs_diff(now) > TOLERANCE.as_secs() {
        return Err(SignatureError::Timestamp);
    }
    let matches = |ours: &String| signatures.split(' ').any(|theirs| ours.as_bytes().ct_eq(theirs.as_bytes()).into());
    if secrets.signatures(id, timestamp, body).iter().any(matches) { Ok(()) } else { Err(SignatureError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::{Secrets, SignatureError, sign, verify};

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const OTHER: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk";

    fn secrets(text: &str) -> Secrets {
        text.parse().unwrap()
    }

    #[test]
    fn the_specifications_own_example_comes_out() {
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signature = sign(&secrets(SECRET), "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_message_verifies_within_five_minutes_and_not_beyond() {
        let ours = secrets(SECRET);
        let signature = sign(&ours, "a", 1_000, b"{}");
        for now in [700, 1_000, 1_300] {
            assert_eq!(verify(&ours, "a", 1_000, b"{}", &signature, now), Ok(()), "{now}");
        }
        for now in [699, 1_301, 0] {
            assert_eq!(verify(&ours, "a", 1_000, b"{}", &signature, now), Err(SignatureError::Timestamp), "{now}");
        }
    }

    #[test]
    fn whatever_is_altered_does_not_verify() {
        let ours = secrets(SECRET);
        let signature = sign(&ours, "a", 1_000, b"{}");
        let mismatch = Err(SignatureError::Mismatch);
        assert_eq!(verify(&ours, "b", 1_000, b"{}", &signature, 1_000), mismatch);
        assert_eq!(verify(&ours, "a", 1_001, b"{}", &signature, 1_000), mismatch);
        assert_eq!(verify(&ours, "a", 1_000, b"{ }", &signature, 1_000), mismatch);
        assert_eq!(verify(&secrets(OTHER), "a", 1_000, b"{}", &signature, 1_000), mismatch);
        for altered in ["", "v1,", "v1", &signature[3..], &signature.replace("v1,", "v2,")] {
            assert_eq!(verify(&ours, "a", 1_000, b"{}", altered, 1_000), mismatch, "{altered}");
        }
    }

    #[test]
    fn while_a_secret_changes_old_and_new_receivers_verify() {
        let signature = sign(&secrets(&format!("{SECRET} {OTHER}")), "a", 1_000, b"{}");
        assert_eq!(signature.split(' ').count(), 2);
        for receiver in [SECRET, OTHER] {
            assert_eq!(verify(&secrets(receiver), "a", 1_000, b"{}", &signature, 1_000), Ok(()));
        }
        let several = format!("v1a,ignored v1,bm8= {signature}");
        assert_eq!(verify(&secrets(SECRET), "a", 1_000, b"{}", &several, 1_000), Ok(()));
    }

    #[test]
    fn a_secret_is_base64_of_24_to_64_bytes() {
        for good in [SECRET, OTHER, &OTHER["whsec_".len()..], &format!("{OTHER}=")] {
            assert!(good.parse::<Secrets>().is_ok(), "{good}");
        }
        let long = format!("whsec_{}", "A".repeat(88));
        for bad in ["", " ", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!", long.as_str()] {
            assert_eq!(bad.parse::<Secrets>().unwrap_err(), SignatureError::Secret, "{bad}");
        }
        assert!(!format!("{:?}", secrets(SECRET)).contains("C2F"));
    }
}
