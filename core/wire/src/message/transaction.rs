//! The answer of a transaction: approvals, cancellations and cash receipts.

use super::record::response_record;
use crate::wire_text::WireText;

response_record! {
    /// `data` of 010010, 010020, 030010, 030020, 070010 and 070020: the union of their fields. Which of
    /// them are there differs; a decline prints the ptxid alone.
    pub struct TransactionData {
        /// Approval number (승인번호).
        approval_no: WireText = "approvalNo",
        /// Transaction number (거래일련번호).
        transaction_no: WireText = "transactionNo",
        /// Merchant number (가맹점번호).
        merchant_code: WireText = "merchantCode",
        /// Instalment months (할부); 0 is a single payment.
        installment: i64 = "installment",
        /// Approved amount, won. Whether it holds tip and tax is the terminal's secret (rule 11).
        approval_amt: i64 = "approvalAmt",
        /// Tip (봉사료), won.
        tip_amt: i64 = "tipAmt",
        /// Tax (부가세), won.
        tax_amt: i64 = "taxAmt",
        /// Tax-free part (면세), won.
        tax_free_amt: i64 = "taxFreeAmt",
        /// The card number, by its name masked. Not trusted to be.
        masked_track_data: WireText = "maskedTrackData",
        /// Issuer code (발급사).
        issuer_code: WireText = "issuerCode",
        /// Issuer name.
        issuer_name: WireText = "issuerName",
        /// Acquirer code (매입사).
        acquirer_code: WireText = "acquirerCode",
        /// Acquirer name.
        acquirer_name: WireText = "acquirerName",
        /// When, in the terminal's own format; echoed raw in a cancellation.
        transaction_date: WireText = "transactionDate",
        /// Points of an easy-pay approval.
        point_amt1: i64 = "pointAmt1",
        /// Points of an easy-pay approval.
        point_amt2: i64 = "pointAmt2",
        /// Points of an easy-pay approval.
        point_amt3: i64 = "pointAmt3",
        /// Easy-pay service, `QRD` in the catalogue's example.
        service_code: WireText = "serviceCode",
        /// Title of a cash receipt.
        receipt_title: WireText = "receiptTitle",
        /// `1` income deduction (소득공제), `2` expense proof (지출증빙).
        trader_type: WireText = "traderType",
        /// The request's identifier.
        ptxid: WireText = "ptxid" | "ptxId",
    }
}
