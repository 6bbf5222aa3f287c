//! What is explored: what a shop does, and what the terminal may do that it should not.

use std::time::Duration;

use danmal_model::{Durations, Profile};

/// What the application asks, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Sale,
    /// Of the first sale.
    Cancellation,
}

/// An assumption and the terminal that breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Quirk {
    #[value(name = "A1")]
    A1,
    #[value(name = "A2")]
    A2,
    #[value(name = "A3")]
    A3,
    #[value(name = "A4")]
    A4,
    #[value(name = "A5")]
    A5,
    #[value(name = "A6")]
    A6,
}

impl Quirk {
    pub(super) const ALL: [Self; 6] = [Self::A1, Self::A2, Self::A3, Self::A4, Self::A5, Self::A6];

    /// Whether the profile assumes what the terminal breaks.
    pub(super) fn assume(self, profile: &mut Profile, assumed: bool) {
        let a = &mut profile.assumptions;
        match self {
            Self::A1 => a.a1_fence_shows_captures = assumed,
            Self::A2 => a.a2_reboot_never_older = assumed,
            Self::A3 => a.a3_reversed_not_shown_approved = assumed,
            Self::A4 => a.a4_dead_at_fence = assumed,
            Self::A5 => a.a5_other_codes_final = assumed,
            Self::A6 => a.a6_answers_once = assumed,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) steps: &'static [Step],
    /// The terminal may ask for a signature.
    pub(super) signature: bool,
    /// The caller may ask the first operation to stop.
    pub(super) stop: bool,
    /// A sale is keyed in by hand.
    pub(super) foreign: bool,
    /// A second client confirms and aborts.
    pub(super) second_client: bool,
    /// The terminal begins without a transaction in memory: its baseline is empty.
    pub(super) empty: bool,
}

const PLAIN: Scenario = Scenario {
    name: "sale",
    steps: &[Step::Sale],
    signature: false,
    stop: false,
    foreign: false,
    second_client: false,
    empty: false,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    PLAIN,
    Scenario { name: "twoSales", steps: &[Step::Sale, Step::Sale], ..PLAIN },
    Scenario { name: "cancellation", steps: &[Step::Sale, Step::Cancellation], ..PLAIN },
    Scenario { name: "signature", signature: true, ..PLAIN },
    Scenario { name: "stop", stop: true, ..PLAIN },
    Scenario { name: "stopThenSale", steps: &[Step::Sale, Step::Sale], stop: true, ..PLAIN },
    Scenario { name: "foreignSale", foreign: true, ..PLAIN },
    Scenario { name: "secondClient", foreign: true, second_client: true, ..PLAIN },
    Scenario { name: "emptyBaseline", empty: true, ..PLAIN },
];

/// The rules' durations in tens of seconds, so that few moments differ: their order is kept (a question is
/// shorter than a money call's wait, that than the silence before a stop, that than the fence, that than the
/// longest call), and a few looks still fit into a fence.
pub(super) fn durations() -> Durations {
    let tens = |count: u64| Duration::from_secs(10 * count);
    Durations {
        fence: tens(10),
        question: tens(1),
        prepare: tens(2),
        inactivity: tens(4),
        total: tens(15),
        stop_answer: tens(1),
        after_stop: tens(1),
        read_back: tens(5),
        recheck: tens(5),
        baseline_fresh: tens(1),
        surplus_quiet: tens(1),
        serial_quiet: tens(1),
        query: tens(1),
        query_queue: tens(16),
        close: tens(1),
        connect: tens(1),
        reconnect_first: tens(1),
        reconnect_longest: tens(1),
        key_life: Duration::from_secs(12 * 3600),
    }
}
