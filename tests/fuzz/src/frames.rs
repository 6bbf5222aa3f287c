//! The frame decoder: however a stream is chunked, the same frames and the same errors come out, and nothing
//! is held beyond the longest body.

use danmal_model::{FrameMode, FrameRules};
use danmal_wire::{FrameDecoder, MAX_BODY};

/// The first byte chooses the side and the chunks, the rest is the stream.
pub fn run(bytes: &[u8]) {
    let Some((choice, stream)) = bytes.split_first() else { return };
    let whole = read(*choice, std::iter::once(stream));
    let size = usize::from(*choice >> 2).max(1);
    assert_eq!(whole, read(*choice, stream.chunks(size)), "in chunks of {size} bytes");
    assert_eq!(whole, read(*choice, stream.chunks(1)), "byte by byte");
    let (head, tail) = stream.split_at(stream.len() * size / 64);
    assert_eq!(whole, read(*choice, [head, tail].into_iter()), "cut at byte {}", head.len());
}

fn read<'a>(choice: u8, chunks: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mode = if choice & 2 == 0 { FrameMode::Tolerant } else { FrameMode::Strict };
    let rules = FrameRules { mode, ..FrameRules::default() };
    let mut decoder = match choice & 1 {
        0 => FrameDecoder::for_answers(rules),
        _ => FrameDecoder::for_requests(rules),
    };
    let mut items = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        while let Some(item) = decoder.next() {
            items.push(match item {
                Ok(frame) => format!("{} {:?} {:?}", frame.code().as_str(), frame.declared(), frame.body()),
                Err(error) => format!("{error:?}"),
            });
        }
        assert!(decoder.pending_bytes() <= 2 * MAX_BODY + chunk.len(), "memory is bounded (M1)");
    }
    if let Some(frame) = decoder.release_held() {
        items.push(format!("held {}", frame.code().as_str()));
    }
    items
}
