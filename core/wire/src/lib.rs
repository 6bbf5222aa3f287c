//! Frames and messages of the card terminal, to bytes and back: all that client and simulator have in
//! common, without any payment logic.
//!
//! Bytes of a connection go into a [`FrameDecoder`], which yields a [`Frame`] each; a [`Request`] or a
//! [`Response`] is read from it. Both are written by their `encode`.
//!
//! What a terminal sends may be a card number in any field, so every text of a message is a [`WireText`]
//! and every body a wiped buffer: neither prints, both are zeroed when freed.

mod clean;
mod frame;
mod json;
mod message;
mod wipe;
mod wire_text;

pub use clean::clean_text;
pub use frame::{
    EncodeError, EncodeRules, FatalCause, Frame, FrameBytes, FrameDecoder, FrameError, FrameFacts, LostCause,
    MAX_BODY, Pending, encode, encode_json,
};
pub use json::Extra;
pub use message::{
    ApprovalRequest, CancellationRequest, CashReceiptCancellationRequest, CashReceiptRequest, Code,
    CodeEntry, CodeTable, DecodeError, EasyPayRequest, GoodsRefundIssue, HotelRefundIssue,
    MedicalRefundIssue, NotACode, PrintCommand, PrintRequest, Request, Response, ResponseBody,
    SlipRefundIssue, TaxRefundData, TaxRefundIssueRequest, TaxRefundRequest, Totals, TotalsLine,
    TotalsRequest, TransactionData,
};
pub use wire_text::WireText;
