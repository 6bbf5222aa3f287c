//! Frames and messages of the card terminal, to bytes and back: all that client and simulator have in
//! common, without any payment logic.
//!
//! Bytes of a connection go into a [`FrameDecoder`], which yields a [`Frame`] each; a [`Request`] or a
//! [`Response`] is read from it. Both are written by their `encode`.
//!
//! ```
//! use danmal_model::FrameRules;
//! use danmal_wire::{Code, EncodeRules, FrameDecoder, Request, Response};
//!
//! let question = Request::LastTransaction.encode(&EncodeRules::default())?;
//! assert_eq!(&*question, b"0006990001");
//!
//! let mut decoder = FrameDecoder::for_answers(FrameRules::default());
//! decoder.push(br#"0500990001{"resultCode":"0000","data":{"ptxid":"CPOS-1","approvalAmt":"15000"}}"#);
//! while let Some(item) = decoder.next() {
//!     let frame = item?;
//!     let answer = Response::decode(&frame)?;
//!     assert_eq!((answer.code, &*answer.result_code), (Code::LastTransaction, "0000"));
//!     assert_eq!(answer.transaction().and_then(|data| data.approval_amt), Some(15_000));
//! }
//! assert!(decoder.is_idle());
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
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
/// What the settings of a frame are made of.
pub use danmal_model::{FrameRules, LengthRule, SendText};
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
