//! How attention is steered, and over which entities: what may change from step to step.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Settings;
use crate::{
    attention::Control,
    error::{Error, Result},
    prompt::Entities,
};

/// What is in force at a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Steer {
    /// How attention is steered.
    pub control: Control,
    /// Which words of the prompt are one entity.
    #[serde(rename = "groups", alias = "entities")]
    pub entities: Entities,
}

/// What is in force from a step on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The first step that it acts in, 0-based.
    pub step: usize,
    /// What acts from there.
    #[serde(flatten)]
    pub steer: Steer,
}

impl Settings {
    /// What is in force at step `step`, unless a person steers during the run.
    pub fn steer_at(&self, step: usize) -> Steer {
        let change = self.changes.iter().rev().find(|change| change.step <= step);
        change.map_or_else(
            || Steer { control: self.control.clone(), entities: self.entities.clone() },
            |change| change.steer.clone(),
        )
    }

    /// What is in force over a run, each with the step at which it begins.
    pub fn controls(&self) -> Vec<Change> {
        let mut controls = vec![Change { step: 0, steer: self.steer_at(0) }];
        controls.extend(self.changes.iter().filter(|change| change.step > 0).cloned());
        controls
    }

    /// Makes these the entities of the whole run.
    pub fn set_entities(&mut self, entities: &Entities) {
        let later = self.changes.iter_mut().map(|change| &mut change.steer.entities);
        later.chain([&mut self.entities]).for_each(|of_steps| of_steps.clone_from(entities));
    }

    /// These settings with what was actually in force: `steers` of the steps from `first` on. Painting them again
    /// repeats what a person did while the picture was painted.
    pub fn as_steered(&self, first: usize, steers: &[Arc<Steer>]) -> Self {
        let mut settings = self.clone();
        let Some(start) = steers.first() else { return settings };
        settings.control = start.control.clone();
        settings.entities = start.entities.clone();
        let pairs = steers.windows(2).enumerate().filter(|(_, pair)| pair[0] != pair[1]);
        let changes = pairs.map(|(at, pair)| Change { step: first + at + 1, steer: (*pair[1]).clone() });
        settings.changes = changes.collect();
        settings
    }

    /// Checks the controls and the entities of the whole run.
    pub(super) fn validate_controls(&self) -> Result<()> {
        self.control.validate()?;
        self.entities.check(&self.prompt)?;
        let mut before = 0;
        for Change { step, steer } in &self.changes {
            if *step <= before || *step >= self.steps {
                return Err(Error::input(
                    format!("The control cannot change at step index {step}."),
                    format!("Changes come in order, after step index {before} and before {}.", self.steps),
                ));
            }
            before = *step;
            steer.control.validate()?;
            steer.entities.check(&self.prompt)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steer(tau: f32) -> Steer {
        Steer { control: Control { tau, ..Control::default() }, entities: Entities::default() }
    }

    fn settings(changes: &[(usize, f32)]) -> Settings {
        let changes = changes.iter().map(|&(step, tau)| Change { step, steer: steer(tau) });
        Settings { steps: 6, changes: changes.collect(), ..Settings::default() }
    }

    #[test]
    fn what_was_in_force_repeats_itself() {
        fn check(first: usize, taus: &[f32], expected: &[(usize, f32)]) {
            let steers: Vec<_> = taus.iter().map(|&tau| Arc::new(steer(tau))).collect();
            let settings = settings(&[(3, 0.4)]).as_steered(first, &steers);
            let found: Vec<_> =
                settings.controls().iter().map(|change| (change.step, change.steer.control.tau)).collect();
            assert_eq!(found, expected);
            for (at, &tau) in taus.iter().enumerate() {
                assert_eq!(settings.steer_at(first + at), steer(tau));
            }
        }
        check(0, &[1.0, 1.0, 0.5, 0.5, 0.7, 0.7], &[(0, 1.0), (2, 0.5), (4, 0.7)]);
        check(0, &[0.5, 0.5], &[(0, 0.5)]);
        check(2, &[0.5, 0.6, 0.5], &[(0, 0.5), (3, 0.6), (4, 0.5)]);
        check(0, &[], &[(0, 1.0), (3, 0.4)]);
    }

    #[test]
    fn changes_come_in_order_within_the_run() {
        fn check(changes: &[(usize, f32)], expected: &str) {
            let message =
                settings(changes).validate().map_or_else(|error| error.to_string(), |()| String::new());
            assert!(message.contains(expected) && message.is_empty() == expected.is_empty(), "{message}");
        }
        check(&[(1, 0.5), (5, 0.6)], "");
        check(&[(0, 0.5)], "at step index 0");
        check(&[(2, 0.5), (2, 0.6)], "at step index 2");
        check(&[(6, 0.5)], "before 6");
        check(&[(2, 9.0)], "temperature of 9");
    }

    #[test]
    fn files_without_changes_say_nothing_of_them() {
        let plain = serde_json::to_value(settings(&[])).unwrap();
        assert!(plain.get("changes").is_none());
        let changed = settings(&[(2, 0.5)]);
        let written = serde_json::to_string(&changed).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&written).unwrap(), changed);
    }
}
