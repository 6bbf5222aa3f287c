//! What a person reads: the same sentence in Korean and in English.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The language of a sentence for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// 한국어.
    #[serde(rename = "ko")]
    Korean,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// One sentence in both languages, short enough for a customer display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The Korean sentence.
    pub ko: Cow<'static, str>,
    /// The English sentence.
    pub en: Cow<'static, str>,
}

impl Text {
    /// A sentence that is the same every time.
    #[must_use]
    pub const fn fixed(ko: &'static str, en: &'static str) -> Self {
        Self { ko: Cow::Borrowed(ko), en: Cow::Borrowed(en) }
    }

    /// A sentence with something of the moment in it.
    #[must_use]
    pub fn of(ko: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { ko: ko.into(), en: en.into() }
    }

    /// A detail of danmal's own, such as who holds a terminal, in both languages. What it does not know, what the
    /// operating system said above all, is the same in both.
    #[must_use]
    pub fn detail(detail: &str) -> Self {
        Self { ko: Cow::Owned(crate::korean::korean(detail)), en: Cow::Owned(detail.to_owned()) }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Korean => &self.ko,
            Language::English => &self.en,
        }
    }
}
