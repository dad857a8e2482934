//! The loaded library: one per process, found or fetched when it is first needed.

use std::{
    env,
    env::consts::OS,
    error::Error as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ort::{LoadDynamicError, environment::Environment, logging::LogLevel};

use super::{
    Device, bundle,
    failure::failed,
    fetch::{self, FetchProgress},
    file_name::{libraries_in, version_in},
    library::{LibraryOptions, Outcome, Place, not_found, plan, search},
    nvidia,
    pip::{self, Pip},
    webgpu,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// ONNX Runtime, loaded. Clones share it.
#[derive(Clone, Debug)]
pub struct Runtime {
    environment: Environment,
    library_path: Arc<Path>,
    version: Arc<str>,
    missing: Option<(Device, Arc<str>)>,
}

/// A library cannot be exchanged once it is loaded, so the first one stays until the process ends.
static STARTED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Finds the library (as named; else beside the program, in the data folder, by the system's loader, in an
    /// installed Python package), fetches it with pip if it is nowhere, and loads it. A GPU that is asked for by name
    /// has libraries of its own. Later calls give the same runtime, whatever their options.
    ///
    /// # Errors
    /// [`Error::Library`] names what was tried and the command that helps. [`Error::Cancelled`].
    pub fn start(
        options: &LibraryOptions,
        progress: &mut dyn FnMut(FetchProgress),
        cancel: &CancelToken,
    ) -> Result<Self> {
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*started {
            return Ok(runtime.clone());
        }
        let (builder, library_path) = find(options, progress, cancel)?;
        let missing_for_cuda = missing_for_cuda(options, &library_path, progress, cancel)?;
        let environment = builder
            .with_name("tauscope")
            .with_telemetry(false)
            .build()
            .map_err(|error| failed("starting", &error))?;
        // Whatever goes wrong comes back as an error and is told once; `ort` reads ORT_LOG for who wants the log.
        if env::var_os("ORT_LOG").is_none() {
            environment.set_log_level(LogLevel::Fatal);
        }
        let missing = match options.device {
            Some(Device::WebGpu) if !Device::WebGpu.is_in_library() => {
                webgpu::register(&environment, options, progress, cancel)?
                    .map(|reason| (Device::WebGpu, reason.into()))
            }
            _ => missing_for_cuda.map(|reason| (Device::Cuda, reason.into())),
        };
        let version = version_of(&library_path).into();
        let runtime = Self { environment, library_path: library_path.into(), version, missing };
        *started = Some(runtime.clone());
        Ok(runtime)
    }

    /// The runtime's version: "1.32.0", or "1.32" where the file's name does not tell the patch level.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The library that was loaded; a bare name if the system's loader found it.
    pub fn library_path(&self) -> &Path {
        &self.library_path
    }

    /// What `device` needs besides the library and this machine does not have, as it is to be read after a colon.
    pub(super) fn missing_for(&self, device: Device) -> Option<&str> {
        self.missing.as_ref().filter(|(its_device, _)| *its_device == device).map(|(_, missing)| &**missing)
    }

    /// What sessions are made in.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}

fn missing_for_cuda(
    options: &LibraryOptions,
    library: &Path,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<Option<String>> {
    let wanted = matches!(options.device, None | Some(Device::Cuda));
    match library.parent() {
        Some(folder) if wanted && library.is_absolute() && bundle::CUDA.is_like(folder) => {
            nvidia::load(options, folder, progress, cancel)
        }
        _ => Ok(None),
    }
}

type Opened = (ort::environment::EnvironmentBuilder, PathBuf);

fn find(
    options: &LibraryOptions,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<Opened> {
    if let Some(folder) = options.library_folder().filter(|folder| folder.is_dir()) {
        fetch::sweep(&folder);
    }
    let program = env::current_exe().ok();
    let plan = plan(options, program.as_deref().and_then(Path::parent));
    let bundle = options.bundle();
    let candidates =
        |place: &Place| if cancel.is_cancelled() { Vec::new() } else { place.candidates(bundle, cancel) };
    let tried = match search(&plan, candidates, open) {
        Ok(opened) => return Ok(opened),
        Err(tried) => tried,
    };
    cancel.check()?;
    let fetched = fetched(options, progress, cancel).and_then(|path| {
        open(&path).map_err(|outcome| Error::Library {
            problem: format!("ONNX Runtime was fetched, but {outcome}."),
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
                "{}, which runs the model, was not found, and --offline forbids to fetch it.",
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
    let place = fetch::fetch(&folder, bundle, wheels, &Pip::usual(), progress, cancel)?;
    libraries_in(&place).into_iter().next().ok_or_else(|| {
        refused(
            &format!("What was fetched as {} holds no ONNX Runtime.", bundle.name),
            format!("Remove the folder {} and start again.", place.display()),
        )
    })
}

/// Loads a library for the whole process; a failed try leaves nothing behind.
fn open(path: &Path) -> Result<Opened, Outcome> {
    let refused = |reason: String| Outcome::Refused { path: path.to_owned(), reason };
    if let Some(folder) = path.parent()
        && cfg!(windows)
        && bundle::DIRECTML.is_like(folder)
    {
        // Windows has a DirectML of its own, which is too old. What does not load is told by ONNX Runtime.
        let _ = ort::util::preload_dylib(folder.join("DirectML.dll"));
    }
    match ort::init_from(path) {
        Ok(builder) => Ok((builder, path.to_owned())),
        Err(LoadDynamicError::BadVersion { version_str, path }) => {
            Err(Outcome::TooOld { path, version: version_str })
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
        Err(LoadDynamicError::InvalidVersionString) => Err(refused("it does not tell its version".into())),
    }
}

/// The version in the file's name if it is as new as the library says, else as much as the library says.
fn version_of(path: &Path) -> String {
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
    fn what_is_no_library_is_refused_in_words() {
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
