//! What must hold after a cut, by the host's ledger.

use danmal_model::{Outcome, Ptxid};
use danmal_simulator::State;

use super::till::Till;

/// S1 to S3, S8, S11 and S13 for every operation of a run. `original` is what `operation` cancels.
pub(crate) fn ledger(till: &mut Till, calls: &[Ptxid], original: Option<(Ptxid, Ptxid)>) {
    let mut wrong = Vec::new();
    let mut said = 0_i64;
    let mut doubtful = false;
    for id in calls {
        let name = id.as_str();
        let (captured, reversed) = (till.host.captured(name), till.host.reversed(name));
        let performed = till.host.performed(name);
        if captured > 1 {
            wrong.push(format!("S1: captured {captured} times"));
        }
        if reversed > captured {
            wrong.push(format!("S11: {reversed} reversals of {captured} captures"));
        }
        let ends: Vec<&Outcome> = till.ends.iter().filter(|(of, _)| of == id).map(|(_, end)| end).collect();
        if ends.len() > 1 {
            wrong.push(format!("S8: {} final states", ends.len()));
        }
        let told = till.calls.iter().find(|call| call.ptxid == *id).and_then(|call| call.told.as_ref());
        if let (Some((_, told)), Some(end)) = (told, ends.last())
            && !matches!(told, Outcome::Unknown(_))
            && told.name() != end.name()
        {
            wrong.push(format!("S8: {} was told, then {} was written", told.name(), end.name()));
        }
        let end = ends.last().copied().or(told.map(|(_, told)| told));
        match end {
            Some(Outcome::Approved(approval)) => {
                said += 1;
                let entries = till.host.entries_of(name);
                let fits = entries.iter().any(|entry| {
                    matches!(entry.state, State::Captured | State::Cancelled)
                        && entry.amount.abs() == approval.approval_amt
                        && (approval.slip.is_some() || entry.approval_no == approval.approval_no)
                });
                if performed != 1 || !fits {
                    wrong.push(format!("S3: Approved, but the ledger has {entries:?}"));
                }
            }
            None | Some(Outcome::Unknown(_)) => doubtful = true,
            Some(other) => {
                if performed != 0 {
                    wrong.push(format!("S2: {}, but the ledger has it performed", other.name()));
                }
            }
        }
    }
    if let Some((cancellation, sale)) = original {
        let cancelled = till.host.cancelled(sale.as_str());
        if cancelled != till.host.performed(cancellation.as_str()) {
            wrong.push(format!("S3: the original is cancelled {cancelled} times"));
        }
    }
    let stands: i64 = calls.iter().map(|id| till.host.performed(id.as_str()) as i64).sum();
    if !doubtful && said != stands {
        wrong.push(format!("S13: {said} are said to stand, {stands} do"));
    }
    till.wrong.extend(wrong);
}
