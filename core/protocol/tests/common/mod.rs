//! A till with a session in it, on virtual time, and a terminal that says what the test tells it to.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses a part of it")]

use std::collections::VecDeque;
use std::time::Duration;

use danmal_model::{
    Alarm, Amounts, ApprovalReference, ErrorCode, Event, EventCode, Fact, Intent, JournalId, Kind, Outcome,
    Profile, Ptxid, Record, Verdict,
};
use danmal_protocol::{
    CallId, CommitId, Input, Line, Now, OpenIntent, Order, Output, Session, Setup, code_of,
};
use danmal_wire::{
    ApprovalRequest, CancellationRequest, Code, EncodeRules, FrameDecoder, Request, Response,
    TaxRefundRequest, encode_json,
};
use jiff::Timestamp;

pub const JOURNAL: u64 = 0x0123_4567_89ab;

/// What happens to a record that a session wants kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// It is kept at once.
    Works,
    /// It is full.
    Full,
    /// It says nothing until the test does.
    Slow,
}

pub struct Till {
    pub session: Session,
    pub now: Duration,
    pub disk: Disk,
    pub reachable: bool,
    pub rows: Vec<Record>,
    pub held_commits: VecDeque<(CommitId, Record)>,
    pub sent: VecDeque<(Code, String)>,
    pub all_sent: Vec<Code>,
    pub outcomes: Vec<Outcome>,
    pub resolutions: Vec<(Ptxid, Option<Outcome>, Option<Verdict>)>,
    pub events: Vec<Event>,
    pub done: Vec<(u64, Result<(), ErrorCode>)>,
    pub answers: Vec<(u64, Result<Response, ErrorCode>)>,
    pub forgotten: Vec<Ptxid>,
    pub reinstated: Vec<Ptxid>,
    pub connections: u32,
    pub disconnects: u32,
    pub closed: bool,
    decoder: FrameDecoder,
    count: u32,
}

pub fn setup(profile: Profile) -> Setup {
    Setup {
        terminal: "tcp://127.0.0.1:9".to_owned(),
        profile,
        line: Line::Stream,
        simulated_address: true,
        simulated_journal: true,
        journal: JournalId::new(JOURNAL),
        digest_key: [1, 2],
        open: Vec::new(),
        unsettled_stop: None,
        safe_mode: None,
    }
}

pub fn wall(now: Duration) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + now.as_secs() as i64).unwrap()
}

pub fn intent(count: u32, kind: Kind, amount: i64) -> Intent {
    Intent {
        ptxid: Ptxid::new(JournalId::new(JOURNAL), count, 0),
        simulated: true,
        ..Intent::asked(kind, "tcp://127.0.0.1:9", Amounts::won(amount), wall(Duration::ZERO))
    }
}

impl Till {
    pub fn new() -> Self {
        Self::with(setup(Profile::simulator()))
    }

    pub fn with_profile(change: impl FnOnce(&mut Profile)) -> Self {
        let mut profile = Profile::simulator();
        change(&mut profile);
        Self::with(setup(profile))
    }

    pub fn with(setup: Setup) -> Self {
        Self::starting(setup, true)
    }

    pub fn starting(setup: Setup, reachable: bool) -> Self {
        let now = Duration::from_secs(1000);
        let session = Session::new(setup, Now { mono: now, wall: wall(now) });
        let mut till = Self {
            session,
            now,
            disk: Disk::Works,
            reachable,
            rows: Vec::new(),
            held_commits: VecDeque::new(),
            sent: VecDeque::new(),
            all_sent: Vec::new(),
            outcomes: Vec::new(),
            resolutions: Vec::new(),
            events: Vec::new(),
            done: Vec::new(),
            answers: Vec::new(),
            forgotten: Vec::new(),
            reinstated: Vec::new(),
            connections: 0,
            disconnects: 0,
            closed: false,
            decoder: FrameDecoder::for_answers(Default::default()),
            count: 100,
        };
        till.settle();
        till
    }

    pub fn input(&mut self, input: Input) {
        let now = Now { mono: self.now, wall: wall(self.now) };
        self.session.handle(input, now);
        self.settle();
    }

    fn settle(&mut self) {
        let mut rounds = 0;
        while let Some(output) = self.session.poll() {
            rounds += 1;
            assert!(rounds < 10_000, "the session never comes to rest");
            let now = Now { mono: self.now, wall: wall(self.now) };
            match output {
                Output::Connect => {
                    if self.reachable {
                        self.connections += 1;
                        self.decoder.reset();
                        self.session.handle(Input::Connected, now);
                    } else {
                        let detail = "connection refused".to_owned();
                        self.session.handle(Input::ConnectFailed { detail }, now);
                    }
                }
                Output::Disconnect => self.disconnects += 1,
                Output::Send { code, bytes } => {
                    self.all_sent.push(code);
                    self.sent.push_back((code, String::from_utf8(bytes.to_vec()).unwrap()));
                }
                Output::Commit { id, record } => match self.disk {
                    Disk::Works => {
                        self.rows.push(*record);
                        self.session.handle(Input::Committed(id), now);
                    }
                    Disk::Full => {
                        let detail = "disk full".to_owned();
                        self.session.handle(Input::CommitFailed { id, detail }, now);
                    }
                    Disk::Slow => self.held_commits.push_back((id, *record)),
                },
                Output::Event(event) => self.events.push(*event),
                Output::Outcome(outcome) => self.outcomes.push(*outcome),
                Output::Resolution { ptxid, outcome, verdict } => {
                    self.resolutions.push((ptxid, outcome.map(|o| *o), verdict));
                }
                Output::Reinstated(intent) => self.reinstated.push(intent.ptxid),
                Output::Forget(ptxid) => self.forgotten.push(ptxid),
                Output::Answer { call, result } => {
                    self.answers.push((call.0, result.map(|r| *r).map_err(|e| e.code)));
                }
                Output::Done { call, result } => self.done.push((call.0, result.map_err(|e| e.code))),
                Output::Closed => self.closed = true,
            }
        }
    }

    /// The disk, which was slow, keeps everything that waits.
    pub fn disk_catches_up(&mut self) {
        while let Some((id, record)) = self.held_commits.pop_front() {
            self.rows.push(record);
            self.input(Input::Committed(id));
        }
    }

    /// Lets time pass, stopping at every deadline of the session on the way.
    pub fn pass(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
        let mut ticks = 0;
        while let Some(due) = self.session.deadline() {
            if due > end {
                break;
            }
            ticks += 1;
            assert!(ticks < 10_000, "the session spins: {:?} due at {due:?}", self.session.phase());
            self.now = self.now.max(due);
            self.input(Input::Tick);
        }
        self.now = end;
        self.input(Input::Tick);
    }

    pub fn answer(&mut self, code: Code, json: &str) {
        let bytes = encode_json(code, Some(json), &EncodeRules::default()).unwrap();
        self.decoder.push(&bytes);
        while let Some(frame) = self.decoder.next() {
            self.input(Input::Frame(frame.unwrap()));
        }
    }

    pub fn begin(&mut self, kind: Kind, amount: i64) -> Ptxid {
        self.count += 1;
        self.begin_intent(intent(self.count, kind, amount))
    }

    pub fn begin_intent(&mut self, intent: Intent) -> Ptxid {
        let ptxid = intent.ptxid;
        let wire = intent.wire_ptxid.unwrap_or(ptxid).as_str().into();
        let amount = intent.amounts.amount;
        let request = match intent.kind {
            Kind::CardCancellation => {
                let of = intent.reference.clone().unwrap_or_default();
                Request::CardCancellation(CancellationRequest {
                    approval_amt: of.approval_amt,
                    approval_no: of.approval_no.as_str().into(),
                    transaction_date: of.transaction_date.as_str().into(),
                    transaction_no: of.transaction_no.as_str().into(),
                    ptxid: wire,
                })
            }
            Kind::TaxRefundCancellation => Request::TaxRefundCancellation(TaxRefundRequest {
                tax_refund_serial: "80103750224020100017".into(),
                is_print: "false".into(),
                ptxid: wire,
            }),
            _ => Request::CardApproval(ApprovalRequest {
                price_amt: amount,
                tax_amt: 0,
                tip_amt: 0,
                tax_free_amt: 0,
                installment: 0,
                ptxid: wire,
            }),
        };
        self.input(Input::Begin(Box::new(Order { intent, request })));
        ptxid
    }

    /// The next frame that was sent must be this one.
    pub fn expect(&mut self, code: Code) -> String {
        let (sent, frame) = self
            .sent
            .pop_front()
            .unwrap_or_else(|| panic!("{code} was not sent; {:?}", self.session.phase()));
        assert_eq!(sent, code, "after {:?}", self.all_sent);
        frame
    }

    pub fn expect_nothing(&self) {
        assert!(self.sent.is_empty(), "{:?}", self.sent);
    }

    /// A sale up to the moment when its request has left, over a terminal that showed `shown` before.
    pub fn sale_sent(&mut self, amount: i64) -> Ptxid {
        let id = self.begin(Kind::CardApproval, amount);
        self.expect(Code::LastTransaction);
        self.answer(Code::LastTransaction, &shown("CPOS-earlier", "0000", 5_000, "00000001"));
        self.expect(Code::CardApproval);
        id
    }

    pub fn look(&mut self, json: &str) {
        self.expect(Code::LastTransaction);
        self.answer(Code::LastTransaction, json);
    }

    pub fn confirm(&mut self) {
        self.expect(Code::Confirm);
        self.answer(Code::Confirm, r#"{"resultCode":"0000","resultMessage":"end of transmission"}"#);
    }

    pub fn cut(&mut self) {
        self.input(Input::Disconnected);
    }

    pub fn last(&self) -> &Outcome {
        self.outcomes.last().expect("an outcome")
    }

    pub fn seen(&self, code: EventCode) -> usize {
        self.events.iter().filter(|event| event.code == code).count()
    }

    pub fn ended(&self, id: Ptxid) -> Option<&Outcome> {
        self.rows.iter().rev().find_map(|row| match &row.fact {
            Fact::Ended(outcome) if row.ptxid == Some(id) => Some(outcome),
            _ => None,
        })
    }

    pub fn ask(&mut self, call: u64, request: Request) {
        self.input(Input::Ask { call: CallId(call), request: Box::new(request) });
    }

    pub fn override_as(&mut self, id: Ptxid, verdict: Verdict) {
        let reason = "seen on the slip".to_owned();
        self.input(Input::Override { call: CallId(1), ptxid: id, verdict, reason });
    }

    /// The rows as a journal would hand them to the next run.
    pub fn open_intents(&self) -> Vec<OpenIntent> {
        let mut open: Vec<OpenIntent> = Vec::new();
        for row in &self.rows {
            let find =
                |open: &mut Vec<OpenIntent>| open.iter().position(|o| Some(o.intent.ptxid) == row.ptxid);
            match &row.fact {
                Fact::Intent(intent) => open.push(OpenIntent {
                    intent: (**intent).clone(),
                    seen: None,
                    unsettled_stops: Vec::new(),
                    overridden: None,
                }),
                Fact::Seen(seen) => {
                    if let Some(at) = find(&mut open) {
                        open[at].seen = Some(seen.clone());
                    }
                }
                Fact::Stopping { code } => {
                    if let Some(at) = find(&mut open) {
                        open[at].unsettled_stops.push(code.clone());
                    }
                }
                Fact::StopSettled => {
                    if let Some(at) = find(&mut open) {
                        open[at].unsettled_stops.clear();
                    }
                }
                Fact::Overridden { verdict, .. } => {
                    if let Some(at) = find(&mut open) {
                        open[at].overridden = Some(*verdict);
                    }
                }
                Fact::Ended(_) => {
                    if let Some(at) = find(&mut open) {
                        open.remove(at);
                    }
                }
                Fact::Alarmed(Alarm::OverrideContradicted) => {
                    if let Some(at) = find(&mut open) {
                        open[at].overridden = None;
                    }
                }
                Fact::Alarmed(_) | Fact::Accepted { .. } => {}
            }
        }
        open
    }

    /// The program dies and starts again on the same journal.
    pub fn restart(&mut self) {
        let mut setup = setup(self.session.capabilities().profile.clone());
        setup.open = self.open_intents();
        let mut next = Self::with(setup);
        next.rows = std::mem::take(&mut self.rows);
        next.count = self.count;
        *self = next;
    }
}

/// An answer in the shape of 010010.
pub fn shown(ptxid: &str, code: &str, amount: i64, approval_no: &str) -> String {
    format!(
        r#"{{"resultCode":"{code}","resultMessage":"정상","data":{{"approvalNo":"{approval_no}","transactionNo":"T{approval_no}","approvalAmt":{amount},"tipAmt":0,"taxAmt":0,"taxFreeAmt":0,"installment":0,"issuerName":"신한","transactionDate":"20261125120000","ptxid":"{ptxid}"}}}}"#
    )
}

/// An answer with `data` that names the ptxid alone.
pub fn refused(ptxid: Ptxid, code: &str, message: &str) -> String {
    format!(r#"{{"resultCode":"{code}","resultMessage":"{message}","data":{{"ptxid":"{ptxid}"}}}}"#)
}

pub fn approved(ptxid: Ptxid, amount: i64) -> String {
    shown(ptxid.as_str(), "0000", amount, "30001234")
}

/// What 990001 showed before the sale of [`Till::sale_sent`].
pub fn baseline() -> String {
    shown("CPOS-earlier", "0000", 5_000, "00000001")
}

pub fn reference() -> ApprovalReference {
    ApprovalReference {
        approval_no: "30001234".to_owned(),
        transaction_no: "T30001234".to_owned(),
        transaction_date: "20261125120000".to_owned(),
        approval_amt: 15_000,
    }
}

pub fn code(kind: Kind) -> Code {
    code_of(kind)
}
