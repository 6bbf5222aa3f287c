//! The program `danmal-simulator`, as somebody starts it.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use common::{PTXID, frame, sale, seconds, split};
use serde_json::{Value, json};

/// A state folder for all tests of this file, away from the one of whoever runs them.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_danmal-simulator"));
    command
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("LOCALAPPDATA", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// The program while it runs; it ends with the test.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child =
            program().args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// What stands behind some words in the next line.
    fn after(&mut self, words: &str) -> String {
        let line = self.line();
        line.strip_prefix(words).unwrap_or_else(|| panic!("{words} is not in {line}")).to_owned()
    }

    fn command(&mut self, command: &Value) -> Value {
        writeln!(self.child.stdin.as_mut().unwrap(), "{command}").unwrap();
        loop {
            if let Ok(answer @ Value::Object(_)) = serde_json::from_str(&self.line()) {
                return answer;
            }
        }
    }
}

fn ask(client: &mut (impl Read + Write), request: &[u8]) -> common::Answer {
    client.write_all(request).unwrap();
    let mut length = [0; 4];
    client.read_exact(&mut length).unwrap();
    let mut bytes = vec![0; std::str::from_utf8(&length).unwrap().parse().unwrap()];
    client.read_exact(&mut bytes).unwrap();
    split(Duration::ZERO, &[&length[..], &bytes].concat()).0
}

fn connect(address: &str) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(seconds(20))).unwrap();
    client
}

fn output(arguments: &[&str]) -> (bool, String) {
    let output = program().args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn it_listens_approves_and_tells_what_happens_without_numbers_of_people() {
    const CARD: &str = "4330120000001234";
    let mut running =
        Running::start(&["--listen", "tcp://127.0.0.1:0", "--time-scale", "0.001", "--verbose"]);
    let mut client = connect(&running.after("listening on tcp://"));
    assert_eq!(ask(&mut client, &frame("010010", &sale(PTXID, 500))).result(), "0000");
    // Whoever puts a card number where a ptxid belongs does not see it again.
    assert_eq!(ask(&mut client, &frame("010010", &sale(CARD, 500))).ptxid(), CARD);
    client.write_all(b"no frame at all, 4330120000001234, and no end").unwrap();
    drop(client);
    let mut lines = Vec::new();
    while !lines.last().is_some_and(|line: &String| line.contains("is gone")) {
        lines.push(running.line());
    }
    let text = lines.join("\n");
    for part in ["client 1 connected", PTXID, "010010", "waiting for the card", "host: captured 500 won"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(text.contains("sent bytes that are no request"), "{text}");
    assert!(!text.contains(CARD), "{text}");
}

#[test]
fn it_takes_commands_on_standard_input_and_ends_with_it() {
    let mut running = Running::start(&[
        "--listen",
        "tcp://127.0.0.1:0",
        "--control",
        "stdio",
        "--time-scale",
        "0",
        "--faults",
        "[{on: {reply: approve}, do: duplicateReply}]",
    ]);
    let mut client = connect(&running.after("listening on tcp://"));
    assert_eq!(ask(&mut client, &frame("010010", &sale(PTXID, 500))).result(), "0000");
    let ledger = running.command(&json!({"do": "ledger", "ptxid": PTXID}));
    assert_eq!((&ledger["ok"], &ledger["captured"]), (&json!(true), &json!(1)));
    let opened = running.command(&json!({"do": "open", "settings": {"timeScale": 0}}));
    let address = opened["address"].as_str().unwrap().strip_prefix("tcp://").unwrap().to_owned();
    assert_eq!(ask(&mut connect(&address), b"0006980001").result(), "0000");
    drop(running.child.stdin.take());
    assert!(running.child.wait().unwrap().success());
}

#[test]
fn it_plays_a_scenario_and_a_swarm() {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios/declined.yaml");
    let mut running =
        Running::start(&["--listen", "tcp://127.0.0.1:0", "--scenario", scenario, "--time-scale", "0"]);
    let mut client = connect(&running.after("listening on tcp://"));
    assert_eq!(ask(&mut client, &frame("010010", &sale(PTXID, 30_000))).result(), "0010");
    let mut running =
        Running::start(&["--listen", "tcp://127.0.0.1:0", "--seed", "7", "--fault-rate", "0.01"]);
    running.after("listening on tcp://");
}

#[cfg(unix)]
#[test]
fn it_is_a_serial_port() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("terminal");
    let mut running = Running::start(&["--pty", link.to_str().unwrap(), "--time-scale", "0"]);
    let path = running.after("serial port ");
    assert_eq!(running.after("linked from "), link.display().to_string());
    assert_eq!(std::fs::read_link(&link).unwrap().display().to_string(), path);
    let mut port = std::fs::OpenOptions::new().read(true).write(true).open(&link).unwrap();
    assert_eq!(ask(&mut port, &frame("010010", &sale(PTXID, 500))).result(), "0000");
}

#[test]
fn a_newcomer_is_helped() {
    let (fine, help) = output(&["--help"]);
    assert!(fine && help.contains("모의 단말기") && help.contains("Examples:"), "{help}");
    let (fine, magic) = output(&["--magic"]);
    assert!(fine && magic.lines().count() == danmal_simulator::MAGIC.len(), "{magic}");
    let (fine, faults) = output(&["--list-faults"]);
    assert!(fine && faults.contains("cutReply") && faults.contains("so many bytes"), "{faults}");
    for (arguments, part) in [
        (&["--listen", "127.0.0.1:9100"][..], "tcp://IP:PORT"),
        (&["--listen", "tcp://127.0.0.1:0", "--time-scale=-1"], "time-scale"),
        (&["--fault-rate", "0.1"], "--seed"),
        (&["--seed", "1", "--fault-rate", "3"], "from 0 to 1"),
        (&["--faults", "[{on: {reply: aprove}, do: loseReply}]"], "line 1 column"),
        (&["--faults", "@/nowhere"], "/nowhere"),
        (&["--scenario", "/nowhere.yaml"], "/nowhere.yaml"),
    ] {
        let (fine, text) = output(arguments);
        assert!(!fine && text.contains(part), "{arguments:?}: {text}");
    }
}

const CANCELLED: &str = "CPOS-00000000-0000-4000-8000-0000000000ca";

/// A terminal in a shop keeps its last transaction while it is switched off: a till that asks afterwards must not
/// hear that what was charged is not there.
#[test]
fn what_was_charged_is_still_shown_after_the_program_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("till").join("terminal.state");
    let path = file.to_str().unwrap();
    let start = |more: &[&str]| {
        let arguments = ["--listen", "tcp://127.0.0.1:0", "--time-scale", "0", "--control", "stdio"];
        let mut running = Running::start(&[&arguments[..], &["--state", path], more].concat());
        let client = connect(&running.after("listening on tcp://"));
        let said = running.after(&format!("state in {path} "));
        (running, client, said)
    };
    let (running, mut client, said) = start(&[]);
    assert_eq!(said, "(no transaction yet)");
    let approved = ask(&mut client, &frame("010010", &sale(PTXID, 500)));
    assert_eq!(approved.result(), "0000");
    drop(running);
    let (mut running, mut client, said) = start(&[]);
    assert!(said.starts_with("(1 transaction of earlier runs"), "{said}");
    let shown = ask(&mut client, b"0006990001");
    assert_eq!((shown.ptxid(), shown.result()), (PTXID, "0000"));
    // The ledger is there too: the sale can be cancelled, once, and totals count it.
    let ledger = running.command(&json!({"do": "ledger", "ptxid": PTXID}));
    assert_eq!(ledger["captured"], json!(1));
    let of = &approved.body["data"];
    let cancellation = json!({
        "approvalAmt": 500, "approvalNo": of["approvalNo"], "transactionDate": of["transactionDate"],
        "transactionNo": of["transactionNo"], "ptxid": CANCELLED,
    });
    assert_eq!(ask(&mut client, &frame("010020", &cancellation)).result(), "0000");
    drop(running);
    // A line that was being written when the program was killed is left out.
    let mut torn = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
    torn.write_all(br#"{"entry":[7,{"ptx"#).unwrap();
    let (mut running, mut client, _) = start(&[]);
    assert_eq!(ask(&mut client, b"0006990001").ptxid(), CANCELLED);
    let mut again = cancellation.clone();
    again["ptxid"] = json!("CPOS-again");
    assert_eq!(ask(&mut client, &frame("010020", &again)).result(), "8351");
    let ledger = running.command(&json!({"do": "ledger"}));
    assert_eq!(ledger["net"], json!(0));
    // Who uses the file already is not disturbed.
    let (fine, text) = output(&["--listen", "tcp://127.0.0.1:0", "--state", path]);
    assert!(!fine && text.contains("another danmal-simulator keeps its state there"), "{text}");
    drop(running);
    let (running, mut client, said) = start(&["--fresh"]);
    assert_eq!(said, "(begun anew)");
    assert_ne!(ask(&mut client, b"0006990001").ptxid(), CANCELLED);
    drop(running);
    std::fs::write(&file, "something else\n").unwrap();
    let (fine, text) = output(&["--listen", "tcp://127.0.0.1:0", "--state", path]);
    assert!(!fine && text.contains("no state of danmal-simulator") && text.contains("--fresh"), "{text}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "something else\n", "it is left alone");
}

#[test]
fn an_address_has_a_state_of_its_own_and_a_free_port_has_none() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = format!("tcp://{free}");
    for (run, said) in ["(no transaction yet)", "(1 transaction of earlier runs; --fresh begins anew)"]
        .into_iter()
        .enumerate()
    {
        let mut running = Running::start(&["--listen", &address, "--time-scale", "0"]);
        let mut client = connect(&running.after("listening on tcp://"));
        let line = running.after("state in ");
        assert!(line.ends_with(said), "{line}");
        if run == 0 {
            assert_eq!(ask(&mut client, &frame("010010", &sale(PTXID, 500))).result(), "0000");
        } else {
            let path = line.split(" (").next().unwrap();
            drop(running);
            std::fs::remove_file(path).unwrap();
        }
    }
    let mut running = Running::start(&["--listen", "tcp://127.0.0.1:0", "--time-scale", "0", "--verbose"]);
    let mut client = connect(&running.after("listening on tcp://"));
    assert_eq!(ask(&mut client, &frame("010010", &sale(PTXID, 500))).result(), "0000");
    assert!(running.line().contains("client 1 connected"), "no state is spoken of");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", held.local_addr().unwrap());
    let (fine, text) = output(&["--listen", &address]);
    assert!(!fine && text.contains(&address), "{text}");
}
