//! The naive twin: cross-attention as method.md writes it, in f64 and plain loops.
//!
//! It is the oracle of the kernel's tests and its specification. Nothing in the program calls it.

use super::problem::Problem;
use tauscope_core::attention::Regions;
use tauscope_onnx::contract::Reduce;

/// What the operator computes, in f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Attention output [B, N, H*d].
    pub out: Vec<f64>,
    /// Head mean of the attention used in the conditional row [N, L].
    pub map: Vec<f64>,
    /// The same before mask and weights, [N, L]; empty if neither acts.
    pub neutral: Vec<f64>,
    /// Neutral score of each group in the conditional row [N, G].
    pub score: Vec<f64>,
}

/// The answer to `problem`, one (row, patch) after the other.
pub fn cross_attention(problem: &Problem<'_, f32>) -> Answer {
    let shape = problem.shape;
    let mut answer = Answer { out: Vec::new(), map: Vec::new(), neutral: Vec::new(), score: Vec::new() };
    for row in 0..shape.batch {
        for patch in 0..shape.patches {
            let logits: Vec<Vec<f64>> =
                (0..shape.heads).map(|head| head_logits(problem, row, patch, head)).collect();
            let mut attention: Vec<Vec<f64>> = logits.iter().map(|logits| softmax(logits)).collect();
            if row == problem.conditional_row {
                let neutral = head_mean(&attention);
                let score = group_scores(problem, &neutral);
                if problem.control.acts() {
                    answer.neutral.extend(neutral);
                }
                mask(problem, patch, &logits, &score, &mut attention);
                weigh(problem, &mut attention);
                answer.map.extend(head_mean(&attention));
                answer.score.extend(score.into_iter().map(|score| score.unwrap_or(0.0)));
            }
            for (head, attention) in attention.iter().enumerate() {
                answer.out.extend((0..shape.head_size).map(|channel| {
                    let value = |token| problem.v[at(problem, shape.tokens, row, token, head) + channel];
                    attention.iter().enumerate().map(|(token, a)| a * f64::from(value(token))).sum::<f64>()
                }));
            }
        }
    }
    answer
}

/// Where the channels of `head` begin in a tensor [B, rows, H*d].
fn at(problem: &Problem<'_, f32>, rows: usize, batch_row: usize, row: usize, head: usize) -> usize {
    (batch_row * rows + row) * problem.shape.channels() + head * problem.shape.head_size
}

/// scale Q K^T of one patch and head, [L].
fn head_logits(problem: &Problem<'_, f32>, row: usize, patch: usize, head: usize) -> Vec<f64> {
    let shape = problem.shape;
    let query = &problem.q[at(problem, shape.patches, row, patch, head)..][..shape.head_size];
    let logit = |token| {
        let key = &problem.k[at(problem, shape.tokens, row, token, head)..][..shape.head_size];
        let dot: f64 = query.iter().zip(key).map(|(&q, &k)| f64::from(q) * f64::from(k)).sum();
        dot * f64::from(problem.scale)
    };
    (0..shape.tokens).map(logit).collect()
}

/// Softmax of logits of which some may be -inf.
fn softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// P(n, t) of method.md 2.
fn head_mean(attention: &[Vec<f64>]) -> Vec<f64> {
    let mean = |token| attention.iter().map(|head| head[token]).sum::<f64>() / attention.len() as f64;
    (0..attention[0].len()).map(mean).collect()
}

/// score_g of method.md 2; none for a group without tokens.
fn group_scores(problem: &Problem<'_, f32>, mean: &[f64]) -> Vec<Option<f64>> {
    let score = |group: usize| {
        let of_group =
            |(token, &p): (usize, &f64)| (problem.control.group[token] == group as i32).then_some(p);
        let members: Vec<f64> = mean.iter().enumerate().filter_map(of_group).collect();
        let sum: f64 = members.iter().sum();
        (!members.is_empty()).then(|| match problem.control.reduce {
            Reduce::Sum => sum,
            Reduce::Mean => sum / members.len() as f64,
            Reduce::Max => members.iter().copied().fold(0.0, f64::max),
        })
    };
    (0..problem.control.groups()).map(score).collect()
}

/// A = (1-s) A_neutral + s A_masked, every head (method.md 2).
fn mask(
    problem: &Problem<'_, f32>,
    patch: usize,
    logits: &[Vec<f64>],
    score: &[Option<f64>],
    attention: &mut [Vec<f64>],
) {
    let strength = f64::from(problem.control.strength);
    if score.len() < 2 || strength == 0.0 {
        return;
    }
    let mut best: Option<(usize, f64)> = None;
    for (group, score) in score.iter().enumerate() {
        if let &Some(score) = score
            && best.is_none_or(|(_, highest)| score > highest)
        {
            best = Some((group, score));
        }
    }
    let Some((winner, _)) = best else { return };
    let group = problem.control.group;
    let seen = match problem.control.told.get(patch) {
        Some(&Regions::NOBODY) if group.contains(&-1) => -1,
        Some(told) if *told >= 0 && group.contains(told) => *told,
        _ => winner as i32,
    };
    let allowed = |token: usize| group[token] == -1 || group[token] == seen;
    for (attention, logits) in attention.iter_mut().zip(logits) {
        let visible = |(token, &logit): (usize, &f64)| if allowed(token) { logit } else { f64::NEG_INFINITY };
        let masked = softmax(&logits.iter().enumerate().map(visible).collect::<Vec<_>>());
        for (a, masked) in attention.iter_mut().zip(masked) {
            *a = (1.0 - strength) * *a + strength * masked;
        }
    }
}

/// A'(t) = A(t) w(t) / sum_u A(u) w(u), every head (method.md 3).
fn weigh(problem: &Problem<'_, f32>, attention: &mut [Vec<f64>]) {
    for attention in attention {
        for (a, &weight) in attention.iter_mut().zip(problem.control.weight) {
            *a *= f64::from(weight);
        }
        let sum: f64 = attention.iter().sum();
        attention.iter_mut().for_each(|a| *a /= sum);
    }
}
