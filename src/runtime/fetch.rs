//! Fetching the library into the data folder: all of it or nothing.
//!
//! Everything happens in a scratch folder beside the library's place, and one rename at the end makes it visible. A
//! lock file lets one process fetch at a time, so that a second one waits and uses what the first has fetched, and
//! so that whoever holds the lock may clear away what a killed process has left.

use std::{
    fmt,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{
    file_name::libraries_in,
    pip::Pip,
    wheel::{self, Wheel},
};
use crate::{
    diffusion::CancelToken,
    error::{Error, Result},
};

/// How far a fetch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchProgress {
    /// What is being done.
    pub stage: FetchStage,
    /// Bytes of this stage done.
    pub done_bytes: u64,
    /// Bytes of this stage; `None` where nobody knows.
    pub total_bytes: Option<u64>,
}

impl FetchProgress {
    /// The share of the stage that is done, 0..1, where it is known.
    pub fn fraction(&self) -> Option<f32> {
        self.total_bytes.map(|total| self.done_bytes as f32 / total.max(1) as f32)
    }
}

/// What a fetch is doing; displayed as a phrase for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchStage {
    /// Another process is fetching; what it fetches will be used.
    Waiting,
    /// pip downloads the wheel.
    Downloading,
    /// The library is taken out of the wheel.
    Unpacking,
}

impl fmt::Display for FetchStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => write!(f, "Waiting for another Tauscope to fetch ONNX Runtime"),
            Self::Downloading => write!(f, "Downloading ONNX Runtime {}", wheel::VERSION),
            Self::Unpacking => write!(f, "Unpacking ONNX Runtime {}", wheel::VERSION),
        }
    }
}

/// Scratch folders are called this and something random.
const SCRATCH: &str = ".fetch-";

/// Downloads `wheel` with the first of `pips` that works and puts its library into `folder`, whose path it returns.
///
/// # Errors
/// [`Error::Library`], [`Error::File`] or [`Error::Cancelled`]; `folder` is then as it was.
pub(super) fn fetch(
    folder: &Path,
    wheel: &Wheel,
    pips: &[Pip],
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<PathBuf> {
    fs::create_dir_all(folder).map_err(Error::writing(folder))?;
    let (_lock, waited) = lock(folder, progress, cancel)?;
    if waited && let Some(fetched) = libraries_in(folder).into_iter().next() {
        return Ok(fetched);
    }
    clear_scratch(folder);
    let pip = Pip::find(pips, cancel)?;

    let scratch =
        tempfile::Builder::new().prefix(SCRATCH).tempdir_in(folder).map_err(Error::writing(folder))?;
    let mut downloaded = |bytes: u64| {
        progress(FetchProgress {
            stage: FetchStage::Downloading,
            done_bytes: bytes.min(wheel.bytes),
            total_bytes: Some(wheel.bytes),
        });
    };
    downloaded(0);
    let wheel = pip.download(wheel, scratch.path(), &mut downloaded, cancel)?;
    progress(FetchProgress { stage: FetchStage::Unpacking, done_bytes: 0, total_bytes: None });
    let unpacked = wheel::unpack(&wheel, scratch.path())?;
    cancel.check()?;
    let library = folder.join(unpacked.file_name().unwrap_or_default());
    fs::rename(&unpacked, &library).map_err(Error::writing(&library))?;
    Ok(library)
}

/// Clears away what a killed fetch has left in `folder`, unless somebody is fetching right now. Never fails: what
/// cannot be cleared does no harm.
pub(super) fn sweep(folder: &Path) {
    if let Ok(file) = lock_file(folder)
        && file.try_lock().is_ok()
    {
        clear_scratch(folder);
    }
}

/// Waits for the right to fetch into `folder`, held while the file lives, and says whether another had it.
fn lock(
    folder: &Path,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<(File, bool)> {
    let file = lock_file(folder).map_err(Error::writing(folder))?;
    let mut waited = false;
    loop {
        cancel.check()?;
        match file.try_lock() {
            Ok(()) => return Ok((file, waited)),
            Err(TryLockError::Error(error)) => return Err(Error::writing(folder)(error)),
            Err(TryLockError::WouldBlock) => waited = true,
        }
        progress(FetchProgress { stage: FetchStage::Waiting, done_bytes: 0, total_bytes: None });
        thread::sleep(Duration::from_millis(100));
    }
}

/// The system gives the lock back when a process dies. The file stays: deleting it would let two processes hold
/// locks on two files of one name.
fn lock_file(folder: &Path) -> std::io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(folder.join(".fetch.lock"))
}

/// For the holder of the lock.
fn clear_scratch(folder: &Path) {
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(SCRATCH) {
            // Tried again at the next start.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::{
        super::{
            file_name::loader_names,
            wheel::tests::{entry, write_fake_wheel},
        },
        *,
    };

    const WHEEL: Wheel = Wheel { platform: "any", bytes: 1000 };

    /// A folder to fetch into, and a pip that is a shell script beside it. The script finds the download folder in
    /// `$dest` and a good wheel in `$wheel`.
    struct Bench {
        home: tempfile::TempDir,
        pips: Vec<Pip>,
    }

    impl Bench {
        fn new(script: &str) -> Self {
            let home = tempfile::tempdir().unwrap();
            let wheel = home.path().join("fake.whl");
            write_fake_wheel(&wheel, &entry(), b"library");
            let path = home.path().join("pip");
            let prelude = format!(
                "[ \"$1\" = --version ] && exit 0\nwheel='{}'\n\
                 for a; do [ \"$last\" = -d ] && dest=$a; last=$a; done\n",
                wheel.display()
            );
            fs::write(&path, prelude + script).unwrap();
            let pips = vec![
                Pip { program: "no-pip-of-this-name".into(), arguments: Vec::new() },
                Pip { program: "sh".into(), arguments: vec![path.into()] },
            ];
            Self { home, pips }
        }

        fn folder(&self) -> PathBuf {
            self.home.path().join("data")
        }

        fn fetch(&self, progress: &mut dyn FnMut(FetchProgress), cancel: &CancelToken) -> Result<PathBuf> {
            fetch(&self.folder(), &WHEEL, &self.pips, progress, cancel)
        }

        /// What is in the folder besides the lock file.
        fn left(&self) -> Vec<String> {
            let names = self.folder().read_dir().unwrap().flatten();
            names
                .map(|entry| entry.file_name().into_string().unwrap())
                .filter(|name| name != ".fetch.lock")
                .collect()
        }
    }

    #[test]
    fn the_library_arrives_and_nothing_else_stays() {
        let bench = Bench::new(
            "head -c 400 /dev/zero > $TMPDIR/part\nuntil [ -e $wheel.seen ]; do sleep 0.01; done\ncp $wheel $dest/",
        );
        let mut seen = Vec::new();
        let mut watch = |progress: FetchProgress| {
            if progress.done_bytes == 400 {
                fs::write(bench.home.path().join("fake.whl.seen"), "").unwrap();
            }
            seen.push(progress);
        };
        let path = bench.fetch(&mut watch, &CancelToken::new()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"library");
        assert_eq!(bench.left(), [loader_names()[0]]);
        let downloading = |done_bytes| FetchProgress {
            stage: FetchStage::Downloading,
            done_bytes,
            total_bytes: Some(1000),
        };
        assert_eq!(seen.first(), Some(&downloading(0)));
        assert!(seen.contains(&downloading(400)), "{seen:?}");
        assert_eq!(seen.last().unwrap().stage, FetchStage::Unpacking);
    }

    #[test]
    fn every_failure_is_told_and_leaves_nothing() {
        fn check(script: &str, expected: &str) {
            let bench = Bench::new(script);
            let message = bench.fetch(&mut |_| {}, &CancelToken::new()).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
            assert_eq!(bench.left(), [""; 0]);
        }
        check("echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM'; exit 1", "its hash differs");
        check("echo \"ERROR: [Errno 28] No space left on device: 'x'\" >&2; exit 1", "The disk is full");
        check("echo 'ERROR: HTTP error 503 while getting x'; exit 1", "pip said: ERROR: HTTP error 503");
        check("echo 'ERROR: HTTP error 503 while getting x'; exit 1", "did not reach its package index");
        check(
            "echo 'ERROR: No matching distribution found for onnxruntime==1'; exit 1",
            "does not have the pinned",
        );
        check("echo 'no such option: --abi'; exit 2", "too old");
        check("echo 'something else'; exit 1", "pip said: something else");
        check("exit 1", "pip could not fetch");
        check("exit 0", "left no file");
        check("echo 'half a wheel' > $dest/fake.whl", "cannot be read");
    }

    #[test]
    fn a_missing_pip_gives_the_command_that_installs_it() {
        let mut bench = Bench::new("");
        bench.pips.truncate(1);
        let message = bench.fetch(&mut |_| {}, &CancelToken::new()).unwrap_err().to_string();
        assert!(message.contains("pip, which was not found. Install it with `"), "{message}");
    }

    #[test]
    fn cancelling_kills_pip_and_leaves_nothing() {
        let bench = Bench::new("echo $$ > $wheel.pid; exec sleep 1000");
        let cancel = CancelToken::new();
        let started = bench.home.path().join("fake.whl.pid");
        let mut cancel_once_started = |_| {
            if started.exists() {
                cancel.cancel();
            }
        };
        assert!(matches!(bench.fetch(&mut cancel_once_started, &cancel), Err(Error::Cancelled)));
        assert_eq!(bench.left(), [""; 0]);
        let pid = fs::read_to_string(started).unwrap();
        let alive =
            std::process::Command::new("kill").args(["-0", pid.trim()]).output().unwrap().status.success();
        assert!(!alive, "pip lives on");
    }

    #[test]
    fn a_killed_fetch_is_cleared_and_done_again() {
        let bench = Bench::new("cp $wheel $dest/");
        let stale = bench.folder().join(".fetch-killed/tmp");
        fs::create_dir_all(&stale).unwrap();
        fs::write(stale.join("half.whl"), "half").unwrap();
        bench.fetch(&mut |_| {}, &CancelToken::new()).unwrap();
        assert_eq!(bench.left(), [loader_names()[0]]);
    }

    #[test]
    fn a_running_fetch_is_not_swept_away() {
        let bench = Bench::new("");
        let running = bench.folder().join(".fetch-running");
        fs::create_dir_all(&running).unwrap();
        let (held, _) = lock(&bench.folder(), &mut |_| {}, &CancelToken::new()).unwrap();
        sweep(&bench.folder());
        assert!(running.exists());
        drop(held);
        sweep(&bench.folder());
        assert!(!running.exists());
    }

    #[test]
    fn two_at_once_fetch_once() {
        let bench = Bench::new(
            "echo once >> $wheel.count\nuntil [ -e $wheel.waiting ]; do sleep 0.01; done\ncp $wheel $dest/",
        );
        let [begun, waiting] =
            ["fake.whl.count", "fake.whl.waiting"].map(|name| bench.home.path().join(name));
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| bench.fetch(&mut |_| {}, &CancelToken::new()));
            while !begun.exists() && !first.is_finished() {
                thread::sleep(Duration::from_millis(5));
            }
            let mut wait = |progress: FetchProgress| {
                assert_eq!(progress.stage, FetchStage::Waiting);
                fs::write(&waiting, "").unwrap();
            };
            let second = bench.fetch(&mut wait, &CancelToken::new());
            (first.join().unwrap(), second)
        });
        assert_eq!(first.unwrap(), second.unwrap());
        assert_eq!(fs::read_to_string(begun).unwrap(), "once\n");
    }
}
