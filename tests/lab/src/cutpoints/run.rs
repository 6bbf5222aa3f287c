//! One run: an operation, one cut, then no more faults until everything is said.

use std::time::Duration;

use danmal_model::{Outcome, Profile, Verdict};
use danmal_simulator::{Settings, Unconfirmed};

use super::check;
use super::operation::{Operation, ask, original};
use super::till::{Cut, Passed, Till};

/// What becomes of an approval that nobody confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) name: &'static str,
    pub(crate) unconfirmed: Unconfirmed,
}

/// Every policy of the simulated terminal.
pub(crate) const POLICIES: &[Policy] = &[
    Policy { name: "never", unconfirmed: Unconfirmed::Keep },
    Policy { name: "atOnce", unconfirmed: Unconfirmed::ReverseAfter { time: Duration::ZERO } },
    Policy { name: "byTimer", unconfirmed: Unconfirmed::ReverseAfter { time: Duration::from_secs(3) } },
    Policy { name: "atNextRequest", unconfirmed: Unconfirmed::ReverseAtNextRequest },
    Policy { name: "atNextMoney", unconfirmed: Unconfirmed::ReverseAtNextMoney },
    Policy { name: "atEndOfConnection", unconfirmed: Unconfirmed::ReverseOnDisconnect },
];

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) passed: Passed,
    /// Whether the cut was met at all.
    pub(crate) cut: bool,
    /// How it ended, in a word.
    pub(crate) end: &'static str,
    pub(crate) wrong: Vec<String>,
}

/// When everything has happened that happens by itself: the longest call, then the fence and its looks.
const REST: Duration = Duration::from_secs(600);

pub(crate) fn run(operation: Operation, policy: Policy, profile: &Profile, cut: Option<Cut>) -> Ran {
    let mut till = Till::new(profile.clone());
    let mut calls = Vec::new();
    let mut asked = ask(operation.kind, operation.amount);
    let mut undone = None;
    if let Some(kind) = original(operation.kind) {
        calls.extend(till.begin(&ask(kind, operation.amount)));
        till.pass(Duration::from_secs(20));
        match till.calls.last().and_then(|call| call.told.clone()) {
            Some((_, Outcome::Approved(approval))) => {
                if let Some(slip) = &approval.slip {
                    asked.tax_refund_serial = Some(slip.taxrefund_serial.clone());
                } else {
                    asked.reference = Some(approval.reference());
                    asked.original = Some(approval.id);
                }
                undone = Some(approval.id);
            }
            other => till.wrong.push(format!("the original was not approved: {other:?}")),
        }
    }
    let settings = Settings { unconfirmed: policy.unconfirmed, ..till.terminal.settings().clone() };
    till.terminal.set_settings(settings.clone());
    till.arm(cut);
    let began = till.now();
    let Some(id) = till.begin(&asked) else {
        return Ran { passed: till.passed, cut: false, end: "refused", wrong: till.wrong };
    };
    calls.push(id);
    if let Some(after) = operation.stop {
        till.pass(after);
        till.request_stop(id);
    }
    // Every call returns by its deadline, whatever was cut.
    till.pass_to(began + profile.durations.total);
    let call = till.calls.iter().find(|call| call.ptxid == id);
    if call.is_some_and(|call| call.told.is_none() && !call.orphaned) {
        till.wrong.push("L1: the call has not returned by its deadline".to_owned());
    }
    let (passed, cut) = (till.passed, cut.is_none() || till.was_cut());
    till.disarm();
    till.pass(REST);
    if let Some(open) = till.book.open_intent(id) {
        if !operation.kind.is_slip() {
            till.wrong.push(format!("L2: still unresolved: {:?}", open.seen.map(|seen| seen.code)));
        }
        let performed = till.host.performed(id.as_str()) > 0;
        let verdict = if performed { Verdict::Performed } else { Verdict::NotPerformed };
        if !till.override_as(id, verdict) {
            till.wrong.push("L2: an operator's word is refused".to_owned());
        }
    }
    // The faults have stopped: the shop can pay again.
    till.terminal.set_settings(Settings { unconfirmed: Unconfirmed::Keep, ..settings });
    calls.extend(till.begin(&ask(danmal_model::Kind::CardApproval, 7_000)));
    till.pass(Duration::from_secs(20));
    match till.calls.last().and_then(|call| call.told.as_ref()) {
        Some((_, Outcome::Approved(_))) => {}
        other => till.wrong.push(format!("L2: no money is possible: {other:?}")),
    }
    till.pass(REST);
    check::ledger(&mut till, &calls, undone.map(|sale| (id, sale)));
    let end = till.ends.iter().find(|(of, _)| *of == id).map(|(_, end)| end.name());
    let told = till.calls.iter().find(|call| call.ptxid == id).and_then(|call| call.told.as_ref());
    let unsaid = if till.book.open_intent(id).is_some() { "left to an operator" } else { "never begun" };
    let end = end.or(told.map(|(_, told)| told.name())).unwrap_or(unsaid);
    Ran { passed, cut, end, wrong: till.wrong }
}
