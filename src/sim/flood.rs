//! Load: calls and events as fast as they are taken or acknowledged, or at a steady rate.

use std::fmt::Write;

use serde_json::{Value, json};

use super::feed::SPACE;
use super::leg::{Leg, NewLeg};
use super::script::Flood;
use super::session::SessionKey;
use super::world::{ClientId, Due, Output, World};
use crate::protocol::device::Device;
use crate::protocol::id::{CallId, ControlId, NodeId};
use crate::protocol::state::{CallState, Direction, EndReason};

/// Events made in one go; the rest waits for the next turn.
const BATCH: usize = 512;
/// Seconds between turns at a steady rate.
const TURN: f64 = 0.02;

/// How far the flood is.
#[derive(Debug, Default)]
pub(super) struct Flooding {
    session: Option<SessionKey>,
    /// A slot is empty between the end of one call and the next.
    calls: Vec<Option<Flooded>>,
    next: usize,
    made: u64,
    owed: f64,
    waiting: bool,
}

#[derive(Debug)]
struct Flooded {
    call_id: CallId,
    node_id: NodeId,
    control_id: ControlId,
    made: usize,
}

impl World {
    pub(super) fn start_flood(&mut self, key: SessionKey) {
        if self.script.flood.is_some() {
            self.flooding.session = Some(key);
            self.after(0.2, Due::Flood);
        }
    }

    /// Acknowledgements came in: there may be room for more.
    pub(super) fn flood_acked(&mut self) {
        let Some(flood) = self.script.flood.filter(|flood| flood.rate <= 0.0 && self.is_paced_by_acks(flood))
        else {
            return;
        };
        if self.flooding.waiting && self.flood_room(&flood) > flood.window / 2 {
            self.flooding.waiting = false;
            self.after(0.0, Due::Flood);
        }
    }

    /// The socket has taken everything: without a window, that is the sign for more.
    pub(super) fn flood_taken(&mut self, client: ClientId) {
        let session = self.flooding.session.and_then(|key| self.sessions.get(&key));
        let ours = session.is_some_and(|session| session.client == Some(client));
        let paced = self.script.flood.is_some_and(|flood| self.is_paced_by_acks(&flood));
        if ours && self.flooding.waiting && self.script.flood.is_some() && !paced {
            self.flooding.waiting = false;
            self.after(0.0, Due::Flood);
        }
    }

    /// Whether acknowledgements make room for more. Without any it is the socket that does.
    fn is_paced_by_acks(&self, flood: &Flood) -> bool {
        let session = self.flooding.session.and_then(|key| self.sessions.get(&key));
        flood.window > 0 && session.is_some_and(|session| session.event_acks)
    }

    /// How many may be made now.
    fn flood_room(&self, flood: &Flood) -> usize {
        if !self.is_paced_by_acks(flood) {
            return BATCH;
        }
        let session = self.flooding.session.and_then(|key| self.sessions.get(&key));
        session.map_or(0, |session| flood.window.saturating_sub(session.held_count()))
    }

    pub(super) fn flood(&mut self) {
        let (Some(flood), Some(key)) = (self.script.flood, self.flooding.session) else { return };
        if !self.is_connected(key) {
            return;
        }
        let mut count = if flood.rate > 0.0 {
            self.flooding.owed += flood.rate * TURN;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
            let whole = self.flooding.owed as usize;
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            let paid = whole as f64;
            self.flooding.owed -= paid;
            whole
        } else {
            self.flood_room(&flood).min(BATCH)
        };
        if flood.total > 0 {
            let left = flood.total.saturating_sub(self.flooding.made);
            count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
            if left == 0 {
                return;
            }
        }
        let envelope = self.envelope(key);
        (0..count).for_each(|_| self.flood_event(&flood, key, &envelope));
        self.send_bulk(key);
        if flood.rate > 0.0 {
            self.after(TURN, Due::Flood);
        } else if self.is_paced_by_acks(&flood) && self.flood_room(&flood) > 0 {
            self.after(0.000_2, Due::Flood);
        } else {
            self.flooding.waiting = true;
        }
    }

    /// One event, of whichever call is next.
    fn flood_event(&mut self, flood: &Flood, key: SessionKey, envelope: &str) {
        self.flooding.made += 1;
        if self.flooding.calls.len() < flood.calls.max(1) {
            self.flooding.calls.push(None);
            self.flooding.next = self.flooding.calls.len() - 1;
        }
        let index = self.flooding.next % self.flooding.calls.len();
        self.flooding.next = index + 1;
        let slot = self.flooding.calls.get_mut(index).and_then(Option::take);
        let next = match slot.filter(|call| self.legs.contains_key(&call.call_id)) {
            None => self.flood_call(key),
            Some(call) => self.flood_on(flood, call, key, envelope),
        };
        if let Some(slot) = self.flooding.calls.get_mut(index) {
            *slot = next;
        }
    }

    /// The next event of a call; the call itself, unless that was its last.
    fn flood_on(
        &mut self,
        flood: &Flood,
        mut call: Flooded,
        key: SessionKey,
        envelope: &str,
    ) -> Option<Flooded> {
        call.made += 1;
        if call.made == 2 {
            self.send_bulk(key);
            self.answer_leg(&call.call_id);
        } else if call.made >= flood.events {
            self.send_bulk(key);
            if let Some(leg) = self.legs.get_mut(&call.call_id) {
                leg.ended = Some(self.now.wall);
                leg.end_reason = Some(EndReason::Hangup);
            }
            self.advance(&call.call_id, CallState::Ended);
            self.legs.swap_remove(&call.call_id);
            return None;
        } else {
            let state = if call.made.is_multiple_of(2) { "finished" } else { "playing" };
            self.flood_play(key, &call, state, envelope);
            if state == "finished" {
                call.control_id = self.ids.next();
            }
        }
        Some(call)
    }

    /// Where nothing is asked about single events, nothing is kept of them but whether they were acknowledged.
    fn flood_play(&mut self, key: SessionKey, call: &Flooded, state: &str, envelope: &str) {
        if self.script.ledger.keep > 0 || !self.script.faults.is_empty() {
            let body = json!({ "state": state });
            return self.call_event(&call.call_id, Some(&call.control_id), "calling.call.play", body);
        }
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Flooded { call_id, node_id, control_id, .. } = call;
        let text = session.bulk.begin();
        text.push_str(envelope);
        let parts =
            [r#""call_id":""#, call_id.as_str(), r#"","node_id":""#, node_id.as_str(), r#"","control_id":""#];
        parts.iter().for_each(|part| text.push_str(part));
        [control_id.as_str(), r#"","state":""#, state, r#""}}"#].iter().for_each(|part| text.push_str(part));
        session.bulk.end();
        self.ledger_mut().counts.events += 1;
    }

    /// The `params` of a play event as of now, up to the fields of its body.
    fn envelope(&self, key: SessionKey) -> String {
        let mut text = String::new();
        if let Some(session) = self.sessions.get(&key) {
            let (channel, stamp) = (json!(&*session.protocol), json!(self.now.wall.as_seconds()));
            let (project, space) = (json!(session.project), json!(SPACE));
            // Writing to a text does not fail.
            let _ = write!(
                text,
                r#"{{"event_type":"calling.call.play","event_channel":{channel},"timestamp":{stamp},"project_id":{project},"space_id":{space},"params":{{"#
            );
        }
        text
    }

    /// Sends what was written in bulk, before anything that comes after it.
    fn send_bulk(&mut self, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (frames, client) = (session.bulk.take(), session.client);
        if !session.event_acks {
            session.bulk.forget();
        }
        if let (Some(frames), Some(client)) = (frames, client) {
            self.put(Output::SendMany { client, frames });
        }
    }

    fn flood_call(&mut self, key: SessionKey) -> Option<Flooded> {
        self.send_bulk(key);
        let number = self.dice.u32(0..10_000_000);
        let tag = self.ids.next();
        let call_id = self.new_leg(NewLeg {
            direction: Direction::Inbound,
            created_by: "receive",
            device: Device::phone("+18005550100").from(&format!("+1212{number:07}")),
            context: Some("flood".into()),
            tag,
            node_id: None,
            owner: Some(key),
            party: self.party("human"),
            attempt: None,
            parent: None,
            arrival: None,
        });
        let leg = self.legs.get(&call_id)?;
        let (node_id, mut body) = (leg.node_id.clone(), Leg::status(leg));
        body.insert("context".into(), json!("flood"));
        self.call_event(&call_id, None, "calling.call.receive", Value::Object(body));
        Some(Flooded { call_id, node_id, control_id: self.ids.next(), made: 1 })
    }
}
