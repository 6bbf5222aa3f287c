//! Fields that the catalogue does not know, or whose value could not be read.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde_json::{Map, Value};
use zeroize::Zeroize;

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
pub(crate) fn wipe_value(value: Value) {
    match value {
        Value::String(mut text) => text.zeroize(),
        Value::Array(values) => values.into_iter().for_each(wipe_value),
        Value::Object(map) => wipe_map(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
