//! Bugs on purpose, one at a time, so that the laboratory can show that it finds them. Nothing of this is in a
//! build without the feature `planted`, and the feature does not compile outside the laboratory.

use std::cell::Cell;

// A journal that forgets must not be built by an accident of features: only the laboratory sets this.
const _: () = assert!(
    option_env!("DANMAL_LABORATORY").is_some(),
    "the feature `planted` plants bugs: it is for `cargo xtask simulate --planted` alone"
);

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A key is forgotten: the second press begins another sale.
    KeyForgotten,
    /// A second cancellation of an approval is begun.
    SecondCancellation,
    /// What was seen and not ended is not listed after a restart.
    SeenIsEnded,
}

impl Bug {
    /// Every bug.
    pub const ALL: &[Self] = &[Self::KeyForgotten, Self::SecondCancellation, Self::SeenIsEnded];

    /// What it does wrong, a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::KeyForgotten => "A key is forgotten: the second press begins another sale.",
            Self::SecondCancellation => "A second cancellation of an approval is begun.",
            Self::SeenIsEnded => "What was seen and not ended is not listed after a restart.",
        }
    }
}

thread_local! {
    static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Plants a bug in every book of this thread, or none.
pub fn set(bug: Option<Bug>) {
    PLANTED.set(bug);
}

pub(crate) fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}
