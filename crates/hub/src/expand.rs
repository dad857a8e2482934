//! `~` and variables in the paths of environment variables, as huggingface_hub expands them with Python's
//! `os.path.expanduser` and `os.path.expandvars`: first `~` or `~user` at the start, then `$NAME` and `${NAME}` anywhere.
//! What is not known stays as it is, and what was put in is not expanded again.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The path with its home folder and variables put in. A path that is not Unicode stays as it is.
pub(super) fn expanded(
    path: OsString,
    home: Option<&Path>,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> PathBuf {
    match path.into_string() {
        Ok(text) => PathBuf::from(with_variables(&with_home(&text, home), variable)),
        Err(path) => path.into(),
    }
}

fn with_home(text: &str, home: Option<&Path>) -> String {
    let Some(after) = text.strip_prefix('~') else { return text.to_owned() };
    let (user, rest) = after.split_at(after.find(std::path::is_separator).unwrap_or(after.len()));
    let folder = if user.is_empty() { home.map(Path::to_owned) } else { home_of(user) };
    let folder = folder.as_deref().and_then(Path::to_str);
    let whole = folder.map(|folder| format!("{}{rest}", folder.trim_end_matches('/')));
    match whole.as_deref() {
        None => text.to_owned(),
        // The home folder of a container's unknown user is the root.
        Some("") => "/".to_owned(),
        Some(whole) => whole.to_owned(),
    }
}

/// The home folder of another user, as the system's list of users has it.
fn home_of(user: &str) -> Option<PathBuf> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(user))?;
    line.split(':').nth(5).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

fn with_variables(text: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, name) = name(rest);
        match name.and_then(variable).and_then(|value| value.into_string().ok()) {
            Some(value) => expanded.push_str(&value),
            None => expanded.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    expanded + rest
}

/// How many bytes of `text`, which begins with `$`, name a variable, and which; 1 byte if they name none.
fn name(text: &str) -> (usize, Option<&str>) {
    let after = &text[1..];
    if let Some(inside) = after.strip_prefix('{') {
        return inside.find('}').map_or((1, None), |end| (end + 3, Some(&inside[..end])));
    }
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
    (end + 1, Some(&after[..end]).filter(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_expanded_as_python_does() {
        fn check(path: &str, expected: &str) {
            let variable = |name: &str| match name {
                "A" => Some("/a".into()),
                "A_1" => Some("x".into()),
                "ROUND" => Some("$A".into()),
                "EMPTY" => Some(OsString::new()),
                _ => None,
            };
            let found = expanded(path.into(), Some(Path::new("/home/me")), &variable);
            assert_eq!(found, PathBuf::from(expected), "{path}");
        }
        // What Python 3.11 gives on Linux with these variables and HOME=/home/me.
        check("~", "/home/me");
        check("~/hf", "/home/me/hf");
        check("/x/~/hf", "/x/~/hf");
        check("~nobody-has-this-name/hf", "~nobody-has-this-name/hf");
        check("$A/hf", "/a/hf");
        check("${A}hf", "/ahf");
        check("$A_1/$A", "x//a");
        check("$A-1", "/a-1");
        check("$ROUND/hf", "$A/hf");
        check("$EMPTY/hf", "/hf");
        check("$NONE/${NONE}/hf", "$NONE/${NONE}/hf");
        check("$$A", "$/a");
        check("${A", "${A");
        check("${}$", "${}$");
        check("/100%/ä$A", "/100%/ä/a");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn another_users_folder_is_in_the_list_of_users() {
        let found = expanded("~root/hf".into(), None, &|_| None);
        assert_eq!(found, PathBuf::from("/root/hf"));
        assert_eq!(expanded("~/hf".into(), None, &|_| None), PathBuf::from("~/hf"));
        assert_eq!(expanded("~".into(), Some(Path::new("/")), &|_| None), PathBuf::from("/"));
        assert_eq!(expanded("~/hf".into(), Some(Path::new("/")), &|_| None), PathBuf::from("/hf"));
    }
}
