//! One line of the ledger.

use std::fmt;

use danmal_wire::Code;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It stands.
    Captured,
    /// It was taken back by the terminal or the host (망취소).
    Reversed,
    /// It was undone by a cancellation (취소), which has a line of its own.
    Cancelled,
    /// It was refused.
    Declined,
}

impl State {
    /// The word for it, as in files and on the control port.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Reversed => "reversed",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
        }
    }
}

/// One line of the ledger: a request that reached the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The ptxid of the request that caused it; empty where it carried none.
    pub ptxid: String,
    /// Which request.
    pub code: Code,
    /// Won; of a cancellation negative.
    pub amount: i64,
    /// The approval number (승인번호), or the slip's number; empty where it was refused.
    pub approval_no: String,
    /// The transaction number (거래일련번호).
    pub transaction_no: String,
    /// When, yyyyMMddHHmmss by the terminal's clock.
    pub date: String,
    /// What became of it. A cancellation's own line stays captured.
    pub state: State,
    /// Of a cancellation: the ptxid of what it cancelled.
    pub cancels: Option<String>,
    /// Whether it was the host that took it back, by itself ([`Fault::HostReverses`](crate::Fault)).
    pub by_host: bool,
    /// Of a cash receipt: a digest of the customer's number, which is kept nowhere.
    pub(crate) identifier: u64,
    /// Of a cancellation: the line that it undid.
    pub(crate) undone: Option<usize>,
}

impl Entry {
    pub(crate) fn new(ptxid: &str, code: Code, amount: i64, date: &str) -> Self {
        Self {
            ptxid: ptxid.to_owned(),
            code,
            amount,
            approval_no: String::new(),
            transaction_no: String::new(),
            date: date.to_owned(),
            state: State::Captured,
            cancels: None,
            by_host: false,
            identifier: 0,
            undone: None,
        }
    }

    /// Whether a customer pays or is paid back: card and easy pay, not receipts and slips.
    #[must_use]
    pub fn is_payment(&self) -> bool {
        matches!(
            self.code,
            Code::CardApproval | Code::CardCancellation | Code::EasyPayApproval | Code::EasyPayCancellation
        )
    }
}

/// One line, as a person reads it.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, code, amount, approval_no, ptxid, state, .. } = self;
        write!(f, "{date} {:<28} {amount:>10} {approval_no:>8} {:<9} {ptxid}", code.name(), state.name())
    }
}

/// Count and sum of the payments of some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many approvals.
    pub approved: i64,
    /// Their sum, won.
    pub approved_sum: i64,
    /// How many cancellations.
    pub cancelled: i64,
    /// Their sum, won, positive.
    pub cancelled_sum: i64,
}

/// What the answer says of a capture.
#[derive(Clone, Debug)]
pub(crate) struct Captured {
    pub(crate) line: usize,
    pub(crate) approval_no: String,
    pub(crate) transaction_no: String,
}

/// What a cancellation names: the approval's own raw fields.
pub(crate) struct Original<'a> {
    pub(crate) code: Code,
    pub(crate) amount: i64,
    pub(crate) approval_no: &'a str,
    pub(crate) transaction_no: &'a str,
    pub(crate) date: &'a str,
    /// Of a cash receipt: the digest of the customer's number.
    pub(crate) identifier: u64,
}

/// Why the host refuses to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such approval.
    Unknown,
    /// It is cancelled already.
    Cancelled,
    /// It was reversed.
    Reversed,
}

impl Refusal {
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Unknown => ("8350", "원거래 없음"),
            Self::Cancelled => ("8351", "기취소 거래"),
            Self::Reversed => ("8352", "망취소된 거래"),
        }
    }
}

/// Which answer a slip has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlipShape {
    GoodsOrHotel,
    Medical,
}

/// A tax-refund slip (환급전표).
#[derive(Clone, Debug)]
pub(crate) struct Slip {
    pub(crate) line: usize,
    pub(crate) shape: SlipShape,
    pub(crate) card: i64,
    pub(crate) cash: i64,
    pub(crate) etc: i64,
    pub(crate) refund_serial: String,
    pub(crate) taxrefund_serial: String,
    pub(crate) date: String,
    pub(crate) cancelled: bool,
}

impl Slip {
    pub(crate) fn price(&self) -> i64 {
        self.card + self.cash + self.etc
    }

    /// What the buyer gets back: the tax less a fee, in whole hundreds.
    pub(crate) fn refund(&self) -> i64 {
        self.price() * 6 / 100 / 100 * 100
    }
}
