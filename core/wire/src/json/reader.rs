//! Reads a JSON text from front to back, value by value.

use std::ops::Deref;

use serde_json::{Map, Number, Value};

use crate::wire_text::WireText;

/// The deepest nesting that is read, whatever a connection's rules allow.
const MAX_DEPTH: u8 = 64;

/// Why a text cannot be read. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// The text is no JSON.
    Syntax,
    /// The nesting is deeper than 64.
    TooDeep,
    /// A key is there twice with different values: the message contradicts itself.
    Conflict(&'static str),
}

/// A string of the text, borrowed where it holds no escape.
pub(crate) enum Str<'a> {
    Plain(&'a str),
    Unescaped(WireText),
}

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Unescaped(text) => text,
        }
    }
}

impl From<Str<'_>> for WireText {
    fn from(text: Str<'_>) -> Self {
        match text {
            Str::Plain(text) => text.into(),
            Str::Unescaped(text) => text,
        }
    }
}

/// A value without the ones inside it.
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// The number as it is written.
    Number(&'a str),
    Text(Str<'a>),
    /// An object or an array, not yet read: the reader stands before it.
    Nested,
}

/// A place in a JSON text. A copy of it reads the same values again.
///
/// More generous than the standard in three points that are unambiguous: control characters inside strings,
/// leading zeros of numbers, and half a surrogate pair, which reads as U+FFFD.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// The next byte that is not white space.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Nothing but white space may follow.
    pub(crate) fn finish(mut self) -> Result<(), JsonError> {
        if self.peek().is_none() { Ok(()) } else { Err(JsonError::Syntax) }
    }

    /// Reads an object: `member` is called with each key and must read the value.
    #[inline]
    pub(crate) fn object<E: From<JsonError>>(
        &mut self,
        mut member: impl FnMut(&mut Self, Str<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'{')?;
        if self.peek() == Some(b'}') {
            return Ok(self.close());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(JsonError::Syntax.into());
            }
            let key = self.string()?;
            if self.peek() != Some(b':') {
                return Err(JsonError::Syntax.into());
            }
            self.at += 1;
            member(self, key)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => return Ok(self.close()),
                _ => return Err(JsonError::Syntax.into()),
            }
        }
    }

    /// Reads an array: `element` is called before each value and must read it.
    pub(crate) fn array<E: From<JsonError>>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'[')?;
        if self.peek() == Some(b']') {
            return Ok(self.close());
        }
        loop {
            element(self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => return Ok(self.close()),
                _ => return Err(JsonError::Syntax.into()),
            }
        }
    }

    fn open(&mut self, bracket: u8) -> Result<(), JsonError> {
        if self.peek() != Some(bracket) {
            return Err(JsonError::Syntax);
        }
        if self.depth == MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    /// Reads a value that holds no others; before one that does, the reader stays where it is.
    #[inline]
    pub(crate) fn scalar(&mut self) -> Result<Scalar<'a>, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Scalar::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Scalar::Number),
            Some(b'{' | b'[') => Ok(Scalar::Nested),
            Some(b't') => self.word("true", Scalar::Bool(true)),
            Some(b'f') => self.word("false", Scalar::Bool(false)),
            Some(b'n') => self.word("null", Scalar::Null),
            _ => Err(JsonError::Syntax),
        }
    }

    /// Passes over a value.
    pub(crate) fn skip(&mut self) -> Result<(), JsonError> {
        match self.scalar()? {
            Scalar::Nested if self.peek() == Some(b'{') => self.object(|reader, _| reader.skip()),
            Scalar::Nested => self.array(Self::skip),
            _ => Ok(()),
        }
    }

    /// Reads a value of any kind. A key that is there twice must have equal values.
    pub(crate) fn value(&mut self) -> Result<Value, JsonError> {
        Ok(match self.scalar()? {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Number(text) => number_value(text),
            Scalar::Text(text) => Value::String(WireText::from(text).into_string()),
            Scalar::Nested if self.peek() == Some(b'{') => {
                let mut map = Map::new();
                self.object(|reader, key| {
                    let value = reader.value()?;
                    insert(&mut map, WireText::from(key).into_string(), value)
                })?;
                Value::Object(map)
            }
            Scalar::Nested => {
                let mut values = Vec::new();
                self.array(|reader| {
                    values.push(reader.value()?);
                    Ok::<_, JsonError>(())
                })?;
                Value::Array(values)
            }
        })
    }

    fn word(&mut self, word: &str, value: Scalar<'a>) -> Result<Scalar<'a>, JsonError> {
        let end = self.at + word.len();
        if self.text.as_bytes().get(self.at..end) != Some(word.as_bytes()) {
            return Err(JsonError::Syntax);
        }
        self.at = end;
        Ok(value)
    }

    /// Reads a number: `-`, digits, a fraction, an exponent.
    #[inline]
    fn number(&mut self) -> Result<&'a str, JsonError> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
        at = digits(bytes, at)?;
        if bytes.get(at) == Some(&b'.') {
            at = digits(bytes, at + 1)?;
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            at = digits(bytes, at)?;
        }
        self.at = at;
        self.text.get(start..at).ok_or(JsonError::Syntax)
    }

    /// Reads a string; the reader stands before its opening quote.
    #[inline]
    fn string(&mut self) -> Result<Str<'a>, JsonError> {
        let start = self.at + 1;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let end = start + quote_or_escape(rest).ok_or(JsonError::Syntax)?;
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return self.text.get(start..end).map(Str::Plain).ok_or(JsonError::Syntax);
        }
        self.unescape(start, end).map(Str::Unescaped)
    }

    /// Reads a string whose first escape stands at `escape`.
    fn unescape(&mut self, start: usize, escape: usize) -> Result<WireText, JsonError> {
        // The end first: what is read is never longer than what is written, so that the text does not grow.
        let bytes = self.text.as_bytes();
        let mut end = escape;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => return Err(JsonError::Syntax),
            }
        }
        let written = self.text.get(start..end).ok_or(JsonError::Syntax)?;
        let mut text = String::with_capacity(written.len());
        if unescape_into(written, &mut text).is_none() {
            drop(WireText::from(text));
            return Err(JsonError::Syntax);
        }
        self.at = end + 1;
        Ok(text.into())
    }
}

/// Puts a member into a map, unless another value is there.
pub(crate) fn insert(map: &mut Map<String, Value>, key: String, value: Value) -> Result<(), JsonError> {
    match map.get(&key) {
        Some(there) if *there != value => Err(JsonError::Conflict("unknown field")),
        Some(_) => Ok(()),
        None => {
            map.insert(key, value);
            Ok(())
        }
    }
}

/// A number as a value, as its text where no number type holds it exactly.
fn number_value(text: &str) -> Value {
    if let Ok(value) = text.parse::<i64>() {
        return value.into();
    }
    if let Ok(value) = text.parse::<u64>() {
        return value.into();
    }
    match text.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) if text.len() <= 16 => Value::Number(number),
        _ => Value::String(text.to_owned()),
    }
}

fn digits(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut at = start;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    if at == start { Err(JsonError::Syntax) } else { Ok(at) }
}

/// Where the first `"` or `\` stands.
#[inline]
fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'))
}

fn unescape_into(written: &str, text: &mut String) -> Option<()> {
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        text.push_str(rest.get(..at)?);
        let escape = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        text.push(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = hex4(rest)?;
                rest = rest.get(4..)?;
                let second = rest.strip_prefix("\\u").and_then(hex4);
                match (unit, second) {
                    (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                        rest = rest.get(6..)?;
                        let scalar = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        char::from_u32(scalar)?
                    }
                    _ => char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return None,
        });
    }
    text.push_str(rest);
    Some(())
}

fn hex4(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}
