//! The crash harness: `cargo run --release -p lianbo-tests --bin crash -- --rounds 50 --log embedded|kafka --seed N`
//!
//! Says each round as it ends and one table at the end; fails when anything was lost, posted under two identities, out
//! of order or altered, when a fresh article did not flow, or when a round tested nothing. `--faults kill-back,disk`
//! chooses; `--rate`, `--partners`, `--seconds`, `--freeze`, `--latency-ms` change the load; `--output FILE` keeps what
//! the hub's processes say.

use std::process::ExitCode;

use lianbo_tests::crash::{Options, print, run};

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

fn harness(arguments: &[String]) -> Result<ExitCode, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let options = Options::parse((program, Vec::new()), arguments)?;
    println!(
        "seed {}, {:?}, {} partners, {} articles a second",
        options.seed, options.log, options.partners, options.rate
    );
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let reports = runtime.block_on(run(&options))?;
    print(&reports);
    let well = reports.iter().all(|report| report.findings.is_empty());
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
