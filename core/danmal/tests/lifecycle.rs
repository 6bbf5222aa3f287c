//! Opening, closing, waiting and giving up: none of it is paying.

mod common;

use std::future::IntoFuture;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use common::{address, host, open, options, outcome, tcp_simulator};
use danmal::{
    ErrorCode, EventCode, NotPerformedReason, Operation, Options, Outcome, Profile, Sale, Terminal, Work,
    block_on, doctor,
};

/// A terminal on which a payment takes its time.
fn slow(address: &str, folder: &tempfile::TempDir) -> Terminal {
    Terminal::open(address, options(folder).time_scale(0.3)).unwrap()
}

fn sent(payment: &Operation) {
    assert!(payment.events().into_iter().any(|event| event.code == EventCode::Sent));
}

#[test]
fn rule_17_closing_in_the_middle_lets_the_payment_end() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = slow(&address, &folder);
    let payment = terminal.approve(Sale::won(15_000)).unwrap();
    sent(&payment);
    assert!(block_on(terminal.close()));
    assert!(matches!(payment.try_outcome(), Some(Outcome::Approved(_))));
    assert_eq!(host(&address).net(), 15_000);
    assert_eq!(terminal.approve(Sale::won(1_000)).unwrap_err().code, ErrorCode::Closed);
    assert_eq!(block_on(terminal.last_transaction()).unwrap_err().code, ErrorCode::Closed);
    assert_eq!(terminal.status().work, Work::Closed);
    let last = terminal.events().into_iter().last().map(|event| event.code);
    assert_eq!(last, Some(EventCode::Closed));
}

#[test]
fn rule_15_closing_detaches_from_what_takes_longer() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let mut profile = Profile::simulator();
    profile.durations.close = Duration::from_millis(10);
    let terminal = Terminal::open(&address, options(&folder).profile(profile).time_scale(0.5)).unwrap();
    let payment = terminal.approve(Sale::won(15_000)).unwrap();
    sent(&payment);
    assert!(!block_on(terminal.close()));
    assert!(!terminal.close_blocking());
    assert!(payment.try_outcome().is_none());
    assert!(matches!(outcome(&payment), Outcome::Approved(_)));
    assert_eq!(host(&address).net(), 15_000);
}

#[test]
fn rule_17_giving_up_waiting_does_not_give_up_the_payment() {
    struct Count(AtomicU32);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = slow(&address, &folder);
    let payment = terminal.approve(Sale::won(15_000)).unwrap();
    let count = Arc::new(Count(AtomicU32::new(0)));
    let waker = Waker::from(count.clone());
    {
        let mut given_up = pin!(payment.outcome());
        let mut watched = payment.events();
        let mut context = Context::from_waker(&waker);
        assert!(given_up.as_mut().poll(&mut context).is_pending());
        let mut next = pin!(watched.next());
        let _ = next.as_mut().poll(&mut context);
    }
    assert!(payment.wait(Duration::from_millis(1)).is_none());
    assert!(matches!(outcome(&payment), Outcome::Approved(_)));
    assert_eq!(host(&address).net(), 15_000);
    assert!(count.0.load(Ordering::SeqCst) <= 1, "whoever gave up is not woken again and again");
}

#[test]
fn a_waker_that_panics_harms_nobody() {
    struct Bomb;
    impl Wake for Bomb {
        fn wake(self: Arc<Self>) {
            panic!("a test wants it");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let terminal = slow(&address(), &folder);
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let waker = Waker::from(Arc::new(Bomb));
    let mut bombed = pin!(payment.outcome());
    assert!(matches!(bombed.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending));
    assert!(matches!(outcome(&payment), Outcome::Approved(_)));
    let again = terminal.approve(Sale::won(3_000)).unwrap();
    assert!(matches!(outcome(&again), Outcome::Approved(_)));
}

#[test]
fn a_watcher_that_sleeps_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(&address(), &folder);
    let mut idle = terminal.events();
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let mut asleep = payment.events();
    assert!(asleep.next_blocking(Duration::from_secs(30)).is_some());
    assert!(matches!(outcome(&payment), Outcome::Approved(_)));
    for _ in 0..3 {
        assert!(matches!(outcome(&terminal.approve(Sale::won(3_000)).unwrap()), Outcome::Approved(_)));
    }
    // It has lost nothing that was not too much, and sees the end.
    let rest: Vec<_> = asleep.into_iter().map(|event| event.code).collect();
    assert_eq!(rest.last(), Some(&EventCode::Finished));
    assert!(idle.try_next().is_some());
    assert_eq!(idle.lost(), 0);
}

#[test]
fn any_executor_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(&address(), &folder);
    // A hand-written one.
    assert!(matches!(
        block_on(terminal.approve(Sale::won(3_000)).unwrap().into_future()),
        Outcome::Approved(_)
    ));
    // tokio, with its own clock and threads.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let own = terminal.clone();
    runtime.block_on(async move {
        let payment = own.approve(Sale::won(3_000)).unwrap();
        let watching = tokio::spawn({
            let payment = payment.clone();
            async move {
                let mut events = payment.events();
                let mut count = 0;
                while events.next().await.is_some() {
                    count += 1;
                }
                count
            }
        });
        assert!(matches!((&payment).await, Outcome::Approved(_)));
        assert!(watching.await.unwrap() > 3);
        assert!(own.close().await);
    });
}

#[test]
fn a_name_is_looked_up_and_the_terminal_has_the_key_of_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let address = format!("tcp://LocalHost:{}?simulated=true", tcp.port());
    let terminal = open(&address, &folder);
    // It is asked before the name is known.
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let end = outcome(&payment);
    assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
    assert_eq!(terminal.key(), format!("tcp://{tcp}"));
    assert_eq!(terminal.history().unwrap().len(), 1);
    assert_eq!(server.host().net(), 3_000);
    // The same terminal by its number is held by the first.
    let other = open(&format!("tcp://{tcp}?simulated=true"), &folder);
    assert!(matches!(other.status().work, Work::HeldByAnotherTill { .. }));
}

#[test]
fn rule_1_no_journal_no_sale() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    let address = address();
    let terminal = Terminal::open(&address, options(&folder).journal(file.join("till.db"))).unwrap();
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let end = outcome(&payment);
    let Outcome::NotPerformed(not) = &end else { panic!("{end:?}") };
    assert!(matches!(not.reason, NotPerformedReason::JournalUnavailable { .. }), "{end:?}");
    assert!(matches!(terminal.status().work, Work::SafeMode { .. }));
    assert_eq!(block_on(terminal.last_transaction()).unwrap_err().code, ErrorCode::Journal);
    // What stood in the way is gone: it goes on by itself.
    std::fs::remove_file(&file).unwrap();
    let ready = terminal.events().into_iter().find(|event| event.code == EventCode::Connected);
    assert!(ready.is_some());
    assert!(matches!(outcome(&terminal.approve(Sale::won(3_000)).unwrap()), Outcome::Approved(_)));
    assert_eq!(host(&address).net(), 3_000);
}

#[test]
fn a_doctor_looks_and_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let address = format!("tcp://{tcp}");
    let found = block_on(doctor(&address, Options::new().folder(folder.path()))).unwrap();
    assert!(found.answered && found.problem.is_none());
    assert_eq!((found.simulated, found.history), (Some(true), Some(true)));
    assert_eq!(found.key.as_deref(), Some(format!("tcp://{tcp}").as_str()));
    assert_eq!(found.journal, Some(folder.path().join("till.db")));
    assert!(found.frames.as_ref().is_some_and(|frames| frames.bodies > 0));
    assert!(found.to_string().contains("990001"));
    assert!(server.host().entries().is_empty());
    assert!(!folder.path().join("till.db").exists());

    let terminal = open(&format!("{address}?simulated=true"), &folder);
    let held = block_on(doctor(&address, Options::new().folder(folder.path()))).unwrap();
    assert!(held.holder.is_some() && !held.answered, "{held}");
    assert!(terminal.close_blocking());

    let nobody = block_on(doctor("tcp://127.0.0.1:9", options(&folder))).unwrap();
    assert_eq!(nobody.problem.as_ref().map(|error| error.code), Some(ErrorCode::ConnectionLost));
    assert_eq!(nobody.history, None);
    assert_eq!(block_on(doctor("nonsense", Options::new())).unwrap_err().code, ErrorCode::InvalidAddress);
}

#[test]
fn a_terminal_whose_place_is_not_found_answers_at_once_and_claims_to_know_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let address =
        if cfg!(windows) { "serial://COM4096?baud=9600" } else { "serial:///dev/danmal-none?baud=9600" };
    let terminal = Terminal::open(address, Options::new().folder(folder.path())).unwrap();
    assert!(terminal.pending().is_empty());
    assert_eq!(terminal.key(), address, "as it was given");
    let status = terminal.status();
    assert_eq!((status.connected, status.work), (false, Work::Recovering), "an empty list proves nothing");
    assert!(terminal.journal().is_some());
    assert!(terminal.history().unwrap().is_empty());
    let word = block_on(terminal.accept_journal("the manager looked at the slips"));
    assert_eq!(word.unwrap_err().code, ErrorCode::NotAllowed);
    assert!(terminal.close_blocking());
}

#[test]
fn the_history_of_a_terminal_that_was_just_opened_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = open(&address, &folder);
    assert_eq!(outcome(&terminal.approve(Sale::won(2_000)).unwrap()).name(), "approved");
    assert!(terminal.close_blocking());
    drop(terminal);
    for _ in 0..5 {
        let terminal = open(&address, &folder);
        assert_eq!(terminal.history().unwrap().len(), 1);
        assert!(terminal.close_blocking());
    }
}
