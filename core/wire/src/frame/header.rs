//! The ten bytes before a body.

use super::{CODE, HEADER};
use crate::message::Code;

/// A header that was read.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) code: Code,
    /// `None` where the four bytes are not digits.
    pub(super) declared: Option<u16>,
}

impl Header {
    /// Whether the length says that there is no body. Less than the code's six says so too.
    pub(super) fn says_no_body(self) -> bool {
        self.declared.is_some_and(|declared| usize::from(declared) <= CODE)
    }
}

/// What the bytes where a header is due are. Given more bytes, `Short` may become anything; the others stay.
pub(super) enum Due {
    Short,
    Header(Header),
    Garbage,
}

/// Reads a header where one is due. A length of other than digits is one only before a known code.
pub(super) fn due(bytes: &[u8]) -> Due {
    let code = bytes.get(4..).unwrap_or_default();
    if !code.iter().take(CODE).all(u8::is_ascii_digit) {
        return Due::Garbage;
    }
    match read(bytes) {
        None => Due::Short,
        Some(Header { declared: None, code }) if !code.is_known() || !length_is_ascii(bytes) => Due::Garbage,
        Some(header) => Due::Header(header),
    }
}

/// A header that proves by itself that a frame begins: four digits and a known code.
pub(super) fn provable(bytes: &[u8]) -> Option<Header> {
    read(bytes).filter(|header| header.declared.is_some() && header.code.is_known())
}

/// Whether fewer bytes than a header could be the beginning of a provable one.
pub(super) fn may_be_provable(bytes: &[u8]) -> bool {
    bytes.iter().take(HEADER).all(u8::is_ascii_digit)
}

fn length_is_ascii(bytes: &[u8]) -> bool {
    bytes.iter().take(4).all(u8::is_ascii)
}

fn read(bytes: &[u8]) -> Option<Header> {
    let header: &[u8; HEADER] = bytes.get(..HEADER)?.try_into().ok()?;
    let [l1, l2, l3, l4, code @ ..] = *header;
    let length = [l1, l2, l3, l4];
    let declared = length
        .iter()
        .all(u8::is_ascii_digit)
        .then(|| length.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0')));
    Some(Header { code: Code::from_digits(code)?, declared })
}

/// What stands behind a header.
pub(super) enum Lead {
    /// Too little to know.
    Short,
    /// A body, that many bytes behind the header; `marked` where a byte order mark stands before it.
    Body { offset: usize, marked: bool },
    /// No body.
    Nothing,
}

/// Looks for a body in the bytes behind a header, past white space and a byte order mark. A frame begins
/// with a digit, so a `{` proves a body.
pub(super) fn lead(behind: &[u8]) -> Lead {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let mut offset = spaces(behind);
    let rest = behind.get(offset..).unwrap_or_default();
    let marked = rest.starts_with(MARK);
    if marked {
        offset += MARK.len();
        offset += spaces(behind.get(offset..).unwrap_or_default());
    } else if rest.len() < MARK.len() && MARK.starts_with(rest) {
        return Lead::Short;
    }
    match behind.get(offset) {
        None => Lead::Short,
        Some(b'{') => Lead::Body { offset, marked },
        Some(_) => Lead::Nothing,
    }
}

/// How many bytes of white space stand in front.
pub(super) fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count()
}
