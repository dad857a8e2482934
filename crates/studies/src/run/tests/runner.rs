//! What a run paints, tells and survives.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{
    super::*,
    bench::{Bench, ScriptedJudge, timeless},
};
use crate::judges::{Judge, Verdict};
use tauscope_core::{CancelToken, Error, diffusion::scheduler::Sampler};
use tauscope_testing::fake::Moment;

fn shot(prompt: usize, sample: usize, arm: &str) -> Shot {
    Shot { prompt, sample, arm: arm.into() }
}

#[test]
fn every_picture_is_painted_judged_and_told() {
    let bench = Bench::new();
    let mut told = Vec::new();
    bench
        .run_with(
            |_, _| Ok(()),
            &mut bench.judges(),
            |progress| {
                let there = Results::read(&bench.root).unwrap().shots.len();
                told.push((progress.done, progress.total, there, progress.verdicts.len()));
                assert_eq!(progress.left.is_some(), progress.line.is_some());
            },
        )
        .unwrap();
    let expected: Vec<_> = (0..=8).map(|done| (done, 8, done, if done == 0 { 0 } else { 3 })).collect();
    assert_eq!(told, expected);
    let results = bench.results();
    assert_eq!((results.arms[0].about.as_str(), results.arms[1].about.is_empty()), ("neutral", false));
    assert_eq!(
        (results.shots.len(), results.answers["reader"].len(), results.scores["clip"].len()),
        (8, 8, 8)
    );
    let line = &results.shots[&shot(8, 1, "our-reading")];
    let settings = &line.recipe.as_ref().unwrap().settings;
    assert_eq!((settings.seed, settings.width, settings.steps), (8001, 64, 2));
    assert_eq!(settings.entities.to_text(&settings.prompt), "a blue dog|a red hat");
    assert_eq!(settings.control, bench.plan.arms[1].control);
    let pair = &results.shots[&shot(3, 0, "neutral")];
    assert!(pair.focus.is_some_and(|focus| focus > 0.0), "{pair:?}");
    assert!(pair.overlap.is_some() && pair.leak.is_some(), "two entities with attributes");
    assert_eq!((line.overlap, line.leak), (None, None), "one entity has none to leak to");
    let features = read_features(&bench.root, "inception").unwrap();
    assert_eq!(features.len(), 2);
    assert_eq!(features["neutral"].rows.dim(), (4, 3));
    assert_eq!(features["neutral"].shots[2], shot(8, 0, "neutral"));
    let sum = f64::from(features["neutral"].rows[[2, 2]]);
    assert!((sum - results.scores["clip"][&shot(8, 0, "neutral")]).abs() < 1e-2, "its row is its own");
}

#[test]
fn several_painters_find_the_same() {
    let one = Bench::new();
    one.run();
    let several = Bench { painters: 3, ..Bench::new() };
    several.run();
    assert_eq!(several.results(), one.results());
    assert_eq!(several.work(), one.work());
    let features = |bench: &Bench| read_features(&bench.root, "inception").unwrap();
    assert_eq!(features(&several), features(&one));
}

#[test]
fn judges_that_come_later_see_the_same_pictures() {
    let at_once = Bench::new();
    at_once.run();
    let later = Bench::new();
    later.run_with(|_, _| Ok(()), &mut [], |_| ()).unwrap();
    assert_eq!(later.work(), (8, 0));
    later.run();
    assert_eq!(later.work(), (0, 24));
    assert_eq!(later.results(), at_once.results());
}

#[test]
fn a_picture_that_fails_is_counted_and_tried_again_if_asked() {
    let check = |fail: fn() -> tauscope_core::Result<()>, expected: &str| {
        let mut bench = Bench::new();
        let pictures = Arc::new(AtomicUsize::new(0));
        let script = move |moment, _: &CancelToken| {
            let is_third = moment == Moment::Encoding && pictures.fetch_add(1, Ordering::SeqCst) == 2;
            if is_third { fail() } else { Ok(()) }
        };
        let mut failed = 0;
        let told = |progress: &Progress<'_>| failed = progress.failed;
        let summary = bench.run_with(script, &mut bench.judges(), told).unwrap();
        assert_eq!((summary.painted, summary.failed, failed), (7, 1, 1));
        assert_eq!(bench.work(), (8, 21));
        let line = bench.results().shots[&shot(3, 1, "neutral")].clone();
        assert!(line.error.as_ref().is_some_and(|error| error.contains(expected)), "{line:?}");
        assert!(line.picture.is_none() && line.recipe.is_some());
        bench.run();
        assert_eq!(bench.work(), (0, 0), "not unasked");
        bench.options.retry_failed = true;
        assert_eq!((bench.run().failed, bench.work()), (0, (1, 3)));
        let whole = Bench::new();
        whole.run();
        assert_eq!(bench.results(), whole.results());
    };
    check(|| Err(Error::input("Out of paint.", "Buy some.")), "Out of paint. Buy some.");
    check(|| panic!("it fell over"), "it fell over");
}

#[test]
fn a_judge_that_fails_leaves_the_rest_alone() {
    let check = |say: fn() -> tauscope_core::Result<Verdict>, expected: &str| {
        let bench = Bench::new();
        let mut judges = bench.judges();
        judges.insert(0, Box::new(ScriptedJudge { fingerprint: "1", say }));
        let summary = bench.run_with(|_, _| Ok(()), &mut judges, |_| ()).unwrap();
        assert_eq!(summary.painted, 8);
        let (count, reason) = &summary.not_judged["scripted"];
        assert!((*count, reason.contains(expected)) == (8, true), "{reason}");
        let notices = RunFolder::notices(&bench.root).unwrap();
        assert_eq!(notices, [RunNotice { about: "scripted".into(), notice: reason.clone() }], "told once");
        assert_eq!((bench.results().answers["reader"].len(), bench.results().answers.len()), (8, 1));
        // Once it works again it is asked about all.
        let say = || Ok(Verdict::Answers(vec![None, Some(true)]));
        let mut judges: [Box<dyn Judge>; 1] = [Box::new(ScriptedJudge { fingerprint: "1", say })];
        let summary = bench.run_with(|_, _| Ok(()), &mut judges, |_| ()).unwrap();
        assert_eq!((summary.not_judged.len(), bench.results().answers["scripted"].len()), (0, 8));
    };
    check(|| Err(Error::input("It died.", "Start it again.")), "It died. Start it again.");
    check(|| panic!("it fell over"), "it fell over");
    check(|| Ok(Verdict::Answers(vec![Some(true)])), "1 answers to 2 questions");
    check(|| Ok(Verdict::Score(f64::NAN)), "the score NaN");
}

/// A model that stops for nothing but a cancel.
#[test]
fn a_cancel_ends_it_inside_a_picture_and_it_goes_on() {
    for painters in [1, 2] {
        let bench = Bench { painters, ..Bench::new() };
        let cancel = CancelToken::new();
        let seen = Arc::new(AtomicUsize::new(0));
        let load = |token: &CancelToken| {
            let seen = Arc::clone(&seen);
            let mut loader = tauscope_testing::fake::FakeLoader::scripted(move |moment, token| {
                if moment == Moment::Step(1) && seen.fetch_add(1, Ordering::SeqCst) >= 3 {
                    while !token.is_cancelled() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                token.check()
            });
            use tauscope_studio::worker::ModelLoader as _;
            loader.load(&tauscope_studio::painting::ModelSource::Embedded, &mut |_, _| (), token)
        };
        let mut folder = bench.open().unwrap();
        let mut told = |progress: &Progress<'_>| {
            if progress.done == 3 {
                cancel.cancel();
            }
        };
        let painters = Painters { load: &load, count: painters };
        let options = RunOptions::default();
        let ended = run_study(&mut folder, painters, &mut bench.judges(), &options, &cancel, &mut told);
        assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
        assert_eq!(timeless(folder.results().unwrap()).shots.len(), 3);
        drop(folder);
        bench.work();
        assert_eq!((bench.run().painted, bench.work()), (8, (5, 15)));
    }
}

/// As on a full disk: the file cannot be put into its place.
#[test]
fn a_disk_that_refuses_a_picture_ends_the_run_and_loses_nothing() {
    let bench = Bench::new();
    drop(bench.open().unwrap());
    let place = bench.file("pictures/00003-1-neutral.png");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("something"), "").unwrap();
    let error = bench.run_with(|_, _| Ok(()), &mut bench.judges(), |_| ()).unwrap_err();
    assert!(error.to_string().contains("00003-1-neutral.png"), "{error}");
    assert_eq!(bench.results().shots.len(), 2);
    fs::remove_dir_all(&place).unwrap();
    bench.work();
    bench.run();
    assert_eq!(bench.work(), (6, 18));
}

#[test]
fn what_no_picture_could_be_painted_with_is_told_at_once() {
    let check = |change: &dyn Fn(&mut Bench), expected: &str| {
        let mut bench = Bench::new();
        change(&mut bench);
        let message = bench.run_with(|_, _| Ok(()), &mut [], |_| ()).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert_eq!(bench.work().0, 0);
    };
    check(&|bench| bench.plan.common.size = Some([50, 64]), "A width of 50 pixels");
    check(&|bench| bench.plan.arms[1].steps = Some(0), "0 steps");
    check(&|bench| bench.plan.arms[1].control.tau = 0.0, "temperature of 0");
}

#[test]
fn an_arm_may_differ_in_more_than_control() {
    let mut bench = Bench::new();
    bench.plan.arms[1].guidance_scale = Some(2.0);
    bench.plan.arms[1].steps = Some(3);
    bench.plan.arms[1].sampler = Some(Sampler::Ddim);
    bench.run();
    let results = bench.results();
    let settings = |arm| results.shots[&shot(3, 0, arm)].recipe.as_ref().unwrap().settings.clone();
    let told = |arm| {
        let settings = settings(arm);
        (settings.guidance_scale, settings.steps, settings.sampler)
    };
    assert_eq!((told("neutral"), told("our-reading")), ((6.0, 2, Sampler::Euler), (2.0, 3, Sampler::Ddim)));
    assert!(results.arms[1].about.contains("guidance 2, 3 steps, "), "{}", results.arms[1].about);
}

#[test]
fn a_study_is_estimated_before_it_runs() {
    let plan = super::bench::plan();
    let of = |shard| estimate(&plan, shard, 1.5, 1000);
    let whole = Estimate { pictures: 8, time: Duration::from_secs(12), bytes: 8000 };
    assert_eq!(of(Shard::WHOLE), whole);
    assert_eq!(of(Shard::new(2, 3).unwrap()).pictures, 4);
    assert_eq!(of(Shard::new(3, 3).unwrap()).pictures, 0);
}
