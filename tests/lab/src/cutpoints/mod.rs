//! A disconnection and a crash at every byte of every frame, in both directions, and around every row of the
//! journal: enumerated, in virtual time, for every kind of operation and every policy of reversal.

mod check;
pub(crate) mod operation;
mod run;
mod till;

use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use danmal_model::Profile;
use operation::{OPERATIONS, Operation};
use run::{POLICIES, Policy, run as run_one};
use till::{Act, Cut, Passed, Place};

#[derive(clap::Args)]
pub struct Arguments {
    /// Only the points whose name begins so: `sale`, `sale/byTimer`, `sale/byTimer/rx/113`.
    #[arg(long)]
    only: Option<String>,
    /// How many threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Only every so many bytes, for a quick look; rows are never left out.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// A till that does not wait for the fence: then a violation must be found.
    #[arg(long)]
    planted: bool,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

/// A point: an operation, a policy, and a cut.
#[derive(Clone, Copy)]
struct Point {
    operation: Operation,
    policy: Policy,
    cut: Cut,
}

/// The name by which a point is run again.
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, at) = match self.cut.place {
            Place::Tx(at) => ("tx", at),
            Place::Rx(at) => ("rx", at),
            Place::Before(at) => ("before", at),
            Place::After(at) => ("after", at),
        };
        let act = ACTS.iter().find(|(_, act)| *act == self.cut.act).map_or("?", |(name, _)| name);
        write!(f, "{}/{}/{place}/{at}/{act}", self.operation.name, self.policy.name)
    }
}

/// How many violations are printed.
const SHOWN: usize = 20;

/// A short and a long absence: the long one outlives the terminal's timer.
const ACTS: &[(&str, Act)] = &[
    ("cut", Act::Cut(Duration::ZERO)),
    ("cutLong", Act::Cut(Duration::from_secs(5))),
    ("crash", Act::Crash(Duration::from_millis(100))),
    ("crashLong", Act::Crash(Duration::from_secs(5))),
    ("fail", Act::Fail),
];

/// Every point of an operation under a policy, from a run without a cut.
fn points(
    (operation, policy): (Operation, Policy),
    profile: &Profile,
    every: usize,
    into: &mut Vec<Point>,
) -> Vec<String> {
    let whole = run_one(operation, policy, profile, None);
    let Passed { tx, rx, rows } = whole.passed;
    let mut add = |place: Place, acts: &[(&str, Act)]| {
        into.extend(acts.iter().map(|(_, act)| Point { operation, policy, cut: Cut { place, act: *act } }));
    };
    let wire = &ACTS[..4];
    for at in (0..tx).step_by(every) {
        add(Place::Tx(at), wire);
    }
    for at in (0..rx).step_by(every) {
        add(Place::Rx(at), wire);
    }
    for at in 1..=rows {
        add(Place::Before(at), ACTS);
        add(Place::After(at), wire);
    }
    whole.wrong
}

/// What was found under an operation and a policy.
#[derive(Default)]
struct Row {
    points: usize,
    violations: usize,
    ends: BTreeMap<&'static str, usize>,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let began = Instant::now();
    let mut profile = Profile::simulator();
    if arguments.planted {
        profile.durations.fence = Duration::ZERO;
    }
    let mut all = Vec::new();
    let mut violations: Vec<(String, Vec<String>)> = Vec::new();
    for operation in OPERATIONS {
        for policy in POLICIES {
            let wrong = points((*operation, *policy), &profile, arguments.every.max(1), &mut all);
            if !wrong.is_empty() {
                violations.push((format!("{}/{} without a cut", operation.name, policy.name), wrong));
            }
        }
    }
    if let Some(only) = &arguments.only {
        let whole = format!("{only}/");
        all.retain(|point| format!("{point}/").starts_with(&whole));
    }
    let next = AtomicUsize::new(0);
    let rows: Mutex<BTreeMap<(usize, usize), Row>> = Mutex::default();
    let found: Mutex<Vec<(String, Vec<String>)>> = Mutex::new(violations);
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.clamp(1, 64) {
            scope.spawn(|| {
                while let Some(point) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut ran = run_one(point.operation, point.policy, &profile, Some(point.cut));
                    if !ran.cut {
                        ran.wrong.push("the place was not met".to_owned());
                    }
                    let place = (
                        OPERATIONS.iter().position(|o| *o == point.operation).unwrap_or(0),
                        POLICIES.iter().position(|p| *p == point.policy).unwrap_or(0),
                    );
                    if let Ok(mut rows) = rows.lock() {
                        let row = rows.entry(place).or_default();
                        row.points += 1;
                        row.violations += usize::from(!ran.wrong.is_empty());
                        *row.ends.entry(ran.end).or_default() += 1;
                    }
                    if !ran.wrong.is_empty()
                        && let Ok(mut found) = found.lock()
                    {
                        found.push((point.to_string(), ran.wrong));
                    }
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap_or_default();
    let mut found = found.into_inner().unwrap_or_default();
    found.sort();
    for ((operation, policy), row) in &rows {
        let ends: Vec<String> = row.ends.iter().map(|(end, count)| format!("{count} {end}")).collect();
        println!(
            "{:<14} {:<18} {:>6} points, {} violations: {}",
            OPERATIONS[*operation].name,
            POLICIES[*policy].name,
            row.points,
            row.violations,
            ends.join(", ")
        );
    }
    for (name, wrong) in found.iter().take(SHOWN) {
        for what in wrong {
            println!("violation at {name}: {what}");
        }
        let planted = if arguments.planted { "--planted " } else { "" };
        println!("  again: cargo xtask cutpoints {planted}--only {name}");
    }
    println!("{} points, {} with violations, {:.1} s", all.len(), found.len(), began.elapsed().as_secs_f64());
    if arguments.json {
        println!("{}", serde_json::json!({ "points": all.len(), "violations": found.len() }));
    }
    if found.is_empty() != arguments.planted { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
