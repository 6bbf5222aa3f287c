//! The bytes of a body as text.

use danmal_model::{BodyText, SeenText};
use encoding_rs::EUC_KR;

use crate::wipe::Buffer;
use crate::wire_text::WireText;

/// A whole frame as it was received, and as text.
pub(super) enum Content {
    /// Valid UTF-8 from the header to the end: the bytes are the text.
    Utf8(WireText),
    /// Another encoding: the bytes, and the text of the body.
    Decoded { bytes: Buffer, text: WireText },
}

/// Reads the frame in `bytes`, whose body starts at `body`, as the rules say.
///
/// `Damaged` where bytes were replaced by U+FFFD.
pub(super) fn read(bytes: Buffer, body: usize, rule: BodyText) -> (Content, SeenText) {
    if rule != BodyText::Cp949 || bytes.is_ascii() {
        match String::from_utf8(bytes.into_vec()) {
            Ok(text) => {
                let seen = if text.is_ascii() { SeenText::Ascii } else { SeenText::Utf8 };
                return (Content::Utf8(text.into()), seen);
            }
            Err(error) => return decode(error.into_bytes().into(), body, rule),
        }
    }
    decode(bytes, body, rule)
}

fn decode(bytes: Buffer, body: usize, rule: BodyText) -> (Content, SeenText) {
    let raw = bytes.get(body..).unwrap_or_default();
    let (text, seen) = if rule == BodyText::Utf8 {
        (lossy_utf8(raw), SeenText::Damaged)
    } else {
        let (text, damaged) = EUC_KR.decode_without_bom_handling(raw);
        (text.into_owned(), if damaged { SeenText::Damaged } else { SeenText::Cp949 })
    };
    let text = text.into();
    (Content::Decoded { bytes, text }, seen)
}

/// UTF-8 with U+FFFD for what is none, without a reallocation that would leave a copy behind.
fn lossy_utf8(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len() * char::REPLACEMENT_CHARACTER.len_utf8());
    for chunk in raw.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// How many characters a frame's body has.
pub(super) fn characters(content: &Content, body: usize) -> usize {
    match content {
        Content::Utf8(text) => text.get(body..).map_or(0, |text| text.chars().count()),
        Content::Decoded { text, .. } => text.chars().count(),
    }
}
