//! What passed through the hub, in figures: for the header line, for checks, for the bench.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::seen::Side;

/// How many of something, counted by many at once.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// As many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    /// So many fewer: for those that tell how many there are now.
    pub fn take(&self, fewer: u64) {
        self.0.fetch_sub(fewer, Relaxed);
    }

    /// How many by now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// What came from one side.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Bytes read, with all framing.
    pub bytes: Count,
    /// Whole data messages.
    pub messages: Count,
    /// Of these, binary.
    pub binary: Count,
    /// Of these, text that is not UTF-8.
    pub not_utf8: Count,
    /// Messages longer than 1 MiB, or with reserved bits: passed in pieces and not looked at.
    pub unexamined: Count,
    /// Headers that break the rules of WebSocket.
    pub malformed: Count,
    /// From arrival to having been written to the other side's socket.
    pub delays: Delays,
}

/// All figures of a hub. Everything only grows, but for `applications`.
#[derive(Debug, Default)]
pub struct Counters {
    /// Applications that have a place now.
    pub applications: Count,
    /// WebSockets that the service accepted.
    pub opened: Count,
    /// Connections of applications that were refused by the hub itself.
    pub refused: Count,
    /// Applications for which the service could not be reached.
    pub unreachable: Count,
    /// From the applications.
    pub up: Traffic,
    /// From the service.
    pub down: Traffic,
    /// Messages of the service that were for us and not passed on.
    pub ours: Count,
    /// Frames of ours that were written.
    pub injected: Count,
    /// Messages of which the observer got no copy.
    pub lost: Count,
}

impl Counters {
    /// What came from a side.
    #[must_use]
    pub const fn from(&self, side: Side) -> &Traffic {
        match side {
            Side::Application => &self.up,
            Side::Service => &self.down,
        }
    }

    /// The delay in the hub that this part (0 to 1) of what passed did not exceed, both ways together, since
    /// `before` was read; none when nothing passed.
    #[must_use]
    pub fn delay(&self, part: f64, before: &Spread) -> Option<Duration> {
        self.spread().less(before).quantile(part)
    }

    /// All delays so far, both ways together.
    #[must_use]
    pub fn spread(&self) -> Spread {
        self.up.delays.spread().more(&self.down.delays.spread())
    }
}

/// Below this many microseconds each has a slot of its own.
const EXACT: u64 = 16;
/// Slots for each doubling from there on: a slot is at most an eighth wide.
const STEPS: u64 = 8;
/// Enough for 67 s; what takes longer counts as that.
const SLOTS: usize = 16 + 22 * 8;

/// How many delays there were of every length.
#[derive(Debug)]
pub struct Delays([AtomicU64; SLOTS]);

impl Default for Delays {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Delays {
    /// Counts one.
    pub fn add(&self, delay: Duration) {
        let micros = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        if let Some(slot) = self.0.get(slot(micros)) {
            slot.fetch_add(1, Relaxed);
        }
    }

    /// As they are now.
    #[must_use]
    pub fn spread(&self) -> Spread {
        Spread(self.0.iter().map(|slot| slot.load(Relaxed)).collect())
    }
}

/// A reading of delays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spread(Vec<u64>);

impl Spread {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The delay that this part (0 to 1) of them does not exceed, to within an eighth; none when there are none.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are far below 2^53, and part of one is no more than it"
    )]
    pub fn quantile(&self, part: f64) -> Option<Duration> {
        let rank = ((self.count() as f64 * part.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut passed = 0;
        let slot = self.0.iter().position(|count| {
            passed += count;
            passed >= rank
        })?;
        Some(Duration::from_micros(longest_in(slot as u64)))
    }

    /// Without those of an earlier reading.
    #[must_use]
    pub fn less(&self, before: &Self) -> Self {
        let before = before.0.iter().chain(std::iter::repeat(&0));
        Self(self.0.iter().zip(before).map(|(now, before)| now.saturating_sub(*before)).collect())
    }

    /// Both together.
    #[must_use]
    pub fn more(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one + other).collect())
    }
}

fn slot(micros: u64) -> usize {
    if micros < EXACT {
        return usize::try_from(micros).unwrap_or(0);
    }
    let power = u64::from(micros.ilog2());
    let step = (micros >> (power - 3)) - STEPS;
    let slot = EXACT + (power - 4) * STEPS + step;
    usize::try_from(slot).unwrap_or(usize::MAX).min(SLOTS - 1)
}

/// The longest delay of a slot, in microseconds.
const fn longest_in(slot: u64) -> u64 {
    if slot < EXACT {
        return slot;
    }
    let (power, step) = ((slot - EXACT) / STEPS + 4, (slot - EXACT) % STEPS);
    ((STEPS + step + 1) << (power - 3)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delay_falls_into_a_slot_that_is_no_shorter_and_at_most_an_eighth_longer() {
        for micros in (0..5_000).chain([65_535, 65_536, 1_000_000, 60_000_000]) {
            let longest = longest_in(slot(micros) as u64);
            assert!(longest >= micros && longest <= micros + micros / 8, "{micros} -> {longest}");
        }
        assert_eq!(slot(u64::MAX), SLOTS - 1);
    }

    #[test]
    fn quantiles_since_an_earlier_reading() {
        let counters = Counters::default();
        let nothing = counters.spread();
        assert_eq!(counters.delay(0.5, &nothing), None);
        (0..98).for_each(|_| counters.up.delays.add(Duration::from_micros(10)));
        (0..2).for_each(|_| counters.down.delays.add(Duration::from_millis(4)));
        assert_eq!(counters.delay(0.5, &nothing), Some(Duration::from_micros(10)));
        assert!(counters.delay(0.99, &nothing).unwrap() >= Duration::from_millis(4));
        let before = counters.spread();
        counters.up.delays.add(Duration::from_micros(3));
        assert_eq!(counters.delay(0.99, &before), Some(Duration::from_micros(3)));
    }
}
