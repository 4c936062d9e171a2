//! The one way to the wire, without I/O: an ask becomes a checked command, and the model learns of it first.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::error::Error;
use super::resync::Resync;
use crate::catalog::{self, Control, FieldError, InvalidParams, Scope, Target, Values};
use crate::client::{AppId, By, Submission, Ticket};
use crate::model::{Command, Model, Occurrence, Subject, Why};
use crate::protocol::id::IdSource;
use crate::protocol::secret::without_credentials;
use crate::protocol::{CallId, CallState, ControlId, Dialect, Shown, Tag};
use crate::time::{At, Now};

/// What can be asked of the service.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Invoke a method of the catalogue.
    Invoke {
        /// Its name, such as `play_tts`.
        method: &'static str,
        /// Its arguments by field name.
        values: Values,
        /// The call it acts on; none for a dial.
        call: Option<CallId>,
        /// Id of the operation it starts; the tag, for dial and connect.
        id: ControlId,
    },
    /// Control a running operation.
    Control {
        /// The call it runs on.
        call: CallId,
        /// The operation.
        control_id: ControlId,
        /// How.
        control: Control,
        /// The value, where the control takes one.
        value: Option<ControlValue>,
    },
    /// Ask whether a call still exists. Harmless: it stops an operation that never was.
    Probe {
        /// The call.
        call: CallId,
    },
    /// Take inbound calls of these contexts, or stop taking them.
    Contexts {
        /// Add or drop.
        add: bool,
        /// Which.
        names: Vec<String>,
    },
}

/// The value that some controls take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ControlValue {
    /// Loudness in dB, -40 to 40.
    Volume(f64),
    /// What a paused recording holds.
    Pause(PauseBehavior),
}

/// What a paused recording holds for the time of the pause (Relay `calling.record.pause`, `behavior`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PauseBehavior {
    /// Nothing: the pause is cut out.
    #[default]
    Skip,
    /// Silence as long as the pause.
    Silence,
}

impl PauseBehavior {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Silence => "silence",
        }
    }
}

/// The model, and the only maker of commands.
#[derive(Debug)]
pub struct Desk {
    has_hub: bool,
    model: Model,
    /// The newest ticket given out.
    tickets: u64,
    /// The first ticket that may be given out: consoles of one hub each have a range of their own.
    first_ticket: u64,
    ids: IdSource,
    resync: Resync,
}

impl Desk {
    /// The same at a hub, or at a console of one: asks go over the connections of applications.
    #[must_use]
    pub fn at_hub(ids: IdSource) -> Self {
        Self { has_hub: true, ..Self::new(ids) }
    }

    /// An empty desk. Control ids and tags come from `ids`.
    #[must_use]
    pub fn new(ids: IdSource) -> Self {
        Self::speaking(Dialect::Current, ids)
    }

    /// The same for a connection in either dialect: asks that it has no word for are refused.
    #[must_use]
    pub fn speaking(dialect: Dialect, ids: IdSource) -> Self {
        Self {
            has_hub: false,
            model: Model::speaking(dialect),
            tickets: 0,
            first_ticket: 0,
            ids,
            resync: Resync::default(),
        }
    }

    /// What is known.
    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// What is known, to pin calls, to take what changed, and to put what earlier runs knew in its place. What happens
    /// goes by [`Desk::take`].
    pub const fn model_mut(&mut self) -> &mut Model {
        &mut self.model
    }

    /// A new control id or tag.
    pub fn next_id(&mut self) -> ControlId {
        self.ids.next()
    }

    /// Takes one thing that happened.
    pub fn take(&mut self, occurrence: &Occurrence, now: Now) {
        self.model.take(occurrence, now);
        if let Occurrence::Reported(event) = occurrence {
            self.resync.observe(event, &self.model, now.at);
        }
    }

    /// When the desk has something to send by itself: see [`Desk::wake`].
    #[must_use]
    pub fn wake_at(&self) -> Option<At> {
        self.resync.wake_at()
    }

    /// The probes that are due: after a gap it asks, one after another, whether the calls in doubt still exist.
    /// Each is to be noted before it is sent.
    pub fn wake(&mut self, now: Now) -> Vec<(Submission, Command)> {
        let mut due = Vec::new();
        while let Some(probe) = self.resync.next(&self.model, now.at) {
            if let Ok((submission, command)) =
                self.prepare(Ask::Probe { call: probe.call().clone() }, Why::default(), now)
            {
                self.resync.sent(probe, submission.ticket);
                due.push((submission, command));
            }
        }
        due
    }

    /// Checks an ask. Gives what is to be sent, and what is to be noted ([`Desk::take`]) before it is.
    ///
    /// # Errors
    /// When the arguments are wrong, the call is over, the control does not exist, or the dialect of the connection has
    /// no word for it.
    pub fn prepare(&mut self, ask: Ask, why: Why, now: Now) -> Result<(Submission, Command), Error> {
        self.prepare_as(ask, why, None, now)
    }

    /// The same for somebody else, who has given it a ticket already.
    ///
    /// # Errors
    /// As [`Desk::prepare`].
    pub fn prepare_as(
        &mut self,
        ask: Ask,
        why: Why,
        whose: Option<(By, Ticket)>,
        now: Now,
    ) -> Result<(Submission, Command), Error> {
        let via = self.via(&ask)?;
        let dialect = self.dialect_of(via);
        let (method, rpc, params, subject) = match ask {
            Ask::Invoke { method, values, call, id } => {
                self.invoke(dialect, method, &values, call.as_ref(), &id)?
            }
            Ask::Control { call, control_id, control, value } => {
                self.control(call, control_id, control, value)?
            }
            Ask::Probe { call } => self.probe(call)?,
            Ask::Contexts { add, names } => contexts(add, &names)?,
        };
        let (by, ticket) = whose.unwrap_or_else(|| (By::Me, self.next_ticket()));
        dialect.knows(&rpc, &params)?;
        let rpc: Arc<str> = rpc.into();
        let params = Arc::new(params);
        // Whatever is kept and shown of a command is this; credentials go to the service alone.
        let noted = match without_credentials(&params) {
            Cow::Borrowed(_) => params.clone(),
            Cow::Owned(noted) => Arc::new(noted),
        };
        let command = Command { ticket, method, rpc: rpc.clone(), params: noted, subject, by, why, now };
        Ok((Submission { ticket, rpc, params, via }, command))
    }

    /// Gives out tickets of this range from now on.
    pub const fn number_from(&mut self, first: u64) {
        (self.first_ticket, self.tickets) = (first, 0);
    }

    /// A new ticket. Those of earlier runs are not given out again.
    pub fn next_ticket(&mut self) -> Ticket {
        let latest = self.model.latest_ticket().0;
        let latest = if ticket_range(latest) == ticket_range(self.first_ticket) { latest } else { 0 };
        self.tickets = self.tickets.max(latest).max(self.first_ticket) + 1;
        Ticket(self.tickets)
    }

    /// At a hub: the application over whose connection an ask goes. It is the one that owns the call; a dial goes over
    /// that of the call it names, else over the only one there is.
    fn via(&self, ask: &Ask) -> Result<Option<AppId>, Error> {
        if !self.has_hub {
            return Ok(None);
        }
        let call = match ask {
            Ask::Invoke { call, .. } => call.as_ref(),
            Ask::Control { call, .. } | Ask::Probe { call } => Some(call),
            Ask::Contexts { .. } => {
                return Err(not_sent("contexts belong to the applications, not to the hub"));
            }
        };
        dial_via(&self.model, call).map(Some)
    }

    fn dialect_of(&self, via: Option<AppId>) -> Dialect {
        let application = via.and_then(|id| self.model.application(id));
        application.map_or(self.model.dialect(), |application| application.dialect)
    }

    fn invoke(
        &self,
        dialect: Dialect,
        name: &'static str,
        values: &Values,
        call: Option<&CallId>,
        id: &ControlId,
    ) -> Result<Made, Error> {
        let Some(method) = catalog::method(name) else { return Err(no_such_method(name)) };
        catalog::check(method, values)?;
        if method.scope == Scope::Space {
            let tag = Tag::from(id.as_str());
            let target = Target { tag: Some(&tag), ..Target::default() };
            let (rpc, params) = dialect.dial(catalog::wire(method, values, &target));
            return Ok((method.name, rpc.to_owned(), params, Subject::Dial(tag)));
        }
        let call = call.and_then(|id| self.model.call(id)).ok_or(Error::CallOver)?;
        if call.state == CallState::Ended {
            return Err(Error::CallOver);
        }
        let tag = Tag::from(id.as_str());
        let target = Target {
            call_id: Some(&call.id),
            node_id: call.node.as_ref(),
            control_id: Some(id),
            tag: Some(&tag),
            device: call.device.as_ref(),
        };
        let params = catalog::wire(method, values, &target);
        let wait_for_beep = values.get("wait_for_beep") == Some(&Value::Bool(true));
        let subject = match method.starts {
            Some(kind) => {
                Subject::Start { call: call.id.clone(), control_id: id.clone(), kind, wait_for_beep }
            }
            None => Subject::Call(call.id.clone()),
        };
        Ok((method.name, method.rpc.to_owned(), params, subject))
    }

    fn probe(&mut self, id: CallId) -> Result<Made, Error> {
        let control_id = self.ids.next();
        let call = self.model.call(&id).filter(|call| call.is_live()).ok_or(Error::CallOver)?;
        let params = json!({ "node_id": call.node, "call_id": call.id, "control_id": control_id });
        Ok(("probe", "calling.play.stop".to_owned(), params, Subject::Probe { call: id, control_id }))
    }

    fn control(
        &self,
        call_id: CallId,
        control_id: ControlId,
        control: Control,
        value: Option<ControlValue>,
    ) -> Result<Made, Error> {
        let call =
            self.model.call(&call_id).filter(|call| call.state != CallState::Ended).ok_or(Error::CallOver)?;
        let kind = call.action(&control_id).ok_or(Error::CallOver)?.kind;
        if !kind.can(control) {
            return Err(Error::NoSuchControl { kind: kind.word(), control: control.suffix() });
        }
        let mut params = Map::new();
        params.insert("node_id".into(), json!(call.node));
        params.insert("call_id".into(), json!(call.id));
        // The tag of a bridge is no control id on the wire.
        if kind != catalog::ActionKind::Connect {
            params.insert("control_id".into(), json!(control_id));
        }
        let mut volume = None;
        match (control, value) {
            (Control::Volume, Some(ControlValue::Volume(db))) if (-40.0..=40.0).contains(&db) => {
                params.insert("volume".into(), json!(db));
                volume = Some(db);
            }
            (Control::Volume, value) => return Err(bad_volume(value)),
            (Control::Pause, value) if kind == catalog::ActionKind::Record => {
                // Always sent: the sources disagree about the default.
                let behavior = if let Some(ControlValue::Pause(behavior)) = value {
                    behavior
                } else {
                    PauseBehavior::Skip
                };
                params.insert("behavior".into(), json!(behavior.as_str()));
            }
            _ => {}
        }
        let subject = Subject::Control { call: call_id, control_id, control, volume };
        Ok((control.suffix(), kind.control_rpc(control), Value::Object(params), subject))
    }
}

/// At a hub: the application over whose connection goes what is about this call; about none, a dial.
///
/// # Errors
/// When it is not known whose the call is, or not said which of several applications is to dial.
pub fn dial_via(model: &Model, call: Option<&CallId>) -> Result<AppId, Error> {
    if let Some(call) = call {
        let call = model.call(call).ok_or(Error::CallOver)?;
        return call.owner.ok_or_else(|| not_sent("it is not known whose call this is"));
    }
    let mut up = model.applications().filter(|application| application.up);
    match (up.next(), up.next()) {
        (Some(only), None) => Ok(only.id),
        (None, _) => Err(not_sent("no application is connected to the hub: there is no session to dial in")),
        _ => Err(not_sent("several applications are connected: select a call of the one that is to dial")),
    }
}

/// Tickets of one console at a hub, and of the applications there until they get more.
pub const TICKETS: u64 = 1 << 20;

/// Whose tickets are like this one: 0 for a client that has its own connection, and for the applications of a hub.
#[must_use]
pub const fn ticket_range(ticket: u64) -> u64 {
    ticket / TICKETS
}

/// Name in the API, command on the wire, its params, and what it is about.
type Made = (&'static str, String, Value, Subject);

fn contexts(add: bool, names: &[String]) -> Result<Made, Error> {
    let bad = |name: &String| name.trim().is_empty() || name.chars().any(char::is_control);
    if names.is_empty() || names.iter().any(bad) {
        let errors = vec![FieldError {
            field: "contexts".into(),
            value: Shown::new(&names.join(" ")).to_string(),
            rule: "at least one name, none empty, no control characters".into(),
        }];
        return Err(InvalidParams { method: "receive", errors }.into());
    }
    let (name, rpc) =
        if add { ("receive", "signalwire.receive") } else { ("unreceive", "signalwire.unreceive") };
    Ok((name, rpc.to_owned(), json!({ "contexts": names }), Subject::Link))
}

fn not_sent(why: &str) -> Error {
    Error::NotSent(why.into())
}

fn bad_volume(value: Option<ControlValue>) -> Error {
    let value = if let Some(ControlValue::Volume(db)) = value { db.to_string() } else { String::new() };
    let rule = "a number within -40 to 40 dB".into();
    InvalidParams { method: "volume", errors: vec![FieldError { field: "volume".into(), value, rule }] }
        .into()
}

fn no_such_method(name: &'static str) -> Error {
    let rule = "no method of that name is in the catalogue".into();
    InvalidParams {
        method: name,
        errors: vec![FieldError { field: "method".into(), value: name.into(), rule }],
    }
    .into()
}
