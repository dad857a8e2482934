//! Every reader of bytes that may come from anybody, called as the program calls it. Fuzzers drive these functions
//! (`fuzz`), and the gate runs them over the inputs that are kept there.
//!
//! A target passes if it returns. Errors are fine: what counts is that nothing panics, overflows, takes memory without
//! bound or never ends, and that what was accepted can be used.
//!
//! Weights in safetensors files are not read by the program, so there is no target for them.

use std::{collections::BTreeMap, fs, io::Cursor, path::Path, sync::LazyLock};

use bytes::Bytes;
use half::f16;
use image::RgbImage;
use ndarray::Array4;
use tauscope_core::{
    diffusion::{
        Settings,
        scheduler::{self, Sampler},
    },
    model::{Files, ModelFolder, SchedulerConfig},
    prompt::{Entities, Prompt, WeightedText, nudge_weight},
};
use tauscope_language::{Language, LanguageData};
use tauscope_onnx::{Dialect, Graph, intercept_in, reductions_of_empty_tensors, survey};
use tauscope_studio::{
    export::{Metadata, NpzArchive, open_npy, write_image},
    history::History,
    painting::{JobId, SavedSettings},
    worker::Reader,
};
use tempfile::TempDir;

use super::{in_repository, scenes};

/// A reader of anybody's bytes.
pub type Target = fn(&[u8]);

/// All of them, by the names of their fuzz targets.
pub const TARGETS: [(&str, Target); 9] = [
    ("onnx", onnx),
    ("picture", picture),
    ("settings", settings),
    ("npy", npy),
    ("npz", npz),
    ("history", history),
    ("scheduler", scheduler),
    ("configs", configs),
    ("prompt", prompt),
];

/// An ONNX file: read, surveyed and rewritten in both dialects.
pub fn onnx(bytes: &[u8]) {
    let Ok(graph) = Graph::parse("fuzzed", Bytes::copy_from_slice(bytes)) else { return };
    let inventory = graph.inventory();
    let _ = (graph.signature(), graph.gpu_only(), graph.validate());
    let found = survey(&graph);
    for dialect in [Dialect::Operators, Dialect::Portable] {
        if let Ok(rewritten) = intercept_in(dialect, graph.clone(), &found) {
            let _ = reductions_of_empty_tensors(&rewritten.graph.to_bytes().unwrap_or_default());
        }
    }
    let mut moved = graph.clone();
    moved.externalise("model.onnx");
    let files = inventory.external_files.into_iter().map(|file| (file.location, "elsewhere".to_owned()));
    moved.relocate(&files.collect::<BTreeMap<_, _>>());
    let _ = moved.to_bytes();
    let mut plain = graph;
    plain.unpack();
    let _ = plain.widened();
}

/// A PNG file that may carry settings.
pub fn picture(bytes: &[u8]) {
    let folder = scratch();
    let path = folder.path().join("picture.png");
    fs::write(&path, bytes).unwrap();
    read_picture(&path);
}

/// What a sound PNG file says: Tauscope's JSON if it begins with a brace, else another program's text.
pub fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let metadata = match serde_json::from_str(&text) {
        Ok(json) => Metadata { settings: Some(json), ..Metadata::default() },
        Err(_) => Metadata { parameters: Some(text), ..Metadata::default() },
    };
    let folder = scratch();
    let path = folder.path().join("picture.png");
    write_image(&path, &RgbImage::new(1, 1), &metadata).unwrap();
    read_picture(&path);
}

/// A NumPy array.
pub fn npy(bytes: &[u8]) {
    let _ = open_npy(bytes).map(|array| array.into_vec::<f32>());
    let _ = open_npy(bytes).map(|array| array.into_vec::<f16>());
    let _ = open_npy(bytes).map(|array| (array.dtype().descr(), array.into_vec::<u8>()));
}

/// An archive of NumPy arrays.
pub fn npz(bytes: &[u8]) {
    let Ok(mut archive) = NpzArchive::new(Cursor::new(bytes)) else { return };
    let names: Vec<_> = archive.array_names().map(str::to_owned).collect();
    for name in names {
        let _ = archive.by_name(&name, 1 << 20).map(|array| array.map(|array| array.into_vec::<f16>()));
    }
}

/// `entry.json` of a kept painting, beside maps and a picture that are sound.
pub fn history(bytes: &[u8]) {
    let folder = scratch();
    let entry = folder.path().join("000000000000001");
    fs::create_dir(&entry).unwrap();
    let recorded = in_repository("ui-assets/first-run");
    for (file, of) in
        [("picture.png", "picture.png"), ("thumbnail.png", "picture.png"), ("maps.npz", "maps.npz")]
    {
        fs::hard_link(recorded.join(of), entry.join(file))
            .or_else(|_| fs::copy(recorded.join(of), entry.join(file)).map(|_| ()))
            .unwrap();
    }
    fs::write(entry.join("entry.json"), bytes).unwrap();
    let history = History::open(folder.path(), u64::MAX).unwrap();
    for entry in history.entries() {
        use_settings(&entry.recipe.settings);
        let Ok(opened) = history.open_entry(entry.id, JobId(1)) else { continue };
        let painting = opened.painting;
        let _ = (painting.bytes(), painting.first_step(), painting.words.all());
        for step in &painting.steps {
            step.maps.read().unwrap();
        }
    }
}

/// A scheduler's configuration, and the runs that it gives.
pub fn scheduler(bytes: &[u8]) {
    let folder = scratch();
    fs::create_dir(folder.path().join("scheduler")).unwrap();
    fs::write(folder.path().join("scheduler/scheduler_config.json"), bytes).unwrap();
    let Ok(config) = SchedulerConfig::open(&Files::Folder(folder.path().to_owned())) else { return };
    let own = Sampler::of_config(&config);
    let _ = scheduler::notices(&config, own).iter().map(ToString::to_string).collect::<String>();
    let latents = Array4::<f32>::ones((1, 4, 1, 1));
    for sampler in Sampler::ALL {
        for steps in [1, 2, 7, 500] {
            let Ok(mut schedule) = sampler.build(&config, steps) else { continue };
            assert_eq!(
                (schedule.timesteps().len(), schedule.sigmas().len()),
                (steps, steps + 1),
                "{sampler:?}"
            );
            let mut latents = latents.clone() * schedule.init_noise_sigma();
            for index in 0..steps.min(7) {
                let output = schedule.scale_model_input(latents.view(), index);
                let noise = schedule.wants_noise().then(|| output.view());
                let call = schedule.second_call(output.view(), index, latents.view(), noise);
                let output = call.map_or_else(|| output.clone(), |call| call.input);
                latents = schedule.step(output.view(), index, latents.view(), noise).latents;
            }
        }
    }
}

/// One of the other JSON files of a model's folder, which its first byte chooses.
pub fn configs(bytes: &[u8]) {
    const FILES: [&str; 8] = [
        "model_index.json",
        "unet/config.json",
        "text_encoder/config.json",
        "vae_decoder/config.json",
        "tokenizer/tokenizer_config.json",
        "tokenizer/special_tokens_map.json",
        "tokenizer/vocab.json",
        "words.json",
    ];
    let Some((&which, bytes)) = bytes.split_first() else { return };
    let file = FILES[which as usize % FILES.len()];
    let folder = scenes();
    if file == "tokenizer/vocab.json" {
        fs::remove_file(folder.path().join("tokenizer/tokenizer.json")).unwrap();
    }
    fs::write(folder.path().join(file), bytes).unwrap();
    if let Ok(model) = ModelFolder::open(folder.path()) {
        let _ = (model.check_size(64, 64), model.weight_bytes());
        let _ = Reader::of(&model).map(|reader| reader.read("a red cat"));
    }
}

/// A prompt as people type it; what follows its first line break is its next edit.
pub fn prompt(bytes: &[u8]) {
    static LANGUAGE: LazyLock<Language> =
        LazyLock::new(|| Language::from_reader("the program", LanguageData::embedded()).unwrap());
    static READER: LazyLock<Reader> =
        LazyLock::new(|| Reader::of(&ModelFolder::embedded().unwrap()).unwrap());
    let text = String::from_utf8_lossy(bytes);
    let (text, edited) = text.split_once('\n').unwrap_or((&text, ""));
    let plain = WeightedText::parse(text);
    let ends: Vec<_> = plain.weights.iter().map(|(run, _)| run.end).collect();
    assert_eq!(ends.last().copied().unwrap_or(0), plain.text.len(), "weights cover the text");
    let read: std::sync::Arc<Prompt> = READER.read(text).unwrap();
    for word in &read.words.list {
        assert!(text.get(word.source.clone()).is_some(), "{:?}", word.source);
        let _ = nudge_weight(text, word.source.clone(), 0.1);
    }
    assert!(read.words.are_of(text));
    let phrases = edited.replace(['.', ','], ";");
    let by_hand = Entities::by_hand(text, &phrases).unwrap_or_default();
    for entities in [LANGUAGE.entities(text), by_hand] {
        entities.check(text).unwrap();
        let _ = (read.token_entities(&entities), entities.global_words(text), entities.to_text(text));
        entities.carried(text, edited).check(edited).unwrap();
    }
}

fn read_picture(path: &Path) {
    if let Ok(saved) = SavedSettings::read(path) {
        let picture = saved.settings(&Settings::default(), None);
        let _ = picture.notices.iter().map(ToString::to_string).collect::<String>();
        use_settings(&picture.settings);
    }
}

/// What a window does with settings from a file.
fn use_settings(settings: &Settings) {
    settings.validate().unwrap();
    let Settings { prompt, entities, .. } = settings;
    let _ = (
        settings.controls(),
        settings.latent_grid(),
        entities.to_text(prompt),
        entities.global_words(prompt),
    );
    serde_json::from_value::<Settings>(serde_json::to_value(settings).unwrap()).unwrap();
}

fn scratch() -> TempDir {
    tempfile::tempdir().unwrap()
}
