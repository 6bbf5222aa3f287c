//! The end of a world: faults stop, everything must become final or be unknown for a reason, and the shop must
//! be able to pay again (L2, S10).

use std::time::Duration;

use danmal_model::{Ptxid, Verdict};
use danmal_simulator::Plan as FaultPlan;
use danmal_wire::{Code, FrameDecoder, FrameRules, Response, encode_json};

use super::checker::Track;
use super::{Due, World, why_name};

/// Why an operation is still unknown although nothing is wrong any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explained {
    NoHistory,
    Slip,
    SwitchOff,
    EmptyBaseline,
    /// The terminal shows another transaction, or none: both histories fit.
    Overwritten,
    /// It is shown without its ptxid.
    /// An approval was seen, and is shown no more.
    ApprovalGone,
    /// Nothing explains it.
    Not,
}

impl Explained {
    const fn name(self) -> &'static str {
        match self {
            Self::NoHistory => "the terminal has no history",
            Self::Slip => "a slip",
            Self::SwitchOff => "a switch of A1 to A6 is off",
            Self::EmptyBaseline => "the baseline was empty",
            Self::Overwritten => "the terminal shows another transaction or none",
            Self::ApprovalGone => "an approval was seen and is shown no more",
            Self::Not => "NOT EXPLAINED",
        }
    }
}

/// What an answer of 990001 names: its ptxid, its approval number with its date.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    ptxid: String,
    number: String,
    date: String,
    code: String,
}

impl Shown {
    /// What a body shows; none where it is empty.
    fn of(body: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(body);
        let frame = encode_json(Code::LastTransaction, Some(&text), &Default::default()).ok()?;
        let mut decoder = FrameDecoder::for_answers(FrameRules::default());
        decoder.push(&frame);
        let frame = decoder.next()?.ok()?;
        let response = Response::decode(&frame).ok()?;
        let data = response.transaction()?;
        let text = |field: &Option<danmal_wire::WireText>| {
            field.as_ref().map_or(String::new(), |text| text.trim().to_owned())
        };
        let shown = Self {
            ptxid: text(&data.ptxid),
            number: text(&data.approval_no),
            date: text(&data.transaction_date),
            code: response.result_code.to_string(),
        };
        let named = !shown.ptxid.is_empty() || !shown.number.is_empty() && !shown.date.is_empty();
        named.then_some(shown)
    }
}

impl World {
    /// The liveness phase.
    pub(super) fn calm_down(&mut self) {
        self.note(|| "------ faults stop ------".to_owned());
        self.calm = true;
        self.dies_after = None;
        self.shop.next_turn();
        self.terminal.set_plan(FaultPlan::default());
        self.journal.repair();
        self.config.disk_fails = 0.0;
        self.config.disk_full = 0.0;
        self.config.disk_slow = 0.0;
        // A till that was left switched off comes back first.
        self.run_until(Duration::from_secs(7_200), |world| world.session.is_some());
        self.run_until(Duration::from_secs(700), |world| {
            world.session.is_some() && world.nothing_runs() && world.checker.open.is_empty()
        });
        if self.checker.violation.is_some() {
            return;
        }
        self.explain();
        self.operator_says();
        if self.checker.violation.is_none() {
            self.pay_again();
        }
    }

    fn nothing_runs(&self) -> bool {
        self.session.as_ref().is_some_and(|session| {
            matches!(session.work(), danmal_model::Work::Ready | danmal_model::Work::Unresolved { .. })
        })
    }

    fn run_until(&mut self, time: Duration, done: impl Fn(&Self) -> bool) {
        let end = self.now + time;
        while self.checker.violation.is_none() && self.now < end && !done(self) {
            if !self.step() {
                break;
            }
        }
    }

    /// S10: what is still unknown must be so for a reason.
    fn explain(&mut self) {
        let unknown: Vec<Ptxid> = self.checker.unresolved().map(|track| track.ptxid).collect();
        for ptxid in unknown {
            let Some(track) = self.checker.track(ptxid) else { continue };
            let why = self.explained(track);
            let name = format!("{}: {}", why_name(track.why), why.name());
            self.note(|| format!("UNKNOWN {ptxid} {name}"));
            *self.report.unknown.entry(name).or_default() += 1;
            if why == Explained::Not {
                self.report.unexplained += 1;
                self.checker.fail("S10", Some(ptxid), "it is unknown and could have been decided");
            }
        }
    }

    fn explained(&self, track: &Track) -> Explained {
        let profile = &self.config.profile;
        let a = profile.assumptions;
        if !profile.history {
            return Explained::NoHistory;
        }
        if track.kind.is_slip() {
            return Explained::Slip;
        }
        let shown = self.line.last_shown.as_deref().and_then(Shown::of);
        let Some(shown) = shown else { return Explained::Overwritten };
        if shown.ptxid == track.ptxid.as_str() {
            // The terminal names it: a refusal or a reversal can always be decided, an approval if A2 and A3
            // are believed.
            let switches = a.a2_reboot_never_older && a.a3_reversed_not_shown_approved;
            if profile.is_interim(&shown.code) {
                return Explained::Overwritten;
            }
            return if shown.code != "0000" || switches { Explained::Not } else { Explained::SwitchOff };
        }
        let Some(baseline) = track.baseline.as_deref().and_then(Shown::of) else {
            return Explained::EmptyBaseline;
        };
        if shown != baseline {
            return Explained::Overwritten;
        }
        if track.seen_approval {
            return Explained::ApprovalGone;
        }
        if a.a1_fence_shows_captures && a.a2_reboot_never_older && a.a4_dead_at_fence {
            Explained::Not
        } else {
            Explained::SwitchOff
        }
    }

    /// One word of an operator for each.
    fn operator_says(&mut self) {
        let unknown: Vec<Ptxid> = self.checker.unresolved().map(|track| track.ptxid).collect();
        for ptxid in unknown {
            let before = self.report.words;
            self.say(ptxid, Verdict::Undecided);
            self.settle();
            self.run_until(Duration::from_secs(20), |world| world.report.words > before);
            if self.checker.violation.is_none() && self.report.words == before {
                self.checker.fail("L2", Some(ptxid), "an operator's word is not taken after the fence");
            }
        }
    }

    /// The shop can pay again.
    fn pay_again(&mut self) {
        // What the operator or a terminal that comes back still has to do.
        self.run_until(Duration::from_secs(20), |world| world.session.is_some() && world.nothing_runs());
        let before = self.checker.tracks.len();
        let turn = self.shop.next_turn();
        self.later(Duration::ZERO, Due::Cashier { turn });
        let sold = |world: &Self| {
            world.checker.tracks.get(before).is_some_and(|track| track.end.is_some() || track.why.is_some())
        };
        self.run_until(Duration::from_secs(400), sold);
        if self.checker.violation.is_some() {
            return;
        }
        let Some(track) = self.checker.tracks.get(before) else {
            return self.checker.fail("L2", None, "the shop cannot even ask for a payment");
        };
        let a = self.config.profile.assumptions;
        let provable = a.a2_reboot_never_older && a.a3_reversed_not_shown_approved;
        if track.sent.is_none() || provable && track.end.is_none() {
            let ptxid = Some(track.ptxid);
            let text = format!("the shop cannot pay again: {:?} {:?}", track.end, track.why);
            self.checker.fail("L2", ptxid, text);
        }
    }
}
