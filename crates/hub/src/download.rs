//! A repository's model into the cache: all files that it needs, each checked, none fetched twice.

use std::{collections::BTreeMap, path::PathBuf};

use ureq::http::StatusCode;

use super::{
    Access, Progress, Repository, Stage,
    client::{Answer, Client},
    listing::{Listing, RemoteFile},
    part::Part,
    patience::{Patience, Trouble},
    progress::Report,
    refusal::refusal,
    store::Store,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
    units,
};

/// Room that a disk keeps.
const SPARE_BYTES: u64 = 64 << 20;

/// Downloads what is missing of the repository's model and returns its folder: the snapshot, or one in it.
///
/// What has come of a file stays as `.incomplete` when a download ends early, and the next one goes on with it.
///
/// # Errors
/// [`Error::Input`] says why not and what to do: offline, no such repository, a token that is needed, a full disk, a
/// network that stays away, bytes that are wrong twice. [`Error::Model`] for a repository without an ONNX model.
/// [`Error::File`], [`Error::Cancelled`].
pub fn download(
    repository: &Repository,
    access: &Access,
    progress: &mut dyn FnMut(Progress),
    cancel: &CancelToken,
) -> Result<PathBuf> {
    if access.offline {
        return Err(Error::input(
            format!(
                "There is no folder {repository}, nor is a repository of this name in the Hugging Face cache, and \
                 HF_HUB_OFFLINE or --offline forbids to download it."
            ),
            "Check the name, or go online once.",
        ));
    }
    let report = Report::new(repository, progress);
    Download { repository, access, client: Client::new(access), report, cancel }.run()
}

struct Download<'a> {
    repository: &'a Repository,
    access: &'a Access,
    client: Client,
    report: Report<'a>,
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
        store.name_commit(repository.revision())?;
        Ok(store.snapshot().join(folder))
    }

    fn list(&mut self) -> Result<Listing> {
        let url = format!("{}/{}?blobs=true", self.access.endpoint, self.repository.api_path());
        self.report.stage(Stage::Asking);
        let mut patience = Patience::new(self.access.first_pause);
        loop {
            match Listing::fetch(&self.client, &url, self.repository, self.access, self.cancel) {
                Ok(listing) => return Ok(listing),
                Err(trouble) => self.bear(&mut patience, trouble, 0)?,
            }
        }
    }

    fn bear(&mut self, patience: &mut Patience, trouble: Trouble, reached_bytes: u64) -> Result<()> {
        patience.bear(trouble, reached_bytes, || self.report.stage(Stage::TryingAgain), self.cancel)
    }

    /// Says how much there is to come, and sees that there is room for it.
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
            self.report.stage(Stage::Downloading);
        }
        Ok(())
    }

    /// Downloads one file. Wrong bytes are thrown away and fetched once more.
    fn fetch(&mut self, store: &Store, file: &RemoteFile, url: &str) -> Result<()> {
        let report = &mut self.report;
        let _lock = store.lock(file, || report.stage(Stage::WaitingForAnother), self.cancel)?;
        if store.has(file) {
            return Ok(());
        }
        for _ in 0..2 {
            let mut part = Part::open(store.part_of(file), file, self.cancel)?;
            let mut patience = Patience::new(self.access.first_pause);
            while let Err(trouble) = self.transfer(&mut part, file, url) {
                self.bear(&mut patience, trouble, part.length())?;
            }
            let length = part.length();
            if part.finish(&store.blob_of(file))? {
                return Ok(());
            }
            self.report.done_bytes = self.report.done_bytes.saturating_sub(length);
        }
        Err(Error::input(
            format!("The bytes of {} that came are wrong (their checksum differs), twice.", file.path),
            "They were thrown away. Check HF_ENDPOINT and the proxy, then try again.",
        ))
    }

    /// Brings the part to its full length, or as far as one connection goes.
    fn transfer(&mut self, part: &mut Part<'_>, file: &RemoteFile, url: &str) -> Result<(), Trouble> {
        let before = part.length();
        if before == file.bytes {
            return Ok(());
        }
        let answer = self.client.get(url, before, self.cancel)?;
        match answer.status {
            StatusCode::PARTIAL_CONTENT if begins_at(&answer, before) => {}
            // The whole file again.
            StatusCode::OK => self.restart(part)?,
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                self.restart(part)?;
                return Err(Trouble::lost("the hub sent another part of the file"));
            }
            status => return Err(refusal(status, &answer.headers, self.repository, self.access)),
        }
        self.receive(&answer, part, file)?;
        if part.length() < file.bytes { Err(Trouble::lost("the connection was lost")) } else { Ok(()) }
    }

    fn restart(&mut self, part: &mut Part<'_>) -> Result<()> {
        self.report.done_bytes = self.report.done_bytes.saturating_sub(part.length());
        part.restart()
    }

    /// Adds what comes to the part, until the answer or the file ends.
    fn receive(&mut self, answer: &Answer, part: &mut Part<'_>, file: &RemoteFile) -> Result<(), Trouble> {
        while let Some(bytes) = answer.next(self.cancel)? {
            part.append(&bytes)?;
            self.report.done_bytes += bytes.len() as u64;
            self.report.stage(Stage::Downloading);
            // More than there is cannot add up.
            if part.length() > file.bytes {
                break;
            }
        }
        Ok(())
    }
}

/// Whether the answer goes on at the byte that was asked for: "bytes 100-199/200".
fn begins_at(answer: &Answer, byte: u64) -> bool {
    let range = answer.headers.get("content-range").and_then(|range| range.to_str().ok());
    let first = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    first == Some(byte)
}
