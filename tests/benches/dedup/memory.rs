//! What the state takes in memory and how long a restart takes, per million articles, beside the floors.

use std::ops::Range;
use std::time::Duration;

use jiff::SignedDuration;
use lianbo_hub::dedup::{Dedup, Recalled, Restoring, Settings, Shelf};
use lianbo_hub::registry::Snapshot;
use lianbo_schemas::Normalised;

use crate::corpus::{AUTHORITY, CHARACTERS, FIRST_REPRINT, document};
use crate::{floor, timed};

/// Documents made, judged or read back together.
/// Documents made, judged or read back together: few, so that what they take themselves is not counted as dedup's.
const BATCH: u64 = 100;

pub(crate) fn header(documents: u64) {
    println!("\ngenerated: {documents} documents of {CHARACTERS} characters, three in ten of them reprints");
    println!("| per million articles | measured | floor | ratio |");
    println!("| --- | ---: | ---: | ---: |");
}

fn row(what: &str, measured: f64, floor: f64, unit: &str) {
    println!("| {what} | {measured:.2} {unit} | {floor:.2} {unit} | {:.2} |", measured / floor);
}

/// All documents within the near window; and what it takes to read them back.
pub(crate) fn near(documents: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let before = warm(folder.path());
    let dedup = filled(0..documents, SignedDuration::from_secs(1), &Settings { near_days: 90 }, folder.path());
    let grown = resident().saturating_sub(before) as f64;
    let stats = dedup.stats();
    assert_eq!((stats.items as u64, stats.near as u64), (documents, documents));
    let (mut texts, mut shingles) = (0, 0);
    let records = dedup.records().map(|judged| {
        texts += floor::near(&judged);
        shingles += judged.memory.fingerprint.as_ref().map_or(0, |fingerprint| fingerprint.shingles.0.len());
        serde_json::to_vec(&judged).expect("a record is JSON")
    });
    let records: Vec<Vec<u8>> = records.collect();
    let floor = floor::state(texts, &stats) as f64;
    let per_million = |bytes: f64| bytes / documents as f64 / 1e3;
    row("memory, near texts, resident", per_million(grown), per_million(floor), "GB");
    row("the same, as dedup counts it", per_million(stats.bytes.memory as f64), per_million(floor), "GB");
    drop(dedup);
    restore(&records, shingles, folder.path());
}

/// Nearly all documents out of the near window, as after years: what is known for ever.
pub(crate) fn old(documents: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let before = warm(folder.path());
    let dedup = filled(0..documents, SignedDuration::from_mins(15), &Settings { near_days: 1 }, folder.path());
    let grown = resident().saturating_sub(before) as f64;
    let stats = dedup.stats();
    assert!(stats.near < 100, "{stats:?}");
    let texts: usize = dedup.records().map(|judged| floor::near(&judged)).sum();
    let floor = floor::state(texts, &stats) as f64;
    let per_million = |bytes: f64| bytes / documents as f64;
    row("memory, exact only, resident", per_million(grown), per_million(floor), "MB");
    row("the same, as dedup counts it", per_million(stats.bytes.memory as f64), per_million(floor), "MB");
    println!("| on disk, in the data folder | {:.2} GB | | |", stats.bytes.shelf as f64 / documents as f64 / 1e3);
}

/// Resident memory after a batch that is forgotten again, with reprints in every disguise: all dictionaries are loaded,
/// those by which this bench disguises them too.
fn warm(folder: &std::path::Path) -> u64 {
    let numbers = FIRST_REPRINT..FIRST_REPRINT + BATCH;
    drop(filled(numbers, SignedDuration::from_secs(1), &Settings::default(), folder));
    resident()
}

fn filled(documents: Range<u64>, apart: SignedDuration, settings: &Settings, folder: &std::path::Path) -> Dedup {
    let registry = Snapshot::default();
    let mut dedup = Dedup::on(Shelf::in_folder(folder).expect("a file"), AUTHORITY, settings);
    let mut judging = Duration::ZERO;
    for first in documents.clone().step_by(BATCH as usize) {
        let numbers = first..documents.end.min(first + BATCH);
        let batch: Vec<Normalised> = numbers.clone().map(|number| document(number, apart)).collect();
        let step = |normalised: Normalised| {
            let now = normalised.item.received;
            drop(dedup.step(normalised, &registry, now));
        };
        judging += timed(|| batch.into_iter().for_each(step)).1;
        if numbers.end % 100_000 == 0 {
            eprintln!("  {} judged, {:.0} µs each", numbers.end, judging.as_secs_f64() * 1e6 / numbers.end as f64);
        }
    }
    dedup
}

/// What a restart costs: the records as the log keeps them, with so many shingles, back into a state, on one core.
fn restore(records: &[Vec<u8>], shingles: usize, folder: &std::path::Path) {
    let size: usize = records.iter().map(Vec::len).sum();
    let empty = Dedup::on(Shelf::in_folder(folder).expect("a file"), AUTHORITY, &Settings::default());
    let mut restoring = Restoring::of(empty);
    let (mut reading, mut building) = (Duration::ZERO, Duration::ZERO);
    for batch in records.chunks(BATCH as usize) {
        let read = |record: &Vec<u8>| Recalled::read(record).expect("a record");
        let (batch, took) = timed(|| batch.iter().map(read).collect::<Vec<_>>());
        reading += took;
        building += timed(|| batch.into_iter().for_each(|recalled| restoring.take(recalled))).1;
    }
    let (dedup, filling) = timed(|| restoring.finish());
    let stats = dedup.stats();
    assert_eq!(stats.near, records.len(), "a restart forgets nothing");
    drop(dedup);
    let (held, plain) = timed(|| floor::pass(records, shingles, &stats));
    assert!(held > 0);
    let per_million = |time: Duration| time.as_secs_f64() * 1e6 / records.len() as f64;
    row("restore, one core", per_million(reading + building + filling), per_million(plain), "s");
    println!(
        "| of which reading JSON of {:.1} kB each and making it ready, keeping items, making the tables | {:.2} + {:.2} + {:.2} s | | |",
        size as f64 / records.len() as f64 / 1e3,
        per_million(reading),
        per_million(building),
        per_million(filling)
    );
}

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or(0) * 1_024
}
