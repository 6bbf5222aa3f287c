//! The till: a process with a session in it, which does what the session wishes, and can die at any wish.

use std::time::Duration;

use danmal_model::{Alarm, Event, EventCode, Outcome, Ptxid, Record, Verdict};
use danmal_protocol::{OpenIntent, Output, Session, Setup};
use danmal_wire::{Code, Frame, Response};

use super::config::CANARIES;
use super::journal::{Journal, TERMINAL};
use super::{Due, World, outcome_text};

impl World {
    /// The process starts: a session from the rows of the journal.
    pub(super) fn start(&mut self) {
        if self.session.is_some() {
            return;
        }
        let open: Vec<OpenIntent> = self
            .journal
            .book
            .open_intents(TERMINAL)
            .into_iter()
            .map(|open| OpenIntent {
                intent: open.intent,
                seen: open.seen,
                unsettled_stops: open.unsettled_stops,
                overridden: open.overridden.map(|(verdict, _)| verdict),
            })
            .collect();
        self.checker.reopened(open.iter().map(|open| open.intent.ptxid));
        self.checker.fence_from = self.now;
        self.note(|| format!("till  starts, {} open", open.len()));
        let setup = Setup {
            terminal: TERMINAL.to_owned(),
            profile: self.config.profile.clone(),
            line: self.config.line,
            simulated_address: true,
            simulated_journal: true,
            journal: self.journal.id(),
            digest_key: self.journal.digest_key(),
            open,
            unsettled_stop: self.journal.book.unsettled_stops(TERMINAL).first().map(|stop| stop.ptxid),
            safe_mode: None,
        };
        self.epoch += 1;
        self.session = Some(Session::new(setup, self.time()));
        self.shop.started();
        if self.dies_after.is_none()
            && !self.calm
            && self.epoch > 1
            && self.dice.chance(self.config.crash_again)
        {
            self.dies_after = Some(self.dice.below(25) as u32);
        }
        if self.epoch > 1 && !self.calm {
            let turn = self.shop.next_turn();
            let by = Duration::from_millis(self.dice.below(20_000));
            self.later(by, Due::Cashier { turn });
        }
    }

    /// The process dies here and now.
    pub(super) fn die(&mut self, how: &str) {
        self.note(|| format!("till  {how}"));
        self.digest.word(0xdead);
        self.report.crashes += 1;
        self.dies_after = None;
        self.session = None;
        self.happened.clear();
        self.epoch += 1;
        self.disconnect();
        for record in self.journal.crash(&mut self.dice) {
            self.checker.durable(&record);
        }
        self.checker.restarted();
        self.shop.died();
        let by =
            if self.dice.chance(0.05) { self.dice.below(3_600_000_000) } else { self.dice.below(4_000_000) };
        self.later(Duration::from_micros(by), Due::Start);
    }

    /// One wish of the session.
    pub(super) fn wish(&mut self, output: Output) {
        if let Some(left) = &mut self.dies_after {
            if *left == 0 {
                return self.die("dies");
            }
            *left -= 1;
        }
        if self.config.canaries {
            self.canaries(&output);
        }
        match output {
            Output::Connect => self.connect(),
            Output::Disconnect => self.disconnect(),
            Output::Send { code, bytes } => self.send(code, &bytes),
            Output::Commit { id, record } => self.commit(id, *record),
            Output::Event(event) => self.event(&event),
            Output::Outcome(outcome) => {
                self.note(|| format!("CALL  {} {}", outcome.id(), outcome_text(&outcome)));
                self.digest.word(outcome.name().len() as u64);
                self.checker.outcome(&outcome);
                self.told(&outcome);
            }
            // What becomes of it is told like any resolution.
            Output::Reinstated(_) => {}
            Output::Resolution { ptxid, outcome, verdict } => {
                self.note(|| {
                    format!("RESOLVED {ptxid} {:?} {verdict:?}", outcome.as_ref().map(|o| o.name()))
                });
                if let Some(outcome) = &outcome {
                    self.checker.resolution(ptxid, outcome);
                }
                self.resolved(ptxid, outcome.as_deref());
            }
            Output::Forget(ptxid) => {
                self.journal.book.forget(ptxid);
                self.checker.forgotten(ptxid);
            }
            Output::Answer { call, result } => {
                if self.config.canaries
                    && let Err(error) = &result
                {
                    self.hold_no_canary("an error", &format!("{error} {error:?}"));
                }
                self.shop.answered(call);
            }
            Output::Done { call, result } => self.word_answered(call, &result),
            Output::Closed => {
                self.note(|| "till  closed".to_owned());
                self.die("is closed");
            }
        }
    }

    fn send(&mut self, code: Code, bytes: &[u8]) {
        if self.sent_at + Duration::from_secs(1) < self.now {
            self.sent_at = self.now;
            self.sent_then = 0;
        }
        self.sent_then += 1;
        if self.sent_then > 100 {
            self.checker.fail("L3", None, "more than a hundred frames in a second");
        }
        if code.is_money() {
            match ptxid_in(bytes) {
                Some(ptxid) => {
                    let baseline = self.line.last_shown.clone();
                    self.checker.money(ptxid, self.now, baseline);
                }
                None => self.checker.fail("S9", None, "a money request without a ptxid left"),
            }
        } else if code == Code::LastTransaction {
            self.shop.asked_last = true;
            self.checker.asked(self.line.number);
        } else if is_stop(code) {
            self.checker.stop(code, self.line.number, self.now);
        }
        self.write(code, bytes);
    }

    fn event(&mut self, event: &Event) {
        self.note(|| {
            let id = event.operation.and_then(|ptxid| ptxid.count());
            format!("event {:?} {}", event.code, id.map_or(String::new(), |id| format!("#{id}")))
        });
        if event.code == EventCode::Alarm
            && event.alarm == Some(Alarm::OverrideContradicted)
            && let Some(at) = event.operation.and_then(|ptxid| self.checker.find(ptxid))
        {
            self.checker.tracks[at].alarmed = true;
        }
    }

    /// Whether a frame contradicts an operator's word. Then an alarm must follow (rule 4).
    pub(super) fn evidence(&mut self, frame: &Frame) {
        let asked = frame.code() == Code::LastTransaction && std::mem::take(&mut self.shop.asked_last);
        let Some((ptxid, verdict)) = self.shop.watched_word else { return };
        let known = self.checker.track(ptxid).is_none_or(|track| track.alarmed || track.row.is_some());
        if known || !asked {
            return;
        }
        let Ok(response) = Response::decode(frame) else { return };
        if response.ptxid() != Some(ptxid.as_str()) || self.config.profile.is_interim(&response.result_code) {
            return;
        }
        let performed = response.result_code == "0000";
        let contradicts = match verdict {
            Verdict::Performed => !performed,
            Verdict::NotPerformed => performed,
            Verdict::Undecided => false,
        };
        if contradicts {
            self.shop.owed_alarm = Some((ptxid, self.now + Duration::from_secs(5)));
        }
    }

    // ---- C1 ----

    fn hold_no_canary(&mut self, sink: &str, text: &str) {
        if let Some(canary) = CANARIES.iter().find(|canary| text.contains(**canary)) {
            self.canary_hits += 1;
            let text = format!("{sink} holds the canary of {} characters", canary.len());
            self.checker.fail("C1", None, text);
        }
    }

    fn canaries(&mut self, output: &Output) {
        self.hold_no_canary("an output's Debug", &format!("{output:?}"));
        match output {
            Output::Event(event) => {
                let text = format!("{event:?} {} {}", event.text.ko, event.text.en);
                self.hold_no_canary("an event", &text);
            }
            Output::Outcome(outcome) => {
                let said = outcome.text();
                let text = format!("{outcome:?} {outcome} {} {}", said.ko, said.en);
                self.hold_no_canary("an outcome", &text);
                if let Outcome::Approved(approval) = &**outcome {
                    self.hold_no_canary("an approval's card", &format!("{:?}", approval.masked_card));
                }
            }
            _ => {}
        }
    }

    pub(super) fn row_bytes(&mut self, record: &Record) {
        if self.config.canaries {
            self.hold_no_canary("a row of the journal", &Journal::bytes(record));
            self.hold_no_canary("a row's Debug", &format!("{record:?}"));
        }
    }
}

fn is_stop(code: Code) -> bool {
    matches!(code, Code::StopCard | Code::StopEasyPay | Code::StopCashReceipt | Code::Abort)
}

/// The ptxid that stands in a request's bytes.
fn ptxid_in(bytes: &[u8]) -> Option<Ptxid> {
    let text = std::str::from_utf8(bytes).ok()?;
    let at = text.find("\"ptxid\":\"").or_else(|| text.find("\"ptxId\":\""))?;
    text.get(at + 9..)?.split('"').next()?.parse().ok()
}
