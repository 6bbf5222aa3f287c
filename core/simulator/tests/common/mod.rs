//! A till of raw bytes for the tests, in virtual time. It knows nothing of the SDK and trusts no codec: it
//! writes its requests and reads the answers by hand.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses a part of it")]

use std::time::Duration;

use danmal_simulator::{ConnectionId, Fault, Host, Output, Plan, Rule, Settings, Terminal};
use serde_json::{Value, json};

pub const PTXID: &str = "CPOS-11111111-2222-3333-4444-555555555555";

/// What a client has received.
#[derive(Debug, Clone, PartialEq)]
pub enum Got {
    Bytes(Duration, ConnectionId, Vec<u8>),
    Closed(Duration, ConnectionId, bool),
    Unplugged,
}

/// A terminal and its clients.
pub struct Rig {
    pub terminal: Terminal,
    pub host: Host,
    pub now: Duration,
    pub client: ConnectionId,
    pub got: Vec<Got>,
}

/// A frame as it came: its code and its body.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub at: Duration,
    pub code: String,
    pub body: Value,
}

impl Answer {
    pub fn result(&self) -> &str {
        self.body["resultCode"].as_str().unwrap_or("")
    }

    pub fn data(&self, field: &str) -> &Value {
        &self.body["data"][field]
    }

    pub fn ptxid(&self) -> &str {
        self.data("ptxid").as_str().unwrap_or("")
    }
}

impl Rig {
    pub fn new() -> Self {
        Self::with(Settings { magic: false, ..Settings::default() }, Plan::default())
    }

    pub fn rules(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self::with(Settings { magic: false, ..Settings::default() }, Plan::of(rules))
    }

    pub fn with(settings: Settings, plan: Plan) -> Self {
        let host = Host::new();
        let mut terminal = Terminal::new(settings, host.clone()).with_plan(plan);
        let client = terminal.connect(Duration::ZERO);
        let mut rig = Self { terminal, host, now: Duration::ZERO, client, got: Vec::new() };
        rig.take();
        rig
    }

    fn take(&mut self) {
        while let Some(output) = self.terminal.poll_output() {
            self.got.push(match output {
                Output::Bytes { connection, bytes } => Got::Bytes(self.now, connection, bytes),
                Output::Close { connection, reset } => Got::Closed(self.now, connection, reset),
                Output::Unplugged => Got::Unplugged,
            });
        }
    }

    pub fn connect(&mut self) -> ConnectionId {
        self.client = self.terminal.connect(self.now);
        self.take();
        self.client
    }

    pub fn disconnect(&mut self) {
        self.terminal.disconnect(self.client, self.now);
        self.take();
    }

    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.terminal.receive(self.client, bytes, self.now);
        self.take();
    }

    pub fn send(&mut self, code: &str, body: Value) {
        self.send_raw(&frame(code, &body));
    }

    pub fn ask(&mut self, code: &str) {
        self.send_raw(format!("0006{code}").as_bytes());
    }

    pub fn inject(&mut self, fault: Fault) {
        self.terminal.inject(fault, self.now);
        self.take();
    }

    /// Lets time pass, step by step, so that what comes out has its own time.
    pub fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.terminal.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.terminal.advance(self.now);
            self.take();
        }
        self.now = end;
        self.terminal.advance(end);
        self.take();
    }

    /// Lets time pass until nothing more is to happen.
    pub fn rest(&mut self) {
        while let Some(due) = self.terminal.poll_timeout() {
            let span = due.saturating_sub(self.now);
            self.pass(span);
        }
    }

    /// The whole sale: request, time until the answer is there.
    pub fn sale(&mut self, amount: i64) {
        self.send("010010", sale(PTXID, amount));
        self.rest();
    }

    /// The bytes that the present client has received.
    pub fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for got in &self.got {
            match got {
                Got::Bytes(_, connection, bytes) if *connection == self.client => all.extend(bytes),
                _ => {}
            }
        }
        all
    }

    /// How the connection of the present client was closed, if it was.
    pub fn closed(&self) -> Option<bool> {
        self.closed_of(self.client)
    }

    pub fn closed_of(&self, client: ConnectionId) -> Option<bool> {
        self.got.iter().find_map(|got| match got {
            Got::Closed(_, connection, reset) if *connection == client => Some(*reset),
            _ => None,
        })
    }

    /// The whole answers of the present client, which must be nothing but whole answers. Takes them.
    pub fn answers(&mut self) -> Vec<Answer> {
        let got = std::mem::take(&mut self.got);
        let mut answers = Vec::new();
        for got in got {
            if let Got::Bytes(at, connection, bytes) = got
                && connection == self.client
            {
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    let (answer, behind) = split(at, rest);
                    answers.push(answer);
                    rest = behind;
                }
            }
        }
        answers
    }

    /// The only answer.
    pub fn answer(&mut self) -> Answer {
        let mut answers = self.answers();
        assert_eq!(answers.len(), 1, "{answers:?}");
        answers.remove(0)
    }

    /// Asks a question without a body and gives its answer.
    pub fn question(&mut self, code: &str) -> Answer {
        self.got.clear();
        self.ask(code);
        self.answer()
    }

    /// What 990001 shows: the result code and the ptxid.
    pub fn last(&mut self) -> (String, String) {
        let answer = self.question("990001");
        assert_eq!(answer.code, "990001");
        (answer.result().to_owned(), answer.ptxid().to_owned())
    }
}

/// Splits the first frame off: four digits that count the code and the body's bytes.
pub fn split(at: Duration, bytes: &[u8]) -> (Answer, &[u8]) {
    let digits = std::str::from_utf8(&bytes[..4]).unwrap();
    let length: usize = digits.parse().unwrap_or_else(|_| panic!("length {digits}"));
    let (frame, rest) = bytes[4..].split_at(length);
    let (code, body) = frame.split_at(6);
    assert!(body.is_ascii(), "everything is escaped");
    let body = serde_json::from_slice(body).unwrap();
    (Answer { at, code: String::from_utf8(code.to_vec()).unwrap(), body }, rest)
}

pub fn frame(code: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!("{:04}{code}{body}", body.len() + 6).into_bytes()
}

pub fn sale(ptxid: &str, amount: i64) -> Value {
    json!({"priceAmt": amount, "taxAmt": 0, "tipAmt": 0, "taxFreeAmt": 0, "installment": 0, "ptxid": ptxid})
}

/// A cancellation with the raw fields of an approval.
pub fn cancellation(ptxid: &str, approval: &Answer) -> Value {
    json!({
        "approvalAmt": approval.data("approvalAmt"),
        "approvalNo": approval.data("approvalNo"),
        "transactionDate": approval.data("transactionDate"),
        "transactionNo": approval.data("transactionNo"),
        "ptxid": ptxid,
    })
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
