//! Taking the shared libraries out of a Python wheel.

use std::{
    env::consts::OS,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use super::file_name::is_library;
use tauscope_core::error::{Error, Result};

/// Takes the libraries out of `wheel` into `folder` under their own names. They are safely on the disk when this returns.
///
/// # Errors
/// [`Error::Library`] if the wheel cannot be read or holds none for this system, [`Error::File`].
pub(super) fn unpack(wheel: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let damaged = |detail: String| Error::Library {
        problem: format!("A downloaded wheel of ONNX Runtime cannot be read: {detail}."),
        remedy: "Start again to fetch it anew.".into(),
    };
    let file = File::open(wheel).map_err(Error::reading(wheel))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    let names = archive.file_names_raw().filter_map(|name| str::from_utf8(name).ok());
    let entries: Vec<_> = names.map(str::to_owned).collect();
    let mut unpacked = Vec::new();
    for entry in &entries {
        let Some(name) = library_name(entry) else { continue };
        let path = folder.join(name);
        let mut content = archive.by_name(entry).map_err(|error| damaged(error.to_string()))?;
        let mut library = File::create_new(&path).map_err(Error::writing(&path))?;
        io::copy(&mut content, &mut library)
            .and_then(|_| library.sync_all())
            .map_err(Error::writing(&path))?;
        unpacked.push(path);
    }
    if unpacked.is_empty() {
        Err(damaged("it holds no library for this system".into()))
    } else {
        Ok(unpacked)
    }
}

/// The file name of a wheel's entry if it is a library that is used, which Python's own modules are not.
fn library_name(entry: &str) -> Option<&str> {
    let (folder, name) = entry.rsplit_once('/')?;
    let used = matches!(
        folder.split('/').collect::<Vec<_>>()[..],
        ["onnxruntime", "capi"]
            | ["onnxruntime_ep_webgpu"]
            | ["nvidia", _, "lib" | "bin"]
            | ["nvidia", _, "bin", "x86_64"]
    );
    (used && is_library(name, OS)).then_some(name)
}

#[cfg(test)]
pub(super) mod tests {
    use std::{collections::BTreeSet, io::Write};

    use super::{super::file_name::loader_names, *};

    /// A wheel with these entries, each of which holds "library".
    pub(in super::super) fn write_fake_wheel(path: &Path, entries: &[String]) {
        let mut archive = zip::ZipWriter::new(File::create(path).unwrap());
        for entry in entries {
            archive.start_file(entry, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(b"library").unwrap();
        }
        archive.finish().unwrap();
    }

    /// Where this system's library lies in a wheel.
    pub(in super::super) fn entry() -> String {
        format!("onnxruntime/capi/{}", loader_names()[0])
    }

    #[test]
    fn the_libraries_and_nothing_else_are_taken_out() {
        fn check(entries: &[&str], expected: &[&str]) {
            let folder = tempfile::tempdir().unwrap();
            let wheel = folder.path().join("fake.whl");
            write_fake_wheel(&wheel, &entries.iter().map(ToString::to_string).collect::<Vec<_>>());
            let inside = folder.path().join("inside");
            std::fs::create_dir(&inside).unwrap();
            let unpacked = unpack(&wheel, &inside);
            assert_eq!(unpacked.is_ok(), !expected.is_empty(), "{entries:?}: {unpacked:?}");
            let names: BTreeSet<_> = unpacked.unwrap_or_default().into_iter().collect();
            assert_eq!(names, expected.iter().map(|name| inside.join(name)).collect(), "{entries:?}");
            for path in names {
                assert_eq!(std::fs::read(path).unwrap(), b"library");
            }
        }
        let library = loader_names()[0];
        let [provider, module] = match OS {
            "windows" => ["onnxruntime_providers_cuda.dll", "onnxruntime_pybind11_state.pyd"],
            "macos" => ["libonnxruntime_providers_shared.dylib", "onnxruntime_pybind11_state.so"],
            _ => [
                "libonnxruntime_providers_cuda.so",
                "onnxruntime_pybind11_state.cpython-312-x86_64-linux-gnu.so",
            ],
        };
        let inside = |name: &str| format!("onnxruntime/capi/{name}");
        check(&[&entry(), &inside(provider), &inside(module), "onnxruntime/LICENSE"], &[library, provider]);
        check(&[&format!("onnxruntime_ep_webgpu/{library}")], &[library]);
        check(&[&format!("nvidia/cu13/lib/{library}")], &[library]);
        check(&[&format!("nvidia/cu13/bin/x86_64/{library}")], &[library]);
        check(&[&format!("nvidia/cu13/include/{library}"), "onnxruntime/LICENSE"], &[]);
        check(&[&format!("../../{}", entry())], &[]);
        check(&[&inside(&format!("../{library}"))], &[]);
        check(&[&inside(&format!("..\\{library}"))], &[]);
    }

    #[test]
    fn a_damaged_wheel_is_a_message() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("fake.whl");
        std::fs::write(&wheel, "half a wheel").unwrap();
        let message = unpack(&wheel, folder.path()).unwrap_err().to_string();
        assert!(message.contains("cannot be read") && message.contains("Start again"), "{message}");
    }
}
