//! Decoding and encoding against `serde_json` alone on the same body into the same fields.

use std::hint::black_box;
use std::time::Instant;

use danmal_wire::{ApprovalRequest, EncodeRules, FrameDecoder, Request, Response};

use super::contestant;
use super::statistics::median;
use super::terminal::answer_body;

const PTXID: &str = "CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1a";
const ROUNDS: usize = 31;
const TIMES: u32 = 4_000;

/// The median over the rounds of danmal's time by that of `serde_json`, and both in nanoseconds.
pub fn ratio() -> (f64, f64, f64) {
    let body = answer_body(PTXID);
    let frame = format!("{:04}010010{body}", body.len() + 6);
    let mut decoder = FrameDecoder::for_answers(Default::default());
    let request = Request::CardApproval(ApprovalRequest {
        price_amt: 15_000,
        ptxid: PTXID.into(),
        ..Default::default()
    });
    let plain = contestant::Request {
        price_amt: 15_000,
        tax_amt: 0,
        tip_amt: 0,
        tax_free_amt: 0,
        installment: 0,
        ptxid: PTXID,
    };
    let mut ours = || {
        decoder.push(black_box(frame.as_bytes()));
        if let Some(Ok(frame)) = decoder.next() {
            black_box(Response::decode(&frame).is_ok());
        }
        black_box(request.encode(&EncodeRules::default()).map(|bytes| bytes.len()).unwrap_or(0));
    };
    let mut theirs = || {
        black_box(serde_json::from_slice::<contestant::Answer>(black_box(body.as_bytes())).is_ok());
        black_box(serde_json::to_vec(black_box(&plain)).map(|bytes| bytes.len()).unwrap_or(0));
    };
    let time = |act: &mut dyn FnMut()| {
        let start = Instant::now();
        for _ in 0..TIMES {
            act();
        }
        start.elapsed().as_nanos() as f64 / f64::from(TIMES)
    };
    time(&mut ours);
    time(&mut theirs);
    let rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (time(&mut ours), time(&mut theirs))).collect();
    let of = |pick: fn(&(f64, f64)) -> f64| median(rounds.iter().map(pick).collect());
    (of(|(a, b)| a / b), of(|(a, _)| *a), of(|(_, b)| *b))
}
