//! What goes in and what comes out of the worker.

use std::sync::Arc;

use super::{Decode, Decoded, Look, Looked};
use crate::painting::{Branch, JobId, ModelInfo, ModelSource, Painting};
use tauscope_core::{
    diffusion::{Notice, Settings},
    error::Error,
    prompt::Prompt,
};

/// What the worker is asked for. Cancelling does not queue: see [`super::Worker::cancel`].
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "requests are few")]
pub enum Request {
    /// Frees what is loaded and loads this. Who opens another model is done with the old one: every job asked for
    /// before is cancelled, and so is a load that has not ended.
    Load(ModelSource),
    /// Paints; waits its turn behind jobs and a load asked for before.
    Generate {
        /// The job's name, given by the asker and never used twice.
        id: JobId,
        /// What to paint.
        settings: Settings,
        /// Its prompt, if it was read before; the worker reads it if it was not, or by another model's tokenizers.
        prompt: Option<Arc<Prompt>>,
        /// Where to go on from; `None` begins at the seed's noise.
        branch: Option<Branch>,
    },
    /// Runs a step that is over again, to see where a place of it looks. Goes before the jobs that wait, and of several
    /// that wait only the newest is done.
    Look(Look),
    /// Decodes a step that is over. Goes before the jobs that wait, as [`Self::Look`] does.
    Decode(Decode),
    /// Frees the model; cancels as [`Request::Load`] does.
    Unload,
}

/// What the worker tells. Events are few: steps and previews lie in [`super::Worker::live`], these say that something
/// changed.
///
/// Every `Load` ends in one of `Loaded` and `LoadFailed`, every `Generate` in one of `Finished`, `Cancelled` and
/// `Failed`; nothing about a job follows its end. A load or a job that panics fails like any other; after a panic in
/// a job the worker loads the model anew by itself, so that `Loading` and its end follow unasked.
#[derive(Debug)]
pub enum Event {
    /// Loading goes on: the stage in words, and its share done (0..1) where that is known.
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
    /// A job has a new step or stage in [`super::Worker::live`]. However many, one of them waits to be drained.
    Advanced(JobId),
    /// Something that a person should know of the job, which goes on.
    Noticed(JobId, Notice),
    /// The picture is done.
    Finished(JobId, Arc<Painting>),
    /// The job ended without a picture, by request.
    Cancelled(JobId),
    /// The job ended without a picture, by error.
    Failed(JobId, Error),
}
