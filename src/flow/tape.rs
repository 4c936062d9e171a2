//! Calls that are told event by event, for tests.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are told")]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Ladder, StepId};
use crate::catalog::ActionKind;
use crate::client::{By, ClientEvent, LinkState, Outcome, Received, Ticket};
use crate::model::{Command, Model, Subject};
use crate::protocol::event::Event;
use crate::protocol::frame::Reply;
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::Now;

/// A model that is told what happens, second by second.
#[derive(Default)]
pub(crate) struct Tape {
    pub model: Model,
    tickets: u64,
}

impl Tape {
    pub fn at(seconds: f64) -> Now {
        Now::simulated(Duration::from_secs_f64(seconds))
    }

    pub fn event(&mut self, seconds: f64, event_type: &str, body: Value) -> &mut Self {
        self.delivered(seconds, event_type, body, false)
    }

    pub fn delivered(&mut self, seconds: f64, event_type: &str, body: Value, duplicate: bool) -> &mut Self {
        let event_type = format!("calling.{event_type}");
        let raw =
            json!({ "method": "signalwire.event", "params": { "event_type": event_type, "params": body } });
        let received = Received {
            now: Self::at(seconds),
            event_type: Shown::new(&event_type),
            stamp: None,
            event: Event::parse(&event_type, &body.to_string()),
            raw: raw.to_string().into(),
            duplicate,
        };
        self.model.apply(&ClientEvent::Received(Arc::new(received)), Self::at(seconds));
        self
    }

    pub fn state(&mut self, seconds: f64, call: &str, state: &str, more: Value) -> &mut Self {
        let mut body = json!({ "call_id": call, "node_id": "n", "call_state": state, "direction": "inbound",
            "device": { "type": "phone", "params": { "from_number": "+12025550117", "to_number": "+18005550100" } } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let receive = more.get("context").is_some();
        self.event(seconds, if receive { "call.receive" } else { "call.state" }, body)
    }

    pub fn action(&mut self, seconds: f64, kind: &str, control: &str, more: Value) -> &mut Self {
        let mut body = json!({ "call_id": "c1", "node_id": "n", "control_id": control });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.event(seconds, &format!("call.{kind}"), body)
    }

    pub fn submit(
        &mut self,
        seconds: f64,
        method: &'static str,
        rpc: &str,
        subject: Subject,
        params: Value,
    ) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let (rpc, params) = (Arc::from(rpc), Arc::new(params));
        let why = crate::model::Why::default();
        self.model.submit(Command {
            ticket,
            method,
            rpc,
            params,
            subject,
            by: By::Me,
            why,
            now: Self::at(seconds),
        });
        ticket
    }

    pub fn outcome(&mut self, seconds: f64, ticket: Ticket, outcome: Outcome) -> &mut Self {
        let round_trip = matches!(outcome, Outcome::Done(_)).then_some(Duration::from_millis(41));
        self.model.apply(&ClientEvent::Outcome { ticket, outcome, round_trip }, Self::at(seconds));
        self
    }

    pub fn done() -> Outcome {
        Outcome::Done(Reply { code: "200".into(), message: String::new(), body: json!({}) })
    }

    pub fn start(
        &mut self,
        seconds: f64,
        method: &'static str,
        kind: ActionKind,
        control: &str,
        params: Value,
    ) -> Ticket {
        let (call, control_id) = (CallId::from("c1"), ControlId::from(control));
        let subject = Subject::Start { call, control_id, kind, wait_for_beep: false };
        self.submit(seconds, method, kind.rpc(), subject, params)
    }

    pub fn link(&mut self, seconds: f64, link: LinkState) -> &mut Self {
        self.model.apply(&ClientEvent::Link(link), Self::at(seconds));
        self
    }

    pub fn ladder(&self, call: &str, unfolded: &[StepId]) -> Ladder {
        Ladder::of(&self.model, &CallId::from(call), &unfolded.iter().copied().collect())
    }
}

/// A call that is answered and spoken to.
pub(crate) fn spoken_to() -> Tape {
    let mut tape = Tape::default();
    tape.state(1.0, "c1", "created", json!({ "context": "support" }));
    tape.state(1.5, "c1", "ringing", json!({})).state(7.0, "c1", "answered", json!({}));
    let play = json!({ "play": [{ "type": "tts", "params": { "text": "Hello" } }] });
    let ticket = tape.start(8.0, "play_tts", ActionKind::Play, "p1", play);
    tape.action(8.03, "play", "p1", json!({ "state": "playing" })).outcome(8.04, ticket, Tape::done());
    tape.action(9.0, "play", "p1", json!({ "state": "finished" }));
    tape
}
