//! JSON as Python's `json` module writes it, which is what configurations of models are: with `NaN`, `Infinity` and
//! `-Infinity`, which JSON does not have, at times after a byte-order mark, and with `null` where a default is meant.

use std::borrow::Cow;

use serde_json::Value;

/// The UTF-8 byte-order mark.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Python's names of numbers that are not finite, the longest first.
const NOT_FINITE: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// Parses `json`. A number that is not finite becomes a string with Python's name for it, so whoever needs a number
/// says what stands there instead. Members of objects that are `null` are left out: they have their defaults.
///
/// # Errors
/// If it is not JSON, with line and column.
pub fn parse(json: &[u8]) -> serde_json::Result<Value> {
    let mut value = serde_json::from_slice(&with_quoted_names(without_mark(json)))?;
    drop_nulls(&mut value);
    Ok(value)
}

/// `text` without a byte-order mark at its start.
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Puts quotation marks around the names of numbers that are not finite, outside of strings.
fn with_quoted_names(json: &[u8]) -> Cow<'_, [u8]> {
    let mut quoted = Vec::new();
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    while let Some(&byte) = json.get(at) {
        let name = NOT_FINITE.iter().find(|name| !in_string && json[at..].starts_with(name.as_bytes()));
        if let Some(name) = name {
            quoted.extend_from_slice(&json[copied..at]);
            quoted.extend_from_slice(format!("\"{name}\"").as_bytes());
            at += name.len();
            copied = at;
            continue;
        }
        match byte {
            b'"' => in_string = !in_string,
            // Whatever is escaped does not end the string.
            b'\\' if in_string => at += 1,
            _ => {}
        }
        at += 1;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    quoted.extend_from_slice(&json[copied..]);
    Cow::Owned(quoted)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_python_writes_is_read() {
        fn check(text: &str, expected: Value) {
            assert_eq!(parse(text.as_bytes()).unwrap(), expected, "{text}");
        }
        check(r#"{"a": 1.5}"#, json!({ "a": 1.5 }));
        check("\u{feff}{\"a\": 1}", json!({ "a": 1 }));
        check(
            r#"{"a": -Infinity, "b":Infinity,"c":NaN}"#,
            json!({ "a": "-Infinity", "b": "Infinity", "c": "NaN" }),
        );
        check(r"[NaN,[-Infinity]]", json!(["NaN", ["-Infinity"]]));
        check(r#"{"a": null, "b": {"c": null, "d": [null, 1]}}"#, json!({ "b": { "d": [null, 1] } }));
        check(
            r#"{"NaN": "NaN \" NaN", "b": "\\", "c": NaN}"#,
            json!({ "NaN": "NaN \" NaN", "b": "\\", "c": "NaN" }),
        );
        check("NaN", json!("NaN"));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "{\"a\": nan}",
            "{\"a\": -NaN}",
            "{\"a\": InfinityNaN}",
            "\u{feff}",
            "\"\\",
            "{\"a\": +Infinity}",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
