//! What holds of every payment, whatever a scenario says: the host's ledger and the journal agree (S1 to S3, S11,
//! S13), money is sent once (rule 2), and no canary is in a file (C1).

use std::collections::BTreeMap;
use std::path::Path;

use danmal_simulator::script::Scenario;
use serde_json::Value;

use crate::board::{Entry, Received};
use crate::compare::name;
use crate::words::HistoryLine;

/// Requests that move money and carry a ptxid of their own.
const MONEY: [&str; 6] = ["010010", "010020", "030010", "030020", "070010", "070020"];

/// Kinds of operations by which customers pay or are paid back.
const PAYMENTS: [&str; 4] = ["cardApproval", "cardCancellation", "easyPayApproval", "easyPayCancellation"];

fn stands(entry: &Entry) -> bool {
    matches!(entry.state.as_str(), "captured" | "cancelled")
}

fn field<'a>(outcome: &'a Value, key: &str) -> &'a str {
    outcome.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What a run has left behind.
pub struct Left<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The ids of its operations.
    pub names: &'a BTreeMap<String, String>,
    /// The host's ledger.
    pub entries: &'a [Entry],
    /// What the terminal received.
    pub received: &'a [Received],
    /// The journal.
    pub history: &'a [HistoryLine],
    /// The data folder.
    pub folder: &'a Path,
}

impl Left<'_> {
    /// What is broken, a sentence each.
    #[must_use]
    pub fn broken(&self) -> Vec<String> {
        let mut broken = self.sent_twice();
        for line in self.history {
            if let Some(outcome) = &line.outcome {
                broken.extend(self.against_ledger(line, outcome));
            }
            let captured = self.entries_of(&line.id).filter(|entry| entry.state != "declined").count();
            if captured > 1 && !self.shares_ids() {
                broken.push(format!("S1: {} was captured {captured} times", line.id));
            }
        }
        broken.extend(self.sums());
        broken.extend(self.canaries());
        broken
    }

    fn entries_of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.ptxid == id)
    }

    /// Whether a cancellation carries its original's ptxid.
    fn shares_ids(&self) -> bool {
        self.scenario.profile.get("cancellationWithOriginalPtxid") == Some(&Value::Bool(true))
    }

    /// Whether the scenario itself says that the host took the operation back behind everybody's back.
    fn taken_back(&self, id: &str) -> bool {
        let name = self.names.iter().find(|(_, own)| *own == id).map(|(name, _)| name);
        let of = self.scenario.ledger.as_ref().zip(name).and_then(|(ledger, name)| ledger.of.get(name));
        of.is_some_and(|lines| lines.reversed.is_some_and(|reversed| reversed > 0))
    }

    fn sent_twice(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for (place, request) in self.received.iter().enumerate() {
            let same = |other: &&Received| other.code == request.code && other.ptxid == request.ptxid;
            let money = request.ptxid.is_some() && MONEY.contains(&request.code.as_str());
            if money && self.received.iter().take(place).any(|other| same(&other)) {
                broken.push(format!("rule 2: {} {:?} was sent twice", request.code, request.ptxid));
            }
        }
        broken
    }

    fn against_ledger(&self, line: &HistoryLine, outcome: &Value) -> Option<String> {
        if field(outcome, "operation").starts_with("taxRefund") || self.shares_ids() {
            // The requests of most slips name no ptxid, or one that is another operation's: the ledger cannot tell
            // whose they are.
            return None;
        }
        let id = &line.id;
        let standing: Vec<&Entry> = self.entries_of(id).filter(|entry| stands(entry)).collect();
        match name(outcome) {
            "approved" if self.taken_back(id) => None,
            "approved" => {
                let [entry] = standing.as_slice() else {
                    return Some(format!("S3: {id} is approved and stands {} times", standing.len()));
                };
                if !PAYMENTS.contains(&field(outcome, "operation")) {
                    return None;
                }
                let amount = outcome.get("approvalAmt").and_then(Value::as_i64);
                let fits =
                    amount == Some(entry.amount.abs()) && entry.approval_no == field(outcome, "approvalNo");
                (!fits).then(|| format!("S3: {id} is approved as {outcome}, the host has {entry:?}"))
            }
            "unknown" => None,
            // What ended otherwise stands nowhere.
            _ => (!standing.is_empty()).then(|| format!("S2: {id} is {outcome}, the host has {standing:?}")),
        }
    }

    /// S13: where everything has ended, the journal's sum is the ledger's, of what this till asked for.
    fn sums(&self) -> Option<String> {
        let open = self.history.iter().any(|line| line.outcome.is_none());
        if open || self.shares_ids() || self.history.iter().any(|line| self.taken_back(&line.id)) {
            return None;
        }
        let payment = |line: &&HistoryLine| {
            line.outcome.as_ref().is_some_and(|outcome| PAYMENTS.contains(&field(outcome, "operation")))
        };
        let said: i64 = self.history.iter().filter(payment).filter_map(|line| line.net).sum();
        let own = |entry: &&Entry| self.history.iter().any(|line| line.id == entry.ptxid);
        let paid = |entry: &&Entry| {
            matches!(entry.code.as_str(), "010010" | "010020" | "030010" | "030020") && stands(entry)
        };
        let found: i64 = self.entries.iter().filter(own).filter(paid).map(|entry| entry.amount).sum();
        (said != found).then(|| format!("S13: the journal says {said} won, the host has {found}"))
    }

    /// C1: no file of the data folder holds a canary.
    fn canaries(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let files = std::fs::read_dir(self.folder).into_iter().flatten().flatten();
        for file in files {
            let bytes = std::fs::read(file.path()).unwrap_or_default();
            for (place, canary) in self.scenario.terminal.canaries.0.iter().enumerate() {
                if bytes.windows(canary.len().max(1)).any(|window| window == canary.as_bytes()) {
                    broken.push(format!("C1: {} holds canary {place}", file.path().display()));
                }
            }
        }
        broken
    }
}
