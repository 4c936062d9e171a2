//! The connection as a pure machine: login, resume, correlation, acknowledgement, pings, deadlines.
//!
//! It is one machine for both dialects: what is wrapped differently is in [`Dialect`], and only the login has steps
//! that the other has not.

mod login;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::backoff::Backoff;
use super::event::{ClientEvent, Fault, LinkState, Outcome, Received, Submission, Ticket};
use super::recall::Recall;
use crate::protocol::dialect::{Dialect, EventText, Feed, Meaning, Told};
use crate::protocol::event::Envelope;
use crate::protocol::frame::{self, Frame, RpcError, code};
use crate::protocol::id::IdSource;
use crate::protocol::secret::Scrubber;
use crate::protocol::session::{Contexts, Disconnect};
use crate::protocol::{RequestId, Secret, Shown};
use crate::time::{At, Now};

/// Who we are to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Project id and API token.
    Token {
        /// Project id.
        project: Secret,
        /// API token.
        token: Secret,
    },
    /// A JWT; the project is inside it, or given beside it.
    Jwt {
        /// Project id, when it is not to be read from the token.
        project: Option<Secret>,
        /// The token.
        jwt: Secret,
    },
}

impl Credentials {
    /// The project id, where it is given.
    #[must_use]
    pub const fn project(&self) -> Option<&Secret> {
        match self {
            Self::Token { project, .. } => Some(project),
            Self::Jwt { project, .. } => project.as_ref(),
        }
    }
}

/// What a session is made with.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// How calling is wrapped.
    pub dialect: Dialect,
    /// Who we are.
    pub credentials: Credentials,
    /// Contexts whose inbound calls we take from the start.
    pub contexts: Vec<String>,
    /// Where request ids come from.
    pub ids: IdSource,
    /// Seed of the reconnect jitter.
    pub jitter_seed: u64,
}

/// What can happen to a connection.
#[derive(Debug)]
pub enum Input<'a> {
    /// Connect, or try again now.
    Connect,
    /// The socket is open.
    Opened,
    /// A text frame arrived.
    Text(&'a str),
    /// Something arrived that is no frame but a sign of life: a WebSocket ping or pong.
    Alive,
    /// Something arrived that is no text.
    NotText(&'a str),
    /// The socket is gone, or could not be opened.
    Closed {
        /// Why.
        why: Shown,
        /// Requests that never left.
        unsent: Vec<RequestId>,
    },
    /// A command to send.
    Submit(Submission),
    /// Time has come for something: see [`Session::wake_at`].
    Wake,
    /// The socket is gone for good; it was us who closed it.
    Shutdown {
        /// Requests that never left.
        unsent: Vec<RequestId>,
    },
}

/// What a connection wants done.
#[derive(Debug)]
pub enum Output {
    /// Open a socket; report with [`Input::Opened`] or [`Input::Closed`].
    Open,
    /// Send a text frame. Carries its id when it is a command whose fate matters.
    Send {
        /// The frame.
        text: String,
        /// The command it carries.
        request: Option<RequestId>,
    },
    /// Send the acknowledgement of the event that was reported last, once it is kept for good.
    Acknowledge(String),
    /// Close the socket; report with [`Input::Closed`].
    Close {
        /// Why, for the line that says so.
        why: Shown,
    },
    /// Tell the rest of the program.
    Event(ClientEvent),
}

/// How long things may take.
pub mod limit {
    use std::time::Duration;

    /// A command without an answer for so long is unknown. The link does not suffer for it.
    pub const ANSWER: Duration = Duration::from_secs(10);
    /// Silence after which we ask whether the peer is there.
    pub const SILENCE: Duration = Duration::from_secs(15);
    /// The same in Blade, whose clients ping that often (relay-protocol 1.11).
    pub const SILENCE_BLADE: Duration = Duration::from_secs(10);
    /// Further silence after which the link is dead.
    pub const PROBE: Duration = Duration::from_secs(5);
    /// A connection that held so long starts the back-off over.
    pub const STABLE: Duration = Duration::from_secs(60);
    /// How long the server may take to close after it said it would.
    pub const DRAIN: Duration = Duration::from_secs(5);
    /// Commands in flight.
    pub const IN_FLIGHT: usize = 256;
    /// Bytes of a command. More would not fit the socket's write buffer at once.
    pub const COMMAND: usize = 512 * 1024;
}

#[derive(Debug)]
enum Awaited {
    Login(Step),
    Ping,
    /// The contexts of the account, in a dialect whose login does not name them.
    Contexts(Vec<String>),
    Command {
        ticket: Ticket,
        contexts: Option<ContextChange>,
    },
}

/// Which step of a login is under way. The current dialect has the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Connect,
    Setup,
    Subscription,
}

/// By what a session is picked up again.
#[derive(Debug, Default)]
struct Handle {
    protocol: Option<Secret>,
    authorization_state: Option<Secret>,
    sessionid: Option<Secret>,
}

#[derive(Debug)]
struct ContextChange {
    add: bool,
    names: Vec<String>,
}

#[derive(Debug)]
struct Pending {
    awaited: Awaited,
    sent: At,
    deadline: Deadline,
}

/// When an answer is due, and the number of its request: among equals the order of sending.
type Deadline = (At, u64);

/// The connection machine. It has no socket and no clock.
#[derive(Debug)]
pub struct Session {
    config: SessionConfig,
    /// Contexts that are wanted.
    contexts: BTreeSet<String>,
    /// Of these, the ones whose inbound calls the service gives us on this connection.
    granted: BTreeSet<String>,
    link: LinkState,
    gaps: u32,
    ever_up: bool,
    handle: Handle,
    /// The login asks for a session that was there before.
    resuming: bool,
    /// It has got that session, as far as the login has come.
    resumed: bool,
    pending: HashMap<RequestId, Pending>,
    deadlines: BTreeMap<Deadline, RequestId>,
    requests: u64,
    /// Requests that nobody waits for any more and that may yet be answered, oldest first.
    overdue: IndexMap<RequestId, Awaited>,
    recall: Recall,
    scrubber: Scrubber,
    backoff: Backoff,
    last_heard: At,
    last_ping: At,
    drain_until: At,
    /// When the latest attempt to connect began.
    attempted: At,
    /// Stale session data was dropped; the login is tried once more without waiting.
    retry_at_once: bool,
    reading: bool,
}

impl Session {
    /// A session that has not connected yet.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        let mut scrubber = Scrubber::default();
        match &config.credentials {
            Credentials::Token { project, token } => {
                scrubber.learn(token);
                scrubber.learn(project);
            }
            Credentials::Jwt { project, jwt } => {
                scrubber.learn(jwt);
                project.iter().for_each(|project| scrubber.learn(project));
            }
        }
        Self {
            contexts: config.contexts.iter().cloned().collect(),
            granted: BTreeSet::new(),
            backoff: Backoff::new(config.jitter_seed),
            config,
            link: LinkState::Idle,
            gaps: 0,
            ever_up: false,
            handle: Handle::default(),
            resuming: false,
            resumed: false,
            pending: HashMap::new(),
            deadlines: BTreeMap::new(),
            requests: 0,
            overdue: IndexMap::new(),
            recall: Recall::default(),
            scrubber,
            last_heard: At::default(),
            last_ping: At::default(),
            drain_until: At::default(),
            attempted: At::default(),
            retry_at_once: false,
            reading: true,
        }
    }

    /// The truth about the link.
    #[must_use]
    pub const fn link(&self) -> &LinkState {
        &self.link
    }

    /// Tells the session whether its socket is being read. While it is not (somebody downstream is slow), silence
    /// proves nothing.
    pub fn set_reading(&mut self, reading: bool, now: Now) {
        if reading && !self.reading {
            self.last_heard = now.at;
        }
        self.reading = reading;
    }

    /// From now on these events were seen before, and no others: what is not kept is news when it comes again.
    pub fn remember(&mut self, events: &[Arc<Received>]) {
        self.recall = Recall::default();
        self.recall.next_connection();
        for event in events {
            if let Some(EventText { id, envelope, .. }) = EventText::parse(&event.raw) {
                let body = envelope.params.map_or("null", RawValue::get);
                self.recall.seen(id.map(RawValue::get), envelope.timestamp, &envelope.event_type, body);
            }
        }
    }

    /// Takes one input and says what is to be done about it, in order.
    pub fn handle(&mut self, input: Input<'_>, now: Now, out: &mut Vec<Output>) {
        match input {
            Input::Connect => self.connect(now, out),
            Input::Opened => self.opened(now, out),
            Input::Text(text) => {
                self.last_heard = now.at;
                self.text(text, now, out);
            }
            Input::Alive => self.last_heard = now.at,
            Input::NotText(what) => {
                self.last_heard = now.at;
                self.fault("a frame that is no text was passed over", what, now, out);
            }
            Input::Closed { why, unsent } => self.closed(&why, &unsent, now, out),
            Input::Submit(submission) => self.submit(submission, now, out),
            Input::Wake => self.wake(now, out),
            Input::Shutdown { unsent } => {
                self.fail_pending(&unsent, "the connection was closed", out);
                self.set_link(LinkState::Closed, out);
            }
        }
    }

    /// When [`Input::Wake`] is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<At> {
        let deadline = self.deadlines.first_key_value().map(|((at, _), _)| *at);
        let other = match &self.link {
            LinkState::Up { .. } => Some(self.next_ping_step()),
            LinkState::Draining => Some(self.drain_until),
            LinkState::Down { retry_at, .. } => Some(*retry_at),
            _ => None,
        };
        deadline.into_iter().chain(other).min()
    }

    /// The next ping, or the end of the patience with a peer that says nothing at all.
    fn next_ping_step(&self) -> At {
        let silence = self.silence();
        if self.probing() {
            (self.last_ping + limit::PROBE).max(self.last_heard + silence + limit::PROBE)
        } else {
            self.last_ping + silence
        }
    }

    /// Silence after which we ask whether the peer is there.
    const fn silence(&self) -> Duration {
        match self.config.dialect {
            Dialect::Current => limit::SILENCE,
            Dialect::Blade => limit::SILENCE_BLADE,
        }
    }

    /// A ping is out and nothing at all has been heard since.
    fn probing(&self) -> bool {
        self.reading && self.last_ping > self.last_heard
    }

    fn set_link(&mut self, link: LinkState, out: &mut Vec<Output>) {
        self.link = link.clone();
        out.push(Output::Event(ClientEvent::Link(link)));
    }

    fn connect(&mut self, now: Now, out: &mut Vec<Output>) {
        match &self.link {
            LinkState::Idle | LinkState::Refused { .. } => self.open(1, now, out),
            LinkState::Down { attempt, why, .. } => {
                let (attempt, why) = (*attempt, why.clone());
                self.link = LinkState::Down { attempt, retry_at: now.at, why };
                self.wake(now, out);
            }
            _ => {}
        }
    }

    fn open(&mut self, attempt: u32, now: Now, out: &mut Vec<Output>) {
        self.attempted = now.at;
        self.set_link(LinkState::Opening { attempt }, out);
        out.push(Output::Open);
    }

    /// Registers the request before it leaves: its answer cannot come too early.
    fn send(&mut self, id: RequestId, text: String, awaited: Awaited, now: Now, out: &mut Vec<Output>) {
        self.requests += 1;
        let deadline = (now.at + limit::ANSWER, self.requests);
        self.deadlines.insert(deadline, id.clone());
        self.pending.insert(id.clone(), Pending { awaited, sent: now.at, deadline });
        out.push(Output::Send { text, request: Some(id) });
    }

    fn command(&self, id: &RequestId, rpc: &str, params: &impl serde::Serialize) -> String {
        let protocol = self.handle.protocol.as_ref().map(Secret::reveal);
        self.config.dialect.command(id, protocol, rpc, params)
    }

    fn submit(&mut self, submission: Submission, now: Now, out: &mut Vec<Output>) {
        let Submission { ticket, rpc, params, .. } = submission;
        let id: RequestId = self.config.ids.next();
        let text = self.command(&id, &rpc, &params);
        let refuse = if let Some(why) = self.link.why_not() {
            Some(why)
        } else if self.pending.len() >= limit::IN_FLIGHT {
            Some("too many commands are waiting for an answer; try again in a moment".into())
        } else if text.len() > limit::COMMAND {
            Some("the command is larger than half a megabyte".into())
        } else {
            None
        };
        if let Some(why) = refuse {
            let outcome = Outcome::NotSent(why);
            out.push(Output::Event(ClientEvent::Outcome { ticket, outcome, round_trip: None }));
            return;
        }
        let contexts = context_change(&rpc, &params);
        self.send(id, text, Awaited::Command { ticket, contexts }, now, out);
    }

    fn text(&mut self, text: &str, now: Now, out: &mut Vec<Output>) {
        if let Some(event) = self.config.dialect.event_text(text) {
            let EventText { id, protocol, feed, envelope } = event;
            if self.is_for_us(protocol.as_deref(), feed, text, now, out) {
                self.take_event(id, &envelope, text, now, out);
            }
            return;
        }
        match Frame::parse(text) {
            Ok(Frame::Request { id, method, params }) => {
                let meaning = self.config.dialect.meaning(&method, params);
                self.server_request(&method, id, meaning, text, now, out);
            }
            Ok(Frame::Response { id, result }) => self.answer(id.as_ref(), Ok(result), text, now, out),
            Ok(Frame::Refusal { id, error }) => self.answer(id.as_ref(), Err(error), text, now, out),
            Err(error) => self.fault(&error.to_string(), text, now, out),
        }
    }

    /// What an answer is to, and when that was sent; no time for an answer that comes too late to be waited for.
    fn take(&mut self, id: Option<&RequestId>) -> Option<(Awaited, Option<At>)> {
        let id = id?;
        if let Some(Pending { awaited, sent, deadline }) = self.pending.remove(id) {
            self.deadlines.remove(&deadline);
            return Some((awaited, Some(sent)));
        }
        Some((self.overdue.shift_remove(id)?, None))
    }

    fn answer(
        &mut self,
        id: Option<&RequestId>,
        answer: Result<&RawValue, RpcError>,
        text: &str,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        let Some((awaited, sent)) = self.take(id) else {
            return self.fault("an answer to no request of ours was passed over", text, now, out);
        };
        let round_trip = sent.map(|sent| now.at - sent);
        match awaited {
            // The server may have sent us away meanwhile.
            Awaited::Login(_) if self.link != LinkState::Authenticating => {}
            Awaited::Login(step) => match answer {
                Ok(result) => self.login_step(step, result, now, out),
                Err(error) => self.login_refused(&error, out),
            },
            Awaited::Contexts(names) => self.contexts_answered(names, answer, text, now, out),
            Awaited::Ping => out.extend(round_trip.map(|span| Output::Event(ClientEvent::Pong(span)))),
            Awaited::Command { ticket, contexts } => {
                let outcome = self.outcome(answer);
                if let (Outcome::Done(_), Some(change)) = (&outcome, contexts) {
                    self.change_contexts(change, out);
                }
                out.push(Output::Event(ClientEvent::Outcome { ticket, outcome, round_trip }));
            }
        }
    }

    fn outcome(&self, answer: Result<&RawValue, RpcError>) -> Outcome {
        match answer {
            Ok(result) => {
                let dialect = self.config.dialect;
                let reply = dialect.reply(&self.scrubber.scrub(result.get()));
                if dialect.is_success(&reply) {
                    Outcome::Done(reply)
                } else {
                    Outcome::Refused { message: Shown::new(&reply.message), code: reply.code }
                }
            }
            Err(error) => Outcome::Refused {
                code: error.code.to_string(),
                message: Shown::new(&self.scrubber.scrub(&error.message)),
            },
        }
    }

    fn server_request(
        &mut self,
        method: &str,
        id: Option<&RawValue>,
        meaning: Meaning<'_>,
        text: &str,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        let reply = |out: &mut Vec<Output>, text: String| out.push(Output::Send { text, request: None });
        match meaning {
            Meaning::Event(Told { protocol, feed, body }) => {
                if self.is_for_us(protocol.as_deref(), feed, text, now, out) {
                    self.odd_event(id, body, text, now, out);
                }
            }
            Meaning::Ping(_) => id.into_iter().for_each(|id| reply(out, frame::ack(id))),
            Meaning::Netcast(_) => {}
            Meaning::Disconnect(params) => {
                // In Blade nobody answers it.
                let id = id.filter(|_| self.config.dialect.acknowledges());
                id.into_iter().for_each(|id| reply(out, frame::ack(id)));
                let disconnect: Disconnect =
                    params.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
                if disconnect.restart == Some(true) {
                    self.handle = Handle::default();
                }
                self.back_off_anew_if_stable(now);
                if self.link != LinkState::Draining {
                    self.drain_until = now.at + limit::DRAIN;
                    self.set_link(LinkState::Draining, out);
                }
            }
            Meaning::Broken(why) => self.fault(&format!("a frame could not be read: {why}"), text, now, out),
            _ => {
                if let Some(id) = id {
                    let error = RpcError { code: code::METHOD_NOT_FOUND, message: "Method not found".into() };
                    reply(out, frame::refusal(id, &error));
                }
                let why =
                    format!("the server asked for {}, which callboard does not know", Shown::new(method));
                self.fault(&why, text, now, out);
            }
        }
    }

    /// Whether an event is one of ours, as far as its envelope tells: what is for another session is reported, what is
    /// about tasks and the like is not what we are here for.
    fn is_for_us(
        &self,
        protocol: Option<&str>,
        feed: Feed,
        text: &str,
        now: Now,
        out: &mut Vec<Output>,
    ) -> bool {
        let ours = self.handle.protocol.as_ref().map(Secret::reveal);
        if self.config.dialect == Dialect::Blade && (protocol.is_none() || protocol != ours) {
            self.fault("an event for another session was passed over", text, now, out);
            return false;
        }
        matches!(feed, Feed::Calling | Feed::Messaging)
    }

    /// An event that was not read in one pass, for its spelling or because something is wrong with it.
    fn odd_event(
        &mut self,
        id: Option<&RawValue>,
        params: Option<&RawValue>,
        text: &str,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        let envelope = params.map(RawValue::get).filter(|raw| frame::is_object(raw));
        let why = match envelope.map(serde_json::from_str::<Envelope<'_>>) {
            Some(Ok(envelope)) if !envelope.event_type.is_empty() => {
                return self.take_event(id, &envelope, text, now, out);
            }
            Some(Err(error)) => &format!("an event could not be read: {error}"),
            _ => "an event without event_type",
        };
        self.fault(why, text, now, out);
        if let Some(id) = id.filter(|_| self.config.dialect.acknowledges()) {
            // After the event is taken in, not before: what is acknowledged must not be lost.
            out.push(Output::Acknowledge(frame::ack(id)));
        }
    }

    fn take_event(
        &mut self,
        id: Option<&RawValue>,
        envelope: &Envelope<'_>,
        text: &str,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        if let Some(state) = envelope.authorization_state() {
            self.handle.authorization_state = Some(state);
        }
        let received = Received::take(id, envelope, text, &mut self.scrubber, &mut self.recall, now);
        out.push(Output::Event(ClientEvent::Received(Arc::new(received))));
        if let Some(id) = id.filter(|_| self.config.dialect.acknowledges()) {
            // After the event is taken in, not before: what is acknowledged must not be lost.
            out.push(Output::Acknowledge(frame::ack(id)));
        }
    }

    fn fault(&self, why: &str, raw: &str, now: Now, out: &mut Vec<Output>) {
        let fault = Fault::of(raw, why, &self.scrubber, now);
        out.push(Output::Event(ClientEvent::Fault(Arc::new(fault))));
    }

    fn closed(&mut self, why: &Shown, unsent: &[RequestId], now: Now, out: &mut Vec<Output>) {
        self.fail_pending(unsent, "the connection was lost before the answer came", out);
        if matches!(self.link, LinkState::Closed | LinkState::Refused { .. } | LinkState::Idle) {
            return;
        }
        self.back_off_anew_if_stable(now);
        if std::mem::take(&mut self.retry_at_once) {
            let why = "the old session is stale".into();
            return self.set_link(LinkState::Down { attempt: 1, retry_at: now.at, why }, out);
        }
        let (attempt, wait) = self.backoff.next_wait();
        let retry_at = match self.link {
            // An attempt that nobody answered was a wait, too: a service that is back is found within the longest one.
            LinkState::Opening { .. } | LinkState::Authenticating => {
                (self.attempted + wait).max(now.at + Backoff::LEAST)
            }
            _ => now.at + wait,
        };
        // The service may give its reason for closing in words, and those may quote what we sent.
        let why = Shown::new(&self.scrubber.scrub(why.as_str()));
        self.set_link(LinkState::Down { attempt, retry_at, why }, out);
    }

    /// A connection that held long enough has earned a quick retry.
    fn back_off_anew_if_stable(&mut self, now: Now) {
        if matches!(self.link, LinkState::Up { since, .. } if now.at.since(since) >= limit::STABLE) {
            self.backoff.reset();
        }
    }

    fn fail_pending(&mut self, unsent: &[RequestId], why: &str, out: &mut Vec<Output>) {
        let unsent: HashSet<_> = unsent.iter().collect();
        // In the order of sending, so that the same run always reports the same.
        for id in std::mem::take(&mut self.deadlines).into_values() {
            let Some(Pending { awaited: Awaited::Command { ticket, .. }, .. }) = self.pending.remove(&id)
            else {
                continue;
            };
            let outcome = if unsent.contains(&id) {
                Outcome::NotSent("the connection was lost before it was sent".into())
            } else {
                Outcome::Unknown(why.into())
            };
            out.push(Output::Event(ClientEvent::Outcome { ticket, outcome, round_trip: None }));
        }
        self.pending.clear();
        self.overdue.clear();
    }

    fn wake(&mut self, now: Now, out: &mut Vec<Output>) {
        while let Some(first) = self.deadlines.first_entry().filter(|first| first.key().0 <= now.at) {
            let id = first.remove();
            self.expire(id, out);
        }
        match &self.link {
            LinkState::Up { .. } if self.next_ping_step() <= now.at => {
                if self.probing() {
                    let silence = (self.silence() + limit::PROBE).as_secs();
                    out.push(Output::Close {
                        why: Shown::new(&format!("nothing was heard for {silence} s")),
                    });
                } else {
                    self.last_ping = now.at;
                    let id: RequestId = self.config.ids.next();
                    let text = self.config.dialect.ping(&id);
                    self.send(id, text, Awaited::Ping, now, out);
                }
            }
            LinkState::Draining if self.drain_until <= now.at => {
                out.push(Output::Close { why: "the server asked us to reconnect".into() });
            }
            LinkState::Down { retry_at, attempt, .. } if *retry_at <= now.at => self.open(*attempt, now, out),
            _ => {}
        }
    }

    /// How many requests are remembered for a late answer.
    const OVERDUE: usize = 1_024;

    fn expire(&mut self, id: RequestId, out: &mut Vec<Output>) {
        let Some(Pending { awaited, .. }) = self.pending.remove(&id) else { return };
        match &awaited {
            Awaited::Login(_) => {
                let why =
                    format!("the service did not answer the login within {} s", limit::ANSWER.as_secs());
                return out.push(Output::Close { why: Shown::new(&why) });
            }
            // An unanswered ping proves nothing by itself: only silence does.
            Awaited::Ping | Awaited::Contexts(_) => {}
            Awaited::Command { ticket, .. } => {
                let why = format!("no answer within {} s; it may have happened", limit::ANSWER.as_secs());
                let (ticket, outcome) = (*ticket, Outcome::Unknown(Shown::new(&why)));
                out.push(Output::Event(ClientEvent::Outcome { ticket, outcome, round_trip: None }));
            }
        }
        if self.overdue.len() == Self::OVERDUE {
            self.overdue.shift_remove_index(0);
        }
        self.overdue.insert(id, awaited);
    }
}

fn context_change(rpc: &str, params: &Value) -> Option<ContextChange> {
    let add = match rpc {
        "signalwire.receive" => true,
        "signalwire.unreceive" => false,
        _ => return None,
    };
    let Contexts { contexts } = serde_json::from_value(params.clone()).ok()?;
    Some(ContextChange { add, names: contexts })
}
