//! Steering a run while it runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Job, Steer, whose::EarlyMaps};
use crate::{
    attention::{Control, StepControl, TokenPlan},
    error::Result,
    prompt::Entities,
};

/// The handle by which a person steers a run. Clones share it. What is set acts from the next step on, in the place of
/// the changes that the settings hold for later steps.
#[derive(Clone, Debug, Default)]
pub struct LiveControl(Arc<Mutex<Live>>);

/// What was set last; `None` leaves it to the settings.
#[derive(Debug, Default)]
struct Live {
    control: Option<Control>,
    entities: Option<Entities>,
}

impl LiveControl {
    /// Steers from the next step on.
    ///
    /// # Errors
    /// As [`Control::validate`]; the run goes on as before then.
    pub fn set(&self, Steer { control, entities }: Steer) -> Result<()> {
        control.validate()?;
        *self.lock() = Live { control: Some(control), entities: Some(entities) };
        Ok(())
    }

    /// Changes the entities from the next step on; the control stays as it is.
    pub fn set_entities(&self, entities: Entities) {
        self.lock().entities = Some(entities);
    }

    /// What is in force where the settings foresee `foreseen`.
    fn over(&self, foreseen: Steer) -> Steer {
        let live = self.lock();
        Steer {
            control: live.control.clone().unwrap_or(foreseen.control),
            entities: live.entities.clone().unwrap_or(foreseen.entities),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        // Nothing that holds the lock can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is in force, from step to step.
pub(super) struct InForce<'a> {
    job: &'a Job<'a>,
    steer: Arc<Steer>,
    tokens: TokenPlan,
}

impl<'a> InForce<'a> {
    /// What is in force at `step`, the first step that is run.
    pub(super) fn new(job: &'a Job<'a>, step: usize) -> Self {
        let steer = Arc::new(job.settings.steer_at(step));
        Self { job, tokens: (job.tokens)(&steer.entities), steer }
    }

    /// Takes over what was set before step `step`, and gives what acts in it.
    pub(super) fn at(&mut self, step: usize, early: &EarlyMaps) -> (Arc<Steer>, StepControl) {
        let settings = self.job.settings;
        let now = self.job.live.over(settings.steer_at(step));
        if now != *self.steer {
            self.tokens = (self.job.tokens)(&now.entities);
            self.steer = Arc::new(now);
        }
        let mut control = self.steer.control.at(Control::progress(step, settings.steps), &self.tokens);
        early.place(step, settings, &self.steer, &self.tokens, &mut control);
        (Arc::clone(&self.steer), control)
    }

    /// How many tokens there are up to the last one of the text.
    pub(super) fn text_end(&self) -> usize {
        self.tokens.text_end()
    }
}
