//! The people: a cashier who sells, cancels, presses twice and gives up, and those around.

mod others;
mod request;

use std::collections::VecDeque;
use std::time::Duration;

use danmal_journal::Begun;
use danmal_model::{
    Amounts, Approval, ApprovalReference, Intent, Kind, NotPerformedReason, Outcome, Ptxid, Verdict,
};
use danmal_protocol::{CallId, Input, Order};
use danmal_simulator::{Codes, ConnectionId, Fault, Moment, PendingWork, Quirk, RebootMemory, When};
use danmal_wire::{Request, TotalsRequest};

use super::journal::TERMINAL;
use super::{Due, World};

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
    words: Vec<(CallId, Ptxid)>,
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
        if self.dice.chance(self.config.forgets) {
            let memory = RebootMemory::Empty;
            let restart = Fault::Reboot { down: Duration::from_secs(2), memory, pending: PendingWork::Lost };
            self.terminal.add_rule(When::moment(Moment::Captured).of(Codes::Any).then(restart));
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
            simulated: true,
            order: Some(order.clone()),
            key: Some(order),
            key_given: given,
            ..Intent::asked(kind, TERMINAL, Amounts::won(amount), self.wall())
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
        let request = request::request_of(&intent, &asked.serial);
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
}
