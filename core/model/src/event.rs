//! What happens to an operation or to a terminal while a person waits.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, Purpose};
use crate::outcome::{Alarm, Outcome};
use crate::ptxid::Ptxid;
use crate::text::{Language, Text};

/// A stable code for each kind of event, the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EventCode {
    /// The operation waits for a connection.
    WaitingForConnection,
    /// The operation waits until an earlier one is resolved.
    WaitingForEarlier,
    /// The terminal is asked for its last transaction before money moves (baseline).
    CheckingTerminal,
    /// The intent is durable (rule 1).
    Recorded,
    /// The request has left: the customer's turn.
    Sent,
    /// The terminal waits for a signature (서명대기, 0010).
    SignatureWait,
    /// The terminal says that it goes on.
    StillProcessing,
    /// The terminal's final words; they are checked before they become an outcome.
    Answered,
    /// The approval is being confirmed and read back (980001, 990001).
    Confirming,
    /// The till asked to stop.
    StopRequested,
    /// The terminal cannot stop now (9991, 0001): keep waiting.
    StopRefused,
    /// The terminal says that it stopped; its verdict is still awaited.
    StopAcknowledged,
    /// The connection ended while the operation ran: its result is being asked for.
    ConnectionLost,
    /// The terminal is being asked what became of the operation.
    Recovering,
    /// The outcome is not known in time; recovery goes on.
    Unresolved,
    /// An outcome became known.
    Finished,
    /// An operator's word on an unresolved operation was journaled.
    Overridden,
    /// The order's earlier operation is too old; a new one begins (rule 13).
    OrderStartsAnew,
    /// Something that a person should look at.
    Alarm,
    /// A frame that belongs to no operation of this till.
    ForeignFrame,
    /// The connection to the terminal stands.
    Connected,
    /// The connection to the terminal ended or could not be made.
    Disconnected,
    /// The terminal accepts work.
    Ready,
    /// Open operations of an earlier run are being resolved.
    RecoveringEarlier,
    /// The journal needs an operator's word (rule 14).
    SafeMode,
    /// An operator accepted the journal.
    JournalAccepted,
    /// Another till holds the terminal.
    HeldByAnotherTill,
    /// Bytes that are no frame were skipped or ended the connection.
    UnreadableBytes,
    /// The terminal object was closed.
    Closed,
}

/// One event, with its sentence for the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The stable code.
    pub code: EventCode,
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// The operation, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Ptxid>,
    /// The sentence.
    pub text: Text,
    /// The terminal's result code, where it said one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_code: Option<String>,
    /// What a person should look at, for [`EventCode::Alarm`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// The outcome, for [`EventCode::Finished`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Box<Outcome>>,
}

impl Event {
    /// An event with its usual sentence.
    #[must_use]
    pub fn new(code: EventCode, at: Timestamp) -> Self {
        Self { code, at, operation: None, text: code.text(), result_code: None, alarm: None, outcome: None }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        self.text.get(language)
    }
}

impl EventCode {
    /// The usual sentence of this event.
    #[must_use]
    pub const fn text(self) -> Text {
        match self {
            Self::WaitingForConnection => {
                Text::fixed("단말기에 연결하는 중입니다", "connecting to the terminal")
            }
            Self::WaitingForEarlier => {
                Text::fixed("이전 거래를 확인하는 중입니다", "an earlier operation is being resolved")
            }
            Self::CheckingTerminal => Text::fixed("단말기를 확인하는 중입니다", "checking the terminal"),
            Self::Recorded => Text::fixed("거래를 기록했습니다", "recorded in the journal"),
            Self::Sent => Text::fixed("카드를 넣어 주세요", "please insert the card"),
            Self::SignatureWait => Text::fixed("서명해 주세요", "please sign"),
            Self::StillProcessing => Text::fixed("처리 중입니다", "processing"),
            Self::Answered => Text::fixed("단말기가 응답했습니다", "the terminal answered"),
            Self::Confirming => {
                Text::fixed("결과를 단말기와 확인하는 중입니다", "confirming with the terminal")
            }
            Self::StopRequested => Text::fixed("중단을 요청했습니다", "asked the terminal to stop"),
            Self::StopRefused => {
                Text::fixed("처리 중이라 중단할 수 없습니다. 기다려 주세요", "cannot stop now, please wait")
            }
            Self::StopAcknowledged => {
                Text::fixed("단말기가 중단하는 중입니다", "the terminal is stopping, its verdict is awaited")
            }
            Self::ConnectionLost => Text::fixed(
                "단말기와 연결이 끊겼습니다. 다시 결제하지 마세요. 결과를 확인합니다",
                "the connection is lost, do not charge again, the result is being checked",
            ),
            Self::Recovering => {
                Text::fixed("단말기에 결과를 확인하는 중입니다", "asking the terminal for the result")
            }
            Self::Unresolved => Text::fixed(
                "결과를 알 수 없습니다. 다시 결제하지 마세요",
                "the outcome is not known, do not charge again",
            ),
            Self::Finished => Text::fixed("거래가 끝났습니다", "the operation has ended"),
            Self::Overridden => Text::fixed("관리자가 결과를 판단했습니다", "an operator decided"),
            Self::OrderStartsAnew => Text::fixed(
                "같은 주문 번호의 오래된 거래가 있어 새 거래를 시작합니다",
                "an old operation has the same order, a new one begins",
            ),
            Self::Alarm => Text::fixed("확인이 필요합니다", "please check"),
            Self::ForeignFrame => {
                Text::fixed("다른 거래의 응답을 받았습니다", "an answer of another operation arrived")
            }
            Self::Connected => Text::fixed("단말기와 연결되었습니다", "connected to the terminal"),
            Self::Disconnected => Text::fixed("단말기와 연결이 끊겼습니다", "not connected to the terminal"),
            Self::Ready => Text::fixed("결제할 수 있습니다", "ready"),
            Self::RecoveringEarlier => {
                Text::fixed("이전 거래를 확인하는 중입니다", "resolving earlier operations")
            }
            Self::SafeMode => Text::fixed(
                "거래 기록을 확인해야 합니다. 관리자가 확인하기 전에는 결제할 수 없습니다",
                "the journal needs an operator's word before money moves",
            ),
            Self::JournalAccepted => Text::fixed("거래 기록을 확인했습니다", "the journal was accepted"),
            Self::HeldByAnotherTill => {
                Text::fixed("다른 포스가 단말기를 사용 중입니다", "another till holds the terminal")
            }
            Self::UnreadableBytes => {
                Text::fixed("단말기가 읽을 수 없는 데이터를 보냈습니다", "the terminal sent unreadable bytes")
            }
            Self::Closed => Text::fixed("단말기를 닫았습니다", "the terminal was closed"),
        }
    }

    /// What the customer does once a request of this kind has left.
    #[must_use]
    pub const fn sent_text(kind: Kind) -> Text {
        match (kind, kind.purpose()) {
            (Kind::EasyPayApproval | Kind::EasyPayCancellation, _) => {
                Text::fixed("QR 코드나 바코드를 보여 주세요", "please show the QR code or barcode")
            }
            (Kind::CashReceiptIssue | Kind::CashReceiptCancellation, _) => {
                Text::fixed("현금영수증 번호를 확인해 주세요", "please check the cash-receipt number")
            }
            (_, Purpose::Slip) | (Kind::TaxRefundCancellation, _) => {
                Text::fixed("여권을 준비해 주세요", "please have the passport ready")
            }
            _ => Text::fixed("카드를 넣어 주세요", "please insert the card"),
        }
    }
}
