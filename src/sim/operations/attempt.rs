//! Legs that are rung for a dial or a connect: in parallel and in series, until one wins or all have failed.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::protocol::calling::{Begin, Dial};
use crate::protocol::device::{Device, DevicePlan};
use crate::protocol::id::{CallId, NodeId, Tag};
use crate::protocol::state::{Direction, EndReason};
use crate::sim::leg::{Leg, LegDue, NewLeg};
use crate::sim::party::{Answers, Party, fits};
use crate::sim::requests::{Refused, refused};
use crate::sim::script::Span;
use crate::sim::session::SessionKey;
use crate::sim::world::{Due, World};

/// Names an attempt inside the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) struct AttemptKey(pub u64);

/// A dial or connect whose legs are being rung.
#[derive(Debug)]
pub(in crate::sim) struct Attempt {
    tag: Tag,
    owner: Option<SessionKey>,
    node_id: Option<NodeId>,
    groups: DevicePlan,
    /// Groups tried so far.
    tried: usize,
    ringing: Vec<CallId>,
    /// The caller of a connect; a dial has none.
    origin: Option<CallId>,
    /// Ring-out reason of the last leg that failed.
    failed: EndReason,
    dialer: Dialer,
    /// It is one call, and nothing is told of the attempt itself.
    one_call: bool,
}

impl Attempt {
    /// Whether its client knows it by this tag.
    pub(in crate::sim) fn is_for(&self, tag: &str) -> bool {
        self.tag.as_str() == tag
    }

    /// The attempt of a connect on this call.
    pub(super) fn connect(leg: &Leg, tag: Tag, groups: DevicePlan) -> Self {
        Self {
            tag,
            owner: leg.owner,
            node_id: Some(leg.node_id.clone()),
            groups,
            tried: 0,
            ringing: Vec::new(),
            origin: Some(leg.call_id.clone()),
            failed: EndReason::NoAnswer,
            dialer: Dialer::default(),
            one_call: false,
        }
    }
}

/// What a dial of another application brings along.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct Dialer {
    pub party: Option<Arc<Party>>,
    pub context: Option<String>,
    pub arrival: Option<usize>,
}

/// What can be due in an attempt.
#[derive(Debug)]
pub(in crate::sim) enum AttemptDue {
    /// Ring the next group.
    Next,
    /// The dial says that it dials.
    Dialing,
    /// This leg has won.
    Won(CallId),
}

/// Ring time where the device gives none.
const RING_TIMEOUT: f64 = 30.0;

impl World {
    fn free_tag(&mut self, owner: Option<SessionKey>, tag: Option<&Tag>) -> Result<Tag, Refused> {
        let tag = tag.cloned().unwrap_or_else(|| self.ids.next());
        if self.attempts.values().any(|attempt| attempt.tag == tag && attempt.owner == owner) {
            return refused("409", "Tag is already in use");
        }
        Ok(tag)
    }

    /// `calling.begin`: one call, which is there before the answer names it. Its first event follows the answer.
    pub(in crate::sim) fn begin_call(
        &mut self,
        owner: Option<SessionKey>,
        command: &Begin,
    ) -> Result<(CallId, NodeId), Refused> {
        let tag = self.free_tag(owner, command.tag.as_ref())?;
        let key = AttemptKey(self.next_key());
        let groups = DevicePlan::default();
        let attempt = Attempt {
            tag,
            owner,
            node_id: command.node_id.clone(),
            groups,
            tried: 0,
            ringing: Vec::new(),
            origin: None,
            failed: EndReason::NoAnswer,
            dialer: Dialer::default(),
            one_call: true,
        };
        self.attempts.insert(key, attempt);
        self.ring(key, command.device.clone());
        let begun = self.attempts.get(&key).and_then(|attempt| {
            let call_id = attempt.ringing.first()?;
            Some((call_id.clone(), attempt.node_id.clone()?))
        });
        begun.map_or_else(|| refused("500", "Internal error"), Ok)
    }

    pub(in crate::sim) fn dial(&mut self, owner: Option<SessionKey>, command: &Dial) -> Result<(), Refused> {
        let tag = self.free_tag(owner, command.tag.as_ref())?;
        self.start_dial(owner, tag, command.devices.clone(), Dialer::default());
        Ok(())
    }

    /// Starts a dial for a session, by its own wish or by that of another application.
    pub(in crate::sim) fn start_dial(
        &mut self,
        owner: Option<SessionKey>,
        tag: Tag,
        groups: DevicePlan,
        dialer: Dialer,
    ) {
        let key = AttemptKey(self.next_key());
        let attempt = Attempt {
            tag,
            owner,
            node_id: None,
            groups,
            tried: 0,
            ringing: Vec::new(),
            origin: None,
            failed: EndReason::NoAnswer,
            dialer,
            one_call: false,
        };
        self.attempts.insert(key, attempt);
        let delay = self.script.calls.delay;
        self.after(delay, Due::Attempt(key, AttemptDue::Next));
        self.after(delay + 0.1, Due::Attempt(key, AttemptDue::Dialing));
    }

    pub(in crate::sim) fn attempt_due(&mut self, key: AttemptKey, due: AttemptDue) {
        match due {
            AttemptDue::Next => self.ring_next_group(key),
            AttemptDue::Dialing => self.dial_event(key, "dialing", &json!({})),
            AttemptDue::Won(call_id) => self.won(key, &call_id),
        }
    }

    fn ring_next_group(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.get_mut(&key) else { return };
        let Some(group) = attempt.groups.get(attempt.tried).cloned() else { return self.all_failed(key) };
        attempt.tried += 1;
        for device in group {
            if device.kind == "call" {
                self.bridge_to_call(key, &device);
            } else {
                self.ring(key, device);
            }
        }
        // A group whose devices all failed on the spot.
        if self.attempts.get(&key).is_some_and(|attempt| attempt.ringing.is_empty()) {
            self.after(0.2, Due::Attempt(key, AttemptDue::Next));
        }
    }

    fn ring(&mut self, key: AttemptKey, device: Device) {
        let Some(attempt) = self.attempts.get(&key) else { return };
        let (tag, node_id, owner) = (attempt.tag.clone(), attempt.node_id.clone(), attempt.owner);
        let (origin, dialer) = (attempt.origin.clone(), attempt.dialer.clone());
        let one_call = attempt.one_call;
        let party = dialer.party.unwrap_or_else(|| self.party_of(&device));
        let timeout = device.ring_timeout().unwrap_or(RING_TIMEOUT);
        let parent = origin.zip(node_id.clone());
        let call_id = self.new_leg(NewLeg {
            direction: Direction::Outbound,
            created_by: if parent.is_some() { "connect" } else { "dial" },
            device,
            context: dialer.context,
            tag,
            node_id,
            owner,
            party: party.clone(),
            attempt: Some(key),
            parent,
            arrival: dialer.arrival,
        });
        if one_call {
            let status = self.legs.get(&call_id).map(Leg::status).unwrap_or_default();
            let delay = self.script.calls.delay;
            self.call_event_in(delay, &call_id, None, "calling.call.state", Value::Object(status));
        } else {
            self.state_event(&call_id);
        }
        let rings = self.choose(Span { least: 0.5, most: 0.9 });
        if !matches!(party.answers, Answers::NotFound | Answers::Error) {
            self.leg_in(rings, &call_id, LegDue::Ring);
        }
        let after = self.choose(party.after);
        self.leg_in(rings + after, &call_id, LegDue::PickUp);
        if party.answers != Answers::Stuck {
            self.leg_in(rings + timeout, &call_id, LegDue::RingOut);
        }
        if let Some(attempt) = self.attempts.get_mut(&key) {
            attempt.node_id = self.legs.get(&call_id).map(|leg| leg.node_id.clone());
            attempt.ringing.push(call_id);
        }
    }

    /// The far end a number or address belongs to.
    fn party_of(&self, device: &Device) -> Arc<Party> {
        let address = device.to_address().unwrap_or_default();
        let rule = self.script.numbers.iter().find(|rule| fits(&rule.pattern, &address));
        self.party(rule.map_or("human", |rule| &rule.party))
    }

    fn bridge_to_call(&mut self, key: AttemptKey, device: &Device) {
        let Some(attempt) = self.attempts.get(&key) else { return };
        let owner = attempt.owner;
        let wanted = device.params.get("call_id").and_then(Value::as_str).unwrap_or_default();
        let free = self.legs.get(wanted).filter(|leg| {
            leg.is_answered() && leg.peer.is_none() && leg.connecting.is_none() && leg.owner == owner
        });
        if let Some(call_id) =
            free.map(|leg| leg.call_id.clone()).filter(|id| Some(id) != attempt.origin.as_ref())
        {
            if let Some(attempt) = self.attempts.get_mut(&key) {
                attempt.ringing.push(call_id.clone());
            }
            self.after(0.1, Due::Attempt(key, AttemptDue::Won(call_id)));
        }
    }

    /// A leg of the attempt was answered: the others are cancelled, the news follows.
    pub(in crate::sim) fn attempt_answered(&mut self, key: AttemptKey, call_id: &CallId) {
        self.after(0.06, Due::Attempt(key, AttemptDue::Won(call_id.clone())));
        let Some(attempt) = self.attempts.get_mut(&key) else { return };
        attempt.tried = attempt.groups.len();
        let losers: Vec<_> = attempt.ringing.iter().filter(|leg| *leg != call_id).cloned().collect();
        attempt.ringing = vec![call_id.clone()];
        for loser in losers {
            if let Some(leg) = self.legs.get_mut(&loser) {
                leg.attempt = None;
            }
            self.end_leg(&loser, EndReason::Cancel);
        }
    }

    fn won(&mut self, key: AttemptKey, call_id: &CallId) {
        let Some(leg) = self.legs.get_mut(call_id).filter(|leg| leg.is_answered()) else { return };
        leg.attempt = None;
        let call = json!({
            "call_id": call_id,
            "node_id": leg.node_id,
            "tag": leg.tag,
            "device": leg.device,
            "dial_winner": true,
            "call_state": leg.state,
            "direction": leg.direction,
            "segment_id": leg.segment_id,
        });
        let Some(attempt) = self.attempts.get(&key) else { return };
        match attempt.origin.clone() {
            None => {
                self.dial_event(key, "answered", &json!({ "call": call }));
                self.attempts.remove(&key);
            }
            Some(origin) => {
                self.attempts.remove(&key);
                self.link(&origin, call_id);
            }
        }
    }

    /// A leg ended before anybody won.
    pub(in crate::sim) fn attempt_leg_over(&mut self, key: AttemptKey, call_id: &CallId) {
        let reason = self.remembered_reason(call_id);
        let Some(attempt) = self.attempts.get_mut(&key) else { return };
        attempt.ringing.retain(|leg| leg != call_id);
        if let Some(reason) = reason {
            attempt.failed = reason;
        }
        if attempt.ringing.is_empty() {
            self.after(0.2, Due::Attempt(key, AttemptDue::Next));
        }
    }

    fn remembered_reason(&self, call_id: &CallId) -> Option<EndReason> {
        self.remembered.get(call_id).and_then(|gone| gone.end_reason.clone())
    }

    fn all_failed(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.get(&key) else { return };
        if !attempt.ringing.is_empty() {
            return;
        }
        let (origin, failed) = (attempt.origin.clone(), attempt.failed.clone());
        match origin {
            None => {
                let body = json!({ "reason": "no device answered", "source": "outbound" });
                self.dial_event(key, "failed", &body);
                self.attempts.remove(&key);
            }
            Some(origin) => {
                self.attempts.remove(&key);
                self.connect_over(&origin, "failed", Some(&failed));
            }
        }
    }

    /// Nobody wants the attempt any more: its caller is gone, or it was told to stop.
    pub(in crate::sim) fn attempt_given_up(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.remove(&key) else { return };
        for call_id in attempt.ringing {
            if let Some(leg) = self.legs.get_mut(&call_id).filter(|leg| leg.attempt == Some(key)) {
                leg.attempt = None;
                self.end_leg(&call_id, EndReason::Cancel);
            }
        }
    }

    fn dial_event(&mut self, key: AttemptKey, state: &str, more: &Value) {
        let told = |attempt: &&Attempt| attempt.origin.is_none() && !attempt.one_call;
        let Some(attempt) = self.attempts.get(&key).filter(told) else { return };
        let Some(owner) = attempt.owner else { return };
        let mut body = json!({ "node_id": attempt.node_id, "tag": attempt.tag, "dial_state": state });
        if let (Some(fields), Some(more)) = (body.as_object_mut(), more.as_object()) {
            fields.extend(more.clone());
        }
        self.session_event(owner, "calling.call.dial", &body);
    }
}
