//! The name of a repository and of a model in it.

use std::{fmt, path::Path};

use super::address;
use tauscope_core::error::{Error, Result};

/// A repository at a revision: `org/name`, or `org/name@revision` for a branch, tag or commit other than main.
/// `org/name/folder` is the model in a folder of the repository, if it has several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    name: String,
    folder: Option<String>,
    revision: String,
}

/// The default revision.
const MAIN: &str = "main";

impl Repository {
    /// Parses `org/name` or `org/name/folder`, optionally followed by `@revision`; `None` for other texts. Names with
    /// `..` are refused, so no path leaves its folder.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, revision) = text.split_once('@').unwrap_or((text, MAIN));
        let (organisation, rest) = path.split_once('/')?;
        let (model, folder) =
            rest.split_once('/').map_or((rest, None), |(model, folder)| (model, Some(folder)));
        let is_name = |part: &str| is_part(part) && part.len() <= 96 && !part.contains("--");
        (is_name(organisation) && is_name(model) && folder.is_none_or(is_path) && is_path(revision)).then(
            || Self {
                name: format!("{organisation}/{model}"),
                folder: folder.map(str::to_owned),
                revision: revision.to_owned(),
            },
        )
    }

    /// The repository that `path` names, or whose page's address it is; `None` if something exists at that path, or if
    /// `org/name` is a local folder that lacks only the rest of the path. `endpoint` is the hub's address.
    ///
    /// # Errors
    /// [`Error::Input`] for an address that is no model's page.
    pub fn instead_of(path: &Path, endpoint: &str) -> Result<Option<Self>> {
        let Some(text) = path.to_str().filter(|_| !path.exists()) else { return Ok(None) };
        if let Some(repository) = address::name(text, endpoint).as_deref().and_then(Self::parse) {
            return Ok(Some(repository));
        }
        if address::is_address(text) {
            return Err(Error::input(
                format!("{text} is not the address of a model's page on Hugging Face."),
                "Give the address of such a page, a name as in org/name, or a folder on this disk.",
            ));
        }
        let is_in_a_folder = |named: &Self| named.folder.is_some() && Path::new(&named.name).exists();
        Ok(Self::parse(text).filter(|repository| !is_in_a_folder(repository)))
    }

    /// `org/name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The repository's folder in a cache, as huggingface_hub names it: `models--org--name`.
    pub(super) fn cache_folder(&self) -> String {
        format!("models--{}", self.name.replace('/', "--"))
    }

    /// Where the hub's API describes this revision: `api/models/org/name/revision/main`.
    pub(super) fn api_path(&self) -> String {
        format!("api/models/{}/revision/{}", self.name, self.revision.replace('/', "%2F"))
    }

    /// The model's folder, if the name has one.
    pub(super) fn folder(&self) -> Option<&str> {
        self.folder.as_deref()
    }

    /// The same repository with the model in this folder; "" is the repository itself.
    pub(super) fn with_folder(&self, folder: &str) -> Self {
        Self { folder: Some(folder).filter(|folder| !folder.is_empty()).map(str::to_owned), ..self.clone() }
    }

    /// Chooses among the repository's folders with models: the named one, else the repository itself (""), else the only
    /// one. `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Model`] with their names if the choice is not clear.
    pub(super) fn choose<'a>(&self, folders: &'a [String]) -> Result<Option<&'a str>> {
        let wanted = self.folder.as_deref().unwrap_or_default();
        match folders {
            [only] if self.folder.is_none() => Ok(Some(only)),
            _ if self.folder.is_some() || folders.is_empty() || folders.iter().any(String::is_empty) => {
                Ok(folders.iter().map(String::as_str).find(|folder| *folder == wanted))
            }
            _ => {
                let problem = "The repository holds several models, each in a folder of its own.";
                Err(Error::model(self.to_string(), problem, self.choose_advice(folders)))
            }
        }
    }

    /// Advice to choose one of these folders.
    pub(super) fn choose_advice(&self, folders: &[String]) -> String {
        let names: Vec<_> = folders.iter().map(|folder| self.with_folder(folder).to_string()).collect();
        format!("Choose {}.", names.join(" or "))
    }

    /// The branch, tag or commit.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Whether no revision was asked for.
    pub(super) fn is_main(&self) -> bool {
        self.revision == MAIN
    }
}

impl fmt::Display for Repository {
    /// As a person types it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(folder) = &self.folder {
            write!(f, "/{folder}")?;
        }
        if self.is_main() { Ok(()) } else { write!(f, "@{}", self.revision) }
    }
}

/// Whether `part` can be one part of a name: safe in a URL and as a file name.
pub(super) fn is_part(part: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    part.chars().all(fits) && part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether `path` consists of such parts with slashes between them.
pub(super) fn is_path(path: &str) -> bool {
    path.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        fn check(text: &str, expected: Option<(&str, &str, &str)>) {
            let repository = Repository::parse(text);
            let parts = repository
                .as_ref()
                .map(|found| (found.name(), found.folder().unwrap_or_default(), found.revision()));
            assert_eq!(parts, expected, "{text}");
            assert!(repository.is_none_or(|found| found.to_string() == text), "{text}");
        }
        check("org/sdxl-base-1.0", Some(("org/sdxl-base-1.0", "", "main")));
        check("org/name@refs/pr/1", Some(("org/name", "", "refs/pr/1")));
        check("org/name@v1.0", Some(("org/name", "", "v1.0")));
        check("name", None);
        check("", None);
        check("/nowhere", None);
        check("./name", None);
        check("../name", None);
        check("org/name/onnx/fp16", Some(("org/name", "onnx/fp16", "main")));
        check("org/name/onnx@v1.0", Some(("org/name", "onnx", "v1.0")));
        check("org/name/", None);
        check("org/name/../x", None);
        check("org/name//x", None);
        check("org/", None);
        check("org/na me", None);
        check("org/na--me", None);
        check("org/name@", None);
        check("org/name@../x", None);
        check("org\\name/x", None);
    }

    #[test]
    fn the_cache_and_the_hub_have_a_name_for_it() {
        fn check(text: &str, expected_folder: &str, expected_path: &str) {
            let repository = Repository::parse(text).unwrap();
            assert_eq!(repository.cache_folder(), expected_folder, "{text}");
            assert_eq!(repository.api_path(), expected_path, "{text}");
        }
        check("org/name", "models--org--name", "api/models/org/name/revision/main");
        check("org/name/onnx@v1.0", "models--org--name", "api/models/org/name/revision/v1.0");
        check("org/a-b@refs/pr/1", "models--org--a-b", "api/models/org/a-b/revision/refs%2Fpr%2F1");
    }

    #[test]
    fn a_model_is_chosen_by_its_folder_or_because_it_is_the_only_one() {
        fn check(text: &str, folders: &[&str], expected: Result<Option<&str>, &str>) {
            let folders: Vec<_> = folders.iter().map(|folder| (*folder).to_owned()).collect();
            let repository = Repository::parse(text).unwrap();
            match (repository.choose(&folders), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text} {folders:?}"),
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (found, _) => panic!("{text} {folders:?} gives {found:?}"),
            }
        }
        check("org/name", &[], Ok(None));
        check("org/name", &[""], Ok(Some("")));
        check("org/name", &["onnx"], Ok(Some("onnx")));
        check("org/name", &["", "fp16"], Ok(Some("")));
        check("org/name@v1", &["fp16", "fp32"], Err("Choose org/name/fp16@v1 or org/name/fp32@v1."));
        check("org/name/fp16", &["fp16", "fp32"], Ok(Some("fp16")));
        check("org/name/fp16", &["", "fp32"], Ok(None));
        check("org/name/fp16", &["fp32"], Ok(None));
    }

    #[test]
    fn a_folder_comes_before_a_repository() {
        // Tests run in the folder of Cargo.toml.
        fn check(path: &str, expected: Option<&str>) {
            let found = Repository::instead_of(Path::new(path), "http://mirror").unwrap();
            assert_eq!(found, expected.and_then(Repository::parse), "{path}");
        }
        check("src/lib.rs", None);
        check("src/none", Some("src/none"));
        check("src/lib.rs/none", None);
        check("http://mirror/org/name/tree/main/onnx", Some("org/name/onnx"));
        check("http:/mirror/org/name", None);
    }

    #[test]
    fn the_address_of_another_page_is_refused_with_a_sentence() {
        fn check(text: &str) {
            let error = Repository::instead_of(Path::new(text), "http://mirror").unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("org/name"), "{error}");
        }
        check("https://example.com/org/name");
        check("http://mirror/datasets/org/name");
        check("file:///models/sdxl");
    }
}
