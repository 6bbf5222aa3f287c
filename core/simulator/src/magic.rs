//! Amounts that make the terminal misbehave, so that each case can be tried without a script.

use std::borrow::Cow;
use std::time::Duration;

use crate::fault::{Fault, Moment, Place, PtxidFault};

/// One magic amount.
#[derive(Clone, Debug)]
pub struct Magic {
    /// The amount of a sale or receipt, won.
    pub amount: i64,
    /// What goes wrong, at a moment of the transaction or from its beginning.
    pub faults: &'static [(Option<Moment>, Fault)],
    /// What it simulates.
    pub en: &'static str,
    /// The same in Korean.
    pub ko: &'static str,
    /// How the operation ends for the till, once everything is known: the name of the outcome.
    pub outcome: &'static str,
}

const fn text(text: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(text)
}

const SECOND: Duration = Duration::from_secs(1);

macro_rules! magic {
    ($($amount:literal $en:literal $ko:literal => $outcome:literal: $($($moment:ident)? [$fault:expr])+;)*) => {
        /// Every magic amount, in their order. Any other amount is approved, from
        /// [`signature_from`](crate::Settings::signature_from) on with a signature. Only sales and receipts
        /// misbehave by their amount: a cancellation of one of them is an ordinary one.
        pub static MAGIC: &[Magic] = &[$(Magic {
            amount: $amount,
            faults: &[$((magic!(@moment $($moment)?), $fault)),+],
            en: $en,
            ko: $ko,
            outcome: $outcome,
        }),*];
    };
    (@moment) => { None };
    (@moment $moment:ident) => { Some(Moment::$moment) };
}

magic! {
    1_004 "declined by the issuer" "발급사 거절 (한도초과)" => "declined":
        [Fault::Decline { code: text("8324"), message: text("한도초과") }];
    1_005 "a result code that no table knows" "알 수 없는 응답코드" => "declined":
        [Fault::Decline { code: text("7421"), message: text("기타 오류") }];
    1_010 "a signature is asked for" "서명 요청" => "approved":
        [Fault::AskSignature];
    1_011 "the customer does not sign in time" "서명시간초과" => "aborted":
        [Fault::NoSignature];
    1_012 "the signature wait comes three times" "서명대기 반복" => "approved":
        [Fault::SignatureRepeats { times: 2 }];
    1_020 "everything is slow" "느린 승인" => "approved":
        [Fault::SlowCustomer { by: Duration::from_secs(4) }] [Fault::SlowHost { by: Duration::from_secs(4) }];
    1_030 "the answer is lost, 990001 shows the approval" "응답 유실, 직전거래조회로 확인" => "approved":
        Captured [Fault::Cut { reset: true }];
    1_031 "the answer is lost, and the terminal is silent for a while" "응답 유실 후 단말기 무응답" => "approved":
        Captured [Fault::Cut { reset: true }] Captured [Fault::Silence { during: Duration::from_secs(20) }];
    1_032 "the answer breaks off in its middle" "응답 도중 연결 끊김" => "approved":
        [Fault::CutReply { after: 40, reset: false }];
    1_033 "the terminal restarts after the approval" "승인 후 단말기 재시작" => "approved":
        Captured [Fault::Reboot {
            down: SECOND,
            memory: crate::fault::RebootMemory::Kept,
            pending: crate::fault::PendingWork::Lost,
        }];
    1_040 "the answer comes twice" "중복 응답" => "approved":
        [Fault::DuplicateReply];
    1_041 "the answer comes late" "늦은 응답" => "approved":
        [Fault::DelayReply { by: Duration::from_secs(8) }];
    1_042 "the answer comes in small pieces" "조각난 응답" => "approved":
        [Fault::Trickle { piece: 7, gap: Duration::from_millis(20) }];
    1_050 "another amount is approved" "다른 금액 승인" => "approved":
        [Fault::OtherAmount { by: -50 }];
    1_060 "the terminal is busy" "단말기 사용 중" => "declined":
        [Fault::Busy];
    1_070 "approved, confirmed, then reversed" "승인 확인 후 망취소" => "reversed":
        [Fault::ReverseWhenConfirmed];
    1_071 "the host's answer is lost, the terminal reverses" "승인응답 미수신 망취소" => "declined":
        [Fault::HostReplyLost];
    1_072 "the host cannot be reached" "통신장애" => "declined":
        [Fault::HostDown];
    1_080 "the connection is cut before the card is read" "승인 요청 전 연결 끊김" => "approved":
        Asked [Fault::Cut { reset: true }];
    1_081 "the request is lost with its connection" "요청 유실" => "notPerformed":
        [Fault::CutRequest { after: 60, reset: true }];
    1_082 "the terminal restarts while it waits for the card" "카드 대기 중 단말기 재시작" => "notPerformed":
        Asked [Fault::Reboot {
            down: SECOND,
            memory: crate::fault::RebootMemory::Kept,
            pending: crate::fault::PendingWork::Lost,
        }];
    1_090 "the card is pulled out early" "카드 조기 제거" => "declined":
        [Fault::CardRemoved];
    1_091 "the customer presses cancel on the device" "고객 취소" => "aborted":
        [Fault::CustomerCancels];
    1_092 "no card is inserted" "카드 미입력" => "declined":
        [Fault::NoCard];
    1_100 "the answer names another ptxid" "다른 ptxid 응답" => "approved":
        [Fault::WrongPtxid { is: PtxidFault::Unknown }];
    1_101 "garbage before the answer" "응답 앞 쓰레기 데이터" => "approved":
        [Fault::Garbage { place: Place::Before, bytes: text("\u{2}??\u{3}") }];
    1_102 "the answer is broken JSON" "깨진 JSON 응답" => "approved":
        [Fault::BrokenJson];
    1_103 "a wrong length" "잘못된 전문길이" => "approved":
        [Fault::WrongLength { digits: text("0050") }];
    1_104 "the answer is in CP949" "CP949 응답" => "approved":
        [Fault::Cp949Bytes];
    1_110 "the confirmation's answer is lost" "결과확인 응답 유실" => "approved":
        Confirmed [Fault::Cut { reset: false }];
    1_111 "the connection is cut right after the answer" "응답 직후 연결 끊김" => "approved":
        Answered [Fault::Cut { reset: false }];
}

/// The magic of an amount.
#[must_use]
pub fn magic(amount: i64) -> Option<&'static Magic> {
    MAGIC.binary_search_by_key(&amount, |magic| magic.amount).ok().and_then(|at| MAGIC.get(at))
}
