//! Faults that no scenario can express: every byte at which a connection can end, a machine that stands still or has
//! nothing left, a disk that forgets, a callback that calls back.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use danmal::{
    Approval, NotPerformedReason, Operation, Options, Outcome, Resolution, Sale, Terminal, UnknownWhy,
};
use danmal_simulator::{Code, Fault, Host, Moment, Plan, Rule, Server, Settings, When, place};
use tempfile::TempDir;

/// Every duration times this.
const SCALE: f64 = 0.02;
const LIMIT: Duration = Duration::from_secs(60);

fn name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("faults-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A terminal within this process, where such things go wrong.
fn simulator(rules: impl IntoIterator<Item = Rule>) -> (String, Server) {
    let name = name();
    let server = Server::with(Settings::default().scaled(SCALE), Plan::of(rules), Host::new());
    place(&name, server.clone());
    (format!("simulator:{name}"), server)
}

fn options(folder: &TempDir) -> Options {
    Options::new().folder(folder.path()).time_scale(SCALE)
}

fn resolution(operation: &Operation) -> Outcome {
    match operation.wait_resolution(LIMIT).expect("a resolution") {
        Resolution::Final(outcome) => *outcome,
        other => panic!("the final state was expected, not {other:?}"),
    }
}

fn approval(outcome: Outcome) -> Box<Approval> {
    match outcome {
        Outcome::Approved(approval) => approval,
        other => panic!("an approval was expected, not {other:?}"),
    }
}

/// What the till says is what the host has (S2, S3).
fn agrees(outcome: &Outcome, host: &Host, what: &str) {
    let performed = host.captured(outcome.id().as_str()) - host.reversed(outcome.id().as_str());
    match outcome {
        Outcome::Approved(_) => assert_eq!(performed, 1, "{what}: {outcome:?}"),
        Outcome::Unknown(_) => panic!("{what}: {outcome:?}"),
        _ => assert_eq!(performed, 0, "{what}: {outcome:?}"),
    }
}

/// The connection ends behind the k-th byte of the request, and behind the k-th byte of the answer, for every k.
#[test]
fn fault_the_connection_ends_at_every_byte_of_request_and_reply() {
    // Longer than any request, longer than any answer: the last ones end behind the whole.
    let requests = (0..=200).map(|k| (k, true));
    let replies = (0..=600).map(|k| (k, false));
    let all: Vec<(u32, bool)> = requests.chain(replies).collect();
    let (mut approved, mut absent) = (0, 0);
    for some in all.chunks(100) {
        let running: Vec<_> = some
            .iter()
            .map(|(after, request)| {
                let rule = if *request {
                    When::request(Code::CardApproval).then(Fault::CutRequest { after: *after, reset: true })
                } else {
                    When::reply(Code::CardApproval).then(Fault::CutReply { after: *after, reset: true })
                };
                let (address, server) = simulator([rule]);
                // Deadlines are not what is tried here: a hundred at once may be slow.
                let options = Options::new().journal_in_memory().time_scale(SCALE * 2.0);
                let terminal = Terminal::open(&address, options).unwrap();
                let payment = terminal.approve(Sale::won(4_000)).unwrap();
                (format!("request {request}, byte {after}"), server, terminal, payment)
            })
            .collect();
        for (what, server, terminal, payment) in running {
            let outcome = resolution(&payment);
            agrees(&outcome, &server.host(), &what);
            match outcome {
                Outcome::Approved(_) => approved += 1,
                Outcome::NotPerformed(not) if not.reason == NotPerformedReason::Absent => absent += 1,
                _ => {}
            }
            assert!(terminal.pending().is_empty(), "{what}");
        }
    }
    assert!(approved > 500, "{approved} approved, {absent} absent");
    assert!(absent > 100, "{approved} approved, {absent} absent");
}

/// The files of a journal as a power cut may leave them: what was acknowledged is there, or money waits for an
/// operator. It is never quietly gone.
#[test]
fn fault_a_power_cut_loses_no_sale_silently() {
    const PAGE: usize = 4_096;
    type Damage = (&'static str, fn(&mut Vec<u8>));
    let damages: [Damage; 6] = [
        ("nothing", |_| {}),
        ("the tail is torn", |bytes| bytes.truncate(bytes.len().saturating_sub(PAGE / 2))),
        ("the tail is lost", |bytes| bytes.truncate(bytes.len().saturating_sub(3 * PAGE))),
        ("everything is lost", Vec::clear),
        ("the tail is zeroed", |bytes| {
            let from = bytes.len().saturating_sub(2 * PAGE);
            bytes[from..].fill(0);
        }),
        ("the tail is reordered", |bytes| {
            let whole = bytes.len();
            if whole >= 3 * PAGE {
                bytes[whole - 2 * PAGE..].rotate_left(PAGE);
            }
        }),
    ];
    let folder = tempfile::tempdir().unwrap();
    let (address, server) = simulator([]);
    let terminal = Terminal::open(&address, options(&folder)).unwrap();
    let mut ids = Vec::new();
    for count in 0..3 {
        let payment = terminal.approve(Sale::won(3_000).order(format!("A-{count}"))).unwrap();
        ids.push(approval(payment.wait(LIMIT).unwrap()).id);
    }
    // As a disk is when the power goes: the log is not folded into the database.
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    let cut: Vec<_> = names
        .iter()
        .filter(|name| folder.path().join(name).is_file())
        .map(|name| (name.clone(), std::fs::read(folder.path().join(name)).unwrap()))
        .collect();
    assert!(terminal.close_blocking());
    drop(terminal);
    assert!(cut.iter().any(|(name, _)| name.to_string_lossy().ends_with("-wal")), "{names:?}");
    let mut refused = 0;
    for target in ["simulator.db", "simulator.db-wal"] {
        for (what, damage) in damages {
            // In its own place: a copy elsewhere is another journal, and the terminal's marker knows it.
            for file in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
                std::fs::remove_file(file.path()).unwrap();
            }
            for (name, bytes) in &cut {
                let mut bytes = bytes.clone();
                if name.to_string_lossy() == target {
                    damage(&mut bytes);
                }
                std::fs::write(folder.path().join(name), bytes).unwrap();
            }
            let before = server.host().entries().len();
            let terminal = Terminal::open(&address, options(&folder)).unwrap();
            let next = terminal.approve(Sale::won(7_000)).unwrap().wait(LIMIT).unwrap();
            match &next {
                Outcome::Approved(_) => {
                    let known: Vec<_> =
                        terminal.history().unwrap().into_iter().map(|entry| entry.intent.ptxid).collect();
                    assert!(ids.iter().all(|id| known.contains(id)), "{target}, {what}: {known:?}");
                }
                Outcome::NotPerformed(not) => {
                    assert!(
                        matches!(
                            not.reason,
                            NotPerformedReason::SafeMode { .. }
                                | NotPerformedReason::JournalUnavailable { .. }
                        ),
                        "{target}, {what}: {next:?}"
                    );
                    assert_eq!(server.host().entries().len(), before, "{target}, {what}");
                    refused += 1;
                }
                other => panic!("{target}, {what}: {other:?}"),
            }
            assert!(terminal.close_blocking(), "{target}, {what}");
        }
    }
    assert!(refused > 0, "no damage was seen");
}

/// A waker that does within its call what an application may do there.
struct Curious {
    terminal: Terminal,
    operation: Operation,
    seen: Mutex<Vec<String>>,
}

impl Wake for Curious {
    fn wake(self: Arc<Self>) {
        let status = format!("{:?}", self.terminal.status().work);
        let pending = self.terminal.pending().len();
        let busy = self.terminal.approve(Sale::won(1_000)).map(|second| second.try_outcome().is_some());
        let mut events = self.operation.events();
        let outcome = self.operation.try_outcome().map(|outcome| outcome.name());
        let event = events.try_next().map(|event| event.code);
        self.seen.lock().unwrap().push(format!("{status} {pending} {busy:?} {event:?} {outcome:?}"));
    }
}

#[test]
fn fault_a_callback_that_calls_back_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (address, server) = simulator([]);
    let terminal = Terminal::open(&address, options(&folder)).unwrap();
    let payment = terminal.approve(Sale::won(15_000)).unwrap();
    let curious =
        Arc::new(Curious { terminal: terminal.clone(), operation: payment.clone(), seen: Mutex::default() });
    let waker = Waker::from(curious.clone());
    let mut context = Context::from_waker(&waker);
    let mut outcome = std::pin::pin!(payment.outcome());
    let mut events = payment.events();
    let mut next = std::pin::pin!(async move { while events.next().await.is_some() {} });
    let until = std::time::Instant::now() + LIMIT;
    let found = loop {
        let _ = next.as_mut().poll(&mut context);
        if let Poll::Ready(outcome) = outcome.as_mut().poll(&mut context) {
            break outcome;
        }
        assert!(std::time::Instant::now() < until, "{:?}", curious.seen.lock().unwrap());
        std::thread::sleep(Duration::from_millis(5));
    };
    let found = approval(found);
    assert_eq!(server.host().captured(found.id.as_str()), 1);
    assert!(!curious.seen.lock().unwrap().is_empty());
}

/// Rule 18. What an AUTH row with our own order id proves, no row of a terminal can: no byte to it carries one.
#[test]
fn rule_18_no_request_of_a_terminal_carries_an_order() {
    use std::io::{self, Read, Write};
    use std::net::{Shutdown, SocketAddr, TcpStream};

    use danmal::{Close, Endpoint, Transport};

    struct Tap {
        stream: TcpStream,
        written: Arc<Mutex<Vec<u8>>>,
    }
    struct End(TcpStream);
    impl Close for End {
        fn close(&self) {
            let _ = self.0.shutdown(Shutdown::Both);
        }
    }
    impl Transport for Tap {
        fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
            self.stream.set_read_timeout(Some(timeout.max(Duration::from_millis(1))))?;
            self.stream.read(buffer)
        }
        fn write(&mut self, bytes: &[u8], _timeout: Duration) -> io::Result<usize> {
            let count = self.stream.write(bytes)?;
            self.written.lock().unwrap().extend_from_slice(&bytes[..count]);
            Ok(count)
        }
        fn closer(&mut self) -> Arc<dyn Close> {
            Arc::new(End(self.stream.try_clone().unwrap()))
        }
    }

    let server = Server::new(Settings::default().scaled(SCALE));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(Server::bind(([127, 0, 0, 1], 0).into())).unwrap();
    let to: SocketAddr = listener.local_addr().unwrap();
    runtime.spawn(async move { drop(server.listen(listener).await) });
    let written = Arc::<Mutex<Vec<u8>>>::default();
    let tap = written.clone();
    let connect = move |timeout: Duration| -> io::Result<Box<dyn Transport>> {
        let stream = TcpStream::connect_timeout(&to, timeout.max(Duration::from_millis(200)))?;
        Ok(Box::new(Tap { stream, written: tap.clone() }))
    };
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::new("faults:rule-18", connect).simulated(true);
    let terminal = Terminal::open_endpoint(endpoint, options(&folder)).unwrap();
    let sale = terminal.approve(Sale::won(4_000).order("ORDER-OF-OURS").key("KEY-OF-OURS")).unwrap();
    let sale = approval(sale.wait(LIMIT).unwrap());
    let cancellation = terminal.cancel(danmal::Cancellation::from(&*sale).order("CANCEL-OF-OURS")).unwrap();
    approval(cancellation.wait(LIMIT).unwrap());
    let written = String::from_utf8_lossy(&written.lock().unwrap()).into_owned();
    assert!(written.contains("010010") && written.contains("010020"), "{written}");
    assert!(!written.contains("OF-OURS"), "{written}");
}

#[cfg(unix)]
mod machine {
    use std::path::Path;
    use std::process::Command as Program;

    use danmal_conformance::board::Board;
    use danmal_conformance::child::Child;
    use danmal_conformance::languages::Language;
    use danmal_conformance::lines::{Chunking, Client, Line};
    use danmal_conformance::words::{Begun, Command, Done, Ids, Open, Seen};
    use danmal_simulator::script::{Scenario, Step};
    use serde_json::json;

    use super::*;

    const ADAPTER: &str = env!("CARGO_BIN_EXE_danmal-conformance");

    fn scenario() -> Scenario {
        Scenario::parse("name: a slow customer\nterminal: {pace: {card: 40s}}\nsteps: []\n").unwrap()
    }

    fn adapter(before: &str) -> Language {
        let run = match before {
            "" => vec![ADAPTER.to_owned(), "adapter".to_owned()],
            limit => ["sh", "-c"]
                .into_iter()
                .map(str::to_owned)
                .chain([format!("{limit}; exec '{ADAPTER}' adapter")])
                .collect(),
        };
        Language { name: "rust".to_owned(), run }
    }

    fn open(board: &Board, folder: &Path, ids: &[(&str, String)]) -> Command {
        Command::Open(Box::new(Open {
            line: Line::Tcp,
            client: Client::Async,
            address: board.address().to_owned(),
            folder: folder.join("data").to_string_lossy().into_owned(),
            journal: "till.db".to_owned(),
            time_scale: SCALE,
            profile: serde_json::Map::new(),
            names: ids.iter().map(|(name, id)| ((*name).to_owned(), id.clone())).collect(),
            terminal: None,
        }))
    }

    fn step(step: serde_json::Value) -> Command {
        let step: Step = serde_json::from_value(step).unwrap();
        Command::Step { step, within: 20.0 }
    }

    fn expect(of: &str) -> Command {
        Command::Expect { of: of.to_owned(), resolution: true, within: 60.0 }
    }

    fn kind(seen: &Seen) -> String {
        let resolution = seen.resolution.clone().unwrap_or_default();
        resolution["final"]["kind"].as_str().unwrap_or("none").to_owned()
    }

    /// The machine sleeps in the middle of a sale, longer than every deadline, and wakes.
    #[test]
    fn fault_a_till_that_is_suspended_finds_out_when_it_wakes() {
        let folder = tempfile::tempdir().unwrap();
        let scenario = scenario();
        let board = Board::serve(&scenario, Line::Tcp, Chunking::Whole, folder.path(), "suspend").unwrap();
        let mut child = Child::start(&adapter("")).unwrap();
        child.ask::<Done>(&open(&board, folder.path(), &[]), LIMIT).unwrap();
        let begun: Begun =
            child.ask(&step(json!({"approve": {"amount": 4000}, "as": "sale"})), LIMIT).unwrap();
        let id = begun.id.unwrap();
        let sent: Begun =
            child.ask(&step(json!({"waitFor": {"of": "sale", "event": "sent"}})), LIMIT).unwrap();
        assert_eq!(sent.seen, Some(true));
        let pid = child.id();
        let signal = |what: &str| {
            let process = pid.to_string();
            assert!(Program::new("kill").args([what, &process]).status().unwrap().success());
        };
        signal("-STOP");
        std::thread::sleep(Duration::from_secs(5));
        signal("-CONT");
        let seen: Seen = child.ask(&expect("sale"), LIMIT * 2).unwrap();
        let entries = board.entries(&mut child).unwrap();
        let performed = entries.iter().filter(|entry| entry.ptxid == id && entry.state == "captured").count();
        assert_eq!((kind(&seen).as_str(), performed), ("approved", 1), "{seen:?}");
    }

    /// Too few descriptors, too little memory for a thread or a page: whatever falls over, what a sound machine finds
    /// afterwards is what the host has.
    #[test]
    fn fault_a_till_without_memory_descriptors_or_threads_charges_once() {
        let descriptors = [4, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20].map(|count| format!("ulimit -n {count}"));
        let memory = [8, 10, 12, 14, 16, 20, 24, 32, 64].map(|mib| format!("ulimit -v {}", mib * 1024));
        let limits: Vec<String> = descriptors.into_iter().chain(memory).collect();
        let (mut begun, mut paid) = (0, 0);
        for limit in &limits {
            let folder = tempfile::tempdir().unwrap();
            let scenario = Scenario::parse("name: a sale\nsteps: []\n").unwrap();
            let board = Board::serve(&scenario, Line::Tcp, Chunking::Whole, folder.path(), limit).unwrap();
            let mut ids = Vec::new();
            // A program that falls over at once, or in any call, is one that was killed there.
            if let Ok(mut child) = Child::start(&adapter(limit))
                && child.ask::<Done>(&open(&board, folder.path(), &[]), LIMIT).is_ok()
                && let Ok(Begun { id: Some(id), .. }) =
                    child.ask(&step(json!({"approve": {"amount": 4000}, "as": "sale"})), LIMIT)
            {
                begun += 1;
                ids.push(("sale", id));
                if let Ok(seen) = child.ask::<Seen>(&expect("sale"), LIMIT * 2) {
                    assert!(seen.outcome.is_some(), "{limit}: no outcome by its deadline");
                    paid += usize::from(kind(&seen) == "approved");
                }
            }
            let mut child = Child::start(&adapter("")).unwrap();
            child.ask::<Done>(&open(&board, folder.path(), &ids), LIMIT).unwrap();
            let resolved = match child.ask::<Seen>(&expect("sale"), LIMIT * 2) {
                Ok(seen) => kind(&seen),
                // No journal has it: then no byte of it left (rule 1).
                Err(_) => "never begun".to_owned(),
            };
            let entries = board.entries(&mut child).unwrap();
            let performed = entries.iter().filter(|entry| entry.state == "captured").count();
            let expected = usize::from(resolved == "approved");
            assert_eq!(performed, expected, "{limit}: {resolved}, {entries:?}");
            let pending: Ids = child.ask(&Command::Pending, LIMIT).unwrap();
            assert!(pending.ids.is_empty(), "{limit}: {resolved}");
        }
        assert!(
            begun > 0 && paid > 0 && paid < limits.len(),
            "{begun} begun, {paid} paid of {}",
            limits.len()
        );
    }
}

/// A capture that the terminal forgets in its restart is found by nobody, and nobody is told that it was nothing.
#[test]
fn rule_5_a_forgotten_capture_stays_unknown_where_a_baseline_was_empty() {
    let folder = tempfile::tempdir().unwrap();
    let name = name();
    let mut settings = Settings::default().scaled(SCALE);
    settings.history.yesterday = false;
    let rules = [When::moment(Moment::Captured).then(Fault::Reboot {
        down: Duration::from_secs(5),
        memory: danmal_simulator::RebootMemory::Empty,
        pending: danmal_simulator::PendingWork::Lost,
    })];
    let server = Server::with(settings, Plan::of(rules), Host::new());
    place(&name, server.clone());
    let terminal = Terminal::open(&format!("simulator:{name}"), options(&folder)).unwrap();
    let payment = terminal.approve(Sale::won(4_000)).unwrap();
    let outcome = payment.wait(LIMIT).unwrap();
    let Outcome::Unknown(unknown) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(unknown.why, UnknownWhy::ConnectionLost);
    assert_eq!(server.host().captured(outcome.id().as_str()), 1);
}
