//! A time without a connection, and what became of the calls of before.

use std::time::Duration;

use crate::time::{At, Now};

/// A time without a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its number, from 1.
    pub number: u64,
    /// When the link was lost.
    pub from: Now,
    /// When it was back; none while it is lost.
    pub until: Option<Now>,
    /// Whether the service took the session up again; false while the link is lost, too.
    pub resumed: bool,
    /// Live calls that were in doubt when it began.
    pub calls: usize,
    /// Running actions likewise.
    pub actions: usize,
    /// Undecided dials likewise.
    pub dials: usize,
    /// Of the calls, those that were found to live.
    pub found: usize,
    /// Of the calls, those that are over.
    pub gone: usize,
    /// Of the calls, those still in doubt when the next gap began, which counts them from then on.
    pub carried: usize,
    /// The number of the entry with which it began.
    pub seq: u64,
    /// It was said what became of it.
    pub(super) told: bool,
}

impl Gap {
    /// How many of its calls are still in doubt.
    #[must_use]
    pub const fn in_doubt(&self) -> usize {
        self.calls.saturating_sub(self.found + self.gone + self.carried)
    }

    /// How long it lasted, or has so far.
    #[must_use]
    pub fn length(&self, now: At) -> Duration {
        self.until.map_or(now, |until| until.at).since(self.from.at)
    }

    /// What became of it, in words: `gap of 28 s: 3 calls gone, 2 still in doubt`.
    #[must_use]
    pub fn summary(&self, now: At) -> String {
        let length = seconds(self.length(now));
        let parts = [(self.gone, "gone"), (self.found, "live"), (self.in_doubt(), "still in doubt")];
        let mut words = Vec::new();
        for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
            let noun = match (words.is_empty(), count) {
                (true, 1) => " call",
                (true, _) => " calls",
                (false, _) => "",
            };
            words.push(format!("{count}{noun} {what}"));
        }
        let session = if self.resumed { "" } else { "; a new session" };
        if words.is_empty() {
            return format!("gap of {length}: no call was live{session}");
        }
        format!("gap of {length}: {}{session}", words.join(", "))
    }
}

/// A span in words: `28 s`, `2 m 05 s`, `1 h 12 m`.
#[must_use]
pub fn seconds(span: Duration) -> String {
    match span.as_secs() {
        whole @ 0..120 => format!("{whole} s"),
        whole @ 120..7_200 => format!("{} m {:02} s", whole / 60, whole % 60),
        whole => format!("{} h {:02} m", whole / 3_600, whole / 60 % 60),
    }
}
