mod damage;

use std::{
    fs,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use ndarray::{Array2, Array3, Array4};
use tempfile::TempDir;

use super::*;
use crate::{
    export::read_metadata,
    painting::{BranchedFrom, JobId, KeptMaps, PaintedStep, Painting, PaintingStage, Recipe},
};
use tauscope_core::{
    attention::{Control, Grid, Layer, Record, StepMaps, StepScores},
    diffusion::{Change, Checkpoint, Settings, Steer},
    error::Error,
    model::{Fingerprint, ModelFolder},
    prompt::{Entities, PromptWords, Word},
};

const TOKENS: usize = 77;

/// A finished painting of 64 x 96 pixels with three layers and two steps.
fn painting() -> Painting {
    let layers = [("down.attn2", 4, 6), ("mid.attn2", 2, 3), ("up.attn2", 4, 6)];
    let layers: Vec<_> =
        layers.map(|(name, height, width)| Layer::new(name, Grid::new(height, width))).into();
    let step = |index: usize| {
        let maps = layers.iter().enumerate().map(|(at, layer)| {
            Array2::from_shape_fn((layer.grid.patches(), TOKENS), |(n, l)| {
                ((n * 31 + l * 7 + at * 5 + index) % 101) as f32 / 101.0
            })
        });
        let maps: Vec<_> = maps.collect();
        // Thirds, which half precision would change.
        let latents =
            |shift| Array4::from_shape_fn((1, 4, 8, 12), |(_, c, y, x)| (c + y + x) as f32 / 3.0 + shift);
        let scores = layers.iter().map(|layer| {
            Array2::from_shape_fn((layer.grid.patches(), 2 + index), |(n, g)| {
                ((n * 13 + g * 5) % 97) as f32 / 97.0
            })
        });
        Arc::new(PaintedStep {
            index,
            timestep: 999.0 - index as f32,
            preview: Array3::from_shape_fn((3, 8, 12), |(c, y, x)| (c * 96 + y * 12 + x) as f32 / 287.0),
            maps: KeptMaps::from(StepMaps(maps.clone())),
            // The mask came in at the second step.
            neutral: (index == 1)
                .then(|| KeptMaps::from(StepMaps(maps.iter().map(|map| map * 0.5).collect()))),
            // A third entity was added at the second step.
            scores: StepScores(scores.collect()),
            steer: Arc::new(settings().steer_at(index)),
            checkpoint: Some(Arc::new(Checkpoint {
                step: index + 1,
                tokens: TOKENS,
                latents: latents(0.1 + index as f32),
                denoised: latents(-0.3 * index as f32),
                // The sampler began to look back at the second step.
                memory: (0..index).map(|_| latents(0.7)).collect(),
                early_maps: Some(Arc::new(Array3::from_shape_fn((4, 4, 6), |(t, y, x)| {
                    (t + y * x + index) as f32 / 7.0
                }))),
            })),
            elapsed: Duration::from_millis(120 + index as u64),
        })
    };
    Painting {
        stage: PaintingStage::Done,
        model_fingerprint: Some(fingerprint()),
        words: Arc::new(words()),
        steps: (0..2).map(step).collect(),
        layers,
        image: Some(Array3::from_shape_fn((3, 64, 96), |(c, y, x)| ((c * 50 + y + x) % 256) as f32 / 255.0)),
        ..Painting::new(JobId(7), "Scenes", settings())
    }
}

fn fingerprint() -> Fingerprint {
    Fingerprint::of_text("Scenes")
}

fn settings() -> Settings {
    let prompt = "a 猫 on the “beach”".to_owned();
    let entities = |text| Entities::by_hand(&prompt, text).unwrap();
    let change = Steer { control: Control::our_reading(), entities: entities("a;猫;beach") };
    Settings {
        entities: entities("a;猫"),
        changes: vec![Change { step: 1, steer: change }],
        width: 96,
        height: 64,
        steps: 2,
        seed: u64::MAX,
        prompt,
        ..Settings::default()
    }
}

fn recipe() -> Recipe {
    Recipe {
        settings: settings(),
        branch: None,
        model: "Scenes".into(),
        model_fingerprint: Some(fingerprint()),
        noise: Some("a generator".into()),
        onnx_runtime: "1.2.3".into(),
        device: "CPU, 2 threads".into(),
        simd: "AVX2".into(),
        tauscope: "0.1.0".into(),
    }
}

fn words() -> PromptWords {
    let word = Word {
        text: "猫".into(),
        source: 2..5,
        tokens: vec![2, 3],
        pieces: vec![],
        content: true,
        weight: 1.0,
    };
    PromptWords { list: vec![word], start: vec![0], end: vec![4], padding: (5..TOKENS).collect() }
}

fn history(quota_bytes: u64) -> (TempDir, History) {
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(folder.path(), quota_bytes).unwrap();
    (folder, history)
}

fn add(history: &mut History) -> EntryId {
    history.add(&painting(), &recipe()).unwrap().id
}

fn ids(history: &History) -> Vec<EntryId> {
    history.entries().iter().map(|entry| entry.id).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let found = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn distance<D: ndarray::Dimension>(a: &ndarray::Array<f32, D>, b: &ndarray::Array<f32, D>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    a.iter().zip(b).fold(0.0, |worst, (a, b)| worst.max((a - b).abs()))
}

#[test]
fn a_painting_survives_a_restart() {
    let (folder, mut before) = history(u64::MAX);
    let started = SystemTime::now() - Duration::from_secs(1);
    let id = add(&mut before);
    let after = History::open(folder.path(), u64::MAX).unwrap();
    let entry = &after.entries()[0];
    assert_eq!((entry.id, &entry.recipe, entry.thumbnail.dimensions()), (id, &recipe(), (128, 85)));
    assert!(started < entry.time() && entry.time() < SystemTime::now() + Duration::from_secs(1));

    let full = painting();
    let Opened { painting, recipe: opened_recipe } = after.open_entry(id, JobId(9)).unwrap();
    assert_eq!((opened_recipe, &*painting.words), (recipe(), &words()));
    assert_eq!(painting.model_fingerprint, Some(fingerprint()));
    assert_eq!((painting.id, &painting.settings), (JobId(9), &full.settings));
    assert!(distance(&painting.image.unwrap(), full.image.as_ref().unwrap()) < 1e-6);
    let layers: Vec<_> = painting.layers.iter().map(|layer| (layer.name.as_str(), layer.count)).collect();
    assert_eq!(layers, [("4 x 6", 2), ("mid.attn2", 1)]);
    let aggregate = |layers: &[Layer], step: &PaintedStep| {
        let layers = layers.to_vec();
        // The maps before mask and weights come second, or the used ones again.
        let steps =
            [&step.maps, step.neutral.as_ref().unwrap_or(&step.maps)].map(|maps| maps.read().unwrap());
        let steps = steps.to_vec();
        let record = Record { layers, steps, neutral: Vec::new(), scores: vec![step.scores.clone()] };
        let [used, neutral] = [0, 1].map(|step| record.aggregate(step, |_| true).unwrap());
        [used, neutral, record.score_aggregate(0, |_| true).unwrap()]
    };
    assert_eq!(painting.steps.len(), 2);
    for (got, wanted) in painting.steps.iter().zip(&full.steps) {
        assert_eq!((got.index, got.timestep, got.elapsed), (wanted.index, wanted.timestep, wanted.elapsed));
        assert!(distance(&got.preview, &wanted.preview) <= 0.5001 / 255.0);
        assert_eq!((&got.steer, &got.checkpoint), (&wanted.steer, &wanted.checkpoint));
        assert_eq!(got.neutral.is_some(), wanted.neutral.is_some());
        let (got, wanted) = (aggregate(&painting.layers, got), aggregate(&full.layers, wanted));
        assert!(got.iter().zip(&wanted).all(|(got, wanted)| distance(got, wanted) < 5e-4));
    }
    let metadata = read_metadata(&folder.path().join(id.to_string()).join("picture.png")).unwrap();
    assert_eq!(metadata, recipe().metadata());
}

#[test]
fn a_branch_knows_what_was_in_force_before_it() {
    let mut recipe = recipe();
    let tau = |tau| Control { tau, ..Control::default() };
    let branch = |control, step, branch| {
        let settings = Settings { control, changes: Vec::new(), ..settings() };
        Some(Box::new(BranchedFrom { settings, step, branch }))
    };
    recipe.settings = Settings { control: tau(0.3), changes: Vec::new(), ..settings() };
    recipe.branch = branch(tau(0.4), 4, branch(tau(0.5), 2, None));
    let taus: Vec<_> = (0..6).map(|step| recipe.steer_at(step).control.tau).collect();
    assert_eq!(taus, [0.5, 0.5, 0.4, 0.4, 0.3, 0.3]);
}

/// An entry from before there were entities, without latents.
#[test]
fn older_entries_open() {
    let (folder, mut history) = history(u64::MAX);
    let mut plain = painting();
    for step in &mut plain.steps {
        let step = Arc::make_mut(step);
        (step.scores, step.neutral, step.checkpoint) = (StepScores::default(), None, None);
    }
    let id = history.add(&plain, &recipe()).unwrap().id;
    let file = folder.path().join(id.to_string()).join("entry.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    for step in json["steps"].as_array_mut().unwrap() {
        let step = step.as_object_mut().unwrap();
        assert!(["entities", "neutral", "memory"].iter().all(|key| step.remove(*key).is_some()));
    }
    json.as_object_mut().unwrap().remove("latents").unwrap();
    json["recipe"].as_object_mut().unwrap().remove("model_fingerprint").unwrap();
    let settings = json["recipe"]["settings"].as_object_mut().unwrap();
    settings.retain(|key, _| !["groups", "changes"].contains(&key.as_str()));
    settings["control"].as_object_mut().unwrap().retain(|key, _| ["tau", "tau_span"].contains(&key.as_str()));
    fs::write(&file, json.to_string()).unwrap();
    let opened = history.open_entry(id, JobId(1)).unwrap().painting;
    assert_eq!((opened.model.as_str(), opened.model_fingerprint), ("Scenes", None));
    assert_eq!((&opened.settings.entities.list[..], &opened.settings.changes[..]), (&[][..], &[][..]));
    assert!(opened.steps.iter().all(|step| step.scores.0.is_empty()));
    assert!(opened.steps.iter().all(|step| step.neutral.is_none() && step.checkpoint.is_none()));
}

/// A branch of an entry from before the first steps' maps were kept could not be kept itself.
#[test]
fn what_the_first_steps_looked_at_may_begin_late() {
    let (_folder, mut history) = history(u64::MAX);
    let mut branch = painting();
    let early = |step: &mut Arc<PaintedStep>, maps| {
        let checkpoint = Arc::make_mut(step).checkpoint.take().unwrap();
        let checkpoint = Checkpoint { early_maps: maps, ..(*checkpoint).clone() };
        Arc::make_mut(step).checkpoint = Some(Arc::new(checkpoint));
    };
    early(&mut branch.steps[0], None);
    let id = history.add(&branch, &recipe()).unwrap().id;
    let opened = history.open_entry(id, JobId(1)).unwrap().painting;
    for (got, wanted) in opened.steps.iter().zip(&branch.steps) {
        assert_eq!(got.checkpoint, wanted.checkpoint);
    }
}

#[test]
fn latents_are_kept_whole_or_not_at_all() {
    let (_folder, mut history) = history(u64::MAX);
    let mut lossy = painting();
    Arc::make_mut(&mut lossy.steps[0]).checkpoint = None;
    let id = history.add(&lossy, &recipe()).unwrap().id;
    let opened = history.open_entry(id, JobId(1)).unwrap().painting;
    assert!(opened.steps.iter().all(|step| step.checkpoint.is_none()));
}

#[test]
fn the_oldest_go_first_and_the_newest_stays() {
    let (folder, mut history) = history(u64::MAX);
    let first = add(&mut history);
    let each = history.entries()[0].bytes;
    let second = add(&mut history);
    assert_eq!(ids(&history), [second, first]);
    let mut history = History::open(folder.path(), each * 5 / 2).unwrap();
    let third = add(&mut history);
    assert_eq!(ids(&history), [third, second]);
    assert!(matches!(history.open_entry(first, JobId(1)), Err(Error::Input { .. })));
    let mut history = History::open(folder.path(), 0).unwrap();
    let fourth = add(&mut history);
    assert_eq!(ids(&history), [fourth]);
    history.open_entry(fourth, JobId(1)).unwrap();
}

#[test]
fn entries_are_removed_by_name() {
    let (folder, mut history) = history(u64::MAX);
    let (first, second) = (add(&mut history), add(&mut history));
    history.remove(first).unwrap();
    history.remove(first).unwrap();
    assert_eq!(ids(&history), [second]);
    assert_eq!(names(folder.path()), [second.to_string()]);
}

#[cfg(unix)]
#[test]
fn what_a_killed_tauscope_left_is_swept_once_it_is_old() {
    let (folder, _) = history(0);
    let leave = |name: &str, age: Duration| {
        let bench = folder.path().join(name);
        fs::create_dir_all(bench.join("entry")).unwrap();
        fs::write(bench.join("entry/maps.npz"), "half").unwrap();
        fs::File::open(bench).unwrap().set_modified(SystemTime::now() - age).unwrap();
    };
    leave(".tauscope-old.part", Duration::from_hours(2));
    leave(".tauscope-new.part", Duration::from_mins(5));
    leave("0001.part", Duration::from_hours(2));
    let mut reopened = History::open(folder.path(), 0).unwrap();
    assert_eq!(names(folder.path()), [".tauscope-new.part", "0001.part"]);
    assert_eq!((ids(&reopened), reopened.take_remarks().len()), (Vec::new(), 1));
}

#[test]
fn several_writers_share_a_folder() {
    const WRITERS: usize = 4;
    const EACH: usize = 3;
    let (folder, _) = history(u64::MAX);
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let mut history = History::open(folder.path(), u64::MAX).unwrap();
                for _ in 0..EACH {
                    let id = add(&mut history);
                    history.open_entry(id, JobId(1)).unwrap();
                }
            });
        }
    });
    let mut all = History::open(folder.path(), u64::MAX).unwrap();
    assert_eq!((all.entries().len(), all.take_remarks()), (WRITERS * EACH, Vec::new()));
    assert_eq!(names(folder.path()).len(), WRITERS * EACH);

    let oldest = ids(&all)[WRITERS * EACH - 1];
    let mut other = History::open(folder.path(), u64::MAX).unwrap();
    other.remove(oldest).unwrap();
    let new = add(&mut other);
    all.remove(oldest).unwrap();
    all.refresh().unwrap();
    assert_eq!((ids(&all)[0], ids(&all)), (new, ids(&other)));
}

#[test]
fn a_clock_set_back_keeps_the_order() {
    let (folder, mut history) = history(u64::MAX);
    let id = add(&mut history);
    let future = "009999999999999";
    fs::rename(folder.path().join(id.to_string()), folder.path().join(future)).unwrap();
    let new = add(&mut history);
    let names: Vec<_> = ids(&history).iter().map(EntryId::to_string).collect();
    assert_eq!(names, [new.to_string(), future.to_owned()]);
}

#[test]
fn the_recorded_run_can_be_looked_at() {
    let Opened { painting, .. } = first_run(JobId(3)).unwrap();
    // It can be looked at by the model that is in the program.
    let embedded = ModelFolder::embedded().unwrap().fingerprint;
    assert_eq!((painting.model.as_str(), painting.model_fingerprint), ("Scenes", Some(embedded)));
    let words = &painting.words.list;
    assert_eq!((painting.id, painting.steps.len()), (JobId(3), painting.settings.steps));
    let content: Vec<_> = words.iter().filter(|word| word.content).map(|w| w.text.as_str()).collect();
    assert_eq!(content, ["boy", "red", "hat", "girl", "blue", "umbrella", "beach"]);
    // The umbrella is looked for where it is: right of the middle, above the sand.
    let umbrella = words.iter().find(|word| word.text == "umbrella").unwrap().tokens.clone();
    let last = painting.steps.last().unwrap().maps.read().unwrap();
    let record = Record { layers: painting.layers, steps: vec![last], ..Record::default() };
    let map = tauscope_core::attention::word_map(record.aggregate(0, |_| true).unwrap().view(), &umbrella);
    let ((y, x), _) = map.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    assert!(x > map.ncols() / 2 && y < map.nrows() * 3 / 4, "row {y}, column {x}");
    assert_eq!(painting.image.unwrap().dim(), (3, painting.settings.height, painting.settings.width));
}
