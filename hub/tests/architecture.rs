//! The shape of the code base, held to by a test: who may import whom, how long a file may be, who may name Kafka.

// A test may unwrap: that is how it fails.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// The flow's modules meet only in topics.
const FLOW: [&str; 7] = ["ingest", "pull", "normalise", "dedup", "route", "deliver", "feed"];
/// What two of them may share: pure code of another's, named here with the reason.
const ALLOWED: [(&str, &str); 1] = [
    // `lianbo cluster` runs the hub's own normalise before its judge: one path, also for archives. Characters are told
    // apart alike in both.
    ("dedup", "normalise"),
];
const LONGEST_FILE: usize = 400;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn root(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(part)
}

#[test]
fn flow_modules_do_not_import_one_another() {
    for module in FLOW {
        let folder = root("hub/src").join(module);
        for file in sources(&folder) {
            let text = fs::read_to_string(&file).expect("a source file");
            for other in FLOW.into_iter().filter(|other| *other != module && !ALLOWED.contains(&(module, *other))) {
                let imports = text.contains(&format!("crate::{other}::")) || text.contains(&format!("crate::{other};"));
                assert!(!imports, "{} imports `{other}`: flow modules meet only in topics", file.display());
            }
        }
    }
}

#[test]
fn only_the_kafka_engine_names_kafka() {
    for file in sources(&root("hub/src")) {
        let path = file.display().to_string();
        let names = fs::read_to_string(&file).expect("a source file").contains("rdkafka::");
        assert!(!names || path.contains("log/kafka"), "{path} names rdkafka");
    }
}

#[test]
fn every_file_says_what_it_is_for_and_ends_in_time() {
    for part in ["schemas/src", "connectors/src", "hub/src", "tests"] {
        for file in sources(&root(part)) {
            let text = fs::read_to_string(&file).expect("a source file");
            assert!(text.starts_with("//!"), "{} does not open with what it is for", file.display());
            let lines = text.lines().count();
            assert!(lines <= LONGEST_FILE, "{} has {lines} lines: one room or several?", file.display());
        }
    }
}
