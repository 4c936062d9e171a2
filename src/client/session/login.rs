//! The login: in one step, or in the three of Blade; what is picked up again; and the contexts that come with it.

use serde_json::json;
use serde_json::value::RawValue;

use super::{Awaited, ContextChange, Credentials, Handle, Output, Session, Step};
use crate::client::event::{ClientEvent, LinkState};
use crate::protocol::dialect::{Dialect, Login, Opened, Subscribed};
use crate::protocol::frame::{RpcError, code};
use crate::protocol::session::Authentication;
use crate::protocol::{RequestId, Secret, Shown};
use crate::time::Now;

impl Session {
    /// The socket is open: says who we are, and which session is wanted.
    pub(super) fn opened(&mut self, now: Now, out: &mut Vec<Output>) {
        if !matches!(self.link, LinkState::Opening { .. }) {
            return;
        }
        self.set_link(LinkState::Authenticating, out);
        self.last_heard = now.at;
        self.granted.clear();
        let Handle { protocol, authorization_state, sessionid } = &self.handle;
        let reveal = |secret: &'_ Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let (protocol, state, sessionid) = (reveal(protocol), reveal(authorization_state), reveal(sessionid));
        let dialect = self.config.dialect;
        self.resuming = match dialect {
            Dialect::Current => protocol.is_some(),
            Dialect::Blade => sessionid.is_some(),
        };
        let contexts: Vec<String> = self.contexts.iter().cloned().collect();
        let login = Login {
            authentication: self.authentication(),
            contexts: &contexts,
            protocol: protocol.as_deref(),
            authorization_state: state.as_deref(),
            sessionid: sessionid.as_deref(),
        };
        let id: RequestId = self.config.ids.next();
        let text = dialect.login(&id, login);
        self.send(id, text, Awaited::Login(Step::Connect), now, out);
    }

    fn authentication(&self) -> Authentication {
        let reveal = |secret: &Secret| secret.reveal().to_owned();
        match &self.config.credentials {
            Credentials::Token { project, token } => {
                Authentication { project: Some(reveal(project)), token: Some(reveal(token)), jwt_token: None }
            }
            Credentials::Jwt { project, jwt } => Authentication {
                project: project.as_ref().map(reveal),
                token: None,
                jwt_token: Some(reveal(jwt)),
            },
        }
    }

    /// The service has taken a step; the next one, or we are in.
    pub(super) fn login_step(&mut self, step: Step, result: &RawValue, now: Now, out: &mut Vec<Output>) {
        match (self.config.dialect, step) {
            (Dialect::Current, _) => {
                let granted = self.config.dialect.granted_protocol(result);
                self.take_protocol(granted);
                self.up(now, out);
            }
            (Dialect::Blade, Step::Connect) => self.blade_opened(&Opened::parse(result), now, out),
            (Dialect::Blade, Step::Setup) => self.blade_set_up(result, now, out),
            (Dialect::Blade, Step::Subscription) if Subscribed::parse(result).is_whole() => self.up(now, out),
            (Dialect::Blade, Step::Subscription) => {
                out.push(Output::Close { why: "the service does not report events to this session".into() });
            }
        }
    }

    /// Asks for the old address, if it is of the account we are in.
    fn blade_opened(&mut self, opened: &Opened, now: Now, out: &mut Vec<Output>) {
        let sessionid = opened.sessionid.clone().filter(|id| !id.is_empty()).map(Secret::new);
        sessionid.iter().for_each(|id| self.scrubber.learn_passing(id));
        // A signalling session that is new knows nothing of the old address, whatever it says of it.
        self.resumed = sessionid == self.handle.sessionid && opened.session_restored != Some(false);
        self.handle.sessionid = sessionid;
        let old = self.handle.protocol.as_ref().filter(|protocol| opened.may_resume(protocol.reveal()));
        let id: RequestId = self.config.ids.next();
        let text = Dialect::setup(&id, old.map(Secret::reveal));
        self.send(id, text, Awaited::Login(Step::Setup), now, out);
    }

    /// Asks for the events of the address that is ours now. Some may come before the answer.
    fn blade_set_up(&mut self, result: &RawValue, now: Now, out: &mut Vec<Output>) {
        let dialect = self.config.dialect;
        let reply = dialect.reply(result.get());
        if !dialect.is_success(&reply) {
            // Whatever it says of what we wanted picked up: without that it may say otherwise.
            let code =
                if self.resuming { code::INVALID_PARAMS } else { reply.code.parse().unwrap_or_default() };
            let error = RpcError { code, message: reply.message };
            return self.login_refused(&error, out);
        }
        let Some(granted) = dialect.granted_protocol(result) else {
            self.handle = Handle::default();
            return out.push(Output::Close { why: "the service gave this session no address".into() });
        };
        let restored = self.resumed;
        self.take_protocol(Some(granted.clone()));
        self.resumed &= restored;
        let id: RequestId = self.config.ids.next();
        let text = Dialect::subscription(&id, &granted);
        self.send(id, text, Awaited::Login(Step::Subscription), now, out);
    }

    /// This is our address now: the one we had, or another.
    fn take_protocol(&mut self, granted: Option<String>) {
        let protocol = granted.map(Secret::new);
        self.resumed = protocol.is_some() && protocol == self.handle.protocol;
        if !self.resumed {
            // It belongs to the session that is no more.
            self.handle.authorization_state = None;
        }
        protocol.iter().for_each(|protocol| self.scrubber.learn_passing(protocol));
        self.handle.protocol = protocol;
    }

    fn up(&mut self, now: Now, out: &mut Vec<Output>) {
        let restored = !self.ever_up || self.resumed;
        if self.ever_up {
            self.gaps = self.gaps.saturating_add(1);
        }
        self.ever_up = true;
        self.last_ping = now.at;
        self.recall.next_connection();
        self.set_link(LinkState::Up { since: now.at, restored, gaps: self.gaps }, out);
        if self.config.dialect.logs_in_with_contexts() || self.contexts.is_empty() {
            self.granted.clone_from(&self.contexts);
            return self.tell_contexts(out);
        }
        self.tell_contexts(out);
        let names: Vec<String> = self.contexts.iter().cloned().collect();
        let id: RequestId = self.config.ids.next();
        let text = self.command(&id, "signalwire.receive", &json!({ "contexts": names }));
        self.send(id, text, Awaited::Contexts(names), now, out);
    }

    /// The service gives us the inbound calls of the account's contexts, or does not. They are asked for again at the
    /// next login.
    pub(super) fn contexts_answered(
        &mut self,
        names: Vec<String>,
        answer: Result<&RawValue, RpcError>,
        text: &str,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        let dialect = self.config.dialect;
        let refusal = match answer {
            Ok(result) => {
                let reply = dialect.reply(result.get());
                (!dialect.is_success(&reply)).then(|| format!("{} {}", reply.code, reply.message))
            }
            Err(error) => Some(format!("{} {}", error.code, error.message)),
        };
        match refusal {
            Some(why) => {
                let why =
                    format!("the service does not give us inbound calls of {}: {why}", names.join(", "));
                self.fault(&why, text, now, out);
            }
            None => {
                self.granted.extend(names);
                self.tell_contexts(out);
            }
        }
    }

    /// Contexts were added or dropped by a command.
    pub(super) fn change_contexts(&mut self, change: ContextChange, out: &mut Vec<Output>) {
        for name in change.names {
            if change.add {
                self.granted.insert(name.clone());
                self.contexts.insert(name);
            } else {
                self.granted.remove(&name);
                self.contexts.remove(&name);
            }
        }
        self.tell_contexts(out);
    }

    fn tell_contexts(&self, out: &mut Vec<Output>) {
        let contexts = self.granted.iter().map(|name| Shown::new(name)).collect();
        out.push(Output::Event(ClientEvent::Contexts(contexts)));
    }

    /// Stale session data is dropped and the login tried once more without it. Refused credentials end it.
    pub(super) fn login_refused(&mut self, error: &RpcError, out: &mut Vec<Output>) {
        let why = Shown::new(&self.scrubber.scrub(&error.message));
        let final_word = matches!(
            error.code,
            code::AUTHENTICATION_FAILED | code::REQUESTER_VALIDATION_FAILED | code::INVALID_PARAMS
        );
        out.push(Output::Close { why: Shown::new(&format!("the login failed: {} {why}", error.code)) });
        if final_word && self.resuming {
            self.handle = Handle::default();
            self.retry_at_once = true;
        } else if final_word {
            self.set_link(LinkState::Refused { why }, out);
        }
        // Anything else is a failure of the server: the close that follows leads to a new attempt.
    }
}
