//! What a commit costs and what the book keeps of an ended intent.
//!
//! ```sh
//! cargo run --release -p danmal-journal --example measure
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use danmal_journal::{Begun, Book, Claim, Folder, Journal};
use danmal_model::{
    About, Amounts, Approval, Fact, Intent, JournalId, Kind, NotPerformed, NotPerformedReason, Outcome,
    Record,
};
use jiff::Timestamp;

type Failure = Box<dyn std::error::Error>;

/// Counts what is allocated.
struct Counting;

static USED: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code)] // An allocator cannot be counted otherwise; both calls are handed on unchanged.
// SAFETY: all is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        USED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let folder = std::env::temp_dir().join(format!("danmal-measure-{}", std::process::id()));
    let journal = Journal::open(folder.join("till.db"), false)?;
    let claim = Claim::acquire(&Folder::at(folder.join("claims")), "measured", &journal)?;
    for (name, claim) in [("SQLite", None), ("SQLite with the marker", Some(&claim))] {
        let mut times = Vec::new();
        for _ in 0..500 {
            let record = intent(&journal)?;
            let mark = claim.and_then(|claim| claim.update_for(&record, &journal));
            let (told, result) = channel();
            let start = Instant::now();
            journal.commit_marked(record, mark, move |result| drop(told.send(result)));
            result.recv()??;
            times.push(start.elapsed());
        }
        writeln!(out, "{name}: {}", spread(&mut times))?;
    }
    for (name, claim) in
        [("a sale's three rows", None), ("a sale's three rows with the marker", Some(&claim))]
    {
        let mut times = Vec::new();
        for number in 0..300 {
            let first = intent(&journal)?;
            let Fact::Intent(asked) = first.fact.clone() else { continue };
            let outcome = outcome(&asked, number);
            let Outcome::Approved(approval) = outcome.clone() else { continue };
            let seen = danmal_model::Seen {
                source: danmal_model::Source::Answer,
                code: "0000".to_owned(),
                message: "정상승인".to_owned(),
                approval: Some(approval),
                contradicts: false,
            };
            let start = Instant::now();
            let rest = [record(&asked, Fact::Seen(seen)), record(&asked, Fact::Ended(outcome))];
            for record in std::iter::once(first).chain(rest) {
                let mark = claim.and_then(|claim| claim.update_for(&record, &journal));
                let (told, result) = channel();
                journal.commit_marked(record, mark, move |result| drop(told.send(result)));
                result.recv()??;
            }
            times.push(start.elapsed());
        }
        writeln!(out, "{name}: {}", spread(&mut times))?;
    }
    let start = Instant::now();
    let (told, result) = channel();
    for _ in 0..5_000 {
        let told = told.clone();
        journal.commit(intent(&journal)?, move |result| drop(told.send(result)));
    }
    for _ in 0..5_000 {
        result.recv()??;
    }
    let each = start.elapsed() / 5_000;
    writeln!(out, "SQLite, 5,000 that wait together: {:.1} µs each", micros(each))?;

    let memory = Journal::memory(false);
    let mut times = Vec::new();
    for _ in 0..100 {
        let records: Vec<Record> = (0..200).map(|_| intent(&memory)).collect::<Result<_, _>>()?;
        let start = Instant::now();
        for record in records {
            memory.commit(record, |_| {});
        }
        times.push(start.elapsed() / 200);
    }
    writeln!(out, "in memory: {}", spread(&mut times))?;
    writeln!(out, "the book keeps {} bytes of an ended sale with a key", bytes_per_ended())?;
    let rows = journal.height();
    drop(claim);
    journal.close(Duration::from_secs(20));
    let start = Instant::now();
    let journal = Journal::open(folder.join("till.db"), false)?;
    writeln!(out, "opening and verifying {rows} rows: {:.0} ms", start.elapsed().as_secs_f64() * 1e3)?;
    journal.close(Duration::from_secs(20));
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn spread(times: &mut [Duration]) -> String {
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 100).copied().map_or(0.0, micros);
    format!("p50 {:.2} µs, p90 {:.2} µs, p99 {:.2} µs", at(50), at(90), at(99))
}

fn intent(journal: &Journal) -> Result<Record, Failure> {
    let begun = journal.begin(&ask(None), Timestamp::now(), Duration::from_secs(3600));
    let Begun::New { intent, .. } = begun else { return Err("nothing new was begun".into()) };
    Ok(record(&intent, Fact::Intent(intent.clone())))
}

fn record(intent: &Intent, fact: Fact) -> Record {
    Record { at: intent.at, terminal: intent.terminal.clone(), ptxid: Some(intent.ptxid), fact }
}

/// What 100,000 ended sales take in a book, each.
fn bytes_per_ended() -> usize {
    const SALES: usize = 100_000;
    let before = USED.load(Ordering::Relaxed);
    let mut book = Book::new(JournalId::new(1), [1, 2], false);
    for number in 0..SALES {
        let ask = ask(Some(format!("order-{number}")));
        let begun = book.begin(&ask, Timestamp::UNIX_EPOCH, Duration::from_secs(1), number as u64);
        let Begun::New { intent, .. } = begun else { continue };
        book.apply(&record(&intent, Fact::Intent(intent.clone())));
        book.apply(&record(&intent, Fact::Ended(outcome(&intent, number))));
    }
    (USED.load(Ordering::Relaxed) - before) / SALES
}

fn outcome(intent: &Intent, number: usize) -> Outcome {
    let approval = serde_json::json!({
        "id": intent.ptxid, "operation": intent.kind, "simulated": false, "at": intent.at,
        "requested": 15_000, "approvalAmt": 15_000, "approvalNo": format!("{number:08}"),
        "transactionNo": format!("{number:012}"), "transactionDate": "20251125120000",
    });
    match serde_json::from_value::<Approval>(approval) {
        Ok(approval) => Outcome::Approved(Box::new(approval)),
        Err(_) => Outcome::NotPerformed(NotPerformed {
            about: About { id: intent.ptxid, operation: intent.kind, simulated: false, replayed: None },
            reason: NotPerformedReason::Absent,
        }),
    }
}

fn ask(order: Option<String>) -> Intent {
    Intent {
        key: order.clone(),
        order,
        ..Intent::asked(Kind::CardApproval, "measured", Amounts::won(15_000), Timestamp::UNIX_EPOCH)
    }
}
