//! A floor for tests: what the service says, told event by event, in invented time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::catalog::ActionKind;
use crate::client::{By, ClientEvent, LinkState, Outcome, Received, Ticket};
use crate::model::{Call, Command, Model, Subject};
use crate::protocol::event::Event;
use crate::protocol::frame::Reply;
use crate::protocol::{CallId, Shown};
use crate::time::{At, Now};

/// What is known, and what time it is.
pub struct Staged {
    pub model: Model,
    seconds: f64,
    ticket: u64,
}

impl Staged {
    /// A floor without calls, the link up.
    pub fn new() -> Self {
        let mut staged = Self { model: Model::default(), seconds: 1_000.0, ticket: 0 };
        staged.link_up();
        staged
    }

    pub fn now(&self) -> Now {
        Now::simulated(Duration::from_secs_f64(self.seconds))
    }

    pub fn at(&self) -> At {
        self.now().at
    }

    pub fn wait(&mut self, seconds: f64) -> &mut Self {
        self.seconds += seconds;
        self
    }

    pub fn tell(&mut self, event_type: &str, body: &Value) -> &mut Self {
        let event = Event::parse(event_type, &body.to_string());
        assert!(!matches!(event, Event::Malformed { .. } | Event::Unknown { .. }), "{event:?}");
        let raw = json!({"params":{"event_type":event_type,"params":body}}).to_string();
        let received = Received {
            now: self.now(),
            event_type: Shown::new(event_type),
            stamp: None,
            event,
            raw: raw.into(),
            duplicate: false,
        };
        self.apply(&ClientEvent::Received(Arc::new(received)))
    }

    pub fn apply(&mut self, event: &ClientEvent) -> &mut Self {
        let now = self.now();
        self.model.apply(event, now);
        self.model.take_touched();
        self
    }

    pub fn link_up(&mut self) -> &mut Self {
        let since = self.at();
        self.apply(&ClientEvent::Link(LinkState::Up { since, restored: true, gaps: 0 }))
    }

    pub fn link_down(&mut self) -> &mut Self {
        let retry_at = self.at() + Duration::from_secs(3);
        self.apply(&ClientEvent::Link(LinkState::Down { attempt: 1, retry_at, why: "test".into() }))
    }

    /// A call enters a state; `more` is merged into what the event says.
    pub fn state(&mut self, call: &str, state: &str, more: &Value) -> &mut Self {
        let mut body = json!({"call_id":call,"node_id":"node-2c8e","call_state":state});
        if self.model.call(&CallId::from(call)).is_none() {
            body["direction"] = "inbound".into();
            body["device"] = json!({"type":"phone","params":{"from_number":"+12025550117",
                "to_number":"+18005550100"}});
        }
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        self.tell("calling.call.state", &body)
    }

    /// An operation reports.
    pub fn action(&mut self, call: &str, control: &str, what: &str, more: &Value) -> &mut Self {
        let mut body = json!({"call_id":call,"node_id":"node-2c8e","control_id":control});
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        self.tell(&format!("calling.call.{what}"), &body)
    }

    /// We start an operation, and the service accepts it.
    pub fn start(&mut self, call: &str, control: &str, kind: ActionKind, params: Value) -> &mut Self {
        self.ticket += 1;
        let subject =
            Subject::Start { call: call.into(), control_id: control.into(), kind, wait_for_beep: false };
        self.model.submit(Command {
            ticket: Ticket(self.ticket),
            method: "test",
            rpc: kind.rpc().into(),
            params: Arc::new(params),
            subject,
            by: By::Me,
            why: crate::model::Why::default(),
            now: self.now(),
        });
        let outcome = Outcome::Done(Reply { code: "200".into(), message: String::new(), body: Value::Null });
        self.apply(&ClientEvent::Outcome { ticket: Ticket(self.ticket), outcome, round_trip: None })
    }

    pub fn call(&self, id: &str) -> &Call {
        self.model.call(&CallId::from(id)).unwrap()
    }
}
