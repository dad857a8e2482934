//! An entry as the history lists it.

use std::{
    fmt, fs,
    path::Path,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use image::RgbImage;

use super::{
    description::Description,
    files::{DESCRIPTION, THUMBNAIL, decode_png},
};
use crate::painting::Recipe;

/// Digits of an entry's name.
const DIGITS: usize = 15;

/// Identifies an entry: milliseconds since 1970, so names sort by time. No two entries of a folder share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(u64);

/// A kept painting, without its maps.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// What was asked for, and what painted it.
    pub recipe: Recipe,
    /// The picture, small.
    pub thumbnail: Arc<RgbImage>,
    /// What it takes on disk.
    pub bytes: u64,
}

impl Entry {
    /// When it was added.
    pub fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.id.0)
    }

    /// Reads what the list needs from an entry's folder; if it is broken, what is wrong, as a clause.
    pub(super) fn read(folder: &Path, id: EntryId) -> Result<Self, String> {
        let read = |name: &str| fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"));
        let description = Description::parse(&read(DESCRIPTION)?)?;
        let thumbnail = Arc::new(decode_png(&read(THUMBNAIL)?)?);
        let files = fs::read_dir(folder).map_err(|error| error.to_string())?;
        let sizes = files.flatten().filter_map(|file| file.metadata().ok()).map(|about| about.len());
        Ok(Self { id, recipe: description.recipe, thumbnail, bytes: sizes.sum() })
    }
}

impl EntryId {
    /// Now, but always after `newest`, even if the clock was set back.
    pub(super) fn now(newest: Option<Self>) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        newest.map_or(Self(now), |newest| Self(now).max(newest.next()))
    }

    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$}", self.0)
    }
}

impl FromStr for EntryId {
    type Err = ();

    /// Only what [`fmt::Display`] writes.
    fn from_str(name: &str) -> Result<Self, ()> {
        let is_ours = name.len() == DIGITS && name.bytes().all(|byte| byte.is_ascii_digit());
        name.parse().ok().filter(|_| is_ours).map(Self).ok_or(())
    }
}
