//! A till that runs for weeks: what it uses stays what it was, and what it says stays true.
//!
//! `--days` lets a session, the real journal and a terminal with faults run in virtual time; `--minutes` lets
//! the public crate pay over real sockets.

mod days;
mod minutes;
mod usage;

use std::process::ExitCode;

use serde::Serialize;

#[derive(clap::Args)]
pub struct Arguments {
    /// Days of a shop in virtual time.
    #[arg(long)]
    days: Option<u32>,
    /// Minutes on real sockets.
    #[arg(long)]
    minutes: Option<f64>,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tally {
    payments: u64,
    approved: u64,
    /// Left to an operator, because what such a terminal shows proves nothing.
    undecided: u64,
    /// Outcomes that the host contradicts, and calls that hang.
    wrong: u64,
    /// Between the end of the warm-up and the end of the run.
    memory_growth_bytes: i64,
    descriptors_growth: i64,
    threads_growth: i64,
}

/// What a book keeps of an ended operation and the host of a line, for every payment, and the allocator's slack.
const PER_PAYMENT: i64 = 1_536;
const SLACK: i64 = 8 << 20;

impl Tally {
    fn is_flat(&self) -> bool {
        let allowed = SLACK + i64::try_from(self.payments).unwrap_or(i64::MAX).saturating_mul(PER_PAYMENT);
        self.memory_growth_bytes <= allowed && self.descriptors_growth <= 2 && self.threads_growth <= 1
    }
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let mut well = true;
    let days = arguments.days.or(arguments.minutes.is_none().then_some(30));
    if let Some(days) = days {
        well &= tell(&format!("{days} days"), days::run(days, arguments.seed), arguments.json);
    }
    if let Some(minutes) = arguments.minutes {
        well &= tell(&format!("{minutes} minutes"), minutes::run(minutes, arguments.seed), arguments.json);
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell(what: &str, result: std::io::Result<Tally>, json: bool) -> bool {
    match result {
        Ok(tally) => {
            let flat = if tally.is_flat() { "flat" } else { "NOT FLAT" };
            println!(
                "{what}: {} payments, {} approved, {} left to an operator, {} wrong; memory {:+} KiB, descriptors {:+}, threads {:+}: {flat}",
                tally.payments,
                tally.approved,
                tally.undecided,
                tally.wrong,
                tally.memory_growth_bytes / 1_024,
                tally.descriptors_growth,
                tally.threads_growth,
            );
            if json {
                println!("{}", serde_json::json!(tally));
            }
            tally.wrong == 0 && tally.payments > 0 && tally.is_flat()
        }
        Err(error) => {
            eprintln!("{what}: {error}");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_days_of_a_shop_are_true_to_the_host() {
        let tally = days::run(2, 5).expect("a folder");
        assert!(tally.payments > 100 && tally.approved > 50, "{}", serde_json::json!(tally));
        assert_eq!(tally.wrong, 0);
    }
}
