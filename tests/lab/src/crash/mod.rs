//! A paying process that is killed with SIGKILL at random moments, again and again, on one journal.
//!
//! The till is a child that uses the public crate and the real journal; the terminal and its host live on in
//! the parent. The till says over a pipe what its caller has learnt: that is acknowledged, and must be true in
//! every later life of the journal. After some kills the last till is let live until it has recovered
//! everything, and its whole history is compared with the host's ledger.

mod judge;
mod life;
mod random;
mod report;
mod terminal;
mod till;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;

pub(crate) use random::Random;

/// How often one journal is killed before its history is compared.
const KILLS_OF_A_JOURNAL: u64 = 40;

#[derive(clap::Args)]
pub struct Arguments {
    /// How often a till is killed.
    #[arg(long, default_value_t = 1_000)]
    kills: u64,
    /// Where chance begins. The moments of the kills are the machine's as well.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many tills are killed at a time.
    #[arg(long, default_value_t = 2)]
    workers: u64,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
    /// Be the till at this address.
    #[arg(long, hide = true, requires = "folder")]
    till: Option<String>,
    #[arg(long, hide = true)]
    folder: Option<PathBuf>,
    /// Recover everything, tell the whole history and end.
    #[arg(long, hide = true)]
    drain: bool,
    /// An order of an earlier life whose button is pressed again.
    #[arg(long, hide = true)]
    again: Option<String>,
}

/// What came of all kills.
#[derive(Default, Serialize)]
struct Tally {
    kills: u64,
    /// Acknowledged outcomes and operations that a later life does not know, or knows differently.
    lost: u64,
    /// States that the host's ledger contradicts, captures that no journal knows, recoveries without an end.
    wrong: u64,
    #[serde(skip)]
    operations: u64,
    #[serde(skip)]
    acknowledged: u64,
    #[serde(skip)]
    captured: u64,
    #[serde(skip)]
    undecided: u64,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    if let (Some(address), Some(folder)) = (&arguments.till, &arguments.folder) {
        let life = till::Life {
            address,
            folder,
            seed: arguments.seed,
            drain: arguments.drain,
            again: arguments.again.as_deref(),
        };
        return match life.live() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let start = Instant::now();
    let left = Arc::new(AtomicU64::new(arguments.kills));
    let workers: Vec<_> = (0..arguments.workers.clamp(1, 64))
        .map(|number| {
            let (left, seed) = (left.clone(), arguments.seed.wrapping_mul(1_000).wrapping_add(number));
            std::thread::spawn(move || work(seed, &left))
        })
        .collect();
    let mut tally = Tally::default();
    let mut failed = false;
    for worker in workers {
        match worker.join() {
            Ok(Ok(part)) => tally.add(&part),
            Ok(Err(error)) => {
                eprintln!("seed {}: {error}", arguments.seed);
                failed = true;
            }
            Err(_) => failed = true,
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} kills in {seconds:.1} s ({:.1} a second), seed {}: {} operations, {} captured, {} outcomes acknowledged, {} left to an operator; {} lost, {} wrong",
        tally.kills,
        tally.kills as f64 / seconds,
        arguments.seed,
        tally.operations,
        tally.captured,
        tally.acknowledged,
        tally.undecided,
        tally.lost,
        tally.wrong
    );
    if arguments.json {
        println!("{}", serde_json::json!(tally));
    }
    if failed || tally.lost + tally.wrong > 0 || tally.kills < arguments.kills {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.kills += other.kills;
        self.lost += other.lost;
        self.wrong += other.wrong;
        self.operations += other.operations;
        self.acknowledged += other.acknowledged;
        self.captured += other.captured;
        self.undecided += other.undecided;
    }
}

/// Kills tills until none is left to kill: one journal after the other, on one terminal.
fn work(seed: u64, left: &AtomicU64) -> std::io::Result<Tally> {
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    let terminal = terminal::Terminal::start()?;
    loop {
        let take = |count: u64| Some(count.saturating_sub(KILLS_OF_A_JOURNAL));
        let before = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or_default();
        if before == 0 {
            return Ok(tally);
        }
        let journal = random.next();
        tally.add(&life::of_a_journal(&terminal, journal, before.min(KILLS_OF_A_JOURNAL))?);
    }
}
