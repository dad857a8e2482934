//! Networks that a person brings give what their makers' code computes (`tests/data/judges/make.py`).

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, de::DeserializeOwned};
use tauscope_core::{CancelToken, Result};
use tauscope_runtime::{Runtime, SessionOptions};
use tauscope_studies::judges::{ClipScore, Judge, NetworkFeatures, Picture, Reward, Verdict};

use super::{data, options, picture, words};

/// What the makers' code says of each picture.
#[derive(Deserialize)]
struct Told {
    prompts: Vec<String>,
    /// A number a prompt, or features that have nothing to do with prompts.
    pictures: BTreeMap<String, Vec<f64>>,
}

/// Each picture with what was told of it.
fn told(judge: &str) -> Told {
    let told: Told = json(&data(&format!("judges/{judge}_told.json")));
    assert_eq!((told.prompts.len(), told.pictures.len()), (3, 4));
    told
}

fn json<T: DeserializeOwned>(file: &Path) -> T {
    serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON")
}

fn open<J>(
    judge: impl Fn(&Runtime, &Path, &SessionOptions, &CancelToken) -> Result<J>,
    file: &Path,
) -> Result<J> {
    judge(&tauscope_testing::runtime(), file, &options(), &CancelToken::new())
}

/// The verdict on a picture of the makers' for a prompt.
fn verdict(judge: &mut impl Judge, file: &str, prompt: &str) -> Verdict {
    let folder = if file.contains('-') { "reader" } else { "judges" };
    let (image, prompt) = (picture(&format!("{folder}/{file}")), words(prompt));
    let picture = Picture { image: image.view(), file: None, prompt: &prompt };
    judge.judge(&picture, &CancelToken::new()).expect("a verdict")
}

/// Holds a judge's scores to what was told of every picture and prompt.
fn check_scores(mut judge: impl Judge, name: &str, most: f64) {
    let told = told(name);
    for (file, scores) in told.pictures {
        for (prompt, expected) in told.prompts.iter().zip(scores) {
            let Verdict::Score(score) = verdict(&mut judge, &file, prompt) else { panic!("no score") };
            assert!((score - expected).abs() < most, "{file}, {prompt:.20}: {score} and {expected}");
        }
    }
}

#[test]
fn the_clip_score_is_that_of_transformers() {
    check_scores(open(ClipScore::open, &data("judges/clip")).unwrap(), "clip", 1e-4);
}

#[test]
fn a_reward_is_what_its_network_gives() {
    check_scores(open(Reward::open, &data("judges/reward/reward.onnx")).unwrap(), "reward", 1e-6);
}

#[test]
fn features_are_what_their_network_gives() {
    let mut judge = open(NetworkFeatures::open, &data("judges/features.onnx")).unwrap();
    assert_eq!(judge.name(), "tiny-fid");
    for (file, expected) in told("features").pictures {
        let Verdict::Features(features) = verdict(&mut judge, &file, "") else { panic!("no features") };
        assert_eq!(features.len(), expected.len());
        for (feature, expected) in features.into_iter().zip(expected) {
            assert!((f64::from(feature) - expected).abs() < 2e-6, "{file}: {feature} and {expected}");
        }
    }
}

#[test]
fn what_is_missing_or_wrong_in_a_folder_is_named() {
    fn check(file: &str, content: Option<&str>, expected: &str) {
        let folder = tempfile::TempDir::new().unwrap();
        for entry in fs::read_dir(data("judges/clip")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        match content {
            Some(content) => fs::write(folder.path().join(file), content).unwrap(),
            None => fs::remove_file(folder.path().join(file)).unwrap(),
        }
        let error = open(ClipScore::open, folder.path()).unwrap_err().to_string();
        assert!(error.contains(file) && error.contains(expected), "{error}");
    }
    check("model.onnx", None, "Check the path");
    check("tokenizer.json", None, "cannot be used");
    check("tokenizer.json", Some("{}"), "cannot be used");
    check("preprocessor_config.json", Some(r#"{"resample": 1}"#), "only 2 (bilinear) and 3 (bicubic)");
    check("preprocessor_config.json", Some(r#"{"size": "large"}"#), "cannot be used");
}

#[test]
fn a_fingerprint_is_of_every_file() {
    let folder = tempfile::TempDir::new().unwrap();
    for file in ["features.onnx", "features.json"] {
        fs::copy(data(&format!("judges/{file}")), folder.path().join(file)).unwrap();
    }
    let network = folder.path().join("features.onnx");
    let fingerprint = || open(NetworkFeatures::open, &network).unwrap().fingerprint();
    let before = fingerprint();
    assert_eq!(before, open(NetworkFeatures::open, &data("judges/features.onnx")).unwrap().fingerprint());
    let card = r#"{"name": "tiny-fid", "input": "picture", "size": 32}"#;
    fs::write(folder.path().join("features.json"), card).unwrap();
    assert_ne!(fingerprint(), before);
}
