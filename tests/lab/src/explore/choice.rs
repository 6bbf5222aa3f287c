//! What can happen next.

use std::fmt;

use super::terminal::{After, Who};

/// What a terminal remembers when it restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    Kept,
    Empty,
    /// The quirk against A2.
    Earlier,
}

/// One thing that can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    // The application.
    Begin,
    RequestStop,
    /// An operator wants to know now.
    Recover,
    // The till's machine.
    Connect,
    Refuse,
    Kept,
    KeepFails,
    CrashLost,
    CrashKept,
    Crash,
    /// The next deadline.
    Tick,
    /// The next deadline, with a frame still on its way.
    Slow,
    // The wire.
    ToTerminal,
    LoseRequest,
    DelayRequest,
    ToTill,
    LoseAnswer,
    Duplicate,
    /// The quirk against A6: the second time comes later, on the same connection.
    Echo,
    Cut,
    /// A request that was delayed arrives.
    Arrive,
    // The terminal.
    Signature,
    Read,
    Approve {
        hidden: bool,
    },
    Decline {
        remembered: bool,
    },
    StoppedByCustomer {
        remembered: bool,
    },
    /// The answer of a stop says that it stops; it does not.
    StopIgnored,
    /// The quirk against A5: a refusal, and it goes on.
    RefuseAndGoOn,
    Reverse {
        who: Who,
        after: After,
    },
    Appear,
    Reboot {
        captures: bool,
        memory: Memory,
    },
    // Others.
    ForeignSale,
    ForeignConfirm,
    ForeignAbort,
}

impl Choice {
    /// Whether it counts against the budget of faults.
    pub(super) fn is_fault(self) -> bool {
        matches!(
            self,
            Self::Refuse
                | Self::KeepFails
                | Self::CrashLost
                | Self::CrashKept
                | Self::Crash
                | Self::Slow
                | Self::LoseRequest
                | Self::DelayRequest
                | Self::LoseAnswer
                | Self::Duplicate
                | Self::Cut
                | Self::Reboot { .. }
        )
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
