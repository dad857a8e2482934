//! What a run's files are called.

use std::path::Path;

use super::sequence::escaped;

/// The most words of a prompt that a name repeats.
const MOST_WORDS: usize = 8;

/// "0007-1204-a-boy-with-a-red-hat": one number above the highest in `folder`, the seed, and the prompt's beginning.
/// Names sort in the order of making and never clash with what is there.
pub fn free_stem(folder: &Path, seed: u64, prompt: &str) -> String {
    let taken = folder.read_dir().into_iter().flatten().flatten().filter_map(|entry| {
        let name = entry.file_name();
        name.to_str()?.split_once('-')?.0.parse::<u64>().ok()
    });
    let number = taken.max().unwrap_or(0).saturating_add(1);
    let words: Vec<_> = prompt
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .collect();
    // Joined before escaping, which keeps the whole within what file systems take.
    let name = escaped(&words.join(" ")).replace('_', "-");
    format!("{number:04}-{seed}-{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_up_and_fit_every_file_system() {
        fn check(there: &[&str], prompt: &str, expected: &str) {
            let folder = tempfile::tempdir().unwrap();
            for name in there {
                std::fs::write(folder.path().join(name), "").unwrap();
            }
            assert_eq!(free_stem(folder.path(), 7, prompt), expected);
        }
        check(&[], "a boy, (red:1.2) hat", "0001-7-a-boy-red-1-2-hat");
        check(&["0001-7-cat.png", "0009-1-dog.npz", "note.txt"], "cat", "0010-7-cat");
        check(&[], "../../etc", "0001-7-etc");
        check(&[], "", "0001-7--");
        check(&[], "猫と犬", "0001-7-猫と犬");
    }
}
