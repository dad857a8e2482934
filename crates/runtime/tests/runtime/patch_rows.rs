//! Where one place looks, against the independent implementation (`tauscope_testing::reference`): every step from
//! the reference's latents before it.

use std::{fs, sync::Arc};

use ndarray::{Array2, Array3, Array4, Axis, s};
use tauscope_core::{
    CancelToken, Error,
    attention::{PatchRows, Place},
    diffusion::{Checkpoint, Start},
    prompt::CHUNK_TOKENS,
};
use tauscope_onnx::{Graph, contract};
use tauscope_studio::worker::{Commission, Engine, Painter};
use tauscope_testing::{
    engine,
    reference::{Reference, distance},
};

use crate::rewritten::{Feed, Rewritten, fixtures};

/// Largest difference of an attention weight.
const ROW: f32 = 1e-3;

/// Step `step` of a case, run again from `latents`.
fn look(
    engine: &mut Engine,
    reference: &Reference,
    step: usize,
    latents: &Array4<f32>,
    place: Place,
) -> tauscope_core::Result<PatchRows> {
    let settings = reference.case.settings();
    let start = match step {
        0 => Start::Noise(Arc::new(reference.get::<ndarray::Ix4>("init_latents"))),
        step => {
            let (latents, denoised) = (latents.clone(), latents.clone());
            let memory = Vec::new();
            Start::Checkpoint(Arc::new(Checkpoint {
                step,
                tokens: CHUNK_TOKENS,
                latents,
                denoised,
                memory,
                early_maps: None,
            }))
        }
    };
    engine.look(&Commission { start, ..Commission::new(settings) }, place, &CancelToken::new())
}

#[test]
fn the_rows_agree() {
    let reference = Reference::read("tau");
    let mut engine = engine();
    let settings = reference.case.settings();
    let [y, x] = reference.case.patch.expect("a case with a patch");
    let latents = reference.get::<ndarray::Ix4>("latents");
    let mut before = Array4::zeros((0, 0, 0, 0));
    for step in 0..settings.steps {
        let mut look = |place| look(&mut engine, &reference, step, &before, place).expect("rows");
        let (rows, elsewhere) = (look(Place { y, x }), look(Place { y: x, x: y }));
        let mut worst_elsewhere = 0.0_f32;
        let recorded = reference.arrays.keys().filter(|key| key.starts_with("selfrow/")).count();
        assert_eq!((rows.layers.len(), rows.rows.len()), (recorded, recorded));
        for ((layer, row), other) in rows.layers.iter().zip(&rows.rows).zip(&elsewhere.rows) {
            let expected = reference.get::<ndarray::Ix2>(&format!("selfrow/{}", layer.name));
            let worst = distance(row.view(), expected.index_axis(Axis(0), step));
            assert!(worst <= ROW, "step {step}, {}: the row differs by {worst}", layer.name);
            worst_elsewhere = worst_elsewhere.max(distance(other.view(), expected.index_axis(Axis(0), step)));
            assert!((row.sum() - 1.0).abs() < 1e-4, "step {step}, {}: it sums to {}", layer.name, row.sum());
        }
        assert!(worst_elsewhere > 5.0 * ROW, "step {step}: another place looks alike");
        let aggregate = rows.aggregate(|_| true).expect("layers");
        let expected = reference.get::<ndarray::Ix3>("selfrow");
        let worst = distance(aggregate.view(), expected.index_axis(Axis(0), step));
        assert!(worst <= ROW, "step {step}: the aggregate differs by {worst}");
        before = latents.slice(s![step..=step, .., .., ..]).to_owned();
    }
}

#[test]
fn what_cannot_be_looked_at_is_told() {
    let reference = Reference::read("tau");
    let mut engine = engine();
    let place = Place { y: 0.5, x: 0.5 };
    let mut check = |step, side, expected: &str| {
        let result = look(&mut engine, &reference, step, &Array4::zeros((1, 4, side, side)), place);
        let Err(Error::Input { problem, .. }) = result else { panic!("{result:?}") };
        assert!(problem.contains(expected), "{problem}");
    };
    check(4, 32, "cannot go on where the other stood");
    check(1, 16, "cannot go on where the other stood");
}

/// A cut-out of the UNet (the fixtures of tauscope-onnx) in ONNX Runtime.
struct Block(Rewritten);

impl Block {
    /// `opset` is written over the fixture's own, the last byte of the file.
    fn open(name: &str, opset: u8) -> Self {
        let mut bytes = fs::read(fixtures().join(name)).expect("a fixture");
        assert_eq!(bytes.last(), Some(&18));
        bytes.splice(bytes.len() - 1.., [opset]);
        Self(Rewritten::open(Graph::parse(name, bytes.into()).expect("a graph")))
    }

    /// The row [R, N] of a patch of 12, for the last of the batch rows `batch`.
    fn rows(&mut self, batch: &[usize], patch: Option<i64>) -> Array2<f32> {
        // Differs from patch to patch and from row to row.
        let hidden = |(row, patch, channel): (usize, usize, usize)| {
            libm::sinf((batch[row] * 96 + patch * 8 + channel) as f32 * 1.7) * 3.0
        };
        let text =
            Array3::from_shape_fn((batch.len(), 5, 16), |(b, t, c)| ((b * 80 + t * 16 + c) % 7) as f32);
        let outputs = self.0.run(&Feed {
            sample: Array3::from_shape_fn((batch.len(), 12, 8), hidden).into_dyn(),
            text: text.clone().into_dyn(),
            values: text.into_dyn(),
            tau: 1.0,
            conditional_row: batch.len() as i32 - 1,
            patch,
        });
        let rows = outputs[&contract::row_output(&self.0.self_attention[0])].clone();
        rows.into_dimensionality().expect("[R, N]")
    }
}

#[test]
fn every_precision_and_operator_version_gives_the_same_rows() {
    let mut plain = Block::open("form_a.onnx", 18);
    for (name, opset, tolerance) in [("form_a.onnx", 17, 0.0), ("form_e.onnx", 18, 2e-3)] {
        let mut other = Block::open(name, opset);
        for patch in 0..12 {
            let (expected, found) = (plain.rows(&[0, 1], Some(patch)), other.rows(&[0, 1], Some(patch)));
            let worst = distance(found.view(), expected.view());
            assert!(worst <= tolerance, "{name}, opset {opset}, patch {patch}: {worst}");
            assert!(
                (found.sum() - 1.0).abs() < 2e-3,
                "{name}, opset {opset}, patch {patch}: {}",
                found.sum()
            );
        }
    }
}

#[test]
fn only_the_conditional_row_and_the_asked_patch_count() {
    let mut block = Block::open("form_a.onnx", 18);
    assert_eq!(block.rows(&[0, 1], None).dim(), (0, 12));
    let row = block.rows(&[0, 1], Some(3));
    let same = |other: Array2<f32>| distance(row.view(), other.view()) < 1e-6;
    assert!(same(block.rows(&[1], Some(3))));
    assert!(same(block.rows(&[2, 1], Some(3))));
    assert!(!same(block.rows(&[1, 0], Some(3))));
    assert!(!same(block.rows(&[0, 1], Some(4))));
}
