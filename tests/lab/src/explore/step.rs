//! From one state to the next: what can happen, and what follows from it.
//!
//! What commutes is not told twice: while a row is being written, a connection is being made or an answer is
//! on its way, only that happens, or a fault, or the caller's wish to stop.

use danmal_protocol::Input;

use super::choice::{Choice, Memory};
use super::scenario::{Quirk, Step};
use super::terminal::{Down, Running, STRANGER, Said, Stage, Up, Who};
use super::world::{Asked, End, Rules, World};

impl World {
    /// Everything that can happen now.
    pub(super) fn choices(&self, rules: &Rules, into: &mut Vec<Choice>) {
        into.clear();
        if self.is_at_rest(rules) {
            return;
        }
        self.caller(into);
        if !self.commits.is_empty() {
            into.push(Choice::Kept);
            if self.faults > 0 {
                into.extend([Choice::KeepFails, Choice::CrashLost, Choice::CrashKept]);
                self.breaks(rules, into);
            }
        } else if self.connecting {
            into.push(Choice::Connect);
            if self.faults > 0 {
                into.push(Choice::Refuse);
                self.crashes(into);
            }
        } else if let Some(down) = self.down.front() {
            into.push(Choice::ToTill);
            if !self.up.is_empty() {
                into.push(Choice::ToTerminal);
            }
            if self.faults > 0 {
                into.extend([Choice::LoseAnswer, Choice::Slow]);
                if down.has_id() || (rules.has(Quirk::A6) && self.echo.is_none()) {
                    into.push(Choice::Duplicate);
                }
                self.breaks(rules, into);
                self.crashes(into);
            }
        } else if let Some(up) = self.up.front() {
            into.push(Choice::ToTerminal);
            if matches!(up, Up::StopCard | Up::Abort) && self.terminal.running.is_some() {
                into.push(Choice::StopIgnored);
            }
            self.terminal_moves(rules, into);
            if self.faults > 0 {
                into.push(Choice::LoseRequest);
                if matches!(up, Up::Money(_) | Up::StopCard | Up::Abort) {
                    into.push(Choice::DelayRequest);
                }
                self.breaks(rules, into);
                self.crashes(into);
            }
        } else {
            self.application(rules, into);
            if self.session.deadline().is_some() || self.fence_wakes(rules) {
                into.push(Choice::Tick);
            } else if self.session.phase().is_some() {
                into.push(Choice::Recover);
            }
            self.terminal_moves(rules, into);
            if self.faults > 0 && self.begun > 0 {
                self.breaks(rules, into);
                self.crashes(into);
            }
        }
    }

    fn fence_wakes(&self, rules: &Rules) -> bool {
        self.unfinished() && self.fence_end(rules).is_some_and(|at| at > self.now)
    }

    fn caller(&self, into: &mut Vec<Choice>) {
        let first = &self.asked[0];
        if self.stop_left && self.begun > 0 && first.told.is_none() && !first.orphaned {
            into.push(Choice::RequestStop);
        }
    }

    fn application(&self, rules: &Rules, into: &mut Vec<Choice>) {
        let Some(step) = rules.scenario.steps.get(self.begun) else { return };
        let free = self.begun == 0 || self.asked.get(self.begun - 1).is_some_and(Asked::is_over);
        let possible = match step {
            Step::Sale => true,
            Step::Cancellation => self.asked[0].ended == Some(End::Approved),
        };
        if free && possible {
            into.push(Choice::Begin);
        }
    }

    /// The connection ends, or the terminal restarts.
    fn breaks(&self, rules: &Rules, into: &mut Vec<Choice>) {
        if self.linked {
            into.push(Choice::Cut);
        }
        let memories: &[Memory] = if rules.has(Quirk::A2) {
            &[Memory::Kept, Memory::Empty, Memory::Earlier]
        } else {
            &[Memory::Kept, Memory::Empty]
        };
        let host = self.terminal.running.is_some_and(|running| running.stage == Stage::Host);
        for memory in memories {
            into.push(Choice::Reboot { captures: false, memory: *memory });
            if host && self.host_can(rules) {
                into.push(Choice::Reboot { captures: true, memory: *memory });
            }
        }
    }

    fn crashes(&self, into: &mut Vec<Choice>) {
        if self.begun > 0 {
            into.push(Choice::Crash);
        }
    }

    /// Whether the host could do what the running transaction asks.
    fn host_can(&self, rules: &Rules) -> bool {
        let Some(running) = &self.terminal.running else { return false };
        match rules.scenario.steps.get(usize::from(running.who)) {
            Some(Step::Cancellation) => self.terminal.net(0) == 1 && self.terminal.net(running.who) == 0,
            _ => true,
        }
    }

    /// What the terminal, the customer and strangers may do at any time.
    fn terminal_moves(&self, rules: &Rules, into: &mut Vec<Choice>) {
        let terminal = &self.terminal;
        if let Some(running) = &terminal.running {
            match running.stage {
                Stage::Reading => {
                    if rules.scenario.signature && !running.waited && !running.refused {
                        into.push(Choice::Signature);
                    }
                    into.push(Choice::Read);
                    if !running.refused {
                        into.extend([
                            Choice::StoppedByCustomer { remembered: true },
                            Choice::StoppedByCustomer { remembered: false },
                        ]);
                    }
                    if rules.has(Quirk::A5) && !running.refused {
                        into.push(Choice::RefuseAndGoOn);
                    }
                }
                Stage::Host => {
                    if self.host_can(rules) {
                        into.extend([Choice::Approve { hidden: false }, Choice::Approve { hidden: true }]);
                    }
                    into.extend([
                        Choice::Decline { remembered: true },
                        Choice::Decline { remembered: false },
                    ]);
                }
            }
        }
        for who in terminal.unconfirmed() {
            let ways = terminal.ways(who, rules.has(Quirk::A3));
            into.extend(ways.iter().map(|after| Choice::Reverse { who, after: *after }));
        }
        if terminal.hidden.is_some() {
            into.push(Choice::Appear);
        }
        if !self.late.is_empty() {
            into.push(Choice::Arrive);
        }
        if self.echo.is_some() {
            into.push(Choice::Echo);
        }
        if self.begun > 0 {
            if self.foreign_left && terminal.running.is_none() {
                into.push(Choice::ForeignSale);
            }
            if self.confirm_left && terminal.unconfirmed().next().is_some() {
                into.push(Choice::ForeignConfirm);
            }
            if self.abort_left && terminal.running.is_some_and(|running| running.stage == Stage::Reading) {
                into.push(Choice::ForeignAbort);
            }
        }
    }

    /// One of the choices happens.
    pub(super) fn apply(&mut self, rules: &Rules, choice: Choice) {
        if choice.is_fault() {
            self.faults = self.faults.saturating_sub(1);
        }
        match choice {
            Choice::Begin => self.begin(rules),
            Choice::RequestStop => {
                self.stop_left = false;
                self.input(Input::RequestStop(super::world::ptxid(0)));
            }
            Choice::Recover => self.input(Input::Recover),
            Choice::Connect => self.connect(),
            Choice::Refuse => {
                self.connecting = false;
                self.input(Input::ConnectFailed { detail: "refused".to_owned() });
            }
            Choice::Kept => {
                if let Some(id) = self.keep() {
                    self.input(Input::Committed(id));
                }
            }
            Choice::KeepFails => {
                if let Some((id, _)) = self.commits.pop_front() {
                    self.input(Input::CommitFailed { id, detail: "disk full".to_owned() });
                }
            }
            Choice::CrashLost | Choice::Crash => self.crash(rules),
            Choice::CrashKept => {
                self.keep();
                self.crash(rules);
            }
            Choice::Tick | Choice::Slow => self.tick(rules),
            Choice::ToTerminal => {
                if let Some(up) = self.up.pop_front() {
                    self.arrive(up, true, true);
                }
            }
            Choice::StopIgnored => {
                if let Some(up) = self.up.pop_front() {
                    self.arrive(up, true, false);
                }
            }
            Choice::LoseRequest => drop(self.up.pop_front()),
            Choice::DelayRequest => self.late.extend(self.up.pop_front().map(|up| (up, true))),
            Choice::Arrive => {
                let (up, attached) = self.late.remove(0);
                self.arrive(up, attached, true);
            }
            Choice::ToTill => {
                if let Some(down) = self.down.pop_front() {
                    self.receive(rules, down);
                }
            }
            Choice::LoseAnswer => drop(self.down.pop_front()),
            Choice::Duplicate => match self.down.front().copied() {
                Some(down) if down.has_id() => self.down.push_back(down),
                down => self.echo = down,
            },
            Choice::Echo => self.down.extend(self.echo.take()),
            Choice::Cut => {
                self.end_connection();
                self.input(Input::Disconnected);
            }
            Choice::Reboot { captures, memory } => self.reboot(captures, memory),
            Choice::ForeignSale => {
                self.foreign_left = false;
                self.terminal.capture(STRANGER);
                self.terminal.remember(STRANGER, Said::Approved, false);
            }
            Choice::ForeignConfirm => {
                self.confirm_left = false;
                self.terminal.confirm();
            }
            Choice::ForeignAbort => {
                self.abort_left = false;
                self.end(Said::Stopped, true);
            }
            Choice::Reverse { who, after } => self.terminal.reverse(who, after),
            Choice::Appear => self.terminal.appear(),
            Choice::Signature | Choice::Read | Choice::RefuseAndGoOn => self.go_on(choice),
            Choice::Approve { hidden } => self.approve(hidden),
            Choice::Decline { remembered } => self.end(Said::Declined, remembered),
            Choice::StoppedByCustomer { remembered } => self.end(Said::Stopped, remembered),
        }
        self.check(rules);
    }

    fn tick(&mut self, rules: &Rules) {
        let fence = self.fence_end(rules).filter(|at| *at > self.now && self.unfinished());
        let due = [self.session.deadline(), fence].into_iter().flatten().min();
        self.now = due.unwrap_or(self.now).max(self.now);
        self.enforce(rules);
        self.input(Input::Tick);
    }

    /// The terminal takes a request. `stops`: whether it stops when it says so.
    fn arrive(&mut self, up: Up, attached: bool, stops: bool) {
        let reading =
            self.terminal.running.is_some_and(|running| running.stage == Stage::Reading && !running.refused);
        let answer = match up {
            Up::Money(who) if self.terminal.running.is_some() => Some(Down::Answer(who, Said::Busy)),
            Up::Money(who) => {
                self.terminal.running =
                    Some(Running { who, stage: Stage::Reading, attached, waited: false, refused: false });
                None
            }
            Up::Look => Some(Down::Look(self.terminal.last)),
            Up::Confirm => {
                self.terminal.confirm();
                Some(Down::Confirmed)
            }
            Up::StopCard => Some(Down::StopCard(reading)),
            Up::Abort => Some(Down::Abort(reading)),
        };
        if attached {
            self.down.extend(answer);
        }
        if matches!(up, Up::StopCard | Up::Abort) && reading && stops {
            self.end(Said::Stopped, false);
        }
    }

    fn say(&mut self, running: Running, said: Said) {
        if running.attached {
            self.down.push_back(Down::Answer(running.who, said));
        }
    }

    fn go_on(&mut self, choice: Choice) {
        let Some(mut running) = self.terminal.running else { return };
        match choice {
            Choice::Signature => {
                running.waited = true;
                self.say(running, Said::Signature);
            }
            Choice::RefuseAndGoOn => {
                running.refused = true;
                self.say(running, Said::Declined);
            }
            _ => running.stage = Stage::Host,
        }
        self.terminal.running = Some(running);
    }

    /// The transaction ends without a capture.
    fn end(&mut self, said: Said, remembered: bool) {
        let Some(running) = self.terminal.running.take() else { return };
        if remembered {
            self.terminal.remember(running.who, said, false);
        }
        self.say(running, said);
    }

    fn approve(&mut self, hidden: bool) {
        let Some(running) = self.terminal.running.take() else { return };
        self.terminal.capture(running.who);
        self.terminal.remember(running.who, Said::Approved, hidden);
        self.say(running, Said::Approved);
    }

    fn reboot(&mut self, captures: bool, memory: Memory) {
        let linked = self.linked;
        self.end_connection();
        if let Some(running) = self.terminal.running.take()
            && captures
        {
            self.terminal.capture(running.who);
            self.terminal.remember(running.who, Said::Approved, false);
        }
        match memory {
            Memory::Kept => self.terminal.appear(),
            Memory::Empty => (self.terminal.last, self.terminal.hidden) = (None, None),
            Memory::Earlier => {
                self.terminal.hidden = None;
                self.terminal.last = self.terminal.earlier;
            }
        }
        if self.connecting {
            self.connecting = false;
            self.input(Input::ConnectFailed { detail: "refused".to_owned() });
        } else if linked {
            self.input(Input::Disconnected);
        }
    }

    /// S1 to S3, and that nothing is both reversed and cancelled.
    fn check(&mut self, rules: &Rules) {
        if self.wrong.is_some() {
            return;
        }
        for (who, asked) in self.asked.iter().enumerate() {
            let (captured, net) = (self.terminal.captured[who], self.terminal.net(who as Who));
            let end = asked.ended.or(asked.told);
            let name = ["the first", "the second"][who];
            self.wrong = match end {
                _ if captured > 1 => Some(format!("S1: {name} is captured {captured} times")),
                Some(End::Approved) if net != 1 => Some(format!("S3: {name} is Approved, its net is {net}")),
                Some(End::Declined | End::Aborted | End::NotPerformed | End::Reversed) if net != 0 => {
                    Some(format!("S2: {name} is {end:?}, its net is {net}"))
                }
                _ => None,
            };
            if self.wrong.is_some() {
                return;
            }
        }
        let cancels = rules.scenario.steps.get(1) == Some(&Step::Cancellation);
        if cancels && self.terminal.net(1) == 1 && self.terminal.reversed[0] {
            self.wrong = Some("S11: the first is reversed and cancelled".to_owned());
        }
    }

    /// Whether everything is said that can be: each operation is final, or `Unknown` where two histories of
    /// the host fit what was seen (S10).
    pub(super) fn is_settled(&self, rules: &Rules) -> bool {
        let said = |(who, asked): (usize, &Asked)| {
            if asked.open.is_some() {
                self.may_stay_unknown(rules, who, asked)
            } else {
                asked.told.is_some() || asked.orphaned
            }
        };
        self.commits.is_empty() && self.asked.iter().take(self.begun).enumerate().all(said)
    }

    fn may_stay_unknown(&self, rules: &Rules, who: usize, asked: &Asked) -> bool {
        let over = self.fence_end(rules).is_some_and(|at| self.now >= at);
        let a = rules.profile.assumptions;
        let switched_off = !(a.a1_fence_shows_captures
            && a.a2_reboot_never_older
            && a.a3_reversed_not_shown_approved
            && a.a4_dead_at_fence
            && a.a5_other_codes_final
            && a.a6_answers_once);
        let shown = self.terminal.last;
        let overwritten = shown != asked.baseline && shown.is_none_or(|(shown, _)| usize::from(shown) != who);
        let seen = asked.open.as_ref().and_then(|open| open.seen.as_ref());
        let gone = seen.is_some_and(|seen| seen.code == "0000") && self.terminal.reversed[who];
        over && (switched_off || asked.baseline.is_none() || overwritten || gone)
    }
}

impl Asked {
    /// Whether its caller goes on to the next.
    pub(super) fn is_over(&self) -> bool {
        self.told.is_some() || self.orphaned
    }
}
