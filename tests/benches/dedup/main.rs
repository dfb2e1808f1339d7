//! What dedup costs, and what it is worth beside the usual way: documents a second on one core, memory and restore time
//! per million beside what any implementation of the method must hold and do. Times are the thread's own, as a
//! processor counts them. `cargo bench -p lianbo-tests --bench dedup`
//!
//! `LIANBO_BENCH_DOCUMENTS` sets the size of the generated corpus.

mod archive;
mod corpus;
mod floor;
mod memory;
mod minhash;
mod score;

use std::time::Duration;

/// Documents of the generated corpus, `LIANBO_BENCH_DOCUMENTS` if set.
const DOCUMENTS: u64 = 200_000;

/// Names the one part that a process of its own measures, so that what other parts left in memory does not count.
const PART: &str = "LIANBO_BENCH_PART";

fn main() {
    let documents = std::env::var("LIANBO_BENCH_DOCUMENTS").ok().and_then(|text| text.parse().ok());
    let documents = documents.unwrap_or(DOCUMENTS);
    match std::env::var(PART).as_deref() {
        Ok("archive") => archive::measure(),
        Ok("near") => memory::near(documents),
        Ok("old") => memory::old(documents),
        Ok(other) => println!("no part `{other}`: archive, near or old"),
        Err(_unset) => {
            run("archive");
            memory::header(documents);
            run("near");
            run("old");
        }
    }
}

fn run(part: &str) {
    let this = std::env::current_exe().expect("this program");
    let status = std::process::Command::new(this).env(PART, part).status().expect("a process");
    assert!(status.success(), "the part `{part}` failed");
}

/// What this thread has had of a processor: the same on a busy machine as on a quiet one.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells a thread's time");
    let nanoseconds = text.split_whitespace().next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.expect("nanoseconds"))
}

/// Does something, and says what it cost this thread. The kernel counts in steps of milliseconds: for a batch, not for
/// one document.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = processor_time();
    let result = work();
    (result, processor_time().saturating_sub(started))
}
