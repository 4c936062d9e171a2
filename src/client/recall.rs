//! What has been seen before, so that an event delivered twice counts once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use foldhash::quality::RandomState;

/// Recent events by frame id, and by content across connections.
#[derive(Debug, Default)]
pub struct Recall {
    ids: Ring,
    contents: Ring,
    connection: u32,
    hasher: RandomState,
}

/// A bounded map from a fingerprint to the connection it was seen on, in two generations: when the younger is full it
/// becomes the elder, whose room is used again. So nothing is ever removed one by one.
#[derive(Debug, Default)]
struct Ring {
    young: Prints,
    old: Prints,
}

/// Fingerprints are hashes already.
type Prints = HashMap<u64, u32, BuildHasherDefault<AsItIs>>;

impl Ring {
    /// Of one generation: so many are remembered at least, twice as many at most.
    const CAPACITY: usize = 16_384;

    /// The connection on which this was first seen, if it was.
    fn insert(&mut self, print: u64, connection: u32) -> Option<u32> {
        if let Some(first) = self.old.get(&print) {
            return Some(*first);
        }
        match self.young.entry(print) {
            Entry::Occupied(seen) => return Some(*seen.get()),
            Entry::Vacant(place) => place.insert(connection),
        };
        if self.young.len() == Self::CAPACITY {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        None
    }
}

/// Takes a number for its own hash.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

impl Recall {
    /// A new connection begins: what came before may be sent again, with other frame ids.
    pub const fn next_connection(&mut self) {
        self.connection = self.connection.wrapping_add(1);
    }

    /// Whether this event was seen before: the same frame id and content, or, over a gap, the same time and content
    /// under another id. On one connection equal content under another id is another event; an id used for two
    /// contents is a server that counts anew, not a duplicate.
    pub fn seen(&mut self, id: Option<&str>, stamp: Option<f64>, event_type: &str, body: &str) -> bool {
        let content = self.hasher.hash_one((event_type, body));
        let by_id = id.is_some_and(|id| {
            let print = self.hasher.hash_one((id, content));
            self.ids.insert(print, self.connection).is_some()
        });
        let by_content = stamp.is_some_and(|stamp| {
            let print = self.hasher.hash_one((stamp.to_bits(), content));
            self.contents.insert(print, self.connection).is_some_and(|first| first != self.connection)
        });
        by_id || by_content
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
        assert!(!recall.seen(Some("\"e1\""), Some(1.5), "t", "{\"other\":1}"), "an id used again");
        assert!(!recall.seen(Some("\"e2\""), Some(1.0), "t", "{}"), "the same words twice are two events");
        recall.next_connection();
        assert!(recall.seen(Some("\"e9\""), Some(1.0), "t", "{}"), "re-sent with a new id");
        assert!(!recall.seen(Some("\"e10\""), Some(2.0), "t", "{}"));
    }

    #[test]
    fn so_many_are_remembered_and_not_many_more() {
        let mut recall = Recall::default();
        recall.next_connection();
        let mut seen = |n: usize| recall.seen(Some(&n.to_string()), None, "t", "{}");
        let last = 10 * Ring::CAPACITY;
        (0..last).for_each(|n| assert!(!seen(n), "{n}"));
        (last - Ring::CAPACITY..last).for_each(|n| assert!(seen(n), "{n}"));
        assert!(!seen(last - 2 * Ring::CAPACITY - 1), "long ago");
        assert!(recall.ids.young.len() + recall.ids.old.len() <= 2 * Ring::CAPACITY);
    }
}
