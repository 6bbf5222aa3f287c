//! The laboratory: each command runs the real session, the real journal and the simulator under faults, counts
//! what went wrong, and ends in failure if anything did.

#![allow(clippy::print_stdout, reason = "its figures are its product")]

mod crash;
mod cutpoints;
mod explore;
mod powercut;
mod simulate;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "danmal-lab",
    about = "Proves that no fault charges twice or lies",
    disable_version_flag = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Payments under random faults, in virtual time; with `--planted`, rules with planted bugs.
    Simulate(simulate::Arguments),
    /// Every order of events of two operations, searched breadth first.
    Explore(explore::Arguments),
    /// A disconnection and a crash at every byte and after every journal step.
    Cutpoints(cutpoints::Arguments),
    /// A paying process, killed at random moments.
    Crash(crash::Arguments),
    /// The journal on a disk that loses, reorders and tears what was not synced.
    Powercut(powercut::Arguments),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Explore(arguments) => explore::run(&arguments),
        Command::Cutpoints(arguments) => cutpoints::run(&arguments),
        Command::Crash(arguments) => crash::run(&arguments),
        Command::Powercut(arguments) => powercut::run(&arguments),
    }
}
