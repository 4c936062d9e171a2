//! Sessions begin, are picked up again, and end: the logins, contexts, pings, dismissal.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::agenda::Ticket;
use super::requests::{Answer, rpc_error};
use super::script::{Credentials, Resend, Stale};
use super::session::{Session, SessionKey};
use super::world::{ClientId, Due, Output, World};
use crate::protocol::Dialect;
use crate::protocol::frame::{self, code};
use crate::protocol::id::RequestId;
use crate::protocol::session::{Authentication, Connect};

/// What SDK fixtures show for bad credentials.
pub(super) const UNAUTHORIZED: &str =
    "Authentication service failed with status ProtocolError, 401 Unauthorized: {}";
/// What browser clients see for stale session data.
const STALE: &str = "Requester validation failed";
/// Seconds between WebSocket pings to a Blade client at most: some give up after 15 s without any.
const BLADE_PINGS: f64 = 5.0;

impl World {
    pub(super) fn login(&mut self, client: ClientId, dialect: Dialect, params: Option<&RawValue>) -> Answer {
        let granted = match dialect {
            Dialect::Current => self.grant(client, params.map_or("{}", RawValue::get)),
            Dialect::Blade => self.blade_connect(client, params),
        };
        match &granted {
            Ok(_) => self.ledger_mut().counts.logins += 1,
            Err(_) => self.ledger_mut().counts.refused_logins += 1,
        }
        granted
    }

    fn grant(&mut self, client: ClientId, params: &str) -> Answer {
        let connect: Connect = serde_json::from_str(params)
            .map_err(|error| rpc_error(code::INVALID_PARAMS, &format!("Invalid params: {error}")))?;
        if !self.accepts(&connect.authentication) {
            return Err(rpc_error(code::AUTHENTICATION_FAILED, UNAUTHORIZED));
        }
        if self.clients.get(&client).is_some_and(|client| client.session.is_some()) {
            return Err(rpc_error(code::INVALID_PARAMS, "Already connected"));
        }
        let old = self.resumable(&connect)?;
        let key = old.unwrap_or_else(|| self.begin_session(Dialect::Current, &connect.authentication));
        if let Some(session) = self.sessions.get_mut(&key) {
            session.event_acks = connect.event_acks;
            let unpaid = &self.script.session.unpaid;
            session
                .contexts
                .extend(connect.contexts.iter().filter(|context| !unpaid.contains(context)).cloned());
        }
        self.attach(client, key);
        if old.is_some() {
            self.ledger_mut().counts.resumed += 1;
        }
        let result = self.login_result(key, old.is_some());
        if old.is_some() {
            self.resend(key);
        }
        if self.script.login.authorization_state {
            self.push_authorization_state(key);
        }
        let contexts = self.sessions.get(&key).map(|session| session.contexts.clone()).unwrap_or_default();
        self.contexts_held(&contexts.into_iter().collect::<Vec<_>>());
        self.start_pings(client);
        self.login_cues(client);
        self.start_flood(key);
        Ok(result)
    }

    pub(super) fn accepts(&self, who: &Authentication) -> bool {
        let accept = &self.script.login.accept;
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let pair = given(&who.project).zip(given(&who.token));
        if accept.is_empty() {
            return pair.is_some() || given(&who.jwt_token).is_some();
        }
        pair.is_some_and(|(project, token)| accept.contains(&Credentials { project, token }))
    }

    /// The session a connect wants to pick up. Session data that is not ours is refused, or ignored.
    fn resumable(&self, connect: &Connect) -> Result<Option<SessionKey>, crate::protocol::frame::RpcError> {
        let Some(protocol) = &connect.protocol else { return Ok(None) };
        let found = self.sessions.iter().find(|(_, session)| &*session.protocol == protocol.as_str());
        let valid = found.filter(|(_, session)| {
            connect.authorization_state.as_ref().is_none_or(|state| *state == session.authorization_state)
        });
        match (valid, &connect.authorization_state, self.script.login.stale) {
            (Some((key, _)), _, _) => Ok(Some(*key)),
            (None, Some(_), Stale::Refuse) => Err(rpc_error(code::REQUESTER_VALIDATION_FAILED, STALE)),
            (None, _, _) => Ok(None),
        }
    }

    /// What an address and a login result have of an account.
    pub(super) fn signature(project: &str) -> String {
        format!("{:08x}", fnv(project.as_bytes()))
    }

    pub(super) fn begin_session(&mut self, dialect: Dialect, who: &Authentication) -> SessionKey {
        let key = SessionKey(self.next_key());
        let project = who.project.clone().unwrap_or_else(|| self.ids.next());
        // In Blade it was told before, of an account that may have no name.
        let signature = match dialect {
            Dialect::Current => Self::signature(&project),
            Dialect::Blade => Self::signature(who.project.as_deref().unwrap_or_default()),
        };
        let id: String = self.ids.next();
        let protocol = format!("signalwire_{signature}_{id}");
        let identity: String = self.ids.next();
        self.sessions.insert(key, Session::new(dialect, protocol, identity, project, signature));
        key
    }

    /// A session has this client from now on, and another no more.
    pub(super) fn attach(&mut self, client: ClientId, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let before = session.client.replace(client);
        let expiry: Option<Ticket> = session.expiry.take();
        if let Some(ticket) = expiry {
            self.agenda.cancel(ticket);
        }
        if let Some(before) = before.filter(|before| *before != client) {
            if let Some(before) = self.clients.get_mut(&before) {
                before.session = None;
            }
            self.put(Output::Close { client: before, code: 1000 });
        }
        if let Some(client) = self.clients.get_mut(&client) {
            client.session = Some(key);
        }
    }

    fn login_result(&mut self, key: SessionKey, restored: bool) -> Value {
        let node: String = self.ids.next();
        let Some(session) = self.sessions.get(&key) else { return json!({}) };
        json!({
            "session_restored": restored,
            "sessionid": session.protocol,
            "nodeid": node,
            "master_nodeid": "00000000-0000-4000-8000-000000000000",
            "identity": session.identity,
            "protocol": session.protocol,
            "authorization": {
                "type": "project",
                "project_id": session.project,
                "project": session.project,
                "scopes": ["calling", "messaging", "tasking"],
                "signature": session.signature,
                "expires_at": null,
            },
            "authorizations": [],
            "accesses": [],
            "protocols": [],
            "protocols_uncertified": ["signalwire"],
            "subscriptions": [],
            "ice_servers": [],
        })
    }

    fn push_authorization_state(&mut self, key: SessionKey) {
        let part = |source: &mut crate::protocol::id::IdSource| {
            let id: String = source.next();
            id.replace('-', "")
        };
        let state = format!("{}=:{}=", part(&mut self.ids), part(&mut self.ids));
        if let Some(session) = self.sessions.get_mut(&key) {
            session.authorization_state.clone_from(&state);
        }
        let body = json!({ "authorization_state": state });
        self.after(
            0.02,
            Due::SessionEvent { session: key, event_type: "signalwire.authorization.state", body },
        );
    }

    /// Sends what was not acknowledged again, as the scenario has it.
    fn resend(&mut self, key: SessionKey) {
        let rule = self.script.session.resend;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if rule == Resend::Nothing {
            return session.forget_held();
        }
        for number in session.held_numbers() {
            if rule == Resend::NewId {
                let frame_id: String = self.ids.next();
                if let Some(session) = self.sessions.get_mut(&key) {
                    // What never went out has no id anybody could remember.
                    if session.held(number).is_some_and(|held| held.sent) {
                        session.rename(number, frame_id);
                    }
                }
            }
            self.after(0.01, Due::Resent { session: key, number });
        }
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Some(client) = session.client else { return };
        for text in session.bulk.again(rule == Resend::NewId) {
            self.after(0.01, Due::Send(client, text));
        }
    }

    /// `signalwire.receive`: more contexts.
    pub(super) fn subscribe(&mut self, key: SessionKey, params: &str) -> Value {
        let Some(contexts) = contexts_of(params) else {
            return json!({ "code": "400", "message": "Bad request: contexts" });
        };
        if contexts.iter().any(|context| self.script.session.unpaid.contains(context)) {
            return json!({ "code": "402", "message": "Payment required" });
        }
        let Some(session) = self.sessions.get_mut(&key) else { return json!({}) };
        session.contexts.extend(contexts.iter().cloned());
        let message = match session.dialect {
            Dialect::Current => "Receiving events",
            Dialect::Blade => "Receiving all inbound related to the requested relay contexts",
        };
        self.contexts_held(&contexts);
        json!({ "code": "200", "message": message })
    }

    /// `signalwire.unreceive`: fewer contexts.
    pub(super) fn unsubscribe(&mut self, key: SessionKey, params: &str) -> Value {
        let Some(contexts) = contexts_of(params) else {
            return json!({ "code": "400", "message": "Bad request: contexts" });
        };
        if let Some(session) = self.sessions.get_mut(&key) {
            session.contexts.retain(|held| !contexts.contains(held));
        }
        json!({ "code": "200", "message": "Unreceiving events" })
    }

    pub(super) fn pong(&self, params: &str) -> Value {
        let sent: Value = serde_json::from_str(params).unwrap_or_default();
        let mut result = json!({ "timestamp": self.now.wall.as_seconds() });
        if let (Some(payload), Some(fields)) = (sent.get("payload"), result.as_object_mut()) {
            fields.insert("payload".into(), payload.clone());
        }
        result
    }

    pub(super) fn start_pings(&mut self, client: ClientId) {
        if self.script.pings.every > 0.0 {
            self.after(self.script.pings.first, Due::Ping(client));
        }
    }

    /// A ping of ours, and the next one.
    pub(super) fn ping(&mut self, client: ClientId) {
        let Some(state) = self.clients.get(&client).filter(|client| !client.closed) else { return };
        let (dialect, off) = (state.dialect.unwrap_or_default(), state.pings_off);
        let every = self.script.pings.every;
        if dialect == Dialect::Blade {
            if !off {
                self.put(Output::Ping { client });
            }
            self.after(every.min(BLADE_PINGS), Due::Ping(client));
            return;
        }
        if !off {
            let id: String = self.ids.next();
            let body = json!({ "timestamp": self.now.wall.as_seconds() });
            let text = frame::request(&RequestId::from(format!("ping-{id}")), "signalwire.ping", &body);
            self.send(client, text);
        }
        self.after(every, Due::Ping(client));
    }

    pub(super) fn pings_on(&mut self, client: ClientId) {
        if let Some(client) = self.clients.get_mut(&client) {
            client.pings_off = false;
        }
    }

    /// The client is told to go, then the socket is closed. With `restart` the session is forgotten.
    pub(super) fn dismiss(&mut self, client: ClientId, restart: bool) {
        let Some(state) = self.clients.get(&client).filter(|client| !client.closed) else { return };
        let (session, dialect) = (state.session, state.dialect.unwrap_or_default());
        let id: String = self.ids.next();
        let text = dialect.disconnect(&RequestId::from(format!("disconnect-{id}")), restart);
        self.send(client, text);
        self.after(0.3, Due::Close(client, 1000));
        if let Some(session) = session.filter(|_| restart) {
            // Kept until the socket is gone, so that the client's last words still find it.
            self.after(0.3, Due::Expire(session));
        }
    }

    pub(super) fn client_left(&mut self, client: ClientId) {
        let Some(key) = self.clients.remove(&client).and_then(|client| client.session) else { return };
        let keep = self.script.session.keep;
        let expiry = self.after(keep, Due::Expire(key));
        if let Some(session) = self.sessions.get_mut(&key).filter(|session| session.client == Some(client)) {
            session.client = None;
            session.expiry = Some(expiry);
        } else {
            self.agenda.cancel(expiry);
        }
    }

    /// A session is over. Its calls live on; nobody controls them any more.
    pub(super) fn expire(&mut self, key: SessionKey) {
        let Some(session) = self.sessions.shift_remove(&key) else { return };
        if let Some(client) = session.client.and_then(|client| self.clients.get_mut(&client)) {
            client.session = None;
        }
        for leg in self.legs.values_mut().filter(|leg| leg.owner == Some(key)) {
            leg.owner = None;
            leg.orphaned = true;
        }
    }
}

fn contexts_of(params: &str) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Asked {
        #[serde(default)]
        contexts: Option<Vec<String>>,
        #[serde(default)]
        context: Option<String>,
    }
    let asked: Asked = serde_json::from_str(params).ok()?;
    asked.contexts.or_else(|| asked.context.map(|context| vec![context]))
}

/// A stable number for a text: same text, same number, in every run.
pub(super) fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
