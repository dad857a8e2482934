//! Broken entries, foreign folders and impossible paths.

use super::*;

#[test]
fn broken_and_foreign_folders_are_left_alone_with_a_remark() {
    fn check(expected: &str, damage: impl FnOnce(&Path)) {
        let (folder, mut history) = history(0);
        let id = add(&mut history);
        let entry = folder.path().join(id.to_string());
        damage(&entry);
        let before = names(folder.path());
        let mut reopened = History::open(folder.path(), 0).unwrap();
        let remarks = reopened.take_remarks();
        assert!(remarks.len() == 1 && remarks[0].contains(expected), "{remarks:?}");
        assert!(ids(&reopened).is_empty());
        let new = add(&mut reopened);
        assert_eq!((ids(&reopened), reopened.take_remarks()), (vec![new], Vec::new()));
        assert!(before.iter().all(|name| names(folder.path()).contains(name)), "{expected}");
    }
    let edited = |old: &'static str, new: &'static str| {
        move |entry: &Path| {
            let path = entry.join("entry.json");
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(old));
            fs::write(path, text.replacen(old, new, 1)).unwrap();
        }
    };
    check("format 2", edited("\"version\": 1", "\"version\": 2"));
    check("tokens without maps", edited("\"tokens\": 77", "\"tokens\": 7"));
    check("width of 97", edited("\"width\": 96", "\"width\": 97"));
    check("average of no layers", edited("\"count\": 2", "\"count\": 0"));
    check("entry.json is broken", edited("{", ""));
    check("entry.json", |entry| fs::remove_file(entry.join("entry.json")).unwrap());
    check("picture is broken", |entry| fs::write(entry.join("thumbnail.png"), "GIF89a").unwrap());
    check("not an entry's", |entry| fs::rename(entry, entry.with_file_name("holiday")).unwrap());
}

#[test]
fn a_broken_entry_is_refused_when_it_is_opened() {
    fn check(file: &str, damage: impl FnOnce(Vec<u8>) -> Vec<u8>, expected: &str) {
        let (folder, mut history) = history(u64::MAX);
        let id = add(&mut history);
        let path = folder.path().join(id.to_string()).join(file);
        fs::write(&path, damage(fs::read(&path).unwrap())).unwrap();
        let message = history.open_entry(id, JobId(1)).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let halved = |mut bytes: Vec<u8>| {
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    let flipped = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        bytes
    };
    let replaced = |old: &'static str, new: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replacen(old, new, 1).into_bytes()
    };
    check("maps.npz", halved, "maps.npz is broken");
    check("maps.npz", flipped, "in maps.npz is broken");
    check("picture.png", halved, "picture is broken");
    check("entry.json", replaced("\"tokens\": 77", "\"tokens\": 78"), "shape [2, 24, 77]");
    check("entry.json", replaced("\"name\": \"4 x 6\"", "\"name\": \"../4 x 6\""), "is not in maps.npz");
    check("entry.json", replaced("\"height\": 64", "\"height\": 128"), "previews in maps.npz has the shape");
}

#[test]
fn a_failed_write_leaves_the_history_as_it_was() {
    let (folder, mut history) = history(0);
    let kept = add(&mut history);
    let mut broken = painting();
    broken.steps.truncate(1);
    let step = Arc::make_mut(&mut broken.steps[0]);
    // Fewer values than its size says: found in the middle of the last array.
    step.preview = Array3::zeros((3, 1, 1));
    assert!(matches!(history.add(&broken, &recipe()), Err(Error::File { .. })));
    let unfinished = Painting { image: None, ..painting() };
    assert!(matches!(history.add(&unfinished, &recipe()), Err(Error::Internal(_))));
    assert_eq!((ids(&history), names(folder.path())), (vec![kept], vec![kept.to_string()]));
}

#[test]
fn impossible_folders_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(History::open(&file, 0), Err(Error::File { .. })));
    assert!(matches!(History::open(&file.join("below"), 0), Err(Error::File { .. })));

    let place = folder.path().join("history");
    let mut history = History::open(&place, 0).unwrap();
    fs::remove_dir(&place).unwrap();
    assert!(matches!(history.add(&painting(), &recipe()), Err(Error::File { .. })));
    assert!(matches!(history.refresh(), Err(Error::File { .. })));
}
