//! The development set of real pages, when it is there: normalise and judge as `lianbo cluster` runs them, and MinHash
//! LSH on the same normalised texts, in one run.

use std::time::Duration;

use lianbo_hub::dedup::cluster::Document;
use lianbo_hub::dedup::{Dedup, Outcome, Settings};
use lianbo_hub::registry::Snapshot;
use lianbo_schemas::Normalised;
use lianbo_tests::shared;

use crate::corpus::AUTHORITY;
use crate::score::Labels;
use crate::{minhash, timed};

pub(crate) fn measure() {
    let Some(folder) = shared("data/dedup") else { return };
    let lines = std::fs::read_to_string(folder.join("dev.jsonl")).expect("the development set");
    let count = lines.lines().count();
    let read = |line: &str| serde_json::from_str::<Document>(line).expect("a document");
    let (documents, reading) = timed(|| lines.lines().map(read).collect::<Vec<_>>());
    let ids: Vec<String> = documents.iter().map(|document| document.id.clone()).collect();
    let normalise = |document: Document| document.normalised().expect("an item");
    let (normalised, normalising) = timed(|| documents.into_iter().map(normalise).collect::<Vec<_>>());
    let texts: Vec<String> = normalised.iter().map(|item| item.match_text.clone()).collect();
    let mut dedup = Dedup::new(AUTHORITY, &Settings::default());
    let registry = Snapshot::default();
    let judge = |normalised: Normalised| {
        let now = normalised.item.received;
        dedup.step(normalised, &registry, now)
    };
    let (outcomes, judging) = timed(|| normalised.into_iter().map(judge).collect::<Vec<_>>());
    let article = |outcome: &Outcome| Some(outcome.judged.last()?.article.as_ref()?.to_string());
    let clusters: Vec<String> =
        ids.iter().zip(&outcomes).map(|(id, outcome)| article(outcome).unwrap_or_else(|| id.clone())).collect();
    let (usual, finding) = timed(|| minhash::run(&texts));
    let labels = Labels::read(&folder);
    let (count, input) = (count as f64, reading + normalising);
    let each = |time: Duration| time.as_secs_f64() * 1e6 / count;
    let rate = |time: Duration| count / time.as_secs_f64();
    println!("dev.jsonl: {count} documents, {:.1} kB each, one core", lines.len() as f64 / count / 1e3);
    println!("| | read the line µs | normalise µs | find duplicates µs | documents/s | without normalise | pair F1 |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (name, finding, found) in [("Lianbo", judging, &clusters), ("MinHash LSH", finding, &usual)] {
        println!(
            "| {name} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.4} |",
            each(reading),
            each(normalising),
            each(finding),
            rate(input + finding),
            rate(finding),
            labels.f1(&ids, found)
        );
    }
}
