//! Everything the window knows, as slices; and [`update()`], the one place where it changes.
//!
//! Each slice is a file: a struct, its commands and its own small update, and none knows another's. [`Session`] holds
//! them, and what concerns several is a rule in `rules`. All of it is pure: no egui, no clock, no files; what has to
//! happen outside comes back as [`Effect`]s. Panels read the session and cannot change it.

mod command;
mod compare;
mod draft;
mod effect;
mod gallery;
mod inspection;
mod models;
mod notices;
mod preferences;
mod queue;
mod remembered;
mod rules;
mod shown;
mod update;
mod view;

pub use command::{Command, Input};
pub use compare::{Compare, CompareCommand, Comparison, Contestant};
pub use draft::{Draft, DraftCommand};
pub use effect::Effect;
pub use gallery::{Gallery, Kept, Past};
pub use inspection::Inspection;
pub(super) use models::typed_path;
pub use models::{ModelCommand, ModelStatus, Models};
pub use notices::{Notice, Notices};
pub use preferences::{Preferences, PreferencesCommand, ThemeChoice};
pub use queue::{Queue, QueueCommand, QueuedJob, Run, Steering, milliseconds_per_step};
pub use remembered::Remembered;
pub use rules::LIVE_RUN_SECONDS;
pub use shown::Shown;
pub use update::update;
pub use view::{Framing, Mode, Page, TileSize, Time, View, ViewCommand};

use tauscope_studio::painting::{JobId, Painting};

/// The window's state.
#[derive(Default)]
pub struct Session {
    /// What the next Generate paints.
    pub draft: Draft,
    /// What waits and what runs.
    pub queue: Queue,
    /// What was painted, and what of it is shown.
    pub gallery: Gallery,
    /// What the worker says about steps that are over.
    pub inspection: Inspection,
    /// What is compared.
    pub compare: Compare,
    /// Which model is open, and which others can be.
    pub models: Models,
    /// How the painting is looked at.
    pub view: View,
    /// What a person likes.
    pub preferences: Preferences,
    /// What a person should know.
    pub notices: Notices,
}

impl Session {
    /// A session that remembers. New seeds come from `entropy`.
    pub fn new(remembered: Remembered, entropy: u64) -> Self {
        let Remembered {
            theme,
            tile_size,
            color_map,
            same_scale,
            saves_without_settings,
            seed_is_fixed,
            settings,
            defaults,
            own_preset,
            corrections,
            recent,
        } = remembered;
        let settings = settings.map(|settings| (settings, defaults));
        let own_preset = own_preset.filter(|control| control.validate().is_ok());
        Self {
            draft: Draft::remembered(settings, seed_is_fixed, corrections, entropy),
            models: Models::remembered(recent),
            view: View { tile_size, color_map, same_scale, ..View::default() },
            preferences: Preferences { theme, saves_without_settings, own_preset },
            ..Self::default()
        }
    }

    /// What the next session should remember.
    pub fn remembered(&self) -> Remembered {
        Remembered {
            theme: self.preferences.theme,
            tile_size: self.view.tile_size,
            color_map: self.view.color_map,
            same_scale: self.view.same_scale,
            saves_without_settings: self.preferences.saves_without_settings,
            seed_is_fixed: self.draft.seed_is_fixed(),
            settings: Some(self.draft.settings().clone()),
            defaults: self.draft.defaults(),
            own_preset: self.preferences.own_preset.clone(),
            corrections: self.draft.corrections().clone(),
            recent: self.models.recent().to_vec(),
        }
    }

    /// The painting that is shown, once it has a step.
    pub fn shown(&self) -> Option<Shown<'_>> {
        self.painting(self.gallery.shown()?)
    }

    /// A painting by its job's name, running or kept, once it has a step.
    pub fn painting(&self, id: JobId) -> Option<Shown<'_>> {
        match self.queue.running().filter(|run| run.job.id == id) {
            Some(run) => run.painting.as_ref().map(Shown::of),
            None => self.gallery.painting(id),
        }
    }

    /// Whether Generate can be pressed: a model is there or on its way, and the draft can be painted.
    pub fn can_generate(&self) -> bool {
        self.models.is_wanted() && self.draft.settings().validate().is_ok()
    }

    /// Whether a painting can go on anew from the step with this index.
    pub fn can_branch(&self, painting: &Painting, step: usize) -> bool {
        let before = step.checked_sub(1).and_then(|before| painting.steps.get(before));
        self.can_generate()
            && self.models.is_of_loaded(painting)
            && before.is_some_and(|before| before.checkpoint.is_some())
    }
}
