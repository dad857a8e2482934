//! The real binary, used as in a shell, and the rules that are checked in its source.

mod cli;
mod hub;
mod invariants;
mod variants;

use std::process::Command;

/// The program with the library that the tests share, and never the user's data folder.
fn tauscope(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tauscope"));
    command
        .args(arguments)
        .env("TAUSCOPE_DATA_DIR", tauscope_testing::data_dir())
        .env("ORT_DYLIB_PATH", tauscope_testing::runtime().library_path());
    command
}
