//! Where Tauscope keeps what it needs again.

use std::{env, path::PathBuf};

/// Tauscope's folder for what it keeps: `TAUSCOPE_DATA_DIR`, else the system's place for a user's data; `None` where the
/// system has no such place.
pub fn data_folder() -> Option<PathBuf> {
    let chosen = env::var_os("TAUSCOPE_DATA_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    chosen.or_else(|| {
        directories::ProjectDirs::from("", "", "tauscope").map(|folders| folders.data_local_dir().to_owned())
    })
}
