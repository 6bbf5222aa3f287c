//! Tax-refund slips (환급전표): 050010, 050020 and 900050.

use super::DecodeError;
use super::record::{request_record, response_record};
use crate::json::{Reader, Writer};
use crate::wire_text::WireText;

/// 050010 (환급전표발행): the request differs by terminal and by what was sold.
#[derive(Clone, Debug, PartialEq)]
pub enum TaxRefundIssueRequest {
    /// T650P.
    Slip(SlipRefundIssue),
    /// P3MIX, medical (의료).
    Medical(MedicalRefundIssue),
    /// P3MIX, goods (물품).
    Goods(GoodsRefundIssue),
    /// P3MIX, hotel.
    Hotel(HotelRefundIssue),
}

request_record! {
    /// The shape of the T650P.
    pub struct SlipRefundIssue {
        /// `post` in the catalogue's example.
        tax_refund_mode: WireText = "taxRefundMode",
        /// `card` in the catalogue's example.
        payment_type: WireText = "paymentType",
        /// Won.
        approval_amt: i64 = "approvalAmt",
        /// The sale's serial number: a number here, text for the P3MIX.
        sales_serial: i64 = "salesSerial",
        /// Only for a sale by QR.
        qr_service_code: Option<WireText> = "qrServiceCode",
        /// The request's identifier. No answer echoes it.
        ptxid: WireText = "ptxId" | "ptxid",
    }
}

request_record! {
    /// The medical shape of the P3MIX. Every field is optional.
    pub struct MedicalRefundIssue {
        /// Paid by card, won.
        card_amount: Option<i64> = "cardAmount",
        /// Paid in cash, won.
        cash_amount: Option<i64> = "cashAmount",
        /// Paid otherwise, won.
        etc_amount: Option<i64> = "etcAmount",
        /// The sale's serial number or transaction number.
        sales_serial: Option<WireText> = "salesSerial",
        /// The facilitator's number.
        facilitator_number: Option<WireText> = "facilitatorNumber",
    }
}

request_record! {
    /// The goods shape of the P3MIX. Every field is optional.
    pub struct GoodsRefundIssue {
        /// The sale's serial number or transaction number.
        sales_serial: Option<WireText> = "salesSerial",
    }
}

request_record! {
    /// The hotel shape of the P3MIX. Every field is optional.
    pub struct HotelRefundIssue {
        /// yyMMdd.
        check_in: Option<WireText> = "checkIn",
        /// yyMMdd.
        check_out: Option<WireText> = "checkOut",
        /// The sale's serial number or transaction number.
        sales_serial: Option<WireText> = "salesSerial",
    }
}

request_record! {
    /// 050020 (환급전표취소) and 900050 (환급전표조회).
    pub struct TaxRefundRequest {
        /// The slip's number.
        tax_refund_serial: WireText = "taxRefundSerial",
        /// `true` or `false`: text on the wire.
        is_print: WireText = "isPrint",
        /// The request's identifier. No answer echoes it.
        ptxid: WireText = "ptxId" | "ptxid",
    }
}

impl TaxRefundIssueRequest {
    /// Reads the shape whose own keys are there; without any it is the goods shape.
    pub(crate) fn read_object(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (mut slip, mut medical, mut hotel) = (false, false, false);
        let mut ahead = *reader;
        ahead.object(|reader, key| {
            match &*key {
                "taxRefundMode" | "paymentType" | "approvalAmt" | "qrServiceCode" | "ptxId" | "ptxid" => {
                    slip = true
                }
                "cardAmount" | "cashAmount" | "etcAmount" | "facilitatorNumber" => medical = true,
                "checkIn" | "checkOut" => hotel = true,
                _ => {}
            }
            reader.skip()
        })?;
        Ok(if slip {
            Self::Slip(SlipRefundIssue::read_object(reader)?)
        } else if medical {
            Self::Medical(MedicalRefundIssue::read_object(reader)?)
        } else if hotel {
            Self::Hotel(HotelRefundIssue::read_object(reader)?)
        } else {
            Self::Goods(GoodsRefundIssue::read_object(reader)?)
        })
    }

    pub(crate) fn write_object(&self, writer: &mut Writer) {
        match self {
            Self::Slip(request) => request.write_object(writer),
            Self::Medical(request) => request.write_object(writer),
            Self::Goods(request) => request.write_object(writer),
            Self::Hotel(request) => request.write_object(writer),
        }
    }
}

response_record! {
    /// `data` of 050010, 050020 and 900050: the union of the goods and hotel shape and the medical one. It
    /// names a person.
    pub struct TaxRefundData {
        /// The buyer's country. Personal.
        buyer_country: WireText = "buyerCountry",
        /// The buyer's name. Personal.
        buyer_name: WireText = "buyerName",
        /// Number of the duty-free shop; goods and hotel.
        duty_free_store_number: WireText = "dutyFreeStoreNumber",
        /// A line for the paper; goods and hotel.
        message0: WireText = "message0",
        /// A line for the paper; goods and hotel.
        message1: WireText = "message1",
        /// A line for the paper; goods and hotel.
        message2: WireText = "message2",
        /// A line for the paper; goods and hotel.
        message3: WireText = "message3",
        /// Paid by card, won; medical.
        card_amount: i64 = "cardAmount",
        /// Paid in cash, won; medical.
        cash_amount: i64 = "cashAmount",
        /// Paid otherwise, won; medical.
        etc_amount: i64 = "etcAmount",
        /// Medical.
        facilitator_business_serial: WireText = "facilitatorBusinessSerial",
        /// Medical.
        facilitator_medical_serial: WireText = "facilitatorMedicalSerial",
        /// Medical.
        facilitator_name: WireText = "facilitatorName",
        /// Medical.
        facilitator_serial: WireText = "facilitatorSerial",
        /// The passport's number. Personal.
        passport_serial: WireText = "passportSerial",
        /// Won; medical.
        price: i64 = "price",
        /// What the buyer gets back, won.
        refund_balance: i64 = "refundBalance",
        /// When.
        refund_date: WireText = "refundDate",
        /// When.
        refund_time: WireText = "refundTime",
        /// The slip's number.
        refund_serial: WireText = "refundSerial",
        /// The slip's other number; goods and hotel.
        taxrefund_serial: WireText = "taxrefundSerial",
        /// A second result inside the answer; medical.
        res_code: WireText = "resCode",
        /// Its message; medical.
        res_message: WireText = "resMessage",
        /// Its message; medical.
        res_message_taxrefund: WireText = "resMessageTaxrefund",
    }
}
