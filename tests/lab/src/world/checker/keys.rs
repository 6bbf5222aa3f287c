//! Rules 10 and 13: what holds a key, and what holds an approval that could be cancelled.

use std::time::Duration;

use danmal_model::{Intent, Ptxid, Purpose, Verdict};

use super::Checker;
use super::{End, Track};

impl Checker {
    /// Rule 13: what is running, unknown, or approved and not cancelled keeps its key.
    pub(super) fn key_is_free(&mut self, key: &(Purpose, String), intent: &Intent, life: Duration) {
        let Some(holders) = self.keys.get(key) else { return };
        let mut taken = None;
        for at in holders {
            let track = &self.tracks[*at];
            let runs = !track.lost && !track.recorded && track.end.is_none();
            let unknown = track.recorded && track.row.is_none() && track.word.is_none();
            let stands = track.row == Some(End::Approved) || track.word == Some(Verdict::Performed);
            let old = intent.at.duration_since(track.began).unsigned_abs() > life || intent.at < track.began;
            if runs || unknown || (stands && !old && !self.is_cancelled(track)) {
                taken = Some(*at);
            }
        }
        if let Some(at) = taken {
            self.check(false, "R13", at, "its key began another intent");
        }
    }

    /// Whether a cancellation of an approval is approved, or performed by an operator's word. Approval numbers
    /// repeat: one that does not name the sale is of its kind and its amount, too.
    pub(super) fn is_cancelled(&self, sale: &Track) -> bool {
        let (amount, number) = match &sale.approval {
            Some((amount, number, _)) => (*amount, number.trim()),
            None => (sale.amount, ""),
        };
        self.tracks.iter().any(|track| {
            let names_it = track.original == Some(sale.ptxid);
            let is_like_it = track.undoes_kind(sale.kind) && track.amount == amount;
            track.cancels(Some(sale.ptxid), Some(number))
                && (names_it || is_like_it)
                && (track.row == Some(End::Approved) || track.word == Some(Verdict::Performed))
        })
    }

    /// The journal handed out an operation for a key instead of beginning one.
    pub fn same(&mut self, ptxid: Ptxid) {
        match self.find(ptxid) {
            None => self.fail("R13", Some(ptxid), "a key gave an operation that nobody began"),
            Some(at) => {
                let track = &self.tracks[at];
                let over = matches!(track.row, Some(End::Declined | End::Aborted | End::Reversed));
                self.check(!over, "R13", at, "a key gave an operation that is over");
            }
        }
    }

    /// Nothing of it was written: its key is free again.
    pub fn forgotten(&mut self, ptxid: Ptxid) {
        if let Some(at) = self.find(ptxid) {
            self.tracks[at].lost = true;
            let recorded = self.tracks[at].recorded;
            self.check(!recorded, "S4", at, "an intent with a row was forgotten");
        }
    }
    /// Rule 10: at most one cancellation of an approval is approved or unresolved.
    pub(super) fn other_cancellations(&mut self, at: usize) {
        let own = &self.tracks[at];
        let other = self.tracks.iter().position(|track| {
            track.ptxid != own.ptxid
                && track.cancels(own.original, own.reference.as_deref())
                && track.recorded
                && match (track.row, track.word) {
                    (Some(end), _) => end == End::Approved,
                    (None, word) => word != Some(Verdict::NotPerformed),
                }
        });
        if let Some(other) = other {
            self.check(false, "R10", other, "a second cancellation left");
        }
    }
}
