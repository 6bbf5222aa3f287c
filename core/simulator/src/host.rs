//! The acquirer's side: what was really charged. Only a checker may look into it.

use std::sync::{Arc, Mutex, PoisonError};

/// What became of one capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It stands.
    Captured,
    /// It was taken back by the terminal (망취소).
    Reversed,
    /// It was cancelled by a cancellation.
    Cancelled,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The ptxid of the request that caused it.
    pub ptxid: String,
    /// `010010`, `030010`, `070010` or the code of a cancellation.
    pub code: String,
    /// Won.
    pub amount: i64,
    /// The approval number (승인번호).
    pub approval_no: String,
    /// What became of it. A cancellation's own line stays captured.
    pub state: State,
}

/// The ledger. Clones are the same one; it survives the terminal's reboot.
#[derive(Clone, Debug, Default)]
pub struct Host(Arc<Mutex<Vec<Entry>>>);

impl Host {
    fn with<T>(&self, act: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Captures an amount. Returns the approval number.
    pub(crate) fn capture(&self, ptxid: &str, code: &str, amount: i64) -> String {
        self.with(|entries| {
            let approval_no = format!("{:08}", 30_000_001 + entries.len());
            entries.push(Entry {
                ptxid: ptxid.to_owned(),
                code: code.to_owned(),
                amount,
                approval_no: approval_no.clone(),
                state: State::Captured,
            });
            approval_no
        })
    }

    /// Takes back what a request captured.
    pub(crate) fn reverse(&self, ptxid: &str) {
        self.with(|entries| {
            for entry in entries.iter_mut().filter(|e| e.ptxid == ptxid && e.state == State::Captured) {
                entry.state = State::Reversed;
            }
        });
    }

    /// Cancels an approval under a code. None if it does not stand with this amount.
    pub(crate) fn cancel(
        &self,
        ptxid: &str,
        code: &str,
        sale: &str,
        approval_no: &str,
        amount: i64,
    ) -> Option<String> {
        let found = self.with(|entries| {
            let entry = entries.iter_mut().find(|e| {
                e.code == sale
                    && e.approval_no == approval_no
                    && e.amount == amount
                    && e.state == State::Captured
            })?;
            entry.state = State::Cancelled;
            Some(())
        });
        found.map(|()| self.capture(ptxid, code, -amount))
    }

    /// Every line, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.with(|entries| entries.clone())
    }

    /// How often a request was captured, whatever became of it.
    #[must_use]
    pub fn captured(&self, ptxid: &str) -> usize {
        self.with(|entries| entries.iter().filter(|e| e.ptxid == ptxid).count())
    }

    /// The sum of what stands, won.
    #[must_use]
    pub fn net(&self) -> i64 {
        self.with(|entries| {
            entries.iter().filter(|e| e.state == State::Captured && e.amount > 0).map(|e| e.amount).sum()
        })
    }
}
