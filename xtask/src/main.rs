//! The development tool of danmal: `cargo xtask demo`, `test`, `check`.

mod bench;
mod check;
mod steps;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The development tool of danmal", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Format, lints and unit tests: what one runs before every commit.
    Check,
    /// Everything: what CI runs.
    Test,
    /// Measures.
    Bench,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check => check::check(),
        Command::Test => check::test(),
        Command::Bench => bench::core(),
    }
}
