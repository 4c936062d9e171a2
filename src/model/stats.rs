//! Counts and rates of the link.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::At;

/// What the link has carried.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// Events received, each frame id once.
    pub events: u64,
    /// Events that were delivered again.
    pub duplicates: u64,
    /// Frames and bodies that could not be read.
    pub faults: u64,
    /// Events of a type this version does not know.
    pub unknown: u64,
    /// How often a connection was lost and found again.
    pub reconnects: u32,
    /// How often the service did not pick the session up again: what happened meanwhile is lost.
    pub lost_sessions: u32,
    /// When the service was last heard: an event, an answer, or a pong.
    pub heard: Option<At>,
    /// Calls that were forgotten to keep memory bounded.
    pub forgotten: u64,
    /// From sending to answer, latest last.
    round_trips: VecDeque<Duration>,
    /// Events per second of the clock, latest last.
    seconds: VecDeque<(u64, u32)>,
    /// When an event came and how late it was, latest last.
    lags: VecDeque<(At, Duration)>,
}

impl Stats {
    /// Seconds over which the rate is a mean.
    const WINDOW: u64 = 10;

    /// Round trips that are kept.
    pub const ROUND_TRIPS: usize = 100;
    /// Lags that are kept.
    pub const LAGS: usize = 1_000;

    /// An event came. Gives how many have come in this second.
    pub(super) fn event(&mut self, at: At) -> u32 {
        self.events += 1;
        let second = at.as_micros() / 1_000_000;
        match self.seconds.back_mut() {
            Some((last, count)) if *last == second => *count += 1,
            _ => {
                self.seconds.push_back((second, 1));
                while self.seconds.front().is_some_and(|(first, _)| first + Self::WINDOW <= second) {
                    self.seconds.pop_front();
                }
            }
        }
        self.seconds.back().map_or(0, |(_, count)| *count)
    }

    pub(super) fn lag(&mut self, at: At, lag: Duration) {
        if self.lags.len() == Self::LAGS {
            self.lags.pop_front();
        }
        self.lags.push_back((at, lag));
    }

    pub(super) fn round_trip(&mut self, span: Duration) {
        if self.round_trips.len() == Self::ROUND_TRIPS {
            self.round_trips.pop_front();
        }
        self.round_trips.push_back(span);
    }

    /// Events per second, a mean over ten seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of ten seconds are small")]
    pub fn rate(&self, now: At) -> f64 {
        let second = now.as_micros() / 1_000_000;
        let recent = self.seconds.iter().filter(|(at, _)| at + Self::WINDOW > second);
        recent.map(|(_, count)| u64::from(*count)).sum::<u64>() as f64 / Self::WINDOW as f64
    }

    /// The latest time from sending to answer.
    #[must_use]
    pub fn latest_round_trip(&self) -> Option<Duration> {
        self.round_trips.back().copied()
    }
    /// The latest times from sending to answer, of commands and pings; at most [`Self::ROUND_TRIPS`], latest last.
    pub fn round_trips(&self) -> impl Iterator<Item = Duration> {
        self.round_trips.iter().copied()
    }

    /// How much later than the quickest the latest events came after they happened, each with when it came; at most
    /// [`Self::LAGS`], latest last. The distance between the two clocks is taken out; what happened before the
    /// connection stood is left out.
    pub fn lags(&self) -> impl Iterator<Item = (At, Duration)> {
        self.lags.iter().copied()
    }
}
