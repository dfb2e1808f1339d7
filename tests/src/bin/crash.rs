//! The crash harness: `cargo run --release -p lianbo-tests --bin crash -- --rounds 50 --log embedded|kafka --seed N`
//!
//! Says each round as it ends and one table at the end; fails when anything was lost, posted under two identities, out
//! of order or altered, when a fresh article did not flow, or when a round tested nothing. `--faults kill-back,disk`
//! chooses; `--rate`, `--partners`, `--seconds`, `--freeze`, `--latency-ms` change the load; `--output FILE` keeps what
//! the hub's processes say. With `KAFKA_BROKERS=3` in its environment the log is a cluster, one broker of which is struck.
//!
//! `crash poison` sends bad pieces among the good ones (4,000 in all with `--seconds 40`), and `crash cms` posts to the
//! real CMSes that `LIANBO_WORDPRESS` and `LIANBO_GHOST` name, killing the part that delivers in each of `--rounds`; give
//! it a `--rate` they can bear, such as 3: a backlog that is not worked off in three minutes is found wrong.

use std::process::ExitCode;

use lianbo_tests::crash::{CmsReport, Options, PoisonReport, cms, poison, print, run};

/// Under this first argument the program is the hub itself.
const HUB: &str = "serve";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == HUB) {
        return lianbo_hub::cli::main();
    }
    match harness(&arguments) {
        Ok(code) => code,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(2)
        }
    }
}

/// What is run, by the first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Faults,
    Poison,
    Cms,
}

fn harness(arguments: &[String]) -> Result<ExitCode, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mode = match arguments.first().map(String::as_str) {
        Some("poison") => Mode::Poison,
        Some("cms") => Mode::Cms,
        Some(_) | None => Mode::Faults,
    };
    let rest = if mode == Mode::Faults { arguments } else { &arguments[1..] };
    let options = Options::parse((program, Vec::new()), rest)?;
    let partners = if mode == Mode::Cms { String::new() } else { format!("{} partners, ", options.partners) };
    println!("seed {}, {:?}, {partners}{} articles a second", options.seed, options.log, options.rate);
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let well = runtime.block_on(is_well(mode, &options))?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn is_well(mode: Mode, options: &Options) -> Result<bool, String> {
    match mode {
        Mode::Faults => {
            let reports = run(options).await?;
            print(&reports);
            Ok(reports.iter().all(|report| report.findings.is_empty()))
        }
        Mode::Poison => {
            let report: PoisonReport = poison(options).await?;
            report.print();
            Ok(report.findings.is_empty())
        }
        Mode::Cms => {
            let reports: Vec<CmsReport> = cms(options).await?;
            reports.iter().for_each(CmsReport::print);
            Ok(!reports.is_empty() && reports.iter().all(CmsReport::is_well))
        }
    }
}
