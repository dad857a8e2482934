//! What the next Generate paints: settings, the prompt as the model reads it, and its entities.

use std::{path::PathBuf, sync::Arc};

use super::{
    super::{
        backend::Errand,
        corrections::Corrections,
        reading::{PromptReader, Reading},
    },
    effect::Effect,
};
use tauscope_core::{
    attention::Control,
    diffusion::{Defaults, Settings, scheduler::Sampler},
    prompt::{Entities, Owner, PromptWords},
};
use tauscope_studio::painting::ModelInfo;

/// The settings of the next picture.
#[derive(Default)]
pub struct Draft {
    settings: Settings,
    seed_is_fixed: bool,
    reader: Option<Arc<dyn PromptReader>>,
    reading: Arc<Reading>,
    picked: Option<Vec<usize>>,
    /// Whether a person has chosen the size; else it becomes the native one of the model that is loaded.
    size_is_chosen: bool,
    /// What suits the model that was loaded last: what the settings still have of it, a person has not chosen.
    defaults: Defaults,
    /// Entities made by hand, by their prompt.
    corrections: Corrections,
    /// Whether it was said that entities cannot be found.
    language_is_broken: bool,
    /// Whether a control moved since it was last let go.
    control_moved: bool,
    /// How many drags of a control are over.
    drags: u64,
    seeds: Seeds,
}

/// What a person does to the draft alone.
#[derive(Clone, Debug, PartialEq)]
pub enum DraftCommand {
    /// Types the prompt.
    Prompt(String),
    /// Types the negative prompt; empty means none.
    NegativePrompt(String),
    /// Opens the entities to be changed by hand, or ends that.
    EditEntities(bool),
    /// Takes a word, by its index, into what is to be moved, or out of it.
    PickWord(usize),
    /// Forgets what was changed by hand.
    AutomaticEntities,
    /// Chooses width and height, pixels.
    Size(usize, usize),
    /// Sets the number of steps.
    Steps(usize),
    /// Sets the guidance scale.
    Guidance(f32),
    /// Types a seed, which fixes it.
    Seed(u64),
    /// Takes a new seed for each picture, or always the same.
    SeedIsFixed(bool),
    /// Chooses the sampler.
    Sampler(Sampler),
    /// Takes the settings out of a PNG file that was saved with them.
    TakeSettings(PathBuf),
}

impl Draft {
    /// What was remembered: settings with what suited their model, whether their seed stays, and entities made by hand.
    /// New seeds come from `entropy`.
    pub(super) fn remembered(
        settings: Option<(Settings, Defaults)>,
        seed_is_fixed: bool,
        corrections: Corrections,
        entropy: u64,
    ) -> Self {
        let mut draft = Self { seed_is_fixed, corrections, seeds: Seeds(entropy), ..Self::default() };
        if let Some((settings, defaults)) = settings {
            draft = Self { settings, defaults, size_is_chosen: true, ..draft };
        }
        draft.draw_seed();
        draft
    }

    /// What the next Generate paints; the seed as shown.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the seed stays; else each picture gets a new one.
    pub fn seed_is_fixed(&self) -> bool {
        self.seed_is_fixed
    }

    /// Whether the size is known; else the model that is on its way will say it.
    pub fn size_is_chosen(&self) -> bool {
        self.size_is_chosen
    }

    /// What reads prompts, once a model is loaded.
    pub fn reader(&self) -> Option<&Arc<dyn PromptReader>> {
        self.reader.as_ref()
    }

    /// The prompt as the model reads it.
    pub fn reading(&self) -> &Arc<Reading> {
        &self.reading
    }

    /// The words picked while the entities are changed by hand, by their index; `None` while they are not.
    pub fn picked(&self) -> Option<&[usize]> {
        self.picked.as_deref()
    }

    /// What suits the model that was loaded last.
    pub(super) fn defaults(&self) -> Defaults {
        self.defaults
    }

    /// The entities that were made by hand.
    pub(super) fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    /// The drag of a control that goes on, or the next one.
    pub(super) fn drag(&self) -> u64 {
        self.drags
    }

    pub(super) fn update(&mut self, command: DraftCommand) -> Vec<Effect> {
        match command {
            DraftCommand::Prompt(text) => return self.type_prompt(text),
            DraftCommand::NegativePrompt(text) => {
                self.settings.negative_prompt = (!text.is_empty()).then_some(text);
            }
            DraftCommand::EditEntities(editing) => self.picked = editing.then(Vec::new),
            DraftCommand::PickWord(word) => self.pick(word),
            DraftCommand::AutomaticEntities => {
                self.corrections.forget(&self.settings.prompt);
                self.settings.entities.by_hand = false;
                self.unpick();
                return self.find_entities().into_iter().chain([Effect::Remember]).collect();
            }
            DraftCommand::Size(width, height) => {
                (self.settings.width, self.settings.height) = (width, height);
                self.size_is_chosen = true;
            }
            DraftCommand::Steps(steps) => {
                self.settings.steps = steps;
                self.settings.changes.clear();
            }
            DraftCommand::Guidance(scale) => self.settings.guidance_scale = scale,
            DraftCommand::Seed(seed) => self.fix_seed(seed),
            DraftCommand::SeedIsFixed(fixed) => self.seed_is_fixed = fixed,
            DraftCommand::Sampler(sampler) => self.settings.sampler = sampler,
            DraftCommand::TakeSettings(path) => return vec![Effect::Run(Errand::ReadSettings(path))],
        }
        Vec::new()
    }

    /// Prompts are read by this from now on.
    pub(super) fn read_with(&mut self, reader: Arc<dyn PromptReader>) -> Vec<Effect> {
        self.reading = Arc::new(reader.read(&self.settings.prompt));
        self.reader = Some(reader);
        self.find_entities()
    }

    /// Asks for the entities of the prompt, unless a person made them.
    pub(super) fn find_entities(&self) -> Vec<Effect> {
        if self.settings.entities.by_hand || self.reader.is_none() {
            Vec::new()
        } else {
            vec![Effect::FindEntities(self.settings.prompt.clone())]
        }
    }

    /// Entities were found, perhaps of a prompt that has been typed on since.
    pub(super) fn set_entities(&mut self, prompt: &str, entities: &Entities) {
        if prompt == self.settings.prompt && !self.settings.entities.by_hand {
            self.settings.entities = entities.clone();
        }
    }

    /// Entities cannot be found. Whether this is the first time: it comes with every prompt, and is worth one word.
    pub(super) fn is_first_language_failure(&mut self) -> bool {
        !std::mem::replace(&mut self.language_is_broken, true)
    }

    /// Gives the picked words to an entity, to a new one, or to none.
    pub(super) fn assign_picked(&mut self, owner: Owner) {
        let Some(picked) = self.picked.as_mut().filter(|picked| !picked.is_empty()) else { return };
        self.settings.entities = self.settings.entities.assign(&self.reading.words.list, picked, owner);
        picked.clear();
        self.settings.changes.clear();
        self.corrections.keep(&self.settings.prompt, &self.settings.entities);
    }

    /// A control moved. Whatever changed while an earlier picture was painted, the next one is steered so from the start.
    pub(super) fn steer(&mut self, control: Control) {
        self.settings.control = control;
        self.settings.changes.clear();
        self.control_moved = true;
    }

    /// What the control acts on changed, as if it had moved itself.
    pub(super) fn touch_control(&mut self) {
        self.control_moved = true;
    }

    /// A control was let go; gives the drag that is over, or `None` if nothing moved.
    pub(super) fn end_drag(&mut self) -> Option<u64> {
        if !std::mem::take(&mut self.control_moved) {
            return None;
        }
        let drag = self.drags;
        self.drags += 1;
        Some(drag)
    }

    /// Takes a new seed, unless it is fixed.
    pub(super) fn draw_seed(&mut self) {
        if !self.seed_is_fixed {
            self.settings.seed = self.seeds.draw();
        }
    }

    /// Takes this seed and keeps it.
    pub(super) fn fix_seed(&mut self, seed: u64) {
        (self.settings.seed, self.seed_is_fixed) = (seed, true);
    }

    /// Takes these settings. Without a reader their prompt has these words.
    pub(super) fn take(&mut self, settings: Settings, words: Option<Arc<PromptWords>>) {
        self.reading = match (&self.reader, words) {
            (None, Some(words)) => Arc::new(Reading::from(words)),
            (Some(_), _) | (None, None) => self.read(&settings.prompt),
        };
        if settings.entities.by_hand {
            self.corrections.keep(&settings.prompt, &settings.entities);
        }
        self.settings = settings;
        self.picked = None;
        (self.size_is_chosen, self.seed_is_fixed) = (true, true);
    }

    /// A model is there: takes its size and what else suits it, as far as a person has not chosen otherwise. Gives what
    /// suited the model before.
    pub(super) fn suit(&mut self, model: &ModelInfo) -> Defaults {
        let before = std::mem::replace(&mut self.defaults, model.defaults);
        model.defaults.replace(&before, &mut self.settings);
        let size = (self.settings.width, self.settings.height);
        (self.settings.width, self.settings.height) =
            if self.size_is_chosen { model.fixed_size.applied_to(size) } else { model.first_size() };
        self.size_is_chosen = true;
        before
    }

    /// A prompt as the loaded model reads it; without one it has no words.
    fn read(&self, prompt: &str) -> Arc<Reading> {
        let reading = self.reader.as_ref().map(|reader| reader.read(prompt));
        Arc::new(reading.unwrap_or_default())
    }

    fn type_prompt(&mut self, text: String) -> Vec<Effect> {
        self.reading = self.read(&text);
        let before = &self.settings.entities;
        let mut carried = before.carried(&self.settings.prompt, &text);
        // Nothing of a person's entities is left: the new words are found as any others.
        carried.by_hand &= before.list.is_empty() || !carried.list.is_empty();
        self.settings.entities = match self.corrections.of(&text) {
            Some(entities) => entities.clone(),
            // Until they are found anew, and for good if a person made them.
            None => carried,
        };
        self.settings.prompt = text;
        // They were of the picture that the draft came from, and of its words.
        self.settings.changes.clear();
        self.unpick();
        self.find_entities()
    }

    fn pick(&mut self, word: usize) {
        let Some(picked) = &mut self.picked else { return };
        match picked.iter().position(|&other| other == word) {
            Some(at) => drop(picked.remove(at)),
            None => picked.push(word),
        }
    }

    fn unpick(&mut self) {
        if let Some(picked) = &mut self.picked {
            picked.clear();
        }
    }
}

/// A source of seeds (splitmix64).
#[derive(Debug, Default)]
struct Seeds(u64);

impl Seeds {
    /// A seed short enough to be read aloud.
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 32) % 100_000
    }
}
