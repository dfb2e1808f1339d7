//! The examples of ninjs 1.x, 2.x and 3.x in, valid ninjs 3.1 out: as read, and as an item.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use jsonschema::{Resource, Validator};
use lianbo_connectors::format::{self, FormatError};
use lianbo_hub::normalise::{Profile, normalise};
use lianbo_schemas::{NewsItem, OutletId, Submission, SubmissionId};
use serde_json::Value;

fn ninjs() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("LIANBO_SHARED").map_or_else(beside, PathBuf::from).join("standards/ninjs");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The schema of ninjs 3.1. Formats stay unchecked, as in the standard's own test suite.
fn schema(folder: &Path) -> Validator {
    let geometry = json(&folder.join("validation/test_suite/GeoJSON-schema.json"));
    let resource = |document: &Value| Resource::from_contents(document.clone());
    let registry = jsonschema::Registry::new()
        .add("https://geojson.org/schema/GeoJSON.json", resource(&geometry))
        .unwrap()
        .prepare()
        .unwrap();
    jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(false)
        .build(&json(&folder.join("specification/ninjs-schema_3.1.json")))
        .unwrap()
}

fn examples(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with("not-valid") {
            examples(&path, out);
        } else if path.extension().is_some_and(|end| end == "json") {
            out.push(path);
        }
    }
}

fn faults(schema: &Validator, news: &NewsItem) -> Vec<String> {
    let document = serde_json::to_value(news).unwrap();
    schema.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).take(3).collect()
}

#[test]
fn every_example_comes_out_as_valid_ninjs_3_1() {
    let Some(folder) = ninjs() else { return };
    let schema = schema(&folder);
    let mut paths = Vec::new();
    examples(&folder.join("examples"), &mut paths);
    examples(&folder.join("documentation/includes/examples"), &mut paths);
    assert!(!paths.is_empty());
    let outlet = serde_json::from_value(serde_json::json!({ "id": "member", "name": "某某日报" })).unwrap();
    let profile = Profile { authority: "example.org".to_owned(), outlet: Arc::new(outlet) };
    let (mut valid, mut events, mut items, mut refused, mut wrong) = (0, 0, 0, Vec::new(), Vec::new());
    for path in &paths {
        let bytes = std::fs::read(path).unwrap();
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let pieces = match format::read(&bytes, Some("application/json"), None) {
            Ok(pieces) => pieces,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        for piece in pieces {
            match piece {
                Ok(piece) => {
                    let found = faults(&schema, piece.ninjs.as_deref().unwrap());
                    if found.is_empty() { valid += 1 } else { wrong.push(format!("{name}: {found:?}")) }
                }
                Err(FormatError::Unsupported { .. }) => events += 1,
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
        let submission = Submission {
            id: SubmissionId::new("s-1").unwrap(),
            outlet: OutletId::new("member").unwrap(),
            media_type: Some("application/json".to_owned()),
            received: "2026-11-22T00:00:00Z".parse().unwrap(),
            url: None,
            own_id: None,
            full_pages: false,
            body: Bytes::from(bytes),
        };
        for result in normalise(&submission, &profile) {
            match result {
                Ok(found) => {
                    items += 1;
                    let found = faults(&schema, &found.item.news);
                    if !found.is_empty() {
                        wrong.push(format!("{name} as an item: {found:?}"));
                    }
                }
                Err(refusal) => refused.push(format!("{name}: {}: {}", refusal.reason.code, refusal.reason.detail)),
            }
        }
    }
    for line in &refused {
        eprintln!("no item of {line}");
    }
    eprintln!(
        "{} example files: {valid} pieces valid as ninjs 3.1, {events} events and plans refused; {items} valid items",
        paths.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_the_test_suite_allows_is_read_without_loss_of_validity() {
    let Some(folder) = ninjs() else { return };
    let schema = schema(&folder);
    let mut paths = Vec::new();
    examples(&folder.join("validation/test_suite"), &mut paths);
    let (mut read, mut wrong) = (0, Vec::new());
    for path in paths.iter().filter(|path| path.parent().is_some_and(|parent| parent.ends_with("should_pass"))) {
        for piece in
            format::read(&std::fs::read(path).unwrap(), Some("application/json"), None).into_iter().flatten().flatten()
        {
            read += 1;
            let found = faults(&schema, piece.ninjs.as_deref().unwrap());
            if !found.is_empty() {
                wrong.push(format!("{}: {found:?}", path.display()));
            }
        }
    }
    eprintln!("{read} pieces of the test suite read");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
