//! diffusers' `UniPCMultistepScheduler` with data prediction, of any order up to 3 and with any of its noise schedules
//! (Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models").

use ndarray::{Array4, ArrayView4};

use super::{
    Schedule, Scheduler, Stepped, bound::Bound, dpm_multistep::preserving, history::History, levels,
    prediction::denoised_preserving, spread::Spread,
};
use crate::model::{FinalSigma, PredictionType, SchedulerConfig};

/// The highest order.
const MOST_ORDER: usize = 3;

/// Predicts the next latents, and corrects them once the model has been asked at them.
pub(super) struct UniPc {
    schedule: Schedule,
    prediction_type: PredictionType,
    bound: Bound,
    order: usize,
    lower_order_final: bool,
    /// B(h) is h itself instead of its exponential.
    is_bh1: bool,
    /// Steps whose result is not corrected.
    uncorrected: Vec<usize>,
    history: History,
    /// Latents from which the last step was predicted.
    corrected: Option<Array4<f32>>,
}

impl UniPc {
    pub(super) fn new(config: &SchedulerConfig, steps: usize, spread: Option<Spread>) -> Self {
        let is_rounded = spread == Some(Spread::Karras);
        let (timesteps, mut sigmas) = levels::preserving(config, steps, spread, is_rounded);
        if spread.is_some() && config.final_sigmas_type == FinalSigma::SigmaMin {
            // A spread ends where its own lowest level is.
            sigmas[steps] = sigmas[steps - 1];
        }
        let order = config.solver_order.min(MOST_ORDER);
        Self {
            schedule: Schedule { timesteps, sigmas, init_noise_sigma: 1.0 },
            prediction_type: config.prediction_type,
            bound: Bound::threshold_of(config),
            order,
            lower_order_final: config.lower_order_final,
            is_bh1: config.solver_type == "bh1",
            uncorrected: config.disable_corrector.clone(),
            history: History::new(order),
            corrected: None,
        }
    }

    /// How many of `known` predictions step `index` uses. One alone at the end, where there is no noise left to extrapolate
    /// along, and where a step goes nowhere: the others lie at multiples of its length.
    fn order(&self, index: usize, known: usize) -> usize {
        if self.schedule.sigmas[index + 1] == self.schedule.sigmas[index] {
            return 1;
        }
        let left = self.schedule.timesteps.len() - index;
        let most = if self.lower_order_final || self.schedule.sigmas[index + 1] == 0.0 {
            self.order.min(left)
        } else {
            self.order
        };
        most.min(known)
    }

    /// The latents at level `index + 1` from `latents` at level `index` and the predictions there and before it, the
    /// newest first. With `ahead`, which is what the model predicted at level `index + 1`, they are corrected by it.
    fn solve(
        &self,
        index: usize,
        latents: &Array4<f32>,
        predictions: &[Array4<f32>],
        ahead: Option<&Array4<f32>>,
    ) -> Array4<f32> {
        let lambda = |index: usize| -f64::from(self.schedule.sigmas[index]).ln();
        let (_, sigma) = preserving(self.schedule.sigmas[index]);
        let (next_alpha, next_sigma) = preserving(self.schedule.sigmas[index + 1]);
        let order = self.order(index, predictions.len());
        let minus_h = lambda(index) - lambda(index + 1);
        let phi_1 = minus_h.exp_m1();
        let b_h = if self.is_bh1 { minus_h } else { phi_1 };
        // Where the other predictions lie, seen from the newest one, as multiples of the step.
        let earlier = (1..order).map(|back| (lambda(index) - lambda(index - back)) / minus_h);
        let places: Vec<f64> = earlier.chain(ahead.map(|_| 1.0)).collect();
        let rhos = rhos(&places, minus_h, b_h);

        let alpha = f64::from(next_alpha);
        let mut solved = latents * (next_sigma / sigma);
        let mut newest = -alpha * phi_1;
        let others = predictions.iter().skip(1).take(order - 1).chain(ahead);
        for ((rho, place), prediction) in rhos.iter().zip(&places).zip(others) {
            let weight = -alpha * b_h * rho / place;
            solved.scaled_add(weight as f32, prediction);
            newest -= weight;
        }
        if let Some(prediction) = predictions.first() {
            solved.scaled_add(newest as f32, prediction);
        }
        solved
    }
}

/// The weights of the differences to the predictions at `places`, as many as the solver's order, or one fewer where it
/// only predicts. For one place the published solvers take one half.
fn rhos(places: &[f64], minus_h: f64, b_h: f64) -> Vec<f64> {
    if places.len() < 2 {
        return vec![0.5; places.len()];
    }
    let mut phi = minus_h.exp_m1() / minus_h - 1.0;
    let mut factorial = 1.0;
    let moments = (1..=places.len()).map(|k| {
        let moment = phi * factorial / b_h;
        factorial *= k as f64 + 1.0;
        phi = phi / minus_h - 1.0 / factorial;
        moment
    });
    with_moments(places, moments.collect())
}

/// The weights x of different places r for which the sums of x r^k are the moments, k = 0, 1, ... (Björck and Pereyra
/// 1970, "Solution of Vandermonde Systems of Equations").
fn with_moments(places: &[f64], mut moments: Vec<f64>) -> Vec<f64> {
    let last = places.len().saturating_sub(1);
    for (k, place) in places.iter().enumerate().take(last) {
        for i in (k + 1..=last).rev() {
            moments[i] -= place * moments[i - 1];
        }
    }
    for k in (0..last).rev() {
        for i in k + 1..=last {
            moments[i] /= places[i] - places[i - k - 1];
        }
        for i in k..last {
            moments[i] -= moments[i + 1];
        }
    }
    moments
}

impl Scheduler for UniPc {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The latents that the last step went on from, then the older predictions.
    fn memory(&self) -> Vec<Array4<f32>> {
        self.corrected.iter().chain(self.history.older()).cloned().collect()
    }

    fn resume(&mut self, _index: usize, denoised: ArrayView4<'_, f32>, memory: &[Array4<f32>]) {
        if let [corrected, older @ ..] = memory {
            self.corrected = Some(corrected.clone());
            self.history.restore(denoised.to_owned(), older);
        }
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (alpha, sigma) = preserving(self.schedule.sigmas[index]);
        let predicted = denoised_preserving(self.prediction_type, output, latents, alpha, sigma);
        let denoised = self.bound.applied_to(predicted);
        let corrected = match (&self.corrected, index.checked_sub(1)) {
            (Some(before), Some(previous)) if !self.uncorrected.contains(&previous) => {
                self.solve(previous, before, self.history.newest_first(), Some(&denoised))
            }
            _ => latents.to_owned(),
        };
        self.history.push(denoised.clone());
        let latents = self.solve(index, &corrected, self.history.newest_first(), None);
        self.corrected = Some(corrected);
        Stepped { latents, denoised }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_their_moments() {
        fn check(places: &[f64], moments: &[f64]) {
            let weights = with_moments(places, moments.to_vec());
            for (k, expected) in moments.iter().enumerate() {
                let moment: f64 = weights.iter().zip(places).map(|(x, r)| x * r.powi(k as i32)).sum();
                assert!((moment - expected).abs() < 1e-12, "{weights:?}: {moment} instead of {expected}");
            }
        }
        check(&[2.0], &[0.3]);
        check(&[-0.7, 1.0], &[0.4, -0.2]);
        check(&[-0.9, -2.1, 1.0], &[0.5, 0.3, -0.1]);
    }
}
