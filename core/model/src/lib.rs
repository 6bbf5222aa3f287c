//! Records, outcomes, events and errors: every type of danmal that reaches a user, defined once.

mod answer;
mod error;
mod event;
mod frame_rules;
mod kind;
mod korean;
mod masked;
mod money;
mod outcome;
mod paper;
mod profile;
mod progress;
mod ptxid;
mod record;
mod request;
mod status;
mod text;

pub use answer::{CodeEntry, CodeTable, LastTransaction, SalesTotals, TaxRefundSlip, TotalsLine};
pub use error::{Error, ErrorCode};
pub use event::{Event, EventCode};
pub use frame_rules::{
    BodyText, FrameMode, FrameRules, LearntFrame, LengthRule, LengthTally, SeenText, SendText,
};
pub use kind::{Kind, Purpose};
pub use masked::{
    MaskedCard, Secret, is_withheld, merchant_number, record_number, scrub, slip_moment, slip_number,
};
pub use money::{AmountConvention, Amounts, MAX_AMOUNT, VatRounding, VatSplit, split_vat};
pub use outcome::{
    Abortion, About, Alarm, Approval, Decline, DeclineReason, NotPerformed, NotPerformedReason, Outcome,
    Resolving, Reversal, StoppedBy, Unknown, UnknownWhy,
};
pub use paper::{Paper, PrintCommand, ReceiptCopy, ReceiptItem, ReceiptOptions, Shop};
pub use profile::{Assumptions, ConfirmPolicy, Durations, PROFILE_CODES, Profile};
pub use progress::{Progress, RecoveryWait};
pub use ptxid::{JournalId, NotAPtxid, Ptxid};
pub use record::{Digest, Fact, Intent, Record, Seen, Source, Verdict};
pub use request::{
    ApprovalReference, Cancellation, CashReceipt, CashReceiptCancellation, EasyPay, Labels, MAX_LABEL, Sale,
    TaxRefund, TaxRefundSerial, TraderType, check_date,
};
pub use status::{Capabilities, Capability, Status, Work};
pub use text::{Language, Text};
