//! The fuzzers' inputs that are kept (`fuzz/corpus`): sound files of each kind, and every input that once made a reader
//! fail. `tauscope_testing::untrusted` says what has to hold.

use std::{fs, panic};

use tauscope_testing::{in_repository, untrusted::TARGETS};

#[test]
fn readers_of_anybodys_files_take_every_kept_input() {
    for (name, target) in TARGETS {
        let folder = in_repository("fuzz/corpus").join(name);
        let files = fs::read_dir(&folder).expect("inputs of every target");
        let mut files: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no inputs");
        for file in files {
            let bytes = fs::read(&file).expect("an input");
            let outcome = panic::catch_unwind(|| target(&bytes));
            assert!(outcome.is_ok(), "{} makes {name} panic", file.display());
        }
    }
}
