//! A run goes on from every point at which it can be killed, and nothing is painted twice.

use std::{fs, path::Path};

use super::bench::{Bench, timeless_lines};

/// Drops the last line of a file, or so many bytes.
fn cut(path: &Path, bytes: Option<usize>) {
    let mut text = fs::read(path).unwrap();
    let last = text[..text.len() - 1].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    text.truncate(bytes.map_or(last, |bytes| text.len() - bytes));
    fs::write(path, text).unwrap();
}

/// Copies a folder with what is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

const LAST: &str = "pictures/00008-1-our-reading.png";

#[test]
fn a_run_goes_on_from_every_point_at_which_it_is_killed() {
    let whole = Bench::new();
    whole.run();
    assert_eq!(whole.work(), (8, 24));
    let lines = timeless_lines(&whole.file("pictures.jsonl"));
    // Takes away what `kill` says, as if the run had been killed there, and goes on. It has to paint and to judge exactly
    // so much, and to end as if it had never been killed.
    let check = |when: &str, expected: (usize, usize), kill: &dyn Fn(&Bench)| {
        let bench = Bench::new();
        copy(&whole.root, &bench.root);
        kill(&bench);
        let summary = bench.run();
        assert_eq!((summary.painted, summary.failed), (8, 0), "{when}");
        assert_eq!(bench.work(), expected, "{when}");
        assert_eq!(bench.results(), whole.results(), "{when}");
        assert!(timeless_lines(&bench.file("pictures.jsonl")).ends_with(&lines[7..]), "{when}");
        bench.run();
        assert_eq!(bench.work(), (0, 0), "{when}: nothing is left");
    };
    check("at its end", (0, 0), &|_| ());
    check("while the last picture was painted", (1, 3), &|bench| {
        fs::remove_file(bench.file(LAST)).unwrap();
        cut(&bench.file("pictures.jsonl"), None);
        forget_last_verdicts(bench);
    });
    check("while its file was written", (1, 3), &|bench| {
        let half = bench.file("pictures/.tauscope-x.part");
        fs::rename(bench.file(LAST), half).unwrap();
        cut(&bench.file("pictures.jsonl"), None);
        forget_last_verdicts(bench);
    });
    check("before its line", (0, 3), &|bench| {
        cut(&bench.file("pictures.jsonl"), None);
        forget_last_verdicts(bench);
    });
    check("while its line was written", (0, 3), &|bench| {
        cut(&bench.file("pictures.jsonl"), Some(7));
        forget_last_verdicts(bench);
    });
    check("before it was judged", (0, 3), &forget_last_verdicts);
    check("between two judges", (0, 2), &|bench| {
        cut(&bench.file("scores/clip.jsonl"), None);
        cut(&bench.file("features/inception.f32"), Some(16));
    });
    check("while answers were written", (0, 1), &|bench| cut(&bench.file("answers/reader.jsonl"), Some(3)));
    check("while scores were written", (0, 1), &|bench| cut(&bench.file("scores/clip.jsonl"), Some(1)));
    check("while features were written", (0, 1), &|bench| {
        cut(&bench.file("features/inception.f32"), Some(5));
    });
    check("and its lines were lost", (0, 0), &|bench| {
        fs::remove_file(bench.file("pictures.jsonl")).unwrap();
    });
    check("and a picture was lost", (1, 0), &|bench| fs::remove_file(bench.file(LAST)).unwrap());
    check("and a power cut emptied a picture", (1, 0), &|bench| fs::write(bench.file(LAST), "").unwrap());
}

fn forget_last_verdicts(bench: &Bench) {
    cut(&bench.file("answers/reader.jsonl"), None);
    cut(&bench.file("scores/clip.jsonl"), None);
    cut(&bench.file("features/inception.f32"), Some(16));
}

#[test]
fn a_run_that_was_killed_before_it_began_begins() {
    let bench = Bench::new();
    fs::create_dir_all(&bench.root).unwrap();
    fs::write(bench.file("prompts.jsonl"), "{\"prompt\"").unwrap();
    fs::write(bench.file(".tauscope-y.part"), "").unwrap();
    assert_eq!(bench.run().painted, 8);
}

/// A picture under the name of one of the run's that the run did not paint is painted over.
#[test]
fn a_strangers_picture_is_not_taken_for_ours() {
    let bench = Bench::new();
    let ours = Bench::new();
    ours.run();
    drop(bench.open().unwrap());
    fs::copy(ours.file(LAST), bench.file("pictures/00003-0-neutral.png")).unwrap();
    fs::write(bench.file("pictures/00003-0-our-reading.png"), "no picture").unwrap();
    bench.run();
    assert_eq!((bench.work().0, bench.results()), (8, ours.results()));
}
