//! The journal on a disk that loses power: what was written and not synced is lost, reordered, torn by sectors
//! or zeroed; names that were made and whose folder was not synced are lost.
//!
//! A till's journal and its marker run on a real folder while every system call on it is recorded. Then the
//! folder is laid out as a power cut at some moment of the record would have left it, and opened again: every
//! row whose commit was acknowledged before that moment is there, or the loss is detected (rule 14). Some of
//! these openings are recorded in turn and cut as well.

mod calls;
mod check;
mod disk;
mod record;
mod till;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use serde::Serialize;

use crate::crash::Random;
use check::Found;
use disk::Disk;
use record::Recording;

/// How many cuts one record is used for.
const CUTS_OF_A_RECORD: u64 = 250;

#[derive(clap::Args)]
pub struct Arguments {
    /// How often the power is cut.
    #[arg(long, default_value_t = 1_000)]
    cuts: u64,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A disk that forgets every sync: what this laboratory must see.
    #[arg(long)]
    lying_disk: bool,
    /// Says what was found of each cut at which something was.
    #[arg(long)]
    verbose: bool,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What came of all cuts.
#[derive(Default, Serialize)]
struct Tally {
    cuts: u64,
    /// Rows that were acknowledged, are not there, and nobody is told.
    undetected: u64,
    /// Losses that were detected. A disk that keeps what it has synced owes none.
    #[serde(skip)]
    detected: u64,
    /// Cuts after which money is refused although nothing is lost.
    #[serde(skip)]
    alarms: u64,
    /// Cuts while an earlier one was being recovered from.
    #[serde(skip)]
    twice: u64,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let start = Instant::now();
    let tally = match cut_all(arguments) {
        Ok(tally) => tally,
        Err(error) => {
            eprintln!("seed {}: {error}", arguments.seed);
            return ExitCode::FAILURE;
        }
    };
    let Tally { cuts, undetected, detected, alarms, twice } = tally;
    println!(
        "{cuts} cuts in {:.1} s, seed {}, {twice} of them while recovering: {undetected} losses undetected, {detected} detected, {alarms} needless alarms",
        start.elapsed().as_secs_f64(),
        arguments.seed,
    );
    if arguments.json {
        println!("{}", serde_json::json!(tally));
    }
    let harmed = undetected > 0 || (!arguments.lying_disk && detected > 0);
    if harmed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn cut_all(arguments: &Arguments) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut random = Random::new(arguments.seed);
    while tally.cuts < arguments.cuts {
        let folder = folder()?;
        let root = folder.path().canonicalize()?;
        let seed = random.next();
        let recording = till::work(&root, seed)?;
        if recording.syncs() == 0 || recording.acknowledged.is_empty() {
            return Err(io::Error::other("the system calls of the journal are not seen on this system"));
        }
        let wanted = (arguments.cuts - tally.cuts).min(CUTS_OF_A_RECORD);
        let cutter = Cutter { root: &root, arguments, seed };
        cutter.cut(&recording, wanted, true, &mut random, &mut tally)?;
    }
    Ok(tally)
}

/// In memory where there is such a folder: what a real disk does is not asked for.
fn folder() -> io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("danmal-powercut-").tempdir_in(base)
}

struct Cutter<'a> {
    root: &'a Path,
    arguments: &'a Arguments,
    seed: u64,
}

impl Cutter<'_> {
    /// Cuts one record so often, in the order of its moments.
    fn cut(
        &self,
        recording: &Recording,
        count: u64,
        again: bool,
        random: &mut Random,
        tally: &mut Tally,
    ) -> io::Result<()> {
        let mut moments: Vec<usize> = (0..count).map(|_| recording.moment(random)).collect();
        moments.sort_unstable();
        let mut disk = Disk::of(recording, self.arguments.lying_disk);
        for moment in moments {
            disk.go_on(recording, moment);
            let files = disk.after_power_cut(random);
            let owed = disk.owed();
            lay_out(self.root, &files)?;
            let recorded = again && random.one_in(10);
            if recorded {
                record::start(self.root, files)?;
            }
            let found = check::open(self.root, &recording.acknowledged[..owed], &recording.pruned, random);
            let reopened = recorded.then(|| record::stop(&recording.acknowledged[..owed]));
            self.count(&found, moment, tally);
            if let Some(mut reopened) = reopened {
                reopened.pruned.clone_from(&recording.pruned);
                self.cut(&reopened, 2, false, random, tally)?;
                tally.twice += 2;
            }
        }
        Ok(())
    }

    fn count(&self, found: &Found, moment: usize, tally: &mut Tally) {
        tally.cuts += 1;
        match found {
            Found::Whole => return,
            Found::Alarm(_) => tally.alarms += 1,
            Found::Detected(_) => tally.detected += 1,
            Found::Undetected(_) => tally.undetected += 1,
        }
        if self.arguments.verbose || matches!(found, Found::Undetected(_)) {
            eprintln!("record {}, cut at step {moment}: {found}", self.seed);
        }
    }
}

/// Makes the folder what the disk would hold.
fn lay_out(root: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    for entry in std::fs::read_dir(root)? {
        std::fs::remove_file(entry?.path())?;
    }
    for (name, bytes) in files {
        std::fs::write(root.join(name), bytes)?;
    }
    Ok(())
}

/// The journal's file in the folder.
fn journal_of(root: &Path) -> PathBuf {
    root.join("till.db")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(cuts: u64, lying_disk: bool) -> Arguments {
        Arguments { cuts, seed: 3, lying_disk, verbose: true, json: false }
    }

    /// One test, since there is one recorder in a process.
    #[test]
    fn a_power_cut_loses_nothing_and_a_lying_disk_is_seen_to_lie() {
        let honest = cut_all(&arguments(150, false)).expect("the folder can be used");
        assert_eq!((honest.undetected, honest.detected, honest.alarms), (0, 0, 0));
        let lying = cut_all(&arguments(100, true)).expect("the folder can be used");
        assert!(lying.detected + lying.undetected > 0, "what is synced must matter");
    }
}
