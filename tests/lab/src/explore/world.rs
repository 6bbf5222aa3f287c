//! One state of the world: the session with its journal, the terminal with its host, and the wire between.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use danmal_model::{ApprovalReference, Fact, Intent, JournalId, Kind, Outcome, Profile, Ptxid, Record, Seen};
use danmal_protocol::{CommitId, Input, Line, Now, OpenIntent, Order, Output, Session, Setup, code_of};
use danmal_wire::{Code, EncodeRules, Frame, FrameDecoder, encode_json};
use jiff::Timestamp;

use super::scenario::{Quirk, Scenario, Step};
use super::terminal::{Down, STRANGER, Said, Shown, Terminal, Up, Who};
use crate::cutpoints::operation::{ask, request};

const JOURNAL: u64 = 0x0123_4567_89ab;

/// How an operation ended, or what its caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    Approved,
    Declined,
    Aborted,
    NotPerformed,
    Reversed,
    Unknown,
}

impl End {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Approved(_) => Self::Approved,
            Outcome::Declined(_) => Self::Declined,
            Outcome::Aborted(_) => Self::Aborted,
            Outcome::NotPerformed(_) => Self::NotPerformed,
            Outcome::Reversed(_) => Self::Reversed,
            Outcome::Unknown(_) => Self::Unknown,
        }
    }
}

/// What does not change in a search.
pub(super) struct Rules {
    pub(super) scenario: Scenario,
    pub(super) profile: Profile,
    pub(super) line: Line,
    /// What the terminal does against the assumptions.
    pub(super) quirk: Option<Quirk>,
}

impl Rules {
    pub(super) fn has(&self, quirk: Quirk) -> bool {
        self.quirk == Some(quirk)
    }
}

/// An operation of the application.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// What the journal holds while it has no end.
    pub(super) open: Option<Arc<OpenIntent>>,
    /// Its final state, once it is durable.
    pub(super) ended: Option<End>,
    /// What its caller was told.
    pub(super) told: Option<End>,
    /// Its process is gone.
    pub(super) orphaned: bool,
    /// Its request has left.
    pub(super) left: bool,
    /// A request to stop it is not answered for, though it has ended.
    pub(super) stop_open: bool,
    /// What 990001 showed before its first byte.
    pub(super) baseline: Shown,
}

#[derive(Clone)]
pub(super) struct World {
    pub(super) session: Session,
    pub(super) now: Duration,
    pub(super) faults: u8,
    pub(super) connecting: bool,
    pub(super) linked: bool,
    pub(super) up: VecDeque<Up>,
    pub(super) down: VecDeque<Down>,
    /// An answer without an id that comes a second time, some time.
    pub(super) echo: Option<Down>,
    /// Requests that a proxy holds back, and whether their connection stands.
    pub(super) late: Vec<(Up, bool)>,
    pub(super) commits: VecDeque<(CommitId, Box<Record>)>,
    pub(super) asked: [Asked; 2],
    pub(super) begun: usize,
    pub(super) terminal: Terminal,
    pub(super) stop_left: bool,
    pub(super) foreign_left: bool,
    pub(super) confirm_left: bool,
    pub(super) abort_left: bool,
    /// Since when nothing of ours is unfinished any more 100 s later (A4), as the world sees it.
    fence_from: Duration,
    /// A connection must come first.
    fence_awaits: bool,
    /// Money went over the present connection.
    carrier: bool,
    /// What 990001 said last.
    looked: Shown,
    pub(super) wrong: Option<String>,
}

pub(super) fn ptxid(who: Who) -> Ptxid {
    Ptxid::new(JournalId::new(JOURNAL), u32::from(who) + 1, 0)
}

fn who(text: &str) -> Option<Who> {
    let count = text.parse::<Ptxid>().ok()?.count()?;
    u8::try_from(count.checked_sub(1)?).ok()
}

fn number(who: Who) -> String {
    format!("3000000{who}")
}

/// The approval of the first sale.
fn reference() -> ApprovalReference {
    ApprovalReference {
        approval_no: number(0),
        transaction_no: format!("T{}", number(0)),
        transaction_date: "20261125120000".to_owned(),
        approval_amt: 5_000,
    }
}

/// An answer in the shape of 010010.
fn answer(who: Who, said: Said) -> String {
    let (code, number) = (said.code(), number(who));
    let id = ptxid(who);
    if matches!(said, Said::Approved | Said::Reversed) {
        format!(
            r#"{{"resultCode":"{code}","resultMessage":"-","data":{{"approvalNo":"{number}","transactionNo":"T{number}","approvalAmt":5000,"transactionDate":"20261125120000","ptxid":"{id}"}}}}"#
        )
    } else {
        format!(r#"{{"resultCode":"{code}","resultMessage":"-","data":{{"ptxid":"{id}"}}}}"#)
    }
}

fn plain(code: &str) -> String {
    format!(r#"{{"resultCode":"{code}","resultMessage":"-"}}"#)
}

impl World {
    pub(super) fn new(rules: &Rules, faults: u8) -> Self {
        let now = Duration::from_secs(1_000);
        let mut world = Self {
            session: Self::session(rules, Vec::new(), None, now),
            now,
            faults,
            connecting: false,
            linked: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            echo: None,
            late: Vec::new(),
            commits: VecDeque::new(),
            asked: Default::default(),
            begun: 0,
            terminal: Terminal::new(!rules.scenario.empty),
            stop_left: rules.scenario.stop,
            foreign_left: rules.scenario.foreign,
            confirm_left: rules.scenario.second_client,
            abort_left: rules.scenario.second_client,
            fence_from: now,
            fence_awaits: false,
            carrier: false,
            looked: None,
            wrong: None,
        };
        world.settle();
        world
    }

    fn session(rules: &Rules, open: Vec<OpenIntent>, stop: Option<Ptxid>, now: Duration) -> Session {
        let setup = Setup {
            terminal: "simulator:explore".to_owned(),
            profile: rules.profile.clone(),
            line: rules.line,
            simulated_address: true,
            simulated_journal: true,
            journal: JournalId::new(JOURNAL),
            digest_key: [1, 2],
            open,
            unsettled_stop: stop,
            safe_mode: None,
        };
        Session::new(setup, Now { mono: now, wall: Timestamp::UNIX_EPOCH })
    }

    pub(super) fn input(&mut self, input: Input) {
        self.session.handle(input, Now { mono: self.now, wall: Timestamp::UNIX_EPOCH });
        self.settle();
    }

    pub(super) fn kind(rules: &Rules, who: usize) -> Kind {
        match rules.scenario.steps.get(who) {
            Some(Step::Cancellation) => Kind::CardCancellation,
            _ => Kind::CardApproval,
        }
    }

    pub(super) fn begin(&mut self, rules: &Rules) {
        let kind = Self::kind(rules, self.begun);
        let mut intent = Intent { ptxid: ptxid(self.begun as Who), ..ask(kind, 5_000) };
        if kind == Kind::CardCancellation {
            intent.reference = Some(reference());
            intent.original = Some(ptxid(0));
        }
        self.begun += 1;
        let request = request(&intent);
        self.input(Input::Begin(Box::new(Order { intent, request })));
    }

    /// What the session wants done is done; what others answer is queued.
    pub(super) fn settle(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Connect => self.connecting = true,
                Output::Disconnect => self.end_connection(),
                Output::Send { code, bytes } => self.send(code, &bytes),
                Output::Commit { id, record } => self.commits.push_back((id, record)),
                Output::Outcome(outcome) => self.tell(outcome.id(), End::of(&outcome)),
                _ => {}
            }
        }
    }

    fn tell(&mut self, id: Ptxid, end: End) {
        let Some(asked) = who(id.as_str()).and_then(|who| self.asked.get_mut(usize::from(who))) else {
            return;
        };
        if asked.told.is_some() || asked.orphaned {
            self.wrong = Some("L1: a call settles twice, or after its process is gone".to_owned());
        } else if asked.ended.is_some_and(|ended| ended != end) {
            self.wrong = Some(format!("S8: {:?} is durable, {end:?} is told", asked.ended));
        } else {
            asked.told = Some(end);
        }
    }

    fn send(&mut self, code: Code, bytes: &[u8]) {
        if !self.linked {
            return;
        }
        let up = match code {
            Code::LastTransaction => Up::Look,
            Code::Confirm => Up::Confirm,
            Code::StopCard => Up::StopCard,
            Code::Abort => Up::Abort,
            _ => {
                let text = String::from_utf8_lossy(bytes);
                let id = text.split("ptxid\":\"").nth(1).and_then(|rest| rest.split('"').next());
                let Some(who) = id.and_then(who) else { return };
                match self.asked.get_mut(usize::from(who)) {
                    Some(asked) if asked.open.is_some() => asked.left = true,
                    _ => self.wrong = Some("S4: money leaves without a durable intent".to_owned()),
                }
                self.carrier = true;
                Up::Money(who)
            }
        };
        if matches!(up, Up::Money(_) | Up::StopCard | Up::Abort) {
            self.fence_from = self.now;
        }
        self.up.push_back(up);
    }

    pub(super) fn connect(&mut self) {
        self.connecting = false;
        self.linked = true;
        if self.fence_awaits {
            self.fence_awaits = false;
            self.fence_from = self.now;
        }
        self.input(Input::Connected);
    }

    /// The connection is gone, with what was in it.
    pub(super) fn end_connection(&mut self) {
        self.linked = false;
        self.up.clear();
        self.down.clear();
        self.echo = None;
        for (_, attached) in &mut self.late {
            *attached = false;
        }
        if let Some(running) = &mut self.terminal.running {
            running.attached = false;
        }
        if self.carrier {
            self.carrier = false;
            self.fence_from = self.now;
            self.fence_awaits = true;
        }
    }

    /// The record at the front is durable.
    pub(super) fn keep(&mut self) -> Option<CommitId> {
        let (id, record) = self.commits.pop_front()?;
        let looked = self.looked;
        let asked = record.ptxid.and_then(|id| who(id.as_str()));
        let Some(asked) = asked.and_then(|who| self.asked.get_mut(usize::from(who))) else { return Some(id) };
        let record = record.redacted();
        match record.fact {
            Fact::Intent(intent) => {
                asked.baseline = looked;
                asked.open = Some(Arc::new(OpenIntent {
                    intent: *intent,
                    seen: None,
                    unsettled_stops: Vec::new(),
                    overridden: None,
                }));
            }
            Fact::Ended(outcome) => {
                let end = End::of(&outcome);
                if asked.ended.is_some() {
                    self.wrong = Some("S8: a second final state".to_owned());
                } else if asked.told.is_some_and(|told| told != End::Unknown && told != end) {
                    self.wrong = Some(format!("S8: {:?} was told, {end:?} is written", asked.told));
                }
                asked.ended = Some(end);
                asked.stop_open = asked.open.take().is_some_and(|open| !open.unsettled_stops.is_empty());
            }
            Fact::Seen(seen) => {
                if let Some(open) = &mut asked.open {
                    Arc::make_mut(open).seen = Some(seen);
                }
            }
            Fact::Stopping { code } => match &mut asked.open {
                Some(open) => Arc::make_mut(open).unsettled_stops.push(code),
                None => asked.stop_open = true,
            },
            Fact::StopSettled => {
                asked.stop_open = false;
                if let Some(open) = &mut asked.open {
                    Arc::make_mut(open).unsettled_stops.clear();
                }
            }
            Fact::Overridden { .. } | Fact::Alarmed(_) | Fact::Accepted { .. } => {}
        }
        Some(id)
    }

    /// The till's process is gone, and starts again on its journal.
    pub(super) fn crash(&mut self, rules: &Rules) {
        self.end_connection();
        self.connecting = false;
        self.commits.clear();
        for asked in self.asked.iter_mut().take(self.begun) {
            asked.orphaned = true;
        }
        self.fence_from = self.now;
        let open: Vec<OpenIntent> =
            self.asked.iter().filter_map(|asked| asked.open.as_deref().cloned()).collect();
        self.fence_awaits |= !open.is_empty();
        let stop = self.asked.iter().position(|asked| asked.stop_open).map(|at| ptxid(at as Who));
        self.session = Self::session(rules, open, stop, self.now);
        self.settle();
    }

    /// The terminal's frame reaches the till.
    pub(super) fn receive(&mut self, rules: &Rules, down: Down) {
        if let Down::Look(shown) = down {
            self.looked = shown;
        }
        if let Some(frame) = frame(rules, down) {
            self.input(Input::Frame(frame));
        }
    }

    /// When the fence is over, as the world and the session see it; none while a connection must come first.
    pub(super) fn fence_end(&self, rules: &Rules) -> Option<Duration> {
        if self.fence_awaits {
            return None;
        }
        let ours = self.fence_from + rules.profile.durations.fence;
        self.session.fence_end().map(|theirs| theirs.max(ours))
    }

    /// Whether the terminal still has work that the fence would end.
    pub(super) fn unfinished(&self) -> bool {
        self.terminal.running.is_some() || !self.late.is_empty() || self.terminal.hidden.is_some()
    }

    /// What A1 and A4 say of the end of the fence.
    pub(super) fn enforce(&mut self, rules: &Rules) {
        if self.fence_end(rules).is_none_or(|at| self.now < at) {
            return;
        }
        if !rules.has(Quirk::A4) {
            self.late.clear();
            if let Some(running) = self.terminal.running.take()
                && running.attached
                && !running.refused
            {
                self.down.push_back(Down::Answer(running.who, Said::Stopped));
            }
        }
        if !rules.has(Quirk::A1) {
            self.terminal.appear();
        }
    }

    /// Whether another operation may begin, now or later.
    pub(super) fn more(&self, rules: &Rules) -> bool {
        match rules.scenario.steps.get(self.begun) {
            Some(Step::Sale) => true,
            Some(Step::Cancellation) => self.asked[0].ended.is_none_or(|end| end == End::Approved),
            None => false,
        }
    }

    /// Whether nothing can change any more what was said and what stands: what could still happen is faults on
    /// an idle line.
    pub(super) fn is_at_rest(&self, rules: &Rules) -> bool {
        let begun = &self.asked[..self.begun];
        !self.more(rules)
            && self.session.phase().is_none()
            && self.commits.is_empty()
            && begun.iter().all(|asked| asked.open.is_none() && asked.is_over())
            && self.terminal.running.is_none()
            && self.terminal.unconfirmed().all(|who| who == STRANGER)
            && (self.up.is_empty() && self.down.is_empty())
            && (self.late.is_empty() && self.echo.is_none())
    }

    /// The state as bytes, without the faults that are left: a state with more of them can do all that the same
    /// state with fewer can.
    pub(super) fn canonical(&self, rules: &Rules, out: &mut Vec<u8>) {
        use std::hash::{Hash, Hasher};
        out.clear();
        self.session.canonical(self.more(rules), out);
        let mut rest = Bytes(out);
        (self.connecting, self.linked, &self.up, &self.down).hash(&mut rest);
        (&self.late, self.begun, self.terminal.canonical(rules.has(Quirk::A2))).hash(&mut rest);
        (self.stop_left, self.foreign_left, self.confirm_left, self.abort_left).hash(&mut rest);
        self.echo.hash(&mut rest);
        // The next money begins the fence anew: where nothing is open or unfinished, the present one ends nothing.
        let may_have_left = |asked: &Asked| asked.open.is_some() && (asked.left || asked.orphaned);
        let fenced = self.unfinished() || self.asked.iter().any(may_have_left);
        if fenced {
            let fence = (self.fence_from + rules.profile.durations.fence).saturating_sub(self.now);
            (fence.as_millis(), self.fence_awaits, self.carrier).hash(&mut rest);
        }
        // It becomes the baseline of an intent that is being written, or that takes it without asking again.
        let writes = self.commits.iter().any(|(_, record)| matches!(record.fact, Fact::Intent(_)));
        if writes || self.session.has_fresh_look() {
            self.looked.hash(&mut rest);
        }
        for asked in &self.asked {
            if asked.ended.is_some() && asked.is_over() {
                // Who learnt it, and how, changes nothing any more.
                (asked.ended, asked.stop_open).hash(&mut rest);
                rest.write_u8(254);
                continue;
            }
            (asked.ended, asked.told, asked.orphaned, asked.stop_open, asked.baseline).hash(&mut rest);
            if let Some(open) = &asked.open {
                asked.left.hash(&mut rest);
                (open.intent.baseline, open.seen.as_ref().map(seen), &open.unsettled_stops).hash(&mut rest);
            }
            rest.write_u8(255);
        }
        for (_, record) in &self.commits {
            match &record.fact {
                Fact::Intent(_) => rest.write_u8(1),
                Fact::Seen(fact) => seen(fact).hash(&mut rest),
                Fact::Ended(outcome) => outcome.name().hash(&mut rest),
                Fact::Stopping { code } => code.hash(&mut rest),
                Fact::StopSettled => rest.write_u8(2),
                _ => rest.write_u8(3),
            }
            record.ptxid.hash(&mut rest);
        }
    }
}

/// What a restart makes of an answer that was seen.
fn seen(seen: &Seen) -> (&str, bool, bool) {
    (&seen.code, seen.contradicts, seen.approval.is_some())
}

/// A hasher that only collects.
struct Bytes<'a>(&'a mut Vec<u8>);

impl std::hash::Hasher for Bytes<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// The frame that the session reads, through the real codec.
fn frame(rules: &Rules, down: Down) -> Option<Frame> {
    let (code, body) = match down {
        Down::Answer(who, said) => (code_of(World::kind(rules, usize::from(who))), answer(who, said)),
        Down::Look(None) => (Code::LastTransaction, "{}".to_owned()),
        Down::Look(Some((who, said))) => (Code::LastTransaction, answer(who, said)),
        Down::Confirmed => (Code::Confirm, plain("0000")),
        Down::StopCard(stops) => (Code::StopCard, plain(if stops { "0000" } else { "9991" })),
        Down::Abort(stops) => (Code::Abort, plain(if stops { "9999" } else { "0001" })),
    };
    let bytes = encode_json(code, Some(&body), &EncodeRules::default()).ok()?;
    let mut decoder = FrameDecoder::for_answers(Default::default());
    decoder.push(&bytes);
    decoder.next()?.ok()
}
