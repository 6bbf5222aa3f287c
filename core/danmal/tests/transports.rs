//! Payments over a caller's own transport and over a serial port, and what a caller's code may do wrong there.

mod common;
#[path = "common/tunnel.rs"]
mod tunnel;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::{options, outcome, resolution, slow_tcp_simulator, tcp_simulator};
use danmal::{
    Connect, Endpoint, ErrorCode, EventCode, Line, NotPerformedReason, Options, Outcome, Sale, Terminal,
    UnknownWhy, block_on,
};
use tempfile::TempDir;
use tunnel::{Habits, Tunnel};

/// A terminal behind a caller's transport, under a key of its own.
fn endpoint(to: SocketAddr, habits: &Habits, folder: &TempDir, scale: f64) -> Terminal {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let key = format!("tunnel-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let endpoint = Endpoint::new(key, Tunnel { to, habits: habits.clone() }).simulated(true);
    Terminal::open_endpoint(endpoint, options(folder).time_scale(scale)).unwrap()
}

fn approved(terminal: &Terminal) {
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let end = outcome(&payment);
    assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
}

#[test]
fn a_payment_over_a_callers_transport_whole_and_in_pieces() {
    for piece in [0, 1, 7] {
        let folder = tempfile::tempdir().unwrap();
        let (to, server) = tcp_simulator();
        let terminal = endpoint(to, &Habits { piece, ..Habits::default() }, &folder, 0.1);
        approved(&terminal);
        approved(&terminal);
        assert_eq!(server.host().net(), 6_000);
        assert!(block_on(terminal.last_transaction()).unwrap().transaction.is_some());
        assert!(terminal.close_blocking());
    }
}

#[test]
fn a_serial_transport_of_a_caller_is_waited_for_until_it_is_quiet() {
    let folder = tempfile::tempdir().unwrap();
    let (to, server) = tcp_simulator();
    let endpoint = Endpoint::new("serial", Tunnel { to, habits: Habits::default() });
    let endpoint = endpoint.simulated(true).line(Line::Serial);
    let terminal = Terminal::open_endpoint(endpoint, options(&folder).time_scale(0.1)).unwrap();
    assert!(!terminal.status().connected);
    approved(&terminal);
    assert_eq!(server.host().net(), 3_000);
}

#[test]
fn fault_a_transport_that_panics_ends_its_connection_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (to, server) = tcp_simulator();
    let habits = Habits::default();
    habits.panics_reading.store(2, Ordering::SeqCst);
    let terminal = endpoint(to, &habits, &folder, 0.1);
    let sound = endpoint(to, &Habits::default(), &folder, 0.1);
    approved(&terminal);
    assert!(habits.connections.load(Ordering::SeqCst) >= 3);
    approved(&sound);
    assert_eq!(server.host().net(), 6_000);
}

#[test]
fn fault_a_transport_that_panics_while_it_writes_may_have_sent_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (to, server) = tcp_simulator();
    let habits = Habits::default();
    habits.panics_writing.store(1, Ordering::SeqCst);
    let terminal = endpoint(to, &habits, &folder, 0.02);
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let _ = outcome(&payment);
    assert!(payment.events().into_iter().any(|event| event.code == EventCode::ConnectionLost));
    // It is not believed to be unsent: only the fence and the terminal say so.
    let end = resolution(&payment);
    assert!(matches!(&end, Outcome::NotPerformed(n) if n.reason == NotPerformedReason::Absent), "{end:?}");
    assert!(server.host().entries().is_empty());
}

/// What a caller's library may give as an error: its words panic, or its end does.
#[derive(Debug)]
struct Evil;

impl std::fmt::Display for Evil {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("a test wants it")
    }
}

impl std::error::Error for Evil {}

#[test]
fn fault_an_error_whose_words_panic_is_a_connection_that_failed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (to, server) = tcp_simulator();
    let mut tunnel = Tunnel { to, habits: Habits::default() };
    let mut attempts = 0;
    let connect = move |timeout: Duration| {
        attempts += 1;
        if attempts <= 2 { Err(std::io::Error::other(Evil)) } else { tunnel.connect(timeout) }
    };
    let endpoint = Endpoint::new("evil", connect).simulated(true);
    let terminal = Terminal::open_endpoint(endpoint, options(&folder).time_scale(0.1)).unwrap();
    approved(&terminal);
    assert_eq!(server.host().net(), 3_000);
    assert!(terminal.close_blocking());
}

#[test]
fn rule_3_a_transport_that_took_no_byte_has_sent_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (to, server) = tcp_simulator();
    let habits = Habits::default();
    habits.refuses_money.store(1, Ordering::SeqCst);
    let terminal = endpoint(to, &habits, &folder, 0.1);
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let end = outcome(&payment);
    assert!(matches!(&end, Outcome::NotPerformed(n) if n.reason == NotPerformedReason::NotSent), "{end:?}");
    assert!(server.host().entries().is_empty());
    approved(&terminal);
}

#[test]
fn fault_a_read_that_never_returns_is_ended_from_another_thread() {
    let folder = tempfile::tempdir().unwrap();
    let (to, _server) = tcp_simulator();
    let habits = Habits::default();
    let terminal = endpoint(to, &habits, &folder, 0.1);
    approved(&terminal);
    habits.hangs_reading.store(true, Ordering::SeqCst);
    // Its thread hangs in the next read: the question is not even written, and the connection is ended.
    let error = loop {
        match block_on(terminal.last_transaction()) {
            Ok(_) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code, ErrorCode::Timeout);
    habits.hangs_reading.store(false, Ordering::SeqCst);
    for _ in 0..500 {
        if habits.connections.load(Ordering::SeqCst) > 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(habits.closes.load(Ordering::SeqCst) > 0);
    approved(&terminal);
}

#[test]
fn rule_15_a_transport_that_never_connects_is_not_performed_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let (to, _server) = tcp_simulator();
    let habits = Habits::default();
    habits.gate.shut();
    let terminal = endpoint(to, &habits, &folder, 0.05);
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let end = outcome(&payment);
    assert!(matches!(&end, Outcome::NotPerformed(n) if n.reason.name() == "noConnection"), "{end:?}");
    assert!(terminal.close_blocking());
    habits.gate.open();
}

#[test]
fn rule_4_two_terminals_under_one_key_keep_each_other_out() {
    let folder = tempfile::tempdir().unwrap();
    let (to, _server) = tcp_simulator();
    let open = || {
        let endpoint = Endpoint::new("one", Tunnel { to, habits: Habits::default() }).simulated(true);
        Terminal::open_endpoint(endpoint, options(&folder).time_scale(0.05)).unwrap()
    };
    let first = open();
    approved(&first);
    let second = open();
    let refused = outcome(&second.approve(Sale::won(3_000)).unwrap());
    assert!(matches!(&refused, Outcome::NotPerformed(n) if n.reason.name() == "heldByAnotherTill"));
    assert_eq!(block_on(second.last_transaction()).unwrap_err().code, ErrorCode::HeldByAnotherTill);
    assert!(first.close_blocking());
    // It is taken within the next seconds, by itself.
    let held = second.events().into_iter().find(|event| event.code == EventCode::Connected);
    assert!(held.is_some());
    approved(&second);
}

#[test]
fn rule_15_the_factor_is_for_tests_alone() {
    let folder = tempfile::tempdir().unwrap();
    let scaled = || Options::new().folder(folder.path()).time_scale(0.5);
    let (to, _server) = tcp_simulator();
    let real = Endpoint::new("real", Tunnel { to, habits: Habits::default() });
    let error = Terminal::open_endpoint(real, scaled()).unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidSetting, Some("timeScale")));
    for address in ["tcp://192.0.2.1:9100", "serial:///dev/null?baud=9600", "serial://COM3?baud=9600"] {
        let error = Terminal::open(address, scaled()).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("timeScale"), "{address}");
    }
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9] {
        assert!(Terminal::open("simulator:", options(&folder).time_scale(factor)).is_err(), "{factor}");
    }
    let terminal = Terminal::open("simulator:scale", scaled()).unwrap();
    assert!((terminal.status().time_scale - 0.5).abs() < f64::EPSILON);
}

#[test]
fn a_key_names_a_device() {
    let (to, _server) = tcp_simulator();
    for key in ["", "  ", "a\nb", &"x".repeat(300)] {
        let endpoint = Endpoint::new(key, Tunnel { to, habits: Habits::default() });
        let error = Terminal::open_endpoint(endpoint, Options::new()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidAddress, Some("key")));
    }
}

#[cfg(unix)]
mod serial {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use danmal::{Verdict, Work};
    use serialport::{SerialPort, TTYPort};

    use super::*;

    /// A pseudo terminal whose other end is a simulated terminal.
    fn wire(to: SocketAddr) -> (String, Arc<AtomicBool>) {
        let (mut master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        let cut = Arc::new(AtomicBool::new(false));
        let stop = cut.clone();
        std::thread::spawn(move || {
            // The system keeps the pair while somebody has the other end open.
            let _slave = slave;
            let stream = TcpStream::connect(to).unwrap();
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            master.set_timeout(Duration::from_millis(1)).unwrap();
            let mut buffer = [0; 512];
            while !stop.load(Ordering::SeqCst) {
                if let Ok(read) = master.read(&mut buffer) {
                    (&stream).write_all(&buffer[..read]).unwrap();
                }
                if let Ok(read) = (&stream).read(&mut buffer) {
                    master.write_all(&buffer[..read]).unwrap();
                }
            }
        });
        (name, cut)
    }

    #[test]
    fn a_payment_over_a_serial_port() {
        let folder = tempfile::tempdir().unwrap();
        let (to, server) = tcp_simulator();
        let (name, cut) = wire(to);
        let address = format!("serial://{name}?baud=115200&simulated=true");
        let terminal = Terminal::open(&address, options(&folder).time_scale(0.05)).unwrap();
        let payment = terminal.approve(Sale::won(15_000)).unwrap();
        let end = outcome(&payment);
        assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
        assert_eq!(terminal.key(), format!("serial:{name}"));
        assert_eq!(server.host().captured(payment.id().as_str()), 1);
        assert!(terminal.close_blocking());
        cut.store(true, Ordering::SeqCst);
    }

    #[test]
    fn fault_a_serial_line_pulled_out_in_the_middle_is_unknown_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let (to, server) = slow_tcp_simulator();
        let (name, cut) = wire(to);
        // The name that the till knows is a link, as udev makes them: what it leads to changes.
        let link = folder.path().join("till");
        std::os::unix::fs::symlink(&name, &link).unwrap();
        let address = format!("serial://{}?baud=9600&simulated=true", link.display());
        let terminal = Terminal::open(&address, options(&folder).time_scale(0.05)).unwrap();
        let payment = terminal.approve(Sale::won(15_000)).unwrap();
        for event in payment.events() {
            if event.code == EventCode::SignatureWait {
                cut.store(true, Ordering::SeqCst);
                let (name, _) = wire(to);
                std::fs::remove_file(&link).unwrap();
                std::os::unix::fs::symlink(name, &link).unwrap();
            }
        }
        let _ = outcome(&payment);
        let end = resolution(&payment);
        assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
        assert_eq!(server.host().captured(payment.id().as_str()), 1);
        // It is the same terminal: the next money is asked of it under its new name, as which others are kept out.
        let name = std::fs::canonicalize(&link).unwrap();
        let now = format!("serial:{}", name.display());
        until(|| terminal.key() == now && terminal.status().work == Work::Ready);
        approved(&terminal);
        let address = format!("serial://{}?baud=9600&simulated=true", name.display());
        let other = Terminal::open(&address, options(&folder).time_scale(0.05).journal("other.db")).unwrap();
        let refused = outcome(&other.approve(Sale::won(3_000)).unwrap());
        assert!(is(&refused, "heldByAnotherTill"), "{refused:?}");
        assert_eq!(server.host().net(), 18_000);
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

    fn is(outcome: &Outcome, reason: &str) -> bool {
        matches!(outcome, Outcome::NotPerformed(not) if not.reason.name() == reason)
    }

    #[test]
    fn rule_4_a_name_that_leads_to_another_tills_terminal_carries_no_money_there() {
        let folder = tempfile::tempdir().unwrap();
        let ((to, server), (to_other, other_server)) = (tcp_simulator(), tcp_simulator());
        let ((name, cut), (other_name, _other_cut)) = (wire(to), wire(to_other));
        let link = folder.path().join("till");
        std::os::unix::fs::symlink(&name, &link).unwrap();
        let address =
            |path: &std::path::Path| format!("serial://{}?baud=9600&simulated=true", path.display());
        let terminal = Terminal::open(&address(&link), options(&folder).time_scale(0.05)).unwrap();
        approved(&terminal);
        let other = options(&folder).time_scale(0.05).journal("other.db");
        let other = Terminal::open(&address(other_name.as_ref()), other).unwrap();
        approved(&other);
        // The adapter comes back where another till's terminal is.
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&other_name, &link).unwrap();
        cut.store(true, Ordering::SeqCst);
        until(|| !terminal.status().connected);
        for _ in 0..2 {
            let refused = outcome(&terminal.approve(Sale::won(5_000)).unwrap());
            assert!(is(&refused, "noConnection") || is(&refused, "heldByAnotherTill"), "{refused:?}");
        }
        until(|| matches!(terminal.status().work, Work::HeldByAnotherTill { .. }));
        approved(&other);
        assert_eq!((server.host().net(), other_server.host().net()), (3_000, 6_000));
        assert!(other.close_blocking());
        // It is free now, and is claimed before money is asked of it.
        until(|| terminal.status().work == Work::Ready);
        assert_eq!(terminal.key(), format!("serial:{other_name}"));
        approved(&terminal);
        let again =
            Terminal::open(&address(other_name.as_ref()), options(&folder).journal("other.db")).unwrap();
        let refused = outcome(&again.approve(Sale::won(3_000)).unwrap());
        assert!(is(&refused, "heldByAnotherTill"), "{refused:?}");
        assert_eq!((server.host().net(), other_server.host().net()), (3_000, 9_000));
        assert!(terminal.close_blocking());
    }

    #[test]
    fn rule_4_a_name_that_leads_elsewhere_while_a_payment_is_open_asks_no_money_there() {
        let folder = tempfile::tempdir().unwrap();
        let ((to, server), (to_other, other_server)) = (slow_tcp_simulator(), tcp_simulator());
        let ((name, cut), (other_name, _other_cut)) = (wire(to), wire(to_other));
        // It shows another last transaction.
        let direct = endpoint(to_other, &Habits::default(), &folder, 0.05);
        approved(&direct);
        assert!(direct.close_blocking());
        let link = folder.path().join("till");
        std::os::unix::fs::symlink(&name, &link).unwrap();
        let address = format!("serial://{}?baud=9600&simulated=true", link.display());
        let terminal = Terminal::open(&address, options(&folder).time_scale(0.05)).unwrap();
        let payment = terminal.approve(Sale::won(15_000)).unwrap();
        for event in payment.events() {
            if event.code == EventCode::SignatureWait {
                std::fs::remove_file(&link).unwrap();
                std::os::unix::fs::symlink(&other_name, &link).unwrap();
                cut.store(true, Ordering::SeqCst);
            }
        }
        let end = outcome(&payment);
        assert!(matches!(end, Outcome::Unknown(_)), "{end:?}");
        // Another terminal shows nothing of it: it stays unknown, and the next one is not begun.
        let refused = outcome(&terminal.approve(Sale::won(5_000)).unwrap());
        assert!(matches!(refused, Outcome::NotPerformed(_)), "{refused:?}");
        let word = || block_on(terminal.override_unknown(payment.id(), Verdict::Undecided, "전표 확인"));
        until(|| word().is_ok());
        // After the operator's word the terminal that is there now is claimed, and used.
        until(|| terminal.key() == format!("serial:{other_name}") && terminal.status().work == Work::Ready);
        approved(&terminal);
        assert_eq!(other_server.host().net(), 6_000);
        assert!(server.host().captured(payment.id().as_str()) <= 1);
        assert!(terminal.close_blocking());
    }

    #[test]
    fn a_port_that_is_not_plugged_in_is_not_performed_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new().folder(folder.path());
        let address = "serial:usb:ffff:0001:NOBODY?baud=9600";
        let mut profile = danmal::Profile::default();
        profile.durations.prepare = Duration::from_millis(300);
        let terminal = Terminal::open(address, options.profile(profile)).unwrap();
        let payment = terminal.approve(Sale::won(3_000)).unwrap();
        let end = outcome(&payment);
        let Outcome::NotPerformed(not) = &end else { panic!("{end:?}") };
        let NotPerformedReason::NoConnection { detail } = &not.reason else { panic!("{end:?}") };
        assert!(detail.contains("not plugged in"), "{detail}");
        let asked = block_on(terminal.last_transaction()).unwrap_err();
        assert_eq!(asked.code, ErrorCode::ConnectionLost);
        assert!(terminal.history().unwrap().is_empty());
        assert!(terminal.close_blocking());
    }
}

#[test]
fn unknown_is_what_a_closed_terminal_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let (to, server) = slow_tcp_simulator();
    let habits = Habits::default();
    let terminal = endpoint(to, &habits, &folder, 0.05);
    let payment = terminal.approve(Sale::won(15_000)).unwrap();
    for event in payment.events() {
        if event.code == EventCode::SignatureWait {
            habits.gate.shut();
            server.cut();
        }
    }
    let end = outcome(&payment);
    let Outcome::Unknown(unknown) = &end else { panic!("{end:?}") };
    assert_eq!(unknown.why, UnknownWhy::ConnectionLost);
    assert_eq!(terminal.pending().len(), 1);
    assert!(terminal.close_blocking());
    let left = payment.wait_resolution(Duration::from_secs(10));
    assert!(matches!(left, Some(danmal::Resolution::StillUnknown(_))), "{left:?}");
    habits.gate.open();
}
