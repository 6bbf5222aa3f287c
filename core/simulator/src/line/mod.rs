//! The line between terminal and client: how an answer becomes bytes, in every dialect and broken in every
//! way.

pub(crate) mod shape;

use danmal_wire::{Code, EncodeRules, LengthRule, SendText, encode_json};

use crate::fault::{Fault, Place, PtxidFault};
use crate::settings::{Dialect, Length, Text};
use crate::terminal::{Answer, drop_bytes, flip};

/// Bytes of a header.
const HEADER: usize = 10;
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The field by which every answer says that it is play money (모의).
const SIMULATOR: &str = r#""simulator":"danmal""#;

/// The bytes of an answer, with the faults that change them.
pub(crate) fn frame(answer: Answer, dialect: &Dialect, faults: &[Fault], earlier: Option<&str>) -> Vec<u8> {
    let Answer { mut code, mut json } = answer;
    shape::append(&mut json, SIMULATOR);
    let mut text = dialect.text;
    let mut mark = dialect.byte_order_mark;
    let mut no_body = false;
    for fault in faults {
        match fault {
            Fault::WrongPtxid { is } => json = wrong_ptxid(&json, *is, earlier),
            Fault::WrongCode { code: other } => code = other.parse().unwrap_or(Code::Other(*b"000000")),
            Fault::BrokenJson => json = shape::broken_off(&json),
            Fault::NoJson => json = "승인 OK".to_owned(),
            Fault::NoBody => no_body = true,
            Fault::ByteOrderMark => mark = true,
            Fault::Cp949Bytes => text = Text::Cp949,
            Fault::Utf8Bytes => text = Text::Utf8,
            Fault::DuplicateKey { conflicting } => json = shape::duplicate_key(&json, *conflicting),
            Fault::NumbersAsText => json = shape::numbers_as_text(&json),
            Fault::TextAsNumbers => json = shape::text_as_numbers(&json),
            Fault::HugeInteger => json = shape::with_number(&json, "approvalAmt", &"9".repeat(40)),
            Fault::DeepNesting { levels } => shape::append(&mut json, &shape::nested(*levels as usize)),
            Fault::UnknownFields => json = shape::unknown_fields(&json),
            Fault::DataMissing => json = shape::ptxid_alone(&json),
            _ => {}
        }
    }
    if dialect.numbers_as_text {
        json = shape::numbers_as_text(&json);
    }
    if dialect.text_as_numbers {
        json = shape::text_as_numbers(&json);
    }
    let mut bytes = sealed(code, (!no_body).then_some(&*json), text, dialect.length);
    if mark && !no_body {
        bytes.splice(HEADER..HEADER, MARK.iter().copied());
        let counted = match dialect.length {
            Length::Bytes | Length::BodyBytes => 3,
            Length::Characters | Length::BodyCharacters => 1,
            Length::Placeholder { .. } => 0,
        };
        let length = length(&bytes) + counted;
        set_length(&mut bytes, length);
    }
    for fault in faults {
        match fault {
            Fault::WrongLength { digits } => {
                for (place, digit) in bytes.iter_mut().take(4).zip(digits.bytes()) {
                    *place = digit;
                }
            }
            Fault::LengthOff { by } => {
                let length = (length(&bytes) + i64::from(*by)).max(0);
                set_length(&mut bytes, length);
            }
            Fault::Garbage { place, bytes: garbage } => {
                let at = match place {
                    Place::Before => 0,
                    Place::Inside => HEADER + bytes.len().saturating_sub(HEADER) / 2,
                    Place::After => bytes.len(),
                };
                bytes.splice(at..at, garbage.bytes());
            }
            Fault::FlipReplyBit { byte, bit } => flip(&mut bytes, *byte, *bit),
            Fault::DropReplyBytes { from, count } => drop_bytes(&mut bytes, *from, *count),
            _ => {}
        }
    }
    bytes
}

fn sealed(code: Code, json: Option<&str>, text: Text, length: Length) -> Vec<u8> {
    let text = match text {
        Text::Escaped => SendText::Escaped,
        Text::Utf8 => SendText::Utf8,
        Text::Cp949 => SendText::Cp949,
    };
    let (length, placeholder) = match length {
        Length::Bytes => (LengthRule::Bytes, None),
        Length::Characters => (LengthRule::Characters, None),
        Length::BodyBytes => (LengthRule::BodyBytes, None),
        Length::BodyCharacters => (LengthRule::BodyCharacters, None),
        Length::Placeholder { digits } => (LengthRule::Placeholder, Some(digits)),
    };
    let rules = EncodeRules { text, length, placeholder };
    // A body that is longer than the length can say goes out under 9999, as the catalogue prints it.
    let longest = EncodeRules { placeholder: Some(9_999), ..rules };
    let frame = encode_json(code, json, &rules).or_else(|_| encode_json(code, json, &longest));
    frame.map(danmal_wire::FrameBytes::into_vec).unwrap_or_default()
}

fn length(frame: &[u8]) -> i64 {
    frame.iter().take(4).fold(0, |length, digit| length * 10 + i64::from(digit.wrapping_sub(b'0')))
}

fn set_length(frame: &mut [u8], length: i64) {
    let digits = format!("{:04}", length.min(9_999));
    for (place, digit) in frame.iter_mut().zip(digits.bytes().take(4)) {
        *place = digit;
    }
}

fn wrong_ptxid(json: &str, how: PtxidFault, earlier: Option<&str>) -> String {
    match how {
        PtxidFault::Unknown => shape::with_text(json, "ptxid", "CPOS-00000000-0000-0000-0000-nobodysptxid"),
        PtxidFault::Earlier => shape::with_text(json, "ptxid", earlier.unwrap_or("CPOS-earlier")),
        PtxidFault::Missing => shape::without_field(json, "ptxid"),
        PtxidFault::Empty => shape::with_text(json, "ptxid", ""),
        PtxidFault::Truncated => {
            let whole = shape::text_of(json, "ptxid").unwrap_or_default();
            let kept = whole.len().saturating_sub(4);
            shape::with_text(json, "ptxid", whole.get(..kept).unwrap_or_default())
        }
    }
}
