//! The public crate over real sockets: paying, losing the cable, being closed and opened again.

use std::io;
use std::time::{Duration, Instant};

use danmal::{Options, Outcome, Resolution, Sale, Terminal};
use danmal_simulator::State;

use super::Tally;
use super::usage::Usage;
use crate::crash::Random;
use crate::crash::terminal::Terminal as Served;
use crate::crash::till::profile;

const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn run(minutes: f64, seed: u64) -> io::Result<Tally> {
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    let served = Served::start()?;
    let folder = tempfile::tempdir()?;
    let open = || {
        let options = Options::new().folder(folder.path()).profile(profile());
        Terminal::open(&served.address(), options).map_err(io::Error::other)
    };
    let mut terminal = open()?;
    let start = Instant::now();
    let whole = Duration::from_secs_f64(minutes * 60.0);
    let mut warm = None;
    while start.elapsed() < whole {
        if warm.is_none() && start.elapsed() > whole / 5 {
            warm = Some(Usage::now());
        }
        match random.below(60) {
            0 => {
                if !terminal.close_blocking() {
                    tally.wrong += 1;
                    eprintln!("a terminal does not close");
                }
                terminal = open()?;
            }
            1 | 2 => served.cut(),
            _ => {}
        }
        let won = 1_000 + i64::try_from(random.below(20)).unwrap_or_default() * 1_000;
        let payment = terminal.approve(Sale::won(won)).map_err(io::Error::other)?;
        if random.one_in(30) {
            served.cut();
        }
        tally.payments += 1;
        let outcome = payment.wait(PATIENCE);
        let end = match outcome {
            Some(Outcome::Unknown(_)) => match payment.wait_resolution(PATIENCE) {
                Some(Resolution::Final(end)) => Some(*end),
                _ => None,
            },
            outcome => outcome,
        };
        let id = payment.id().to_string();
        let stands =
            served.host().entries_of(&id).iter().filter(|line| line.state == State::Captured).count();
        let right = match &end {
            Some(Outcome::Approved(_)) => stands == 1,
            Some(_) => stands == 0,
            None => false,
        };
        tally.approved += u64::from(matches!(end, Some(Outcome::Approved(_))));
        if !right {
            tally.wrong += 1;
            eprintln!("{id} is {end:?}, and the host has it {stands} times");
        }
    }
    warm.unwrap_or_else(Usage::now).grown_into(&mut tally);
    terminal.close_blocking();
    Ok(tally)
}
