//! What is learned of one application by listening to its connection: its dialect, its login, what it waits for. Pure.

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::client::{AppId, Ticket};
use crate::protocol::dialect::Dialect;
use crate::protocol::secret::Scrubber;
use crate::protocol::{RequestId, Secret, Shown};
use crate::time::At;

/// Requests of one application whose answers are awaited; the SDKs of version 2 wait for ever.
const AWAITED: usize = 4_096;
/// Texts of a login that are kept from being shown: no way to log in has more than a handful.
const SECRETS: usize = 32;
/// Secrets of one connection; beyond that what a further login says of itself is not shown at all.
const SECRETS_IN_ALL: usize = 256;
/// Contexts of one application that are told.
pub const CONTEXTS: usize = 100;

/// One connection of an application.
#[derive(Debug)]
pub struct Line {
    /// The name of the listener it came by.
    pub listener: Option<Shown>,
    /// What it calls itself in the upgrade.
    pub user_agent: Shown,
    /// What it calls itself in the login.
    pub agent: Shown,
    /// The dialect of its first frame; none before.
    pub dialect: Option<Dialect>,
    /// Its secrets.
    pub scrubber: Scrubber,
    /// The session that it wants to take up again.
    pub resumes: Option<Secret>,
    /// Contexts of the login, or granted since.
    pub contexts: Vec<Shown>,
    /// Its session.
    pub app: Option<AppId>,
    /// How many secrets the scrubber was given.
    secrets: usize,
    awaited: IndexMap<RequestId, Awaited>,
}

/// What an answer will be to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// The login.
    Login,
    /// The request for the address of the session, in Blade.
    Setup,
    /// The request to take calls of contexts, or to take them no more.
    Contexts {
        /// Take them.
        add: bool,
        /// Which.
        names: Vec<Shown>,
    },
    /// A command.
    Command {
        /// Under which it is noted.
        ticket: Ticket,
        /// When it was sent.
        sent: At,
    },
}

impl Line {
    /// A connection that was opened by this listener.
    #[must_use]
    pub fn new(listener: Option<Shown>, user_agent: Option<&str>) -> Self {
        Self {
            listener,
            user_agent: Shown::new(user_agent.unwrap_or_default()),
            agent: Shown::default(),
            dialect: None,
            scrubber: Scrubber::default(),
            resumes: None,
            contexts: Vec::new(),
            app: None,
            secrets: 0,
            awaited: IndexMap::new(),
        }
    }

    /// Remembers what is awaited. Gives what had to be forgotten for it.
    pub fn awaits(&mut self, id: RequestId, awaited: Awaited) -> Option<Awaited> {
        if let Some(replaced) = self.awaited.get_mut(&id) {
            return Some(std::mem::replace(replaced, awaited));
        }
        let oldest = (self.awaited.len() >= AWAITED).then(|| self.awaited.shift_remove_index(0)).flatten();
        self.awaited.insert(id, awaited);
        oldest.map(|(_, awaited)| awaited)
    }

    /// What an answer is to.
    pub fn answered(&mut self, id: &RequestId) -> Option<Awaited> {
        self.awaited.shift_remove(id)
    }

    /// Everything that is awaited, which will not come any more.
    pub fn give_up(&mut self) -> impl Iterator<Item = Awaited> + use<> {
        std::mem::take(&mut self.awaited).into_values()
    }

    /// Learns from a login who this is, and what must never be shown, whatever shape it has.
    pub fn login(&mut self, params: Option<&RawValue>) {
        let login: Value = params.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let mut secrets = Vec::new();
        ["authentication", "authorization_state", "sessionid", "protocol"]
            .into_iter()
            .for_each(|key| texts(&login[key], &mut secrets));
        // What is no login in truth is not to be shown, and takes no time.
        let within = secrets.len() <= SECRETS && self.secrets + secrets.len() <= SECRETS_IN_ALL;
        secrets.into_iter().take(SECRETS).for_each(|secret| self.keep_from_showing(&Secret::new(secret)));
        let shown = |text: &Value| Shown::new(&self.scrubber.scrub(text.as_str().unwrap_or_default()));
        let told = if within { &login } else { &Value::Null };
        let contexts = told["contexts"].as_array().into_iter().flatten().take(CONTEXTS);
        (self.agent, self.contexts) = (shown(&told["agent"]), contexts.map(shown).collect());
        self.resumes = resumed(&login);
    }

    /// Learns from a setup which session is to be taken up again.
    pub fn setup(&mut self, params: Option<&RawValue>) {
        let setup: Value = params.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        self.resumes = resumed(&setup);
        if let Some(old) = self.resumes.clone() {
            self.keep_from_showing(&old);
        }
    }

    fn keep_from_showing(&mut self, secret: &Secret) {
        if self.secrets < SECRETS_IN_ALL {
            self.secrets += 1;
            self.scrubber.learn(secret);
        }
    }

    /// The answer to a login or a setup granted this session.
    pub fn granted(&mut self, protocol: String) -> Secret {
        let protocol = Secret::new(protocol);
        self.scrubber.learn(&protocol);
        protocol
    }

    /// Contexts were granted or given back.
    pub fn contexts_changed(&mut self, add: bool, names: Vec<Shown>) {
        self.contexts.retain(|held| !names.contains(held));
        if add {
            let room = CONTEXTS.saturating_sub(self.contexts.len());
            self.contexts.extend(names.into_iter().take(room));
        }
    }

    /// What people call it: the name of its listener, else its contexts, else its number.
    #[must_use]
    pub fn name(&self, id: AppId) -> Shown {
        if let Some(name) = &self.listener {
            return name.clone();
        }
        if self.contexts.is_empty() {
            return Shown::new(&format!("app-{}", id.0));
        }
        Shown::new(&self.contexts.iter().map(Shown::as_str).collect::<Vec<_>>().join("+"))
    }
}

fn resumed(params: &Value) -> Option<Secret> {
    params["protocol"].as_str().filter(|protocol| !protocol.is_empty()).map(Secret::new)
}

/// Every text in a value.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| texts(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, into)),
        _ => {}
    }
}
