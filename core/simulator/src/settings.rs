//! What kind of terminal it is: how long people and machines take, and what the vendor left open.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::span;

/// The settings of one terminal. Durations are those of the real world; [`time_scale`](Self::time_scale)
/// shortens all of them, those of faults too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Settings {
    /// A factor on every duration: 0.1 is ten times as fast, 0 does everything at once.
    pub time_scale: f64,
    /// How long people and machines take.
    pub pace: Pace,
    /// From which amount a card payment asks for a signature (서명), won. 10,000.
    pub signature_from: i64,
    /// Whether amounts of the [magic table](crate::MAGIC) misbehave.
    pub magic: bool,
    /// What becomes of an approval that is never confirmed by 980001.
    pub unconfirmed: Unconfirmed,
    /// What 990001 shows.
    pub history: History,
    /// What becomes of the transaction on the screen when the connection that asked for it ends.
    pub orphan: Orphan,
    /// Whether a stopped request still gets an answer of its own, 9999 (rule 9 waits 5 s for it).
    pub answers_stopped: bool,
    /// Whether a money request with a ptxid that was executed before is refused with 8330.
    pub refuses_repeated_ptxid: bool,
    /// How the answers are written.
    pub dialect: Dialect,
    /// Strings that no log and no journal may ever hold, put into the fields of the answers.
    pub canaries: Canaries,
    /// The wall clock when the terminal is switched on, seconds since 1970. Without it a served terminal
    /// takes the machine's clock, and the pure one 2026-11-25 12:00 in Korea.
    pub start: Option<i64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            time_scale: 1.0,
            pace: Pace::default(),
            signature_from: 10_000,
            magic: true,
            unconfirmed: Unconfirmed::Keep,
            history: History::default(),
            orphan: Orphan::GoesOn,
            answers_stopped: true,
            refuses_repeated_ptxid: false,
            dialect: Dialect::default(),
            canaries: Canaries::default(),
            start: None,
        }
    }
}

impl Settings {
    /// All durations times one factor.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self { time_scale: self.time_scale * factor, ..self }
    }

    /// A terminal that takes no time at all: every answer comes out of the call that brings the request.
    #[must_use]
    pub fn instant() -> Self {
        Self { time_scale: 0.0, ..Self::default() }
    }

    /// A duration as this terminal's clock has it.
    pub(crate) fn span(&self, span: Duration) -> Duration {
        if self.time_scale == 1.0 {
            span
        } else {
            // A factor that makes no sense, or a duration beyond all clocks: never.
            Duration::try_from_secs_f64(span.as_secs_f64() * self.time_scale).unwrap_or(Duration::MAX)
        }
    }
}

/// How long people and machines take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Pace {
    /// Until the card is in, or the code shown. 400 ms.
    #[serde(with = "span")]
    pub card: Duration,
    /// How long a card or code is waited for. 60 s.
    #[serde(with = "span")]
    pub card_limit: Duration,
    /// Until the customer has signed. 600 ms.
    #[serde(with = "span")]
    pub signature: Duration,
    /// How long a signature is waited for. 30 s, as the vendor says.
    #[serde(with = "span")]
    pub signature_limit: Duration,
    /// How long the host takes. 200 ms.
    #[serde(with = "span")]
    pub host: Duration,
    /// How long a reversal (망취소) takes, from its beginning. At once.
    #[serde(with = "span")]
    pub reversal: Duration,
    /// How long a paper takes. 100 ms.
    #[serde(with = "span")]
    pub print: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let millis = Duration::from_millis;
        Self {
            card: millis(400),
            card_limit: millis(60_000),
            signature: millis(600),
            signature_limit: millis(30_000),
            host: millis(200),
            reversal: Duration::ZERO,
            print: millis(100),
        }
    }
}

/// What becomes of an approval or cancellation whose answer is never confirmed by 980001.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Unconfirmed {
    /// It stands.
    #[default]
    Keep,
    /// It is reversed (망취소) when the connection that carries it ends.
    ReverseOnDisconnect,
    /// It is reversed so long after its answer.
    ReverseAfter {
        /// After so long.
        #[serde(with = "span")]
        time: Duration,
    },
    /// It is reversed when the next money request comes.
    ReverseAtNextMoney,
    /// It is reversed when the next request comes that is not 980001, so 990001 does it too.
    ReverseAtNextRequest,
}

/// What becomes of the transaction on the screen when the connection that asked for it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Orphan {
    /// It goes on: the bytes of a broken connection are still executed.
    #[default]
    GoesOn,
    /// It is dropped, unless the host has been asked already.
    Stops,
}

/// What 990001 shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct History {
    /// Whether a transaction of the day before is there when the terminal is switched on: one in a shop is
    /// never without. Without it 990001 answers `{}`.
    pub yesterday: bool,
    /// Whether declines and stopped requests are remembered.
    pub declines: bool,
    /// Whether tax-refund slips are remembered. They name no ptxid.
    pub slips: bool,
    /// How much later than its answer a transaction is shown. At once.
    #[serde(with = "span")]
    pub behind: Duration,
    /// What is shown of a transaction that was reversed (A3).
    pub reversed: Reversed,
    /// How an empty memory is said: `{}`, or an answer with this result code.
    pub empty_code: Option<Cow<'static, str>>,
    /// Whether 990001 is answered while a transaction runs.
    pub while_busy: bool,
    /// Whether the terminal knows 990001. One that does not never answers it.
    pub exists: bool,
}

impl Default for History {
    fn default() -> Self {
        Self {
            yesterday: true,
            declines: true,
            slips: false,
            behind: Duration::ZERO,
            reversed: Reversed::default(),
            empty_code: None,
            while_busy: true,
            exists: true,
        }
    }
}

/// What 990001 shows of a transaction that was reversed, or whose reversal has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reversed {
    /// The transaction under the code 8003, 망취소.
    #[default]
    Code,
    /// The one before it.
    Earlier,
    /// Nothing.
    Empty,
}

/// How the answers are written: what the vendor's catalogue leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Dialect {
    /// How Korean is written.
    pub text: Text,
    /// What the length counts.
    pub length: Length,
    /// Whether a byte order mark stands before every body.
    pub byte_order_mark: bool,
    /// Whether every number is written as text.
    pub numbers_as_text: bool,
    /// Whether a text of digits that begins with none but 0 is written as a number.
    pub text_as_numbers: bool,
}

/// How Korean is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Text {
    /// As `\uXXXX`.
    #[default]
    Escaped,
    /// As UTF-8.
    Utf8,
    /// As CP949 (EUC-KR).
    Cp949,
}

/// What the four digits of the length count where there is a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Length {
    /// The code and the bytes of the body.
    #[default]
    Bytes,
    /// The code and the characters of the body.
    Characters,
    /// The bytes of the body alone.
    BodyBytes,
    /// The characters of the body alone.
    BodyCharacters,
    /// Always these digits, as the catalogue prints 0050, 0500 and 9999.
    Placeholder {
        /// The digits, up to 9999.
        digits: u16,
    },
}

/// Strings that no log, error, debug output or journal may ever hold: card, phone, passport and resident
/// numbers of people who do not exist. They are put into every text field of an answer that the terminal is
/// free to fill, into one that the catalogue does not know, and beside `data`. Fields by which a transaction
/// is found again (ptxid, approvalNo, transactionNo, transactionDate, the slip's numbers, result codes) stay.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Canaries(pub Vec<String>);

impl Canaries {
    /// The one at a place; they are taken in turns.
    pub(crate) fn at(&self, place: usize) -> Option<&str> {
        let count = self.0.len();
        if count == 0 { None } else { self.0.get(place % count).map(String::as_str) }
    }
}

/// How many there are.
impl fmt::Debug for Canaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "‹{} canaries›", self.0.len())
    }
}
