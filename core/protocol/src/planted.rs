//! Bugs on purpose, one at a time, so that the laboratory can show that it finds them. Nothing of this is in a
//! build without the feature `planted`, and the feature does not compile outside the laboratory.

use std::cell::Cell;

// A library that charges twice must not be built by an accident of features: only the laboratory sets this.
const _: () = assert!(
    option_env!("DANMAL_LABORATORY").is_some(),
    "the feature `planted` plants bugs: it is for `cargo xtask simulate --planted` alone"
);

macro_rules! bugs {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// A bug.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug {
            $($(#[doc = $doc])* $name,)*
        }

        impl Bug {
            /// Every bug.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What it does wrong, a sentence.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),*),)*
                }
            }
        }
    };
}

bugs! {
    /// The first byte leaves before the intent's row is durable.
    SendBeforeIntent,
    /// A request that got no answer is sent again.
    Resend,
    /// Absence is believed without a fence.
    NoFence,
    /// The fence does not begin with our start.
    NoFenceAfterRestart,
    /// Whatever 990001 shows counts as the baseline.
    NoBaseline,
    /// An empty baseline is believed.
    EmptyBaseline,
    /// An approval stands on 980001 alone.
    NoReadBack,
    /// An approval stands without 980001.
    NoConfirmation,
    /// An answer without 0000 to 980001 does, and so does none.
    ConfirmationLost,
    /// A money answer is taken whatever its ptxid says.
    AnyPtxid,
    /// What 990001 shows is taken whatever its ptxid says.
    AnyPtxidShown,
    /// A question that was not answered in time leaves its connection standing.
    LateAnswer,
    /// 0010 is taken as a final answer.
    InterimIsFinal,
    /// An acknowledged request to stop is taken as stopped.
    StopIsEnd,
    /// A request to stop does not hold up the next money request.
    NoStopGate,
    /// Amounts are not compared.
    NoAmounts,
    /// What a restart finds without an answer is taken as not performed.
    RestartIsAbsence,
    /// Recovery confirms what was seen without looking whether it stands.
    BlindRecovery,
    /// New money is sent while an operation is unresolved.
    NewMoney,
    /// An operator's word is taken before the fence.
    EarlyWord,
    /// An operator's word is never contradicted.
    LastWord,
    /// A late fact changes a final state.
    FinalChanges,
    /// Absence is believed on a connection that was opened before the fence.
    OldConnection,
    /// Any refusal stands at once.
    RefusalAtOnce,
    /// The caller learns the outcome before its row is durable.
    ToldTooEarly,
    /// A call waits for ever.
    NeverGivesUp,
    /// Recovery asks without a pause.
    NoPause,
    /// The card's data is kept as the message of an answer.
    CardInMessage,
}

thread_local! {
    static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Plants a bug in every session of this thread, or none.
pub fn set(bug: Option<Bug>) {
    PLANTED.set(bug);
}

pub(crate) fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}
