//! The rules of ARCHITECTURE.md that neither the crates' dependencies nor the lints enforce, checked in the source.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every source file, as a path in the repository, with its text without comments and tests.
fn sources() -> Vec<(PathBuf, String)> {
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = fs::read_dir(root.join("crates")).expect("the crates");
    let mut files = Vec::new();
    walk(&root.join("src"), &mut files);
    // The helpers of tests are not in the program.
    let crates = crates.map(|entry| entry.expect("a crate").path()).filter(|path| !path.ends_with("testing"));
    crates.for_each(|path| walk(&path.join("src"), &mut files));
    assert!(files.len() > 200, "the sources were not found");
    let text = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("source text");
        (file.strip_prefix(root).expect("in the repository").to_owned(), code(&text))
    };
    files.into_iter().map(text).collect()
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
        .filter(|(file, text)| !allowed.iter().any(|place| file.starts_with(place)) && found(text))
        .map(|(file, _)| file)
        .collect();
    assert!(wrong.is_empty(), "{what} belongs in {allowed:?}, but is in {wrong:?}");
}

#[test]
fn the_pure_rooms_do_no_input_or_output() {
    let pure =
        ["crates/onnx", "crates/core/src/prompt", "crates/core/src/attention", "crates/core/src/diffusion"];
    for (file, text) in sources() {
        if pure.iter().any(|room| file.starts_with(room)) {
            for forbidden in ["std::fs", "std::net", "File::", "std::process", "env::var"] {
                assert!(!text.contains(forbidden), "{file:?} uses {forbidden}");
            }
        }
    }
}

#[test]
fn threads_are_started_by_their_owners_only() {
    const SPILL: &str = "crates/studio/src/painting/spill.rs";
    const PAINTERS: &str = "crates/studies/src/run/painters.rs";
    const PROGRAM: &str = "crates/studies/src/judges/program";
    only_in(
        "a thread",
        &["crates/studio/src/worker", SPILL, PAINTERS, PROGRAM, "crates/runtime", "crates/hub", "src/app"],
        |text| text.contains("thread::spawn(") || text.contains("thread::Builder"),
    );
}

/// Where the session is kept and changed.
const SESSION: &str = "src/app/session";

#[test]
fn the_session_changes_in_update_alone() {
    // ONNX Runtime has sessions of its own.
    let allowed = [SESSION, "crates/runtime"];
    only_in("a session that changes", &allowed, |text| text.contains("&mut Session"));
    for (file, text) in sources() {
        if file.starts_with(SESSION) {
            for forbidden in ["egui", "Instant::now", "SystemTime", "std::fs", "File::"] {
                assert!(!names(&text, forbidden) && !text.contains(forbidden), "{file:?} uses {forbidden}");
            }
        }
    }
}

#[test]
fn a_slice_knows_itself_alone() {
    // They hold the slices, or are the inputs and outputs.
    let root = ["mod.rs", "update.rs", "command.rs", "rules", "update"];
    for (file, text) in sources() {
        if let Ok(inside) = file.strip_prefix(SESSION)
            && !root.iter().any(|place| inside.starts_with(place))
        {
            for others in ["Session", "rules::", "&mut Draft", "&mut Queue", "&mut Gallery", "&mut View"] {
                assert!(!text.contains(others), "{file:?} knows {others}");
            }
        }
    }
}

/// Whether a source file holds tests alone: `tests.rs`, or one in a folder of that name.
fn is_test(file: &Path) -> bool {
    file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn no_arm_catches_what_was_forgotten() {
    for (file, text) in sources() {
        let is_checked = file.starts_with(SESSION) && !is_test(&file);
        assert!(!is_checked || !text.contains("_ =>"), "{file:?} has an arm for everything else");
    }
}

#[test]
fn the_window_waits_for_nobody() {
    // The desk and the clerk have threads of their own, and what the program waits for once the window is gone is no wait
    // of the window.
    let theirs =
        ["src/app/desk.rs", "src/app/desk/tests.rs", "src/app/maps/tests.rs", "src/app/duty.rs", CLERK];
    for (file, text) in sources() {
        if file.starts_with("src/app") && !theirs.iter().any(|place| file.starts_with(place)) {
            for waiting in [".recv()", ".recv_timeout(", "thread::sleep", ".wait(", ".wait_timeout("] {
                assert!(!text.contains(waiting), "{file:?} waits: {waiting}");
            }
        }
    }
}

/// The thread of the window in which people review.
const CLERK: &str = "src/app/review/clerk.rs";

/// Each place where the window's code touches the disk, and who may call it: the desk's thread, the maps' thread, the
/// clerk's, and `program` and `review` before there is a window.
#[test]
fn the_windows_thread_reads_and_writes_no_file() {
    const DESK: &str = "src/app/desk.rs";
    const REVIEW: &str = "src/app/review/mod.rs";
    let rules: [(&[&str], &[&str]); 7] = [
        (
            &["std::fs", "fs::", "File::", "UserDirs", "tempfile"],
            &[DESK, "src/app/saving.rs", "src/app/memory_file.rs"],
        ),
        (&["saving::", "cached_models::", "memory_file::write"], &[DESK]),
        (&["memory_file::read"], &["src/app/program.rs", REVIEW]),
        (&["Review::open"], &[REVIEW]),
        (&["image::open", "review.answer(", "review.undo("], &[CLERK]),
        // Maps may lie in a file: `part_maps` reads them, and `maps` calls it only for what is in memory.
        (&[".layer(", ".maps.read()", "RunMaps"], &["src/app/part_maps.rs"]),
        (&["part_maps("], &["src/app/part_maps.rs", "src/app/maps.rs", "src/app/map_reader.rs"]),
    ];
    for (file, text) in sources() {
        let is_test = is_test(&file);
        if file.starts_with("src/app") && !is_test {
            for (calls, allowed) in &rules {
                let is_allowed = allowed.iter().any(|place| file.ends_with(place));
                for call in calls.iter().filter(|_| !is_allowed) {
                    assert!(!text.contains(call), "{file:?} touches the disk: {call}");
                }
            }
        }
    }
    let (_, maps) =
        sources().into_iter().find(|(file, _)| file.ends_with("src/app/maps.rs")).expect("maps.rs");
    let reduced = maps.split("part_maps(").next().unwrap_or_default();
    assert!(reduced.contains("if maps.are_on_disk()"), "maps.rs reads maps without asking where they are");
}
