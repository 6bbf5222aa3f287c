//! All scenarios: which runs there are, several at once, and what came of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use danmal_simulator::script::Scenario;
use serde::Serialize;

use crate::child::Child;
use crate::known::{self, Known};
use crate::languages::{self, Language};
use crate::lines::{Chunking, Client, Line};
use crate::run::{Job, Wrong, run};
use crate::words::Greeting;

/// A machine that is loaded misses deadlines that are scaled to milliseconds: a run that fails is tried once more
/// with its durations times this. Money that is not where the SDK says it is is never tried again.
const SLOWER: f64 = 6.0;

/// So many at once of those that are tried again.
const ALONE: usize = 2;

/// Which runs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Each scenario once over TCP, whole, and once by chance on another line, in other pieces or through another
    /// client.
    Sample,
    /// Each scenario on all lines, in all pieces, through all clients.
    Full,
}

/// What is run.
#[derive(Clone, Debug)]
pub struct Choice {
    /// How much.
    pub extent: Extent,
    /// For what is left to chance.
    pub seed: u64,
    /// Only these languages; all where it is empty.
    pub languages: Vec<String>,
    /// Only scenarios whose name holds this.
    pub only: Option<String>,
    /// So many more scenarios in which faults strike by chance, from the seed on.
    pub chance: u64,
    /// So many at once.
    pub jobs: usize,
}

impl Default for Choice {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            extent: Extent::Sample,
            seed: 0,
            languages: Vec::new(),
            only: None,
            chance: 0,
            jobs: cores * 2 + 4,
        }
    }
}

/// What came of the runs of one language.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Count {
    /// Runs that went as they should.
    pub passed: usize,
    /// Runs that did not.
    pub failed: usize,
    /// Runs that did not, and are known.
    pub known: usize,
}

/// What came of all of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How many scenarios there are.
    pub scenarios: usize,
    /// How many runs there were.
    pub runs: usize,
    /// By language.
    pub languages: BTreeMap<String, Count>,
    /// How many runs passed at their second, slower try alone.
    pub slower: usize,
    /// What failed, a sentence each.
    #[serde(skip)]
    pub failures: Vec<String>,
}

/// Every scenario, by the name of its file.
///
/// # Errors
/// One cannot be read.
pub fn scenarios() -> Result<BTreeMap<String, Scenario>, String> {
    let folder = languages::root().join("tests/scenarios");
    let mut all = BTreeMap::new();
    for file in std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = file.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|end| end == "yaml")
            && let Some(name) = path.file_stem()
        {
            let scenario = Scenario::load(&path).map_err(|error| error.to_string())?;
            all.insert(name.to_string_lossy().into_owned(), scenario);
        }
    }
    Ok(all)
}

/// Faults that break no assumption and change no byte unnoticed.
const HONEST: [&str; 31] = [
    "noCard",
    "cardRemoved",
    "customerCancels",
    "askSignature",
    "signatureRepeats",
    "slowCustomer",
    "decline",
    "otherAmount",
    "slowHost",
    "hostDown",
    "hostReplyLost",
    "busy",
    "stopIgnored",
    "stopSwallowsAnswer",
    "lateSignatureWait",
    "ifUnconfirmed",
    "reverseWhenConfirmed",
    "shownLate",
    "reboot",
    "cut",
    "halfOpen",
    "silence",
    "loseRequest",
    "cutRequest",
    "delayRequest",
    "loseReply",
    "cutReply",
    "duplicateReply",
    "trickle",
    "wrongPtxid",
    "brokenJson",
];

/// A till that sells, whatever strikes: what comes of it is not foretold, the invariants hold all the same.
fn by_chance(seed: u64) -> Result<Scenario, String> {
    let rates: Vec<String> = HONEST.iter().map(|kind| format!("{kind}: 0.02")).collect();
    let mut text = format!(
        "name: by chance\nonly: [tcp, simulator]\nprofile: {{reversedCodes: ['8003']}}\nswarm: {{seed: {seed}, rates: {{{}}}}}\nsteps:\n",
        rates.join(", ")
    );
    let mut chance = Chance(seed);
    for count in 0..8 {
        let amount = 2_000 + chance.next() % 20 * 1_000 + 7;
        let action = match chance.next() % 4 {
            0 => "approveEasyPay",
            1 => "issueCashReceipt",
            _ => "approve",
        };
        text += &format!("  - {action}: {{amount: {amount}, order: O-{count}}}\n    as: o{count}\n");
        if chance.next().is_multiple_of(5) {
            text += &format!("  - wait: 1s\n  - requestCancel: o{count}\n");
        }
        text += &format!("  - expect: {{of: o{count}}}\n");
    }
    Scenario::parse(&text).map_err(|error| error.to_string())
}

/// SplitMix64: the same seed gives the same sample on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

fn jobs<'a>(all: &'a BTreeMap<String, Scenario>, choice: &Choice, greeting: &Greeting) -> Vec<Job<'a>> {
    let mut chance = Chance(choice.seed);
    let mut jobs = Vec::new();
    for (name, scenario) in all {
        let lines: Vec<Line> = Line::ALL
            .into_iter()
            .filter(|line| line.fits(scenario) && greeting.lines.contains(line))
            .collect();
        let cuts = [Chunking::Whole, Chunking::Bytes, Chunking::Random(chance.next() % 1_000_000)];
        let mut every: Vec<(Line, Chunking, Client)> = Vec::new();
        for line in lines {
            for chunking in cuts {
                every.extend(greeting.clients.iter().map(|client| (line, chunking, *client)));
            }
        }
        let picked = chance.next();
        if choice.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let job = |(line, chunking, client)| Job { name, scenario, line, chunking, client };
        if choice.extent == Extent::Full {
            jobs.extend(every.into_iter().map(job));
            continue;
        }
        // The first is TCP, whole, wherever it makes sense.
        let others = every.len().saturating_sub(1).max(1) as u64;
        let other = usize::try_from(picked % others).unwrap_or(0) + 1;
        jobs.extend(every.first().copied().map(job));
        jobs.extend(every.get(other).copied().map(job));
    }
    jobs
}

/// Runs what was chosen. `runner` is the program that is the adapter of Rust too; `tell` hears of each run.
///
/// # Errors
/// A file cannot be read, a language has no adapter.
pub fn all(runner: &Path, choice: &Choice, tell: &(dyn Fn(&str) + Sync)) -> Result<Report, String> {
    with_known(runner, choice, &known::all()?, tell)
}

/// As [`all`], with other known deviations than those of the file.
///
/// # Errors
/// As [`all`].
pub fn with_known(
    runner: &Path,
    choice: &Choice,
    known: &[Known],
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Report, String> {
    let mut scenarios = scenarios()?;
    if let Some(stray) = known.iter().find(|known| !scenarios.contains_key(&known.scenario)) {
        return Err(format!("known.yaml: there is no scenario {}", stray.scenario));
    }
    for seed in (0..choice.chance).map(|count| choice.seed.wrapping_add(count)) {
        scenarios.insert(format!("chance-{seed}"), by_chance(seed)?);
    }
    let mut report = Report { scenarios: scenarios.len(), ..Report::default() };
    let languages = languages::all(runner)?;
    if let Some(name) = choice.languages.iter().find(|name| !languages.iter().any(|one| one.name == **name)) {
        return Err(format!("languages.yaml has no {name}"));
    }
    let chosen = |one: &&Language| choice.languages.is_empty() || choice.languages.contains(&one.name);
    for language in languages.iter().filter(chosen) {
        // Its lines and clients say which runs there are.
        let greeting = Child::start(language)?.greeting.clone();
        let jobs = jobs(&scenarios, choice, &greeting);
        of_language(language, &jobs, known, choice, tell, &mut report);
    }
    Ok(report)
}

struct Ran {
    place: usize,
    wrong: Vec<Wrong>,
    slower: bool,
    took: Duration,
}

impl Ran {
    fn grave(&self) -> bool {
        self.wrong.iter().any(|one| one.grave)
    }
}

fn of_language(
    language: &Language,
    jobs: &[Job<'_>],
    known: &[Known],
    choice: &Choice,
    tell: &(dyn Fn(&str) + Sync),
    report: &mut Report,
) {
    let every: Vec<usize> = (0..jobs.len()).collect();
    let mut ran = side_by_side(&every, choice.jobs, |child, place| {
        Some(once(child, language, jobs.get(place)?, place, 1.0))
    });
    // What may have failed for want of time has the machine almost for itself, and more time.
    let late: Vec<usize> =
        ran.iter().filter(|one| !one.wrong.is_empty() && !one.grave()).map(|one| one.place).collect();
    for one in ran.iter().filter(|one| late.contains(&one.place)) {
        if let Some(job) = jobs.get(one.place) {
            tell(&format!("again, slower: {}", describe(language, job, &one.wrong)));
        }
    }
    let again = side_by_side(&late, ALONE, |child, place| {
        Some(once(child, language, jobs.get(place)?, place, SLOWER))
    });
    ran.retain(|one| !late.contains(&one.place));
    ran.extend(again);
    ran.sort_by_key(|one| one.place);
    let mut count = Count::default();
    let mut used = vec![(false, false); known.len()];
    for one in &ran {
        let Some(job) = jobs.get(one.place) else { continue };
        report.runs += 1;
        report.slower += usize::from(one.slower && one.wrong.is_empty());
        let entry = known.iter().position(|known| known.covers(job.name, &language.name, job.line));
        if let Some((met, failed)) = entry.and_then(|place| used.get_mut(place)) {
            *met = true;
            *failed |= !one.wrong.is_empty();
        }
        let word = match (one.wrong.is_empty(), entry) {
            (true, _) => "ok",
            (false, Some(_)) => "known",
            (false, None) => "BAD",
        };
        let took = one.took.as_secs_f64();
        tell(&format!("{word} {took:.1} s: {}", describe(language, job, &one.wrong)));
        match (one.wrong.is_empty(), entry) {
            (true, _) => count.passed += 1,
            (false, Some(_)) => count.known += 1,
            (false, None) => {
                count.failed += 1;
                report.failures.push(describe(language, job, &one.wrong));
            }
        }
    }
    for (entry, (met, failed)) in known.iter().zip(used) {
        if met && !failed {
            count.failed += 1;
            let name = &entry.scenario;
            report
                .failures
                .push(format!("known.yaml: {name} passes ({}); the entry is stale", language.name));
        }
    }
    report.languages.insert(language.name.clone(), count);
}

fn describe(language: &Language, job: &Job<'_>, wrong: &[Wrong]) -> String {
    let Job { name, line, chunking, client, .. } = job;
    let mut text = format!("{name} over {line} ({chunking}), {} {client}", language.name);
    for one in wrong {
        text.push_str("\n       ");
        text.push_str(&one.text);
    }
    text
}

/// Several runs at once, each thread with an adapter of its own.
fn side_by_side(
    places: &[usize],
    threads: usize,
    each: impl Fn(&mut Option<Child>, usize) -> Option<Ran> + Sync,
) -> Vec<Ran> {
    let next = AtomicUsize::new(0);
    let ran: Mutex<Vec<Ran>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(places.len()) {
            scope.spawn(|| {
                let mut child = None;
                while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(one) = each(&mut child, *place) {
                        ran.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                    }
                }
            });
        }
    });
    let mut ran = ran.into_inner().unwrap_or_else(PoisonError::into_inner);
    ran.sort_by_key(|one| one.place);
    ran
}

/// One run.
fn once(child: &mut Option<Child>, language: &Language, job: &Job<'_>, place: usize, slower: f64) -> Ran {
    let start = Instant::now();
    let number = place * 2 + usize::from(slower > 1.0);
    let wrong = match with_child(child, language, job, slower, number) {
        Ok(wrong) => wrong,
        Err(error) => {
            // Its state is not known: the next run has one of its own.
            *child = None;
            vec![Wrong { text: error, grave: false }]
        }
    };
    Ran { place, wrong, slower: slower > 1.0, took: start.elapsed() }
}

/// What differs.
fn with_child(
    child: &mut Option<Child>,
    language: &Language,
    job: &Job<'_>,
    slower: f64,
    number: usize,
) -> Result<Vec<Wrong>, String> {
    let own = match child {
        Some(own) => own,
        None => child.insert(Child::start(language)?),
    };
    run(own, language, job, slower, number)
}
