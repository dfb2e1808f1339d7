//! Signatures against the vectors of Standard Webhooks, where they are at hand.

use std::path::PathBuf;

use lianbo_connectors::partner::webhook::{Secrets, SignatureError, sign, verify};
use serde::Deserialize;

#[derive(Deserialize)]
struct Document {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Vector {
    secret: String,
    webhook_id: String,
    webhook_timestamp: u64,
    payload: String,
    webhook_signature: String,
}

fn shared() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    std::env::var_os("LIANBO_SHARED").map_or_else(beside, PathBuf::from)
}

#[test]
fn our_signatures_are_those_of_the_reference_implementation() {
    let path = shared().join("standards/standard-webhooks/vectors.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: there are no vectors at {}", path.display());
        return;
    };
    let document: Document = serde_json::from_str(&text).unwrap();
    assert!(document.vectors.len() > 1);
    for vector in document.vectors {
        let secrets: Secrets = vector.secret.parse().unwrap();
        let (id, at, body) = (&vector.webhook_id, vector.webhook_timestamp, vector.payload.as_bytes());
        let signature = sign(&secrets, id, at, body);
        assert_eq!(signature, vector.webhook_signature, "{id}");
        assert_eq!(verify(&secrets, id, at, body, &vector.webhook_signature, at + 299), Ok(()), "{id}");
        let late = verify(&secrets, id, at, body, &vector.webhook_signature, at + 301);
        assert_eq!(late, Err(SignatureError::Timestamp), "{id}");
        let altered = [body, b" "].concat();
        let wrong = verify(&secrets, id, at, &altered, &vector.webhook_signature, at);
        assert_eq!(wrong, Err(SignatureError::Mismatch), "{id}");
    }
}
