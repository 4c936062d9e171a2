//! Bridges: a connect's beginning, two calls joined, and what becomes of them when that is over.

use serde_json::json;

use super::attempt::{Attempt, AttemptDue, AttemptKey};
use crate::protocol::calling::Connect;
use crate::protocol::id::CallId;
use crate::protocol::state::{CallState, EndReason};
use crate::sim::requests::{Refused, refused};
use crate::sim::world::{Due, World};

impl World {
    pub(in crate::sim) fn connect(&mut self, command: &Connect) -> Result<(), Refused> {
        let call_id = &command.on.call_id;
        let key = AttemptKey(self.next_key());
        let tag = command.tag.clone().unwrap_or_else(|| self.ids.next());
        let Some(leg) = self.legs.get_mut(call_id) else { return refused("404", "Call does not exist") };
        if !leg.is_answered() {
            return refused("409", "Call is not answered");
        }
        if leg.connecting.is_some() || leg.peer.is_some() {
            return refused("409", "Call already connected");
        }
        leg.connecting = Some(key);
        leg.bridge_tag = Some(tag.clone());
        let attempt = Attempt::connect(leg, tag.clone(), command.devices.clone());
        self.attempts.insert(key, attempt);
        let delay = self.script.calls.delay;
        let body = json!({ "connect_state": "connecting", "tag": tag });
        self.call_event_in(delay, call_id, None, "calling.call.connect", body);
        self.after(delay + 0.05, Due::Attempt(key, AttemptDue::Next));
        Ok(())
    }

    /// Takes a bridge apart, or gives up a running connect.
    pub(in crate::sim) fn disconnect(&mut self, call_id: &CallId) {
        match self.legs.get(call_id).map(|leg| leg.connecting) {
            Some(Some(key)) => {
                self.attempt_given_up(key);
                self.connect_over(call_id, "disconnected", None);
            }
            Some(None) => self.unlink(call_id),
            None => {}
        }
    }

    /// Whether there is a bridge, or one being made.
    pub(in crate::sim) fn is_bridged(&self, call_id: &CallId) -> bool {
        self.legs.get(call_id).is_some_and(|leg| leg.connecting.is_some() || leg.peer.is_some())
    }

    /// Bridges two answered calls.
    pub(super) fn link(&mut self, origin: &CallId, peer: &CallId) {
        let node_of =
            |world: &Self, id: &CallId| world.legs.get(id).map(|leg| (id.clone(), leg.node_id.clone()));
        let (Some(ours), Some(theirs)) = (node_of(self, origin), node_of(self, peer)) else { return };
        let tag = self.legs.get(origin).and_then(|leg| leg.bridge_tag.clone());
        if let Some(leg) = self.legs.get_mut(origin) {
            leg.connecting = None;
            leg.peer = Some(theirs);
        }
        if let Some(leg) = self.legs.get_mut(peer) {
            leg.peer = Some(ours);
            leg.bridge_tag = tag;
        }
        self.connect_event(origin, "connected");
        if self.script.calls.peer_connect_events {
            self.connect_event(peer, "connected");
        }
    }

    /// The bridge of a call is over, if it had one. The leg a connect made follows its caller down.
    pub(in crate::sim) fn unlink(&mut self, call_id: &CallId) {
        let Some(leg) = self.legs.get(call_id) else { return };
        let Some((peer, _)) = leg.peer.clone() else { return };
        let made_by_connect =
            |world: &Self, id: &CallId| world.legs.get(id).is_some_and(|leg| leg.parent.is_some());
        // The connect events belong to the originating leg.
        let (origin, other) = if made_by_connect(self, call_id) {
            (peer.clone(), call_id.clone())
        } else {
            (call_id.clone(), peer.clone())
        };
        let over = leg.state.is_over();
        self.connect_event(&origin, "disconnected");
        if self.script.calls.peer_connect_events {
            self.connect_event(&other, "disconnected");
        }
        for id in [call_id, &peer] {
            if let Some(leg) = self.legs.get_mut(id) {
                leg.peer = None;
                leg.bridge_tag = None;
                leg.parent = None;
            }
        }
        if over && origin == *call_id && self.legs.get(&peer).is_some_and(|leg| leg.created_by == "connect") {
            self.end_leg(&peer, EndReason::Hangup);
        }
    }

    fn connect_event(&mut self, call_id: &CallId, state: &str) {
        let Some(leg) = self.legs.get(call_id) else { return };
        let Some((peer_id, node_id)) = &leg.peer else { return };
        let device = self.legs.get(peer_id).map(|peer| peer.device.clone());
        let body = json!({
            "connect_state": state,
            "tag": leg.bridge_tag,
            "peer": { "call_id": peer_id, "node_id": node_id, "tag": leg.bridge_tag, "device": device },
        });
        self.call_event(call_id, None, "calling.call.connect", body);
    }

    /// A connect that came to nothing.
    pub(super) fn connect_over(&mut self, origin: &CallId, state: &str, why: Option<&EndReason>) {
        let Some(leg) = self.legs.get_mut(origin) else { return };
        leg.connecting = None;
        let tag = leg.bridge_tag.take();
        if leg.state == CallState::Ended {
            return;
        }
        let mut body = json!({ "connect_state": state, "tag": tag });
        if let (Some(fields), Some(why)) = (body.as_object_mut(), why) {
            fields.insert("failed_reason".into(), json!(why));
        }
        self.call_event(origin, None, "calling.call.connect", body);
    }
}
