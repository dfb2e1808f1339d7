//! Clusters a file of documents on standard input: `cargo run --release --example cluster < in.jsonl > out.jsonl`.

use std::io::{BufReader, BufWriter, stdin, stdout};
use std::time::Instant;

fn main() -> Result<(), lianbo_hub::dedup::cluster::ClusterError> {
    let started = Instant::now();
    let output = BufWriter::new(stdout().lock());
    let refused = |line: u64, why: &str| eprintln!("line {line} skipped: {why}");
    let tally = lianbo_hub::dedup::cluster::run(BufReader::new(stdin().lock()), output, |_| {}, refused)?;
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("{tally:?} in {seconds:.2} s, {:.0} documents a second", tally.documents as f64 / seconds);
    Ok(())
}
