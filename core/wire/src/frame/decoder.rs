//! Bytes of a connection to frames.

use danmal_model::{FrameMode, FrameRules, LearntFrame, LengthRule, SeenText};

use super::error::{FatalCause, FrameError, LostCause};
use super::header::{Due, Header, Lead, due, lead, may_be_provable, provable, spaces};
use super::json_end::{JsonEnd, Step};
use super::received::{Frame, FrameFacts};
use super::text::{Content, characters, read};
use super::{CODE, HEADER};
use crate::message::Code;
use crate::wipe::Buffer;

/// Turns the bytes of one connection into frames.
///
/// Bytes go in with [`push`](Self::push), in any pieces; after each piece [`next`](Self::next) is called
/// until it gives `None`. What comes out depends on the bytes alone, never on how they were cut.
///
/// Tolerant rules: the true end of the JSON body counts, the declared length is compared and
/// [learnt](Self::learnt). After bytes that are no frame ([`FrameError::Lost`]) the decoder goes on at the
/// next provable one, four digits and a known code before a `{` or, for a request that has no body, by
/// themselves ([`FrameError::Skipped`]). Strict rules: each of these is [`FrameError::Fatal`].
///
/// No memory is taken on the word of a length, none is held between frames, and what is held is wiped.
pub struct FrameDecoder {
    rules: FrameRules,
    side: Side,
    phase: Phase,
    buffer: Buffer,
    learnt: LearntFrame,
}

/// Whose messages come in.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Answers,
    Requests,
}

#[derive(Clone, Copy)]
enum Phase {
    /// A header is due at the front of the buffer.
    Header,
    /// A body goes on. `start`: where it begins in the buffer; `scanned`: what `end` has seen.
    Body { header: Header, start: usize, marked: bool, end: JsonEnd, scanned: usize },
    /// A provable frame is looked for from `at` on; so many bytes have left the buffer already.
    Searching { at: usize, skipped: u64 },
    /// The connection is to be dropped.
    Dead,
}

/// What a decoder waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Nothing: it stands between two frames.
    Nothing,
    /// The rest of a header.
    Header,
    /// What follows a header: an answer that says to have no body, which another byte must prove, or a
    /// body not begun.
    Behind(Code),
    /// The rest of a body.
    Body(Code),
    /// The next provable frame.
    Boundary,
    /// A new connection.
    Reset,
}

impl FrameDecoder {
    /// A decoder for what a terminal sends. Every answer of the catalogue has a body, so a header that says
    /// there is none (`0006`) is held back until the next byte shows what it is; see
    /// [`release_held`](Self::release_held).
    #[must_use]
    pub fn for_answers(rules: FrameRules) -> Self {
        Self::new(rules, Side::Answers)
    }

    /// A decoder for what a till sends. A header of a code whose request has no body is a frame at once.
    #[must_use]
    pub fn for_requests(rules: FrameRules) -> Self {
        Self::new(rules, Side::Requests)
    }

    fn new(rules: FrameRules, side: Side) -> Self {
        Self { rules, side, phase: Phase::Header, buffer: Buffer::new(), learnt: LearntFrame::default() }
    }

    /// Takes bytes of the connection. The caller bounds the piece and then drains [`next`](Self::next).
    pub fn push(&mut self, bytes: &[u8]) {
        if !matches!(self.phase, Phase::Dead) {
            self.buffer.extend(bytes);
        }
    }

    /// The next frame, or what is wrong with the connection; `None` where more bytes are needed.
    #[allow(clippy::should_implement_trait, reason = "an iterator that goes on after `None` is a trap")]
    pub fn next(&mut self) -> Option<Result<Frame, FrameError>> {
        match self.phase {
            Phase::Header => self.header(),
            Phase::Body { .. } => self.body(),
            Phase::Searching { at, skipped } => self.search(at, skipped).map(Err),
            Phase::Dead => None,
        }
    }

    /// Forgets the connection: what is pending is wiped. What was learnt of the device stays.
    pub fn reset(&mut self) {
        self.buffer = Buffer::new();
        self.phase = Phase::Header;
    }

    /// Whether it stands between two frames with nothing pending.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.pending() == Pending::Nothing
    }

    /// What it waits for.
    #[must_use]
    pub fn pending(&self) -> Pending {
        match self.phase {
            Phase::Header if self.buffer.is_empty() => Pending::Nothing,
            Phase::Header => match due(&self.buffer) {
                Due::Header(header) => Pending::Behind(header.code),
                Due::Short | Due::Garbage => Pending::Header,
            },
            Phase::Body { header, .. } => Pending::Body(header.code),
            Phase::Searching { .. } => Pending::Boundary,
            Phase::Dead => Pending::Reset,
        }
    }

    /// Bytes that are held, of a frame that is not complete.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Gives a held header as a frame without a body, when the caller does not want to wait for a byte that
    /// proves it. A body that comes after that is garbage.
    pub fn release_held(&mut self) -> Option<Frame> {
        match (self.phase, due(&self.buffer)) {
            (Phase::Header, Due::Header(header)) if header.says_no_body() && self.buffer.len() == HEADER => {
                Some(self.bare(header))
            }
            _ => None,
        }
    }

    /// What was learnt of the device.
    #[must_use]
    pub fn learnt(&self) -> &LearntFrame {
        &self.learnt
    }

    /// Goes on learning from what is known of the device.
    pub fn set_learnt(&mut self, learnt: LearntFrame) {
        self.learnt = learnt;
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &FrameRules {
        &self.rules
    }

    fn is_strict(&self) -> bool {
        self.rules.mode == FrameMode::Strict
    }

    fn max_body(&self) -> usize {
        usize::try_from(self.rules.max_body).unwrap_or(usize::MAX)
    }

    /// Whether a header that says there is no body is a frame by itself, whatever follows.
    fn is_bare(&self, header: Header) -> bool {
        header.says_no_body() && self.side == Side::Requests && !header.code.request_has_body()
    }

    fn header(&mut self) -> Option<Result<Frame, FrameError>> {
        if !self.is_strict() {
            self.buffer.discard(spaces(&self.buffer));
        }
        if self.buffer.is_empty() {
            return None;
        }
        let header = match due(&self.buffer) {
            Due::Short => return None,
            Due::Garbage => return Some(Err(self.lose(LostCause::NoHeader, FatalCause::NoHeader, None))),
            Due::Header(header) => header,
        };
        let code = Some(header.code);
        if self.is_strict() && header.declared.is_none() {
            return Some(Err(self.die(FatalCause::NoHeader, code)));
        }
        if self.is_bare(header) {
            return Some(self.bare_or_wrong(header));
        }
        match self.lead() {
            Lead::Short if self.buffer.len() - HEADER > self.max_body() => {
                Some(Err(self.die(FatalCause::BodyTooLong, code)))
            }
            Lead::Short => None,
            Lead::Body { offset, .. } if offset > 0 && self.is_strict() => {
                Some(Err(self.die(FatalCause::BrokenJson, code)))
            }
            Lead::Body { offset, marked } => {
                let start = HEADER + offset;
                let end = JsonEnd::new(self.rules.max_depth);
                self.phase = Phase::Body { header, start, marked, end, scanned: start };
                self.body()
            }
            Lead::Nothing if header.says_no_body() => Some(self.bare_or_wrong(header)),
            Lead::Nothing => Some(Err(self.lose(LostCause::NoBody, FatalCause::BrokenJson, code))),
        }
    }

    /// What stands behind the header in front, as far as a body may begin.
    fn lead(&self) -> Lead {
        let limit = HEADER.saturating_add(self.max_body()).saturating_add(1);
        let end = self.buffer.len().min(limit);
        lead(self.buffer.get(HEADER..end).unwrap_or_default())
    }

    fn body(&mut self) -> Option<Result<Frame, FrameError>> {
        let Phase::Body { header, start, marked, mut end, scanned } = self.phase else {
            return None;
        };
        let (longest, cause) = self.longest(header);
        // White space and a byte order mark before the body count too.
        let known = self.buffer.len().min(HEADER.saturating_add(longest));
        match end.feed(self.buffer.get(scanned..known).unwrap_or_default()) {
            Step::End(offset) => Some(self.finish(header, start, marked, scanned + offset)),
            Step::More if known - HEADER >= longest => Some(Err(self.die(cause, Some(header.code)))),
            Step::More => {
                self.phase = Phase::Body { header, start, marked, end, scanned: known };
                None
            }
            Step::Broken => {
                Some(Err(self.lose(LostCause::BrokenJson, FatalCause::BrokenJson, Some(header.code))))
            }
            Step::TooDeep => {
                Some(Err(self.lose(LostCause::TooDeep, FatalCause::BrokenJson, Some(header.code))))
            }
        }
    }

    /// How many bytes a body may have, and what is wrong with a longer one.
    fn longest(&self, header: Header) -> (usize, FatalCause) {
        let max = self.max_body();
        let rule = self.rules.length_counts;
        match header.declared {
            Some(declared) if self.is_strict() && rule != LengthRule::Placeholder => {
                let counted = usize::from(declared).saturating_sub(if rule.counts_code() { CODE } else { 0 });
                // No encoding has more than four bytes for a character.
                let bytes = if rule.counts_characters() { counted * 4 } else { counted };
                if bytes < max { (bytes, FatalCause::WrongLength) } else { (max, FatalCause::BodyTooLong) }
            }
            _ => (max, FatalCause::BodyTooLong),
        }
    }

    /// A body is complete: it ends before `end`.
    fn finish(
        &mut self,
        header: Header,
        start: usize,
        marked: bool,
        end: usize,
    ) -> Result<Frame, FrameError> {
        let bytes = self.buffer.split_front(end);
        self.phase = Phase::Header;
        let body_bytes = end - start;
        let (content, text) = read(bytes, start, self.rules.body_text);
        let fits = fits(header, body_bytes, text, || characters(&content, start));
        let facts = FrameFacts { declared: header.declared, body_bytes, fits, text, marked };
        if self.is_strict() {
            let rule = self.rules.length_counts;
            if rule != LengthRule::Placeholder && !facts.fits(rule) {
                return Err(self.die(FatalCause::WrongLength, Some(header.code)));
            }
            if text == SeenText::Damaged {
                return Err(self.die(FatalCause::WrongText, Some(header.code)));
            }
        }
        self.learnt.body(header.declared.map(|_| fits), text, marked);
        Ok(Frame { code: header.code, content, body: start, facts })
    }

    /// A header that says there is no body, where strict rules want it to say so with six.
    fn bare_or_wrong(&mut self, header: Header) -> Result<Frame, FrameError> {
        if self.is_strict() && header.declared.map(usize::from) != Some(CODE) {
            return Err(self.die(FatalCause::WrongLength, Some(header.code)));
        }
        Ok(self.bare(header))
    }

    fn bare(&mut self, header: Header) -> Frame {
        let bytes = self.buffer.split_front(HEADER);
        self.learnt.header();
        let facts = FrameFacts {
            declared: header.declared,
            body_bytes: 0,
            fits: [header.declared.map(usize::from) == Some(CODE); 4],
            text: SeenText::Ascii,
            marked: false,
        };
        let content = Content::Decoded { bytes, text: "".into() };
        Frame { code: header.code, content, body: HEADER, facts }
    }

    /// The boundary is lost: look for the next one behind the front, or, strict, give up.
    fn lose(&mut self, lost: LostCause, fatal: FatalCause, code: Option<Code>) -> FrameError {
        if self.is_strict() {
            return self.die(fatal, code);
        }
        self.phase = Phase::Searching { at: 1, skipped: 0 };
        FrameError::Lost { cause: lost, code }
    }

    fn die(&mut self, cause: FatalCause, code: Option<Code>) -> FrameError {
        self.buffer = Buffer::new();
        self.phase = Phase::Dead;
        FrameError::Fatal { cause, code }
    }

    /// Looks for a provable frame from `at` on.
    fn search(&mut self, at: usize, skipped: u64) -> Option<FrameError> {
        let max = u64::from(self.rules.max_body);
        let mut at = at;
        loop {
            let passed = skipped.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
            if passed > max {
                return Some(self.die(FatalCause::NoFrame, None));
            }
            match self.proves(self.buffer.get(at..).unwrap_or_default()) {
                Proof::Missing => at += 1,
                Proof::Short => {
                    self.buffer.discard(at);
                    self.phase = Phase::Searching { at: 0, skipped: passed };
                    return None;
                }
                Proof::Found => {
                    self.buffer.discard(at);
                    self.phase = Phase::Header;
                    return Some(FrameError::Skipped { bytes: passed });
                }
            }
        }
    }

    /// Whether bytes prove that a frame begins.
    fn proves(&self, bytes: &[u8]) -> Proof {
        if bytes.len() < HEADER {
            return if may_be_provable(bytes) { Proof::Short } else { Proof::Missing };
        }
        let Some(header) = provable(bytes) else {
            return Proof::Missing;
        };
        if self.is_bare(header) {
            return Proof::Found;
        }
        // White space before the body is for devices that write it, not for a search: one step of it.
        match lead(bytes.get(HEADER..bytes.len().min(HEADER + 16)).unwrap_or_default()) {
            Lead::Body { .. } => Proof::Found,
            Lead::Short if bytes.len() < HEADER + 16 => Proof::Short,
            Lead::Short | Lead::Nothing => Proof::Missing,
        }
    }
}

/// Which length rules give the declared length of a body. Characters are counted only where they matter.
fn fits(header: Header, bytes: usize, text: SeenText, characters: impl FnOnce() -> usize) -> [bool; 4] {
    let Some(declared) = header.declared.map(usize::from) else {
        return [false; 4];
    };
    // Outside ASCII a body has fewer characters than bytes, so a length that is that of its bytes and the
    // code is no other rule's.
    let characters = match text {
        SeenText::Ascii => bytes,
        _ if declared == bytes + CODE => return [true, false, false, false],
        _ => characters(),
    };
    [declared == bytes + CODE, declared == characters + CODE, declared == bytes, declared == characters]
}

enum Proof {
    /// More bytes are needed to know.
    Short,
    Missing,
    Found,
}

impl std::fmt::Debug for FrameDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameDecoder")
            .field("pending", &self.pending())
            .field("pending_bytes", &self.pending_bytes())
            .field("learnt", &self.learnt)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_decoder_holds_no_heap() {
        let mut decoder = FrameDecoder::for_answers(FrameRules::default());
        assert_eq!(decoder.buffer.capacity(), 0);
        decoder.push(b"0008990001{}\r\n");
        assert!(matches!(decoder.next(), Some(Ok(_))));
        assert!(decoder.next().is_none());
        assert_eq!(decoder.buffer.capacity(), 0);
        decoder.push(b"garbage");
        assert!(matches!(decoder.next(), Some(Err(FrameError::Lost { .. }))));
        assert!(decoder.next().is_none());
        assert_eq!(decoder.buffer.capacity(), 0);
        decoder.push(b"0008990001{");
        decoder.reset();
        assert_eq!(decoder.buffer.capacity(), 0);
    }
}
