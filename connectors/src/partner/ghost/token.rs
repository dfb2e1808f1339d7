//! The Admin API's key, and the short-lived token made of it for every request.
//! <https://docs.ghost.org/admin-api/#token-authentication>, RFC 7519

use std::str::FromStr;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// Seconds a token is good for: the longest that Ghost takes.
const LIFE: u64 = 300;

/// An Admin API key, as Ghost shows it: `<id>:<secret in hexadecimal>`.
pub(super) struct Key {
    id: String,
    secret: Vec<u8>,
}

/// The key is not in its form.
#[derive(Debug)]
pub(super) struct KeyError;

impl Key {
    /// How it looks.
    pub(super) const FORM: &'static str = "an Admin API key, 24 and 64 hexadecimal digits with a colon between";

    /// A token made at `now`, in seconds since 1970.
    pub(super) fn token(&self, now: u64) -> String {
        let header = json!({"alg": "HS256", "typ": "JWT", "kid": self.id});
        let claims = json!({"iat": now, "exp": now + LIFE, "aud": "/admin/"});
        let encoded = |part: serde_json::Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of every length");
        mac.update(signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (id, secret) = text.trim().split_once(':').ok_or(KeyError)?;
        let secret = HEXLOWER_PERMISSIVE.decode(secret.as_bytes()).map_err(|_| KeyError)?;
        let is_id = id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id && secret.len() == 32 { Ok(Self { id: id.to_owned(), secret }) } else { Err(KeyError) }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::Key;

    const KEY: &str = "6489a6ff3bd18d4a0b6b7f2c:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn a_token_names_its_key_and_its_time() {
        let token = KEY.parse::<Key>().ok().unwrap().token(1_700_000_000);
        let parts: Vec<&str> = token.split('.').collect();
        let text = |part: &str| String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
        assert_eq!(text(parts[0]), r#"{"alg":"HS256","typ":"JWT","kid":"6489a6ff3bd18d4a0b6b7f2c"}"#);
        assert_eq!(text(parts[1]), r#"{"iat":1700000000,"exp":1700000300,"aud":"/admin/"}"#);
    }

    #[test]
    fn a_token_is_signed_as_openssl_signs_it() {
        // printf %s HEADER.CLAIMS | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…1f -binary | base64url
        let token = KEY.parse::<Key>().ok().unwrap().token(1_700_000_000);
        assert_eq!(token.rsplit('.').next(), Some("d6b7KTgvlaO6RourHeIY3Ejcw0qrz_9ub5iiVS56ie0"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in ["", ":", "6489a6ff3bd18d4a0b6b7f2c", "6489:00", &KEY[..KEY.len() - 2], &KEY.replace('f', "g")] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
    }
}
