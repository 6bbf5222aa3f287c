//! What the tests of the journal share: asks, outcomes and records in one line each.

use std::sync::mpsc::channel;
use std::time::Duration;

use danmal_journal::{Ask, Begun, Book, CommitError, Journal, MarkerUpdate};
use danmal_model::{
    Abortion, About, Amounts, Approval, ApprovalReference, Decline, Fact, Intent, JournalId, Kind,
    NotPerformed, NotPerformedReason, Outcome, Ptxid, Record, Reversal, Seen, Source, StoppedBy, Verdict,
};
use jiff::{Timestamp, ToSpan};
use serde_json::Map;

pub(crate) const TERMINAL: &str = "tcp://192.0.2.7:9100";
pub(crate) const LIFE: Duration = Duration::from_secs(12 * 3600);

/// Noon of a day, some minutes later.
pub(crate) fn at(minutes: i64) -> Timestamp {
    let noon: Timestamp = "2025-11-25T03:00:00Z".parse().expect("a moment");
    noon + minutes.minutes()
}

/// What a caller asks, without labels and without an original.
pub(crate) fn ask(kind: Kind, amounts: Amounts) -> Ask {
    Ask::asked(kind, TERMINAL, amounts, Timestamp::UNIX_EPOCH)
}

pub(crate) fn sale(won: i64) -> Ask {
    ask(Kind::CardApproval, Amounts::won(won))
}

pub(crate) fn ordered(won: i64, order: &str) -> Ask {
    Ask { order: Some(order.to_owned()), key: Some(order.to_owned()), ..sale(won) }
}

pub(crate) fn keyed(won: i64, key: &str) -> Ask {
    Ask { key: Some(key.to_owned()), key_given: true, ..sale(won) }
}

pub(crate) fn reference(number: &str, won: i64) -> ApprovalReference {
    ApprovalReference {
        approval_no: number.to_owned(),
        transaction_no: format!("T{number}"),
        transaction_date: "20251125120000".to_owned(),
        approval_amt: won,
    }
}

/// A cancellation typed from a slip.
pub(crate) fn typed(of: ApprovalReference) -> Ask {
    let amounts = Amounts::won(of.approval_amt);
    Ask { reference: Some(of), typed: true, ..ask(Kind::CardCancellation, amounts) }
}

/// A cancellation of a recorded approval.
pub(crate) fn recorded(original: Ptxid, of: ApprovalReference) -> Ask {
    Ask { original: Some(original), typed: false, ..typed(of) }
}

pub(crate) fn approval(intent: &Intent, number: &str) -> Approval {
    let of = reference(number, intent.amounts.amount);
    Approval {
        id: intent.ptxid,
        operation: intent.kind,
        simulated: intent.simulated,
        replayed: None,
        at: intent.at,
        requested: intent.amounts.amount,
        approval_amt: of.approval_amt,
        tax_amt: Some(0),
        tip_amt: Some(0),
        tax_free_amt: Some(0),
        installment: Some(0),
        approval_no: of.approval_no,
        transaction_no: of.transaction_no,
        transaction_date: of.transaction_date,
        merchant_code: "1234567890".to_owned(),
        issuer_code: "01".to_owned(),
        issuer_name: "비씨카드".to_owned(),
        acquirer_code: "01".to_owned(),
        acquirer_name: "비씨카드사".to_owned(),
        masked_card: None,
        service_code: None,
        points: [None; 3],
        receipt_title: None,
        trader_type: None,
        slip: None,
        order: intent.order.clone(),
        cancel_requested: false,
        alarms: Vec::new(),
        extra: Map::new(),
    }
}

pub(crate) fn about(intent: &Intent) -> About {
    About { id: intent.ptxid, operation: intent.kind, simulated: intent.simulated, replayed: None }
}

pub(crate) fn approved(intent: &Intent, number: &str) -> Outcome {
    Outcome::Approved(Box::new(approval(intent, number)))
}

pub(crate) fn declined(intent: &Intent) -> Outcome {
    Outcome::Declined(Decline {
        reason: Default::default(),
        about: about(intent),
        code: "8324".to_owned(),
        message: "한도초과".to_owned(),
        alarms: Vec::new(),
    })
}

pub(crate) fn aborted(intent: &Intent, by: StoppedBy) -> Outcome {
    Outcome::Aborted(Abortion { about: about(intent), by, cancel_requested: true, message: String::new() })
}

pub(crate) fn not_performed(intent: &Intent, reason: NotPerformedReason) -> Outcome {
    Outcome::NotPerformed(NotPerformed { about: about(intent), reason })
}

pub(crate) fn reversed(intent: &Intent) -> Outcome {
    Outcome::Reversed(Reversal {
        about: about(intent),
        code: "7777".to_owned(),
        message: "망취소".to_owned(),
        approval: None,
    })
}

pub(crate) fn seen(intent: &Intent, number: &str) -> Fact {
    Fact::Seen(Seen {
        source: Source::Answer,
        code: "0000".to_owned(),
        message: "승인".to_owned(),
        approval: Some(Box::new(approval(intent, number))),
        contradicts: false,
    })
}

pub(crate) fn record(intent: &Intent, fact: Fact) -> Record {
    Record { at: intent.at, terminal: intent.terminal.clone(), ptxid: Some(intent.ptxid), fact }
}

pub(crate) fn intent_record(intent: &Intent) -> Record {
    record(intent, Fact::Intent(Box::new(intent.clone())))
}

pub(crate) fn word(intent: &Intent, verdict: Verdict) -> Record {
    record(intent, Fact::Overridden { verdict, reason: "전표 확인".to_owned() })
}

/// A book with short words for what happens to it.
pub(crate) struct Till {
    pub(crate) book: Book,
    pub(crate) now: Timestamp,
}

impl Till {
    pub(crate) fn new() -> Self {
        Self { book: Book::new(JournalId::new(0xd0_0d1e), [3, 4], false), now: at(0) }
    }

    pub(crate) fn ask(&mut self, ask: &Ask) -> Begun {
        self.book.begin(ask, self.now, LIFE, 7)
    }

    /// Begins and writes the intent's row.
    pub(crate) fn begin(&mut self, ask: &Ask) -> Intent {
        let intent = new(self.ask(ask));
        self.book.apply(&intent_record(&intent));
        intent
    }

    pub(crate) fn end(&mut self, intent: &Intent, outcome: Outcome) {
        self.book.apply(&record(intent, Fact::Ended(outcome)));
    }

    pub(crate) fn approve(&mut self, ask: &Ask, number: &str) -> Intent {
        let intent = self.begin(ask);
        self.end(&intent, approved(&intent, number));
        intent
    }

    pub(crate) fn pass(&mut self, minutes: i64) {
        self.now += minutes.minutes();
    }
}

pub(crate) fn new(begun: Begun) -> Intent {
    match begun {
        Begun::New { intent, .. } => *intent,
        other => panic!("nothing new was begun: {other:?}"),
    }
}

/// Commits and waits.
pub(crate) fn commit(journal: &Journal, record: Record) -> Result<u64, CommitError> {
    commit_marked(journal, record, None)
}

pub(crate) fn commit_marked(
    journal: &Journal,
    record: Record,
    mark: Option<MarkerUpdate>,
) -> Result<u64, CommitError> {
    let (told, result) = channel();
    journal.commit_marked(record, mark, move |result| told.send(result).expect("the test waits"));
    result.recv_timeout(Duration::from_secs(60)).expect("the journal answers")
}

/// A sale from the press to its approval.
pub(crate) fn pay(journal: &Journal, ask: &Ask, number: &str) -> Intent {
    let intent = new(journal.begin(ask, at(0), LIFE));
    commit(journal, intent_record(&intent)).expect("the intent is kept");
    commit(journal, record(&intent, seen(&intent, number))).expect("the answer is kept");
    commit(journal, record(&intent, Fact::Ended(approved(&intent, number)))).expect("the end is kept");
    intent
}
