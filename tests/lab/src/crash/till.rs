//! The till: recovers, pays, cancels, and says what it has learnt, until it is killed.

use std::collections::HashMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use danmal::{
    Approval, HistoryEntry, HistoryFilter, Operation, Options, Outcome, Profile, Resolution, Sale, Terminal,
    Verdict, Work, block_on,
};

use super::Random;
use super::report::{Report, State};

/// Longer than anything the till waits for.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long recovery is given before an operator speaks: some fences.
const RECOVERY: Duration = Duration::from_millis(1_500);

pub(crate) struct Life<'a> {
    pub(crate) address: &'a str,
    pub(crate) folder: &'a Path,
    pub(crate) seed: u64,
    pub(crate) drain: bool,
    pub(crate) again: Option<&'a str>,
}

/// The durations of the rules where a customer takes milliseconds. The fence is long beside everything that
/// the terminal does, and beside a pause of a loaded machine.
fn profile() -> Profile {
    let millis = Duration::from_millis;
    let mut profile = Profile::simulator();
    profile.reversed_codes = vec!["8003".to_owned()];
    let durations = &mut profile.durations;
    durations.fence = millis(250);
    durations.question = millis(500);
    durations.prepare = millis(5_000);
    durations.inactivity = millis(1_500);
    durations.total = millis(4_000);
    durations.stop_answer = millis(300);
    durations.after_stop = millis(500);
    durations.read_back = millis(2);
    durations.recheck = millis(5);
    durations.surplus_quiet = millis(5);
    durations.reconnect_first = millis(2);
    durations.reconnect_longest = millis(50);
    profile
}

fn say(report: &Report) -> std::io::Result<()> {
    // One line is one write: it is in the pipe whole, or not at all.
    std::io::stdout().lock().write_all(format!("{}\n", report.line()).as_bytes())
}

fn known(entry: &HistoryEntry) -> Report {
    let order = entry.intent.order.clone().unwrap_or_else(|| "-".to_owned());
    Report::Known {
        id: entry.intent.ptxid.to_string(),
        order,
        state: match entry.overridden {
            Some(_) => State::Undecided,
            None => State::of(entry.outcome.as_ref()),
        },
    }
}

impl Life<'_> {
    pub(crate) fn live(&self) -> Result<(), Box<dyn Error>> {
        let mut random = Random::new(self.seed);
        let options = Options::new().folder(self.folder).profile(profile());
        let terminal = Terminal::open(self.address, options)?;
        if let Some(order) = self.again
            && random.one_in(2)
        {
            // The cashier presses before anything is resolved.
            self.press_again(&terminal, order)?;
        }
        let pending = terminal.pending();
        let newest = if self.drain { None } else { Some(8) };
        for entry in terminal.history_of(&HistoryFilter { limit: newest, ..HistoryFilter::default() })? {
            say(&known(&entry))?;
        }
        for payment in &pending {
            resolve(&terminal, payment)?;
        }
        if let Work::SafeMode { detail } = terminal.status().work {
            say(&Report::SafeMode(detail))?;
        }
        say(&Report::Settled)?;
        if self.drain {
            for entry in terminal.history()? {
                say(&known(&entry))?;
            }
            say(&Report::Told)?;
            terminal.close_blocking();
            return Ok(());
        }
        if let Some(order) = self.again {
            self.press_again(&terminal, order)?;
        }
        self.pay(&terminal, &mut random)
    }

    /// The same order and amount: one operation, whatever lives lie between (rule 13).
    fn press_again(&self, terminal: &Terminal, order: &str) -> Result<(), Box<dyn Error>> {
        let payment = terminal.approve(Sale::won(amount_of(order)).order(order))?;
        say(&Report::Handed { id: payment.id().to_string(), order: order.to_owned() })?;
        watch(terminal, &payment)?;
        Ok(())
    }

    fn pay(&self, terminal: &Terminal, random: &mut Random) -> Result<(), Box<dyn Error>> {
        let mut approved: HashMap<String, Box<Approval>> = HashMap::new();
        for number in 0.. {
            let wish = random.below(8);
            let cancelled = approved.keys().next().filter(|_| wish == 0).cloned();
            let (payment, order) = match cancelled.and_then(|order| approved.remove_entry(&order)) {
                Some((order, approval)) => (terminal.cancel(&*approval)?, format!("cancels-{order}")),
                None => {
                    let won = 1_000 + random.below(9) * 1_000 + if wish == 1 { 10_000 } else { 0 };
                    let order = format!("{:x}-{number}-{won}", self.seed);
                    (terminal.approve(Sale::won(i64::try_from(won)?).order(&order))?, order)
                }
            };
            say(&Report::Handed { id: payment.id().to_string(), order: order.clone() })?;
            if wish == 2 {
                std::thread::sleep(Duration::from_micros(random.below(8_000)));
                payment.request_cancel();
            }
            if let Some(Outcome::Approved(approval)) = watch(terminal, &payment)?
                && !approval.operation.is_cancellation()
            {
                approved.insert(order, approval);
            }
        }
        Ok(())
    }
}

/// The amount is a part of the order's name, so that whoever presses again asks for the same.
fn amount_of(order: &str) -> i64 {
    order.rsplit('-').next().and_then(|won| won.parse().ok()).unwrap_or(1_000)
}

fn watch(terminal: &Terminal, payment: &Operation) -> Result<Option<Outcome>, Box<dyn Error>> {
    let outcome = payment.wait(PATIENCE);
    say(&Report::Shown { id: payment.id().to_string(), state: State::of(outcome.as_ref()) })?;
    match outcome {
        Some(Outcome::Unknown(_)) => resolve(terminal, payment),
        outcome => Ok(outcome),
    }
}

/// Waits until it is known what became of it. Where even the fence proves nothing, an operator sends the next
/// customer on without deciding.
fn resolve(terminal: &Terminal, payment: &Operation) -> Result<Option<Outcome>, Box<dyn Error>> {
    let id = payment.id();
    let born = Instant::now();
    while born.elapsed() < PATIENCE {
        match payment.wait_resolution(RECOVERY) {
            Some(Resolution::Final(outcome)) => {
                say(&Report::Shown { id: id.to_string(), state: State::of(Some(&outcome)) })?;
                return Ok(Some(*outcome));
            }
            Some(_) => return Ok(None),
            // Refused before the fence; then it is said again.
            None => {
                let word = terminal.override_unknown(id, Verdict::Undecided, "the next customer waits");
                let _ = block_on(word);
            }
        }
    }
    Ok(None)
}
