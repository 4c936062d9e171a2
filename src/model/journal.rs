//! What happened, in order: bounded rings that count what they drop.

use std::collections::VecDeque;
use std::collections::vec_deque;
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

/// Raw frames by entry number, bounded by count and bytes.
#[derive(Debug, Clone)]
pub struct Frames {
    ring: Ring<(u64, Arc<str>)>,
    bytes: usize,
}

impl Frames {
    const COUNT: usize = 2_000;
    const BYTES: usize = 4 * 1024 * 1024;

    pub(super) const fn new() -> Self {
        Self { ring: Ring::new(Self::COUNT), bytes: 0 }
    }

    pub(super) fn push(&mut self, seq: u64, raw: Arc<str>) {
        self.bytes += raw.len();
        if let Some((_, oldest)) = self.ring.push((seq, raw)) {
            self.bytes -= oldest.len();
        }
        while self.bytes > Self::BYTES && self.ring.len() > 1 {
            if let Some((_, raw)) = self.ring.pop() {
                self.bytes -= raw.len();
            }
        }
    }

    /// The frame behind an entry, while it is kept.
    #[must_use]
    pub fn get(&self, seq: u64) -> Option<&Arc<str>> {
        let place = self.ring.items.binary_search_by_key(&seq, |(seq, _)| *seq).ok()?;
        self.ring.get(place).map(|(_, raw)| raw)
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
        let mut frames = Frames::new();
        for seq in 0..100 {
            frames.push(seq, "x".repeat(100_000).into());
        }
        assert!(frames.bytes <= Frames::BYTES);
        assert!(frames.get(99).is_some() && frames.get(0).is_none());
    }
}
