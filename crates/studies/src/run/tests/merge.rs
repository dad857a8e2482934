//! Shards become one run.

use std::{fs, path::PathBuf};

use super::{
    super::*,
    bench::{Bench, timeless_lines},
};
use tauscope_core::{CancelToken, Error};
use tauscope_testing::fake::Moment;

fn shard(number: usize, of: usize) -> Bench {
    Bench { shard: Shard::new(number, of).unwrap(), ..Bench::new() }
}

#[test]
fn merged_shards_are_a_single_run() {
    let whole = Bench::new();
    whole.run();
    let shards = [shard(1, 2), shard(2, 2)];
    shards.iter().for_each(|shard| assert_eq!(shard.run().painted, 4));
    assert_eq!(shards[1].results().prompts, whole.plan.prompts[1..]);
    let merged = Bench::new();
    let folders: Vec<_> = shards.iter().rev().map(|shard| shard.root.clone()).collect();
    // The second time, as after a merge that was killed: nothing is there twice.
    for _ in 0..2 {
        merge(&folders, &merged.root).unwrap();
        assert_eq!(merged.results(), whole.results());
        let lines = |bench: &Bench| timeless_lines(&bench.file("pictures.jsonl"));
        assert_eq!(lines(&merged), lines(&whole));
        for file in [
            "prompts.jsonl",
            "answers/reader.jsonl",
            "scores/clip.jsonl",
            "features/inception.f32",
            "study.json",
        ] {
            assert_eq!(fs::read(merged.file(file)).unwrap(), fs::read(whole.file(file)).unwrap(), "{file}");
        }
        let picture = "pictures/00008-1-our-reading.png";
        let pixels = |bench: &Bench| image::open(bench.file(picture)).unwrap();
        assert_eq!(pixels(&merged), pixels(&whole));
    }
    assert_eq!(merged.run().painted, 8);
    assert_eq!(merged.work(), (0, 0));
}

#[test]
fn what_does_not_belong_together_is_told() {
    let (first, second) = (shard(1, 2), shard(2, 2));
    first.run();
    let out = Bench::new();
    let check = |folders: &[&Bench], expected: &str| {
        let folders: Vec<PathBuf> = folders.iter().map(|bench| bench.root.clone()).collect();
        let message = merge(&folders, &out.root).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(!out.root.exists(), "nothing was made");
    };
    check(&[], "nothing to merge");
    check(&[&second], "is not the folder of a study's run");
    check(&[&first], "are missing: 2/2.");
    drop(second.open().unwrap());
    check(&[&first, &second], "had other judges");
    let script = |moment, _: &CancelToken| match moment {
        Moment::Loading => Ok(()),
        _ => Err(Error::input("Out of paint.", "Buy some.")),
    };
    second.run_with(script, &mut second.judges(), |_| ()).unwrap();
    fs::write(second.file("pictures.jsonl"), "").unwrap();
    check(&[&first, &second], "lacks 4 of its 4 pictures");
    let again = shard(1, 2);
    again.run();
    check(&[&first, &again], "are missing: 2/2.");
    let third = shard(1, 3);
    third.run();
    check(&[&third, &first], "not of the same study");
    let mut other = shard(2, 2);
    other.plan.arms[1].control.tau = 0.5;
    other.run();
    check(&[&first, &other], "in its arm our-reading, control.tau is 0.5 and not 0.7");
    second.run();
    let whole = Bench::new();
    merge(&[first.root.clone(), second.root.clone()], &whole.root).unwrap();
    let folders = [&first, &second, &again].map(|bench| bench.root.clone());
    assert!(merge(&folders, &out.root).unwrap_err().to_string().contains("are there twice: 1/2."));
}
