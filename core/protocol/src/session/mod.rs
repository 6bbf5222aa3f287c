//! One terminal's session: fed with inputs and the time, polled for what is to be done. It knows no clock,
//! no socket and no disk, and runs unchanged in the client, in the simulation and in the model checker.

mod drive;
mod ending;
#[cfg(feature = "explore")]
mod explore;
mod fence;
mod frames;
mod io;
mod link;
mod op;
mod operator;
mod prepare;
mod progress;
mod proof;
mod queries;
mod stop;
mod table;

use std::collections::VecDeque;
use std::time::Duration;

use danmal_model::{
    Alarm, Capabilities, Capability, Digest, Durations, Event, EventCode, Fact, Outcome, Profile, Ptxid,
    Record, Verdict, Work,
};
use danmal_wire::{Code, EncodeRules};
use zeroize::Zeroizing;

pub use io::{CallId, CommitId, Input, Line, Now, OpenIntent, Order, Output, Setup};
pub(crate) use op::Op;
pub use table::{Phase, Signal, TRANSITIONS, next, render};

use crate::evidence::Shown;
use fence::Fence;
use link::{Asked, Link, Purpose, State};
use queries::Query;
use stop::Outstanding;

/// What the terminal showed last, on this connection: the baseline of the next request if it is fresh.
#[derive(Clone, Copy, Debug)]
struct LastLook {
    connection: u32,
    at: Duration,
    digest: Option<Digest>,
}

/// An operation that ended here, as far as a late frame may speak of it.
#[derive(Clone, Debug)]
struct Past {
    ptxid: Ptxid,
    /// Whether something stands: approved, or performed by the operator's word.
    stands: bool,
    overridden: bool,
    alarmed: bool,
}

/// How many ended operations a session remembers for late frames.
const PAST: usize = 16;

/// The state machine of one terminal.
#[derive(Clone, Debug)]
pub struct Session {
    terminal: String,
    profile: Profile,
    digest_key: [u64; 2],
    simulated_address: bool,
    simulated_journal: bool,
    /// Whether a simulator answers on this connection; not known before its first answer.
    simulated: Option<bool>,
    capabilities: Capabilities,
    link: Link,
    /// How requests are written.
    encode: EncodeRules,
    fence: Fence,
    /// The operation that has the terminal, running or unresolved.
    op: Option<Box<Op>>,
    /// Unresolved operations behind the first: of an earlier run, or back because a word was contradicted.
    behind: VecDeque<Box<Op>>,
    /// Those on which an operator's word holds: evidence brings them back (rule 4).
    overridden: VecDeque<Box<Op>>,
    /// A money call that waits for an unresolved one.
    waiting: Option<Box<Op>>,
    stops: Vec<Outstanding>,
    queries: VecDeque<Query>,
    past: VecDeque<Past>,
    last: Option<LastLook>,
    /// The terminal was looked at since the start, so that an operator has seen what it shows.
    looked: bool,
    safe_mode: Option<String>,
    /// A commit of an operator's word, with the call that waits for it.
    words: Vec<operator::Word>,
    closing: bool,
    closed: bool,
    shown_work: Work,
    out: VecDeque<Output>,
    next_commit: u64,
    moves: u64,
    stirred: bool,
    now: Now,
}

impl Session {
    /// A session that begins now: it connects by itself, and resolves what an earlier run left open first.
    #[must_use]
    pub fn new(setup: Setup, now: Now) -> Self {
        let open = !setup.open.is_empty() || setup.unsettled_stop.is_some() || setup.safe_mode.is_some();
        let link = Link::new(setup.line, now.mono, &setup.profile.durations);
        let capabilities = Capabilities { profile: setup.profile.clone(), ..Capabilities::default() };
        let mut session = Self {
            terminal: setup.terminal,
            digest_key: setup.digest_key,
            simulated_address: setup.simulated_address,
            simulated_journal: setup.simulated_journal,
            simulated: setup.simulated_address.then_some(true),
            capabilities,
            link,
            encode: EncodeRules::default(),
            fence: Fence::new(now.mono, open),
            op: None,
            behind: VecDeque::new(),
            overridden: VecDeque::new(),
            waiting: None,
            stops: Vec::new(),
            queries: VecDeque::new(),
            past: VecDeque::new(),
            last: None,
            looked: false,
            safe_mode: setup.safe_mode,
            words: Vec::new(),
            closing: false,
            closed: false,
            shown_work: Work::Ready,
            out: VecDeque::new(),
            next_commit: 0,
            moves: 0,
            stirred: false,
            profile: setup.profile,
            now,
        };
        if let Some(ptxid) = setup.unsettled_stop {
            session.stops.push(Outstanding { ptxid, code: None, connection: 0, sent: now.mono });
        }
        for open in setup.open {
            session.reopen(open);
        }
        session.op = session.behind.pop_front();
        session.drive();
        session
    }

    /// Writes requests as this device wants them: what its length counts, and in which text. Unless told, as
    /// every reading of the protocol understands them.
    pub fn set_encode_rules(&mut self, rules: EncodeRules) {
        self.encode = rules;
    }

    /// Takes an input. What follows from it is polled afterwards.
    pub fn handle(&mut self, input: Input, now: Now) {
        self.now = Now { mono: now.mono.max(self.now.mono), wall: now.wall };
        match input {
            Input::Connected => self.connected(),
            Input::ConnectFailed { detail } => {
                if self.link.state == State::Connecting {
                    let first = self.link.failure.is_none();
                    self.link.failed(self.now.mono, detail, &self.profile.durations);
                    if first {
                        self.event(EventCode::Disconnected);
                    }
                }
            }
            Input::Disconnected => {
                if self.link.stands() {
                    self.lost_link();
                }
            }
            Input::NothingSent => self.nothing_sent(),
            Input::Frame(frame) => self.frame(&frame),
            Input::Noise => self.noise(),
            Input::Unreadable => {
                self.event(EventCode::UnreadableBytes);
                if self.link.stands() {
                    self.with_op_or_none(|session, op| session.disconnect(op));
                }
            }
            Input::Committed(id) => self.committed(id, Ok(())),
            Input::CommitFailed { id, detail } => self.committed(id, Err(detail)),
            Input::Begin(order) => self.begin(*order),
            Input::RequestStop(ptxid) => self.request_stop(ptxid),
            Input::Ask { call, request } => self.queue_query(call, &request),
            Input::Override { call, ptxid, verdict, reason } => {
                self.override_word(call, ptxid, verdict, reason)
            }
            Input::AcceptJournal { call, reason } => self.accept_journal(call, reason),
            Input::Recover => self.recover(),
            Input::Tick => {}
            Input::Close => {
                self.closing = true;
                self.end_waiting(danmal_model::NotPerformedReason::Closed);
            }
        }
        self.drive();
    }

    /// The next thing to do, in order.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Which transitions were taken so far: a bit for each row of [`TRANSITIONS`].
    #[must_use]
    pub fn moves(&self) -> u64 {
        self.moves
    }

    /// Whether the connection stands.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.link.is_up()
    }

    /// Whether play money moves, as far as it is known.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.simulated.unwrap_or(self.simulated_address)
    }

    /// What is known of the terminal.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What the terminal can do at this moment.
    #[must_use]
    pub fn work(&self) -> Work {
        if self.closed || self.closing {
            return Work::Closed;
        }
        if let Some(detail) = &self.safe_mode {
            return Work::SafeMode { detail: detail.clone() };
        }
        match self.op.as_ref().or(self.waiting.as_ref()) {
            Some(op) if !op.told => Work::Busy { operation: op.id() },
            Some(op) if op.carrier.is_none() && !self.looked => Work::Recovering,
            Some(op) => Work::Unresolved { operation: op.id() },
            None => Work::Ready,
        }
    }

    /// The phase of the operation that has the terminal, for a log.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        self.op.as_ref().map(|op| op.phase)
    }

    fn durations(&self) -> &Durations {
        &self.profile.durations
    }

    fn absence_is_believable(&self) -> bool {
        let a = self.profile.assumptions;
        a.a1_fence_shows_captures && a.a2_reboot_never_older && a.a4_dead_at_fence
    }

    /// Lets everything act that can act now, until nothing changes any more.
    fn drive(&mut self) {
        if self.closed {
            return;
        }
        // Each round takes at least one step; the bound only guards against a fault of ours.
        for _ in 0..32 {
            self.stirred = false;
            self.drive_link();
            self.bring_forward_next();
            self.with_op(Self::drive_op);
            self.drive_waiting();
            self.look_for_operator();
            self.drive_queries();
            if !self.stirred {
                break;
            }
        }
        self.show_work();
        let idle = self.op.as_ref().is_none_or(|op| op.told && op.commit.is_none());
        if self.closing && idle && self.waiting.is_none() && self.words.is_empty() {
            self.finish_closing();
        }
    }

    fn finish_closing(&mut self) {
        self.fail_queries();
        if self.link.stands() {
            self.out.push_back(Output::Disconnect);
        }
        self.event(EventCode::Closed);
        self.out.push_back(Output::Closed);
        self.closed = true;
    }

    fn show_work(&mut self) {
        let work = self.work();
        if work == self.shown_work {
            return;
        }
        let before = std::mem::replace(&mut self.shown_work, work);
        let code = match &self.shown_work {
            Work::Ready if !matches!(before, Work::Busy { .. }) => EventCode::Ready,
            Work::Recovering => EventCode::RecoveringEarlier,
            Work::SafeMode { .. } => EventCode::SafeMode,
            Work::Unresolved { operation } if !matches!(before, Work::Busy { .. }) => {
                let mut event = Event::new(EventCode::Unresolved, self.now.wall);
                event.operation = Some(*operation);
                self.out.push_back(Output::Event(Box::new(event)));
                return;
            }
            _ => return,
        };
        self.event(code);
    }

    /// When something is due by time alone.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        if self.closed {
            return None;
        }
        let mut soonest: Option<Duration> = None;
        let mut at = |moment: Option<Duration>| {
            if let Some(moment) = moment {
                soonest = Some(soonest.map_or(moment, |s| s.min(moment)));
            }
        };
        match self.link.state {
            State::Down { retry_at } => at(Some(retry_at)),
            State::Quieting { until } => at(Some(until)),
            State::Connecting | State::Up => {}
        }
        at(self.link.asked.map(|asked| asked.until));
        if let Some(op) = &self.op {
            self.op_deadlines(op, &mut at);
        }
        if let Some(op) = &self.waiting {
            at(Some(op.began + self.durations().prepare));
        }
        at(self.gate_deadline().filter(|moment| *moment > self.now.mono));
        self.query_deadlines(&mut at);
        soonest
    }

    // ---- the connection ----

    fn drive_link(&mut self) {
        let now = self.now.mono;
        match self.link.state {
            State::Down { retry_at } if now >= retry_at => {
                self.link.attempt(now, &self.profile.durations);
                self.out.push_back(Output::Connect);
                self.stirred = true;
            }
            State::Quieting { until } if now >= until => {
                self.link.state = State::Up;
                self.up();
            }
            _ => {}
        }
        if let Some(asked) = self.link.asked
            && now >= asked.until
        {
            // An answer that comes later could be taken for the next question's: the connection ends.
            self.question_failed(asked);
            if !planted!(LateAnswer) {
                self.with_op_or_none(|session, op| session.disconnect(op));
            }
        }
    }

    fn connected(&mut self) {
        if self.link.state != State::Connecting {
            return;
        }
        self.link.connected(self.now.mono, &self.profile.durations);
        if self.link.is_up() {
            self.up();
        }
    }

    fn up(&mut self) {
        self.fence.connected(self.now.mono);
        self.simulated = self.simulated_address.then_some(true);
        self.event(EventCode::Connected);
        self.stirred = true;
    }

    fn noise(&mut self) {
        self.fence.restart(self.now.mono);
        if let State::Quieting { until } = &mut self.link.state {
            *until = self.now.mono + self.profile.durations.serial_quiet;
        }
        self.with_op(|_, op| op.held = None);
    }

    /// The peer or the system ended the connection.
    fn lost_link(&mut self) {
        if let Some(asked) = self.link.asked.take() {
            self.question_failed(asked);
        }
        self.event(EventCode::Disconnected);
        self.with_op(|session, op| session.cut(op));
        self.link.ended(self.now.mono, &self.profile.durations);
        self.hurry_for_money();
        self.stirred = true;
    }

    /// We end the connection for good.
    fn disconnect(&mut self, op: Option<&mut Op>) {
        if !self.link.stands() {
            return;
        }
        if let Some(asked) = self.link.asked.take() {
            self.question_failed(asked);
        }
        self.out.push_back(Output::Disconnect);
        self.event(EventCode::Disconnected);
        if let Some(op) = op {
            self.cut(op);
            self.link.ended(self.now.mono, &self.profile.durations);
            if !op.told {
                self.link.hurry(self.now.mono, &self.profile.durations);
            }
        } else {
            self.link.ended(self.now.mono, &self.profile.durations);
            self.hurry_for_money();
        }
        self.stirred = true;
    }

    fn hurry_for_money(&mut self) {
        if self.waiting.is_some() || self.op.as_ref().is_some_and(|op| !op.told) {
            self.link.hurry(self.now.mono, &self.profile.durations);
        }
    }

    // ---- small services ----

    fn with_op(&mut self, act: impl FnOnce(&mut Self, &mut Op)) {
        if let Some(mut op) = self.op.take() {
            act(self, &mut op);
            if op.phase == Phase::Ended {
                self.op = self.behind.pop_front();
                self.stirred = true;
            } else {
                self.op = Some(op);
            }
        }
    }

    fn is_behind(&self, wire_id: Ptxid) -> bool {
        self.behind.iter().any(|op| op.wire_id() == wire_id)
    }

    /// Acts on an unresolved operation that waits behind another. It cannot be confirmed from there: what was
    /// seen of it must be shown anew when it comes to the front (rule 7).
    fn with_behind(&mut self, which: impl Fn(&Op) -> bool, act: impl FnOnce(&mut Self, &mut Op)) {
        let Some(at) = self.behind.iter().position(|op| which(op)) else { return };
        let Some(mut op) = self.behind.remove(at) else { return };
        act(self, &mut op);
        op.shown_on = 0;
        if op.phase == Phase::Confirming {
            self.step(&mut op, Signal::NotAcknowledged);
        }
        if op.phase != Phase::Ended {
            self.behind.insert(at.min(self.behind.len()), op);
        }
        self.stirred = true;
    }

    fn with_op_or_none(&mut self, act: impl FnOnce(&mut Self, Option<&mut Op>)) {
        if self.op.is_some() {
            self.with_op(|session, op| act(session, Some(op)));
        } else {
            act(self, None);
        }
    }

    /// Moves an operation on by the table; what the table does not allow does not happen.
    fn step(&mut self, op: &mut Op, signal: Signal) -> bool {
        let Some(row) = TRANSITIONS.iter().position(|(from, on, _)| *from == op.phase && *on == signal)
        else {
            return false;
        };
        self.moves |= 1 << row;
        op.phase = TRANSITIONS[row].2;
        self.stirred = true;
        true
    }

    fn commit(&mut self, ptxid: Option<Ptxid>, fact: Fact) -> CommitId {
        self.next_commit += 1;
        let id = CommitId(self.next_commit);
        let record = Record { at: self.now.wall, terminal: self.terminal.clone(), ptxid, fact };
        self.out.push_back(Output::Commit { id, record: Box::new(record) });
        id
    }

    fn event(&mut self, code: EventCode) {
        self.out.push_back(Output::Event(Box::new(Event::new(code, self.now.wall))));
    }

    fn alarm(&mut self, ptxid: Ptxid, alarm: Alarm) {
        self.commit(Some(ptxid), Fact::Alarmed(alarm.clone()));
        self.show_alarm(ptxid, alarm);
    }

    fn show_alarm(&mut self, ptxid: Ptxid, alarm: Alarm) {
        let mut event = Event::new(EventCode::Alarm, self.now.wall);
        event.operation = Some(ptxid);
        event.text = alarm.text();
        event.alarm = Some(alarm);
        self.out.push_back(Output::Event(Box::new(event)));
    }

    /// Whether a question without an id can be asked now.
    fn can_ask(&self) -> bool {
        self.link.is_up() && self.link.asked.is_none()
    }

    /// Asks a question without an id. On a connection with a surplus frame nothing is asked any more: it
    /// ends, and the caller asks again on the next.
    fn ask(&mut self, op: Option<&mut Op>, code: Code, purpose: Purpose) {
        if self.link.tainted {
            self.disconnect(op);
            return;
        }
        let at = self.now.mono;
        self.link.asked = Some(Asked { code, purpose, at, until: at + self.durations().question });
        self.send_header(code);
        self.stirred = true;
    }

    fn send_header(&mut self, code: Code) {
        self.link.used = true;
        let mut bytes = Zeroizing::new(Vec::with_capacity(10));
        bytes.extend_from_slice(b"0006");
        bytes.extend_from_slice(code.as_str().as_bytes());
        self.out.push_back(Output::Send { code, bytes });
    }

    fn remember(&mut self, ptxid: Ptxid, stands: bool, overridden: bool) {
        self.past.retain(|past| past.ptxid != ptxid);
        if self.past.len() >= PAST
            && let Some(oldest) = self.past.iter().position(|past| !past.overridden)
        {
            // What an operator decided is not forgotten: evidence must find it.
            self.past.remove(oldest);
        }
        self.past.push_back(Past { ptxid, stands, overridden, alarmed: false });
    }

    /// Operations of this terminal that ended in an earlier run, newest first, and whether something stands of
    /// each: a frame that says otherwise raises an alarm after a restart too (rule 16). The newest count.
    pub fn remember_ended(&mut self, ended: impl IntoIterator<Item = (Ptxid, bool)>) {
        for (ptxid, stands) in ended {
            if self.past.len() >= PAST {
                return;
            }
            if self.past.iter().all(|past| past.ptxid != ptxid) {
                self.past.push_front(Past { ptxid, stands, overridden: false, alarmed: false });
            }
        }
    }

    fn learn(&mut self, code: Code, works: bool) {
        let known = if works { Capability::Yes } else { Capability::No };
        let field = match code {
            Code::Print => &mut self.capabilities.printing,
            Code::EasyPayApproval | Code::EasyPayCancellation => &mut self.capabilities.easy_pay,
            Code::CashReceiptIssue | Code::CashReceiptCancellation => &mut self.capabilities.cash_receipt,
            Code::TaxRefundIssue | Code::TaxRefundCancellation => &mut self.capabilities.tax_refund,
            Code::LastTransaction => &mut self.capabilities.history,
            Code::SalesTotals => &mut self.capabilities.sales_totals,
            Code::DownloadCodes => &mut self.capabilities.codes,
            _ => return,
        };
        if works || *field == Capability::Unknown {
            *field = known;
        }
    }

    /// What a final outcome, or an operator's word, means for frames that come later.
    fn past_of(outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Approved(_))
    }

    fn past_of_word(verdict: Verdict) -> bool {
        verdict == Verdict::Performed
    }
}
