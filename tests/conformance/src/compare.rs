//! What a scenario expects, held against what an adapter saw.

use danmal_simulator::script::{Expectation, JournalExpectation};
use serde_json::Value;

use crate::words::{HistoryLine, Seen};

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// The name of an outcome.
#[must_use]
pub fn name(outcome: &Value) -> &str {
    text(outcome, "kind").unwrap_or("nothing")
}

/// What differs, a sentence each.
#[must_use]
pub fn differences(expected: &Expectation, seen: &Seen, same_as: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let of = &expected.of;
    if let Some(refusal) = &expected.refused {
        let Some(error) = &seen.refused else { return vec![format!("{of} was not refused by the call")] };
        for (key, wanted) in [("field", &refusal.field), ("code", &refusal.code)] {
            if wanted.is_some() && wanted.as_deref() != text(error, key) {
                wrong.push(format!("{of} was refused otherwise: {error}"));
            }
        }
        return wrong;
    }
    if let Some(refused) = &seen.refused {
        return vec![format!("{of} was refused by the call: {refused}")];
    }
    if let Some(answer) = &expected.answer {
        return of_answer(answer, seen).into_iter().map(|sentence| format!("{of}: {sentence}")).collect();
    }
    let Some(first) = &seen.outcome else { return vec![format!("{of} had no outcome by its deadline")] };
    if let Some(wanted) = &expected.outcome
        && name(first) != wanted
    {
        wrong.push(format!("{of} is {wanted} expected, it is {first}"));
    }
    let mut last = first;
    if let Some(wanted) = &expected.resolution {
        match &seen.resolution {
            Some(resolution) => {
                let word = resolution.get("final").map(name).or_else(|| text(resolution, "operator"));
                if word != Some(wanted.as_str()) {
                    wrong.push(format!("{of} is {wanted} expected in the end, it is {resolution}"));
                }
                last = resolution.get("final").unwrap_or(first);
            }
            None => wrong.push(format!("{of} is {wanted} expected in the end, it is still {first}")),
        }
    }
    wrong.extend(of_outcome(expected, last).into_iter().map(|sentence| format!("{of}: {sentence}")));
    if let Some(other) = same_as
        && seen.id.as_deref() != Some(other)
    {
        wrong
            .push(format!("{of} is another operation than {}", expected.same_as.as_deref().unwrap_or(other)));
    }
    wrong.extend(of_events(expected, seen).into_iter().map(|sentence| format!("{of}: {sentence}")));
    wrong
}

fn of_outcome(expected: &Expectation, outcome: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |what: &str, differs: bool| {
        if differs {
            wrong.push(format!("another {what} than expected: {outcome}"));
        }
    };
    if let Some(reason) = expected.reason.as_deref() {
        let found = text(outcome, "reason").or_else(|| text(outcome, "why"));
        compare(&format!("reason ({reason})"), found != Some(reason));
    }
    if let Some(code) = expected.result_code.as_deref() {
        let found = text(outcome, "code").or_else(|| text(outcome, "seenCode"));
        compare(&format!("result code ({code})"), found != Some(code));
    }
    if let Some(amount) = expected.amount {
        let approval = outcome.get("approval").unwrap_or(outcome);
        let found = approval.get("approvalAmt").and_then(Value::as_i64);
        compare(&format!("amount ({amount})"), found != Some(amount));
    }
    if let Some(replayed) = expected.replayed {
        compare("replay", outcome.get("replayed").is_some() != replayed);
    }
    if let Some(asked) = expected.cancel_requested {
        let found = outcome.get("cancelRequested").and_then(Value::as_bool);
        compare("cancelRequested", found != Some(asked));
    }
    if let Some(alarm) = expected.alarm.as_deref() {
        let alarms = outcome.get("alarms").and_then(Value::as_array);
        let found = alarms.is_some_and(|alarms| alarms.iter().any(|one| text(one, "alarm") == Some(alarm)));
        compare(&format!("alarm ({alarm})"), !found);
    }
    wrong
}

fn of_events(expected: &Expectation, seen: &Seen) -> Vec<String> {
    let codes: Vec<&str> = seen.events.iter().filter_map(|event| text(event, "code")).collect();
    let mut wrong = Vec::new();
    let mut rest = codes.iter();
    for event in &expected.events {
        if !rest.any(|code| code == event) {
            wrong.push(format!("the event {event} is not in its place in {codes:?}"));
            break;
        }
    }
    for event in &expected.never {
        if codes.contains(&event.as_str()) {
            wrong.push(format!("the event {event} was seen: {codes:?}"));
        }
    }
    wrong
}

fn of_answer(expected: &danmal_simulator::script::AnswerExpectation, seen: &Seen) -> Vec<String> {
    if let Some(wanted) = &expected.error {
        let code = seen.error.as_ref().and_then(|error| text(error, "code"));
        if code == Some(wanted) {
            return Vec::new();
        }
        return vec![format!("the error {wanted} was expected: {:?} {:?}", seen.error, seen.answer)];
    }
    let Some(answer) = &seen.answer else { return vec![format!("no answer: {:?}", seen.error)] };
    let mut wrong = Vec::new();
    for (path, wanted) in &expected.fields {
        let found = answer.pointer(&format!("/{}", path.replace('.', "/")));
        if found != Some(wanted) {
            wrong.push(format!("{path} is {wanted} expected, it is {found:?} in {answer}"));
        }
    }
    wrong
}

/// What differs from the journal's entry of an operation.
#[must_use]
pub fn journal(name_of: &str, expected: &JournalExpectation, line: Option<&HistoryLine>) -> Vec<String> {
    let Some(line) = line else {
        return match expected.present {
            Some(false) => Vec::new(),
            _ => vec![format!("journal: {name_of} is not in it")],
        };
    };
    let mut wrong = Vec::new();
    let mut compare = |what: &str, differs: bool| {
        if differs {
            wrong.push(format!("journal: another {what} of {name_of} than expected: {line:?}"));
        }
    };
    compare("presence", expected.present == Some(false));
    if let Some(wanted) = &expected.outcome {
        compare("outcome", line.outcome.as_ref().map_or("open", name) != wanted);
    }
    compare("net", expected.net.is_some() && expected.net != line.net);
    compare("operator's word", expected.overridden.is_some() && expected.overridden != line.overridden);
    let count = Some(line.cancellations.len());
    compare("number of cancellations", expected.cancellations.is_some() && expected.cancellations != count);
    wrong
}
