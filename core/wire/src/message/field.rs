//! One field of a message: how its value is read, written, and what is wrong with it.

use serde_json::Value;

use super::Code;
use crate::json::{Extra, JsonError, Reader, Scalar, Wiped, Writer, exact_i64};
use crate::wire_text::WireText;

/// Why a frame could not be read as a message. It names fields of the catalogue and nothing that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The message needs a body and has none.
    #[error("the message has no body")]
    NoBody,
    /// The body is not a JSON object.
    #[error("the body is not a JSON object")]
    NotJson,
    /// The body is nested deeper than 64.
    #[error("the body is nested too deeply")]
    TooDeep,
    /// A field is there twice with different values: conflicting evidence.
    #[error("the field {0} is there twice with different values")]
    Conflict(&'static str),
    /// A request lacks a field.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// A request has a field whose value is not of its type.
    #[error("the field {0} cannot be read")]
    Unreadable(&'static str),
    /// No request has this code.
    #[error("no request has the code {0}")]
    UnknownCode(Code),
}

impl From<JsonError> for DecodeError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Syntax => Self::NotJson,
            JsonError::TooDeep => Self::TooDeep,
            JsonError::Conflict(field) => Self::Conflict(field),
        }
    }
}

/// A value as it was sent: of the type of its field, or kept as it is.
pub(crate) enum Sent<T> {
    Readable(T),
    Other(Wiped),
}

/// A value of a field, to JSON and back.
pub(crate) trait FieldValue: Sized + PartialEq {
    /// Reads it, or whatever stands there.
    fn read(reader: &mut Reader<'_>) -> Result<Sent<Self>, DecodeError>;

    fn write(&self, writer: &mut Writer);
}

impl FieldValue for WireText {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Sent<Self>, DecodeError> {
        if let Some(text) = reader.text() {
            return Ok(Sent::Readable(text?.into()));
        }
        Ok(match reader.scalar()? {
            Scalar::Text(text) => Sent::Readable(text.into()),
            Scalar::Number(number) => Sent::Readable(number.into()),
            Scalar::Bool(true) => Sent::Readable("true".into()),
            Scalar::Bool(false) => Sent::Readable("false".into()),
            Scalar::Null => Sent::Other(Value::Null.into()),
            Scalar::Nested => Sent::Other(reader.value()?),
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl FieldValue for i64 {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Sent<Self>, DecodeError> {
        if let Some(value) = reader.integer() {
            return Ok(Sent::Readable(value));
        }
        let mut ahead = *reader;
        let token = match ahead.scalar()? {
            Scalar::Number(number) => exact_i64(number),
            Scalar::Text(text) => exact_i64(&text),
            _ => None,
        };
        Ok(match token {
            Some(value) => {
                *reader = ahead;
                Sent::Readable(value)
            }
            None => Sent::Other(as_sent(reader)?),
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.integer(*self);
    }
}

/// A value that is no exact number. A number among them is kept as its text, which loses no digit.
fn as_sent(reader: &mut Reader<'_>) -> Result<Wiped, DecodeError> {
    let mut ahead = *reader;
    if let Scalar::Number(number) = ahead.scalar()? {
        *reader = ahead;
        return Ok(Value::String(number.to_owned()).into());
    }
    Ok(reader.value()?)
}

impl FieldValue for bool {
    fn read(reader: &mut Reader<'_>) -> Result<Sent<Self>, DecodeError> {
        let mut ahead = *reader;
        let value = match ahead.scalar()? {
            Scalar::Bool(value) => Some(value),
            Scalar::Text(text) if &*text == "true" => Some(true),
            Scalar::Text(text) if &*text == "false" => Some(false),
            _ => None,
        };
        Ok(match value {
            Some(value) => {
                *reader = ahead;
                Sent::Readable(value)
            }
            None => Sent::Other(reader.value()?),
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.raw(if *self { "true" } else { "false" });
    }
}

/// A list of values; one element that cannot be read makes the list unreadable.
impl<T: FieldValue> FieldValue for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Sent<Self>, DecodeError> {
        let mut ahead = *reader;
        if ahead.peek() != Some(b'[') {
            return Ok(Sent::Other(reader.value()?));
        }
        let (mut list, mut readable) = (Self::new(), true);
        ahead.array(|reader| {
            match T::read(reader)? {
                Sent::Readable(value) => list.push(value),
                Sent::Other(_) => readable = false,
            }
            Ok::<_, DecodeError>(())
        })?;
        if readable {
            *reader = ahead;
            Ok(Sent::Readable(list))
        } else {
            Ok(Sent::Other(reader.value()?))
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.open(b'[');
        for value in self {
            writer.next();
            value.write(writer);
        }
        writer.close(b']');
    }
}

/// Where a response keeps what has no typed place.
pub(crate) struct Kept<'k> {
    /// The fields of this object that are unknown or unreadable.
    pub(crate) extra: &'k mut Extra,
    /// The names of known fields that are unreadable.
    pub(crate) unreadable: &'k mut Vec<&'static str>,
}

impl Kept<'_> {
    /// Reads the value of a known field into its place. `null` and what is not of the field's type go to
    /// `extra`; a second, different value is a conflict wherever the first one went.
    #[inline]
    pub(crate) fn field<T: FieldValue>(
        &mut self,
        place: &mut Option<T>,
        name: &'static str,
        reader: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        match T::read(reader)? {
            Sent::Readable(value) => {
                if place.is_some() || !self.extra.is_empty() {
                    self.again(place, name, &value)?;
                }
                *place = Some(value);
                Ok(())
            }
            Sent::Other(value) => self.unreadable(place.is_some(), name, value),
        }
    }

    fn again<T: PartialEq>(
        &self,
        place: &Option<T>,
        name: &'static str,
        value: &T,
    ) -> Result<(), DecodeError> {
        let differs = place.as_ref().is_some_and(|there| there != value);
        if differs || self.extra.contains_key(name) { Err(DecodeError::Conflict(name)) } else { Ok(()) }
    }

    fn unreadable(&mut self, taken: bool, name: &'static str, value: Wiped) -> Result<(), DecodeError> {
        let is_null = value.is_null();
        if taken || !self.extra.add(name.into(), value) {
            return Err(DecodeError::Conflict(name));
        }
        if !is_null && !self.unreadable.contains(&name) {
            self.unreadable.push(name);
        }
        Ok(())
    }

    /// Keeps an unknown field.
    #[cold]
    pub(crate) fn unknown(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let value = reader.value()?;
        if self.extra.add(key.into(), value) { Ok(()) } else { Err(DecodeError::Conflict("unknown field")) }
    }
}

/// Writes a field that is there.
pub(crate) fn write_field<T: FieldValue>(writer: &mut Writer, name: &str, value: Option<&T>) {
    if let Some(value) = value {
        writer.key(name);
        value.write(writer);
    }
}

/// A field of a request: one that must be there, or an `Option`.
pub(crate) trait RequestField: Sized {
    /// The type of its value.
    type Value: FieldValue;

    /// What was read, or what its absence means.
    fn found(value: Option<Self::Value>, name: &'static str) -> Result<Self, DecodeError>;

    fn value(&self) -> Option<&Self::Value>;
}

impl<T: FieldValue> RequestField for T {
    type Value = T;

    fn found(value: Option<T>, name: &'static str) -> Result<Self, DecodeError> {
        value.ok_or(DecodeError::Missing(name))
    }

    fn value(&self) -> Option<&T> {
        Some(self)
    }
}

impl<T: FieldValue> RequestField for Option<T> {
    type Value = T;

    fn found(value: Option<T>, _: &'static str) -> Result<Self, DecodeError> {
        Ok(value)
    }

    fn value(&self) -> Option<&T> {
        self.as_ref()
    }
}

/// Reads the value of a request's field; `null` is an absent one.
pub(crate) fn read_request_field<T: FieldValue>(
    place: &mut Option<T>,
    name: &'static str,
    reader: &mut Reader<'_>,
) -> Result<(), DecodeError> {
    match T::read(reader)? {
        Sent::Readable(value) if place.as_ref().is_some_and(|there| *there != value) => {
            Err(DecodeError::Conflict(name))
        }
        Sent::Readable(value) => {
            *place = Some(value);
            Ok(())
        }
        Sent::Other(value) if value.is_null() && place.is_none() => Ok(()),
        Sent::Other(_) => Err(DecodeError::Unreadable(name)),
    }
}
