//! What is known, assumed and set of one terminal.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode};
use crate::money::AmountConvention;

/// When 980001 is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConfirmPolicy {
    /// After every final answer of 010010 to 070020, declines included.
    #[default]
    EveryFinalAnswer,
    /// After approvals only.
    Approvals,
}

/// The named assumptions about a terminal, each with its switch. Switched off, the verdict that needs it
/// waits for the fence or is `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Assumptions {
    /// A1: at the end of the fence 990001 shows every capture made until then.
    pub a1_fence_shows_captures: bool,
    /// A2: after a reboot 990001 is the newest or empty, never older.
    pub a2_reboot_never_older: bool,
    /// A3: what was reversed, or whose reversal has begun, is not shown as 0000.
    pub a3_reversed_not_shown_approved: bool,
    /// A4: what is unfinished at the fence is dead.
    pub a4_dead_at_fence: bool,
    /// A5: a code other than 0000, 0010 and the interim codes is final.
    pub a5_other_codes_final: bool,
    /// A6: no question without an id is answered twice, and nothing survives the end of a connection.
    pub a6_answers_once: bool,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            a1_fence_shows_captures: true,
            a2_reboot_never_older: true,
            a3_reversed_not_shown_approved: true,
            a4_dead_at_fence: true,
            a5_other_codes_final: true,
            a6_answers_once: true,
        }
    }
}

/// Every duration that the rules name (rule 15), as milliseconds in serialised form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Durations {
    /// Before absence is believed: longer than the terminal's longest prompt. 150 s.
    #[serde(with = "millis")]
    pub fence: Duration,
    /// For the answer of 990001 or 980001. 3 s.
    #[serde(with = "millis")]
    pub question: Duration,
    /// A money call's wait for connection, recovery and baseline. 10 s.
    #[serde(with = "millis")]
    pub prepare: Duration,
    /// Without a frame after the request was sent, before the terminal is asked to stop. 120 s.
    #[serde(with = "millis")]
    pub inactivity: Duration,
    /// A money call in all, before it is `Unknown`. 180 s.
    #[serde(with = "millis")]
    pub total: Duration,
    /// For the answer of a request to stop. 3 s.
    #[serde(with = "millis")]
    pub stop_answer: Duration,
    /// For the original's own answer after a stop was acknowledged. 5 s.
    #[serde(with = "millis")]
    pub after_stop: Duration,
    /// Between two read-backs after 980001. 0.5 s.
    #[serde(with = "millis")]
    pub read_back: Duration,
    /// Between two questions while a candidate is checked or recovery asks. 2 s.
    #[serde(with = "millis")]
    pub recheck: Duration,
    /// How old a read-back may be to serve as the baseline of the next request. 2 s.
    #[serde(with = "millis")]
    pub baseline_fresh: Duration,
    /// Without a surplus frame before an answer after the fence counts. 1 s.
    #[serde(with = "millis")]
    pub surplus_quiet: Duration,
    /// Of quiet on a serial line after its purge. 2 s.
    #[serde(with = "millis")]
    pub serial_quiet: Duration,
    /// A query, from its sending. 10 s.
    #[serde(with = "millis")]
    pub query: Duration,
    /// A query's wait behind money, at most. 190 s.
    #[serde(with = "millis")]
    pub query_queue: Duration,
    /// `close()`, before it detaches. 5 s.
    #[serde(with = "millis")]
    pub close: Duration,
    /// One attempt to connect. 5 s.
    #[serde(with = "millis")]
    pub connect: Duration,
    /// The first pause between two attempts to connect; it doubles. 0.2 s.
    #[serde(with = "millis")]
    pub reconnect_first: Duration,
    /// The longest pause between two attempts to connect. 10 s.
    #[serde(with = "millis")]
    pub reconnect_longest: Duration,
    /// The life of a key by the wall clock (rule 13). 12 h. The factor of [`Durations::scaled`] spares it.
    #[serde(with = "millis")]
    pub key_life: Duration,
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64() * 1000.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let millis = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(millis / 1000.0).map_err(serde::de::Error::custom)
    }
}

impl Default for Durations {
    fn default() -> Self {
        let millis = Duration::from_millis;
        Self {
            fence: millis(150_000),
            question: millis(3_000),
            prepare: millis(10_000),
            inactivity: millis(120_000),
            total: millis(180_000),
            stop_answer: millis(3_000),
            after_stop: millis(5_000),
            read_back: millis(500),
            recheck: millis(2_000),
            baseline_fresh: millis(2_000),
            surplus_quiet: millis(1_000),
            serial_quiet: millis(2_000),
            query: millis(10_000),
            query_queue: millis(190_000),
            close: millis(5_000),
            connect: millis(5_000),
            reconnect_first: millis(200),
            reconnect_longest: millis(10_000),
            key_life: Duration::from_secs(12 * 3600),
        }
    }
}

impl Durations {
    /// The longest that any of them may be: a week. The life of a key may be a year.
    pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

    /// Refuses durations with which no deadline could be met.
    ///
    /// # Errors
    /// Names the field: one over [`LONGEST`](Self::LONGEST), or a life of a key over a year.
    pub fn check(&self) -> Result<(), Error> {
        let all = [
            ("fence", self.fence),
            ("question", self.question),
            ("prepare", self.prepare),
            ("inactivity", self.inactivity),
            ("total", self.total),
            ("stopAnswer", self.stop_answer),
            ("afterStop", self.after_stop),
            ("readBack", self.read_back),
            ("recheck", self.recheck),
            ("baselineFresh", self.baseline_fresh),
            ("surplusQuiet", self.surplus_quiet),
            ("serialQuiet", self.serial_quiet),
            ("query", self.query),
            ("queryQueue", self.query_queue),
            ("close", self.close),
            ("connect", self.connect),
            ("reconnectFirst", self.reconnect_first),
            ("reconnectLongest", self.reconnect_longest),
        ];
        let year = Duration::from_secs(366 * 24 * 3600);
        let limits = all.map(|(field, duration)| (field, duration, Self::LONGEST));
        for (field, duration, longest) in limits.into_iter().chain([("keyLife", self.key_life, year)]) {
            if duration > longest {
                return Err(Error::field(
                    ErrorCode::InvalidSetting,
                    format!("durations.{field}"),
                    format!("{} s", duration.as_secs()),
                    format!("at most {} s", longest.as_secs()),
                ));
            }
        }
        Ok(())
    }

    /// All of them times one factor, for tests on `simulator:`, loopback and pty (rule 15).
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let by = |duration: Duration| {
            let scaled = duration.as_secs_f64() * factor;
            Duration::try_from_secs_f64(scaled).unwrap_or(Self::LONGEST).min(Self::LONGEST)
        };
        Self {
            fence: by(self.fence),
            question: by(self.question),
            prepare: by(self.prepare),
            inactivity: by(self.inactivity),
            total: by(self.total),
            stop_answer: by(self.stop_answer),
            after_stop: by(self.after_stop),
            read_back: by(self.read_back),
            recheck: by(self.recheck),
            baseline_fresh: by(self.baseline_fresh),
            surplus_quiet: by(self.surplus_quiet),
            serial_quiet: by(self.serial_quiet),
            query: by(self.query),
            query_queue: by(self.query_queue),
            close: by(self.close),
            connect: by(self.connect),
            reconnect_first: by(self.reconnect_first),
            reconnect_longest: by(self.reconnect_longest),
            key_life: self.key_life,
        }
    }
}

/// The codes that have a meaning of their own whatever the profile says.
pub const PROFILE_CODES: [&str; 2] = ["0000", "0010"];

/// What danmal knows, assumes and is told of one terminal. What the vendor's catalogue leaves open is a
/// setting here, never a silent guess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// What `priceAmt` means. Unset for a device: then tax, tip and tax-free parts are refused by name.
    pub amount_convention: Option<AmountConvention>,
    /// Result codes beside 0010 that do not end a request (rule 8).
    pub interim_codes: Vec<String>,
    /// Codes other than 9999 of which one look at 990001 is enough (rule 3).
    pub final_codes: Vec<String>,
    /// Codes under which the terminal shows a reversed approval (rule 5).
    pub reversed_codes: Vec<String>,
    /// When 980001 is sent.
    pub confirm: ConfirmPolicy,
    /// Whether the terminal has 990001. Off: its word alone decides, and an operator where it is lost.
    pub history: bool,
    /// Whether the acknowledgement of a stop is the end of the original (rule 9).
    pub abort_ends_original: bool,
    /// Whether a cancellation carries its original's ptxid instead of one of its own.
    pub cancellation_with_original_ptxid: bool,
    /// Whether the inquiry of a slip is sent as 050020, as the catalogue's example prints it.
    pub inquiry_as_cancellation: bool,
    /// A1 to A6.
    pub assumptions: Assumptions,
    /// Every duration of the rules.
    pub durations: Durations,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            amount_convention: None,
            interim_codes: Vec::new(),
            final_codes: Vec::new(),
            reversed_codes: Vec::new(),
            confirm: ConfirmPolicy::default(),
            history: true,
            abort_ends_original: false,
            cancellation_with_original_ptxid: false,
            inquiry_as_cancellation: false,
            assumptions: Assumptions::default(),
            durations: Durations::default(),
        }
    }
}

impl Profile {
    /// The profile of danmal's own simulator: `priceAmt` is the total.
    #[must_use]
    pub fn simulator() -> Self {
        Self { amount_convention: Some(AmountConvention::Total), ..Self::default() }
    }

    /// Whether a result code does not end a request.
    #[must_use]
    pub fn is_interim(&self, code: &str) -> bool {
        code == "0010" || self.interim_codes.iter().any(|c| c == code)
    }
}
