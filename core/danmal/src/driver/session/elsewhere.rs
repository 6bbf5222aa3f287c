//! An address that leads to another device than before: it is another terminal until it is claimed (rule 4).

use std::task::Context;

use danmal_journal::{Claim, Folder};
use danmal_model::{Error, ErrorCode, Work};
use danmal_protocol::Input;

use super::super::link::Link;
use super::super::opening::Opening;
use super::Running;

/// What is said of an address that leads to another device than before.
pub(super) fn moved_to(key: &str) -> String {
    format!(
        "the address leads to another device now, {key}: it is taken once nothing is open on the one before"
    )
}

impl Running {
    /// Whether an operation is open on the terminal, and is not left to an operator's word.
    pub(super) fn is_open_here(&self) -> bool {
        let open = self.ledger.journal.open_intents(self.claim.terminal());
        open.iter().any(|open| open.overridden.is_none())
    }

    /// The address leads to a device that was not claimed. For an open operation it is claimed and asked: 990001
    /// shows whether it is the same device under another name. Money waits until nothing is open any more, and is
    /// then asked of it under its own key.
    pub(super) fn leads_elsewhere(&mut self, cx: &mut Context<'_>, key: String) {
        self.link = Link::Down;
        let mut detail = moved_to(&key);
        if self.is_open_here() {
            let folder = Folder::at(&self.shared.folder);
            match Claim::acquire(&folder, &key, &self.ledger.journal) {
                Ok(claim) => self.elsewhere = Some(claim),
                Err(refused) => detail = format!("{detail}; {refused}"),
            }
        } else {
            self.elsewhere = None;
            self.moved = Some(key);
        }
        self.input(cx, Input::ConnectFailed { detail });
    }

    /// The device that the session has to make way for, if it can now.
    pub(crate) fn makes_way(&mut self) -> Option<String> {
        self.moved.as_ref()?;
        let idle = matches!(self.session.work(), Work::Ready | Work::SafeMode { .. })
            && matches!(self.link, Link::Down)
            && self.ending.is_none()
            // The next session counts its rows from the beginning.
            && self.rows == 0
            && !self.is_open_here()
            && self.ledger.journal.unsettled_stops(self.claim.terminal()).is_empty();
        if idle { self.moved.take() } else { None }
    }

    /// Ends the session, which has nothing open, for one with the device that the address leads to now.
    pub(crate) fn make_way(self, key: String) -> Opening {
        let refused = || {
            let detail = moved_to(&key);
            Error::new(ErrorCode::ConnectionLost, detail, "ask again")
        };
        for answer in self.answers.values() {
            answer.settle(Err(refused()));
        }
        for done in self.dones.values() {
            done.settle(Err(refused()));
        }
        let Self { shared, place, decoder, time_scale, number, now, claim, .. } = self;
        drop(claim);
        let frames = decoder.rules().clone();
        Opening::elsewhere(key, shared, place, frames, time_scale, number, now.mono)
    }

    /// Connected, to the device of this key.
    pub(super) fn connected(&mut self, cx: &mut Context<'_>, key: &str) {
        self.strays = key != self.claim.terminal();
        self.moved = None;
        self.input(cx, Input::Connected);
    }
}
