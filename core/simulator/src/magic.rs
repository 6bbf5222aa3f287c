//! Amounts that make the terminal misbehave, so that each case can be tried without a script.

/// What the terminal does with a money request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// An ordinary approval; a signature is asked from 10,000 won.
    Approve,
    /// Refused by the issuer.
    Decline,
    /// The customer does not sign in time.
    SignatureTimeout,
    /// The customer presses cancel on the device.
    CustomerCancels,
    /// The card is pulled out too early.
    CardRemoved,
    /// Everything takes ten times as long.
    Slow,
    /// Approved, and the connection is cut before the answer.
    LoseReply,
    /// The connection is cut and the request is lost with it.
    LoseRequest,
    /// The answer comes twice.
    Duplicate,
    /// Another amount is approved.
    OtherAmount,
    /// A code that no table knows.
    UnknownCode,
    /// Approved, confirmed, and then taken back by the terminal (망취소).
    ReverseLater,
    /// The answer names somebody else's ptxid.
    WrongPtxid,
    /// Garbage before the answer.
    Garbage,
    /// The connection is cut instead of the confirmation's answer, once.
    LoseConfirmation,
}

/// One magic amount.
#[derive(Clone, Copy, Debug)]
pub struct Magic {
    /// The amount, won.
    pub amount: i64,
    /// What the terminal does.
    pub behaviour: Behaviour,
    /// In English.
    pub en: &'static str,
    /// In Korean.
    pub ko: &'static str,
    /// The outcome that the till sees in the end.
    pub outcome: &'static str,
}

const fn magic(
    amount: i64,
    behaviour: Behaviour,
    en: &'static str,
    ko: &'static str,
    outcome: &'static str,
) -> Magic {
    Magic { amount, behaviour, en, ko, outcome }
}

/// Every magic amount. Any other amount is approved, with a signature from 10,000 won.
pub const MAGIC: [Magic; 14] = [
    magic(1_004, Behaviour::Decline, "declined by the issuer", "발급사 거절 (한도초과)", "declined"),
    magic(1_005, Behaviour::SignatureTimeout, "the customer does not sign", "서명시간초과", "aborted"),
    magic(1_006, Behaviour::CustomerCancels, "the customer presses cancel", "고객 취소", "aborted"),
    magic(1_007, Behaviour::CardRemoved, "the card is pulled out early", "카드 조기 제거", "declined"),
    magic(1_008, Behaviour::Slow, "everything is slow", "느린 승인", "approved"),
    magic(1_010, Behaviour::LoseReply, "approved, the answer is lost", "승인 후 응답 유실", "approved"),
    magic(1_011, Behaviour::LoseRequest, "the request is lost", "요청 유실", "notPerformed"),
    magic(1_012, Behaviour::Duplicate, "the answer comes twice", "중복 응답", "approved"),
    magic(1_013, Behaviour::OtherAmount, "another amount is approved", "다른 금액 승인", "approved"),
    magic(1_014, Behaviour::UnknownCode, "a code that no table knows", "알 수 없는 코드", "declined"),
    magic(
        1_015,
        Behaviour::ReverseLater,
        "approved, then reversed by the terminal",
        "승인 후 망취소",
        "reversed",
    ),
    magic(1_016, Behaviour::WrongPtxid, "the answer names another ptxid", "다른 ptxid 응답", "approved"),
    magic(1_017, Behaviour::Garbage, "garbage before the answer", "응답 앞 쓰레기 데이터", "approved"),
    magic(
        1_018,
        Behaviour::LoseConfirmation,
        "the confirmation's answer is lost",
        "결과확인 응답 유실",
        "approved",
    ),
];

/// What the terminal does with an amount.
#[must_use]
pub fn behaviour(amount: i64) -> Behaviour {
    MAGIC.iter().find(|magic| magic.amount == amount).map_or(Behaviour::Approve, |magic| magic.behaviour)
}
