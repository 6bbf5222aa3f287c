//! The lives of one journal: born, killed, born again, and at last let live.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::judge::Judge;
use super::report::Report;
use super::terminal::Terminal;
use super::{Random, Tally};

/// A till that says nothing for so long hangs.
const SILENCE: Duration = Duration::from_secs(60);

/// When a till is killed.
enum Moment {
    /// So long after its birth, whatever it does.
    After(Duration),
    /// So many lines later, and a little.
    Line(u64, Duration),
    /// So many lines after it has recovered, and a little.
    LineAfterSettled(u64, Duration),
}

impl Moment {
    fn of(random: &mut Random) -> Self {
        let little = Duration::from_micros(random.below(6_000));
        match random.below(4) {
            0 => Self::After(Duration::from_micros(random.below(80_000))),
            1 => Self::Line(random.below(14), little),
            _ => Self::LineAfterSettled(random.below(12), little),
        }
    }
}

/// A running till.
struct Running {
    child: Child,
    reports: Receiver<Report>,
}

impl Running {
    fn start(
        terminal: &Terminal,
        folder: &Path,
        seed: u64,
        again: Option<&str>,
        drain: bool,
    ) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["crash", "--till", &terminal.address(), "--seed", &seed.to_string(), "--folder"]);
        command.arg(folder);
        if drain {
            command.arg("--drain");
        }
        if let Some(order) = again {
            command.args(["--again", order]);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let pipe = child.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
        let (send, reports) = channel();
        std::thread::spawn(move || {
            // A line that is cut off was not said: what is said is said in one write.
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                if let Some(report) = Report::read(&line)
                    && send.send(report).is_err()
                {
                    return;
                }
            }
        });
        Ok(Self { child, reports })
    }

    /// Kills it; then everything that it has said is heard.
    fn kill(mut self, judge: &mut Judge) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        for report in self.reports {
            judge.hear(report);
        }
        Ok(())
    }

    /// Listens until a time, or as long as somebody counts.
    fn listen(&self, until: Instant, judge: &mut Judge, mut enough: impl FnMut(&Report) -> bool) -> Heard {
        loop {
            match self.reports.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(report) => {
                    let enough = enough(&report);
                    judge.hear(report);
                    if enough {
                        return Heard::Enough;
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Heard::Silence,
                Err(RecvTimeoutError::Disconnected) => return Heard::End,
            }
        }
    }
}

enum Heard {
    Enough,
    Silence,
    End,
}

/// Kills tills on one journal so often, then lets one recover, and compares.
pub(crate) fn of_a_journal(terminal: &Terminal, seed: u64, kills: u64) -> io::Result<Tally> {
    let mut random = Random::new(seed);
    let doubtful = terminal.renew(&mut random);
    let folder = tempfile::Builder::new().prefix("danmal-crash-").tempdir()?;
    let mut judge = Judge::new(seed, doubtful);
    for _ in 0..kills {
        let again = judge.last_order().filter(|_| random.one_in(3)).map(str::to_owned);
        let till = Running::start(terminal, folder.path(), random.next(), again.as_deref(), false)?;
        let born = Instant::now();
        let heard = match Moment::of(&mut random) {
            Moment::After(time) => till.listen(born + time, &mut judge, |_| false),
            Moment::Line(line, little) => {
                let mut left = line;
                let heard = till.listen(born + SILENCE, &mut judge, |_| count(&mut left));
                std::thread::sleep(little);
                heard
            }
            Moment::LineAfterSettled(line, little) => {
                let (mut settled, mut left) = (false, line);
                let heard = till.listen(born + SILENCE, &mut judge, |report| {
                    settled |= *report == Report::Settled;
                    settled && count(&mut left)
                });
                std::thread::sleep(little);
                heard
            }
        };
        match heard {
            Heard::End => judge.fault("a till ended by itself"),
            Heard::Silence if born.elapsed() >= SILENCE => judge.fault("a till hangs"),
            Heard::Enough | Heard::Silence => {}
        }
        till.kill(&mut judge)?;
        judge.killed();
    }
    let till = Running::start(terminal, folder.path(), 0, None, true)?;
    let told = till.listen(Instant::now() + SILENCE, &mut judge, |report| *report == Report::Told);
    if !matches!(told, Heard::Enough) {
        judge.fault("the last till did not recover everything");
    }
    till.kill(&mut judge)?;
    Ok(judge.verdict(&terminal.host()))
}

/// Whether so many were counted.
fn count(left: &mut u64) -> bool {
    if *left == 0 {
        return true;
    }
    *left -= 1;
    false
}
