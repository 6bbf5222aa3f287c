//! From what a till asks to what the journal keeps and the terminal is told: the only place that knows both.

use danmal_model::{
    AmountConvention, Amounts, Cancellation, CashReceipt, CashReceiptCancellation, EasyPay, Error, ErrorCode,
    Intent, Kind, Labels, Profile, Sale, TaxRefund, TaxRefundSerial,
};
use danmal_wire::{
    ApprovalRequest, CancellationRequest, CashReceiptCancellationRequest, CashReceiptRequest, EasyPayRequest,
    GoodsRefundIssue, HotelRefundIssue, MedicalRefundIssue, Request, SlipRefundIssue, TaxRefundIssueRequest,
    TaxRefundRequest, WireText,
};
use jiff::Timestamp;

/// A money request before it has its ptxid.
pub(crate) struct Asked {
    /// What the journal will keep.
    pub(crate) intent: Intent,
    request: Request,
}

impl Asked {
    /// The request under the ptxid that the intent was given.
    pub(crate) fn under(self, intent: &Intent) -> Request {
        let mut request = self.request;
        let ptxid = match &mut request {
            Request::CardApproval(request) => &mut request.ptxid,
            Request::EasyPayApproval(request) => &mut request.ptxid,
            Request::CardCancellation(request) | Request::EasyPayCancellation(request) => &mut request.ptxid,
            Request::CashReceiptIssue(request) => &mut request.ptxid,
            Request::CashReceiptCancellation(request) => &mut request.ptxid,
            Request::TaxRefundIssue(TaxRefundIssueRequest::Slip(request)) => &mut request.ptxid,
            Request::TaxRefundCancellation(request) => &mut request.ptxid,
            // The P3MIX's slips have none, and no other request moves money.
            _ => return request,
        };
        *ptxid = intent.wire_ptxid.unwrap_or(intent.ptxid).as_str().into();
        request
    }
}

/// What every ask of a terminal has in common.
pub(crate) struct Asking<'a> {
    pub(crate) terminal: &'a str,
    pub(crate) simulated: bool,
    pub(crate) profile: &'a Profile,
}

impl Asking<'_> {
    fn intent(&self, kind: Kind, amounts: Amounts, labels: &Labels) -> Intent {
        Intent {
            simulated: self.simulated,
            order: labels.order.clone(),
            key: labels.key.clone().or_else(|| labels.order.clone()),
            key_given: labels.key.is_some(),
            ..Intent::asked(kind, self.terminal, amounts, Timestamp::now())
        }
    }

    /// Rule 11: parts need a convention.
    fn price(&self, amounts: &Amounts) -> Result<i64, Error> {
        let Some(convention) = self.profile.amount_convention else {
            let parts = [("tax", amounts.tax), ("tip", amounts.tip), ("taxFree", amounts.tax_free)];
            return match parts.into_iter().find(|(_, won)| *won != 0) {
                None => Ok(amounts.price(AmountConvention::Total)),
                Some((field, won)) => Err(Error::field(
                    ErrorCode::ConventionUnset,
                    field,
                    format!("{won} won, while this terminal's amount convention is not set"),
                    "Profile::amount_convention set to what the terminal's vendor says, or no parts",
                )),
            };
        };
        Ok(amounts.price(convention))
    }

    pub(crate) fn sale(&self, sale: &Sale) -> Result<Asked, Error> {
        sale.check()?;
        let mut intent = self.intent(Kind::CardApproval, sale.amounts, &sale.labels);
        intent.installment = sale.installment;
        let request = Request::CardApproval(ApprovalRequest {
            price_amt: self.price(&sale.amounts)?,
            tax_amt: sale.amounts.tax,
            tip_amt: sale.amounts.tip,
            tax_free_amt: sale.amounts.tax_free,
            installment: i64::from(sale.installment),
            ptxid: WireText::default(),
        });
        Ok(Asked { intent, request })
    }

    pub(crate) fn easy_pay(&self, easy: &EasyPay) -> Result<Asked, Error> {
        easy.check()?;
        let sale = &easy.sale;
        let mut intent = self.intent(Kind::EasyPayApproval, sale.amounts, &sale.labels);
        intent.installment = sale.installment;
        let request = Request::EasyPayApproval(EasyPayRequest {
            service_code: easy.service_code.as_str().into(),
            price_amt: self.price(&sale.amounts)?,
            tax_amt: sale.amounts.tax,
            tip_amt: sale.amounts.tip,
            tax_free_amt: sale.amounts.tax_free,
            installment: i64::from(sale.installment),
            ptxid: WireText::default(),
        });
        Ok(Asked { intent, request })
    }

    /// A cancellation of what was approved as `approved`.
    ///
    /// # Errors
    /// Bad input by its field; an approval that is cancelled by another call.
    pub(crate) fn cancellation(&self, approved: Kind, asked: &Cancellation) -> Result<Asked, Error> {
        let kind = match approved {
            Kind::CardApproval => Kind::CardCancellation,
            Kind::EasyPayApproval => Kind::EasyPayCancellation,
            other => return Err(not_a_sale(other)),
        };
        asked.check()?;
        let of = &asked.of;
        let request = CancellationRequest {
            approval_amt: of.approval_amt,
            approval_no: of.approval_no.as_str().into(),
            transaction_date: of.transaction_date.as_str().into(),
            transaction_no: of.transaction_no.as_str().into(),
            ptxid: WireText::default(),
        };
        let request = match kind {
            Kind::EasyPayCancellation => Request::EasyPayCancellation(request),
            _ => Request::CardCancellation(request),
        };
        Ok(Asked { intent: self.cancelling(kind, asked), request })
    }

    fn cancelling(&self, kind: Kind, asked: &Cancellation) -> Intent {
        let mut intent = self.intent(kind, Amounts::won(asked.of.approval_amt), &asked.labels);
        // The terminal is told what was typed; the journal keeps what it may.
        let kept = asked.of.for_record();
        intent.original = asked.original;
        intent.typed = asked.original.is_none() || kept != asked.of;
        intent.reference = Some(kept);
        if self.profile.cancellation_with_original_ptxid {
            intent.wire_ptxid = asked.original;
        }
        intent
    }

    pub(crate) fn cash_receipt(&self, receipt: &CashReceipt) -> Result<Asked, Error> {
        receipt.check()?;
        let amounts = receipt.amounts;
        let request = Request::CashReceiptIssue(CashReceiptRequest {
            price_amt: self.price(&amounts)?,
            tax_amt: amounts.tax,
            tip_amt: amounts.tip,
            tax_free_amt: amounts.tax_free,
            trader_type: receipt.trader_type.as_wire().into(),
            approval_number: receipt.identifier.reveal().into(),
            ptxid: WireText::default(),
        });
        Ok(Asked { intent: self.intent(Kind::CashReceiptIssue, amounts, &receipt.labels), request })
    }

    pub(crate) fn cash_receipt_cancellation(&self, asked: &CashReceiptCancellation) -> Result<Asked, Error> {
        asked.check()?;
        let of = &asked.cancellation.of;
        let request = Request::CashReceiptCancellation(CashReceiptCancellationRequest {
            approval_amt: of.approval_amt,
            approval_no: of.approval_no.as_str().into(),
            transaction_date: of.transaction_date.as_str().into(),
            transaction_no: of.transaction_no.as_str().into(),
            trader_type: asked.trader_type.as_wire().into(),
            approval_number: asked.identifier.reveal().into(),
            ptxid: WireText::default(),
        });
        Ok(Asked { intent: self.cancelling(Kind::CashReceiptCancellation, &asked.cancellation), request })
    }

    pub(crate) fn tax_refund(&self, refund: &TaxRefund) -> Result<Asked, Error> {
        refund.check()?;
        let intent = self.intent(Kind::TaxRefundIssue, Amounts::won(refund.amount()), refund.labels());
        Ok(Asked { intent, request: Request::TaxRefundIssue(issue(refund)) })
    }

    pub(crate) fn tax_refund_cancellation(&self, slip: &TaxRefundSerial) -> Result<Asked, Error> {
        slip.check()?;
        let mut intent = self.intent(Kind::TaxRefundCancellation, Amounts::won(0), &slip.labels);
        intent.tax_refund_serial = Some(slip.tax_refund_serial.clone());
        Ok(Asked { intent, request: Request::TaxRefundCancellation(by_serial(slip)) })
    }
}

/// What is not cancelled by `cancel`, and by what instead.
fn not_a_sale(kind: Kind) -> Error {
    let (what, instead) = match kind {
        Kind::CashReceiptIssue => ("a cash receipt", "cancel_cash_receipt, with the customer's identifier"),
        Kind::TaxRefundIssue => ("a tax-refund slip", "cancel_tax_refund, with the slip's number"),
        Kind::CardApproval | Kind::EasyPayApproval => ("a sale", "cancel"),
        Kind::CardCancellation
        | Kind::EasyPayCancellation
        | Kind::CashReceiptCancellation
        | Kind::TaxRefundCancellation => ("a cancellation itself", "an approval; a new sale undoes this"),
    };
    Error::field(ErrorCode::InvalidSetting, "original", format!("{what} is not cancelled by cancel"), instead)
}

/// A slip by its number, for a cancellation or an inquiry.
pub(crate) fn by_serial(slip: &TaxRefundSerial) -> TaxRefundRequest {
    TaxRefundRequest {
        tax_refund_serial: slip.tax_refund_serial.as_str().into(),
        is_print: if slip.print { "true" } else { "false" }.into(),
        ptxid: WireText::default(),
    }
}

fn issue(refund: &TaxRefund) -> TaxRefundIssueRequest {
    let given = |text: &String| (!text.is_empty()).then(|| WireText::from(text.as_str()));
    match refund {
        TaxRefund::T650p { mode, payment_type, approval_amt, sales_serial, qr_service_code, .. } => {
            TaxRefundIssueRequest::Slip(SlipRefundIssue {
                tax_refund_mode: mode.as_str().into(),
                payment_type: payment_type.as_str().into(),
                approval_amt: *approval_amt,
                sales_serial: *sales_serial,
                qr_service_code: given(qr_service_code),
                ptxid: WireText::default(),
            })
        }
        TaxRefund::P3mixMedical {
            card_amount,
            cash_amount,
            etc_amount,
            sales_serial,
            facilitator_number,
            ..
        } => TaxRefundIssueRequest::Medical(MedicalRefundIssue {
            card_amount: Some(*card_amount),
            cash_amount: Some(*cash_amount),
            etc_amount: Some(*etc_amount),
            sales_serial: given(sales_serial),
            facilitator_number: given(facilitator_number),
        }),
        TaxRefund::P3mixGoods { sales_serial, .. } => {
            TaxRefundIssueRequest::Goods(GoodsRefundIssue { sales_serial: given(sales_serial) })
        }
        TaxRefund::P3mixHotel { check_in, check_out, sales_serial, .. } => {
            TaxRefundIssueRequest::Hotel(HotelRefundIssue {
                check_in: Some(check_in.as_str().into()),
                check_out: Some(check_out.as_str().into()),
                sales_serial: given(sales_serial),
            })
        }
    }
}
