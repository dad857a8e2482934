//! The real binary over folders of SDXL's relatives.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tauscope_testing::{
    scenes, set,
    variants::{SCHEDULER, fixed_to, playground},
};
use tempfile::TempDir;

use crate::tauscope;

/// What the program prints, `--json` or not.
fn output(arguments: &[&str]) -> String {
    let output = tauscope(arguments).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("Unicode")
}

fn json_of(arguments: &[&str]) -> Value {
    serde_json::from_str(&output(arguments)).expect("one JSON object")
}

fn path(folder: &Path) -> &str {
    folder.to_str().expect("a Unicode path")
}

/// Paints with the model in `folder` and returns the settings that were in force.
fn painted(folder: &Path, given: &[&str]) -> Value {
    let out = tempfile::tempdir().expect("a folder");
    let arguments =
        ["generate", "--json", "--quiet", "--prompt", "a cat", "--out", path(out.path()), "--model"];
    let summary = json_of(&[&arguments[..], &[path(folder)], given].concat());
    assert!(fs::metadata(summary["files"][0].as_str().expect("a path")).is_ok_and(|about| about.len() > 0));
    summary["settings"].clone()
}

fn scheduled(config: Value) -> TempDir {
    let folder = scenes();
    set(&folder, SCHEDULER, "", config);
    folder
}

#[test]
fn a_folder_says_how_it_is_sampled_and_what_is_given_wins() {
    fn check(config: Value, given: &[&str], expected: (&str, u64, f64)) {
        let settings = painted(scheduled(config).path(), &[&["--size", "96x64"], given].concat());
        let found = (&settings["sampler"], &settings["steps"], &settings["guidance_scale"]);
        assert_eq!(found, (&expected.0.into(), &expected.1.into(), &expected.2.into()));
    }
    let turbo = || json!({"_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"});
    let lcm = || json!({"_class_name": "LCMScheduler", "original_inference_steps": 50});
    check(turbo(), &[], ("euler-a", 4, 0.0));
    check(lcm(), &[], ("lcm", 4, 1.0));
    check(turbo(), &["--steps", "2"], ("euler-a", 2, 0.0));
    check(lcm(), &["--sampler", "euler", "--guidance", "1.5"], ("euler", 4, 1.5));
    check(
        playground(),
        &["--sampler", "euler-karras", "--steps", "3", "--guidance", "2"],
        ("euler-karras", 3, 2.0),
    );
}

#[test]
fn a_folder_of_one_size_is_painted_at_it() {
    let settings = painted(fixed_to([2, 4, 32, 32]).path(), &["--steps", "2"]);
    assert_eq!((&settings["width"], &settings["height"]), (&256.into(), &256.into()));
}

#[test]
fn inspect_tells_the_size_and_what_suits_a_model() {
    fn check(folder: &TempDir, line: &str, size: Value, defaults: Value) {
        let page = output(&["inspect", path(folder.path())]);
        assert!(page.contains(line), "{line:?} is not in\n{page}");
        let found = json_of(&["inspect", "--json", path(folder.path())]);
        assert_eq!((&found["fixed_size"], &found["defaults"]), (&size, &defaults));
    }
    let of = |sampler: &str, steps: usize, guidance: f64| json!({"sampler": sampler, "steps": steps, "guidance_scale": guidance});
    check(
        &fixed_to([1, 4, 32, 32]),
        "SDXL, 256 px, 256 x 256 px only, EulerDiscreteScheduler, ",
        json!({"width": 256, "height": 256}),
        of("euler", 25, 6.0),
    );
    check(
        &fixed_to([-1, 4, 24, -1]),
        "SDXL, 256 px, 192 px high only, EulerDiscreteScheduler, ",
        json!({"width": null, "height": 192}),
        of("euler", 25, 6.0),
    );
    check(
        &scheduled(json!({"_class_name": "LCMScheduler"})),
        "of weights\n  it is painted with LCM, 4 steps and guidance 1 unless others are chosen\n",
        json!({"width": null, "height": null}),
        of("lcm", 4, 1.0),
    );
}
