//! What a record says: occurrences as text and back. An event is kept as the frame it came in; everything else as JSON.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalog::{self, ActionKind, Control};
use crate::client::event::Fault;
use crate::client::{
    AppId, Application, By, ClientEvent, LinkState, Outcome, Person, Present, Received, Ticket,
};
use crate::model::{Bulk, Command, Consent, Occurrence, Run, Subject, Why};
use crate::protocol::frame::Reply;
use crate::protocol::{CallId, ControlId, Shown, Tag};
use crate::time::Now;

/// What an occurrence looks like in a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// What sort of occurrence it is, in a word.
    pub kind: &'static str,
    /// The call it is about, if it is about one.
    pub call: Option<CallId>,
    /// All of it.
    pub body: Arc<str>,
}

#[derive(Serialize, Deserialize)]
struct RunBody<'a> {
    version: Cow<'a, str>,
    process: u32,
    person: Cow<'a, str>,
    title: Cow<'a, str>,
    #[serde(default)]
    unread: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum LinkBody<'a> {
    Idle,
    Opening { attempt: u32 },
    Authenticating,
    Up { restored: bool, gaps: u32 },
    Draining,
    Down { attempt: u32, retry_us: u64, why: Cow<'a, str> },
    Refused { why: Cow<'a, str> },
    Closed,
}

#[derive(Serialize, Deserialize)]
struct OutcomeBody<'a> {
    ticket: u64,
    #[serde(flatten)]
    how: How<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    round_trip_us: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum How<'a> {
    Done { body: Cow<'a, Value> },
    Refused { code: Cow<'a, str>, message: Cow<'a, str> },
    NotSent { why: Cow<'a, str> },
    Unknown { why: Cow<'a, str> },
}

#[derive(Serialize, Deserialize)]
struct CommandBody<'a> {
    ticket: u64,
    method: Cow<'a, str>,
    rpc: Cow<'a, str>,
    params: Cow<'a, Value>,
    subject: SubjectBody,
    /// Older records have none, nor those of commands that nobody was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<WhyBody<'a>>,
    /// Older records have none, nor those of whoever sits at this console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<ByBody>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ByBody {
    Person(Arc<Person>),
    Application(AppId),
}

/// A note of somebody else; one of whoever sits at this console is its text alone.
#[derive(Serialize, Deserialize)]
struct NoteBody {
    text: Shown,
    by: ByBody,
}

#[derive(Serialize, Deserialize)]
struct WhyBody<'a> {
    reason: Cow<'a, str>,
    consent: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bulk: Option<BulkBody<'a>>,
}

#[derive(Serialize, Deserialize)]
struct BulkBody<'a> {
    rule: Cow<'a, str>,
    targets: usize,
    position: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
enum SubjectBody {
    Link,
    Call { call: CallId },
    Start { call: CallId, control_id: ControlId, kind: ActionKind, wait_for_beep: bool },
    Control { call: CallId, control_id: ControlId, control: Control, volume: Option<f64> },
    Dial { tag: Tag },
    Probe { call: CallId, control_id: ControlId },
}

#[derive(Serialize, Deserialize)]
struct FaultBody<'a> {
    why: Cow<'a, str>,
    raw: Cow<'a, str>,
}

/// Writes an occurrence.
#[must_use]
pub fn encode(occurrence: &Occurrence, now: Now) -> Coded {
    let coded =
        |kind, call: Option<&CallId>, body: String| Coded { kind, call: call.cloned(), body: body.into() };
    match occurrence {
        Occurrence::Started(run) => {
            let body = RunBody {
                version: run.version.as_str().into(),
                process: run.process,
                person: run.person.as_str().into(),
                title: run.title.as_str().into(),
                unread: run.unread,
            };
            coded("start", None, text(&body))
        }
        Occurrence::Reported(event) => reported(event, now),
        Occurrence::Submitted(command) => {
            let body = CommandBody {
                ticket: command.ticket.0,
                method: command.method.into(),
                rpc: Cow::Borrowed(&command.rpc),
                params: Cow::Borrowed(&command.params),
                subject: SubjectBody::from(&command.subject),
                why: WhyBody::of(&command.why),
                by: ByBody::of(&command.by),
            };
            coded("command", command.subject.call(), text(&body))
        }
        Occurrence::Cleared => coded("clear", None, String::new()),
        Occurrence::Noted { call, text: note, by } => {
            let body = match ByBody::of(by) {
                None => text(note.as_str()),
                Some(by) => text(&NoteBody { text: note.clone(), by }),
            };
            coded("note", Some(call), body)
        }
        Occurrence::Lost(count) => coded("lost", None, count.to_string()),
    }
}

fn reported(event: &ClientEvent, now: Now) -> Coded {
    let coded = |kind, body: String| Coded { kind, call: None, body: body.into() };
    match event {
        ClientEvent::Received(received) => Coded {
            kind: if received.duplicate { "repeat" } else { "event" },
            call: received.event.call_id().cloned(),
            body: received.raw.clone(),
        },
        ClientEvent::Link(link) => coded("link", text(&LinkBody::of(link, now))),
        ClientEvent::Outcome { ticket, outcome, round_trip } => {
            let round_trip_us = round_trip.map(micros);
            coded("outcome", text(&OutcomeBody { ticket: ticket.0, how: How::of(outcome), round_trip_us }))
        }
        ClientEvent::Contexts(contexts) => {
            coded("contexts", text(&contexts.iter().map(Shown::as_str).collect::<Vec<_>>()))
        }
        ClientEvent::Pong(span) => coded("pong", micros(*span).to_string()),
        ClientEvent::Fault(fault) => {
            let body = FaultBody { why: fault.why.as_str().into(), raw: Cow::Borrowed(&fault.raw) };
            coded("fault", text(&body))
        }
        ClientEvent::Application(application) => coded("application", text(application.as_ref())),
        ClientEvent::Owned { call, owner } => {
            Coded { kind: "owner", call: Some(call.clone()), body: owner.0.to_string().into() }
        }
        ClientEvent::Presence(present) => coded("presence", text(present.as_ref())),
    }
}

/// Reads an occurrence that happened at `now`.
///
/// # Errors
/// In words, when the kind is not known or the body does not fit it.
pub fn decode(kind: &str, call: Option<&str>, body: &str, now: Now) -> Result<Occurrence, String> {
    Ok(match kind {
        "event" | "repeat" => {
            let received = Received::read(body.into(), now, kind == "repeat")?;
            Occurrence::Reported(ClientEvent::Received(Arc::new(received)))
        }
        "start" => {
            let RunBody { version, process, person, title, unread } = json(body)?;
            let (version, person, title) = (Shown::new(&version), Shown::new(&person), Shown::new(&title));
            Occurrence::Started(Run { version, process, person, title, unread })
        }
        "command" => Occurrence::Submitted(json::<CommandBody<'_>>(body)?.command(now)),
        "clear" => Occurrence::Cleared,
        "note" => {
            let call = CallId::from(call.ok_or("a note on no call")?);
            if let Ok(NoteBody { text, by }) = json(body) {
                return Ok(Occurrence::Noted { call, text, by: by.into() });
            }
            Occurrence::Noted { call, text: Shown::new(&json::<Cow<'_, str>>(body)?), by: By::Me }
        }
        "lost" => Occurrence::Lost(json(body)?),
        "link" => Occurrence::Reported(ClientEvent::Link(json::<LinkBody<'_>>(body)?.link(now))),
        "outcome" => {
            let OutcomeBody { ticket, how, round_trip_us } = json(body)?;
            let round_trip = round_trip_us.map(Duration::from_micros);
            let outcome = how.outcome();
            Occurrence::Reported(ClientEvent::Outcome { ticket: Ticket(ticket), outcome, round_trip })
        }
        "contexts" => {
            let names: Vec<String> = json(body)?;
            let names = names.iter().map(|name| Shown::new(name)).collect();
            Occurrence::Reported(ClientEvent::Contexts(names))
        }
        "pong" => Occurrence::Reported(ClientEvent::Pong(Duration::from_micros(json(body)?))),
        "fault" => {
            let FaultBody { why, raw } = json(body)?;
            let fault = Fault { now, why: Shown::new(&why), raw: raw.into() };
            Occurrence::Reported(ClientEvent::Fault(Arc::new(fault)))
        }
        "application" => {
            let application: Application = json(body)?;
            Occurrence::Reported(ClientEvent::Application(Arc::new(application)))
        }
        "owner" => {
            let call = CallId::from(call.ok_or("an owner of no call")?);
            Occurrence::Reported(ClientEvent::Owned { call, owner: AppId(json(body)?) })
        }
        "presence" => {
            let present: Vec<Present> = json(body)?;
            Occurrence::Reported(ClientEvent::Presence(present.into()))
        }
        other => {
            return Err(format!("records of kind `{}` are not known to this version", Shown::new(other)));
        }
    })
}

fn text<T: Serialize + ?Sized>(body: &T) -> String {
    // Nothing in it can fail: string keys, finite numbers.
    serde_json::to_string(body).unwrap_or_default()
}

fn json<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, String> {
    serde_json::from_str(body).map_err(|error| error.to_string())
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl<'a> LinkBody<'a> {
    fn of(link: &'a LinkState, now: Now) -> Self {
        match link {
            LinkState::Idle => Self::Idle,
            LinkState::Opening { attempt } => Self::Opening { attempt: *attempt },
            LinkState::Authenticating => Self::Authenticating,
            LinkState::Up { restored, gaps, .. } => Self::Up { restored: *restored, gaps: *gaps },
            LinkState::Draining => Self::Draining,
            LinkState::Down { attempt, retry_at, why } => Self::Down {
                attempt: *attempt,
                retry_us: micros(retry_at.since(now.at)),
                why: why.as_str().into(),
            },
            LinkState::Refused { why } => Self::Refused { why: why.as_str().into() },
            LinkState::Closed => Self::Closed,
        }
    }

    fn link(self, now: Now) -> LinkState {
        match self {
            Self::Idle => LinkState::Idle,
            Self::Opening { attempt } => LinkState::Opening { attempt },
            Self::Authenticating => LinkState::Authenticating,
            Self::Up { restored, gaps } => LinkState::Up { since: now.at, restored, gaps },
            Self::Draining => LinkState::Draining,
            Self::Down { attempt, retry_us, why } => LinkState::Down {
                attempt,
                retry_at: now.at + Duration::from_micros(retry_us),
                why: Shown::new(&why),
            },
            Self::Refused { why } => LinkState::Refused { why: Shown::new(&why) },
            Self::Closed => LinkState::Closed,
        }
    }
}

impl<'a> How<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Done(reply) => Self::Done { body: Cow::Borrowed(&reply.body) },
            Outcome::Refused { code, message } => {
                Self::Refused { code: code.into(), message: message.as_str().into() }
            }
            Outcome::NotSent(why) => Self::NotSent { why: why.as_str().into() },
            Outcome::Unknown(why) => Self::Unknown { why: why.as_str().into() },
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Done { body } => Outcome::Done(Reply::of(body.into_owned())),
            Self::Refused { code, message } => {
                Outcome::Refused { code: code.into_owned(), message: Shown::new(&message) }
            }
            Self::NotSent { why } => Outcome::NotSent(Shown::new(&why)),
            Self::Unknown { why } => Outcome::Unknown(Shown::new(&why)),
        }
    }
}

impl CommandBody<'_> {
    fn command(self, now: Now) -> Command {
        Command {
            ticket: Ticket(self.ticket),
            method: catalog::name_of(&self.method),
            rpc: self.rpc.into(),
            params: Arc::new(self.params.into_owned()),
            subject: self.subject.into(),
            why: self.why.map(Why::from).unwrap_or_default(),
            by: self.by.map(By::from).unwrap_or_default(),
            now,
        }
    }
}

impl ByBody {
    fn of(by: &By) -> Option<Self> {
        match by {
            By::Me => None,
            By::Person(person) => Some(Self::Person(person.clone())),
            By::Application(id) => Some(Self::Application(*id)),
        }
    }
}

impl From<ByBody> for By {
    fn from(body: ByBody) -> Self {
        match body {
            ByBody::Person(person) => Self::Person(person),
            ByBody::Application(id) => Self::Application(id),
        }
    }
}

impl<'a> WhyBody<'a> {
    fn of(why: &'a Why) -> Option<Self> {
        let Why { reason, consent, bulk } = why;
        let bulk = bulk.as_ref().map(|Bulk { rule, targets, position }| BulkBody {
            rule: rule.as_str().into(),
            targets: *targets,
            position: *position,
        });
        let body = Self { reason: reason.as_str().into(), consent: consent.word().into(), bulk };
        (*why != Why::default()).then_some(body)
    }
}

impl From<WhyBody<'_>> for Why {
    fn from(WhyBody { reason, consent, bulk }: WhyBody<'_>) -> Self {
        Self {
            reason: Shown::new(&reason),
            consent: Consent::named(&consent).unwrap_or_default(),
            bulk: bulk.map(|BulkBody { rule, targets, position }| Bulk {
                rule: Shown::new(&rule),
                targets,
                position,
            }),
        }
    }
}

impl From<&Subject> for SubjectBody {
    fn from(subject: &Subject) -> Self {
        match subject.clone() {
            Subject::Link => Self::Link,
            Subject::Call(call) => Self::Call { call },
            Subject::Start { call, control_id, kind, wait_for_beep } => {
                Self::Start { call, control_id, kind, wait_for_beep }
            }
            Subject::Control { call, control_id, control, volume } => {
                Self::Control { call, control_id, control, volume }
            }
            Subject::Dial(tag) => Self::Dial { tag },
            Subject::Probe { call, control_id } => Self::Probe { call, control_id },
        }
    }
}

impl From<SubjectBody> for Subject {
    fn from(body: SubjectBody) -> Self {
        match body {
            SubjectBody::Link => Self::Link,
            SubjectBody::Call { call } => Self::Call(call),
            SubjectBody::Start { call, control_id, kind, wait_for_beep } => {
                Self::Start { call, control_id, kind, wait_for_beep }
            }
            SubjectBody::Control { call, control_id, control, volume } => {
                Self::Control { call, control_id, control, volume }
            }
            SubjectBody::Dial { tag } => Self::Dial(tag),
            SubjectBody::Probe { call, control_id } => Self::Probe { call, control_id },
        }
    }
}
