//! The terminal: a screen, one transaction at a time, the last one remembered.

mod answers;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use danmal_wire::{Code, EncodeRules, FrameDecoder, Request, Response};

use crate::host::Host;
use crate::magic::{Behaviour, behaviour};
use answers::{answer, transaction};

/// Names a connection.
pub type Connection = u32;

/// What comes out of a terminal.
#[derive(Debug)]
pub enum Output {
    /// Bytes for a connection.
    Bytes(Connection, Vec<u8>),
    /// A connection is cut without a farewell.
    Cut(Connection),
}

/// How long people and machines take.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Until the card is in.
    pub card: Duration,
    /// Until the customer has signed.
    pub signature: Duration,
    /// How long the host takes.
    pub host: Duration,
    /// How long a signature is waited for. 30 s on a real terminal.
    pub signature_limit: Duration,
    /// From which amount a signature is asked, won.
    pub signature_from: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            card: Duration::from_millis(400),
            signature: Duration::from_millis(600),
            host: Duration::from_millis(200),
            signature_limit: Duration::from_secs(30),
            signature_from: 10_000,
        }
    }
}

impl Settings {
    /// All durations times one factor.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            card: self.card.mul_f64(factor),
            signature: self.signature.mul_f64(factor),
            host: self.host.mul_f64(factor),
            signature_limit: self.signature_limit.mul_f64(factor),
            signature_from: self.signature_from,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Card,
    Signature,
    Host,
}

/// The transaction on the screen.
struct Running {
    connection: Connection,
    code: Code,
    request: Request,
    ptxid: String,
    amount: i64,
    behaviour: Behaviour,
    stage: Stage,
    due: Duration,
}

/// A virtual terminal. Time is an input; the same inputs give the same bytes.
pub struct Terminal {
    settings: Settings,
    host: Host,
    next: Connection,
    connections: BTreeMap<Connection, FrameDecoder>,
    running: Option<Running>,
    last: Option<Response>,
    reverse_on_confirm: Option<String>,
    lose_confirmation: bool,
    printed: Vec<String>,
    out: VecDeque<Output>,
    now: Duration,
}

impl Terminal {
    /// A terminal that has just been switched on.
    #[must_use]
    pub fn new(settings: Settings, host: Host) -> Self {
        Self {
            settings,
            host,
            next: 0,
            connections: BTreeMap::new(),
            running: None,
            last: Some(answers::yesterday()),
            reverse_on_confirm: None,
            lose_confirmation: false,
            printed: Vec::new(),
            out: VecDeque::new(),
            now: Duration::ZERO,
        }
    }

    /// The ledger behind it.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// What was printed, a line each.
    #[must_use]
    pub fn printed(&self) -> &[String] {
        &self.printed
    }

    /// A client connects.
    pub fn connect(&mut self) -> Connection {
        self.next += 1;
        self.connections.insert(self.next, FrameDecoder::for_requests(Default::default()));
        self.next
    }

    /// A client is gone. What runs goes on: the bytes of a broken connection are still executed.
    pub fn disconnect(&mut self, connection: Connection) {
        self.connections.remove(&connection);
    }

    /// Bytes of a client.
    pub fn receive(&mut self, connection: Connection, bytes: &[u8], now: Duration) {
        self.now = now;
        let Some(decoder) = self.connections.get_mut(&connection) else { return };
        decoder.push(bytes);
        loop {
            let Some(decoder) = self.connections.get_mut(&connection) else { return };
            match decoder.next() {
                Some(Ok(frame)) => match Request::decode(&frame) {
                    Ok(request) => self.request(connection, frame.code(), request),
                    Err(_) => self.send(connection, &Response::new(frame.code(), "9990", "전문 오류")),
                },
                Some(Err(error)) if error.is_fatal() => return self.cut(connection),
                Some(Err(_)) => {}
                None => return,
            }
        }
    }

    /// The next thing that comes out.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When something happens by itself.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        self.running.as_ref().map(|running| running.due)
    }

    /// Time has passed.
    pub fn advance(&mut self, now: Duration) {
        self.now = now;
        while self.running.as_ref().is_some_and(|running| now >= running.due) {
            if let Some(running) = self.running.take() {
                self.go_on(running);
            }
        }
    }

    fn send(&mut self, connection: Connection, response: &Response) {
        if !self.connections.contains_key(&connection) {
            return;
        }
        let mut response = response.clone();
        response.extra.insert("simulator".to_owned(), "danmal".into());
        if let Ok(bytes) = response.encode(&EncodeRules::default()) {
            self.out.push_back(Output::Bytes(connection, bytes.to_vec()));
        }
    }

    fn cut(&mut self, connection: Connection) {
        if self.connections.remove(&connection).is_some() {
            self.out.push_back(Output::Cut(connection));
        }
    }

    fn request(&mut self, connection: Connection, code: Code, request: Request) {
        match code {
            Code::LastTransaction => {
                let mut last = self.last.clone().unwrap_or_else(|| Response::new(code, "", ""));
                last.code = code;
                self.send(connection, &last);
            }
            Code::Confirm => self.confirm(connection),
            Code::StopCard | Code::StopEasyPay | Code::StopCashReceipt => self.stop(connection, code),
            Code::Abort => self.abort(connection),
            code if code.is_money() => self.begin(connection, code, request),
            _ => {
                if let Request::Print(print) = &request {
                    self.printed.push(format!("{} commands", print.commands.len()));
                }
                self.send(connection, &answers::query(&self.host, code, &request));
            }
        }
    }

    fn confirm(&mut self, connection: Connection) {
        if std::mem::take(&mut self.lose_confirmation) {
            return self.cut(connection);
        }
        self.send(connection, &Response::new(Code::Confirm, "0000", "end of transmission"));
        if let Some(ptxid) = self.reverse_on_confirm.take() {
            self.host.reverse(&ptxid);
            if let Some(last) = &mut self.last {
                last.result_code = "8003".into();
                last.result_message = "망취소".into();
            }
        }
    }

    fn stop(&mut self, connection: Connection, code: Code) {
        let fits = |running: &Running| {
            running.stage == Stage::Card
                && matches!(
                    (running.code, code),
                    (Code::CardApproval | Code::CardCancellation, Code::StopCard)
                        | (Code::EasyPayApproval | Code::EasyPayCancellation, Code::StopEasyPay)
                        | (Code::CashReceiptIssue | Code::CashReceiptCancellation, Code::StopCashReceipt)
                )
        };
        match self.running.take_if(|running| fits(running)) {
            Some(running) => {
                let ptxid = running.ptxid.clone();
                self.send(connection, &answers::stopped(code, "0000", "완료", &ptxid));
                self.refuse(&running, "9999", "사용자 취소");
            }
            None => {
                let ptxid = self.running.as_ref().map(|running| running.ptxid.clone()).unwrap_or_default();
                self.send(connection, &answers::stopped(code, "9991", "unable to proceed", &ptxid));
            }
        }
    }

    fn abort(&mut self, connection: Connection) {
        match self.running.take_if(|running| running.stage != Stage::Host) {
            Some(running) => {
                self.send(connection, &Response::new(Code::Abort, "9999", "사용자 취소"));
                self.refuse(&running, "9999", "사용자 취소");
            }
            None => {
                let message = "처리중 입니다. 작업을 취소할 수 없습니다.";
                self.send(connection, &Response::new(Code::Abort, "0001", message));
            }
        }
    }

    fn begin(&mut self, connection: Connection, code: Code, request: Request) {
        let ptxid = request.ptxid().unwrap_or_default().to_owned();
        if self.running.is_some() {
            return self.send(connection, &answer(code, "0001", "처리중 입니다", &ptxid));
        }
        let amount = answers::amount(&request);
        // Only sales misbehave by their amount: a cancellation of one of them is an ordinary one.
        let sale = matches!(code, Code::CardApproval | Code::EasyPayApproval | Code::CashReceiptIssue);
        let behaviour = if sale { behaviour(amount) } else { Behaviour::Approve };
        if behaviour == Behaviour::LoseRequest {
            return self.cut(connection);
        }
        let pace = if behaviour == Behaviour::Slow { 10 } else { 1 };
        let due = self.now + self.settings.card * pace;
        self.running =
            Some(Running { connection, code, request, ptxid, amount, behaviour, stage: Stage::Card, due });
    }

    /// The next moment of the transaction on the screen.
    fn go_on(&mut self, mut running: Running) {
        let pace = if running.behaviour == Behaviour::Slow { 10 } else { 1 };
        match (running.stage, running.behaviour) {
            (Stage::Card, Behaviour::CustomerCancels) => self.refuse(&running, "9999", "사용자 취소"),
            (Stage::Card, Behaviour::CardRemoved) => self.refuse(&running, "5007", "카드가 제거되었습니다"),
            (Stage::Card, behaviour) => {
                let card = matches!(running.code, Code::CardApproval | Code::CardCancellation);
                let timeout = behaviour == Behaviour::SignatureTimeout;
                if card && (timeout || running.amount >= self.settings.signature_from) {
                    let wait = answer(running.code, "0010", "서명대기", &running.ptxid);
                    self.send(running.connection, &wait);
                    running.stage = Stage::Signature;
                    let limit = if timeout { self.settings.signature_limit } else { self.settings.signature };
                    running.due += limit * pace;
                } else {
                    running.stage = Stage::Host;
                    running.due += self.settings.host * pace;
                }
                self.running = Some(running);
            }
            (Stage::Signature, Behaviour::SignatureTimeout) => self.refuse(&running, "9999", "서명시간초과"),
            (Stage::Signature, _) => {
                running.stage = Stage::Host;
                running.due += self.settings.host * pace;
                self.running = Some(running);
            }
            (Stage::Host, Behaviour::Decline) => self.refuse(&running, "8324", "한도초과"),
            (Stage::Host, Behaviour::UnknownCode) => self.refuse(&running, "7421", "기타 오류"),
            (Stage::Host, _) => self.capture(&running),
        }
    }

    fn refuse(&mut self, running: &Running, code: &str, message: &str) {
        let response = answer(running.code, code, message, &running.ptxid);
        self.last = Some(response.clone());
        self.send(running.connection, &response);
    }

    /// The host is asked, and answers.
    fn capture(&mut self, running: &Running) {
        let amount = running.amount - i64::from(running.behaviour == Behaviour::OtherAmount);
        let code = running.code.as_str();
        let approval_no = match answers::cancels(&running.request) {
            Some((sale, approval_no)) => {
                match self.host.cancel(&running.ptxid, code, sale, &approval_no, running.amount) {
                    Some(number) => number,
                    None => return self.refuse(running, "8350", "원거래 없음"),
                }
            }
            None => self.host.capture(&running.ptxid, code, amount),
        };
        let response = transaction(running.code, &running.request, &running.ptxid, amount, &approval_no);
        if running.code.is_transaction() {
            self.last = Some(response.clone());
        }
        match running.behaviour {
            Behaviour::LoseReply => return self.cut(running.connection),
            Behaviour::Duplicate => self.send(running.connection, &response),
            Behaviour::ReverseLater => self.reverse_on_confirm = Some(running.ptxid.clone()),
            Behaviour::LoseConfirmation => self.lose_confirmation = true,
            Behaviour::Garbage => {
                self.out.push_back(Output::Bytes(running.connection, b"\x02??\x03".to_vec()));
            }
            Behaviour::WrongPtxid => {
                let other = transaction(running.code, &running.request, "CPOS-other", amount, &approval_no);
                return self.send(running.connection, &other);
            }
            _ => {}
        }
        self.send(running.connection, &response);
    }
}
