//! The real binary, used as in a shell.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use npyz::WriterBuilder;
use serde_json::Value;
use tauscope_core::diffusion::Settings;
use tauscope_studio::{
    export::{NpzArchive, read_metadata},
    painting::Recipe,
};
use tauscope_testing::reference;

use crate::{files, generate, run, tauscope};

#[test]
fn what_goes_wrong_has_its_exit_code_and_a_sentence() {
    fn check(arguments: &[&str], code: i32, expected: &str) {
        let output = run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().to_str().expect("a Unicode path");
    let file = out.path().join("file");
    std::fs::write(&file, "text").expect("a file");
    let file = file.to_str().expect("a Unicode path");
    check(&["generate"], 2, "--prompt");
    check(&["generate", "--prompt", "cat", "--tau", "9"], 2, "0.2 to 2");
    check(&["generate", "--prompt", "cat", "--sampler", "plms"], 2, "dpmpp-2m");
    check(&["generate", "--prompt", "cat", "--size", "100x100", "--out", folder], 1, "multiple of 32");
    check(&["generate", "--prompt", "cat", "--model", "/nowhere", "--out", folder], 1, "/nowhere");
    check(&["generate", "--prompt", "cat", "--out", &format!("{file}/below")], 1, "Writing");
    check(&["generate", "--prompt", "cat", "--latents", file, "--out", folder], 1, ".npy");
    check(&["generate", "--prompt", "at night", "--mask", "--out", folder], 1, "--entities");
    check(&["generate", "--prompt", "a cat", "--entities", "a dog", "--out", folder], 1, "\"a dog\"");
    check(&["generate", "--prompt", "a cat", "--compare", "--out", folder], 1, "nothing to compare");
    check(&["generate", "--prompt", "cat", "--device", "tpu"], 2, "directml");
    #[cfg(not(windows))]
    check(
        &["generate", "--prompt", "cat", "--device", "directml", "--out", folder],
        1,
        "DirectML cannot be used: ",
    );
    check(&["inspect", folder], 1, "SDXL");
    check(&["inspect", "crates/onnx/tests/fixtures/form_a.onnx", "--self-test"], 1, "a single graph");
}

#[test]
fn a_picture_carries_what_repeats_it() {
    let out = tempfile::tempdir().expect("a folder");
    let prompt = "a (red:1.3) cat, \"a dog\": 猫";
    let first = generate(
        out.path(),
        &["--prompt", prompt, "--size", "96x64", "--steps", "2", "--tau", "0.8", "--sampler", "euler-a"],
    );
    let metadata = read_metadata(&files(&first)[0]).expect("metadata");
    let recipe: Recipe = serde_json::from_value(metadata.settings.expect("our JSON")).expect("a recipe");
    let Settings { width, height, steps, seed, .. } = recipe.settings;
    assert_eq!((recipe.settings.prompt.as_str(), width, height, steps), (prompt, 96, 64, 2));
    let model = tauscope_core::model::ModelFolder::embedded().expect("the embedded model").fingerprint;
    assert_eq!(
        (recipe.model_fingerprint, &first["model_fingerprint"]),
        (Some(model), &model.to_string().into())
    );
    let parameters = metadata.parameters.expect("parameters");
    assert!(parameters.contains("Sampler: Euler a"), "{parameters}");
    assert!(parameters.contains(&format!("Model hash: {}, Model: Scenes", model.short())), "{parameters}");

    let again =
        ["--prompt", prompt, "--size", "96x64", "--steps", "2", "--tau", "0.8", "--sampler", "euler-a"];
    let second = generate(out.path(), &[&again[..], &["--seed", &seed.to_string()]].concat());
    let pixels = |summary: &Value| image::open(&files(summary)[0]).expect("a picture").into_rgb8();
    assert_eq!(pixels(&first), pixels(&second), "the same seed paints the same picture");
    assert_ne!(files(&first), files(&second), "nothing is written over");
}

/// Runs of other programs can be repeated: the reference's own noise gives its maps.
#[test]
fn given_latents_give_the_references_maps() {
    let out = tempfile::tempdir().expect("a folder");
    let mut reference = NpzArchive::open(reference::folder().join("neutral.npz")).expect("the reference");
    let noise: Vec<f32> =
        reference.by_name("init_latents", u64::MAX).expect("a file").expect("noise").into_vec().expect("f32");
    let latents = out.path().join("noise.npy");
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&[1, 4, 32, 32])
        .writer(std::fs::File::create(&latents).expect("a file"))
        .begin_nd()
        .expect("a header");
    writer.extend(noise).and_then(|()| writer.finish()).expect("an array");

    let latents = latents.to_str().expect("a Unicode path");
    let arguments =
        ["--prompt", "a boy in front of a girl", "--guidance", "5", "--negative", "", "--maps", "npz"];
    let summary = generate(out.path(), &[&arguments[..], &["--steps", "4", "--latents", latents]].concat());
    assert!(summary["noise"].is_null(), "the seed did not make this noise");
    let npz =
        files(&summary).into_iter().find(|file| file.extension().is_some_and(|e| e == "npz")).expect("maps");
    let mut ours = NpzArchive::open(npz).expect("an archive");
    let layers: Vec<String> =
        reference.array_names().filter(|name| name.starts_with("map/")).map(str::to_owned).collect();
    assert_eq!(layers.len(), 11);
    for layer in layers {
        let expected: Vec<half::f16> =
            reference.by_name(&layer, u64::MAX).expect("a file").expect("a map").into_vec().expect("f16");
        let got: Vec<f32> =
            ours.by_name(&layer, u64::MAX).expect("a file").expect("a map").into_vec().expect("f32");
        let worst = got.iter().zip(&expected).map(|(a, b)| (a - b.to_f32()).abs()).fold(0.0, f32::max);
        assert!(got.len() == expected.len() && worst < 1e-3, "{layer} differs by {worst}");
    }
}

#[test]
fn every_form_of_the_maps_is_written() {
    let out = tempfile::tempdir().expect("a folder");
    let summary = generate(
        out.path(),
        &["--prompt", "a red cat", "--size", "96x64", "--steps", "2", "--maps", "npz,png,gif"],
    );
    let files = files(&summary);
    let ending = |wanted: &str| files.iter().filter(|file| file.to_string_lossy().ends_with(wanted)).count();
    // The picture, the sheet, and 2 words in 2 steps; the animations of 2 words; the arrays.
    assert_eq!((ending(".png"), ending(".gif"), ending(".npz")), (6, 2, 1), "{files:?}");
    assert!(files.iter().all(|file| file.metadata().is_ok_and(|about| about.len() > 0)));
}

#[test]
fn entities_steer_and_are_scored() {
    let out = tempfile::tempdir().expect("a folder");
    let entities = "a red cat;a blue dog";
    let prompt = "a red cat and a blue dog";
    let arguments =
        ["--prompt", prompt, "--entities", entities, "--size", "96x64", "--steps", "2", "--maps", "npz"];
    let steered = ["--mask", "--mask-reduce", "max", "--mask-range", "0:0.5", "--weights", "0.4"];
    let summary = generate(out.path(), &[&arguments[..], &steered].concat());
    assert_eq!(summary["groups"], entities);
    let controls = summary["controls"].as_array().expect("controls");
    assert_eq!((controls.len(), &controls[0]["step"]), (1, &0.into()));
    assert_eq!(controls[0]["control"]["mask"]["reduce"], "max");

    let files = files(&summary);
    let metadata = read_metadata(&files[0]).expect("metadata");
    let recipe: Recipe = serde_json::from_value(metadata.settings.expect("our JSON")).expect("a recipe");
    let Settings { control, entities: kept, .. } = recipe.settings;
    assert_eq!((control.mask.strength, control.mask.span.end, control.weights.on), (1.0, 0.5, true));
    assert_eq!(kept.to_text(prompt), entities);
    let parameters = metadata.parameters.expect("parameters");
    assert!(
        parameters.contains("Mask: 1, Mask reduce: max, Mask range: 0-0.5, Mask regions: patches, Weights:"),
        "{parameters}"
    );

    let mut arrays = NpzArchive::open(&files[1]).expect("an archive");
    let names: Vec<String> =
        arrays.array_names().filter(|name| name.starts_with("score/")).map(str::to_owned).collect();
    assert_eq!(names.len(), 11);
    for name in names {
        let scores = arrays.by_name(&name, u64::MAX).expect("a file").expect("scores");
        assert_eq!((scores.shape()[0], scores.shape()[2]), (2, 2), "{name}");
    }
}

#[test]
fn a_comparison_paints_the_same_seed_twice() {
    let out = tempfile::tempdir().expect("a folder");
    let arguments = ["--prompt", "a red cat", "--size", "96x64", "--steps", "2", "--seed", "5"];
    let plain = generate(out.path(), &arguments);
    let compared = generate(out.path(), &[&arguments[..], &["--tau", "0.5", "--compare"]].concat());
    let [steered, neutral, sheet] = &files(&compared)[..] else { panic!("{compared}") };
    let pixels = |file: &Path| image::open(file).expect("a picture").into_rgb8();
    assert_eq!(pixels(neutral), pixels(&files(&plain)[0]));
    assert_ne!(pixels(neutral), pixels(steered));
    assert_eq!(pixels(sheet).dimensions(), (3 * 96 + 2 * 4, 64));
    let difference = &compared["comparison"]["difference"];
    let number = |name: &str| difference[name].as_f64().expect("a number");
    assert!(0.0 < number("mean") && number("mean") < number("largest") && number("largest") <= 1.0);
    let metadata = read_metadata(neutral).expect("metadata").parameters.expect("parameters");
    assert!(!metadata.contains("Tau:"), "{metadata}");
}

/// Maps that did not fit were written before the neutral picture and the comparison, which were lost with them; and the
/// archive's writer added a line of its own to standard error.
#[test]
#[cfg(unix)]
fn pictures_are_kept_if_their_maps_do_not_fit() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().to_str().expect("a Unicode path");
    let arguments = ["generate", "--quiet", "--out", folder, "--prompt", "a red cat", "--tau", "0.5"];
    let size = ["--size", "96x64", "--steps", "8", "--compare", "--maps", "npz"];
    let program = tauscope(&[&arguments[..], &size].concat());
    // Files may grow to 128 blocks of 512 or 1024 bytes: the pictures are far smaller, the maps are 300 kB.
    let limited = r#"trap "" XFSZ; ulimit -f 128; exec "$@""#;
    let output = Command::new("sh")
        .args(["-c", limited, "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .expect("the shell starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("tauscope: Writing ") && said.contains(".npz failed"), "{said}");
    let mut endings: Vec<_> = std::fs::read_dir(out.path())
        .expect("the folder")
        .map(|file| file.expect("a file").file_name().into_string().expect("a Unicode name"))
        .map(|name| name.split_once("cat").expect("the prompt").1.to_owned())
        .collect();
    endings.sort();
    assert_eq!(endings, ["-compare.png", "-neutral.png", ".png"]);
}

#[test]
fn entities_are_told_as_text_and_as_json() {
    let prompt = "a boy wearing a (red:1.3) hat and two cats on the beach";
    let output = run(&["entities", prompt]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = "a boy [boy] | a red hat [hat]\ntwo cats [cats]\nglobal: wearing and on the beach\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);

    let output = run(&["entities", prompt, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(found["groups"], "a boy|a red hat;two cats");
    assert_eq!(found["entities"][0][1]["head"]["text"], "hat");
    let bytes = &found["entities"][0][1]["phrase"]["bytes"];
    let place = |end: usize| bytes[end].as_u64().expect("a place") as usize;
    assert_eq!(&prompt[place(0)..place(1)], "a (red:1.3) hat");
    assert_eq!(found["global"][0]["text"], "wearing");
}

/// The user's own file replaces the embedded data, and a broken one is reported with a remedy.
#[test]
fn broken_language_data_is_told() {
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("nlprule/en_tokenizer.bin");
    std::fs::create_dir(data.path().join("nlprule")).expect("a folder");
    std::fs::write(&file, [0xff; 100]).expect("a file");
    let output = tauscope(&["entities", "a cat"])
        .env("TAUSCOPE_DATA_DIR", data.path())
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("en_tokenizer.bin") && said.contains("remove it"), "{said}");
}

#[test]
fn a_reader_that_leaves_early_ends_it_quietly() {
    let mut child = tauscope(&["inspect"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

/// Ctrl+C in the middle leaves no file and exits with 130.
#[test]
#[cfg(unix)]
fn an_interrupted_run_leaves_nothing_behind() {
    use std::io::{BufRead, BufReader};
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().to_str().expect("a Unicode path");
    let mut child = tauscope(&["generate", "--prompt", "a cat", "--steps", "400", "--out", folder])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stderr.take().expect("standard error")).lines();
    let step = lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with("step 2 ")));
    assert!(step.is_some(), "it never gets to a step");
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(kill.success());
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_eq!(out.path().read_dir().expect("a folder").count(), 0);
}

#[test]
fn the_self_test_passes_on_the_embedded_model() {
    fn check(more: &[&str], portable: bool) {
        let output = run(&[&["inspect", "--self-test", "--json", "--device", "cpu"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let test = &found["self_test"];
        assert_eq!((&test["passed"], &test["portable"]), (&true.into(), &portable.into()));
        assert_eq!(test["device"], "CPU");
        assert_eq!(found["layers"].as_array().map(Vec::len), Some(22));
    }
    check(&[], false);
    check(&["--portable"], true);
}
