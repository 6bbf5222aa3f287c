//! Where a JSON object ends.

/// Follows a JSON object byte by byte until its end, over any number of pieces.
///
/// It knows brackets, strings, escapes, colons and commas, so that what is no JSON shows early; what
/// stands inside a string or a scalar it leaves to the reader. Bytes outside ASCII stand in strings and
/// mean nothing: no byte of a UTF-8 sequence and none of a CP949 pair is a quote, a backslash or a
/// bracket (CP949's trail bytes are `A`–`Z`, `a`–`z` and 0x81–0xFE), so a quote behind half a pair, where a
/// device cut a text at a byte, still ends its string.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonEnd {
    state: State,
    /// How many brackets are open.
    depth: u8,
    max_depth: u8,
    /// One bit for each open bracket, the innermost lowest: 1 an object, 0 an array.
    objects: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// After `{`: a key or `}`.
    FirstKey,
    /// After a comma in an object.
    Key,
    InKey,
    InKeyEscape,
    Colon,
    /// After `[`: a value or `]`.
    FirstValue,
    Value,
    InString,
    InStringEscape,
    InScalar,
    AfterValue,
}

/// How far the object was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It goes on behind these bytes.
    More,
    /// It ends before this offset into them.
    End(usize),
    /// It is no JSON object.
    Broken,
    /// It is nested deeper than allowed.
    TooDeep,
}

impl JsonEnd {
    /// Before an object that is nested at most `max_depth` deep; more than 64 counts as 64.
    pub(super) fn new(max_depth: u8) -> Self {
        Self { state: State::Start, depth: 0, max_depth: max_depth.min(64), objects: 0 }
    }

    /// Follows the object into more bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match self.state {
                State::InString | State::InKey => {
                    let Some(found) = string_end(bytes.get(at..).unwrap_or_default()) else {
                        return Step::More;
                    };
                    at += found;
                    let escape = bytes.get(at) == Some(&b'\\');
                    self.state = match (self.state, escape) {
                        (State::InKey, true) => State::InKeyEscape,
                        (State::InKey, false) => State::Colon,
                        (_, true) => State::InStringEscape,
                        (_, false) => State::AfterValue,
                    };
                }
                State::InKeyEscape => self.state = State::InKey,
                State::InStringEscape => self.state = State::InString,
                State::InScalar if is_scalar(byte) => {}
                _ if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => {
                    if self.state == State::InScalar {
                        self.state = State::AfterValue;
                    }
                }
                State::InScalar | State::AfterValue => match (byte, self.objects & 1 == 1) {
                    (b',', true) => self.state = State::Key,
                    (b',', false) => self.state = State::Value,
                    (b'}', true) | (b']', false) => {
                        if self.close() {
                            return Step::End(at + 1);
                        }
                    }
                    _ => return Step::Broken,
                },
                State::Colon if byte == b':' => self.state = State::Value,
                State::FirstKey if byte == b'}' => {
                    if self.close() {
                        return Step::End(at + 1);
                    }
                }
                State::FirstValue if byte == b']' => {
                    // The outermost bracket is an object's, so an array never ends the whole.
                    self.close();
                }
                State::FirstKey | State::Key if byte == b'"' => self.state = State::InKey,
                State::Value | State::FirstValue => match byte {
                    b'"' => self.state = State::InString,
                    b'{' | b'[' => {
                        if !self.open(byte) {
                            return Step::TooDeep;
                        }
                    }
                    byte if is_scalar(byte) => self.state = State::InScalar,
                    _ => return Step::Broken,
                },
                State::Start if byte == b'{' => {
                    if !self.open(byte) {
                        return Step::TooDeep;
                    }
                }
                _ => return Step::Broken,
            }
            at += 1;
        }
        Step::More
    }

    fn open(&mut self, bracket: u8) -> bool {
        if self.depth >= self.max_depth {
            return false;
        }
        self.depth += 1;
        let object = bracket == b'{';
        self.objects = self.objects << 1 | u64::from(object);
        self.state = if object { State::FirstKey } else { State::FirstValue };
        true
    }

    /// Closes the innermost bracket; says whether it was the outermost.
    fn close(&mut self) -> bool {
        self.depth = self.depth.saturating_sub(1);
        self.objects >>= 1;
        self.state = State::AfterValue;
        self.depth == 0
    }
}

/// Numbers and the three words; whether they are well spelt is the reader's matter.
fn is_scalar(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'E' | b'a'..=b'z')
}

/// Where the first `"` or `\` stands.
fn string_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'))
}
