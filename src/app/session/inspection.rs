//! What the worker is asked about steps that are over, and what it answered: where a place looks, and the step's picture
//! by the VAE.

use std::{mem, sync::Arc};

use tauscope_core::attention::Place;
use tauscope_studio::{
    painting::JobId,
    worker::{Decoded, Looked},
};

/// How many decoded steps stay in memory.
const KEPT_DECODED: usize = 8;

/// Questions and answers.
#[derive(Debug, Default)]
pub struct Inspection {
    looked: Option<Looked>,
    /// The newest last.
    decoded: Vec<Arc<Decoded>>,
    /// The look that was asked for last.
    asked_look: Option<(JobId, usize, Place)>,
    /// The step whose picture was asked for last.
    asked_decode: Option<(JobId, usize)>,
    /// Whether one of these could not be answered.
    has_failed: bool,
}

impl Inspection {
    /// Where the place looked that was asked for last.
    pub fn looked(&self) -> Option<&Looked> {
        self.looked.as_ref()
    }

    /// The VAE's picture of a step, if it is known.
    pub fn decoded(&self, job: JobId, step: usize) -> Option<&Arc<Decoded>> {
        self.decoded.iter().find(|decoded| (decoded.job, decoded.step) == (job, step))
    }

    /// Whether the worker should be asked where a place looks: that is not known, and was not asked yet.
    pub(super) fn asks_look(&mut self, job: JobId, step: usize, place: Place) -> bool {
        let wanted = Some((job, step, place));
        let known = self.looked.as_ref().map(|looked| (looked.job, looked.step, looked.place));
        known != wanted && mem::replace(&mut self.asked_look, wanted) != wanted
    }

    /// Whether the worker should be asked for a step's picture: that is not known, and was not asked for yet.
    pub(super) fn asks_decode(&mut self, job: JobId, step: usize) -> bool {
        let wanted = Some((job, step));
        self.decoded(job, step).is_none() && mem::replace(&mut self.asked_decode, wanted) != wanted
    }

    /// Another model answers from now on: what was asked may be asked anew.
    pub(super) fn forget_questions(&mut self) {
        (self.asked_look, self.asked_decode) = (None, None);
    }

    /// The question that was asked last failed. It is not asked again until a person wants it anew.
    pub(super) fn fail(&mut self) {
        self.has_failed = true;
    }

    /// A person wants to know anew.
    pub(super) fn ask_anew(&mut self) {
        if mem::take(&mut self.has_failed) {
            self.forget_questions();
        }
    }

    /// Keeps where a place looked.
    pub(super) fn keep_looked(&mut self, looked: Looked) {
        self.looked = Some(looked);
    }

    /// Keeps the VAE's picture of a step; the oldest go.
    pub(super) fn keep_decoded(&mut self, decoded: Arc<Decoded>) {
        self.decoded.push(decoded);
        let surplus = self.decoded.len().saturating_sub(KEPT_DECODED);
        self.decoded.drain(..surplus);
    }
}
