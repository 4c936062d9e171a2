//! Things to do at times: an ordered queue that also lets things be taken back.

use std::collections::BTreeMap;

use crate::time::At;

/// What is due when. Things of one moment come in the order they were entered.
#[derive(Debug)]
pub struct Agenda<T> {
    items: BTreeMap<Ticket, T>,
    entered: u64,
}

/// Names one thing on the agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    at: At,
    number: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), entered: 0 }
    }
}

impl<T> Agenda<T> {
    /// Enters a thing.
    pub fn enter(&mut self, at: At, item: T) -> Ticket {
        self.entered += 1;
        let ticket = Ticket { at, number: self.entered };
        self.items.insert(ticket, item);
        ticket
    }

    /// Takes a thing back; nothing happens when it is past.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.items.remove(&ticket);
    }

    /// The moment of the next thing.
    pub fn first(&self) -> Option<At> {
        self.items.keys().next().map(|ticket| ticket.at)
    }

    /// The next thing that is due by `now`, with its moment.
    pub fn due(&mut self, now: At) -> Option<(At, T)> {
        let entry = self.items.first_entry().filter(|entry| entry.key().at <= now)?;
        let (ticket, item) = entry.remove_entry();
        Some((ticket.at, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_in_order_of_time_then_of_entry_and_can_be_taken_back() {
        let mut agenda = Agenda::default();
        let at = At::from_micros;
        agenda.enter(at(5), "late");
        agenda.enter(at(1), "first");
        let gone = agenda.enter(at(1), "gone");
        agenda.enter(at(1), "second");
        agenda.cancel(gone);
        let due: Vec<_> = std::iter::from_fn(|| agenda.due(at(4))).map(|(_, item)| item).collect();
        assert_eq!(due, ["first", "second"]);
        assert_eq!(agenda.first(), Some(at(5)));
    }
}
