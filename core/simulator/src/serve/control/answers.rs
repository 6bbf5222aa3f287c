//! What the control port tells.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::Log;
use crate::event::Screen;
use crate::host::{Entry, Host};
use crate::magic::MAGIC;
use crate::terminal::{Paper, Terminal};

fn entry(entry: &Entry) -> Value {
    json!({
        "ptxid": entry.ptxid,
        "code": entry.code.as_str(),
        "amount": entry.amount,
        "approvalNo": entry.approval_no,
        "transactionNo": entry.transaction_no,
        "date": entry.date,
        "state": entry.state.name(),
        "cancels": entry.cancels,
    })
}

pub(super) fn ledger(host: &Host, ptxid: Option<&str>) -> Value {
    let Some(ptxid) = ptxid else {
        return json!({"entries": host.entries().iter().map(entry).collect::<Vec<_>>(), "net": host.net()});
    };
    json!({
        "entries": host.entries_of(ptxid).iter().map(entry).collect::<Vec<_>>(),
        "captured": host.captured(ptxid),
        "reversed": host.reversed(ptxid),
        "cancelled": host.cancelled(ptxid),
        "performed": host.performed(ptxid),
        "net": host.net(),
    })
}

pub(super) fn papers(papers: &[Paper]) -> Value {
    let each = papers.iter().map(|paper| {
        json!({"fontFamily": paper.font_family, "alert": paper.alert, "lines": paper.lines, "text": paper.text()})
    });
    json!({"papers": each.collect::<Vec<_>>()})
}

pub(super) fn received(log: &Mutex<Log>) -> Value {
    let log = log.lock().unwrap_or_else(PoisonError::into_inner);
    let each = log.received.iter().map(|request| {
        json!({"client": request.client, "code": request.code, "ptxid": request.ptxid, "bytes": request.bytes})
    });
    json!({"requests": each.collect::<Vec<_>>()})
}

pub(super) fn events(log: &Mutex<Log>) -> Value {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    json!({"events": std::mem::take(&mut log.events)})
}

pub(super) fn screen(terminal: &Terminal) -> Value {
    let screen = match terminal.screen() {
        Screen::Off => "off",
        Screen::Idle => "idle",
        Screen::WaitingForCard => "waitingForCard",
        Screen::Signature => "signature",
        Screen::HostPending => "hostPending",
        Screen::Printing => "printing",
    };
    json!({"screen": screen, "listening": terminal.is_listening()})
}

pub(super) fn magic() -> Value {
    let each = MAGIC.iter().map(
        |magic| json!({"amount": magic.amount, "en": magic.en, "ko": magic.ko, "outcome": magic.outcome}),
    );
    json!({"magic": each.collect::<Vec<_>>()})
}
