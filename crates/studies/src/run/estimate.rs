//! What a study costs, before it is run.

use std::time::Duration;

use serde::Serialize;

use super::Shard;
use crate::study::Plan;

/// What a study costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// How many pictures are painted.
    pub pictures: usize,
    /// How long one painter takes for them.
    pub time: Duration,
    /// What they take on the disk.
    pub bytes: u64,
}

/// What a shard of `plan` costs, if each picture takes so long and so much of the disk.
pub fn estimate(plan: &Plan, shard: Shard, seconds_a_picture: f64, bytes_a_picture: u64) -> Estimate {
    let prompts = (0..plan.prompts.len()).filter(|&place| shard.holds(place)).count();
    let pictures = prompts * plan.arms.len() * plan.samples;
    let seconds = seconds_a_picture * pictures as f64;
    Estimate {
        pictures,
        time: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
        bytes: bytes_a_picture.saturating_mul(pictures as u64),
    }
}
