//! Reads a JSON text from front to back, value by value.

use std::ops::Deref;

use serde_json::{Number, Value};

use super::extra::{Extra, Wiped};
use super::quote::quote_or_escape;
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
            return self.close();
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
                Some(b'}') => return self.close(),
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
            return self.close();
        }
        loop {
            element(self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => return self.close(),
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

    fn close<E>(&mut self) -> Result<(), E> {
        self.depth -= 1;
        self.at += 1;
        Ok(())
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

    /// Reads a string, where one is next.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<Result<Str<'a>, JsonError>> {
        (self.peek() == Some(b'"')).then(|| self.string())
    }

    /// Reads a number of at most 18 digits and nothing else, where one is next.
    #[inline]
    pub(crate) fn integer(&mut self) -> Option<i64> {
        let negative = self.peek()? == b'-';
        let start = self.at + usize::from(negative);
        let (mut at, mut value) = (start, 0);
        let bytes = self.text.as_bytes();
        while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
            if at - start == 18 {
                return None;
            }
            value = value * 10 + i64::from(digit - b'0');
            at += 1;
        }
        if at == start || matches!(bytes.get(at), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.at = at;
        Some(if negative { -value } else { value })
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
    pub(crate) fn value(&mut self) -> Result<Wiped, JsonError> {
        let value = match self.scalar()? {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Number(text) => number_value(text),
            Scalar::Text(text) => Value::String(WireText::from(text).into_string()),
            Scalar::Nested if self.peek() == Some(b'{') => {
                let mut map = Extra::default();
                self.object(|reader, key| {
                    let value = reader.value()?;
                    if map.add(key.into(), value) {
                        Ok(())
                    } else {
                        Err(JsonError::Conflict("unknown field"))
                    }
                })?;
                Value::Object(map.into_map())
            }
            Scalar::Nested => {
                let mut values = Vec::new();
                self.array(|reader| {
                    values.push(reader.value()?);
                    Ok::<_, JsonError>(())
                })?;
                Value::Array(values.into_iter().map(Wiped::into_value).collect())
            }
        };
        Ok(value.into())
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

fn unescape_into(written: &str, text: &mut String) -> Option<()> {
    let mut rest = written;
    while let Some(at) = rest.bytes().position(|byte| byte == b'\\') {
        text.push_str(rest.get(..at)?);
        let escape = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        text.push(match escape {
            b'u' => {
                let unit = hex4(rest.as_bytes())?;
                rest = rest.get(4..)?;
                match unit {
                    0xd800..=0xdbff => match rest.as_bytes().strip_prefix(b"\\u").and_then(hex4) {
                        Some(low @ 0xdc00..=0xdfff) => {
                            rest = rest.get(6..)?;
                            char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?
                        }
                        _ => char::REPLACEMENT_CHARACTER,
                    },
                    _ => char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            _ => return None,
        });
    }
    text.push_str(rest);
    Some(())
}

fn hex4(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk::<4>()?.iter().try_fold(0, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            b'A'..=b'F' => digit - b'A' + 10,
            _ => return None,
        };
        Some(value << 4 | u32::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{JsonError, Reader};

    fn read(text: &str) -> Result<Value, JsonError> {
        let mut reader = Reader::new(text);
        let value = reader.value()?;
        reader.finish()?;
        Ok(value.into_value())
    }

    fn skip(text: &str) -> Result<(), JsonError> {
        let mut reader = Reader::new(text);
        reader.skip()?;
        reader.finish()
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\\\\\"/a\u{8}\u{c}\n\r\t\u{1f600}]{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 1024 }))]

        #[test]
        fn what_serde_writes_is_read_the_same(value in value(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert_eq!(read(&text), Ok(value));
            prop_assert_eq!(skip(&text), Ok(()));
        }

        #[test]
        fn what_serde_reads_is_read_the_same(
            value in value(),
            at in any::<prop::sample::Index>(),
            insert in prop::sample::select(vec!["", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "1", "e", ".", "-", " ", "t", "\\u0041", "\\ud800", "\u{1}"]),
            remove in any::<bool>(),
        ) {
            let mut text: Vec<char> = serde_json::to_string(&value).unwrap().chars().collect();
            let at = at.index(text.len());
            if remove { text.remove(at); }
            let tail = text.split_off(at.min(text.len()));
            let text: String = text.into_iter().chain(insert.chars()).chain(tail).collect();
            let ours = read(&text);
            match serde_json::from_str::<Value>(&text) {
                // A key may by chance be there twice; a number that no type holds is kept as its text.
                Ok(value) if !matches!(ours, Err(JsonError::Conflict(_))) => match ours {
                    Ok(ours) => prop_assert!(ours == value || inexact(&text), "{}", text),
                    Err(error) => prop_assert!(false, "{:?}: {}", error, text),
                },
                _ => {}
            }
            prop_assert!(skip(&text).is_ok() || ours_fails(&text));
        }

        #[test]
        fn any_text_is_survived(text in any::<String>(), brackets in "[\\[{\"a:1,}\\]]{0,40}") {
            let _ = (read(&text), skip(&text), read(&brackets), skip(&brackets));
        }
    }

    fn inexact(text: &str) -> bool {
        text.contains(['.', 'e']) || text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 18)
    }

    fn ours_fails(text: &str) -> bool {
        read(text).is_err()
    }

    #[test]
    fn numbers_lose_no_digit() {
        for text in ["18446744073709551616", "0.1234567890123456789", "1e400", "-9223372036854775809"] {
            assert_eq!(read(text), Ok(Value::from(text)), "{text}");
        }
        assert_eq!(read("18446744073709551615"), Ok(Value::from(u64::MAX)));
        assert_eq!(read("1.5"), Ok(Value::from(1.5)));
        assert_eq!(read("007"), Ok(Value::from(7)));
    }

    #[test]
    fn nesting_ends_at_64() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(64)).is_ok());
        assert_eq!(read(&nested(65)), Err(JsonError::TooDeep));
        assert_eq!(skip(&nested(100_000)), Err(JsonError::TooDeep));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "", "{", "{\"a\"", "{\"a\":1", "[1", "[1,]", "{,}", "tru", "nul", "-", "1.", ".1", "1e", "\"",
            "\"\\", "\"\\u12", "1 2",
        ] {
            assert_eq!(read(text), Err(JsonError::Syntax), "{text}");
        }
        assert_eq!(read("{\"a\":1,\"a\":2}"), Err(JsonError::Conflict("unknown field")));
        assert_eq!(read("{\"a\":[1],\"a\":[1]}"), Ok(serde_json::json!({"a": [1]})));
    }
}
