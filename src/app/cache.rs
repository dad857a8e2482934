//! What is derived from a painting, found again by what it shows and bounded in bytes: the longest unused goes first,
//! and what the last frame showed stays, because the next will most likely show it too.

use std::{collections::HashMap, hash::Hash};

/// Values by their keys.
pub(super) struct Cache<K, V> {
    held: HashMap<K, Held<V>>,
    budget_bytes: usize,
    bytes: usize,
    frame: u64,
}

struct Held<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash, V: Clone> Cache<K, V> {
    /// An empty one. One frame's own needs are met whatever the budget is.
    pub(super) fn new(budget_bytes: usize) -> Self {
        Self { held: HashMap::new(), budget_bytes, bytes: 0, frame: 0 }
    }

    /// Begins a frame: drops what is over the budget.
    pub(super) fn begin_frame(&mut self) {
        self.frame += 1;
        if self.bytes <= self.budget_bytes {
            return;
        }
        let unused = self.held.iter().filter(|(_, held)| held.used + 1 < self.frame);
        let mut old: Vec<_> = unused.map(|(key, held)| (held.used, key.clone())).collect();
        old.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in old {
            if self.bytes <= self.budget_bytes {
                break;
            }
            self.bytes -= self.held.remove(&key).map_or(0, |held| held.bytes);
        }
    }

    /// The value of `key`, if it is there.
    pub(super) fn find(&mut self, key: &K) -> Option<V> {
        let held = self.held.get_mut(key)?;
        held.used = self.frame;
        Some(held.value.clone())
    }

    /// Takes in a value that was not there.
    pub(super) fn insert(&mut self, key: K, value: V, bytes: usize) {
        self.bytes += bytes;
        if let Some(before) = self.held.insert(key, Held { value, bytes, used: self.frame }) {
            self.bytes -= before.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_goes_and_the_last_frame_stays() {
        fn check(bytes: usize, expected: [bool; 3]) {
            let mut cache = Cache::new(100);
            for key in 0..3 {
                cache.begin_frame();
                cache.insert(key, key, bytes);
                // The first is used again, later than the second.
                cache.find(&0);
            }
            cache.begin_frame();
            assert_eq!([0, 1, 2].map(|key| cache.find(&key).is_some()), expected, "{bytes}");
        }
        check(30, [true; 3]);
        check(50, [true, false, true]);
        // More than the budget, but shown at this moment.
        check(80, [true, false, true]);
    }

    #[test]
    fn what_is_replaced_counts_once() {
        let mut cache = Cache::new(100);
        for value in 0..10 {
            cache.insert("a", value, 60);
        }
        assert_eq!((cache.bytes, cache.find(&"a")), (60, Some(9)));
    }
}
