//! What is not as it should be, and for a person to judge.

use serde::{Deserialize, Serialize};

use super::won;
use crate::text::Text;

/// Something that a person should look at. It never changes a final outcome (rule 16).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "alarm", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Alarm {
    /// The approved amount or a part of it is not what was asked (rule 11).
    AmountDiffers {
        /// The wire's name of the field.
        field: String,
        /// What was asked, won.
        asked: i64,
        /// What was answered, won.
        answered: i64,
    },
    /// The answer approves and does not say how much, or not readably.
    AmountMissing,
    /// The terminal's record of the approval differs from its answer.
    RecordDiffers {
        /// The wire's name of the field.
        field: String,
    },
    /// An approval arrived for an operation that had ended otherwise.
    LateApproval,
    /// An approved operation is now shown as not approved, without a cancellation of ours.
    ForeignReversal,
    /// What the operator decided is contradicted by what the terminal shows.
    OverrideContradicted,
    /// The terminal answered in a way that its assumptions exclude; the text names the assumption.
    AssumptionBroken {
        /// `A1` to `A6`.
        assumption: String,
    },
}

impl Alarm {
    /// The sentence for the screen.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::AmountDiffers { field, asked, answered } => Text::of(
                format!("금액 확인 필요: {field} 요청 {}원, 응답 {}원", won(*asked), won(*answered)),
                format!(
                    "check the amount: {field} asked {} won, answered {} won",
                    won(*asked),
                    won(*answered)
                ),
            ),
            Self::AmountMissing => {
                Text::fixed("승인 응답에 금액이 없습니다", "the approval does not say the amount")
            }
            Self::RecordDiffers { field } => Text::of(
                format!("단말기 기록이 승인 응답과 다릅니다: {field}"),
                format!("the terminal's record differs from its answer: {field}"),
            ),
            Self::LateApproval => Text::fixed(
                "끝난 거래의 승인이 뒤늦게 도착했습니다",
                "an approval arrived late for an ended operation",
            ),
            Self::ForeignReversal => Text::fixed(
                "승인된 거래가 단말기에서 취소로 보입니다",
                "the terminal shows an approved operation as undone",
            ),
            Self::OverrideContradicted => Text::fixed(
                "운영자의 판단과 단말기의 기록이 다릅니다",
                "the terminal contradicts what the operator decided",
            ),
            Self::AssumptionBroken { assumption } => Text::of(
                format!("단말기가 가정 {assumption}과 다르게 동작합니다"),
                format!("the terminal breaks assumption {assumption}"),
            ),
        }
    }
}
