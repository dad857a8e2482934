//! Where the ONNX Runtime library is looked for, in which order, and what to say when it is nowhere.
//!
//! [`plan`] is pure; [`search`] goes through a plan with whatever lists and opens files for it.

use std::{
    env,
    fmt::{self, Write as _},
    path::{self, Path, PathBuf},
};

use super::{
    Device,
    bundle::{self, Bundle},
    file_name::{libraries_in, loader_names},
    nvidia, pip, python,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// How the library is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibraryOptions {
    /// This file, or the newest in this folder, and nothing else (`--ort-library`, `ORT_DYLIB_PATH`).
    pub explicit: Option<PathBuf>,
    /// Tauscope's data folder, into which a library is fetched; `None` where the system has no such place.
    pub data_dir: Option<PathBuf>,
    /// Fetch nothing.
    pub offline: bool,
    /// The device that was asked for by name, which the library has to have.
    pub device: Option<Device>,
}

impl LibraryOptions {
    /// `ORT_DYLIB_PATH` and [`tauscope_core::data_folder`], online.
    pub fn from_environment() -> Self {
        Self {
            explicit: path_variable("ORT_DYLIB_PATH"),
            data_dir: tauscope_core::data_folder(),
            ..Self::default()
        }
    }

    /// Where in the data folder libraries lie.
    pub(super) fn library_folder(&self) -> Option<PathBuf> {
        self.data_dir.as_ref().map(|folder| folder.join("onnxruntime"))
    }

    /// What the library has to be like: any will do to say that a device cannot be used.
    pub(super) fn bundle(&self) -> &'static Bundle {
        let usable = |device: &Device| *device != Device::Cuda || nvidia::no_driver().is_none();
        Bundle::for_device(self.device.filter(usable).unwrap_or_default())
    }

    /// Where in the data folder to look, in order. The CPU alone is served best by the newest library; who leaves the
    /// choice open wants the GPU that a library was fetched for.
    fn data_folders(&self) -> Vec<PathBuf> {
        let Some(folder) = self.library_folder() else { return Vec::new() };
        let cpu = [folder.join(bundle::CPU.folder), folder.clone()];
        let gpus = [&bundle::CUDA, &bundle::DIRECTML].map(|bundle| folder.join(bundle.folder));
        let openvino = folder.join(bundle::OPENVINO.folder);
        match self.device {
            Some(Device::Cpu | Device::WebGpu) => cpu.into_iter().chain(gpus).chain([openvino]).collect(),
            _ => gpus.into_iter().chain(cpu).chain([openvino]).collect(),
        }
    }
}

/// A place to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// What the person named.
    Explicit(PathBuf),
    /// A folder that belongs to the program's installation.
    BesideProgram(PathBuf),
    /// A folder in the data folder.
    Data(PathBuf),
    /// Wherever the system's dynamic loader looks.
    Loader,
    /// Installed Python packages.
    Python,
}

impl Place {
    /// What to try to open here that is like `bundle`, the best first: absolute paths, or bare names for the system's
    /// loader. What a person named is taken as it is.
    pub(super) fn candidates(&self, bundle: &Bundle, cancel: &CancelToken) -> Vec<PathBuf> {
        let paths = match self {
            Self::Explicit(file) if !file.is_dir() => vec![file.clone()],
            Self::Explicit(folder) | Self::BesideProgram(folder) | Self::Data(folder) => libraries_in(folder),
            Self::Loader if bundle.is_any() => return loader_names().iter().map(PathBuf::from).collect(),
            Self::Loader => loader_folders().iter().flat_map(|folder| libraries_in(folder)).collect(),
            Self::Python => {
                python::library_folders(cancel).iter().flat_map(|folder| libraries_in(folder)).collect()
            }
        };
        let named = matches!(self, Self::Explicit(_));
        paths
            .into_iter()
            .filter(|path| named || path.parent().is_some_and(|folder| bundle.is_like(folder)))
            .map(|path| path::absolute(&path).unwrap_or(path))
            .collect()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explicit(path) => write!(f, "as named, {}", path.display()),
            Self::BesideProgram(folder) => write!(f, "beside the program, {}", folder.display()),
            Self::Data(folder) => write!(f, "in the data folder, {}", folder.display()),
            Self::Loader => write!(f, "where the system's loader looks"),
            Self::Python => write!(f, "in an installed Python package onnxruntime"),
        }
    }
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No file of the library's name.
    Missing,
    /// A library of too old a version.
    TooOld {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// A file that is no library, or one that this machine cannot load.
    Refused {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "not there"),
            Self::TooOld { path, version } => {
                write!(f, "{} is version {version}, 1.{} is needed", path.display(), ort::MINOR_VERSION)
            }
            Self::Refused { path, reason } => write!(f, "{} cannot be loaded ({reason})", path.display()),
        }
    }
}

/// One try that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tried {
    /// Where.
    pub(super) place: Place,
    /// How it ended.
    pub(super) outcome: Outcome,
}

/// The places to look, in order. `program_folder` is where the executable lies.
pub(super) fn plan(options: &LibraryOptions, program_folder: Option<&Path>) -> Vec<Place> {
    if let Some(path) = &options.explicit {
        return vec![Place::Explicit(path.clone())];
    }
    let installed = program_folder
        .map(|folder| [folder.to_owned(), folder.join("../lib/tauscope")].map(Place::BesideProgram))
        .into_iter()
        .flatten();
    let data = options.data_folders().into_iter().map(Place::Data);
    installed.chain(data).chain([Place::Loader, Place::Python]).collect()
}

/// The first library of `plan` that opens, or every failed try.
pub(super) fn search<T>(
    plan: &[Place],
    mut candidates: impl FnMut(&Place) -> Vec<PathBuf>,
    mut open: impl FnMut(&Path) -> Result<T, Outcome>,
) -> Result<T, Vec<Tried>> {
    let mut tried = Vec::new();
    for place in plan {
        let paths = candidates(place);
        if paths.is_empty() {
            tried.push(Tried { place: place.clone(), outcome: Outcome::Missing });
        }
        for path in paths {
            match open(&path) {
                Ok(opened) => return Ok(opened),
                Err(outcome) => tried.push(Tried { place: place.clone(), outcome }),
            }
        }
    }
    Err(tried)
}

/// The message after a vain search, whose fetch was not to be or failed with `fetch`.
pub(super) fn not_found(tried: &[Tried], bundle: &Bundle, fetch: Error) -> Error {
    let (reason, remedy) = match fetch {
        Error::Cancelled => return Error::Cancelled,
        Error::Library { problem, remedy } => (problem, remedy),
        other => (other.to_string(), pip::manual_remedy(bundle)),
    };
    let what = if bundle.is_any() { "ONNX Runtime" } else { bundle.name };
    let mut problem = format!("{reason}\n{what} was looked for");
    for Tried { place, outcome } in tried {
        let _ = write!(problem, "\n  {place}: {outcome}");
    }
    problem.push_str("\nWhat helps:");
    Error::Library { problem, remedy }
}

/// Where the system's loader looks, as far as that can be told from outside.
fn loader_folders() -> Vec<PathBuf> {
    let (variable, usual): (_, &[&str]) = if cfg!(windows) {
        ("PATH", &[])
    } else {
        ("LD_LIBRARY_PATH", &["/usr/local/lib", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu"])
    };
    let named = env::var_os(variable).unwrap_or_default();
    env::split_paths(&named).chain(usual.iter().map(PathBuf::from)).collect()
}

/// The absolute path that a variable names; an empty one counts as unset.
fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).and_then(|value| path::absolute(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(explicit: Option<&str>, data_dir: Option<&str>) -> LibraryOptions {
        LibraryOptions {
            explicit: explicit.map(Into::into),
            data_dir: data_dir.map(Into::into),
            offline: true,
            device: None,
        }
    }

    #[test]
    fn places_are_searched_in_the_documented_order() {
        fn check(options: &LibraryOptions, program_folder: Option<&str>, expected: &[Place]) {
            assert_eq!(plan(options, program_folder.map(Path::new)), expected);
        }
        check(
            &options(None, Some("data")),
            Some("bin"),
            &[
                Place::BesideProgram("bin".into()),
                Place::BesideProgram("bin/../lib/tauscope".into()),
                Place::Data("data/onnxruntime/cuda".into()),
                Place::Data("data/onnxruntime/directml".into()),
                Place::Data("data/onnxruntime/cpu".into()),
                Place::Data("data/onnxruntime".into()),
                Place::Data("data/onnxruntime/openvino".into()),
                Place::Loader,
                Place::Python,
            ],
        );
        check(&options(None, None), None, &[Place::Loader, Place::Python]);
        check(&options(Some("here.so"), Some("data")), Some("bin"), &[Place::Explicit("here.so".into())]);
        check(
            &LibraryOptions { device: Some(Device::Cpu), ..options(None, Some("data")) },
            None,
            &[
                Place::Data("data/onnxruntime/cpu".into()),
                Place::Data("data/onnxruntime".into()),
                Place::Data("data/onnxruntime/cuda".into()),
                Place::Data("data/onnxruntime/directml".into()),
                Place::Data("data/onnxruntime/openvino".into()),
                Place::Loader,
                Place::Python,
            ],
        );
    }

    #[test]
    fn the_first_that_opens_is_taken_and_the_rest_is_remembered() {
        let plan = [Place::Data("data".into()), Place::Loader, Place::Python];
        let candidates = |place: &Place| match place {
            Place::Loader => vec!["old.so".into(), "text.so".into()],
            Place::Python => vec!["good.so".into()],
            _ => Vec::new(),
        };
        let open = |path: &Path| match path.to_str() {
            Some("old.so") => Err(Outcome::TooOld { path: path.into(), version: "1.17.0".into() }),
            Some("text.so") => Err(Outcome::Refused { path: path.into(), reason: "no ELF".into() }),
            _ => Ok(path.to_owned()),
        };
        assert_eq!(search(&plan, candidates, open), Ok("good.so".into()));

        let tried = search(&plan[..2], candidates, open).unwrap_err();
        let message = not_found(
            &tried,
            &bundle::CPU,
            Error::Library { problem: "Offline.".into(), remedy: "Go online.".into() },
        )
        .to_string();
        assert_eq!(
            message,
            format!(
                "Offline.\nONNX Runtime was looked for\n  in the data folder, data: not there\n  \
                 where the system's loader looks: old.so is version 1.17.0, 1.{} is needed\n  \
                 where the system's loader looks: text.so cannot be loaded (no ELF)\nWhat helps: Go online.",
                ort::MINOR_VERSION
            )
        );
    }

    #[test]
    fn an_explicit_folder_stands_for_its_newest_library() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join(loader_names()[0]);
        std::fs::write(&library, "").unwrap();
        let cancel = CancelToken::new();
        let absent = folder.path().join("absent.so");
        let check = |path: &Path, expected: &Path| {
            assert_eq!(Place::Explicit(path.into()).candidates(&bundle::CUDA, &cancel), [expected]);
        };
        check(folder.path(), &library);
        check(&library, &library);
        check(&absent, &absent);
        check(Path::new("absent.so"), &env::current_dir().unwrap().join("absent.so"));
    }

    #[test]
    fn a_library_for_a_gpu_is_told_by_what_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join(loader_names()[0]);
        std::fs::write(&library, "").unwrap();
        let check = |bundle: &Bundle, expected: &[&Path]| {
            let candidates = Place::Data(folder.path().into()).candidates(bundle, &CancelToken::new());
            assert_eq!(candidates, expected, "{}", bundle.name);
        };
        check(&bundle::CPU, &[&library]);
        check(&bundle::CUDA, &[]);
        std::fs::write(folder.path().join("DirectML.dll"), "").unwrap();
        check(&bundle::CUDA, &[]);
        check(&bundle::DIRECTML, &[&library]);
    }
}
