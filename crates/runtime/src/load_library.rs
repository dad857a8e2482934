//! The ONNX Runtime library, found or fetched when it is first needed, and loaded.

use std::{
    env,
    env::consts::OS,
    error::Error as _,
    path::{Path, PathBuf},
};

use ort::LoadDynamicError;

use super::{
    Device, LibraryOptions,
    fetch::fetch,
    fetch_lock::sweep,
    fetch_progress::FetchProgress,
    file_name::{libraries_in, version_in},
    library::{LibraryPlace, LoadFailure, not_found, plan, search},
    pip::{self, Pip},
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// A library that is loaded: what an environment is made with, and its file.
pub(super) type Opened = (ort::environment::EnvironmentBuilder, PathBuf);

/// Finds the library or fetches it, and loads it.
///
/// # Errors
/// [`Error::Library`] names what was tried and the command that helps, [`Error::Cancelled`].
pub(super) fn find(
    options: &LibraryOptions,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<Opened> {
    if let Some(folder) = options.library_folder().filter(|folder| folder.is_dir()) {
        sweep(&folder);
    }
    let program = env::current_exe().ok();
    let plan = plan(options, program.as_deref().and_then(Path::parent));
    let bundle = options.bundle();
    let candidates = |place: &LibraryPlace| {
        if cancel.is_cancelled() { Vec::new() } else { place.candidates(bundle, cancel) }
    };
    let tried = match search(&plan, candidates, open) {
        Ok(opened) => return Ok(opened),
        Err(tried) => tried,
    };
    cancel.check()?;
    let fetched = fetched(options, progress, cancel).and_then(|path| {
        open(&path).map_err(|failure| Error::Library {
            problem: format!("ONNX Runtime was fetched, but {failure}."),
            remedy: "Name a library that fits this system with --ort-library.".into(),
        })
    });
    fetched.map_err(|error| not_found(&tried, bundle, error))
}

fn fetched(
    options: &LibraryOptions,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<PathBuf> {
    let refused = |problem: &str, remedy: String| Error::Library { problem: problem.into(), remedy };
    if options.explicit.is_some() {
        return Err(refused(
            "The ONNX Runtime library that was named cannot be used.",
            "Correct --ort-library or ORT_DYLIB_PATH, or leave both out to have Tauscope find or fetch one."
                .into(),
        ));
    }
    let bundle = options.bundle();
    if options.offline {
        return Err(refused(
            &format!(
                "{}, which runs the model, was not found, and --offline forbids fetching it.",
                bundle.name
            ),
            format!("Start once without --offline. {}", pip::manual_remedy(bundle)),
        ));
    }
    let folder = options.library_folder().ok_or_else(|| {
        refused(
            "ONNX Runtime was not found, and there is no data folder to fetch it into.",
            "Set TAUSCOPE_DATA_DIR to a folder that you may write to.".into(),
        )
    })?;
    let wheels = bundle.wheels().ok_or_else(|| {
        refused(
            "ONNX Runtime was not found, and none is published for this kind of machine.",
            "Build the library from its sources and name it with --ort-library.".into(),
        )
    })?;
    let place = fetch(&folder, bundle, wheels, &Pip::usual(), progress, cancel)?;
    libraries_in(&place).into_iter().next().ok_or_else(|| {
        refused(
            &format!("What was fetched as {} holds no ONNX Runtime.", bundle.name),
            format!("Remove the folder {} and start again.", place.display()),
        )
    })
}

/// Loads a library for the whole process. After a failure another one can still be loaded.
fn open(path: &Path) -> Result<Opened, LoadFailure> {
    let refused = |reason: String| LoadFailure::Refused { path: path.to_owned(), reason };
    if let Some(folder) = path.parent() {
        for library in Device::ALL.into_iter().filter_map(|device| device.description().preloaded) {
            // What is not there or does not load is told by ONNX Runtime.
            let _ = ort::util::preload_dylib(folder.join(library));
        }
    }
    match ort::init_from(path) {
        Ok(builder) => Ok((builder, path.to_owned())),
        Err(LoadDynamicError::BadVersion { version_str, path }) => {
            Err(LoadFailure::TooOld { path, version: version_str })
        }
        Err(LoadDynamicError::Dlopen { error, .. }) => {
            // The error itself says only that loading failed; its source says why.
            let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            // glibc says of a library for another machine that there is no such file.
            let hint =
                if path.is_file() { "; is it for this system and this kind of processor?" } else { "" };
            Err(refused(reason + hint))
        }
        Err(LoadDynamicError::MissingApi { .. }) => Err(refused("it is not ONNX Runtime".into())),
        Err(LoadDynamicError::InvalidVersionString) => Err(refused("its version cannot be read".into())),
    }
}

/// The version in the file's name if it agrees with the library, which itself knows only "1.32".
pub(super) fn version_of(path: &Path) -> String {
    let minor = ort::util::probe(path).unwrap_or(ort::MINOR_VERSION);
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let named = real.file_name().and_then(|name| version_in(name.to_str()?, OS)).unwrap_or_default();
    match named[..] {
        [1, its_minor, patch] if its_minor == minor => format!("1.{minor}.{patch}"),
        _ => format!("1.{minor}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_a_library_is_refused_in_words() {
        fn check(content: Option<&[u8]>, reason: &str) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("libonnxruntime.so");
            if let Some(content) = content {
                std::fs::write(&path, content).unwrap();
            }
            let options = LibraryOptions { explicit: Some(path.clone()), ..LibraryOptions::default() };
            let message =
                find(&options, &mut |_| {}, &CancelToken::new()).err().expect("no library").to_string();
            assert!(message.contains(&*path.to_string_lossy()), "{message}");
            assert!(message.contains("--ort-library"), "{message}");
            if cfg!(all(target_os = "linux", target_env = "gnu")) {
                assert!(message.contains(reason), "{message}");
            }
        }
        check(
            Some(
                b"This is a text file, and long enough to be read as the header of a library that it is not.",
            ),
            "invalid ELF header",
        );
        check(Some(b""), "file too short");
        // The start of a library for a 32-bit machine.
        let other_machine = *b"\x7fELF\x01\x01\x01";
        check(Some(&[&other_machine[..], &[0; 100]].concat()), "is it for this system");
        check(None, "No such file");
    }

    #[test]
    fn nothing_is_fetched_where_fetching_is_refused() {
        fn check(options: &LibraryOptions, expected: &str) {
            let message =
                fetched(options, &mut |_| panic!("fetches"), &CancelToken::new()).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let data_dir = Some(PathBuf::from("nowhere"));
        let options = LibraryOptions { data_dir, ..LibraryOptions::default() };
        check(&LibraryOptions { offline: true, ..options.clone() }, "--offline");
        check(&LibraryOptions { explicit: Some("x".into()), ..options }, "--ort-library");
        check(&LibraryOptions::default(), "TAUSCOPE_DATA_DIR");
    }

    #[test]
    fn a_start_clears_what_a_killed_fetch_left() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("onnxruntime");
        let stale = folder.join(".fetch-killed");
        std::fs::create_dir_all(stale.join("tmp")).unwrap();
        std::fs::write(stale.join("tmp/half.whl"), "half").unwrap();
        let options = LibraryOptions {
            explicit: Some(folder.join("absent")),
            data_dir: Some(data.path().into()),
            offline: true,
            ..LibraryOptions::default()
        };
        assert!(find(&options, &mut |_| {}, &CancelToken::new()).is_err());
        assert!(!stale.exists());
    }
}
