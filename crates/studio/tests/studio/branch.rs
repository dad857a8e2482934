//! The embedded model continues from a checkpoint as if it had never stopped.

use tauscope_core::{
    CancelToken,
    attention::{Control, Mask, MaskRegions, Record},
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

/// What the first steps looked at decides later ones, wherever a run goes on.
#[test]
fn a_branch_decides_whose_a_place_is_as_its_parent_did() {
    let mut engine = engine();
    let prompt = "a red cat and a blue dog".to_owned();
    // Attention is looked at in two steps of ten.
    let settings = |regions| Settings {
        entities: Entities::by_hand(&prompt, "a red cat;a blue dog").expect("entities"),
        prompt: prompt.clone(),
        width: 96,
        height: 64,
        steps: 10,
        control: Control { mask: Mask { regions, ..Mask::HARD }, ..Control::neutral() },
        ..Settings::default()
    };
    let by_attention = settings(MaskRegions::Attention);
    let (parent, all, states) = paint(&mut engine, &by_attention, Start::Seed);
    for step in [1, 2, 6] {
        let (branch, record, _) = paint(&mut engine, &by_attention, states[step - 1].clone());
        assert_eq!(record.steps, all.steps[step..], "{step}");
        assert_eq!(branch.image, parent.image, "{step}");
    }
    // It is not the order that words give, nor that of each patch.
    let (free, unmasked, _) = paint(&mut engine, &settings_without_mask(&by_attention), Start::Seed);
    assert_eq!(all.steps[..2], unmasked.steps[..2], "nothing is masked before attention decides");
    assert_ne!(parent.image, free.image);
    assert_ne!(all.steps[2], unmasked.steps[2]);
}

fn settings_without_mask(settings: &Settings) -> Settings {
    Settings { control: Control::neutral(), ..settings.clone() }
}

/// Where words say whose a place is, each entity's words are seen in its half of the picture alone.
#[test]
fn words_give_each_entity_its_part_of_the_picture() {
    let mut engine = engine();
    let mut check = |prompt: &str, left_token: usize, right_token: usize| {
        let settings = Settings {
            entities: Entities::by_hand(prompt, "a red cat;a blue dog").expect("entities"),
            prompt: prompt.to_owned(),
            width: 128,
            height: 64,
            steps: 1,
            control: Control {
                mask: Mask { regions: MaskRegions::Words, ..Mask::HARD },
                ..Control::neutral()
            },
            ..Settings::default()
        };
        let (_, record, _) = paint(&mut engine, &settings, Start::Seed);
        for (layer, map) in record.layers.iter().zip(&record.steps[0].0) {
            let mut seen_in_halves = [0.0, 0.0];
            for (patch, row) in map.outer_iter().enumerate() {
                let is_left = 2 * (patch % layer.grid.width) < layer.grid.width;
                let (seen, hidden) =
                    if is_left { (left_token, right_token) } else { (right_token, left_token) };
                assert_eq!(row[hidden], 0.0, "{prompt}, {}, patch {patch}", layer.name);
                seen_in_halves[usize::from(!is_left)] += row[seen];
            }
            assert!(seen_in_halves.iter().all(|&seen| seen > 0.0), "{prompt}, {}", layer.name);
        }
    };
    // The tokens of "cat" and "dog".
    check("a red cat and a blue dog", 3, 7);
    check("a red cat to the right of a blue dog", 10, 3);
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
