//! Records as JSON, each with its sentences for the screen: a screen needs no table of codes.

use danmal::{
    Alarm, Capabilities, Error, Event, EventCode, HistoryEntry, Language, Operation, Outcome, Resolution,
    SerialPort, Status, Text,
};
use serde::Serialize;
use serde_json::{Value, json};

/// A record as it is.
#[must_use]
pub fn json(record: &impl Serialize) -> String {
    // The records of the model have string keys and finite numbers: nothing in them can fail.
    serde_json::to_string(record).unwrap_or_else(|_| "null".to_owned())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[serde(flatten)]
    outcome: &'a Outcome,
    text: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_step: Option<Text>,
    /// The sentences of its alarms, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alarm_texts: Vec<Text>,
}

fn shown(outcome: &Outcome) -> Shown<'_> {
    let next_step = match outcome {
        Outcome::Unknown(unknown) => {
            let step = |language| unknown.next_step(language);
            Some(Text::of(step(Language::Korean), step(Language::English)))
        }
        _ => None,
    };
    let alarms: &[Alarm] = match outcome {
        Outcome::Approved(approval) => &approval.alarms,
        _ => &[],
    };
    Shown { outcome, text: outcome.text(), next_step, alarm_texts: alarms.iter().map(Alarm::text).collect() }
}

/// An outcome, tagged by `kind`.
#[must_use]
pub fn outcome(outcome: &Outcome) -> String {
    json(&shown(outcome))
}

/// A resolution, tagged by `kind`: `final` and `stillUnknown` with an `outcome`, `operator` with a `verdict`.
#[must_use]
pub fn resolution(resolution: &Resolution) -> String {
    #[derive(Serialize)]
    #[serde(tag = "kind", rename_all = "camelCase")]
    enum Kind<'a> {
        Final { outcome: Shown<'a> },
        Operator { verdict: danmal::Verdict },
        StillUnknown { outcome: Shown<'a> },
    }
    json(&match resolution {
        Resolution::Final(outcome) => Kind::Final { outcome: shown(outcome) },
        Resolution::Operator(verdict) => Kind::Operator { verdict: *verdict },
        Resolution::StillUnknown(outcome) => Kind::StillUnknown { outcome: shown(outcome) },
    })
}

/// An event.
#[must_use]
pub fn event(event: &Event) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct ShownEvent<'a> {
        code: EventCode,
        at: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<danmal::Ptxid>,
        text: &'a Text,
        #[serde(skip_serializing_if = "Option::is_none")]
        result_code: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        alarm: Option<&'a Alarm>,
        #[serde(skip_serializing_if = "Option::is_none")]
        progress: Option<danmal::Progress>,
        #[serde(skip_serializing_if = "Option::is_none")]
        outcome: Option<Shown<'a>>,
    }
    json(&ShownEvent {
        code: event.code,
        at: event.at.to_string(),
        operation: event.operation,
        text: &event.text,
        result_code: event.result_code.as_deref(),
        alarm: event.alarm.as_ref(),
        progress: event.progress,
        outcome: event.outcome.as_deref().map(shown),
    })
}

/// What an operation is: its id, what was asked, and whether it was handed out again.
#[must_use]
pub fn operation(operation: &Operation) -> String {
    let mut shown = serde_json::to_value(operation.intent()).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut shown {
        fields.insert("replayed".to_owned(), json!(operation.replayed().map(|at| at.to_string())));
    }
    shown.to_string()
}

/// An error, with its sentence.
#[must_use]
pub fn error(error: &Error) -> String {
    #[derive(Serialize)]
    struct ShownError<'a> {
        #[serde(flatten)]
        error: &'a Error,
        text: Text,
    }
    json(&ShownError { error, text: error.text() })
}

/// How a terminal stands.
#[must_use]
pub fn status(status: &Status) -> String {
    json(status)
}

/// What a terminal is known to do.
#[must_use]
pub fn capabilities(capabilities: &Capabilities) -> String {
    json(capabilities)
}

/// What a journal holds, oldest first.
#[must_use]
pub fn history(entries: &[HistoryEntry]) -> String {
    let entry = |entry: &HistoryEntry| {
        json!({
            "intent": entry.intent,
            "outcome": entry.outcome.as_ref().map(shown),
            "seen": entry.seen,
            "overridden": entry.overridden.as_ref().map(|(verdict, reason)| {
                json!({ "verdict": verdict, "reason": reason })
            }),
            "cancellations": entry.cancellations,
            "net": entry.net,
            "stands": entry.stands(),
        })
    };
    Value::from(entries.iter().map(entry).collect::<Vec<_>>()).to_string()
}

/// The serial ports of this machine.
#[must_use]
pub fn ports(ports: &[SerialPort]) -> String {
    let port = |port: &SerialPort| {
        json!({
            "path": port.path,
            "usb": port.usb.as_ref().map(|usb| json!({
                "vid": usb.vid,
                "pid": usb.pid,
                "serial": usb.serial,
                "manufacturer": usb.manufacturer,
                "product": usb.product,
            })),
        })
    };
    Value::from(ports.iter().map(port).collect::<Vec<_>>()).to_string()
}
