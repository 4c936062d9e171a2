//! Every call that is remembered, in the order in which they were first heard of, and the ids of those that are not.

use std::collections::{HashMap, VecDeque, vec_deque};

use foldhash::fast::RandomState;

use super::call::Call;
use crate::protocol::CallId;

/// Calls by id and in order. Finding, adding and removing cost the same however many there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    /// Numbers of calls, in the order in which they came.
    numbers: HashMap<CallId, u64, RandomState>,
    /// By number, from `first` on. Those in the middle leave holes, never more than there are calls.
    calls: VecDeque<Option<Box<Call>>>,
    first: u64,
}

impl Calls {
    /// So few holes are not worth closing.
    const HOLES: usize = 64;

    fn place(&self, id: &CallId) -> Option<usize> {
        usize::try_from(self.numbers.get(id)? - self.first).ok()
    }

    pub fn get(&self, id: &CallId) -> Option<&Call> {
        self.calls.get(self.place(id)?)?.as_deref()
    }

    pub fn get_mut(&mut self, id: &CallId) -> Option<&mut Call> {
        let place = self.place(id)?;
        self.calls.get_mut(place)?.as_deref_mut()
    }

    pub fn contains(&self, id: &CallId) -> bool {
        self.numbers.contains_key(id)
    }

    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Adds a call that is not there yet.
    pub fn add(&mut self, call: Call) {
        self.numbers.insert(call.id.clone(), self.first + self.calls.len() as u64);
        self.calls.push_back(Some(Box::new(call)));
    }

    pub fn remove(&mut self, id: &CallId) -> Option<Call> {
        let place = self.place(id)?;
        self.numbers.remove(id);
        let call = self.calls.get_mut(place)?.take();
        while self.calls.front().is_some_and(Option::is_none) {
            self.calls.pop_front();
            self.first += 1;
        }
        if self.calls.len() > 2 * self.numbers.len() + Self::HOLES {
            self.close_holes();
        }
        call.map(|call| *call)
    }

    fn close_holes(&mut self) {
        self.calls.retain(Option::is_some);
        let in_order = (self.first..).zip(self.calls.iter().flatten());
        self.numbers = in_order.map(|(number, call)| (call.id.clone(), number)).collect();
    }

    pub fn values(&self) -> impl ExactSizeIterator<Item = &Call> {
        Values { calls: self.calls.iter(), left: self.numbers.len() }
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Call> {
        self.calls.iter_mut().flatten().map(|call| &mut **call)
    }
}

/// Calls without the holes between them.
struct Values<'a> {
    calls: vec_deque::Iter<'a, Option<Box<Call>>>,
    left: usize,
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a Call;

    fn next(&mut self) -> Option<&'a Call> {
        let call = self.calls.find_map(Option::as_deref)?;
        self.left = self.left.saturating_sub(1);
        Some(call)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Values<'_> {}

/// Why a call is remembered by its id alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// It ended. Nothing brings it back.
    Ended,
    /// It ended, as was concluded. What proves that it lives brings it back.
    Concluded,
    /// We passed it on. It lives elsewhere and may be offered again.
    Passed,
}

/// Ids of calls that are no longer kept, so that a late event does not bring a ghost back. Bounded; the oldest go.
#[derive(Debug, Clone, Default)]
pub(super) struct Ghosts {
    order: VecDeque<CallId>,
    ids: HashMap<CallId, Gone, RandomState>,
}

impl Ghosts {
    pub fn add(&mut self, id: CallId, gone: Gone) {
        if self.ids.insert(id.clone(), gone).is_some() {
            return;
        }
        if self.order.len() == super::limit::GHOSTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        self.order.push_back(id);
    }

    /// A call that is gone in this way proves to live: it was passed on and is offered again, for one.
    pub fn lives(&mut self, id: &CallId, gone: Gone) {
        if self.get(id) == Some(gone) {
            self.ids.remove(id);
            self.order.retain(|ghost| ghost != id);
        }
    }

    pub fn get(&self, id: &CallId) -> Option<Gone> {
        self.ids.get(id).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::time::Now;

    #[test]
    fn calls_keep_their_order_however_many_come_and_go_around_one_that_stays() {
        let mut calls = Calls::default();
        let id = |n: usize| CallId::from(format!("c{n}"));
        for n in 0..10_000 {
            calls.add(Call::new(id(n), Now::simulated(Duration::ZERO)));
            if n > 4 {
                assert_eq!(calls.remove(&id(n - 3)).map(|call| call.id), Some(id(n - 3)));
                assert!(calls.remove(&id(n - 3)).is_none());
            }
            assert!(calls.calls.len() <= 2 * calls.len() + Calls::HOLES + 1, "{}", calls.calls.len());
        }
        let ids: Vec<_> = calls.values().map(|call| call.id.clone()).collect();
        assert_eq!(ids, [0, 1, 9_997, 9_998, 9_999].map(id));
        assert_eq!((calls.values().len(), calls.len()), (5, 5));
        assert!(ids.iter().all(|id| calls.get(id).is_some_and(|call| call.id == *id)));
        for id in [0, 1].map(id) {
            calls.remove(&id);
        }
        assert!(calls.get(&id(9_998)).is_some() && calls.get(&id(0)).is_none());
    }
}
