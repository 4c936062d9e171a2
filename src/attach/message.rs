//! What a hub and a console say to each other: one JSON object a line, named by its only key.
//!
//! A console says `hello` and is told `welcome` or `refused`. Then come the records of what is known, `current` when that
//! was all, and from there on every record as it happens. A record is what a journal keeps (see
//! [`crate::journal::coding::Coded`]): the same events, commands and outcomes as everywhere else. Whoever knows records
//! can attach.
//!
//! A field that one side does not know is passed over, so that fields can be added without a new version. [`PROTOCOL`]
//! counts up when something is taken away or means something else.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::calling::{Ask, ControlValue, PauseBehavior};
use crate::catalog::{self, Control, Values};
use crate::client::Ticket;
use crate::model::{Bulk, Consent, Why};
use crate::protocol::{CallId, ControlId, Shown};

/// The version of what is said here.
pub const PROTOCOL: u32 = 1;

/// What a console says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToHub {
    /// The first line.
    Hello {
        /// Its version of what is said here.
        protocol: u32,
        /// What it is, for people: `callboard 0.1.0`.
        agent: Shown,
        /// It only watches: the hub takes no act from it, whatever the person may do.
        #[serde(default)]
        watch: bool,
    },
    /// A command. What becomes of it comes as records with this ticket.
    Submit {
        /// Within the range that `welcome` gave, and never used before.
        ticket: u64,
        /// What is asked for.
        ask: AskBody,
        /// Why.
        #[serde(default)]
        why: WhyBody,
    },
    /// A note on a call.
    Note {
        /// The call.
        call: CallId,
        /// What it says.
        text: Shown,
    },
    /// The call under the cursor; none for none.
    Look {
        /// Which.
        call: Option<CallId>,
    },
    /// A call is mine to care for, or no longer.
    Claim {
        /// Which.
        call: CallId,
        /// Whether it is.
        on: bool,
    },
    /// Is the hub there? It answers `pong` with the same number.
    Ping {
        /// Any number.
        number: u64,
    },
}

/// What a hub says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToConsole {
    /// Attached; the records of what is known follow.
    Welcome(Box<Welcome>),
    /// Not attached, or no longer: this is the last line.
    Refused {
        /// Why, and what to do about it.
        why: Shown,
        /// It may be otherwise soon: the console attaches again by itself.
        #[serde(default)]
        again: bool,
    },
    /// Something that happened.
    Record(Record),
    /// Everything that was known when the console attached has been told.
    Current,
    /// A note, a look or a claim was not taken.
    Denied {
        /// Why, and what to do about it.
        why: Shown,
    },
    /// The answer to `ping`.
    Pong {
        /// Its number.
        number: u64,
        /// Delay of what passes through the hub, in microseconds: half of it is faster.
        #[serde(default)]
        delay_p50_us: Option<u64>,
        /// The same: of a hundred messages, one is slower.
        #[serde(default)]
        delay_p99_us: Option<u64>,
    },
}

/// Who one is to the hub, and how to read what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The hub's version of what is said here.
    pub protocol: u32,
    /// What the hub is, for people: `callboard 0.1.0`.
    pub agent: Shown,
    /// Names this run of the hub.
    pub instance: String,
    /// The number of this console.
    pub console: u32,
    /// The first ticket it may use, and how many.
    pub tickets: (u64, u64),
    /// The name under which the hub knows the person.
    pub person: Shown,
    /// Their role.
    pub role: Shown,
    /// Their rights, by name.
    pub rights: Vec<Shown>,
    /// Most calls that one act may reach; none for no limit.
    #[serde(default)]
    pub bulk_limit: Option<usize>,
    /// The hub's clock now, in microseconds: that of every `at_us`. Only differences of it mean something.
    pub now_us: u64,
    /// The service that the hub stands before.
    pub upstream: Shown,
}

/// Something that happened, as a journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Its number in this run of the hub. Numbers go up, with holes.
    pub seq: u64,
    /// When, by the hub's clock, in microseconds.
    pub at_us: u64,
    /// What sort it is: `event`, `command`, `outcome`, `note`, `application`, `owner`, `presence`, …
    pub kind: Shown,
    /// The call it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// All of it: of an event the frame as it came.
    pub body: Arc<RawValue>,
}

/// What is asked for; see [`Ask`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskBody {
    /// A method of the catalogue.
    Invoke {
        /// Its name, such as `play_tts`.
        method: String,
        /// Its arguments by field name.
        #[serde(default)]
        values: Values,
        /// The call; none for a dial.
        #[serde(default)]
        call: Option<CallId>,
        /// The id of the operation, or the tag of the dial: begins with `hub-` and was never used before.
        id: ControlId,
    },
    /// A control of a running operation.
    Control {
        /// The call.
        call: CallId,
        /// The operation.
        control_id: ControlId,
        /// How.
        control: Control,
        /// Loudness in dB, for `volume`.
        #[serde(default)]
        volume: Option<f64>,
        /// What a paused recording holds: `skip` or `silence`.
        #[serde(default)]
        behavior: Option<String>,
    },
}

/// Why an ask cannot be put into words for a hub, or is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The contexts of an application are its own; probes are the hub's.
    #[error("contexts belong to the applications: a hub takes no calls of its own")]
    NotThroughAHub,
    /// Not in the catalogue.
    #[error("no such method; `callboard methods` lists them")]
    NoSuchMethod,
    /// A pause holds something else.
    #[error("a paused recording holds `skip` or `silence`")]
    NoSuchBehavior,
}

impl AskBody {
    /// Puts an ask into words.
    ///
    /// # Errors
    /// When it is about the connection itself.
    pub fn of(ask: &Ask) -> Result<Self, AskError> {
        Ok(match ask {
            Ask::Invoke { method, values, call, id } => Self::Invoke {
                method: (*method).to_owned(),
                values: values.clone(),
                call: call.clone(),
                id: id.clone(),
            },
            Ask::Control { call, control_id, control, value } => {
                let (volume, behavior) = match value {
                    Some(ControlValue::Volume(db)) => (Some(*db), None),
                    Some(ControlValue::Pause(behavior)) => (None, Some(behavior.as_str().to_owned())),
                    None => (None, None),
                };
                let (call, control_id) = (call.clone(), control_id.clone());
                Self::Control { call, control_id, control: *control, volume, behavior }
            }
            Ask::Probe { .. } | Ask::Contexts { .. } => return Err(AskError::NotThroughAHub),
        })
    }

    /// The ask in these words.
    ///
    /// # Errors
    /// When the method is not in the catalogue.
    pub fn ask(self) -> Result<Ask, AskError> {
        Ok(match self {
            Self::Invoke { method, values, call, id } => {
                let method = catalog::method(&method).ok_or(AskError::NoSuchMethod)?.name;
                Ask::Invoke { method, values, call, id }
            }
            Self::Control { call, control_id, control, volume, behavior } => {
                let known = |word: &String| {
                    let all = [PauseBehavior::Skip, PauseBehavior::Silence];
                    all.into_iter().find(|one| one.as_str() == word).ok_or(AskError::NoSuchBehavior)
                };
                let pause = behavior.as_ref().map(known).transpose()?;
                let value = volume.map(ControlValue::Volume).or(pause.map(ControlValue::Pause));
                Ask::Control { call, control_id, control, value }
            }
        })
    }
}

/// Why; see [`Why`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhyBody {
    /// The reason; may be empty.
    pub reason: Shown,
    /// How it was agreed to, in a word.
    pub consent: String,
    /// The rule of an act on several calls, how many they are, and which of them this is.
    pub bulk: Option<(Shown, usize, usize)>,
}

impl From<&Why> for WhyBody {
    fn from(why: &Why) -> Self {
        let bulk = why.bulk.as_ref().map(|bulk| (bulk.rule.clone(), bulk.targets, bulk.position));
        Self { reason: why.reason.clone(), consent: why.consent.word().to_owned(), bulk }
    }
}

impl From<WhyBody> for Why {
    fn from(body: WhyBody) -> Self {
        let bulk = body.bulk.map(|(rule, targets, position)| Bulk { rule, targets, position });
        Self { reason: body.reason, consent: Consent::named(&body.consent).unwrap_or_default(), bulk }
    }
}

impl Welcome {
    /// Whether a ticket is one of those that were given to this console.
    #[must_use]
    pub fn gave(&self, ticket: Ticket) -> bool {
        let (first, count) = self.tickets;
        ticket.0.checked_sub(first).is_some_and(|place| place < count)
    }
}

impl Record {
    /// The text of a body as it goes over a line: bodies that are empty or no JSON are made JSON.
    #[must_use]
    pub fn body_of(text: &str) -> Arc<RawValue> {
        // A frame may be written over several lines, but never within a text.
        let line =
            if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text.to_owned() };
        let raw = RawValue::from_string(line).or_else(|_| serde_json::value::to_raw_value(text));
        raw.map_or_else(|_| Arc::from(RawValue::NULL.to_owned()), Arc::from)
    }

    /// The call as text, and the body as the journal has it.
    #[must_use]
    pub fn text(&self) -> &str {
        if self.kind.as_str() == "clear" { "" } else { self.body.get() }
    }
}

impl ToHub {
    /// A line that says so.
    #[must_use]
    pub fn line(&self) -> String {
        line(self)
    }
}

impl ToConsole {
    /// A line that says so.
    #[must_use]
    pub fn line(&self) -> String {
        line(self)
    }
}

fn line(message: &impl Serialize) -> String {
    // Maps with text keys always serialise; an empty line is passed over.
    let mut line = serde_json::to_string(message).unwrap_or_default();
    line.push('\n');
    line
}

/// Reads a line.
///
/// # Errors
/// In words, when it is nothing that this side knows.
pub fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, Shown> {
    serde_json::from_str(line).map_err(|error| {
        let what = serde_json::from_str::<Value>(line).ok();
        let what = what.as_ref().and_then(Value::as_object).and_then(|fields| fields.keys().next());
        match what {
            Some(what) => Shown::new(&format!("`{what}` could not be read: {error}")),
            None => Shown::new(&format!("not a line of JSON with one key: {error}")),
        }
    })
}
