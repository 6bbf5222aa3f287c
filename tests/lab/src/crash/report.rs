//! What a till says over the pipe: one line for each thing that its caller has learnt.

use danmal::Outcome;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// An operation was handed out, for this order.
    Handed { id: String, order: String },
    /// Its outcome was shown.
    Shown { id: String, state: State },
    /// What the journal says of an operation: found at the start, resolved, or asked for at the end.
    Known { id: String, order: String, state: State },
    /// Money is refused until an operator speaks, and why: never after a mere kill.
    SafeMode(String),
    /// Everything that was open is resolved, and the button may be pressed.
    Settled,
    /// The whole history was told.
    Told,
}

/// What is said of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It runs or is unknown.
    Open,
    /// It is unknown, and an operator has sent the next customer on.
    Undecided,
    /// `approved`, with the approval's number and amount.
    Approved { approval_no: String, amount: i64 },
    /// Any other end, by its name.
    Ended(String),
}

impl State {
    pub(crate) fn of(outcome: Option<&Outcome>) -> Self {
        match outcome {
            None | Some(Outcome::Unknown(_)) => Self::Open,
            Some(Outcome::Approved(approval)) => {
                Self::Approved { approval_no: approval.approval_no.clone(), amount: approval.approval_amt }
            }
            Some(other) => Self::Ended(other.name().to_owned()),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Open => "open".to_owned(),
            Self::Undecided => "undecided".to_owned(),
            Self::Approved { approval_no, amount } => format!("approved {approval_no} {amount}"),
            Self::Ended(name) => name.clone(),
        }
    }

    fn read(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["open"] => Self::Open,
            ["undecided"] => Self::Undecided,
            ["approved", approval_no, amount] => {
                Self::Approved { approval_no: (*approval_no).to_owned(), amount: amount.parse().ok()? }
            }
            [name] => Self::Ended((*name).to_owned()),
            _ => return None,
        })
    }
}

impl Report {
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Handed { id, order } => format!("handed {id} {order}"),
            Self::Shown { id, state } => format!("shown {id} {}", state.words()),
            Self::Known { id, order, state } => format!("known {id} {order} {}", state.words()),
            Self::SafeMode(detail) => format!("safe-mode {detail}"),
            Self::Settled => "settled".to_owned(),
            Self::Told => "told".to_owned(),
        }
    }

    pub(crate) fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        Some(match words.as_slice() {
            ["handed", id, order] => Self::Handed { id: (*id).to_owned(), order: (*order).to_owned() },
            ["shown", id, state @ ..] => Self::Shown { id: (*id).to_owned(), state: State::read(state)? },
            ["known", id, order, state @ ..] => {
                Self::Known { id: (*id).to_owned(), order: (*order).to_owned(), state: State::read(state)? }
            }
            ["safe-mode", detail @ ..] => Self::SafeMode(detail.join(" ")),
            ["settled"] => Self::Settled,
            ["told"] => Self::Told,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_as_it_was_said() {
        let (id, order) = ("CPOS-1".to_owned(), "o-1".to_owned());
        let approved = State::Approved { approval_no: "30001234".to_owned(), amount: 1_500 };
        for report in [
            Report::Handed { id: id.clone(), order: order.clone() },
            Report::Shown { id: id.clone(), state: approved.clone() },
            Report::Shown { id: id.clone(), state: State::Open },
            Report::Shown { id: id.clone(), state: State::Undecided },
            Report::Known { id: id.clone(), order: order.clone(), state: approved },
            Report::Known { id, order, state: State::Ended("notPerformed".to_owned()) },
            Report::SafeMode("it was damaged".to_owned()),
            Report::Settled,
            Report::Told,
        ] {
            assert_eq!(Report::read(&report.line()), Some(report));
        }
        assert_eq!(Report::read("known CPOS-1 o-1 approved 3000"), None, "a line that broke off");
    }
}
