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

/// What was taken off an agenda for a while.
#[derive(Debug)]
pub struct Aside<T>(BTreeMap<Ticket, T>);

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

    /// Takes everything off for a while; tickets stay good.
    pub fn set_aside(&mut self) -> Aside<T> {
        Aside(std::mem::take(&mut self.items))
    }

    /// Puts back what was set aside, beside what was entered since.
    pub fn put_back(&mut self, aside: Aside<T>) {
        self.items.extend(aside.0);
    }

    /// How many things are on it.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.items.len()
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

    #[test]
    fn what_was_set_aside_comes_back_beside_the_new_and_can_still_be_taken_back() {
        let mut agenda = Agenda::default();
        let at = At::from_micros;
        let gone = agenda.enter(at(2), "gone");
        agenda.enter(at(3), "old");
        let aside = agenda.set_aside();
        assert_eq!(agenda.first(), None);
        agenda.enter(at(3), "new");
        agenda.put_back(aside);
        agenda.cancel(gone);
        let due: Vec<_> = std::iter::from_fn(|| agenda.due(at(4))).map(|(_, item)| item).collect();
        assert_eq!(due, ["old", "new"]);
    }
}
