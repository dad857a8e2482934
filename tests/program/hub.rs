//! The real binary over the test's hub and a cache of its own.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tauscope_testing::{
    hub::{Faults, Hub, NAME, checksum, files_of},
    in_repository,
};

fn scenes() -> PathBuf {
    in_repository("models/scenes")
}

/// The program with this cache and this hub.
fn tauscope(home: &Path, endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tauscope"));
    for variable in ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE"] {
        command.env_remove(variable);
    }
    command.args(arguments).env("HF_HOME", home).env("HF_ENDPOINT", endpoint);
    command
}

fn run(home: &Path, endpoint: &str, arguments: &[&str]) -> Output {
    tauscope(home, endpoint, arguments).output().expect("the program starts")
}

#[test]
fn a_repository_is_downloaded_once_then_opened_from_the_cache() {
    let home = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(files_of(&scenes()), Faults::default());
    let run = |endpoint: &str, arguments: &[&str]| {
        let output = run(home.path(), endpoint, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), said)
    };
    let (code, _, said) = run(&hub.endpoint, &["inspect", NAME, "--offline"]);
    assert!(code == Some(1) && said.contains("--offline forbids"), "{said}");
    assert!(hub.asked().is_empty());

    let (code, found, said) = run(&hub.endpoint, &["inspect", NAME]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Downloading org/tiny-xl: 0 B of "), "{said}");
    assert!(found.starts_with("tiny-xl: SDXL, 256 px"), "{found}");

    let (code, again, said) = run("http://127.0.0.1:1", &["inspect", NAME, "--offline"]);
    assert_eq!((code, again), (Some(0), found), "{said}");

    let (code, models, said) = run("http://127.0.0.1:1", &["models"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(models.contains("Scenes") && models.contains(NAME), "{models}");
    let (_, models, _) = run("http://127.0.0.1:1", &["models", "--json"]);
    let models: Value = serde_json::from_str(&models).expect("one JSON object");
    let model = &models["cached"][0];
    assert_eq!((&models["embedded"], &model["repository"]), (&"Scenes".into(), &NAME.into()));
    assert!(Path::new(model["dir"].as_str().expect("a path")).join("model_index.json").is_file());
}

#[test]
fn a_model_in_a_folder_of_the_repository_opens_by_either_name_and_by_its_path() {
    let home = tempfile::tempdir().expect("a folder");
    let files = files_of(&scenes()).into_iter().map(|(name, bytes)| (format!("onnx/{name}"), bytes));
    let hub = Hub::start(files.collect(), Faults::default());
    let repository = home.path().join("hub/models--org--tiny-xl");
    let repository = repository.to_str().expect("a Unicode path");
    for (name, endpoint) in [
        (NAME, hub.endpoint.as_str()),
        (NAME, "http://127.0.0.1:1"),
        ("org/tiny-xl/onnx", "http://127.0.0.1:1"),
        (repository, "http://127.0.0.1:1"),
    ] {
        let output = run(home.path(), endpoint, &["inspect", name]);
        let found = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(found.starts_with("tiny-xl/onnx: SDXL, 256 px"), "{name}: {found}{said}");
    }
    let output = run(home.path(), "http://127.0.0.1:1", &["models"]);
    let models = String::from_utf8_lossy(&output.stdout);
    assert!(models.contains("org/tiny-xl/onnx  "), "{models}");
}

/// As programs leave it that fetch a commit by its hash.
#[test]
fn a_listed_model_opens_also_where_no_branch_names_its_commit() {
    const NOWHERE: &str = "http://127.0.0.1:1";
    let home = tempfile::tempdir().expect("a folder");
    let snapshot = home.path().join("hub/models--org--tiny-xl/snapshots/0123456789abcdef");
    for (name, bytes) in files_of(&scenes()) {
        let file = snapshot.join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, bytes).expect("a file");
    }
    // As set in a shell's profile that expands nothing.
    let homes = [("~", home.path()), ("$DISK", Path::new("/")), ("${DISK}/", Path::new("/"))];
    for (written, folder) in homes {
        let mut command = tauscope(Path::new(written), NOWHERE, &["models", "--json"]);
        let output = command.env("HOME", folder).env("DISK", home.path()).output().expect("it starts");
        let models = String::from_utf8_lossy(&output.stdout);
        assert!(models.contains("\"org/tiny-xl\""), "{written}: {models}");
    }
    for name in ["org/tiny-xl", "http://127.0.0.1:1/org/tiny-xl/tree/main/unet"] {
        let output = run(home.path(), NOWHERE, &["inspect", name, "--offline"]);
        let found = String::from_utf8_lossy(&output.stdout);
        assert!(found.starts_with("tiny-xl: SDXL, 256 px"), "{name}: {output:?}");
    }
    let output = run(home.path(), NOWHERE, &["inspect", "https://127.0.0.1/org/tiny-xl"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("not the address of a model's page"), "{said}");
}

#[test]
fn a_name_that_nobody_has_is_told() {
    let home = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(files_of(&scenes()), Faults::default());
    let output =
        run(home.path(), &hub.endpoint, &["generate", "--prompt", "a cat", "--model", "models/none"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("neither a folder models/none nor a repository models/none"), "{said}");
}

/// Only the beginning of a file is left of it, from which the next one continues.
#[test]
fn a_killed_download_goes_on() {
    const UNET: &str = "unet/model.onnx";
    let home = tempfile::tempdir().expect("a folder");
    let hub =
        Hub::start(files_of(&scenes()), Faults { stalls: [(UNET, 100_000)].into(), ..Faults::default() });
    let mut child =
        tauscope(home.path(), &hub.endpoint, &["inspect", NAME]).spawn().expect("the program starts");
    let blobs = home.path().join("hub/models--org--tiny-xl/blobs");
    let part = blobs.join(format!("{}.incomplete", checksum(UNET, &files_of(&scenes())[UNET])));
    let wait = Instant::now();
    while !part.metadata().is_ok_and(|about| about.len() == 100_000) {
        assert!(wait.elapsed() < Duration::from_secs(60), "it never gets that far");
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().and_then(|()| child.wait()).expect("an end");
    let files = files_of(&blobs);
    assert_eq!(files.keys().filter(|name| name.contains('.')).count(), 1, "{:?}", files.keys());

    hub.set(Faults::default());
    hub.forget();
    let output = run(home.path(), &hub.endpoint, &["inspect", NAME]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(hub.ranges(UNET), [Some("bytes=100000-".to_owned())]);
}
