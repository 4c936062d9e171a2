//! From what happens to records: a command when it is given, its answer, and what became of what it started. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::origin::Origin;
use super::record::{self, BulkNote, Policy, Record};
use crate::catalog::{self, ActionKind, Control};
use crate::client::{By, ClientEvent, Outcome, Ticket};
use crate::model::{Action, Call, Command, DialState, Model, Occurrence, Phase, Subject, mask};
use crate::protocol::event::Event;
use crate::protocol::{CallId, ControlId, Direction, Shown, Tag};
use crate::time::{At, Now};

/// Calls and dials with acts whose end is awaited, and acts without an answer; beyond that the oldest are told no more
/// of.
const FOLLOWED: usize = 4_096;
/// Acts on one call whose end is awaited.
const ON_ONE: usize = 256;

/// Makes the records of one run of the program.
#[derive(Debug)]
pub struct Scribe {
    origin: Arc<Origin>,
    policy: Policy,
    /// Whether the middle digits of numbers are hidden.
    numbers: bool,
    /// Acts without a certain answer.
    open: BTreeMap<Ticket, Followed>,
    /// Acts whose final state is awaited, by what it depends on.
    running: IndexMap<Thing, Vec<Followed>>,
}

/// What a final state depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Thing {
    Call(CallId),
    Dial(Tag),
}

/// An act of which something is still to be told.
#[derive(Debug, Clone)]
struct Followed {
    ticket: Ticket,
    act: String,
    method: Arc<str>,
    call: Option<CallId>,
    control: Option<ControlId>,
    tag: Option<Tag>,
    ends: Option<Ends>,
    /// Who asked for it.
    by: By,
}

/// What the final state is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Action,
    Call,
    Dial,
}

impl Scribe {
    /// One that hides texts and digits by a policy, and the middle digits of numbers where `numbers` says so.
    #[must_use]
    pub fn new(origin: Origin, policy: Policy, numbers: bool) -> Self {
        Self { origin: Arc::new(origin), policy, numbers, open: BTreeMap::new(), running: IndexMap::new() }
    }

    /// The record of an act, before it has any effect. `model` is what was known, and seen, when it was asked for.
    pub fn asked(&mut self, occurrence: &Occurrence, model: &Model, now: Now) -> Option<Record> {
        match occurrence {
            Occurrence::Started(run) => {
                let version = Some(format!("callboard {}", run.version));
                Some(Record { message: version, ..self.plain("begin", now) })
            }
            Occurrence::Noted { call, text, by } => {
                let text = serde_json::json!({ "text": self.policy.text(text.as_str()) });
                let record = Record { params: Some(text), ..self.plain_by(by, "note", now) };
                Some(self.on(record, call, model))
            }
            // What applications do is in the journal; this is about people.
            Occurrence::Submitted(command)
                if !matches!(command.subject, Subject::Probe { .. })
                    && !matches!(command.by, By::Application(_)) =>
            {
                Some(self.command(command, model, now))
            }
            _ => None,
        }
    }

    /// What is to be told of earlier acts after something happened. `model` has it in it.
    pub fn followed(&mut self, occurrence: &Occurrence, model: &Model, now: Now) -> Vec<Record> {
        let Occurrence::Reported(event) = occurrence else { return Vec::new() };
        match event {
            ClientEvent::Outcome { ticket, outcome, round_trip } => {
                let ms = round_trip.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
                let on = self.open.get(ticket).and_then(Followed::on);
                let mut records = self.answered(*ticket, outcome, ms, now);
                // A refusal may tell that the call is gone.
                records.extend(on.map(|on| self.ended(&on, model, now)).unwrap_or_default());
                records
            }
            // Most events are of calls that nobody acted on.
            ClientEvent::Received(_) if self.running.is_empty() => Vec::new(),
            ClientEvent::Received(received) => {
                let dial = dial_of(&received.event).cloned().map(Thing::Dial);
                let on = dial.or_else(|| received.event.call_id().cloned().map(Thing::Call));
                on.map(|on| self.ended(&on, model, now)).unwrap_or_default()
            }
            ClientEvent::Link(_)
            | ClientEvent::Contexts(_)
            | ClientEvent::Pong(_)
            | ClientEvent::Fault(_)
            | ClientEvent::Application(_)
            | ClientEvent::Owned { .. }
            | ClientEvent::Presence(_) => Vec::new(),
        }
    }

    fn plain(&self, act: &str, now: Now) -> Record {
        Record {
            ts: now.wall.rfc3339(),
            mono_ms: u64::try_from(now.at.since(At::START).as_millis()).unwrap_or(u64::MAX),
            origin: self.origin.clone(),
            act: act.to_owned(),
            ..Record::default()
        }
    }

    /// The same of an act of somebody who is attached.
    fn plain_by(&self, by: &By, act: &str, now: Now) -> Record {
        let record = self.plain(act, now);
        match by {
            By::Person(person) => Record { origin: Arc::new(self.origin.of(person)), ..record },
            By::Me | By::Application(_) => record,
        }
    }

    /// With what is known of the call it is about.
    fn on(&self, record: Record, id: &CallId, model: &Model) -> Record {
        let record = Record { call: Some(id.to_string()), ..record };
        let Some(call) = model.call(id) else { return record };
        let party = |party: &Shown| {
            let text = party.as_str();
            if self.numbers { mask::party(text) } else { text.to_owned() }
        };
        Record {
            node: call.node.as_ref().map(ToString::to_string),
            segment: call.segment.as_ref().map(ToString::to_string),
            tag: call.tag.as_ref().map(ToString::to_string),
            context: call.context.as_ref().map(ToString::to_string),
            from_no: Some(party(&call.from)),
            to_no: Some(party(&call.to)),
            state_before: Some(call.state.to_string()),
            ..record
        }
    }

    fn command(&mut self, command: &Command, model: &Model, now: Now) -> Record {
        let followed = Followed::new(command, model);
        let why = &command.why;
        let reason = if self.numbers { mask::within(why.reason.as_str()) } else { why.reason.to_string() };
        let mut record = Record {
            method: Some(command.rpc.to_string()),
            owner: owner(command, model),
            params: Some(record::params(&command.params, self.policy, self.numbers)),
            control: command.subject.control_id().map(ToString::to_string),
            request: Some(command.ticket.0),
            reason: (!reason.is_empty()).then_some(reason),
            confirm: Some(why.consent.word().into()),
            bulk: why.bulk.as_ref().map(|bulk| BulkNote {
                rule: bulk.rule.to_string(),
                targets: bulk.targets,
                position: bulk.position,
            }),
            ..self.plain_by(&command.by, &followed.act, now)
        };
        if let Some(call) = command.subject.call() {
            record = self.on(record, call, model);
        }
        if let Some(tag) = &followed.tag {
            record.tag = Some(tag.to_string());
        }
        if let Some(on) = followed.on().filter(|_| followed.ends.is_some()) {
            if self.running.len() >= FOLLOWED {
                self.running.shift_remove_index(0);
            }
            let list = self.running.entry(on).or_default();
            list.truncate(ON_ONE - 1);
            list.push(followed.clone());
        }
        if self.open.len() >= FOLLOWED {
            self.open.pop_first();
        }
        self.open.insert(followed.ticket, followed);
        record
    }

    fn answered(&mut self, ticket: Ticket, outcome: &Outcome, ms: Option<u64>, now: Now) -> Vec<Record> {
        let Some(followed) = self.open.get(&ticket).cloned() else { return Vec::new() };
        let (code, message) = match outcome {
            Outcome::Done(reply) => (reply.code.to_string(), String::new()),
            Outcome::Refused { code, message } => (Shown::new(code).to_string(), message.to_string()),
            Outcome::NotSent(why) => ("not-sent".into(), why.to_string()),
            Outcome::Unknown(why) => ("unknown".into(), why.to_string()),
        };
        // What nobody knows may still become known.
        if !matches!(outcome, Outcome::Unknown(_)) {
            self.open.remove(&ticket);
        }
        if matches!(outcome, Outcome::Refused { .. } | Outcome::NotSent(_))
            && let Some(list) = followed.on().and_then(|on| self.running.get_mut(&on))
        {
            list.retain(|running| running.ticket != ticket);
        }
        let message = (!message.is_empty()).then_some(message);
        vec![Record { code: Some(code), message, ms, ..self.told_of(&followed, now) }]
    }

    /// What came to its end of all that runs on something.
    fn ended(&mut self, on: &Thing, model: &Model, now: Now) -> Vec<Record> {
        let Some(mut list) = self.running.get_mut(on).map(std::mem::take) else { return Vec::new() };
        let mut records = Vec::new();
        list.retain(|followed| {
            let Some(outcome) = followed.final_state(model) else { return true };
            records.push(Record { outcome: Some(outcome), ..self.told_of(followed, now) });
            false
        });
        if list.is_empty() {
            self.running.swap_remove(on);
        } else {
            self.running.insert(on.clone(), list);
        }
        records
    }

    /// A later record of an act, which says again what it is of.
    fn told_of(&self, followed: &Followed, now: Now) -> Record {
        Record {
            method: Some(followed.method.to_string()),
            call: followed.call.as_ref().map(ToString::to_string),
            control: followed.control.as_ref().map(ToString::to_string),
            tag: followed.tag.as_ref().map(ToString::to_string),
            request: Some(followed.ticket.0),
            ..self.plain_by(&followed.by, &followed.act, now)
        }
    }
}

fn dial_of(event: &Event) -> Option<&Tag> {
    match event {
        Event::Dial(status) => Some(&status.tag),
        _ => None,
    }
}

impl Followed {
    fn new(command: &Command, model: &Model) -> Self {
        let (ends, tag) = match &command.subject {
            Subject::Start { .. } | Subject::Control { control: Control::Stop, .. } => {
                (Some(Ends::Action), None)
            }
            Subject::Dial(tag) => (Some(Ends::Dial), Some(tag.clone())),
            Subject::Call(_) if &*command.rpc == "calling.end" => (Some(Ends::Call), None),
            Subject::Call(_) | Subject::Control { .. } | Subject::Link | Subject::Probe { .. } => {
                (None, None)
            }
        };
        Self {
            ticket: command.ticket,
            act: name(command, model),
            method: command.rpc.clone(),
            call: command.subject.call().cloned(),
            control: command.subject.control_id().cloned(),
            tag,
            ends,
            by: command.by.clone(),
        }
    }

    /// What its final state depends on.
    fn on(&self) -> Option<Thing> {
        let call = self.call.clone().map(Thing::Call);
        call.or_else(|| self.tag.clone().map(Thing::Dial))
    }

    /// What became of what it is about; none while that goes on.
    fn final_state(&self, model: &Model) -> Option<String> {
        let call = self.call.as_ref().and_then(|id| model.call(id));
        match self.ends? {
            Ends::Dial => match &model.dial(self.tag.as_ref()?)?.state {
                DialState::Answered(_) => Some("answered".into()),
                DialState::Failed(why) => Some(format!("failed: {why}").trim_end_matches(": ").into()),
                DialState::Requested | DialState::Dialing | DialState::Unknown(_) => None,
            },
            Ends::Call => call.is_none_or(|call| !call.is_live()).then(|| call_end(call)),
            Ends::Action => {
                let Some(call) = call else { return Some(call_end(None)) };
                match self.control.as_ref().and_then(|id| call.action(id)) {
                    Some(action) if action.is_over() => Some(action_end(action)),
                    _ => (!call.is_live()).then(|| call_end(Some(call))),
                }
            }
        }
    }
}

fn call_end(call: Option<&Call>) -> String {
    match call.and_then(|call| call.end_reason.as_ref()) {
        Some(reason) => format!("call ended: {}", Shown::new(reason.as_ref())),
        None => "call ended".into(),
    }
}

fn action_end(action: &Action) -> String {
    match &action.phase {
        Phase::Done { .. } => action.state.to_string(),
        Phase::Refused(why) => format!("refused: {} {}", why.code, why.message),
        Phase::NotSent(why) => format!("not sent: {why}"),
        Phase::Requested | Phase::Accepted | Phase::Running | Phase::Paused | Phase::Unknown(_) => {
            action.state.to_string()
        }
    }
}

/// An act in the words of the console: a control is named with what it controls.
fn name(command: &Command, model: &Model) -> String {
    match &command.subject {
        Subject::Control { call, control_id, control, .. } => {
            let action = model.call(call).and_then(|call| call.action(control_id));
            let kind = action.map_or(ActionKind::Play, |action| action.kind);
            format!("{} {}", control.suffix(), kind.word()).replace('_', " ")
        }
        _ => catalog::method(command.method)
            .map_or_else(|| command.method.replace('_', " "), |method| method.title.to_lowercase()),
    }
}

/// Who started what a command is about, where that can be told.
fn owner(command: &Command, model: &Model) -> Option<String> {
    let word = |own: bool| Some(if own { "own" } else { "other" }.to_owned());
    match &command.subject {
        Subject::Control { call, control_id, .. } => word(model.call(call)?.action(control_id)?.is_mine()),
        Subject::Call(call) | Subject::Start { call, .. } => {
            // A call that came in was taken by us; one that goes out was dialled by whoever knows its tag.
            let call = model.call(call)?;
            let dialled = call.tag.as_ref().is_some_and(|tag| model.dial(tag).is_some());
            word(dialled || *call.direction.as_ref()? == Direction::Inbound)
        }
        Subject::Link | Subject::Dial(_) | Subject::Probe { .. } => None,
    }
}
