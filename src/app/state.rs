//! Everything the window knows. Plain data: it is changed by [`super::update()`] alone and read by the panels.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use super::{
    backend::AsShown,
    compare::Comparison,
    corrections::Corrections,
    reading::{PromptReader, Reading},
    remembered::{Remembered, ThemeChoice},
    update::size_presets,
    view::View,
};
use tauscope_core::{
    attention::{Control, Place},
    diffusion::{Defaults, Settings},
    error::Error,
    prompt::{Groups, PromptWords},
};
use tauscope_studio::{
    export::{Scale, Smoothing, Style},
    history::{Entry, EntryId},
    painting::{Branch, JobId, ModelInfo, ModelSource, Painting},
    worker::{Decoded, Looked},
};

/// A run at most this long is repainted while a steering control moves; a longer one when it is let go.
pub const LIVE_RUN_SECONDS: f32 = 3.0;

/// The window's state.
#[derive(Default)]
pub struct State {
    /// What is or will be loaded.
    pub model: Model,
    /// What the next Generate paints; the seed as shown.
    pub draft: Settings,
    /// Whether the draft's seed stays; else each picture gets a new one.
    pub seed_is_fixed: bool,
    /// Who reads prompts, once a model is loaded.
    pub reader: Option<Arc<dyn PromptReader>>,
    /// The draft's prompt, read.
    pub reading: Arc<Reading>,
    /// The words picked while the entities are changed by hand, by their index; `None` while they are not.
    pub picked: Option<Vec<usize>>,
    /// Jobs asked for and not begun, in order.
    pub waiting: Vec<Job>,
    /// The job that runs.
    pub running: Option<Run>,
    /// Finished paintings, newest first.
    pub history: Vec<Kept>,
    /// What is on disk of this and earlier sessions, newest first.
    pub archive: Vec<Entry>,
    /// What is being read from disk.
    pub(super) opening: Vec<EntryId>,
    /// Paintings that a drag replaced before they were on disk.
    pub(super) replaced: Vec<JobId>,
    /// Which painting is shown: the running job or one of the history.
    pub shown: Option<JobId>,
    /// How it is looked at.
    pub view: View,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Whether saved pictures lack the settings that repeat them.
    pub saves_without_settings: bool,
    /// Where the place looked that was asked for last.
    pub looked: Option<Looked>,
    /// Steps that the VAE has decoded, the newest last.
    pub decoded: Vec<Arc<Decoded>>,
    /// What is compared.
    pub comparison: Option<Comparison>,
    /// The control that the person kept.
    pub own_preset: Option<Control>,
    /// The path typed beside the folder dialog.
    pub folder_path: String,
    /// Folders opened before, newest first.
    pub recent: Vec<PathBuf>,
    /// Names of the models in the Hugging Face cache.
    pub cached_models: Vec<PathBuf>,
    /// What a person should know, oldest first.
    pub notices: Vec<Notice>,
    /// Whether the keys are listed.
    pub help: bool,
    /// Whether a person has chosen the draft's size; else it becomes the native one of the model that is loaded.
    pub(super) size_is_chosen: bool,
    /// What suits the model that was loaded last: what the draft still has of it, a person has not chosen.
    pub(super) defaults: Defaults,
    /// Groups made by hand, by their prompt.
    pub(super) corrections: Corrections,
    /// Whether a control moved since it was last let go.
    pub(super) control_moved: bool,
    /// Whether it was told that entities cannot be found.
    pub(super) language_is_broken: bool,
    /// Models asked for that have neither come nor failed: the newest is the one that counts.
    pub(super) loads: usize,
    /// The look that was asked for last.
    pub(super) asked_look: Option<(JobId, usize, Place)>,
    /// The step whose picture was asked for last.
    pub(super) asked_decode: Option<(JobId, usize)>,
    /// Source of new seeds, and how many jobs and drags there were.
    pub(super) counters: Counters,
}

/// The model as far as the window knows.
#[derive(Clone, Debug, Default)]
pub enum Model {
    /// Nothing is loaded or on its way.
    #[default]
    None,
    /// On its way.
    Loading {
        /// From where.
        source: ModelSource,
        /// "Loading the UNet".
        stage: String,
        /// 0..1, or unknown.
        fraction: Option<f32>,
    },
    /// Ready to paint.
    Ready(Arc<ModelInfo>),
    /// It could not be loaded; the notice says why.
    Failed(ModelSource),
}

/// A job asked for.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// What to paint.
    pub settings: Settings,
    /// Set if a steering control asked for it.
    pub steering: Option<Steering>,
    /// Where it goes on from, if not from noise.
    pub branch: Option<Branch>,
    /// Whether the worker knows of it. A job whose size the model will say waits for the model here.
    pub is_sent: bool,
}

/// A repaint of the shown picture, because a steering control moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steering {
    /// Which drag; of each drag only the last picture is kept.
    pub drag: u64,
    /// The picture stays until the new one is done, so that a drag does not flicker.
    pub in_place: bool,
}

/// The job that runs.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was asked for.
    pub job: Job,
    /// As far as it has come.
    pub painting: Option<Arc<Painting>>,
    /// Whether it was told to stop.
    pub stopping: bool,
}

/// A finished painting.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Picture, settings and maps.
    pub painting: Arc<Painting>,
    /// Set if a steering control asked for it.
    pub steering: Option<Steering>,
    /// Where it lies on disk, once it does.
    pub entry: Option<EntryId>,
}

/// A painting that was finished or stopped.
#[derive(Clone, Copy, Debug)]
pub enum Past<'a> {
    /// In memory, whole.
    Kept(&'a Kept),
    /// Only its outline.
    OnDisk(&'a Entry),
}

impl<'a> Past<'a> {
    /// What was asked for.
    pub fn settings(self) -> &'a Settings {
        match self {
            Self::Kept(kept) => &kept.painting.settings,
            Self::OnDisk(entry) => &entry.recipe.settings,
        }
    }

    /// The model that painted it: its name, and its fingerprint's short form if that is known.
    pub fn model(self) -> String {
        let (name, fingerprint) = match self {
            Self::Kept(kept) => (&kept.painting.model, kept.painting.model_fingerprint),
            Self::OnDisk(entry) => (&entry.recipe.model, entry.recipe.model_fingerprint),
        };
        fingerprint.map_or_else(|| name.clone(), |fingerprint| format!("{name} ({})", fingerprint.short()))
    }

    /// The settings of what it goes on from.
    pub fn parent(self) -> Option<&'a Settings> {
        let branch = match self {
            Self::Kept(kept) => kept.painting.branch.as_deref(),
            Self::OnDisk(entry) => entry.recipe.branch.as_deref(),
        };
        branch.map(|branch| &branch.settings)
    }
}

/// A sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened and what to do.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counters {
    pub(super) entropy: u64,
    pub(super) jobs: u64,
    pub(super) drags: u64,
}

/// The painting that is shown.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Picture, settings and maps.
    pub painting: &'a Arc<Painting>,
    /// The words of its prompt.
    pub reading: &'a Arc<PromptWords>,
}

impl<'a> Shown<'a> {
    /// A painting with a step.
    pub(super) fn of(painting: &'a Arc<Painting>) -> Self {
        Self { painting, reading: &painting.words }
    }

    /// The step that `view` shows, if there is any.
    pub fn step(self, view: &View) -> Option<usize> {
        let newest = self.painting.steps.len().checked_sub(1)?;
        Some(view.step.map_or(newest, |step| step.min(newest)))
    }

    /// The entities that were in force at a step: they may have been found, or changed by hand, while it was painted.
    pub fn groups(&self, step: usize) -> &Groups {
        let painted = self.painting.steps.get(step);
        painted.map_or(&self.painting.settings.groups, |painted| &painted.steer.groups)
    }

    /// Whether `step` is shown as the finished picture.
    pub fn is_finished_at(self, step: usize) -> bool {
        self.painting.image.is_some() && step + 1 == self.painting.steps.len()
    }
}

impl State {
    /// A window that remembers. New seeds come from `entropy`.
    pub fn new(remembered: Remembered, entropy: u64) -> Self {
        let mut state = Self { counters: Counters { entropy, ..Counters::default() }, ..Self::default() };
        remembered.restore(&mut state);
        if !state.seed_is_fixed {
            state.draft.seed = state.counters.new_seed();
        }
        state
    }

    /// The painting that is shown, once it has a step.
    pub fn shown(&self) -> Option<Shown<'_>> {
        self.painting(self.shown?)
    }

    /// A painting by its job's name, running or kept, once it has a step.
    pub fn painting(&self, id: JobId) -> Option<Shown<'_>> {
        if let Some(run) = self.running.as_ref().filter(|run| run.job.id == id) {
            return run.painting.as_ref().map(Shown::of);
        }
        let kept = self.history.iter().find(|kept| kept.painting.id == id)?;
        Some(Shown::of(&kept.painting))
    }

    /// How files that are saved now look.
    pub(super) fn as_shown(&self) -> AsShown {
        let view = &self.view;
        AsShown {
            layers: view.layers.clone(),
            scale: if view.same_scale { Scale::Common } else { Scale::Own },
            style: Style {
                colors: view.color_map,
                smoothing: if view.patches { Smoothing::Patches } else { Smoothing::Bilinear },
            },
            with_settings: !self.saves_without_settings,
        }
    }

    /// Everything that was painted, in memory or on disk, the newest first.
    pub fn paintings(&self) -> Vec<Past<'_>> {
        let in_memory: HashSet<_> = self.history.iter().filter_map(|kept| kept.entry).collect();
        let mut earlier = self.archive.iter().filter(|entry| !in_memory.contains(&entry.id)).peekable();
        let mut paintings = Vec::with_capacity(self.history.len() + self.archive.len());
        for kept in &self.history {
            // What is not on disk is of this session.
            while let Some(entry) = earlier.next_if(|entry| kept.entry.is_some_and(|id| entry.id > id)) {
                paintings.push(Past::OnDisk(entry));
            }
            paintings.push(Past::Kept(kept));
        }
        paintings.extend(earlier.map(Past::OnDisk));
        paintings
    }

    /// Side in pixels that sizes are offered around.
    pub fn native_size(&self) -> usize {
        if let Model::Ready(model) = &self.model { model.native_size } else { 1024 }
    }

    /// The sizes that are offered, pixels with the aspect in words: those that the model paints, if not all.
    pub fn sizes(&self) -> Vec<(usize, usize, &'static str)> {
        let mut sizes = size_presets(self.native_size());
        if let Model::Ready(model) = &self.model
            && !model.fixed_size.is_free()
        {
            sizes.retain(|&(width, height, _)| model.fixed_size.takes((width, height)));
            if sizes.is_empty() {
                let (width, height) = model.first_size();
                sizes.push((width, height, "as exported"));
            }
        }
        sizes
    }

    /// Whether Generate can be pressed: a model is there or on its way, and the draft can be painted.
    pub fn can_generate(&self) -> bool {
        matches!(self.model, Model::Ready(_) | Model::Loading { .. }) && self.draft.validate().is_ok()
    }

    /// Whether a painting can go on anew from the step with this index.
    pub fn can_branch(&self, painting: &Painting, step: usize) -> bool {
        let before = step.checked_sub(1).and_then(|before| painting.steps.get(before));
        self.can_generate()
            && self.is_of_loaded(painting)
            && before.is_some_and(|before| before.checkpoint.is_some())
    }

    /// Seconds that the steps of the run take from here on, if one has been timed.
    pub fn seconds_left(&self) -> Option<f32> {
        let painting = self.running.as_ref()?.painting.as_ref()?;
        let left = painting.settings.steps.saturating_sub(painting.steps.len());
        Some(milliseconds_per_step(painting)? * left as f32 / 1000.0)
    }

    /// Adds a sentence; the same one is not said twice.
    pub(super) fn notify(&mut self, text: String, is_error: bool) {
        let notice = Notice { text, is_error };
        self.notices.retain(|other| *other != notice);
        self.notices.push(notice);
        let surplus = self.notices.len().saturating_sub(3);
        self.notices.drain(..surplus);
    }

    /// Adds an error's sentence.
    pub(super) fn complain(&mut self, error: &Error) {
        self.notify(error.to_string(), true);
    }
}

impl Counters {
    /// A seed short enough to be read aloud (splitmix64).
    pub(super) fn new_seed(&mut self) -> u64 {
        self.entropy = self.entropy.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.entropy;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 32) % 100_000
    }
}

/// The mean time of a painting's steps.
pub fn milliseconds_per_step(painting: &Painting) -> Option<f32> {
    let total: f32 = painting.steps.iter().map(|step| step.elapsed.as_secs_f32()).sum();
    (!painting.steps.is_empty()).then(|| total * 1000.0 / painting.steps.len() as f32)
}
