//! Writes compact JSON into wiped memory.

use serde_json::Value;

use crate::wipe::Buffer;

/// Writes compact JSON. Text leaves as UTF-8; the frame encoder puts it into the dialect of the device.
pub(crate) struct Writer(Buffer);

impl Writer {
    /// A writer behind `before` bytes that are already there.
    pub(crate) fn after(before: &[u8]) -> Self {
        let mut buffer = Buffer::with_capacity(512);
        buffer.extend(before);
        Self(buffer)
    }

    pub(crate) fn into_buffer(self) -> Buffer {
        self.0
    }

    pub(crate) fn open(&mut self, bracket: u8) {
        self.0.push(bracket);
    }

    pub(crate) fn close(&mut self, bracket: u8) {
        self.0.push(bracket);
    }

    /// A comma, unless this is the first of its object or array.
    pub(crate) fn next(&mut self) {
        if !matches!(self.0.last(), Some(b'{' | b'[')) {
            self.0.push(b',');
        }
    }

    /// The key of a member; ours need no escape.
    pub(crate) fn key(&mut self, name: &str) {
        self.next();
        self.0.push(b'"');
        self.0.extend(name.as_bytes());
        self.0.extend(b"\":");
    }

    pub(crate) fn raw(&mut self, json: &str) {
        self.0.extend(json.as_bytes());
    }

    pub(crate) fn integer(&mut self, value: i64) {
        let mut digits = [0; 20];
        let mut rest = value.unsigned_abs();
        let mut unused = digits.len();
        for place in digits.iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            unused -= 1;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            self.0.push(b'-');
        }
        self.0.extend(digits.get(unused..).unwrap_or_default());
    }

    pub(crate) fn string(&mut self, text: &str) {
        self.0.push(b'"');
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|b| *b < 0x20 || matches!(b, b'"' | b'\\')) {
            let (plain, special) = rest.split_at(at);
            self.0.extend(plain);
            match special {
                [b'"', ..] => self.0.extend(b"\\\""),
                [b'\\', ..] => self.0.extend(b"\\\\"),
                [b'\n', ..] => self.0.extend(b"\\n"),
                [b'\r', ..] => self.0.extend(b"\\r"),
                [b'\t', ..] => self.0.extend(b"\\t"),
                [control, ..] => {
                    self.0.extend(b"\\u00");
                    self.0.push(hex_digit(control >> 4));
                    self.0.push(hex_digit(control & 15));
                }
                [] => {}
            }
            rest = special.get(1..).unwrap_or_default();
        }
        self.0.extend(rest);
        self.0.push(b'"');
    }

    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.raw("null"),
            Value::Bool(true) => self.raw("true"),
            Value::Bool(false) => self.raw("false"),
            Value::Number(number) => self.raw(&number.to_string()),
            Value::String(text) => self.string(text),
            Value::Array(values) => {
                self.open(b'[');
                for value in values {
                    self.next();
                    self.value(value);
                }
                self.close(b']');
            }
            Value::Object(map) => {
                self.open(b'{');
                for (name, value) in map {
                    self.member(name, value);
                }
                self.close(b'}');
            }
        }
    }

    /// A member whose name may hold anything.
    pub(crate) fn member(&mut self, name: &str, value: &Value) {
        self.next();
        self.string(name);
        self.0.push(b':');
        self.value(value);
    }
}

/// The digit of a number below 16.
pub(crate) fn hex_digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value.min(15) - 10 }
}
