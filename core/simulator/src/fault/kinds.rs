//! The faults, each named once.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::settings::Unconfirmed;
use crate::span;

/// On what a fault acts. It says where a [`Rule`](crate::Rule) may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acts {
    /// On the bytes of a request on their way to the terminal.
    Request,
    /// On one answer: its words or its bytes. At a request it waits for that request's final answer.
    Reply,
    /// On the course of a money request.
    Course,
    /// On one answer of 990001.
    History,
    /// At once, whatever happens.
    AtOnce,
}

macro_rules! faults {
    ($($(#[doc = $doc:literal])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })? => $acts:ident;)*) => {
        /// A fault. In files it is its name (`duplicateReply`) or its name with parameters
        /// (`cutReply: {after: 20}`); durations are those of the real world, see
        /// [`Settings::time_scale`](crate::Settings::time_scale).
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
        pub enum Fault {
            $($(#[doc = $doc])* $name $({ $($(#[$field_doc])* $field: $type,)* })?,)*
        }

        /// The name of a [`Fault`], without parameters.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum FaultKind {
            $($(#[doc = $doc])* $name,)*
        }

        impl FaultKind {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// On what it acts.
            #[must_use]
            pub fn acts(self) -> Acts {
                match self {
                    $(Self::$name => Acts::$acts,)*
                }
            }

            /// What it does, a sentence.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),*).trim_ascii_start(),)*
                }
            }

            fn rust_name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }

        impl Fault {
            /// Its name.
            #[must_use]
            pub fn kind(&self) -> FaultKind {
                match self {
                    $(Self::$name { .. } => FaultKind::$name,)*
                }
            }
        }
    };
}

faults! {
    // The customer and the card.

    /// No card and no code is ever shown: after the terminal's limit the answer is 9993.
    NoCard => Course;
    /// The card is pulled out too early: 5007.
    CardRemoved => Course;
    /// The customer presses cancel on the device: 9999.
    CustomerCancels => Course;
    /// A signature is asked for whatever the amount.
    AskSignature => Course;
    /// A signature is asked for and never given: 9999 서명시간초과 after the limit.
    NoSignature => Course;
    /// The signature wait 0010 is sent again.
    SignatureRepeats {
        /// How often again.
        times: u32,
    } => Course;
    /// The customer takes longer.
    SlowCustomer {
        /// By so much.
        #[serde(with = "span")]
        by: Duration,
    } => Course;

    // The host.

    /// The issuer refuses.
    Decline {
        /// The result code.
        code: Cow<'static, str>,
        /// Its message.
        message: Cow<'static, str>,
    } => Course;
    /// Another amount is approved than was asked for.
    OtherAmount {
        /// The difference, won.
        by: i64,
    } => Course;
    /// The host takes longer.
    SlowHost {
        /// By so much.
        #[serde(with = "span")]
        by: Duration,
    } => Course;
    /// The host cannot be reached: 8900, nothing is captured.
    HostDown => Course;
    /// The host captures, its answer is lost on the way to the terminal, which reverses at once (망취소) and
    /// answers 8901.
    HostReplyLost => Course;
    /// The host takes the capture back by itself so long after the answer.
    HostReverses {
        /// After so long.
        #[serde(with = "span")]
        after: Duration,
    } => Course;

    // The terminal and a money request.

    /// The terminal is busy: 0001, nothing is executed. Of any request.
    Busy => Course;
    /// The terminal answers so and executes nothing. Of any request.
    Refuse {
        /// The result code.
        code: Cow<'static, str>,
        /// Its message.
        message: Cow<'static, str>,
    } => Course;
    /// Before it goes on the terminal sends an answer with a code of its own that is not the end (the quirk
    /// against A5 where the code is not listed as interim).
    InterimCode {
        /// The result code.
        code: Cow<'static, str>,
        /// Its message.
        message: Cow<'static, str>,
    } => Course;
    /// A request to stop is acknowledged with 0000, and the transaction goes on.
    StopIgnored => Course;
    /// A request to stop is obeyed, and the stopped request never gets an answer of its own.
    StopSwallowsAnswer => Course;
    /// A signature wait 0010 follows the final answer.
    LateSignatureWait => Course;
    /// The policy for a missing 980001, for this transaction alone.
    IfUnconfirmed {
        /// The policy.
        policy: Unconfirmed,
    } => Course;
    /// Right after 980001 and its 0000 the terminal reverses (망취소).
    ReverseWhenConfirmed => Course;
    /// 990001 shows the transaction only later.
    ShownLate {
        /// So much after its answer.
        #[serde(with = "span")]
        by: Duration,
    } => Course;
    /// 990001 never shows the transaction (the quirk against A1).
    NeverShown => Course;
    /// 990001 shows the transaction without a ptxid.
    ShownWithoutPtxid => Course;
    /// 990001 shows the transaction as approved after its reversal too (the quirk against A3).
    ShownAfterReversal => Course;

    // One answer of 990001.

    /// 990001 is answered as if there were no last transaction.
    LastEmpty {
        /// By this result code instead of `{}`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Cow<'static, str>>,
    } => History;
    /// 990001 shows the transaction before the last.
    LastEarlier => History;
    /// 990001 shows a cash receipt of another till.
    LastOtherType => History;
    /// 990001 is answered under the transaction's own code.
    LastUnderOwnCode => History;

    // At once.

    /// The terminal restarts: all connections end, what runs is lost.
    Reboot {
        /// How long it is away.
        #[serde(with = "span")]
        down: Duration,
        /// What 990001 knows afterwards.
        #[serde(default)]
        memory: RebootMemory,
        /// What becomes of a request that the host has been asked for.
        #[serde(default)]
        pending: PendingWork,
    } => AtOnce;
    /// The connection is cut; all connections where none is concerned.
    Cut {
        /// By a reset (RST) instead of an orderly end.
        #[serde(default)]
        reset: bool,
    } => AtOnce;
    /// The connection stays open, and nothing passes in either direction (half-open TCP).
    HalfOpen => AtOnce;
    /// New connections are refused.
    RefuseConnections {
        /// For so long.
        #[serde(with = "span")]
        during: Duration,
    } => AtOnce;
    /// The cable or adapter is pulled: all connections end, new ones are refused for a time. A served pseudo
    /// terminal comes back under another name.
    Unplug {
        /// For so long.
        #[serde(with = "span")]
        during: Duration,
    } => AtOnce;
    /// The terminal is deaf and dumb: what comes in is lost, nothing goes out. What runs goes on.
    Silence {
        /// For so long.
        #[serde(with = "span")]
        during: Duration,
    } => AtOnce;
    /// Somebody else's sale becomes the last transaction: keyed in by hand, or by a second till.
    OtherSale {
        /// Won.
        amount: i64,
        /// The second till's ptxid; none where it was keyed in by hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ptxid: Option<Cow<'static, str>>,
    } => AtOnce;
    /// The bytes of the last answer come again, on the newest connection: what was stale in a serial adapter.
    StaleBytes => AtOnce;

    // The bytes of a request.

    /// The request is lost; the connection stays.
    LoseRequest => Request;
    /// Only so many bytes of the request arrive, then the connection ends. From its length on all of it
    /// arrives and is executed.
    CutRequest {
        /// So many bytes.
        after: u32,
        /// By a reset (RST) instead of an orderly end.
        #[serde(default)]
        reset: bool,
    } => Request;
    /// The request arrives later, even where its connection has ended by then (the quirk against A4 where it
    /// is later than the fence).
    DelayRequest {
        /// By so much.
        #[serde(with = "span")]
        by: Duration,
    } => Request;
    /// One bit of the request arrives flipped.
    FlipRequestBit {
        /// In this byte; counted round.
        byte: u32,
        /// From 0, the lowest, to 7.
        bit: u8,
    } => Request;
    /// Bytes of the request do not arrive.
    DropRequestBytes {
        /// From this one on.
        from: u32,
        /// So many.
        count: u32,
    } => Request;

    // One answer on its way.

    /// The answer is lost; the connection stays.
    LoseReply => Reply;
    /// Only so many bytes of the answer arrive, then the connection ends.
    CutReply {
        /// So many bytes.
        after: u32,
        /// By a reset (RST) instead of an orderly end.
        #[serde(default)]
        reset: bool,
    } => Reply;
    /// The answer comes twice (for 980001 and 990001 the quirk against A6).
    DuplicateReply => Reply;
    /// The answer comes later. Others may come before it.
    DelayReply {
        /// By so much.
        #[serde(with = "span")]
        by: Duration,
    } => Reply;
    /// The answer comes in pieces. Others wait behind it.
    Trickle {
        /// Bytes of a piece; 0 counts as 1.
        piece: u32,
        /// The time between two pieces.
        #[serde(with = "span")]
        gap: Duration,
    } => Reply;
    /// The answer's ptxid is wrong.
    WrongPtxid {
        /// How.
        is: PtxidFault,
    } => Reply;
    /// The answer's code is another.
    WrongCode {
        /// Six digits.
        code: Cow<'static, str>,
    } => Reply;
    /// Bytes that are no frame.
    Garbage {
        /// Where.
        place: Place,
        /// Which.
        bytes: Cow<'static, str>,
    } => Reply;
    /// The length says something else.
    WrongLength {
        /// The four characters that stand there.
        digits: Cow<'static, str>,
    } => Reply;
    /// The length is off.
    LengthOff {
        /// By so much.
        by: i32,
    } => Reply;
    /// The body is broken off in its middle, and its length fits.
    BrokenJson => Reply;
    /// The body is no JSON at all.
    NoJson => Reply;
    /// There is no body: the header says 0006.
    NoBody => Reply;
    /// A byte order mark stands before the body.
    ByteOrderMark => Reply;
    /// The body is CP949.
    Cp949Bytes => Reply;
    /// The body is raw UTF-8.
    Utf8Bytes => Reply;
    /// A key is there twice.
    DuplicateKey {
        /// With another value the second time, which contradicts the first.
        #[serde(default)]
        conflicting: bool,
    } => Reply;
    /// Numbers are written as text.
    NumbersAsText => Reply;
    /// Texts of digits are written as numbers.
    TextAsNumbers => Reply;
    /// The amount is larger than any integer type.
    HugeInteger => Reply;
    /// A field that nobody knows holds arrays in arrays.
    DeepNesting {
        /// How deep.
        levels: u32,
    } => Reply;
    /// Fields that nobody knows.
    UnknownFields => Reply;
    /// Every field but the ptxid is missing from `data`.
    DataMissing => Reply;
    /// One bit of the answer arrives flipped.
    FlipReplyBit {
        /// In this byte; counted round.
        byte: u32,
        /// From 0, the lowest, to 7.
        bit: u8,
    } => Reply;
    /// Bytes of the answer do not arrive.
    DropReplyBytes {
        /// From this one on.
        from: u32,
        /// So many.
        count: u32,
    } => Reply;
}

impl FaultKind {
    /// Its name in files, `cutReply`.
    #[must_use]
    pub fn name(self) -> String {
        let name = self.rust_name();
        name.chars().take(1).flat_map(char::to_lowercase).chain(name.chars().skip(1)).collect()
    }
}

impl Fault {
    /// On what it acts.
    #[must_use]
    pub fn acts(&self) -> Acts {
        self.kind().acts()
    }
}

/// What 990001 knows after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RebootMemory {
    /// The last transaction.
    #[default]
    Kept,
    /// Nothing.
    Empty,
    /// The one before the last (the quirk against A2).
    Earlier,
}

/// What a restart makes of a request that the host has been asked for and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PendingWork {
    /// The host never saw it.
    #[default]
    Lost,
    /// The host captured it; the terminal reverses it (망취소) when it is back.
    Reversed,
    /// The host captured it; the terminal learns of it and shows it when it is back.
    Completed,
    /// The host captured it, and the terminal never learns of it (against A1).
    Forgotten,
}

/// Where garbage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// Before the frame.
    Before,
    /// In the middle of the body.
    Inside,
    /// Behind the frame, before the next.
    After,
}

/// How a ptxid is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PtxidFault {
    /// One that nobody knows.
    Unknown,
    /// That of the last transaction before.
    Earlier,
    /// The field is not there.
    Missing,
    /// The field is empty.
    Empty,
    /// Its last characters are missing.
    Truncated,
}

impl PtxidFault {
    /// Every way.
    pub const ALL: &[Self] = &[Self::Unknown, Self::Earlier, Self::Missing, Self::Empty, Self::Truncated];
}
