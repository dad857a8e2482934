//! Numbers of a scheduler's configuration as Python's JSON has them: bounds that are infinite, and integers that are
//! written as floats. Infinity is a string here, as [`super::python_json`] gives it.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// The largest integer up to which a float tells all of them apart.
const MOST_WHOLE: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;

/// Makes an integer of a float that is one, also within an array.
pub(super) fn make_whole(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(make_whole),
        Value::Number(number) => {
            if let Some(float) = number.as_f64()
                && number.is_f64()
                && float.fract() == 0.0
                && float.abs() <= MOST_WHOLE
            {
                *number = (float as i64).into();
            }
        }
        _ => {}
    }
}

/// A lower bound: `None` for -Infinity.
pub(super) fn not_below<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    finite_or(deserializer, "-Infinity")
}

/// An upper bound, which may be infinite.
pub(super) mod not_above {
    use serde::{Deserializer, Serializer};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(super::finite_or(deserializer, "Infinity")?.unwrap_or(f64::INFINITY))
    }

    pub(in super::super) fn serialize<S: Serializer>(bound: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if bound.is_finite() {
            serializer.serialize_f64(*bound)
        } else {
            serializer.serialize_str("Infinity")
        }
    }
}

/// A finite number; `None` for the name `unbounded`.
fn finite_or<'de, D: Deserializer<'de>>(deserializer: D, unbounded: &str) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Finite(f64),
        Named(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Finite(number) => Ok(Some(number)),
        Number::Named(name) if name == unbounded => Ok(None),
        Number::Named(name) => Err(D::Error::custom(format!("{name:?} is no number and not {unbounded}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::SchedulerConfig;

    fn read(key: &str, value: &Value) -> Option<SchedulerConfig> {
        serde_json::from_value(json!({ key: value })).ok()
    }

    #[test]
    fn only_minus_infinity_may_clip_nothing() {
        fn check(value: Value, expected: Option<Option<f64>>) {
            let clip = read("lambda_min_clipped", &value).map(|config| config.lambda_min_clipped);
            assert_eq!(clip, expected, "{value}");
        }
        check(json!("-Infinity"), Some(None));
        check(Value::Null, Some(None));
        check(json!(-5.1), Some(Some(-5.1)));
        check(json!(-5.0), Some(Some(-5.0)));
        check(json!("Infinity"), None);
        check(json!("NaN"), None);
    }

    #[test]
    fn an_infinite_bound_bounds_nothing() {
        fn check(value: Value, expected: Option<f64>) {
            let range = read("clip_sample_range", &value);
            assert_eq!(range.map(|config| config.clip_sample_range), expected, "{value}");
            let most = read("sample_max_value", &value);
            assert_eq!(most.as_ref().map(|config| config.sample_max_value), expected, "{value}");
            let saved = most.map(|config| serde_json::to_value(config).unwrap());
            let again = saved.map(|saved| serde_json::from_value::<SchedulerConfig>(saved).unwrap());
            assert_eq!(again.map(|config| config.sample_max_value), expected, "{value}");
        }
        check(json!("Infinity"), Some(f64::INFINITY));
        check(json!(2.5), Some(2.5));
        check(json!(2), Some(2.0));
        check(Value::Null, Some(1.0));
        check(json!("-Infinity"), None);
        check(json!("NaN"), None);
    }

    #[test]
    fn a_whole_float_is_an_integer() {
        fn check<T: PartialEq + std::fmt::Debug>(
            key: &str,
            value: Value,
            of: fn(&SchedulerConfig) -> T,
            expected: T,
        ) {
            assert_eq!(read(key, &value).as_ref().map(of), Some(expected), "{key}");
        }
        check("num_train_timesteps", json!(1000.0), |config| config.num_train_timesteps, 1000);
        check("steps_offset", json!(0.0), |config| config.steps_offset, 0);
        check("solver_order", json!(3.0), |config| config.solver_order, 3);
        check("disable_corrector", json!([0.0, 2.0]), |config| config.disable_corrector.clone(), vec![0, 2]);
        check(
            "trained_betas",
            json!([0.25, 1.0]),
            |config| config.trained_betas.clone(),
            Some(vec![0.25, 1.0]),
        );
        check("rho", json!(7.0), |config| config.rho, 7.0);
    }
}
