//! The addresses of the hub and its cache, and the access token, from the environment variables that other Hugging Face
//! programs read, too.

use std::{env, ffi::OsString, fmt, fs, path::PathBuf, time::Duration};

use super::expand::expanded;
use tauscope_core::error::{Error, Result};

/// The hub's own address.
const ENDPOINT: &str = "https://huggingface.co";

/// How the hub is reached.
#[derive(Clone, Debug)]
pub struct Access {
    /// The hub's address, without a slash at the end (`HF_ENDPOINT`).
    pub endpoint: String,
    /// The access token (`HF_TOKEN`, or the file that `hf auth login` writes).
    pub token: Option<Token>,
    /// The folder with the repositories (`HF_HUB_CACHE`, `HF_HOME`; `~` and variables in them are expanded).
    pub cache: PathBuf,
    /// Whether downloads are forbidden (`HF_HUB_OFFLINE`).
    pub offline: bool,
    /// The pause before the first retry after a lost connection; it doubles with each failure in a row.
    pub first_pause: Duration,
}

/// An access token: it is sent only to the hub and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Trims `text`; `None` if nothing is left.
    pub fn new(text: &str) -> Option<Self> {
        Some(text.trim()).filter(|text| !text.is_empty()).map(|text| Self(text.to_owned()))
    }

    /// The value of the `Authorization` header.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl Access {
    /// Reads the environment. Downloads are forbidden by `offline` or `HF_HUB_OFFLINE`.
    ///
    /// # Errors
    /// [`Error::Input`] if no cache folder is set and there is no home folder.
    pub fn from_environment(offline: bool) -> Result<Self> {
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        Self::of(&|name| env::var_os(name), home, offline)
    }

    /// [`Self::endpoint`] alone, which needs no home folder.
    pub(super) fn endpoint_from_environment() -> String {
        endpoint(env::var("HF_ENDPOINT").ok().filter(|value| !value.is_empty()))
    }

    fn of(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<PathBuf>, offline: bool) -> Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let folder = |name: &str| set(name).map(|path| expanded(path, home.as_deref(), variable));
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        let files = folder("HF_HOME")
            .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("huggingface")))
            .or_else(|| home.as_ref().map(|home| home.join(".cache/huggingface")));
        let cache = folder("HF_HUB_CACHE")
            .or_else(|| folder("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| files.as_ref().map(|files| files.join("hub")))
            .ok_or_else(|| {
                let problem = "There is no home folder for the Hugging Face cache.";
                Error::input(problem, "Set HF_HOME to a folder that you may write to.")
            })?;
        let written = folder("HF_TOKEN_PATH").or_else(|| files.map(|files| files.join("token")));
        let token = text("HF_TOKEN").or_else(|| fs::read_to_string(written?).ok());
        let is_yes = |value: String| ["1", "ON", "YES", "TRUE"].contains(&value.to_uppercase().as_str());
        Ok(Self {
            endpoint: endpoint(text("HF_ENDPOINT")),
            token: token.as_deref().and_then(Token::new),
            cache,
            offline: offline || text("HF_HUB_OFFLINE").is_some_and(is_yes),
            first_pause: Duration::from_millis(500),
        })
    }
}

fn endpoint(set: Option<String>) -> String {
    let endpoint = set.unwrap_or_else(|| ENDPOINT.to_owned());
    endpoint.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The access with these environment variables and the home folder `/home`.
    fn access(variables: &[(&str, &str)]) -> Access {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        Access::of(&variable, Some("/home".into()), false).unwrap()
    }

    #[test]
    fn the_cache_is_where_other_programs_have_it() {
        fn check(variables: &[(&str, &str)], expected: &str) {
            assert_eq!(access(variables).cache, PathBuf::from(expected), "{variables:?}");
        }
        check(&[], "/home/.cache/huggingface/hub");
        check(&[("XDG_CACHE_HOME", "/x")], "/x/huggingface/hub");
        check(&[("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/h")], "/h/hub");
        check(&[("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")], "/c");
        check(&[("HUGGINGFACE_HUB_CACHE", "/old"), ("HF_HUB_CACHE", "")], "/old");
        check(&[("HF_HOME", "~/hf")], "/home/hf/hub");
        check(&[("XDG_CACHE_HOME", "$BIG/cache"), ("BIG", "/disk")], "/disk/cache/huggingface/hub");
        check(&[("HF_HUB_CACHE", "${BIG}/hub"), ("BIG", "/disk")], "/disk/hub");
        check(&[("HUGGINGFACE_HUB_CACHE", "~/old")], "/home/old");
    }

    #[test]
    fn a_token_is_in_the_environment_or_in_a_file() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("token");
        fs::write(&file, "from-file\n").unwrap();
        let folder = home.path().to_str().unwrap();
        let check = |variables: &[(&str, &str)], expected: Option<&str>| {
            assert_eq!(access(variables).token, expected.and_then(Token::new), "{variables:?}");
        };
        check(&[("HF_HOME", folder)], Some("from-file"));
        check(&[("HF_HOME", folder), ("HF_TOKEN", " from-variable ")], Some("from-variable"));
        check(&[("HF_TOKEN_PATH", file.to_str().unwrap())], Some("from-file"));
        check(&[("HF_TOKEN_PATH", "$MINE/token"), ("MINE", folder)], Some("from-file"));
        check(&[("HF_HOME", "/none")], None);
        check(&[("HF_HOME", "/none"), ("HF_TOKEN", " ")], None);
        let printed = format!("{:?}", access(&[("HF_TOKEN", "secret")]));
        assert!(!printed.contains("secret"), "{printed}");
    }

    #[test]
    fn the_endpoint_and_being_offline_can_be_set() {
        assert_eq!(access(&[("HF_ENDPOINT", "http://mirror/hub/")]).endpoint, "http://mirror/hub");
        assert_eq!(access(&[]).endpoint, ENDPOINT);
        for (value, expected) in [("1", true), ("true", true), ("0", false), ("", false)] {
            assert_eq!(access(&[("HF_HUB_OFFLINE", value)]).offline, expected, "{value}");
        }
    }
}
