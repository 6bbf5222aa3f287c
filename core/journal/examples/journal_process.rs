//! A process with a journal and a claim, for the tests: it does what it is told on its standard input, a line
//! at a time, and answers each with a line.
//!
//! ```sh
//! cargo run -p danmal-journal --example journal_process
//! open /tmp/till.db
//! claim /tmp/claims tcp://192.0.2.7:9100
//! intent
//! ```

use std::io::{BufRead, Write};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use danmal_journal::{Begun, Claim, CommitError, Folder, Journal};
use danmal_model::{Amounts, Fact, Intent, JournalId, Kind, Ptxid, Record};
use jiff::Timestamp;

#[derive(Default)]
struct Process {
    journal: Option<Journal>,
    claim: Option<Claim>,
    folder: Option<Folder>,
    terminal: String,
}

fn main() -> std::io::Result<()> {
    let mut process = Process::default();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = process.obey(&words).unwrap_or_else(|problem| format!("refused {problem}"));
        say(&answer)?;
    }
    Ok(())
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

impl Process {
    fn obey(&mut self, words: &[&str]) -> Result<String, String> {
        match words {
            ["open", path] => {
                let journal = Journal::open(path, false).map_err(|error| error.to_string())?;
                let answer = format!("open {} {}", journal.height(), journal.pending().len());
                self.journal = Some(journal);
                Ok(answer)
            }
            ["claim", folder, terminal] => {
                let folder = Folder::at(*folder);
                let claim = Claim::acquire(&folder, terminal, self.journal()?);
                let claim = claim.map_err(|refused| refused.to_string())?;
                let answer = format!("claimed {}", claim.safe_mode().unwrap_or_default());
                (self.claim, self.folder, self.terminal) =
                    (Some(claim), Some(folder), (*terminal).to_owned());
                Ok(answer)
            }
            ["intent"] => self.intent(),
            ["commits", count] => self.commits(count.parse().map_err(|_| "how many?".to_owned())?),
            ["height"] => Ok(format!("height {}", self.journal()?.height())),
            ["close"] => Ok(format!("closed {}", self.journal()?.close(Duration::from_secs(20)))),
            ["backup", folder] => backup(folder),
            #[cfg(unix)]
            ["fork"] => self.fork(),
            #[cfg(unix)]
            ["fork", "and", "stay"] => fork_and_stay(),
            other => Err(format!("unknown: {other:?}")),
        }
    }

    fn journal(&self) -> Result<&Journal, String> {
        self.journal.as_ref().ok_or_else(|| "open a journal first".to_owned())
    }

    fn intent(&self) -> Result<String, String> {
        let journal = self.journal()?;
        let mut ask = ask(&self.terminal);
        ask.ptxid = Ptxid::new(JournalId::new(0), 0, 0);
        let begun = journal.begin(&ask, Timestamp::now(), Duration::from_secs(1));
        let Begun::New { intent, .. } = begun else { return Err(format!("{begun:?}")) };
        let (at, terminal, ptxid) = (intent.at, intent.terminal.clone(), intent.ptxid);
        let record = Record { at, terminal, ptxid: Some(ptxid), fact: Fact::Intent(intent) };
        let mark = self.claim.as_ref().and_then(|claim| claim.update_for(&record, journal));
        let (told, result) = channel();
        journal.commit_marked(record, mark, move |result| {
            // Nobody waits any more only if the process ends.
            let _ = told.send(result);
        });
        match result.recv_timeout(Duration::from_secs(60)) {
            Ok(Ok(height)) => Ok(format!("kept {height} {ptxid}")),
            Ok(Err(error)) => {
                journal.forget(ptxid);
                Err(format!("{} {error}", name(&error)))
            }
            Err(_) => Err("no answer".to_owned()),
        }
    }

    /// Commits until one is refused, or so many.
    fn commits(&self, count: usize) -> Result<String, String> {
        let start = Instant::now();
        for done in 0..count {
            if let Err(refused) = self.intent() {
                return Err(format!("after {done}: {refused}"));
            }
        }
        Ok(format!("kept all {:.1} µs each", start.elapsed().as_secs_f64() * 1e6 / count.max(1) as f64))
    }

    /// What a forked child finds: a line of its own, then the parent's.
    #[cfg(unix)]
    #[allow(unsafe_code)] // The one way to fork; the child only calls this library, prints and ends.
    fn fork(&mut self) -> Result<String, String> {
        use nix::sys::wait::waitpid;
        use nix::unistd::{ForkResult, fork};
        // SAFETY: no other thread of this program holds a lock that the child needs: the journal's thread
        // waits for work, and the C library makes its allocator usable after a fork.
        match unsafe { fork() }.map_err(|error| error.to_string())? {
            ForkResult::Child => {
                let found = self.as_child();
                let code = i32::from(say(&found).is_err());
                drop(self.claim.take());
                drop(self.journal.take());
                std::process::exit(code);
            }
            ForkResult::Parent { child } => {
                waitpid(child, None).map_err(|error| error.to_string())?;
                self.intent()
            }
        }
    }

    #[cfg(unix)]
    fn as_child(&self) -> String {
        let commit = self.intent().unwrap_or_else(|problem| problem);
        let read = match self.journal().map(|journal| journal.history(&Default::default())) {
            Ok(Err(error)) => error.to_string(),
            other => format!("{other:?}"),
        };
        let ours = self.claim.as_ref().is_some_and(Claim::is_ours);
        let again = match &self.folder {
            Some(folder) => match Claim::acquire(folder, &self.terminal, &Journal::memory(false)) {
                Ok(_) => "claimed".to_owned(),
                Err(refused) => refused.to_string(),
            },
            None => "no folder".to_owned(),
        };
        format!("child: {commit} | {read} | ours {ours} | {again}")
    }
}

/// What a host program may do at any time: read every file of a folder, and close it again.
fn backup(folder: &str) -> Result<String, String> {
    let mut read = 0;
    for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())?.flatten() {
        read += usize::from(std::fs::read(entry.path()).is_ok());
    }
    Ok(format!("read {read}"))
}

/// A child that uses nothing of danmal, and lives on.
#[cfg(unix)]
#[allow(unsafe_code)] // The one way to fork.
fn fork_and_stay() -> Result<String, String> {
    use nix::unistd::{ForkResult, fork};
    // SAFETY: the child only sleeps and ends.
    match unsafe { fork() }.map_err(|error| error.to_string())? {
        ForkResult::Child => {
            std::thread::sleep(Duration::from_secs(600));
            std::process::exit(0);
        }
        ForkResult::Parent { child } => Ok(format!("child {child}")),
    }
}

fn name(error: &CommitError) -> &'static str {
    match error {
        CommitError::Full(_) => "full",
        CommitError::ReadOnly(_) => "readOnly",
        CommitError::Io(_) => "io",
        CommitError::Busy(_) => "busy",
        CommitError::Closed => "closed",
        CommitError::Forked => "forked",
    }
}

fn ask(terminal: &str) -> Intent {
    Intent::asked(Kind::CardApproval, terminal, Amounts::won(15_000), Timestamp::UNIX_EPOCH)
}
