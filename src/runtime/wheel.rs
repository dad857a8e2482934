//! The pinned Python wheels that hold the library, and taking it out of one.
//!
//! Versions and hashes are in packaging/onnxruntime/requirements.txt, which pip checks.

use std::{
    env::consts::OS,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use super::file_name;
use crate::error::{Error, Result};

/// The pinned version.
pub(super) const VERSION: &str = "1.32.0";
/// What pip is told to fetch: the version and the sha256 of every wheel in [`WHEELS`].
pub(super) const REQUIREMENTS: &str = include_str!("../../packaging/onnxruntime/requirements.txt");

/// A wheel of [`VERSION`] for CPython 3.12, taken whatever Python is there: only the library in it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wheel {
    /// pip's platform tag.
    pub(super) platform: &'static str,
    /// Size of the file.
    pub(super) bytes: u64,
}

/// Operating system and architecture as in [`std::env::consts`], and the wheel for them.
const WHEELS: [(&str, &str, Wheel); 4] = [
    ("linux", "x86_64", Wheel { platform: "manylinux_2_28_x86_64", bytes: 27_780_211 }),
    ("linux", "aarch64", Wheel { platform: "manylinux_2_28_aarch64", bytes: 23_196_724 }),
    ("macos", "aarch64", Wheel { platform: "macosx_14_0_arm64", bytes: 22_519_308 }),
    ("windows", "x86_64", Wheel { platform: "win_amd64", bytes: 16_698_767 }),
];

impl Wheel {
    /// The wheel for a machine, as [`std::env::consts::OS`] and [`std::env::consts::ARCH`] name it.
    pub(super) fn pinned(os: &str, arch: &str) -> Option<Self> {
        WHEELS
            .iter()
            .find(|(its_os, its_arch, _)| (*its_os, *its_arch) == (os, arch))
            .map(|(_, _, wheel)| *wheel)
    }
}

/// Takes the library out of `wheel` into `folder` under its own name, safely on the disk when this returns.
pub(super) fn unpack(wheel: &Path, folder: &Path) -> Result<PathBuf> {
    let damaged = |detail: String| Error::Library {
        problem: format!("The downloaded wheel of ONNX Runtime cannot be read: {detail}."),
        remedy: "Start again to fetch it anew; `pip cache purge` removes a damaged copy that pip may keep."
            .into(),
    };
    let file = File::open(wheel).map_err(Error::reading(wheel))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    let Some(entry_name) = archive.file_names().find(|name| library_name(name).is_some()).map(str::to_owned)
    else {
        return Err(damaged("it holds no library for this system".into()));
    };
    let path = folder.join(library_name(&entry_name).unwrap_or_default());
    let mut entry = archive.by_name(&entry_name).map_err(|error| damaged(error.to_string()))?;
    let mut library = File::create_new(&path).map_err(Error::writing(&path))?;
    io::copy(&mut entry, &mut library).and_then(|_| library.sync_all()).map_err(Error::writing(&path))?;
    Ok(path)
}

/// The file name of a wheel's entry if it is the runtime's library.
fn library_name(entry: &str) -> Option<&str> {
    let name = entry.strip_prefix("onnxruntime/capi/")?;
    file_name::version_in(name, OS).map(|_| name)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// A wheel with one entry.
    pub(in super::super) fn write_fake_wheel(path: &Path, entry: &str, content: &[u8]) {
        let mut archive = zip::ZipWriter::new(File::create(path).unwrap());
        archive.start_file(entry, zip::write::FileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
        archive.finish().unwrap();
    }

    /// Where this system's library lies in a wheel.
    pub(in super::super) fn entry() -> String {
        format!("onnxruntime/capi/{}", file_name::loader_names()[0])
    }

    #[test]
    fn the_pins_name_one_version_and_a_hash_for_every_wheel() {
        let hashes: std::collections::BTreeSet<_> = REQUIREMENTS
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("--hash=sha256:"))
            .filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .collect();
        assert_eq!(hashes.len(), WHEELS.len());
        assert!(REQUIREMENTS.lines().any(|line| line == format!("onnxruntime=={VERSION} \\")));
    }

    #[test]
    fn a_machine_has_its_wheel_or_none() {
        assert_eq!(Wheel::pinned("linux", "aarch64").unwrap().platform, "manylinux_2_28_aarch64");
        assert_eq!(Wheel::pinned("macos", "x86_64"), None);
    }

    #[test]
    fn the_library_and_nothing_else_is_taken_out() {
        fn check(entry: &str, expected: bool) {
            let folder = tempfile::tempdir().unwrap();
            let wheel = folder.path().join("fake.whl");
            write_fake_wheel(&wheel, entry, b"library");
            let unpacked = unpack(&wheel, folder.path());
            assert_eq!(unpacked.is_ok(), expected, "{entry}: {unpacked:?}");
            if let Ok(path) = unpacked {
                assert_eq!(path.parent(), Some(folder.path()));
                assert_eq!(std::fs::read(path).unwrap(), b"library");
            }
        }
        check(&entry(), true);
        check("onnxruntime/LICENSE", false);
        check(&format!("../../{}", entry()), false);
        check(&format!("onnxruntime/capi/../{}", file_name::loader_names()[0]), false);
    }

    #[test]
    fn a_damaged_wheel_is_a_message() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("fake.whl");
        std::fs::write(&wheel, "half a wheel").unwrap();
        let message = unpack(&wheel, folder.path()).unwrap_err().to_string();
        assert!(message.contains("cannot be read") && message.contains("pip cache purge"), "{message}");
    }
}
