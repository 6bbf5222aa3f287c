//! The kinds of operation that move money or issue a document.

use serde::{Deserialize, Serialize};

/// What an operation asks of the terminal. All of them are *money requests*: sent at most once (rule 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// 신용승인, 010010.
    CardApproval,
    /// 신용취소, 010020.
    CardCancellation,
    /// 간편결제 승인 (QR), 030010.
    EasyPayApproval,
    /// 간편결제 취소, 030020.
    EasyPayCancellation,
    /// 현금영수증 발급, 070010.
    CashReceiptIssue,
    /// 현금영수증 취소, 070020.
    CashReceiptCancellation,
    /// 환급전표 발행, 050010.
    TaxRefundIssue,
    /// 환급전표 취소, 050020.
    TaxRefundCancellation,
}

/// What a caller's key is compared within (rule 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// A sale by any means: card or easy pay.
    Sale,
    /// A cancellation of whatever kind.
    Cancellation,
    /// A cash receipt.
    Receipt,
    /// A tax-refund slip.
    Slip,
}

impl Kind {
    /// Every kind, in the order of the message catalogue.
    pub const ALL: [Self; 8] = [
        Self::CardApproval,
        Self::CardCancellation,
        Self::EasyPayApproval,
        Self::EasyPayCancellation,
        Self::CashReceiptIssue,
        Self::CashReceiptCancellation,
        Self::TaxRefundIssue,
        Self::TaxRefundCancellation,
    ];

    /// The purpose that a key of this operation is compared within.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::CardApproval | Self::EasyPayApproval => Purpose::Sale,
            Self::CashReceiptIssue => Purpose::Receipt,
            Self::TaxRefundIssue => Purpose::Slip,
            Self::CardCancellation
            | Self::EasyPayCancellation
            | Self::CashReceiptCancellation
            | Self::TaxRefundCancellation => Purpose::Cancellation,
        }
    }

    /// Whether it undoes something that was approved or issued.
    #[must_use]
    pub const fn is_cancellation(self) -> bool {
        matches!(self.purpose(), Purpose::Cancellation)
    }

    /// Whether it is a tax-refund slip (환급전표): without a ptxid in its answer and never confirmed.
    #[must_use]
    pub const fn is_slip(self) -> bool {
        matches!(self, Self::TaxRefundIssue | Self::TaxRefundCancellation)
    }

    /// The kind's name in English and Korean.
    #[must_use]
    pub const fn text(self) -> crate::Text {
        use crate::Text;
        match self {
            Self::CardApproval => Text::fixed("신용승인", "card approval"),
            Self::CardCancellation => Text::fixed("신용취소", "card cancellation"),
            Self::EasyPayApproval => Text::fixed("간편결제 승인", "easy-pay approval"),
            Self::EasyPayCancellation => Text::fixed("간편결제 취소", "easy-pay cancellation"),
            Self::CashReceiptIssue => Text::fixed("현금영수증 발급", "cash receipt"),
            Self::CashReceiptCancellation => Text::fixed("현금영수증 취소", "cash receipt cancellation"),
            Self::TaxRefundIssue => Text::fixed("환급전표 발행", "tax-refund slip"),
            Self::TaxRefundCancellation => Text::fixed("환급전표 취소", "tax-refund slip cancellation"),
        }
    }
}
