//! What a person should know about a run: the same sentences on standard error and in JSON.

use std::fs;

use serde_json::Value;
use tauscope_studio::export::NpzArchive;
use tauscope_testing::scenes;

use crate::{files, generate, run};

/// Runs with these options; gives the notices in the JSON, all of which standard error says too.
fn notices(arguments: &[&str]) -> Vec<String> {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().to_str().expect("a Unicode path");
    let all = ["generate", "--json", "--size", "96x64", "--steps", "2", "--seed", "1", "--out", folder];
    let output = run(&[&all[..], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let notices = summary["notices"].as_array().expect("a list").iter();
    let notices: Vec<_> = notices.map(|notice| notice.as_str().expect("a sentence").to_owned()).collect();
    for notice in &notices {
        assert!(said.contains(notice), "{notice:?} is not in {said}");
    }
    notices
}

#[test]
fn what_standard_error_says_is_in_the_json() {
    fn check(arguments: &[&str], expected: &[&str]) {
        let told = notices(arguments);
        for part in expected {
            assert!(told.iter().any(|notice| notice.contains(part)), "{arguments:?}: {told:?} lacks {part}");
        }
        assert!(!expected.is_empty() || told.is_empty(), "{arguments:?}: {told:?}");
    }
    check(&["--prompt", "a red cat"], &[]);
    check(&["--prompt", "a red cat", "--mask", "--entities", "a red cat"], &["The mask did nothing"]);
    check(&["--prompt", "a zeppelin"], &["never seen: zeppelin"]);
    check(&["--prompt", "a cat BREAK a dog"], &["BREAK starts a new chunk"]);
    check(&["--prompt", "a [cat:dog:0.5]"], &["\"cat\""]);
    check(&["--prompt", "a {red|blue} cat <lora:x:1>"], &["\"red\"", "<lora:x:1>"]);
    check(&["--prompt", "a cat", "--negative", "(snow:1.3) <lora:y:1>"], &["no effect", "<lora:y:1>"]);
    check(&["--prompt", "a cat", "--low-memory", "on"], &["loaded only while they are needed"]);
    check(&["--prompt", "a cat", "--tau", "0.3"], &["τ was far from 1"]);
}

/// Files that diffusers writes were refused, and solvers replaced in silence.
#[test]
fn a_models_scheduler_is_done_or_told() {
    fn check(config: &str, expected: Option<&str>) {
        let model = scenes();
        fs::write(model.path().join("scheduler/scheduler_config.json"), config).expect("a file");
        let folder = model.path().to_str().expect("a Unicode path");
        let told = notices(&["--prompt", "a red cat", "--model", folder]);
        let about: Vec<_> = told.iter().filter(|notice| notice.contains("scheduler")).collect();
        assert_eq!(about.len(), usize::from(expected.is_some()), "{config}: {told:?}");
        assert!(expected.is_none_or(|part| about[0].contains(part)), "{config}: {told:?}");
        let inspected = run(&["inspect", folder, "--json"]);
        let inspected: Value = serde_json::from_slice(&inspected.stdout).expect("one JSON object");
        assert_eq!(inspected["notices"].as_array().map(Vec::len), Some(about.len()), "{config}");
    }
    let betas = r#""beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear""#;
    let config = |class: &str, more: &str| format!(r#"{{"_class_name": "{class}", {betas}{more}}}"#);
    check(&config("DPMSolverMultistepScheduler", r#", "lambda_min_clipped": -Infinity"#), None);
    check(&config("EulerDiscreteScheduler", r#", "prediction_type": null, "trained_betas": null"#), None);
    check(&format!("\u{feff}{}", config("UniPCMultistepScheduler", "")), None);
    check(&config("DEISMultistepScheduler", ""), Some("DEISMultistepScheduler"));
    check(&config("DPMSolverMultistepScheduler", r#", "algorithm_type": "dpmsolver""#), Some("dpmsolver"));
}

/// A pair of brackets with the number 0 was painted as text.
#[test]
fn a_weight_of_zero_silences_a_word() {
    let out = tempfile::tempdir().expect("a folder");
    let heat = |prompt: &str| {
        let options = ["--prompt", prompt, "--size", "96x64", "--steps", "2", "--seed", "1", "--maps", "npz"];
        let file = &files(&generate(out.path(), &options))[1];
        let mut archive = NpzArchive::new(fs::File::open(file).expect("a file")).expect("an archive");
        let name = archive.array_names().find(|name| name.ends_with("-cat")).expect("the word").to_owned();
        let array = archive.by_name(&name, u64::MAX).expect("whole").expect("there");
        array.into_vec::<f32>().expect("numbers").into_iter().sum::<f32>()
    };
    let (loud, silent) = (heat("a boy and a (cat:1)"), heat("a boy and a (cat:0)"));
    // Not nothing: a head that looks at this word alone has nowhere else to look.
    assert!(silent < 0.2 * loud, "{silent} beside {loud}");
}
