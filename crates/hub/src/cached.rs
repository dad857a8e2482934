//! The models in the cache that are ready to use.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::Repository;
use tauscope_core::{error::Result, model::snapshots};

/// A model in the cache.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CachedModel {
    /// `org/name` or `org/name/folder`: the name that opens it.
    pub repository: String,
    /// The commit.
    pub revision: String,
    /// Its folder: the snapshot, or one in it.
    pub dir: PathBuf,
}

/// The complete SDXL models in ONNX form below `cache`, sorted by name: of each repository the snapshot that `refs/main`
/// names, else the newest. Only `refs/main` is read, so a listed model may still be unusable.
pub fn cached(cache: &Path) -> Vec<CachedModel> {
    let entries = fs::read_dir(cache).into_iter().flatten().flatten();
    let mut models: Vec<_> = entries.flat_map(|entry| models(&entry.path()).unwrap_or_default()).collect();
    models.sort();
    models
}

fn models(folder: &Path) -> Option<Vec<CachedModel>> {
    let name = folder.file_name()?.to_str()?.strip_prefix("models--")?.replacen("--", "/", 1);
    let repository = Repository::parse(&name).filter(|repository| repository.folder().is_none())?;
    let snapshot = snapshots::whole(folder)?;
    let revision = snapshot.file_name()?.to_str()?;
    let model = |inside: &String| CachedModel {
        repository: repository.with_folder(inside).to_string(),
        revision: revision.to_owned(),
        dir: snapshot.join(inside),
    };
    let models = snapshots::models(&snapshot);
    Some(models.iter().map(model).filter(|model| model.dir.join("model_index.json").is_file()).collect())
}

/// The folder of this revision's model in `cache`, if it is complete. The main revision is the snapshot that [`cached`]
/// lists, so what is listed opens.
///
/// # Errors
/// [`tauscope_core::Error::Model`] if there are several and `repository` names none of them.
pub(super) fn find(cache: &Path, repository: &Repository) -> Result<Option<PathBuf>> {
    let folder = cache.join(repository.cache_folder());
    let snapshot = match repository.is_main() {
        true => snapshots::whole(&folder),
        false => snapshots::named(&folder, repository.revision()),
    };
    let Some(snapshot) = snapshot else { return Ok(None) };
    let models = snapshots::models(&snapshot);
    Ok(repository.choose(&models)?.map(|folder| snapshot.join(folder)))
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

    fn put(cache: &Path, repository: &str, commit: &str, files: &[impl AsRef<Path>]) {
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
        put(cache, "models--org--in-folders", "00", &WHOLE.map(|file| format!("onnx/fp16/{file}")));
        put(cache, "models--org--in-folders", "00", &WHOLE.map(|file| format!("onnx/fp32/{file}")));
        let found: Vec<_> =
            cached(cache).into_iter().map(|model| (model.repository, model.revision)).collect();
        let expected = [
            ("a/tiny", "00"),
            ("org/in-folders/onnx/fp16", "00"),
            ("org/in-folders/onnx/fp32", "00"),
            ("org/sdxl-turbo", "b0"),
        ];
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
            let found = find(folder.path(), &Repository::parse(name).unwrap()).unwrap();
            let commit = found.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
            assert_eq!(commit, expected, "{name}");
        };
        check("a/tiny", Some("00"));
        check("a/tiny@00", Some("00"));
        check("a/tiny@fp16", None);
        check("a/tiny@02", None);
        check("a/other", None);
        fs::write(refs.join("main"), "01").unwrap();
        check("a/tiny", Some("00"));
        fs::remove_file(refs.join("main")).unwrap();
        check("a/tiny", Some("00"));
        let listed: Vec<_> = cached(folder.path()).into_iter().map(|model| model.revision).collect();
        assert_eq!(listed, ["00"]);
        put(folder.path(), "models--a--inside", "00", &WHOLE.map(|file| format!("onnx/{file}")));
        check("a/inside@00", Some("onnx"));
        check("a/inside/onnx@00", Some("onnx"));
        check("a/inside/fp16@00", None);
        put(folder.path(), "models--a--inside", "00", &WHOLE.map(|file| format!("fp16/{file}")));
        let error = find(folder.path(), &Repository::parse("a/inside@00").unwrap()).unwrap_err().to_string();
        assert!(error.contains("Choose a/inside/fp16@00 or a/inside/onnx@00."), "{error}");
    }
}
