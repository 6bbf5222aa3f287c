//! How one device frames its messages: what is set, and what was learnt of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What happens where the declared length and the true end of a body differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FrameMode {
    /// The true end of the JSON body counts; the declared length is a hint that is compared and learnt.
    #[default]
    Tolerant,
    /// A declared length that does not fit [`FrameRules::length_counts`] ends the connection.
    Strict,
}

/// How the bytes of a received body are read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BodyText {
    /// UTF-8 where the bytes are valid UTF-8, else CP949.
    #[default]
    Auto,
    /// UTF-8 only.
    Utf8,
    /// CP949 (EUC-KR with its Microsoft extension) only.
    Cp949,
}

/// How text that is not ASCII leaves in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SendText {
    /// As `\uXXXX`: then characters, UTF-8 bytes and CP949 bytes are the same number.
    #[default]
    Escaped,
    /// As UTF-8.
    Utf8,
    /// As CP949; a character that it lacks is escaped.
    Cp949,
}

/// What the four digits of the header count where there is a body. Without a body they are always `0006`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LengthRule {
    /// The six digits of the code and the bytes of the body.
    #[default]
    Bytes,
    /// The six digits of the code and the characters of the body.
    Characters,
    /// The bytes of the body alone.
    BodyBytes,
    /// The characters of the body alone.
    BodyCharacters,
    /// Nothing: the device prints a placeholder. Even the strict mode does not compare it.
    Placeholder,
}

impl LengthRule {
    /// The rules that say something about the length, in the order in which they are preferred.
    pub const COUNTING: [Self; 4] = [Self::Bytes, Self::Characters, Self::BodyBytes, Self::BodyCharacters];

    /// Whether the six digits of the code are part of the count.
    #[must_use]
    pub fn counts_code(self) -> bool {
        matches!(self, Self::Bytes | Self::Characters)
    }

    /// Whether characters are counted and not bytes.
    #[must_use]
    pub fn counts_characters(self) -> bool {
        matches!(self, Self::Characters | Self::BodyCharacters)
    }
}

/// The framing of one device, each of its open questions as a named setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FrameRules {
    /// What a wrong length means.
    pub mode: FrameMode,
    /// How received bytes become text.
    pub body_text: BodyText,
    /// How text is sent.
    pub send_text: SendText,
    /// What the declared length counts: sent so, and in strict mode expected so.
    pub length_counts: LengthRule,
    /// The longest body that is received, bytes. 1 MiB.
    pub max_body: u32,
    /// The deepest nesting of a body that is received; more than 64 counts as 64. 32.
    pub max_depth: u8,
}

impl Default for FrameRules {
    fn default() -> Self {
        Self {
            mode: FrameMode::default(),
            body_text: BodyText::default(),
            send_text: SendText::default(),
            length_counts: LengthRule::default(),
            max_body: 1 << 20,
            max_depth: 32,
        }
    }
}

/// In what text a body came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SeenText {
    /// ASCII alone, which tells nothing about the encoding.
    Ascii,
    /// UTF-8 with characters outside ASCII.
    Utf8,
    /// CP949.
    Cp949,
    /// Neither: some bytes were replaced by U+FFFD.
    Damaged,
}

/// How often a length rule fitted the frames of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LengthTally {
    /// Frames whose declared length the rule gives.
    pub fits: u64,
    /// Frames whose declared length is another.
    pub fails: u64,
}

/// What has been learnt of the framing of one device. It prints as one line, and
/// [`pin`](Self::pin) turns it into rules.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LearntFrame {
    /// Frames with a body.
    pub bodies: u64,
    /// Frames without one.
    pub headers: u64,
    /// [`LengthRule::Bytes`].
    pub bytes: LengthTally,
    /// [`LengthRule::Characters`].
    pub characters: LengthTally,
    /// [`LengthRule::BodyBytes`].
    pub body_bytes: LengthTally,
    /// [`LengthRule::BodyCharacters`].
    pub body_characters: LengthTally,
    /// Frames whose length was not four digits.
    pub no_length: u64,
    /// Bodies in ASCII alone.
    pub ascii: u64,
    /// Bodies in UTF-8 with characters outside ASCII.
    pub utf8: u64,
    /// Bodies in CP949.
    pub cp949: u64,
    /// Bodies that were neither.
    pub damaged: u64,
    /// Bodies behind a byte order mark.
    pub marked: u64,
}

impl LearntFrame {
    /// Counts a frame without a body.
    pub fn header(&mut self) {
        self.headers += 1;
    }

    /// Counts a frame with a body: `fits` says for each rule of [`LengthRule::COUNTING`] whether it gives
    /// the declared length; `None` where the length was not four digits. `marked`: a byte order mark stood
    /// before the body.
    pub fn body(&mut self, fits: Option<[bool; 4]>, text: SeenText, marked: bool) {
        self.bodies += 1;
        match fits {
            None => self.no_length += 1,
            Some([bytes, characters, body_bytes, body_characters]) => {
                self.bytes.count(bytes);
                self.characters.count(characters);
                self.body_bytes.count(body_bytes);
                self.body_characters.count(body_characters);
            }
        }
        match text {
            SeenText::Ascii => self.ascii += 1,
            SeenText::Utf8 => self.utf8 += 1,
            SeenText::Cp949 => self.cp949 += 1,
            SeenText::Damaged => self.damaged += 1,
        }
        self.marked += u64::from(marked);
    }

    /// The tally of one rule; `None` for [`LengthRule::Placeholder`], which is never right or wrong.
    #[must_use]
    pub fn tally(&self, rule: LengthRule) -> Option<LengthTally> {
        match rule {
            LengthRule::Bytes => Some(self.bytes),
            LengthRule::Characters => Some(self.characters),
            LengthRule::BodyBytes => Some(self.body_bytes),
            LengthRule::BodyCharacters => Some(self.body_characters),
            LengthRule::Placeholder => None,
        }
    }

    /// The length rule that every frame obeyed. `None` before the first body. Where several do (bodies in
    /// ASCII do not tell bytes from characters) the one that stands first in [`LengthRule::COUNTING`];
    /// where none does, [`LengthRule::Placeholder`].
    #[must_use]
    pub fn length_rule(&self) -> Option<LengthRule> {
        if self.bodies == 0 {
            return None;
        }
        let holds = |rule: &LengthRule| self.tally(*rule).is_some_and(|t| t.fits > 0 && t.fails == 0);
        Some(match LengthRule::COUNTING.into_iter().find(holds) {
            Some(rule) if self.no_length == 0 => rule,
            _ => LengthRule::Placeholder,
        })
    }

    /// The one encoding that every body obeyed, as far as bodies outside ASCII were seen and none was
    /// damaged; `None` where that is not known.
    #[must_use]
    pub fn body_text(&self) -> Option<BodyText> {
        match (self.utf8, self.cp949, self.damaged) {
            (1.., 0, 0) => Some(BodyText::Utf8),
            (0, 1.., 0) => Some(BodyText::Cp949),
            _ => None,
        }
    }

    /// The rules with what was learnt put in place of what was open. What was not learnt stays as it is,
    /// and the mode too: pinning does not make a device strict.
    #[must_use]
    pub fn pin(&self, rules: &FrameRules) -> FrameRules {
        FrameRules {
            length_counts: self.length_rule().unwrap_or(rules.length_counts),
            body_text: self.body_text().unwrap_or(rules.body_text),
            ..rules.clone()
        }
    }
}

impl LengthTally {
    fn count(&mut self, fits: bool) {
        if fits {
            self.fits += 1;
        } else {
            self.fails += 1;
        }
    }
}

impl fmt::Display for LearntFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frames {} with a body, {} without; length fits", self.bodies, self.headers)?;
        let names = ["bytes", "characters", "body bytes", "body characters"];
        for (rule, name) in LengthRule::COUNTING.into_iter().zip(names) {
            let LengthTally { fits, fails } = self.tally(rule).unwrap_or_default();
            write!(f, " {name} {fits}/{}", fits + fails)?;
        }
        write!(f, ", none {}; text", self.no_length)?;
        write!(
            f,
            " ascii {} utf-8 {} cp949 {} damaged {}, marked {}",
            self.ascii, self.utf8, self.cp949, self.damaged, self.marked
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_learnt_pins_nothing() {
        let rules = FrameRules { length_counts: LengthRule::Characters, ..FrameRules::default() };
        assert_eq!(LearntFrame::default().pin(&rules), rules);
    }

    #[test]
    fn the_rule_that_never_failed_is_pinned() {
        let mut learnt = LearntFrame::default();
        learnt.body(Some([true, true, false, false]), SeenText::Ascii, false);
        assert_eq!(learnt.length_rule(), Some(LengthRule::Bytes));
        assert_eq!(learnt.body_text(), None);
        learnt.body(Some([false, true, false, false]), SeenText::Cp949, false);
        let pinned = learnt.pin(&FrameRules::default());
        assert_eq!(pinned.length_counts, LengthRule::Characters);
        assert_eq!(pinned.body_text, BodyText::Cp949);
        assert_eq!(pinned.mode, FrameMode::Tolerant);
    }

    #[test]
    fn a_device_that_prints_9999_gets_the_placeholder() {
        let mut learnt = LearntFrame::default();
        learnt.body(Some([false; 4]), SeenText::Utf8, false);
        learnt.body(Some([true, false, false, false]), SeenText::Utf8, false);
        assert_eq!(learnt.length_rule(), Some(LengthRule::Placeholder));
        assert!(learnt.to_string().contains("bytes 1/2"), "{learnt}");
    }

    #[test]
    fn rules_read_from_an_empty_object_are_the_default() {
        let rules: FrameRules = serde_json::from_str("{}").unwrap();
        assert_eq!(rules, FrameRules::default());
        let text = serde_json::to_string(&rules).unwrap();
        assert!(text.contains("\"lengthCounts\":\"bytes\""), "{text}");
        assert_eq!(serde_json::from_str::<FrameRules>(&text).unwrap(), rules);
    }
}
