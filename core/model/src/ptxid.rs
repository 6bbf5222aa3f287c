//! The identity of one request to a terminal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const CAPACITY: usize = 63;

/// The transaction id that the till gives to a request (`ptxid` on the wire), and the id of its
/// operation everywhere else. Printable ASCII, 1 to 63 characters; those that danmal makes are `CPOS-`
/// and a UUID whose first 48 bits are the journal's id, so that a journal recognises its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ptxid {
    bytes: [u8; CAPACITY],
    length: u8,
}

/// Text that cannot be a transaction id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ptxid is 1 to 63 printable ASCII characters")]
pub struct NotAPtxid;

impl Ptxid {
    /// Makes the id of intent number `count` of a journal. `random` keeps ids apart when an older copy
    /// of a journal is restored and counts the same numbers again.
    #[must_use]
    pub fn new(journal: JournalId, count: u32, random: u64) -> Self {
        let head = (journal.0 >> 16) as u32;
        let second = (journal.0 & 0xffff) as u16;
        let third = 0x8000 | (random & 0x0fff) as u16;
        let fourth = 0x8000 | ((random >> 12) & 0x3fff) as u16;
        let last = (((random >> 26) & 0xffff) << 32) | u64::from(count);
        let mut bytes = [0; CAPACITY];
        bytes[..5].copy_from_slice(b"CPOS-");
        let mut at = 5;
        for (value, digits) in [
            (u64::from(head), 8),
            (u64::from(second), 4),
            (u64::from(third), 4),
            (u64::from(fourth), 4),
            (last, 12),
        ] {
            if at > 5 {
                bytes[at] = b'-';
                at += 1;
            }
            for place in (0..digits).rev() {
                bytes[at] = b"0123456789abcdef"[((value >> (4 * place)) & 15) as usize];
                at += 1;
            }
        }
        Self { bytes, length: 41 }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    /// Which intent of its journal it names, where danmal made it.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        self.journal()?;
        u32::from_str_radix(self.as_str().get(33..41)?, 16).ok()
    }

    /// What [`Ptxid::new`] was given: journal, count and the random bits that went in. None for an id that
    /// danmal did not make.
    #[must_use]
    pub fn parts(&self) -> Option<(JournalId, u32, u64)> {
        let journal = self.journal()?;
        let text = self.as_str().strip_prefix("CPOS-")?;
        let field = |range: std::ops::Range<usize>| u64::from_str_radix(text.get(range)?, 16).ok();
        let last = field(24..36)?;
        let random = (field(14..18)? & 0x0fff) | ((field(19..23)? & 0x3fff) << 12) | ((last >> 32) << 26);
        let count = last as u32;
        (Self::new(journal, count, random) == *self).then_some((journal, count, random))
    }

    /// The journal that made this id, where danmal made it.
    #[must_use]
    pub fn journal(&self) -> Option<JournalId> {
        let text = self.as_str().strip_prefix("CPOS-")?;
        if text.len() != 36 || text.as_bytes()[14] != b'8' {
            return None;
        }
        let high = u64::from_str_radix(text.get(0..8)?, 16).ok()?;
        let low = u64::from_str_radix(text.get(9..13)?, 16).ok()?;
        Some(JournalId((high << 16) | low))
    }
}

impl FromStr for Ptxid {
    type Err = NotAPtxid;

    fn from_str(text: &str) -> Result<Self, NotAPtxid> {
        if text.is_empty() || text.len() > CAPACITY || !text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(NotAPtxid);
        }
        let mut bytes = [0; CAPACITY];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes, length: text.len() as u8 })
    }
}

impl fmt::Display for Ptxid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Ptxid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Ptxid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Ptxid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The identity of a journal: 48 random bits, given when it is created, printed as 12 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JournalId(u64);

impl JournalId {
    /// The id made of the lowest 48 bits of `random`.
    #[must_use]
    pub const fn new(random: u64) -> Self {
        Self(random & 0xffff_ffff_ffff)
    }
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_journal_and_reads_back() {
        let journal = JournalId::new(0x0123_4567_89ab_cdef);
        let id = Ptxid::new(journal, 7, 0xffff_ffff_ffff_ffff);
        assert_eq!(id.as_str().len(), 41);
        assert_eq!((id.journal(), id.count()), (Some(journal), Some(7)));
        assert_eq!(id.parts(), Some((journal, 7, 0x3ff_ffff_ffff)));
        assert_eq!(id.as_str().parse(), Ok(id));
        assert_ne!(id, Ptxid::new(journal, 8, 0xffff_ffff_ffff_ffff));
    }

    #[test]
    fn foreign_ids_name_no_journal() {
        let id: Ptxid = "CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1a".parse().unwrap();
        assert_eq!((id.journal(), id.parts()), (None, None));
        assert_eq!("".parse::<Ptxid>(), Err(NotAPtxid));
        assert_eq!("한글".parse::<Ptxid>(), Err(NotAPtxid));
    }
}
