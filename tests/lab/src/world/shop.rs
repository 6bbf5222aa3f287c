//! The people: a cashier who sells, cancels, presses twice and gives up, customers, an operator, and a second
//! till at the same terminal.

use std::collections::VecDeque;
use std::time::Duration;

use danmal_journal::Begun;
use danmal_model::{
    Amounts, Approval, ApprovalReference, Error, Intent, JournalId, Kind, NotPerformedReason, Outcome, Ptxid,
    Verdict,
};
use danmal_protocol::{CallId, Input, Order};
use danmal_simulator::{ConnectionId, Fault, Quirk};
use danmal_wire::{
    ApprovalRequest, CancellationRequest, CashReceiptCancellationRequest, CashReceiptRequest, EasyPayRequest,
    Request, SlipRefundIssue, TaxRefundIssueRequest, TaxRefundRequest, TotalsRequest,
};

use super::journal::TERMINAL;
use super::{Due, World};

/// A customer's number; the simulator's ledger keeps a digest of it.
const PHONE: &str = "01055551234";

/// What somebody does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    /// The pay button again.
    PressAgain(u32),
    /// Another order while one runs.
    OtherOrder,
    Stop(Ptxid),
    Query,
    Recover,
    Word {
        ptxid: Ptxid,
        verdict: Verdict,
    },
    Close,
    WallJump,
    SaleByHand,
    /// A second till: connects and sells, and so on by its steps.
    Second {
        step: u8,
        connection: ConnectionId,
    },
}

/// What was asked for last: an ask that can be made again.
#[derive(Clone)]
struct Asked {
    intent: Intent,
    serial: String,
}

#[derive(Default)]
pub(super) struct Shop {
    turn: u32,
    orders: u32,
    /// The operation whose outcome is awaited.
    waits_for: Option<Ptxid>,
    last: Option<Asked>,
    /// Approvals that could be cancelled.
    approved: VecDeque<(Kind, Ptxid, ApprovalReference, String)>,
    /// How often in a row the terminal was blocked.
    blocked: u32,
    calls: u64,
    words: Vec<(CallId, Ptxid, Verdict)>,
    pub(super) watched_word: Option<(Ptxid, Verdict)>,
    pub(super) owed_alarm: Option<(Ptxid, Duration)>,
    pub(super) asked_last: bool,
    second: u32,
}

impl Shop {
    pub(super) fn next_turn(&mut self) -> u32 {
        self.turn += 1;
        self.turn
    }

    pub(super) fn started(&mut self) {
        self.waits_for = None;
    }

    pub(super) fn died(&mut self) {
        self.waits_for = None;
        self.words.clear();
        self.owed_alarm = None;
        self.asked_last = false;
    }

    pub(super) fn answered(&mut self, _call: CallId) {}

    fn call(&mut self) -> CallId {
        self.calls += 1;
        CallId(self.calls)
    }
}

impl World {
    fn next_cashier(&mut self, by: Duration) {
        if self.calm {
            return;
        }
        let turn = self.shop.next_turn();
        self.later(by, Due::Cashier { turn });
    }

    fn seconds(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.dice.between(from * 1_000, to * 1_000))
    }

    /// The cashier's turn.
    pub(super) fn cashier(&mut self, turn: u32) {
        if turn != self.shop.turn || self.session.is_none() {
            return;
        }
        if let Some((ptxid, due)) = self.shop.owed_alarm
            && self.now >= due
        {
            self.shop.owed_alarm = None;
            if self.checker.track(ptxid).is_some_and(|track| !track.alarmed) {
                self.checker.fail(
                    "R4",
                    Some(ptxid),
                    "the terminal contradicts an operator's word, unnoticed",
                );
            }
        }
        if self.shop.waits_for.is_some() {
            // Its outcome brings the next turn.
            return;
        }
        self.around_a_payment();
        let again = !self.calm && self.shop.last.is_some() && self.dice.chance(self.config.same_key);
        if again && self.shop.blocked > 0 {
            return self.press_last();
        }
        let cancels = !self.calm && self.dice.chance(self.config.cancellation);
        let asked =
            if cancels && !self.shop.approved.is_empty() { self.a_cancellation() } else { self.a_sale() };
        self.shop.last = Some(asked.clone());
        self.press(asked);
    }

    /// What else happens at about the time of this payment.
    fn around_a_payment(&mut self) {
        if self.calm {
            return;
        }
        let config = &self.config;
        let (crash, close, query, wall, foreign, second) = (
            config.crash,
            config.close,
            config.query,
            config.wall_jump,
            config.foreign_sale,
            config.second_client,
        );
        if self.dies_after.is_none() && self.dice.chance(crash) {
            self.dies_after = Some(self.dice.below(40) as u32);
        }
        if let Some(quirk) = self.config.quirk
            && quirk != Quirk::A6
            && self.dice.chance(0.15)
        {
            for rule in quirk.rules() {
                self.terminal.add_rule(rule);
            }
        }
        let none = ConnectionId(0);
        for (chance, deed) in [
            (close, Deed::Close),
            (query, Deed::Query),
            (wall, Deed::WallJump),
            (foreign, Deed::SaleByHand),
            (second, Deed::Second { step: 0, connection: none }),
        ] {
            if self.dice.chance(chance) {
                let by = Duration::from_micros(self.dice.below(8_000_000));
                self.later(by, Due::Somebody(deed));
            }
        }
    }

    fn blank(&mut self, kind: Kind, amount: i64) -> Intent {
        self.shop.orders += 1;
        let order = format!("2026-{:05}", self.shop.orders);
        let given = self.dice.chance(0.3);
        Intent {
            ptxid: Ptxid::new(JournalId::new(0), 0, 0),
            kind,
            at: self.wall(),
            terminal: TERMINAL.to_owned(),
            simulated: true,
            amounts: Amounts::won(amount),
            installment: 0,
            order: Some(order.clone()),
            key: Some(order),
            key_given: given,
            reference: None,
            original: None,
            typed: false,
            tax_refund_serial: None,
            baseline: None,
            wire_ptxid: None,
        }
    }

    fn a_sale(&mut self) -> Asked {
        let amount = self.dice.between(60, 6_000) as i64 * 10;
        let kind = if self.dice.chance(self.config.slip) {
            Kind::TaxRefundIssue
        } else if self.dice.chance(self.config.receipt) {
            Kind::CashReceiptIssue
        } else if self.dice.chance(self.config.easy_pay) {
            Kind::EasyPayApproval
        } else {
            Kind::CardApproval
        };
        let mut intent = self.blank(kind, amount);
        if !kind.is_slip() && self.dice.chance(0.3) {
            intent.amounts.tax = amount / 11;
        }
        Asked { intent, serial: String::new() }
    }

    fn a_cancellation(&mut self) -> Asked {
        let at = self.dice.below(self.shop.approved.len() as u64) as usize;
        let twice = self.dice.chance(self.config.cancellation_twice);
        let (kind, original, reference, serial) = if twice {
            self.shop.approved[at].clone()
        } else {
            self.shop.approved.remove(at).expect("there is one")
        };
        let kind = match kind {
            Kind::EasyPayApproval => Kind::EasyPayCancellation,
            Kind::CashReceiptIssue => Kind::CashReceiptCancellation,
            Kind::TaxRefundIssue => Kind::TaxRefundCancellation,
            _ => Kind::CardCancellation,
        };
        let amount = if kind.is_slip() { 0 } else { reference.approval_amt };
        let mut intent = self.blank(kind, amount);
        if kind.is_slip() {
            intent.tax_refund_serial = Some(serial.clone());
        } else {
            intent.reference = Some(reference);
        }
        intent.original = Some(original);
        Asked { intent, serial }
    }

    fn press_last(&mut self) {
        if let Some(mut asked) = self.shop.last.clone() {
            asked.intent.at = self.wall();
            self.press(asked);
        }
    }

    /// The pay button.
    fn press(&mut self, asked: Asked) {
        if self.session.is_none() {
            return;
        }
        let life = self.config.profile.durations.key_life;
        let random = self.dice.next();
        let wall = self.wall();
        match self.journal.book.begin(&asked.intent, wall, life, random) {
            Begun::New { intent, .. } => self.begin(*intent, &asked),
            Begun::Same { ptxid, .. } => {
                self.note(|| format!("shop  the same operation {ptxid}"));
                self.checker.same(ptxid);
                if self.shop.waits_for.is_none() {
                    self.shop.blocked += 1;
                    self.when_blocked(Some(ptxid));
                }
            }
            Begun::Refused(reason) => {
                self.note(|| format!("shop  refused: {reason:?}"));
                if self.shop.waits_for.is_none() {
                    let by = self.seconds(0, 3);
                    self.next_cashier(by);
                }
            }
        }
    }

    fn begin(&mut self, intent: Intent, asked: &Asked) {
        let ptxid = intent.ptxid;
        self.note(|| format!("shop  asks {:?} {} of {} won", intent.kind, ptxid, intent.amounts.amount));
        self.checker.begun(&intent, self.now, self.config.profile.durations.key_life);
        let request = request_of(&intent, asked);
        let first = self.shop.waits_for.is_none();
        if first {
            self.shop.waits_for = Some(ptxid);
        }
        self.tell(Input::Begin(Box::new(Order { intent, request })));
        if self.calm || !first {
            return;
        }
        let (stop, again, other) = (self.config.stop, self.config.double_click, self.config.second_order);
        if self.dice.chance(stop) {
            let by = Duration::from_micros(self.dice.pick(&[1_000, 1_000_000, 30_000_000]));
            let by = by.mul_f64(self.dice.fraction());
            self.later(by, Due::Somebody(Deed::Stop(ptxid)));
        }
        if self.dice.chance(again) {
            let by = Duration::from_micros(self.dice.below(2_000_000));
            self.later(by, Due::Somebody(Deed::PressAgain(self.shop.turn)));
        }
        if self.dice.chance(other) {
            let by = Duration::from_micros(self.dice.below(3_000_000));
            self.later(by, Due::Somebody(Deed::OtherOrder));
        }
    }

    /// A call was answered.
    pub(super) fn told(&mut self, outcome: &Outcome) {
        if let Outcome::Approved(approval) = outcome {
            self.remember(approval);
        }
        if self.shop.waits_for != Some(outcome.id()) {
            return;
        }
        self.shop.waits_for = None;
        match outcome {
            Outcome::Unknown(unknown) => {
                self.shop.blocked += 1;
                self.when_blocked(Some(unknown.about.id));
            }
            Outcome::NotPerformed(not) => match &not.reason {
                NotPerformedReason::Unresolved { blocked_by } => {
                    let blocked_by = *blocked_by;
                    self.shop.blocked += 1;
                    self.when_blocked(Some(blocked_by));
                }
                _ => {
                    self.shop.blocked += 1;
                    let by = self.seconds(0, 30);
                    self.next_cashier(by);
                }
            },
            _ => {
                self.shop.blocked = 0;
                let by = match self.dice.below(20) {
                    0..=9 => self.seconds(0, 2),
                    10..=18 => self.seconds(2, 60),
                    _ => self.seconds(0, 4_000),
                };
                self.next_cashier(by);
            }
        }
    }

    fn remember(&mut self, approval: &Approval) {
        if approval.operation.is_cancellation() {
            return;
        }
        if self.shop.approved.len() >= 24 {
            self.shop.approved.pop_front();
        }
        let serial = approval.slip.as_ref().map_or(String::new(), |slip| slip.serial().to_owned());
        self.shop.approved.push_back((approval.operation, approval.id, approval.reference(), serial));
    }

    /// What became of an operation that was unknown.
    pub(super) fn resolved(&mut self, _ptxid: Ptxid, outcome: Option<&Outcome>) {
        if let Some(Outcome::Approved(approval)) = outcome {
            self.remember(approval);
        }
    }

    /// The terminal is blocked by an unresolved operation: the cashier waits, asks, and calls the operator.
    fn when_blocked(&mut self, by: Option<Ptxid>) {
        if self.dice.chance(self.config.recover) {
            let by = self.seconds(0, 40);
            self.later(by, Due::Somebody(Deed::Recover));
        }
        if let Some(ptxid) = by {
            let early = self.dice.chance(self.config.early_word);
            if early || self.shop.blocked > 3 {
                let verdict = self.verdict_on(ptxid);
                let by = if early { self.seconds(0, 200) } else { self.seconds(150, 200) };
                self.later(by, Due::Somebody(Deed::Word { ptxid, verdict }));
            }
        }
        let by = self.seconds(20, 150);
        self.next_cashier(by);
    }

    /// An operator looks at the slip, at the customer's message, and may err.
    fn verdict_on(&mut self, ptxid: Ptxid) -> Verdict {
        let performed = self.checker.track(ptxid).is_some_and(|track| track.net() == 1);
        if self.dice.chance(0.2) {
            return Verdict::Undecided;
        }
        let says = performed != self.dice.chance(self.config.wrong_word);
        if says { Verdict::Performed } else { Verdict::NotPerformed }
    }

    pub(super) fn word_answered(&mut self, call: CallId, result: &Result<(), Error>) {
        self.note(|| format!("shop  word {}: {:?}", call.0, result.as_ref().map_err(|error| error.code)));
        let Some(at) = self.shop.words.iter().position(|(word, ..)| *word == call) else { return };
        let (_, ptxid, verdict) = self.shop.words.remove(at);
        if result.is_ok() {
            self.report.words += 1;
            self.checker.word_taken(self.now, ptxid);
            self.shop.watched_word = Some((ptxid, verdict));
            self.shop.owed_alarm = None;
            self.shop.blocked = 0;
        }
    }

    pub(super) fn say(&mut self, ptxid: Ptxid, verdict: Verdict) {
        let call = self.shop.call();
        self.shop.words.push((call, ptxid, verdict));
        self.note(|| format!("shop  an operator says {verdict:?} of {ptxid}"));
        let reason = "the slip was looked at".to_owned();
        self.tell(Input::Override { call, ptxid, verdict, reason });
    }

    /// Somebody does something.
    pub(super) fn somebody(&mut self, deed: Deed) {
        if self.calm && !matches!(deed, Deed::Second { .. }) {
            return;
        }
        self.note(|| format!("shop  {deed:?}"));
        match deed {
            Deed::PressAgain(turn) => {
                if turn == self.shop.turn {
                    self.press_last();
                }
            }
            Deed::OtherOrder => {
                if self.session.is_some() {
                    let asked = self.a_sale();
                    self.press(asked);
                }
            }
            Deed::Stop(ptxid) => self.tell(Input::RequestStop(ptxid)),
            Deed::Query => {
                let call = self.shop.call();
                let request = match self.dice.below(2) {
                    0 => Request::DownloadCodes,
                    _ => {
                        Request::SalesTotals(TotalsRequest { from: "20261125".into(), to: "20261231".into() })
                    }
                };
                self.tell(Input::Ask { call, request: Box::new(request) });
            }
            Deed::Recover => self.tell(Input::Recover),
            Deed::Word { ptxid, verdict } => {
                if self.session.is_some() {
                    self.say(ptxid, verdict);
                }
            }
            Deed::Close => {
                if self.session.is_some() {
                    self.tell(Input::Close);
                    let epoch = self.epoch;
                    self.later(self.config.profile.durations.close, Due::Detach { epoch });
                }
            }
            Deed::WallJump => {
                self.fault("wall clock jumps");
                let by = self.dice.pick(&[-86_400, -3_600, -40, 40, 3_600, 50_000, 86_400]);
                self.wall_set += by;
            }
            Deed::SaleByHand => {
                self.shop.second += 1;
                let own = format!("CPOS-by-the-second-till-{}", self.shop.second);
                let ptxid = self.dice.chance(0.5).then(|| own.into());
                self.terminal.inject(Fault::OtherSale { amount: 4_500, ptxid }, self.now);
            }
            Deed::Second { step, connection } => self.second_till(step, connection),
        }
    }

    // ---- a second till at the same terminal ----

    fn second_till(&mut self, step: u8, connection: ConnectionId) {
        match step {
            0 => {
                self.fault("second till");
                let connection = self.terminal.connect(self.now);
                self.later(Duration::from_millis(5), Due::Somebody(Deed::Second { step: 1, connection }));
            }
            1 => {
                self.shop.second += 1;
                let id = self.shop.second;
                let request = Request::CardApproval(ApprovalRequest {
                    price_amt: 7_000,
                    tax_amt: 0,
                    tip_amt: 0,
                    tax_free_amt: 0,
                    installment: 0,
                    ptxid: format!("CPOS-of-the-second-till-{id}").into(),
                });
                let bytes = match self.dice.below(4) {
                    0 => Ok(b"0006990001".to_vec()),
                    1 => Ok(b"0006555555".to_vec()),
                    _ => request.encode(&Default::default()).map(|frame| frame.into_vec()),
                };
                if let Ok(bytes) = bytes {
                    self.terminal.receive(connection, &bytes, self.now);
                }
                let by = self.seconds(0, 6);
                self.later(by, Due::Somebody(Deed::Second { step: 2, connection }));
            }
            2 => {
                if self.dice.chance(0.5) {
                    self.terminal.receive(connection, b"0006980001", self.now);
                }
                let by = self.seconds(0, 2);
                self.later(by, Due::Somebody(Deed::Second { step: 3, connection }));
            }
            _ => self.terminal.disconnect(connection, self.now),
        }
    }

    /// What the terminal says to somebody else, or on a connection that is over.
    pub(super) fn said_to_somebody(&mut self, _connection: ConnectionId, _bytes: &[u8]) {}
}

fn request_of(intent: &Intent, asked: &Asked) -> Request {
    let ptxid = || intent.wire_ptxid.unwrap_or(intent.ptxid).as_str().into();
    let amounts = &intent.amounts;
    let of = intent.reference.clone().unwrap_or_default();
    let cancellation = || CancellationRequest {
        approval_amt: of.approval_amt,
        approval_no: of.approval_no.as_str().into(),
        transaction_date: of.transaction_date.as_str().into(),
        transaction_no: of.transaction_no.as_str().into(),
        ptxid: ptxid(),
    };
    match intent.kind {
        Kind::CardApproval => Request::CardApproval(ApprovalRequest {
            price_amt: amounts.amount,
            tax_amt: amounts.tax,
            tip_amt: 0,
            tax_free_amt: 0,
            installment: 0,
            ptxid: ptxid(),
        }),
        Kind::EasyPayApproval => Request::EasyPayApproval(EasyPayRequest {
            service_code: "QRD".into(),
            price_amt: amounts.amount,
            tax_amt: amounts.tax,
            tip_amt: 0,
            tax_free_amt: 0,
            installment: 0,
            ptxid: ptxid(),
        }),
        Kind::CardCancellation => Request::CardCancellation(cancellation()),
        Kind::EasyPayCancellation => Request::EasyPayCancellation(cancellation()),
        Kind::CashReceiptIssue => Request::CashReceiptIssue(CashReceiptRequest {
            price_amt: amounts.amount,
            tax_amt: amounts.tax,
            tip_amt: 0,
            tax_free_amt: 0,
            trader_type: "1".into(),
            approval_number: PHONE.into(),
            ptxid: ptxid(),
        }),
        Kind::CashReceiptCancellation => Request::CashReceiptCancellation(CashReceiptCancellationRequest {
            approval_amt: of.approval_amt,
            approval_no: of.approval_no.as_str().into(),
            transaction_date: of.transaction_date.as_str().into(),
            transaction_no: of.transaction_no.as_str().into(),
            trader_type: "1".into(),
            approval_number: PHONE.into(),
            ptxid: ptxid(),
        }),
        Kind::TaxRefundIssue => Request::TaxRefundIssue(TaxRefundIssueRequest::Slip(SlipRefundIssue {
            tax_refund_mode: "post".into(),
            payment_type: "card".into(),
            approval_amt: amounts.amount,
            sales_serial: 1,
            qr_service_code: None,
            ptxid: ptxid(),
        })),
        Kind::TaxRefundCancellation => Request::TaxRefundCancellation(TaxRefundRequest {
            tax_refund_serial: asked.serial.as_str().into(),
            is_print: "false".into(),
            ptxid: ptxid(),
        }),
    }
}
