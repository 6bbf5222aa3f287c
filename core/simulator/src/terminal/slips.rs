//! Tax-refund slips (환급전표): they carry no ptxid in their answers and are not confirmed.

use danmal_wire::{
    Code, Request, Response, ResponseBody, TaxRefundData, TaxRefundIssueRequest, TaxRefundRequest,
};

use super::transaction::Running;
use super::{Paper, Terminal, answers};
use crate::event::Happened;
use crate::host::{Captured, Entry, Refusal, Slip, SlipShape};

/// What is refunded where the request names no amount: the till's sale, which the terminal looks up.
const PRICE: i64 = 15_000;

impl Terminal {
    /// Issues or cancels a slip.
    pub(super) fn slip(
        &mut self,
        running: &Running,
        mut entry: Entry,
    ) -> Result<(Captured, String), (&'static str, &'static str)> {
        let (captured, slip) = match &running.request {
            Request::TaxRefundIssue(issue) => {
                let slip = asked(issue, &entry.date);
                entry.amount = slip.price();
                self.host.issue(entry, slip)
            }
            Request::TaxRefundCancellation(cancel) => {
                let cancelled = self.host.cancel_slip(entry, &cancel.tax_refund_serial);
                let (captured, slip) = cancelled.map_err(words)?;
                if cancel.is_print == "true" {
                    self.print_slip(&slip, "환급전표 취소");
                }
                (captured, slip)
            }
            _ => return Err(("9990", "지원하지 않는 전문")),
        };
        if running.code == Code::TaxRefundIssue {
            self.print_slip(&slip, "환급전표");
        }
        self.note(Happened::Captured(slip.price()));
        let mut response = answer(running.code, &slip);
        answers::plant(&mut response, &self.settings.canaries);
        Ok((captured, answers::json(&response)))
    }

    /// 900050: shows a slip, and prints it again.
    pub(super) fn inquiry(&mut self, inquiry: &TaxRefundRequest) -> Response {
        let Some(slip) = self.host.slip(&inquiry.tax_refund_serial) else {
            let (result, message) = words(Refusal::Unknown);
            return Response::new(Code::TaxRefundInquiry, result, message);
        };
        if slip.cancelled {
            let (result, message) = words(Refusal::Cancelled);
            return Response {
                result_code: result.into(),
                result_message: message.into(),
                ..answer(Code::TaxRefundInquiry, &slip)
            };
        }
        if inquiry.is_print == "true" {
            self.print_slip(&slip, "환급전표 (재출력)");
        }
        answer(Code::TaxRefundInquiry, &slip)
    }

    fn print_slip(&mut self, slip: &Slip, title: &str) {
        let paper = Paper::plain([
            title.to_owned(),
            format!("전표번호 {}", slip.taxrefund_serial),
            format!("구매금액 {}", slip.price()),
            format!("환급금액 {}", slip.refund()),
        ]);
        self.note(Happened::Printed(paper.lines.len()));
        self.papers.push(paper);
    }
}

fn words(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::Unknown => ("8360", "전표 없음"),
        Refusal::Cancelled | Refusal::Reversed => ("8361", "기취소 전표"),
    }
}

/// The slip that is asked for. Its numbers come from the host.
fn asked(issue: &TaxRefundIssueRequest, date: &str) -> Slip {
    let (shape, card, cash, etc) = match issue {
        TaxRefundIssueRequest::Slip(slip) => (SlipShape::GoodsOrHotel, slip.approval_amt, 0, 0),
        TaxRefundIssueRequest::Goods(_) | TaxRefundIssueRequest::Hotel(_) => {
            (SlipShape::GoodsOrHotel, PRICE, 0, 0)
        }
        TaxRefundIssueRequest::Medical(medical) => (
            SlipShape::Medical,
            medical.card_amount.unwrap_or(0),
            medical.cash_amount.unwrap_or(0),
            medical.etc_amount.unwrap_or(0),
        ),
    };
    Slip {
        line: usize::MAX,
        shape,
        card,
        cash,
        etc,
        refund_serial: String::new(),
        taxrefund_serial: String::new(),
        date: date.to_owned(),
        cancelled: false,
    }
}

fn answer(code: Code, slip: &Slip) -> Response {
    let (day, time) = slip.date.split_at_checked(8).unwrap_or((&slip.date, ""));
    let text = |text: &str| Some(text.into());
    let common = TaxRefundData {
        buyer_country: text("JPN"),
        buyer_name: text("YAMADA HANAKO"),
        passport_serial: text("M00000000"),
        refund_balance: Some(slip.refund()),
        refund_date: text(day),
        refund_time: text(time),
        refund_serial: text(&slip.refund_serial),
        ..TaxRefundData::default()
    };
    let data = match slip.shape {
        SlipShape::GoodsOrHotel => TaxRefundData {
            duty_free_store_number: text("0012345678"),
            message0: text("환급전표"),
            message1: text("출국 시 제출하세요"),
            message2: text(""),
            message3: text(""),
            taxrefund_serial: text(&slip.taxrefund_serial),
            ..common
        },
        SlipShape::Medical => TaxRefundData {
            card_amount: Some(slip.card),
            cash_amount: Some(slip.cash),
            etc_amount: Some(slip.etc),
            facilitator_business_serial: text("0000000000"),
            facilitator_medical_serial: text("M-0001"),
            facilitator_name: text("모의의원"),
            facilitator_serial: text("0000000000"),
            price: Some(slip.price()),
            res_code: text("0000"),
            res_message: text("정상"),
            res_message_taxrefund: text("정상"),
            ..common
        },
    };
    Response::new(code, "0000", "정상").with_body(ResponseBody::TaxRefund(Box::new(data)))
}
