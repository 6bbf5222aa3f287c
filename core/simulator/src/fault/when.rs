//! When a fault strikes.

use std::fmt;
use std::time::Duration;

use danmal_wire::Code;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::span;

/// A moment of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Moment {
    /// The request was taken; the terminal asks for the card.
    Asked,
    /// The card was read.
    CardRead,
    /// The signature is asked for, 0010 is on its way.
    SignatureAsked,
    /// The customer has signed.
    Signed,
    /// The host was asked.
    HostAsked,
    /// The host has captured; the answer has not left yet.
    Captured,
    /// The final answer has left, whatever it says.
    Answered,
    /// 980001 has arrived; its answer has not left yet.
    Confirmed,
}

impl Moment {
    /// Every moment, in their order.
    pub const ALL: &[Self] = &[
        Self::Asked,
        Self::CardRead,
        Self::SignatureAsked,
        Self::Signed,
        Self::HostAsked,
        Self::Captured,
        Self::Answered,
        Self::Confirmed,
    ];
}

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// When a request arrives.
    Request,
    /// When an answer leaves that is not final: 0010.
    Interim,
    /// When a final answer leaves.
    Reply,
    /// At a moment of a transaction.
    Moment(Moment),
    /// When a connection is opened.
    Connection,
    /// So long after the terminal was switched on.
    Time(Duration),
}

/// Of which messages. In files a short name (`approve`, `money`, `any`) or six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codes {
    /// Any.
    Any,
    /// 010010 to 070020 and the slips 050010, 050020.
    Money,
    /// One.
    Only(Code),
}

/// Short names of the codes in files.
const NAMES: [(&str, Codes); 20] = [
    ("any", Codes::Any),
    ("money", Codes::Money),
    ("approve", Codes::Only(Code::CardApproval)),
    ("cancel", Codes::Only(Code::CardCancellation)),
    ("approveEasyPay", Codes::Only(Code::EasyPayApproval)),
    ("cancelEasyPay", Codes::Only(Code::EasyPayCancellation)),
    ("issueCashReceipt", Codes::Only(Code::CashReceiptIssue)),
    ("cancelCashReceipt", Codes::Only(Code::CashReceiptCancellation)),
    ("stopCard", Codes::Only(Code::StopCard)),
    ("stopEasyPay", Codes::Only(Code::StopEasyPay)),
    ("stopCashReceipt", Codes::Only(Code::StopCashReceipt)),
    ("lastTransaction", Codes::Only(Code::LastTransaction)),
    ("salesTotals", Codes::Only(Code::SalesTotals)),
    ("confirm", Codes::Only(Code::Confirm)),
    ("downloadCodes", Codes::Only(Code::DownloadCodes)),
    ("print", Codes::Only(Code::Print)),
    ("issueTaxRefund", Codes::Only(Code::TaxRefundIssue)),
    ("cancelTaxRefund", Codes::Only(Code::TaxRefundCancellation)),
    ("inquireTaxRefund", Codes::Only(Code::TaxRefundInquiry)),
    ("abort", Codes::Only(Code::Abort)),
];

impl Codes {
    pub(crate) fn has(self, code: Code) -> bool {
        match self {
            Self::Any => true,
            Self::Money => code.is_money(),
            Self::Only(only) => only == code,
        }
    }
}

impl From<Code> for Codes {
    fn from(code: Code) -> Self {
        Self::Only(code)
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (NAMES.iter().find(|(_, codes)| codes == self), self) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Self::Only(code)) => write!(f, "{code}"),
            (None, _) => f.write_str("any"),
        }
    }
}

impl Serialize for Codes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some((_, codes)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(*codes);
        }
        text.parse::<Code>().map(Self::Only).map_err(|_| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            D::Error::custom(format_args!(
                "`{text}` is no message; one of {}, or six digits",
                names.join(", ")
            ))
        })
    }
}

/// When a fault strikes: at which point, of which messages, and the how-many-eth time.
///
/// ```
/// use danmal_simulator::{Code, Fault, Moment, When};
///
/// let lose_the_second_answer = When::reply(Code::CardApproval).nth(2).then(Fault::LoseReply);
/// let cut_while_the_host_works = When::moment(Moment::HostAsked).amount(15_000).then(Fault::Cut { reset: true });
/// let every_confirmation_twice = When::reply(Code::Confirm).always().then(Fault::DuplicateReply);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Words", into = "Words")]
pub struct When {
    /// Where.
    pub point: Point,
    /// Of which messages; of a moment, the transaction's.
    pub codes: Codes,
    /// Only of money requests of this amount, won.
    pub amount: Option<i64>,
    /// The how-many-eth time that all this fits, from 1 on.
    pub nth: u32,
    /// How often from then on; 0 is always.
    pub times: u32,
}

impl When {
    fn at(point: Point, codes: Codes) -> Self {
        Self { point, codes, amount: None, nth: 1, times: 1 }
    }

    /// When the next request of this code arrives. A fault of an answer waits for the request's final one.
    #[must_use]
    pub fn request(codes: impl Into<Codes>) -> Self {
        Self::at(Point::Request, codes.into())
    }

    /// When the next final answer of this code leaves.
    #[must_use]
    pub fn reply(codes: impl Into<Codes>) -> Self {
        Self::at(Point::Reply, codes.into())
    }

    /// When the next signature wait under this code leaves.
    #[must_use]
    pub fn interim(codes: impl Into<Codes>) -> Self {
        Self::at(Point::Interim, codes.into())
    }

    /// At a moment of the next transaction.
    #[must_use]
    pub fn moment(moment: Moment) -> Self {
        Self::at(Point::Moment(moment), Codes::Any)
    }

    /// When the next connection is opened.
    #[must_use]
    pub fn connection() -> Self {
        Self::at(Point::Connection, Codes::Any)
    }

    /// So long after the terminal was switched on.
    #[must_use]
    pub fn time(time: Duration) -> Self {
        Self::at(Point::Time(time), Codes::Any)
    }

    /// Only of these messages.
    #[must_use]
    pub fn of(self, codes: impl Into<Codes>) -> Self {
        Self { codes: codes.into(), ..self }
    }

    /// Only of money requests of this amount, won.
    #[must_use]
    pub fn amount(self, amount: i64) -> Self {
        Self { amount: Some(amount), ..self }
    }

    /// Not at once, but at the n-th time from now, counted from 1.
    #[must_use]
    pub fn nth(self, nth: u32) -> Self {
        Self { nth, ..self }
    }

    /// So often from then on.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// Every time from then on.
    #[must_use]
    pub fn always(self) -> Self {
        Self { times: 0, ..self }
    }

    /// The rule that a fault strikes then.
    #[must_use]
    pub fn then(self, fault: super::Fault) -> super::Rule {
        super::Rule { when: self, fault }
    }
}

/// How it stands in a file: exactly one of the first six.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Words {
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Codes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interim: Option<Codes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Codes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moment: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<AnyWord>,
    #[serde(with = "span::optional", skip_serializing_if = "Option::is_none")]
    time: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<Codes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nth: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum AnyWord {
    Any,
}

impl TryFrom<Words> for When {
    type Error = &'static str;

    fn try_from(words: Words) -> Result<Self, Self::Error> {
        let mut points = [
            words.request.map(|codes| (Point::Request, codes)),
            words.interim.map(|codes| (Point::Interim, codes)),
            words.reply.map(|codes| (Point::Reply, codes)),
            words.moment.map(|moment| (Point::Moment(moment), Codes::Any)),
            words.connection.map(|AnyWord::Any| (Point::Connection, Codes::Any)),
            words.time.map(|time| (Point::Time(time), Codes::Any)),
        ]
        .into_iter()
        .flatten();
        let (Some((point, codes)), None) = (points.next(), points.next()) else {
            return Err("`on` takes exactly one of request, interim, reply, moment, connection, time");
        };
        let codes = match (point, words.of) {
            (_, None) => codes,
            (Point::Moment(_), Some(of)) => of,
            _ => return Err("`of` belongs to a moment alone"),
        };
        if words.nth == Some(0) {
            return Err("`nth` counts from 1");
        }
        Ok(Self {
            point,
            codes,
            amount: words.amount,
            nth: words.nth.unwrap_or(1),
            times: words.times.unwrap_or(1),
        })
    }
}

impl From<When> for Words {
    fn from(when: When) -> Self {
        let mut words = Self {
            amount: when.amount,
            nth: (when.nth != 1).then_some(when.nth),
            times: (when.times != 1).then_some(when.times),
            ..Self::default()
        };
        match when.point {
            Point::Request => words.request = Some(when.codes),
            Point::Interim => words.interim = Some(when.codes),
            Point::Reply => words.reply = Some(when.codes),
            Point::Moment(moment) => {
                words.moment = Some(moment);
                words.of = (when.codes != Codes::Any).then_some(when.codes);
            }
            Point::Connection => words.connection = Some(AnyWord::Any),
            Point::Time(time) => words.time = Some(time),
        }
        words
    }
}
