//! Rule 17 and L1: what the code around danmal does, its log, its executor, its panics, harms no payment.

mod common;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use common::{address, open, outcome};
use danmal::{ErrorCode, EventCode, Operation, Outcome, Sale, Terminal, Work};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A log whose disk is full, and which says so by a panic.
struct Full;

static FULL: AtomicBool = AtomicBool::new(false);
static LINES: AtomicU32 = AtomicU32::new(0);

impl Subscriber for Full {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("danmal")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        if FULL.load(Ordering::SeqCst) {
            LINES.fetch_add(1, Ordering::SeqCst);
            panic!("the log's disk is full");
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn approved(terminal: &Terminal) {
    let end = outcome(&terminal.approve(Sale::won(3_000)).unwrap());
    assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
}

/// What panics when it is dropped, as the payload of another panic may.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "a payload that panics");
    }
}

/// An executor's waker with a habit.
enum Habit {
    Blocks(AtomicBool),
    Bombs(AtomicBool),
}

impl Wake for Habit {
    fn wake(self: Arc<Self>) {
        match &*self {
            Self::Blocks(woken) => {
                woken.store(true, Ordering::SeqCst);
                std::thread::sleep(Duration::from_secs(3_600));
            }
            Self::Bombs(woken) => {
                woken.store(true, Ordering::SeqCst);
                std::panic::panic_any(Bomb);
            }
        }
    }
}

fn until(what: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if what() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come to it");
}

fn watch(payment: &Operation, habit: Habit) -> Arc<Habit> {
    let habit = Arc::new(habit);
    let waker = Waker::from(habit.clone());
    // Polled once, and kept: it waits for the outcome from now on.
    let mut future = Box::pin(payment.outcome());
    assert!(Future::poll(future.as_mut(), &mut Context::from_waker(&waker)).is_pending());
    std::mem::forget(future);
    habit
}

#[test]
fn l1_a_log_that_panics_costs_lines_and_no_payment() {
    let folder = tempfile::tempdir().unwrap();
    tracing::subscriber::set_global_default(Full).unwrap();
    let (one, other) = (open(&address(), &folder), open(&address(), &folder));
    approved(&one);
    FULL.store(true, Ordering::SeqCst);
    approved(&one);
    approved(&other);
    let broken = outcome(&one.approve(Sale::won(1_004)).unwrap());
    assert!(broken.is_final(), "{broken:?}");
    assert!(one.close_blocking());
    assert_eq!(one.approve(Sale::won(1_000)).unwrap_err().code, ErrorCode::Closed);
    approved(&other);
    assert!(LINES.load(Ordering::SeqCst) > 0);
    assert!(other.close_blocking());
    FULL.store(false, Ordering::SeqCst);
}

#[test]
fn l1_a_waker_that_does_not_return_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::open(&address(), common::options(&folder).time_scale(0.2)).unwrap();
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let mut stuck = Vec::new();
    for _ in 0..4 {
        stuck.push(watch(&payment, Habit::Blocks(AtomicBool::new(false))));
    }
    let end = outcome(&payment);
    assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
    // Every one of them was woken, one behind the other or not.
    for habit in &stuck {
        until(|| matches!(&**habit, Habit::Blocks(woken) if woken.load(Ordering::SeqCst)));
    }
    approved(&terminal);
    let ended = std::thread::spawn({
        let terminal = terminal.clone();
        move || danmal::block_on(terminal.close())
    });
    assert!(ended.join().unwrap());
}

#[test]
fn l1_a_waker_that_panics_with_a_payload_that_panics_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::open(&address(), common::options(&folder).time_scale(0.2)).unwrap();
    for _ in 0..20 {
        let payment = terminal.approve(Sale::won(3_000)).unwrap();
        let habit = watch(&payment, Habit::Bombs(AtomicBool::new(false)));
        let end = outcome(&payment);
        assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
        until(|| matches!(&*habit, Habit::Bombs(woken) if woken.load(Ordering::SeqCst)));
    }
    assert!(terminal.close_blocking());
}

#[test]
fn a_task_of_another_executor_is_woken() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(&address(), &folder);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for _ in 0..20 {
            let payment = terminal.approve(Sale::won(3_000)).unwrap();
            let mut events = payment.events();
            let mut finished = false;
            while let Some(event) = events.next().await {
                finished |= event.code == EventCode::Finished;
            }
            assert!(finished);
            let end = pin!(payment.outcome()).await;
            assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
        }
        assert!(terminal.close().await);
    });
}

#[test]
fn a_terminal_is_busy_from_the_moment_of_the_press() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(&address(), &folder);
    until(|| terminal.status().work == Work::Ready);
    let mut events = terminal.events();
    for _ in 0..50 {
        let payment = terminal.approve(Sale::won(3_000)).unwrap();
        let work = terminal.status().work;
        // It may be over already, but it cannot not have begun.
        let over = payment.try_outcome().is_some();
        assert!(over || work == Work::Busy { operation: payment.id() }, "{work:?}");
        outcome(&payment);
        until(|| terminal.status().work == Work::Ready);
    }
    // The worker is held up: nobody has looked at the press yet.
    while let Some(event) = events.try_next() {
        assert_ne!(event.code, EventCode::Unresolved);
    }
    assert!(terminal.close_blocking());
}
