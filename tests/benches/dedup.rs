//! Normalise and judge on one core, through the hub's own functions: documents a second, memory of the state, time to
//! restore it. Times are the thread's own, as a processor counts them. `cargo bench -p lianbo-tests --bench dedup`

use std::io::{BufReader, Cursor};
use std::sync::Arc;
use std::time::Duration;

use hanconv::s2t;
use jiff::{SignedDuration, Timestamp};
use lianbo_hub::dedup::{Dedup, Settings, cluster};
use lianbo_hub::normalise::{Profile, normalise};
use lianbo_hub::registry::Snapshot;
use lianbo_schemas::{Normalised, Outlet, OutletId, Submission, SubmissionId};
use lianbo_tests::{Alliance, corpus, shared};
use pinyin::ToPinyin;
use serde_json::json;

/// Documents of the generated corpus, `LIANBO_BENCH_DOCUMENTS` if set.
const DOCUMENTS: u64 = 100_000;
/// Characters of an article: the middle of what members of the alliance publish.
const CHARACTERS: usize = 600;
/// Of ten documents so many are reprints of one of the last thousand originals.
const REPRINTS_OF_TEN: u64 = 3;
/// Documents timed together.
const BATCH: u64 = 1_000;
const AUTHORITY: &str = "bench.example";

fn main() {
    let documents = std::env::var("LIANBO_BENCH_DOCUMENTS").ok().and_then(|text| text.parse().ok());
    generated(documents.unwrap_or(DOCUMENTS));
    development();
}

/// The generated corpus: what each half of the work costs, and what the state costs.
fn generated(documents: u64) {
    let profiles = profiles();
    let registry = Snapshot::default();
    let mut dedup = Dedup::new(AUTHORITY, &Settings::default());
    let (mut normalising, mut judging) = (Duration::ZERO, Duration::ZERO);
    let (mut reprints, mut found, mut bytes) = (0_u64, 0_u64, 0_usize);
    let before = memory();
    for first in (0..documents).step_by(BATCH as usize) {
        let numbers = first..documents.min(first + BATCH);
        let profile = |number: u64| &profiles[(number % profiles.len() as u64) as usize];
        let batch: Vec<_> = numbers.clone().map(|number| document(number, profile(number))).collect();
        bytes += batch.iter().map(|(submission, _)| submission.body.len()).sum::<usize>();
        let started = processor_time();
        let canonical: Vec<Normalised> =
            numbers.zip(&batch).map(|(number, (submission, _))| canonical(submission, profile(number))).collect();
        let between = processor_time();
        for (normalised, (_, of)) in canonical.into_iter().zip(&batch) {
            let now = normalised.item.received;
            let outcome = dedup.step(normalised, &registry, now);
            let reprint = outcome.judged.last().is_some_and(|judged| judged.verdict.word() == "reprint");
            reprints += u64::from(of.is_some());
            found += u64::from(reprint && of.is_some());
        }
        judging += processor_time().saturating_sub(between);
        normalising += between.saturating_sub(started);
        if (first / BATCH) % 25 == 24 {
            let rate = |time: Duration| (first + BATCH) as f64 / time.as_secs_f64();
            println!("  the first {:>7}: {:.0} documents/s", first + BATCH, rate(normalising + judging));
        }
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / documents as f64;
    println!(
        "generated, one core: {documents} documents of {CHARACTERS} characters ({:.1} kB as sent), {reprints} reprints in disguise of which {found} found: \
         {:.0} documents/s; normalise {:.0} µs, judge {:.0} µs a document",
        bytes as f64 / documents as f64 / 1000.0,
        1e6 / each(normalising + judging),
        each(normalising),
        each(judging)
    );
    let grown = memory().saturating_sub(before) as f64 / 1024.0;
    println!("memory: {grown:.0} MB for {documents} items, {:.0} MB per 100,000", grown * 100_000.0 / documents as f64);
    restore(dedup, documents);
}

/// What a restart costs: the records as JSON, as the log keeps them, back into a state.
fn restore(dedup: Dedup, documents: u64) {
    let lines: Vec<Vec<u8>> =
        dedup.records().values().map(|judged| serde_json::to_vec(judged).expect("a record is JSON")).collect();
    let size: usize = lines.iter().map(Vec::len).sum();
    let near = dedup.size();
    drop(dedup);
    let started = processor_time();
    let records: Vec<_> = lines.iter().map(|line| serde_json::from_slice(line).expect("a record")).collect();
    let read = processor_time().saturating_sub(started);
    let restored = Dedup::restore(AUTHORITY, &Settings::default(), records);
    assert_eq!(restored.size(), near, "a restart forgets nothing");
    let all = processor_time().saturating_sub(started);
    println!(
        "restore: {documents} items ({} MB of JSON) in {:.2} s, of which reading JSON {:.2} s; {:.2} s per 100,000",
        size / 1_000_000,
        all.as_secs_f64(),
        read.as_secs_f64(),
        all.as_secs_f64() * 100_000.0 / documents as f64
    );
}

/// The development set of real pages, when it is there, through `lianbo cluster`.
fn development() {
    let Some(path) = shared("data/dedup/dev.jsonl").filter(|path| path.exists()) else { return };
    let bytes = std::fs::read(&path).expect("the development set");
    let size = bytes.len();
    let started = processor_time();
    let tally = cluster::run(BufReader::new(Cursor::new(bytes)), |_| Ok(()), |_, _| {}).expect("a run");
    let took = processor_time().saturating_sub(started).as_secs_f64();
    println!(
        "dev.jsonl through `lianbo cluster`, one core: {} documents ({:.1} kB each) in {took:.2} s: {:.0} documents/s, {:.1} MB/s; {} clusters, {} skipped",
        tally.documents,
        size as f64 / tally.documents.max(1) as f64 / 1000.0,
        tally.documents as f64 / took,
        size as f64 / took / 1e6,
        tally.clusters,
        tally.skipped
    );
}

fn profiles() -> Vec<Profile> {
    (0..20)
        .map(|number| {
            let outlet = Outlet {
                id: OutletId::new(format!("outlet{number}")).expect("an id"),
                name: format!("基准{number}报"),
                aliases: Vec::new(),
                domains: Vec::new(),
                area: None,
                key_hashes: Vec::new(),
                source: None,
                copyright_holder: None,
                usage_terms: None,
                time_zone: None,
            };
            Profile { authority: AUTHORITY.to_owned(), outlet: Arc::new(outlet) }
        })
        .collect()
}

fn canonical(submission: &Submission, profile: &Profile) -> Normalised {
    normalise(submission, profile).into_iter().next().expect("an item").expect("it is in order")
}

/// The document of this number, as sent, and for a reprint the number of its original.
fn document(number: u64, profile: &Profile) -> (Submission, Option<u64>) {
    let of = original(number);
    let (headline, text) = corpus::article(of.unwrap_or(number), CHARACTERS);
    let (headline, text) = if of.is_some() { disguised(number, headline, text) } else { (headline, text) };
    let body = Alliance::ninjs(&number.to_string(), &headline, &text, json!({}));
    let received = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_790_000_000 + number as i64);
    let submission = Submission {
        id: SubmissionId::new(format!("s{number}")).expect("an id"),
        outlet: profile.outlet.id.clone(),
        media_type: Some("application/json".to_owned()),
        received,
        url: None,
        own_id: None,
        full_pages: false,
        body: body.into(),
    };
    (submission, of)
}

fn original(number: u64) -> Option<u64> {
    let copies = number >= 1_000 && number % 10 < REPRINTS_OF_TEN;
    // An odd stride, so that each lands on another outlet; the target is never a reprint itself.
    copies.then(|| number - 7 - number % 10 - 10 * (number * 31 % 90)).filter(|of| *of % 10 >= REPRINTS_OF_TEN)
}

/// In turn: Traditional with pinyin noise, cut at the end, under another headline with lines of its own.
fn disguised(number: u64, headline: String, text: String) -> (String, String) {
    match number % 3 {
        0 => (s2t(headline), with_pinyin(&s2t(text))),
        1 => {
            let lines: Vec<&str> = text.lines().collect();
            let kept = (lines.len() * 4 / 5).max(1);
            (headline, lines[..kept].join("\n"))
        }
        _ => (format!("看！{headline}"), format!("编者按：读者来信，本报转载如下。\n{text}\n（责任编辑：小林）")),
    }
}

fn with_pinyin(text: &str) -> String {
    let mut noisy = String::new();
    for (position, character) in text.chars().enumerate() {
        noisy.push(character);
        if let Some(reading) = character.to_pinyin().filter(|_| position % 9 == 4) {
            noisy.push_str(&format!("({})", reading.with_tone()));
        }
    }
    noisy
}

/// What this thread has had of a processor: the same on a busy machine as on a quiet one.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells a thread's time");
    let nanoseconds = text.split_whitespace().next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.expect("nanoseconds"))
}

/// Resident memory of this process in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}
