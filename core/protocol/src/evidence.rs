//! The one place that decides what an answer is worth.

use std::hash::Hasher;

use danmal_model::{Approval, Digest, Profile, Ptxid, scrub};
use danmal_wire::{Response, WireText};
use jiff::Timestamp;
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::convert;
use crate::session::{Line, Op};

/// What 990001 shows, as far as one operation is concerned.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// The operation, as approved.
    Approved(Box<Approval>),
    /// The operation, under another code.
    Refused { code: String, message: String },
    /// The operation, in words that cannot be read: it says nothing, for or against.
    Unreadable,
    /// Exactly what it showed before the first byte.
    Baseline,
    /// Another transaction, or none.
    Other,
}

/// The ptxid that an answer names, where it names one that is no blank.
pub(crate) fn ptxid(response: &Response) -> Option<Ptxid> {
    response.ptxid().and_then(|text| text.trim().parse().ok())
}

/// The result code of an answer, where it is in shape: four letters or digits, as every code of the catalogue, or
/// exactly one that the profile lists. Anything else (blanks or control characters around it, a number that may have lost
/// its zeros, none at all) is unreadable evidence and no refusal: what it was before it was damaged, nobody knows (rule 3).
pub(crate) fn code<'a>(profile: &Profile, response: &'a Response) -> Option<&'a str> {
    let code = &*response.result_code;
    let whole = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let listed = || {
        [&profile.interim_codes, &profile.final_codes, &profile.reversed_codes]
            .into_iter()
            .any(|codes| codes.iter().any(|listed| listed == code))
    };
    (!code.is_empty() && (whole || listed())).then_some(code)
}

/// The digest of what 990001 showed; none where it is *empty*: neither a ptxid nor an approval number with
/// its date.
pub(crate) fn digest(key: [u64; 2], response: &Response) -> Option<Digest> {
    let filled = |text: &Option<WireText>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    let data = response.transaction()?;
    if !(filled(&data.ptxid) || (filled(&data.approval_no) && filled(&data.transaction_date))) {
        return None;
    }
    let mut hasher = SipHasher24::new_with_keys(key[0], key[1]);
    let mut field = |text: &str| {
        hasher.write_usize(text.len());
        hasher.write(text.as_bytes());
    };
    field(&response.result_code);
    for text in [&data.ptxid, &data.approval_no, &data.transaction_no, &data.transaction_date] {
        field(text.as_deref().unwrap_or(""));
    }
    hasher.write_i64(data.approval_amt.unwrap_or(-1));
    let hash = hasher.finish128();
    Some(Digest(hash.h1, hash.h2))
}

/// What an answer of 990001 says of an operation.
pub(crate) fn show(
    op: &Op,
    response: &Response,
    digest: Option<Digest>,
    profile: &Profile,
    now: Timestamp,
) -> Shown {
    if ptxid(response) == Some(op.wire_id()) || planted!(AnyPtxidShown) {
        // Under the original's ptxid the record of before the first byte is the sale's.
        let of_before = op.intent.wire_ptxid.is_some() && digest.is_some() && digest == op.intent.baseline;
        return match code(profile, response) {
            None => Shown::Unreadable,
            Some("0000") if of_before => Shown::Other,
            Some("0000") => match convert::approval(op, response, profile, now) {
                Some(approval) => Shown::Approved(approval),
                None if op.intent.wire_ptxid.is_some() => Shown::Other,
                None => Shown::Unreadable,
            },
            Some(_) if op.intent.wire_ptxid.is_some() => Shown::Other,
            Some(code) => {
                Shown::Refused { code: scrub(code, 8), message: scrub(&response.result_message, 80) }
            }
        };
    }
    let counts = digest.is_some() || planted!(EmptyBaseline);
    if counts && digest == op.intent.baseline || planted!(NoBaseline) {
        Shown::Baseline
    } else {
        Shown::Other
    }
}

/// What a look at 990001 says of a refusal, where it does not show the operation as approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    /// It names the operation as not approved.
    Named,
    /// It shows what it showed before the first byte.
    Baseline,
    /// It shows another transaction, one without a ptxid, or none.
    Other,
}

/// Whether one look at 990001 supports a refusal. With A5 off a code that nobody listed may be an interim one,
/// and the request may have been approved since: then only its own name, or the baseline at the fence, tells that
/// it was not. Another transaction may have taken its place, and one without a ptxid may be it.
pub(crate) fn look_counts(profile: &Profile, code: &str, support: Support, fence_over: bool) -> bool {
    profile.assumptions.a5_other_codes_final
        || profile.final_codes.iter().any(|known| known == code)
        || match support {
            Support::Named => true,
            Support::Baseline => fence_over,
            Support::Other => false,
        }
}

/// How many looks a refusal needs before it stands (rule 3).
pub(crate) fn looks_needed(profile: &Profile, code: &str) -> u8 {
    if code == "9999" || profile.final_codes.iter().any(|known| known == code) { 1 } else { 2 }
}

/// Whether a read-back that shows the approval proves that it stands. Without A3 a reversed one may look the
/// same; without A2 a reboot may show an older state, so the connection must never have broken, and a serial
/// line does not tell.
pub(crate) fn approval_is_believable(profile: &Profile, broken: bool, line: Line) -> bool {
    let a = profile.assumptions;
    a.a3_reversed_not_shown_approved && (a.a2_reboot_never_older || (!broken && line == Line::Stream))
}
