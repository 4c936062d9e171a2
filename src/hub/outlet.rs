//! A pipe's way to the observer: never waited for, never without a word about what was lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bytes::Bytes;
use tokio::sync::mpsc::{OwnedPermit, Sender};

use super::counters::Counters;
use super::seen::{Ended, PipeId, Seen, Side};
use crate::time::At;

/// Copies up to this size, in bytes, are bounded by the length of the queue alone.
const SMALL: usize = 4 * 1024;
/// All larger copies together, waiting or still in use, take no more than this, in bytes.
const LARGE: usize = 64 * 1024 * 1024;

/// What all pipes share on the way to the observer.
#[derive(Debug, Clone)]
pub struct Outlets {
    seen: Sender<Seen>,
    large: Arc<AtomicUsize>,
    counters: Arc<Counters>,
}

impl Outlets {
    pub(super) fn new(seen: Sender<Seen>, counters: Arc<Counters>) -> Self {
        Self { seen, large: Arc::default(), counters }
    }

    /// The way of one pipe. `opened` is told first.
    pub(super) fn pipe(&self, pipe: PipeId, opened: Seen) -> Outlet {
        let mut outlet = Outlet {
            all: self.clone(),
            pipe,
            opened: Some(opened),
            last: None,
            lost: 0,
            ended: Ended::Stopped,
        };
        outlet.announce();
        outlet
    }

    /// A copy as the observer gets it; none when there are too many large ones.
    fn weigh(&self, copy: Vec<u8>) -> Option<Bytes> {
        if copy.len() <= SMALL {
            return Some(copy.into());
        }
        let size = copy.len();
        let fits = |sum: usize| sum.checked_add(size).filter(|sum| *sum <= LARGE);
        self.large.fetch_update(Relaxed, Relaxed, fits).ok()?;
        Some(Bytes::from_owner(Large { copy, large: Arc::clone(&self.large) }))
    }
}

/// A copy that counts until nobody has it any more.
struct Large {
    copy: Vec<u8>,
    large: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Large {
    fn as_ref(&self) -> &[u8] {
        &self.copy
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        self.large.fetch_sub(self.copy.len(), Relaxed);
    }
}

/// The way of one pipe. When it is dropped, the observer is told that the pipe is closed.
#[derive(Debug)]
pub(super) struct Outlet {
    all: Outlets,
    pipe: PipeId,
    /// Not told yet.
    opened: Option<Seen>,
    /// Room for the last two that are told: what was lost, and the end.
    last: Option<[OwnedPermit<Seen>; 2]>,
    lost: u64,
    ended: Ended,
}

impl Outlet {
    /// Whether the observer is there and knows of the pipe.
    pub(super) fn is_watched(&self) -> bool {
        self.last.is_some() && !self.all.seen.is_closed()
    }

    /// Offers a copy of a message.
    pub(super) fn tell(&mut self, from: Side, at: At, copy: Vec<u8>, ours: bool) {
        // What was lost is told with the next that fits, so it has to fit first.
        let Some(bytes) = self.all.weigh(copy) else { return self.lose() };
        if !self.announce() || !self.tell_lost() {
            return self.lose();
        }
        if self.all.seen.try_send(Seen::Message { pipe: self.pipe, from, at, bytes, ours }).is_err() {
            self.lose();
        }
    }

    /// A message that nobody gets a copy of.
    pub(super) fn lose(&mut self) {
        self.lost += 1;
        self.all.counters.lost.add(1);
    }

    /// Why the pipe ends, to be told at its end.
    pub(super) const fn ends(&mut self, why: Ended) {
        self.ended = why;
    }

    /// Tells of the pipe, unless it was told already. It is told only when there is room for its end as well.
    fn announce(&mut self) -> bool {
        if self.last.is_some() {
            return true;
        }
        let room = || self.all.seen.clone().try_reserve_owned().ok();
        let (Some(first), Some(lost), Some(end)) = (room(), room(), room()) else { return false };
        if let Some(opened) = self.opened.take() {
            first.send(opened);
        }
        self.last = Some([lost, end]);
        true
    }

    fn tell_lost(&mut self) -> bool {
        if self.lost == 0 {
            return true;
        }
        let told = self.all.seen.try_send(Seen::Lost { pipe: self.pipe, count: self.lost }).is_ok();
        if told {
            self.lost = 0;
        }
        told
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        if let Some([lost, end]) = self.last.take() {
            if self.lost > 0 {
                lost.send(Seen::Lost { pipe: self.pipe, count: self.lost });
            }
            end.send(Seen::Closed { pipe: self.pipe, why: self.ended });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::sync::mpsc::{Receiver, channel};

    use super::*;

    fn opened() -> Seen {
        Seen::Opened { pipe: PipeId(1), peer: SocketAddr::from(([127, 0, 0, 1], 1)), user_agent: None }
    }

    fn outlets(capacity: usize) -> (Outlets, Receiver<Seen>) {
        let (seen, told) = channel(capacity);
        (Outlets::new(seen, Arc::default()), told)
    }

    fn say(outlet: &mut Outlet, text: &str) {
        outlet.tell(Side::Service, At::START, text.into(), false);
    }

    fn words(told: &mut Receiver<Seen>) -> Vec<String> {
        std::iter::from_fn(|| told.try_recv().ok())
            .map(|seen| match seen {
                Seen::Opened { .. } => "opened".into(),
                Seen::Message { bytes, .. } => String::from_utf8_lossy(&bytes).into_owned(),
                Seen::Lost { count, .. } => format!("lost {count}"),
                Seen::Closed { .. } => "closed".into(),
            })
            .collect()
    }

    #[test]
    fn what_does_not_fit_is_counted_and_told_with_the_next_that_does() {
        let (outlets, mut told) = outlets(5);
        let mut outlet = outlets.pipe(PipeId(1), opened());
        for text in ["a", "b", "c", "d"] {
            say(&mut outlet, text);
        }
        assert_eq!(words(&mut told), ["opened", "a", "b"]);
        say(&mut outlet, "e");
        assert_eq!(words(&mut told), ["lost 2", "e"]);
        assert_eq!(outlets.counters.lost.get(), 2);
    }

    #[test]
    fn the_end_is_told_whatever_was_lost_before() {
        let (outlets, mut told) = outlets(3);
        let mut outlet = outlets.pipe(PipeId(1), opened());
        say(&mut outlet, "a");
        drop(outlet);
        assert_eq!(words(&mut told), ["opened", "lost 1", "closed"]);
    }

    #[test]
    fn a_pipe_nobody_could_be_told_of_is_told_of_later_or_not_at_all() {
        let (outlets, mut told) = outlets(3);
        let first = outlets.pipe(PipeId(1), opened());
        let mut second = outlets.pipe(PipeId(2), opened());
        assert!(first.is_watched() && !second.is_watched());
        say(&mut second, "a");
        drop(first);
        assert_eq!(words(&mut told), ["opened", "closed"]);
        say(&mut second, "b");
        assert!(second.is_watched());
        assert_eq!(words(&mut told), ["opened"], "no room for more");
        drop(second);
        assert_eq!(words(&mut told), ["lost 2", "closed"]);
    }

    #[test]
    fn large_copies_take_bounded_memory_until_they_are_let_go() {
        let (outlets, mut told) = outlets(1_000);
        let mut outlet = outlets.pipe(PipeId(1), opened());
        for _ in 0..70 {
            outlet.tell(Side::Service, At::START, vec![0; 1024 * 1024], false);
        }
        assert_eq!(outlets.counters.lost.get(), 6);
        drop(words(&mut told));
        assert_eq!(outlets.large.load(Relaxed), 0);
        say(&mut outlet, "a");
        assert_eq!(words(&mut told), ["lost 6", "a"]);
    }
}
