//! What has been seen before, so that an event delivered twice counts once.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};

/// Recent events by frame id, and by content across connections.
#[derive(Debug, Default)]
pub struct Recall {
    ids: Ring,
    contents: Ring,
    connection: u32,
    hasher: RandomState,
}

/// A bounded map from a fingerprint to the connection it was seen on.
#[derive(Debug, Default)]
struct Ring {
    order: VecDeque<u64>,
    seen: HashMap<u64, u32>,
}

impl Ring {
    const CAPACITY: usize = 16_384;

    /// The connection on which this was first seen, if it was.
    fn insert(&mut self, print: u64, connection: u32) -> Option<u32> {
        if let Some(first) = self.seen.get(&print) {
            return Some(*first);
        }
        if self.order.len() == Self::CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        self.order.push_back(print);
        self.seen.insert(print, connection);
        None
    }
}

impl Recall {
    /// A new connection begins: what came before may be sent again, with other frame ids.
    pub const fn next_connection(&mut self) {
        self.connection = self.connection.wrapping_add(1);
    }

    /// Whether this event was seen before: the same frame id, or, over a gap, the same type, time and body. On one
    /// connection equal content under another id is another event.
    pub fn seen(&mut self, id: Option<&str>, stamp: Option<f64>, event_type: &str, body: &str) -> bool {
        let by_id = id.is_some_and(|id| self.ids.insert(self.hasher.hash_one(id), self.connection).is_some());
        let by_content = stamp.is_some_and(|stamp| {
            let print = self.hasher.hash_one((Bits(stamp), event_type, body));
            self.contents.insert(print, self.connection).is_some_and(|first| first != self.connection)
        });
        by_id || by_content
    }
}

struct Bits(f64);

impl Hash for Bits {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_frame_id_counts_once_and_equal_content_only_across_a_gap() {
        let mut recall = Recall::default();
        recall.next_connection();
        assert!(!recall.seen(Some("\"e1\""), Some(1.0), "t", "{}"));
        assert!(recall.seen(Some("\"e1\""), Some(1.0), "t", "{}"));
        assert!(!recall.seen(Some("\"e2\""), Some(1.0), "t", "{}"), "the same words twice are two events");
        recall.next_connection();
        assert!(recall.seen(Some("\"e9\""), Some(1.0), "t", "{}"), "re-sent with a new id");
        assert!(!recall.seen(Some("\"e10\""), Some(2.0), "t", "{}"));
    }
}
