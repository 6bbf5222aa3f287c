//! `--planted`: bugs in the rules, on purpose. A checker that finds none of them proves nothing by finding none.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use danmal_journal::planted as journal;
use danmal_protocol::planted as protocol;
use danmal_simulator::Quirk;

use super::{Arguments, run as worlds};
use crate::world::Bent;
use crate::world::config::Purpose;

/// After so many payments a bug counts as not found.
const PATIENCE: u64 = 400_000;

/// A bug, wherever it is.
#[derive(Clone, Copy, Debug)]
enum Bug {
    Protocol(protocol::Bug),
    Journal(journal::Bug),
    /// The disk says "synced" of what is only in its cache.
    Disk,
}

impl Bug {
    fn all() -> Vec<Self> {
        let protocol = protocol::Bug::ALL.iter().map(|bug| Self::Protocol(*bug));
        let journal = journal::Bug::ALL.iter().map(|bug| Self::Journal(*bug));
        protocol.chain(journal).chain([Self::Disk]).collect()
    }

    fn text(self) -> &'static str {
        match self {
            Self::Protocol(bug) => bug.text().trim(),
            Self::Journal(bug) => bug.text(),
            Self::Disk => "A row is called durable before it is synced.",
        }
    }

    fn plant(self) -> Bent {
        let (mut inside, mut kept) = (None, None);
        match self {
            Self::Protocol(bug) => inside = Some(bug),
            Self::Journal(bug) => kept = Some(bug),
            Self::Disk => {}
        }
        protocol::set(inside);
        journal::set(kept);
        Bent { disk_lies: matches!(self, Self::Disk) }
    }

    /// The worlds in which it can be seen: that a refusal is checked before it stands matters to a terminal
    /// whose codes are not all final.
    fn purpose(self) -> Purpose {
        match self {
            Self::Protocol(protocol::Bug::RefusalAtOnce) => {
                Purpose::Quirk { quirk: Quirk::A5, believed: false }
            }
            _ => Purpose::Swarm,
        }
    }
}

struct Found {
    bug: usize,
    /// By what, and after how many payments; for each seed.
    caught: Vec<Option<(&'static str, u64)>>,
}

fn hunt(bug: Bug, seed: u64) -> Option<(&'static str, u64)> {
    let bent = bug.plant();
    let mut payments = 0;
    for index in 0.. {
        let report = worlds::world(bug.purpose(), seed, index, bent, false);
        payments += report.payments;
        if let Some(violation) = report.violation {
            return Some((violation.invariant, payments));
        }
        if payments > PATIENCE {
            break;
        }
    }
    None
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let bugs = Bug::all();
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Found>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let bug = next.fetch_add(1, Ordering::Relaxed);
                    let Some(planted) = bugs.get(bug) else { return };
                    let seeds = arguments.seed..arguments.seed + arguments.seeds.max(1);
                    let caught = seeds.map(|seed| hunt(*planted, seed)).collect();
                    found
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push(Found { bug, caught });
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_by_key(|found| found.bug);
    report(arguments, &bugs, &found)
}

fn report(arguments: &Arguments, bugs: &[Bug], found: &[Found]) -> ExitCode {
    let (mut all, mut times, mut caught) = (0, 0, 0);
    for found in found {
        let bug = bugs[found.bug];
        let counts: Vec<u64> = found.caught.iter().flatten().map(|(_, payments)| *payments).collect();
        let mut by: Vec<&str> = found.caught.iter().flatten().map(|(invariant, _)| *invariant).collect();
        by.sort_unstable();
        by.dedup();
        let whole = counts.len() == found.caught.len();
        caught += usize::from(whole);
        all += counts.iter().sum::<u64>();
        times += counts.len() as u64;
        let mean = counts.iter().sum::<u64>() / (counts.len() as u64).max(1);
        let verdict = if whole { by.join(" ") } else { "NOT FOUND".to_owned() };
        println!("{verdict:<12} {mean:>8} payments  {}", bug.text());
    }
    let mean = all / times.max(1);
    println!("{caught} of {} planted bugs found, after {mean} payments on average", bugs.len());
    if arguments.json {
        let line = serde_json::json!({ "planted": bugs.len(), "caught": caught, "mean_to_catch": mean });
        println!("{line}");
    }
    if caught == bugs.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
