//! The examples of ninjs 1.x, 2.x and 3.x, of NewsML-G2 and NITF, and WordPress exports in, valid ninjs 3.1 out: as read,
//! and as an item. Valid is what the official schema says, and our own validator with it.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use jsonschema::{Resource, Validator};
use lianbo_connectors::format::ninjs::{Version, validate};
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
    let mut document = serde_json::to_value(news).unwrap();
    // The one member of our profile that is not of ninjs.
    document.as_object_mut().unwrap().remove("hub");
    let theirs = schema.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path()));
    let ours = validate(&document, Version::parse("3.1")).into_iter().flat_map(|checked| checked.faults);
    theirs.chain(ours.map(|fault| format!("by our validator: {fault}"))).take(3).collect()
}

fn profile() -> Profile {
    let outlet = serde_json::from_value(serde_json::json!({ "id": "member", "name": "某某日报" })).unwrap();
    Profile { authority: "example.org".to_owned(), outlet: Arc::new(outlet) }
}

fn submission(bytes: Vec<u8>, media_type: &str) -> Submission {
    Submission {
        id: SubmissionId::new("s-1").unwrap(),
        outlet: OutletId::new("member").unwrap(),
        media_type: Some(media_type.to_owned()),
        received: "2026-11-22T00:00:00Z".parse().unwrap(),
        url: None,
        own_id: None,
        full_pages: false,
        body: Bytes::from(bytes),
    }
}

#[test]
fn every_example_comes_out_as_valid_ninjs_3_1() {
    let Some(folder) = ninjs() else { return };
    let schema = schema(&folder);
    let mut paths = Vec::new();
    examples(&folder.join("examples"), &mut paths);
    examples(&folder.join("documentation/includes/examples"), &mut paths);
    assert!(!paths.is_empty());
    let profile = profile();
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
        for result in normalise(&submission(bytes, "application/json"), &profile) {
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

/// What must stand in an item as it stood in the document.
fn same(piece: &NewsItem, item: &NewsItem) -> bool {
    let rights = |news: &NewsItem| {
        (news.copyright_notice.clone(), news.usage_terms.clone(), news.other.get("rightsInfo").cloned())
    };
    let holder = piece.copyright_holder.is_none() || piece.copyright_holder == item.copyright_holder;
    piece.version == item.version && piece.pub_status == item.pub_status && holder && rights(piece) == rights(item)
}

#[test]
fn other_standards_come_out_as_valid_ninjs_3_1_with_their_rights() {
    let Some(folder) = ninjs() else { return };
    let schema = schema(&folder);
    let profile = profile();
    for (corpus, least) in
        [("newsml-g2/examples", 5), ("newsml-g2/tests/unit_test_files", 5), ("nitf", 2), ("wordpress", 100)]
    {
        let mut paths = Vec::new();
        xml_files(&folder.with_file_name(corpus), &mut paths);
        let (mut valid, mut items, mut wrong) = (0, 0, Vec::new());
        let mut refused: BTreeMap<String, usize> = BTreeMap::new();
        for path in &paths {
            let bytes = std::fs::read(path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let pieces = format::read(&bytes, Some("application/xml"), None).unwrap_or_default();
            for news in pieces.iter().flatten().filter_map(|piece| piece.ninjs.as_deref()) {
                valid += 1;
                wrong.extend(faults(&schema, news).into_iter().map(|fault| format!("{name}: {fault}")));
            }
            // A document refused as a whole has no pieces; one refused by entries has as many results as pieces.
            let results = normalise(&submission(bytes, "application/xml"), &profile);
            for (number, result) in results.iter().enumerate() {
                let found = match result {
                    Ok(found) => found,
                    // Most official tests of NewsML-G2 are about one element and hold no article.
                    Err(refusal) => {
                        *refused.entry(refusal.reason.code.clone()).or_default() += 1;
                        continue;
                    }
                };
                items += 1;
                wrong.extend(
                    faults(&schema, &found.item.news).into_iter().map(|fault| format!("{name} as an item: {fault}")),
                );
                let piece = pieces[number].as_ref().unwrap();
                if piece.ninjs.as_deref().is_some_and(|news| !same(news, &found.item.news)) {
                    wrong.push(format!("{name}: the item lost its version, status or rights"));
                }
            }
        }
        eprintln!(
            "{corpus}: {} files, {valid} pieces as ninjs, {items} valid items, refused: {refused:?}",
            paths.len()
        );
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(items >= least, "{corpus}: {items} items");
    }
}

fn xml_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            xml_files(&path, out);
        } else if path.extension().is_some_and(|end| end == "xml") {
            out.push(path);
        }
    }
}
