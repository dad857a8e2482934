//! Where the ONNX Runtime library is looked for, in which order, and the error when it is nowhere.
//!
//! [`plan`] is pure; [`search`] goes through a plan, with functions that list and open files.

use std::{
    env,
    fmt::{self, Write as _},
    path::{self, Path, PathBuf},
};

use super::{
    LibraryOptions,
    bundle::Bundle,
    file_name::{libraries_in, loader_names},
    pip, python,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// A place to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LibraryPlace {
    /// The file or folder that a person named.
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

impl LibraryPlace {
    /// The libraries in this place that are of the kind of `bundle`, the best first: absolute paths, or bare names for the
    /// system's loader. What a person named is taken whatever its kind.
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

impl fmt::Display for LibraryPlace {
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

/// Why a try failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LoadFailure {
    /// No file of the library's name.
    Missing,
    /// A library of too old a version.
    TooOld {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// A file that is not a library, or one that this machine cannot load.
    Refused {
        /// The file.
        path: PathBuf,
        /// What the loader says.
        reason: String,
    },
}

impl fmt::Display for LoadFailure {
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
    pub(super) place: LibraryPlace,
    /// Why it failed.
    pub(super) failure: LoadFailure,
}

/// The places to look, in order. `program_folder` is where the executable lies.
pub(super) fn plan(options: &LibraryOptions, program_folder: Option<&Path>) -> Vec<LibraryPlace> {
    if let Some(path) = &options.explicit {
        return vec![LibraryPlace::Explicit(path.clone())];
    }
    let installed = program_folder
        .map(|folder| [folder.to_owned(), folder.join("../lib/tauscope")].map(LibraryPlace::BesideProgram))
        .into_iter()
        .flatten();
    let data = options.data_folders().into_iter().map(LibraryPlace::Data);
    installed.chain(data).chain([LibraryPlace::Loader, LibraryPlace::Python]).collect()
}

/// The first library of `plan` that opens, or every failed try.
pub(super) fn search<T>(
    plan: &[LibraryPlace],
    mut candidates: impl FnMut(&LibraryPlace) -> Vec<PathBuf>,
    mut open: impl FnMut(&Path) -> Result<T, LoadFailure>,
) -> Result<T, Vec<Tried>> {
    let mut tried = Vec::new();
    for place in plan {
        let paths = candidates(place);
        if paths.is_empty() {
            tried.push(Tried { place: place.clone(), failure: LoadFailure::Missing });
        }
        for path in paths {
            match open(&path) {
                Ok(opened) => return Ok(opened),
                Err(failure) => tried.push(Tried { place: place.clone(), failure }),
            }
        }
    }
    Err(tried)
}

/// The error when nothing was found, with `fetch`, the reason why nothing was fetched either.
pub(super) fn not_found(tried: &[Tried], bundle: &Bundle, fetch: Error) -> Error {
    let (reason, remedy) = match fetch {
        Error::Cancelled => return Error::Cancelled,
        Error::Library { problem, remedy } => (problem, remedy),
        other => (other.to_string(), pip::manual_remedy(bundle)),
    };
    let what = if bundle.is_any() { "ONNX Runtime" } else { bundle.name };
    let mut problem = format!("{reason}\n{what} was looked for");
    for Tried { place, failure } in tried {
        let _ = write!(problem, "\n  {place}: {failure}");
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

#[cfg(test)]
mod tests {
    use super::{super::Device, *};

    fn options(explicit: Option<&str>, data_dir: Option<&str>) -> LibraryOptions {
        LibraryOptions {
            explicit: explicit.map(Into::into),
            data_dir: data_dir.map(Into::into),
            offline: true,
            device: None,
        }
    }

    /// The ONNX Runtime of a device.
    fn bundle_of(device: &str) -> &'static Bundle {
        Device::from_argument(device).unwrap().description().library
    }

    #[test]
    fn places_are_searched_in_the_documented_order() {
        fn check(options: &LibraryOptions, program_folder: Option<&str>, expected: &[LibraryPlace]) {
            assert_eq!(plan(options, program_folder.map(Path::new)), expected);
        }
        check(
            &options(None, Some("data")),
            Some("bin"),
            &[
                LibraryPlace::BesideProgram("bin".into()),
                LibraryPlace::BesideProgram("bin/../lib/tauscope".into()),
                LibraryPlace::Data("data/onnxruntime/cuda".into()),
                LibraryPlace::Data("data/onnxruntime/directml".into()),
                LibraryPlace::Data("data/onnxruntime/cpu".into()),
                LibraryPlace::Data("data/onnxruntime".into()),
                LibraryPlace::Data("data/onnxruntime/openvino".into()),
                LibraryPlace::Loader,
                LibraryPlace::Python,
            ],
        );
        check(&options(None, None), None, &[LibraryPlace::Loader, LibraryPlace::Python]);
        check(
            &options(Some("here.so"), Some("data")),
            Some("bin"),
            &[LibraryPlace::Explicit("here.so".into())],
        );
        check(
            &LibraryOptions { device: Some(Device::CPU), ..options(None, Some("data")) },
            None,
            &[
                LibraryPlace::Data("data/onnxruntime/cpu".into()),
                LibraryPlace::Data("data/onnxruntime".into()),
                LibraryPlace::Data("data/onnxruntime/cuda".into()),
                LibraryPlace::Data("data/onnxruntime/directml".into()),
                LibraryPlace::Data("data/onnxruntime/openvino".into()),
                LibraryPlace::Loader,
                LibraryPlace::Python,
            ],
        );
    }

    #[test]
    fn the_first_that_opens_is_taken_and_the_rest_is_remembered() {
        let plan = [LibraryPlace::Data("data".into()), LibraryPlace::Loader, LibraryPlace::Python];
        let candidates = |place: &LibraryPlace| match place {
            LibraryPlace::Loader => vec!["old.so".into(), "text.so".into()],
            LibraryPlace::Python => vec!["good.so".into()],
            _ => Vec::new(),
        };
        let open = |path: &Path| match path.to_str() {
            Some("old.so") => Err(LoadFailure::TooOld { path: path.into(), version: "1.17.0".into() }),
            Some("text.so") => Err(LoadFailure::Refused { path: path.into(), reason: "no ELF".into() }),
            _ => Ok(path.to_owned()),
        };
        assert_eq!(search(&plan, candidates, open), Ok("good.so".into()));

        let tried = search(&plan[..2], candidates, open).unwrap_err();
        let message = not_found(
            &tried,
            bundle_of("cpu"),
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
            assert_eq!(
                LibraryPlace::Explicit(path.into()).candidates(bundle_of("cuda"), &cancel),
                [expected]
            );
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
            let candidates = LibraryPlace::Data(folder.path().into()).candidates(bundle, &CancelToken::new());
            assert_eq!(candidates, expected, "{}", bundle.name);
        };
        check(bundle_of("cpu"), &[&library]);
        check(bundle_of("cuda"), &[]);
        std::fs::write(folder.path().join("DirectML.dll"), "").unwrap();
        check(bundle_of("cuda"), &[]);
        check(bundle_of("directml"), &[&library]);
    }
}
