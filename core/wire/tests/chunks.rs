//! However the bytes are cut, the same comes out; whatever they are, memory stays bounded.

mod common;

use danmal_model::{BodyText, FrameMode, FrameRules, LearntFrame, LengthRule, SendText};
use danmal_wire::*;
use proptest::prelude::*;

const MAX_BODY: u32 = 4_096;

/// All that a caller can see of an item.
#[derive(Debug, PartialEq)]
enum Item {
    Frame(Code, FrameFacts, Vec<u8>, Option<String>),
    Error(FrameError),
}

#[derive(Debug, PartialEq)]
struct Outcome {
    items: Vec<Item>,
    pending: Pending,
    pending_bytes: usize,
    learnt: LearntFrame,
}

fn decoder(requests: bool, rules: &FrameRules) -> FrameDecoder {
    if requests {
        FrameDecoder::for_requests(rules.clone())
    } else {
        FrameDecoder::for_answers(rules.clone())
    }
}

fn run<'a>(mut decoder: FrameDecoder, pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut items = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(item) = decoder.next() {
            items.push(match item {
                Ok(frame) => Item::Frame(
                    frame.code(),
                    *frame.facts(),
                    frame.body().to_vec(),
                    frame.text().map(str::to_owned),
                ),
                Err(error) => Item::Error(error),
            });
        }
        let most = 10 + usize::try_from(MAX_BODY).unwrap() + 16;
        assert!(decoder.pending_bytes() <= most, "{} bytes are held", decoder.pending_bytes());
    }
    Outcome {
        items,
        pending: decoder.pending(),
        pending_bytes: decoder.pending_bytes(),
        learnt: decoder.learnt().clone(),
    }
}

fn dialect() -> impl Strategy<Value = EncodeRules> {
    (
        prop::sample::select(vec![SendText::Escaped, SendText::Utf8, SendText::Cp949]),
        prop::sample::select(LengthRule::COUNTING.to_vec()),
        prop::option::weighted(0.3, 0..=9_999_u16),
    )
        .prop_map(|(text, length, placeholder)| EncodeRules { text, length, placeholder })
}

/// A good frame, possibly with a part cut off, a byte changed or another header.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop_oneof![
        (common::response(), dialect())
            .prop_map(|(response, rules)| response.encode(&rules).unwrap().to_vec()),
        (common::request(), dialect()).prop_map(|(request, rules)| request.encode(&rules).unwrap().to_vec()),
    ];
    (bytes, any::<prop::sample::Index>(), any::<u8>(), 0..10).prop_map(|(mut bytes, index, byte, what)| {
        let at = index.index(bytes.len());
        match what {
            0 => bytes.truncate(at),
            1 => bytes[at] = byte,
            2 => {
                bytes.remove(at);
            }
            3 => bytes.insert(at, byte),
            4 => bytes.splice(..4, *b"XXXX").for_each(drop),
            5 => bytes.splice(10..10, *b"\xef\xbb\xbf").for_each(drop),
            6 => bytes.splice(10..10, *b" \r\n").for_each(drop),
            _ => {}
        }
        bytes
    })
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => frame(),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => "[0-9]{0,24}".prop_map(String::into_bytes),
        1 => "[ \r\n\t]{0,4}".prop_map(String::into_bytes),
        1 => prop::sample::select(vec![
            &b"0006980001"[..], b"0006990001", b"0006123456", b"0000555555", b"0005910021", b"0006010010", b"{}", b"{",
            b"XXXX980001", b"9999980001\xef\xbb", b"0006980001\xef\xbb\xbf", b"0012980001{\"a\":\"\\", b"0099980001[",
        ]).prop_map(<[u8]>::to_vec),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..7).prop_map(|pieces| pieces.concat())
}

fn rules() -> impl Strategy<Value = FrameRules> {
    (
        prop::sample::select(vec![FrameMode::Tolerant, FrameMode::Tolerant, FrameMode::Strict]),
        prop::sample::select(vec![BodyText::Auto, BodyText::Auto, BodyText::Utf8, BodyText::Cp949]),
        prop::sample::select([&LengthRule::COUNTING[..], &[LengthRule::Placeholder]].concat()),
        prop::sample::select(vec![16, 200, MAX_BODY]),
    )
        .prop_map(|(mode, body_text, length_counts, max_body)| FrameRules {
            mode,
            body_text,
            length_counts,
            max_body,
            ..FrameRules::default()
        })
}

fn cut<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut from = 0;
    for place in places {
        pieces.push(&stream[from..place]);
        from = place;
    }
    pieces.push(&stream[from..]);
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_chunking_equals_one_chunk(
        stream in stream(),
        requests in any::<bool>(),
        rules in rules(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        // One piece of any size may be pushed, so the whole is cut where the bound on memory is looked at.
        let whole = run(decoder(requests, &rules), std::iter::once(&stream[..]));
        let pieces = run(decoder(requests, &rules), cut(&stream, &cuts).into_iter());
        prop_assert_eq!(&pieces, &whole);
        let bytes = run(decoder(requests, &rules), stream.chunks(1));
        prop_assert_eq!(&bytes, &whole);
    }

    #[test]
    fn every_byte_is_in_a_frame_or_counted(stream in stream(), requests in any::<bool>()) {
        // No white space between frames, which is passed over without a word.
        let stream: Vec<u8> = stream.into_iter().filter(|byte| !b" \t\r\n".contains(byte)).collect();
        let rules = FrameRules::default();
        let outcome = run(decoder(requests, &rules), std::iter::once(&stream[..]));
        let mut counted = 0;
        let mut lost = false;
        for item in &outcome.items {
            match item {
                Item::Frame(_, facts, body, _) => {
                    prop_assert!(!lost, "a frame before the boundary was found");
                    counted += 10 + body.len() + if facts.marked { 3 } else { 0 };
                }
                Item::Error(FrameError::Lost { .. }) => {
                    prop_assert!(!lost);
                    lost = true;
                }
                Item::Error(FrameError::Skipped { bytes }) => {
                    prop_assert!(lost);
                    lost = false;
                    counted += usize::try_from(*bytes).unwrap();
                }
                Item::Error(error) => prop_assert!(false, "{}", error),
            }
        }
        // What is searched through without a result is counted when the boundary is found.
        if lost {
            prop_assert!(counted + outcome.pending_bytes <= stream.len());
            prop_assert_eq!(outcome.pending, Pending::Boundary);
        } else {
            prop_assert_eq!(counted + outcome.pending_bytes, stream.len());
        }
    }

    #[test]
    fn arbitrary_bytes_end_in_bounded_memory(
        stream in prop::collection::vec(any::<u8>(), 0..2_000),
        requests in any::<bool>(),
        rules in rules(),
    ) {
        let outcome = run(decoder(requests, &rules), stream.chunks(64));
        prop_assert!(outcome.items.len() <= stream.len() + 1);
    }

    #[test]
    fn no_frame_is_too_strange_to_be_decoded(stream in stream(), code in common::code()) {
        for requests in [false, true] {
            let mut decoder = decoder(requests, &FrameRules::default());
            decoder.push(&stream);
            while let Some(item) = decoder.next() {
                let Ok(frame) = item else { continue };
                let _ = Request::decode(&frame);
                let _ = Response::decode_as(code, &frame);
                if let Ok(response) = Response::decode(&frame) {
                    let again = response.encode(&EncodeRules::default());
                    prop_assert!(again.is_ok_and(|bytes| bytes.is_ascii()));
                }
            }
        }
    }
}

#[test]
fn a_body_in_single_bytes_is_read_in_linear_time() {
    // A megabyte in pieces of one byte: a decoder that looked at all of it each time would not end.
    let text = "가".repeat(300_000);
    let json = format!("{{\"resultMessage\":\"{text}\"}}");
    let bytes = [b"9999980001", json.as_bytes()].concat();
    let mut decoder = FrameDecoder::for_answers(FrameRules::default());
    let mut frames = 0;
    for byte in bytes.chunks(1) {
        decoder.push(byte);
        if let Some(item) = decoder.next() {
            assert_eq!(item.unwrap().text(), Some(&*json));
            frames += 1;
        }
    }
    assert_eq!(frames, 1);
    assert!(decoder.is_idle());
}
