//! Documents made to do harm: each gets an answer in a bounded time, from normalise and through the front door.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

mod documents;
mod front_door;
#[path = "../ingest_hub/mod.rs"]
mod ingest_hub;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lianbo_hub::normalise::{Profile, Refusal, normalise};
use lianbo_schemas::{Normalised, OutletId, Submission, SubmissionId};
use lianbo_tests::work;

/// The most work that a document may take in a build without optimisation, which is some twenty times slower.
const MOST_WORK: Duration = Duration::from_secs(60);

fn send(body: Vec<u8>, media_type: &str) -> Vec<Result<Normalised, Refusal>> {
    let outlet = serde_json::json!({ "id": "member", "name": "某某日报", "area": "510100" });
    let outlet = Arc::new(serde_json::from_value(outlet).unwrap());
    let submission = Submission {
        id: SubmissionId::new("s-1").unwrap(),
        outlet: OutletId::new("member").unwrap(),
        media_type: Some(media_type.to_owned()),
        received: "2026-11-22T00:00:00Z".parse().unwrap(),
        url: Some("https://a.example/n/1.html".to_owned()),
        own_id: None,
        full_pages: false,
        body: Bytes::from(body),
    };
    normalise(&submission, &Profile { authority: "example.org".to_owned(), outlet })
}

#[test]
fn every_hostile_document_is_answered_as_it_should_be() {
    let mut wrong = Vec::new();
    for document in documents::all() {
        let (answers, spent) = work(|| send(document.body, document.media_type));
        let said = match answers.first() {
            None => "nothing".to_owned(),
            Some(Ok(_)) => "item".to_owned(),
            Some(Err(refusal)) => format!("{}: {}", refusal.reason.code, refusal.reason.detail),
        };
        eprintln!("{}: {spent:?}, {}", document.name, said.chars().take(100).collect::<String>());
        let is_right = document.answer.split('|').any(|answer| said.starts_with(answer));
        if !is_right || spent > MOST_WORK {
            wrong.push(format!("{}: {spent:?}, {said}; expected {}", document.name, document.answer));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_entity_is_fetched_or_expanded() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "SECRET-OF-THIS-MACHINE").unwrap();
    let text = format!(
        "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY file SYSTEM 'file://{}'><!ENTITY own 'OWN-ENTITY'>]>\
         <rss version='2.0'><channel><item><title>题目 &file;&own;</title><description>一段话。&file;&own;</description>\
         </item></channel></rss>",
        file.path().display()
    );
    for media_type in ["application/rss+xml", "text/html", "text/plain"] {
        let shown = format!("{:?}", send(text.clone().into_bytes(), media_type));
        assert!(!shown.contains("SECRET-OF-THIS-MACHINE"), "{media_type}: {shown}");
        assert!(!shown.contains("OWN-ENTITYOWN-ENTITY"), "{media_type}: {shown}");
    }
}

#[test]
fn what_an_outlet_names_without_end_becomes_no_endless_key() {
    let long = "稿".repeat(1_000_000);
    let feed = format!(
        "<rss version='2.0'><channel><item><guid>{long}</guid><title>{long}</title><category>{long}</category>\
         <description>一段话，足够长的一段话。</description></item></channel></rss>"
    );
    for answer in send(feed.into_bytes(), "application/rss+xml").into_iter().flatten() {
        assert!(answer.item.uri.as_str().len() < 2_000, "a key of {} bytes", answer.item.uri.as_str().len());
    }
}
