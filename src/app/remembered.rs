//! What the window remembers between two runs: one small JSON file, written atomically.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{corrections::Corrections, state::State, view::TileSize};
use tauscope_core::{
    attention::Control,
    diffusion::{Defaults, Settings},
    error::{Error, Result},
    write_file,
};
use tauscope_studio::export::ColorMap;

/// How many folders are remembered.
const RECENT_FOLDERS: usize = 6;

/// The file's content. Missing fields take their defaults, so that older files stay readable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    theme: ThemeChoice,
    tile_size: TileSize,
    color_map: ColorMap,
    same_scale: bool,
    saves_without_settings: bool,
    seed_is_fixed: bool,
    settings: Option<Settings>,
    defaults: Defaults,
    own_preset: Option<Control>,
    corrections: Corrections,
    recent: Vec<PathBuf>,
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

impl Remembered {
    /// What `state` has to remember.
    pub fn of(state: &State) -> Self {
        Self {
            theme: state.theme,
            tile_size: state.view.tile_size,
            color_map: state.view.color_map,
            same_scale: state.view.same_scale,
            saves_without_settings: state.saves_without_settings,
            seed_is_fixed: state.seed_is_fixed,
            settings: Some(state.draft.clone()),
            defaults: state.defaults,
            own_preset: state.own_preset.clone(),
            corrections: state.corrections.clone(),
            recent: state.recent.clone(),
        }
    }

    /// Reads the file. The first start has none, and a broken one is not worth a word: both give the defaults.
    pub fn read(path: &Path) -> Self {
        fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// If the file or its folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(Error::writing(folder))?;
        let json = serde_json::to_vec_pretty(self).map_err(|bad| Error::Internal(bad.to_string()))?;
        write_file(path, |file| io::Write::write_all(file, &json))
    }

    /// Puts everything into a fresh state. Settings that cannot be painted (edited by hand) are left out.
    pub(super) fn restore(self, state: &mut State) {
        state.theme = self.theme;
        state.view.tile_size = self.tile_size;
        state.view.color_map = self.color_map;
        state.view.same_scale = self.same_scale;
        state.saves_without_settings = self.saves_without_settings;
        state.seed_is_fixed = self.seed_is_fixed;
        state.recent = self.recent;
        state.corrections = self.corrections;
        state.own_preset = self.own_preset.filter(|control| control.validate().is_ok());
        if let Some(settings) = self.settings.filter(|settings| settings.validate().is_ok()) {
            state.draft = settings;
            state.defaults = self.defaults;
            state.size_is_chosen = true;
        }
    }
}

/// Puts `folder` in front of the folders opened before.
pub(super) fn remember_folder(recent: &mut Vec<PathBuf>, folder: &Path) {
    recent.retain(|other| other != folder);
    recent.insert(0, folder.to_owned());
    recent.truncate(RECENT_FOLDERS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("window.json");
        let remembered = Remembered {
            theme: ThemeChoice::Light,
            tile_size: TileSize::Large,
            settings: Some(Settings { prompt: "a cat".to_owned(), ..Settings::default() }),
            recent: vec![PathBuf::from("models")],
            ..Remembered::default()
        };
        remembered.write(&path).unwrap();
        assert_eq!(Remembered::read(&path), remembered);
    }

    #[test]
    fn a_broken_file_gives_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("window.json");
        assert_eq!(Remembered::read(&path), Remembered::default());
        fs::write(&path, "{").unwrap();
        assert_eq!(Remembered::read(&path), Remembered::default());
    }

    #[test]
    fn settings_that_cannot_be_painted_are_left_out() {
        let settings = Settings { width: 3, ..Settings::default() };
        let state = State::new(Remembered { settings: Some(settings), ..Remembered::default() }, 1);
        assert_eq!(state.draft.width, Settings::default().width);
    }

    #[test]
    fn the_newest_folder_comes_first_and_once() {
        let mut recent = vec![PathBuf::from("a"), PathBuf::from("b")];
        remember_folder(&mut recent, Path::new("b"));
        assert_eq!(recent, [PathBuf::from("b"), PathBuf::from("a")]);
    }
}
