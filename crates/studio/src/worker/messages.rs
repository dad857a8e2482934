//! What goes into the worker and what comes out.

use std::sync::Arc;

use super::{Decode, Decoded, Look, Looked};
use crate::painting::{Branch, JobId, ModelInfo, ModelSource, Painting};
use tauscope_core::{
    diffusion::{Notice, Settings},
    error::Error,
    prompt::Prompt,
};

/// A request to the worker. Cancelling does not queue: see [`super::Worker::cancel`].
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "requests are few")]
pub enum Request {
    /// Frees what is loaded and loads this. Ends all work with the old model: every job requested before is cancelled,
    /// and so is a load that has not ended.
    Load(ModelSource),
    /// Paints, after the jobs and the load that were requested before.
    Generate {
        /// The job's id, chosen by the caller and never reused.
        id: JobId,
        /// What to paint.
        settings: Settings,
        /// Its prompt, if it was read before; the worker reads it if it was not, or if another model's tokenizers did.
        prompt: Option<Arc<Prompt>>,
        /// Where to continue from; `None` starts from the seed's noise.
        branch: Option<Branch>,
    },
    /// Runs a finished step once more, to see where a place in the picture looks. Goes before the jobs that wait; of
    /// several that wait only the newest is done.
    Look(Look),
    /// Decodes a finished step. Goes before the jobs that wait, as [`Self::Look`] does.
    Decode(Decode),
    /// Frees the model; cancels as [`Request::Load`] does.
    Unload,
}

/// What the worker reports. Events are few: steps and previews are in [`super::Worker::live`], and events say that
/// something changed.
///
/// Every `Load` ends in one of `Loaded` and `LoadFailed`, every `Generate` in one of `Finished`, `Cancelled` and
/// `Failed`; nothing about a job follows its end. A load or a job that panics fails like any other; after a panic in
/// a job the worker reloads the model, so that `Loading` and its end follow without a request.
#[derive(Debug)]
pub enum Event {
    /// Progress of loading: the stage in words, and its share done (0..1) where that is known.
    Loading {
        /// "Fetching ONNX Runtime", "Loading the UNet".
        stage: String,
        /// 0..1, or unknown.
        fraction: Option<f32>,
    },
    /// The model can paint.
    Loaded(Arc<ModelInfo>),
    /// The model cannot be loaded, or loading was cancelled ([`Error::Cancelled`]); nothing is loaded now.
    LoadFailed(Error),
    /// The model was freed.
    Unloaded,
    /// Where a place looked, or why that is not known.
    Looked(Result<Box<Looked>, Error>),
    /// The picture of a step, or why there is none.
    Decoded(Result<Arc<Decoded>, Error>),
    /// The job left the queue and runs.
    Started(JobId),
    /// A job has a new step or stage in [`super::Worker::live`]. However many there are, only one waits to be drained.
    Advanced(JobId),
    /// Something that a person should know about the job, which continues.
    Noticed(JobId, Notice),
    /// The picture is done.
    Finished(JobId, Arc<Painting>),
    /// The job ended without a picture, by request.
    Cancelled(JobId),
    /// The job ended without a picture, by error.
    Failed(JobId, Error),
}
