//! The transaction on the screen, from its request to its answer.

use std::time::Duration;

use danmal_wire::{Code, Request};

use super::agenda::Task;
use super::history::Record;
use super::{ConnectionId, Terminal, answers};
use crate::card::{BUSY, Card, Course, Verdict};
use crate::event::Happened;
use crate::fault::{Acts, Fault, Moment, PendingWork, Point};
use crate::host::{Captured, Entry};
use crate::magic::magic;
use crate::settings::{Orphan, Unconfirmed};

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Card,
    Signature,
    Host,
}

/// The transaction on the screen.
pub(super) struct Running {
    pub(super) number: u64,
    pub(super) connection: ConnectionId,
    pub(super) code: Code,
    pub(super) request: Request,
    pub(super) ptxid: String,
    pub(super) amount: i64,
    pub(super) course: Course,
    /// Faults of its final answer.
    pub(super) faults: Vec<Fault>,
    /// Faults that strike at a moment.
    at: Vec<(Moment, Fault)>,
    pub(super) stage: Stage,
    /// 0010 is still to be sent so often.
    waits: u32,
}

impl Running {
    pub(super) fn faults_at(&self, moment: Moment) -> Vec<Fault> {
        self.at.iter().filter(|(at, _)| *at == moment).map(|(_, fault)| fault.clone()).collect()
    }
}

impl Terminal {
    /// A money request.
    pub(super) fn begin(
        &mut self,
        connection: ConnectionId,
        code: Code,
        request: Request,
        faults: Vec<Fault>,
        mut at: Vec<(Moment, Fault)>,
    ) {
        let ptxid = request.ptxid().unwrap_or_default().to_owned();
        if self.running.is_some() {
            let answer = answers::refusal(code, &BUSY.0, &BUSY.1, code.is_transaction().then_some(&ptxid));
            return self.answer(connection, answer, None, faults);
        }
        self.reverse_waiting(|policy| policy == Unconfirmed::ReverseAtNextMoney);
        let amount = answers::amount(&request).unwrap_or(0);
        let mut course = Course::default();
        let mut of_answer = Vec::new();
        let sale = matches!(code, Code::CardApproval | Code::EasyPayApproval | Code::CashReceiptIssue);
        let magic =
            magic(amount).filter(|_| sale && self.settings.magic).map_or(&[][..], |magic| magic.faults);
        let (timed, whole): (Vec<_>, Vec<_>) =
            magic.iter().cloned().partition(|(moment, _)| moment.is_some());
        at.extend(timed.into_iter().filter_map(|(moment, fault)| Some((moment?, fault))));
        for fault in faults.into_iter().chain(whole.into_iter().map(|(_, fault)| fault)) {
            match fault {
                // The magic of an amount may cut the request short: by then it has arrived, so it is dropped.
                Fault::CutRequest { reset, .. } => return self.end(connection, reset),
                fault if fault.acts() == Acts::Course => {
                    self.note(Happened::Fault(fault.kind()));
                    course.apply(&fault);
                }
                fault => of_answer.push(fault),
            }
        }
        self.transactions += 1;
        let running = Box::new(Running {
            number: self.transactions,
            connection,
            code,
            request,
            ptxid,
            amount,
            waits: 0,
            course,
            faults: of_answer,
            at,
            stage: Stage::Card,
        });
        let repeated = self.settings.refuses_repeated_ptxid && self.host.knows(&running.ptxid);
        let refused = match &running.course.refused {
            Some(words) => Some(words.clone()),
            None if running.amount < 0 || sale && running.amount == 0 => {
                Some(("8340".into(), "금액 오류".into()))
            }
            None if repeated => Some(("8330".into(), "중복거래".into())),
            None => None,
        };
        if let Some((result, message)) = refused {
            let id = code.is_transaction().then_some(running.ptxid.as_str());
            let answer = answers::refusal(code, &result, &message, id);
            return self.answer(connection, answer, Some(running.amount), running.faults);
        }
        let Some(running) = self.moment(Moment::Asked, running) else { return };
        let pace = self.settings.pace;
        let wait = match running.course.card {
            Card::Never => pace.card_limit,
            _ if answers::needs_no_reading(&running.request) => Duration::ZERO,
            _ => pace.card + running.course.slow_card,
        };
        self.wait_for(running, wait);
    }

    /// Shows a transaction and wakes it again.
    fn wait_for(&mut self, running: Box<Running>, span: Duration) {
        self.later(span, Task::Stage(running.number));
        self.running = Some(running);
        self.note_screen();
    }

    /// A moment of a transaction: what the rules and its own faults say of it happens. `None` where the
    /// transaction does not survive it.
    fn moment(&mut self, moment: Moment, mut running: Box<Running>) -> Option<Box<Running>> {
        let mut faults = self.armed.moment(moment, running.code, running.amount);
        if !running.at.is_empty() {
            let (now, later) = std::mem::take(&mut running.at).into_iter().partition(|(at, _)| *at == moment);
            running.at = later;
            faults.extend(Vec::into_iter(now).map(|(_, fault)| fault));
        }
        let boots = self.boots;
        let mut pending = PendingWork::Lost;
        for fault in faults {
            match fault.acts() {
                Acts::AtOnce => {
                    if let Fault::Reboot { pending: work, .. } = &fault {
                        pending = *work;
                    }
                    self.strike(fault, Some(running.connection));
                }
                Acts::Course => {
                    self.note(Happened::Fault(fault.kind()));
                    running.course.apply(&fault);
                }
                Acts::Request | Acts::Reply | Acts::History => running.faults.push(fault),
            }
        }
        if self.boots != boots {
            // What is captured is at the host, whatever becomes of the terminal.
            if !matches!(moment, Moment::Captured | Moment::Answered) {
                self.lose(*running, pending);
            }
            return None;
        }
        let gone = !self.links.iter().any(|link| link.id == running.connection);
        let before_host =
            matches!(moment, Moment::Asked | Moment::CardRead | Moment::SignatureAsked | Moment::Signed);
        if self.settings.orphan == Orphan::Stops && gone && before_host {
            return None;
        }
        Some(running)
    }

    /// A restart takes the transaction off the screen.
    pub(super) fn lose(&mut self, running: Running, pending: PendingWork) {
        self.agenda.drop_where(|task| matches!(task, Task::Stage(_)));
        if running.stage != Stage::Host || pending == PendingWork::Lost {
            return;
        }
        let Some((captured, json)) = self.ask_host(&running, 0) else { return };
        match pending {
            PendingWork::Lost | PendingWork::Forgotten => {}
            PendingWork::Completed => self.remember(Record::of(&running, &captured, json, self.now)),
            // The terminal does it when it is back.
            PendingWork::Reversed => self.agenda.put(self.now, Task::Reversed(captured.line)),
        }
    }

    /// The next step of a transaction is due.
    pub(super) fn go_on(&mut self, number: u64) {
        let Some(running) = self.running.take_if(|running| running.number == number) else { return };
        match running.stage {
            Stage::Card => self.card_is_due(running),
            Stage::Signature => self.signature_is_due(running),
            Stage::Host => self.host_is_due(running),
        }
    }

    fn card_is_due(&mut self, running: Box<Running>) {
        match running.course.card {
            Card::Never => return self.refuse(*running, "9993", "카드입력시간초과"),
            Card::RemovedEarly => return self.refuse(*running, "5007", "카드가 제거되었습니다"),
            Card::Cancelled => return self.refuse(*running, "9999", "사용자 취소"),
            Card::Shown => {}
        }
        let Some(mut running) = self.moment(Moment::CardRead, running) else { return };
        if let Some((result, message)) = running.course.interim.take() {
            let id = running.code.is_transaction().then_some(running.ptxid.as_str());
            let answer = answers::refusal(running.code, &result, &message, id);
            self.interim(running.connection, answer, running.amount);
        }
        let by_card = matches!(running.code, Code::CardApproval | Code::CardCancellation);
        let asks = running.course.asks_signature || by_card && running.amount >= self.settings.signature_from;
        if asks && running.code.is_transaction() {
            running.stage = Stage::Signature;
            running.waits = running.course.repeats;
            self.send_wait(&running);
            let Some(running) = self.moment(Moment::SignatureAsked, running) else { return };
            let span = self.signing_time(&running);
            self.wait_for(running, span);
        } else {
            self.go_to_host(running);
        }
    }

    /// Until the next 0010, or until the customer has signed, or until that is too late.
    fn signing_time(&self, running: &Running) -> Duration {
        let pace = &self.settings.pace;
        let whole = if running.course.signs { pace.signature } else { pace.signature_limit };
        whole / running.course.repeats.saturating_add(1)
    }

    fn send_wait(&mut self, running: &Running) {
        let answer = answers::refusal(running.code, "0010", "서명대기", Some(&running.ptxid));
        self.interim(running.connection, answer, running.amount);
    }

    fn signature_is_due(&mut self, mut running: Box<Running>) {
        if running.waits > 0 {
            running.waits -= 1;
            self.send_wait(&running);
            let span = self.signing_time(&running);
            return self.wait_for(running, span);
        }
        if !running.course.signs {
            return self.refuse(*running, "9999", "서명시간초과");
        }
        if let Some(running) = self.moment(Moment::Signed, running) {
            self.go_to_host(running);
        }
    }

    fn go_to_host(&mut self, mut running: Box<Running>) {
        running.stage = Stage::Host;
        let Some(running) = self.moment(Moment::HostAsked, running) else { return };
        let span = self.settings.pace.host + running.course.slow_host;
        self.wait_for(running, span);
    }

    fn host_is_due(&mut self, running: Box<Running>) {
        match &running.course.verdict {
            Verdict::Approved(by) => {
                let by = *by;
                self.approve(running, by);
            }
            Verdict::Declined((result, message)) => {
                let (result, message) = (result.clone(), message.clone());
                self.host.decline(self.entry(&running, running.amount));
                self.refuse(*running, &result, &message);
            }
            Verdict::Down => self.refuse(*running, "8900", "통신장애"),
            Verdict::AnswerLost => {
                if let Some((captured, _)) = self.ask_host(&running, 0) {
                    self.host.reverse(captured.line);
                    self.note(Happened::Reversed);
                }
                self.refuse(*running, "8901", "승인응답 미수신 (망취소)");
            }
        }
    }

    /// The line of the ledger that a transaction makes.
    fn entry(&self, running: &Running, amount: i64) -> Entry {
        let signed = if answers::takes_back(running.code) { -amount } else { amount };
        Entry::new(&running.ptxid, running.code, signed, &self.date())
    }

    /// Lets the host do what is asked, and words the answer. `None` where the host refuses.
    fn ask_host(&mut self, running: &Running, by: i64) -> Option<(Captured, String)> {
        self.host_answer(running, by).ok()
    }

    fn host_answer(
        &mut self,
        running: &Running,
        by: i64,
    ) -> Result<(Captured, String), (&'static str, &'static str)> {
        let amount = running.amount + by;
        let mut entry = self.entry(running, amount);
        let date = entry.date.clone();
        let captured = match answers::original(&running.request) {
            _ if !running.code.is_transaction() => return self.slip(running, entry),
            Some(original) => {
                entry.amount = -running.amount;
                let captured = self.host.cancel(entry, &original);
                captured.map_err(crate::host::Refusal::words)?
            }
            None => {
                entry.identifier = answers::identifier(&running.request);
                self.host.capture(entry)
            }
        };
        self.note(Happened::Captured(if answers::takes_back(running.code) { -amount } else { amount }));
        let data = answers::transaction(&running.request, amount, &captured, &date);
        let response = answers::approval(running.code, data, &self.settings.canaries);
        Ok((captured, answers::json(&response)))
    }

    fn approve(&mut self, running: Box<Running>, by: i64) {
        let (captured, json) = match self.host_answer(&running, by) {
            Ok(done) => done,
            Err((result, message)) => {
                self.host.decline(self.entry(&running, running.amount));
                return self.refuse(*running, result, message);
            }
        };
        let record = Record::of(&running, &captured, json.clone(), self.after(self.shown_late(&running)));
        if running.code.is_transaction() || self.settings.history.slips {
            self.remember(record);
        }
        if running.code.is_transaction() {
            self.wait_for_confirmation(&running, captured.line);
        }
        let Some(running) = self.moment(Moment::Captured, running) else { return };
        self.note_screen();
        if let Some(after) = running.course.host_reverses {
            self.later(after, Task::HostReverses(captured.line));
        }
        self.finish(*running, json);
    }

    fn shown_late(&self, running: &Running) -> Duration {
        running.course.shown.late + self.settings.history.behind
    }

    /// The answer of a transaction that is not performed.
    pub(super) fn refuse(&mut self, running: Running, result: &str, message: &str) {
        let id = running.code.is_transaction().then_some(running.ptxid.as_str());
        let mut response = answers::refused(running.code, result, message, id);
        answers::plant(&mut response, &self.settings.canaries);
        let json = answers::json(&response);
        if self.settings.history.declines && running.code.is_transaction() {
            let from = self.after(self.shown_late(&running));
            self.remember(Record::refused(&running, json.clone(), from));
        }
        self.note_screen();
        self.finish(running, json);
    }

    /// The last thing of a transaction: its answer.
    fn finish(&mut self, mut running: Running, json: String) {
        let faults = std::mem::take(&mut running.faults);
        let answer = answers::Answer { code: running.code, json };
        self.answer(running.connection, answer, Some(running.amount), faults);
        if running.course.late_wait {
            self.send_wait(&running);
        }
        // Whoever strikes now finds the screen free.
        drop(self.moment(Moment::Answered, Box::new(running)));
    }

    /// 910021, 930021, 970021: stops the reading of its own kind.
    pub(super) fn stop(&mut self, connection: ConnectionId, code: Code, faults: Vec<Fault>) {
        let fits = |running: &Running| {
            running.stage == Stage::Card
                && matches!(
                    (running.code, code),
                    (Code::CardApproval | Code::CardCancellation, Code::StopCard)
                        | (Code::EasyPayApproval | Code::EasyPayCancellation, Code::StopEasyPay)
                        | (Code::CashReceiptIssue | Code::CashReceiptCancellation, Code::StopCashReceipt)
                )
        };
        let ptxid = self.running.as_ref().map(|running| running.ptxid.clone()).unwrap_or_default();
        let stopped = self.running.as_ref().is_some_and(|running| fits(running));
        let (result, message) = if stopped { ("0000", "완료") } else { ("9991", "unable to proceed") };
        self.answer(connection, answers::stopped(code, result, message, &ptxid), None, faults);
        if stopped {
            self.stopped();
        }
    }

    /// 555555: aborts whatever runs, until the host is asked.
    pub(super) fn abort(&mut self, connection: ConnectionId, faults: Vec<Fault>) {
        let stopped = self.running.as_ref().is_some_and(|running| running.stage != Stage::Host);
        let (result, message) = if stopped {
            ("9999", "사용자 취소")
        } else {
            ("0001", "처리중 입니다. 작업을 취소할 수 없습니다.")
        };
        self.answer(connection, answers::plain(Code::Abort, result, message), None, faults);
        if stopped {
            self.stopped();
        }
    }

    /// The transaction on the screen was stopped, or only seems so.
    fn stopped(&mut self) {
        let Some(running) = self.running.take_if(|running| !running.course.stop_ignored) else { return };
        let number = running.number;
        self.agenda.drop_where(|task| matches!(task, Task::Stage(other) if *other == number));
        if running.course.stop_swallows || !self.settings.answers_stopped {
            if self.settings.history.declines && running.code.is_transaction() {
                let json = answers::refusal(running.code, "9999", "사용자 취소", Some(&running.ptxid)).json;
                let from = self.after(self.shown_late(&running));
                self.remember(Record::refused(&running, json, from));
            }
            self.note_screen();
        } else {
            self.refuse(*running, "9999", "사용자 취소");
        }
    }

    /// An answer that is not the end.
    fn interim(&mut self, connection: ConnectionId, answer: answers::Answer, amount: i64) {
        self.send(connection, answer, Point::Interim, Some(amount), Vec::new());
    }
}
