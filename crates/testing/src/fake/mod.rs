//! A scripted model, for tests of the worker and of what is built on it. It needs no files and no ONNX Runtime.
//!
//! It paints small pictures through the real [`text_to_image`] loop, the same each time, and gives every word of the
//! prompt (cut at spaces, one token each, from position 1 on) a blob of attention that moves from step to step. A script
//! is called at every [`Moment`] and may wait, fail or panic there:
//!
//! ```
//! use tauscope_core::Error;
//! use tauscope_studio::worker::Worker;
//! use tauscope_testing::fake::{FakeLoader, Moment};
//!
//! let loader = FakeLoader::scripted(|moment, _cancel| match moment {
//!     Moment::Step(3) => Err(Error::input("The fourth step is out of paint.", "Buy some.")),
//!     _ => Ok(()),
//! });
//! let worker = Worker::start(loader, || ()).unwrap();
//! # drop(worker);
//! ```
//!
//! Where a test has to act at a moment, [`FakeLoader::gated`] stops at each until the test lets it continue.

mod components;
mod gate;
mod reader;

use std::sync::Arc;

use ndarray::{Array3, ArrayView4};

pub use gate::{Arrival, Gate};

use components::FakeComponents;

use tauscope_core::{
    CancelToken,
    attention::{PatchRows, Place},
    diffusion::{
        Defaults, Job, LatentPreview, Outcome, Progress, decode, look_at_patch, text_to_image, token_plan,
    },
    error::Result,
    model::{Fingerprint, FixedSize, SchedulerConfig},
    prompt::CONTENT_TOKENS,
};
use tauscope_studio::{
    painting::{ModelInfo, ModelSource},
    worker::{Commission, LoadedModel, ModelLoader, Painter, Reader},
};

/// A point in a run where the script is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// In the middle of loading.
    Loading,
    /// In the text encoder.
    Encoding,
    /// In the UNet, at this step (from 0).
    Step(usize),
    /// In the VAE.
    Decoding,
}

type Script = Arc<dyn Fn(Moment, &CancelToken) -> Result<()> + Send + Sync>;

/// Loads scripted models. The default one works at once and never fails.
pub struct FakeLoader(Script);

impl FakeLoader {
    /// Calls `script` at every moment. It runs on the worker's thread and may block; only the token shows it that it is
    /// cancelled.
    pub fn scripted(script: impl Fn(Moment, &CancelToken) -> Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(script))
    }

    /// Stops at every moment until the gate lets it continue or it is cancelled.
    pub fn gated() -> (Self, Gate) {
        let (script, gate) = gate::gate();
        (Self::scripted(script), gate)
    }
}

impl Default for FakeLoader {
    fn default() -> Self {
        Self::scripted(|_, _| Ok(()))
    }
}

impl ModelLoader for FakeLoader {
    fn load(
        &mut self,
        source: &ModelSource,
        report: &mut dyn FnMut(&str, Option<f32>),
        cancel: &CancelToken,
    ) -> Result<LoadedModel> {
        report("Loading the fake", Some(0.5));
        (self.0)(Moment::Loading, cancel)?;
        let preview = LatentPreview::fit(&mut FakeComponents::new(Arc::new(|_, _| Ok(())), 0, 0, 1), cancel)?;
        report("Loading the fake", Some(1.0));
        let info = model_info(source);
        let reader = Arc::new(reader::reader(info.fingerprint)?);
        let painter = FakePainter { script: Arc::clone(&self.0), reader: Arc::clone(&reader) };
        Ok(LoadedModel { info, preview, reader, painter: Box::new(painter) })
    }
}

/// The [`ModelInfo`] of a scripted model.
pub fn model_info(source: &ModelSource) -> ModelInfo {
    let name = match source {
        ModelSource::Embedded => None,
        ModelSource::Folder(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
    };
    ModelInfo {
        name: name.unwrap_or_else(|| "Fake".to_owned()),
        fingerprint: Fingerprint::of_text(&format!("{source:?}")),
        source: source.clone(),
        native_size: 256,
        fixed_size: FixedSize::default(),
        defaults: Defaults::default(),
        device: "Script".to_owned(),
        remark: None,
        runtime_version: "0".to_owned(),
        simd: "portable".to_owned(),
        layers: components::layers("attn2"),
    }
}

struct FakePainter {
    script: Script,
    reader: Arc<Reader>,
}

impl FakePainter {
    fn with_job<T>(
        &self,
        commission: &Commission,
        work: impl FnOnce(&mut FakeComponents, &Job<'_>) -> Result<T>,
    ) -> Result<T> {
        let Commission { settings, prompt, start, live } = commission;
        let prompt = self.reader.reuse_or_read(prompt.as_ref(), &settings.prompt)?;
        let words = prompt.token_count.min(CONTENT_TOKENS);
        let mut model = FakeComponents::new(
            Arc::clone(&self.script),
            words,
            start.step(),
            settings.sampler.calls_per_step(),
        );
        let job = Job {
            settings,
            prompt: &prompt.chunks,
            negative: None,
            tokens: &|entities| token_plan(&prompt, entities),
            phrases: &|_| Ok(Vec::new()),
            scheduler: &SchedulerConfig::default(),
            start,
            live,
            notices: &[],
        };
        work(&mut model, &job)
    }
}

impl Painter for FakePainter {
    fn paint(
        &mut self,
        commission: &Commission,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome> {
        self.with_job(commission, |model, job| text_to_image(model, job, cancel, progress))
    }

    fn decode(&mut self, latents: ArrayView4<'_, f32>, cancel: &CancelToken) -> Result<Array3<f32>> {
        decode(&mut FakeComponents::new(Arc::clone(&self.script), 0, 0, 1), latents, &mut |_| (), cancel)
    }

    fn look(&mut self, commission: &Commission, place: Place, cancel: &CancelToken) -> Result<PatchRows> {
        self.with_job(commission, |model, job| look_at_patch(model, job, place, cancel))
    }
}
