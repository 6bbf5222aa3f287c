//! What a frame says: requests and responses as types.

mod code;
mod field;
mod print;
mod record;
mod request;
mod response;
mod tax_refund;
mod totals;
mod transaction;

pub use code::{Code, NotACode};
pub use danmal_model::PrintCommand;
pub use field::DecodeError;
pub use print::PrintRequest;
pub use request::{
    ApprovalRequest, CancellationRequest, CashReceiptCancellationRequest, CashReceiptRequest, EasyPayRequest,
    Request, TotalsRequest,
};
pub use response::{Response, ResponseBody};
pub use tax_refund::{
    GoodsRefundIssue, HotelRefundIssue, MedicalRefundIssue, SlipRefundIssue, TaxRefundData,
    TaxRefundIssueRequest, TaxRefundRequest,
};
pub use totals::{CodeEntry, CodeTable, Totals, TotalsLine};
pub use transaction::TransactionData;
