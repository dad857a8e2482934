//! The embedded model continues from a checkpoint as if it had never stopped.

use tauscope_core::{
    CancelToken,
    attention::{Control, Record},
    diffusion::{Outcome, Progress, Settings, Start, scheduler::Sampler},
    prompt::Entities,
};
use tauscope_studio::worker::{Commission, Engine, Painter};
use tauscope_testing::engine;

/// Paints, and returns the record and the state of the run after each step.
fn paint(engine: &mut Engine, settings: &Settings, start: Start) -> (Outcome, Record, Vec<Start>) {
    let (mut record, mut states) = (Record::default(), Vec::new());
    let commission = Commission { start, ..Commission::new(settings.clone()) };
    let outcome = engine
        .paint(&commission, &CancelToken::new(), &mut |progress| {
            if let Progress::Step(step) = progress {
                states.push(Start::Checkpoint(step.checkpoint.clone()));
                step.add_to(&mut record);
            }
        })
        .expect("a picture");
    (outcome, record, states)
}

#[test]
fn a_branch_that_changes_nothing_is_its_parent_bit_for_bit() {
    let mut engine = engine();
    let prompt = "a red cat and a blue dog".to_owned();
    for sampler in [Sampler::Euler, Sampler::EulerAncestral, Sampler::DpmPlusPlus2MKarras] {
        let settings = Settings {
            entities: Entities::by_hand(&prompt, "a red cat;a blue dog").expect("entities"),
            prompt: prompt.clone(),
            width: 96,
            height: 64,
            steps: 4,
            sampler,
            control: Control::our_reading(),
            ..Settings::default()
        };
        let (parent, all, states) = paint(&mut engine, &settings, Start::Seed);
        let (branch, record, later) = paint(&mut engine, &settings, states[1].clone());
        assert_eq!((record.steps.len(), record.scores.len()), (2, 2));
        assert_eq!(later, states[2..], "{sampler:?}");
        assert_eq!(record.steps, all.steps[2..], "{sampler:?}");
        assert_eq!(branch.image, parent.image, "{sampler:?}");

        let neutral = Settings { control: Control::neutral(), ..settings };
        assert_ne!(paint(&mut engine, &neutral, states[1].clone()).0.image, parent.image, "{sampler:?}");
    }
}

#[test]
fn a_run_of_another_shape_cannot_go_on() {
    let mut engine = engine();
    let settings = Settings { width: 64, height: 64, steps: 2, ..Settings::default() };
    let (_, _, states) = paint(&mut engine, &settings, Start::Seed);
    let mut check = |change: fn(&mut Settings)| {
        let mut settings = settings.clone();
        change(&mut settings);
        let commission = Commission { start: states[0].clone(), ..Commission::new(settings) };
        let error = engine.paint(&commission, &CancelToken::new(), &mut |_| ()).expect_err("no picture");
        assert!(error.to_string().contains("cannot go on"), "{error}");
    };
    check(|settings| settings.width = 96);
    check(|settings| settings.steps = 1);
    check(|settings| settings.prompt = "cat ".repeat(80));
}
