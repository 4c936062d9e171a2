//! Events on their way out: built, entered in the ledger, held until acknowledged, sent.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::faults::EventFate;
use super::ledger::Sent;
use super::past::Told;
use super::script::GapEvents;
use super::session::{Held, SessionKey};
use super::world::{Due, Output, World};
use crate::protocol::Dialect;
use crate::protocol::id::{CallId, ControlId};
use crate::time::Wall;

/// The `params` of a `signalwire.event` frame.
#[derive(Serialize)]
struct Envelope<'a> {
    event_type: &'a str,
    event_channel: &'a str,
    timestamp: f64,
    project_id: &'a str,
    space_id: &'a str,
    params: &'a Value,
}

/// The space all simulated calls are in.
pub(super) const SPACE: &str = "5ba0e5de-51a1-4b0c-8d1f-5ca11b0a4d00";

impl World {
    /// An event of a call, to the session that controls it. `body` is an object without the ids.
    pub(super) fn call_event(
        &mut self,
        call_id: &CallId,
        control_id: Option<&ControlId>,
        event_type: &'static str,
        body: Value,
    ) {
        let known = match (self.legs.get(call_id), self.remembered.get(call_id)) {
            (Some(leg), _) => Some((leg.owner, leg.node_id.clone())),
            (None, Some(gone)) => Some((gone.owner, gone.node_id.clone())),
            (None, None) => None,
        };
        let Some((Some(owner), node_id)) = known else { return };
        let mut params = Map::new();
        params.insert("call_id".into(), json!(call_id));
        params.insert("node_id".into(), json!(node_id));
        if let Some(control_id) = control_id {
            params.insert("control_id".into(), json!(control_id));
        }
        if let Value::Object(body) = body {
            params.extend(body);
        }
        self.session_event(owner, event_type, &Value::Object(params));
    }

    /// An event of a call, some seconds from now; whoever controls the call by then gets it.
    pub(super) fn call_event_in(
        &mut self,
        seconds: f64,
        call_id: &CallId,
        control_id: Option<&ControlId>,
        event_type: &'static str,
        body: Value,
    ) {
        let due = Due::Event { call_id: call_id.clone(), control_id: control_id.cloned(), event_type, body };
        self.after(seconds, due);
    }

    /// Any event, to a session.
    pub(super) fn session_event(&mut self, session: SessionKey, event_type: &'static str, body: &Value) {
        let wall = self.now.wall;
        match &mut self.past {
            Some(past) => past.push(Told { session, event_type, body: body.clone(), wall }),
            None => self.tell(session, event_type, body, wall),
        }
    }

    /// Tells a session of an event, as of a wall-clock time.
    pub(super) fn tell(&mut self, key: SessionKey, event_type: &'static str, body: &Value, wall: Wall) {
        let frame_id: String = self.ids.next();
        let state = state_of(body);
        let (bound, lost) = (self.script.session.held, self.script.session.gap == GapEvents::Lost);
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let envelope = Envelope {
            event_type,
            event_channel: &session.protocol,
            timestamp: wall.as_seconds(),
            project_id: &session.project,
            space_id: SPACE,
            params: body,
        };
        let params: Arc<str> = serde_json::to_string(&envelope).unwrap_or_default().into();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let entry = Sent {
            at: self.now.at.as_micros(),
            session: session.protocol.clone(),
            client: None,
            frame_id: frame_id.clone(),
            event_type: event_type.into(),
            call_id: text("call_id"),
            control_id: text("control_id"),
            state: state.clone(),
            sends: 0,
            acks_due: session.event_acks,
            acks: 0,
            acked_at: None,
        };
        let ledger = self.ledger_mut().enter_sent(entry);
        let connected = self.is_connected(key);
        let Some(session) = self.sessions.get_mut(&key) else { return };
        // Blade keeps nothing for who is away.
        if session.client.is_none() && lost || !connected && session.dialect == Dialect::Blade {
            return;
        }
        let number = session.hold(Held { frame_id, params, ledger, sent: false }, bound);
        match self.event_fate(event_type, state.as_deref(), body, key) {
            EventFate::Normal => self.deliver(key, number),
            EventFate::Lost => {}
            EventFate::Delayed(seconds) => drop(self.after(seconds, Due::Resent { session: key, number })),
            EventFate::Copies { count, new_ids } => {
                self.deliver_and_hold(key, number);
                (0..count).for_each(|_| self.deliver_copy(key, number, new_ids));
                self.let_go(key, number);
            }
            EventFate::Half => self.deliver_half(key, number),
        }
    }

    /// Sends a held event to the session's client, if there is one. It is held on until it is acknowledged.
    pub(super) fn deliver(&mut self, key: SessionKey, number: u64) {
        self.deliver_and_hold(key, number);
        self.let_go(key, number);
    }

    /// What went out to somebody who acknowledges nothing is not held.
    fn let_go(&mut self, key: SessionKey, number: u64) {
        let session = self.sessions.get_mut(&key).filter(|session| !session.event_acks);
        session.into_iter().for_each(|session| session.release_sent(number));
    }

    fn deliver_and_hold(&mut self, key: SessionKey, number: u64) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (client, dialect) = (session.client, session.dialect);
        let protocol = session.protocol.clone();
        let Some(client) = client.filter(|client| self.clients.get(client).is_some_and(|c| !c.closed)) else {
            return;
        };
        let Some(held) = session.held(number) else { return };
        held.sent = true;
        let (text, ledger, frame_id) =
            (dialect.event(&held.frame_id, &protocol, &held.params), held.ledger, held.frame_id.clone());
        if let Some(entry) = self.ledger_mut().sent_entry(ledger) {
            entry.sends += 1;
            entry.client = Some(client);
            entry.frame_id = frame_id;
        }
        self.send(client, text);
    }

    fn deliver_copy(&mut self, key: SessionKey, number: u64, new_id: bool) {
        if !new_id {
            return self.deliver_and_hold(key, number);
        }
        let frame_id: String = self.ids.next();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Some(client) = session.client else { return };
        let (dialect, protocol) = (session.dialect, session.protocol.clone());
        let Some(held) = session.held(number) else { return };
        let (text, ledger) = (dialect.event(&frame_id, &protocol, &held.params), held.ledger);
        session.alias(number, frame_id);
        if let Some(entry) = self.ledger_mut().sent_entry(ledger) {
            entry.sends += 1;
        }
        self.send(client, text);
    }

    fn deliver_half(&mut self, key: SessionKey, number: u64) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Some(client) = session.client else { return };
        let (dialect, protocol) = (session.dialect, session.protocol.clone());
        let Some(held) = session.held(number) else { return };
        let mut text = dialect.event(&held.frame_id, &protocol, &held.params);
        let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(half);
        self.put(Output::SendHalf { client, text });
        self.put(Output::Cut { client });
    }
}

/// The word that says how far the thing is, wherever the event type keeps it.
fn state_of(body: &Value) -> Option<String> {
    ["state", "call_state", "dial_state", "connect_state"]
        .iter()
        .find_map(|name| body.get(name))
        .or_else(|| body.pointer("/detect/params/event"))
        .or_else(|| body.pointer("/fax/type"))
        .or_else(|| body.pointer("/result/type"))
        .and_then(Value::as_str)
        .map(str::to_owned)
}
