//! The folder for Tauscope's own files.

use std::{env, path::PathBuf};

/// Tauscope's data folder: `TAUSCOPE_DATA_DIR`, else the system's folder for a user's data; `None` if the system has none.
pub fn data_folder() -> Option<PathBuf> {
    let chosen = env::var_os("TAUSCOPE_DATA_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    chosen.or_else(|| {
        directories::ProjectDirs::from("", "", "tauscope").map(|folders| folders.data_local_dir().to_owned())
    })
}
