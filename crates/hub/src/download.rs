//! Downloads a repository's model into the cache: every file it needs, each verified, none fetched twice.

use std::{collections::BTreeMap, path::PathBuf};

use ureq::http::StatusCode;

use super::{
    Access, DownloadProgress, DownloadStage, Repository,
    client::{Answer, Client},
    listing::{Listing, RemoteFile},
    part::Part,
    progress::DownloadReport,
    refusal::refusal,
    retries::{Failure, Retries},
    store::Store,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
    units,
};

/// Free space that stays on the disk.
const SPARE_BYTES: u64 = 64 << 20;

/// Downloads the missing files of the repository's model and returns its folder: the snapshot, or a folder in it.
///
/// If a download ends early, the bytes received stay in an `.incomplete` file, and the next download resumes from it.
///
/// # Errors
/// [`Error::Input`] if downloads are forbidden, the repository does not exist or needs a token, the disk is full, the
/// network stays unreachable or a checksum is wrong twice. [`Error::Model`] if the repository has no ONNX model.
/// [`Error::File`] and [`Error::Cancelled`].
pub fn download(
    repository: &Repository,
    access: &Access,
    progress: &mut dyn FnMut(DownloadProgress),
    cancel: &CancelToken,
) -> Result<PathBuf> {
    if access.offline {
        return Err(Error::input(
            format!(
                "There is no folder {repository} and no such repository in the Hugging Face cache, and HF_HUB_OFFLINE or \
                 --offline forbids downloading it."
            ),
            "Check the name, or go online once.",
        ));
    }
    let report = DownloadReport::new(repository, progress);
    Download { repository, access, client: Client::new(access), report, cancel }.run()
}

struct Download<'a> {
    repository: &'a Repository,
    access: &'a Access,
    client: Client,
    report: DownloadReport<'a>,
    cancel: &'a CancelToken,
}

impl Download<'_> {
    fn run(mut self) -> Result<PathBuf> {
        let Self { repository, access, .. } = self;
        let Listing { commit, folder, files } = self.list()?;
        let url = format!("{}/{}/resolve/{commit}", access.endpoint, repository.name());
        let store = Store::open(access, repository, commit)?;
        self.measure(&store, &files)?;
        for file in &files {
            if !store.has(file) {
                self.fetch(&store, file, &format!("{url}/{}", file.path))?;
            }
            store.link(file)?;
        }
        store.write_ref(repository.revision())?;
        Ok(store.snapshot().join(folder))
    }

    fn list(&mut self) -> Result<Listing> {
        let url = format!("{}/{}?blobs=true", self.access.endpoint, self.repository.api_path());
        self.report.stage(DownloadStage::Asking);
        let mut retries = Retries::new(self.access.first_pause);
        loop {
            match Listing::fetch(&self.client, &url, self.repository, self.access, self.cancel) {
                Ok(listing) => return Ok(listing),
                Err(failure) => self.wait_to_retry(&mut retries, failure, 0)?,
            }
        }
    }

    fn wait_to_retry(&mut self, retries: &mut Retries, failure: Failure, reached_bytes: u64) -> Result<()> {
        retries.wait(failure, reached_bytes, || self.report.stage(DownloadStage::TryingAgain), self.cancel)
    }

    /// Counts the bytes to download and checks that the disk has room for them.
    fn measure(&mut self, store: &Store, files: &[RemoteFile]) -> Result<()> {
        // Files with the same bytes are one blob.
        let missing: BTreeMap<_, _> =
            files.iter().filter(|file| !store.has(file)).map(|file| (&file.checksum, file)).collect();
        let sum = |bytes: &dyn Fn(&RemoteFile) -> u64| {
            missing.values().fold(0, |sum: u64, file| sum.saturating_add(bytes(file)))
        };
        self.report.total_bytes = sum(&|file| file.bytes);
        self.report.done_bytes = sum(&|file| store.present_bytes(file));
        let (needed, free) = (self.report.total_bytes - self.report.done_bytes, store.room()?);
        if needed > 0 && needed.saturating_add(SPARE_BYTES) > free {
            return Err(Error::input(
                format!(
                    "{} needs {} more on the disk of {}, which has {} free.",
                    self.repository,
                    units::bytes(needed),
                    self.access.cache.display(),
                    units::bytes(free)
                ),
                "Free some space, or set HF_HOME to a folder on another disk.",
            ));
        }
        if needed > 0 {
            self.report.stage(DownloadStage::Downloading);
        }
        Ok(())
    }

    /// Downloads one file. If its checksum is wrong, it is discarded and downloaded once more.
    fn fetch(&mut self, store: &Store, file: &RemoteFile, url: &str) -> Result<()> {
        let report = &mut self.report;
        let _lock = store.lock(file, || report.stage(DownloadStage::WaitingForAnother), self.cancel)?;
        if store.has(file) {
            return Ok(());
        }
        for _ in 0..2 {
            let mut part = Part::open(store.part_of(file), file, self.cancel)?;
            let mut retries = Retries::new(self.access.first_pause);
            while let Err(failure) = self.transfer(&mut part, file, url) {
                self.wait_to_retry(&mut retries, failure, part.length())?;
            }
            let length = part.length();
            if part.finish(&store.blob_of(file))? {
                return Ok(());
            }
            self.report.done_bytes = self.report.done_bytes.saturating_sub(length);
        }
        Err(Error::input(
            format!("{} was downloaded twice, and its checksum differs both times.", file.path),
            "The bytes were discarded. Check HF_ENDPOINT and the proxy, then try again.",
        ))
    }

    /// Downloads the rest of the part over one connection.
    fn transfer(&mut self, part: &mut Part<'_>, file: &RemoteFile, url: &str) -> Result<(), Failure> {
        let before = part.length();
        if before == file.bytes {
            return Ok(());
        }
        let answer = self.client.get(url, before, self.cancel)?;
        match answer.status {
            StatusCode::PARTIAL_CONTENT if begins_at(&answer, before) => {}
            // The server ignores the range and sends the whole file.
            StatusCode::OK => self.restart(part)?,
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                self.restart(part)?;
                return Err(Failure::connection("the hub sent the wrong part of the file"));
            }
            status => return Err(refusal(status, &answer.headers, self.repository, self.access)),
        }
        self.receive(&answer, part, file)?;
        if part.length() < file.bytes { Err(Failure::connection("the connection was lost")) } else { Ok(()) }
    }

    fn restart(&mut self, part: &mut Part<'_>) -> Result<()> {
        self.report.done_bytes = self.report.done_bytes.saturating_sub(part.length());
        part.restart()
    }

    /// Appends the body of the answer to the part, until either ends.
    fn receive(&mut self, answer: &Answer, part: &mut Part<'_>, file: &RemoteFile) -> Result<(), Failure> {
        while let Some(bytes) = answer.next(self.cancel)? {
            part.append(&bytes)?;
            self.report.done_bytes += bytes.len() as u64;
            self.report.stage(DownloadStage::Downloading);
            // Too many bytes: the checksum cannot match.
            if part.length() > file.bytes {
                break;
            }
        }
        Ok(())
    }
}

/// Whether the answer begins at the requested byte: "bytes 100-199/200".
fn begins_at(answer: &Answer, byte: u64) -> bool {
    let range = answer.headers.get("content-range").and_then(|range| range.to_str().ok());
    let first = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    first == Some(byte)
}
