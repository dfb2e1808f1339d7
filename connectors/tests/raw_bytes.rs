//! The bytes of Chinese pages, with right, wrong and missing declarations: what is decoded is what was written.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

mod shared;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lianbo_connectors::format::charset::decode;
use serde_json::Value;
use shared::shared;

/// Each row carries the text beside its bytes; the bytes are in GB18030 or Big5, the label is right, wrong or missing.
#[test]
fn pages_are_decoded_to_the_very_text_that_was_written() {
    let Some(file) = shared("data/dedup/dev.jsonl") else { return };
    let rows = std::fs::read_to_string(file).unwrap();
    let (mut rows_with_bytes, mut exact) = (0, 0);
    for row in rows.lines().filter(|row| row.contains("\"raw_b64\"")) {
        let row: Value = serde_json::from_str(row).unwrap();
        let Some(raw) = row["raw_b64"].as_str() else { continue };
        let bytes = BASE64_STANDARD.decode(raw).unwrap();
        let (text, charset) = decode(&bytes, row["content_type"].as_str());
        rows_with_bytes += 1;
        if row["body"] == text {
            exact += 1;
        } else {
            eprintln!("{}: {} read as {}", row["id"], row["content_type"], charset.name);
        }
    }
    let percent = f64::from(exact) * 100.0 / f64::from(rows_with_bytes);
    eprintln!("{rows_with_bytes} rows with bytes, {exact} decoded exactly ({percent:.2} %)");
    assert!(percent >= 99.0, "{percent:.2} %");
}
