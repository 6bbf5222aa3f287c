//! 990001 (직전거래조회): the last transaction, as far as the terminal remembers it.

use std::borrow::Cow;
use std::time::Duration;

use danmal_wire::Code;

use super::answers::{self, Answer};
use super::transaction::Running;
use super::{ConnectionId, Terminal};
use crate::card::Shown;
use crate::event::Happened;
use crate::fault::{Acts, Fault, RebootMemory};
use crate::host::Captured;
use crate::kept::{KeptMemory, KeptRecord};
use crate::line::shape;
use crate::settings::{Reversed, Settings};

/// A transaction that is remembered.
pub(super) struct Record {
    code: Code,
    ptxid: Box<str>,
    json: Box<str>,
    /// The line of the ledger, where the host captured it.
    line: Option<usize>,
    /// It is shown from then on.
    from: Duration,
    shown: Shown,
    reversed: bool,
}

impl Record {
    pub(super) fn of(running: &Running, captured: &Captured, json: String, from: Duration) -> Self {
        Self { line: Some(captured.line), ..Self::refused(running, json, from) }
    }

    pub(super) fn refused(running: &Running, json: String, from: Duration) -> Self {
        Self {
            code: running.code,
            ptxid: running.ptxid.as_str().into(),
            json: json.into(),
            line: None,
            from,
            shown: running.course.shown,
            reversed: false,
        }
    }

    /// Somebody else's.
    pub(super) fn foreign(ptxid: &str, json: String, line: Option<usize>) -> Self {
        Self {
            code: Code::CardApproval,
            ptxid: ptxid.into(),
            json: json.into(),
            line,
            from: Duration::ZERO,
            shown: Shown::default(),
            reversed: false,
        }
    }

    fn kept(&self) -> KeptRecord {
        KeptRecord {
            code: self.code,
            ptxid: self.ptxid.clone(),
            json: self.json.clone(),
            line: self.line,
            never: self.shown.never,
            without_ptxid: self.shown.without_ptxid,
            after_reversal: self.shown.after_reversal,
            reversed: self.reversed,
        }
    }

    /// What was to be shown later is shown at once: the clock has gone on.
    fn of_kept(kept: KeptRecord) -> Self {
        Self {
            code: kept.code,
            ptxid: kept.ptxid,
            json: kept.json,
            line: kept.line,
            from: Duration::ZERO,
            shown: Shown {
                late: Duration::ZERO,
                never: kept.never,
                without_ptxid: kept.without_ptxid,
                after_reversal: kept.after_reversal,
            },
            reversed: kept.reversed,
        }
    }

    fn is_shown(&self, now: Duration) -> bool {
        !self.shown.never && self.from <= now
    }
}

/// The last transaction and the one before.
#[derive(Default)]
pub(super) struct Memory {
    last: Option<Box<Record>>,
    earlier: Option<Box<Record>>,
    /// Counts changes.
    changes: u64,
}

impl Memory {
    pub(super) fn new(settings: &Settings) -> Self {
        if !settings.history.yesterday {
            return Self::default();
        }
        let (ptxid, json) = answers::yesterday();
        Self { last: Some(Box::new(Record::foreign(ptxid, json, None))), ..Self::default() }
    }

    fn put(&mut self, record: Record, now: Duration) {
        if self.last.as_ref().is_some_and(|last| last.is_shown(now)) {
            self.earlier = self.last.take();
        }
        self.last = Some(Box::new(record));
        self.changes += 1;
    }

    pub(super) fn restart(&mut self, memory: RebootMemory) {
        match memory {
            RebootMemory::Kept => {}
            RebootMemory::Empty => (self.last, self.earlier) = (None, None),
            RebootMemory::Earlier => self.last = self.earlier.take(),
        }
        self.changes += 1;
    }

    /// What a line captured is reversed, or its reversal begins.
    pub(super) fn reversed(&mut self, line: usize) {
        let records = [&mut self.last, &mut self.earlier].into_iter().flatten();
        for record in records.filter(|record| record.line == Some(line)) {
            record.reversed = !record.shown.after_reversal;
        }
        self.changes += 1;
    }

    /// How often it has changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// What a terminal keeps while it is switched off.
    pub(super) fn kept(&self) -> KeptMemory {
        let kept = |record: &Option<Box<Record>>| record.as_deref().map(Record::kept);
        KeptMemory { last: kept(&self.last), earlier: kept(&self.earlier) }
    }

    /// A terminal is switched on again, with what it has kept.
    pub(super) fn of_kept(kept: KeptMemory) -> Self {
        let record = |kept: Option<KeptRecord>| kept.map(|kept| Box::new(Record::of_kept(kept)));
        Self { last: record(kept.last), earlier: record(kept.earlier), changes: 0 }
    }

    /// The ptxid of the transaction before the last.
    pub(super) fn earlier_ptxid(&self) -> Option<&str> {
        self.earlier.as_ref().map(|record| &*record.ptxid)
    }

    /// What is shown, as the transaction's own code and its answer.
    fn show(&self, now: Duration, reversed: Reversed) -> Option<(Code, Cow<'_, str>)> {
        let mut record = self.last.as_ref().filter(|last| last.is_shown(now)).or(self.earlier.as_ref())?;
        if record.reversed {
            match reversed {
                Reversed::Code => {
                    let json = shape::with_result(&record.json, "8003", "망취소");
                    return Some((record.code, Cow::Owned(json)));
                }
                Reversed::Earlier => record = self.earlier.as_ref().filter(|earlier| !earlier.reversed)?,
                Reversed::Empty => return None,
            }
        }
        let json = if record.shown.without_ptxid {
            Cow::Owned(shape::without_field(&record.json, "ptxid"))
        } else {
            Cow::Borrowed(&*record.json)
        };
        Some((record.code, json))
    }

    fn show_earlier(&self) -> Option<(Code, Cow<'_, str>)> {
        self.earlier.as_ref().map(|record| (record.code, Cow::Borrowed(&*record.json)))
    }
}

impl Terminal {
    pub(super) fn remember(&mut self, record: Record) {
        self.memory.put(record, self.now);
    }

    /// 990001 is answered.
    pub(super) fn last_transaction(&mut self, connection: ConnectionId, faults: Vec<Fault>) {
        for fault in faults.iter().filter(|fault| fault.acts() == Acts::History) {
            self.note(Happened::Fault(fault.kind()));
        }
        let history = &self.settings.history;
        if !history.exists || self.running.is_some() && !history.while_busy {
            return;
        }
        let mut shown = self.memory.show(self.now, history.reversed);
        let mut code = Code::LastTransaction;
        let mut empty_code = history.empty_code.clone();
        for fault in &faults {
            match fault {
                Fault::LastEmpty { code } => (shown, empty_code) = (None, code.clone()),
                Fault::LastEarlier => shown = self.memory.show_earlier(),
                Fault::LastOtherType => {
                    shown = Some((Code::CashReceiptIssue, Cow::Owned(answers::receipt_of_another())));
                }
                Fault::LastUnderOwnCode => code = shown.as_ref().map_or(code, |(own, _)| *own),
                _ => {}
            }
        }
        let json = match (shown, empty_code) {
            (Some((_, json)), _) => json.into_owned(),
            (None, Some(result)) => answers::plain(code, &result, "직전거래 없음").json,
            (None, None) => "{}".to_owned(),
        };
        self.answer(connection, Answer { code, json }, None, faults);
    }
}
