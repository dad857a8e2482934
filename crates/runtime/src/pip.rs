//! Downloading pinned wheels with pip, whose own configuration (index, proxy, certificates) is respected.

use std::{
    env::consts::OS,
    ffi::OsString,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    bundle::{Bundle, Wheels},
    child, python,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
    units,
};

/// A pip that takes longer than this to say its version is not used.
const PATIENCE: Duration = Duration::from_secs(30);

/// A way to call pip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pip {
    /// The program.
    pub(super) program: OsString,
    /// What comes before pip's own arguments.
    pub(super) arguments: Vec<OsString>,
}

impl Pip {
    /// The ways to call pip on this system, the best first.
    pub(super) fn usual() -> Vec<Self> {
        let modules = python::commands()
            .iter()
            .map(|python| Self { program: python.into(), arguments: vec!["-m".into(), "pip".into()] });
        let scripts = ["pip3", "pip"].map(|pip| Self { program: pip.into(), arguments: Vec::new() });
        modules.chain(scripts).collect()
    }

    /// The first of `pips` that answers.
    ///
    /// # Errors
    /// [`Error::Library`] with the command that installs pip, if none does; [`Error::Cancelled`].
    pub(super) fn find(pips: &[Self], cancel: &CancelToken) -> Result<Self> {
        for pip in pips {
            cancel.check()?;
            if pip.answers(cancel) {
                return Ok(pip.clone());
            }
        }
        cancel.check()?;
        Err(Error::Library {
            problem: "ONNX Runtime is fetched with Python's pip, which was not found.".into(),
            remedy: format!("Install it with `{}`, then start again.", install_command(OS)),
        })
    }

    /// Downloads the `wheels` of `bundle` into `scratch`, an empty folder that takes pip's temporary files too, and
    /// returns their paths. `progress` gets the number of bytes that have come.
    ///
    /// # Errors
    /// [`Error::Library`] with what helps, [`Error::File`], [`Error::Cancelled`] (pip is killed).
    pub(super) fn download(
        &self,
        bundle: &Bundle,
        wheels: &Wheels,
        scratch: &Path,
        progress: &mut dyn FnMut(u64),
        cancel: &CancelToken,
    ) -> Result<Vec<PathBuf>> {
        let [requirements, temporary, downloads] =
            ["requirements.txt", "tmp", "wheels"].map(|name| scratch.join(name));
        fs::write(&requirements, bundle.requirements).map_err(Error::writing(&requirements))?;
        fs::create_dir(&temporary).map_err(Error::writing(&temporary))?;
        fs::create_dir(&downloads).map_err(Error::writing(&downloads))?;

        let mut command = self.command();
        command
            .args(["download", "--no-deps", "--only-binary=:all:", "--implementation", "cp"])
            .args(["--python-version", "3.12", "--abi", "cp312"])
            .args(wheels.platforms.iter().flat_map(|platform| ["--platform", platform]))
            // The unpacked libraries are enough; pip's cache would keep the wheels as well.
            .args(["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"])
            .arg("--require-hashes")
            .arg("-r")
            .arg(&requirements)
            .arg("-d")
            .arg(&downloads);
        for variable in ["TMPDIR", "TEMP", "TMP"] {
            command.env(variable, &temporary);
        }
        let (mut child, log) = spawn_logged(command).map_err(|error| Error::Library {
            problem: format!("pip could not be started: {error}."),
            remedy: manual_remedy(bundle),
        })?;
        // pip's temporary folder holds what has come. Only pips from 24.1 on can print their progress for programs.
        let status = child::wait(&mut child, || {
            progress(bytes_in(&temporary));
            cancel.check()
        })?;
        cancel.check()?;
        if !status.success() {
            return Err(explain(&log.join().unwrap_or_default(), bundle, wheels));
        }
        let files = files_in(&downloads).map_err(Error::reading(&downloads))?;
        if files.len() < bundle.packages().count() {
            return Err(Error::Library {
                problem: format!("pip said that it fetched {} but left no file.", bundle.name),
                remedy: manual_remedy(bundle),
            });
        }
        Ok(files)
    }

    fn answers(&self, cancel: &CancelToken) -> bool {
        let Ok(mut child) =
            self.command().arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).spawn()
        else {
            return false;
        };
        let deadline = Instant::now() + PATIENCE;
        let meanwhile = || {
            cancel.check()?;
            if Instant::now() < deadline {
                Ok(())
            } else {
                Err(Error::Internal("pip gave no answer.".into()))
            }
        };
        child::wait(&mut child, meanwhile).is_ok_and(|status| status.success())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        command
    }
}

/// Starts `command`; the thread returns all that it printed. No file takes it, since the disk may be full.
fn spawn_logged(mut command: Command) -> io::Result<(Child, JoinHandle<String>)> {
    let (mut output, input) = io::pipe()?;
    let child = command.stdout(input.try_clone()?).stderr(input).spawn()?;
    // The command holds this process's ends of the pipe, and the log ends when all are closed.
    drop(command);
    let log = thread::Builder::new().name("pip log".into()).spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still worth reading.
        let _ = output.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })?;
    Ok((child, log))
}

/// What a person can do instead: the search also finds an installed Python package.
pub(super) fn manual_remedy(bundle: &Bundle) -> String {
    format!(
        "Run `{} -m pip install {}` (in a virtual environment if the system asks for one), or name a \
         library with --ort-library.",
        python::commands()[0],
        bundle.packages().collect::<Vec<_>>().join(" ")
    )
}

fn install_command(os: &str) -> &'static str {
    match os {
        "windows" => "winget install Python.Python.3.12",
        "macos" => "brew install python",
        _ => "sudo apt install python3-pip",
    }
}

/// Why pip failed, by words that it prints, and what helps; `{what}` stands for what was fetched, `{room}` for the space
/// that it takes on the disk. The first entry whose words are found counts.
const REASONS: [(&[&str], &str, &str); 5] = [
    (
        &["DO NOT MATCH THE HASHES"],
        "The download of {what} is not the one that Tauscope knows (its hash differs), so it was thrown away.",
        "Check the package index or proxy that pip is configured with (`pip config list`), then start again.",
    ),
    (
        &["[Errno 28]", "[Errno 122]", "[WinError 112]", "No space left on device"],
        "The disk is full, so {what} could not be fetched.",
        "Free {room} or set TAUSCOPE_DATA_DIR to a folder on another disk, then start again.",
    ),
    (
        &["no such option"],
        "This pip is too old to fetch {what}.",
        "Run `pip install --upgrade pip`, then start again.",
    ),
    (
        &[
            "HTTPError",
            "HTTP error",
            "ConnectionError",
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "ProxyError",
            "SSLError",
            "Max retries exceeded",
            "Connection reset",
        ],
        "{what} could not be downloaded: pip did not reach its package index.",
        "Check the network and pip's configuration (`pip config list`), then start again; without a network, name a \
         library with --ort-library.",
    ),
    (
        &["No matching distribution found"],
        "pip's package index does not have the pinned {what}.",
        "Check the index that pip is configured with (`pip config list`), or name a library with --ort-library.",
    ),
];

/// Turns what pip printed before it failed into a sentence and a remedy.
fn explain(log: &str, bundle: &Bundle, wheels: &Wheels) -> Error {
    let last = |wanted: &dyn Fn(&str) -> bool| log.lines().map(str::trim).rfind(|line| wanted(line));
    let known = REASONS.iter().find_map(|(signs, problem, remedy)| {
        let line = last(&|line| signs.iter().any(|sign| line.contains(sign)))?;
        // The wheels, pip's copies of them, and what is unpacked.
        let room = units::bytes(4 * wheels.bytes);
        Some((line, problem.replace("{what}", bundle.name), remedy.replace("{room}", &room)))
    });
    let (line, problem, remedy) = known.unwrap_or_else(|| {
        let line = last(&|line| line.starts_with("ERROR:")).or_else(|| last(&|line| !line.is_empty()));
        let problem = format!("pip could not fetch {}.", bundle.name);
        (line.unwrap_or("nothing"), problem, manual_remedy(bundle))
    });
    Error::Library { problem: format!("{problem} pip said: {line}"), remedy }
}

/// Bytes of all files under `folder`; what vanishes meanwhile does not count.
fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = folder.read_dir() else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_in(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    folder.read_dir()?.map(|entry| Ok(entry?.path())).collect()
}
