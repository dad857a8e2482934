//! The snapshots of a repository in the Hugging Face cache (`models--org--name`), and which of them holds the model.
//!
//! A snapshot is a folder named after its commit, whose files are links to `blobs`; `refs` has the commit of each branch.
//! Only folders and `refs` are read, so this is cheap. `hub` and [`super::ModelFolder::open`] find models with it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Unet, Vae};

/// The prefix of a model's folder in the cache.
pub(super) const PREFIX: &str = "models--";

/// The deepest folder in a snapshot that is searched for models: "sdxl/onnx/fp16".
const DEEPEST: usize = 3;

/// The graphs of every SDXL model in ONNX form.
pub const GRAPHS: [&str; 4] = [Unet::FILE, "text_encoder/model.onnx", "text_encoder_2/model.onnx", Vae::FILE];

/// Whether `repository` has the layout of one in the cache.
pub(super) fn is_repository(repository: &Path) -> bool {
    repository.join("snapshots").is_dir()
}

/// The folders in a snapshot that have all graphs of an SDXL model, as paths with `/`; the snapshot itself is "" and comes
/// first. A broken link does not count as a graph.
pub fn models(snapshot: &Path) -> Vec<String> {
    fn gather(folder: &Path, inside: &str, depth: usize, found: &mut Vec<String>) {
        if GRAPHS.iter().all(|graph| folder.join(graph).is_file()) {
            found.push(inside.to_owned());
        }
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| depth > 0 && entry.path().is_dir()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let inside = if inside.is_empty() { name } else { format!("{inside}/{name}") };
            gather(&entry.path(), &inside, depth - 1, found);
        }
    }
    let mut found = Vec::new();
    gather(snapshot, "", DEEPEST, &mut found);
    found.sort();
    found
}

fn has_model(snapshot: &Path) -> bool {
    !models(snapshot).is_empty()
}

/// The snapshot that `revision` (a branch, a tag or a commit) names, complete or not.
pub fn named(repository: &Path, revision: &str) -> Option<PathBuf> {
    let commit = fs::read_to_string(repository.join("refs").join(revision));
    let commit = commit.as_deref().unwrap_or(revision).trim();
    let snapshot = repository.join("snapshots").join(commit);
    (!commit.is_empty() && snapshot.is_dir()).then_some(snapshot)
}

/// The snapshot of `refs/main` if it has a complete model, else the newest snapshot that has one.
pub fn whole(repository: &Path) -> Option<PathBuf> {
    named(repository, "main").filter(|main| has_model(main)).or_else(|| {
        let whole = all(repository).filter(|snapshot| has_model(snapshot));
        whole.max_by_key(|snapshot| {
            (fs::metadata(snapshot).and_then(|about| about.modified()).ok(), snapshot.clone())
        })
    })
}

/// [`whole`], else a snapshot for an error message: that of `refs/main`, or any.
pub(super) fn best(repository: &Path) -> Option<PathBuf> {
    whole(repository).or_else(|| named(repository, "main")).or_else(|| all(repository).max())
}

fn all(repository: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(repository.join("snapshots")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir())
}

// Other systems cannot set the age of a folder.
#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    /// Makes a cached repository: a snapshot, whole or not, an hour older than the next; and what `refs/main` says.
    fn check(snapshots: &[(&str, bool)], main: Option<&str>, expected: (Option<&str>, Option<&str>)) {
        let repository = tempfile::tempdir().unwrap();
        for (hour, (commit, is_whole)) in (0_u64..).zip(snapshots) {
            let snapshot = repository.path().join("snapshots").join(commit);
            fs::create_dir_all(&snapshot).unwrap();
            let graphs = if *is_whole { &GRAPHS[..] } else { &GRAPHS[..1] };
            for graph in graphs {
                fs::create_dir_all(snapshot.join(graph).parent().unwrap()).unwrap();
                fs::write(snapshot.join(graph), "").unwrap();
            }
            let time = SystemTime::UNIX_EPOCH + Duration::from_hours(hour);
            fs::File::open(&snapshot).unwrap().set_modified(time).unwrap();
        }
        if let Some(main) = main {
            fs::create_dir_all(repository.path().join("refs")).unwrap();
            fs::write(repository.path().join("refs/main"), main).unwrap();
        }
        let name = |found: Option<PathBuf>| found.map(|path| path.file_name().unwrap().to_owned());
        let expected = (expected.0.map(Into::into), expected.1.map(Into::into));
        assert_eq!(
            (name(whole(repository.path())), name(best(repository.path()))),
            expected,
            "{snapshots:?}"
        );
    }

    #[test]
    fn the_whole_snapshot_that_main_names_comes_first_then_the_newest() {
        check(&[], None, (None, None));
        check(&[("a", true)], None, (Some("a"), Some("a")));
        check(&[("b", true), ("a", true)], None, (Some("a"), Some("a")));
        check(&[("b", true), ("a", true)], Some("b\n"), (Some("b"), Some("b")));
        check(&[("b", true), ("a", false)], Some("a"), (Some("b"), Some("b")));
        check(&[("b", true), ("a", true)], Some("gone"), (Some("a"), Some("a")));
        check(&[("b", true)], Some(""), (Some("b"), Some("b")));
        check(&[("a", false), ("b", false)], Some("a"), (None, Some("a")));
        check(&[("a", false), ("b", false)], None, (None, Some("b")));
    }
}
