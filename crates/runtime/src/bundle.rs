//! What is fetched for a device: a bundle of Python wheels, of which only the libraries are used. Which bundles there
//! are is said by the devices; their versions are pinned by hash in packaging/onnxruntime.

use std::{
    env::consts::{ARCH, OS},
    path::Path,
};

/// Wheels that are fetched together into a folder of their own.
#[derive(Debug)]
pub(super) struct Bundle {
    /// What it is, for people.
    pub(super) name: &'static str,
    /// Its folder among the fetched libraries.
    pub(super) folder: &'static str,
    /// The file beside it that tells an ONNX Runtime of this kind from others; empty if any will do.
    pub(super) provider: &'static str,
    /// What pip is told to fetch: versions, and the sha256 of every wheel.
    pub(super) requirements: &'static str,
    /// Operating system and architecture as in [`std::env::consts`], and the wheels for them.
    pub(super) machines: &'static [(&'static str, &'static str, Wheels)],
}

/// The wheels of a bundle for one kind of machine: for CPython 3.12, whatever Python is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wheels {
    /// pip's platform tags. Not every pip knows that `manylinux_2_27` runs what `manylinux2014` does.
    pub(super) platforms: &'static [&'static str],
    /// Size of the files.
    pub(super) bytes: u64,
}

/// Wheels of these platforms, so many bytes together.
pub(super) const fn wheels(platforms: &'static [&'static str], bytes: u64) -> Wheels {
    Wheels { platforms, bytes }
}

impl Bundle {
    /// Whether an ONNX Runtime in `folder` is of this kind.
    pub(super) fn is_like(&self, folder: &Path) -> bool {
        self.is_any() || folder.join(self.provider).is_file()
    }

    /// Whether every ONNX Runtime is of this kind.
    pub(super) fn is_any(&self) -> bool {
        self.provider.is_empty()
    }

    /// The wheels for this machine; `None` if there are none.
    pub(super) fn wheels(&self) -> Option<&Wheels> {
        self.wheels_for(OS, ARCH)
    }

    /// The wheels for an operating system and an architecture.
    pub(super) fn wheels_for(&self, os: &str, arch: &str) -> Option<&Wheels> {
        self.machines
            .iter()
            .find(|(its_os, its_arch, _)| (*its_os, *its_arch) == (os, arch))
            .map(|(.., wheels)| wheels)
    }

    /// The packages with their versions, as pip takes them: "onnxruntime==1.32.0".
    pub(super) fn packages(&self) -> impl Iterator<Item = &'static str> {
        let lines = self.requirements.lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).filter(|word| word.contains("=="))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A bundle whose wheels are whatever a test's pip leaves.
    pub(in super::super) static FAKE: Bundle = Bundle {
        name: "Fake",
        folder: "fake",
        provider: "",
        requirements: "fake==1",
        machines: &[(OS, ARCH, wheels(&["any"], 1000))],
    };
}
