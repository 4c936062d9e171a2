//! What goes into a connection and what comes out of it, as plain data.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use super::others::{AppId, Application, Present};
use super::recall::Recall;
use crate::protocol::dialect::{Dialect, EventText, Meaning, body_path};
use crate::protocol::event::{Envelope, Event};
use crate::protocol::frame::{Frame, Reply, is_object};
use crate::protocol::secret::Scrubber;
use crate::protocol::{CallId, Shown};
use crate::time::{At, Now, Wall};

/// Names one submitted command until its outcome is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A command on its way to the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Whose outcome is to be reported.
    pub ticket: Ticket,
    /// The JSON-RPC method.
    pub rpc: Arc<str>,
    /// Its complete params.
    pub params: Arc<Value>,
    /// At a hub: over the connection of which application.
    pub via: Option<AppId>,
}

/// How a command ended. Every command ends in exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The service accepted it.
    Done(Reply),
    /// The service refused it.
    Refused {
        /// Relay's three digits, or a JSON-RPC error code.
        code: String,
        /// The service's words.
        message: Shown,
    },
    /// Not a byte of it left this machine. It will not be sent later either.
    NotSent(Shown),
    /// It may or may not have happened: it left, and no answer came. A late answer may still settle it.
    Unknown(Shown),
}

impl Outcome {
    /// 404 or 410: the call is gone.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if matches!(&**code, "404" | "410"))
    }
}

/// The truth about the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Not asked to connect yet.
    Idle,
    /// Opening a socket.
    Opening {
        /// 1 for the first attempt since the last success.
        attempt: u32,
    },
    /// The socket is open, the login is under way.
    Authenticating,
    /// Logged in.
    Up {
        /// Since when.
        since: At,
        /// Whether the service picked the previous session up; true on the first login too.
        restored: bool,
        /// How often a connection was lost and found again.
        gaps: u32,
    },
    /// The server asked us to go; nothing is sent any more.
    Draining,
    /// Lost; trying again.
    Down {
        /// Attempts since the last success.
        attempt: u32,
        /// When the next one is due.
        retry_at: At,
        /// What happened.
        why: Shown,
    },
    /// The service does not accept our credentials. Nothing is tried until somebody asks for it.
    Refused {
        /// The service's words.
        why: Shown,
    },
    /// Closed for good.
    Closed,
}

impl LinkState {
    /// Whether commands can be sent.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }

    /// The state in a word, for machines.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Opening { .. } => "opening",
            Self::Authenticating => "authenticating",
            Self::Up { .. } => "up",
            Self::Draining => "draining",
            Self::Down { .. } => "down",
            Self::Refused { .. } => "refused",
            Self::Closed => "closed",
        }
    }

    /// Why nothing can be sent, in words that name the next step; `None` when the link is up.
    #[must_use]
    pub fn why_not(&self) -> Option<Shown> {
        Some(match self {
            Self::Up { .. } => return None,
            Self::Idle | Self::Opening { .. } | Self::Authenticating => "offline: still connecting".into(),
            Self::Draining => "offline: the server is restarting, reconnecting soon".into(),
            Self::Down { why, .. } => Shown::new(&format!("offline: {why}; reconnecting")),
            Self::Refused { why } => Shown::new(&format!("offline: credentials refused ({why})")),
            Self::Closed => "offline: the connection is closed".into(),
        })
    }
}

/// One event of the service, with what is known about its arrival.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// When it arrived.
    pub now: Now,
    /// Its type, fit for a screen.
    pub event_type: Shown,
    /// When the server says it happened.
    pub stamp: Option<Wall>,
    /// What it says.
    pub event: Event,
    /// The whole frame, known secrets removed.
    pub raw: Arc<str>,
    /// Seen before: by its frame id, or re-sent after a gap. Kept and acknowledged, changes nothing.
    pub duplicate: bool,
}

impl Received {
    /// Takes an event in as it comes: known secrets are removed, and what was seen before is known.
    pub fn take(
        id: Option<&RawValue>,
        envelope: &Envelope<'_>,
        text: &str,
        scrubber: &mut Scrubber,
        recall: &mut Recall,
        now: Now,
    ) -> Self {
        let body = envelope.params.map_or("null", RawValue::get);
        envelope.authorization_state().iter().for_each(|state| scrubber.learn_passing(state));
        // A secret that the server echoes must not come out as a number dialled or a context either. Nearly always
        // there is none, which one look tells of all parts.
        let clean = scrubber.is_surely_clean(text);
        let scrub = |part| if clean { Cow::Borrowed(part) } else { scrubber.scrub(part) };
        let (event_type, body, raw) = (scrub(&*envelope.event_type), scrub(body), scrub(text));
        Self {
            now,
            event_type: Shown::word(&event_type),
            stamp: envelope.timestamp.map(Wall::from_seconds),
            event: Event::parse(&event_type, &body),
            duplicate: recall.seen(id.map(RawValue::get), envelope.timestamp, &event_type, &body),
            raw: Arc::from(raw),
        }
    }

    /// Reads an event from the frame it came in.
    ///
    /// # Errors
    /// In words, when the frame is no event.
    pub fn read(raw: Arc<str>, now: Now, duplicate: bool) -> Result<Self, String> {
        let envelope = envelope(&raw)?;
        let body = envelope.params.map_or("null", RawValue::get);
        let stamp = envelope.timestamp.map(Wall::from_seconds);
        let (event_type, event) =
            (Shown::word(&envelope.event_type), Event::parse(&envelope.event_type, body));
        drop(envelope);
        Ok(Self { now, event_type, stamp, event, raw, duplicate })
    }

    /// The event as it came, out of its frame; none when that cannot be read.
    #[must_use]
    pub fn envelope(&self) -> Option<Envelope<'_>> {
        envelope(&self.raw).ok()
    }

    /// The body of the event as JSON, parsed now; null when there is none.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut frame: Value = serde_json::from_str(&self.raw).unwrap_or_default();
        let path = body_path(&frame);
        frame.pointer_mut(path).map(Value::take).unwrap_or_default()
    }
}

/// The event of a frame of either dialect, however it is spelled.
fn envelope(raw: &str) -> Result<Envelope<'_>, String> {
    if let Some(EventText { envelope, .. }) = EventText::parse(raw) {
        return Ok(envelope);
    }
    let Ok(Frame::Request { method, params, .. }) = Frame::parse(raw) else {
        return Err("not an event".to_owned());
    };
    let Meaning::Event(told) = Dialect::of(&method).meaning(&method, params) else {
        return Err("not an event".to_owned());
    };
    let body = told.body.map(RawValue::get).filter(|body| is_object(body)).ok_or("not an event")?;
    serde_json::from_str(body).map_err(|error| error.to_string())
}

/// A frame that could not be used. It costs nothing but its own content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// When.
    pub now: Now,
    /// What is wrong with it.
    pub why: Shown,
    /// The start of the frame, known secrets removed.
    pub raw: Arc<str>,
}

impl Fault {
    /// A frame of no use, without the secrets that are known.
    #[must_use]
    pub fn of(raw: &str, why: &str, scrubber: &Scrubber, now: Now) -> Self {
        /// Enough of a bad frame to see what it was.
        const KEPT: usize = 4_096;
        // First scrubbed, then cut: half a secret is a secret.
        let raw = scrubber.scrub(raw);
        let end = (0..=raw.len().min(KEPT)).rev().find(|&end| raw.is_char_boundary(end)).unwrap_or(0);
        let why = Shown::new(&scrubber.scrub(why));
        Self { now, why, raw: Arc::from(&raw[..end]) }
    }
}

/// Everything a connection reports, in one total order.
#[derive(Debug, Clone)]
pub enum ClientEvent {
    /// The link changed.
    Link(LinkState),
    /// The service reported something.
    Received(Arc<Received>),
    /// A command ended, or one that had ended as unknown was settled by a late answer.
    Outcome {
        /// The command.
        ticket: Ticket,
        /// How.
        outcome: Outcome,
        /// From sending to answer, when there was one.
        round_trip: Option<Duration>,
    },
    /// The contexts whose inbound calls we take, at each login and change.
    Contexts(Vec<Shown>),
    /// The answer to our ping.
    Pong(Duration),
    /// A frame was of no use.
    Fault(Arc<Fault>),
    /// At a hub: an application came, changed or went.
    Application(Arc<Application>),
    /// At a hub: the call with the next event of this id is of that application.
    Owned {
        /// The call.
        call: CallId,
        /// Whose it is.
        owner: AppId,
    },
    /// At a hub: who is at the consoles, and what they look at.
    Presence(Arc<[Present]>),
}

/// Whether something that happened is kept: what comes from the service is acknowledged only then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// No journal is kept: nothing has to be waited for.
    Nowhere,
    /// It will be on the disk when the journal has come to this record.
    As(u64),
    /// It is lost. It must not be acknowledged.
    Lost,
}

/// How far a journal is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The number of the last record that is there; all, where no journal is kept.
    pub durable: u64,
    /// The disk takes no more at present.
    pub failing: bool,
}

impl Kept {
    /// What became of two things together, this one the earlier: both are kept when the later is.
    #[must_use]
    pub const fn and(self, later: Self) -> Self {
        match (self, later) {
            (Self::Lost, _) | (_, Self::Lost) => Self::Lost,
            (kept, Self::Nowhere) => kept,
            (_, kept @ Self::As(_)) => kept,
        }
    }
}
