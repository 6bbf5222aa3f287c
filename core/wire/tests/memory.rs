//! Freed memory holds nothing of a message: the process looks through its own memory for a card number
//! that was in every field. One test in a program of its own, so that nothing else touches the memory.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use danmal_model::{FrameRules, SendText};
use danmal_wire::*;
use serde_json::Value;
use zeroize::Zeroize;

/// The card number with every digit moved up by one letter, so that the number itself stands nowhere.
const MOVED: &[u8] = b"EDDABCDEFGHIBCDE";

fn canary() -> impl Iterator<Item = u8> {
    MOVED.iter().map(|byte| byte - b'A' + b'0')
}

fn shows(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'4', bytes).any(|at| {
        let found = bytes.get(at..at + MOVED.len()).unwrap_or_default();
        found.len() == MOVED.len() && canary().zip(found).all(|(digit, byte)| digit == *byte)
    })
}

/// A look through the writable memory of this process. It allocates once, before anything is freed, so that
/// it does not write over what it looks for.
struct Search {
    maps: String,
    window: Vec<u8>,
}

impl Search {
    fn new() -> Self {
        Self { maps: String::with_capacity(1 << 18), window: vec![0; 1 << 20] }
    }

    /// Whether the number stands anywhere but on this thread's stack, where the dynamic linker saves the
    /// registers of a copy that was just made.
    fn finds(&mut self) -> bool {
        let Self { maps, window } = self;
        maps.clear();
        File::open("/proc/self/maps").unwrap().read_to_string(maps).unwrap();
        let mut memory = File::open("/proc/self/mem").unwrap();
        let mut found = false;
        let stack = u64::try_from(std::ptr::from_ref(&found).addr()).unwrap();
        for line in maps.lines().filter(|line| line.contains(" rw") && !line.contains("[vvar")) {
            let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
            let (mut at, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
            if (at..to).contains(&stack) {
                continue;
            }
            while at < to {
                let size = window.len().min(usize::try_from(to - at).unwrap());
                memory.seek(SeekFrom::Start(at)).unwrap();
                if memory.read_exact(&mut window[..size]).is_ok() {
                    found |= shows(&window[..size]);
                }
                // Before the next look, which would find its own copy.
                window.as_mut_slice().zeroize();
                at += u64::try_from(size).unwrap();
                if at < to {
                    // Pieces overlap, so that a number on their border is seen too.
                    at -= 64;
                }
            }
        }
        found
    }
}

/// A message of the catalogue with the number in every text, under unknown keys, escaped, and as a number
/// too large to be one.
fn poisoned(frame: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16_384);
    bytes.extend(b"9999");
    bytes.extend(&frame.as_bytes()[4..10]);
    let mut in_text = false;
    let body = &frame.as_bytes()[10..];
    let mut at = 0;
    while at < body.len() {
        let rest = &body[at..];
        if rest.starts_with(b"\"string\"") {
            bytes.push(b'"');
            bytes.extend(canary());
            // An escape, so that the text has to be rewritten.
            bytes.extend(br"\ud55c");
            bytes.extend(canary());
            bytes.push(b'"');
            at += 8;
            continue;
        }
        in_text ^= rest[0] == b'"';
        if rest[0] == b'{' && !in_text {
            bytes.extend(b"{\"new");
            bytes.extend(canary());
            bytes.extend(b"\":[{\"a\":\"");
            bytes.extend(canary());
            bytes.extend(b"\"},");
            bytes.extend(canary());
            bytes.extend(canary());
            bytes.extend(if rest[1] == b'}' { &b"]"[..] } else { b"]," });
            at += 1;
            continue;
        }
        bytes.push(rest[0]);
        at += 1;
    }
    bytes
}

fn exercise(bytes: &[u8], request: bool, pieces: usize) -> Option<(Frame, FrameBytes)> {
    let mut decoder = if request {
        FrameDecoder::for_requests(FrameRules::default())
    } else {
        FrameDecoder::for_answers(FrameRules::default())
    };
    let mut kept = None;
    for piece in bytes.chunks(pieces) {
        decoder.push(piece);
        while let Some(item) = decoder.next() {
            let Ok(frame) = item else { continue };
            let utf8 = EncodeRules { text: SendText::Utf8, ..EncodeRules::default() };
            let cp949 = EncodeRules { text: SendText::Cp949, ..EncodeRules::default() };
            for rules in [EncodeRules::default(), utf8, cp949] {
                let written = if request {
                    Request::decode(&frame).ok().and_then(|request| request.clone().encode(&rules).ok())
                } else {
                    Response::decode(&frame).ok().and_then(|response| response.clone().encode(&rules).ok())
                };
                if let Some(written) = written {
                    kept = Some((frame_again(&written, request), written));
                }
            }
        }
    }
    kept
}

fn frame_again(bytes: &[u8], request: bool) -> Frame {
    let mut decoder = if request {
        FrameDecoder::for_requests(FrameRules::default())
    } else {
        FrameDecoder::for_answers(FrameRules::default())
    };
    decoder.push(bytes);
    decoder.next().unwrap().unwrap()
}

#[test]
fn freed_memory_holds_no_card_number() {
    let mut search = Search::new();
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../../tests/vectors/catalogue.json")).unwrap();
    assert!(!search.finds(), "the number is there before it was sent");
    let mut written = 0;
    for vector in &vectors {
        let request = vector["direction"] == "request";
        if vector["json"].is_null() {
            continue;
        }
        let mut bytes = poisoned(vector["frame"].as_str().unwrap());
        for pieces in [1, 100, bytes.len()] {
            let kept = exercise(&bytes, request, pieces);
            written += usize::from(kept.is_some());
        }
        // Broken off, without an end.
        exercise(&bytes[..bytes.len() - 2], request, 64);
        let end = bytes.len() - 1;
        bytes[end] = b']';
        exercise(&bytes, request, 64);
        bytes.zeroize();
        assert!(!search.finds(), "{}: a card number is left in freed memory", vector["name"]);
    }
    assert!(written > 100, "{written}");

    // A message that contradicts itself.
    let mut twice = Vec::with_capacity(400);
    twice.extend(b"9999010010{\"data\":{\"a\":\"");
    twice.extend(canary());
    twice.extend(b"\",\"a\":[\"");
    twice.extend(canary());
    twice.extend(b"\"],\"ptxid\":1}}");
    exercise(&twice, false, 1_000);
    twice.zeroize();
    assert!(!search.finds(), "a card number is left in freed memory");

    // The search does find what is freed and not wiped.
    drop(poisoned(vectors[1]["frame"].as_str().unwrap()));
    assert!(search.finds(), "the search finds nothing");
}
