//! Betas, sigmas and timesteps.
//!
//! Rounded to f32 at the points where diffusers rounds: at the first training timesteps 1 - beta leaves few digits,
//! and f64 throughout would differ from diffusers there by more than 1e-5.

use crate::model::{BetaSchedule, FinalSigma, SchedulerConfig, TimestepSpacing};

/// Stands in for a last alpha of 0, so that the first sigma stays finite.
const SMALLEST_ALPHA: f32 = 1.0 / (1 << 24) as f32;

/// The usual rho of Karras sigmas.
pub(super) const KARRAS_RHO: f64 = 7.0;

/// Cumulative products of 1 - beta, [num_train_timesteps]. With `rescale_betas_zero_snr` the last one is 0.
pub(super) fn alphas_cumprod(config: &SchedulerConfig) -> Vec<f32> {
    let alphas: Vec<f32> = betas(config).iter().map(|beta| 1.0 - beta).collect();
    let products = cumulative_product(&alphas);
    if !config.rescale_betas_zero_snr {
        return products;
    }
    // Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", algorithm 1.
    let roots: Vec<f32> = products.iter().map(|product| product.sqrt()).collect();
    let (Some(&first), Some(&last)) = (roots.first(), roots.last()) else { return products };
    let scale = first / (first - last);
    let bars: Vec<f32> = roots.iter().map(|root| ((root - last) * scale).powi(2)).collect();
    let mut alphas = bars.clone();
    for t in 1..bars.len() {
        // Through beta and back, as diffusers stores betas.
        alphas[t] = 1.0 - (1.0 - bars[t] / bars[t - 1]);
    }
    cumulative_product(&alphas)
}

/// Noise level of each training timestep in the variance-exploding convention, rising, [num_train_timesteps].
pub(super) fn training_sigmas(config: &SchedulerConfig) -> Vec<f32> {
    let mut alphas = alphas_cumprod(config);
    if config.rescale_betas_zero_snr
        && let Some(last) = alphas.last_mut()
    {
        *last = SMALLEST_ALPHA;
    }
    alphas.iter().map(|&alpha| sigma_of_alpha(alpha)).collect()
}

/// Variance-exploding noise level of a cumulative alpha, finite also for pure noise.
pub(super) fn sigma_of_alpha(alpha: f32) -> f32 {
    let alpha = if alpha == 0.0 { SMALLEST_ALPHA } else { alpha };
    ((1.0 - alpha) / alpha).sqrt()
}

/// Timesteps of a run before any rounding, falling, [steps]. With leading and linspace spacing `points` of them (at
/// least `steps`) are laid out and the lowest left out.
fn timesteps(config: &SchedulerConfig, steps: usize, points: usize) -> Vec<f64> {
    let training = config.num_train_timesteps;
    match config.timestep_spacing {
        TimestepSpacing::Leading => {
            let ratio = training / points;
            (0..points)
                .rev()
                .take(steps)
                .map(|i| (i * ratio).saturating_add(config.steps_offset) as f64)
                .collect()
        }
        TimestepSpacing::Trailing => {
            // numpy's arange multiplies the difference of its first two values. It also gives one value too many for
            // some numbers of steps (61, 103, ...), which diffusers runs at timestep -1; we do not.
            let start = training as f64;
            let delta = (start - start / steps as f64) - start;
            (0..steps).map(|i| (start + i as f64 * delta).round_ties_even() - 1.0).collect()
        }
        TimestepSpacing::Linspace => linspace(0.0, training as f64 - 1.0, points).rev().take(steps).collect(),
    }
}

/// [`timesteps`] of the Euler family: not rounded but to f32.
pub(super) fn fractional_timesteps(config: &SchedulerConfig, steps: usize) -> Vec<f32> {
    timesteps(config, steps, steps).into_iter().map(|t| t as f32).collect()
}

/// [`timesteps`] of DDIM and DPM-Solver++: whole.
pub(super) fn whole_timesteps(config: &SchedulerConfig, steps: usize, points: usize) -> Vec<f32> {
    timesteps(config, steps, points).into_iter().map(|t| t.round_ties_even() as f32).collect()
}

/// Sigmas at `timesteps` by linear interpolation between the training timesteps.
pub(super) fn sigmas_at(timesteps: &[f32], training_sigmas: &[f32]) -> Vec<f64> {
    let last = training_sigmas.len() - 1;
    let sigma_at = |&t: &f32| {
        let t = f64::from(t).clamp(0.0, last as f64);
        let low = (t as usize).min(last.saturating_sub(1));
        let (a, b) = (f64::from(training_sigmas[low]), f64::from(training_sigmas[(low + 1).min(last)]));
        a + (b - a) * (t - low as f64)
    };
    timesteps.iter().map(sigma_at).collect()
}

/// Karras et al. (2022), equation 5: `steps` sigmas from `max` down to `min`.
pub(super) fn karras(max: f64, min: f64, rho: f64, steps: usize) -> Vec<f64> {
    let (max, min) = (max.powf(rho.recip()), min.powf(rho.recip()));
    linspace(0.0, 1.0, steps).map(|ramp| (max + ramp * (min - max)).powf(rho)).collect()
}

/// `steps` sigmas from `max` down to `min`, each the same share of the one before.
pub(super) fn exponential(max: f64, min: f64, steps: usize) -> Vec<f64> {
    linspace(max.ln(), min.ln(), steps).map(f64::exp).collect()
}

/// [`exponential`] from the logarithms in single precision, as diffusers has them where it spaces lambdas.
pub(super) fn exponential_of_lambdas(max: f64, min: f64, steps: usize) -> Vec<f64> {
    let log = |sigma: f64| f64::from((sigma as f32).ln());
    linspace(log(max), log(min), steps).map(f64::exp).collect()
}

/// The timestep whose training sigma is `sigma`, interpolated in ln sigma.
pub(super) fn timestep_of(sigma: f64, training_sigmas: &[f32]) -> f64 {
    let low = training_sigmas
        .partition_point(|&training| f64::from(training.ln()) <= sigma.ln())
        .saturating_sub(1)
        .min(training_sigmas.len().saturating_sub(2));
    let high = (low + 1).min(training_sigmas.len() - 1);
    let (a, b) = (f64::from(training_sigmas[low].ln()), f64::from(training_sigmas[high].ln()));
    let share = if a == b { 0.0 } else { ((a - sigma.ln()) / (a - b)).clamp(0.0, 1.0) };
    low as f64 + share
}

/// What a run's sigmas become: f32, and `last` at the end.
pub(super) fn ending_at(last: f32, sigmas: &[f64]) -> Vec<f32> {
    sigmas.iter().map(|&sigma| sigma as f32).chain([last]).collect()
}

/// Where a run's last step ends. `lowest` is the lowest noise level that the model was trained on.
pub(super) fn final_sigma(config: &SchedulerConfig, lowest: f32) -> f32 {
    match config.final_sigmas_type {
        FinalSigma::Zero => 0.0,
        FinalSigma::SigmaMin => lowest,
    }
}

fn betas(config: &SchedulerConfig) -> Vec<f32> {
    if let Some(trained) = &config.trained_betas {
        return trained.iter().map(|&beta| beta as f32).collect();
    }
    let (start, end, count) = (config.beta_start, config.beta_end, config.num_train_timesteps);
    match config.beta_schedule {
        BetaSchedule::Linear => torch_linspace(start as f32, end as f32, count),
        BetaSchedule::ScaledLinear => torch_linspace(start.sqrt() as f32, end.sqrt() as f32, count)
            .into_iter()
            .map(|root| root * root)
            .collect(),
        BetaSchedule::SquaredcosCapV2 => {
            let alpha_bar = |i: usize| {
                let t = i as f64 / count as f64;
                ((t + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2).cos().powi(2)
            };
            (0..count).map(|i| (1.0 - alpha_bar(i + 1) / alpha_bar(i)).min(0.999) as f32).collect()
        }
    }
}

/// torch's f32 linspace, which counts from the nearer end.
fn torch_linspace(start: f32, end: f32, count: usize) -> Vec<f32> {
    let step = (end - start) / (count.saturating_sub(1).max(1)) as f32;
    (0..count)
        .map(|i| if i < count / 2 { start + step * i as f32 } else { end - step * (count - 1 - i) as f32 })
        .collect()
}

/// numpy's linspace: `count` values from `start` to `end`, both included; `start` alone for one.
fn linspace(start: f64, end: f64, count: usize) -> impl DoubleEndedIterator<Item = f64> {
    let step = (end - start) / count.saturating_sub(1).max(1) as f64;
    (0..count).map(move |i| if i > 0 && i + 1 == count { end } else { start + i as f64 * step })
}

/// Summed in f64 and rounded at each value, as torch does on the CPU.
fn cumulative_product(factors: &[f32]) -> Vec<f32> {
    let mut product = 1.0_f64;
    factors
        .iter()
        .map(|&factor| {
            product *= f64::from(factor);
            product as f32
        })
        .collect()
}
