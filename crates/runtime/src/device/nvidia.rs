//! NVIDIA's libraries, which the CUDA provider needs: found or fetched, and loaded before it.
//!
//! The provider asks the system's loader for them by name, and gets a library that is already loaded under that name. So
//! they may lie where no loader looks: in the data folder, or in Python packages.

use std::{
    error::Error as _,
    path::{Path, PathBuf},
};

use super::{
    super::{
        bundle::{Bundle, wheels},
        fetcher::Fetcher,
        python,
    },
    description::Missing,
};
use tauscope_core::error::Result;

/// NVIDIA's libraries as Python packages. The other libraries of CUDA are for Fourier transforms and the like.
pub(super) static LIBRARIES: Bundle = Bundle {
    name: "NVIDIA's CUDA 13.5 and cuDNN 9.28",
    folder: "nvidia",
    provider: "",
    requirements: include_str!("../../../../packaging/onnxruntime/nvidia.txt"),
    machines: &[
        ("linux", "x86_64", wheels(&["manylinux_2_27_x86_64", "manylinux2014_x86_64"], 1_098_910_809)),
        ("windows", "x86_64", wheels(&["win_amd64"], 963_709_916)),
    ],
};

/// A library that comes with the driver, and with nothing else.
const DRIVER: &str = if cfg!(windows) { "nvcuda.dll" } else { "libcuda.so.1" };

/// The provider loads it only when it first convolves, too late to report that it is missing.
const CUDNN: &str = if cfg!(windows) { "cudnn64_9.dll" } else { "libcudnn.so.9" };

/// What the fetched ONNX Runtime needs, each after what it needs itself.
const NEEDED: [&str; 6] = if cfg!(windows) {
    ["cudart64_13.dll", "cublasLt64_13.dll", "cublas64_13.dll", "curand64_10.dll", "nvrtc64_130_0.dll", CUDNN]
} else {
    ["libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libnvrtc.so.13", CUDNN]
};

/// What an ONNX Runtime that Tauscope did not fetch may need besides; and on Windows the parts of cuDNN, which the system
/// does not look for beside it.
const OPTIONAL: &[&str] = if cfg!(windows) {
    &[
        "cudart64_12.dll",
        "cublasLt64_12.dll",
        "cublas64_12.dll",
        "nvrtc64_120_0.dll",
        "cufft64_11.dll",
        "cufft64_12.dll",
        "cudnn_graph64_9.dll",
        "cudnn_ops64_9.dll",
        "cudnn_heuristic64_9.dll",
        "cudnn_adv64_9.dll",
        "cudnn_cnn64_9.dll",
        "cudnn_ext64_9.dll",
        "cudnn_engines_precompiled64_9.dll",
        "cudnn_engines_runtime_compiled64_9.dll",
        "cudnn_engines_tensor_ir64_9.dll",
    ]
} else {
    &[
        "libcudart.so.12",
        "libcublasLt.so.12",
        "libcublas.so.12",
        "libnvrtc.so.12",
        "libcufft.so.11",
        "libcufft.so.12",
    ]
};

/// Loads what the CUDA provider of the ONNX Runtime in `folder` needs besides the driver, and says what is missing.
/// Nothing is done without a driver. What the fetched ONNX Runtime, `library`, misses is fetched too; what others have
/// installed is left to them.
///
/// # Errors
/// As [`Fetcher::fetch`].
pub(super) fn load(folder: &Path, library: &Bundle, fetcher: &mut Fetcher<'_>) -> Result<Option<Missing>> {
    if missing_driver().is_some() {
        return Ok(None);
    }
    let is_fetched = fetcher.place(library).is_some_and(|place| place == folder);
    let required = if is_fetched { &NEEDED[..] } else { &[CUDNN] };
    let folders: Vec<_> = fetcher.place(&LIBRARIES).into_iter().chain([folder.to_owned()]).collect();
    let mut loading = Loading { open: &mut preload, done: Vec::new(), broken: Vec::new() };
    let mut missing = loading.load(required, &folders);
    if missing.is_some() {
        missing = loading.load(required, &python::nvidia_folders(fetcher.cancel));
    }
    if missing.is_some()
        && is_fetched
        && let Some(place) = fetcher.fetch(&LIBRARIES)?
    {
        missing = loading.load(required, &[place]);
    }
    Ok(missing)
}

/// Says that NVIDIA's driver is not there.
pub(super) fn missing_driver() -> Option<Missing> {
    let is_missing = ort::util::preload_dylib(DRIVER).is_err();
    is_missing.then(|| format!("{DRIVER} of NVIDIA's driver is missing"))
}

/// Loads a library for good; an error is what the loader says.
fn preload(path: &Path) -> Result<(), String> {
    // The error itself says only that loading failed; its source says why.
    ort::util::preload_dylib(path)
        .map_err(|error| error.source().map_or_else(|| error.to_string(), ToString::to_string))
}

/// Loads libraries from one place after the other.
struct Loading<'a> {
    /// Opens a path, or a bare name as the system's loader finds it.
    open: &'a mut dyn FnMut(&Path) -> Result<(), String>,
    /// What was loaded from a folder.
    done: Vec<&'static str>,
    /// What lies in a folder but does not load, with the reason.
    broken: Vec<(&'static str, String)>,
}

impl Loading<'_> {
    /// Loads what lies in `folders`, and names the first of `required` that is neither loaded now nor known to the
    /// system's loader.
    fn load(&mut self, required: &[&str], folders: &[PathBuf]) -> Option<Missing> {
        for name in NEEDED.iter().chain(OPTIONAL) {
            for path in folders.iter().map(|folder| folder.join(name)).filter(|path| path.is_file()) {
                if self.done.contains(name) {
                    break;
                }
                match (self.open)(&path) {
                    Ok(()) => self.done.push(name),
                    Err(reason) => {
                        self.broken.push((name, format!("{} cannot be loaded ({reason})", path.display())));
                    }
                }
            }
        }
        let missing = required.iter().find(|name| (self.open)(Path::new(name)).is_err())?;
        let broken = self.broken.iter().find(|(name, _)| name == missing);
        Some(broken.map_or_else(|| format!("{missing} is missing"), |(_, reason)| reason.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_library_that_is_missing_is_named() {
        /// `there` lies in a folder, `broken` does too but does not load, `system` is known to the loader.
        fn check(there: &[&str], broken: &[&str], system: &[&str], expected: Option<&str>) {
            let folder = tempfile::tempdir().unwrap();
            for name in there.iter().chain(broken) {
                std::fs::write(folder.path().join(name), "").unwrap();
            }
            let mut loaded_names: Vec<_> = system.iter().map(PathBuf::from).collect();
            let mut open = |path: &Path| {
                let name = PathBuf::from(path.file_name().unwrap());
                if path.is_absolute() && !broken.iter().any(|broken| name == Path::new(broken)) {
                    loaded_names.push(name.clone());
                }
                if loaded_names.contains(&name) { Ok(()) } else { Err("file too short".to_owned()) }
            };
            let mut loading = Loading { open: &mut open, done: Vec::new(), broken: Vec::new() };
            let missing = loading.load(&NEEDED, &["nowhere".into(), folder.path().into()]);
            assert_eq!(loading.load(&NEEDED, &["elsewhere".into()]), missing);
            let expected = expected.map(|text| text.replace("HERE", &folder.path().display().to_string()));
            assert_eq!(missing, expected);
        }
        let [runtime, blas_lt, blas, random, compiler, cudnn] = NEEDED;
        check(&NEEDED, &[], &[], None);
        check(&[], &[], &NEEDED, None);
        check(&[blas_lt, blas, random], &[], &[runtime, compiler, cudnn], None);
        check(&[runtime, blas_lt, blas, random, compiler], &[], &[], Some(&format!("{cudnn} is missing")));
        check(&[], &[], &[], Some(&format!("{runtime} is missing")));
        let separator = std::path::MAIN_SEPARATOR;
        check(
            &NEEDED[1..],
            &[runtime],
            &[],
            Some(&format!("HERE{separator}{runtime} cannot be loaded (file too short)")),
        );
    }
}
