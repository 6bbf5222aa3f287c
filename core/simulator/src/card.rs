//! The course of one money request: what the customer, the card, the host and the terminal do with it.

use std::borrow::Cow;
use std::time::Duration;

use crate::fault::Fault;
use crate::settings::Unconfirmed;

/// A result code and its message.
pub(crate) type Words = (Cow<'static, str>, Cow<'static, str>);

/// What becomes of the card, or of the code on the customer's phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Card {
    Shown,
    Never,
    RemovedEarly,
    /// The customer presses cancel instead.
    Cancelled,
}

/// What the host says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Approved, with another amount by so much.
    Approved(i64),
    Declined(Words),
    /// It cannot be reached.
    Down,
    /// It approves, and its answer is lost.
    AnswerLost,
}

/// What 990001 shows of the transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shown {
    pub(crate) late: Duration,
    pub(crate) never: bool,
    pub(crate) without_ptxid: bool,
    pub(crate) after_reversal: bool,
}

/// The course that a money request takes. The usual one, unless faults say otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) card: Card,
    pub(crate) slow_card: Duration,
    /// Whether a signature is asked for whatever the amount.
    pub(crate) asks_signature: bool,
    pub(crate) signs: bool,
    /// How often 0010 is sent again.
    pub(crate) repeats: u32,
    pub(crate) slow_host: Duration,
    pub(crate) verdict: Verdict,
    /// Refused before anything is done.
    pub(crate) refused: Option<Words>,
    /// An answer before it goes on.
    pub(crate) interim: Option<Words>,
    pub(crate) stop_ignored: bool,
    pub(crate) stop_swallows: bool,
    pub(crate) late_wait: bool,
    pub(crate) policy: Option<Unconfirmed>,
    pub(crate) reverse_when_confirmed: bool,
    pub(crate) host_reverses: Option<Duration>,
    pub(crate) shown: Shown,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            card: Card::Shown,
            slow_card: Duration::ZERO,
            asks_signature: false,
            signs: true,
            repeats: 0,
            slow_host: Duration::ZERO,
            verdict: Verdict::Approved(0),
            refused: None,
            interim: None,
            stop_ignored: false,
            stop_swallows: false,
            late_wait: false,
            policy: None,
            reverse_when_confirmed: false,
            host_reverses: None,
            shown: Shown::default(),
        }
    }
}

impl Course {
    /// Changes the course. A fault that is about something else changes nothing.
    pub(crate) fn apply(&mut self, fault: &Fault) {
        match fault {
            Fault::NoCard => self.card = Card::Never,
            Fault::CardRemoved => self.card = Card::RemovedEarly,
            Fault::CustomerCancels => self.card = Card::Cancelled,
            Fault::AskSignature => self.asks_signature = true,
            Fault::NoSignature => (self.asks_signature, self.signs) = (true, false),
            Fault::SignatureRepeats { times } => (self.asks_signature, self.repeats) = (true, *times),
            Fault::SlowCustomer { by } => self.slow_card += *by,
            Fault::Decline { code, message } => {
                self.verdict = Verdict::Declined((code.clone(), message.clone()));
            }
            Fault::OtherAmount { by } => self.verdict = Verdict::Approved(*by),
            Fault::SlowHost { by } => self.slow_host += *by,
            Fault::HostDown => self.verdict = Verdict::Down,
            Fault::HostReplyLost => self.verdict = Verdict::AnswerLost,
            Fault::HostReverses { after } => self.host_reverses = Some(*after),
            Fault::Busy => self.refused = Some(BUSY),
            Fault::Refuse { code, message } => self.refused = Some((code.clone(), message.clone())),
            Fault::InterimCode { code, message } => self.interim = Some((code.clone(), message.clone())),
            Fault::StopIgnored => self.stop_ignored = true,
            Fault::StopSwallowsAnswer => self.stop_swallows = true,
            Fault::LateSignatureWait => self.late_wait = true,
            Fault::IfUnconfirmed { policy } => self.policy = Some(*policy),
            Fault::ReverseWhenConfirmed => self.reverse_when_confirmed = true,
            Fault::ShownLate { by } => self.shown.late = *by,
            Fault::NeverShown => self.shown.never = true,
            Fault::ShownWithoutPtxid => self.shown.without_ptxid = true,
            Fault::ShownAfterReversal => self.shown.after_reversal = true,
            _ => {}
        }
    }
}

/// How a terminal says that it is busy. The catalogue has no word for it but 0001 to 555555.
pub(crate) const BUSY: Words = (Cow::Borrowed("0001"), Cow::Borrowed("처리중 입니다"));
