//! The name of a repository.

use std::{fmt, path::Path};

/// A repository and a revision of it: `org/name`, or `org/name@revision` for a branch, tag or commit other than main.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    name: String,
    revision: String,
}

/// The revision that is meant where none is named.
const MAIN: &str = "main";

impl Repository {
    /// Reads `org/name` or `org/name@revision`; `None` if the text cannot be one. No name leads out of a folder.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, revision) = text.split_once('@').unwrap_or((text, MAIN));
        let (organisation, model) = name.split_once('/')?;
        let is_name = |part: &str| is_part(part) && part.len() <= 96 && !part.contains("--");
        (is_name(organisation) && is_name(model) && revision.split('/').all(is_part))
            .then(|| Self { name: name.to_owned(), revision: revision.to_owned() })
    }

    /// The repository that was typed where a path is asked for, unless something lies at that path.
    pub fn instead_of(path: &Path) -> Option<Self> {
        path.to_str().filter(|_| !path.exists()).and_then(Self::parse)
    }

    /// `org/name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Branch, tag or commit.
    pub fn revision(&self) -> &str {
        &self.revision
    }
}

impl fmt::Display for Repository {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision.as_str() {
            MAIN => f.write_str(&self.name),
            revision => write!(f, "{}@{revision}", self.name),
        }
    }
}

/// Whether it is one part of a name: safe in a URL and as the name of a file.
pub(super) fn is_part(part: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    part.chars().all(fits) && part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        fn check(text: &str, expected: Option<(&str, &str)>) {
            let repository = Repository::parse(text);
            let parts = repository.as_ref().map(|found| (found.name(), found.revision()));
            assert_eq!(parts, expected, "{text}");
            assert!(repository.is_none_or(|found| found.to_string() == text), "{text}");
        }
        check("org/sdxl-base-1.0", Some(("org/sdxl-base-1.0", "main")));
        check("org/name@refs/pr/1", Some(("org/name", "refs/pr/1")));
        check("org/name@v1.0", Some(("org/name", "v1.0")));
        check("name", None);
        check("", None);
        check("/nowhere", None);
        check("./name", None);
        check("../name", None);
        check("a/b/c", None);
        check("org/", None);
        check("org/na me", None);
        check("org/na--me", None);
        check("org/name@", None);
        check("org/name@../x", None);
        check("org\\name/x", None);
    }

    #[test]
    fn a_folder_comes_before_a_repository() {
        // Tests run in the folder of Cargo.toml.
        assert_eq!(Repository::instead_of(Path::new("src/hub")), None);
        assert_eq!(Repository::instead_of(Path::new("src/none")), Repository::parse("src/none"));
    }
}
