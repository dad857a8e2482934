//! What a solver of several steps remembers.

use ndarray::Array4;

/// Clean latents that the last steps predicted, the newest first.
pub(super) struct History {
    predictions: Vec<Array4<f32>>,
    /// How many are kept.
    most: usize,
}

impl History {
    pub(super) fn new(most: usize) -> Self {
        Self { predictions: Vec::new(), most }
    }

    pub(super) fn push(&mut self, denoised: Array4<f32>) {
        self.predictions.insert(0, denoised);
        self.predictions.truncate(self.most);
    }

    /// The predictions, the newest first.
    pub(super) fn newest_first(&self) -> &[Array4<f32>] {
        &self.predictions
    }

    /// All but the newest one.
    pub(super) fn older(&self) -> &[Array4<f32>] {
        self.predictions.get(1..).unwrap_or_default()
    }

    /// Takes over what [`Self::newest_first`] gave in another run.
    pub(super) fn restore(&mut self, newest: Array4<f32>, older: &[Array4<f32>]) {
        self.predictions = [newest].into_iter().chain(older.iter().cloned()).take(self.most).collect();
    }
}
