//! Exports that differ from the embedded model's only in their ports: fixed shapes, whole timesteps, the guidance scale
//! as an input. All paint what the embedded model paints.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "../common/mod.rs"]
mod common;
mod ports;
#[path = "../common/reference.rs"]
mod reference;

use std::{fs, path::Path};

use common::{library_options, runtime};
use ports::{FLOAT, INT64, Input, with_inputs};
use reference::distance;
use tauscope::{
    attention::{Control, Record},
    diffusion::{CancelToken, Outcome, Progress, Settings},
    model::ModelFolder,
    prompt::Groups,
    runtime::{SessionOptions, self_test},
    worker::{Commission, Engine, EngineOptions, ModelSource, Painter},
};
use tempfile::TempDir;

/// What rounding may add up to in a few steps, where batches of another size are multiplied in another order.
const TOLERANCE: f32 = 1e-3;

#[test]
fn graphs_for_one_batch_and_size_paint_the_same() {
    let mut plain = common::engine();
    for batch in [1, 2] {
        let folder = fixed_to(batch, 32);
        let mut fixed = engine(folder.path());
        assert_eq!(fixed.info().first_size(), (256, 256));
        for guidance_scale in [1.0, 6.0] {
            let settings = Settings { guidance_scale, ..steered() };
            same(&paint(&mut plain, &settings), &paint(&mut fixed, &settings));
        }
        let model = ModelFolder::open(folder.path()).unwrap();
        let test = self_test(&runtime(), &model, &SessionOptions::default(), &CancelToken::new()).unwrap();
        assert!(test.passed(), "{test:?}");
    }
}

#[test]
fn other_sizes_are_refused_before_anything_runs() {
    let folder = fixed_to(1, 32);
    let mut engine = engine(folder.path());
    let settings = Settings { width: 320, ..steered() };
    let mut reports = 0;
    let painted =
        engine.paint(&Commission::new(settings), &CancelToken::new(), &mut |_| reports += 1).unwrap_err();
    let message = painted.to_string();
    assert!(message.contains("256 x 256") && message.contains("320 x 256"), "{message}");
    assert_eq!(reports, 0);
}

#[test]
fn a_model_that_takes_the_guidance_scale_runs_one_row() {
    let folder = scenes();
    // The embedded model does nothing with it, so what is left is a run without guidance.
    replace_inputs(folder.path(), "unet", &[("timestep_cond", FLOAT, &[-1, 16])]);
    let mut distilled = engine(folder.path());
    assert_eq!(distilled.info().defaults.guidance_scale, 8.0);
    let unguided = Settings { guidance_scale: 1.0, ..steered() };
    let expected = paint(&mut common::engine(), &unguided);
    same(&expected, &paint(&mut distilled, &Settings { guidance_scale: 8.0, ..unguided }));
}

/// The embedded model with every input fixed to `batch` rows, 77 tokens and `side` latents in both directions, and
/// timesteps that are whole.
fn fixed_to(batch: i64, side: i64) -> TempDir {
    let folder = scenes();
    let (sample, context, pooled, time_ids) =
        ([batch, 4, side, side], [batch, 77, 256], [batch, 128], [batch, 6]);
    let unet: [Input<'_>; 5] = [
        ("sample", FLOAT, &sample),
        ("timestep", INT64, &[]),
        ("encoder_hidden_states", FLOAT, &context),
        ("text_embeds", FLOAT, &pooled),
        ("time_ids", FLOAT, &time_ids),
    ];
    replace_inputs(folder.path(), "unet", &unet);
    replace_inputs(folder.path(), "vae_decoder", &[("latent_sample", FLOAT, &sample)]);
    for encoder in ["text_encoder", "text_encoder_2"] {
        replace_inputs(folder.path(), encoder, &[("input_ids", INT64, &[batch, 77])]);
    }
    folder
}

/// A copy of the embedded model.
fn scenes() -> TempDir {
    fn copy(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                fs::create_dir(&target).unwrap();
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/scenes"), folder.path());
    folder
}

fn replace_inputs(folder: &Path, part: &str, inputs: &[Input<'_>]) {
    let file = folder.join(part).join("model.onnx");
    fs::write(&file, with_inputs(&fs::read(&file).unwrap(), inputs)).unwrap();
}

fn engine(folder: &Path) -> Engine {
    let options = EngineOptions { library: library_options(), session: SessionOptions::default() };
    Engine::load(&ModelSource::Folder(folder.to_owned()), &options, &mut |_, _| (), &CancelToken::new())
        .unwrap()
}

/// Every control acts, so that a row which is steered by mistake shows.
fn steered() -> Settings {
    let prompt = "a red cat and a blue dog".to_owned();
    let groups = Groups::by_hand(&prompt, "a red cat;a blue dog").unwrap();
    let control = Control::our_reading();
    Settings { prompt, groups, control, width: 256, height: 256, steps: 3, seed: 5, ..Settings::default() }
}

fn paint(engine: &mut Engine, settings: &Settings) -> (Outcome, Record) {
    let mut record = Record::default();
    let outcome = engine.paint(&Commission::new(settings.clone()), &CancelToken::new(), &mut |progress| {
        if let Progress::Step(step) = progress {
            step.add_to(&mut record);
        }
    });
    (outcome.unwrap(), record)
}

fn same((outcome, record): &(Outcome, Record), (other, others): &(Outcome, Record)) {
    assert!(distance(outcome.image.view(), other.image.view()) < TOLERANCE);
    assert_eq!(record.layers, others.layers);
    let maps = |record: &Record| record.steps.iter().flat_map(|step| step.0.clone()).collect::<Vec<_>>();
    let (maps, others) = (maps(record), maps(others));
    assert_eq!(maps.len(), others.len());
    for (map, other) in maps.iter().zip(&others) {
        assert!(distance(map.view(), other.view()) < TOLERANCE);
    }
}
