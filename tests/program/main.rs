//! The real binary, used as in a shell, and the rules that are checked in its source.

mod cli;
mod hub;
mod invariants;
mod like;
mod notices;
mod variants;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

/// The program with the library that the tests share, and never the user's data folder.
fn tauscope(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tauscope"));
    command
        .args(arguments)
        .env("TAUSCOPE_DATA_DIR", tauscope_testing::data_dir())
        .env("ORT_DYLIB_PATH", tauscope_testing::runtime().library_path());
    command
}

fn run(arguments: &[&str]) -> Output {
    tauscope(arguments).output().expect("the program starts")
}

/// Paints into `out` and returns what `--json` prints.
fn generate(out: &Path, arguments: &[&str]) -> Value {
    let out = out.to_str().expect("a Unicode path");
    let mut all = vec!["generate", "--json", "--quiet", "--out", out];
    all.extend(arguments);
    let output = run(&all);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "--quiet prints {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn files(summary: &Value) -> Vec<PathBuf> {
    summary["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| file.as_str().expect("a path").into())
        .collect()
}
