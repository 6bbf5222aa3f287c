//! What a till does with its journal while it is recorded: sales one after the other and together, stops,
//! closings, prunings.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use danmal_journal::{Ask, Begun, Claim, Folder, Journal};
use danmal_model::{About, Amounts, Decline, Fact, Intent, Kind, Outcome, Record, Seen, Source};
use jiff::{Timestamp, ToSpan};

use super::journal_of;
use super::record::{self, Recording, Row};
use crate::crash::Random;

/// The terminals of the till, each with a marker.
pub(super) const TERMINALS: [&str; 2] = ["tcp://192.0.2.7:9100", "tcp://192.0.2.8:9100"];

/// How many sales one record holds. With their three or more rows each, the log is copied into the database at
/// least once.
const SALES: u64 = 160;

/// A till with its journal open.
pub(super) struct Till {
    journal: Journal,
    claims: Vec<Claim>,
    answers: (Sender<bool>, Receiver<bool>),
    waiting: usize,
    now: Timestamp,
}

/// Records a till at work in an empty folder.
pub(super) fn work(root: &Path, seed: u64) -> io::Result<Recording> {
    let mut random = Random::new(seed);
    record::start(root, Vec::new())?;
    let result = sell_all(root, &mut random);
    let mut recording = record::stop(&[]);
    recording.pruned = result?;
    Ok(recording)
}

fn sell_all(root: &Path, random: &mut Random) -> io::Result<Vec<u64>> {
    let mut pruned = Vec::new();
    let start = Timestamp::now() - 96.hours();
    let mut till = Till::open(root, start)?;
    for number in 0..SALES {
        till.now = start + i64::try_from(number).unwrap_or_default().minutes();
        if random.one_in(40) {
            drop(till);
            till = Till::open(root, start)?;
        }
        if random.one_in(60) {
            till.settle()?;
            pruned.extend(till.prune(root, 30.minutes())?);
        }
        let together = random.below(3) + 1;
        till.sell(together, random)?;
    }
    till.settle()?;
    Ok(pruned)
}

impl Till {
    pub(super) fn open(root: &Path, now: Timestamp) -> io::Result<Self> {
        let journal = Journal::open(journal_of(root), false).map_err(io::Error::other)?;
        let claim =
            |terminal| Claim::acquire(&Folder::at(root), terminal, &journal).map_err(io::Error::other);
        let claims = TERMINALS.into_iter().map(claim).collect::<Result<_, _>>()?;
        Ok(Self { journal, claims, answers: channel(), waiting: 0, now })
    }

    /// Some sales, a step of each at a time, so that some of their rows are written together.
    pub(super) fn sell(&mut self, together: u64, random: &mut Random) -> io::Result<()> {
        let mut intents = Vec::new();
        for place in 0..together.min(TERMINALS.len() as u64) {
            let place = usize::try_from(place).unwrap_or_default();
            let ask = ask(TERMINALS[place], 1_000 + i64::try_from(random.below(50_000)).unwrap_or_default());
            let begun = self.journal.begin(&ask, self.now, Duration::from_secs(12 * 3_600));
            let Begun::New { intent, .. } = begun else { return Err(io::Error::other("not begun")) };
            self.commit(&intent, Fact::Intent(intent.clone()), place);
            intents.push((place, intent));
        }
        self.pause(random)?;
        for (place, intent) in &intents {
            if random.one_in(4) {
                self.commit(intent, Fact::Stopping { code: "910021".to_owned() }, *place);
                self.commit(intent, Fact::StopSettled, *place);
            }
            let seen = Seen {
                source: Source::Answer,
                code: "8324".to_owned(),
                message: "한도초과 ".repeat(usize::try_from(random.below(60)).unwrap_or_default()),
                approval: None,
                contradicts: false,
            };
            self.commit(intent, Fact::Seen(seen), *place);
        }
        self.pause(random)?;
        for (place, intent) in &intents {
            self.commit(intent, Fact::Ended(declined(intent)), *place);
        }
        self.pause(random)
    }

    fn pause(&mut self, random: &mut Random) -> io::Result<()> {
        if random.one_in(3) { Ok(()) } else { self.settle() }
    }

    /// Waits until every commit was told.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        while self.waiting > 0 {
            let kept = self.answers.1.recv_timeout(Duration::from_secs(60)).map_err(io::Error::other)?;
            if !kept {
                return Err(io::Error::other("a commit was refused"));
            }
            self.waiting -= 1;
        }
        Ok(())
    }

    fn commit(&mut self, intent: &Intent, fact: Fact, place: usize) {
        let terminal = intent.terminal.clone();
        let record = Record { at: self.now, terminal, ptxid: Some(intent.ptxid), fact };
        let mark = self.claims.get(place).and_then(|claim| claim.update_for(&record, &self.journal));
        let body = serde_json::to_vec(&record.clone().redacted()).unwrap_or_default();
        let answer = self.answers.0.clone();
        self.waiting += 1;
        self.journal.commit_marked(record, mark, move |result| {
            if let Ok(height) = result {
                record::acknowledge(Row { height, body });
            }
            let _ = answer.send(result.is_ok());
        });
    }

    /// Lets go of what is older; returns the rows that went.
    fn prune(&self, root: &Path, age: jiff::Span) -> io::Result<Vec<u64>> {
        let before: Vec<u64> = rows(root)?.into_iter().map(|row| row.height).collect();
        self.journal.prune(self.now - age, Duration::ZERO).map_err(io::Error::other)?;
        let after: Vec<Row> = rows(root)?;
        let stays =
            |height: &u64| after.iter().any(|row| row.height == *height && !row.body.starts_with(b"anchor "));
        Ok(before.into_iter().filter(|height| !stays(height)).collect())
    }
}

/// The rows of the file as they are.
pub(super) fn rows(root: &Path) -> io::Result<Vec<Row>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection =
        rusqlite::Connection::open_with_flags(journal_of(root), flags).map_err(io::Error::other)?;
    let read = || {
        let mut select = connection.prepare("SELECT height, body FROM rows ORDER BY height")?;
        let rows = select.query_map([], |row| {
            let height: i64 = row.get(0)?;
            Ok(Row { height: height.unsigned_abs(), body: row.get(1)? })
        })?;
        rows.collect::<rusqlite::Result<Vec<Row>>>()
    };
    read().map_err(io::Error::other)
}

fn ask(terminal: &str, won: i64) -> Ask {
    Ask::asked(Kind::CardApproval, terminal, Amounts::won(won), Timestamp::UNIX_EPOCH)
}

fn declined(intent: &Intent) -> Outcome {
    let about =
        About { id: intent.ptxid, operation: intent.kind, simulated: intent.simulated, replayed: None };
    Outcome::Declined(Decline {
        reason: Default::default(),
        about,
        code: "8324".to_owned(),
        message: "한도초과".to_owned(),
        alarms: Vec::new(),
    })
}
