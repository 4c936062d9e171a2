//! What happens at a hub, as lines: commands and outcomes with who gave them, notes, applications, who is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::json::moment;
use crate::calling::{Client, Witness};
use crate::client::{Application, Claim, ClientEvent, Outcome, Present, Ticket};
use crate::filter::{Blank, Filter, Sight};
use crate::model::{Command, Model, Occurrence, Subject, describe};
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::Now;

/// Lines that wait to be printed; more are lost, and counted.
const WAITING: usize = 16_384;
/// Commands without an outcome that are remembered.
const OPEN: usize = 4_096;

/// One thing that happened, with what was known when it did.
#[derive(Debug)]
pub(super) struct Told {
    /// What any client reports.
    pub event: Option<ClientEvent>,
    /// Whose call it is about.
    pub owner: Option<Shown>,
    /// What only a hub tells.
    pub said: Option<Said>,
}

/// A line that only a hub tells. What is not known of it is left out.
#[derive(Debug, Default, Serialize)]
pub(super) struct Said {
    pub at: String,
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<CallId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control_id: Option<ControlId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Shown>,
    /// Who: a person, or `app:` and the name of an application.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    /// The rest, by its own names.
    #[serde(flatten)]
    more: Map<String, Value>,
    /// The same in words.
    #[serde(skip)]
    words: String,
}

impl Said {
    /// Whoever reads this is known by name: a script is nobody's `me`.
    pub fn named(mut self, me: &Shown) -> Self {
        self.by = self.by.map(|by| if by.as_str() == "me" { me.clone() } else { by });
        self
    }

    /// As a line of text.
    pub fn text(&self) -> String {
        let owner = self.owner.as_ref().map(|owner| format!("{owner:10} ")).unwrap_or_default();
        let call =
            self.call_id.as_ref().map(|id| format!("{}  ", Shown::new(id.as_str()))).unwrap_or_default();
        let by = self.by.as_ref().map(|by| format!("{by}: ")).unwrap_or_default();
        format!("{}  {:24} {owner}{call}{by}{}", self.at, self.kind, self.words)
    }
}

struct Tap {
    queue: mpsc::Sender<Told>,
    lost: Arc<AtomicU64>,
    filter: Option<Filter>,
    open: Open,
}

/// Commands without a certain outcome: an outcome names its command by the ticket alone.
type Open = BTreeMap<Ticket, Asked>;

/// What a command was about.
struct Asked {
    by: Shown,
    method: &'static str,
    call: Option<CallId>,
    control: Option<ControlId>,
}

/// Hears everything that happens from now on; with a filter, only about calls that fit it then. What does not fit into
/// the queue is counted. To be called before the client attaches.
pub(super) fn tap(client: &Client, filter: Option<Filter>) -> (mpsc::Receiver<Told>, Arc<AtomicU64>) {
    let (queue, receiver) = mpsc::channel(WAITING);
    let lost = Arc::new(AtomicU64::new(0));
    client.witness_by(Box::new(Tap { queue, lost: lost.clone(), filter, open: Open::new() }));
    (receiver, lost)
}

impl Witness for Tap {
    fn witness(&mut self, occurrence: &Occurrence, model: &Model, now: Now) {
        let Some(told) = self.told(occurrence, model, now) else { return };
        if self.wants(&told, model, now) && self.queue.try_send(told).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
    }
}

impl Tap {
    /// What is told later of this command is about this.
    fn asked(&mut self, command: &Command, model: &Model) {
        if self.open.len() >= OPEN {
            self.open.pop_first();
        }
        let (call, control) = (command.subject.call().cloned(), command.subject.control_id().cloned());
        let asked = Asked { by: model.name_of(&command.by), method: command.method, call, control };
        self.open.insert(command.ticket, asked);
    }

    fn told(&mut self, occurrence: &Occurrence, model: &Model, now: Now) -> Option<Told> {
        let said = match occurrence {
            Occurrence::Started(_) | Occurrence::Cleared | Occurrence::Lost(_) => return None,
            Occurrence::Submitted(command) => {
                self.asked(command, model);
                submitted(command, model)
            }
            Occurrence::Noted { call, text, by } => {
                let by = Some(model.name_of(by));
                let more = fields(json!({ "text": text }));
                Said { by, words: text.to_string(), more, ..about("note", Some(call), model) }
            }
            Occurrence::Reported(event) => match event {
                ClientEvent::Outcome { ticket, outcome, round_trip } => {
                    let seconds = round_trip.map(|span| span.as_secs_f64());
                    let said = ended(*ticket, outcome, seconds, self.open.get(ticket), model);
                    if !matches!(outcome, Outcome::Unknown(_)) {
                        self.open.remove(ticket);
                    }
                    said
                }
                ClientEvent::Application(application) => this_application(application),
                ClientEvent::Presence(present) => presence(present),
                // It comes with the events of the call.
                ClientEvent::Owned { .. } | ClientEvent::Pong(_) | ClientEvent::Contexts(_) => return None,
                ClientEvent::Link(_) | ClientEvent::Received(_) | ClientEvent::Fault(_) => {
                    let call = match event {
                        ClientEvent::Received(received) => received.event.call_id(),
                        _ => None,
                    };
                    let owner = call.and_then(|id| model.owner(id)).cloned();
                    return Some(Told { event: Some(event.clone()), owner, said: None });
                }
            },
        };
        Some(Told { event: None, owner: None, said: Some(Said { at: moment(now.wall), ..said }) })
    }

    fn wants(&self, told: &Told, model: &Model, now: Now) -> bool {
        let Some(filter) = &self.filter else { return true };
        let sight = Sight { now: now.at, board: &Blank, others: Some(model) };
        let call = |id: &CallId| model.call(id).map(|call| filter.shows(call, &sight));
        match (&told.event, &told.said) {
            (Some(ClientEvent::Received(received)), _) => {
                let dial = || received.event.tag().and_then(|tag| model.dial(tag));
                let of_call = received.event.call_id().and_then(call);
                of_call.or_else(|| Some(filter.shows_dial(dial()?, &sight))).unwrap_or(false)
            }
            (_, Some(said)) => said.call_id.as_ref().and_then(call).unwrap_or(false),
            _ => true,
        }
    }
}

fn about(kind: &'static str, call: Option<&CallId>, model: &Model) -> Said {
    let owner = call.and_then(|id| model.owner(id)).cloned();
    Said { kind, call_id: call.cloned(), owner, ..Said::default() }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn submitted(command: &Command, model: &Model) -> Said {
    let what = describe::params(&command.rpc, &command.params);
    let mut more = fields(json!({ "rpc": command.rpc.as_ref(), "params": command.params.as_ref() }));
    if !command.why.reason.as_str().is_empty() {
        more.insert("reason".into(), json!(command.why.reason));
    }
    if let Subject::Dial(tag) = &command.subject {
        more.insert("tag".into(), json!(tag));
    }
    Said {
        by: Some(model.name_of(&command.by)),
        ticket: Some(command.ticket.0),
        method: Some(command.method),
        control_id: command.subject.control_id().cloned(),
        words: format!("{} {what}", command.method).trim_end().to_owned(),
        more,
        ..about("command", command.subject.call(), model)
    }
}

fn ended(
    ticket: Ticket,
    outcome: &Outcome,
    seconds: Option<f64>,
    act: Option<&Asked>,
    model: &Model,
) -> Said {
    let (word, mut more) = match outcome {
        Outcome::Done(_) => ("done", Map::new()),
        Outcome::Refused { code, message } => {
            ("refused", fields(json!({ "code": code, "message": message })))
        }
        Outcome::NotSent(why) => ("not_sent", fields(json!({ "why": why }))),
        Outcome::Unknown(why) => ("unknown", fields(json!({ "why": why }))),
    };
    let why = more.values().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
    let method = act.map(|act| act.method);
    let words = format!("{} {} {}", method.unwrap_or("command"), word.replace('_', " "), Shown::new(&why));
    more.insert("outcome".into(), word.into());
    more.extend(seconds.map(|seconds| ("round_trip_seconds".to_owned(), json!(seconds))));
    Said {
        by: act.map(|act| act.by.clone()),
        ticket: Some(ticket.0),
        method,
        control_id: act.and_then(|act| act.control.clone()),
        words: words.trim_end().to_owned(),
        more,
        ..about("outcome", act.and_then(|act| act.call.as_ref()), model)
    }
}

fn this_application(application: &Application) -> Said {
    let Application { id, name, agent, dialect, contexts, up, restored, missed, .. } = application;
    let more = json!({ "id": id, "name": name, "agent": agent, "dialect": dialect, "contexts": contexts,
        "up": up, "restored": restored, "missed": missed });
    let state = if *up { "here" } else { "gone" };
    let words = format!("{name} {state} ({agent})");
    Said { kind: "application", words, more: fields(more), ..Said::default() }
}

fn presence(present: &[Present]) -> Said {
    let claim = |claim: &Claim| json!({ "call_id": claim.call, "seconds": claim.age.as_secs_f64() });
    let one = |present: &Present| {
        let claims: Vec<_> = present.claims.iter().map(claim).collect();
        let person = &present.person;
        json!({ "person": person.name, "role": person.role, "from": person.from, "console": person.console,
            "looking": present.looking, "claims": claims })
    };
    let words = present.iter().map(|present| present.person.name.as_str()).collect::<Vec<_>>().join(", ");
    let more = json!({ "present": present.iter().map(one).collect::<Vec<_>>() });
    Said { kind: "presence", words, more: fields(more), ..Said::default() }
}
