//! Load: calls and events as fast as they are acknowledged, or at a steady rate.

use serde_json::{Value, json};

use super::leg::{Leg, NewLeg};
use super::script::Flood;
use super::session::SessionKey;
use super::world::{Due, World};
use crate::protocol::device::Device;
use crate::protocol::id::{CallId, ControlId};
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
        let Some(flood) = self.script.flood.filter(|flood| flood.rate <= 0.0) else { return };
        if self.flooding.waiting && self.flood_room(&flood) > flood.window / 2 {
            self.flooding.waiting = false;
            self.after(0.0, Due::Flood);
        }
    }

    fn flood_room(&self, flood: &Flood) -> usize {
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
        (0..count).for_each(|_| self.flood_event(&flood, key));
        if flood.rate > 0.0 {
            self.after(TURN, Due::Flood);
        } else if self.flood_room(&flood) > 0 {
            self.after(0.000_2, Due::Flood);
        } else {
            self.flooding.waiting = true;
        }
    }

    /// One event, of whichever call is next.
    fn flood_event(&mut self, flood: &Flood, key: SessionKey) {
        self.flooding.made += 1;
        if self.flooding.calls.len() < flood.calls.max(1) {
            self.flooding.calls.push(None);
            self.flooding.next = self.flooding.calls.len() - 1;
        }
        let index = self.flooding.next % self.flooding.calls.len();
        self.flooding.next = index + 1;
        let slot = self.flooding.calls.get_mut(index).and_then(Option::take);
        let next = match slot.filter(|call| self.legs.contains_key(&call.call_id)) {
            None => Some(self.flood_call(key)),
            Some(call) => self.flood_on(flood, call),
        };
        if let Some(slot) = self.flooding.calls.get_mut(index) {
            *slot = next;
        }
    }

    /// The next event of a call; the call itself, unless that was its last.
    fn flood_on(&mut self, flood: &Flood, mut call: Flooded) -> Option<Flooded> {
        call.made += 1;
        if call.made == 1 {
            self.answer_leg(&call.call_id);
        } else if call.made >= flood.events {
            if let Some(leg) = self.legs.get_mut(&call.call_id) {
                leg.ended = Some(self.now.wall);
                leg.end_reason = Some(EndReason::Hangup);
            }
            self.advance(&call.call_id, CallState::Ended);
            self.legs.swap_remove(&call.call_id);
            return None;
        } else {
            let state = if call.made.is_multiple_of(2) { "playing" } else { "finished" };
            let body = json!({ "state": state });
            self.call_event(&call.call_id, Some(&call.control_id), "calling.call.play", body);
            if state == "finished" {
                call.control_id = self.ids.next();
            }
        }
        Some(call)
    }

    fn flood_call(&mut self, key: SessionKey) -> Flooded {
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
        let mut body = self.legs.get(&call_id).map(Leg::status).unwrap_or_default();
        body.insert("context".into(), json!("flood"));
        self.call_event(&call_id, None, "calling.call.receive", Value::Object(body));
        Flooded { call_id, control_id: self.ids.next(), made: 0 }
    }
}
