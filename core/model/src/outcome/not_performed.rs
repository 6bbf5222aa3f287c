//! Why money was not asked for, with a sentence for each reason.

use serde::{Deserialize, Serialize};

use crate::korean::korean;
use crate::ptxid::Ptxid;
use crate::text::Text;

/// Why nothing was performed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum NotPerformedReason {
    /// There was no connection in time. `detail` says what the system said.
    NoConnection {
        /// For instance `connection refused`, `port is taken`, `port vanished`.
        detail: String,
    },
    /// The terminal is connected and did not answer the question that comes before money.
    TerminalSilent,
    /// The connection ended before the first byte of the request.
    NotSent,
    /// The terminal is shown, after the fence, to know nothing of it (absence, rule 5).
    Absent,
    /// Another operation of this terminal is running.
    Busy {
        /// The operation that runs.
        blocked_by: Ptxid,
    },
    /// An earlier operation is unresolved (rule 4).
    Unresolved {
        /// The operation that must be resolved first.
        blocked_by: Ptxid,
    },
    /// A request to stop is not answered yet; it could hit this operation instead (rule 9).
    StopPending {
        /// The operation that it was meant for.
        blocked_by: Ptxid,
    },
    /// Another till or another journal holds the terminal.
    HeldByAnotherTill {
        /// Who holds it: process and journal.
        holder: String,
    },
    /// Another till has this journal open: one process writes it at a time.
    JournalHeld {
        /// Who has it open: process and program, the journal, and since when.
        holder: String,
    },
    /// The journal could not keep the intent: full, read-only or broken.
    JournalUnavailable {
        /// What the system said.
        detail: String,
    },
    /// The journal is damaged, missing or older than the terminal's marker (rule 14).
    SafeMode {
        /// What was found.
        detail: String,
    },
    /// Play money and real money do not share a journal.
    WrongJournal,
    /// The key belongs to another operation with other amounts, or to one that is too old (rule 13).
    KeyReused {
        /// The operation that has the key.
        by: Ptxid,
    },
    /// A cancellation of this approval stands already, or is unresolved (rule 10).
    AlreadyCancelled {
        /// That cancellation.
        by: Ptxid,
    },
    /// The approval is not proven: its operation did not end `Approved`.
    ApprovalNotProven,
    /// The terminal object was closed.
    Closed,
    /// What the operation asks for cannot be said to this terminal.
    CannotBeSaid {
        /// What stands in the way.
        detail: String,
    },
}

impl NotPerformedReason {
    /// A stable name in camelCase.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoConnection { .. } => "noConnection",
            Self::TerminalSilent => "terminalSilent",
            Self::NotSent => "notSent",
            Self::Absent => "absent",
            Self::Busy { .. } => "busy",
            Self::Unresolved { .. } => "unresolved",
            Self::StopPending { .. } => "stopPending",
            Self::HeldByAnotherTill { .. } => "heldByAnotherTill",
            Self::JournalHeld { .. } => "journalHeld",
            Self::JournalUnavailable { .. } => "journalUnavailable",
            Self::SafeMode { .. } => "safeMode",
            Self::WrongJournal => "wrongJournal",
            Self::KeyReused { .. } => "keyReused",
            Self::AlreadyCancelled { .. } => "alreadyCancelled",
            Self::ApprovalNotProven => "approvalNotProven",
            Self::Closed => "closed",
            Self::CannotBeSaid { .. } => "cannotBeSaid",
        }
    }

    /// One sentence for the screen.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NoConnection { detail } => Text::of(
                format!("단말기에 연결할 수 없어 결제하지 않았습니다 ({})", korean(detail)),
                format!("not performed: no connection to the terminal ({detail})"),
            ),
            Self::TerminalSilent => Text::fixed(
                "단말기가 응답하지 않아 결제하지 않았습니다",
                "not performed: the terminal does not answer",
            ),
            Self::NotSent => {
                Text::fixed("요청을 보내기 전에 연결이 끊겼습니다", "not performed: the request was not sent")
            }
            Self::Absent => Text::fixed(
                "단말기에 거래가 없음을 확인했습니다. 다시 결제할 수 있습니다",
                "not performed: the terminal knows nothing of it; you may charge again",
            ),
            Self::Busy { .. } => {
                Text::fixed("다른 거래가 진행 중입니다", "not performed: another operation is running")
            }
            Self::Unresolved { .. } => Text::fixed(
                "이전 거래의 결과가 확인되지 않아 결제하지 않았습니다",
                "not performed: an earlier operation is unresolved",
            ),
            Self::StopPending { .. } => Text::fixed(
                "이전 중단 요청이 끝나지 않았습니다. 잠시 후 다시 시도하세요",
                "not performed: an earlier request to stop is not answered yet",
            ),
            Self::HeldByAnotherTill { holder } => Text::of(
                format!("다른 포스가 단말기를 사용 중입니다 ({})", korean(holder)),
                format!("not performed: another till holds the terminal ({holder})"),
            ),
            Self::JournalHeld { holder } => Text::of(
                format!(
                    "다른 포스가 이 거래 기록을 열고 있어 결제하지 않았습니다. 그 포스를 닫거나 다른 거래 기록을 지정하세요 ({})",
                    korean(holder)
                ),
                format!(
                    "not performed: another till has this journal open; close it there, or give this till a journal of its own ({holder})"
                ),
            ),
            Self::JournalUnavailable { detail } => Text::of(
                format!("거래 기록을 쓸 수 없어 결제하지 않았습니다 ({})", korean(detail)),
                format!("not performed: the journal cannot be written ({detail})"),
            ),
            Self::SafeMode { detail } => Text::of(
                format!("거래 기록 확인이 필요합니다 ({})", korean(detail)),
                format!("not performed: safe mode, an operator must accept the journal ({detail})"),
            ),
            Self::WrongJournal => Text::fixed(
                "모의 결제와 실제 결제는 같은 기록을 쓸 수 없습니다",
                "not performed: play money and real money do not share a journal",
            ),
            Self::KeyReused { by } => Text::of(
                format!("이미 사용된 주문 키입니다 ({by})"),
                format!("not performed: the key belongs to another operation ({by})"),
            ),
            Self::AlreadyCancelled { by } => Text::of(
                format!("이미 취소되었거나 취소 확인 중인 거래입니다 ({by})"),
                format!("not performed: cancelled already, or its cancellation is unresolved ({by})"),
            ),
            Self::ApprovalNotProven => Text::fixed(
                "승인이 확인되지 않은 거래는 취소할 수 없습니다",
                "not performed: the approval is not proven",
            ),
            Self::Closed => Text::fixed("단말기를 닫았습니다", "not performed: the terminal was closed"),
            Self::CannotBeSaid { detail } => Text::of(
                format!("이 단말기에 보낼 수 없는 요청입니다 ({})", korean(detail)),
                format!("not performed: cannot be said to this terminal ({detail})"),
            ),
        }
    }
}
