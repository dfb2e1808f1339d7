//! Credentials for Ghost's Admin API, made without the connector: a test does not take its word for them.

use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The value of `Authorization`, by an Admin API key.
pub fn ghost_token(key: &str) -> String {
    let (id, secret) = key.split_once(':').expect("a key is `id:secret`");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": id});
    let claims = json!({"iat": now, "exp": now + 300, "aud": "/admin/"});
    let encoded = |part: Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let secret = HEXLOWER.decode(secret.as_bytes()).expect("the secret is hexadecimal");
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("HMAC takes keys of every length");
    mac.update(signed.as_bytes());
    format!("Ghost {signed}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
}
