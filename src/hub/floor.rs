//! What passes through the hub, understood: applications and their sessions, whose call is whose, what they ask for, and
//! what is asked for through them. Pure: copies of frames and commands in, occurrences and frames of our own out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use super::asked::{Asked, asked};
use super::injector::Injected;
use super::line::{Awaited, CONTEXTS, Line};
use super::lookalike;
use super::mark::Mark;
use super::seen::{PipeId, Seen, Side};
use super::tickets::Tickets;
use crate::client::OURS;
use crate::client::event::Fault;
use crate::client::recall::Recall;
use crate::client::session::limit::ANSWER;
use crate::client::{AppId, Application, By, ClientEvent, Outcome, Received, Submission, Ticket};
use crate::model::{Command, Occurrence, Why, gist};
use crate::protocol::dialect::{Dialect, EventText, Executed, Meaning};
use crate::protocol::event::Event;
use crate::protocol::frame::{self, Frame, Reply, RpcError};
use crate::protocol::secret::without_credentials;
use crate::protocol::{CallId, CallState, ControlId, RequestId, Secret, Shown};
use crate::time::{At, Now};

/// Sessions without a connection that are remembered: one of them may be taken up again.
const SESSIONS: usize = 1_000;
/// Calls of which it is remembered whose they are, at least.
const OWNED: usize = 65_536;
/// Of a command of an application that is longer than this, in bytes, what is long is not kept.
const COMMAND: usize = 16 * 1024;
/// Of such a command a field is kept when it is no longer than this, in bytes.
const FIELD: usize = 1_024;

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Output {
    /// This happened.
    Take(Occurrence, Now),
    /// Put this frame between those of an application.
    Inject {
        /// Whose.
        pipe: PipeId,
        /// The frame.
        text: String,
        /// The command that it carries; none for an acknowledgement. Tell with [`Floor::injected`] what became of it.
        request: Option<RequestId>,
    },
}

/// A session of an application, which may outlive its connection.
#[derive(Debug)]
struct Session {
    told: Application,
    protocol: Secret,
    pipe: Option<PipeId>,
    recall: Recall,
}

/// A command of ours under way.
#[derive(Debug, Clone, Copy)]
struct Ours {
    ticket: Ticket,
    pipe: PipeId,
    sent: At,
}

/// Everything that passes through the hub.
#[derive(Debug)]
pub struct Floor {
    mark: Mark,
    lines: HashMap<PipeId, Line>,
    sessions: BTreeMap<AppId, Session>,
    /// Whose call is whose, in two generations: when the younger is full it becomes the elder.
    owned: [HashMap<CallId, AppId>; 2],
    ours: BTreeMap<u64, Ours>,
    requests: u64,
    /// Tells requests of this run from those of an earlier one.
    run: u32,
    /// Tickets of what applications ask for.
    tickets: Tickets,
    next_session: u64,
    outputs: Vec<Output>,
}

impl Floor {
    /// A floor on which nobody is connected yet. `known` are the applications of earlier runs: their sessions may be taken
    /// up again.
    #[must_use]
    pub fn new(mark: Mark, tickets: Tickets, known: Vec<Application>, run: u32) -> Self {
        let next_session = known.iter().map(|application| application.id.0).max().unwrap_or(0);
        let session = |told: Application| {
            let (protocol, recall) = (Secret::default(), Recall::default());
            (told.id, Session { told: Application { up: false, ..told }, protocol, pipe: None, recall })
        };
        Self {
            mark,
            lines: HashMap::new(),
            sessions: known.into_iter().map(session).collect(),
            owned: Default::default(),
            ours: BTreeMap::new(),
            requests: 0,
            run,
            tickets,
            next_session,
            outputs: Vec::new(),
        }
    }

    /// What is to be done since this was last asked, in order.
    pub fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// When a command of ours has waited too long: see [`Floor::wake`].
    #[must_use]
    pub fn wake_at(&self) -> Option<At> {
        self.ours.first_key_value().map(|(_, ours)| ours.sent + ANSWER)
    }

    /// Gives up what has waited too long.
    pub fn wake(&mut self, now: Now) {
        while let Some((&number, &ours)) = self.ours.first_key_value()
            && ours.sent + ANSWER <= now.at
        {
            self.ours.remove(&number);
            let why = format!("no answer within {} s", ANSWER.as_secs());
            self.outcome(ours.ticket, Outcome::Unknown(Shown::new(&why)), None, now);
        }
    }

    /// Takes what was seen of a connection. `listener` is the name of the one that it came by.
    pub fn seen(&mut self, seen: Seen, listener: Option<&Shown>, now: Now) {
        match seen {
            Seen::Opened { pipe, user_agent, .. } => {
                self.lines.insert(pipe, Line::new(listener.cloned(), user_agent.as_deref()));
            }
            Seen::Message { pipe, from, bytes, ours, .. } => {
                let Ok(text) = std::str::from_utf8(&bytes) else { return };
                match from {
                    Side::Application => self.application_said(pipe, text, now),
                    Side::Service if ours => {
                        // Here the mark is ours alone to know.
                        let text = text.replace(self.mark.word(), OURS);
                        self.service_said(pipe, &text, true, now);
                    }
                    Side::Service => self.service_said(pipe, &lookalike::renamed(text), false, now),
                }
            }
            Seen::Lost { pipe, count } => self.missed(pipe, count, now),
            Seen::Closed { pipe, .. } => self.closed(pipe, now),
        }
    }

    /// Sends a command over the connection of the application that it is for.
    pub fn submit(&mut self, submission: &Submission, now: Now) {
        let Submission { ticket, rpc, params, via } = submission;
        let session = via.and_then(|id| self.sessions.get(&id));
        let line = session.and_then(|session| Some((session, session.pipe?)));
        let Some((session, pipe)) = line else {
            let why = match session {
                Some(session) => format!("{} is not connected", session.told.name),
                None => "the application of this call is not connected".to_owned(),
            };
            return self.outcome(*ticket, Outcome::NotSent(Shown::new(&why)), None, now);
        };
        self.requests += 1;
        let id = RequestId::from(format!("{}{:08x}-{}", self.mark.word(), self.run, self.requests));
        let mut params = Value::clone(params);
        marked(&mut params, self.mark.word());
        let (dialect, protocol) = (session.told.dialect, session.protocol.reveal());
        let text = dialect.command(&id, Some(protocol), rpc, &params);
        self.ours.insert(self.requests, Ours { ticket: *ticket, pipe, sent: now.at });
        self.outputs.push(Output::Inject { pipe, text, request: Some(id) });
    }

    /// Takes what became of a frame of ours.
    pub fn injected(&mut self, request: &RequestId, injected: Injected, now: Now) {
        let Some(number) = self.number(request.as_str()) else { return };
        let why = match injected {
            Injected::Written => return,
            Injected::NotWritten(obstacle) => Outcome::NotSent(Shown::new(&obstacle.to_string())),
            Injected::Unknown => Outcome::Unknown("the connection was lost while it was sent".into()),
        };
        if let Some(ours) = self.ours.remove(&number) {
            self.outcome(ours.ticket, why, None, now);
        }
    }

    /// The number of a request of ours of this run.
    fn number(&self, id: &str) -> Option<u64> {
        let rest = id.strip_prefix(OURS).or_else(|| id.strip_prefix(self.mark.word()))?;
        let (run, number) = rest.split_once('-')?;
        (run == format!("{:08x}", self.run)).then(|| number.parse().ok()).flatten()
    }

    fn take(&mut self, event: ClientEvent, now: Now) {
        self.outputs.push(Output::Take(Occurrence::Reported(event), now));
    }

    fn outcome(&mut self, ticket: Ticket, outcome: Outcome, round_trip: Option<Duration>, now: Now) {
        self.take(ClientEvent::Outcome { ticket, outcome, round_trip }, now);
    }

    fn application_said(&mut self, pipe: PipeId, text: &str, now: Now) {
        // Answers are the application's own affair.
        let Ok(Frame::Request { id: Some(id), method, params }) = Frame::parse(text) else { return };
        let Some(line) = self.lines.get_mut(&pipe) else { return };
        // What it says before it has logged in may be nonsense.
        if line.app.is_none() {
            line.dialect = Some(Dialect::of(&method));
        }
        let dialect = line.dialect.unwrap_or_default();
        let Ok(id) = serde_json::from_str::<String>(id.get()).map(RequestId::from) else { return };
        let awaited = match dialect.meaning(&method, params) {
            Meaning::Login(params) => {
                line.login(params);
                Awaited::Login
            }
            Meaning::Setup(params) => {
                line.setup(params);
                Awaited::Setup
            }
            Meaning::Contexts { add, command } => Awaited::Contexts { add, names: names(&command, line) },
            Meaning::Command(command) => match self.commanded(pipe, &command, now) {
                Some(ticket) => Awaited::Command { ticket, sent: now.at },
                None => return,
            },
            _ => return,
        };
        let forgotten = self.lines.get_mut(&pipe).and_then(|line| line.awaits(id, awaited));
        if let Some(Awaited::Command { ticket, .. }) = forgotten {
            let why = "the application asks for more than can be followed".into();
            self.outcome(ticket, Outcome::Unknown(why), None, now);
        }
    }

    /// Notes a command of an application.
    fn commanded(&mut self, pipe: PipeId, command: &Executed<'_>, now: Now) -> Option<Ticket> {
        let line = self.lines.get(&pipe)?;
        let app = line.app?;
        let raw = command.params.map_or("{}", RawValue::get);
        let mut params: Value = serde_json::from_str(&line.scrubber.scrub(raw)).ok()?;
        lookalike::rename(&mut params);
        let Asked { method, subject } = asked(&command.method, &params)?;
        if raw.len() > COMMAND {
            cut(&mut params);
        }
        let ticket = self.tickets.give();
        let command = Command {
            ticket,
            method,
            rpc: Arc::from(&*command.method),
            params: Arc::new(without_credentials(&params).into_owned()),
            subject,
            by: By::Application(app),
            why: Why::default(),
            now,
        };
        self.outputs.push(Output::Take(Occurrence::Submitted(command), now));
        Some(ticket)
    }

    fn service_said(&mut self, pipe: PipeId, text: &str, ours: bool, now: Now) {
        let Some(line) = self.lines.get(&pipe) else { return };
        // The service speaks first to nobody.
        let Some(dialect) = line.dialect else { return };
        if let Some(EventText { id, envelope, .. }) = dialect.event_text(text) {
            return self.event(pipe, id, &envelope, text, ours, now);
        }
        match Frame::parse(text) {
            Ok(Frame::Response { id: Some(id), result }) => self.answered(pipe, &id, Ok(result), ours, now),
            Ok(Frame::Refusal { id: Some(id), error }) => self.answered(pipe, &id, Err(&error), ours, now),
            Ok(Frame::Request { id, method, params }) => {
                if let Meaning::Event(told) = dialect.meaning(&method, params)
                    && let Some(Ok(envelope)) = told.body.map(|body| serde_json::from_str(body.get()))
                {
                    self.event(pipe, id, &envelope, text, ours, now);
                }
            }
            Ok(Frame::Response { .. } | Frame::Refusal { .. }) => {}
            Err(error) => {
                let fault = Fault::of(text, &error.to_string(), &line.scrubber, now);
                self.take(ClientEvent::Fault(Arc::new(fault)), now);
            }
        }
    }

    fn event(
        &mut self,
        pipe: PipeId,
        id: Option<&RawValue>,
        envelope: &crate::protocol::event::Envelope<'_>,
        text: &str,
        ours: bool,
        now: Now,
    ) {
        let Some(line) = self.lines.get_mut(&pipe) else { return };
        let Some(app) = line.app else { return };
        let Some(session) = self.sessions.get_mut(&app) else { return };
        let received = Received::take(id, envelope, text, &mut line.scrubber, &mut session.recall, now);
        let acknowledges = session.told.dialect.acknowledges();
        // The owner is told right before what makes a call known; what is over makes none known.
        let makes_known = received.event.call_id().filter(|_| gist::goes_on(&received.event));
        if let Some(call) = makes_known.filter(|call| self.owner(call) != Some(app)) {
            let call = call.clone();
            self.own(call.clone(), app);
            self.take(ClientEvent::Owned { call, owner: app }, now);
        }
        let over = matches!(&received.event, Event::State(status) if status.call_state == CallState::Ended);
        let ended = over.then(|| received.event.call_id().cloned()).flatten();
        self.take(ClientEvent::Received(Arc::new(received)), now);
        if let Some(call) = ended {
            for owned in &mut self.owned {
                owned.remove(&call);
            }
        }
        if let Some(id) = id.filter(|_| ours && acknowledges) {
            // Nobody else will: the application never sees it.
            self.outputs.push(Output::Inject { pipe, text: frame::ack(id), request: None });
        }
    }

    fn owner(&self, call: &CallId) -> Option<AppId> {
        self.owned.iter().find_map(|owned| owned.get(call)).copied()
    }

    fn own(&mut self, call: CallId, app: AppId) {
        let [young, old] = &mut self.owned;
        old.remove(&call);
        young.insert(call, app);
        if young.len() >= OWNED {
            std::mem::swap(young, old);
            young.clear();
        }
    }

    fn answered(
        &mut self,
        pipe: PipeId,
        id: &RequestId,
        how: Result<&RawValue, &RpcError>,
        ours: bool,
        now: Now,
    ) {
        // An answer without the mark is to a request of the application, whatever its id looks like.
        if let Some(number) = self.number(id.as_str()).filter(|_| ours) {
            let Some(ours) = self.ours.remove(&number) else { return };
            let outcome = self.outcome_of(pipe, how);
            return self.outcome(ours.ticket, outcome, Some(now.at.since(ours.sent)), now);
        }
        let Some(line) = self.lines.get_mut(&pipe) else { return };
        match line.answered(id) {
            None => {}
            Some(Awaited::Login | Awaited::Setup) => {
                let dialect = line.dialect.unwrap_or_default();
                let granted = how.ok().and_then(|result| dialect.granted_protocol(result));
                if let Some(protocol) = granted {
                    let protocol = line.granted(protocol);
                    self.logged_in(pipe, protocol, now);
                }
            }
            Some(Awaited::Contexts { add, names }) => {
                let outcome = self.outcome_of(pipe, how);
                if let (Outcome::Done(_), Some(line)) = (outcome, self.lines.get_mut(&pipe)) {
                    line.contexts_changed(add, names);
                    self.tell_application(pipe, now);
                }
            }
            Some(Awaited::Command { ticket, sent }) => {
                let outcome = self.outcome_of(pipe, how);
                self.outcome(ticket, outcome, Some(now.at.since(sent)), now);
            }
        }
    }

    fn outcome_of(&self, pipe: PipeId, how: Result<&RawValue, &RpcError>) -> Outcome {
        let Some(line) = self.lines.get(&pipe) else { return Outcome::Unknown(Shown::default()) };
        let dialect = line.dialect.unwrap_or_default();
        match how {
            Ok(result) => {
                let reply: Reply = dialect.reply(&line.scrubber.scrub(result.get()));
                if dialect.is_success(&reply) {
                    return Outcome::Done(reply);
                }
                Outcome::Refused { message: Shown::new(&reply.message), code: reply.code }
            }
            Err(RpcError { code, message }) => Outcome::Refused {
                code: code.to_string(),
                message: Shown::new(&line.scrubber.scrub(message)),
            },
        }
    }

    /// An application has a session: a new one, or one that is known.
    fn logged_in(&mut self, pipe: PipeId, protocol: Secret, now: Now) {
        let Some(line) = self.lines.get_mut(&pipe) else { return };
        let session = self.mark.print(protocol.reveal());
        let known = self.sessions.iter().find(|(_, known)| known.told.session == session).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| {
            self.next_session += 1;
            AppId(self.next_session)
        });
        let left = line.app.replace(id).filter(|before| *before != id);
        let told = Application {
            id,
            session,
            name: line.name(id),
            agent: if line.agent.as_str().is_empty() { line.user_agent.clone() } else { line.agent.clone() },
            dialect: line.dialect.unwrap_or_default(),
            contexts: line.contexts.clone(),
            up: true,
            restored: known.is_some() || line.resumes.as_ref() == Some(&protocol),
            missed: 0,
        };
        if let Some(left) = left {
            self.left(left, pipe, now);
        }
        match self.sessions.get_mut(&id) {
            Some(session) => {
                // Whoever had it before has lost it.
                let before = session.pipe.replace(pipe).filter(|before| *before != pipe);
                let missed = session.told.missed;
                let contexts = merged(&session.told.contexts, &told.contexts);
                session.told = Application { missed, contexts, ..told };
                session.protocol = protocol;
                session.recall.next_connection();
                if let Some(before) = before {
                    self.lines.get_mut(&before).into_iter().for_each(|line| line.app = None);
                }
            }
            None => {
                let mut recall = Recall::default();
                recall.next_connection();
                self.sessions.insert(id, Session { told, protocol, pipe: Some(pipe), recall });
                self.forget_sessions();
            }
        }
        self.name_apart(id);
        self.tell(id, now);
    }

    /// Of several with one name the later ones get a number.
    fn name_apart(&mut self, id: AppId) {
        let Some(name) = self.sessions.get(&id).map(|session| session.told.name.clone()) else { return };
        let taken = |name: &Shown| {
            self.sessions.iter().any(|(other, it)| *other != id && it.told.up && it.told.name == *name)
        };
        let mut candidates = std::iter::once(name.clone())
            .chain((2..=SESSIONS).map(|number| Shown::new(&format!("{name}#{number}"))));
        let free = candidates.find(|candidate| !taken(candidate)).unwrap_or(name);
        if let Some(session) = self.sessions.get_mut(&id) {
            session.told.name = free;
        }
    }

    fn tell(&mut self, id: AppId, now: Now) {
        if let Some(session) = self.sessions.get(&id) {
            let told = Arc::new(session.told.clone());
            self.take(ClientEvent::Application(told), now);
        }
    }

    /// What is known of the application of a connection changed.
    fn tell_application(&mut self, pipe: PipeId, now: Now) {
        let Some((line, id)) = self.lines.get(&pipe).and_then(|line| Some((line, line.app?))) else { return };
        let (contexts, name) = (line.contexts.clone(), line.name(id));
        if let Some(session) = self.sessions.get_mut(&id) {
            (session.told.contexts, session.told.name) = (contexts, name);
            self.name_apart(id);
            self.tell(id, now);
        }
    }

    fn missed(&mut self, pipe: PipeId, count: u64, now: Now) {
        let Some(id) = self.lines.get(&pipe).and_then(|line| line.app) else { return };
        if let Some(session) = self.sessions.get_mut(&id) {
            session.told.missed += count;
            self.tell(id, now);
        }
    }

    fn closed(&mut self, pipe: PipeId, now: Now) {
        let Some(mut line) = self.lines.remove(&pipe) else { return };
        let lost: Vec<u64> =
            self.ours.iter().filter(|(_, ours)| ours.pipe == pipe).map(|(number, _)| *number).collect();
        let lost = lost.into_iter().filter_map(|number| self.ours.remove(&number)).map(|ours| ours.ticket);
        let theirs = line.give_up().filter_map(|awaited| match awaited {
            Awaited::Command { ticket, .. } => Some(ticket),
            _ => None,
        });
        for ticket in lost.collect::<Vec<_>>().into_iter().chain(theirs) {
            let why = "the application's connection was lost before the answer came".into();
            self.outcome(ticket, Outcome::Unknown(why), None, now);
        }
        if let Some(id) = line.app {
            self.left(id, pipe, now);
        }
    }

    /// A session has this connection no more.
    fn left(&mut self, id: AppId, pipe: PipeId, now: Now) {
        if let Some(session) = self.sessions.get_mut(&id).filter(|session| session.pipe == Some(pipe)) {
            session.pipe = None;
            session.told.up = false;
            self.tell(id, now);
        }
    }

    fn forget_sessions(&mut self) {
        while self.sessions.len() > SESSIONS {
            let idle = self.sessions.iter().find(|(_, session)| session.pipe.is_none()).map(|(id, _)| *id);
            let Some(id) = idle else { return };
            self.sessions.remove(&id);
        }
    }
}

/// Both lists, each context once.
fn merged(one: &[Shown], other: &[Shown]) -> Vec<Shown> {
    let new = other.iter().filter(|context| !one.contains(context));
    one.iter().chain(new).take(CONTEXTS).cloned().collect()
}

/// The contexts that a command names, whichever way.
fn names(command: &Executed<'_>, line: &Line) -> Vec<Shown> {
    let params: Value =
        command.params.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let many = params["contexts"].as_array().into_iter().flatten();
    let all = many.chain(params.get("context")).filter_map(Value::as_str).take(CONTEXTS);
    all.map(|name| Shown::new(&line.scrubber.scrub(name))).collect()
}

/// Puts words in the place of fields that are long.
fn cut(params: &mut Value) {
    let Value::Object(fields) = params else { return };
    for value in fields.values_mut() {
        let length = value.to_string().len();
        if length > FIELD {
            *value = format!("({length} bytes, not kept)").into();
        }
    }
    // There may be very many short ones.
    let mut room = COMMAND;
    fields.retain(|key, value| {
        let length = key.len() + value.to_string().len();
        let fits = length <= room;
        room -= if fits { length } else { 0 };
        fits
    });
}

/// On the wire the mark stands for [`OURS`], which ids of operations and tags of ours begin with.
fn marked(params: &mut Value, mark: &str) {
    match params {
        Value::Object(fields) => {
            for (key, value) in fields {
                if !lookalike::FIELDS.contains(&key.as_str()) {
                    marked(value, mark);
                    continue;
                }
                let text = value.as_str().unwrap_or_default();
                if let Some(rest) = text.strip_prefix(OURS) {
                    *value = format!("{mark}{rest}").into();
                } else if let Some(theirs) = lookalike::as_it_is(text) {
                    *value = theirs.into();
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| marked(value, mark)),
        _ => {}
    }
}

/// Whether an id is one that a console may give: nobody else's can be like it.
#[must_use]
pub fn is_of_a_console(id: &ControlId) -> bool {
    let text = id.as_str();
    text.strip_prefix(OURS).is_some_and(|rest| {
        (8..=64).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}
