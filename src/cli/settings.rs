//! From options to the settings of a run: what suits the model, over it what a picture was painted with (`--like`), over it
//! what was typed.

use std::time::{SystemTime, UNIX_EPOCH};

use super::args::Generate;
use tauscope_core::{
    attention::Control,
    data_folder,
    diffusion::{Change, Settings},
    error::{Error, Result},
    prompt::Entities,
};
use tauscope_studio::{
    export::MapForm,
    painting::{ModelInfo, Said, SavedSettings},
    worker::find_entities,
};

/// What was asked for, as far as it is known without a model.
pub(super) struct Asked<'a> {
    arguments: &'a Generate,
    /// How the picture of `--like` was made.
    saved: Option<SavedSettings>,
    /// The prompt and what steers.
    steered: Settings,
}

impl<'a> Asked<'a> {
    /// Reads the picture and the options, before the model is loaded, so that what makes no sense is told at once.
    ///
    /// # Errors
    /// Those of [`SavedSettings::read`], and [`Error::Input`] for options that make no sense for this prompt or together.
    pub(super) fn of(arguments: &'a Generate) -> Result<Self> {
        let saved = arguments.like.as_deref().map(SavedSettings::read).transpose()?;
        let usual = Settings::default();
        let mut steered = saved.as_ref().map_or(usual.clone(), |saved| saved.settings(&usual, None).settings);
        let of_picture = saved.is_some().then(|| steered.prompt.clone());
        arguments.set(&mut steered);
        if matches!(saved, Some(SavedSettings::Theirs(_))) && steered.prompt.trim().is_empty() {
            return Err(Error::input(
                "The picture of --like says no prompt that is understood.",
                "Give one with --prompt.",
            ));
        }
        let is_repeated = of_picture.is_some_and(|prompt| prompt == steered.prompt);
        arguments.steer(&mut steered, is_repeated)?;
        Ok(Self { arguments, saved, steered })
    }

    /// The settings of a run of `model`. `tell` takes what the picture leaves open.
    pub(super) fn settings(self, model: &ModelInfo, tell: &mut dyn FnMut(&str)) -> Settings {
        let mut settings = usual(model);
        if let Some(saved) = self.saved {
            let picture = saved.settings(&settings, Some(model));
            let open = picture.notices.into_iter();
            let open = open.filter_map(|notice| notice.unless(|what| self.arguments.gives(what)));
            open.for_each(|notice| tell(&notice.to_string()));
            settings = picture.settings;
        }
        self.arguments.set(&mut settings);
        let Settings { control, entities, changes, .. } = self.steered;
        Settings { control, entities, changes, ..settings }
    }
}

/// What suits `model`, with a new seed.
fn usual(model: &ModelInfo) -> Settings {
    Settings { seed: random_seed(), ..model.usual_settings() }
}

impl Generate {
    /// Sets what was typed, but for what steers. Entities are not those of another prompt.
    fn set(&self, settings: &mut Settings) {
        if let Some(prompt) = self.prompt.as_ref().filter(|prompt| **prompt != settings.prompt) {
            settings.prompt.clone_from(prompt);
            settings.set_entities(&Entities::default());
        }
        if self.negative.is_some() {
            settings.negative_prompt.clone_from(&self.negative);
        }
        (settings.width, settings.height) = self.size.unwrap_or((settings.width, settings.height));
        settings.steps = self.steps.unwrap_or(settings.steps);
        settings.changes.retain(|change| change.step < settings.steps);
        settings.guidance_scale = self.guidance.unwrap_or(settings.guidance_scale);
        settings.seed = self.seed.unwrap_or(settings.seed);
        settings.sampler = self.sampler.unwrap_or(settings.sampler);
    }

    fn steer(&self, settings: &mut Settings, is_repeated: bool) -> Result<()> {
        let data = self.library.options().data_dir.or_else(data_folder);
        let find = |prompt: &str| find_entities(data.as_deref(), prompt);
        let is_measured = self.maps.iter().any(|form| form.0 == MapForm::Json);
        self.steering.steer(settings, is_measured, is_repeated, find)?;
        let is_neutral = |change: &Change| change.steer.control == Control::neutral();
        if self.compare && settings.controls().iter().all(is_neutral) {
            return Err(Error::input(
                "There is nothing to compare: this control changes nothing.",
                "Add one, as in --preset our-reading or --tau 0.7.",
            ));
        }
        Ok(())
    }

    /// Whether an option gives this, whatever a picture says of it.
    fn gives(&self, what: Said) -> bool {
        match what {
            Said::Prompt => self.prompt.is_some(),
            Said::Size => self.size.is_some(),
            Said::Steps => self.steps.is_some(),
            Said::Guidance => self.guidance.is_some(),
            Said::Seed => self.seed.is_some(),
            Said::Sampler => self.sampler.is_some(),
            Said::Noise => self.latents.is_some(),
        }
    }
}

/// A random seed, short enough to be read out.
fn random_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_nanos() as u64 % u64::from(u32::MAX)
}
