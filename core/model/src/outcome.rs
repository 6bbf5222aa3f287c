//! How an operation ends: six values, of which `Unknown` is one.

mod alarm;
mod not_performed;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::TaxRefundSlip;
use crate::kind::Kind;
use crate::masked::MaskedCard;
use crate::ptxid::Ptxid;
use crate::request::ApprovalReference;
use crate::text::{Language, Text};

pub use alarm::Alarm;
pub use not_performed::NotPerformedReason;

/// The result of an operation. Only `Unknown` is not final: recovery goes on behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Outcome {
    /// What was asked stands: the sale, or for a cancellation the cancellation.
    Approved(Box<Approval>),
    /// The terminal or the host said no. Nothing stands.
    Declined(Decline),
    /// Stopped by the cashier or the customer, or the signature timed out. Nothing stands.
    Aborted(Abortion),
    /// Not sent, or proven absent. Safe to ask again.
    NotPerformed(NotPerformed),
    /// It was approved, and then undone by terminal or host, by their own word (망취소). Nothing stands.
    Reversed(Reversal),
    /// It may have been charged and may not. Do not ask for the money again.
    Unknown(Box<Unknown>),
}

/// What every outcome says of its operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The operation's id, its ptxid on the wire.
    pub id: Ptxid,
    /// What was asked.
    pub operation: Kind,
    /// Play money: the terminal is a simulator (모의).
    pub simulated: bool,
    /// When the operation began, if this outcome was handed out again for the same key (rule 13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed: Option<Timestamp>,
}

/// An approval (승인), or an approved cancellation, with the terminal's own fields.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// The operation's id.
    pub id: Ptxid,
    /// What was asked.
    pub operation: Kind,
    /// Play money: the terminal is a simulator (모의).
    pub simulated: bool,
    /// When the operation began, if this outcome was handed out again for the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed: Option<Timestamp>,
    /// When the outcome was known, by this machine's clock.
    pub at: Timestamp,
    /// What was asked, won.
    pub requested: i64,
    /// `approvalAmt` exactly as answered, won. A cancellation echoes it.
    pub approval_amt: i64,
    /// `taxAmt` as answered.
    #[serde(default)]
    pub tax_amt: Option<i64>,
    /// `tipAmt` as answered.
    #[serde(default)]
    pub tip_amt: Option<i64>,
    /// `taxFreeAmt` as answered.
    #[serde(default)]
    pub tax_free_amt: Option<i64>,
    /// Instalment months as answered.
    #[serde(default)]
    pub installment: Option<i64>,
    /// The approval number (승인번호).
    pub approval_no: String,
    /// The terminal's transaction number (거래번호).
    pub transaction_no: String,
    /// The transaction's date exactly as the terminal wrote it.
    pub transaction_date: String,
    /// The merchant's code (가맹점번호).
    #[serde(default)]
    pub merchant_code: String,
    /// The issuer's code (발급사).
    #[serde(default)]
    pub issuer_code: String,
    /// The issuer's name.
    #[serde(default)]
    pub issuer_name: String,
    /// The acquirer's code (매입사).
    #[serde(default)]
    pub acquirer_code: String,
    /// The acquirer's name.
    #[serde(default)]
    pub acquirer_name: String,
    /// The card number, masked by danmal itself; empty after a restart, it is never journaled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked_card: Option<MaskedCard>,
    /// The easy-pay service that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_code: Option<String>,
    /// `pointAmt1` to `pointAmt3` of easy pay, won.
    #[serde(default)]
    pub points: [Option<i64>; 3],
    /// `receiptTitle` of a cash receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_title: Option<String>,
    /// `traderType` of a cash receipt: `1` income deduction, `2` proof of expense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trader_type: Option<String>,
    /// The slip of a tax refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slip: Option<Box<TaxRefundSlip>>,
    /// The order it was asked under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Somebody asked to stop it, and the approval was faster.
    #[serde(default)]
    pub cancel_requested: bool,
    /// What does not fit and a person should look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
    /// Fields of the answer that the catalogue does not know, by the wire's names. Never journaled.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl Approval {
    /// An approval of which nothing is known yet: all that an answer carries is empty.
    #[must_use]
    pub fn blank(id: Ptxid, operation: Kind, simulated: bool, at: Timestamp) -> Self {
        Self {
            id,
            operation,
            simulated,
            replayed: None,
            at,
            requested: 0,
            approval_amt: 0,
            tax_amt: None,
            tip_amt: None,
            tax_free_amt: None,
            installment: None,
            approval_no: String::new(),
            transaction_no: String::new(),
            transaction_date: String::new(),
            merchant_code: String::new(),
            issuer_code: String::new(),
            issuer_name: String::new(),
            acquirer_code: String::new(),
            acquirer_name: String::new(),
            masked_card: None,
            service_code: None,
            points: [None; 3],
            receipt_title: None,
            trader_type: None,
            slip: None,
            order: None,
            cancel_requested: false,
            alarms: Vec::new(),
            extra: Map::new(),
        }
    }

    /// What a cancellation of this approval echoes.
    #[must_use]
    pub fn reference(&self) -> ApprovalReference {
        ApprovalReference {
            approval_no: self.approval_no.clone(),
            transaction_no: self.transaction_no.clone(),
            transaction_date: self.transaction_date.clone(),
            approval_amt: self.approval_amt,
        }
    }
}

impl fmt::Debug for Approval {
    /// Only what a log may hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approval")
            .field("id", &self.id)
            .field("operation", &self.operation)
            .field("requested", &self.requested)
            .field("approval_amt", &self.approval_amt)
            .field("approval_no", &self.approval_no)
            .field("simulated", &self.simulated)
            .field("alarms", &self.alarms)
            .finish_non_exhaustive()
    }
}

/// What a refusal means to whoever stands at the till.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum DeclineReason {
    /// The payment was refused: the code and the message say why.
    #[default]
    Refused,
    /// The terminal does something else and took nothing on (0001): it may be asked again once that has ended.
    TerminalBusy,
}

impl DeclineReason {
    /// What a result code means. Only 0001 has a meaning of its own, the catalogue's for a terminal that works on
    /// something else; every other code is shown and not interpreted.
    #[must_use]
    pub fn of(code: &str) -> Self {
        if code == "0001" { Self::TerminalBusy } else { Self::Refused }
    }
}

/// A refusal by terminal or host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decline {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// What it means to whoever stands at the till.
    #[serde(default)]
    pub reason: DeclineReason,
    /// The terminal's result code, shown and not interpreted.
    pub code: String,
    /// The terminal's message, cleaned of control characters.
    pub message: String,
    /// What a person should look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
}

/// Who or what stopped an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StoppedBy {
    /// The till asked before anything was sent.
    TillBeforeSending,
    /// The terminal ended it: the customer, the signature's time, or the till's own request to stop.
    Terminal,
}

/// An operation that was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Abortion {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// Who stopped it.
    pub by: StoppedBy,
    /// The till had asked for it.
    pub cancel_requested: bool,
    /// The terminal's message; empty where nothing was sent.
    pub message: String,
}

/// An operation of which nothing stands and nothing was charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotPerformed {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// Why.
    #[serde(flatten)]
    pub reason: NotPerformedReason,
}

/// An operation that was approved and undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reversal {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// The code under which the terminal shows it.
    pub code: String,
    /// The terminal's message.
    pub message: String,
    /// The approval that was undone, where it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Box<Approval>>,
}

/// Why an outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownWhy {
    /// The connection ended after the request had left.
    ConnectionLost,
    /// No answer came in time.
    NoAnswer,
    /// An answer came that could not be read or did not name this operation.
    UnreadableAnswer,
    /// A final answer was seen and is not proven yet.
    NotProven,
    /// It is approved, and the terminal has not acknowledged the confirmation: it may still reverse.
    ConfirmPending,
    /// It is approved or ended, and the journal could not keep it.
    JournalFailed,
    /// The program ended while it ran.
    Restarted,
    /// The answer to a slip was lost: ask by its number (900050), or let an operator decide.
    SlipAnswerLost,
    /// A slip's answer says yes outside and something else inside.
    SlipResultUnclear,
    /// A fault inside danmal.
    InternalFault,
}

/// How an unknown outcome will be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Resolving {
    /// By itself: the terminal is being asked.
    ByItself,
    /// By itself if the terminal shows it; otherwise an operator decides after the fence.
    OperatorAfterFence,
    /// An operator decides now, from the slip, the customer's card message or the settlement file.
    Operator,
}

/// An operation whose outcome is not known. It may have been charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// Why.
    pub why: UnknownWhy,
    /// How it will be resolved.
    pub resolving: Resolving,
    /// The approval that was seen, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Box<Approval>>,
    /// The result code that was seen last under this operation's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_code: Option<String>,
    /// The terminal's message that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_message: Option<String>,
}

impl Unknown {
    /// What the cashier does now.
    #[must_use]
    pub fn next_step(&self, language: Language) -> &'static str {
        let (ko, en) = match self.resolving {
            Resolving::ByItself => (
                "단말기에 결과를 확인하는 중입니다. 다시 결제하지 말고 기다려 주세요.",
                "The terminal is being asked. Do not charge again; wait.",
            ),
            Resolving::OperatorAfterFence => (
                "다시 결제하지 마세요. 단말기와 연결되면 자동으로 확인합니다. 3분이 지나도 그대로면 전표를 보고 관리자가 판단합니다.",
                "Do not charge again. It is resolved when the terminal answers; after three minutes a manager may decide from the slip.",
            ),
            Resolving::Operator => (
                "다시 결제하지 마세요. 전표나 카드사 문자로 승인 여부를 확인하고 관리자가 판단해 주세요.",
                "Do not charge again. Check the slip or the card company's message; a manager decides.",
            ),
        };
        match language {
            Language::Korean => ko,
            Language::English => en,
        }
    }
}

impl Outcome {
    /// The operation's id.
    #[must_use]
    pub const fn id(&self) -> Ptxid {
        match self {
            Self::Approved(a) => a.id,
            Self::Declined(d) => d.about.id,
            Self::Aborted(a) => a.about.id,
            Self::NotPerformed(n) => n.about.id,
            Self::Reversed(r) => r.about.id,
            Self::Unknown(u) => u.about.id,
        }
    }

    /// A stable name: `approved`, `declined`, `aborted`, `notPerformed`, `reversed`, `unknown`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Approved(_) => "approved",
            Self::Declined(_) => "declined",
            Self::Aborted(_) => "aborted",
            Self::NotPerformed(_) => "notPerformed",
            Self::Reversed(_) => "reversed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whether it never changes again. Only `Unknown` may.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Unknown(_))
    }

    /// Whether play money was used.
    #[must_use]
    pub const fn simulated(&self) -> bool {
        match self {
            Self::Approved(a) => a.simulated,
            Self::Declined(d) => d.about.simulated,
            Self::Aborted(a) => a.about.simulated,
            Self::NotPerformed(n) => n.about.simulated,
            Self::Reversed(r) => r.about.simulated,
            Self::Unknown(u) => u.about.simulated,
        }
    }

    /// When the operation began, if this outcome was handed out again for the same key.
    #[must_use]
    pub const fn replayed(&self) -> Option<Timestamp> {
        match self {
            Self::Approved(a) => a.replayed,
            Self::Declined(d) => d.about.replayed,
            Self::Aborted(a) => a.about.replayed,
            Self::NotPerformed(n) => n.about.replayed,
            Self::Reversed(r) => r.about.replayed,
            Self::Unknown(u) => u.about.replayed,
        }
    }

    /// The same outcome, marked as handed out again.
    #[must_use]
    pub fn replay(mut self, began: Timestamp) -> Self {
        let replayed = match &mut self {
            Self::Approved(a) => &mut a.replayed,
            Self::Declined(d) => &mut d.about.replayed,
            Self::Aborted(a) => &mut a.about.replayed,
            Self::NotPerformed(n) => &mut n.about.replayed,
            Self::Reversed(r) => &mut r.about.replayed,
            Self::Unknown(u) => &mut u.about.replayed,
        };
        *replayed = Some(began);
        self
    }

    /// One sentence for the screen.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Approved(a) => {
                let (ko, en) = match a.operation {
                    Kind::CardApproval | Kind::EasyPayApproval => ("승인", "approved"),
                    Kind::CardCancellation | Kind::EasyPayCancellation => ("취소 완료", "cancelled"),
                    Kind::CashReceiptIssue => ("현금영수증 발급", "cash receipt issued"),
                    Kind::CashReceiptCancellation => ("현금영수증 취소", "cash receipt cancelled"),
                    Kind::TaxRefundIssue => ("환급전표 발행", "tax-refund slip issued"),
                    Kind::TaxRefundCancellation => ("환급전표 취소", "tax-refund slip cancelled"),
                };
                let won = won(a.approval_amt);
                Text::of(
                    format!("{ko} {} {won}원", a.approval_no),
                    format!("{en} {} {won} won", a.approval_no),
                )
            }
            Self::Declined(d) if d.reason == DeclineReason::TerminalBusy => Text::of(
                format!(
                    "단말기가 다른 작업을 하고 있어 결제하지 않았습니다. 단말기 화면의 작업을 끝내거나 취소한 뒤 다시 결제하세요 ({} {})",
                    d.code, d.message
                ),
                format!(
                    "declined, nothing was charged: the terminal is busy; end or cancel what is on its screen, then charge again ({} {})",
                    d.code, d.message
                ),
            ),
            Self::Declined(d) => Text::of(
                format!("거절 {} {}", d.code, d.message),
                format!("declined {} {}", d.code, d.message),
            ),
            Self::Aborted(_) => Text::fixed("결제가 중단되었습니다", "stopped, nothing was charged"),
            Self::NotPerformed(n) => n.reason.text(),
            Self::Reversed(_) => {
                Text::fixed("승인 후 취소되었습니다 (망취소)", "approved and then reversed, nothing stands")
            }
            Self::Unknown(u) => Text::of(u.next_step(Language::Korean), u.next_step(Language::English)),
        }
    }
}

/// An amount as people write it: 15,000.
pub(crate) fn won(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::from(if amount < 0 { "-" } else { "" });
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}
