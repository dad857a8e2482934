//! What was painted: in memory, newest first, and on disk. And which of all paintings is shown.

use std::{collections::HashSet, sync::Arc};

use super::{super::backend::Errand, effect::Effect, queue::Steering, shown::Shown};
use tauscope_core::diffusion::Settings;
use tauscope_studio::{
    history::{Entry, EntryId},
    painting::{JobId, Painting},
};

/// How many finished paintings stay in memory, and what they may take. What is shown or compared stays in any case.
const KEPT_PAINTINGS: usize = 24;
const KEPT_BYTES: usize = 1 << 30;

/// The finished paintings.
#[derive(Debug, Default)]
pub struct Gallery {
    history: Vec<Kept>,
    archive: Vec<Entry>,
    /// What is being read from disk.
    opening: Vec<EntryId>,
    /// Paintings that a drag replaced before they were on disk.
    replaced: Vec<JobId>,
    shown: Option<JobId>,
}

/// A finished painting.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Picture, settings and maps.
    pub painting: Arc<Painting>,
    /// Set if a steering control asked for it.
    pub steering: Option<Steering>,
    /// Where it lies on disk, once it does.
    pub entry: Option<EntryId>,
}

/// A painting that was finished or stopped.
#[derive(Clone, Copy, Debug)]
pub enum Past<'a> {
    /// In memory, whole.
    Kept(&'a Kept),
    /// Only its outline.
    OnDisk(&'a Entry),
}

impl<'a> Past<'a> {
    /// What was asked for.
    pub fn settings(self) -> &'a Settings {
        match self {
            Self::Kept(kept) => &kept.painting.settings,
            Self::OnDisk(entry) => &entry.recipe.settings,
        }
    }

    /// The model that painted it: its name, and its fingerprint's short form if that is known.
    pub fn model(self) -> String {
        let (name, fingerprint) = match self {
            Self::Kept(kept) => (&kept.painting.model, kept.painting.model_fingerprint),
            Self::OnDisk(entry) => (&entry.recipe.model, entry.recipe.model_fingerprint),
        };
        fingerprint.map_or_else(|| name.clone(), |fingerprint| format!("{name} ({})", fingerprint.short()))
    }

    /// The settings of what it goes on from.
    pub fn parent(self) -> Option<&'a Settings> {
        let branch = match self {
            Self::Kept(kept) => kept.painting.branch.as_deref(),
            Self::OnDisk(entry) => entry.recipe.branch.as_deref(),
        };
        branch.map(|branch| &branch.settings)
    }
}

impl Gallery {
    /// The paintings in memory, newest first.
    pub fn history(&self) -> &[Kept] {
        &self.history
    }

    /// A painting in memory, by its job's name.
    pub fn kept(&self, id: JobId) -> Option<&Kept> {
        self.history.iter().find(|kept| kept.painting.id == id)
    }

    /// The same with its prompt alone.
    pub fn painting(&self, id: JobId) -> Option<Shown<'_>> {
        self.kept(id).map(|kept| Shown::of(&kept.painting))
    }

    /// Which painting is shown: one of these, or the running job's.
    pub fn shown(&self) -> Option<JobId> {
        self.shown
    }

    /// Everything that was painted, in memory or on disk, the newest first.
    pub fn paintings(&self) -> Vec<Past<'_>> {
        let in_memory: HashSet<_> = self.history.iter().filter_map(|kept| kept.entry).collect();
        let mut earlier = self.archive.iter().filter(|entry| !in_memory.contains(&entry.id)).peekable();
        let mut paintings = Vec::with_capacity(self.history.len() + self.archive.len());
        for kept in &self.history {
            // What is not on disk is of this session.
            while let Some(entry) = earlier.next_if(|entry| kept.entry.is_some_and(|id| entry.id > id)) {
                paintings.push(Past::OnDisk(entry));
            }
            paintings.push(Past::Kept(kept));
        }
        paintings.extend(earlier.map(Past::OnDisk));
        paintings
    }

    /// Shows this painting.
    pub(super) fn show(&mut self, id: JobId) {
        self.shown = Some(id);
    }

    /// Takes a painting into memory; the oldest go, and come back from disk when they are asked for. What
    /// `is_compared` stays.
    pub(super) fn put(&mut self, kept: Kept, is_compared: impl Fn(JobId) -> bool) {
        let new = kept.painting.id;
        // What comes back from disk goes where it was.
        let is_older =
            |other: &Kept| kept.entry.is_none_or(|new| other.entry.is_some_and(|other| other < new));
        let at = self.history.iter().position(is_older).unwrap_or(self.history.len());
        self.history.insert(at, kept);
        let (mut bytes, mut place) = (0, 0);
        self.history.retain(|kept| {
            bytes += kept.painting.bytes();
            place += 1;
            let fits = place <= KEPT_PAINTINGS && bytes <= KEPT_BYTES;
            let id = kept.painting.id;
            fits || id == new || self.shown == Some(id) || is_compared(id)
        });
    }

    /// The newest painting and its place on disk, if it is of this drag: the next one of the drag replaces it.
    pub(super) fn newest_of_drag(&self, steering: Option<Steering>) -> Option<(JobId, Option<EntryId>)> {
        let (newest, steering) = (self.history.first()?, steering?);
        let is_same = newest.steering.is_some_and(|other| other.drag == steering.drag);
        is_same.then_some((newest.painting.id, newest.entry))
    }

    /// Forgets a painting that another of its drag has replaced, on disk as well.
    pub(super) fn replace(&mut self, (id, entry): (JobId, Option<EntryId>)) -> Option<Effect> {
        self.history.retain(|kept| kept.painting.id != id);
        if entry.is_none() {
            // It may be on its way there.
            self.replaced.push(id);
        }
        entry.map(|entry| Effect::Run(Errand::Forget(entry)))
    }

    /// A painting lies on disk. If a drag has replaced it meanwhile, it does not belong there.
    pub(super) fn on_kept(&mut self, id: JobId, entry: EntryId) -> Vec<Effect> {
        if let Some(kept) = self.history.iter_mut().find(|kept| kept.painting.id == id) {
            kept.entry = Some(entry);
        }
        if self.take_replaced(id) { vec![Effect::Run(Errand::Forget(entry))] } else { Vec::new() }
    }

    /// Takes a painting from the list of those that a drag replaced. Whether it was there.
    pub(super) fn take_replaced(&mut self, id: JobId) -> bool {
        let at = self.replaced.iter().position(|&replaced| replaced == id);
        at.map(|at| self.replaced.swap_remove(at)).is_some()
    }

    /// This is on disk now, newest first.
    pub(super) fn set_archive(&mut self, entries: Vec<Entry>) {
        self.archive = entries;
    }

    /// Whether an entry is being read from disk.
    pub(super) fn is_opening(&self, entry: EntryId) -> bool {
        self.opening.contains(&entry)
    }

    /// Asks for an entry, whose painting will have this name.
    pub(super) fn open(&mut self, entry: EntryId, id: JobId) -> Vec<Effect> {
        self.opening.push(entry);
        vec![Effect::Run(Errand::Open(entry, id))]
    }

    /// An entry has been read from disk, or cannot be. Gives its painting's name if it is in memory already.
    pub(super) fn end_opening(&mut self, entry: EntryId) -> Option<JobId> {
        self.opening.retain(|&other| other != entry);
        self.history.iter().find(|kept| kept.entry == Some(entry)).map(|kept| kept.painting.id)
    }
}
