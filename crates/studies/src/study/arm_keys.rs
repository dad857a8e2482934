//! The arms of a study file: presets with what is changed about them, and sweeps, which make many arms of one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Arm,
    control_keys::{set, set_all},
};
use tauscope_core::{
    attention::ControlPreset,
    diffusion::{Settings, scheduler::Sampler},
    error::{Error, Result},
};

/// The most arms that a sweep may make.
const MOST_ARMS: usize = 1000;

/// A table of `[[arms]]` or `[[sweeps]]`: what to start from, and what is changed. On an axis an arm has one place (a
/// number), a sweep all of its values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArmKeys<Axis> {
    name: Option<String>,
    #[serde(default)]
    preset: ControlPreset,
    #[serde(default)]
    control: Map<String, Value>,
    guidance_scale: Option<f32>,
    steps: Option<usize>,
    sampler: Option<Sampler>,
    #[serde(default = "BTreeMap::new")]
    axes: BTreeMap<String, Axis>,
}

impl ArmKeys<f64> {
    /// The arm. Without a name it has its preset's.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be set or painted.
    pub(super) fn arm(&self) -> Result<Arm> {
        let name = self.name.clone().unwrap_or_else(|| self.preset.word().to_owned());
        let arm = Arm { name, axes: self.axes.clone(), ..self.base()? };
        check(&arm).map(|()| arm)
    }
}

impl ArmKeys<Vec<Value>> {
    /// An arm for each combination of the axes' values, the last axis changing first. Axes are in the order of their
    /// names.
    ///
    /// # Errors
    /// [`Error::Input`] for an axis that there is not, for what cannot be painted, and for too many arms.
    pub(super) fn sweep(&self) -> Result<Vec<Arm>> {
        let count = self.axes.values().try_fold(1, |count: usize, values| count.checked_mul(values.len()));
        if !count.is_some_and(|count| (1..=MOST_ARMS).contains(&count)) || self.axes.is_empty() {
            return Err(Error::input(
                "A sweep needs axes with values, and makes 1000 arms at most.",
                "Write them as in axes = { tau = [0.7, 1.0] }.",
            ));
        }
        let mut arms = vec![Arm { name: String::new(), ..self.base()? }];
        for (path, values) in &self.axes {
            let name = self.short(path);
            let along = |arm: &Arm| {
                let at = |(index, value)| moved(arm, path, name, index, value);
                values.iter().enumerate().map(at).collect::<Vec<_>>()
            };
            arms = arms.iter().flat_map(along).collect::<Result<_>>()?;
        }
        for arm in &mut arms {
            if let Some(name) = &self.name {
                arm.name = format!("{name} {}", arm.name);
            }
            check(arm)?;
        }
        Ok(arms)
    }

    /// An axis' name in tables: "strength" for `mask.strength`, unless another axis ends alike.
    fn short<'a>(&self, path: &'a str) -> &'a str {
        let last = |path: &'a str| path.rsplit('.').next().unwrap_or(path);
        let alike = self.axes.keys().filter(|other| other.rsplit('.').next() == Some(last(path)));
        if alike.count() > 1 { path } else { last(path) }
    }
}

impl<Axis> ArmKeys<Axis> {
    /// An arm without a name and without axes.
    fn base(&self) -> Result<Arm> {
        let mut control = self.preset.control();
        set_all(&mut control, &self.control)?;
        Ok(Arm {
            control,
            guidance_scale: self.guidance_scale,
            steps: self.steps,
            sampler: self.sampler,
            ..Arm::default()
        })
    }
}

/// `arm` with the value number `index` of the axis `path`, which is called `name`.
fn moved(arm: &Arm, path: &str, name: &str, index: usize, value: &Value) -> Result<Arm> {
    let mut arm = arm.clone();
    let of_type = |fits: bool| {
        let error = || Error::input(format!("\"{path}\" cannot be {value}."), "Give numbers.");
        if fits { Ok(()) } else { Err(error()) }
    };
    match path {
        "guidance_scale" => {
            arm.guidance_scale = value.as_f64().map(|scale| scale as f32);
            of_type(arm.guidance_scale.is_some())?;
        }
        "steps" => {
            arm.steps = value.as_u64().and_then(|steps| usize::try_from(steps).ok());
            of_type(arm.steps.is_some())?;
        }
        _ => set(&mut arm.control, path, value)?,
    }
    let (place, text) = match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            (number, number.to_string())
        }
        Value::Bool(on) => (f64::from(u8::from(*on)), on.to_string()),
        Value::String(word) => (index as f64, word.clone()),
        other => (index as f64, other.to_string()),
    };
    let comma = if arm.name.is_empty() { "" } else { "," };
    arm.name = format!("{}{comma}{name}={text}", arm.name);
    arm.axes.insert(name.to_owned(), place);
    Ok(arm)
}

/// Checks that an arm can be painted, and that its name can be a folder's.
fn check(arm: &Arm) -> Result<()> {
    let is_path = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let name = arm.name.trim();
    if name.is_empty() || name.starts_with('.') || name.len() > 100 || arm.name.contains(is_path) {
        return Err(Error::input(
            format!("An arm cannot be called {:?}.", arm.name),
            r#"Name it without / \ : * ? " < > | and without a dot at the beginning, in 100 bytes or fewer."#,
        ));
    }
    arm.settings(&Settings::default()).validate()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(toml: &str) -> Result<Vec<Arm>> {
        toml::from_str::<ArmKeys<Vec<Value>>>(toml).unwrap().sweep()
    }

    #[test]
    fn a_sweep_makes_an_arm_of_each_combination() {
        fn check(toml: &str, expected: &[&str]) {
            let arms = sweep(toml).unwrap();
            assert_eq!(arms.iter().map(|arm| arm.name.as_str()).collect::<Vec<_>>(), expected);
        }
        check("axes.tau = [0.7, 1.0]", &["tau=0.7", "tau=1"]);
        check(
            "axes = { tau = [0.7, 1], \"mask.strength\" = [0, 1] }",
            &["strength=0,tau=0.7", "strength=0,tau=1", "strength=1,tau=0.7", "strength=1,tau=1"],
        );
        check("name = \"ours\"\naxes.steps = [5, 10]", &["ours steps=5", "ours steps=10"]);
        check(
            "axes = { \"mask.span.end\" = [0.5], \"tau_span.end\" = [0.4], \"weights.on\" = [true] }",
            &["mask.span.end=0.5,tau_span.end=0.4,on=true"],
        );
    }

    #[test]
    fn an_arm_of_a_sweep_knows_its_place() {
        let arms = sweep(
            "preset = \"mask-only\"\naxes = { \"mask.reduce\" = [\"sum\", \"max\"], guidance_scale = [4] }",
        );
        let arm = arms.unwrap().pop().unwrap();
        assert_eq!(arm.guidance_scale, Some(4.0));
        assert_eq!(arm.control.mask.reduce.word(), "max");
        assert_eq!(arm.control.mask.strength, 1.0);
        assert_eq!(arm.axes, BTreeMap::from([("guidance_scale".into(), 4.0), ("reduce".into(), 1.0)]));
    }

    #[test]
    fn what_cannot_be_swept_is_named() {
        fn check(toml: &str, expected: &str) {
            let message = sweep(toml).unwrap_err().to_string();
            assert!(message.contains(expected), "{toml}: {message}");
        }
        check("", "needs axes");
        check("axes.tau = []", "needs axes");
        check(&format!("axes = {{ tau = [{0}], steps = [{0}] }}", "1,".repeat(40)), "1000 arms at most");
        check("axes.heat = [1]", "no \"heat\"");
        check("axes.tau = [0.7, 7]", "temperature of 7");
        check("axes.tau = [\"hot\"]", "\"tau\" cannot be \"hot\"");
        check("axes.steps = [1.5]", "\"steps\" cannot be 1.5");
        check("axes.steps = [0]", "0 steps");
        check("name = \"a/b\"\naxes.tau = [1]", "cannot be called");
    }
}
