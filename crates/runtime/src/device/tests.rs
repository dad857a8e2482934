use std::collections::BTreeSet;

use super::*;

/// Everything that is fetched for some device.
fn bundles() -> impl Iterator<Item = &'static Bundle> {
    Device::ALL.into_iter().flat_map(|Device(described)| [Some(described.library), described.extra]).flatten()
}

#[test]
fn the_pins_have_a_hash_for_every_wheel() {
    for bundle in bundles() {
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
    // NVIDIA's libraries have a version each.
    for bundle in bundles().filter(|bundle| bundle.folder != nvidia::LIBRARIES.folder) {
        let package = bundle.packages().next().unwrap();
        let (name, version) = package.split_once("==").unwrap();
        assert!(name.starts_with("onnxruntime"), "{package}");
        assert!(bundle.name.split(' ').any(|word| word == version), "{} and {package}", bundle.name);
    }
}

#[test]
fn a_machine_has_its_wheels_or_none() {
    fn check(device: &str, os: &str, arch: &str, expected: Option<&str>) {
        let library = Device::from_argument(device).unwrap().description().library;
        let platform = library.wheels_for(os, arch).map(|wheels| wheels.platforms[0]);
        assert_eq!(platform, expected, "{device} on {os} {arch}");
    }
    check("cpu", "linux", "aarch64", Some("manylinux_2_28_aarch64"));
    check("cpu", "macos", "x86_64", None);
    check("cuda", "linux", "aarch64", None);
    check("directml", "linux", "x86_64", None);
    check("directml", "windows", "x86_64", Some("win_amd64"));
    check("webgpu", "linux", "x86_64", Some("manylinux_2_28_x86_64"));
}

#[test]
fn devices_are_told_apart() {
    for (index, device) in Device::ALL.into_iter().enumerate() {
        let others = &Device::ALL[index + 1..];
        assert!(others.iter().all(|other| other != &device && other.to_string() != device.to_string()));
        assert_eq!(Device::from_argument(device.argument()), Some(device));
        // Its library has a folder of its own, or is any.
        let Bundle { folder, provider, .. } = device.description().library;
        let shares = |other: &&Device| other.description().library.folder == *folder;
        assert!(provider.is_empty() || !others.iter().any(|other| shares(&other)), "{device}");
    }
    assert_eq!(Device::from_argument("auto"), None);
}
