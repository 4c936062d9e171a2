//! Time as the pure machines see it: a monotonic instant and a wall-clock reading, both plain numbers.

use std::num::NonZeroU64;
use std::ops::{Add, Sub};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment on the monotonic clock, in microseconds. All ages, deadlines and deltas are differences of these; a
/// step of the wall clock never moves them. The clock starts at [`At::START`], so that a call that was answered
/// before the program began has a moment too. There are many of them, and one that may be missing takes no more room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(NonZeroU64);

/// A reading of the wall clock in microseconds since the Unix epoch. For display and export only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Wall(pub i64);

/// What every pure machine is handed with its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// The monotonic moment, for arithmetic.
    pub at: At,
    /// The wall clock at that moment, for people.
    pub wall: Wall,
}

impl Default for At {
    fn default() -> Self {
        Self::from_micros(0)
    }
}

impl At {
    /// The moment at which every [`Clock`] starts: late enough to look eleven years back, longer than any journal.
    pub const START: Self = Self::from_micros(350_000_000_000_000);

    /// The moment of so many microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        // One more than the moment: none is nought.
        Self(NonZeroU64::MIN.saturating_add(micros))
    }

    /// The moment in microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0.get() - 1
    }

    /// Time since `earlier`, zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.get().saturating_sub(earlier.0.get()))
    }

    /// The moment `by` before this one, not before the start of the clock.
    #[must_use]
    pub fn back(self, by: Duration) -> Self {
        Self::from_micros(self.as_micros().saturating_sub(micros(by)))
    }
}

impl Wall {
    /// From seconds since the epoch, as Relay's outer `timestamp` carries them.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "wall-clock microseconds fit i64 for 292,000 years")]
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1e6) as i64)
    }

    /// Seconds since the epoch.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this century fit 53 bits")]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// RFC 3339 in UTC with microseconds; empty outside of the years that it can write.
    #[must_use]
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0)
            .map_or_else(|_| String::new(), |stamp| format!("{stamp:.6}"))
    }

    /// This reading moved back by `by`.
    #[must_use]
    pub fn back(self, by: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(micros(by)))
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Add<Duration> for At {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros(span)))
    }
}

impl Sub for At {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl Now {
    /// A made-up moment for tests and simulations: `at` after the start; the wall clock starts at
    /// 2026-01-01 00:00 UTC.
    #[must_use]
    pub fn simulated(at: Duration) -> Self {
        Self { at: At::START + at, wall: Wall(1_767_225_600_000_000).forward(at) }
    }
}

impl Wall {
    /// This reading moved on by `by`.
    #[must_use]
    pub fn forward(self, by: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(micros(by)))
    }
}

/// The one place that looks at the clocks of the machine. Follows tokio's time, so that tests can pause it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: tokio::time::Instant,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { start: tokio::time::Instant::now() }
    }

    /// Both clocks, read together.
    #[must_use]
    pub fn now(&self) -> Now {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |span| i64::try_from(span.as_micros()).unwrap_or(i64::MAX));
        Now { at: At::START + self.start.elapsed(), wall: Wall(wall) }
    }

    /// The monotonic clock alone.
    #[must_use]
    pub fn at(&self) -> At {
        At::START + self.start.elapsed()
    }

    /// The tokio instant of a moment, to sleep until it.
    #[must_use]
    pub fn instant(&self, at: At) -> tokio::time::Instant {
        self.start + at.since(At::START)
    }
}
