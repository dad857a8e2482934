//! Progress reports of a download.

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::Repository;
use tauscope_core::units;

/// Progress is reported at most this often.
const INTERVAL: Duration = Duration::from_millis(100);

/// The progress of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadProgress<'a> {
    /// What is downloaded.
    pub repository: &'a Repository,
    /// What the download is doing.
    pub stage: DownloadStage,
    /// Bytes downloaded, including those of an earlier try.
    pub done_bytes: u64,
    /// Bytes to download in all, `done_bytes` included; 0 until the hub has listed the files.
    pub total_bytes: u64,
}

/// What a download is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownloadStage {
    /// Asking the hub for the list of files.
    Asking,
    /// Receiving bytes.
    Downloading,
    /// Waiting for another program that downloads the same file; its result is used.
    WaitingForAnother,
    /// Waiting to retry after a lost connection or because the hub is busy.
    TryingAgain,
}

impl DownloadProgress<'_> {
    /// The fraction that is done, 0..1, if it is known.
    pub fn fraction(&self) -> Option<f32> {
        (self.total_bytes > 0).then(|| self.done_bytes as f32 / self.total_bytes as f32)
    }
}

impl fmt::Display for DownloadProgress<'_> {
    /// For people: "Downloading org/name: 1.2 GB of 6.9 GB".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repository, stage, done_bytes, total_bytes } = self;
        match stage {
            DownloadStage::Asking => return write!(f, "Asking for the files of {repository}"),
            DownloadStage::WaitingForAnother => {
                return write!(f, "Waiting for another program to download {repository}");
            }
            DownloadStage::TryingAgain => write!(f, "Trying again to download {repository}")?,
            DownloadStage::Downloading => write!(f, "Downloading {repository}")?,
        }
        match total_bytes {
            0 => Ok(()),
            _ => write!(f, ": {} of {}", units::bytes(*done_bytes), units::bytes(*total_bytes)),
        }
    }
}

/// Counts a download's bytes and reports its progress.
pub(super) struct DownloadReport<'a> {
    repository: &'a Repository,
    progress: &'a mut dyn FnMut(DownloadProgress<'_>),
    pub(super) done_bytes: u64,
    pub(super) total_bytes: u64,
    last_report: Option<(DownloadStage, Instant)>,
}

impl<'a> DownloadReport<'a> {
    pub(super) fn new(repository: &'a Repository, progress: &'a mut dyn FnMut(DownloadProgress<'_>)) -> Self {
        Self { repository, progress, done_bytes: 0, total_bytes: 0, last_report: None }
    }

    /// Reports the stage and the byte counts; repeats of a stage are limited to one per interval.
    pub(super) fn stage(&mut self, stage: DownloadStage) {
        let Self { repository, done_bytes, total_bytes, last_report, .. } = *self;
        let is_news = last_report.is_none_or(|(last, when)| last != stage || when.elapsed() >= INTERVAL);
        if is_news || done_bytes == total_bytes {
            self.last_report = Some((stage, Instant::now()));
            (self.progress)(DownloadProgress { repository, stage, done_bytes, total_bytes });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_shown_in_words() {
        fn check(stage: DownloadStage, done_bytes: u64, total_bytes: u64, expected: &str) {
            let repository = Repository::parse("org/name").unwrap();
            let progress = DownloadProgress { repository: &repository, stage, done_bytes, total_bytes };
            assert_eq!(progress.to_string(), expected);
        }
        check(DownloadStage::Asking, 0, 0, "Asking for the files of org/name");
        check(
            DownloadStage::Downloading,
            1_160_000_000,
            6_900_000_000,
            "Downloading org/name: 1.2 GB of 6.9 GB",
        );
        check(DownloadStage::Downloading, 900_000, 31_400_000, "Downloading org/name: 900.0 kB of 31.4 MB");
        check(DownloadStage::TryingAgain, 0, 0, "Trying again to download org/name");
    }
}
