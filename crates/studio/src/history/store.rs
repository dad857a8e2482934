//! The history's folder.

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    fs, io, mem,
    path::{Path, PathBuf},
};

use super::{
    entry::{Entry, EntryId},
    files::{self, Files, Opened},
    workbench::{Workbench, is_workbench, sweep},
};
use crate::painting::{JobId, Painting, RUN_BYTES, Recipe, Spill};
use tauscope_core::error::{Error, Result};

/// The paintings kept in a folder, within a quota. Other processes may change the folder at the same time.
#[derive(Debug)]
pub struct History {
    folder: PathBuf,
    quota_bytes: u64,
    /// Newest first.
    entries: Vec<Entry>,
    /// Names that already have a remark.
    skipped: BTreeSet<String>,
    remarks: Vec<String>,
}

impl History {
    /// Opens the history in `folder`, which is created if it is missing. After each [`Self::add`] the entries together
    /// take at most `quota_bytes`, except that the newest always stays.
    ///
    /// # Errors
    /// [`Error::File`] if the folder cannot be created or read.
    pub fn open(folder: &Path, quota_bytes: u64) -> Result<Self> {
        fs::create_dir_all(folder).map_err(Error::writing(folder))?;
        sweep(folder);
        let mut history = Self {
            folder: folder.to_owned(),
            quota_bytes,
            entries: Vec::new(),
            skipped: BTreeSet::new(),
            remarks: Vec::new(),
        };
        history.refresh()?;
        Ok(history)
    }

    /// The entries, newest first, as of the last call that changed something.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What a person should know since the last call, as sentences: folders that are not entries of this version, old
    /// entries that could not be removed.
    pub fn take_remarks(&mut self) -> Vec<String> {
        mem::take(&mut self.remarks)
    }

    /// Adds a finished painting, then removes the oldest entries over the quota.
    ///
    /// # Errors
    /// [`Error::File`], for instance if the disk is full; the history is then unchanged.
    pub fn add(&mut self, painting: &Painting, recipe: &Recipe) -> Result<Entry> {
        let bench = Workbench::new(&self.folder).map_err(Error::writing(&self.folder))?;
        let made = bench.place();
        fs::create_dir(&made).map_err(Error::writing(&made))?;
        files::write(&made, painting, recipe)?;

        let newest = self.names()?.iter().filter_map(|name| name.parse().ok()).max();
        let mut id = EntryId::now(newest);
        while let Err(error) = fs::rename(&made, self.place(id)) {
            if !self.place(id).exists() {
                return Err(Error::writing(&self.place(id))(error));
            }
            // Another Tauscope took the id first.
            id = id.next();
        }
        let entry = Entry::read(&self.place(id), id).map_err(|problem| unreadable(id, &problem))?;
        self.refresh()?;
        self.make_room(id);
        Ok(entry)
    }

    /// Reads an entry with its maps, with `job` as its new id.
    ///
    /// # Errors
    /// [`Error::Input`] if it is broken or gone, [`Error::File`] if it cannot be read.
    pub fn open_entry(&self, id: EntryId, job: JobId) -> Result<Opened> {
        let place = self.place(id);
        if !place.exists() {
            return Err(Error::input(
                "This picture is no longer in the history.",
                "It was removed, perhaps by another Tauscope.",
            ));
        }
        let mut opened = Files::read(&place)?.open(job).map_err(|problem| unreadable(id, &problem))?;
        // What has no room in memory and none on the disk stays in memory: there is no run to tell it of.
        let _ = opened.painting.make_room(&mut Spill::default(), RUN_BYTES);
        Ok(opened)
    }

    /// Removes an entry; it is not an error if it is gone already.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be removed; it is then still complete.
    pub fn remove(&mut self, id: EntryId) -> Result<()> {
        let place = self.place(id);
        let refused = |source| Error::File { doing: "Removing", path: place.clone(), source };
        // Moved away first, so that no partial entry can stay behind under its name.
        let bench = Workbench::new(&self.folder).map_err(refused)?;
        match fs::rename(&place, bench.place()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refused(error)),
            _ => self.entries.retain(|entry| entry.id != id),
        }
        bench.clear().map_err(refused)
    }

    /// Updates the entries with what other processes added and removed.
    ///
    /// # Errors
    /// [`Error::File`] if the folder cannot be read.
    pub fn refresh(&mut self) -> Result<()> {
        let names = self.names()?;
        self.entries.retain(|entry| names.contains(&entry.id.to_string()));
        self.skipped.retain(|name| names.contains(name));
        for name in names {
            let id = name.parse::<EntryId>();
            if self.skipped.contains(&name) || self.entries.iter().any(|entry| Ok(entry.id) == id) {
                continue;
            }
            let read = id
                .map_err(|()| "its name is not an entry's".to_owned())
                .and_then(|id| Entry::read(&self.folder.join(&name), id));
            match read {
                Ok(entry) => self.entries.push(entry),
                // It was removed while it was read.
                Err(_) if !self.folder.join(&name).exists() => (),
                Err(problem) => {
                    self.remarks.push(format!(
                        "{} in the history's folder is left alone: {problem}.",
                        self.folder.join(&name).display()
                    ));
                    self.skipped.insert(name);
                }
            }
        }
        self.entries.sort_unstable_by_key(|entry| Reverse(entry.id));
        Ok(())
    }

    /// Removes the oldest entries until the rest fit the quota, but never `kept` or newer ones.
    fn make_room(&mut self, kept: EntryId) {
        while let Some(oldest) = self.entries.last().map(|entry| entry.id).filter(|&oldest| oldest < kept) {
            if self.entries.iter().map(|entry| entry.bytes).sum::<u64>() <= self.quota_bytes {
                break;
            }
            if let Err(error) = self.remove(oldest) {
                self.remarks.push(format!("The history is larger than it should be. {error}"));
                break;
            }
        }
    }

    /// The folders in the history, except workbenches.
    fn names(&self) -> Result<BTreeSet<String>> {
        let found = fs::read_dir(&self.folder).map_err(Error::reading(&self.folder))?;
        let folders = found.flatten().filter(|found| found.path().is_dir());
        let names = folders.map(|found| found.file_name().to_string_lossy().into_owned());
        Ok(names.filter(|name| !is_workbench(name)).collect())
    }

    fn place(&self, id: EntryId) -> PathBuf {
        self.folder.join(id.to_string())
    }
}

fn unreadable(id: EntryId, problem: &str) -> Error {
    Error::input(
        format!("The entry {id} of the history cannot be read: {problem}."),
        "Remove it, or leave it: nothing else depends on it.",
    )
}
