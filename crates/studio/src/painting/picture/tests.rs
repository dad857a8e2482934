//! Paintings whose maps have no room in memory.

use ndarray::Array4;

use super::*;
use tauscope_core::attention::{Grid, StepMaps};

fn report(index: usize) -> StepReport {
    let latents = Array4::zeros((1, 4, 2, 2));
    StepReport {
        index,
        timestep: 0.0,
        checkpoint: Arc::new(Checkpoint {
            step: index + 1,
            tokens: 4,
            latents: latents.clone(),
            denoised: latents,
            memory: Vec::new(),
            early_maps: None,
        }),
        layers: Arc::new([Layer::new("mid_block.attn2", Grid::new(2, 2))]),
        maps: StepMaps(vec![Array2::from_elem((4, 4), index as f32)]),
        neutral: Some(StepMaps(vec![Array2::from_elem((4, 4), -(index as f32))])),
        scores: StepScores::default(),
        steer: Arc::default(),
        elapsed: Duration::ZERO,
    }
}

#[test]
fn maps_beyond_the_budget_go_to_disk_the_oldest_first() {
    fn check(most_bytes: usize, in_memory: [bool; 4]) {
        let preview: LatentPreview = serde_json::from_str(&format!("{:?}", [[0.0; 5]; 3])).unwrap();
        let mut painting = Painting::new(JobId(1), "Fake", Settings::default());
        let mut spill = Spill::default();
        for index in 0..4 {
            assert_eq!(painting.push(report(index), &preview, &mut spill, most_bytes), None);
        }
        let kept: Vec<_> = painting.steps.iter().map(|step| step.map_bytes() > 0).collect();
        assert_eq!(kept, in_memory, "{most_bytes}");
        for index in 0..4 {
            assert_eq!(painting.map(index, 0).unwrap()[[3, 3]], index as f32);
            assert_eq!(painting.neutral(index, 0).unwrap().unwrap()[[0, 0]], -(index as f32));
        }
    }
    // 2 x 16 values of 2 bytes a step.
    check(256, [true; 4]);
    check(130, [false, false, true, true]);
    check(0, [false; 4]);
}

/// A full disk, or a folder that is gone.
#[test]
fn maps_that_have_no_place_are_told_once_and_the_run_goes_on() {
    fn check(free_bytes: fn() -> u64, are_kept: bool) {
        let preview: LatentPreview = serde_json::from_str(&format!("{:?}", [[0.0; 5]; 3])).unwrap();
        let mut painting = Painting::new(JobId(1), "Fake", Settings::default());
        let mut spill = Spill::within("/nowhere/at/all".into(), free_bytes);
        let notices: Vec<_> =
            (0..4).filter_map(|index| painting.push(report(index), &preview, &mut spill, 0)).collect();
        assert!(matches!(notices[..], [Notice::MapsInMemory { .. }]), "{notices:?}");
        assert!(notices[0].to_string().contains("/nowhere/at/all"), "{}", notices[0]);
        assert_eq!(painting.steps.len(), 4);
        for index in 0..4 {
            let map = painting.map(index, 0);
            assert_eq!(map.is_ok(), are_kept, "{map:?}");
            assert!(
                map.map_or_else(
                    |gone| gone.to_string().contains("let go"),
                    |map| map[[3, 3]] == index as f32
                )
            );
        }
    }
    check(|| 1 << 30, true);
    check(|| 0, true);
    check(|| 1, false);
}
