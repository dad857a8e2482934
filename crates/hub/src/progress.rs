//! What a download tells while it goes on.

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::Repository;
use tauscope_core::units;

/// Progress is told this often at most.
const INTERVAL: Duration = Duration::from_millis(100);

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is downloaded.
    pub repository: &'a Repository,
    /// What is being done.
    pub stage: Stage,
    /// Bytes that are there, those of an earlier try counted.
    pub done_bytes: u64,
    /// Bytes that were missing at the beginning; 0 until the hub has told the files.
    pub total_bytes: u64,
}

/// What a download is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The hub is asked which files there are.
    Asking,
    /// Bytes come in.
    Downloading,
    /// Another program downloads the same file; what it fetches will be used.
    WaitingForAnother,
    /// The connection was lost or the hub is busy: tried again in a moment.
    TryingAgain,
}

impl Progress<'_> {
    /// The share that is done, 0..1, where it is known.
    pub fn fraction(&self) -> Option<f32> {
        (self.total_bytes > 0).then(|| self.done_bytes as f32 / self.total_bytes as f32)
    }
}

impl fmt::Display for Progress<'_> {
    /// For people: "Downloading org/name: 1.2 GB of 6.9 GB".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repository, stage, done_bytes, total_bytes } = self;
        match stage {
            Stage::Asking => return write!(f, "Asking for the files of {repository}"),
            Stage::WaitingForAnother => {
                return write!(f, "Waiting for another program to download {repository}");
            }
            Stage::TryingAgain => write!(f, "Trying again to download {repository}")?,
            Stage::Downloading => write!(f, "Downloading {repository}")?,
        }
        match total_bytes {
            0 => Ok(()),
            _ => write!(f, ": {} of {}", units::bytes(*done_bytes), units::bytes(*total_bytes)),
        }
    }
}

/// How far it is, and who wants to know.
pub(super) struct Report<'a> {
    repository: &'a Repository,
    progress: &'a mut dyn FnMut(Progress<'_>),
    pub(super) done_bytes: u64,
    pub(super) total_bytes: u64,
    told: Option<(Stage, Instant)>,
}

impl<'a> Report<'a> {
    pub(super) fn new(repository: &'a Repository, progress: &'a mut dyn FnMut(Progress<'_>)) -> Self {
        Self { repository, progress, done_bytes: 0, total_bytes: 0, told: None }
    }

    /// Tells the stage and how far it is; what follows soon upon the same is left out.
    pub(super) fn stage(&mut self, stage: Stage) {
        let Self { repository, done_bytes, total_bytes, told, .. } = *self;
        let is_news = told.is_none_or(|(last, when)| last != stage || when.elapsed() >= INTERVAL);
        if is_news || done_bytes == total_bytes {
            self.told = Some((stage, Instant::now()));
            (self.progress)(Progress { repository, stage, done_bytes, total_bytes });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_words() {
        fn check(stage: Stage, done_bytes: u64, total_bytes: u64, expected: &str) {
            let repository = Repository::parse("org/name").unwrap();
            let progress = Progress { repository: &repository, stage, done_bytes, total_bytes };
            assert_eq!(progress.to_string(), expected);
        }
        check(Stage::Asking, 0, 0, "Asking for the files of org/name");
        check(Stage::Downloading, 1_160_000_000, 6_900_000_000, "Downloading org/name: 1.2 GB of 6.9 GB");
        check(Stage::Downloading, 900_000, 31_400_000, "Downloading org/name: 900.0 kB of 31.4 MB");
        check(Stage::TryingAgain, 0, 0, "Trying again to download org/name");
    }
}
