//! `simulate`: payments under random faults, in virtual time, world by world.

#[cfg(feature = "planted")]
mod planted;
mod quirk;
mod run;

use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    /// How many payments.
    #[arg(long, default_value_t = 100_000)]
    transactions: u64,
    /// The seed of the run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Replays this world of the run alone, with its whole trace.
    #[arg(long)]
    world: Option<u64>,
    /// How many worlds run at the same time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// A terminal that breaks this assumption, A1 to A6.
    #[arg(long, value_enum)]
    quirk: Option<quirk::Name>,
    /// Whether the assumption is believed. `off` must be clean, `on` must find what comes of it.
    #[arg(long, value_enum, default_value = "off", requires = "quirk")]
    switch: quirk::Switch,
    /// Plants bugs in the rules, one after the other, and says whether each is found.
    #[arg(long, conflicts_with_all = ["quirk", "world"])]
    planted: bool,
    /// Of a planted bug: how many seeds.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let quirk = arguments.quirk.map(|quirk| (quirk, arguments.switch));
    match (arguments.world, quirk) {
        _ if arguments.planted => planted(arguments),
        (Some(world), _) => run::replay(run::purpose(quirk), arguments.seed, world),
        (None, Some((name, switch))) => quirk::run(arguments, name, switch),
        (None, None) => run::many(arguments),
    }
}

#[cfg(feature = "planted")]
fn planted(arguments: &Arguments) -> ExitCode {
    planted::run(arguments)
}

#[cfg(not(feature = "planted"))]
fn planted(_: &Arguments) -> ExitCode {
    eprintln!("this build has no bugs to plant; `cargo xtask simulate --planted` makes one that has");
    ExitCode::FAILURE
}
