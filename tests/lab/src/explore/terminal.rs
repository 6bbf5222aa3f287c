//! A terminal and its host with every freedom that A1 to A6 leave them, and none of their habits: it may
//! approve, decline, stop, reverse and show at any time.

/// Whose transaction: the till's first and second, a stranger's, and yesterday's.
pub(super) type Who = u8;
pub(super) const STRANGER: Who = 2;
pub(super) const YESTERDAY: Who = 3;

/// A result code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Said {
    /// 0000.
    Approved,
    /// A code that no profile knows.
    Declined,
    /// 9999.
    Stopped,
    /// 8003: reversed (망취소).
    Reversed,
    /// 0010.
    Signature,
    /// 0001.
    Busy,
}

impl Said {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Approved => "0000",
            Self::Declined => "8324",
            Self::Stopped => "9999",
            Self::Reversed => "8003",
            Self::Signature => "0010",
            Self::Busy => "0001",
        }
    }
}

/// What 990001 shows; none is empty.
pub(super) type Shown = Option<(Who, Said)>;

/// What the till sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Up {
    Money(Who),
    Look,
    Confirm,
    /// 910021.
    StopCard,
    /// 555555.
    Abort,
}

/// What the terminal sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Down {
    Answer(Who, Said),
    Look(Shown),
    Confirmed,
    /// Of 910021: whether it stops.
    StopCard(bool),
    /// Of 555555: whether it stops.
    Abort(bool),
}

impl Down {
    /// Whether it names the transaction that it answers.
    pub(super) const fn has_id(self) -> bool {
        matches!(self, Self::Answer(..))
    }
}

/// How far a transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// Card or signature: it can be stopped.
    Reading,
    /// The host was asked.
    Host,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Running {
    pub(super) who: Who,
    pub(super) stage: Stage,
    /// Its connection stands: its answer has a way.
    pub(super) attached: bool,
    /// 0010 was sent.
    pub(super) waited: bool,
    /// The quirk against A5: it was refused, and goes on.
    pub(super) refused: bool,
}

/// What 990001 shows of what was reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum After {
    Code,
    Earlier,
    Empty,
    /// The quirk against A3: as approved.
    Approved,
}

/// The terminal, and the host's ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Terminal {
    pub(super) running: Option<Running>,
    pub(super) last: Shown,
    pub(super) earlier: Shown,
    /// The newest, which 990001 does not show yet (A1).
    pub(super) hidden: Shown,
    pub(super) captured: [u8; 3],
    pub(super) reversed: [bool; 3],
    /// Approved and not confirmed, oldest first.
    unconfirmed: [Option<Who>; 3],
}

impl Terminal {
    pub(super) fn new(yesterday: bool) -> Self {
        Self {
            running: None,
            last: yesterday.then_some((YESTERDAY, Said::Approved)),
            earlier: None,
            hidden: None,
            captured: [0; 3],
            reversed: [false; 3],
            unconfirmed: [None; 3],
        }
    }

    /// As far as it differs for what follows. What it showed before is shown again only where the last one can
    /// still be reversed, or by a terminal that forgets (the quirk against A2).
    pub(super) fn canonical(mut self, forgets: bool) -> Self {
        let can_go = |(who, said): (Who, Said)| {
            said == Said::Approved && self.unconfirmed().any(|waiting| waiting == who)
        };
        if !forgets && !self.last.is_some_and(can_go) {
            self.earlier = None;
        }
        self
    }

    /// Captures less reversals.
    pub(super) fn net(&self, who: Who) -> i32 {
        let at = usize::from(who);
        i32::from(self.captured[at]) - i32::from(self.reversed[at])
    }

    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = Who> + '_ {
        self.unconfirmed.iter().flatten().copied()
    }

    /// A transaction is remembered.
    pub(super) fn remember(&mut self, who: Who, said: Said, hidden: bool) {
        if self.hidden.is_some() {
            self.appear();
        }
        if hidden {
            self.hidden = Some((who, said));
        } else {
            self.earlier = self.last;
            self.last = Some((who, said));
        }
    }

    /// What was late is shown.
    pub(super) fn appear(&mut self) {
        if let Some(newest) = self.hidden.take() {
            self.earlier = self.last;
            self.last = Some(newest);
        }
    }

    /// The host captures.
    pub(super) fn capture(&mut self, who: Who) {
        self.captured[usize::from(who)] += 1;
        if let Some(free) = self.unconfirmed.iter_mut().find(|one| one.is_none()) {
            *free = Some(who);
        }
    }

    /// 980001 confirms the newest that waits, whoever sends it.
    pub(super) fn confirm(&mut self) {
        if let Some(newest) = self.unconfirmed.iter_mut().rev().find(|one| one.is_some()) {
            *newest = None;
        }
    }

    /// What nobody confirmed is reversed (망취소).
    pub(super) fn reverse(&mut self, who: Who, after: After) {
        self.reversed[usize::from(who)] = true;
        let waiting: Vec<Who> = self.unconfirmed().filter(|one| *one != who).collect();
        self.unconfirmed = [None; 3];
        for (place, one) in self.unconfirmed.iter_mut().zip(waiting) {
            *place = Some(one);
        }
        let (was, is) = (Some((who, Said::Approved)), Some((who, Said::Reversed)));
        if after == After::Approved {
            return;
        }
        if self.earlier == was {
            self.earlier = is;
        }
        if self.hidden == was {
            self.hidden = if after == After::Code { is } else { None };
        }
        if self.last == was {
            match after {
                After::Earlier => self.last = self.earlier,
                After::Empty => self.last = None,
                _ => self.last = is,
            }
        }
    }

    /// The ways in which a reversal can be shown.
    pub(super) fn ways(&self, who: Who, quirk: bool) -> &'static [After] {
        let was = Some((who, Said::Approved));
        match (self.last == was || self.hidden == was, quirk) {
            (false, _) => &[After::Code],
            (true, false) => &[After::Code, After::Earlier, After::Empty],
            (true, true) => &[After::Code, After::Earlier, After::Empty, After::Approved],
        }
    }
}
