//! The end of calls, bridges and dials: what is over, what is forgotten, and what is kept because somebody holds it.

use super::calls::Gone;
use super::{Dial, Doubt, Model, Touched, limit};
use crate::protocol::CallId;
use crate::protocol::event::Peer;
use crate::time::At;

/// A call that is over and still remembered.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    id: CallId,
    /// When that became known.
    at: At,
    /// How many entries it had before its end.
    entries: usize,
}

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

    /// Holds what was held in what was known before. A call that is not known any more stays as it was, in doubt.
    pub fn hold_as(&mut self, before: &Self) {
        for held in before.calls.values().filter(|call| call.pins > 0) {
            if let Some(call) = self.calls.get_mut(&held.id) {
                call.pins = held.pins;
                continue;
            }
            let mut held = held.clone();
            if held.is_live() {
                held.doubt.get_or_insert(Doubt::begun(before.latest.at));
                self.live += 1;
            }
            self.calls.add(held);
        }
        self.touched.push(Touched::Link);
    }

    /// Forgets ended calls that nobody holds. Returns how many.
    pub fn clear_ended(&mut self) -> usize {
        let before = self.calls.len();
        self.forget(0, At::from_micros(u64::MAX));
        before - self.calls.len()
    }

    /// Both directions of a bridge; nothing of a leg that is over.
    pub(super) fn link_peers(&mut self, id: &CallId, peer: &Peer) {
        let forgotten = |id: &CallId| self.ghosts.get(id).is_some();
        let over = |id: &CallId| self.calls.get(id).map_or_else(|| forgotten(id), |call| !call.is_live());
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

    /// A bridge of a call that is not over after all, unless its other leg is over or bridged elsewhere. With one
    /// whose end is only concluded it waits for that one to prove to live, too.
    pub(super) fn bridge_again(&mut self, id: &CallId, peer: &CallId) {
        if let Some(other) = self.calls.get_mut(peer) {
            if let Some(inferred) = &mut other.inferred {
                return inferred.wait_for(id);
            }
            if !other.is_live() || other.peer.as_ref().is_some_and(|it| it != id) {
                return;
            }
            other.peer = Some(id.clone());
            self.touched.push(Touched::Call(peer.clone()));
        } else if self.ghosts.get(peer).is_some() {
            return;
        }
        if let Some(call) = self.calls.get_mut(id) {
            call.peer = Some(peer.clone());
        }
    }

    /// A call reached its end, which may have been long before it became known: what ran on it is over, its bridge
    /// too, and in time it will be forgotten.
    pub(super) fn call_gone(&mut self, id: &CallId, ended: At, known: At) {
        self.call_over(id, ended);
        let entries = self.calls.get(id).map_or(0, |call| call.entries.len());
        self.ended.push_back(Ended { id: id.clone(), at: known, entries });
        self.ended_entries += entries;
        self.forget(limit::ENDED, known.back(limit::KEEP_ENDED));
    }

    /// A call is not over after all.
    pub(super) fn not_ended(&mut self, id: &CallId) {
        if let Some(place) = self.ended.iter().position(|ended| ended.id == *id)
            && let Some(ended) = self.ended.remove(place)
        {
            self.ended_entries -= ended.entries;
        }
    }

    fn call_over(&mut self, id: &CallId, at: At) {
        self.live = self.live.saturating_sub(1);
        self.undoubt(id, true);
        let Some(call) = self.calls.get_mut(id) else { return };
        call.actions.iter_mut().for_each(|action| action.call_ended(at));
        call.actions.shrink_to_fit();
        // Of a long call most are gone; to look at each entry would cost more than all else here.
        let first = self.frames.first();
        call.entries.after(|entry| entry.seq < first).for_each(|entry| self.frames.spare(entry.seq));
        if let Some(peer) = call.peer.clone() {
            self.unlink_peers(id, &peer);
            self.touched.push(Touched::Call(peer));
        }
    }

    /// Forgets calls whose end became known before `horizon`, and the oldest beyond `keep` or with too many entries.
    /// One that is held goes when it is let go of.
    fn forget(&mut self, keep: usize, horizon: At) {
        while let Some(Ended { at, .. }) = self.ended.front() {
            let few = self.ended.len() <= keep && self.ended_entries <= limit::ENDED_ENTRIES;
            if few && *at >= horizon {
                return;
            }
            let Some(Ended { id, entries, .. }) = self.ended.pop_front() else { return };
            self.ended_entries -= entries;
            match self.calls.get_mut(&id) {
                Some(call) if call.pins > 0 => call.lapsed = true,
                Some(_) => self.forget_call(&id),
                None => {}
            }
        }
    }

    fn forget_call(&mut self, id: &CallId) {
        let call = self.calls.remove(id);
        call.iter().for_each(|call| self.history.forget(call));
        self.stats.forgotten += 1;
        let concluded = call.is_some_and(|call| call.inferred.is_some());
        self.ghosts.add(id.clone(), if concluded { Gone::Concluded } else { Gone::Ended });
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::client::{ClientEvent, Received};
    use crate::protocol::event::Event;
    use crate::protocol::{ControlId, Shown};
    use crate::time::Now;

    fn tell(model: &mut Model, event_type: &str, call: usize, more: &str) {
        let body = format!(r#"{{"call_id":"c{call}","control_id":"k",{more}}}"#);
        let received = Received {
            now: Now::simulated(Duration::from_secs(1)),
            event_type: Shown::new(event_type),
            stamp: None,
            event: Event::parse(event_type, &body),
            raw: Arc::from(body),
            duplicate: false,
        };
        model.apply(&ClientEvent::Received(Arc::new(received)), Now::simulated(Duration::from_secs(1)));
    }

    #[test]
    fn ended_calls_with_many_entries_are_forgotten_sooner_than_those_with_few() {
        let mut model = Model::default();
        for call in 0..1_000 {
            tell(&mut model, "calling.call.state", call, r#""call_state":"answered""#);
            (0..if call < 500 { 98 } else { 1 })
                .for_each(|_| tell(&mut model, "calling.call.play", call, r#""state":"paused""#));
            tell(&mut model, "calling.call.state", call, r#""call_state":"ended""#);
            if call == 499 {
                // So many of a hundred entries each.
                let most = limit::ENDED_ENTRIES / 100;
                assert!((most - 10..=most + 10).contains(&model.calls().len()), "{}", model.calls().len());
            }
        }
        let left = model.ended.iter().map(|ended| ended.entries).sum::<usize>();
        assert_eq!(model.ended_entries, left);
        assert!(model.ended_entries <= limit::ENDED_ENTRIES);
        assert!(
            model.clear_ended() > 500 + limit::ENDED_ENTRIES / 100 - 20,
            "all the short ones are there still"
        );
        assert_eq!(model.ended_entries, 0);
    }

    #[test]
    fn the_last_frame_of_what_others_started_is_found_while_it_is_kept() {
        let mut model = Model::default();
        tell(&mut model, "calling.call.play", 1, r#""state":"playing""#);
        tell(&mut model, "calling.call.play", 1, r#""state":"finished""#);
        tell(&mut model, "calling.call.state", 1, r#""call_state":"ending""#);
        let call = model.call(&CallId::from("c1")).unwrap();
        let action = call.action(&ControlId::from("k")).unwrap();
        assert!(model.last_frame(call, action).is_some_and(|frame| frame.contains("finished")));
    }
}
