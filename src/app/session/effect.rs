//! What the session asks of the world, as values: [`super::update()`] returns them, [`super::super::run`] carries them out.

use super::super::backend::Errand;
use tauscope_core::{attention::Control, prompt::Entities};
use tauscope_studio::{painting::JobId, worker::Request};

/// Something to be done outside of the session.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "effects are few")]
pub enum Effect {
    /// Hands a request to the worker.
    Request(Request),
    /// Asks which words of this prompt are one entity.
    FindEntities(String),
    /// Cancels a job at once.
    Cancel(JobId),
    /// Steers a job like this from its next step on.
    Steer(JobId, Box<Control>, Entities),
    /// Gives a job these entities from its next step on; its control stays as it is.
    SetEntities(JobId, Entities),
    /// Stops loading at once.
    CancelLoading,
    /// Hands an errand to the desk.
    Run(Errand),
    /// Opens the folder dialog.
    BrowseFolder,
    /// Writes down what the window remembers.
    Remember,
}
