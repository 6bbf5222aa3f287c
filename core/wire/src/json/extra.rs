//! Fields that the catalogue does not know, or whose value could not be read.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde_json::{Map, Value};
use zeroize::Zeroize;

use crate::wire_text::WireText;

/// Fields of a message that the catalogue does not know, and known ones whose value is not of their type:
/// each as it was sent. A number that neither `i64`, `u64` nor `f64` holds exactly is kept as its text.
///
/// `Debug` shows how many there are; the memory is zeroed when it is dropped.
#[derive(Clone, Default, PartialEq)]
pub struct Extra(Map<String, Value>);

impl Extra {
    /// The fields, which are no longer wiped.
    #[must_use]
    pub fn into_map(mut self) -> Map<String, Value> {
        std::mem::take(&mut self.0)
    }
}

impl Deref for Extra {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Extra {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl From<Map<String, Value>> for Extra {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl Drop for Extra {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            wipe_map(std::mem::take(&mut self.0));
        }
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "‹{} fields›", self.0.len())
    }
}

fn wipe_map(map: Map<String, Value>) {
    for (mut name, value) in map {
        name.zeroize();
        wipe_value(value);
    }
}

/// Zeroes the texts of a value. Its depth is that of the message it came from, at most 64.
fn wipe_value(value: Value) {
    match value {
        Value::String(mut text) => text.zeroize(),
        Value::Array(values) => values.into_iter().for_each(wipe_value),
        Value::Object(map) => wipe_map(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A value on its way: zeroed where it arrives nowhere.
#[derive(Default, PartialEq)]
pub(crate) struct Wiped(Value);

impl Wiped {
    pub(crate) fn into_value(mut self) -> Value {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn is_null(&self) -> bool {
        self.0.is_null()
    }
}

impl From<Value> for Wiped {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe_value(std::mem::take(&mut self.0));
    }
}

impl Extra {
    /// Adds a field; says whether it may be there: not where another value is.
    pub(crate) fn add(&mut self, name: WireText, value: Wiped) -> bool {
        if let Some(there) = self.0.get(name.as_str()) {
            return *there == value.0;
        }
        self.0.insert(name.into_string(), value.into_value());
        true
    }
}
