//! The Blade dialect: a login in steps, commands and events in envelopes, no acknowledgements (relay-protocol 1.11).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::current::named;
use super::{AGENT, EventText, Executed, Feed, Login, Meaning, Told};
use crate::protocol::event::Envelope;
use crate::protocol::frame::{self, is_object};
use crate::protocol::id::RequestId;
use crate::protocol::lenient;
use crate::protocol::session::{Authentication, Version};

/// The protocol that a setup is executed on: no address yet.
const ENTRANCE: &str = "signalwire";
/// The channel that all events come by.
const CHANNEL: &str = "notifications";
pub(super) const BROADCAST: &str = "blade.broadcast";

/// Whom an answer is from and for, as Blade says it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nodes<'a> {
    /// The client's signalling node.
    pub requester: &'a str,
    /// The service's.
    pub responder: &'a str,
}

/// The params of `blade.execute`.
#[derive(Deserialize)]
struct Execute<'a> {
    #[serde(borrow)]
    protocol: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// The params of `blade.broadcast`, the event in it still raw.
#[derive(Deserialize)]
struct Broadcast<'a> {
    #[serde(borrow, default)]
    protocol: Cow<'a, str>,
    #[serde(borrow, default)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// The same in a frame of the usual shape.
#[derive(Deserialize)]
struct BroadcastFrame<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: lenient::Object<BroadcastEvent<'a>>,
}

#[derive(Deserialize)]
struct BroadcastEvent<'a> {
    #[serde(borrow)]
    protocol: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    params: lenient::Object<Envelope<'a>>,
}

impl Feed {
    fn of(event: &str) -> Self {
        match event {
            "queuing.relay.events" => Self::Calling,
            "queuing.relay.messaging" => Self::Messaging,
            "queuing.relay.tasks" => Self::Tasks,
            _ => Self::Other,
        }
    }
}

pub(super) fn meaning<'a>(method: &Cow<'a, str>, params: Option<&'a RawValue>) -> Meaning<'a> {
    match &**method {
        BROADCAST => read::<Broadcast<'a>>(params).map_or_else(Meaning::Broken, |broadcast| {
            let protocol = Some(broadcast.protocol).filter(|protocol| !protocol.is_empty());
            Meaning::Event(Told { protocol, feed: Feed::of(&broadcast.event), body: broadcast.params })
        }),
        "blade.execute" => read(params).map_or_else(Meaning::Broken, executed),
        "blade.ping" => Meaning::Ping(params),
        "blade.connect" => Meaning::Login(params),
        "blade.subscription" => Meaning::Subscription(params),
        "blade.disconnect" => Meaning::Disconnect(params),
        "blade.netcast" => Meaning::Netcast(params),
        "blade.reauthenticate" => Meaning::Reauthenticate(params),
        _ => Meaning::Other,
    }
}

fn executed(execute: Execute<'_>) -> Meaning<'_> {
    let Execute { protocol, method, params } = execute;
    if protocol == ENTRANCE && method == "setup" {
        return Meaning::Setup(params);
    }
    named(Executed { protocol: Some(protocol), method, params }).unwrap_or_else(Meaning::Command)
}

fn read<'a, T: Deserialize<'a>>(params: Option<&'a RawValue>) -> Result<T, String> {
    let text = params.map(RawValue::get).filter(|text| is_object(text)).ok_or("params is not an object")?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

pub(super) fn event_text(text: &str) -> Option<EventText<'_>> {
    // Most texts that are no events are known without being read.
    if !is_object(text) || !text.contains(BROADCAST) {
        return None;
    }
    let frame: BroadcastFrame<'_> = serde_json::from_str(text).ok()?;
    let BroadcastEvent { protocol, event, params } = frame.params.0;
    let usual = frame.method == BROADCAST && !protocol.is_empty() && !params.0.event_type.is_empty();
    usual.then_some(EventText {
        id: frame.id,
        protocol: Some(protocol),
        feed: Feed::of(&event),
        envelope: params.0,
    })
}

/// The inner result of an execute, or what there is in its place.
pub(super) fn unwrapped(result: &str) -> Value {
    let mut result: Value = serde_json::from_str(result).unwrap_or_default();
    // Without an inner result there is no code either, whatever the envelope says.
    result.get_mut("result").map(Value::take).unwrap_or_default()
}

pub(super) fn login(id: &RequestId, login: Login<'_>) -> String {
    #[derive(Serialize)]
    struct Connect<'a> {
        version: Version,
        authentication: Authentication,
        #[serde(skip_serializing_if = "Option::is_none")]
        sessionid: Option<&'a str>,
        agent: &'a str,
    }
    let Login { authentication, sessionid, .. } = login;
    let connect = Connect { version: Version::BLADE, authentication, sessionid, agent: AGENT };
    frame::request(id, "blade.connect", &connect)
}

pub(super) fn setup(id: &RequestId, old: Option<&str>) -> String {
    let params = old.map_or_else(|| json!({}), |old| json!({ "protocol": old }));
    command(id, ENTRANCE, "setup", &params)
}

pub(super) fn subscription(id: &RequestId, protocol: &str) -> String {
    let params = json!({ "command": "add", "protocol": protocol, "channels": [CHANNEL] });
    frame::request(id, "blade.subscription", &params)
}

pub(super) fn command(id: &RequestId, protocol: &str, method: &str, params: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Execute<'a, P> {
        protocol: &'a str,
        method: &'a str,
        params: &'a P,
    }
    frame::request(id, "blade.execute", &Execute { protocol, method, params })
}

pub(super) fn event_head(protocol: &str) -> String {
    let protocol = Value::from(protocol);
    format!(
        r#","method":"{BROADCAST}","params":{{"broadcaster_nodeid":"{SERVICE}","protocol":{protocol},"channel":"{CHANNEL}","event":"queuing.relay.events","params":"#
    )
}

/// The signalling node that events of ours are from.
pub(super) const SERVICE: &str = "00000000-0000-4000-8000-000000000001";

pub(super) fn answer(id: &RawValue, nodes: Nodes<'_>, result: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Answer<'a, R> {
        requester_nodeid: &'a str,
        responder_nodeid: &'a str,
        result: &'a R,
    }
    let Nodes { requester, responder } = nodes;
    frame::response(id, &Answer { requester_nodeid: requester, responder_nodeid: responder, result })
}

/// The result of `blade.connect`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Opened {
    /// Names the signalling session, to be sent back on reconnect.
    #[serde(default, deserialize_with = "lenient::text")]
    pub sessionid: Option<String>,
    /// Whether an old one was picked up.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub session_restored: Option<bool>,
    #[serde(default, deserialize_with = "lenient::object")]
    authorization: Option<Authorization>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Authorization {
    #[serde(default, deserialize_with = "lenient::text")]
    signature: Option<String>,
}

impl Opened {
    /// Reads it from whatever the service answered.
    #[must_use]
    pub fn parse(result: &RawValue) -> Self {
        serde_json::from_str(result.get()).unwrap_or_default()
    }

    /// Whether this address is of the account that has logged in: its second piece is the account's signature
    /// (relay-protocol 1.3). One that is not would be refused.
    #[must_use]
    pub fn may_resume(&self, protocol: &str) -> bool {
        let signature =
            self.authorization.as_ref().and_then(|authorization| authorization.signature.as_deref());
        signature.is_some_and(|signature| protocol.split('_').nth(1) == Some(signature))
    }
}

/// The result of a setup, taken out of its envelope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct SetUp {
    /// The address of the session.
    #[serde(default, deserialize_with = "lenient::text")]
    pub protocol: Option<String>,
}

impl SetUp {
    /// Reads it from the answer to the execute.
    #[must_use]
    pub fn parse(result: &RawValue) -> Self {
        serde_json::from_value(unwrapped(result.get())).unwrap_or_default()
    }
}

/// The result of `blade.subscription`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Subscribed {
    #[serde(default)]
    failed_channels: Vec<Value>,
}

impl Subscribed {
    /// Reads it from whatever the service answered.
    #[must_use]
    pub fn parse(result: &RawValue) -> Self {
        serde_json::from_str(result.get()).unwrap_or_default()
    }

    /// Whether the events come.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.failed_channels.is_empty()
    }
}
