//! A short round of the crash harness: what the long one (`cargo run -p lianbo-tests --bin crash`) does for an hour, at
//! a rate that leaves room for other tests beside it.

use std::path::PathBuf;

use lianbo_tests::crash::{Log, Options, print, run};
use lianbo_tests::kafka;

fn program() -> (PathBuf, Vec<String>) {
    (PathBuf::from(env!("CARGO_BIN_EXE_lianbo-under-test")), Vec::new())
}

async fn holds(options: Options) {
    let reports = run(&options).await.expect("the harness works");
    print(&reports);
    for report in &reports {
        assert!(report.findings.is_empty(), "{}: {:?}", report.fault, report.findings.all());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_nor_out_of_order_on_the_embedded_log() {
    holds(Options::short(program(), &["kill-front", "kill-middle", "kill-back", "kill-all", "receivers"])).await;
}

/// Once a hub whose own output stood on the full disk died of the line it could not write: the log's thread panicked,
/// and the process lived on without it.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_passes_even_with_the_hubs_own_output_on_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = Options::short(program(), &["disk"]);
    options.output = Some(folder.path().join("output"));
    holds(options).await;
}

/// The broker's own kill is not among these faults: it takes up to a minute a round, and once a hub on a single broker was
/// seen to stand still after it, its members waiting in `committed` for a transaction that the broker neither ended nor
/// gave up. `cargo run -p lianbo-tests --bin crash -- --log kafka --faults broker` kills it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_nor_out_of_order_on_kafka() {
    if kafka().is_none() {
        return;
    }
    let mut options = Options::short(program(), &["kill-back", "kill-middle", "receivers"]);
    options.log = Log::Kafka;
    holds(options).await;
}
