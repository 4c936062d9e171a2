//! The two dialects: how the one calling language is wrapped, in both directions, for either end and for a bystander.
//!
//! Inside are the same commands, answers and events; what differs is the envelope (relay-protocol 0.2, 1.11, 8).
//! Whoever reads takes a [`Frame`](super::frame::Frame) apart, asks [`Dialect::meaning`] what a request means, and
//! [`Dialect::reply`] what an answer says. Whoever writes asks the dialect for the text: [`Dialect::login`],
//! [`Dialect::command`], [`Dialect::event`] and so on. [`EventText`] reads an event of either in one pass.

mod blade;
mod current;
mod known;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::event::{Envelope, EventFrame};
use super::frame::{self, Reply};
use super::id::RequestId;
use super::session::{Authentication, Connected};

pub use blade::{Nodes, Opened, SetUp, Subscribed};
pub use known::{Unknown, one_device};

/// How calling is wrapped on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `signalwire.*`: what server SDKs 3.x and realtime SDKs 3 and 4 speak.
    #[default]
    Current,
    /// `blade.*`: what the SDKs of version 2 speak.
    Blade,
}

/// What a request means, whoever sends it. All that is raw is borrowed from the text.
#[derive(Debug)]
pub enum Meaning<'a> {
    /// A client says who it is.
    Login(Option<&'a RawValue>),
    /// A client asks for the address of its session: old or new. Blade alone.
    Setup(Option<&'a RawValue>),
    /// A client asks for the events that go to an address. Blade alone.
    Subscription(Option<&'a RawValue>),
    /// A client takes inbound calls of contexts, or takes them no more.
    Contexts {
        /// Take them.
        add: bool,
        /// The command, as it is executed.
        command: Executed<'a>,
    },
    /// A client asks for something: a call to be made, a sound to be played, a text to be sent.
    Command(Executed<'a>),
    /// The service reports something.
    Event(Told<'a>),
    /// Either side asks whether the other is there.
    Ping(Option<&'a RawValue>),
    /// The service sends the client away.
    Disconnect(Option<&'a RawValue>),
    /// A client replaces its token.
    Reauthenticate(Option<&'a RawValue>),
    /// News of the network, of no use to a client. Blade alone.
    Netcast(Option<&'a RawValue>),
    /// A method this dialect does not know, the other's among them.
    Other,
    /// A method it knows, with params that are not what they must be.
    Broken(String),
}

/// A command without its envelope.
#[derive(Debug, Clone)]
pub struct Executed<'a> {
    /// The address of the session, where the dialect says it.
    pub protocol: Option<Cow<'a, str>>,
    /// The method in the calling language, for example `calling.play`.
    pub method: Cow<'a, str>,
    /// Its params.
    pub params: Option<&'a RawValue>,
}

/// An event without its envelope.
#[derive(Debug)]
pub struct Told<'a> {
    /// The address it goes to, where the dialect says it; the event itself may say it once more.
    pub protocol: Option<Cow<'a, str>>,
    /// What it is about.
    pub feed: Feed,
    /// `{event_type, event_channel, timestamp, params, …}`, the same in both dialects; a task has no such form.
    pub body: Option<&'a RawValue>,
}

/// What an event is about, as Blade sorts them. In the current dialect all are [`Feed::Calling`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Calls, and in the current dialect anything.
    Calling,
    /// Messages.
    Messaging,
    /// Tasks.
    Tasks,
    /// Something else.
    Other,
}

/// An event frame of the usual shape, read in one pass over its text.
#[derive(Debug)]
pub struct EventText<'a> {
    /// The frame id as raw JSON: what an acknowledgement names, where the dialect has any.
    pub id: Option<&'a RawValue>,
    /// The address it goes to, where the envelope says it.
    pub protocol: Option<Cow<'a, str>>,
    /// What it is about.
    pub feed: Feed,
    /// The event.
    pub envelope: Envelope<'a>,
}

impl<'a> EventText<'a> {
    /// Reads an event of either dialect. `None` for anything else, which is then to be taken apart step by step.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        Dialect::Current.event_text(text).or_else(|| Dialect::Blade.event_text(text))
    }
}

/// Where the body of an event is in its frame, as a JSON pointer.
#[must_use]
pub fn body_path(frame: &Value) -> &'static str {
    match frame.get("method").and_then(Value::as_str) {
        Some(blade::BROADCAST) => "/params/params/params",
        _ => "/params/params",
    }
}

/// What a login says. Each dialect takes what it has a place for.
#[derive(Debug, Default)]
pub struct Login<'a> {
    /// Who we are.
    pub authentication: Authentication,
    /// Contexts whose inbound calls are taken from the start. Blade has no place for them: see
    /// [`Dialect::logs_in_with_contexts`].
    pub contexts: &'a [String],
    /// The session to pick up. In Blade this comes with the setup, not here.
    pub protocol: Option<&'a str>,
    /// Quick re-authentication; current dialect alone, with `protocol`.
    pub authorization_state: Option<&'a str>,
    /// The session to pick up; Blade alone.
    pub sessionid: Option<&'a str>,
}

/// Who we are to the service, in words.
pub const AGENT: &str = concat!("callboard/", env!("CARGO_PKG_VERSION"));

impl Dialect {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Current, Self::Blade];

    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Blade => "blade",
        }
    }

    /// The dialect of whoever begins a connection with this method.
    #[must_use]
    pub fn of(method: &str) -> Self {
        if method.starts_with("blade.") { Self::Blade } else { Self::Current }
    }

    /// Whether every event is to be acknowledged, and is sent again until it is.
    #[must_use]
    pub const fn acknowledges(self) -> bool {
        matches!(self, Self::Current)
    }

    /// Whether a login says which contexts are wanted. Otherwise a `signalwire.receive` follows it.
    #[must_use]
    pub const fn logs_in_with_contexts(self) -> bool {
        matches!(self, Self::Current)
    }

    /// What a request means. The params stay as they came.
    #[must_use]
    pub fn meaning<'a>(self, method: &Cow<'a, str>, params: Option<&'a RawValue>) -> Meaning<'a> {
        match self {
            Self::Current => current::meaning(method, params),
            Self::Blade => blade::meaning(method, params),
        }
    }

    /// Reads an event of this dialect. `None` for anything else, which is then to be taken apart step by step.
    #[must_use]
    pub fn event_text(self, text: &str) -> Option<EventText<'_>> {
        match self {
            Self::Current => EventFrame::parse(text).map(|frame| EventText {
                id: frame.id,
                protocol: None,
                feed: Feed::Calling,
                envelope: frame.params.0,
            }),
            Self::Blade => blade::event_text(text),
        }
    }

    /// What the answer to a command says: code and message, whatever it is wrapped in.
    #[must_use]
    pub fn reply(self, result: &str) -> Reply {
        match self {
            Self::Current => Reply::parse(result),
            Self::Blade => Reply::of(blade::unwrapped(result)),
        }
    }

    /// Whether a reply says yes: any 2xx or no code; in Blade 200 or no code.
    #[must_use]
    pub fn is_success(self, reply: &Reply) -> bool {
        match self {
            Self::Current => reply.is_success(),
            Self::Blade => reply.code.is_empty() || reply.code == "200",
        }
    }

    /// The address of the session in the result that grants it: of the login, in Blade of the setup.
    #[must_use]
    pub fn granted_protocol(self, result: &RawValue) -> Option<String> {
        let protocol = match self {
            Self::Current => serde_json::from_str::<Connected>(result.get()).ok()?.protocol,
            Self::Blade => SetUp::parse(result).protocol,
        };
        protocol.filter(|protocol| !protocol.is_empty())
    }

    /// The text of a login.
    #[must_use]
    pub fn login(self, id: &RequestId, login: Login<'_>) -> String {
        match self {
            Self::Current => current::login(id, login),
            Self::Blade => blade::login(id, login),
        }
    }

    /// The text of the request for the address of the session, which follows the login in Blade: the old address, if
    /// it is to be picked up.
    #[must_use]
    pub fn setup(id: &RequestId, old: Option<&str>) -> String {
        blade::setup(id, old)
    }

    /// The text of the request for the events of an address, which follows the setup in Blade.
    #[must_use]
    pub fn subscription(id: &RequestId, protocol: &str) -> String {
        blade::subscription(id, protocol)
    }

    /// The text of a command. `protocol` is the address of the session, which Blade puts on every command.
    #[must_use]
    pub fn command(
        self,
        id: &RequestId,
        protocol: Option<&str>,
        method: &str,
        params: &impl Serialize,
    ) -> String {
        match self {
            Self::Current => frame::request(id, method, params),
            Self::Blade => blade::command(id, protocol.unwrap_or_default(), method, params),
        }
    }

    /// The text of a client's ping.
    #[must_use]
    pub fn ping(self, id: &RequestId) -> String {
        let method = match self {
            Self::Current => "signalwire.ping",
            Self::Blade => "blade.ping",
        };
        frame::request(id, method, &json!({}))
    }

    /// The text of an event. `body` is the whole of `{event_type, event_channel, …}` as JSON.
    #[must_use]
    pub fn event(self, id: &str, protocol: &str, body: &str) -> String {
        let (head, tail) = self.event_envelope(protocol);
        let id = Value::from(id).to_string();
        [r#"{"jsonrpc":"2.0","id":"#, &id, &head, body, tail].concat()
    }

    /// What stands between the id of an event frame and its body, and after the body: for many events of one address.
    #[must_use]
    pub fn event_envelope(self, protocol: &str) -> (Cow<'static, str>, &'static str) {
        match self {
            Self::Current => (r#","method":"signalwire.event","params":"#.into(), "}"),
            Self::Blade => (blade::event_head(protocol).into(), "}}"),
        }
    }

    /// The text of the answer to a command, and in Blade to a setup. `nodes` are whom Blade says it is from and for.
    #[must_use]
    pub fn answer(self, id: &RawValue, nodes: Nodes<'_>, result: &impl Serialize) -> String {
        match self {
            Self::Current => frame::response(id, result),
            Self::Blade => blade::answer(id, nodes, result),
        }
    }

    /// The text that sends a client away; with `restart` it is to begin anew. Blade has no such flag.
    #[must_use]
    pub fn disconnect(self, id: &RequestId, restart: bool) -> String {
        match self {
            Self::Current => frame::request(id, "signalwire.disconnect", &json!({ "restart": restart })),
            Self::Blade => frame::request(id, "blade.disconnect", &json!({})),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the dialect is `current` or `blade`")]
pub struct NoDialect;

impl FromStr for Dialect {
    type Err = NoDialect;

    fn from_str(word: &str) -> Result<Self, NoDialect> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == word).ok_or(NoDialect)
    }
}

impl Meaning<'_> {
    /// The method in the calling language, the session's own among them: what a log, a ledger and a scenario call it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Login(_) => "signalwire.connect",
            Self::Setup(_) => "setup",
            Self::Subscription(_) => "blade.subscription",
            Self::Contexts { command, .. } | Self::Command(command) => &command.method,
            Self::Event(_) => EventFrame::METHOD,
            Self::Ping(_) => "signalwire.ping",
            Self::Disconnect(_) => "signalwire.disconnect",
            Self::Reauthenticate(_) => "signalwire.reauthenticate",
            Self::Netcast(_) => "blade.netcast",
            Self::Other | Self::Broken(_) => "",
        }
    }
}

#[cfg(test)]
mod tests;
