//! The control of a call, laid out for the kernel.

use super::problem::{LayerControl, Reduce};
use tauscope_core::attention::Regions;

/// What the conditional row goes through.
#[derive(Debug)]
pub(super) struct RowControl {
    /// Tokens of each group, ascending.
    groups: Vec<Vec<usize>>,
    reduce: Reduce,
    /// Strength of the mask; 0 unless there are two groups.
    pub(super) strength: f32,
    /// Numbers from one group to the next in `visible`: L and its padding.
    width: usize,
    /// 1 for each token that is seen where the row's group is, else 0, and a row for where nobody is; [G + 1, width], empty
    /// without a mask.
    visible: Vec<f32>,
    /// Whom each patch is given to, whatever its scores are [N]; empty if none is.
    seats: Vec<i32>,
    /// Weight of each token, [width]; empty if all are 1.
    pub(super) weight: Vec<f32>,
}

impl RowControl {
    /// Lays `control` out with rows of `width` tokens, the last of which are padding.
    pub(super) fn new(control: &LayerControl<'_>, width: usize) -> Self {
        let mut groups = vec![Vec::new(); control.groups()];
        for (token, &group) in control.group.iter().enumerate() {
            if let Ok(group) = usize::try_from(group) {
                groups[group].push(token);
            }
        }
        let strength = if groups.len() < 2 { 0.0 } else { control.strength };
        let mut visible = Vec::new();
        if strength > 0.0 {
            visible.resize((groups.len() + 1) * width, 0.0);
            for (winner, row) in visible.chunks_exact_mut(width).enumerate() {
                for (seen, &group) in row.iter_mut().zip(control.group) {
                    *seen = f32::from(group < 0 || group as usize == winner);
                }
            }
        }
        let mut weight = Vec::new();
        if control.weight.iter().any(|&weight| weight != 1.0) {
            weight.extend_from_slice(control.weight);
            weight.resize(width, 0.0);
        }
        Self { groups, reduce: control.reduce, strength, width, visible, seats: control.seats(), weight }
    }

    /// G.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Whether the mask acts, so that all heads have to be known before one is used.
    pub(super) fn masks(&self) -> bool {
        self.strength > 0.0
    }

    /// Writes each group's score of a patch with the neutral probabilities `mean` [L], times `factor`, to `score` [G].
    pub(super) fn score(&self, mean: &[f32], factor: f32, score: &mut [f32]) {
        for (score, tokens) in score.iter_mut().zip(&self.groups) {
            let members = tokens.iter().map(|&token| mean[token]);
            let reduced = match self.reduce {
                Reduce::Sum => members.sum(),
                Reduce::Mean => members.sum::<f32>() / tokens.len().max(1) as f32,
                Reduce::Max => members.fold(0.0, f32::max),
            };
            *score = reduced * factor;
        }
    }

    /// The group with tokens that scores best, the lower one in a tie.
    fn winner(&self, score: &[f32]) -> usize {
        let mut winner = None;
        for (group, &score) in score.iter().enumerate().filter(|&(group, _)| !self.groups[group].is_empty()) {
            if winner.is_none_or(|(_, highest)| score > highest) {
                winner = Some((group, score));
            }
        }
        winner.map_or(0, |(group, _)| group)
    }

    /// What a patch with these scores sees: 1 or 0 for each token, [width].
    pub(super) fn visible(&self, patch: usize, score: &[f32]) -> &[f32] {
        let row = match self.seats.get(patch) {
            None | Some(&Regions::ATTENTION_DECIDES) => self.winner(score),
            Some(&Regions::NOBODY) => self.groups.len(),
            Some(&group) => group as usize,
        };
        &self.visible[row * self.width..][..self.width]
    }
}
