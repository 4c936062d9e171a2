//! What happened, in order: bounded rings that count what they drop.

use std::collections::{BTreeMap, VecDeque, vec_deque};
use std::sync::Arc;
use std::time::Duration;

use crate::client::Ticket;
use crate::protocol::{CallId, ControlId, Shown, Tag};
use crate::time::{Now, Wall};

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

/// What an entry is about; also the families that event panes filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// State of the call.
    Call,
    /// Dials.
    Dial,
    /// Bridges.
    Connect,
    /// Plays.
    Play,
    /// Recordings.
    Record,
    /// Detectors.
    Detect,
    /// Collected input, of prompts and collects.
    Collect,
    /// Digits sent.
    Digits,
    /// Taps.
    Tap,
    /// Faxes.
    Fax,
    /// Media streams.
    Stream,
    /// Commands and their outcomes.
    Command,
    /// The link itself.
    Link,
    /// Frames of no use, and failures the service reports.
    Fault,
    /// Anything this version has no name for.
    Other,
}

impl Family {
    /// Every family, in pane order.
    pub const ALL: [Self; 15] = [
        Self::Call,
        Self::Dial,
        Self::Connect,
        Self::Play,
        Self::Record,
        Self::Detect,
        Self::Collect,
        Self::Digits,
        Self::Tap,
        Self::Fax,
        Self::Stream,
        Self::Command,
        Self::Link,
        Self::Fault,
        Self::Other,
    ];

    /// A short word for lists.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Dial => "dial",
            Self::Connect => "connect",
            Self::Play => "play",
            Self::Record => "record",
            Self::Detect => "detect",
            Self::Collect => "collect",
            Self::Digits => "digits",
            Self::Tap => "tap",
            Self::Fax => "fax",
            Self::Stream => "stream",
            Self::Command => "> cmd",
            Self::Link => "link",
            Self::Fault => "fault",
            Self::Other => "other",
        }
    }
}

/// How an entry is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// As usual.
    Plain,
    /// Something went well that could have gone wrong.
    Good,
    /// Something went wrong.
    Bad,
    /// Of no consequence: duplicates, late events.
    Faint,
}

/// One line of the journal.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number; they never repeat.
    pub seq: u64,
    /// When it happened here.
    pub now: Now,
    /// When the server says it happened.
    pub stamp: Option<Wall>,
    /// The call, if it is about one.
    pub call: Option<CallId>,
    /// The action, if it is about one.
    pub control: Option<ControlId>,
    /// The dial or connect, if it is about one.
    pub tag: Option<Tag>,
    /// What it is about.
    pub family: Family,
    /// How to take it.
    pub tone: Tone,
    /// What happened in one word: the state that an event reports, the method of a command.
    pub word: Shown,
    /// What it carries or is about: what is said, played, collected; the reason of an end.
    pub what: Option<Shown>,
    /// What happened.
    pub text: Shown,
    /// Whether an operation or command of this program is meant.
    pub mine: bool,
    /// The command whose outcome it is.
    pub ticket: Option<Ticket>,
    /// From sending to answer, for commands.
    pub round_trip: Option<Duration>,
}

/// Raw frames by entry number, bounded by count and bytes. Those of live calls stay longest.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    kept: BTreeMap<u64, Arc<str>>,
    /// Those that go first, in this order: of calls that are over, and of no call.
    spare: VecDeque<u64>,
    bytes: usize,
}

impl Frames {
    const COUNT: usize = 20_000;
    const BYTES: usize = 16 * 1024 * 1024;

    /// What to say about a frame that is gone.
    pub const GONE: &'static str =
        "this frame is no longer kept: the latest 20000 are, those of live calls longest";

    /// Takes a frame; a spare one is not about a live call.
    pub(super) fn push(&mut self, seq: u64, raw: Arc<str>, spare: bool) {
        self.bytes += raw.len();
        self.kept.insert(seq, raw);
        if spare {
            self.spare.push_back(seq);
        }
        while self.kept.len() > 1 && (self.kept.len() > Self::COUNT || self.bytes > Self::BYTES) {
            // A part is left to what is over: why a call failed is asked after its end.
            let first = if self.spare.len() > self.kept.len() / 4 { self.spare.pop_front() } else { None };
            let gone = match first {
                Some(seq) => self.kept.remove(&seq),
                None => self.kept.pop_first().map(|(_, raw)| raw),
            };
            self.bytes -= gone.map_or(0, |raw| raw.len());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_counts_what_it_drops() {
        let mut ring = Ring::new(2);
        assert_eq!((ring.push(1), ring.push(2), ring.push(3)), (None, None, Some(1)));
        assert_eq!((ring.dropped(), ring.len()), (1, 2));
    }

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
