//! The answers of the queries: sales totals and the code table.

use std::fmt;

use super::DecodeError;
use super::field::{FieldValue, Kept, Sent, write_field};
use super::record::response_record;
use crate::json::{Extra, Reader, Writer};
use crate::wire_text::WireText;

/// The answer of 050099 (매출집계).
#[derive(Clone, Default, PartialEq)]
pub struct Totals {
    /// The period in the terminal's words; it stands beside `data`, not in it.
    pub period: Option<WireText>,
    /// What was approved.
    pub approved: Option<TotalsLine>,
    /// What was cancelled.
    pub canceled: Option<TotalsLine>,
    /// Fields of `data` that the catalogue does not know, and known ones that cannot be read.
    pub extra: Extra,
}

impl Totals {
    /// Reads `data`.
    pub(crate) fn read_data(
        &mut self,
        reader: &mut Reader<'_>,
        unreadable: &mut Vec<&'static str>,
    ) -> Result<(), DecodeError> {
        let Self { approved, canceled, extra, .. } = self;
        reader.object(|reader, key| {
            let mut kept = Kept { extra, unreadable };
            match &*key {
                "approved" => kept.field(approved, "approved", reader),
                "canceled" => kept.field(canceled, "canceled", reader),
                _ => kept.unknown(&key, reader),
            }
        })
    }

    /// Writes `data`.
    pub(crate) fn write_data(&self, writer: &mut Writer) {
        writer.open(b'{');
        write_field(writer, "approved", self.approved.as_ref());
        write_field(writer, "canceled", self.canceled.as_ref());
        for (name, value) in self.extra.iter() {
            writer.member(name, value);
        }
        writer.close(b'}');
    }
}

/// Whether the lines are there, never what they say.
impl fmt::Debug for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totals")
            .field("period", &self.period)
            .field("approved", &self.approved)
            .field("canceled", &self.canceled)
            .field("extra", &self.extra)
            .finish()
    }
}

response_record! {
    /// One line of the sales totals.
    pub struct TotalsLine {
        /// How many.
        count: i64 = "count",
        /// How much, won.
        price: i64 = "price",
        /// `issuer`: a number whose meaning the catalogue leaves open.
        issuer: i64 = "issuer",
    }
}

response_record! {
    /// `data` of 081008 (코드다운로드).
    pub struct CodeTable {
        /// The count as the terminal says it. Advisory: the catalogue's sample prints 0 with three codes.
        total_count: i64 = "totalCount",
        /// The codes.
        code_list: Vec<CodeEntry> = "codeList",
    }
}

response_record! {
    /// One code of the code table.
    pub struct CodeEntry {
        /// The code.
        code: WireText = "code",
        /// Its name.
        code_name: WireText = "codeName",
        /// Its group, may be empty.
        group_code: WireText = "groupCode",
        /// The group's name, may be empty.
        group_code_name: WireText = "groupCodeName",
    }
}

/// An object inside `data`: where one of its own fields cannot be read, all of it is kept as sent.
macro_rules! nested {
    ($($record:ident),*) => {$(
        impl FieldValue for $record {
            fn read(reader: &mut Reader<'_>) -> Result<Sent<Self>, DecodeError> {
                let mut ahead = *reader;
                let mut unreadable = Vec::new();
                if ahead.peek() == Some(b'{') {
                    let record = Self::read_object(&mut ahead, &mut unreadable)?;
                    if unreadable.is_empty() {
                        *reader = ahead;
                        return Ok(Sent::Readable(record));
                    }
                }
                Ok(Sent::Other(reader.value()?))
            }

            fn write(&self, writer: &mut Writer) {
                self.write_object(writer);
            }
        }
    )*};
}

nested!(TotalsLine, CodeEntry);
