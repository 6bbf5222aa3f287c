//! Bodies out of shape: changes to the text of a JSON object that this crate has written itself, compact and
//! with `resultCode` in front.

use std::ops::Range;

/// `resultCode`, where there is one.
pub(crate) fn result(json: &str) -> Option<&str> {
    text_of(json, "resultCode")
}

/// The text of a field as it stands there, without its quotes.
pub(crate) fn text_of<'j>(json: &'j str, name: &str) -> Option<&'j str> {
    json.get(value(json, name)?)?.strip_prefix('"')?.strip_suffix('"')
}

/// Adds a field at the end.
pub(crate) fn append(json: &mut String, field: &str) {
    if json.pop().is_some() {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(field);
        json.push('}');
    }
}

/// Where the value of a field stands, the first of its name.
fn value(json: &str, name: &str) -> Option<Range<usize>> {
    let key = format!("\"{name}\":");
    let start = json.find(&key)? + key.len();
    let rest = json.get(start..)?;
    let length = if rest.starts_with('"') {
        let mut escaped = false;
        1 + rest.bytes().skip(1).position(|byte| {
            let end = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            end
        })? + 1
    } else {
        rest.find([',', '}', ']'])?
    };
    Some(start..start + length)
}

fn replaced(json: &str, name: &str, by: &str) -> String {
    let mut json = json.to_owned();
    if let Some(range) = value(&json, name) {
        json.replace_range(range, by);
    }
    json
}

/// The same with another text in a field.
pub(crate) fn with_text(json: &str, name: &str, text: &str) -> String {
    replaced(json, name, &format!("\"{text}\""))
}

/// The same with another number in a field.
pub(crate) fn with_number(json: &str, name: &str, digits: &str) -> String {
    replaced(json, name, digits)
}

/// The same with another result.
pub(crate) fn with_result(json: &str, code: &str, message: &str) -> String {
    with_text(&with_text(json, "resultCode", code), "resultMessage", message)
}

/// The same without a field.
pub(crate) fn without_field(json: &str, name: &str) -> String {
    let Some(Range { start, end }) = value(json, name) else { return json.to_owned() };
    let start = start - name.len() - 3;
    let (before, after) = (json.get(..start).unwrap_or_default(), json.get(end..).unwrap_or_default());
    match before.strip_suffix(',') {
        Some(before) => format!("{before}{after}"),
        None => format!("{before}{}", after.strip_prefix(',').unwrap_or(after)),
    }
}

/// Only the ptxid is left of `data`.
pub(crate) fn ptxid_alone(json: &str) -> String {
    let Some(start) = json.find("\"data\":{") else { return json.to_owned() };
    let inner = start + "\"data\":{".len();
    let mut depth = 1_usize;
    let mut in_text = false;
    let mut escaped = false;
    let end = json.get(inner..).unwrap_or_default().bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' if !in_text => depth += 1,
            b'}' if !in_text => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let Some(end) = end else { return json.to_owned() };
    let ptxid = text_of(json, "ptxid").map(|ptxid| format!("\"ptxid\":\"{ptxid}\"")).unwrap_or_default();
    let mut json = json.to_owned();
    json.replace_range(inner..inner + end, &ptxid);
    json
}

/// The first half.
pub(crate) fn broken_off(json: &str) -> String {
    let middle = (0..=json.len() / 2).rev().find(|at| json.is_char_boundary(*at)).unwrap_or(0);
    json.get(..middle).unwrap_or_default().to_owned()
}

/// `resultCode` stands there twice.
pub(crate) fn duplicate_key(json: &str, conflicting: bool) -> String {
    let code = result(json).unwrap_or("0000");
    let code = match (conflicting, code) {
        (false, code) => code,
        (true, "0000") => "9999",
        (true, _) => "0000",
    };
    let mut json = json.to_owned();
    append(&mut json, &format!("\"resultCode\":\"{code}\""));
    json
}

/// A field of arrays in arrays.
pub(crate) fn nested(levels: usize) -> String {
    format!("\"deep\":{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// Fields that nobody knows, beside `data` and in it.
pub(crate) fn unknown_fields(json: &str) -> String {
    let mut json = json.replacen(
        "\"data\":{",
        "\"data\":{\"vanSequence\":17,\"vendor\":{\"list\":[1,true,null,\"}\"]},",
        1,
    );
    append(&mut json, "\"firmware\":\"모의 1.0 \\\"beta\\\"\"");
    json
}

/// Every number as text.
pub(crate) fn numbers_as_text(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 32);
    for token in tokens(json) {
        let number = token.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        if number {
            out.push('"');
        }
        out.push_str(token);
        if number {
            out.push('"');
        }
    }
    out
}

/// Every text of digits as a number, where no zero in front is lost by it.
pub(crate) fn text_as_numbers(json: &str) -> String {
    let tokens: Vec<&str> = tokens(json).collect();
    let mut out = String::with_capacity(json.len());
    for (at, token) in tokens.iter().enumerate() {
        let digits = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|text| {
            let exact = text.len() == 1 || !text.starts_with('0');
            exact && (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        });
        let is_key = tokens.get(at + 1).is_some_and(|next| *next == ":");
        out.push_str(digits.filter(|_| !is_key).unwrap_or(token));
    }
    out
}

/// Texts with their quotes, numbers and words, and single marks.
fn tokens(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if first == '"' {
            let mut escaped = false;
            let end = rest.bytes().skip(1).position(|byte| {
                let end = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                end
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if first.is_ascii_alphanumeric() || first == '-' {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '+' | '.'))
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at_checked(length)?;
        rest = behind;
        Some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"resultCode":"0000","resultMessage":"a\"},b","data":{"approvalNo":"30000001","merchantCode":"0012","approvalAmt":500,"ptxid":"CPOS-1"}}"#;

    fn parsed(json: &str) -> serde_json::Value {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    #[test]
    fn fields_are_found_and_changed() {
        assert_eq!(result(JSON), Some("0000"));
        assert_eq!(parsed(&with_result(JSON, "8003", "망취소"))["resultMessage"], "망취소");
        assert_eq!(parsed(&with_text(JSON, "ptxid", ""))["data"]["ptxid"], "");
        let without = parsed(&without_field(JSON, "ptxid"));
        assert!(without["data"].get("ptxid").is_none() && without["data"]["approvalAmt"] == 500);
        assert_eq!(parsed(&without_field(JSON, "resultCode"))["data"]["ptxid"], "CPOS-1");
        assert_eq!(parsed(&ptxid_alone(JSON))["data"], serde_json::json!({"ptxid": "CPOS-1"}));
        assert_eq!(parsed(&without_field(r#"{"a":"b"}"#, "a")), serde_json::json!({}));
        assert_eq!(without_field("{}", "a"), "{}");
    }

    #[test]
    fn types_are_exchanged() {
        let text = parsed(&numbers_as_text(JSON));
        assert_eq!(
            (&text["data"]["approvalAmt"], &text["data"]["approvalNo"]),
            (&"500".into(), &"30000001".into())
        );
        let numbers = parsed(&text_as_numbers(JSON));
        assert_eq!(numbers["data"]["approvalNo"], 30_000_001);
        assert_eq!(
            (&numbers["data"]["merchantCode"], &numbers["resultCode"]),
            (&"0012".into(), &"0000".into())
        );
    }

    #[test]
    fn what_is_added_is_still_json() {
        let mut empty = "{}".to_owned();
        append(&mut empty, "\"a\":1");
        assert_eq!(empty, r#"{"a":1}"#);
        parsed(&unknown_fields(JSON));
        assert!(broken_off("가나").len() <= 3);
        assert_eq!(nested(2), "\"deep\":[[]]");
    }
}
