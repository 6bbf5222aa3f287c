//! Each fault does what its name says: to the bytes, to the ledger.

#[path = "../common/mod.rs"]
mod common;

mod at_once;
mod course;
mod history;
mod reply;
mod request;

use std::borrow::Cow;
use std::time::Duration;

use common::{Answer, PTXID, Rig, seconds};
use danmal_simulator::{
    Code, Fault, FaultKind, Moment, PendingWork, Place, PtxidFault, RebootMemory, Screen, Unconfirmed, When,
};
use serde_json::{Value, json};

type Case = (FaultKind, fn());

/// Every fault has a case; the test below counts them.
const CASES: &[Case] = &[
    (FaultKind::NoCard, course::no_card),
    (FaultKind::CardRemoved, course::card_removed),
    (FaultKind::CustomerCancels, course::customer_cancels),
    (FaultKind::AskSignature, course::ask_signature),
    (FaultKind::NoSignature, course::no_signature),
    (FaultKind::SignatureRepeats, course::signature_repeats),
    (FaultKind::SlowCustomer, course::slow_customer),
    (FaultKind::Decline, course::decline),
    (FaultKind::OtherAmount, course::other_amount),
    (FaultKind::SlowHost, course::slow_host),
    (FaultKind::HostDown, course::host_down),
    (FaultKind::HostReplyLost, course::host_reply_lost),
    (FaultKind::HostReverses, course::host_reverses),
    (FaultKind::Busy, course::busy),
    (FaultKind::Refuse, course::refuse),
    (FaultKind::InterimCode, course::interim_code),
    (FaultKind::StopIgnored, course::stop_ignored),
    (FaultKind::StopSwallowsAnswer, course::stop_swallows_answer),
    (FaultKind::LateSignatureWait, course::late_signature_wait),
    (FaultKind::IfUnconfirmed, course::if_unconfirmed),
    (FaultKind::ReverseWhenConfirmed, course::reverse_when_confirmed),
    (FaultKind::ShownLate, course::shown_late),
    (FaultKind::NeverShown, course::never_shown),
    (FaultKind::ShownWithoutPtxid, course::shown_without_ptxid),
    (FaultKind::ShownAfterReversal, course::shown_after_reversal),
    (FaultKind::LastEmpty, history::last_empty),
    (FaultKind::LastEarlier, history::last_earlier),
    (FaultKind::LastOtherType, history::last_other_type),
    (FaultKind::LastUnderOwnCode, history::last_under_own_code),
    (FaultKind::Reboot, at_once::reboot),
    (FaultKind::Cut, at_once::cut),
    (FaultKind::HalfOpen, at_once::half_open),
    (FaultKind::RefuseConnections, at_once::refuse_connections),
    (FaultKind::Unplug, at_once::unplug),
    (FaultKind::Silence, at_once::silence),
    (FaultKind::OtherSale, at_once::other_sale),
    (FaultKind::StaleBytes, at_once::stale_bytes),
    (FaultKind::LoseRequest, request::lose_request),
    (FaultKind::CutRequest, request::cut_request),
    (FaultKind::DelayRequest, request::delay_request),
    (FaultKind::FlipRequestBit, request::flip_request_bit),
    (FaultKind::DropRequestBytes, request::drop_request_bytes),
    (FaultKind::LoseReply, reply::lose_reply),
    (FaultKind::CutReply, reply::cut_reply),
    (FaultKind::DuplicateReply, reply::duplicate_reply),
    (FaultKind::DelayReply, reply::delay_reply),
    (FaultKind::Trickle, reply::trickle),
    (FaultKind::WrongPtxid, reply::wrong_ptxid),
    (FaultKind::WrongCode, reply::wrong_code),
    (FaultKind::Garbage, reply::garbage),
    (FaultKind::WrongLength, reply::wrong_length),
    (FaultKind::LengthOff, reply::length_off),
    (FaultKind::BrokenJson, reply::broken_json),
    (FaultKind::NoJson, reply::no_json),
    (FaultKind::NoBody, reply::no_body),
    (FaultKind::ByteOrderMark, reply::byte_order_mark),
    (FaultKind::Cp949Bytes, reply::cp949_bytes),
    (FaultKind::Utf8Bytes, reply::utf8_bytes),
    (FaultKind::DuplicateKey, reply::duplicate_key),
    (FaultKind::NumbersAsText, reply::numbers_as_text),
    (FaultKind::TextAsNumbers, reply::text_as_numbers),
    (FaultKind::HugeInteger, reply::huge_integer),
    (FaultKind::DeepNesting, reply::deep_nesting),
    (FaultKind::UnknownFields, reply::unknown_fields),
    (FaultKind::DataMissing, reply::data_missing),
    (FaultKind::FlipReplyBit, reply::flip_reply_bit),
    (FaultKind::DropReplyBytes, reply::drop_reply_bytes),
];

#[test]
fn every_fault_does_what_its_name_says() {
    let tested: Vec<FaultKind> = CASES.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(tested, FaultKind::ALL, "a fault without a case, or out of order");
    for (kind, case) in CASES {
        eprintln!("{}: {}", kind.name(), kind.text());
        case();
    }
}

fn on_sale(fault: Fault) -> Rig {
    Rig::rules([When::request(Code::CardApproval).then(fault)])
}

/// A sale of 500 won under a fault: its answers and the ledger's count.
fn sold(fault: Fault) -> (Vec<Answer>, Rig) {
    let mut rig = on_sale(fault);
    rig.sale(500);
    (rig.answers(), rig)
}

fn results(answers: &[Answer]) -> Vec<&str> {
    answers.iter().map(Answer::result).collect()
}

/// The bytes that a sale is answered with under a fault of its answer.
fn answered(fault: Fault) -> (Vec<u8>, Rig) {
    let mut rig = on_sale(fault);
    rig.sale(500);
    assert_eq!(rig.host.captured(PTXID), 1, "a fault of the answer leaves the capture alone");
    (rig.bytes(), rig)
}

/// The answer without a fault.
fn plain() -> Vec<u8> {
    let mut rig = Rig::new();
    rig.sale(500);
    rig.bytes()
}

fn body(bytes: &[u8]) -> Value {
    serde_json::from_slice(&bytes[10..]).unwrap()
}

fn declared(bytes: &[u8]) -> usize {
    std::str::from_utf8(&bytes[..4]).unwrap().parse().unwrap()
}

fn text(text: &'static str) -> Cow<'static, str> {
    text.into()
}

fn reboot_for(down: u64, memory: RebootMemory, pending: PendingWork) -> Fault {
    Fault::Reboot { down: seconds(down), memory, pending }
}
