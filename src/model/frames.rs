//! Raw frames behind entries, bounded, those of live calls longest.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::{Action, Call, Entry, Model};

/// Raw frames by entry number, bounded by count and bytes. Those of live calls stay longest.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    kept: HashMap<u64, Arc<str>, BuildHasherDefault<InOrder>>,
    /// All of them, oldest first, with some that are gone.
    order: VecDeque<u64>,
    /// Those that go first, in this order: of calls that are over, and of no call.
    spare: VecDeque<u64>,
    bytes: usize,
}

/// Gives numbers that follow one another places that do: most frames come and go in their order, and what is beside
/// the last one is at hand.
#[derive(Debug, Clone, Default)]
struct InOrder(u64);

impl Hasher for InOrder {
    fn finish(&self) -> u64 {
        // The lowest bits choose the place, the highest tell neighbours apart.
        self.0 ^ self.0 << 57
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

impl Frames {
    const COUNT: usize = 20_000;
    const BYTES: usize = 8 * 1024 * 1024;

    /// What to say about a frame that is gone.
    pub const GONE: &'static str =
        "this frame is no longer kept: the latest 20000 are, or 8 MiB of them, those of live calls longest";

    /// Takes a frame; a spare one is not about a live call.
    pub(super) fn push(&mut self, seq: u64, raw: Arc<str>, spare: bool) {
        self.bytes += raw.len();
        self.kept.insert(seq, raw);
        self.order.push_back(seq);
        if spare {
            self.spare.push_back(seq);
        }
        while self.kept.len() > 1 && (self.kept.len() > Self::COUNT || self.bytes > Self::BYTES) {
            // A part is left to what is over: why a call failed is asked after its end.
            let first = if self.spare.len() > self.kept.len() / 4 { self.spare.pop_front() } else { None };
            let gone = match first.or_else(|| self.order.pop_front()) {
                Some(seq) => self.kept.remove(&seq),
                None => return,
            };
            self.bytes -= gone.map_or(0, |raw| raw.len());
        }
        if self.order.len() > 2 * Self::COUNT {
            self.order.retain(|seq| self.kept.contains_key(seq));
        }
    }

    /// No frame before this one is kept.
    pub(super) fn first(&self) -> u64 {
        self.order.front().copied().unwrap_or(u64::MAX)
    }

    /// What an entry was about is over.
    pub(super) fn spare(&mut self, seq: u64) {
        if self.kept.contains_key(&seq) {
            self.spare.push_back(seq);
        }
    }

    /// The frame behind an entry, while it is kept.
    #[must_use]
    pub fn get(&self, seq: u64) -> Option<&Arc<str>> {
        self.kept.get(&seq)
    }
}

impl Model {
    /// The frame of the event that moved an operation last, while it is kept; for one of ours that is for ever.
    #[must_use]
    pub fn last_frame(&self, call: &Call, action: &Action) -> Option<Arc<str>> {
        let about = |entry: &&Arc<Entry>| entry.control.as_ref() == Some(&action.control_id);
        let newest = || call.entries.iter().rev().filter(about).find_map(|entry| self.frames.get(entry.seq));
        action.ours.last_event.clone().or_else(|| newest().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_bounded_by_bytes() {
        let mut frames = Frames::default();
        for seq in 0..1_000 {
            frames.push(seq, "x".repeat(100_000).into(), false);
        }
        assert!(frames.bytes <= Frames::BYTES);
        assert!(frames.get(999).is_some() && frames.get(0).is_none());
    }

    #[test]
    fn frames_of_live_calls_outlast_those_of_others() {
        let mut frames = Frames::default();
        frames.push(0, "quiet".into(), false);
        frames.push(1, "over soon".into(), false);
        for seq in 2..100_000 {
            frames.push(seq, "busy".into(), false);
            frames.spare(seq - 1);
        }
        assert_eq!(frames.kept.len(), Frames::COUNT);
        assert!(frames.spare.len() <= Frames::COUNT);
        assert!(frames.get(0).is_some(), "of a live call");
        assert!(frames.get(1).is_none() && frames.get(99_000).is_some(), "of calls that are over the latest");
        // Where all are live, the oldest goes.
        for seq in 100_000..120_000 {
            frames.push(seq, "live".into(), false);
        }
        assert!(frames.get(0).is_none() && frames.get(119_999).is_some());
    }
}
