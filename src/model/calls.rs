//! Every call that is remembered, in the order in which they were first heard of, and the ids of those that are not.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::call::Call;
use crate::protocol::CallId;

/// Calls by id and in order. Finding, adding and removing cost the same however many there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    places: HashMap<CallId, u64>,
    calls: BTreeMap<u64, Call>,
    next: u64,
}

impl Calls {
    pub fn get(&self, id: &CallId) -> Option<&Call> {
        self.calls.get(self.places.get(id)?)
    }

    pub fn get_mut(&mut self, id: &CallId) -> Option<&mut Call> {
        self.calls.get_mut(self.places.get(id)?)
    }

    pub fn contains(&self, id: &CallId) -> bool {
        self.places.contains_key(id)
    }

    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Adds a call that is not there yet.
    pub fn add(&mut self, call: Call) {
        self.places.insert(call.id.clone(), self.next);
        self.calls.insert(self.next, call);
        self.next += 1;
    }

    pub fn remove(&mut self, id: &CallId) -> Option<Call> {
        self.calls.remove(&self.places.remove(id)?)
    }

    pub fn values(&self) -> impl ExactSizeIterator<Item = &Call> {
        self.calls.values()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Call> {
        self.calls.values_mut()
    }
}

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
    ids: HashMap<CallId, Gone>,
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
