//! Steering a run while it runs.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Job, Steer};
use crate::{
    attention::{Control, StepControl, TokenPlan},
    error::Result,
};

/// What a person holds of a run to steer it. Clones share it; what is set takes effect at the next step, and the
/// changes that the settings foresee act no longer.
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
    /// At the first step that is run, `step`.
    pub(super) fn new(job: &'a Job<'a>, step: usize) -> Self {
        let steer = Arc::new(job.settings.steer_at(step));
        Self { job, tokens: (job.tokens)(&steer.groups), steer }
    }

    /// Takes in what changed before step `step`, and gives what acts in it.
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
