//! A journal as a tape: what was known at any of its records, found again from copies that are kept on the way.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::journal::{Place, Reader, Record, Span, Unread};
use crate::model::Model;
use crate::time::{At, Now, Wall};

/// The record that was taken last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub seq: u64,
    /// When it happened, on the clock of the tape.
    pub now: Now,
}

/// A journal that is taken in record by record, and can go back.
#[derive(Debug)]
pub struct Tape {
    reader: Reader,
    anchor: Now,
    /// Where it begins.
    start: u64,
    /// Records that were read and not taken yet.
    ahead: VecDeque<Record>,
    here: Known,
    /// What was known earlier, oldest first.
    copies: Vec<Known>,
    /// Records that were taken since the newest copy before here.
    since: u64,
    /// Records that cannot be read, as far as the tape was read at all.
    unread: Unread,
    furthest: u64,
}

/// What was known at a place.
#[derive(Debug, Clone)]
struct Known {
    place: Place,
    last: Option<Taken>,
    model: Arc<Model>,
}

impl Known {
    fn seq(&self) -> u64 {
        self.last.map_or(0, |last| last.seq)
    }
}

/// A place to go to: behind every record that lies before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The record of this number, or the last one before it.
    Record(u64),
    /// A moment on the clock of the tape.
    Moment(At),
}

impl Goal {
    /// Whether a record lies before it, or is it.
    fn is_reached_by(self, seq: u64, at: At) -> bool {
        match self {
            Self::Record(goal) => seq <= goal,
            Self::Moment(goal) => at <= goal,
        }
    }
}

impl Tape {
    /// Records that are read at once.
    const AHEAD: usize = 512;
    /// Copies that are kept.
    const COPIES: usize = 12;
    /// Calls in all of them together, beyond which there are fewer copies, but never fewer than two.
    const CALLS: usize = 20_000;
    /// Copies lie no closer than this, and no further apart as long as there are few.
    const CLOSEST: u64 = 64;
    const FURTHEST: u64 = 32_768;
    /// While a tape runs on, a copy is made this often.
    const RUNNING: u64 = 8_192;

    /// A tape that begins with record `start`. Its clock is that on which `anchor` is now.
    #[must_use]
    pub fn new(reader: Reader, start: u64, anchor: Now) -> Self {
        let here = Known { place: Place::before(start, anchor), last: None, model: Arc::default() };
        Self {
            reader,
            anchor,
            start,
            ahead: VecDeque::new(),
            here,
            copies: Vec::new(),
            since: 0,
            unread: Unread::default(),
            furthest: start,
        }
    }

    /// What is known here.
    #[must_use]
    pub const fn model(&self) -> &Arc<Model> {
        &self.here.model
    }

    /// The record that was taken last.
    #[must_use]
    pub const fn last(&self) -> Option<Taken> {
        self.here.last
    }

    /// Which records there are.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        let span = self.reader.span()?;
        Some(Span { first: span.first.max(self.start), ..span })
    }

    /// When the first and the last of them happened, by the wall clock.
    #[must_use]
    pub fn walls(&self) -> Option<(Wall, Wall)> {
        let span = self.span()?;
        Some((self.reader.wall_of(span.first)?, self.reader.wall_of(span.last)?))
    }

    /// The number of the first record at a time of the wall clock or later.
    #[must_use]
    pub fn seq_at(&self, wall: Wall) -> Option<u64> {
        self.reader.seq_at(wall)
    }

    /// Where a moment of the tape lies on the wall clock, unless that was set meanwhile.
    #[must_use]
    pub fn wall_at(&self, at: At) -> Wall {
        let Now { at: anchor, wall } = self.anchor;
        if at < anchor { wall.back(anchor - at) } else { wall.forward(at - anchor) }
    }

    /// Records that cannot be read, as far as it was read.
    #[must_use]
    pub const fn unread(&self) -> &Unread {
        &self.unread
    }

    /// Learns of what was written since.
    pub fn refresh(&mut self) {
        self.reader.refresh();
    }

    /// The record that comes next; none at the end.
    pub fn peek(&mut self) -> Option<Taken> {
        if self.ahead.is_empty() {
            let mut place = self.here.place;
            let ahead = &mut self.ahead;
            let unread = self.reader.go_on(&mut place, |record| {
                ahead.push_back(record);
                if ahead.len() < Self::AHEAD { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            // What was read before is not counted again.
            if place.next() > self.furthest {
                self.furthest = place.next();
                self.unread.records += unread.records;
                self.unread.why = self.unread.why.take().or(unread.why);
            }
        }
        self.ahead.front().map(|record| Taken { seq: record.seq, now: record.now })
    }

    /// Takes the next record; none at the end.
    pub fn take(&mut self) -> Option<Taken> {
        self.take_spaced(Self::RUNNING)
    }

    /// The same on the way to a place that is about `left` records further: the closer it is, the closer are the
    /// copies, so that it is a short way back from there.
    fn take_spaced(&mut self, spacing: u64) -> Option<Taken> {
        let taken = self.peek()?;
        if self.since >= spacing {
            self.copy();
        }
        let record = self.ahead.pop_front()?;
        let model = Arc::make_mut(&mut self.here.model);
        model.take(&record.occurrence, record.now);
        model.take_touched();
        (self.here.place, self.here.last) = (record.after, Some(taken));
        self.since += 1;
        Some(taken)
    }

    /// Goes towards a place, by so many records at most. Whether it is there.
    pub fn go(&mut self, goal: Goal, records: usize) -> bool {
        let reached = |last: Option<Taken>| last.is_none_or(|last| goal.is_reached_by(last.seq, last.now.at));
        let best = self.copies.iter().rposition(|copy| reached(copy.last));
        let ahead = reached(self.here.last);
        if !ahead || best.is_some_and(|best| self.copies[best].seq() > self.here.seq()) {
            self.jump(best);
        }
        let hint = match goal {
            Goal::Record(seq) => seq,
            Goal::Moment(at) => self.reader.seq_at(self.wall_at(at)).unwrap_or(u64::MAX),
        };
        let hint = hint.min(self.span().map_or(0, |span| span.last));
        for _ in 0..records {
            match self.peek() {
                Some(next) if goal.is_reached_by(next.seq, next.now.at) => {
                    let left = hint.saturating_sub(next.seq);
                    self.take_spaced((left / 2).clamp(Self::CLOSEST, Self::FURTHEST));
                }
                _ => return true,
            }
        }
        false
    }

    /// Goes to a copy, or to the start.
    fn jump(&mut self, copy: Option<usize>) {
        self.ahead.clear();
        self.since = 0;
        self.here = match copy.and_then(|place| self.copies.get(place)) {
            Some(copy) => copy.clone(),
            None => {
                let place = Place::before(self.start, self.anchor);
                Known { place, last: None, model: Arc::default() }
            }
        };
    }

    /// Keeps a copy of what is known here, and lets go of the one that is missed least.
    fn copy(&mut self) {
        self.since = 0;
        let seq = self.here.seq();
        let Err(place) = self.copies.binary_search_by_key(&seq, Known::seq) else { return };
        self.copies.insert(place, self.here.clone());
        while self.is_crowded()
            && let Some(least) = self.least_needed(seq)
        {
            self.copies.remove(least);
        }
    }

    fn is_crowded(&self) -> bool {
        let calls = || self.copies.iter().map(|copy| copy.model.calls().len()).sum::<usize>();
        self.copies.len() > Self::COPIES || (self.copies.len() > 2 && calls() > Self::CALLS)
    }

    /// The copy that is missed least at `seq`, which has one itself: without it the way from the one before it is
    /// longer, and how bad that is depends on how far off it is.
    fn least_needed(&self, seq: u64) -> Option<usize> {
        let longer = |index: usize| {
            let before = index.checked_sub(1).map_or(self.start, |before| self.copies[before].seq());
            let after = self.copies.get(index + 1).map_or(seq, Known::seq);
            let far = seq.abs_diff(self.copies[index].seq()) + Self::CLOSEST;
            after.saturating_sub(before) as f64 / far as f64
        };
        let others = (0..self.copies.len()).filter(|index| self.copies[*index].seq() != seq);
        others.min_by(|a, b| longer(*a).total_cmp(&longer(*b)))
    }

    /// How many copies are kept.
    #[cfg(test)]
    pub(super) const fn copies(&self) -> usize {
        self.copies.len()
    }
}
