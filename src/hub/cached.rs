//! What lies in the cache ready to be painted with.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::Repository;
use crate::model::snapshots;

/// A model in the cache.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CachedModel {
    /// `org/name`, which opens it.
    pub repository: String,
    /// The commit.
    pub revision: String,
    /// Its snapshot.
    pub dir: PathBuf,
}

/// The whole SDXL models in ONNX form below `cache`, sorted by name: of each repository what `refs/main` names, else
/// the newest. No file is opened but `refs/main`, so a folder in it may still prove to be unusable.
pub fn cached(cache: &Path) -> Vec<CachedModel> {
    let entries = fs::read_dir(cache).into_iter().flatten().flatten();
    let mut models: Vec<_> = entries.filter_map(|entry| model(&entry.path())).collect();
    models.sort();
    models
}

fn model(folder: &Path) -> Option<CachedModel> {
    let name = folder.file_name()?.to_str()?.strip_prefix("models--")?.replacen("--", "/", 1);
    let repository = Repository::parse(&name)?.name().to_owned();
    let dir = snapshots::whole(folder).filter(|dir| dir.join("model_index.json").is_file())?;
    let revision = dir.file_name()?.to_str()?.to_owned();
    Some(CachedModel { repository, revision, dir })
}

/// Where the cache below `cache` has this revision, if it is whole.
pub(super) fn find(cache: &Path, repository: &Repository) -> Option<PathBuf> {
    let folder = cache.join(format!("models--{}", repository.name().replace('/', "--")));
    snapshots::named(&folder, repository.revision()).filter(|snapshot| snapshots::is_whole(snapshot))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [&str; 5] = [
        "model_index.json",
        "unet/model.onnx",
        "text_encoder/model.onnx",
        "text_encoder_2/model.onnx",
        "vae_decoder/model.onnx",
    ];

    fn put(cache: &Path, repository: &str, commit: &str, files: &[&str]) {
        for file in files {
            let path = cache.join(repository).join("snapshots").join(commit).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
    }

    #[test]
    fn whole_sdxl_models_are_listed_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path();
        put(cache, "models--org--sdxl-turbo", "b0", &WHOLE);
        put(cache, "models--a--tiny", "00", &WHOLE);
        put(cache, "models--org--half", "00", &WHOLE[..3]);
        put(cache, "models--org--no-index", "00", &WHOLE[1..]);
        put(cache, "models--org--torch", "00", &["model_index.json", "unet/model.safetensors"]);
        put(cache, "datasets--org--pictures", "00", &WHOLE);
        put(cache, "models--no-organisation", "00", &WHOLE);
        fs::write(cache.join("version.txt"), "1").unwrap();
        fs::create_dir(cache.join(".locks")).unwrap();
        let found: Vec<_> =
            cached(cache).into_iter().map(|model| (model.repository, model.revision)).collect();
        let expected = [("a/tiny", "00"), ("org/sdxl-turbo", "b0")];
        assert_eq!(found, expected.map(|(name, commit)| (name.to_owned(), commit.to_owned())));
        assert!(cached(&cache.join("nowhere")).is_empty());
    }

    #[test]
    fn a_revision_is_found_by_branch_and_by_commit() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "models--a--tiny", "00", &WHOLE);
        put(folder.path(), "models--a--tiny", "01", &WHOLE[..2]);
        let refs = folder.path().join("models--a--tiny/refs");
        fs::create_dir(&refs).unwrap();
        fs::write(refs.join("main"), "00").unwrap();
        fs::write(refs.join("fp16"), "01").unwrap();
        let check = |name: &str, expected: Option<&str>| {
            let found = find(folder.path(), &Repository::parse(name).unwrap());
            let commit = found.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
            assert_eq!(commit, expected, "{name}");
        };
        check("a/tiny", Some("00"));
        check("a/tiny@00", Some("00"));
        check("a/tiny@fp16", None);
        check("a/tiny@02", None);
        check("a/other", None);
    }
}
