//! Values of a [`Control`] by their names in its JSON, as study files write them: `tau`, `mask.strength`.

use serde_json::{Map, Value};

use tauscope_core::{
    attention::Control,
    error::{Error, Result},
};

/// Writes a table's values over the control's.
///
/// # Errors
/// [`Error::Input`] for a name that no control has, and for a value of another type.
pub(super) fn set_all(control: &mut Control, table: &Map<String, Value>) -> Result<()> {
    leaves(table, "").into_iter().try_for_each(|(path, value)| set(control, &path, value))
}

/// Sets the value with this dotted name.
///
/// # Errors
/// [`Error::Input`] for a name that no control has, and for a value of another type.
pub(super) fn set(control: &mut Control, path: &str, value: &Value) -> Result<()> {
    let mut json = serde_json::to_value(&*control).map_err(|error| Error::Internal(error.to_string()))?;
    let mut place = &mut json;
    for key in path.split('.') {
        let names = place.as_object().map_or_else(Vec::new, |fields| fields.keys().cloned().collect());
        place = place.get_mut(key).ok_or_else(|| {
            let remedy = match &names[..] {
                [] => "It has no parts.".to_owned(),
                names => format!("There are {}.", names.join(", ")),
            };
            Error::input(format!("A control has no \"{path}\": there is no \"{key}\"."), remedy)
        })?;
    }
    *place = value.clone();
    *control = serde_json::from_value(json).map_err(|error| {
        Error::input(format!("\"{path}\" cannot be {value}: {error}."), "Give a value of the right type.")
    })?;
    Ok(())
}

/// The values of a table and of the tables in it, by their dotted names.
fn leaves<'a>(table: &'a Map<String, Value>, prefix: &str) -> Vec<(String, &'a Value)> {
    let named = |(key, value): (&String, &'a Value)| match value {
        Value::Object(table) => leaves(table, &format!("{prefix}{key}.")),
        _ => vec![(format!("{prefix}{key}"), value)],
    };
    table.iter().flat_map(named).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use tauscope_core::attention::{Mask, Reduce, Span};

    fn set_on_neutral(json: Value) -> Result<Control> {
        let mut control = Control::neutral();
        set_all(&mut control, json.as_object().unwrap()).map(|()| control)
    }

    #[test]
    fn a_table_changes_what_it_names() {
        fn check(json: Value, expected: Control) {
            assert_eq!(set_on_neutral(json).unwrap(), expected);
        }
        check(json!({}), Control::neutral());
        check(json!({"mask": {"strength": 1}}), Control::mask_only());
        check(
            json!({"tau": 0.7, "tau_span": {"end": 0.4}, "mask": {"reduce": "mean"}}),
            Control {
                tau: 0.7,
                tau_span: Span { start: 0.0, end: 0.4 },
                mask: Mask { reduce: Reduce::Mean, ..Mask::default() },
                ..Control::neutral()
            },
        );
    }

    #[test]
    fn wrong_names_and_types_are_named() {
        fn check(json: Value, expected: &str) {
            let message = set_on_neutral(json).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        check(json!({"temperature": 1}), "no \"temperature\". There are mask, structured, tau,");
        check(
            json!({"mask": {"power": 1}}),
            "no \"mask.power\": there is no \"power\". There are reduce, regions, span,",
        );
        check(json!({"tau": {"end": 1}}), "It has no parts.");
        check(json!({"mask": 1}), "\"mask\" cannot be 1");
        check(json!({"mask": {"reduce": "median"}}), "unknown variant `median`, expected one of `sum`");
    }
}
