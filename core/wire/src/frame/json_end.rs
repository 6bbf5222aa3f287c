//! Where a JSON object ends.

use crate::json::quote_or_escape;

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
                    let Some(found) = quote_or_escape(bytes.get(at..).unwrap_or_default()) else {
                        return Step::More;
                    };
                    at += found + 1;
                    if bytes.get(at - 1) == Some(&b'\\') {
                        self.state = if self.state == State::InKey {
                            State::InKeyEscape
                        } else {
                            State::InStringEscape
                        };
                    } else {
                        at += self.after_string(bytes.get(at..).unwrap_or_default());
                    }
                    continue;
                }
                State::InKeyEscape => self.state = State::InKey,
                State::InStringEscape => self.state = State::InString,
                State::InScalar if is_scalar(byte) => {}
                _ if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => {
                    if self.state == State::InScalar {
                        self.state = State::AfterValue;
                    }
                }
                State::InScalar | State::AfterValue => match (byte, self.in_object()) {
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

    /// A key or a string has ended before `rest`. What follows most often, the next string, is passed over
    /// at once; says how many bytes that were.
    #[inline]
    fn after_string(&mut self, rest: &[u8]) -> usize {
        let (ended, punctuation, next) = if self.state == State::InKey {
            (State::Colon, b":\"", State::InString)
        } else {
            (State::AfterValue, b",\"", State::InKey)
        };
        let goes_on = rest.starts_with(punctuation) && (next == State::InString || self.in_object());
        self.state = if goes_on { next } else { ended };
        if goes_on { punctuation.len() } else { 0 }
    }

    fn in_object(self) -> bool {
        self.objects & 1 == 1
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::{JsonEnd, Step};

    fn end(bytes: &[u8]) -> Step {
        JsonEnd::new(64).feed(bytes)
    }

    /// Where serde_json says that the first document ends; `None` where it is none.
    fn serde_end(bytes: &[u8]) -> Option<usize> {
        let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
        documents.next()?.ok()?;
        Some(documents.byte_offset())
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            any::<i32>().prop_map(|number| number.to_string()),
            Just("-1.5E+3".to_owned()),
            any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
            "[{}\\[\\]\",:\\\\0-9가]{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
            Just(r#""\ud55c\\\"""#.to_owned()),
        ];
        let space = "[ \n\t\r]{0,2}";
        let value = leaf.prop_recursive(5, 32, 5, move |inner| {
            prop_oneof![
                (prop::collection::vec(inner.clone(), 0..5), space).prop_map(|(values, space)| format!(
                    "[{space}{}]",
                    values.join(&format!("{space},{space}"))
                )),
                (prop::collection::vec(("[a-z{}\\\\\"]{0,9}", inner), 0..5), space).prop_map(
                    |(members, space)| {
                        let members: Vec<_> = members
                            .into_iter()
                            .map(|(key, value)| {
                                format!("{}{space}:{space}{value}", serde_json::to_string(&key).unwrap())
                            })
                            .collect();
                        format!("{{{space}{}{space}}}", members.join(","))
                    }
                ),
            ]
        });
        prop::collection::vec(value, 0..4).prop_map(|values| {
            let members: Vec<_> =
                values.iter().enumerate().map(|(n, value)| format!("\"k{n}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 2048 }))]

        #[test]
        fn a_document_ends_where_serde_says(json in json(), behind in any::<Vec<u8>>()) {
            let bytes = [json.as_bytes(), &behind].concat();
            prop_assert_eq!(end(&bytes), Step::End(json.len()));
            prop_assert_eq!(serde_end(&bytes), Some(json.len()));
        }

        #[test]
        fn a_changed_document_never_ends_elsewhere(
            json in json(),
            at in any::<prop::sample::Index>(),
            byte in prop_oneof![any::<u8>(), prop::sample::select(b"\"\\{}[],: 0atfn".to_vec())],
            remove in any::<bool>(),
        ) {
            let mut bytes = json.into_bytes();
            let at = at.index(bytes.len());
            if remove { bytes.remove(at); } else { bytes[at] = byte; }
            if let (b'{', Some(offset)) = (bytes.first().copied().unwrap_or_default(), serde_end(&bytes)) {
                prop_assert_eq!(end(&bytes), Step::End(offset));
            }
        }

        #[test]
        fn pieces_do_not_matter(json in json(), cut in any::<prop::sample::Index>(), behind in ".{0,3}") {
            let bytes = format!("{json}{behind}").into_bytes();
            let cut = cut.index(json.len());
            let mut scan = JsonEnd::new(64);
            prop_assert_eq!(scan.feed(&bytes[..cut]), Step::More);
            prop_assert_eq!(scan.feed(&bytes[cut..]), Step::End(json.len() - cut));
        }

        #[test]
        fn any_bytes_are_followed(bytes in any::<Vec<u8>>()) {
            let bytes = [b"{\"", &bytes[..]].concat();
            let whole = end(&bytes);
            let mut scan = JsonEnd::new(64);
            let mut pieces = Step::More;
            for (at, byte) in bytes.iter().enumerate() {
                pieces = match scan.feed(&[*byte]) {
                    Step::End(offset) => Step::End(at + offset),
                    step => step,
                };
                if pieces != Step::More {
                    break;
                }
            }
            prop_assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn what_is_no_object_is_broken_at_once() {
        for text in [
            "[",
            "1",
            "}",
            "{1",
            "{,",
            "{\"a\"}",
            "{\"a\",",
            "{\"a\"1",
            "{\"a\":}",
            "{\"a\":,",
            "{\"a\":1]",
            "{\"a\":[1}",
            "{\"a\":1,}",
            "{\"a\":[1,]",
            "{\"a\":[,",
            "{\"a\":\"b\"\"",
            "{\"a\":\"b\"c",
            "{\"a\":'b'",
            "{\"a\":1 2",
            "{\"a\":TRUE",
        ] {
            assert_eq!(end(text.as_bytes()), Step::Broken, "{text}");
        }
    }
}
