//! Pages in the shapes that Chinese systems give them, and what a reader gets of each: headline, people, source, time,
//! pictures, text. `LIANBO_GOLDENS=write` writes the files anew; then read what has changed.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lianbo_hub::normalise::{Profile, normalise};
use lianbo_schemas::ninjs::Named;
use lianbo_schemas::{Normalised, OutletId, Submission, SubmissionId};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/pages")
}

fn item(page: &Path) -> Normalised {
    let outlet = serde_json::from_value(json!({ "id": "jiangchuan", "name": "江川融媒" })).unwrap();
    let profile = Profile { authority: "example.org".to_owned(), outlet: Arc::new(outlet) };
    let submission = Submission {
        id: SubmissionId::new("s-1").unwrap(),
        outlet: OutletId::new("jiangchuan").unwrap(),
        media_type: Some("text/html".to_owned()),
        received: "2026-11-21T00:00:00Z".parse().unwrap(),
        url: Some("https://www.jiangchuan.example/2026/1120/7.html".to_owned()),
        own_id: None,
        full_pages: false,
        body: std::fs::read(page).unwrap().into(),
    };
    normalise(&submission, &profile).pop().unwrap().unwrap()
}

/// What a reader sees of an item, and nothing of how the hub keeps it.
fn seen(found: &Normalised) -> Value {
    let news = &found.item.news;
    let people = |rel: &str| -> Vec<&str> {
        let of_rel = news.people.iter().filter(|person| person.rel.as_deref() == Some(rel));
        of_rel.filter_map(|person| person.name.as_deref()).collect()
    };
    let named = |list: &[Named]| -> Vec<Value> {
        list.iter().map(|named| json!([named.name, named.uri.as_ref().or(named.literal.as_ref())])).collect()
    };
    let pictures: Vec<Value> = news
        .pictures()
        .map(|picture| {
            let caption = picture.descriptions.first().map(|text| text.value.as_str());
            let alt = picture.headlines.first().map(|text| text.value.as_str());
            json!({ "url": picture.href(), "caption": caption, "alt": alt })
        })
        .collect();
    json!({
        "title": news.headline(),
        "byline": news.by,
        "authors": people("author"),
        "editors": people("editor"),
        "source": found.item.stated_source,
        "time": found.item.stated_time.map(|time| time.to_string()),
        "language": news.language,
        "places": named(&news.places),
        "subjects": named(&news.subjects),
        "pictures": pictures,
        "text": news.body("text/plain").unwrap_or("").lines().collect::<Vec<_>>(),
        "html": news.body("text/html").unwrap_or("").split_inclusive("</p>").collect::<Vec<_>>(),
    })
}

/// Both sides line by line, those that differ marked.
fn difference(expected: &str, found: &str) -> String {
    let mut shown = String::new();
    for line in expected.lines().filter(|line| !found.lines().any(|other| other == *line)) {
        writeln!(shown, "  - {}", line.trim()).unwrap();
    }
    for line in found.lines().filter(|line| !expected.lines().any(|other| other == *line)) {
        writeln!(shown, "  + {}", line.trim()).unwrap();
    }
    shown
}

#[test]
fn real_page_shapes_give_what_a_reader_expects() {
    let write = std::env::var("LIANBO_GOLDENS").is_ok_and(|value| value == "write");
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "html")).collect();
    pages.sort();
    assert!(pages.len() >= 14, "the pages are missing: {}", folder().display());
    let mut wrong = String::new();
    for page in pages {
        let found = serde_json::to_string_pretty(&seen(&item(&page))).unwrap() + "\n";
        let golden = page.with_extension("json");
        if write {
            std::fs::write(&golden, &found).unwrap();
            continue;
        }
        let expected = std::fs::read_to_string(&golden).unwrap();
        if expected != found {
            writeln!(wrong, "{}:\n{}", page.display(), difference(&expected, &found)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "- expected, + found\n{wrong}");
}
