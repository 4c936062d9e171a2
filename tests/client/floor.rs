//! A session and a desk together: events in, what is known about calls out.

use callboard::calling::params::Params;
use callboard::calling::{Ask, ControlValue, Desk, Error};
use callboard::catalog::Control;
use callboard::client::session::Input;
use callboard::model::{Action, Call, Dial, DialState, Model, Occurrence, Phase, Run, Why};
use callboard::protocol::id::IdSource;
use callboard::protocol::{CallId, CallState, ControlId, Dialect, Tag};
use callboard::time::Now;
use serde_json::{Value, json};

use crate::playbook::{PROTOCOL, Play, opened};

pub struct Floor {
    pub play: Play,
    pub desk: Desk,
    events: u64,
    /// Everything that happened, as a journal has it.
    journal: Vec<(Occurrence, Now)>,
}

impl Floor {
    pub fn new() -> Self {
        let desk = Desk::new(IdSource::seeded(5));
        let mut floor = Self { play: Play::new(&[]), desk, events: 0, journal: Vec::new() };
        floor.play.feed(Input::Connect).log_in(PROTOCOL);
        floor.settle();
        floor
    }

    /// The same in Blade.
    pub fn blade() -> Self {
        let desk = Desk::speaking(Dialect::Blade, IdSource::seeded(5));
        let mut floor = Self { play: Play::blade(&[]), desk, events: 0, journal: Vec::new() };
        floor.play.feed(Input::Connect).log_in_blade(opened("sess-1"), PROTOCOL);
        floor.settle();
        floor
    }

    /// With one answered call, `c`.
    pub fn answered() -> Self {
        let mut floor = Self::new();
        floor.state("c", "answered");
        floor
    }

    fn take(&mut self, occurrence: Occurrence) {
        let now = self.play.now();
        self.desk.take(&occurrence, now);
        self.journal.push((occurrence, now));
    }

    /// The program is killed, and begins anew after so many seconds, from what its journal holds. Nothing is connected.
    pub fn killed(&mut self, seconds: f64) -> &mut Self {
        self.play = self.play.anew(seconds);
        let seen = |(occurrence, _): &(Occurrence, Now)| callboard::journal::event_of(occurrence.clone());
        self.play.session.remember(&self.journal.iter().filter_map(seen).collect::<Vec<_>>());
        self.desk = Desk::new(IdSource::seeded(self.journal.len() as u64));
        *self.desk.model_mut() = self.rebuilt();
        let run = Run { version: "1".into(), process: 2, person: "".into(), title: "".into(), unread: 0 };
        self.take(Occurrence::Started(run));
        self
    }

    /// Somebody cleared the ended calls away.
    pub fn cleared(&mut self) {
        self.take(Occurrence::Cleared);
    }

    /// What follows from the journal alone.
    pub fn rebuilt(&self) -> Model {
        let mut model = Model::default();
        self.journal.iter().for_each(|(occurrence, now)| model.take(occurrence, *now));
        model
    }

    /// The new run logs in.
    pub fn logs_in(&mut self, protocol: &str) -> &mut Self {
        self.play.feed(Input::Connect).log_in(protocol);
        self.settle();
        self
    }

    /// Sends the probes that are due.
    pub fn probes(&mut self) -> usize {
        let due = self.desk.wake(self.play.now());
        let count = due.len();
        for (submission, command) in due {
            self.take(Occurrence::Submitted(command));
            self.play.feed(Input::Submit(submission));
        }
        self.settle();
        count
    }

    fn settle(&mut self) {
        for event in self.play.client_events() {
            self.take(Occurrence::Reported(event));
        }
    }

    pub fn event(&mut self, event_type: &str, body: Value) -> &mut Self {
        self.events += 1;
        self.wait(0.01);
        self.play.event(&format!("e{}", self.events), event_type, body);
        self.settle();
        self
    }

    /// An event that happened at another time than now, in seconds of the wall clock.
    pub fn told_late(&mut self, event_type: &str, stamp: f64, body: Value) -> &mut Self {
        self.events += 1;
        self.play.event_at(&format!("e{}", self.events), event_type, stamp, body);
        self.settle();
        self
    }

    /// A `calling.call.*` event of call `c` with these further fields.
    pub fn on(&mut self, kind: &str, more: Value) -> &mut Self {
        let mut body = json!({"call_id":"c","node_id":"n"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.event(&format!("calling.call.{kind}"), body)
    }

    pub fn state(&mut self, call: &str, state: &str) -> &mut Self {
        self.event("calling.call.state", json!({"call_id":call,"node_id":"n","call_state":state}))
    }

    pub fn ended(&mut self, call: &str) -> &mut Self {
        let body = json!({"call_id":call,"node_id":"n","call_state":"ended","end_reason":"hangup"});
        self.event("calling.call.state", body)
    }

    pub fn wait(&mut self, seconds: f64) -> &mut Self {
        self.play.wait(seconds);
        self.settle();
        self
    }

    pub fn live(&mut self, seconds: f64) -> &mut Self {
        self.play.live(seconds);
        self.settle();
        self
    }

    pub fn lose(&mut self) -> &mut Self {
        self.play.lose("reset");
        self.settle();
        self
    }

    pub fn come_back(&mut self, protocol: &str) -> &mut Self {
        self.play.wait(1.0).feed(Input::Connect).log_in(protocol);
        self.settle();
        self
    }

    fn submit(&mut self, ask: Ask) -> Result<String, Error> {
        let (submission, command) = self.desk.prepare(ask, Why::default(), self.play.now())?;
        self.take(Occurrence::Submitted(command));
        let rpc = submission.rpc.to_string();
        self.play.feed(Input::Submit(submission));
        self.settle();
        Ok(rpc)
    }

    /// Invokes a method on call `c` under this control id.
    pub fn ask<P: Params>(&mut self, params: &P, id: &str) -> Result<String, Error> {
        let call = Some(CallId::from("c"));
        self.submit(Ask::Invoke { method: P::METHOD, values: params.values(), call, id: id.into() })
    }

    /// The same, accepted.
    pub fn start<P: Params>(&mut self, params: &P, id: &str) -> &mut Self {
        let rpc = self.ask(params, id).unwrap();
        self.says(&rpc, json!({"code":"200","message":"Yes","call_id":"c","control_id":id}))
    }

    pub fn dial<P: Params>(&mut self, params: &P, tag: &str) -> &mut Self {
        let values = params.values();
        self.submit(Ask::Invoke { method: P::METHOD, values, call: None, id: tag.into() }).unwrap();
        self
    }

    pub fn control(
        &mut self,
        id: &str,
        control: Control,
        value: Option<ControlValue>,
    ) -> Result<String, Error> {
        self.submit(Ask::Control { call: "c".into(), control_id: id.into(), control, value })
    }

    /// The answer to our newest command of this name.
    pub fn says(&mut self, rpc: &str, result: Value) -> &mut Self {
        self.play.answer(rpc, result);
        self.settle();
        self
    }

    pub fn model(&self) -> &Model {
        self.desk.model()
    }

    #[track_caller]
    pub fn call(&self, id: &str) -> &Call {
        self.model().call(&CallId::from(id)).unwrap_or_else(|| panic!("no call {id}"))
    }

    pub fn knows(&self, id: &str) -> bool {
        self.model().call(&CallId::from(id)).is_some()
    }

    #[track_caller]
    pub fn action(&self, id: &str) -> &Action {
        self.call("c").action(&ControlId::from(id)).unwrap_or_else(|| panic!("no action {id}"))
    }

    #[track_caller]
    pub fn dialed(&self, tag: &str) -> &Dial {
        self.model().dial(&Tag::from(tag)).unwrap_or_else(|| panic!("no dial {tag}"))
    }

    /// How far an action has come, in a word.
    #[track_caller]
    pub fn phase(&self, id: &str) -> &'static str {
        match self.action(id).phase {
            Phase::Requested => "requested",
            Phase::Accepted => "accepted",
            Phase::Running => "running",
            Phase::Paused => "paused",
            Phase::Done { successful: true } => "done",
            Phase::Done { successful: false } => "failed",
            Phase::Refused(_) => "refused",
            Phase::NotSent(_) => "not sent",
            Phase::Unknown(_) => "unknown",
        }
    }

    #[track_caller]
    pub fn dial_word(&self, tag: &str) -> String {
        match &self.dialed(tag).state {
            DialState::Requested => "requested".into(),
            DialState::Dialing => "dialing".into(),
            DialState::Answered(id) => format!("answered {id}"),
            DialState::Failed(why) => format!("failed {why}"),
            DialState::Unknown(_) => "unknown".into(),
        }
    }

    #[track_caller]
    pub fn peers(&self) -> Vec<(String, String)> {
        let peers = self
            .model()
            .calls()
            .filter_map(|call| Some((call.id.to_string(), call.peer.as_ref()?.to_string())));
        peers.collect()
    }
}

/// The moment of a state, to ask whether it was entered.
pub fn entered(call: &Call) -> Vec<&'static str> {
    let states = [
        ("created", CallState::Created),
        ("ringing", CallState::Ringing),
        ("answered", CallState::Answered),
        ("ending", CallState::Ending),
        ("ended", CallState::Ended),
    ];
    states.into_iter().filter(|(_, state)| call.entered(state).is_some()).map(|(word, _)| word).collect()
}
