//! The judges, with the graphs and pictures in `tests/data`.

mod networks;
#[cfg(unix)]
mod program;
mod scene_reader;

use std::path::{Path, PathBuf};

use ndarray::Array3;
use tauscope_runtime::SessionOptions;
use tauscope_studies::study::StudyPrompt;

/// A file of the tests' data.
fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file)
}

/// A picture, [3, h, w] in 0..1.
fn picture(file: &str) -> Array3<f32> {
    let image = image::open(data(file)).expect("a picture").into_rgb8();
    Array3::from_shape_fn((3, image.height() as usize, image.width() as usize), |(channel, y, x)| {
        f32::from(image.get_pixel(x as u32, y as u32)[channel]) / 255.0
    })
}

/// A prompt file's line.
fn prompt(line: &str) -> StudyPrompt {
    serde_json::from_str(line).expect("a prompt")
}

/// A prompt with nothing asked of its pictures.
fn words(prompt: &str) -> StudyPrompt {
    StudyPrompt { prompt: prompt.to_owned(), ..self::prompt(r#"{"prompt": ""}"#) }
}

/// One thread, so that tests beside each other do not wait for each other's.
fn options() -> SessionOptions {
    SessionOptions { threads: 1, ..SessionOptions::default() }
}
