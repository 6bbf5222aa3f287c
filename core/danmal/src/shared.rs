//! What a terminal's worker and its callers both see.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danmal_model::{
    About, Capabilities, Event, Outcome, Ptxid, Resolving, Status, Unknown, UnknownWhy, Work,
};

use crate::operation::{Inner, Resolution};

/// How many events of a terminal are kept for a slow watcher.
const KEPT: usize = 1_024;

struct State {
    status: Status,
    capabilities: Capabilities,
    events: VecDeque<Event>,
    /// Operations that run or are unresolved.
    operations: HashMap<Ptxid, Arc<Inner>>,
}

pub(crate) struct Shared(Mutex<State>);

impl Shared {
    pub(crate) fn new(simulated: bool, time_scale: f64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            status: Status { connected: false, work: Work::Ready, simulated, time_scale },
            capabilities: Capabilities::default(),
            events: VecDeque::new(),
            operations: HashMap::new(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, operation: &Arc<Inner>) {
        self.lock().operations.insert(operation.intent.ptxid, Arc::clone(operation));
    }

    pub(crate) fn operation(&self, ptxid: Ptxid) -> Option<Arc<Inner>> {
        self.lock().operations.get(&ptxid).cloned()
    }

    /// Whether every operation has an outcome.
    pub(crate) fn is_idle(&self) -> bool {
        self.lock().operations.values().all(|operation| operation.is_settled())
    }

    /// Operations whose outcome is unknown.
    pub(crate) fn unresolved(&self) -> Vec<Arc<Inner>> {
        let mut found: Vec<_> =
            self.lock().operations.values().filter(|op| op.is_settled()).cloned().collect();
        found.sort_by_key(|operation| operation.intent.at);
        found
    }

    pub(crate) fn status(&self, connected: bool, work: Work, capabilities: &Capabilities) {
        let mut state = self.lock();
        if state.status.connected != connected || state.status.work != work {
            state.status.connected = connected;
            state.status.work = work;
            state.capabilities = capabilities.clone();
        }
    }

    pub(crate) fn held(&self, holder: String) {
        self.lock().status.work = Work::HeldByAnotherTill { holder };
    }

    pub(crate) fn read_status(&self) -> Status {
        self.lock().status.clone()
    }

    pub(crate) fn read_capabilities(&self) -> Capabilities {
        self.lock().capabilities.clone()
    }

    pub(crate) fn event(&self, event: Event) {
        let operation = event.operation.and_then(|ptxid| self.operation(ptxid));
        {
            let mut state = self.lock();
            if state.events.len() == KEPT {
                state.events.pop_front();
            }
            state.events.push_back(event.clone());
        }
        if let Some(operation) = operation {
            operation.push(event);
        }
    }

    /// Takes the events that nobody has taken yet.
    pub(crate) fn take_events(&self) -> Vec<Event> {
        self.lock().events.drain(..).collect()
    }

    pub(crate) fn outcome(&self, outcome: Outcome) {
        let ptxid = outcome.id();
        let operation = {
            let mut state = self.lock();
            if outcome.is_final() {
                state.operations.remove(&ptxid)
            } else {
                state.operations.get(&ptxid).cloned()
            }
        };
        if let Some(operation) = operation {
            operation.settle(outcome);
        }
    }

    pub(crate) fn resolution(&self, ptxid: Ptxid, resolution: Resolution) {
        let operation = self.lock().operations.remove(&ptxid);
        if let Some(operation) = operation {
            operation.resolve(resolution);
        }
    }

    /// The worker has ended: what nobody will settle any more is unknown.
    pub(crate) fn fault_unsettled(&self) {
        let left: Vec<_> = self.lock().operations.values().filter(|op| !op.is_settled()).cloned().collect();
        for operation in left {
            operation.settle(unknown(&operation.intent, UnknownWhy::InternalFault));
        }
    }
}

/// The outcome of an operation that is open and does not run here.
pub(crate) fn unknown(intent: &danmal_model::Intent, why: UnknownWhy) -> Outcome {
    Outcome::Unknown(Box::new(Unknown {
        about: About {
            id: intent.ptxid,
            operation: intent.kind,
            simulated: intent.simulated,
            replayed: None,
        },
        why,
        resolving: Resolving::OperatorAfterFence,
        approval: None,
        seen_code: None,
        seen_message: None,
    }))
}
