//! Decoding pictures: in tiles against the whole, with a VAE of one size only, and with one that overflows.

use std::{fs, path::Path};

use ndarray::{Array3, Array4, Axis, s};
use ort::value::TensorRef;
use tauscope_core::{
    CancelToken,
    attention::Grid,
    diffusion::{Notice, Outcome, Progress, Settings, VAE_FACTOR},
    model::Files,
};
use tauscope_runtime::{LowMemory, SessionOptions, open_session, run};
use tauscope_studio::{
    painting::ModelSource,
    worker::{Commission, Engine, Painter},
};
use tauscope_testing::{engine, runtime, scenes};
use tempfile::TempDir;

/// The smallest difference between two values of a shown pixel.
const SHADE: f32 = 1.0 / 255.0;

/// The embedded model with another VAE.
fn with_vae(vae: &[u8]) -> TempDir {
    let folder = scenes();
    fs::write(folder.path().join("vae_decoder/model.onnx"), vae).expect("a file written");
    folder
}

fn load(model: &Path, low_memory: LowMemory) -> Engine {
    let session = SessionOptions { low_memory, ..SessionOptions::default() };
    tauscope_testing::load(&ModelSource::Folder(model.to_owned()), session)
}

fn embedded_vae() -> Vec<u8> {
    Files::Embedded.read("vae_decoder/model.onnx").expect("a graph").to_vec()
}

fn paint(engine: &mut Engine, width: usize, height: usize) -> Outcome {
    let prompt = "a red cat and a blue dog on the beach".to_owned();
    let settings = Settings { prompt, width, height, steps: 6, seed: 3, ..Settings::default() };
    engine.paint(&Commission::new(settings), &CancelToken::new(), &mut |_| ()).expect("a picture")
}

/// A picture's latents, mirrored until they fill the grid.
fn large_latents(engine: &mut Engine, grid: Grid) -> Array4<f32> {
    let latents = paint(engine, 256, 256).latents;
    let mirrored = |index: usize| (index % 64).min(63 - index % 64);
    Array4::from_shape_fn((1, 4, grid.height, grid.width), |(_, channel, y, x)| {
        latents[[0, channel, mirrored(y), mirrored(x)]]
    })
}

/// Latents decoded by the embedded VAE in one piece.
fn whole(latents: &Array4<f32>) -> Array3<f32> {
    let (options, cancel) = (SessionOptions::default(), CancelToken::new());
    let vae = embedded_vae();
    let mut session =
        open_session(&runtime(), &vae, None, &options, None, "loading", &cancel).expect("a session");
    let input =
        ort::inputs!["latent_sample" => TensorRef::from_array_view(latents.view()).expect("a tensor")];
    let sample = run(&mut session, input, "decoding", &cancel, |outputs| {
        Ok(outputs["sample"].try_extract_array::<f32>().expect("f32").to_owned())
    });
    let sample: Array4<f32> = sample.expect("a picture").into_dimensionality().expect("4 dimensions");
    sample.index_axis_move(Axis(0), 0).mapv(|value| (value / 2.0 + 0.5).clamp(0.0, 1.0))
}

fn largest(values: impl IntoIterator<Item = f32>) -> f32 {
    values.into_iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// The largest difference, and the largest seam: how much the difference changes from one whole line of pixels to the
/// next, on average.
fn compare(a: &Array3<f32>, b: &Array3<f32>) -> (f32, f32) {
    let difference = a - b;
    let down = (&difference.slice(s![.., 1.., ..]) - &difference.slice(s![.., ..-1, ..])).abs();
    let across = (&difference.slice(s![.., .., 1..]) - &difference.slice(s![.., .., ..-1])).abs();
    let lines = |steps: &Array3<f32>, axis| {
        steps.axis_iter(Axis(axis)).map(|line| line.mean().expect("pixels")).collect::<Vec<_>>()
    };
    let seam = largest(lines(&down, 1)).max(largest(lines(&across, 2)));
    (largest(difference), seam)
}

#[test]
fn a_large_picture_is_decoded_in_tiles_without_seams() {
    let mut engine = engine();
    let latents = large_latents(&mut engine, Grid::new(144, 128));
    let (mut tiles, cancel) = (Vec::new(), CancelToken::new());
    let mut report = |progress: Progress| match progress {
        Progress::Decoding { done, of } => tiles.push((done, of)),
        other => panic!("{other:?}"),
    };
    let picture = engine.components().decode(latents.view(), &mut report, &cancel).expect("a picture");
    assert_eq!(tiles, (0..9).map(|done| (done, 9)).collect::<Vec<_>>());
    assert_eq!(picture.dim(), (3, 144 * VAE_FACTOR, 128 * VAE_FACTOR));
    let (difference, seam) = compare(&picture, &whole(&latents));
    println!("in tiles and whole: largest difference {difference}, largest seam {seam}");
    // The decoder draws edges, and a few pixels of one depend on what lies beyond a tile's border.
    assert!(difference < 8.0 * SHADE, "{difference}");
    assert!(seam < 0.5 * SHADE, "{seam}");
}

#[test]
fn decoding_is_cancelled_between_tiles() {
    let mut engine = engine();
    let latents = large_latents(&mut engine, Grid::new(144, 128));
    let (mut tiles, cancel) = (0, CancelToken::new());
    let other = cancel.clone();
    let mut report = |_: Progress| {
        tiles += 1;
        if tiles == 2 {
            other.cancel();
        }
    };
    let result = engine.components().decode(latents.view(), &mut report, &cancel);
    assert!(matches!(result, Err(tauscope_core::Error::Cancelled)) && tiles == 2, "{tiles} tiles");
}

/// Makes a named dimension 32 wherever it stands, without changing any length in the file: the name becomes a note.
fn fix(graph: &mut [u8], name: &str) {
    let length = u8::try_from(name.len()).expect("a short name");
    let named = [&[0x12, length], name.as_bytes()].concat();
    let note = vec![b' '; name.len() - 2];
    let fixed = [&[0x08, 32, 0x1a, length - 2], &note[..]].concat();
    let places: Vec<_> =
        (0..graph.len() - named.len()).filter(|&at| graph[at..].starts_with(&named)).collect();
    assert!(!places.is_empty(), "{name} is no dimension");
    for at in places {
        graph[at..at + fixed.len()].copy_from_slice(&fixed);
    }
}

#[test]
fn a_vae_of_one_size_decodes_every_size() {
    let mut vae = embedded_vae();
    fix(&mut vae, "latent_height");
    fix(&mut vae, "latent_width");
    let folder = with_vae(&vae);
    let (mut fixed, mut free) = (load(folder.path(), LowMemory::Auto), engine());
    let mut check = |width: usize, height: usize, most: f32| {
        let (ours, theirs) = (paint(&mut fixed, width, height), paint(&mut free, width, height));
        assert_eq!(ours.latents, theirs.latents);
        let (difference, seam) = compare(&ours.image, &theirs.image);
        println!("{width} x {height} with a VAE of 256 x 256: {difference}, seam {seam}");
        // Beyond a picture's own edges the VAE sees the mirrored picture here, and nothing there.
        assert!(difference <= most && seam < 3.0 * SHADE, "{width} x {height}: {difference}, seam {seam}");
    };
    check(256, 256, 0.0);
    check(320, 288, 0.15);
    check(192, 384, 0.25);
    check(96, 64, 0.25);
}

#[test]
fn a_vae_that_overflows_in_half_precision_is_run_in_single_precision() {
    let overflowing = fs::read("tests/fixtures/half_vae.onnx").expect("a fixture");
    let folder = with_vae(&overflowing);
    for low_memory in [LowMemory::Off, LowMemory::On] {
        let mut engine = load(folder.path(), low_memory);
        let outcome = paint(&mut engine, 96, 64);
        assert!(outcome.notices.contains(&Notice::SinglePrecision), "{:?}", outcome.notices);
        let Outcome { image, latents, .. } = outcome;
        for ((colour, y, x), pixel) in image.indexed_iter() {
            let expected = latents[[0, colour, y / VAE_FACTOR, x / VAE_FACTOR]] / 4.0 / 2.0 + 0.5;
            assert!((pixel - expected.clamp(0.0, 1.0)).abs() < 2e-3, "{pixel}, not {expected}");
        }
    }
}

/// What is released comes back. Weights that are used as they are stored are summed in another order.
#[test]
fn saving_memory_paints_the_same_picture() {
    let scenes = scenes();
    let (mut saving, mut keeping) = (load(scenes.path(), LowMemory::On), load(scenes.path(), LowMemory::Off));
    assert!(saving.memory_plan().saves() && !keeping.memory_plan().saves());
    assert!(saving.info().device.ends_with(", low memory"), "{}", saving.info().device);
    for _ in 0..2 {
        let (ours, theirs) = (paint(&mut saving, 96, 64), paint(&mut keeping, 96, 64));
        let (difference, _) = compare(&ours.image, &theirs.image);
        assert!(difference < 2.0 * SHADE, "{difference}");
        assert!(matches!(ours.notices[..], [Notice::LowMemory(_)]), "{:?}", ours.notices);
        assert_eq!(theirs.notices, []);
    }
}
