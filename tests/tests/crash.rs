//! A short round of the crash harness: what the long one (`cargo run -p lianbo-tests --bin crash`) does for an hour, at
//! a rate that leaves room for other tests beside it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use lianbo_tests::crash::{CmsReport, Log, Options, cms, poison, print, run};
use lianbo_tests::{Alliance, Engine, kafka};

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

/// A process stopped for 12 s is above the session time-out of the hub under test there, which is 6 s.
/// A broker that is killed may lose the end of a transaction, hence twice (`hub/src/log/kafka/hanging.rs`); one that is
/// stopped is out of its own cluster meanwhile, so that for a moment there is no broker at all.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_nor_out_of_order_on_kafka() {
    if kafka().is_none() {
        return;
    }
    let faults = ["broker", "kill-back", "kill-middle", "receivers", "zombie-back", "freeze-broker", "broker"];
    let mut options = Options::short(program(), &faults);
    options.log = Log::Kafka;
    holds(options).await;
}

async fn bad_ones_stop_no_good_one(log: Log) {
    let mut options = Options::short(program(), &[]);
    options.log = log;
    options.rate = 40;
    options.partners = 3;
    options.traffic = Duration::from_secs(15);
    let report = poison(&options).await.expect("the harness works");
    report.print();
    assert!(report.findings.is_empty(), "{:?}", report.findings.all());
    assert_eq!(report.bad, [6, 6, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_articles_stop_no_good_one_on_the_embedded_log() {
    bad_ones_stop_no_good_one(Log::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_articles_stop_no_good_one_on_kafka() {
    if kafka().is_some() {
        bad_ones_stop_no_good_one(Log::Kafka).await;
    }
}

/// One run with all systems that are named, so that the same kills serve for all.
#[tokio::test(flavor = "multi_thread")]
async fn no_article_stands_twice_in_a_real_cms() {
    let mut options = Options::short(program(), &[]);
    options.rounds = 10;
    options.rate = 4;
    options.seed = u64::from(std::process::id());
    let reports = cms(&options).await.expect("the harness works");
    reports.iter().for_each(CmsReport::print);
    for report in &reports {
        assert!(report.is_well(), "{report:?}");
    }
}

/// A process that is stopped in the middle of a write keeps the embedded log's file: once its successor ended at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_starts_as_soon_as_another_process_lets_go_of_the_log() {
    let settings = |settings: &mut lianbo_hub::settings::Settings| settings.log.embedded.busy_timeout_ms = 50;
    let mut alliance = Alliance::start_with(&Engine::Embedded, settings).await;
    alliance.halt().await;
    let path = alliance.data().join("log/log.sqlite");
    let file = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE);
    let file = file.expect("the log's file");
    file.execute_batch("BEGIN IMMEDIATE").expect("the only writer");
    let held = Duration::from_secs(1);
    let letting_go = async {
        tokio::time::sleep(held).await;
        drop(file);
    };
    let started = Instant::now();
    let starting = async {
        alliance.resume().await;
        started.elapsed()
    };
    let (took, ()) = tokio::join!(starting, letting_go);
    assert!(took >= held, "it started after {took:?}, while another process held the log");
    alliance.outlet("cdrb", "成都日报").await;
    alliance.stop().await;
}
