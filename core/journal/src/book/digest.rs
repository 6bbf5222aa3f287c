//! Keyed digests: what the index compares instead of keeping text.

use std::hash::Hasher;

use danmal_model::{ApprovalReference, Intent, Purpose};
use siphasher::sip128::{Hasher128, SipHasher13};

/// A caller's key within its purpose.
pub(crate) type KeyDigest = (u64, u64);

/// The identity of an approval as a slip prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Approval number, day and amount; for a tax-refund slip its serial.
    pub(crate) base: u64,
    /// The transaction number; 0 where none was given.
    pub(crate) number: u64,
}

impl Reference {
    /// Whether both may name the same approval. A slip may be typed without its transaction number, so a
    /// missing one fits any: refusing a second cancellation is the safe mistake (rule 10).
    pub(crate) fn fits(self, other: Self) -> bool {
        self.base == other.base && (self.number == other.number || self.number == 0 || other.number == 0)
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
        let day = day(&reference.transaction_date);
        let amount = reference.approval_amt.to_be_bytes();
        let number = reference.transaction_no.trim();
        Reference {
            base: self.digest("approval", &[approval_no.as_bytes(), day.as_bytes(), &amount]).0,
            number: if number.is_empty() { 0 } else { self.digest("number", &[number.as_bytes()]).0 | 1 },
        }
    }

    pub(crate) fn serial(self, serial: &str) -> Reference {
        Reference { base: self.digest("serial", &[serial.trim().as_bytes()]).0, number: 0 }
    }

    /// What must be equal for the same key to mean the same operation.
    pub(crate) fn fingerprint(self, intent: &Intent) -> u64 {
        let amounts = &intent.amounts;
        let numbers = [amounts.amount, amounts.tax, amounts.tip, amounts.tax_free].map(i64::to_be_bytes);
        let target = intent.reference.as_ref().map(|reference| self.reference(reference));
        let target = target.map_or([[0; 8]; 2], |r| [r.base.to_be_bytes(), r.number.to_be_bytes()]);
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

/// The day of a date of 6, 8, 12 or 14 digits as `yyMMdd`; any other as it is. Only compared, never sent.
fn day(date: &str) -> String {
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let at = match digits.len() {
        6 => 0,
        8 | 14 => 2,
        12 if month_and_day(digits.get(2..6)) => 0,
        12 if month_and_day(digits.get(4..8)) => 2,
        _ => return date.trim().to_owned(),
    };
    digits.get(at..at + 6).unwrap_or_default().to_owned()
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
            assert_eq!(day(date), "251125", "{date}");
        }
        assert_eq!(day(" 25/11 "), "25/11");
    }

    #[test]
    fn a_missing_transaction_number_fits_and_another_does_not() {
        let keyed = Keyed::new([1, 2]);
        let of = |number: &str| {
            keyed.reference(&ApprovalReference {
                approval_no: "12345678".to_owned(),
                transaction_no: number.to_owned(),
                transaction_date: "251125".to_owned(),
                approval_amt: 1000,
            })
        };
        assert!(of("7").fits(of("7")) && of("7").fits(of("")) && of("").fits(of("7")));
        assert!(!of("7").fits(of("8")));
    }
}
