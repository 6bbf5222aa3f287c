//! Many worlds, and one of them again.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Arguments, quirk};
use crate::world::config::{Plan, Purpose};
use crate::world::dice::{Dice, world_seed};
use crate::world::{Bent, Report, World};

/// The plan of a world of a run.
fn plan_of(purpose: Purpose, seed: u64) -> Plan {
    let payments = Dice::new(seed ^ 0x51ce).between(100, 300) as u32;
    Plan { purpose, payments }
}

/// What the worlds of a command are made for.
pub fn purpose(quirk: Option<(quirk::Name, quirk::Switch)>) -> Purpose {
    quirk.map_or(Purpose::Swarm, |(name, switch)| Purpose::Quirk {
        quirk: name.quirk(),
        believed: switch == quirk::Switch::On,
    })
}

/// One world of a run.
pub fn world(purpose: Purpose, seed: u64, index: u64, bent: Bent, traced: bool) -> Report {
    let seed = world_seed(seed, index);
    World::new(seed, plan_of(purpose, seed), bent, traced).run()
}

/// One world again, with everything that happened in it.
pub fn replay(purpose: Purpose, seed: u64, index: u64) -> ExitCode {
    let report = world(purpose, seed, index, Bent::default(), true);
    for line in &report.trace {
        println!("{line}");
    }
    println!("payments {}, digest {:016x}", report.payments, report.digest);
    match &report.violation {
        Some(violation) => {
            println!("{}: {} ({:?})", violation.invariant, violation.text, violation.ptxid);
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}

#[derive(Default)]
struct Sum {
    worlds: u64,
    payments: u64,
    ends: BTreeMap<&'static str, u64>,
    faults: BTreeMap<String, u64>,
    unknown: BTreeMap<String, u64>,
    crashes: u64,
    words: u64,
    foreign_reversals: u64,
    unexplained: u64,
    steps: u64,
    digest: u64,
    violations: Vec<(u64, Report)>,
}

impl Sum {
    fn add(&mut self, index: u64, report: Report) {
        self.worlds += 1;
        self.payments += report.payments;
        self.crashes += report.crashes;
        self.words += report.words;
        self.foreign_reversals += report.foreign_reversals;
        self.unexplained += report.unexplained;
        self.steps += report.steps;
        // Worlds end in any order.
        self.digest = self.digest.wrapping_add(Dice::new(report.digest ^ index).next());
        for (name, count) in &report.ends {
            *self.ends.entry(name).or_default() += count;
        }
        for (name, count) in &report.faults {
            *self.faults.entry(name.clone()).or_default() += count;
        }
        for (name, count) in &report.unknown {
            *self.unknown.entry(name.clone()).or_default() += count;
        }
        if report.violation.is_some() {
            self.violations.push((index, report));
        }
    }
}

/// Worlds until so many payments were made.
pub fn many(arguments: &Arguments) -> ExitCode {
    let purpose = purpose(arguments.quirk.map(|quirk| (quirk, arguments.switch)));
    let start = Instant::now();
    let next = AtomicU64::new(0);
    let paid = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                let mut own = Sum::default();
                while !stop.load(Ordering::Relaxed) && paid.load(Ordering::Relaxed) < arguments.transactions {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let report = world(purpose, arguments.seed, index, Bent::default(), false);
                    paid.fetch_add(report.payments, Ordering::Relaxed);
                    own.add(index, report);
                    if own.violations.len() >= 5 {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
                merge(&sum, own);
            });
        }
        scope.spawn(|| progress(arguments, &paid, &stop, start));
    });
    let sum = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    finish(arguments, sum, start.elapsed())
}

fn merge(sum: &Mutex<Sum>, own: Sum) {
    let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    sum.worlds += own.worlds;
    sum.payments += own.payments;
    sum.crashes += own.crashes;
    sum.words += own.words;
    sum.foreign_reversals += own.foreign_reversals;
    sum.unexplained += own.unexplained;
    sum.steps += own.steps;
    sum.digest = sum.digest.wrapping_add(own.digest);
    for (name, count) in own.ends {
        *sum.ends.entry(name).or_default() += count;
    }
    for (name, count) in own.faults {
        *sum.faults.entry(name).or_default() += count;
    }
    for (name, count) in own.unknown {
        *sum.unknown.entry(name).or_default() += count;
    }
    sum.violations.extend(own.violations);
}

fn progress(arguments: &Arguments, paid: &AtomicU64, stop: &AtomicBool, start: Instant) {
    let mut shown = Instant::now();
    while !stop.load(Ordering::Relaxed) && paid.load(Ordering::Relaxed) < arguments.transactions {
        std::thread::sleep(Duration::from_millis(20));
        if shown.elapsed() > Duration::from_secs(5) {
            shown = Instant::now();
            let paid = paid.load(Ordering::Relaxed);
            let rate = paid as f64 / start.elapsed().as_secs_f64();
            eprintln!("{paid:>12} payments, {rate:.0} a second");
        }
    }
}

fn finish(arguments: &Arguments, mut sum: Sum, time: Duration) -> ExitCode {
    let per_second = sum.payments as f64 / time.as_secs_f64();
    println!("{} payments in {} worlds, {:.1} s", sum.payments, sum.worlds, time.as_secs_f64());
    table("outcomes", sum.ends.iter().map(|(name, count)| (*name, *count)));
    table("faults", sum.faults.iter().map(|(name, count)| (name.as_str(), *count)));
    table("unknown at the end", sum.unknown.iter().map(|(name, count)| (name.as_str(), *count)));
    println!("crashes of the till          {:>12}", sum.crashes);
    println!("an operator's words          {:>12}", sum.words);
    println!("reversed by the host later   {:>12}", sum.foreign_reversals);
    println!("steps                        {:>12}", sum.steps);
    println!("payments a second            {per_second:>12.0}");
    println!("digest                   {:016x}", sum.digest);
    println!("violations                   {:>12}", sum.violations.len());
    sum.violations.sort_by_key(|(index, _)| *index);
    for (index, report) in sum.violations.iter().take(4) {
        show_violation(arguments, *index, report);
    }
    let unknown: u64 = sum.unknown.values().sum();
    if arguments.json {
        println!(
            "{}",
            serde_json::json!({
                "transactions": sum.payments,
                "violations": sum.violations.len(),
                "unknown": unknown,
                "unknown_unexplained": sum.unexplained,
                "per_second": per_second.round(),
                "seed": arguments.seed,
            })
        );
    }
    let sound = sum.violations.is_empty() && sum.unexplained == 0;
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn table<'a>(title: &str, rows: impl Iterator<Item = (&'a str, u64)>) {
    println!("{title}");
    for (name, count) in rows {
        println!("  {name:<58} {count:>12}");
    }
}

/// The last lines of a world that broke a rule, as it replays.
fn show_violation(arguments: &Arguments, index: u64, report: &Report) {
    let Some(violation) = &report.violation else { return };
    let (seed, quirk) = (arguments.seed, arguments.quirk.map(|quirk| (quirk, arguments.switch)));
    println!("\n{}: {} ({:?})", violation.invariant, violation.text, violation.ptxid);
    let with = quirk.map_or(String::new(), |(name, switch)| {
        format!(" --quirk {name:?} --switch {}", if switch == quirk::Switch::On { "on" } else { "off" })
    });
    println!("  world {index} of seed {seed}; the whole of it:");
    println!("  cargo xtask simulate --seed {seed} --world {index}{with}");
    let again = world(purpose(quirk), seed, index, Bent::default(), true);
    let from = again.trace.len().saturating_sub(60);
    for line in &again.trace[from..] {
        println!("  {line}");
    }
}
