//! What a call refuses by itself, before anything is sent or journaled.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A stable code for each kind of refusal, the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ErrorCode {
    /// An amount or a part of it cannot be asked for.
    InvalidAmount,
    /// An instalment count other than 0 and 2 to 36.
    InvalidInstallment,
    /// Text that is too long, empty where it must not be, or does not fit.
    InvalidText,
    /// A date that is none.
    InvalidDate,
    /// An address that makes no sense.
    InvalidAddress,
    /// A setting outside its range.
    InvalidSetting,
    /// A frame that would be larger than the terminal's length field can say.
    TooLarge,
    /// A part (tax, tip, tax-free) while the amount convention of this terminal is not set (rule 11).
    ConventionUnset,
    /// The terminal object was closed.
    Closed,
    /// The process was forked: the child holds nothing.
    Forked,
    /// An operator's word that is not allowed now (rule 4).
    NotAllowed,
    /// No operation has this id.
    NotFound,
    /// A query got no answer in its time.
    Timeout,
    /// A query could not be sent or lost its connection.
    ConnectionLost,
    /// A query waited too long behind money.
    QueueFull,
    /// The terminal answered a query with a refusal.
    Refused,
    /// The terminal's answer could not be read.
    UnreadableAnswer,
    /// The journal cannot be opened, read or written.
    Journal,
    /// The terminal is held by another till.
    HeldByAnotherTill,
    /// A fault inside danmal; the operation that ran is `Unknown`.
    Internal,
}

/// A call that was refused: which field, what was wrong, what is accepted. Carries no card or personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// The stable code.
    pub code: ErrorCode,
    /// The field, in the words of the wire's camelCase, where there is one.
    pub field: Option<Cow<'static, str>>,
    /// What was wrong.
    pub problem: Cow<'static, str>,
    /// What is accepted, or what to do.
    pub accepted: Cow<'static, str>,
}

impl Error {
    /// A refusal that names a field.
    #[must_use]
    pub fn field(
        code: ErrorCode,
        field: impl Into<Cow<'static, str>>,
        problem: impl Into<Cow<'static, str>>,
        accepted: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, field: Some(field.into()), problem: problem.into(), accepted: accepted.into() }
    }

    /// A refusal that is about no single field.
    #[must_use]
    pub fn new(
        code: ErrorCode,
        problem: impl Into<Cow<'static, str>>,
        what_to_do: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, field: None, problem: problem.into(), accepted: what_to_do.into() }
    }

    /// A sentence for the screen: the kind of refusal in both languages, the details in English.
    #[must_use]
    pub fn text(&self) -> Text {
        let ko = match self.code {
            ErrorCode::InvalidAmount => "금액이 올바르지 않습니다",
            ErrorCode::InvalidInstallment => "할부 개월이 올바르지 않습니다 (0, 2~36)",
            ErrorCode::InvalidText => "입력한 글자가 올바르지 않습니다",
            ErrorCode::InvalidDate => "날짜가 올바르지 않습니다",
            ErrorCode::InvalidAddress => "단말기 주소가 올바르지 않습니다",
            ErrorCode::InvalidSetting => "설정 값이 올바르지 않습니다",
            ErrorCode::TooLarge => "보낼 내용이 너무 큽니다",
            ErrorCode::ConventionUnset => "이 단말기의 금액 방식이 설정되지 않았습니다",
            ErrorCode::Closed => "닫힌 단말기입니다",
            ErrorCode::Forked => "복제된 프로세스에서는 사용할 수 없습니다",
            ErrorCode::NotAllowed => "지금은 할 수 없습니다",
            ErrorCode::NotFound => "해당 거래가 없습니다",
            ErrorCode::Timeout => "단말기가 응답하지 않습니다",
            ErrorCode::ConnectionLost => "단말기와 연결되지 않았습니다",
            ErrorCode::QueueFull => "결제가 끝나기를 기다리다 시간이 지났습니다",
            ErrorCode::Refused => "단말기가 거절했습니다",
            ErrorCode::UnreadableAnswer => "단말기 응답을 읽을 수 없습니다",
            ErrorCode::Journal => "거래 기록을 쓸 수 없습니다",
            ErrorCode::HeldByAnotherTill => "다른 포스가 단말기를 사용 중입니다",
            ErrorCode::Internal => "내부 오류입니다",
        };
        let ko = match &self.field {
            Some(field) => format!("{ko} ({field}: {})", self.problem),
            None => ko.to_owned(),
        };
        Text::of(ko, self.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        match self.field {
            Some(_) => write!(f, "{}; accepted: {}", self.problem, self.accepted),
            None => write!(f, "{}; {}", self.problem, self.accepted),
        }
    }
}
