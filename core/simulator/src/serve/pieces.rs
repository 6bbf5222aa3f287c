//! In which pieces the bytes of a terminal leave: a line is free to break them anywhere.

use crate::random::Random;

/// The longest piece of a random one, bytes.
const LONGEST: u64 = 64;

/// In which pieces the terminal's bytes are handed to the line. A frame means the same in any.
#[derive(Clone, Debug, Default)]
pub enum Chunks {
    /// As much as there is.
    #[default]
    Whole,
    /// One byte after the other.
    Bytes,
    /// From 1 to 64 bytes, by chance from this seed.
    Random(u64),
}

/// [`Chunks`] at work.
#[derive(Debug, Default)]
pub(super) struct Pieces(Kind);

#[derive(Debug, Default)]
enum Kind {
    #[default]
    Whole,
    Bytes,
    Random(Random),
}

impl Pieces {
    pub(super) fn new(chunks: &Chunks) -> Self {
        Self(match chunks {
            Chunks::Whole => Kind::Whole,
            Chunks::Bytes => Kind::Bytes,
            Chunks::Random(seed) => Kind::Random(Random::new(*seed)),
        })
    }

    /// Takes the next piece from the front, at most so much.
    pub(super) fn take(&mut self, bytes: &mut Vec<u8>, room: usize) -> Vec<u8> {
        let most = match &mut self.0 {
            Kind::Whole => room,
            Kind::Bytes => 1,
            Kind::Random(random) => usize::try_from(random.below(LONGEST)).unwrap_or(0) + 1,
        };
        let most = most.min(room);
        if bytes.len() <= most { std::mem::take(bytes) } else { bytes.drain(..most).collect() }
    }
}
