//! Focus and overlap against the independent implementation (tests/data/reference/README.md), from its own maps.

use ndarray::{Array2, Array3, Array4, Axis, Zip};
use tauscope_core::attention::Excess;
use tauscope_testing::reference::Reference;

/// Largest difference; the maps were rounded to half precision.
const TOLERANCE: f32 = 1e-3;

fn check(case: &str) {
    let reference = Reference::read(case);
    let aggregate: Array4<f32> = reference.get("aggregate");
    let focus: Array2<f32> = reference.get("focus");
    let overlap: Array3<f32> = reference.get("overlap");
    for (step, maps) in aggregate.outer_iter().enumerate() {
        let excess: Vec<Excess> = maps.outer_iter().map(Excess::of).collect();
        let near = |found: f32, expected: f32, what: &str| {
            assert!(
                (found - expected).abs() <= TOLERANCE,
                "{case}, step {step}: {what} {found} for {expected}"
            );
        };
        Zip::from(focus.index_axis(Axis(0), step)).and(&excess[..]).for_each(|&expected, excess| {
            near(excess.focus(), expected, "focus");
        });
        // Left out for prompts of several chunks.
        for ((a, b), &expected) in overlap.index_axis(Axis(0), step).indexed_iter() {
            near(excess[a].overlap(&excess[b]), expected, "overlap");
        }
    }
}

#[test]
fn focus_and_overlap_agree() {
    for case in [
        "neutral",
        "tau",
        "negative",
        "no_guidance",
        "long",
        "groups_only",
        "mask_sum",
        "mask_mean_soft",
        "mask_max",
        "weights",
        "all_nonsquare",
        "structured",
    ] {
        check(case);
    }
}
