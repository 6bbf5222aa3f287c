//! What was acknowledged, and whether later lives and the host's ledger agree with it.

use std::collections::{BTreeMap, HashMap, HashSet};

use danmal_simulator::{Host, State as HostState};

use super::Tally;
use super::report::{Report, State};

pub(crate) struct Judge {
    seed: u64,
    /// Whether what the terminal shows may leave a till in doubt.
    doubtful: bool,
    tally: Tally,
    /// The final states that a caller has seen.
    acknowledged: HashMap<String, State>,
    /// Operations that were unknown to a caller: the journal must know them ever after.
    unknown: HashSet<String>,
    order_of: BTreeMap<String, String>,
    last_order: Option<String>,
    /// What this life has said so far; the last life tells everything.
    known: HashMap<String, State>,
}

impl Judge {
    pub(crate) fn new(seed: u64, doubtful: bool) -> Self {
        Self {
            seed,
            doubtful,
            tally: Tally::default(),
            acknowledged: HashMap::new(),
            unknown: HashSet::new(),
            order_of: BTreeMap::new(),
            last_order: None,
            known: HashMap::new(),
        }
    }

    /// The order of the last sale, for whoever presses its button again.
    pub(crate) fn last_order(&self) -> Option<&str> {
        self.last_order.as_deref()
    }

    pub(crate) fn killed(&mut self) {
        self.tally.kills += 1;
        self.known.clear();
    }

    pub(crate) fn fault(&mut self, what: &str) {
        self.tally.wrong += 1;
        eprintln!("journal seed {}: wrong: {what}", self.seed);
    }

    fn lost(&mut self, what: &str) {
        self.tally.lost += 1;
        eprintln!("journal seed {}: lost: {what}", self.seed);
    }

    pub(crate) fn hear(&mut self, report: Report) {
        match report {
            Report::Handed { id, order } => {
                if !order.starts_with("cancels-") {
                    self.last_order = Some(order.clone());
                }
                self.order_of.insert(id, order);
            }
            Report::Shown { id, state } => self.acknowledge(id, state),
            Report::Known { id, order, state } => {
                if order != "-" {
                    self.order_of.entry(id.clone()).or_insert(order);
                }
                self.compare(&id, &state);
                self.known.insert(id, state);
            }
            Report::SafeMode(detail) => {
                self.fault(&format!("money is refused until an operator speaks: {detail}"));
            }
            Report::Settled | Report::Told => {}
        }
    }

    fn acknowledge(&mut self, id: String, state: State) {
        if matches!(state, State::Open | State::Undecided) {
            self.unknown.insert(id);
            return;
        }
        self.compare(&id, &state);
        // Nothing was sent of it, so the journal need not know it.
        if self.acknowledged.insert(id, state).is_none() {
            self.tally.acknowledged += 1;
        }
    }

    /// A final state never changes (S8), and is not forgotten (S5).
    fn compare(&mut self, id: &str, state: &State) {
        if let Some(before) = self.acknowledged.get(id)
            && before != state
        {
            let what = format!("{id} was acknowledged as {before:?} and is {state:?}");
            self.lost(&what);
        }
    }

    /// Everything that the last life has told, against what was acknowledged and what the host knows.
    pub(crate) fn verdict(mut self, host: &Host) -> Tally {
        let entries = host.entries();
        let captured: HashSet<&str> = entries.iter().map(|entry| entry.ptxid.as_str()).collect();
        let known = std::mem::take(&mut self.known);
        for (id, state) in self.acknowledged.clone() {
            let never_sent = state == State::Ended("notPerformed".to_owned())
                || state == State::Ended("aborted".to_owned());
            if !known.contains_key(&id) && (!never_sent || captured.contains(id.as_str())) {
                self.lost(&format!("{id} was acknowledged as {state:?} and has no row"));
            }
        }
        for id in self.unknown.clone() {
            if !known.contains_key(&id) {
                self.lost(&format!("{id} was unknown and has no row"));
            }
        }
        for (id, state) in &known {
            let count = host.performed(id);
            let (right, what) = match state {
                State::Open => (false, "without an end, and no operator was asked"),
                // Two histories fit what such a terminal shows (S10).
                State::Undecided if self.doubtful => {
                    self.tally.undecided += 1;
                    (true, "")
                }
                State::Undecided => (false, "unknown, although this terminal leaves no doubt"),
                State::Ended(_) => {
                    (count == 0, "nothing stands, says the journal, and the host knows better")
                }
                State::Approved { approval_no, amount } => {
                    let fits = entries.iter().any(|entry| {
                        entry.ptxid == *id
                            && entry.approval_no == *approval_no
                            && entry.amount.abs() == *amount
                    });
                    (count == 1 && fits, "the approval is not the host's")
                }
            };
            if !right {
                self.fault(&format!("{id} is {state:?}: {what} ({:?})", host.entries_of(id)));
            }
        }
        let mut standing: HashMap<&str, u64> = HashMap::new();
        let order_of = std::mem::take(&mut self.order_of);
        for id in &captured {
            if !known.contains_key(*id) {
                self.fault(&format!("{id} reached the host and has no row (rule 1)"));
            }
            if host.captured(id) > 1 {
                self.fault(&format!("{id} was captured {} times", host.captured(id)));
            }
        }
        for entry in entries.iter().filter(|entry| entry.state == HostState::Captured) {
            if let Some(order) = order_of.get(&entry.ptxid) {
                *standing.entry(order.as_str()).or_default() += 1;
            }
        }
        for (order, times) in standing {
            if times > 1 {
                self.fault(&format!("order {order} stands {times} times (rule 13)"));
            }
        }
        self.tally.operations += known.len() as u64;
        self.tally.captured +=
            entries.iter().filter(|entry| entry.state != HostState::Declined).count() as u64;
        self.tally
    }
}
