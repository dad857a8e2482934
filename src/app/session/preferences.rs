//! What a person likes, whatever is painted.

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use tauscope_core::attention::Control;

/// Preferences; the window remembers them.
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Whether saved pictures lack the settings that repeat them.
    pub saves_without_settings: bool,
    /// The control that the person kept.
    pub own_preset: Option<Control>,
}

/// What a person does to the preferences.
#[derive(Clone, Debug, PartialEq)]
pub enum PreferencesCommand {
    /// Light or dark.
    ToggleTheme,
    /// Whether saved pictures carry the settings that repeat them.
    SaveSettings(bool),
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// The pictures stand out.
    #[default]
    Dark,
    /// For bright rooms.
    Light,
}

impl Preferences {
    pub(super) fn update(&mut self, command: PreferencesCommand) -> Vec<Effect> {
        match command {
            PreferencesCommand::ToggleTheme => {
                self.theme = match self.theme {
                    ThemeChoice::Dark => ThemeChoice::Light,
                    ThemeChoice::Light => ThemeChoice::Dark,
                };
            }
            PreferencesCommand::SaveSettings(with) => self.saves_without_settings = !with,
        }
        vec![Effect::Remember]
    }
}
