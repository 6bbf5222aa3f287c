//! What follows what: the one table of an operation's phases. The machine moves through it and nowhere else.

use std::fmt;

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Nothing is sent: waits for a connection, an earlier operation or an abort's answer.
    Waiting,
    /// 990001 is asked for the baseline.
    Checking,
    /// The intent's row is being written (rule 1).
    Recording,
    /// The request has left: its own answer is awaited on its connection.
    Running,
    /// The evidence is lost: the terminal is being asked (rule 5).
    Lost,
    /// A final answer other than 0000 was seen and must stand (rule 3).
    Doubtful,
    /// A 0000 came after such an answer: only the fence decides (rule 3).
    Contradicted,
    /// An approval was seen: its row is being written (rule 7).
    Keeping,
    /// The approval is kept; 990001 must show it before it is confirmed again (rule 7).
    Unconfirmed,
    /// 980001 is asked.
    Confirming,
    /// 990001 must show the approval standing (rule 6).
    ReadingBack,
    /// The final row is being written.
    Closing,
    /// The outcome is final.
    Ended,
}

/// What moves an operation on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// The terminal is free and connected, and what it shows is not known.
    Free,
    /// What the terminal shows is known: the baseline.
    Baseline,
    /// The connection ended.
    Cut,
    /// The row is durable.
    Kept,
    /// The row could not be written.
    NotKept,
    /// It ends before its first byte.
    Dropped,
    /// An interim answer (rule 8).
    Interim,
    /// A final answer 0000 that names it.
    Approval,
    /// A final answer other than 0000 that names it.
    Refusal,
    /// The terminal shows it under a code of its reversals.
    Reversal,
    /// No answer in time, or one that does not count.
    NoEvidence,
    /// 990001 supports the refusal often enough.
    Stands,
    /// The terminal is proven to know nothing of it.
    Absence,
    /// 990001 shows the approval, which is kept already.
    Shown,
    /// 980001 was answered with 0000.
    Acknowledged,
    /// The terminal did not acknowledge 980001.
    NotAcknowledged,
    /// A slip's answer: no confirmation follows.
    SlipAnswer,
    /// Not one byte of the request left (rule 3).
    NothingLeft,
}

/// Every transition. Whoever wants to know what the machine can do reads this and nothing else.
pub const TRANSITIONS: &[(Phase, Signal, Phase)] = {
    use Phase as P;
    use Signal as S;
    &[
        (P::Waiting, S::Free, P::Checking),
        (P::Waiting, S::Baseline, P::Recording),
        (P::Waiting, S::Dropped, P::Ended),
        (P::Checking, S::Baseline, P::Recording),
        (P::Checking, S::Cut, P::Waiting),
        (P::Checking, S::Dropped, P::Ended),
        (P::Recording, S::Kept, P::Running),
        (P::Recording, S::NotKept, P::Ended),
        (P::Recording, S::Dropped, P::Closing),
        (P::Running, S::NothingLeft, P::Closing),
        (P::Running, S::Interim, P::Running),
        (P::Running, S::Approval, P::Keeping),
        (P::Running, S::Refusal, P::Doubtful),
        (P::Running, S::Reversal, P::Closing),
        (P::Running, S::SlipAnswer, P::Closing),
        (P::Running, S::NoEvidence, P::Lost),
        (P::Running, S::Cut, P::Lost),
        (P::Lost, S::Approval, P::Keeping),
        (P::Lost, S::Refusal, P::Doubtful),
        (P::Lost, S::Reversal, P::Closing),
        (P::Lost, S::Absence, P::Closing),
        (P::Doubtful, S::Refusal, P::Doubtful),
        (P::Doubtful, S::Approval, P::Contradicted),
        (P::Doubtful, S::Reversal, P::Closing),
        (P::Doubtful, S::Stands, P::Closing),
        (P::Contradicted, S::Approval, P::Keeping),
        (P::Contradicted, S::Refusal, P::Doubtful),
        (P::Contradicted, S::Reversal, P::Closing),
        (P::Keeping, S::Kept, P::Confirming),
        (P::Keeping, S::Cut, P::Keeping),
        (P::Keeping, S::NotKept, P::Lost),
        (P::Unconfirmed, S::Shown, P::Confirming),
        (P::Unconfirmed, S::Refusal, P::Doubtful),
        (P::Unconfirmed, S::Reversal, P::Closing),
        (P::Confirming, S::Acknowledged, P::ReadingBack),
        (P::Confirming, S::NotAcknowledged, P::Unconfirmed),
        (P::Confirming, S::Cut, P::Unconfirmed),
        (P::Confirming, S::Refusal, P::Doubtful),
        (P::ReadingBack, S::Shown, P::Closing),
        (P::ReadingBack, S::Refusal, P::Doubtful),
        (P::ReadingBack, S::Reversal, P::Closing),
        (P::Closing, S::NotKept, P::Closing),
        (P::Closing, S::Kept, P::Ended),
    ]
};

/// The phase that follows, or none where the table says nothing of it.
#[must_use]
pub fn next(from: Phase, signal: Signal) -> Option<Phase> {
    TRANSITIONS.iter().find(|(phase, on, _)| *phase == from && *on == signal).map(|(_, _, to)| *to)
}

impl Phase {
    /// Every phase, in the order of a payment.
    pub const ALL: [Self; 13] = [
        Self::Waiting,
        Self::Checking,
        Self::Recording,
        Self::Running,
        Self::Lost,
        Self::Doubtful,
        Self::Contradicted,
        Self::Keeping,
        Self::Unconfirmed,
        Self::Confirming,
        Self::ReadingBack,
        Self::Closing,
        Self::Ended,
    ];

    /// Whether a byte of the request may have left.
    #[must_use]
    pub const fn may_have_left(self) -> bool {
        !matches!(self, Self::Waiting | Self::Checking | Self::Recording)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The table as Markdown, one row a phase, for the documentation.
#[must_use]
pub fn render() -> String {
    let mut page = String::from(
        "# The phases of an operation\n\nDrawn from the transition table of the session; a test fails when it is stale.\n\n| phase | on | then |\n|---|---|---|\n",
    );
    for (from, on, to) in TRANSITIONS {
        page.push_str(&format!("| {from:?} | {on:?} | {to:?} |\n"));
    }
    page.push_str("\n```mermaid\nstateDiagram-v2\n    [*] --> Waiting\n    [*] --> Lost: restarted\n    [*] --> Doubtful: restarted\n    [*] --> Unconfirmed: restarted\n");
    for (from, on, to) in TRANSITIONS {
        page.push_str(&format!("    {from:?} --> {to:?}: {on:?}\n"));
    }
    page.push_str("    Ended --> [*]\n```\n");
    page
}
