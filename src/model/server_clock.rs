//! The server's clock, as far as its events tell: so that ages count from when things happened, not from when we
//! heard of them, whatever either wall clock shows.

use std::time::Duration;

use crate::time::{At, Now, Wall};

/// The distance between the server's wall clock and our monotonic one, from the freshest of the latest events.
#[derive(Debug, Clone, Copy, Default)]
pub struct ServerClock {
    /// Server wall clock minus our monotonic clock, in microseconds.
    offset: Option<i64>,
    /// The largest distance observed in this span of events and in the one before: an event is never younger than its
    /// stamp. Older ones are forgotten, so that one wrong stamp does not spoil the clock for good.
    observed: [Option<i64>; 2],
    seen: u32,
}

/// So many events make one of them fresh. Before, our wall clock is believed.
const ENOUGH: u32 = 32;
/// Events in a span.
const SPAN: u32 = 256;
/// Stamps outside of 2001 to 2100 are no times, in microseconds.
const PLAUSIBLE: std::ops::Range<i64> = 1_000_000_000_000_000..4_102_444_800_000_000;
/// A better estimate moves what is known only when it is better by so much.
const WORTH: i64 = 250_000;

impl ServerClock {
    /// Takes an event's stamp. Gives how much older everything placed by this clock has become (negative: younger),
    /// in microseconds, when the estimate moved.
    pub fn observe(&mut self, stamp: Wall, now: Now) -> Option<i64> {
        if !PLAUSIBLE.contains(&stamp.0) {
            return None;
        }
        let monotonic = i64::try_from(now.at.as_micros()).unwrap_or(i64::MAX);
        let distance = stamp.0.saturating_sub(monotonic);
        if self.seen.is_multiple_of(SPAN) {
            self.observed = [None, self.observed[0]];
        }
        self.seen = self.seen.wrapping_add(1);
        self.observed[0] = self.observed[0].max(Some(distance));
        let observed = self.observed[0].max(self.observed[1]).unwrap_or(distance);
        let guess = now.wall.0.saturating_sub(monotonic);
        let best = if self.seen >= ENOUGH { observed } else { observed.max(guess) };
        match self.offset {
            Some(offset) if (best - offset).abs() < WORTH => None,
            Some(offset) => {
                self.offset = Some(best);
                Some(best - offset)
            }
            None => {
                self.offset = Some(best);
                None
            }
        }
    }

    /// Whether enough events were seen to tell late ones from fresh ones.
    #[must_use]
    pub const fn is_sure(&self) -> bool {
        self.seen >= ENOUGH
    }

    /// The moment of a server time on our clock, not after `now`.
    #[must_use]
    pub fn at(&self, time: Wall, now: At) -> At {
        let Some(offset) = self.offset.filter(|_| PLAUSIBLE.contains(&time.0)) else { return now };
        let micros = time.0.saturating_sub(offset);
        At::from_micros(u64::try_from(micros).unwrap_or(0)).min(now)
    }
}

/// A moment moved by what [`ServerClock::observe`] gave.
#[must_use]
pub fn moved(at: At, older: i64) -> At {
    let span = Duration::from_micros(older.unsigned_abs());
    if older > 0 { at.back(span) } else { at + span }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_767_225_600_000_000;

    fn now(seconds: u64) -> Now {
        Now::simulated(Duration::from_secs(seconds))
    }

    fn wall(seconds: i64) -> Wall {
        Wall(START + seconds * 1_000_000)
    }

    #[test]
    fn an_event_of_the_past_happened_in_the_past() {
        let mut clock = ServerClock::default();
        clock.observe(wall(-240), now(1));
        assert_eq!(now(1).at.since(clock.at(wall(-240), now(1).at)), Duration::from_secs(241));
    }

    #[test]
    fn a_clock_of_ours_that_is_ahead_is_found_out() {
        let mut clock = ServerClock::default();
        // The server's clock is 60 s behind ours, and all its events are fresh.
        let shifts: i64 = (0..100).filter_map(|i| clock.observe(wall(i - 60), now(i as u64))).sum();
        assert_eq!(shifts, -60_000_000);
        assert_eq!(clock.at(wall(40), now(100).at), now(100).at);
    }

    #[test]
    fn a_clock_of_ours_that_is_behind_is_found_out_at_once() {
        let mut clock = ServerClock::default();
        clock.observe(wall(90), now(0));
        assert_eq!(clock.at(wall(90), now(0).at), now(0).at);
    }

    #[test]
    fn a_wrong_stamp_is_got_over() {
        for wrong in [Wall(i64::MAX), Wall(i64::MIN), Wall(0), wall(86_400 * 365)] {
            let mut clock = ServerClock::default();
            (0..100).for_each(|i| _ = clock.observe(wall(i as i64), now(i)));
            clock.observe(wrong, now(100));
            (100..1_000).for_each(|i| _ = clock.observe(wall(i as i64), now(i)));
            assert_eq!(clock.at(wall(1_000), now(1_000).at), now(1_000).at, "{wrong:?}");
        }
    }
}
