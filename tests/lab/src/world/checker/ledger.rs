//! What the ledger of the host says, held against what the till says (S1, S2, S3, S11).

use danmal_model::Ptxid;
use danmal_simulator::{Host, State};

use super::Checker;
use super::End;

impl Checker {
    /// S2 and S3, for a state that is final.
    pub(super) fn verdict(&mut self, at: usize, end: End) {
        let track = &self.tracks[at];
        let net = track.net();
        if end != End::Approved {
            return self.check(net == 0, "S2", at, "something stands at the host");
        }
        if net != 1 {
            let by_host = track.captured == 1 && track.reversed == 1 && track.reversed_by_terminal == 0;
            self.check(by_host, "S3", at, "nothing stands at the host");
            return;
        }
        let Some((amount, number, doubted)) = &track.approval else { return };
        if track.kind.is_slip() {
            return;
        }
        let amount_fits = *doubted || *amount == track.host_amount.abs();
        let number_fits = number.trim().is_empty() || *number == track.host_number;
        self.check(amount_fits && number_fits, "S3", at, "another approval than the host's");
    }

    /// What the ledger says now.
    pub fn look_at(&mut self, host: &Host) {
        let (tracks, lines, of, touched) = (&mut self.tracks, &mut self.lines, &self.of, &mut self.touched);
        self.seen = host.changes_since(self.seen, |line, entry| {
            if lines.len() <= line {
                let at = entry.ptxid.parse().ok().and_then(|ptxid: Ptxid| of.get(&ptxid).copied());
                lines.resize(line + 1, (None, None));
                lines[line] = (at, None);
            }
            let (Some(at), before) = lines[line] else { return };
            lines[line].1 = Some(entry.state);
            if before == Some(entry.state) {
                return;
            }
            let track = &mut tracks[at];
            touched.push(at);
            match (before, entry.state) {
                (None, State::Declined) => {}
                (None, _) => {
                    track.captured += 1;
                    track.host_amount = entry.amount;
                    track.host_number.clone_from(&entry.approval_no);
                    // It may have been captured and reversed between two looks.
                    if entry.state == State::Reversed {
                        track.reversed += 1;
                        track.reversed_by_terminal += u32::from(!entry.by_host);
                    }
                }
                (Some(_), State::Reversed) => {
                    track.reversed += 1;
                    track.reversed_by_terminal += u32::from(!entry.by_host);
                }
                _ => {}
            }
        });
        while let Some(at) = self.touched.pop() {
            let track = &self.tracks[at];
            let (captured, reversed) = (track.captured, track.reversed);
            self.check(captured <= 1, "S1", at, "it was captured twice");
            self.check(reversed <= captured, "S11", at, "more was reversed than captured");
            self.check(self.tracks[at].recorded, "S4", at, "the host has what the journal has not");
            if let Some(end) = self.tracks[at].end.or(self.tracks[at].row) {
                if end == End::Approved && self.tracks[at].net() == 0 {
                    self.foreign_reversals += 1;
                }
                self.verdict(at, end);
            }
        }
    }
}
