//! The end of calls, bridges and dials: what is over, what is forgotten, and what is kept because somebody holds it.

use super::calls::Gone;
use super::{Dial, Model, Touched, limit};
use crate::protocol::CallId;
use crate::protocol::event::Peer;
use crate::time::At;

impl Model {
    /// Keeps a call from being forgotten while somebody holds it. Returns whether there is one to hold.
    pub fn pin(&mut self, id: &CallId) -> bool {
        let call = self.calls.get_mut(id);
        call.map(|call| call.pins += 1).is_some()
    }

    /// Lets go of a call that was pinned.
    pub fn unpin(&mut self, id: &CallId) {
        let Some(call) = self.calls.get_mut(id) else { return };
        call.pins = call.pins.saturating_sub(1);
        if call.pins == 0 && call.lapsed {
            self.forget_call(id);
        }
    }

    /// Forgets ended calls that nobody holds. Returns how many.
    pub fn clear_ended(&mut self) -> usize {
        let before = self.calls.len();
        self.forget(0, At::from_micros(u64::MAX));
        before - self.calls.len()
    }

    /// Both directions of a bridge; nothing of a leg that is over.
    pub(super) fn link_peers(&mut self, id: &CallId, peer: &Peer) {
        let over = |id: &CallId| self.calls.get(id).is_some_and(|call| !call.is_live());
        if over(id) || over(&peer.call_id) {
            return;
        }
        for (one, other) in [(id, &peer.call_id), (&peer.call_id, id)] {
            if let Some(call) = self.calls.get_mut(one) {
                call.peer = Some(other.clone());
            }
        }
        self.touched.push(Touched::Call(peer.call_id.clone()));
    }

    pub(super) fn unlink_peers(&mut self, id: &CallId, peer: &CallId) {
        for (one, other) in [(id, peer), (peer, id)] {
            if let Some(call) = self.calls.get_mut(one)
                && call.peer.as_ref() == Some(other)
            {
                call.peer = None;
            }
        }
    }

    /// A call reached its end: what ran on it is over, its bridge too, and in time it will be forgotten.
    pub(super) fn call_gone(&mut self, id: &CallId, at: At) {
        self.call_over(id, at);
        self.ended.push_back((id.clone(), at));
        self.forget(limit::ENDED, at.back(limit::KEEP_ENDED));
    }

    fn call_over(&mut self, id: &CallId, at: At) {
        self.live = self.live.saturating_sub(1);
        let Some(call) = self.calls.get_mut(id) else { return };
        call.doubt = None;
        call.actions.iter_mut().for_each(|action| action.call_ended(at));
        call.entries.iter().for_each(|entry| self.frames.spare(entry.seq));
        if let Some(peer) = call.peer.clone() {
            self.unlink_peers(id, &peer);
            self.touched.push(Touched::Call(peer));
        }
    }

    /// Forgets calls that ended before `horizon`, and the oldest beyond `keep`. One that is held goes when it is let
    /// go of.
    fn forget(&mut self, keep: usize, horizon: At) {
        while let Some((id, at)) = self.ended.front() {
            if self.ended.len() <= keep && *at >= horizon {
                return;
            }
            let id = id.clone();
            self.ended.pop_front();
            match self.calls.get_mut(&id) {
                Some(call) if call.pins > 0 => call.lapsed = true,
                Some(_) => self.forget_call(&id),
                None => {}
            }
        }
    }

    fn forget_call(&mut self, id: &CallId) {
        if let Some(call) = self.calls.remove(id) {
            self.history.forget(&call);
        }
        self.stats.forgotten += 1;
        self.ghosts.add(id.clone(), Gone::Ended);
        // Who still waits for it learns that there is nothing to wait for.
        self.touched.push(Touched::Call(id.clone()));
    }

    /// A call that we passed on is no longer ours: nothing of it will be reported here, unless it is offered again.
    pub(super) fn passed_on(&mut self, id: &CallId, at: At) {
        if self.calls.get(id).is_none_or(|call| !call.is_live()) {
            return;
        }
        self.call_over(id, at);
        self.calls.remove(id);
        self.ghosts.add(id.clone(), Gone::Passed);
    }

    pub(super) fn forget_dials(&mut self) {
        while self.dials.len() > limit::DIALS {
            let over = self.dials.values().position(Dial::is_over);
            let open = || (self.dials.len() > limit::OPEN_DIALS).then_some(0);
            let Some(oldest) = over.or_else(open) else { return };
            if let Some((_, dial)) = self.dials.shift_remove_index(oldest) {
                self.history.forget_dial(&dial);
            }
        }
    }
}
