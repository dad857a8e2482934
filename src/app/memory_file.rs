//! Where the window remembers things: one small JSON file, written atomically.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::session::Remembered;
use tauscope_core::{
    error::{Error, Result},
    write_file,
};

/// The file within Tauscope's data folder.
pub(super) fn within(data_folder: &Path) -> PathBuf {
    data_folder.join("window.json")
}

/// Reads the file. The first start has none, and a broken one is ignored: both give the defaults.
pub(super) fn read(path: &Path) -> Remembered {
    fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Writes the file, whole or not at all.
///
/// # Errors
/// If the file or its folder cannot be written.
pub(super) fn write(remembered: &Remembered, path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(Error::writing(folder))?;
    let json = serde_json::to_vec_pretty(remembered).map_err(|bad| Error::Internal(bad.to_string()))?;
    write_file(path, |file| io::Write::write_all(file, &json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::session::{DraftCommand, PreferencesCommand, Session, update};

    #[test]
    fn a_file_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("window.json");
        let mut session = Session::new(Remembered::default(), 1);
        update(&mut session, DraftCommand::Prompt("a cat".to_owned()));
        update(&mut session, PreferencesCommand::ToggleTheme);
        let remembered = session.remembered();
        write(&remembered, &path).unwrap();
        assert_eq!(read(&path), remembered);
    }

    #[test]
    fn a_broken_file_gives_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("window.json");
        assert_eq!(read(&path), Remembered::default());
        fs::write(&path, "{").unwrap();
        assert_eq!(read(&path), Remembered::default());
    }

    #[test]
    fn settings_that_cannot_be_painted_are_left_out_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("window.json");
        let mut session = Session::new(Remembered::default(), 1);
        update(&mut session, PreferencesCommand::ToggleTheme);
        let with_steps = |steps: u64| {
            let mut json = serde_json::to_value(session.remembered()).unwrap();
            json["settings"]["steps"] = steps.into();
            fs::write(&path, json.to_string()).unwrap();
            serde_json::to_value(read(&path)).unwrap()
        };
        let read = with_steps(7);
        assert_eq!((&read["settings"]["steps"], &read["theme"]), (&7.into(), &"Light".into()));
        let read = with_steps(1_000_000_000_000);
        assert_eq!((&read["settings"], &read["theme"]), (&serde_json::Value::Null, &"Light".into()));
    }
}
