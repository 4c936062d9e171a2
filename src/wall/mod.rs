//! The wallboard's numbers: a pure function of what is known, the moment, and how far to look back.
//!
//! [`board`] computes everything once; [`METRICS`] says what each number means, when it is bad, and which calls are
//! behind it. The screen, `callboard wall`, alert rules and exports all read the same board.

mod attempt;
mod board;
mod export;
mod figures;
mod limit;
mod metric;
mod text;

pub use board::{Board, Link, Point, board};
pub use export::{JSON_KEYS, json};
pub use figures::{Figures, Found, Spread, Standout};
pub use limit::{Limit, Limits, UnknownMetric, are_few};
pub use metric::{Behind, METRICS, Metric, REASONS, Unit, Worse, metric, of};
pub use text::{coverage, print, value};

use std::time::Duration;

use crate::time::At;

/// How far numbers look back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Window {
    /// Five minutes.
    Five,
    /// A quarter of an hour.
    #[default]
    Quarter,
    /// An hour.
    Hour,
    /// Since the program started, at most twelve hours.
    Shift,
}

impl Window {
    /// Every window, the shortest first.
    pub const ALL: [Self; 4] = [Self::Five, Self::Quarter, Self::Hour, Self::Shift];

    /// Its name, as it is typed and shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Five => "5m",
            Self::Quarter => "15m",
            Self::Hour => "1h",
            Self::Shift => "shift",
        }
    }

    /// The window of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.word() == name)
    }

    /// Its length in the words of a filter.
    #[must_use]
    pub const fn filter_word(self) -> &'static str {
        match self {
            Self::Five | Self::Quarter | Self::Hour => self.word(),
            Self::Shift => "12h",
        }
    }

    /// Its length.
    #[must_use]
    pub const fn span(self) -> Duration {
        Duration::from_secs(match self {
            Self::Five => 5 * 60,
            Self::Quarter => 15 * 60,
            Self::Hour => 3_600,
            Self::Shift => 12 * 3_600,
        })
    }

    /// The next longer one; after the longest the shortest.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Five => Self::Quarter,
            Self::Quarter => Self::Hour,
            Self::Hour => Self::Shift,
            Self::Shift => Self::Five,
        }
    }

    /// Whether a moment lies in it. What happens now does, what happened exactly its length ago does not.
    #[must_use]
    pub fn holds(self, moment: At, now: At) -> bool {
        now.since(moment) < self.span()
    }
}

#[cfg(test)]
mod tests;
