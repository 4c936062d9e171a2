//! A bounded sequence that counts what it drops.

use std::collections::{VecDeque, vec_deque};

/// A bounded sequence that drops its oldest and counts what it dropped.
#[derive(Debug, Clone)]
pub struct Ring<T> {
    items: VecDeque<T>,
    capacity: usize,
    dropped: u64,
}

impl<T> Ring<T> {
    /// An empty ring of that capacity.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { items: VecDeque::new(), capacity, dropped: 0 }
    }

    /// Adds one; gives back the oldest when it had to go.
    pub fn push(&mut self, item: T) -> Option<T> {
        let oldest = if self.items.len() >= self.capacity { self.pop() } else { None };
        self.items.push_back(item);
        oldest
    }

    /// Drops the oldest, counted.
    pub fn pop(&mut self) -> Option<T> {
        let oldest = self.items.pop_front();
        self.dropped += u64::from(oldest.is_some());
        oldest
    }

    /// Oldest first.
    pub fn iter(&self) -> vec_deque::Iter<'_, T> {
        self.items.iter()
    }

    /// Oldest first, to change.
    pub fn iter_mut(&mut self) -> vec_deque::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// Those from the first on of which this is not true; it is true of none after one of which it is not.
    pub fn after(&self, earlier: impl FnMut(&T) -> bool) -> vec_deque::Iter<'_, T> {
        self.items.range(self.items.partition_point(earlier)..)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The one at that place, oldest first.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.items.get(index)
    }

    /// How many were dropped so far.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_counts_what_it_drops() {
        let mut ring = Ring::new(2);
        assert_eq!((ring.push(1), ring.push(2), ring.push(3)), (None, None, Some(1)));
        assert_eq!((ring.dropped(), ring.len()), (1, 2));
    }
}
