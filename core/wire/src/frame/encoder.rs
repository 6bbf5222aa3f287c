//! Frames to bytes, in every dialect that a device may speak.

use std::fmt;
use std::ops::Deref;

use danmal_model::{FrameRules, LengthRule, SendText};
use serde::Serialize;

use super::{CODE, HEADER};
use crate::json::{Writer, hex_digit};
use crate::message::Code;
use crate::wipe::Buffer;

/// The longest body that the length field can say where it counts the code too.
pub const MAX_BODY: usize = 9_993;

/// How a frame is written. The default is what every reading of the protocol understands: `\uXXXX` for
/// all that is not ASCII, and a length that counts the code and the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct EncodeRules {
    /// How text that is not ASCII is written.
    pub text: SendText,
    /// What the length counts. [`LengthRule::Placeholder`] counts as [`LengthRule::Bytes`] here.
    pub length: LengthRule,
    /// Instead of a length: these four digits with every body, as a simulated terminal may print. More
    /// than 9999 counts as 9999.
    pub placeholder: Option<u16>,
}

impl From<&FrameRules> for EncodeRules {
    fn from(rules: &FrameRules) -> Self {
        Self { text: rules.send_text, length: rules.length_counts, placeholder: None }
    }
}

/// Why a message cannot be sent. Nothing may be written then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The body is longer than the length field can say.
    #[error("the body of {code} is {size} long, the frame holds {limit}")]
    TooLong {
        /// The message.
        code: Code,
        /// The body, in what the length rule counts: bytes or characters.
        size: usize,
        /// The most that fits.
        limit: usize,
    },
    /// The body cannot be written as JSON.
    #[error("the body of {code} cannot be written as JSON")]
    NotJson {
        /// The message.
        code: Code,
    },
}

/// The bytes of a frame, zeroed when they are dropped. They dereference to `[u8]`; `Debug` shows code and
/// length alone.
pub struct FrameBytes(Buffer);

impl FrameBytes {
    /// The bytes, which are no longer wiped.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0.into_vec()
    }
}

impl Deref for FrameBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for FrameBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for FrameBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.0.get(4..HEADER).and_then(|code| Code::from_digits(code.try_into().ok()?));
        f.debug_struct("FrameBytes").field("code", &code).field("bytes", &self.0.len()).finish()
    }
}

/// Writes a frame with any value as its body. For messages of the catalogue see
/// [`Request::encode`](crate::Request::encode) and [`Response::encode`](crate::Response::encode).
///
/// # Errors
/// [`EncodeError::TooLong`], or [`EncodeError::NotJson`] where the value cannot be serialised.
pub fn encode(
    code: Code,
    body: Option<&impl Serialize>,
    rules: &EncodeRules,
) -> Result<FrameBytes, EncodeError> {
    let Some(body) = body else {
        return encode_json(code, None, rules);
    };
    let mut frame = start(code).into_buffer();
    serde_json::to_writer(&mut frame, body).map_err(|_| EncodeError::NotJson { code })?;
    seal(frame, true, rules)
}

/// Writes a frame with a JSON text as its body, which is not checked: a simulated terminal may send what
/// is no JSON.
///
/// # Errors
/// [`EncodeError::TooLong`].
pub fn encode_json(code: Code, json: Option<&str>, rules: &EncodeRules) -> Result<FrameBytes, EncodeError> {
    let mut writer = start(code);
    writer.raw(json.unwrap_or_default());
    seal(writer.into_buffer(), json.is_some(), rules)
}

/// A writer behind a header without a length.
pub(crate) fn start(code: Code) -> Writer {
    let [a, b, c, d, e, f] = *code.digits();
    Writer::after(&[b'0', b'0', b'0', b'6', a, b, c, d, e, f])
}

/// Puts the body behind a header into the dialect, and the length into the header.
pub(crate) fn seal(
    mut frame: Buffer,
    has_body: bool,
    rules: &EncodeRules,
) -> Result<FrameBytes, EncodeError> {
    if !has_body {
        return Ok(FrameBytes(frame));
    }
    let mut characters = frame.len() - HEADER;
    if !frame.is_ascii() {
        (frame, characters) = in_dialect(&frame, rules.text);
    }
    let size = if rules.length.counts_characters() { characters } else { frame.len() - HEADER };
    let code_counts = rules.length.counts_code() || rules.length == LengthRule::Placeholder;
    let declared = size + if code_counts { CODE } else { 0 };
    let declared = match rules.placeholder {
        Some(placeholder) => usize::from(placeholder.min(9_999)),
        None if size > MAX_BODY => {
            let digits = frame.get(4..HEADER).and_then(|code| code.try_into().ok()).unwrap_or([b'0'; 6]);
            let code = Code::from_digits(digits).unwrap_or(Code::Other(digits));
            return Err(EncodeError::TooLong { code, size, limit: MAX_BODY });
        }
        None => declared,
    };
    for (place, divisor) in frame.bytes_mut().iter_mut().zip([1_000, 100, 10, 1]) {
        *place = b'0' + u8::try_from(declared / divisor % 10).unwrap_or(0);
    }
    Ok(FrameBytes(frame))
}

/// The frame with its body in a dialect, and how many characters the body has.
///
/// Outside ASCII a JSON text holds characters in strings alone, where each may stand as an escape.
fn in_dialect(frame: &[u8], dialect: SendText) -> (Buffer, usize) {
    let text = std::str::from_utf8(frame).unwrap_or_default();
    let mut out = Buffer::with_capacity(frame.len() * 2);
    let mut characters = 0;
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| !b.is_ascii()) {
        let (plain, special) = rest.split_at(at);
        out.extend(plain.as_bytes());
        characters += plain.len();
        let mut after = special.chars();
        if let Some(c) = after.next() {
            characters += put(c, dialect, &mut out);
        }
        rest = after.as_str();
    }
    out.extend(rest.as_bytes());
    characters += rest.len();
    (out, characters.saturating_sub(HEADER))
}

/// Writes one character; says how many characters that were.
fn put(c: char, dialect: SendText, out: &mut Buffer) -> usize {
    let mut utf8 = [0; 4];
    let text = c.encode_utf8(&mut utf8);
    match dialect {
        SendText::Utf8 => {
            out.extend(text.as_bytes());
            return 1;
        }
        SendText::Cp949 => {
            let (bytes, _, unmappable) = encoding_rs::EUC_KR.encode(text);
            if !unmappable {
                out.extend(&bytes);
                return 1;
            }
        }
        SendText::Escaped => {}
    }
    let mut units = [0; 2];
    let units = c.encode_utf16(&mut units);
    for unit in &*units {
        out.extend(b"\\u");
        for shift in [12, 8, 4, 0] {
            out.push(hex_digit((unit >> shift & 15) as u8));
        }
    }
    units.len() * 6
}
