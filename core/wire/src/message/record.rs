//! A message's object, defined once: its fields with their wire names give the struct, its reading, its
//! writing, and a `Debug` that shows names alone.

/// An object of a response: every field optional, unknown ones kept.
macro_rules! response_record {
    ($(#[$meta:meta])* pub struct $record:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty = $wire:literal $(| $alias:literal)*,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $record {
            $($(#[$doc])* pub $field: Option<$type>,)*
            /// Fields of this object that the catalogue does not know, and known ones whose value is
            /// `null` or not of their type.
            pub extra: $crate::json::Extra,
        }

        impl $record {
            /// Whether a key is one of the fields.
            #[allow(dead_code, reason = "only some records are recognised by their keys")]
            pub(crate) fn has_field(key: &str) -> bool {
                matches!(key, $($wire $(| $alias)*)|*)
            }

            /// Reads the value of a key, whatever it is.
            #[inline]
            pub(crate) fn read_member(
                &mut self,
                key: &str,
                reader: &mut $crate::json::Reader<'_>,
                unreadable: &mut Vec<&'static str>,
            ) -> Result<(), $crate::message::DecodeError> {
                let mut kept = $crate::message::field::Kept { extra: &mut self.extra, unreadable };
                match key {
                    $($wire $(| $alias)* => kept.field(&mut self.$field, $wire, reader),)*
                    _ => kept.unknown(key, reader),
                }
            }

            /// Reads the object before which the reader stands.
            pub(crate) fn read_object(
                reader: &mut $crate::json::Reader<'_>,
                unreadable: &mut Vec<&'static str>,
            ) -> Result<Self, $crate::message::DecodeError> {
                let mut record = Self::default();
                reader.object(|reader, key| record.read_member(&key, reader, unreadable))?;
                Ok(record)
            }

            pub(crate) fn write_object(&self, writer: &mut $crate::json::Writer) {
                writer.open(b'{');
                $($crate::message::field::write_field(writer, $wire, self.$field.as_ref());)*
                for (name, value) in self.extra.iter() {
                    writer.member(name, value);
                }
                writer.close(b'}');
            }
        }

        /// The names of the fields that are there, never their values.
        impl std::fmt::Debug for $record {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let there: &[(&str, bool)] = &[$(($wire, self.$field.is_some())),*];
                $crate::message::record::debug_names(f, stringify!($record), there, self.extra.len())
            }
        }
    };
}

/// The object of a request. Unknown fields are ignored: a terminal acts on those that it knows.
macro_rules! request_record {
    ($(#[$meta:meta])* $vis:vis struct $record:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty = $wire:literal $(| $alias:literal)*,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq)]
        $vis struct $record {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl $record {
            pub(crate) fn read_object(
                reader: &mut $crate::json::Reader<'_>,
            ) -> Result<Self, $crate::message::DecodeError> {
                use $crate::message::field::{RequestField, read_request_field};
                $(let mut $field: Option<<$type as RequestField>::Value> = None;)*
                reader.object(|reader, key| match &*key {
                    $($wire $(| $alias)* => read_request_field(&mut $field, $wire, reader),)*
                    _ => Ok(reader.skip()?),
                })?;
                Ok(Self { $($field: RequestField::found($field, $wire)?,)* })
            }

            #[allow(dead_code, reason = "a print command is read through a record, not written")]
            pub(crate) fn write_object(&self, writer: &mut $crate::json::Writer) {
                use $crate::message::field::{RequestField, write_field};
                writer.open(b'{');
                $(write_field(writer, $wire, RequestField::value(&self.$field));)*
                writer.close(b'}');
            }
        }

        /// The names of the fields that are there, never their values.
        impl std::fmt::Debug for $record {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                use $crate::message::field::RequestField;
                let there: &[(&str, bool)] = &[$(($wire, RequestField::value(&self.$field).is_some())),*];
                $crate::message::record::debug_names(f, stringify!($record), there, 0)
            }
        }
    };
}

pub(crate) use {request_record, response_record};

/// Prints a record as the names of what it holds.
pub(crate) fn debug_names(
    f: &mut std::fmt::Formatter<'_>,
    record: &str,
    there: &[(&str, bool)],
    extra: usize,
) -> std::fmt::Result {
    f.write_str(record)?;
    let mut set = f.debug_set();
    for (name, _) in there.iter().filter(|(_, there)| *there) {
        set.entry(&format_args!("{name}"));
    }
    if extra > 0 {
        set.entry(&format_args!("+{extra}"));
    }
    set.finish()
}
