//! The questions that move no money: totals, codes, slips, and the printer.

use danmal_wire::{
    Code, CodeEntry, CodeTable, Request, Response, ResponseBody, Totals, TotalsLine, TotalsRequest,
};

use super::agenda::Task;
use super::answers::{self, Answer};
use super::{ConnectionId, Paper, Terminal};
use crate::card::BUSY;
use crate::event::Happened;
use crate::fault::Fault;

/// A paper that is being printed.
pub(super) struct Printed {
    connection: ConnectionId,
    faults: Vec<Fault>,
    paper: Paper,
}

impl Terminal {
    pub(super) fn question(
        &mut self,
        connection: ConnectionId,
        code: Code,
        request: &Request,
        faults: Vec<Fault>,
    ) {
        let mut response = match request {
            Request::SalesTotals(days) => self.totals(days),
            Request::DownloadCodes => codes(),
            Request::TaxRefundInquiry(inquiry) => self.inquiry(inquiry),
            Request::Print(print) => {
                if self.running.is_some() || self.printing.is_some() {
                    let busy = answers::plain(code, &BUSY.0, &BUSY.1);
                    return self.answer(connection, busy, None, faults);
                }
                let printed = Printed { connection, faults, paper: Paper::of(print) };
                self.printing = Some(self.after(self.settings.pace.print));
                self.later(self.settings.pace.print, Task::Printed(Box::new(printed)));
                return self.note_screen();
            }
            _ => Response::new(code, "9990", "지원하지 않는 전문"),
        };
        answers::plant(&mut response, &self.settings.canaries);
        self.answer(connection, Answer { code, json: answers::json(&response) }, None, faults);
    }

    /// The paper is out.
    pub(super) fn printed(&mut self, printed: Printed) {
        self.printing = None;
        self.note(Happened::Printed(printed.paper.lines.len()));
        self.note_screen();
        self.papers.push(printed.paper);
        let answer = answers::plain(Code::Print, "0000", "프린트 정상 출력");
        self.answer(printed.connection, answer, None, printed.faults);
    }

    fn totals(&self, days: &TotalsRequest) -> Response {
        let sums = self.host.totals(&days.from, &days.to);
        let line = |count: i64, price: i64| TotalsLine {
            count: Some(count),
            price: Some(price),
            // The catalogue says no more than that it is a number: here, from how many issuers.
            issuer: Some(i64::from(count > 0)),
            ..TotalsLine::default()
        };
        let totals = Totals {
            period: Some(format!("{}~{}", days.from.as_str(), days.to.as_str()).into()),
            approved: Some(line(sums.approved, sums.approved_sum)),
            canceled: Some(line(sums.cancelled, sums.cancelled_sum)),
            ..Totals::default()
        };
        Response::new(Code::SalesTotals, "0000", "정상").with_body(ResponseBody::Totals(Box::new(totals)))
    }
}

/// The code table of the catalogue's sample, with its count that does not fit.
fn codes() -> Response {
    let entry = |code: &str, name: &str, group: &str, group_name: &str| CodeEntry {
        code: Some(code.into()),
        code_name: Some(name.into()),
        group_code: Some(group.into()),
        group_code_name: Some(group_name.into()),
        ..CodeEntry::default()
    };
    let list = vec![
        entry("AQ15", "KT 포인트", "AG04", "국내포인트결제매입사"),
        entry("AQ16", "LG 포인트", "AG04", "국내포인트결제매입사"),
        entry("CASH", "현금영수증", "", ""),
    ];
    let table = CodeTable { total_count: Some(0), code_list: Some(list), ..CodeTable::default() };
    let response = Response::new(Code::DownloadCodes, "0000", "코드리스트 정상 조회");
    response.with_body(ResponseBody::Codes(Box::new(table)))
}
