//! A model ready to paint: folder, tokenizers, sessions and preview together. The worker owns one; the
//! command line uses one without a worker.

use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{Array3, ArrayView4};

use super::{Commission, LoadedModel, ModelLoader, Painter, Reader};
use crate::painting::{ModelInfo, ModelSource};
use tauscope_core::{
    CancelToken,
    attention::{PatchRows, Place},
    diffusion::{
        Components, Defaults, Job, LatentPreview, Notice, Outcome, Progress, decode, look_at_patch,
        text_to_image, token_plan,
    },
    error::Result,
    model::{ModelFolder, SchedulerConfig},
    prompt::Prompt,
};
use tauscope_onnx::Dialect;
use tauscope_runtime::{
    Device, LibraryOptions, Memory, MemoryPlan, Runtime, Sdxl, SessionOptions, choose_device, operators,
};

/// How an engine is made.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Where ONNX Runtime comes from.
    pub library: LibraryOptions,
    /// How sessions are made.
    pub session: SessionOptions,
}

/// A loaded model.
pub struct Engine {
    info: ModelInfo,
    folder: ModelFolder,
    reader: Arc<Reader>,
    sessions: Sdxl,
    preview: LatentPreview,
    /// Why it does not run on a better device.
    device_notice: Option<Notice>,
}

impl Engine {
    /// Checks the folder (downloads it first if it is a repository's name), finds or fetches ONNX Runtime, and loads
    /// every part. `report` takes the stage in words and its share done (0..1) where that is known.
    ///
    /// # Errors
    /// [`tauscope_core::Error::Cancelled`], and whatever is wrong with the folder, ONNX Runtime or a graph.
    pub fn load(
        source: &ModelSource,
        options: &EngineOptions,
        report: &mut dyn FnMut(&str, Option<f32>),
        cancel: &CancelToken,
    ) -> Result<Self> {
        report("Checking the model", None);
        let folder = match source {
            ModelSource::Embedded => ModelFolder::embedded()?,
            ModelSource::Folder(path) => tauscope_hub::open(
                path,
                options.library.offline,
                &mut |progress| report(&progress.to_string(), progress.fraction()),
                cancel,
            )?,
        };
        let reader = Arc::new(Reader::of(&folder)?);
        let runtime = Runtime::start(
            &options.library,
            &mut |fetch| report(&fetch.to_string(), fetch.fraction()),
            cancel,
        )?;
        let chosen = choose_device(&runtime, &options.session, cancel)?;
        let session = chosen.session(&options.session);
        let described = described(chosen.device, &session);
        let remark = chosen.remark();
        let why = remark.as_ref().map_or_else(String::new, |remark| format!(" ({remark})"));
        let running = format!("Running on {described}{why}");
        report(&running, None);
        let memory = Memory::now().before_loading(folder.weight_bytes());
        let mut sessions = Sdxl::load(
            &runtime,
            &folder,
            &session,
            &mut |stage, share| report(&format!("{stage} ({memory})"), Some(share)),
            cancel,
        )?;
        report("Fitting the preview", Some(0.95));
        let preview = LatentPreview::fit(&mut sessions, cancel)?;
        let device_notice = remark.is_some().then(|| Notice::Device(format!("{running}.")));
        let info = ModelInfo {
            name: folder.name.clone(),
            fingerprint: folder.fingerprint,
            source: source.clone(),
            native_size: folder.native_size,
            fixed_size: folder.fixed_size,
            defaults: Defaults::of(&folder),
            device: device(&described, sessions.memory_plan()),
            remark,
            runtime_version: runtime.version().to_owned(),
            simd: operators::simd_name().to_owned(),
            layers: sessions.cross_attention_layers().to_vec(),
        };
        Ok(Self { info, folder, reader, sessions, preview, device_notice })
    }

    /// What is loaded.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The schedule that the model was trained with.
    pub fn scheduler_config(&self) -> &SchedulerConfig {
        &self.folder.scheduler
    }

    /// Makes previews of latents.
    pub fn preview(&self) -> &LatentPreview {
        &self.preview
    }

    /// The sessions alone.
    pub fn components(&mut self) -> &mut dyn Components {
        &mut self.sessions
    }

    /// What is kept in memory.
    pub fn memory_plan(&self) -> &MemoryPlan {
        self.sessions.memory_plan()
    }

    /// The reader of this model's prompts.
    pub fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    /// Reads a prompt as the model does.
    ///
    /// # Errors
    /// If a tokenizer fails.
    pub fn read_prompt(&self, text: &str) -> Result<Arc<Prompt>> {
        self.reader.read(text)
    }
}

/// "CPU, 2 threads", and whether memory is saved at the cost of time.
fn device(described: &str, plan: &MemoryPlan) -> String {
    let saving = if plan.saves() { ", low memory" } else { "" };
    format!("{described}{saving}")
}

impl Engine {
    /// Passes a commission to `work` as a job whose texts have the same number of chunks.
    fn with_job<T>(
        &mut self,
        commission: &Commission,
        work: impl FnOnce(&mut Sdxl, &Job<'_>) -> Result<T>,
    ) -> Result<T> {
        let Commission { settings, prompt, start, live } = commission;
        settings.validate()?;
        self.folder.check_size(settings.width, settings.height)?;
        let prompt = self.reader.reuse_or_read(prompt.as_ref(), &settings.prompt)?;
        // What is not run takes no chunks.
        let is_guided = settings.is_guided() && !self.sessions.takes_guidance();
        let negative = match &settings.negative_prompt {
            _ if !is_guided => None,
            Some(text) => Some(self.reader.read(text)?),
            None if self.folder.zeros_for_empty_prompt => None,
            None => Some(self.reader.read("")?),
        };
        let chunks = prompt.chunks.len().max(negative.as_ref().map_or(0, |negative| negative.chunks.len()));
        self.sessions.require_memory(chunks, settings.latent_grid())?;
        let plan = self.sessions.memory_plan();
        let saving = plan.saves().then(|| Notice::LowMemory(plan.to_string()));
        let of_texts = self.notices_of(&prompt, negative.as_deref());
        let notices: Vec<_> = self.device_notice.iter().cloned().chain(saving).chain(of_texts).collect();
        let prompt = prompt.padded_to(chunks);
        let negative = negative.map(|negative| negative.padded_to(chunks));
        let job = Job {
            settings,
            prompt: &prompt.chunks,
            negative: negative.as_ref().map(|negative| negative.chunks.as_slice()),
            tokens: &|entities| token_plan(&prompt, entities),
            phrases: &|entities| self.reader.phrases_alone(&prompt, entities),
            scheduler: &self.folder.scheduler,
            start,
            live,
            notices: &notices,
        };
        work(&mut self.sessions, &job)
    }

    /// What there is to tell about how the texts are read.
    fn notices_of(&self, prompt: &Prompt, negative: Option<&Prompt>) -> Vec<Notice> {
        let unseen = self.reader.unseen_words(prompt);
        let unseen =
            (!unseen.is_empty()).then(|| Notice::Unseen { model: self.info.name.clone(), words: unseen });
        let of_prompt = prompt.notices.iter().cloned().map(Notice::Prompt);
        let of_negative = negative.into_iter().flat_map(|negative| {
            let read = negative.notices.iter().cloned().map(Notice::NegativePrompt);
            read.chain(negative.weighted.is_weighted().then_some(Notice::NegativeWeights))
        });
        of_prompt.chain(of_negative).chain(unseen).collect()
    }
}

/// "CPU, 2 threads", and whether the graph is portable.
fn described(device: Device, session: &SessionOptions) -> String {
    let mut text = device.to_string();
    if device.uses_threads() {
        text.push_str(&format!(", {} threads", session.threads));
    }
    if session.dialect() == Dialect::Portable {
        text.push_str(", portable graph");
    }
    text
}

impl Painter for Engine {
    fn paint(
        &mut self,
        commission: &Commission,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome> {
        self.with_job(commission, |sessions, job| text_to_image(sessions, job, cancel, progress))
    }

    fn decode(&mut self, latents: ArrayView4<'_, f32>, cancel: &CancelToken) -> Result<Array3<f32>> {
        decode(&mut self.sessions, latents, &mut |_| (), cancel)
    }

    fn look(&mut self, commission: &Commission, place: Place, cancel: &CancelToken) -> Result<PatchRows> {
        self.with_job(commission, |sessions, job| look_at_patch(sessions, job, place, cancel))
    }
}

/// Loads engines on the worker's thread.
#[derive(Clone, Default)]
pub struct EngineLoader {
    options: EngineOptions,
    reader: Arc<Mutex<Option<Arc<Reader>>>>,
}

impl EngineLoader {
    /// Makes engines with these options.
    pub fn new(options: EngineOptions) -> Self {
        Self { options, reader: Arc::default() }
    }

    /// The reader of the model that was loaded last. Clones of a loader share it.
    pub fn reader(&self) -> Option<Arc<Reader>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ModelLoader for EngineLoader {
    fn load(
        &mut self,
        source: &ModelSource,
        report: &mut dyn FnMut(&str, Option<f32>),
        cancel: &CancelToken,
    ) -> Result<LoadedModel> {
        let engine = Engine::load(source, &self.options, report, cancel)?;
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&engine.reader));
        let (info, preview, reader) =
            (engine.info.clone(), engine.preview.clone(), Arc::clone(&engine.reader));
        Ok(LoadedModel { info, preview, reader, painter: Box::new(engine) })
    }
}
