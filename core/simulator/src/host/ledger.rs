//! The lines and how they follow from each other.

use std::collections::HashMap;

use super::entry::SlipShape;
use super::{Captured, Entry, Original, Refusal, Slip, State, Totals};

/// A slip of the day before, under the number of the catalogue's example.
const SLIP_OF_YESTERDAY: &str = "80103750224020100017";

#[derive(Clone, Default)]
pub(super) struct Ledger {
    entries: Vec<Entry>,
    /// The newest line of each ptxid; the earlier ones are chained behind it. Never iterated.
    newest: HashMap<String, usize>,
    earlier: Vec<Option<usize>>,
    by_number: HashMap<String, usize>,
    slips: Vec<Slip>,
    slip_of_yesterday_cancelled: bool,
    /// The lines that were added or changed, in that order.
    changes: Vec<usize>,
}

impl Ledger {
    pub(super) fn changes(&self) -> &[usize] {
        &self.changes
    }

    pub(super) fn taken_back_by_host(&mut self, line: usize) {
        if let Some(entry) = self.entries.get_mut(line) {
            entry.by_host = true;
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The lines of a ptxid, oldest first.
    pub(super) fn of(&self, ptxid: &str) -> impl Iterator<Item = &Entry> {
        let mut lines = Vec::new();
        let mut next = self.newest.get(ptxid).copied();
        while let Some(line) = next {
            lines.push(line);
            next = self.earlier.get(line).copied().flatten();
        }
        lines.into_iter().rev().filter_map(|line| self.entries.get(line))
    }

    pub(super) fn push(&mut self, entry: Entry) -> usize {
        let line = self.entries.len();
        self.earlier.push(self.newest.insert(entry.ptxid.clone(), line));
        if !entry.approval_no.is_empty() {
            self.by_number.insert(entry.approval_no.clone(), line);
        }
        self.entries.push(entry);
        self.changes.push(line);
        line
    }

    pub(super) fn capture(&mut self, mut entry: Entry) -> Captured {
        let number = 30_000_001 + self.entries.len();
        entry.approval_no = format!("{number:08}");
        entry.transaction_no = format!("{number:012}");
        let (approval_no, transaction_no) = (entry.approval_no.clone(), entry.transaction_no.clone());
        let line = self.push(entry);
        Captured { line, approval_no, transaction_no }
    }

    pub(super) fn reverse(&mut self, line: usize) {
        let Some(entry) = self.entries.get_mut(line).filter(|entry| entry.state == State::Captured) else {
            return;
        };
        entry.state = State::Reversed;
        self.changes.push(line);
        let undone = entry.undone;
        if let Some(original) = undone.and_then(|line| self.entries.get_mut(line)) {
            original.state = State::Captured;
            self.changes.extend(undone);
        }
        for slip in &mut self.slips {
            if slip.line == line {
                slip.cancelled = true;
            } else if Some(slip.line) == undone {
                slip.cancelled = false;
            }
        }
    }

    pub(super) fn cancel(&mut self, mut entry: Entry, original: &Original<'_>) -> Result<Captured, Refusal> {
        let line = self.by_number.get(original.approval_no).copied().ok_or(Refusal::Unknown)?;
        let found = self.entries.get_mut(line).filter(|found| {
            found.code == original.code
                && found.amount == original.amount
                && found.date == original.date
                && found.transaction_no == original.transaction_no
                && found.identifier == original.identifier
        });
        let found = found.ok_or(Refusal::Unknown)?;
        match found.state {
            State::Captured => {}
            State::Cancelled => return Err(Refusal::Cancelled),
            State::Reversed => return Err(Refusal::Reversed),
            State::Declined => return Err(Refusal::Unknown),
        }
        found.state = State::Cancelled;
        self.changes.push(line);
        entry.cancels = Some(found.ptxid.clone());
        entry.undone = Some(line);
        Ok(self.capture(entry))
    }

    pub(super) fn slip(&self, serial: &str) -> Option<Slip> {
        let named = |slip: &&Slip| slip.refund_serial == serial || slip.taxrefund_serial == serial;
        self.slips.iter().rev().find(named).cloned().or_else(|| {
            (serial == SLIP_OF_YESTERDAY).then(|| Slip {
                line: usize::MAX,
                shape: SlipShape::GoodsOrHotel,
                card: 15_000,
                cash: 0,
                etc: 0,
                refund_serial: "20009998".to_owned(),
                taxrefund_serial: SLIP_OF_YESTERDAY.to_owned(),
                date: "20261124205800".to_owned(),
                cancelled: self.slip_of_yesterday_cancelled,
            })
        })
    }

    pub(super) fn issue(&mut self, entry: Entry, slip: Slip) -> (Captured, Slip) {
        let captured = self.capture(entry);
        let slip = Slip {
            line: captured.line,
            refund_serial: captured.approval_no.clone(),
            taxrefund_serial: format!("801037502240{}", captured.approval_no),
            ..slip
        };
        self.slips.push(slip.clone());
        (captured, slip)
    }

    pub(super) fn cancel_slip(
        &mut self,
        mut entry: Entry,
        serial: &str,
    ) -> Result<(Captured, Slip), Refusal> {
        let mut slip = self.slip(serial).ok_or(Refusal::Unknown)?;
        if slip.cancelled {
            return Err(Refusal::Cancelled);
        }
        slip.cancelled = true;
        if let Some(own) = self.slips.iter_mut().find(|own| own.refund_serial == slip.refund_serial) {
            own.cancelled = true;
        } else {
            self.slip_of_yesterday_cancelled = true;
        }
        if let Some(issued) = self.entries.get_mut(slip.line) {
            issued.state = State::Cancelled;
            self.changes.push(slip.line);
            entry.cancels = Some(issued.ptxid.clone());
            entry.undone = Some(slip.line);
        }
        entry.amount = -slip.price();
        Ok((self.capture(entry), slip))
    }

    pub(super) fn totals(&self, from: &str, to: &str) -> Totals {
        let mut totals = Totals::default();
        let within = |entry: &&Entry| {
            let day = entry.date.get(..8).unwrap_or_default();
            entry.is_payment() && from <= day && day <= to
        };
        for entry in self.entries.iter().filter(within) {
            match entry.state {
                State::Reversed | State::Declined => {}
                _ if entry.amount < 0 => {
                    totals.cancelled += 1;
                    totals.cancelled_sum -= entry.amount;
                }
                _ => {
                    totals.approved += 1;
                    totals.approved_sum += entry.amount;
                }
            }
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use danmal_wire::Code;

    use super::*;

    fn entry(ptxid: &str, code: Code, amount: i64) -> Entry {
        Entry::new(ptxid, code, amount, "20261125120000")
    }

    fn original<'a>(captured: &'a Captured, amount: i64) -> Original<'a> {
        Original {
            code: Code::CardApproval,
            amount,
            approval_no: &captured.approval_no,
            transaction_no: &captured.transaction_no,
            date: "20261125120000",
            identifier: 0,
        }
    }

    #[test]
    fn a_cancellation_that_is_reversed_leaves_the_sale_standing() {
        let mut ledger = Ledger::default();
        let sale = ledger.capture(entry("a", Code::CardApproval, 500));
        let cancel = ledger.cancel(entry("b", Code::CardCancellation, -500), &original(&sale, 500)).unwrap();
        assert_eq!(ledger.entries()[0].state, State::Cancelled);
        let again = ledger.cancel(entry("c", Code::CardCancellation, -500), &original(&sale, 500));
        assert_eq!(again.unwrap_err(), Refusal::Cancelled);
        ledger.reverse(cancel.line);
        let states: Vec<State> = ledger.entries().iter().map(|entry| entry.state).collect();
        assert_eq!(states, [State::Captured, State::Reversed]);
    }

    #[test]
    fn a_cancellation_must_echo_every_raw_field() {
        let mut ledger = Ledger::default();
        let sale = ledger.capture(entry("a", Code::CardApproval, 500));
        let right = original(&sale, 500);
        for wrong in [
            Original { amount: 501, ..original(&sale, 500) },
            Original { date: "20261125", ..original(&sale, 500) },
            Original { transaction_no: "30000001", ..original(&sale, 500) },
            Original { code: Code::EasyPayApproval, ..original(&sale, 500) },
            Original { identifier: 1, ..original(&sale, 500) },
            Original { approval_no: "1", ..original(&sale, 500) },
        ] {
            let refused = ledger.cancel(entry("b", Code::CardCancellation, -500), &wrong);
            assert_eq!(refused.unwrap_err(), Refusal::Unknown);
        }
        assert!(ledger.cancel(entry("b", Code::CardCancellation, -500), &right).is_ok());
    }

    #[test]
    fn lines_of_one_ptxid_are_found_in_their_order() {
        let mut ledger = Ledger::default();
        for (ptxid, amount) in [("a", 1), ("b", 2), ("a", 3), ("", 4), ("a", 5)] {
            ledger.capture(entry(ptxid, Code::CardApproval, amount));
        }
        let amounts: Vec<i64> = ledger.of("a").map(|entry| entry.amount).collect();
        assert_eq!(amounts, [1, 3, 5]);
        assert_eq!(ledger.of("c").count(), 0);
    }
}
