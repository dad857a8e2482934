//! What is measured from maps (method.md 7): how gathered a word is, how far two words share a place, when a word's
//! place is decided, and which attributes land on the noun of another entity.
//!
//! Everything begins with the [`Excess`] of a map, made once and compared often. What this is not: finding nouns and
//! their attributes (they come in as [`Noun`]s), or choosing maps: leaks are measured on neutral maps (before mask
//! and weights), because a hard mask removes them by construction.

use std::sync::Arc;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// The overlap with its final map from which a word counts as decided.
pub const DECIDED_OVERLAP: f32 = 0.8;

/// Where a map lies above its mean, scaled to sum 1; all zero for a flat map. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excess(Arc<[f64]>);

impl Excess {
    /// The excess of a map [height, width] in any unit.
    pub fn of(map: ArrayView2<'_, f32>) -> Self {
        let mean = map.iter().map(|&value| f64::from(value)).sum::<f64>() / map.len().max(1) as f64;
        let above: Vec<f64> = map.iter().map(|&value| (f64::from(value) - mean).max(0.0)).collect();
        let sum: f64 = above.iter().sum();
        if sum > 0.0 {
            Self(above.into_iter().map(|value| value / sum).collect())
        } else {
            Self(above.into())
        }
    }

    /// How gathered it is: 1 on one patch, 0 spread evenly, and 0 for a flat map.
    pub fn focus(&self) -> f32 {
        let shares = self.0.iter().filter(|&&share| share > 0.0);
        // The sum is minus the entropy.
        let sum = shares.map(|&share| share * libm::log(share)).reduce(|a, b| a + b);
        sum.map_or(0.0, |sum| (1.0 + sum / libm::log(self.0.len() as f64)) as f32)
    }

    /// Where its weight lies, in shares of a map of `width` columns: from the top and from the left. The middle for a flat
    /// map.
    pub fn centre(&self, width: usize) -> [f64; 2] {
        let height = self.0.len() / width.max(1);
        let (mut down, mut right, mut sum) = (0.0, 0.0, 0.0);
        for (at, share) in self.0.iter().enumerate() {
            down += share * ((at / width) as f64 + 0.5);
            right += share * ((at % width) as f64 + 0.5);
            sum += share;
        }
        if sum > 0.0 { [down / sum / height as f64, right / sum / width as f64] } else { [0.5, 0.5] }
    }

    /// How much it shares with another map of the same shape: 1 for the same place, 0 for places apart.
    pub fn overlap(&self, other: &Self) -> f32 {
        debug_assert_eq!(self.0.len(), other.0.len());
        self.0.iter().zip(&*other.0).map(|(&a, &b)| a.min(b)).sum::<f64>() as f32
    }
}

/// The first step from which a word's map overlaps the final one by [`DECIDED_OVERLAP`] or more to the end; `overlaps` are
/// those of each step with the last. `None` without steps, or if the final map is flat.
pub fn decided_at(overlaps: impl DoubleEndedIterator<Item = f32> + ExactSizeIterator) -> Option<usize> {
    let steps = overlaps.len();
    let stays = overlaps.rev().take_while(|&overlap| overlap >= DECIDED_OVERLAP).count();
    (stays > 0).then_some(steps - stays)
}

/// A noun and what describes it, as places in a list of words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noun {
    /// The noun itself.
    pub head: usize,
    /// Its attributes.
    pub attributes: Vec<usize>,
}

/// An attribute beside a noun of another entity. Words are places in the list that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    /// The attribute.
    pub attribute: usize,
    /// The noun of another entity that it overlaps most.
    pub onto: usize,
    /// By how much.
    pub overlap: f32,
    /// The noun that it belongs to.
    pub own: usize,
    /// How much it overlaps that one.
    pub own_overlap: f32,
}

/// How far every attribute lands on a noun of another entity, the worst first. `maps` holds every word's neutral map
/// at one step, `entities` the nouns of each entity: its own and those that it wears, holds or has. Empty with fewer
/// than two entities.
pub fn leaks(maps: &[Excess], entities: &[Vec<Noun>]) -> Vec<Leak> {
    let overlap = |a: usize, b: usize| maps[a].overlap(&maps[b]);
    let mut leaks = Vec::new();
    for (entity, nouns) in entities.iter().enumerate() {
        let foreign = entities.iter().enumerate().filter(|&(other, _)| other != entity);
        let foreign: Vec<usize> = foreign.flat_map(|(_, nouns)| nouns).map(|noun| noun.head).collect();
        for noun in nouns {
            for &attribute in &noun.attributes {
                // `max_by` takes the last of equals, so the first noun comes last.
                let onto = foreign.iter().rev().map(|&head| (head, overlap(attribute, head)));
                let worst = onto.max_by(|(_, a), (_, b)| a.total_cmp(b));
                leaks.extend(worst.map(|(onto, shared)| Leak {
                    attribute,
                    onto,
                    overlap: shared,
                    own: noun.head,
                    own_overlap: overlap(attribute, noun.head),
                }));
            }
        }
    }
    leaks.sort_by(|a, b| b.overlap.total_cmp(&a.overlap));
    leaks
}

#[cfg(test)]
mod tests {
    use ndarray::aview2;

    use super::*;

    fn excess(map: [f32; 4]) -> Excess {
        Excess::of(aview2(&[map]))
    }

    #[test]
    fn focus_goes_from_even_to_one_patch() {
        fn check(map: [f32; 4], expected: f32) {
            assert!((excess(map).focus() - expected).abs() < 1e-6, "{map:?}: {}", excess(map).focus());
        }
        check([0.0, 0.0, 3.0, 0.0], 1.0);
        check([1.0, 1.0, 3.0, 1.0], 1.0);
        check([1.0, 0.0, 0.0, 1.0], 0.5);
        // Above the mean of 2 by 1, 1 and 2: the entropy is 1.5 ln 2.
        check([3.0, 3.0, 4.0, -2.0], 0.25);
        check([0.3, 0.3, 0.3, 0.3], 0.0);
        check([0.0; 4], 0.0);
    }

    #[test]
    fn overlap_is_what_two_maps_share() {
        fn check(a: [f32; 4], b: [f32; 4], expected: f32) {
            let (a, b) = (excess(a), excess(b));
            assert!((a.overlap(&b) - expected).abs() < 1e-6, "{}", a.overlap(&b));
            assert_eq!(a.overlap(&b), b.overlap(&a));
        }
        check([0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 8.0, 0.0], 1.0);
        check([0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], 0.0);
        check([1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0], 0.5);
        check([3.0, 3.0, 4.0, -2.0], [0.0, 0.0, 1.0, 0.0], 0.5);
        check([1.0; 4], [1.0; 4], 0.0);
    }

    #[test]
    fn a_word_is_decided_once_it_stays_in_its_final_place() {
        const LEFT: [f32; 4] = [1.0, 0.0, 0.0, 0.0];
        const RIGHT: [f32; 4] = [0.0, 0.0, 0.0, 1.0];
        fn check(steps: &[[f32; 4]], expected: Option<usize>) {
            let last = steps.last().map_or_else(Excess::default, |&map| excess(map));
            assert_eq!(decided_at(steps.iter().map(|&map| excess(map).overlap(&last))), expected);
        }
        check(&[RIGHT, LEFT, RIGHT, RIGHT], Some(2));
        check(&[RIGHT, RIGHT], Some(0));
        check(&[LEFT, RIGHT], Some(1));
        check(&[LEFT, [1.0; 4]], None);
        check(&[], None);
        // Shares of 4/5 and 1/5 overlap the left by 0.8, and by 0.75 with 3/4 and 1/4.
        check(&[[4.0, 0.0, -5.0, 1.0], LEFT], Some(0));
        check(&[[3.0, 0.0, -4.0, 1.0], LEFT], Some(1));
    }

    #[test]
    fn leaks_are_attributes_on_nouns_of_others() {
        let noun = |head, attributes: &[usize]| Noun { head, attributes: attributes.to_vec() };
        // A boy with a red hat, a girl with a blue umbrella: boy, red, hat, girl, blue, umbrella.
        let maps = [
            excess([1.0, 0.0, 0.0, 0.0]),
            excess([1.0, 1.0, 0.0, 0.0]),
            excess([1.0, 0.0, 0.0, 0.0]),
            excess([0.0, 0.0, 1.0, 0.0]),
            excess([0.0, 0.0, 0.0, 1.0]),
            excess([0.0, 1.0, 0.0, 0.0]),
        ];
        let boy = vec![noun(0, &[]), noun(2, &[1])];
        let girl = vec![noun(3, &[]), noun(5, &[4])];
        let red = Leak { attribute: 1, onto: 5, overlap: 0.5, own: 2, own_overlap: 0.5 };
        // Both of the boy's nouns are as far away: the first counts.
        let blue = Leak { attribute: 4, onto: 0, overlap: 0.0, own: 5, own_overlap: 0.0 };
        assert_eq!(leaks(&maps, &[girl.clone(), boy.clone()]), [red, blue]);
        assert_eq!(leaks(&maps, &[boy, girl]), [red, blue]);
        assert_eq!(leaks(&maps, &[vec![noun(2, &[1]), noun(5, &[4])]]), []);
        assert_eq!(leaks(&maps, &[]), []);
    }
}
