//! What the till asks of the terminal.

use super::print::PrintRequest;
use super::record::request_record;
use super::tax_refund::{TaxRefundIssueRequest, TaxRefundRequest};
use super::{Code, DecodeError};
use crate::frame::{EncodeError, EncodeRules, Frame, FrameBytes, seal, start};
use crate::json::{Reader, Writer};
use crate::wire_text::WireText;

request_record! {
    /// 010010 (신용승인).
    pub struct ApprovalRequest {
        /// Price, won. Whether it holds the three parts is the terminal's convention (rule 11).
        price_amt: i64 = "priceAmt",
        /// Tax (부가세), won.
        tax_amt: i64 = "taxAmt",
        /// Tip (봉사료), won.
        tip_amt: i64 = "tipAmt",
        /// Tax-free part (면세), won.
        tax_free_amt: i64 = "taxFreeAmt",
        /// Instalment months (할부); 0 is a single payment.
        installment: i64 = "installment",
        /// The request's identifier, which its answer echoes.
        ptxid: WireText = "ptxid" | "ptxId",
    }
}

request_record! {
    /// 030010 (간편결제승인).
    pub struct EasyPayRequest {
        /// Which service, `QRD` in the catalogue's example.
        service_code: WireText = "serviceCode",
        /// Price, won.
        price_amt: i64 = "priceAmt",
        /// Tax (부가세), won.
        tax_amt: i64 = "taxAmt",
        /// Tip (봉사료), won.
        tip_amt: i64 = "tipAmt",
        /// Tax-free part (면세), won.
        tax_free_amt: i64 = "taxFreeAmt",
        /// Instalment months (할부).
        installment: i64 = "installment",
        /// The request's identifier, which its answer echoes.
        ptxid: WireText = "ptxid" | "ptxId",
    }
}

request_record! {
    /// 010020 (신용취소) and 030020 (간편결제취소): the approval's own raw fields.
    pub struct CancellationRequest {
        /// The approval's amount, won.
        approval_amt: i64 = "approvalAmt",
        /// The approval's number (승인번호).
        approval_no: WireText = "approvalNo",
        /// The approval's date as the terminal gave it.
        transaction_date: WireText = "transactionDate",
        /// The approval's transaction number (거래일련번호).
        transaction_no: WireText = "transactionNo",
        /// The identifier of this request, not of the approval.
        ptxid: WireText = "ptxid" | "ptxId",
    }
}

request_record! {
    /// 070010 (현금영수증발급).
    pub struct CashReceiptRequest {
        /// Price, won.
        price_amt: i64 = "priceAmt",
        /// Tax (부가세), won.
        tax_amt: i64 = "taxAmt",
        /// Tip (봉사료), won.
        tip_amt: i64 = "tipAmt",
        /// Tax-free part (면세), won.
        tax_free_amt: i64 = "taxFreeAmt",
        /// `1` income deduction (소득공제), `2` expense proof (지출증빙).
        trader_type: WireText = "traderType",
        /// Phone, resident or business number. Personal.
        approval_number: WireText = "approvalNumber",
        /// The request's identifier, which its answer echoes.
        ptxid: WireText = "ptxid" | "ptxId",
    }
}

request_record! {
    /// 070020 (현금영수증취소).
    pub struct CashReceiptCancellationRequest {
        /// The receipt's amount, won.
        approval_amt: i64 = "approvalAmt",
        /// The receipt's approval number.
        approval_no: WireText = "approvalNo",
        /// The receipt's date as the terminal gave it.
        transaction_date: WireText = "transactionDate",
        /// The receipt's transaction number.
        transaction_no: WireText = "transactionNo",
        /// `1` income deduction (소득공제), `2` expense proof (지출증빙).
        trader_type: WireText = "traderType",
        /// Phone, resident or business number. Personal.
        approval_number: WireText = "approvalNumber",
        /// The identifier of this request, not of the receipt.
        ptxid: WireText = "ptxid" | "ptxId",
    }
}

request_record! {
    /// 050099 (매출집계조회).
    pub struct TotalsRequest {
        /// First day, yyyyMMdd.
        from: WireText = "from",
        /// Last day, yyyyMMdd.
        to: WireText = "to",
    }
}

/// A request, one variant for each code. `Debug` shows the names of the fields that are there, no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// 010010.
    CardApproval(ApprovalRequest),
    /// 010020.
    CardCancellation(CancellationRequest),
    /// 030010.
    EasyPayApproval(EasyPayRequest),
    /// 030020.
    EasyPayCancellation(CancellationRequest),
    /// 070010.
    CashReceiptIssue(CashReceiptRequest),
    /// 070020.
    CashReceiptCancellation(CashReceiptCancellationRequest),
    /// 910021.
    StopCard,
    /// 930021.
    StopEasyPay,
    /// 970021.
    StopCashReceipt,
    /// 990001.
    LastTransaction,
    /// 050099.
    SalesTotals(TotalsRequest),
    /// 980001.
    Confirm,
    /// 081008.
    DownloadCodes,
    /// 900091.
    Print(PrintRequest),
    /// 050010.
    TaxRefundIssue(TaxRefundIssueRequest),
    /// 050020.
    TaxRefundCancellation(TaxRefundRequest),
    /// 900050.
    TaxRefundInquiry(TaxRefundRequest),
    /// 555555.
    Abort,
}

impl Request {
    /// The code under which it is sent.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::CardApproval(_) => Code::CardApproval,
            Self::CardCancellation(_) => Code::CardCancellation,
            Self::EasyPayApproval(_) => Code::EasyPayApproval,
            Self::EasyPayCancellation(_) => Code::EasyPayCancellation,
            Self::CashReceiptIssue(_) => Code::CashReceiptIssue,
            Self::CashReceiptCancellation(_) => Code::CashReceiptCancellation,
            Self::StopCard => Code::StopCard,
            Self::StopEasyPay => Code::StopEasyPay,
            Self::StopCashReceipt => Code::StopCashReceipt,
            Self::LastTransaction => Code::LastTransaction,
            Self::SalesTotals(_) => Code::SalesTotals,
            Self::Confirm => Code::Confirm,
            Self::DownloadCodes => Code::DownloadCodes,
            Self::Print(_) => Code::Print,
            Self::TaxRefundIssue(_) => Code::TaxRefundIssue,
            Self::TaxRefundCancellation(_) => Code::TaxRefundCancellation,
            Self::TaxRefundInquiry(_) => Code::TaxRefundInquiry,
            Self::Abort => Code::Abort,
        }
    }

    /// The identifier that it carries, where it carries one.
    #[must_use]
    pub fn ptxid(&self) -> Option<&str> {
        match self {
            Self::CardApproval(request) => Some(&request.ptxid),
            Self::CardCancellation(request) | Self::EasyPayCancellation(request) => Some(&request.ptxid),
            Self::EasyPayApproval(request) => Some(&request.ptxid),
            Self::CashReceiptIssue(request) => Some(&request.ptxid),
            Self::CashReceiptCancellation(request) => Some(&request.ptxid),
            Self::TaxRefundIssue(TaxRefundIssueRequest::Slip(request)) => Some(&request.ptxid),
            Self::TaxRefundCancellation(request) | Self::TaxRefundInquiry(request) => Some(&request.ptxid),
            _ => None,
        }
    }

    /// The frame of the request.
    ///
    /// # Errors
    /// [`EncodeError::TooLong`] where the body does not fit the length field: nothing may be sent then.
    pub fn encode(&self, rules: &EncodeRules) -> Result<FrameBytes, EncodeError> {
        self.encode_as(self.code(), rules)
    }

    /// The frame of the request under another code than its own: for a terminal whose inquiry (900050) is
    /// sent as 050020.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_as(&self, code: Code, rules: &EncodeRules) -> Result<FrameBytes, EncodeError> {
        let mut writer = start(code);
        let has_body = self.write_body(&mut writer);
        seal(writer.into_buffer(), has_body, rules)
    }

    /// Writes the body; says whether there is one.
    fn write_body(&self, writer: &mut Writer) -> bool {
        match self {
            Self::CardApproval(request) => request.write_object(writer),
            Self::CardCancellation(request) | Self::EasyPayCancellation(request) => {
                request.write_object(writer)
            }
            Self::EasyPayApproval(request) => request.write_object(writer),
            Self::CashReceiptIssue(request) => request.write_object(writer),
            Self::CashReceiptCancellation(request) => request.write_object(writer),
            Self::SalesTotals(request) => request.write_object(writer),
            Self::Print(request) => request.write_object(writer),
            Self::TaxRefundIssue(request) => request.write_object(writer),
            Self::TaxRefundCancellation(request) | Self::TaxRefundInquiry(request) => {
                request.write_object(writer)
            }
            Self::StopCard
            | Self::StopEasyPay
            | Self::StopCashReceipt
            | Self::LastTransaction
            | Self::Confirm
            | Self::DownloadCodes
            | Self::Abort => return false,
        }
        true
    }

    /// Reads a request, as the terminal does. A body where none is needed is ignored.
    ///
    /// # Errors
    /// [`DecodeError`]: the code is no request's, or a field is missing, twice, or not of its type.
    pub fn decode(frame: &Frame) -> Result<Self, DecodeError> {
        Ok(match frame.code() {
            Code::CardApproval => Self::CardApproval(body(frame, ApprovalRequest::read_object)?),
            Code::CardCancellation => Self::CardCancellation(body(frame, CancellationRequest::read_object)?),
            Code::EasyPayApproval => Self::EasyPayApproval(body(frame, EasyPayRequest::read_object)?),
            Code::EasyPayCancellation => {
                Self::EasyPayCancellation(body(frame, CancellationRequest::read_object)?)
            }
            Code::CashReceiptIssue => Self::CashReceiptIssue(body(frame, CashReceiptRequest::read_object)?),
            Code::CashReceiptCancellation => {
                Self::CashReceiptCancellation(body(frame, CashReceiptCancellationRequest::read_object)?)
            }
            Code::StopCard => Self::StopCard,
            Code::StopEasyPay => Self::StopEasyPay,
            Code::StopCashReceipt => Self::StopCashReceipt,
            Code::LastTransaction => Self::LastTransaction,
            Code::SalesTotals => Self::SalesTotals(body(frame, TotalsRequest::read_object)?),
            Code::Confirm => Self::Confirm,
            Code::DownloadCodes => Self::DownloadCodes,
            Code::Print => Self::Print(body(frame, PrintRequest::read_object)?),
            Code::TaxRefundIssue => Self::TaxRefundIssue(body(frame, TaxRefundIssueRequest::read_object)?),
            Code::TaxRefundCancellation => {
                Self::TaxRefundCancellation(body(frame, TaxRefundRequest::read_object)?)
            }
            Code::TaxRefundInquiry => Self::TaxRefundInquiry(body(frame, TaxRefundRequest::read_object)?),
            Code::Abort => Self::Abort,
            code @ (Code::SignatureWait | Code::Other(_)) => return Err(DecodeError::UnknownCode(code)),
        })
    }
}

fn body<T>(
    frame: &Frame,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let mut reader = Reader::new(frame.text().ok_or(DecodeError::NoBody)?);
    let request = read(&mut reader)?;
    reader.finish()?;
    Ok(request)
}
