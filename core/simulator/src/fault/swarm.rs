//! Faults by chance: repeatable, from a seed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use danmal_wire::Code;
use serde::{Deserialize, Serialize};

use super::kinds::{PendingWork, Place, PtxidFault, RebootMemory};
use super::{Acts, Fault, FaultKind, Moment, Rule, When};
use crate::random::Random;
use crate::settings::Unconfirmed;

/// Faults by chance: at every request one may strike, each kind with its own rate. The same seed and the
/// same requests give the same faults.
///
/// Parameters are drawn so that A1 to A6 hold: nothing is delayed beyond the fence, an answer without an id
/// does not come twice. For the contrary see [`Quirk`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Swarm {
    /// The seed.
    pub seed: u64,
    /// How often a kind strikes, of one request to 1. Kinds that do not fit a request pass it by.
    pub rates: BTreeMap<FaultKind, f64>,
    #[serde(skip, default = "unset")]
    random: Option<Random>,
}

fn unset() -> Option<Random> {
    None
}

impl Swarm {
    /// A swarm of some kinds, each at its rate.
    #[must_use]
    pub fn new(seed: u64, rates: impl IntoIterator<Item = (FaultKind, f64)>) -> Self {
        Self { seed, rates: rates.into_iter().collect(), random: None }
    }

    /// Every kind that keeps A1 to A6 and that a client can notice, all together at a rate: 0.1 is one fault in
    /// ten requests. Flipped bits and dropped bytes are not among them: the wire has no checksum.
    #[must_use]
    pub fn of_all(seed: u64, rate: f64) -> Self {
        let kinds: Vec<FaultKind> = FaultKind::ALL.iter().copied().filter(|kind| keeps(*kind)).collect();
        let each = rate / kinds.len() as f64;
        Self::new(seed, kinds.into_iter().map(|kind| (kind, each)))
    }

    /// The fault that strikes a request, if one does.
    pub(crate) fn draw(&mut self, code: Code) -> Option<(Option<Moment>, Fault)> {
        let random = self.random.get_or_insert_with(|| Random::new(self.seed));
        let mut chance = random.fraction();
        let kind = self.rates.iter().find_map(|(kind, rate)| {
            chance -= rate;
            (chance < 0.0).then_some(*kind)
        })?;
        draw(kind, code, random)
    }
}

/// Whether a swarm may have a kind without an assumption broken. The wire has no checksum, so a flipped bit or
/// a lost byte can turn one true answer into another: no client can tell, and none is asked to.
fn keeps(kind: FaultKind) -> bool {
    !matches!(
        kind,
        FaultKind::NeverShown
            | FaultKind::ShownAfterReversal
            | FaultKind::InterimCode
            | FaultKind::StaleBytes
            | FaultKind::LastEarlier
            | FaultKind::FlipRequestBit
            | FaultKind::FlipReplyBit
            | FaultKind::DropRequestBytes
            | FaultKind::DropReplyBytes
    )
}

/// A fault of a kind for a request of a code; of those that strike at once, with a moment of the
/// transaction. `None` where the two do not fit.
fn draw(kind: FaultKind, code: Code, random: &mut Random) -> Option<(Option<Moment>, Fault)> {
    let fits = match kind.acts() {
        Acts::Course => code.is_transaction() || matches!(kind, FaultKind::Refuse) && !is_id_less(code),
        Acts::History => code == Code::LastTransaction,
        Acts::AtOnce => code.is_transaction() || code == Code::Confirm,
        Acts::Request | Acts::Reply => true,
    };
    if !fits {
        return None;
    }
    let seconds = |random: &mut Random, most: u64| Duration::from_millis(random.below(most * 1_000));
    let word = |text: &'static str| Cow::Borrowed(text);
    let moment = (kind.acts() == Acts::AtOnce && code.is_transaction())
        .then(|| random.pick(Moment::ALL, Moment::Answered))
        .filter(|moment| *moment != Moment::Confirmed);
    let fault = match kind {
        FaultKind::NoCard => Fault::NoCard,
        FaultKind::CardRemoved => Fault::CardRemoved,
        FaultKind::CustomerCancels => Fault::CustomerCancels,
        FaultKind::AskSignature => Fault::AskSignature,
        FaultKind::NoSignature => Fault::NoSignature,
        FaultKind::SignatureRepeats => Fault::SignatureRepeats { times: 1 + small(random, 4) },
        FaultKind::SlowCustomer => Fault::SlowCustomer { by: seconds(random, 30) },
        FaultKind::Decline => {
            let (code, message) = random.pick(&DECLINES, ("8324", "한도초과"));
            Fault::Decline { code: word(code), message: word(message) }
        }
        FaultKind::OtherAmount => Fault::OtherAmount { by: -1 - i64::from(small(random, 500)) },
        FaultKind::SlowHost => Fault::SlowHost { by: seconds(random, 30) },
        FaultKind::HostDown => Fault::HostDown,
        FaultKind::HostReplyLost => Fault::HostReplyLost,
        FaultKind::HostReverses => Fault::HostReverses { after: seconds(random, 10) },
        FaultKind::Busy => Fault::Busy,
        FaultKind::Refuse => Fault::Refuse { code: word("9990"), message: word("전문 오류") },
        FaultKind::InterimCode => Fault::InterimCode { code: word("0077"), message: word("처리중") },
        FaultKind::StopIgnored => Fault::StopIgnored,
        FaultKind::StopSwallowsAnswer => Fault::StopSwallowsAnswer,
        FaultKind::LateSignatureWait => Fault::LateSignatureWait,
        FaultKind::IfUnconfirmed => {
            let timer = Unconfirmed::ReverseAfter { time: seconds(random, 60) };
            let policies = [
                Unconfirmed::Keep,
                Unconfirmed::ReverseOnDisconnect,
                timer,
                Unconfirmed::ReverseAtNextMoney,
                Unconfirmed::ReverseAtNextRequest,
            ];
            Fault::IfUnconfirmed { policy: random.pick(&policies, timer) }
        }
        FaultKind::ReverseWhenConfirmed => Fault::ReverseWhenConfirmed,
        FaultKind::ShownLate => Fault::ShownLate { by: seconds(random, 20) },
        FaultKind::NeverShown => Fault::NeverShown,
        FaultKind::ShownWithoutPtxid => Fault::ShownWithoutPtxid,
        FaultKind::ShownAfterReversal => Fault::ShownAfterReversal,
        FaultKind::LastEmpty => {
            Fault::LastEmpty { code: random.pick(&[None, Some("9100")], None).map(Cow::Borrowed) }
        }
        FaultKind::LastEarlier => Fault::LastEarlier,
        FaultKind::LastOtherType => Fault::LastOtherType,
        FaultKind::LastUnderOwnCode => Fault::LastUnderOwnCode,
        FaultKind::Reboot => Fault::Reboot {
            down: seconds(random, 30),
            memory: random.pick(&[RebootMemory::Kept, RebootMemory::Empty], RebootMemory::Kept),
            pending: random
                .pick(&[PendingWork::Lost, PendingWork::Reversed, PendingWork::Completed], PendingWork::Lost),
        },
        FaultKind::Cut => Fault::Cut { reset: random.below(2) == 0 },
        FaultKind::HalfOpen => Fault::HalfOpen,
        FaultKind::RefuseConnections => Fault::RefuseConnections { during: seconds(random, 30) },
        FaultKind::Unplug => Fault::Unplug { during: seconds(random, 30) },
        FaultKind::Silence => Fault::Silence { during: seconds(random, 30) },
        FaultKind::OtherSale => {
            // No till gives one twice.
            let ptxid =
                (random.below(2) == 0).then(|| format!("CPOS-second-till-{:08x}", random.below(1 << 32)));
            Fault::OtherSale { amount: 4_500, ptxid: ptxid.map(Cow::Owned) }
        }
        FaultKind::StaleBytes => Fault::StaleBytes,
        FaultKind::LoseRequest => Fault::LoseRequest,
        FaultKind::CutRequest => Fault::CutRequest { after: small(random, 250), reset: random.below(2) == 0 },
        FaultKind::DelayRequest => Fault::DelayRequest { by: seconds(random, 30) },
        FaultKind::FlipRequestBit => Fault::FlipRequestBit { byte: small(random, 300), bit: bit(random) },
        FaultKind::DropRequestBytes => {
            Fault::DropRequestBytes { from: small(random, 250), count: 1 + small(random, 20) }
        }
        FaultKind::LoseReply => Fault::LoseReply,
        FaultKind::CutReply => Fault::CutReply { after: small(random, 600), reset: random.below(2) == 0 },
        // An answer without an id that comes twice is the quirk against A6.
        FaultKind::DuplicateReply if is_id_less(code) => return None,
        FaultKind::DuplicateReply => Fault::DuplicateReply,
        FaultKind::DelayReply => Fault::DelayReply { by: seconds(random, 30) },
        FaultKind::Trickle => {
            Fault::Trickle { piece: 1 + small(random, 40), gap: Duration::from_millis(random.below(200)) }
        }
        FaultKind::WrongPtxid => {
            let is = random.pick(PtxidFault::ALL, PtxidFault::Unknown);
            // 990001 that shows one transaction under another's ptxid would break A3, should that one be reversed.
            let lies = is == PtxidFault::Earlier && code == Code::LastTransaction;
            Fault::WrongPtxid { is: if lies { PtxidFault::Unknown } else { is } }
        }
        FaultKind::WrongCode => {
            let codes = ["010010", "010020", "030010", "070010", "050099", "081008", "123456", "910090"];
            Fault::WrongCode { code: word(random.pick(&codes, "123456")) }
        }
        FaultKind::Garbage => Fault::Garbage {
            place: random.pick(&[Place::Before, Place::Inside, Place::After], Place::Before),
            bytes: word(random.pick(&["\u{2}??\u{3}", "}", "\r\n", "0006", "\u{0}\u{0}"], "?")),
        },
        FaultKind::WrongLength => {
            let digits = ["0000", "0005", "0006", "9999", "00x1", "    ", "-001"];
            Fault::WrongLength { digits: word(random.pick(&digits, "0000")) }
        }
        FaultKind::LengthOff => Fault::LengthOff { by: random.pick(&[-7, -1, 1, 6, 500], 1) },
        FaultKind::BrokenJson => Fault::BrokenJson,
        FaultKind::NoJson => Fault::NoJson,
        FaultKind::NoBody => Fault::NoBody,
        FaultKind::ByteOrderMark => Fault::ByteOrderMark,
        FaultKind::Cp949Bytes => Fault::Cp949Bytes,
        FaultKind::Utf8Bytes => Fault::Utf8Bytes,
        FaultKind::DuplicateKey => Fault::DuplicateKey { conflicting: random.below(2) == 0 },
        FaultKind::NumbersAsText => Fault::NumbersAsText,
        FaultKind::TextAsNumbers => Fault::TextAsNumbers,
        FaultKind::HugeInteger => Fault::HugeInteger,
        FaultKind::DeepNesting => Fault::DeepNesting { levels: 10 + small(random, 200) },
        FaultKind::UnknownFields => Fault::UnknownFields,
        FaultKind::DataMissing => Fault::DataMissing,
        FaultKind::FlipReplyBit => Fault::FlipReplyBit { byte: small(random, 600), bit: bit(random) },
        FaultKind::DropReplyBytes => {
            Fault::DropReplyBytes { from: small(random, 500), count: 1 + small(random, 20) }
        }
    };
    Some((moment, fault))
}

const DECLINES: [(&str, &str); 4] =
    [("8324", "한도초과"), ("8037", "카드번호오류"), ("8350", "도난분실카드"), ("0051", "잔액부족")];

/// Questions without an id.
fn is_id_less(code: Code) -> bool {
    matches!(code, Code::Confirm | Code::LastTransaction)
}

fn small(random: &mut Random, limit: u32) -> u32 {
    u32::try_from(random.below(u64::from(limit))).unwrap_or(0)
}

fn bit(random: &mut Random) -> u8 {
    u8::try_from(random.below(8)).unwrap_or(0)
}

/// A terminal that breaks one of the assumptions A1 to A6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Quirk {
    /// A1: 990001 does not show a capture, at the fence neither.
    A1,
    /// A2: after a restart 990001 shows an older transaction.
    A2,
    /// A3: what was reversed is shown as approved.
    A3,
    /// A4: a request is executed after the fence.
    A4,
    /// A5: a code that nobody listed is not final.
    A5,
    /// A6: an answer without an id comes twice.
    A6,
}

impl Quirk {
    /// Every quirk.
    pub const ALL: &[Self] = &[Self::A1, Self::A2, Self::A3, Self::A4, Self::A5, Self::A6];

    /// The rules under which the next card approval meets the quirk.
    #[must_use]
    pub fn rules(self) -> Vec<Rule> {
        let sale = || When::request(Code::CardApproval);
        let lost = || When::reply(Code::CardApproval).then(Fault::Cut { reset: true });
        match self {
            Self::A1 => vec![sale().then(Fault::NeverShown), lost()],
            Self::A2 => vec![When::moment(Moment::Captured).of(Code::CardApproval).then(Fault::Reboot {
                down: Duration::from_secs(2),
                memory: RebootMemory::Earlier,
                pending: PendingWork::Lost,
            })],
            Self::A3 => {
                vec![sale().then(Fault::ShownAfterReversal), sale().then(Fault::ReverseWhenConfirmed)]
            }
            Self::A4 => vec![
                sale().then(Fault::DelayRequest { by: Duration::from_secs(400) }),
                When::request(Code::CardApproval).then(Fault::Cut { reset: true }),
            ],
            Self::A5 => {
                vec![sale().then(Fault::InterimCode { code: "0077".into(), message: "처리중".into() })]
            }
            Self::A6 => vec![When::reply(Code::LastTransaction).always().then(Fault::DuplicateReply)],
        }
    }
}
