//! Keyed digests: what the index compares instead of keeping text.

use std::hash::Hasher;

use danmal_model::{ApprovalReference, Intent, Purpose};
use siphasher::sip128::{Hasher128, SipHasher13};

/// A caller's key within its purpose.
pub(crate) type KeyDigest = (u64, u64);

/// The identity of an approval as a slip prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Approval number; for a tax-refund slip its serial.
    pub(crate) base: u64,
    /// The day; 0 where the date is in no known shape.
    pub(crate) day: u64,
}

impl Reference {
    /// Whether both may name the same approval. A slip is typed by hand, its date and amount stand there in other
    /// shapes than in the record, its transaction number may be left out or mistyped: so the approval number and
    /// the day decide, and an unreadable day fits any. Refusing a second cancellation is the safe mistake (rule 10).
    pub(crate) fn fits(self, other: Self) -> bool {
        self.base == other.base && (self.day == other.day || self.day == 0 || other.day == 0)
    }
}

/// Makes the digests of one journal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keyed([u64; 2]);

impl Keyed {
    pub(crate) fn new(key: [u64; 2]) -> Self {
        Self(key)
    }

    fn digest(self, domain: &str, parts: &[&[u8]]) -> (u64, u64) {
        let mut hasher = SipHasher13::new_with_keys(self.0[0], self.0[1]);
        for part in std::iter::once(&domain.as_bytes()).chain(parts) {
            hasher.write_u64(part.len() as u64);
            hasher.write(part);
        }
        let hash = hasher.finish128();
        (hash.h1, hash.h2)
    }

    pub(crate) fn key(self, purpose: Purpose, key: &str) -> KeyDigest {
        self.digest("key", &[&[purpose as u8], key.as_bytes()])
    }

    pub(crate) fn reference(self, reference: &ApprovalReference) -> Reference {
        let approval_no = reference.approval_no.trim().to_ascii_uppercase();
        let base = self.digest("approval", &[approval_no.as_bytes()]).0;
        let day = day(&reference.transaction_date);
        Reference { base, day: day.map_or(0, |day| self.digest("day", &[day.as_bytes()]).0 | 1) }
    }

    pub(crate) fn serial(self, serial: &str) -> Reference {
        Reference { base: self.digest("serial", &[serial.trim().as_bytes()]).0, day: 0 }
    }

    /// What must be equal for the same key to mean the same operation.
    pub(crate) fn fingerprint(self, intent: &Intent) -> u64 {
        let amounts = &intent.amounts;
        let numbers = [amounts.amount, amounts.tax, amounts.tip, amounts.tax_free].map(i64::to_be_bytes);
        let target = intent.reference.as_ref().map(|reference| self.reference(reference));
        let target = target.map_or([[0; 8]; 2], |r| [r.base.to_be_bytes(), r.day.to_be_bytes()]);
        let serial = intent.tax_refund_serial.as_deref().unwrap_or_default();
        self.digest(
            "intent",
            &[
                &[intent.kind as u8, intent.installment],
                numbers.as_flattened(),
                target.as_flattened(),
                serial.trim().as_bytes(),
            ],
        )
        .0
    }
}

/// The day of a date of 6, 8, 12 or 14 digits as `yyMMdd`; none of any other. Only compared, never sent.
fn day(date: &str) -> Option<String> {
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let at = match digits.len() {
        6 if month_and_day(digits.get(2..6)) => 0,
        8 | 14 if digits.starts_with("20") && month_and_day(digits.get(4..8)) => 2,
        12 if month_and_day(digits.get(2..6)) => 0,
        12 if month_and_day(digits.get(4..8)) => 2,
        _ => return None,
    };
    digits.get(at..at + 6).map(str::to_owned)
}

fn month_and_day(text: Option<&str>) -> bool {
    let number = |range| text.and_then(|t| t.get(range)).and_then(|t: &str| t.parse::<u8>().ok());
    number(0..2).is_some_and(|month| (1..=12).contains(&month))
        && number(2..4).is_some_and(|day| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_same_however_the_terminal_writes_it() {
        for date in ["251125", "20251125", "251125073000", "202511250730", "20251125073000", "2025-11-25"] {
            assert_eq!(day(date).as_deref(), Some("251125"), "{date}");
        }
        assert_eq!(day(" 25/11 "), None);
    }

    #[test]
    fn a_slip_typed_by_hand_fits_its_record() {
        let keyed = Keyed::new([1, 2]);
        let of = |approval_no: &str, transaction_no: &str, date: &str, amount: i64| {
            keyed.reference(&ApprovalReference {
                approval_no: approval_no.to_owned(),
                transaction_no: transaction_no.to_owned(),
                transaction_date: date.to_owned(),
                approval_amt: amount,
            })
        };
        let record = of("30001234", "000030001234", "20261125120000", 9_000);
        for typed in [
            of(" 30001234 ", "", "261125", 9_000),
            of("30001234", "000030001243", "2026-11-25 12:00:00", 10_000),
            of("30001234", "000030001234", "11/25 12:00", 10_000),
        ] {
            assert!(record.fits(typed) && typed.fits(record));
        }
        assert!(!record.fits(of("30001235", "000030001234", "20261125120000", 9_000)));
        assert!(!record.fits(of("30001234", "000030001234", "20261126120000", 9_000)));
    }
}
