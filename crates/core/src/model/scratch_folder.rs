//! For tests: a model folder that they may change.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder with links to the embedded model's files. A changed file replaces its link, so the original stays.
pub(super) struct Folder {
    temporary: TempDir,
}

impl Folder {
    pub(super) fn of_scenes() -> Self {
        let folder = Self::empty();
        link_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/scenes"), folder.path());
        folder
    }

    pub(super) fn empty() -> Self {
        Self { temporary: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> &Path {
        self.temporary.path()
    }

    pub(super) fn write(&self, relative: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if path.exists() {
            fs::remove_file(&path).unwrap();
        }
        fs::write(path, bytes).unwrap();
    }

    pub(super) fn remove(&self, relative: &str) {
        let path = self.path().join(relative);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    pub(super) fn set(&self, relative: &str, key: &str, value: Value) {
        let text = fs::read_to_string(self.path().join(relative)).unwrap();
        let mut config: Value = serde_json::from_str(&text).unwrap();
        config[key] = value;
        self.write(relative, config.to_string());
    }
}

/// Links every file of a folder into another.
pub(super) fn link_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            link_all(&entry.path(), &target);
        } else {
            #[cfg(unix)]
            std::os::unix::fs::symlink(entry.path(), target).unwrap();
            #[cfg(not(unix))]
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
