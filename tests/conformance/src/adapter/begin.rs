//! Operations and questions, as a till begins them.

use std::sync::mpsc::channel;
use std::time::Duration;

use danmal::{
    ApprovalReference, Cancellation, CashReceipt, CashReceiptCancellation, EasyPay, Error, Labels, Operation,
    Paper, Sale, TaxRefund, TaxRefundSerial, Terminal, TraderType, block_on,
};
use danmal_simulator::script::{self, Action, Cancel, SlipOf};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Adapter, Answered, Thing, Wrong, value};

/// How long an operation is waited for whose approval a step needs. A scenario expects it first.
const APPROVAL: Duration = Duration::from_secs(20);

impl Adapter {
    /// Begins what a step asks for.
    pub(super) fn begin(&self, action: &Action) -> Result<Thing, Wrong> {
        let terminal = self.terminal()?;
        let operation = match action {
            Action::Approve(asked) => terminal.approve(sale(asked)?),
            Action::ApproveEasyPay(asked) => terminal.approve_easy_pay(EasyPay::from(sale(asked)?)),
            Action::Cancel(asked) => terminal.cancel(self.cancellation(asked)?),
            Action::CancelEasyPay(asked) => terminal.cancel_easy_pay(self.cancellation(asked)?),
            Action::IssueCashReceipt(asked) => terminal.issue_cash_receipt(cash_receipt(asked)),
            Action::CancelCashReceipt(asked) => {
                let approval = self.approval(&asked.of, APPROVAL)?;
                let cancellation = CashReceiptCancellation::of(&approval, asked.identifier.as_str());
                terminal.cancel_cash_receipt(&cancellation)
            }
            Action::IssueTaxRefund(asked) => terminal.issue_tax_refund(&tax_refund(asked)),
            Action::CancelTaxRefund(slip) => terminal.cancel_tax_refund(&self.serial(slip)?),
            question => return self.ask(terminal.clone(), question),
        };
        Ok(thing(operation))
    }

    fn cancellation(&self, asked: &Cancel) -> Result<Cancellation, Wrong> {
        Ok(match asked {
            Cancel::Of(of) => Cancellation::from(&self.approval(of, APPROVAL)?),
            Cancel::Typed(typed) => Cancellation::from_slip(ApprovalReference {
                approval_no: typed.approval_no.clone(),
                transaction_no: typed.transaction_no.clone(),
                transaction_date: typed.transaction_date.clone(),
                approval_amt: typed.approval_amt,
            }),
        })
    }

    fn serial(&self, slip: &SlipOf) -> Result<TaxRefundSerial, Wrong> {
        Ok(TaxRefundSerial::new(match slip {
            SlipOf::Serial(serial) => serial.clone(),
            SlipOf::Of(of) => match self.approval(of, APPROVAL)?.slip {
                Some(slip) => slip.serial().to_owned(),
                None => return Err(format!("{of} is no slip")),
            },
        }))
    }

    /// A question waits in a thread of its own, as in a program without an executor.
    fn ask(&self, terminal: Terminal, question: &Action) -> Result<Thing, Wrong> {
        if !question.gives_a_result() {
            return Err(format!("{question:?} is nothing that an adapter does"));
        }
        let (send, receive) = channel();
        let question = question.clone();
        let serial = match &question {
            Action::InquireTaxRefund(slip) => Some(self.serial(slip)?),
            _ => None,
        };
        std::thread::spawn(move || {
            // Nobody may be listening any more.
            let _ = send.send(wait(&terminal, &question, serial.as_ref()));
        });
        Ok(Thing::Question(receive))
    }
}

fn wait(terminal: &Terminal, question: &Action, serial: Option<&TaxRefundSerial>) -> Answered {
    match question {
        Action::InquireTaxRefund(_) => match serial {
            Some(serial) => answer(block_on(terminal.inquire_tax_refund(serial))),
            None => answer(Ok(())),
        },
        Action::SalesTotals(days) => answer(block_on(terminal.sales_totals(&days.from, &days.to))),
        Action::DownloadCodes(_) => answer(block_on(terminal.download_codes())),
        Action::LastTransaction(_) => answer(block_on(terminal.last_transaction())),
        Action::Print(lines) => {
            let paper = lines.iter().fold(Paper::new(), |paper, line| paper.left(20, line));
            answer(block_on(terminal.print(&paper)))
        }
        _ => answer(Ok(())),
    }
}

fn answer(answered: Result<impl Serialize, Error>) -> Answered {
    answered.map(|answer| match value(&answer) {
        // Of printing: nothing is an answer too.
        Ok(Value::Null) => json!({}),
        Ok(answer) => answer,
        Err(error) => error.into(),
    })
}

fn thing(operation: Result<Operation, Error>) -> Thing {
    match operation {
        Ok(operation) => Thing::Operation(operation),
        Err(error) => Thing::Refused(error),
    }
}

fn sale(asked: &script::Sale) -> Result<Sale, Wrong> {
    let months = u8::try_from(asked.installment).map_err(|_| "no such number of months")?;
    let mut sale =
        Sale::won(asked.amount).tax(asked.tax).tip(asked.tip).tax_free(asked.tax_free).installment(months);
    sale.labels = Labels { order: asked.order.clone(), key: asked.key.clone() };
    Ok(sale)
}

fn cash_receipt(asked: &script::Receipt) -> CashReceipt {
    let mut receipt = CashReceipt::won(asked.amount);
    if asked.expense_proof {
        receipt = receipt.trader_type(TraderType::ExpenseProof);
    }
    if let Some(identifier) = &asked.identifier {
        receipt = receipt.identifier(identifier.as_str());
    }
    if let Some(order) = &asked.order {
        receipt = receipt.order(order);
    }
    receipt
}

fn tax_refund(asked: &script::TaxRefund) -> TaxRefund {
    let labels = Labels::default();
    match asked {
        script::TaxRefund::T650p { amount, sales_serial } => TaxRefund::T650p {
            mode: "post".to_owned(),
            payment_type: "card".to_owned(),
            approval_amt: *amount,
            sales_serial: *sales_serial,
            qr_service_code: String::new(),
            labels,
        },
        script::TaxRefund::Medical(medical) => TaxRefund::P3mixMedical {
            card_amount: medical.card_amount,
            cash_amount: medical.cash_amount,
            etc_amount: medical.etc_amount,
            sales_serial: medical.sales_serial.clone(),
            facilitator_number: medical.facilitator_number.clone(),
            labels,
        },
        script::TaxRefund::Goods { sales_serial } => {
            TaxRefund::P3mixGoods { sales_serial: sales_serial.clone(), labels }
        }
        script::TaxRefund::Hotel { check_in, check_out, sales_serial } => TaxRefund::P3mixHotel {
            check_in: check_in.clone(),
            check_out: check_out.clone(),
            sales_serial: sales_serial.clone(),
            labels,
        },
    }
}
