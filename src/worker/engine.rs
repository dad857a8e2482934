//! A model ready to paint: folder, tokenizers, sessions and preview together. What the worker owns, and what the
//! command line uses without a worker.

use ndarray::Array4;

use super::{ModelInfo, ModelSource};
use crate::{
    diffusion::{CancelToken, Components, Job, LatentPreview, Outcome, Progress, Settings, text_to_image},
    error::Result,
    model::{ModelFolder, SchedulerConfig, TokenizerFiles, Words},
    operators,
    prompt::{CHUNK_TOKENS, Prompt, Special, Tokenizer, Tokenizers},
    runtime::{LibraryOptions, Runtime, Sdxl, SessionOptions},
};

/// How an engine is made.
#[derive(Clone, Default)]
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
    tokenizers: Tokenizers,
    max_chunks: Option<usize>,
    sessions: Sdxl,
    preview: LatentPreview,
}

impl Engine {
    /// Checks the folder, finds or fetches ONNX Runtime, and loads every part. `report` is told the stage in words and
    /// its share done (0..1) where that is known.
    ///
    /// # Errors
    /// Whatever is wrong with the folder, the library or a graph, in words; [`crate::Error::Cancelled`].
    pub fn load(
        source: &ModelSource,
        options: &EngineOptions,
        report: &mut dyn FnMut(&str, Option<f32>),
        cancel: &CancelToken,
    ) -> Result<Self> {
        report("Checking the model", None);
        let folder = match source {
            ModelSource::Embedded => ModelFolder::embedded()?,
            ModelSource::Folder(path) => ModelFolder::open(path)?,
        };
        let [first, second] = &folder.tokenizers;
        let tokenizers = Tokenizers { first: tokenizer(first)?, second: tokenizer(second)? };
        let runtime = Runtime::start(
            &options.library,
            &mut |fetch| {
                let fraction = fetch.total_bytes.map(|total| fetch.done_bytes as f32 / total.max(1) as f32);
                report(&fetch.stage.to_string(), fraction);
            },
            cancel,
        )?;
        let mut sessions = Sdxl::load(
            &runtime,
            &folder,
            &options.session,
            &mut |stage, share| report(stage, Some(share)),
            cancel,
        )?;
        report("Fitting the preview", Some(0.95));
        let preview = LatentPreview::fit(&mut sessions, cancel)?;
        let info = ModelInfo {
            name: folder.name.clone(),
            source: source.clone(),
            native_size: folder.native_size,
            device: format!("{}, {} threads", options.session.device, options.session.threads),
            runtime_version: runtime.version().to_owned(),
            simd: operators::simd_name().to_owned(),
            layers: sessions.cross_attention_layers().to_vec(),
        };
        let max_chunks = folder.unet.sequence_length.map(|tokens| tokens / CHUNK_TOKENS);
        Ok(Self { info, folder, tokenizers, max_chunks, sessions, preview })
    }

    /// What is loaded.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The schedule that the model was trained with.
    pub fn scheduler_config(&self) -> &SchedulerConfig {
        &self.folder.scheduler
    }

    /// The words that the model knows, if it says so.
    pub fn words(&self) -> Option<&Words> {
        self.folder.words.as_ref()
    }

    /// The cheap picture of latents.
    pub fn preview(&self) -> &LatentPreview {
        &self.preview
    }

    /// The sessions alone.
    pub fn components(&mut self) -> &mut dyn Components {
        &mut self.sessions
    }

    /// Reads a prompt as the model will.
    ///
    /// # Errors
    /// If a tokenizer fails.
    pub fn read_prompt(&self, text: &str) -> Result<Prompt> {
        Prompt::parse(text, &self.tokenizers, self.max_chunks)
    }

    /// Paints. `initial_latents` [1, 4, h, w], unit normal, take the place of the seed's noise.
    ///
    /// # Errors
    /// As [`text_to_image`].
    pub fn paint(
        &mut self,
        settings: &Settings,
        initial_latents: Option<&Array4<f32>>,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Outcome> {
        let mut prompt = self.read_prompt(&settings.prompt)?;
        let mut negative = match &settings.negative_prompt {
            Some(text) => Some(self.read_prompt(text)?),
            None if self.folder.zeros_for_empty_prompt => None,
            None => Some(self.read_prompt("")?),
        };
        let chunks = prompt.chunks.len().max(negative.as_ref().map_or(0, |negative| negative.chunks.len()));
        prompt.pad_to(chunks);
        if let Some(negative) = &mut negative {
            negative.pad_to(chunks);
        }
        let job = Job {
            settings,
            prompt: &prompt.chunks,
            negative: negative.as_ref().map(|negative| negative.chunks.as_slice()),
            token_weight: &prompt.token_weight(),
            scheduler: &self.folder.scheduler,
            initial_latents,
        };
        text_to_image(&mut self.sessions, &job, cancel, progress)
    }
}

fn tokenizer(files: &TokenizerFiles) -> Result<Tokenizer> {
    let special = Special { start: files.start.clone(), end: files.end.clone(), pad: files.pad.clone() };
    match &files.json {
        Some(json) => Tokenizer::from_json(json, &special),
        None => {
            let bytes = |file: &Option<bytes::Bytes>| file.clone().unwrap_or_default();
            Tokenizer::from_vocab_merges(&bytes(&files.vocab), &bytes(&files.merges), &special)
        }
    }
}
