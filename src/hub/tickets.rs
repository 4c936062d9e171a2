//! Who numbers what with which tickets: ranges that no two share, within a run of the hub and over all of them. Pure.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::calling::desk::{TICKETS, ticket_range};
use crate::client::Ticket;
use crate::time::Wall;

/// 2026-01-01 00:00 UTC, in seconds since the epoch: the earliest run of a hub.
const FIRST_RUN: u64 = 1_767_225_600;

/// Gives out ranges of tickets.
#[derive(Debug, Clone)]
pub struct Ranges(Arc<AtomicU64>);

impl Ranges {
    /// A run that begins now. A range a second is put by: later runs begin after all of those that this one can give
    /// out, and after the newest ticket that is known of earlier ones.
    #[must_use]
    pub fn new(now: Wall, latest: Ticket) -> Self {
        let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or(0).saturating_sub(FIRST_RUN);
        Self(Arc::new(AtomicU64::new(seconds.max(ticket_range(latest.0) + 1).max(1))))
    }

    /// The number of a range that nobody has.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Relaxed)
    }
}

/// The first ticket of a range, and how many there are.
#[must_use]
pub const fn range(number: u64) -> (u64, u64) {
    (number * TICKETS, TICKETS)
}

/// Tickets for what applications ask for, range after range.
#[derive(Debug)]
pub struct Tickets {
    ranges: Ranges,
    next: u64,
    left: u64,
}

impl Tickets {
    /// Out of these ranges.
    #[must_use]
    pub const fn new(ranges: Ranges) -> Self {
        Self { ranges, next: 0, left: 0 }
    }

    /// The next.
    pub fn give(&mut self) -> Ticket {
        if self.left == 0 {
            (self.next, self.left) = range(self.ranges.next());
        }
        self.next += 1;
        self.left -= 1;
        Ticket(self.next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ticket_is_given_twice_in_a_run_or_in_the_next() {
        let begun = Wall(1_795_000_000_000_000);
        let ranges = Ranges::new(begun, Ticket(0));
        let mut tickets = Tickets::new(ranges.clone());
        let (console, count) = range(ranges.next());
        let first = tickets.give();
        assert!(!(console..console + count).contains(&first.0));
        let last = (1..=TICKETS).map(|_| tickets.give()).last().unwrap();
        assert!(!(console..console + count).contains(&last.0));
        let again = Ranges::new(begun, last);
        assert!(range(again.next()).0 > last.0);
        assert!(last.0 < 1 << 53, "every reader of JSON takes it whole");
    }
}
