//! The login of Blade, in its three steps, and what is picked up again by `sessionid` and address.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::login::UNAUTHORIZED;
use super::requests::{Answer, rpc_error};
use super::session::SessionKey;
use super::world::{ClientId, Due, World};
use crate::protocol::Dialect;
use crate::protocol::frame::{self, code};
use crate::protocol::id::RequestId;
use crate::protocol::session::Authentication;

/// A client between its login and its setup.
#[derive(Debug)]
pub(super) struct Entered {
    pub who: Authentication,
    pub sessionid: String,
}

/// The `blade.connect` of a client.
#[derive(Deserialize)]
struct Connect {
    authentication: Authentication,
    #[serde(default)]
    sessionid: Option<String>,
}

#[derive(Deserialize, Default)]
struct Setup {
    #[serde(default)]
    protocol: Option<String>,
}

#[derive(Deserialize)]
struct Subscription {
    command: String,
    protocol: String,
    #[serde(default)]
    channels: Vec<String>,
}

/// The channel that events come by.
const CHANNEL: &str = "notifications";
/// The node that all is mastered by.
pub(super) const MASTER: &str = "00000000-0000-4000-8000-000000000000";

fn read<T: for<'de> Deserialize<'de>>(params: Option<&RawValue>) -> Result<T, frame::RpcError> {
    serde_json::from_str(params.map_or("{}", RawValue::get))
        .map_err(|error| rpc_error(code::INVALID_PARAMS, &format!("Invalid params: {error}")))
}

impl World {
    /// `blade.connect`: who is there. What is picked up is decided at the setup.
    pub(super) fn blade_connect(&mut self, client: ClientId, params: Option<&RawValue>) -> Answer {
        let connect: Connect = read(params)?;
        if !self.accepts(&connect.authentication) {
            return Err(rpc_error(code::AUTHENTICATION_FAILED, UNAUTHORIZED));
        }
        if self.clients.get(&client).is_some_and(|client| client.entered.is_some()) {
            return Err(rpc_error(code::INVALID_PARAMS, "Already connected"));
        }
        let known = |id: &String| self.sessions.values().any(|session| session.sessionid == *id);
        let old = connect.sessionid.filter(known);
        let restored = old.is_some();
        let sessionid = old.unwrap_or_else(|| self.ids.next());
        let nodeid: String = self.ids.next();
        let who = connect.authentication;
        let result = json!({
            "session_restored": restored,
            "sessionid": sessionid,
            "nodeid": nodeid,
            "master_nodeid": MASTER,
            "authorization": {
                "project": who.project,
                "expires_at": null,
                "scopes": ["calling", "messaging", "tasking"],
                "signature": Self::signature(who.project.as_deref().unwrap_or_default()),
            },
            "routes": [],
            "protocols": [],
            "subscriptions": [],
            "authorities": [],
            "authorizations": [],
            "accesses": [],
            "protocols_uncertified": ["signalwire"],
        });
        if let Some(client) = self.clients.get_mut(&client) {
            client.nodeid = nodeid;
            client.entered = Some(Entered { who, sessionid });
        }
        self.start_pings(client);
        Ok(result)
    }

    /// The setup: an address, the old one when it is of the same signalling session.
    pub(super) fn blade_setup(&mut self, client: ClientId, params: Option<&RawValue>) -> Answer {
        let wanted: Setup = read(params)?;
        let entered = self.clients.get(&client).and_then(|client| client.entered.as_ref());
        let Some(Entered { who, sessionid }) = entered else {
            return Err(rpc_error(code::REQUESTER_VALIDATION_FAILED, "Requester validation failed"));
        };
        let (who, sessionid) = (who.clone(), sessionid.clone());
        let old = wanted.protocol.and_then(|protocol| {
            let is_it = |session: &super::session::Session| {
                *session.protocol == *protocol && session.sessionid == sessionid
            };
            self.sessions.iter().find(|(_, session)| is_it(session)).map(|(key, _)| *key)
        });
        let key = old.unwrap_or_else(|| self.begin_session(Dialect::Blade, &who));
        if let Some(session) = self.sessions.get_mut(&key) {
            session.sessionid = sessionid;
            // Nothing is kept for who is away, and contexts are asked for anew.
            session.forget_held();
            session.contexts.clear();
            session.subscribed = false;
        }
        self.attach(client, key);
        if old.is_some() {
            self.ledger_mut().counts.resumed += 1;
        }
        let protocol = self.sessions.get(&key).map(|session| session.protocol.clone()).unwrap_or_default();
        let id: String = self.ids.next();
        let news = json!({
            "netcaster_nodeid": MASTER,
            "command": "protocol.add",
            "params": { "protocol": protocol },
        });
        let netcast = frame::request(&RequestId::from(format!("netcast-{id}")), "blade.netcast", &news);
        self.after(0.05, Due::Send(client, netcast));
        self.login_cues(client);
        Ok(json!({ "protocol": protocol }))
    }

    /// `blade.subscription`: from here on the events of an address come.
    pub(super) fn blade_subscription(&mut self, key: SessionKey, params: Option<&RawValue>) -> Answer {
        let Subscription { command, protocol, channels } = read(params)?;
        let Some(session) = self.sessions.get_mut(&key) else { return Ok(json!({})) };
        let ours = *session.protocol == *protocol;
        let (taken, failed): (Vec<_>, Vec<_>) =
            channels.into_iter().partition(|channel| ours && channel == CHANNEL);
        if !taken.is_empty() {
            session.subscribed = command != "remove";
            if session.subscribed {
                self.start_flood(key);
            }
        }
        let result: Value = json!({
            "command": command,
            "protocol": protocol,
            "subscribe_channels": taken,
            "failed_channels": failed,
        });
        Ok(result)
    }
}
