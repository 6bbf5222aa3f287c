//! Keyed digests: what the index compares instead of keeping text.

use std::hash::Hasher;

use danmal_model::{ApprovalReference, Intent, Purpose, is_withheld};
use siphasher::sip128::{Hasher128, SipHasher13};

/// A caller's key within its purpose.
pub(crate) type KeyDigest = (u64, u64);

/// The identity of an approval as a slip prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Approval number; for a tax-refund slip its serial.
    pub(crate) base: u64,
    /// Odd: the day. Even: a date in no known shape, as it is written. 0: none, or withheld.
    date: u64,
    /// Odd: the transaction number. 0: none. [`WITHHELD`]: a number of the reference could not be kept.
    number: u64,
    /// The approved amount; 0 for a slip.
    amount: i64,
}

/// The transaction number of a reference of which a number could not be kept.
const WITHHELD: u64 = 2;

/// How much two references that [`fit`](Reference::fits) have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// Another approval.
    Other,
    /// The same one or another: a field is left out, or written in another shape.
    Perhaps,
    /// The same one.
    Same,
}

impl Reference {
    /// Whether both may name the same approval. A slip is typed by hand, its date and amount stand there in other
    /// shapes than in the record, its transaction number may be left out or mistyped: so the approval number and
    /// the day decide, and an unreadable day fits any. Refusing a second cancellation is the safe mistake (rule 10).
    pub(crate) fn fits(self, other: Self) -> bool {
        let (mine, theirs) = (self.day(), other.day());
        self.base == other.base && (mine == theirs || mine == 0 || theirs == 0)
    }

    /// Whether both name the same approval for certain, which alone frees a key (rule 13): approval numbers
    /// repeat. Amount and transaction number tell approvals apart; all of them together make one.
    pub(crate) fn likeness(self, other: Self) -> Likeness {
        let told_apart = self.number & other.number & 1 == 1 && self.number != other.number;
        if !self.fits(other) || self.amount != other.amount || told_apart {
            Likeness::Other
        } else if self.date == other.date
            && self.date != 0
            && self.number == other.number
            && self.number & 1 == 1
        {
            Likeness::Same
        } else {
            Likeness::Perhaps
        }
    }

    /// The approved amount.
    pub(crate) fn amount(self) -> i64 {
        self.amount
    }

    /// Whether both name a transaction number, and not the same.
    pub(crate) fn is_of_another_number(self, other: Self) -> bool {
        self.number != 0 && other.number != 0 && self.number != other.number
    }

    /// The day; 0 where the date is in no known shape.
    pub(crate) fn day(self) -> u64 {
        if self.date & 1 == 1 { self.date } else { 0 }
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
        // As the journal's rows have it: what was typed is compared with what could be kept.
        let reference = reference.for_record();
        let approval_no = reference.approval_no.trim().to_ascii_uppercase();
        let transaction_no = reference.transaction_no.trim().to_ascii_uppercase();
        let date = reference.transaction_date.trim();
        let written = |domain: &str, text: &str| self.digest(domain, &[text.as_bytes()]).0;
        Reference {
            base: written("approval", &approval_no),
            date: match day(date) {
                Some(day) => written("day", &day) | 1,
                None if date.is_empty() || is_withheld(date) => 0,
                None => written("date", date) & !1,
            },
            number: if is_withheld(&approval_no) || is_withheld(&transaction_no) {
                WITHHELD
            } else if transaction_no.is_empty() {
                0
            } else {
                written("transaction", &transaction_no) | 1
            },
            amount: reference.approval_amt,
        }
    }

    pub(crate) fn serial(self, serial: &str) -> Reference {
        let base = self.digest("serial", &[serial.trim().as_bytes()]).0;
        Reference { base, date: 1, number: 1, amount: 0 }
    }

    /// What must be equal for the same key to mean the same operation.
    pub(crate) fn fingerprint(self, intent: &Intent) -> u64 {
        let amounts = &intent.amounts;
        let numbers = [amounts.amount, amounts.tax, amounts.tip, amounts.tax_free].map(i64::to_be_bytes);
        let target = intent.reference.as_ref().map(|reference| self.reference(reference));
        let target = target.map_or([[0; 8]; 2], |r| [r.base.to_be_bytes(), r.day().to_be_bytes()]);
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
            assert_ne!(record.likeness(typed), Likeness::Same);
        }
        assert!(!record.fits(of("30001235", "000030001234", "20261125120000", 9_000)));
        assert!(!record.fits(of("30001234", "000030001234", "20261126120000", 9_000)));
    }

    #[test]
    fn only_what_agrees_in_every_field_is_the_same_for_certain() {
        let keyed = Keyed::new([1, 2]);
        let of = |transaction_no: &str, date: &str, amount: i64| {
            keyed.reference(&ApprovalReference {
                approval_no: "30001234".to_owned(),
                transaction_no: transaction_no.to_owned(),
                transaction_date: date.to_owned(),
                approval_amt: amount,
            })
        };
        let record = of("000030001234", "20261125120000", 9_000);
        for (other, likeness) in [
            (of(" 000030001234", "261125", 9_000), Likeness::Same),
            (of("", "20261125120000", 9_000), Likeness::Perhaps),
            (of("000030001234", "11/25 12:00", 9_000), Likeness::Perhaps),
            (of("202611251234567", "20261125120000", 9_000), Likeness::Perhaps),
            (of("000030001235", "20261125120000", 9_000), Likeness::Other),
            (of("000030001234", "20261125120000", 9_001), Likeness::Other),
            (of("000030001234", "20261126120000", 9_000), Likeness::Other),
        ] {
            assert_eq!((record.likeness(other), other.likeness(record)), (likeness, likeness));
        }
        let withheld = of("202611251234567", "20261125120000", 9_000);
        assert_eq!(withheld.likeness(withheld), Likeness::Perhaps, "it may be any such number");
        assert!(!withheld.is_of_another_number(of("202611257654321", "20261125120000", 9_000)));
    }
}
