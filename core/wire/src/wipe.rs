//! Memory that is zeroed before it is freed, while it grows too.

use std::io;
use std::ops::Deref;

use zeroize::Zeroize;

/// Frees a buffer with all of its capacity zeroed.
pub(crate) fn wipe(mut buffer: Vec<u8>) {
    if buffer.capacity() == 0 {
        return;
    }
    // Length first to the capacity: one fill of known extent, where `Vec::zeroize` goes byte by byte.
    buffer.resize(buffer.capacity(), 0);
    buffer.as_mut_slice().zeroize();
}

/// Bytes that leave no copy behind: where a plain `Vec` would reallocate, the old block is wiped.
#[derive(Default)]
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    fn reserve(&mut self, more: usize) {
        if self.0.capacity() - self.0.len() < more {
            let room = (self.0.len() + more).max(self.0.capacity() * 2);
            let mut larger = Vec::with_capacity(room);
            larger.extend_from_slice(&self.0);
            wipe(std::mem::replace(&mut self.0, larger));
        }
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn push(&mut self, byte: u8) {
        self.reserve(1);
        self.0.push(byte);
    }

    /// Drops `count` bytes at the front; the block is freed when nothing is left.
    pub(crate) fn discard(&mut self, count: usize) {
        if count >= self.0.len() {
            wipe(std::mem::take(&mut self.0));
        } else if count > 0 {
            self.0.copy_within(count.., 0);
            self.0.truncate(self.0.len() - count);
        }
    }

    /// Takes the first `count` bytes out, without a copy where they are all.
    pub(crate) fn split_front(&mut self, count: usize) -> Self {
        let rest = match self.0.get(count..) {
            Some(rest) if !rest.is_empty() => rest.to_vec(),
            _ => Vec::new(),
        };
        let mut front = std::mem::replace(&mut self.0, rest);
        front.truncate(count);
        Self(front)
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// The bytes, which are no longer wiped.
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        wipe(std::mem::take(&mut self.0));
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}
