//! The official test suite of ninjs through our own validator, and the official examples through both.

use lianbo_connectors::format::ninjs::{Version, validate};
use lianbo_connectors::format::{self, FormatError};
use serde_json::{Value, json};

use crate::samples::NINJS;
use crate::shared::{files, standard};

/// What the suite says of a document, and what we say: `None` where they agree.
fn disagreement(bytes: &[u8], version: Version, should_pass: bool) -> Option<String> {
    let document: Value = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(error) => return should_pass.then(|| error.to_string()),
    };
    let faults: Vec<_> = validate(&document, Some(version)).into_iter().flat_map(|checked| checked.faults).collect();
    match (should_pass, faults.is_empty()) {
        (true, true) | (false, false) => None,
        (true, false) => Some(format!("{faults:?}")),
        (false, true) => Some("nothing wrong is found".to_owned()),
    }
}

#[test]
fn the_official_suite_passes_and_fails_as_it_should() {
    let Some(suite) = standard("ninjs/validation/test_suite") else { return };
    let (mut cases, mut wrong) = (0, Vec::new());
    for version in Version::ALL {
        for (folder, should_pass) in [("should_pass", true), ("should_fail", false)] {
            for path in files(&suite.join(version.to_string()).join(folder), ".json") {
                cases += 1;
                if let Some(why) = disagreement(&std::fs::read(&path).unwrap(), version, should_pass) {
                    wrong.push(format!("{}: {why}", path.display()));
                }
            }
        }
    }
    eprintln!("{} of {cases} cases as the suite says", cases - wrong.len());
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(cases, 122);
}

#[test]
fn the_suite_is_read_as_leniently_as_it_is_valid() {
    let Some(suite) = standard("ninjs/validation/test_suite") else { return };
    for path in files(&suite, ".json").iter().filter(|path| path.to_string_lossy().contains("should_pass")) {
        for piece in format::read(&std::fs::read(path).unwrap(), Some("application/json"), None).unwrap() {
            match piece {
                Ok(_) | Err(FormatError::Unsupported { .. }) => {}
                // The suite lets any text pass for a time; an embargo must be one.
                Err(FormatError::Malformed { cause, .. }) if cause.contains("embargo") => {}
                Err(error) => panic!("{}: {error}", path.display()),
            }
        }
    }
}

#[test]
fn a_fault_says_where_and_why() {
    let document = json!({
        "standard": { "name": "ninjs", "version": "3.1" },
        "uri": "urn:cq:1",
        "embargoed": "2026-11-26T00:00:00Z",
        "urgency": 11,
        "headlines": [{ "role": "main", "value": "县融媒体中心揭牌" }, { "role": "sub" }],
        "associations": [{ "name": "现场", "uri": "urn:cq:2", "a/b": 1 }],
    });
    let checked = &validate(&document, None)[0];
    let faults: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    assert_eq!(checked.version.to_string(), "3.1");
    assert_eq!(
        faults,
        [
            "`/embargoed` is no member of this version of ninjs",
            "`/urgency` must be an integer from 1 to 9",
            "`/headlines/1` lacks `value`",
            "`/associations/0/a~1b` is no member of this version of ninjs",
        ]
    );
}

#[test]
fn a_sample_is_read_though_it_is_not_quite_valid() {
    let piece = crate::shared::pieces(NINJS.as_bytes()).remove(0);
    let news = piece.ninjs.as_deref().unwrap();
    assert_eq!(news.other["rightsInfo"]["linkedRights"], "https://yunxi.example/policy/1");
    assert_eq!(news.other.get("x-cms"), None);
    assert_eq!(piece.pictures[0].caption.as_deref(), Some("修缮后的古镇"));
    let document: Value = serde_json::from_str(NINJS).unwrap();
    let checked = &validate(&document, None)[0];
    assert_eq!((checked.version.to_string().as_str(), checked.faults.len()), ("2.2", 1));
    let upgraded = serde_json::to_value(news).unwrap();
    assert_eq!(validate(&upgraded, None)[0].faults, []);
}

#[test]
fn without_a_stated_version_the_nearest_counts() {
    for (document, version) in [
        (json!({ "uri": "a", "headline": "题", "versioncreated": "2026-11-26T00:00:00Z" }), "1.6"),
        (json!({ "uri": "a", "headlines": [{ "value": "题" }], "pubstatus": "usable" }), "2.2"),
        (json!({ "uri": "a", "headlines": [{ "value": "题" }], "pubStatus": "usable" }), "3.1"),
    ] {
        let checked = &validate(&document, None)[0];
        assert_eq!((checked.version.to_string().as_str(), checked.faults.as_slice()), (version, [].as_slice()));
    }
}

#[test]
fn rights_that_cannot_be_understood_refuse_the_item_and_trifles_do_not() {
    let read = |document: Value| {
        let bytes = serde_json::to_vec(&document).unwrap();
        format::read(&bytes, Some("application/json"), None).unwrap().remove(0)
    };
    for (document, pointer) in [
        (
            json!({ "uri": "a", "headlines": [{ "value": "题" }], "rightsInfo": { "linkedRights": "u:1", "encodedRights": "x" } }),
            "/rightsInfo",
        ),
        (json!({ "uri": "a", "headlines": [{ "value": "题" }], "usageterms": { "zh": "不得转载" } }), "/usageTerms"),
        (json!({ "uri": "a", "headlines": [{ "value": "题" }, "副题"] }), "/headlines"),
        (json!({ "uri": ["a"], "headlines": [{ "value": "题" }] }), "/uri"),
    ] {
        let error = read(document).unwrap_err();
        assert!(matches!(&error, FormatError::Malformed { cause, .. } if cause.contains(pointer)), "{error}");
    }
    let lenient = json!({ "uri": "a", "version": 3, "headline": "题", "x-cms": { "id": 7 }, "urgency": "非常", "body_text": null });
    assert_eq!(read(lenient).unwrap().version, Some(3));
}

#[test]
fn a_body_in_nitf_becomes_html() {
    let nitf = "<nitf><body><body.content><hl2>小标题</hl2><p>甲县<person>王某</person>说&#x3002;</p></body.content></body></nitf>";
    let document = json!({ "uri": "a", "headline": "题", "body_nitf": nitf });
    let bytes = serde_json::to_vec(&document).unwrap();
    let piece = format::read(&bytes, None, None).unwrap().remove(0).unwrap();
    assert_eq!(piece.body, format::Body::Html("<h3>小标题</h3><p>甲县王某说。</p>".to_owned()));
}
