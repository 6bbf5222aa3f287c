//! From what a till asks to what the journal keeps and the terminal is told.

use danmal_model::{
    AmountConvention, Amounts, Cancellation, CashReceipt, CashReceiptCancellation, EasyPay, Error, ErrorCode,
    Intent, Kind, Labels, Profile, Ptxid, Sale, TaxRefund, TaxRefundSerial,
};
use danmal_wire::{
    ApprovalRequest, CancellationRequest, CashReceiptCancellationRequest, CashReceiptRequest, EasyPayRequest,
    GoodsRefundIssue, HotelRefundIssue, MedicalRefundIssue, Request, SlipRefundIssue, TaxRefundIssueRequest,
    TaxRefundRequest, WireText,
};
use jiff::Timestamp;

/// A money request before it has its ptxid.
pub(crate) struct Asked {
    pub(crate) intent: Intent,
    request: Box<dyn FnOnce(WireText) -> Request + Send>,
}

impl Asked {
    /// The request under the ptxid that the intent was given.
    pub(crate) fn under(self, intent: &Intent) -> Request {
        (self.request)(intent.wire_ptxid.unwrap_or(intent.ptxid).as_str().into())
    }
}

/// What every ask of a terminal has in common.
pub(crate) struct Frame<'a> {
    pub(crate) terminal: &'a str,
    pub(crate) simulated: bool,
    pub(crate) profile: &'a Profile,
}

/// Stands where the journal will put the ptxid.
fn no_ptxid() -> Ptxid {
    Ptxid::new(danmal_model::JournalId::new(0), 0, 0)
}

impl Frame<'_> {
    fn intent(&self, kind: Kind, amounts: Amounts, labels: &Labels) -> Intent {
        Intent {
            ptxid: no_ptxid(),
            kind,
            at: Timestamp::now(),
            terminal: self.terminal.to_owned(),
            simulated: self.simulated,
            amounts,
            installment: 0,
            order: labels.order.clone(),
            key: labels.key.clone().or_else(|| labels.order.clone()),
            key_given: labels.key.is_some(),
            reference: None,
            original: None,
            typed: false,
            tax_refund_serial: None,
            baseline: None,
            wire_ptxid: None,
        }
    }

    /// Rule 11: parts need a convention.
    fn price(&self, amounts: &Amounts) -> Result<i64, Error> {
        match self.profile.amount_convention {
            Some(convention) => Ok(amounts.price(convention)),
            None if !amounts.has_parts() => Ok(amounts.price(AmountConvention::Total)),
            None => {
                let part = [("tax", amounts.tax), ("tip", amounts.tip), ("taxFree", amounts.tax_free)];
                let field = part.iter().find(|(_, won)| *won != 0).map_or("tax", |(field, _)| field);
                Err(Error::field(
                    ErrorCode::ConventionUnset,
                    field,
                    "this terminal's amount convention is not set",
                    "set Profile::amount_convention to what the terminal's vendor says, or give no parts",
                ))
            }
        }
    }

    pub(crate) fn sale(&self, sale: &Sale) -> Result<Asked, Error> {
        sale.check()?;
        let (amounts, price_amt, months) = (sale.amounts, self.price(&sale.amounts)?, sale.installment);
        let mut intent = self.intent(Kind::CardApproval, amounts, &sale.labels);
        intent.installment = months;
        let request = move |ptxid| {
            Request::CardApproval(ApprovalRequest {
                price_amt,
                tax_amt: amounts.tax,
                tip_amt: amounts.tip,
                tax_free_amt: amounts.tax_free,
                installment: i64::from(months),
                ptxid,
            })
        };
        Ok(Asked { intent, request: Box::new(request) })
    }

    pub(crate) fn easy_pay(&self, easy: &EasyPay) -> Result<Asked, Error> {
        easy.check()?;
        let sale = &easy.sale;
        let (amounts, price_amt, months) = (sale.amounts, self.price(&sale.amounts)?, sale.installment);
        let mut intent = self.intent(Kind::EasyPayApproval, amounts, &sale.labels);
        intent.installment = months;
        let service_code: WireText = easy.service_code.as_str().into();
        let request = move |ptxid| {
            Request::EasyPayApproval(EasyPayRequest {
                service_code,
                price_amt,
                tax_amt: amounts.tax,
                tip_amt: amounts.tip,
                tax_free_amt: amounts.tax_free,
                installment: i64::from(months),
                ptxid,
            })
        };
        Ok(Asked { intent, request: Box::new(request) })
    }

    pub(crate) fn cancellation(&self, kind: Kind, asked: &Cancellation) -> Result<Asked, Error> {
        asked.check()?;
        let intent = self.cancelling(kind, asked);
        let of = asked.of.clone();
        let request = move |ptxid| {
            let request = CancellationRequest {
                approval_amt: of.approval_amt,
                approval_no: of.approval_no.as_str().into(),
                transaction_date: of.transaction_date.as_str().into(),
                transaction_no: of.transaction_no.as_str().into(),
                ptxid,
            };
            if kind == Kind::EasyPayCancellation {
                Request::EasyPayCancellation(request)
            } else {
                Request::CardCancellation(request)
            }
        };
        Ok(Asked { intent, request: Box::new(request) })
    }

    fn cancelling(&self, kind: Kind, asked: &Cancellation) -> Intent {
        let mut intent = self.intent(kind, Amounts::won(asked.of.approval_amt), &asked.labels);
        intent.reference = Some(asked.of.clone());
        intent.original = asked.original;
        intent.typed = asked.original.is_none();
        if self.profile.cancellation_with_original_ptxid {
            intent.wire_ptxid = asked.original;
        }
        intent
    }

    pub(crate) fn cash_receipt(&self, receipt: &CashReceipt) -> Result<Asked, Error> {
        receipt.check()?;
        let (amounts, price_amt) = (receipt.amounts, self.price(&receipt.amounts)?);
        let intent = self.intent(Kind::CashReceiptIssue, amounts, &receipt.labels);
        let trader_type: WireText = receipt.trader_type.as_wire().into();
        let approval_number: WireText = receipt.identifier.reveal().into();
        let request = move |ptxid| {
            Request::CashReceiptIssue(CashReceiptRequest {
                price_amt,
                tax_amt: amounts.tax,
                tip_amt: amounts.tip,
                tax_free_amt: amounts.tax_free,
                trader_type,
                approval_number,
                ptxid,
            })
        };
        Ok(Asked { intent, request: Box::new(request) })
    }

    pub(crate) fn cash_receipt_cancellation(&self, asked: &CashReceiptCancellation) -> Result<Asked, Error> {
        asked.check()?;
        let intent = self.cancelling(Kind::CashReceiptCancellation, &asked.cancellation);
        let of = asked.cancellation.of.clone();
        let trader_type: WireText = asked.trader_type.as_wire().into();
        let approval_number: WireText = asked.identifier.reveal().into();
        let request = move |ptxid| {
            Request::CashReceiptCancellation(CashReceiptCancellationRequest {
                approval_amt: of.approval_amt,
                approval_no: of.approval_no.as_str().into(),
                transaction_date: of.transaction_date.as_str().into(),
                transaction_no: of.transaction_no.as_str().into(),
                trader_type,
                approval_number,
                ptxid,
            })
        };
        Ok(Asked { intent, request: Box::new(request) })
    }

    pub(crate) fn tax_refund(&self, refund: &TaxRefund) -> Result<Asked, Error> {
        refund.check()?;
        let intent = self.intent(Kind::TaxRefundIssue, Amounts::won(refund.amount()), refund.labels());
        let refund = refund.clone();
        let request = move |ptxid| Request::TaxRefundIssue(issue(&refund, ptxid));
        Ok(Asked { intent, request: Box::new(request) })
    }

    pub(crate) fn tax_refund_cancellation(&self, slip: &TaxRefundSerial) -> Result<Asked, Error> {
        slip.check()?;
        let mut intent = self.intent(Kind::TaxRefundCancellation, Amounts::won(0), &slip.labels);
        intent.tax_refund_serial = Some(slip.tax_refund_serial.clone());
        let slip = slip.clone();
        let request = move |ptxid| Request::TaxRefundCancellation(by_serial(&slip, ptxid));
        Ok(Asked { intent, request: Box::new(request) })
    }
}

/// A slip by its number, for a cancellation or an inquiry.
pub(crate) fn by_serial(slip: &TaxRefundSerial, ptxid: WireText) -> TaxRefundRequest {
    TaxRefundRequest {
        tax_refund_serial: slip.tax_refund_serial.as_str().into(),
        is_print: if slip.print { "true" } else { "false" }.into(),
        ptxid,
    }
}

fn issue(refund: &TaxRefund, ptxid: WireText) -> TaxRefundIssueRequest {
    match refund {
        TaxRefund::T650p { mode, payment_type, approval_amt, sales_serial, qr_service_code, .. } => {
            TaxRefundIssueRequest::Slip(SlipRefundIssue {
                tax_refund_mode: mode.as_str().into(),
                payment_type: payment_type.as_str().into(),
                approval_amt: *approval_amt,
                sales_serial: *sales_serial,
                qr_service_code: Some(qr_service_code.as_str().into()),
                ptxid,
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
            sales_serial: Some(sales_serial.as_str().into()),
            facilitator_number: Some(facilitator_number.as_str().into()),
        }),
        TaxRefund::P3mixGoods { sales_serial, .. } => TaxRefundIssueRequest::Goods(GoodsRefundIssue {
            sales_serial: Some(sales_serial.as_str().into()),
        }),
        TaxRefund::P3mixHotel { check_in, check_out, sales_serial, .. } => {
            TaxRefundIssueRequest::Hotel(HotelRefundIssue {
                check_in: Some(check_in.as_str().into()),
                check_out: Some(check_out.as_str().into()),
                sales_serial: Some(sales_serial.as_str().into()),
            })
        }
    }
}
