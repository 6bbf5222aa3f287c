//! Tills that are killed, that meet each other, and that run out of disk: each a process of its own.

mod common;

use std::io::{BufRead, BufReader, Lines};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use common::{SCALE, open, outcome, resolution, tcp_simulator};
use danmal::{ErrorCode, EventCode, NotPerformedReason, Outcome, Sale, Work, block_on};
use tempfile::TempDir;

/// The example till, built beside the tests.
fn till() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let till = path.join("examples").join(format!("till{}", std::env::consts::EXE_SUFFIX));
    assert!(till.exists(), "not built: run `cargo build -p danmal --example till` first");
    till
}

fn address(tcp: SocketAddr) -> String {
    format!("tcp://{tcp}?simulated=true")
}

struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(mut command: Command, folder: &TempDir) -> Self {
        let mut child = command
            .env("DANMAL_FOLDER", folder.path())
            .env("DANMAL_TIME_SCALE", SCALE.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn pay(tcp: SocketAddr, folder: &TempDir, won: &str) -> Self {
        let mut command = Command::new(till());
        command.arg(address(tcp)).arg(won);
        Self::start(command, folder)
    }

    /// Reads until a line begins so; returns the rest of it.
    fn until(&mut self, start: &str) -> String {
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            if let Some(rest) = line.strip_prefix(start) {
                return rest.trim().to_owned();
            }
        }
        panic!("the till ended before it said {start:?}");
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn rule_5_a_till_killed_at_any_step_charges_once_and_finds_out() {
    for step in [
        "payment",
        "event Recorded",
        "event Sent",
        "event SignatureWait",
        "event Answered",
        "event Confirming",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (tcp, server) = tcp_simulator();
        let mut running = Running::pay(tcp, &folder, "15000");
        if step != "payment" {
            running.until(step);
        }
        running.kill();
        let terminal = open(&address(tcp), &folder);
        let before = terminal.pending();
        for payment in &before {
            let _ = resolution(payment);
        }
        let entries = server.host().entries();
        let stands: Vec<_> =
            terminal.history().unwrap().into_iter().filter(danmal::HistoryEntry::stands).collect();
        assert_eq!(stands.len(), entries.len(), "killed at {step}: {stands:?} against {entries:?}");
        assert!(entries.len() <= 1, "killed at {step}");
        let next = terminal.approve(Sale::won(2_000)).unwrap();
        let end = outcome(&next);
        assert_eq!(
            end.name(),
            "approved",
            "killed at {step}, a shop can pay again: {end:?}, found {before:?}"
        );
        assert!(terminal.close_blocking());
    }
}

#[test]
fn rule_4_a_second_process_is_told_who_holds_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let mut running = Running::pay(tcp, &folder, "15000");
    running.until("event Sent");
    let name = format!("till{}", std::env::consts::EXE_SUFFIX);
    let process = format!("process {} ({name}), journal ", running.child.id());
    // A journal of its own: the terminal, not the file, is what they meet at.
    let terminal =
        danmal::Terminal::open(&address(tcp), common::options(&folder).journal_in_memory()).unwrap();
    let work = terminal.status().work;
    assert!(matches!(&work, Work::HeldByAnotherTill { holder } if holder.starts_with(&process)), "{work:?}");
    let refused = outcome(&terminal.approve(Sale::won(2_000)).unwrap());
    match refused {
        Outcome::NotPerformed(not) => {
            let NotPerformedReason::HeldByAnotherTill { holder } = not.reason else { panic!("{not:?}") };
            assert!(holder.starts_with(&process), "{holder}");
        }
        other => panic!("{other:?}"),
    }
    running.kill();
    assert!(server.host().entries().len() <= 1);
    let next = terminal.approve(Sale::won(2_000)).unwrap();
    let _ = outcome(&next);
    assert_ne!(resolution(&next).name(), "unknown", "a killed till holds nothing");
}

#[test]
fn rule_4_a_relative_folder_is_the_same_one_wherever_a_program_stands() {
    let state = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let here = tempfile::tempdir().unwrap();
    let pay = |from: &TempDir| {
        let mut command = Command::new(till());
        command.arg(address(tcp)).arg("2000").current_dir(from.path());
        command.env("XDG_STATE_HOME", state.path()).env("ProgramData", state.path());
        command.env("DANMAL_FOLDER", "data").env("DANMAL_TIME_SCALE", SCALE.to_string());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let first = pay(&here);
    assert!(first.lines().any(|line| line.starts_with("approved")), "{first}");
    let there = tempfile::tempdir().unwrap();
    let second = pay(&there);
    assert!(second.lines().any(|line| line.starts_with("approved")), "{second}");
    // Both sales are in one journal, in the user's data folder, and nothing is where the programs stood.
    for folder in [&here, &there] {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    let data = state.path().join("danmal").join("data");
    let terminal =
        danmal::Terminal::open(&address(tcp), danmal::Options::new().folder(&data).time_scale(SCALE))
            .unwrap();
    assert_eq!(terminal.history().unwrap().len(), 2);
    assert_eq!(server.host().entries().len(), 2);
}

#[test]
fn rule_14_a_journal_is_one_processes_own() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let terminal = open(&common::address(), &folder);
    assert_eq!(outcome(&terminal.approve(Sale::won(2_000)).unwrap()).name(), "approved");
    let mut running = Running::pay(tcp, &folder, "2000");
    let said = running.until("notPerformed");
    let process = std::process::id();
    assert!(said.contains("다른 포스가 이 거래 기록을 열고 있어 결제하지 않았습니다"), "{said}");
    assert!(said.contains(&format!("프로세스 {process}, 거래 기록 ")) && said.contains("부터"), "{said}");
    assert!(server.host().entries().is_empty());
    running.kill();
    drop(terminal);
}

#[test]
fn rule_14_who_meets_an_open_journal_is_told_which_till_has_it_and_may_go_on_when_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let mut running = Running::pay(tcp, &folder, "15000");
    running.until("event Sent");
    let name = format!("till{}", std::env::consts::EXE_SUFFIX);
    let process = running.child.id();
    // Another terminal: the journal, not the terminal, is what they meet at.
    let (other, _other_server) = tcp_simulator();
    let terminal = open(&address(other), &folder);
    let refused = outcome(&terminal.approve(Sale::won(2_000)).unwrap());
    let Outcome::NotPerformed(not) = &refused else { panic!("{refused:?}") };
    let NotPerformedReason::JournalHeld { holder } = &not.reason else { panic!("{not:?}") };
    assert!(holder.starts_with(&format!("process {process} ({name}), journal ")), "{holder}");
    assert!(holder.contains("simulator.db, since 20") || holder.contains("till.db, since 20"), "{holder}");
    let text = refused.text();
    assert!(text.ko.contains(&format!("({name}, 프로세스 {process}, 거래 기록 ")), "{}", text.ko);
    assert!(text.en.contains("close it there"), "{}", text.en);
    // Status and event say the same.
    let work = terminal.status().work;
    assert!(matches!(&work, Work::HeldByAnotherTill { holder: by } if by == holder), "{work:?}");
    let event = terminal.events().into_iter().find(|event| event.code == EventCode::HeldByAnotherTill);
    assert_eq!(event.unwrap().text, text);
    let asked = block_on(terminal.last_transaction()).unwrap_err();
    assert_eq!(asked.code, ErrorCode::HeldByAnotherTill);
    assert_eq!(terminal.history().unwrap_err().code, ErrorCode::HeldByAnotherTill);
    running.kill();
    // It looks again by itself.
    for _ in 0..3_000 {
        if terminal.journal().is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(outcome(&terminal.approve(Sale::won(2_000)).unwrap()).name(), "approved");
    assert!(server.host().entries().len() <= 1);
}

#[cfg(unix)]
#[test]
fn rule_1_a_full_disk_refuses_the_sale_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let mut refused = 0;
    let mut approved = 0;
    let mut said = Vec::new();
    for _ in 0..20 {
        if refused > 0 {
            break;
        }
        // No file may grow over 40 KiB: the write fails as on a full disk. (The log's index takes 32 KiB.)
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; ulimit -f 80; exec \"$0\" \"$@\""]).arg(till());
        command.args([&address(tcp), "2000"]);
        let running = Running::start(command, &folder);
        for line in running.lines.map_while(Result::ok) {
            if line.starts_with("notPerformed") {
                refused += 1;
                said.push(line.clone());
            }
            let found_out = line.starts_with("resolved") && line.contains("Approved");
            approved += usize::from(line.starts_with("approved") || found_out);
        }
        let captured = server.host().entries().len();
        assert!(captured >= approved && captured <= approved + 1, "{captured} captured, {approved} approved");
    }
    assert!(approved > 0 && refused > 0, "{approved} approved, refused: {said:?}");
    // There is room again: everything is found out, and a shop can pay.
    let terminal = open(&address(tcp), &folder);
    for payment in terminal.pending() {
        let _ = resolution(&payment);
    }
    let stands = terminal.history().unwrap().into_iter().filter(danmal::HistoryEntry::stands).count();
    assert_eq!(stands, server.host().entries().len());
    assert_eq!(outcome(&terminal.approve(Sale::won(2_000)).unwrap()).name(), "approved");
}
