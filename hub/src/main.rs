//! The `lianbo` binary: it only dispatches.

use std::process::ExitCode;

fn main() -> ExitCode {
    lianbo_hub::cli::main()
}
