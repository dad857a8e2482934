//! Which folders a run goes on with.

use std::fs;

use super::{
    super::*,
    bench::{Bench, ScriptedJudge},
};
use crate::judges::{Judge, Verdict};
use tauscope_core::{attention::Control, model::Fingerprint};

#[test]
fn another_run_is_refused_with_what_differs() {
    let check = |change: &dyn Fn(&mut Bench), expected: &str| {
        let mut bench = Bench::new();
        drop(bench.open().unwrap());
        change(&mut bench);
        let message = bench.open().map_or_else(|error| error.to_string(), |_| String::new());
        assert!(message.contains(expected) && message.is_empty() == expected.is_empty(), "{message:?}");
    };
    check(&|_| (), "");
    check(&|bench| bench.plan.about = "another purpose".into(), "");
    check(&|bench| bench.plan.judges.push("people".into()), "");
    check(&|bench| bench.plan.name = "cars".into(), "its study is pets and not cars");
    check(&|bench| bench.plan.samples = 3, "each prompt and arm is 2 and not 3");
    check(&|bench| bench.shard = Shard::new(2, 2).unwrap(), "its shard is 1/1 and not 2/2");
    check(&|bench| bench.plan.common.steps = None, "steps is 2 and not left open");
    check(&|bench| bench.plan.arms[1].control.tau = 0.9, "in its arm our-reading, control.tau is 0.7");
    check(&|bench| bench.plan.arms[1].control = Control::neutral(), "control.tau is 0.7");
    check(&|bench| bench.plan.arms[1].name = "ours".into(), "neutral, our-reading and not neutral, ours");
    check(&|bench| drop(bench.plan.prompts.pop()), "its number of prompts is 2 and not 1");
    check(&|bench| bench.plan.prompts[1].prompt = "a cat".into(), "prompt 8 (\"a blue dog with a red hat\")");
    check(&|bench| drop(bench.plan.prompts[1].checks.pop()), "asks something else");
}

#[test]
fn another_model_is_refused() {
    let bench = Bench::new();
    drop(bench.open().unwrap());
    let other = ModelName { name: "Fake".into(), fingerprint: Fingerprint::of_text("other") };
    let message = RunFolder::create(&bench.root, &bench.plan, &other, bench.shard).unwrap_err().to_string();
    assert!(message.contains("its model is Fake (") && message.contains("and not Fake ("), "{message}");
}

#[test]
fn a_folder_with_something_else_is_left_alone() {
    let bench = Bench::new();
    fs::create_dir_all(&bench.root).unwrap();
    fs::write(bench.file("thesis.txt"), "years of work").unwrap();
    let message = bench.open().unwrap_err().to_string();
    assert!(message.contains("is not empty"), "{message}");
    let message = RunFolder::open(&bench.root).unwrap_err().to_string();
    assert!(message.contains("it has no study.json"), "{message}");
}

#[test]
fn one_process_writes_a_folder() {
    let bench = Bench::new();
    let first = bench.open().unwrap();
    for second in [bench.open(), RunFolder::open(&bench.root)] {
        assert!(second.unwrap_err().to_string().contains("Another Tauscope holds"));
    }
    assert_eq!(first.results().unwrap().shots.len(), 0, "reading takes no lock");
    drop(first);
    assert_eq!(RunFolder::open(&bench.root).unwrap().plan(), &bench.plan);
}

#[test]
fn another_judge_of_the_same_name_is_refused() {
    let bench = Bench::new();
    let judge = |fingerprint| -> [Box<dyn Judge>; 1] {
        [Box::new(ScriptedJudge { fingerprint, say: || Ok(Verdict::Score(1.0)) })]
    };
    bench.run_with(|_, _| Ok(()), &mut judge("1"), |_| ()).unwrap();
    let message = bench.run_with(|_, _| Ok(()), &mut judge("2"), |_| ()).unwrap_err().to_string();
    assert!(message.contains("another scripted (1, and this one is 2)"), "{message}");
}
