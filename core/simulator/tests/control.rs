//! The control port, as a test in another language uses it.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use common::{PTXID, frame, sale, seconds, split};
use danmal_simulator::{Control, Server, Settings};
use serde_json::{Value, json};

/// A control port on a runtime of its own, and a way to ask it.
struct Port(std::net::SocketAddr);

impl Port {
    fn open() -> Self {
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
                send.send(listener.local_addr().unwrap()).unwrap();
                Control::new().listen(listener).await.unwrap();
            });
        });
        Self(receive.recv().unwrap())
    }

    fn ask(&self, command: &Value) -> Value {
        self.ask_raw(&command.to_string())
    }

    fn ask_raw(&self, line: &str) -> Value {
        let mut stream = TcpStream::connect(self.0).unwrap();
        stream.set_read_timeout(Some(seconds(20))).unwrap();
        stream.write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        serde_json::from_slice(&answer).unwrap()
    }

    fn ok(&self, command: Value) -> Value {
        let answer = self.ask(&command);
        assert_eq!(answer["ok"], true, "{command}: {answer}");
        answer
    }

    fn terminal(&self, settings: Value) -> (u64, TcpStream) {
        let opened = self.ok(json!({"do": "open", "settings": settings}));
        (opened["terminal"].as_u64().unwrap(), connect(&opened["address"]))
    }
}

fn connect(address: &Value) -> TcpStream {
    let stream = TcpStream::connect(address.as_str().unwrap().strip_prefix("tcp://").unwrap()).unwrap();
    stream.set_read_timeout(Some(seconds(20))).unwrap();
    stream
}

fn ask(client: &mut TcpStream, request: &[u8]) -> common::Answer {
    client.write_all(request).unwrap();
    let mut length = [0; 4];
    client.read_exact(&mut length).unwrap();
    let mut bytes = vec![0; std::str::from_utf8(&length).unwrap().parse().unwrap()];
    client.read_exact(&mut bytes).unwrap();
    split(Duration::ZERO, &[&length[..], &bytes].concat()).0
}

#[test]
fn terminals_are_opened_looked_into_and_closed() {
    let port = Port::open();
    let (number, mut client) = port.terminal(json!({"timeScale": 0}));
    assert_eq!(number, 1);
    let (other, _) = port.terminal(json!({}));
    assert_eq!(other, 2);
    assert_eq!(ask(&mut client, &frame("010010", &sale(PTXID, 500))).result(), "0000");
    let ledger = port.ok(json!({"do": "ledger", "id": "x"}));
    assert_eq!((&ledger["net"], &ledger["id"]), (&json!(500), &json!("x")));
    let entry = &ledger["entries"][0];
    assert_eq!(
        (&entry["ptxid"], &entry["code"], &entry["state"]),
        (&json!(PTXID), &json!("010010"), &json!("captured"))
    );
    let one = port.ok(json!({"do": "ledger", "ptxid": PTXID}));
    assert_eq!((&one["captured"], &one["reversed"], &one["performed"]), (&json!(1), &json!(0), &json!(1)));
    assert_eq!(port.ok(json!({"do": "ledger", "terminal": 2}))["entries"], json!([]));
    let received = port.ok(json!({"do": "received"}));
    assert_eq!(received["requests"][0]["code"], "010010");
    assert_eq!(received["requests"][0]["ptxid"], PTXID);
    let events = port.ok(json!({"do": "events"}))["events"].to_string();
    assert!(events.contains("captured 500 won"), "{events}");
    assert_eq!(port.ok(json!({"do": "events"}))["events"], json!([]), "once");
    assert_eq!(port.ok(json!({"do": "screen"}))["screen"], "idle");
    assert_eq!(port.ok(json!({"do": "terminals"}))["terminals"].as_array().unwrap().len(), 2);
    assert_eq!(port.ok(json!({"do": "magic"}))["magic"][0]["amount"], 1_004);
    port.ok(json!({"do": "close"}));
    assert_eq!(port.ask(&json!({"do": "ledger"}))["ok"], false);
    assert!(matches!(client.read(&mut [0; 8]), Ok(0) | Err(_)));
}

#[test]
fn faults_and_settings_are_given_to_a_terminal_that_runs() {
    let port = Port::open();
    let (_, mut client) = port.terminal(json!({"timeScale": 0}));
    port.ok(json!({"do": "faults", "rules": [
        {"on": {"request": "approve"}, "do": {"decline": {"code": "8324", "message": "한도초과"}}},
    ]}));
    assert_eq!(ask(&mut client, &frame("010010", &sale("A", 500))).result(), "8324");
    assert_eq!(ask(&mut client, &frame("010010", &sale("B", 500))).result(), "0000");
    port.ok(json!({"do": "inject", "fault": {"otherSale": {"amount": 4500}}}));
    assert_eq!(ask(&mut client, b"0006990001").data("approvalAmt"), 4_500);
    port.ok(json!({"do": "settings", "settings": {"timeScale": 0, "dialect": {"numbersAsText": true}}}));
    assert_eq!(ask(&mut client, &frame("010010", &sale("C", 500))).data("approvalAmt"), "500");
    let check = json!({"captured": 3, "declined": 1, "net": 5_000, "of": {"b": {"captured": 1}, "a": {"captured": 1}}});
    let wrong = port.ok(json!({"do": "check", "ledger": check, "names": {"a": "A", "b": "B"}}));
    assert_eq!(
        wrong["wrong"],
        json!(["a captured: 1 expected, 0 found", "net: 5000 won expected, 5500 found"])
    );
    port.ok(json!({"do": "inject", "fault": {"cut": {"reset": false}}}));
    assert!(matches!(client.read(&mut [0; 8]), Ok(0)));
}

#[test]
fn a_reset_is_a_new_terminal_under_the_same_address() {
    let port = Port::open();
    let opened = port.ok(json!({"do": "open", "settings": {"timeScale": 0}}));
    let mut client = connect(&opened["address"]);
    assert_eq!(ask(&mut client, &frame("010010", &sale(PTXID, 500))).result(), "0000");
    port.ok(json!({"do": "reset"}));
    assert!(matches!(client.read(&mut [0; 8]), Ok(0) | Err(_)), "who was connected is cut off");
    let mut client = connect(&opened["address"]);
    assert_ne!(ask(&mut client, b"0006990001").ptxid(), PTXID);
    assert_eq!(port.ok(json!({"do": "ledger"}))["entries"], json!([]));
    let scenario =
        "name: busy\nterminal: {timeScale: 0}\nfaults: [{on: {request: approve}, do: busy}]\nsteps: []\n";
    port.ok(json!({"do": "reset", "scenario": scenario}));
    let mut client = connect(&opened["address"]);
    assert_eq!(ask(&mut client, &frame("010010", &sale(PTXID, 500))).result(), "0001");
    port.ok(json!({"do": "reset", "seed": 7, "rate": 1.0}));
}

#[test]
fn paper_is_read() {
    let port = Port::open();
    let (_, mut client) = port.terminal(json!({"timeScale": 0}));
    let print = json!({"fontFamily": "f", "alert": false, "commands": [
        {"command": "left", "fontSize": 20, "message": ["영수증"]}, {"command": "line"},
    ]});
    assert_eq!(ask(&mut client, &frame("900091", &print)).result(), "0000");
    let papers = port.ok(json!({"do": "papers"}));
    assert_eq!(papers["papers"][0]["lines"][0], "영수증");
    assert!(papers["papers"][0]["text"].as_str().unwrap().starts_with("영수증\n---"));
}

#[test]
fn what_is_wrong_is_said() {
    let port = Port::open();
    for (command, part) in [
        ("no json", "no JSON"),
        (r#"{"do":"dance"}"#, "unknown variant `dance`"),
        (r#"{"do":"ledger"}"#, "no such terminal"),
        (r#"{"do":"ledger","terminl":1}"#, "unknown field `terminl`"),
        (r#"{"do":"open","settings":{"timescale":1}}"#, "unknown field `timescale`"),
        (r#"{"do":"open","scenario":"name: x\nstep: []"}"#, "unknown field `step`"),
        (r#"{"do":"open","scenario":"name: x\nsteps: []","seed":1}"#, "give it alone"),
        (r#"{"do":"open","faults":[{"on":{"reply":"approve"},"do":"noCard"}]}"#, "acts on a request"),
        (
            r#"{"do":"open","faults":[{"on":{"reply":"approve","request":"any"},"do":"loseReply"}]}"#,
            "exactly one",
        ),
    ] {
        let answer = port.ask_raw(command);
        assert_eq!(answer["ok"], false, "{command}");
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(part), "{command}: {error}");
    }
    assert!(Settings::default().magic);
}
