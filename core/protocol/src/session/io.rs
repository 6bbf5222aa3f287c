//! What goes into a session and what comes out of it. Everything that is not here, a clock, a socket, a
//! disk, is somebody else's.

use std::fmt;
use std::time::Duration;

use danmal_model::{Error, Event, Intent, JournalId, Outcome, Profile, Ptxid, Record, Seen, Verdict};
use danmal_wire::{Code, Frame, Request, Response};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// The moment of an input: a monotonic clock for every deadline, the wall clock for records only (rule 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time since any fixed moment of this process; never goes back.
    pub mono: Duration,
    /// The machine's clock, which may jump.
    pub wall: Timestamp,
}

/// What kind of line the terminal is on. It decides how a connection is ended for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// A stream whose end is the end of what was in it: TCP, a socket of the caller's.
    Stream,
    /// A serial line: bytes of before may still arrive, so it is purged and must be quiet.
    Serial,
}

/// An intent that the journal holds without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIntent {
    /// What was going to be asked.
    pub intent: Intent,
    /// The final answer that was seen last.
    pub seen: Option<Seen>,
    /// Requests to stop that were journaled and never answered.
    pub unsettled_stops: Vec<String>,
    /// An operator's word that nothing has contradicted.
    pub overridden: Option<Verdict>,
}

/// What a session begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The terminal's canonical key, for the records.
    pub terminal: String,
    /// What is known and set of it.
    pub profile: Profile,
    /// The line it is on.
    pub line: Line,
    /// Play money by the address. A real address may still turn out to be a simulator's.
    pub simulated_address: bool,
    /// Whether the journal is for play money.
    pub simulated_journal: bool,
    /// The journal's id.
    pub journal: JournalId,
    /// The key of the digests of what 990001 shows.
    pub digest_key: [u64; 2],
    /// The terminal's open intents, oldest first.
    pub open: Vec<OpenIntent>,
    /// An ended operation's request to stop that was never answered (rule 9).
    pub unsettled_stop: Option<Ptxid>,
    /// Why an operator must accept the journal first (rule 14).
    pub safe_mode: Option<String>,
}

/// A money request to perform.
#[derive(Clone, Debug)]
pub struct Order {
    /// What the journal will keep.
    pub intent: Intent,
    /// What the terminal will be asked.
    pub request: Request,
}

/// Names a commit until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId(pub u64);

/// Names a query, an operator's word or another call that ends with one answer. The caller chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// The connection that was asked for stands.
    Connected,
    /// It could not be made.
    ConnectFailed {
        /// What the system said, without addresses of people.
        detail: String,
    },
    /// The connection ended without our asking.
    Disconnected,
    /// The latest request's bytes could not be handed to the system at all: not one of them.
    NothingSent,
    /// A frame arrived.
    Frame(Frame),
    /// Bytes arrived that are no frame and were skipped.
    Noise,
    /// The bytes cannot be read any further: the connection must end.
    Unreadable,
    /// A record is durable.
    Committed(CommitId),
    /// A record could not be kept.
    CommitFailed {
        /// Which.
        id: CommitId,
        /// What the system said.
        detail: String,
    },
    /// A money request.
    Begin(Box<Order>),
    /// The caller wants an operation stopped (rule 9).
    RequestStop(Ptxid),
    /// A query.
    Ask {
        /// Names it.
        call: CallId,
        /// What is asked.
        request: Box<Request>,
    },
    /// An operator's word on an unresolved operation (rule 4).
    Override {
        /// Names the call.
        call: CallId,
        /// The operation.
        ptxid: Ptxid,
        /// The word.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// An operator accepts the journal (rule 14).
    AcceptJournal {
        /// Names the call.
        call: CallId,
        /// Why.
        reason: String,
    },
    /// Ask the terminal again now about what is unresolved.
    Recover,
    /// Time has passed.
    Tick,
    /// No more work is taken; what runs goes on.
    Close,
}

/// What is to be done, in this order.
#[derive(Clone)]
pub enum Output {
    /// Open a connection. Answered by `Connected` or `ConnectFailed`.
    Connect,
    /// End the connection for good: TCP by abort (linger 0), serial by purge and close. Nothing of it may be
    /// reported any more.
    Disconnect,
    /// Write these bytes.
    Send {
        /// The code, for a log.
        code: Code,
        /// The whole frame.
        bytes: Zeroizing<Vec<u8>>,
    },
    /// Make this record durable. Answered by `Committed` or `CommitFailed`.
    Commit {
        /// Names it.
        id: CommitId,
        /// The record.
        record: Box<Record>,
    },
    /// Something to show; of an operation where it names one.
    Event(Box<Event>),
    /// An operation's outcome as far as the caller waits for it: settles once, may be `Unknown`.
    Outcome(Box<Outcome>),
    /// What became of an `Unknown`: the final state, or an operator's word.
    Resolution {
        /// The operation.
        ptxid: Ptxid,
        /// The final state; none for an operator's word.
        outcome: Option<Box<Outcome>>,
        /// The operator's word.
        verdict: Option<Verdict>,
    },
    /// Evidence contradicts the operator's word on this operation: it is unresolved again (rule 4).
    Reinstated(Box<Intent>),
    /// An intent of which no row was written: its key is free again (rule 13).
    Forget(Ptxid),
    /// The answer of a query.
    Answer {
        /// Which.
        call: CallId,
        /// The answer, or why there is none.
        result: Result<Box<Response>, Error>,
    },
    /// The answer of an operator's call.
    Done {
        /// Which.
        call: CallId,
        /// Refused with its reason.
        result: Result<(), Error>,
    },
    /// Closed, and nothing runs any more: the session can be dropped.
    Closed,
}

impl fmt::Debug for Output {
    /// Names only: a request's bytes may hold a person's number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("Connect"),
            Self::Disconnect => f.write_str("Disconnect"),
            Self::Send { code, bytes } => write!(f, "Send({code}, {} bytes)", bytes.len()),
            Self::Commit { id, .. } => write!(f, "Commit({})", id.0),
            Self::Event(event) => write!(f, "Event({:?})", event.code),
            Self::Outcome(outcome) => write!(f, "Outcome({} {})", outcome.id(), outcome.name()),
            Self::Resolution { ptxid, outcome, verdict } => {
                let name = outcome.as_ref().map(|outcome| outcome.name());
                write!(f, "Resolution({ptxid} {name:?} {verdict:?})")
            }
            Self::Reinstated(intent) => write!(f, "Reinstated({})", intent.ptxid),
            Self::Forget(ptxid) => write!(f, "Forget({ptxid})"),
            Self::Answer { call, result } => write!(f, "Answer({} {})", call.0, result.is_ok()),
            Self::Done { call, result } => write!(f, "Done({} {})", call.0, result.is_ok()),
            Self::Closed => f.write_str("Closed"),
        }
    }
}
