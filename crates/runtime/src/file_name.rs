//! The file names of libraries, and which ONNX Runtime of several is the newest.

use std::{
    env::consts::OS,
    path::{Path, PathBuf},
};

/// The version in a runtime library's file name on `os` (as in [`std::env::consts::OS`]): empty for a plain
/// `libonnxruntime.so`, `None` for any other file.
pub(super) fn version_in(file_name: &str, os: &str) -> Option<Vec<u32>> {
    let (before, after) = match os {
        "windows" => ("onnxruntime", ".dll"),
        "macos" => ("libonnxruntime", ".dylib"),
        _ => ("libonnxruntime.so", ""),
    };
    let version = file_name.strip_prefix(before)?.strip_suffix(after)?;
    if version.is_empty() {
        return Some(Vec::new());
    }
    version.strip_prefix('.')?.split('.').map(|number| number.parse().ok()).collect()
}

/// Whether this is the file name of a shared library on `os`, without a folder.
pub(super) fn is_library(file_name: &str, os: &str) -> bool {
    let plain = file_name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    plain
        && match os {
            "windows" => file_name.ends_with(".dll"),
            "macos" => file_name.starts_with("lib") && file_name.ends_with(".dylib"),
            _ => file_name.starts_with("lib") && (file_name.ends_with(".so") || file_name.contains(".so.")),
        }
}

/// The runtime libraries in `folder`, newest first by the versions in their names; none if it cannot be read.
pub(super) fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Some((version_in(entry.file_name().to_str()?, OS)?, entry.path())))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

/// Names to ask the dynamic loader for: the plain one, and on Linux also the one that distributions install without their
/// development package.
pub(super) fn loader_names() -> &'static [&'static str] {
    match OS {
        "windows" => &["onnxruntime.dll"],
        "macos" => &["libonnxruntime.dylib"],
        _ => &["libonnxruntime.so", "libonnxruntime.so.1"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_version() {
        fn check(file_name: &str, os: &str, expected: Option<&[u32]>) {
            assert_eq!(version_in(file_name, os).as_deref(), expected, "{file_name} on {os}");
        }
        check("libonnxruntime.so", "linux", Some(&[]));
        check("libonnxruntime.so.1", "linux", Some(&[1]));
        check("libonnxruntime.so.1.32.0", "linux", Some(&[1, 32, 0]));
        check("libonnxruntime.dylib", "macos", Some(&[]));
        check("libonnxruntime.1.32.0.dylib", "macos", Some(&[1, 32, 0]));
        check("onnxruntime.dll", "windows", Some(&[]));
        check("libonnxruntime_providers_shared.so", "linux", None);
        check("libonnxruntime.so.old", "linux", None);
        check("libonnxruntime.so1", "linux", None);
        check("onnxruntime_providers_shared.dll", "windows", None);
        check("onnxruntime_pybind11_state.pyd", "windows", None);
        check("libonnxruntime.so", "windows", None);
    }

    #[test]
    fn libraries_are_told_from_other_files() {
        fn check(file_name: &str, os: &str, expected: bool) {
            assert_eq!(is_library(file_name, os), expected, "{file_name} on {os}");
        }
        check("libcublasLt.so.13", "linux", true);
        check("libonnxruntime_providers_cuda.so", "linux", true);
        check("onnxruntime_pybind11_state.cpython-312-x86_64-linux-gnu.so", "linux", false);
        check("libnotes.txt", "linux", false);
        check("lib/../../evil.so", "linux", false);
        check("DirectML.dll", "windows", true);
        check("..\\evil.dll", "windows", false);
        check("onnxruntime_pybind11_state.pyd", "windows", false);
        check("libonnxruntime.1.32.0.dylib", "macos", true);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_newest_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["libonnxruntime.so", "libonnxruntime.so.1.9.1", "libonnxruntime.so.1.32.0", "notes.txt"]
        {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names: Vec<_> = libraries_in(folder.path())
            .into_iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["libonnxruntime.so.1.32.0", "libonnxruntime.so.1.9.1", "libonnxruntime.so"]);
        assert!(libraries_in(&folder.path().join("missing")).is_empty());
    }
}
