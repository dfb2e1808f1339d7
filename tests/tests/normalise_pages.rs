//! Pages and texts as outlets send them, in all charsets with right and wrong labels: nearly all become items, under
//! the right headline.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use data_encoding::BASE64;
use lianbo_hub::normalise::{Profile, normalise};
use lianbo_schemas::{Normalised, OutletId, Submission, SubmissionId};
use serde_json::Value;

fn rows() -> Vec<Value> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("LIANBO_SHARED").map_or_else(beside, PathBuf::from);
    let path = folder.join("data/dedup/dev.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return Vec::new();
    };
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn profile() -> Profile {
    let outlet = serde_json::from_value(serde_json::json!({ "id": "member", "name": "某某日报" })).unwrap();
    Profile { authority: "example.org".to_owned(), outlet: Arc::new(outlet) }
}

fn submission(row: &Value, body: Vec<u8>, media_type: &str) -> Submission {
    Submission {
        id: SubmissionId::new("s-1").unwrap(),
        outlet: OutletId::new("member").unwrap(),
        media_type: Some(media_type.to_owned()),
        received: "2026-11-22T00:00:00Z".parse().unwrap(),
        url: row["url"].as_str().map(str::to_owned),
        own_id: None,
        full_pages: false,
        body: Bytes::from(body),
    }
}

fn squeezed(text: &str) -> String {
    // Chinese characters and digits: Big5 loses tone marks, and with them the brackets of pinyin are undone.
    text.chars()
        .filter(|character| {
            character.is_ascii_digit()
                || !character.is_ascii() && character.is_alphabetic() && !character.is_lowercase()
        })
        .collect()
}

#[test]
fn pages_of_all_charsets_become_items() {
    let (mut pages, mut full, mut items, mut titled, mut headed) = (0, 0, 0, 0, 0);
    let (mut paragraphs, mut kept) = (0, 0);
    let profile = profile();
    for row in rows().iter().filter(|row| row.get("raw_b64").is_some()) {
        let body = BASE64.decode(row["raw_b64"].as_str().unwrap().as_bytes()).unwrap();
        let whole = body.windows(5).any(|window| window.eq_ignore_ascii_case(b"<html"));
        let results = normalise(&submission(row, body, row["content_type"].as_str().unwrap()), &profile);
        pages += 1;
        full += usize::from(whole);
        let found: Option<&Normalised> = results[0].as_ref().ok();
        items += usize::from(found.is_some());
        let headline = found.map(|found| squeezed(found.item.news.headline())).unwrap_or_default();
        let right = headline == squeezed(row["title"].as_str().unwrap());
        titled += usize::from(right);
        headed += usize::from(right && whole);
        if let Some(found) = found.filter(|_| whole) {
            let text = squeezed(found.item.news.body("text/plain").unwrap());
            for paragraph in row["body"].as_str().unwrap().split("</p>").filter(|part| part.contains("<p")) {
                let plain = lianbo_connectors::format::markup::plain(paragraph.rsplit("<p").next().unwrap_or(""));
                let plain = squeezed(plain.split_once('>').map_or(plain.as_str(), |(_, rest)| rest));
                if plain.chars().count() >= 60 {
                    paragraphs += 1;
                    kept += usize::from(text.contains(&plain));
                }
            }
        }
        if whole && !right {
            eprintln!("{}: {headline} for {} ({:?})", row["id"], row["title"], results[0].as_ref().err());
        }
    }
    if pages == 0 {
        return;
    }
    eprintln!(
        "{pages} pages ({full} whole): {items} items; headline right for {titled}, of whole pages {headed}; long paragraphs kept {kept} of {paragraphs}"
    );
    assert!(kept * 100 >= paragraphs * 90, "paragraphs");
    assert!(headed * 100 >= full * 95, "headlines of whole pages");
}

#[test]
fn texts_become_items_under_their_first_line() {
    let rows = rows();
    let profile = profile();
    let (mut count, mut right) = (0, 0);
    let started = Instant::now();
    for row in rows
        .iter()
        .filter(|row| row.get("raw_b64").is_none() && !row["body"].as_str().unwrap().contains('<'))
        .take(1500)
    {
        let title = row["title"].as_str().unwrap();
        let text = format!("{title}\n{}", row["body"].as_str().unwrap());
        let results = normalise(&submission(row, text.into_bytes(), "text/plain"), &profile);
        count += 1;
        let headline = results[0].as_ref().map(|found| squeezed(found.item.news.headline())).unwrap_or_default();
        if headline == squeezed(title) {
            right += 1;
        } else {
            eprintln!("{}: {headline} for {title} {:?}", row["id"], results[0].as_ref().err());
        }
    }
    if count == 0 {
        return;
    }
    eprintln!("{count} texts in {:?}, {right} under their first line", started.elapsed());
    assert!(right * 100 >= count * 95);
}
