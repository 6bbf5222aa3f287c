//! One money operation on its way.

use std::time::Duration;

use danmal_model::{
    About, Alarm, Approval, DeclineReason, Intent, NotPerformed, NotPerformedReason, Outcome, Ptxid,
    Resolving, Reversal, StoppedBy, Unknown, UnknownWhy,
};

use zeroize::Zeroizing;

use super::io::CommitId;
use super::progress::Reported;
use super::stop::Stop;
use super::table::Phase;

/// A final answer other than 0000, until it stands.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    /// How often 990001 has supported it.
    pub(crate) looks: u8,
    /// 980001 is still to be sent for it.
    pub(crate) confirm: bool,
    /// A frame came after it that answers no question.
    pub(crate) followed: bool,
}

/// What an answer of 990001 will mean if no other frame comes before then.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) until: Duration,
    pub(crate) shown: super::Shown,
    pub(crate) absent: bool,
}

/// One money operation.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) intent: Box<Intent>,
    /// The whole frame, until it is sent.
    pub(crate) frame: Zeroizing<Vec<u8>>,
    pub(crate) phase: Phase,
    pub(crate) began: Duration,
    /// The connection that carries the request; none for an operation of an earlier run.
    pub(crate) carrier: Option<u32>,
    /// A connection ended since the request left.
    pub(crate) broken: bool,
    /// Its approval could not be kept: it is asked for again, on the connection that still stands.
    pub(crate) unkept: bool,
    /// The last sign of life for the request.
    pub(crate) heard: Duration,
    /// The caller has its outcome already: what follows is a resolution.
    pub(crate) told: bool,
    pub(crate) why: UnknownWhy,
    pub(crate) approval: Option<Box<Approval>>,
    /// What 990001 showed last, where that is not what was answered.
    pub(crate) record: Option<Box<Approval>>,
    /// The connection on which the approval was shown last.
    pub(crate) shown_on: u32,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) next_look: Duration,
    /// Looks after the fence, on this connection.
    pub(crate) late_looks: u8,
    pub(crate) held: Option<Held>,
    /// 980001 was answered with 0000.
    pub(crate) confirmed: bool,
    /// The row that is awaited.
    pub(crate) commit: Option<CommitId>,
    /// The final outcome, while its row is written.
    pub(crate) closing: Option<Box<Outcome>>,
    /// Why nothing must be sent although the intent's row is being written.
    pub(crate) abandoned: Option<Box<Outcome>>,
    /// A row that failed is tried again then.
    pub(crate) retry_at: Option<Duration>,
    pub(crate) cancel_requested: bool,
    pub(crate) stop: Stop,
    /// What was said of its recovery.
    pub(crate) reported: Reported,
}

impl Op {
    pub(crate) fn new(intent: Box<Intent>, frame: Zeroizing<Vec<u8>>, now: Duration) -> Self {
        Self {
            intent,
            frame,
            phase: Phase::Waiting,
            began: now,
            carrier: None,
            broken: false,
            unkept: false,
            heard: now,
            told: false,
            why: UnknownWhy::NoAnswer,
            approval: None,
            record: None,
            shown_on: 0,
            refusal: None,
            next_look: now,
            late_looks: 0,
            held: None,
            confirmed: false,
            commit: None,
            closing: None,
            abandoned: None,
            retry_at: None,
            cancel_requested: false,
            stop: Stop::default(),
            reported: Reported::default(),
        }
    }

    pub(crate) fn id(&self) -> Ptxid {
        self.intent.ptxid
    }

    /// The ptxid that the request carries on the wire.
    pub(crate) fn wire_id(&self) -> Ptxid {
        self.intent.wire_ptxid.unwrap_or(self.intent.ptxid)
    }

    fn about(&self) -> About {
        About {
            id: self.intent.ptxid,
            operation: self.intent.kind,
            simulated: self.intent.simulated,
            replayed: None,
        }
    }

    pub(crate) fn not_performed(&self, reason: NotPerformedReason) -> Box<Outcome> {
        Box::new(Outcome::NotPerformed(NotPerformed { about: self.about(), reason }))
    }

    pub(crate) fn stopped_before_sending(&self) -> Box<Outcome> {
        Box::new(Outcome::Aborted(danmal_model::Abortion {
            about: self.about(),
            by: StoppedBy::TillBeforeSending,
            cancel_requested: true,
            message: String::new(),
        }))
    }

    /// What a refusal means once it stands: nothing stands of the operation.
    pub(crate) fn refused(&self, code: &str, message: &str) -> Box<Outcome> {
        if self.approval.is_some() {
            return self.reversed(code, message);
        }
        Box::new(if code == "9999" {
            Outcome::Aborted(danmal_model::Abortion {
                about: self.about(),
                by: StoppedBy::Terminal,
                cancel_requested: self.cancel_requested,
                message: message.to_owned(),
            })
        } else {
            Outcome::Declined(danmal_model::Decline {
                about: self.about(),
                reason: DeclineReason::of(code),
                code: code.to_owned(),
                message: message.to_owned(),
                alarms: Vec::new(),
            })
        })
    }

    pub(crate) fn reversed(&self, code: &str, message: &str) -> Box<Outcome> {
        Box::new(Outcome::Reversed(Reversal {
            about: self.about(),
            code: code.to_owned(),
            message: message.to_owned(),
            approval: self.approval.clone(),
        }))
    }

    pub(crate) fn approved(&self) -> Option<Box<Outcome>> {
        let mut approval = self.approval.clone()?;
        approval.cancel_requested = self.cancel_requested;
        Some(Box::new(Outcome::Approved(approval)))
    }

    /// Compares the approval with the terminal's record of it (rule 6). Where the request's own answer left
    /// something out, the record has it. Where the two differ in amount or number, the record stands once the
    /// terminal has stated it twice, and a person must look: bits flip on a line without a checksum, in either
    /// of the two. Says whether what is kept now agrees with the record.
    pub(crate) fn agrees_with_record(&mut self, shown: Box<Approval>) -> bool {
        let Some(approval) = &mut self.approval else { return true };
        let no_amount = |approval: &Approval| approval.alarms.contains(&Alarm::AmountMissing);
        if approval.approval_no.trim().is_empty() {
            approval.approval_no.clone_from(&shown.approval_no);
            approval.transaction_date.clone_from(&shown.transaction_date);
            approval.transaction_no.clone_from(&shown.transaction_no);
        }
        if no_amount(approval) && !no_amount(&shown) {
            approval.approval_amt = shown.approval_amt;
            approval.alarms.clone_from(&shown.alarms);
        }
        let fields = differences(approval, &shown);
        if fields.is_empty() {
            return true;
        }
        if self.record.as_ref().is_none_or(|before| !differences(before, &shown).is_empty()) {
            self.record = Some(shown);
            return false;
        }
        let mut record = shown;
        record.masked_card = record.masked_card.take().or_else(|| approval.masked_card.take());
        if !planted!(NoAmounts) {
            let alarm = |field: &str| Alarm::RecordDiffers { field: field.to_owned() };
            record.alarms.extend(fields.into_iter().map(alarm));
        }
        *approval = record;
        true
    }

    pub(crate) fn unknown(&self, history: bool, fence_over: bool) -> Box<Outcome> {
        let resolving = match (history && !self.intent.kind.is_slip(), fence_over) {
            (true, false) => Resolving::OperatorAfterFence,
            (false, false) => Resolving::OperatorAfterFence,
            (_, true) => Resolving::Operator,
        };
        Box::new(Outcome::Unknown(Box::new(Unknown {
            about: self.about(),
            why: self.why,
            resolving,
            approval: self.approval.clone(),
            seen_code: self.refusal.as_ref().map(|refusal| refusal.code.clone()),
            seen_message: self.refusal.as_ref().map(|refusal| refusal.message.clone()),
        })))
    }
}

/// The fields by which an approval is known that differ between two statements of it.
fn differences(one: &Approval, other: &Approval) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let known = |approval: &Approval| !approval.alarms.contains(&Alarm::AmountMissing);
    if known(one) && known(other) && one.approval_amt != other.approval_amt {
        fields.push("approvalAmt");
    }
    let (one_no, other_no) = (one.approval_no.trim(), other.approval_no.trim());
    if !one_no.is_empty() && !other_no.is_empty() && one_no != other_no {
        fields.push("approvalNo");
    }
    fields
}
