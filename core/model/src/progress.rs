//! What a person is told while the fate of a lost payment is being found out (rule 5).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// What recovery waits for at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RecoveryWait {
    /// A connection to the terminal.
    Connection,
    /// The terminal's answer to the question for its last transaction (990001).
    Answer,
    /// The end of the fence: the terminal does not show the payment, and may still charge it until then.
    LateApproval,
    /// The terminal shows the payment; its confirmation is not acknowledged or not read back yet (rules 6, 7).
    Confirmation,
    /// The journal: a row is not written yet.
    Journal,
}

/// How far the recovery of an operation is, for [`EventCode::RecoveryProgress`](crate::EventCode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// What it waits for.
    pub waits_for: RecoveryWait,
    /// When that ends at the latest, by this machine's clock; none where only the terminal's return ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Progress {
    /// The sentence for the screen. `seconds`: how long it may still take, where that is known.
    #[must_use]
    pub fn text(&self, seconds: Option<u64>) -> Text {
        let (ko, en) = match self.waits_for {
            RecoveryWait::Connection => ("단말기 연결을 기다립니다", "waiting for the connection"),
            RecoveryWait::Answer => ("단말기의 응답을 기다립니다", "waiting for its answer"),
            RecoveryWait::LateApproval => {
                ("뒤늦은 승인이 없는지 지켜봅니다", "the payment is not there, watching for a late approval")
            }
            RecoveryWait::Confirmation => {
                ("승인을 단말기와 확정하는 중입니다", "settling the approval with the terminal")
            }
            RecoveryWait::Journal => ("거래 기록을 저장하는 중입니다", "writing the journal"),
        };
        let (ko_end, en_end) = match seconds {
            Some(seconds) => (format!(" (최대 {seconds}초)"), format!(" (at most {seconds} s)")),
            None => (String::new(), String::new()),
        };
        Text::of(
            format!("단말기의 마지막 거래를 확인하고 있습니다. 다시 결제하지 마세요: {ko}{ko_end}"),
            format!("checking the terminal's last transaction, do not charge again: {en}{en_end}"),
        )
    }
}
