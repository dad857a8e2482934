//! Steering a run while it runs.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Job, Steer};
use crate::{
    attention::{Control, StepControl, TokenPlan},
    error::Result,
};

/// The handle by which a person steers a run. Clones share it. What is set acts from the next step on, in the place of
/// the changes that the settings hold for later steps.
#[derive(Clone, Debug, Default)]
pub struct LiveControl(Arc<Mutex<Option<Arc<Steer>>>>);

impl LiveControl {
    /// Steers from the next step on.
    ///
    /// # Errors
    /// As [`Control::validate`]; the run goes on as before then.
    pub fn set(&self, steer: Steer) -> Result<()> {
        steer.control.validate()?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(steer));
        Ok(())
    }

    /// What was set last, if anything was.
    pub fn latest(&self) -> Option<Arc<Steer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
        Self { job, tokens: (job.tokens)(&steer.groups), steer }
    }

    /// Takes over what was set before step `step`, and gives what acts in it.
    pub(super) fn at(&mut self, step: usize) -> (Arc<Steer>, StepControl) {
        let settings = self.job.settings;
        let now = self.job.live.latest().unwrap_or_else(|| Arc::new(settings.steer_at(step)));
        if now != self.steer {
            self.tokens = (self.job.tokens)(&now.groups);
            self.steer = now;
        }
        let control = self.steer.control.at(Control::progress(step, settings.steps), &self.tokens);
        (Arc::clone(&self.steer), control)
    }
}
