//! Python installations: where installed packages keep their libraries. No package is imported.

use std::{
    io::Read,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::child;
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// A Python that takes longer than this to say where a package lies is not used.
const PATIENCE: Duration = Duration::from_secs(5);

/// Prints the folders of the package that is named, one a line. Without "" in the path, a folder of that name in the
/// current directory is not taken for the package.
const QUESTION: &str = "\
import sys; sys.path = [p for p in sys.path if p]
from importlib.util import find_spec
spec = find_spec(sys.argv[1])
for folder in spec.submodule_search_locations if spec else []: print(folder)";

/// The names that Python may have on this system.
pub(super) fn commands() -> &'static [&'static str] {
    if cfg!(windows) { &["python", "py", "python3"] } else { &["python3", "python"] }
}

/// The folders in which installed `onnxruntime` packages keep the library.
pub(super) fn library_folders(cancel: &CancelToken) -> Vec<PathBuf> {
    folders("onnxruntime", cancel).into_iter().map(|package| package.join("capi")).collect()
}

/// The folders in which installed packages of NVIDIA keep CUDA and cuDNN.
pub(super) fn nvidia_folders(cancel: &CancelToken) -> Vec<PathBuf> {
    let packages = folders("nvidia", cancel);
    let parts = packages.iter().filter_map(|package| package.read_dir().ok()).flatten().flatten();
    let places = parts.flat_map(|part| ["lib", "bin", "bin/x86_64"].map(|place| part.path().join(place)));
    places.filter(|place| place.is_dir()).collect()
}

/// The folders of `package` in every Python, each once.
pub(super) fn folders(package: &str, cancel: &CancelToken) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for python in commands() {
        let answer = package_folders(Command::new(python), package, cancel).unwrap_or_default();
        for folder in answer.lines().map(PathBuf::from) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
    }
    folders
}

/// What `python` answers to [`QUESTION`]; `None` if it cannot be asked.
fn package_folders(mut python: Command, package: &str, cancel: &CancelToken) -> Option<String> {
    let mut child = python
        .args(["-c", QUESTION, package])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let deadline = Instant::now() + PATIENCE;
    let status = child::wait(&mut child, || in_time(deadline).and_then(|()| cancel.check())).ok()?;
    // A few paths fit the pipe's buffer, so they can be read after the end.
    let mut answer = String::new();
    child.stdout.take()?.read_to_string(&mut answer).ok()?;
    status.success().then_some(answer)
}

fn in_time(deadline: Instant) -> Result<()> {
    if Instant::now() < deadline { Ok(()) } else { Err(Error::Internal("Python gave no answer.".into())) }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn python_is_asked_and_not_trusted() {
        fn check(script: &str, expected: Option<&str>) {
            let mut fake = Command::new("sh");
            fake.args(["-c", script]);
            let answer = package_folders(fake, "onnxruntime", &CancelToken::new());
            assert_eq!(answer.as_deref(), expected, "{script}");
        }
        check("echo /somewhere/onnxruntime", Some("/somewhere/onnxruntime\n"));
        check("exit 0", Some(""));
        check("echo half an answer; exit 1", None);
        let none = Command::new("no-python-of-this-name");
        assert_eq!(package_folders(none, "onnxruntime", &CancelToken::new()), None);
    }

    #[test]
    fn a_cancelled_search_does_not_wait_for_python() {
        let mut fake = Command::new("sh");
        fake.args(["-c", "exec sleep 1000"]);
        let cancel = CancelToken::new();
        cancel.cancel();
        assert_eq!(package_folders(fake, "onnxruntime", &cancel), None);
    }
}
