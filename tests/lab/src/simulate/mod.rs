//! `simulate`: payments under random faults, in virtual time, world by world.

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
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    match arguments.world {
        Some(world) => run::replay(arguments.seed, world),
        None => run::many(arguments),
    }
}
