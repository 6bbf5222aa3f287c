//! The session under arbitrary bytes and events: it never panics, comes to rest after each, sends no money
//! without a durable intent, settles each call once and by its deadline, and says `Unknown` of nothing final.

use std::collections::BTreeMap;
use std::time::Duration;

use danmal_model::{
    Amounts, ApprovalReference, Fact, Intent, JournalId, Kind, Outcome, Profile, Ptxid, Record, Verdict,
};
use danmal_protocol::{CallId, CommitId, Input, Line, Now, Order, Output, Session, Setup};
use danmal_wire::{
    ApprovalRequest, CancellationRequest, Code, EncodeRules, FrameDecoder, Request, TaxRefundRequest,
    encode_json,
};
use jiff::Timestamp;

const JOURNAL: u64 = 0x0123_4567_89ab;

/// A money call waits 10 s before it is sent and 180 s in all after (rule 15).
const LONGEST: Duration = Duration::from_secs(191);

/// Each byte is an event; some take what follows them as bytes of the line.
pub fn run(bytes: &[u8]) {
    let Some((choice, mut rest)) = bytes.split_first() else { return };
    let mut till = Till::new(*choice);
    let mut steps = 0;
    while let Some((event, after)) = rest.split_first()
        && steps < 400
    {
        steps += 1;
        rest = till.step(*event, after);
        till.check();
    }
    till.disk_works = true;
    till.reachable = true;
    till.pass(Duration::from_secs(400));
    till.check();
    assert!(till.begun.is_empty(), "every call has returned");
}

struct Till {
    session: Session,
    now: Duration,
    disk_works: bool,
    reachable: bool,
    decoder: FrameDecoder,
    last: Ptxid,
    last_code: Code,
    count: u32,
    /// The calls that have not returned, and when they were made.
    begun: BTreeMap<Ptxid, Duration>,
    money: usize,
    intents: usize,
    settled: BTreeMap<Ptxid, usize>,
    ended: BTreeMap<Ptxid, usize>,
    closing: bool,
}

fn wall(now: Duration) -> Timestamp {
    let seconds = i64::try_from(now.as_secs()).unwrap_or_default();
    Timestamp::from_second(1_764_000_000 + seconds).unwrap_or_default()
}

impl Till {
    fn new(choice: u8) -> Self {
        let mut profile = Profile::simulator();
        profile.reversed_codes = vec!["7777".to_owned()];
        profile.history = choice & 7 != 7;
        profile.abort_ends_original = choice & 8 != 0;
        let assumptions = &mut profile.assumptions;
        match choice >> 5 {
            0 => assumptions.a1_fence_shows_captures = false,
            1 => assumptions.a2_reboot_never_older = false,
            2 => assumptions.a4_dead_at_fence = false,
            3 => assumptions.a5_other_codes_final = false,
            4 => assumptions.a6_answers_once = false,
            _ => {}
        }
        let setup = Setup {
            terminal: "tcp://127.0.0.1:9".to_owned(),
            profile,
            line: if choice & 16 == 0 { Line::Stream } else { Line::Serial },
            simulated_address: true,
            simulated_journal: true,
            journal: JournalId::new(JOURNAL),
            digest_key: [1, 2],
            open: Vec::new(),
            unsettled_stop: None,
            safe_mode: None,
        };
        let now = Duration::from_secs(1_000);
        let mut till = Self {
            session: Session::new(setup, Now { mono: now, wall: wall(now) }),
            now,
            disk_works: true,
            reachable: true,
            decoder: FrameDecoder::for_answers(danmal_model::FrameRules::default()),
            last: Ptxid::new(JournalId::new(JOURNAL), 1, 0),
            last_code: Code::LastTransaction,
            count: 1,
            begun: BTreeMap::new(),
            money: 0,
            intents: 0,
            settled: BTreeMap::new(),
            ended: BTreeMap::new(),
            closing: false,
        };
        till.settle();
        till
    }

    /// One event. Returns the bytes that are left.
    fn step<'a>(&mut self, event: u8, after: &'a [u8]) -> &'a [u8] {
        let id = self.last;
        let codes = [Code::LastTransaction, Code::CardApproval, Code::Confirm, self.last_code];
        let results = ["0000", "8324", "9999", "0010", "7777", "0001", "9991", ""];
        let (low, high) = (usize::from(event & 7), usize::from(event >> 6));
        match (event >> 3) & 7 {
            0 => match low {
                0 => self.begin(Kind::CardApproval),
                1 => self.begin(Kind::CardCancellation),
                2 => self.begin(Kind::TaxRefundCancellation),
                3 => self.input(Input::RequestStop(id)),
                4 => self.cut(),
                5 => self.reachable = high > 0,
                6 => self.disk_works = high > 0,
                _ => self.input(Input::Recover),
            },
            1 => self.answer(codes[high], &shown(id.as_str(), results[low], 15_000)),
            2 => self.answer(codes[high], &shown("CPOS-foreign", results[low], 5_000)),
            3 => self.answer(codes[high], &format!(r#"{{"resultCode":"{}"}}"#, results[low])),
            4 => self.pass(Duration::from_millis([1, 100, 500, 2_000, 5_000, 60_000, 151_000, 200_000][low])),
            5 => {
                let length = ((low + 1) * 16) << high;
                let (bytes, rest) = after.split_at(length.min(after.len()));
                self.push(bytes);
                return rest;
            }
            6 => {
                let verdicts = [Verdict::Performed, Verdict::NotPerformed, Verdict::Undecided];
                match low {
                    0..3 => self.input(Input::Override {
                        call: CallId(1),
                        ptxid: id,
                        verdict: verdicts[low],
                        reason: "seen on the slip".to_owned(),
                    }),
                    3 => self.input(Input::NothingSent),
                    4 => self.input(Input::Noise),
                    5 => self.input(Input::Unreadable),
                    6 => {
                        self.input(Input::Ask { call: CallId(2), request: Box::new(Request::DownloadCodes) })
                    }
                    _ => self.input(Input::AcceptJournal { call: CallId(3), reason: "seen".to_owned() }),
                }
            }
            _ => match (low, high) {
                (0, 0) => {
                    self.closing = true;
                    self.input(Input::Close);
                }
                (1, _) => self.answer(codes[high], "{}"),
                (2, _) => self.push(b"0006990001"),
                _ => self.input(Input::Tick),
            },
        }
        after
    }

    fn begin(&mut self, kind: Kind) {
        if self.closing {
            return;
        }
        self.count += 1;
        let ptxid = Ptxid::new(JournalId::new(JOURNAL), self.count, 0);
        self.last = ptxid;
        let reference = ApprovalReference {
            approval_no: "30001234".to_owned(),
            transaction_no: "T30001234".to_owned(),
            transaction_date: "20261125120000".to_owned(),
            approval_amt: 15_000,
        };
        let wire = ptxid.as_str().into();
        let request = match kind {
            Kind::CardCancellation => Request::CardCancellation(CancellationRequest {
                approval_amt: reference.approval_amt,
                approval_no: reference.approval_no.as_str().into(),
                transaction_date: reference.transaction_date.as_str().into(),
                transaction_no: reference.transaction_no.as_str().into(),
                ptxid: wire,
            }),
            Kind::TaxRefundCancellation => Request::TaxRefundCancellation(TaxRefundRequest {
                tax_refund_serial: "80103750224020100017".into(),
                is_print: "false".into(),
                ptxid: wire,
            }),
            _ => Request::CardApproval(ApprovalRequest {
                price_amt: 15_000,
                tax_amt: 0,
                tip_amt: 0,
                tax_free_amt: 0,
                installment: 0,
                ptxid: wire,
            }),
        };
        let intent = Intent {
            ptxid,
            simulated: true,
            reference: (kind == Kind::CardCancellation).then_some(reference),
            ..Intent::asked(kind, "tcp://127.0.0.1:9", Amounts::won(15_000), wall(self.now))
        };
        self.begun.insert(ptxid, self.now);
        self.input(Input::Begin(Box::new(Order { intent, request })));
    }

    fn cut(&mut self) {
        self.decoder.reset();
        self.input(Input::Disconnected);
    }

    fn answer(&mut self, code: Code, json: &str) {
        if let Ok(bytes) = encode_json(code, Some(json), &EncodeRules::default()) {
            self.push(&bytes);
        }
    }

    /// Bytes of the line. After those that cannot be read the session ends the connection.
    fn push(&mut self, bytes: &[u8]) {
        if !self.session.is_connected() {
            return;
        }
        self.decoder.push(bytes);
        while let Some(item) = self.decoder.next() {
            match item {
                Ok(frame) => self.input(Input::Frame(frame)),
                Err(error) if error.is_fatal() => {
                    self.decoder.reset();
                    self.input(Input::Unreadable);
                }
                Err(_) => self.input(Input::Noise),
            }
        }
    }

    fn input(&mut self, input: Input) {
        let now = Now { mono: self.now, wall: wall(self.now) };
        self.session.handle(input, now);
        self.settle();
    }

    fn settle(&mut self) {
        let mut rounds = 0;
        while let Some(output) = self.session.poll() {
            rounds += 1;
            assert!(rounds < 10_000, "the session comes to rest");
            let now = Now { mono: self.now, wall: wall(self.now) };
            match output {
                Output::Connect if self.reachable => {
                    self.decoder.reset();
                    self.session.handle(Input::Connected, now);
                }
                Output::Connect => {
                    let detail = "connection refused".to_owned();
                    self.session.handle(Input::ConnectFailed { detail }, now);
                }
                Output::Disconnect => self.decoder.reset(),
                Output::Send { code, .. } => {
                    self.last_code = code;
                    self.money += usize::from(code.is_money());
                }
                Output::Commit { id, record } => self.commit(id, &record, now),
                Output::Outcome(outcome) => {
                    self.begun.remove(&outcome.id());
                    *self.settled.entry(outcome.id()).or_default() += 1;
                }
                _ => {}
            }
        }
    }

    fn commit(&mut self, id: CommitId, record: &Record, now: Now) {
        if !self.disk_works {
            let detail = "disk full".to_owned();
            return self.session.handle(Input::CommitFailed { id, detail }, now);
        }
        match &record.fact {
            Fact::Intent(_) => self.intents += 1,
            Fact::Ended(outcome) => {
                assert!(!matches!(outcome, Outcome::Unknown(_)), "unknown is never final");
                *self.ended.entry(outcome.id()).or_default() += 1;
            }
            _ => {}
        }
        self.session.handle(Input::Committed(id), now);
    }

    /// Lets time pass, stopping at every deadline on the way.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut ticks = 0;
        while let Some(due) = self.session.deadline().filter(|due| *due <= end) {
            ticks += 1;
            assert!(ticks < 10_000, "the session does not spin");
            self.now = self.now.max(due);
            self.input(Input::Tick);
        }
        self.now = end;
        self.input(Input::Tick);
    }

    fn check(&self) {
        assert!(self.money <= self.intents, "no money without a durable intent (S4)");
        for (id, begun) in &self.begun {
            assert!(self.now.saturating_sub(*begun) <= LONGEST, "{id} returns by its deadline (L1)");
        }
        assert!(self.settled.values().all(|times| *times == 1), "a call settles once");
        assert!(self.ended.values().all(|times| *times == 1), "a final state is written once (S8)");
    }
}

/// An answer in the shape of 010010.
fn shown(ptxid: &str, code: &str, amount: i64) -> String {
    format!(
        r#"{{"resultCode":"{code}","resultMessage":"-","data":{{"approvalNo":"30001234","transactionNo":"T30001234","approvalAmt":{amount},"tipAmt":0,"taxAmt":0,"taxFreeAmt":0,"installment":0,"transactionDate":"20261125120000","ptxid":"{ptxid}"}}}}"#
    )
}
