//! Timesteps and noise levels of a run for models that were trained on discrete timesteps: which ones a solver visits.

use super::{
    spread::Spread,
    tables::{
        ending_at, final_sigma, fractional_timesteps, sigmas_at, timestep_of, training_sigmas,
        whole_timesteps,
    },
};
use crate::model::SchedulerConfig;

/// Levels of the solvers in the variance-exploding convention but Euler: fractional timesteps, [steps], and the sigmas
/// at them, [steps].
pub(super) fn exploding(
    config: &SchedulerConfig,
    steps: usize,
    spread: Option<Spread>,
) -> (Vec<f32>, Vec<f64>) {
    let training = training_sigmas(config);
    let timesteps = fractional_timesteps(config, steps);
    let sigmas = sigmas_at(&timesteps, &training);
    match spread {
        Some(spread) => spread_over(&sigmas, config, steps, spread),
        None => (timesteps, sigmas),
    }
}

/// The levels of a spread between the highest and the lowest of `plain`, unless the configuration says other ones:
/// fractional timesteps, [steps], and the sigmas at them, [steps].
pub(super) fn spread_over(
    plain: &[f64],
    config: &SchedulerConfig,
    steps: usize,
    spread: Spread,
) -> (Vec<f32>, Vec<f64>) {
    let training = training_sigmas(config);
    let (max, min) = (plain[0], plain[plain.len() - 1]);
    let sigmas = spread.sigmas(config.sigma_max.unwrap_or(max), config.sigma_min.unwrap_or(min), steps);
    let timesteps = sigmas.iter().map(|&sigma| timestep_of(sigma, &training) as f32).collect();
    (timesteps, sigmas)
}

/// Levels of DPM-Solver++ and UniPC: whole timesteps, [steps], and the sigmas at them, [steps + 1] with the one at which
/// the last step ends. A spread goes over the whole training range, whatever the spacing, unless the configuration says
/// another one (which Lu's do not follow); its timesteps are rounded or cut off.
pub(super) fn preserving(
    config: &SchedulerConfig,
    steps: usize,
    spread: Option<Spread>,
    is_rounded: bool,
) -> (Vec<f32>, Vec<f32>) {
    let training = training_sigmas(config);
    let (lowest, highest) = (training[0], training[training.len() - 1]);
    let (timesteps, sigmas) = if let Some(spread) = spread {
        let (min, max) = (f64::from(lowest), f64::from(highest));
        let (min, max) = match spread {
            Spread::Lu => (min, max),
            _ => (config.sigma_min.unwrap_or(min), config.sigma_max.unwrap_or(max)),
        };
        let sigmas = spread.sigmas(max, min, steps);
        let whole = if is_rounded { f64::round_ties_even } else { f64::trunc };
        let timesteps = sigmas.iter().map(|&sigma| whole(timestep_of(sigma, &training)) as f32).collect();
        (timesteps, sigmas)
    } else {
        let timesteps = whole_timesteps(config, steps, steps + 1);
        let sigmas = sigmas_at(&timesteps, &training);
        (timesteps, sigmas)
    };
    (timesteps, ending_at(final_sigma(config, lowest), &sigmas))
}
