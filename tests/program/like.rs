//! `--like`: pictures that are painted again from what their files say.

use std::{fs, path::Path};

use image::RgbImage;
use serde_json::Value;
use tauscope_studio::export::{Metadata, write_image};

use crate::{files, generate, run};

/// A picture of another program with this text.
fn theirs(folder: &Path, text: &str) -> String {
    let path = folder.join("theirs.png");
    let metadata = Metadata { parameters: Some(text.to_owned()), ..Metadata::default() };
    write_image(&path, &RgbImage::new(8, 8), &metadata).expect("a picture");
    path.to_str().expect("a Unicode path").to_owned()
}

fn pixels(summary: &Value) -> RgbImage {
    image::open(&files(summary)[0]).expect("a picture").into_rgb8()
}

#[test]
fn a_picture_of_ours_is_repeated_and_options_change_it() {
    let out = tempfile::tempdir().expect("a folder");
    let first = generate(
        out.path(),
        &[
            "--prompt",
            "a red cat and a blue dog",
            "--entities",
            "a red cat;a blue dog",
            "--size",
            "96x64",
            "--steps",
            "2",
            "--preset",
            "our-reading",
            "--sampler",
            "euler-a",
            "--negative",
            "snow",
            "--guidance",
            "5",
            "--seed",
            "7",
        ],
    );
    let picture = files(&first)[0].to_str().expect("a Unicode path").to_owned();
    let again = generate(out.path(), &["--like", &picture]);
    assert_eq!(pixels(&first), pixels(&again));
    assert_eq!((&first["settings"], &first["notices"]), (&again["settings"], &again["notices"]));

    let changed =
        generate(out.path(), &["--like", &picture, "--seed", "8", "--tau", "1", "--temperature-end", "1"]);
    let expected = |key: &str, value: Value| assert_eq!(changed["settings"][key], value, "{key}");
    expected("seed", 8.into());
    expected("negative_prompt", "snow".into());
    expected("sampler", "euler-a".into());
    expected("groups", first["settings"]["groups"].clone());
    assert_eq!(changed["settings"]["control"]["tau"], 1.0);
    assert_eq!(changed["settings"]["control"]["mask"], first["settings"]["control"]["mask"]);

    let other = generate(out.path(), &["--like", &picture, "--prompt", "a horse", "--preset", "neutral"]);
    assert_eq!(other["settings"]["prompt"], "a horse");
    assert_eq!(other["groups"], "");
}

#[test]
fn a_picture_of_another_program_is_repeated_as_far_as_it_goes() {
    let out = tempfile::tempdir().expect("a folder");
    let check = |line: &str, expected: &[(&str, Value)], notices: &[&str]| {
        let file = theirs(out.path(), &format!("a red cat\n{line}"));
        let summary = generate(out.path(), &["--like", &file]);
        for (key, value) in expected {
            assert_eq!(&summary["settings"][key], value, "{line}: {key}");
        }
        let told = summary["notices"].as_array().expect("notices");
        assert_eq!(told.len(), notices.len(), "{line}: {told:?}");
        for (told, part) in told.iter().zip(notices) {
            assert!(told.as_str().is_some_and(|told| told.contains(part)), "{told} lacks {part}");
        }
    };
    check(
        "Steps: 2, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5, Seed: 3, Size: 96x64, Version: v1.9.4",
        &[
            ("prompt", "a red cat".into()),
            ("sampler", "dpmpp-2m-karras".into()),
            ("steps", 2.into()),
            ("seed", 3.into()),
            ("guidance_scale", 5.0.into()),
            ("width", 96.into()),
            ("height", 64.into()),
        ],
        &[],
    );
    check(
        "Steps: 2, Sampler: Restart, CFG scale: 5, Seed: 3, Size: 250x256, Hires upscale: 2",
        &[("sampler", "euler".into()), ("width", 256.into()), ("height", 256.into())],
        &["A width of 250 pixels", "\"Restart\"", "Hires upscale: 2"],
    );
}

#[test]
fn a_file_that_says_nothing_is_refused_with_a_sentence() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().to_str().expect("a Unicode path");
    let check = |file: &str, expected: &str| {
        let output = run(&["generate", "--like", file, "--out", folder]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{file}: {said}");
        assert!(said.contains(expected), "{file}: {said}");
    };
    let written = |name: &str, bytes: &[u8]| {
        let path = out.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path.to_str().expect("a Unicode path").to_owned()
    };
    check("/nowhere.png", "/nowhere.png");
    check(&written("text.png", b"text"), "no whole PNG");
    let whole = fs::read(theirs(out.path(), "a cat")).expect("a picture");
    check(&written("half.png", &whole[..whole.len() / 2]), "no whole PNG");
    let silent = out.path().join("silent.png");
    write_image(&silent, &RgbImage::new(8, 8), &Metadata::default()).expect("a picture");
    check(silent.to_str().expect("a Unicode path"), "carries no settings");
}
