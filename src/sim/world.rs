//! The switch itself: a pure machine. Frames and the passing of time go in, frames come out.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::agenda::Agenda;
use super::arrivals::Arrivals;
use super::blade::Entered;
use super::bulk::Frames;
use super::faults::Faults;
use super::flood::Flooding;
use super::ledger::Ledger;
use super::leg::{Leg, LegDue, Remembered};
use super::operations::attempt::{Attempt, AttemptDue, AttemptKey};
use super::operations::{OperationKey, Step};
use super::party::Party;
use super::past::Told;
use super::script::{Script, Span};
use super::session::{Session, SessionKey};
use crate::protocol::Dialect;
use crate::protocol::id::{CallId, ControlId, IdSource};
use crate::time::{At, Now};

/// One connection, as the shell numbers it. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ClientId(pub u64);

/// What can happen to the world.
#[derive(Debug, Clone)]
pub enum Input<'a> {
    /// Somebody connected.
    Joined(ClientId),
    /// Somebody sent a text frame.
    Text(ClientId, &'a str),
    /// Everything that was to be sent to somebody has gone out.
    Taken(ClientId),
    /// Somebody's connection is gone.
    Left(ClientId),
    /// Time has passed; see [`World::wake_at`].
    Wake,
    /// The test or the demo makes something happen.
    Stage(Stage),
}

/// Things a test or a demo may make happen from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// The arrival of this label comes now.
    Arrive(String),
    /// The far end hangs up.
    HangUp(CallId),
    /// The far end presses keys, 0.2 s apart.
    Press(CallId, String),
    /// The far end says something.
    Say(CallId, String),
    /// `signalwire.disconnect` to every client, then close; with `restart`, sessions are forgotten.
    Disconnect {
        /// The flag of the frame.
        restart: bool,
    },
    /// Every socket is cut.
    Cut,
    /// A raw text to every client.
    Send(String),
}

/// What the world wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a text frame.
    Send {
        /// To whom.
        client: ClientId,
        /// The frame.
        text: String,
    },
    /// Send many text frames, in this order.
    SendMany {
        /// To whom.
        client: ClientId,
        /// The frames.
        frames: Frames,
    },
    /// Send a binary frame.
    SendBinary {
        /// To whom.
        client: ClientId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// Send the text as the first fragment of a frame that is never finished.
    SendHalf {
        /// To whom.
        client: ClientId,
        /// The fragment.
        text: String,
    },
    /// Send a WebSocket ping.
    Ping {
        /// To whom.
        client: ClientId,
    },
    /// Close properly with this code.
    Close {
        /// Whom.
        client: ClientId,
        /// The WebSocket close code.
        code: u16,
    },
    /// Cut the connection without a word.
    Cut {
        /// Whom.
        client: ClientId,
    },
}

impl Output {
    /// Whom it is for.
    #[must_use]
    pub const fn client(&self) -> ClientId {
        match self {
            Self::Send { client, .. }
            | Self::SendMany { client, .. }
            | Self::SendBinary { client, .. }
            | Self::SendHalf { client, .. }
            | Self::Ping { client }
            | Self::Close { client, .. }
            | Self::Cut { client } => *client,
        }
    }
}

/// A connection, logged in or not yet.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// As its first request is.
    pub dialect: Option<Dialect>,
    /// Its signalling node, in Blade.
    pub nodeid: String,
    /// Where its login in Blade has come to before the setup.
    pub entered: Option<Entered>,
    pub session: Option<SessionKey>,
    /// While muted, everything waits here.
    pub muted: Option<VecDeque<Output>>,
    pub pings_off: bool,
    /// The world has closed it; nothing more goes out.
    pub closed: bool,
}

/// Everything that can be on the agenda.
#[derive(Debug)]
pub(super) enum Due {
    Ping(ClientId),
    PingsOn(ClientId),
    Unmute(ClientId),
    Send(ClientId, String),
    Close(ClientId, u16),
    Expire(SessionKey),
    Forget(CallId),
    Arrive { arrival: usize, again: bool },
    Stand(String),
    TakePlace(usize),
    Offer(CallId),
    Leg(CallId, LegDue),
    Step(CallId, OperationKey, u32, Step),
    Event { call_id: CallId, control_id: Option<ControlId>, event_type: &'static str, body: Value },
    SessionEvent { session: SessionKey, event_type: &'static str, body: Value },
    Resent { session: SessionKey, number: u64 },
    Attempt(AttemptKey, AttemptDue),
    Fault(usize, ClientId),
    Flood,
}

/// A simulated Relay service for any number of clients. No clock, no sockets: [`World::handle`] is given the
/// time, and [`World::wake_at`] says when it next wants it. Equal inputs at equal times give equal outputs.
#[derive(Debug)]
pub struct World {
    pub(super) script: Arc<Script>,
    pub(super) ids: IdSource,
    pub(super) dice: fastrand::Rng,
    pub(super) now: Now,
    pub(super) agenda: Agenda<Due>,
    pub(super) out: Vec<Output>,
    pub(super) clients: BTreeMap<ClientId, Client>,
    pub(super) sessions: IndexMap<SessionKey, Session>,
    pub(super) legs: IndexMap<CallId, Leg>,
    pub(super) remembered: HashMap<CallId, Remembered>,
    pub(super) attempts: BTreeMap<AttemptKey, Attempt>,
    pub(super) arrivals: Arrivals,
    /// Events of a past that is being played.
    pub(super) past: Option<Vec<Told>>,
    pub(super) faults: Faults,
    pub(super) flooding: Flooding,
    pub(super) keys: u64,
    ledger: Ledger,
}

impl World {
    /// A world that plays `script`. The seed decides every id and every choice.
    #[must_use]
    pub fn new(script: impl Into<Arc<Script>>, seed: u64) -> Self {
        let script = script.into();
        Self {
            ids: IdSource::seeded(seed),
            dice: fastrand::Rng::with_seed(seed ^ 0x5eed),
            now: Now::default(),
            agenda: Agenda::default(),
            out: Vec::new(),
            clients: BTreeMap::new(),
            sessions: IndexMap::new(),
            legs: IndexMap::new(),
            remembered: HashMap::new(),
            attempts: BTreeMap::new(),
            arrivals: Arrivals::default(),
            past: None,
            faults: Faults::new(script.faults.len()),
            flooding: Flooding::default(),
            keys: 0,
            ledger: Ledger::new(script.ledger.keep),
            script,
        }
    }

    /// Takes an input at its moment. What was due before comes first, at the moments it was due.
    pub fn handle(&mut self, input: Input<'_>, now: Now) -> Vec<Output> {
        self.catch_up(now);
        match input {
            Input::Joined(client) => {
                self.ledger.counts.clients += 1;
                self.clients.insert(client, Client::default());
            }
            Input::Text(client, text) => self.receive(client, text),
            Input::Taken(client) => self.flood_taken(client),
            Input::Left(client) => self.client_left(client),
            Input::Wake => {}
            Input::Stage(stage) => self.stage(stage),
        }
        self.catch_up(now);
        std::mem::take(&mut self.out)
    }

    /// The next moment at which something happens by itself.
    #[must_use]
    pub fn wake_at(&self) -> Option<At> {
        self.agenda.first()
    }

    /// What was sent and received.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) const fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Live calls: id and state, oldest first. For tests to hold a client's table against.
    pub fn calls(&self) -> impl Iterator<Item = &Leg> {
        self.legs.values()
    }

    pub(super) fn catch_up(&mut self, now: Now) {
        while let Some((at, due)) = self.agenda.due(now.at) {
            self.now = Now { at, wall: now.wall.back(now.at.since(at)) };
            self.do_due(due);
        }
        self.now = now;
    }

    fn do_due(&mut self, due: Due) {
        match due {
            Due::Ping(client) => self.ping(client),
            Due::PingsOn(client) => self.pings_on(client),
            Due::Unmute(client) => self.unmute(client),
            Due::Send(client, text) => self.send(client, text),
            Due::Close(client, code) => self.put(Output::Close { client, code }),
            Due::Expire(session) => self.expire(session),
            Due::Forget(call_id) => drop(self.remembered.remove(&call_id)),
            Due::Arrive { arrival, again } => self.arrive_by_time(arrival, again),
            Due::Stand(context) => self.stand(&context),
            Due::TakePlace(arrival) => self.take_place(arrival),
            Due::Offer(call_id) => self.offer(&call_id),
            Due::Leg(call_id, due) => self.leg_due(&call_id, due),
            Due::Step(call_id, key, epoch, step) => self.step(&call_id, key, epoch, &step),
            Due::Event { call_id, control_id, event_type, body } => {
                self.call_event(&call_id, control_id.as_ref(), event_type, body);
            }
            Due::SessionEvent { session, event_type, body } => self.session_event(session, event_type, &body),
            Due::Resent { session, number } => self.deliver(session, number),
            Due::Attempt(key, due) => self.attempt_due(key, due),
            Due::Fault(fault, client) => self.fault_due(fault, client),
            Due::Flood => self.flood(),
        }
    }

    fn stage(&mut self, stage: Stage) {
        let everybody: Vec<ClientId> = self.clients.keys().copied().collect();
        match stage {
            Stage::Arrive(label) => self.arrive_by_label(&label),
            Stage::HangUp(call_id) => self.leg_due(&call_id, LegDue::HangUp),
            Stage::Press(call_id, digits) => self.press(&call_id, 0.0, &digits, 0.2),
            Stage::Say(call_id, text) => self.speak(&call_id, 0.0, &text),
            Stage::Disconnect { restart } => everybody.into_iter().for_each(|c| self.dismiss(c, restart)),
            Stage::Cut => everybody.into_iter().for_each(|client| self.put(Output::Cut { client })),
            Stage::Send(text) => everybody.into_iter().for_each(|client| self.send(client, text.clone())),
        }
    }

    /// A number for something the world itself has to tell apart.
    pub(super) const fn next_key(&mut self) -> u64 {
        self.keys += 1;
        self.keys
    }

    pub(super) fn after(&mut self, seconds: f64, due: Due) -> super::agenda::Ticket {
        self.agenda.enter(self.now.at + span(seconds), due)
    }

    /// Chooses within a span, to the millisecond.
    pub(super) fn choose(&mut self, from: Span) -> f64 {
        let chosen = from.least + (from.most - from.least) * self.dice.f64();
        (chosen * 1e3).round() / 1e3
    }

    pub(super) fn party(&self, name: &str) -> Arc<Party> {
        Arc::new(self.script.parties.get(name).cloned().unwrap_or_default())
    }

    pub(super) fn send(&mut self, client: ClientId, text: String) {
        self.put(Output::Send { client, text });
    }

    /// Every output passes here: a closed client gets nothing more, a muted one later.
    pub(super) fn put(&mut self, output: Output) {
        let Some(client) = self.clients.get_mut(&output.client()) else { return };
        if client.closed {
            return;
        }
        let ends = matches!(output, Output::Close { .. } | Output::Cut { .. });
        match &mut client.muted {
            Some(waiting) if !ends => waiting.push_back(output),
            _ => {
                client.closed = ends;
                self.out.push(output);
            }
        }
    }

    fn unmute(&mut self, client: ClientId) {
        let waiting = self.clients.get_mut(&client).and_then(|client| client.muted.take());
        waiting.into_iter().flatten().for_each(|output| self.put(output));
    }
}

/// Seconds as a duration. What is no sensible number counts as nothing.
pub(super) fn span(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.clamp(0.0, 1e9)).unwrap_or_default()
}
