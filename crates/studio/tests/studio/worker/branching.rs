//! Continuing from a step of a painting.

use std::sync::Arc;

use tauscope_core::{
    attention::{ByResolution, Control},
    diffusion::{Settings, scheduler::Sampler},
    prompt::Entities,
};
use tauscope_studio::{
    history::History,
    painting::{Branch, JobId, ModelSource, PaintedStep, Painting, Recipe},
    worker::Request,
};
use tauscope_testing::fake::{FakeLoader, model_info};

use super::rig::{Rig, settings};

const STEPS: usize = 5;

/// A worker that never stops, with a model.
fn rig() -> Rig {
    let rig = Rig::new(FakeLoader::default());
    rig.worker.send(Request::Load(ModelSource::Embedded));
    rig
}

fn paint(rig: &mut Rig, settings: &Settings, branch: Option<(&Arc<Painting>, usize)>) -> Arc<Painting> {
    let branch = branch.map(|(parent, step)| Branch { parent: Arc::clone(parent), step });
    rig.worker.send(Request::Generate { id: JobId(1), settings: settings.clone(), prompt: None, branch });
    rig.finished()
}

#[test]
fn a_branch_that_changes_nothing_is_its_parent() {
    let mut rig = rig();
    for sampler in Sampler::ALL {
        let settings = Settings { sampler, steps: STEPS, ..settings() };
        let parent = paint(&mut rig, &settings, None);
        for step in 1..STEPS {
            let branch = paint(&mut rig, &settings, Some((&parent, step)));
            assert_eq!(branch.image, parent.image, "{sampler:?} from step {step}");
            assert_eq!((branch.steps.len(), branch.first_step()), (STEPS, step));
            for (index, (ours, theirs)) in branch.steps.iter().zip(&parent.steps).enumerate() {
                assert_eq!(Arc::ptr_eq(ours, theirs), index < step, "{sampler:?}: step {index} of {step}");
                let state = |step: &PaintedStep| (step.index, step.maps.clone(), step.checkpoint.clone());
                assert_eq!(state(ours), state(theirs), "{sampler:?}: step {index} of {step}");
            }
        }
    }
}

#[test]
fn a_branch_of_a_reopened_painting_is_its_parent() {
    let mut rig = rig();
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::open(folder.path(), u64::MAX).unwrap();
    let prompt = settings().prompt;
    let entities = Entities::by_hand(&prompt, "boy;girl").unwrap();
    for sampler in Sampler::ALL {
        let settings = Settings { sampler, steps: STEPS, entities: entities.clone(), ..settings() };
        let parent = paint(&mut rig, &settings, None);
        let recipe = Recipe::of(&parent, &model_info(&ModelSource::Embedded));
        let id = history.add(&parent, &recipe).unwrap().id;
        let reopened = Arc::new(history.open_entry(id, JobId(2)).unwrap().painting);
        let branch = paint(&mut rig, &settings, Some((&reopened, 2)));
        assert_eq!((&branch.image, branch.layers.len()), (&parent.image, 2), "{sampler:?}");
        let by_resolution = ByResolution::of(&parent.layers);
        for (ours, theirs) in branch.steps.iter().zip(&parent.steps) {
            assert_eq!(ours.checkpoint, theirs.checkpoint, "{sampler:?}");
            let (maps, scores) =
                (by_resolution.step(&theirs.maps.read().unwrap()), by_resolution.scores(&theirs.scores));
            let kept = ours.maps.read().unwrap();
            let pairs = kept.0.iter().zip(&maps.0).chain(ours.scores.0.iter().zip(&scores.0));
            assert_eq!(pairs.clone().count(), 4);
            for (ours, theirs) in pairs {
                assert!((ours - theirs).iter().all(|difference| difference.abs() < 5e-4), "{sampler:?}");
            }
        }
    }
}

#[test]
fn a_branch_remembers_where_it_comes_from() {
    let mut rig = rig();
    let plain = Settings { steps: STEPS, ..settings() };
    let steered = Settings { control: Control { tau: 0.5, ..Control::default() }, seed: 7, ..plain.clone() };
    let parent = paint(&mut rig, &plain, None);
    let child = paint(&mut rig, &steered, Some((&parent, 2)));
    assert_ne!(child.image, parent.image);
    let taus: Vec<_> = child.steps.iter().map(|step| step.steer.control.tau).collect();
    assert_eq!((taus.as_slice(), &child.settings), (&[1.0, 1.0, 0.5, 0.5, 0.5][..], &steered));

    let grandchild = paint(&mut rig, &plain, Some((&child, 3)));
    let from = grandchild.branch.as_deref().unwrap();
    assert_eq!((&from.settings, from.step), (&steered, 3));
    let before = from.branch.as_deref().unwrap();
    assert_eq!((&before.settings, before.step, &before.branch), (&plain, 2, &None));

    let recipe = Recipe::of(&grandchild, &model_info(&ModelSource::Embedded));
    let written = serde_json::to_string(&recipe).unwrap();
    assert_eq!(serde_json::from_str::<Recipe>(&written).unwrap(), recipe);
    assert_eq!(recipe.branch, grandchild.branch);
}

#[test]
fn what_a_branch_has_to_keep_is_named() {
    fn check(change: impl FnOnce(&mut Settings, &mut Painting), step: usize, expected: Option<&str>) {
        let parent = paint(&mut rig(), &settings(), None);
        let (mut settings, mut parent) = (parent.settings.clone(), (*parent).clone());
        change(&mut settings, &mut parent);
        let layers = ["down", "mid", "up"].map(str::to_owned);
        let result = Branch { parent: Arc::new(parent), step }.start(&settings, &layers);
        match (result, expected) {
            (Ok(start), None) => assert_eq!(start.step(), step),
            (Err(error), Some(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (result, expected) => panic!("{result:?}, not {expected:?}"),
        }
    }
    check(|settings, _| settings.seed = 9, 1, None);
    check(|settings, _| settings.guidance_scale = 2.0, 2, None);
    check(|settings, _| settings.prompt = "a (boy:1.2) in front of a girl".into(), 2, None);
    check(|settings, _| settings.prompt = "a dog".into(), 2, Some("words of the prompt"));
    check(|settings, _| settings.width = 96, 2, Some("size"));
    check(|settings, _| settings.steps = 4, 2, Some("number of steps"));
    check(|settings, _| settings.sampler = Sampler::Ddim, 2, Some("sampler"));
    check(|_, parent| parent.layers.truncate(2), 2, Some("model"));
    check(|_, _| (), 0, Some("from step 0"));
    check(|_, _| (), 3, Some("from step 3"));
    check(|_, _| (), 99, Some("from step 99"));
    let forget = |_: &mut Settings, parent: &mut Painting| {
        let step = PaintedStep { checkpoint: None, ..(*parent.steps[1]).clone() };
        parent.steps[1] = Arc::new(step);
    };
    check(forget, 2, Some("not kept"));
}

#[test]
fn a_painting_knows_what_it_takes() {
    let painting = paint(&mut rig(), &settings(), None);
    // Maps of 2 x 4, 1 x 2 and 2 x 4 patches with 77 tokens in half precision; two latents of 4 x 4 x 8, a preview; and
    // the picture.
    let step = (8 + 2 + 8) * 77 * 2 + (2 * 4 * 32 + 3 * 32) * 4;
    assert_eq!(painting.bytes(), 3 * step + 3 * 32 * 64 * 4);
}
