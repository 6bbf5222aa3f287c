//! A foreign event loop: told that something may be ready, it looks.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::task::Poll;
use std::time::Duration;

use danmal_bridge::{Wakeups, Watch, ask, begin, open, show};
use serde_json::{Value, json};

/// An event loop that sleeps until it is woken.
struct Loop {
    wakeups: Arc<Wakeups>,
    bell: Arc<(Mutex<bool>, Condvar)>,
}

impl Loop {
    fn new() -> Self {
        let bell = Arc::new((Mutex::new(false), Condvar::new()));
        let ring = bell.clone();
        let wakeups = Wakeups::new(move || {
            *ring.0.lock().unwrap() = true;
            ring.1.notify_all();
        });
        Self { wakeups, bell }
    }

    /// Everything that the watches bring, each to its end.
    fn run(&self, watches: &[Watch]) -> HashMap<u64, Vec<Value>> {
        let mut seen: HashMap<u64, Vec<Value>> = HashMap::new();
        let mut open: HashMap<u64, &Watch> = watches.iter().map(|watch| (watch.id(), watch)).collect();
        let mut due: Vec<u64> = open.keys().copied().collect();
        while !open.is_empty() {
            for id in due {
                while let Some(watch) = open.get(&id) {
                    match watch.poll() {
                        Poll::Pending => break,
                        Poll::Ready(Some(result)) => {
                            let json = result.unwrap();
                            seen.entry(id).or_default().push(serde_json::from_str(&json).unwrap());
                        }
                        Poll::Ready(None) => drop(open.remove(&id)),
                    }
                }
            }
            due = self.wakeups.take();
            if due.is_empty() && !open.is_empty() {
                let rung = self.bell.0.lock().unwrap();
                let (mut rung, timed_out) =
                    self.bell.1.wait_timeout_while(rung, Duration::from_secs(30), |rung| !*rung).unwrap();
                assert!(!timed_out.timed_out(), "nobody rang");
                *rung = false;
                drop(rung);
                due = self.wakeups.take();
            }
        }
        seen
    }
}

fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let options = json!({ "folder": folder.path(), "timeScale": 0.02, "inMemory": true }).to_string();
    (folder, options)
}

#[test]
fn a_payment_its_events_and_a_question_in_one_loop() {
    let (_folder, options) = folder();
    let terminal = open("simulator:bridge", None, &options).unwrap();
    let payment = begin(&terminal, "approve", r#"{"amount": 15000, "order": "B-1"}"#).unwrap();
    let own: Value = serde_json::from_str(&show::operation(&payment)).unwrap();
    assert_eq!((&own["amounts"]["amount"], &own["order"]), (&json!(15_000), &json!("B-1")), "{own}");
    let every = Loop::new();
    let watches = [
        Watch::events(&every.wakeups, payment.events()),
        Watch::outcome(&every.wakeups, &payment),
        Watch::resolution(&every.wakeups, &payment),
        Watch::answer(&every.wakeups, ask(&terminal, "lastTransaction", "{}").unwrap()),
    ];
    let seen = every.run(&watches);
    let [events, outcome, resolution, last] = watches.each_ref().map(|watch| &seen[&watch.id()]);
    let codes: Vec<&str> = events.iter().map(|event| event["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"sent") && codes.contains(&"signatureWait"), "{codes:?}");
    assert!(events.iter().all(|event| !event["text"]["ko"].as_str().unwrap().is_empty()));
    assert_eq!((&outcome[0]["kind"], &outcome[0]["approvalAmt"]), (&json!("approved"), &json!(15_000)));
    assert!(outcome[0]["text"]["ko"].as_str().unwrap().starts_with("승인"), "{}", outcome[0]);
    assert_eq!(resolution[0]["kind"], "final");
    assert_eq!(resolution[0]["outcome"], outcome[0]);
    assert_eq!(last[0]["transaction"]["id"], outcome[0]["id"]);
    let history: Value = serde_json::from_str(&show::history(&terminal.history().unwrap())).unwrap();
    assert_eq!((&history[0]["net"], &history[0]["stands"]), (&json!(15_000), &json!(true)));
    assert!(terminal.close_blocking());
}

#[test]
fn a_watch_that_is_ended_is_over_and_the_payment_goes_on() {
    let (_folder, options) = folder();
    let terminal = open("simulator:bridge-ended", None, &options).unwrap();
    let payment = begin(&terminal, "approve", r#"{"amount": 15000}"#).unwrap();
    let every = Loop::new();
    let watch = Watch::outcome(&every.wakeups, &payment);
    assert!(watch.poll().is_pending());
    watch.end();
    assert_eq!(every.wakeups.take(), [watch.id()]);
    assert!(matches!(watch.poll(), Poll::Ready(None)));
    assert_eq!(payment.wait(Duration::from_secs(30)).map(|outcome| outcome.name()), Some("approved"));
    assert!(terminal.close_blocking());
}

#[test]
fn what_is_refused_names_its_field() {
    let (_folder, options) = folder();
    let terminal = open("simulator:bridge-refused", None, &options).unwrap();
    let field = |call, request| {
        let error = begin(&terminal, call, request).map(|payment| payment.id()).unwrap_err();
        let shown: Value = serde_json::from_str(&show::error(&error)).unwrap();
        assert!(!shown["text"]["ko"].as_str().unwrap().is_empty());
        (shown["code"].as_str().unwrap().to_owned(), error.field.unwrap_or_default().into_owned())
    };
    let of = |code: &str, field: &str| (code.to_owned(), field.to_owned());
    assert_eq!(field("approve", r#"{"amount": 1.5}"#), of("invalidAmount", "amount"));
    assert_eq!(field("approve", r#"{"amount": 1e30}"#), of("invalidAmount", "amount"));
    assert_eq!(field("approve", r#"{"amount": "1000"}"#), of("invalidAmount", "amount"));
    assert_eq!(field("approve", r#"{"amount": -1}"#), of("invalidAmount", "amount"));
    assert_eq!(
        field("approve", r#"{"amount": 1000, "installment": 300}"#),
        of("invalidInstallment", "installment")
    );
    assert_eq!(field("approve", r#"{"amount": 1000, "order": 7}"#), of("invalidText", "request"));
    assert_eq!(field("approve", "{"), of("invalidSetting", "request"));
    assert_eq!(field("pay", "{}"), of("invalidText", "call"));
    assert!(terminal.history().unwrap().is_empty());
    assert!(open("simulator:x", None, r#"{"jurnal": "till.db"}"#).is_err());
}

#[test]
fn a_loop_is_rung_for_where_the_payment_ends_without_a_thread_between() {
    let folder = tempfile::tempdir().unwrap();
    let threads = Arc::new(Mutex::new(Vec::new()));
    let rung = threads.clone();
    let wakeups = Wakeups::new(move || {
        rung.lock().unwrap().push(std::thread::current().name().unwrap_or_default().to_owned());
    });
    let options = json!({"folder": folder.path(), "timeScale": 0.02}).to_string();
    let terminal = open("simulator:bridge-rung", None, &options).unwrap();
    let operation = begin(&terminal, "approve", r#"{"amount": 3000}"#).unwrap();
    let watch = Watch::outcome(&wakeups, &operation);
    assert!(watch.poll().is_pending());
    assert!(operation.wait(Duration::from_secs(30)).is_some());
    // The thread that settled it rings for all who wait, one after the other.
    let patience = std::time::Instant::now() + Duration::from_secs(30);
    while threads.lock().unwrap().is_empty() && std::time::Instant::now() < patience {
        std::thread::yield_now();
    }
    assert_eq!(*threads.lock().unwrap(), ["danmal"]);
    assert_eq!(wakeups.take(), [watch.id()]);
}
