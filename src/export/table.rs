//! Rows and columns before they are written in any format.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::model::mask;
use crate::protocol::Shown;
use crate::time::Wall;

/// One value. What is hidden when numbers are masked is known by its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    None,
    /// A word of a closed set, or an id: nothing in it is ever hidden.
    Word(Shown),
    /// A text; numbers within it are hidden.
    Text(Shown),
    /// A number or address.
    Party(Shown),
    /// Keys or words of a caller: hidden as a whole.
    Keys(Shown),
    /// A count.
    Count(u64),
    /// Any other number.
    Number(f64),
    /// Seconds, with milliseconds.
    Seconds(Duration),
    /// A moment.
    Time(Wall),
    /// Yes or no.
    Flag(bool),
    /// A frame. Only formats for machines have it.
    Frames(Vec<Value>),
}

impl Cell {
    /// A word or an id.
    #[must_use]
    pub fn word(text: &str) -> Self {
        if text.is_empty() { Self::None } else { Self::Word(Shown::new(text)) }
    }

    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::None } else { Self::Text(Shown::new(text)) }
    }

    /// A party.
    #[must_use]
    pub fn party(text: &Shown) -> Self {
        if text.as_str().is_empty() { Self::None } else { Self::Party(text.clone()) }
    }

    /// The value in words, hidden where it is to be.
    #[must_use]
    pub fn shown(&self, masked: bool) -> String {
        match self {
            Self::None | Self::Frames(_) => String::new(),
            Self::Word(text) => text.to_string(),
            Self::Text(text) if masked => mask::within(text.as_str()),
            Self::Party(text) if masked => mask::party(text.as_str()),
            Self::Keys(_) if masked => mask::HIDDEN.to_owned(),
            Self::Text(text) | Self::Party(text) | Self::Keys(text) => text.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Seconds(span) => format!("{}.{:03}", span.as_secs(), span.subsec_millis()),
            Self::Time(wall) => moment(*wall),
            Self::Flag(true) => "yes".into(),
            Self::Flag(false) => "no".into(),
        }
    }
}

impl From<Option<Duration>> for Cell {
    fn from(span: Option<Duration>) -> Self {
        span.map_or(Self::None, Self::Seconds)
    }
}

/// A moment as RFC 3339 in UTC with milliseconds; empty when it is out of range.
#[must_use]
pub fn moment(wall: Wall) -> String {
    Timestamp::from_microsecond(wall.0).map_or_else(|_| String::new(), |stamp| format!("{stamp:.3}"))
}

/// Rows of the same columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What it is, as its head.
    pub title: Shown,
    /// Names of the columns, fit for JSON keys.
    pub columns: Vec<&'static str>,
    /// One value per column each.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Columns that hold anything people can read, by place.
    pub(super) fn readable(&self) -> Vec<usize> {
        let filled = |place: &usize| {
            self.rows.iter().any(|row| !matches!(row.get(*place), None | Some(Cell::None | Cell::Frames(_))))
        };
        (0..self.columns.len()).filter(filled).collect()
    }
}
