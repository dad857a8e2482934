//! The rules of ARCHITECTURE.md, read from the source.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms from the ground up. A room uses rooms of lower levels, and of its own level only itself, `error`
/// excepted.
const LEVELS: [&[&str]; 10] = [
    &["error"],
    &["onnx"],
    &["model", "operators"],
    &["attention", "prompt"],
    &["diffusion"],
    &["runtime", "export", "hub"],
    &["worker"],
    &["history"],
    &["app"],
    &["cli"],
];

/// Every source file with its room and its text without comments and tests.
fn sources() -> Vec<(PathBuf, String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a source folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 20, "the sources were not found");
    files
        .into_iter()
        .map(|file| {
            let inside = file.strip_prefix(&root).expect("below src").to_owned();
            let first =
                inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).expect("source text");
            (inside, first.trim_end_matches(".rs").to_owned(), code(&text))
        })
        .collect()
}

/// The text up to its unit tests, without comment lines.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Whether `text` names the crate or module `name` in a path.
fn names(text: &str, name: &str) -> bool {
    let uses = [format!("use {name}::"), format!("use {name};"), format!("{name}::")];
    let at_word_start =
        |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    uses.iter().any(|wanted| text.match_indices(wanted.as_str()).any(|(at, _)| at_word_start(at)))
}

/// Panics with every file outside `allowed` for which `found` holds.
fn only_in(what: &str, allowed: &[&str], found: impl Fn(&str) -> bool) {
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|(file, _, text)| !allowed.iter().any(|place| file.starts_with(place)) && found(text))
        .map(|(file, ..)| file)
        .collect();
    assert!(wrong.is_empty(), "{what} belongs in {allowed:?}, but is in {wrong:?}");
}

#[test]
fn dependencies_point_down() {
    let level = |room: &str| LEVELS.iter().position(|rooms| rooms.contains(&room));
    for (file, room, text) in sources() {
        // The roots declare the rooms.
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let own = level(&room)
            .unwrap_or_else(|| panic!("{}: the code map does not know the room {room}", file.display()));
        for (other_level, rooms) in LEVELS.iter().enumerate() {
            for other in *rooms {
                let used = text.contains(&format!("crate::{other}::"))
                    || text.contains(&format!("crate::{other},"))
                    || text.split("use crate::{").skip(1).any(|group| {
                        let group = group.split("};").next().unwrap_or_default();
                        group.lines().any(|line| line.trim_start().starts_with(&format!("{other}::")))
                            || group
                                .split([',', ' ', '\n'])
                                .any(|word| word == *other || word.starts_with(&format!("{other}::")))
                    });
                assert!(
                    !used || *other == room || other_level < own,
                    "{file:?} ({room}) uses crate::{other}"
                );
            }
        }
    }
}

#[test]
fn the_window_and_the_runtime_stay_in_their_rooms() {
    only_in("egui", &["app"], |text| names(text, "egui") || names(text, "eframe"));
    only_in("ort", &["runtime", "operators"], |text| names(text, "ort"));
    only_in("nlprule", &["prompt/entities"], |text| names(text, "nlprule"));
    only_in("the network", &["hub"], |text| names(text, "ureq") || names(text, "hf_hub"));
    only_in("load_texture", &["app/textures.rs"], |text| text.contains(".load_texture("));
    only_in("process::exit", &["main.rs"], |text| text.contains("process::exit"));
}

#[test]
fn unsafe_code_stays_behind_its_fences() {
    only_in("unsafe", &["runtime", "operators", "model/mapped.rs"], |text| {
        text.contains("unsafe {") || text.contains("unsafe fn") || text.contains("unsafe impl")
    });
}

#[test]
fn the_pure_rooms_do_no_input_or_output() {
    for (file, room, text) in sources() {
        if ["onnx", "prompt", "attention", "diffusion"].contains(&room.as_str()) {
            for forbidden in ["std::fs", "std::net", "File::", "std::process", "env::var"] {
                assert!(!text.contains(forbidden), "{file:?} uses {forbidden}");
            }
        }
    }
}

#[test]
fn threads_are_started_by_their_owners_only() {
    only_in("a thread", &["worker", "runtime", "hub", "app"], |text| {
        text.contains("thread::spawn(") || text.contains("thread::Builder")
    });
}

/// Where the state may change: [`update`](tauscope::app) and its parts.
const UPDATE: [&str; 6] =
    ["app/update", "app/update.rs", "app/jobs.rs", "app/entities.rs", "app/compare.rs", "app/looks.rs"];

#[test]
fn the_state_changes_in_update_alone() {
    // The worker has a state of its own.
    let allowed = [&UPDATE[..], &["app/remembered.rs", "app/state.rs", "worker"]].concat();
    only_in("a state that changes", &allowed, |text| text.contains("&mut State"));
    for (file, _, text) in sources() {
        if UPDATE.iter().any(|place| file.starts_with(place)) {
            for forbidden in ["egui", "Instant::now", "SystemTime", "std::fs", "File::"] {
                assert!(!names(&text, forbidden) && !text.contains(forbidden), "{file:?} uses {forbidden}");
            }
        }
    }
}

#[test]
fn the_window_waits_for_nobody() {
    // The desk and the language have threads of their own.
    let theirs = ["app/desk.rs"];
    for (file, room, text) in sources() {
        if room == "app" && !theirs.iter().any(|place| file.starts_with(place)) {
            for waiting in [".recv()", ".recv_timeout(", "thread::sleep", ".wait(", ".wait_timeout("] {
                assert!(!text.contains(waiting), "{file:?} waits: {waiting}");
            }
        }
    }
}
