//! Messages: any body under any code is read or refused, and what was read and written is read again as it
//! was.

use danmal_model::FrameRules;
use danmal_wire::{Code, EncodeRules, FrameDecoder, Request, Response};

/// Every code that the catalogue prints.
const CODES: [&[u8; 6]; 17] = [
    b"010010", b"010020", b"030010", b"030020", b"070010", b"070020", b"910021", b"930021", b"970021",
    b"990001", b"050099", b"980001", b"081008", b"900091", b"050010", b"050020", b"900050",
];

/// The first byte chooses the code and the side, the rest is the body.
pub fn run(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else { return };
    let digits = CODES[usize::from(*choice >> 1) % CODES.len()];
    let Some(code) = Code::from_digits(*digits) else { panic!("{digits:?} is a code") };
    let length = (body.len() + 6).min(9_999);
    let mut stream = format!("{length:04}").into_bytes();
    stream.extend_from_slice(digits);
    stream.extend_from_slice(body);
    let requests = choice & 1 == 1;
    let mut decoder = match requests {
        true => FrameDecoder::for_requests(FrameRules::default()),
        false => FrameDecoder::for_answers(FrameRules::default()),
    };
    decoder.push(&stream);
    while let Some(item) = decoder.next() {
        let Ok(frame) = item else { continue };
        if requests {
            if let Ok(request) = Request::decode(&frame) {
                let _ = request.ptxid();
                read_again_request(&request);
            }
            continue;
        }
        if let Ok(response) = Response::decode(&frame) {
            let _ = (response.ptxid().map(str::len), response.is_blank(), response.is_signature_wait());
            read_again(&response);
        }
        let _ = Response::decode_as(code, &frame);
        let _ = Response::decode_as(Code::CardApproval, &frame);
    }
}

fn read_again(response: &Response) {
    // What is longer than a frame can say is refused.
    let Ok(bytes) = response.encode(&EncodeRules::default()) else { return };
    let mut decoder = FrameDecoder::for_answers(FrameRules::default());
    decoder.push(&bytes);
    let Some(Ok(frame)) = decoder.next().or_else(|| decoder.release_held().map(Ok)) else {
        panic!("what was written is a frame")
    };
    match Response::decode(&frame) {
        // What could not be read of a field is not written as that field again.
        Ok(again) => assert!(again.result_code == response.result_code, "the result code is the same"),
        Err(error) => panic!("what was written is read: {error}"),
    }
}

fn read_again_request(request: &Request) {
    let Ok(bytes) = request.encode(&EncodeRules::default()) else { return };
    let mut decoder = FrameDecoder::for_requests(FrameRules::default());
    decoder.push(&bytes);
    let Some(Ok(frame)) = decoder.next().or_else(|| decoder.release_held().map(Ok)) else {
        panic!("what was written is a frame")
    };
    match Request::decode(&frame) {
        Ok(again) => assert!(again == *request, "a request is read again as it was"),
        Err(error) => panic!("what was written is read: {error}"),
    }
}
