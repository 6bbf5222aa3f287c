//! What the decoder makes of a connection's bytes.

use danmal_model::{BodyText, FrameMode, FrameRules, LengthRule, SeenText, SendText};
use danmal_wire::*;

const OK: &str = r#"{"resultCode":"0000"}"#;

fn tolerant() -> FrameRules {
    FrameRules::default()
}

fn strict() -> FrameRules {
    FrameRules { mode: FrameMode::Strict, ..FrameRules::default() }
}

/// Everything that comes out, in one line each.
fn items(decoder: &mut FrameDecoder, bytes: &[u8]) -> Vec<String> {
    decoder.push(bytes);
    std::iter::from_fn(|| decoder.next())
        .map(|item| match item {
            Ok(frame) => format!("{} {}", frame.code(), frame.text().unwrap_or("-")),
            Err(error) => error.to_string(),
        })
        .collect()
}

fn answers(bytes: &[u8]) -> Vec<String> {
    items(&mut FrameDecoder::for_answers(tolerant()), bytes)
}

fn requests(bytes: &[u8]) -> Vec<String> {
    items(&mut FrameDecoder::for_requests(tolerant()), bytes)
}

fn strictly(rules: FrameRules, bytes: &[u8]) -> Vec<String> {
    items(&mut FrameDecoder::for_answers(rules), bytes)
}

fn frame(header: &str, body: &str) -> Vec<u8> {
    format!("{header}{body}").into_bytes()
}

#[test]
fn any_declared_length_is_tolerated_and_reported() {
    for length in ["0027", "0000", "0005", "0006", "0021", "9999", "0050", "XXXX", "12 4", "-001"] {
        let mut decoder = FrameDecoder::for_answers(tolerant());
        decoder.push(&frame(&format!("{length}980001"), OK));
        let frame = decoder.next().unwrap().unwrap();
        assert_eq!((frame.code(), frame.text()), (Code::Confirm, Some(OK)), "{length}");
        assert_eq!(frame.declared(), length.parse().ok(), "{length}");
        assert_eq!(frame.facts().fits(LengthRule::Bytes), length == "0027", "{length}");
        assert_eq!(frame.facts().fits(LengthRule::BodyBytes), length == "0021", "{length}");
        assert!(!frame.facts().fits(LengthRule::Placeholder));
        assert!(decoder.next().is_none() && decoder.is_idle(), "{length}");
    }
}

#[test]
fn the_seven_headers_are_requests_at_once() {
    for code in ["910021", "930021", "970021", "990001", "980001", "081008", "555555"] {
        assert_eq!(requests(format!("0006{code}").as_bytes()), [format!("{code} -")]);
    }
    assert_eq!(requests(b"00069100210006555555"), ["910021 -", "555555 -"]);
    assert_eq!(requests(b"0006980001\r\n0006990001"), ["980001 -", "990001 -"]);
    // An unknown one too: nobody can say whether it has a body.
    assert_eq!(requests(b"0006123456"), ["123456 -"]);
}

#[test]
fn a_body_behind_0006_belongs_to_it() {
    assert_eq!(requests(br#"0006050099{"from":"1","to":"2"}"#), [r#"050099 {"from":"1","to":"2"}"#]);
    let mut decoder = FrameDecoder::for_answers(tolerant());
    assert!(items(&mut decoder, b"0006980001").is_empty());
    assert_eq!(decoder.pending(), Pending::Behind(Code::Confirm));
    assert!(!decoder.is_idle());
    assert_eq!(items(&mut decoder, OK.as_bytes()), [format!("980001 {OK}")]);
    assert!(decoder.is_idle());
}

#[test]
fn an_answer_without_a_body_is_held_until_it_is_proven() {
    let mut decoder = FrameDecoder::for_answers(tolerant());
    assert!(items(&mut decoder, b"0006980001").is_empty());
    assert_eq!(items(&mut decoder, b"0"), ["980001 -"]);
    assert_eq!(items(&mut decoder, &frame("027990001", OK)), [format!("990001 {OK}")]);

    assert!(items(&mut decoder, b"0006980001").is_empty());
    let bare = decoder.release_held().unwrap();
    assert_eq!((bare.code(), bare.text(), bare.body()), (Code::Confirm, None, &[][..]));
    assert!(decoder.is_idle() && decoder.release_held().is_none());
    // What is no such header is not released.
    decoder.push(b"0027980001");
    assert!(decoder.next().is_none() && decoder.release_held().is_none());
}

#[test]
fn white_space_and_a_byte_order_mark_are_passed_over() {
    let mut bytes = b"\r\n 0027980001 \xef\xbb\xbf ".to_vec();
    bytes.extend(OK.as_bytes());
    bytes.extend(b"\r\n");
    let mut decoder = FrameDecoder::for_answers(tolerant());
    decoder.push(&bytes);
    let frame = decoder.next().unwrap().unwrap();
    assert_eq!(frame.text(), Some(OK));
    assert!(frame.facts().marked);
    assert!(decoder.next().is_none() && decoder.is_idle());
}

#[test]
fn garbage_is_counted_and_the_next_provable_frame_read() {
    let good = frame("0027980001", OK);
    let read = format!("980001 {OK}");
    for (garbage, cause) in [
        (&b"hello"[..], "no header"),
        (b"\x00\xff\xfe", "no header"),
        (b"\xff\xff\xff\xff980001", "no header"),
        (b"12", "no body behind a header"),
        (b"5555", "no body behind a header"),
        (br#"{"resultCode":"0000"}"#, "no header"),
        (b"0027980001[1,2]", "no body behind a header"),
        (br#"0027980001{"a":tru]"#, "broken JSON"),
        (br#"0027980001{"a" "b"}"#, "broken JSON"),
        (br#"0027980001{"a":1,}"#, "broken JSON"),
        (br#"0027980001{"a":["#, "broken JSON"),
        (br#"0027980001{"resultCode":"00"#, "broken JSON"),
        (br#"0027980001{"resultCode":"0000"980001{"x":1}"#, "broken JSON"),
    ] {
        let bytes = [garbage, &good].concat();
        let expected = [
            format!("frame boundary lost: {cause}"),
            format!("skipped {} bytes to the next frame", garbage.len()),
            read.clone(),
        ];
        assert_eq!(answers(&bytes), expected, "{}", String::from_utf8_lossy(garbage));
    }
}

#[test]
fn digits_alone_prove_nothing() {
    // Inside garbage, four digits and a known code that no body follows.
    assert_eq!(answers(b"xx0006980001yy"), ["frame boundary lost: no header"]);
    // A length of digits is needed there.
    assert_eq!(answers(br#"xxXXXX980001{}"#), ["frame boundary lost: no header"]);
    // A code that is not known proves nothing there, though it is a frame where one is due.
    assert_eq!(answers(br#"xx0008123456{}"#), ["frame boundary lost: no header"]);
    assert_eq!(answers(br#"0008123456{}"#), ["123456 {}"]);
    // For a request that has no body they do prove it.
    assert_eq!(
        requests(b"xx0006980001"),
        ["frame boundary lost: no header", "skipped 2 bytes to the next frame", "980001 -"]
    );
}

#[test]
fn an_unfinished_body_waits_and_is_bounded() {
    let rules = FrameRules { max_body: 64, ..tolerant() };
    let mut decoder = FrameDecoder::for_answers(rules);
    assert!(items(&mut decoder, br#"9999980001{"a":""#).is_empty());
    assert_eq!(decoder.pending(), Pending::Body(Code::Confirm));
    assert!(items(&mut decoder, &[b'x'; 57]).is_empty());
    assert_eq!(items(&mut decoder, b"x"), ["the connection must be dropped: body too long"]);
    assert_eq!((decoder.pending(), decoder.pending_bytes()), (Pending::Reset, 0));
    // Dead until the next connection.
    assert!(items(&mut decoder, &frame("0027980001", OK)).is_empty());
    decoder.reset();
    assert!(decoder.is_idle());
    assert_eq!(items(&mut decoder, &frame("0027980001", OK)), [format!("980001 {OK}")]);
}

#[test]
fn what_stands_before_a_body_counts_as_its_length() {
    for before in ["", " ", "\u{feff}", "\r\n\u{feff} "] {
        let rules = FrameRules { max_body: 64, ..tolerant() };
        let bytes = format!("9999980001{before}{{\"a\":\"{}", "x".repeat(80));
        let most = 10 + 64;
        let mut decoder = FrameDecoder::for_answers(rules);
        assert!(items(&mut decoder, &bytes.as_bytes()[..most - 1]).is_empty(), "{before:?}");
        let fatal = ["the connection must be dropped: body too long"];
        assert_eq!(items(&mut decoder, &bytes.as_bytes()[most - 1..]), fatal, "{before:?}");
    }
    let mut decoder = FrameDecoder::for_answers(FrameRules { max_body: 64, ..tolerant() });
    let blank = format!("9999980001{}", " ".repeat(65));
    assert_eq!(items(&mut decoder, blank.as_bytes()), ["the connection must be dropped: body too long"]);
}

#[test]
fn garbage_without_an_end_is_fatal() {
    let mut decoder = FrameDecoder::for_answers(FrameRules { max_body: 64, ..tolerant() });
    assert_eq!(items(&mut decoder, &[b'x'; 64]), ["frame boundary lost: no header"]);
    assert_eq!(decoder.pending(), Pending::Boundary);
    assert_eq!(items(&mut decoder, b"xx"), ["the connection must be dropped: no frame found"]);
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("0000980001{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(answers(nested(31).as_bytes())[0].starts_with("980001 {"));
    assert_eq!(answers(nested(32).as_bytes()), ["frame boundary lost: nesting too deep"]);
    // More than 64 cannot be allowed.
    let rules = FrameRules { max_depth: 255, ..tolerant() };
    assert!(strictly(rules.clone(), nested(63).as_bytes())[0].starts_with("980001 {"));
    assert_eq!(strictly(rules, nested(64).as_bytes()), ["frame boundary lost: nesting too deep"]);
}

#[test]
fn a_reset_forgets_half_a_frame() {
    let mut decoder = FrameDecoder::for_answers(tolerant());
    decoder.push(br#"0027980001{"resultCode":"#);
    assert!(decoder.next().is_none());
    decoder.reset();
    assert!(decoder.is_idle() && decoder.pending_bytes() == 0);
    assert_eq!(items(&mut decoder, &frame("0027980001", OK)), [format!("980001 {OK}")]);
    assert_eq!(decoder.learnt().bodies, 1);
}

#[test]
fn strict_takes_the_right_length_and_nothing_else() {
    let fatal = |what: &str| vec![format!("the connection must be dropped: {what}")];
    let read = vec![format!("980001 {OK}")];
    assert_eq!(strictly(strict(), &frame("0027980001", OK)), read);
    for length in ["0026", "0028", "0000", "0006", "0021", "9999"] {
        let bytes = [frame(&format!("{length}980001"), OK), frame("0027980001", OK)].concat();
        assert_eq!(strictly(strict(), &bytes), fatal("declared length wrong"), "{length}");
    }
    assert_eq!(strictly(strict(), &frame("XXXX980001", OK)), fatal("no header"));
    assert_eq!(strictly(strict(), b" 0027980001"), fatal("no header"));
    assert_eq!(strictly(strict(), b"0027980001[]"), fatal("broken JSON"));
    assert_eq!(strictly(strict(), br#"0027980001{"a":]"#), fatal("broken JSON"));
    assert_eq!(strictly(strict(), &frame("0030980001\u{feff}", OK)), fatal("broken JSON"));
    // A length that would need memory is not believed before the bytes are there.
    let mut decoder = FrameDecoder::for_answers(strict());
    assert!(items(&mut decoder, b"9999980001{").is_empty());
    assert!(decoder.pending_bytes() < 100);

    let mut requests = FrameDecoder::for_requests(strict());
    assert_eq!(
        items(&mut requests, b"00069800010005990001"),
        ["980001 -", "the connection must be dropped: declared length wrong"]
    );

    let placeholder = FrameRules { length_counts: LengthRule::Placeholder, ..strict() };
    assert_eq!(strictly(placeholder, &frame("9999980001", OK)), read);
    let body = FrameRules { length_counts: LengthRule::BodyBytes, ..strict() };
    assert_eq!(strictly(body.clone(), &frame("0021980001", OK)), read);
    assert_eq!(strictly(body, b"0002990001{}"), ["990001 {}"]);

    let korean = r#"{"resultMessage":"완료"}"#;
    let characters = FrameRules { length_counts: LengthRule::Characters, ..strict() };
    let read = vec![format!("980001 {korean}")];
    assert_eq!(strictly(characters.clone(), &frame("0028980001", korean)), read);
    assert_eq!(strictly(characters, &frame("0032980001", korean)), fatal("declared length wrong"));
    let utf8 = FrameRules { body_text: BodyText::Utf8, length_counts: LengthRule::Placeholder, ..strict() };
    assert_eq!(
        strictly(utf8, b"0026980001{\"resultMessage\":\"\xbf\xcf\"}"),
        fatal("body in another encoding")
    );
}

#[test]
fn what_is_learnt_can_be_pinned() {
    let response = Response::new(Code::Confirm, "0000", "전송 완료");
    for length in LengthRule::COUNTING {
        for (text, body_text) in [(SendText::Utf8, BodyText::Utf8), (SendText::Cp949, BodyText::Cp949)] {
            let bytes = response.encode(&EncodeRules { text, length, placeholder: None }).unwrap();
            let mut decoder = FrameDecoder::for_answers(tolerant());
            decoder.push(&bytes);
            decoder.next().unwrap().unwrap();
            let pinned = decoder.learnt().pin(&strict());
            assert_eq!((pinned.length_counts, pinned.body_text), (length, body_text));
            assert_eq!(strictly(pinned, &bytes).len(), 1);
        }
    }
    let mut decoder = FrameDecoder::for_answers(tolerant());
    items(&mut decoder, &frame("9999980001", OK));
    assert_eq!(decoder.learnt().length_rule(), Some(LengthRule::Placeholder));
    let learnt = decoder.learnt().clone();
    let mut next = FrameDecoder::for_answers(tolerant());
    next.set_learnt(learnt);
    items(&mut next, &frame("XXXX980001", OK));
    assert_eq!((next.learnt().bodies, next.learnt().no_length), (2, 1));
}

#[test]
fn cp949_is_read_where_the_bytes_are_no_utf8() {
    // 완료 in CP949.
    let bytes = b"0026980001{\"resultMessage\":\"\xbf\xcf\xb7\xe1\"}";
    let mut decoder = FrameDecoder::for_answers(tolerant());
    decoder.push(bytes);
    let frame = decoder.next().unwrap().unwrap();
    assert_eq!(frame.text(), Some(r#"{"resultMessage":"완료"}"#));
    assert_eq!(frame.body(), &bytes[10..]);
    assert_eq!(frame.facts().text, SeenText::Cp949);
    assert_eq!(Response::decode(&frame).unwrap().result_message, "완료");

    // A device cut a text in the middle of a pair: the quote behind it ends the string all the same.
    let mut decoder = FrameDecoder::for_answers(tolerant());
    decoder.push(b"0000980001{\"resultMessage\":\"\xbf\xcf\xb7\",\"resultCode\":\"0000\"}0006");
    let frame = decoder.next().unwrap().unwrap();
    assert_eq!(frame.facts().text, SeenText::Damaged);
    let response = Response::decode(&frame).unwrap();
    assert_eq!((&*response.result_message, &*response.result_code), ("완\u{fffd}", "0000"));
    assert_eq!(decoder.pending_bytes(), 4);

    // Pinned to UTF-8 the same bytes are damaged, not lost.
    let mut decoder = FrameDecoder::for_answers(FrameRules { body_text: BodyText::Utf8, ..tolerant() });
    decoder.push(bytes);
    assert_eq!(decoder.next().unwrap().unwrap().facts().text, SeenText::Damaged);
}

#[test]
fn no_pair_of_cp949_hides_a_quote_a_backslash_or_a_bracket() {
    for lead in 0x80..=0xff_u8 {
        for trail in 0..=0xff_u8 {
            let pair = [lead, trail];
            let (text, damaged) = encoding_rs::EUC_KR.decode_without_bom_handling(&pair);
            if !damaged && text.chars().count() == 1 {
                assert!(!b"\"\\{}[]:,".contains(&trail), "{pair:x?} is {text}");
            }
        }
    }
    // Every character that CP949 has survives the way through a frame.
    let all: Vec<char> =
        ('\u{80}'..='\u{ffff}').filter(|c| !encoding_rs::EUC_KR.encode(&c.to_string()).2).collect();
    assert!(all.len() > 11_172);
    let rules = EncodeRules { text: SendText::Cp949, length: LengthRule::Bytes, placeholder: None };
    for piece in all.chunks(1_000) {
        let message: String = piece.iter().collect();
        let bytes = Response::new(Code::Confirm, "0000", &message).encode(&rules).unwrap();
        let mut decoder = FrameDecoder::for_answers(FrameRules { body_text: BodyText::Cp949, ..tolerant() });
        decoder.push(&bytes);
        let frame = decoder.next().unwrap().unwrap();
        assert!(decoder.next().is_none() && decoder.is_idle());
        assert!(frame.facts().fits(LengthRule::Bytes));
        assert_eq!(Response::decode(&frame).unwrap().result_message, *message);
    }
}
