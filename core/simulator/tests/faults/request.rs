//! Faults of the bytes of a request.

use super::common::*;
use super::*;

pub(super) fn lose_request() {
    let mut rig = on_sale(Fault::LoseRequest);
    rig.sale(500);
    assert_eq!((rig.bytes().len(), rig.closed(), rig.host.len()), (0, None, 0));
    rig.sale(500);
    assert_eq!(rig.host.captured(PTXID), 1, "the next one arrives");
}

pub(super) fn cut_request() {
    let request = frame("010010", &sale(PTXID, 500));
    for after in 0..=request.len() + 2 {
        for reset in [false, true] {
            let mut rig = on_sale(Fault::CutRequest { after: u32::try_from(after).unwrap(), reset });
            rig.send_raw(&request);
            rig.rest();
            let whole = after >= request.len();
            assert_eq!((rig.closed(), rig.bytes().len()), (Some(reset), 0));
            assert_eq!(rig.host.captured(PTXID), usize::from(whole), "{after} of {} bytes", request.len());
        }
    }
}

pub(super) fn delay_request() {
    let mut rig = on_sale(Fault::DelayRequest { by: seconds(200) });
    rig.send("010010", sale(PTXID, 500));
    rig.disconnect();
    rig.pass(seconds(200));
    assert!(rig.host.is_empty());
    rig.pass(seconds(1));
    assert_eq!(rig.host.captured(PTXID), 1, "after its connection and after the fence");
}

pub(super) fn flip_request_bit() {
    // In the JSON's brace, in the code and in the amount.
    let request = frame("010010", &sale(PTXID, 500));
    let amount = request.windows(5).position(|five| five == b":500,").unwrap() + 1;
    for (byte, bit, expected) in
        [(10, 0, None), (4, 0, Some(("110010", "9990"))), (amount, 1, Some(("010010", "0000")))]
    {
        let mut rig = on_sale(Fault::FlipRequestBit { byte: u32::try_from(byte).unwrap(), bit });
        rig.send_raw(&request);
        rig.rest();
        let answers = rig.answers();
        let found = answers.first().map(|answer| (answer.code.as_str(), answer.result()));
        assert_eq!(found, expected, "byte {byte}");
        assert_eq!(rig.host.net(), if byte == amount { 700 } else { 0 });
        assert_eq!(rig.last().0, "0000", "the line recovers");
    }
}

pub(super) fn drop_request_bytes() {
    // In the name of a field, and over the mark behind it.
    for (from, expected) in [(12, Some("9990")), (20, None)] {
        let mut rig = on_sale(Fault::DropRequestBytes { from, count: 4 });
        rig.sale(500);
        assert!(rig.host.is_empty());
        assert_eq!(rig.answers().first().map(Answer::result), expected);
        assert_eq!(rig.last().0, "0000", "the line recovers");
    }
    let mut rig = on_sale(Fault::DropRequestBytes { from: 0, count: 10_000 });
    rig.sale(500);
    assert_eq!((rig.bytes().len(), rig.host.len()), (0, 0));
}
