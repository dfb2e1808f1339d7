//! The hub under test: the same `main` as the `lianbo` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    lianbo_hub::cli::main()
}
