//! The development tool of danmal: `cargo xtask demo`, `test`, `check`.

mod bench;
mod check;
mod demo;
mod node;
mod steps;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

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
    /// The main job on the built-in simulator: pay, cancel, pull the cable, kill the till, recover.
    Demo {
        /// A real terminal instead: 1,004 won are charged and cancelled.
        #[arg(long)]
        address: Option<String>,
    },
    /// Measures, two things in one run.
    Bench {
        /// What is measured.
        #[arg(value_enum)]
        what: What,
        /// End with one line of JSON.
        #[arg(long)]
        json: bool,
        /// Without the crowds of terminals.
        #[arg(long)]
        quick: bool,
    },
    /// Whether every licence is one that the project accepts. Installs cargo-deny into `target/tools`.
    Licences,
    #[command(hide = true)]
    DemoTill { address: String, folder: PathBuf },
    #[command(hide = true)]
    BenchPart {
        #[arg(value_enum)]
        part: bench::Part,
        arguments: Vec<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Core,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check => check::check(),
        Command::Test => check::test(),
        Command::Demo { address } => demo::run(address.as_deref()),
        Command::Bench { what: What::Core, json, quick } => bench::core(json, quick),
        Command::Licences => tools::licences(),
        Command::BenchPart { part, arguments } => bench::part(part, &arguments),
        Command::DemoTill { address, folder } => demo::child(&address, &folder),
    }
}
