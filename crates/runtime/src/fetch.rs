//! Fetching libraries into the data folder: all of a bundle or nothing.
//!
//! Everything happens in a scratch folder beside the bundle's place, and one rename at the end makes it visible. One
//! process fetches at a time ([`super::fetch_lock`]); a second one waits and uses what the first has fetched.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    bundle::{Bundle, Wheels},
    fetch_lock::{SCRATCH, clear_scratch, lock},
    fetch_progress::{FetchProgress, FetchStage},
    pip::Pip,
    wheel,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// Downloads `bundle` with the first of `pips` that works and unpacks it into its folder in `library_folder`, which is
/// returned. A folder that is there already is replaced.
///
/// # Errors
/// [`Error::Library`], [`Error::File`] or [`Error::Cancelled`]; everything is then as it was.
pub(super) fn fetch(
    library_folder: &Path,
    bundle: &Bundle,
    wheels: &Wheels,
    pips: &[Pip],
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<PathBuf> {
    let writing = Error::writing;
    fs::create_dir_all(library_folder).map_err(writing(library_folder))?;
    let place = library_folder.join(bundle.folder);
    let was_there = place.exists();
    let mut report = |stage, done_bytes: u64| {
        let total_bytes = (stage != FetchStage::Waiting).then_some(wheels.bytes);
        progress(FetchProgress {
            what: bundle.name,
            stage,
            done_bytes: done_bytes.min(wheels.bytes),
            total_bytes,
        });
    };
    let (_lock, waited) = lock(library_folder, &mut || report(FetchStage::Waiting, 0), cancel)?;
    if waited && !was_there && place.exists() {
        return Ok(place);
    }
    clear_scratch(library_folder);
    let pip = Pip::find(pips, cancel)?;

    let scratch = tempfile::Builder::new()
        .prefix(SCRATCH)
        .tempdir_in(library_folder)
        .map_err(writing(library_folder))?;
    report(FetchStage::Downloading, 0);
    let mut downloaded = |bytes| report(FetchStage::Downloading, bytes);
    let files = pip.download(bundle, wheels, scratch.path(), &mut downloaded, cancel)?;
    let unpacked = scratch.path().join("unpacked");
    fs::create_dir(&unpacked).map_err(writing(&unpacked))?;
    let mut done = 0;
    for file in files {
        cancel.check()?;
        report(FetchStage::Unpacking, done);
        done += fs::metadata(&file).map_or(0, |found| found.len());
        wheel::unpack(&file, &unpacked)?;
        // Wheels are large, and the disk may be nearly full.
        fs::remove_file(&file).map_err(writing(&file))?;
    }
    cancel.check()?;
    if place.exists() {
        fs::rename(&place, scratch.path().join("replaced")).map_err(writing(&place))?;
    }
    fs::rename(&unpacked, &place).map_err(writing(&place))?;
    Ok(place)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{thread, time::Duration};

    use super::{
        super::{
            bundle::tests::FAKE,
            file_name::loader_names,
            wheel::tests::{entry, write_fake_wheel},
        },
        *,
    };

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
            write_fake_wheel(&wheel, &[entry()]);
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
            fetch(&self.folder(), &FAKE, FAKE.wheels().unwrap(), &self.pips, progress, cancel)
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
        let place = bench.fetch(&mut watch, &CancelToken::new()).unwrap();
        assert_eq!(fs::read(place.join(loader_names()[0])).unwrap(), b"library");
        assert_eq!(bench.left(), ["fake"]);
        let downloading = |done_bytes| FetchProgress {
            what: "Fake",
            stage: FetchStage::Downloading,
            done_bytes,
            total_bytes: Some(1000),
        };
        assert_eq!(seen.first(), Some(&downloading(0)));
        assert!(seen.contains(&downloading(400)), "{seen:?}");
        assert_eq!(seen[0].to_string(), "Downloading Fake (1.0 kB)");
        assert_eq!(seen.last().unwrap().stage, FetchStage::Unpacking);
    }

    #[test]
    fn what_was_there_is_replaced_if_all_goes_well() {
        fn check(script: &str, expected: &[&str]) {
            let bench = Bench::new(script);
            let place = bench.folder().join("fake");
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join("incomplete"), "").unwrap();
            let _ = bench.fetch(&mut |_| {}, &CancelToken::new());
            let names = place.read_dir().unwrap().map(|entry| entry.unwrap().file_name());
            assert_eq!(names.collect::<Vec<_>>(), expected);
            assert_eq!(bench.left(), ["fake"]);
        }
        check("cp $wheel $dest/", &[loader_names()[0]]);
        check("exit 1", &["incomplete"]);
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
            "does not have the pinned Fake",
        );
        check("echo 'no such option: --abi'; exit 2", "too old");
        check("echo 'something else'; exit 1", "pip said: something else");
        check("exit 1", "pip could not fetch Fake. pip said: nothing Run `");
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
        assert_eq!(bench.left(), ["fake"]);
    }

    #[test]
    fn two_at_once_fetch_once() {
        let bench = Bench::new(
            "echo once >> $wheel.count\nuntil [ -e $wheel.waiting ]; do sleep 0.01; done\ncp $wheel $dest/",
        );
        let [begun, waiting] =
            ["fake.whl.count", "fake.whl.waiting"].map(|name| bench.home.path().join(name));
        let (first, second) = thread::scope(|scope| {
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
