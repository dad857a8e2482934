//! What can be fetched: bundles of Python wheels, pinned by hash in packaging/onnxruntime, whose libraries alone are
//! used.

use std::{
    env::consts::{ARCH, OS},
    path::Path,
};

use super::Device;

/// Wheels that are fetched together into a folder of their own.
#[derive(Debug)]
pub(super) struct Bundle {
    /// What it is, for people.
    pub(super) name: &'static str,
    /// Its folder among the fetched libraries.
    pub(super) folder: &'static str,
    /// The file that tells an ONNX Runtime of this kind from others; empty if any will do.
    provider: &'static str,
    /// What pip is told to fetch: versions, and the sha256 of every wheel.
    pub(super) requirements: &'static str,
    /// Operating system and architecture as in [`std::env::consts`], and the wheels for them.
    machines: &'static [(&'static str, &'static str, Wheels)],
}

/// The wheels of a bundle for one kind of machine: for CPython 3.12, whatever Python is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wheels {
    /// pip's platform tags. Not every pip knows that `manylinux_2_27` runs what `manylinux2014` does.
    pub(super) platforms: &'static [&'static str],
    /// Size of the files.
    pub(super) bytes: u64,
}

const fn wheels(platforms: &'static [&'static str], bytes: u64) -> Wheels {
    Wheels { platforms, bytes }
}

/// ONNX Runtime for the CPU.
pub(super) static CPU: Bundle = Bundle {
    name: "ONNX Runtime 1.32.0",
    folder: "cpu",
    provider: "",
    requirements: include_str!("../../../packaging/onnxruntime/cpu.txt"),
    machines: &[
        ("linux", "x86_64", wheels(&["manylinux_2_28_x86_64"], 27_780_211)),
        ("linux", "aarch64", wheels(&["manylinux_2_28_aarch64"], 23_196_724)),
        ("macos", "aarch64", wheels(&["macosx_14_0_arm64"], 22_519_308)),
        ("windows", "x86_64", wheels(&["win_amd64"], 16_698_767)),
    ],
};

/// ONNX Runtime with its CUDA provider.
pub(super) static CUDA: Bundle = Bundle {
    name: "ONNX Runtime 1.31.1 for CUDA",
    folder: "cuda",
    provider: if cfg!(windows) {
        "onnxruntime_providers_cuda.dll"
    } else {
        "libonnxruntime_providers_cuda.so"
    },
    requirements: include_str!("../../../packaging/onnxruntime/cuda.txt"),
    machines: &[
        ("linux", "x86_64", wheels(&["manylinux_2_28_x86_64"], 255_569_273)),
        ("windows", "x86_64", wheels(&["win_amd64"], 168_098_228)),
    ],
};

/// What the CUDA provider of [`CUDA`] loads. The other libraries of CUDA are for Fourier transforms and the like.
pub(super) static NVIDIA: Bundle = Bundle {
    name: "NVIDIA's CUDA 13.5 and cuDNN 9.28",
    folder: "nvidia",
    provider: "",
    requirements: include_str!("../../../packaging/onnxruntime/nvidia.txt"),
    machines: &[
        ("linux", "x86_64", wheels(&["manylinux_2_27_x86_64", "manylinux2014_x86_64"], 1_098_910_809)),
        ("windows", "x86_64", wheels(&["win_amd64"], 963_709_916)),
    ],
};

/// ONNX Runtime with its DirectML provider, and DirectML.
pub(super) static DIRECTML: Bundle = Bundle {
    name: "ONNX Runtime 1.24.4 for DirectML",
    folder: "directml",
    provider: "DirectML.dll",
    requirements: include_str!("../../../packaging/onnxruntime/directml.txt"),
    machines: &[("windows", "x86_64", wheels(&["win_amd64"], 25_111_930))],
};

/// ONNX Runtime with its OpenVINO provider, and OpenVINO.
pub(super) static OPENVINO: Bundle = Bundle {
    name: "ONNX Runtime 1.24.1 for OpenVINO",
    folder: "openvino",
    provider: "libonnxruntime_providers_openvino.so",
    requirements: include_str!("../../../packaging/onnxruntime/openvino.txt"),
    machines: &[("linux", "x86_64", wheels(&["manylinux_2_28_x86_64"], 84_433_207))],
};

/// The WebGPU provider, a plugin.
pub(super) static WEBGPU: Bundle = Bundle {
    name: "the WebGPU plugin 0.4.0",
    folder: "webgpu",
    provider: "",
    requirements: include_str!("../../../packaging/onnxruntime/webgpu.txt"),
    machines: &[
        ("linux", "x86_64", wheels(&["manylinux_2_28_x86_64"], 6_892_120)),
        ("linux", "aarch64", wheels(&["manylinux_2_28_aarch64"], 6_096_222)),
        ("macos", "aarch64", wheels(&["macosx_14_0_arm64", "macosx_14_0_universal2"], 5_200_679)),
        ("windows", "x86_64", wheels(&["win_amd64"], 13_149_847)),
    ],
};

impl Bundle {
    /// The ONNX Runtime that a device needs, or any if there is none of its own for this machine.
    pub(super) fn for_device(device: Device) -> &'static Self {
        let bundle = match device {
            Device::Cpu | Device::WebGpu => &CPU,
            Device::Cuda => &CUDA,
            Device::DirectMl => &DIRECTML,
            Device::OpenVino => &OPENVINO,
        };
        if bundle.wheels().is_some() { bundle } else { &CPU }
    }

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

    fn wheels_for(&self, os: &str, arch: &str) -> Option<&Wheels> {
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
    use std::collections::BTreeSet;

    use super::*;

    /// A bundle whose wheels are whatever a test's pip leaves.
    pub(in super::super) static FAKE: Bundle = Bundle {
        name: "Fake",
        folder: "fake",
        provider: "",
        requirements: "fake==1",
        machines: &[(OS, ARCH, wheels(&["any"], 1000))],
    };

    #[test]
    fn the_pins_have_a_hash_for_every_wheel() {
        for bundle in [&CPU, &CUDA, &NVIDIA, &DIRECTML, &OPENVINO, &WEBGPU] {
            let hashes: BTreeSet<_> = bundle
                .requirements
                .split_whitespace()
                .filter_map(|word| word.strip_prefix("--hash=sha256:"))
                .filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
                .collect();
            assert_eq!(hashes.len(), bundle.machines.len() * bundle.packages().count(), "{}", bundle.name);
        }
    }

    #[test]
    fn names_and_pins_tell_the_same_version() {
        for bundle in [&CPU, &CUDA, &DIRECTML, &OPENVINO, &WEBGPU] {
            let package = bundle.packages().next().unwrap();
            let (name, version) = package.split_once("==").unwrap();
            assert!(name.starts_with("onnxruntime"), "{package}");
            assert!(bundle.name.split(' ').any(|word| word == version), "{} and {package}", bundle.name);
        }
    }

    #[test]
    fn a_machine_has_its_wheels_or_none() {
        fn check(bundle: &Bundle, os: &str, arch: &str, expected: Option<&str>) {
            let platform = bundle.wheels_for(os, arch).map(|wheels| wheels.platforms[0]);
            assert_eq!(platform, expected, "{} on {os} {arch}", bundle.name);
        }
        check(&CPU, "linux", "aarch64", Some("manylinux_2_28_aarch64"));
        check(&CPU, "macos", "x86_64", None);
        check(&CUDA, "linux", "aarch64", None);
        check(&DIRECTML, "linux", "x86_64", None);
        check(&DIRECTML, "windows", "x86_64", Some("win_amd64"));
    }
}
