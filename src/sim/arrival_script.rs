//! `[[arrival]]`: the calls that come by themselves, as a scenario says it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::script::Span;
use crate::protocol::calling::{BadParams, Command};
use crate::protocol::state::Direction;

/// `[[arrival]]`: a call, or a stream of calls, that nobody on this session asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// Its name in messages.
    #[serde(default)]
    pub label: String,
    /// `inbound` (default), or `outbound` for a dialler application's calls reported to this session.
    #[serde(default = "inbound")]
    pub direction: Direction,
    /// The context that says which session gets it.
    pub context: String,
    /// Calling number or SIP address; each `?` becomes a digit.
    pub from: Pattern,
    /// Called number or SIP address; each `?` becomes a digit.
    pub to: Pattern,
    /// Already there when a session holds the context: it came so many seconds before.
    #[serde(default)]
    pub age: Option<Span>,
    /// With `age`: how many of them there are.
    #[serde(default = "one")]
    pub standing: usize,
    /// With `age`: seconds after one of them is over until another takes its place; without, none does.
    #[serde(default)]
    pub again_after: Option<Span>,
    /// Seconds after the context is first held.
    #[serde(default)]
    pub at: Vec<f64>,
    /// Seconds from one to the next.
    #[serde(default)]
    pub every: Option<Span>,
    /// How many at most.
    #[serde(default)]
    pub count: Option<u32>,
    /// Seconds after which the application answers an inbound call; without, it is left to the client.
    #[serde(default)]
    pub answered_after: Option<Span>,
    /// Seconds an unanswered inbound caller waits.
    #[serde(default = "patience")]
    pub patience: Span,
    /// The far end, by name.
    #[serde(default)]
    pub party: Option<String>,
    /// Far ends to choose from, with weights.
    #[serde(default)]
    pub parties: BTreeMap<String, f64>,
    /// What another application does on the call.
    #[serde(default)]
    pub does: Vec<AppDeed>,
}

const fn inbound() -> Direction {
    Direction::Inbound
}

const fn one() -> usize {
    1
}

const fn patience() -> Span {
    Span::exactly(60.0)
}

/// A number or address with `?` for digits, or several to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "PatternText")]
pub struct Pattern(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number or address, or a list of them")]
enum PatternText {
    One(String),
    Several(Vec<String>),
}

impl From<PatternText> for Pattern {
    fn from(text: PatternText) -> Self {
        match text {
            PatternText::One(one) => Self(vec![one]),
            PatternText::Several(several) => Self(several),
        }
    }
}

/// `[[arrival.does]]`: a command of another application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppDeed {
    /// What a detector of the application says that starts the clock, such as `HUMAN`; without, the answer does.
    #[serde(default)]
    pub on: Option<String>,
    /// Seconds after that.
    #[serde(default = "at_once")]
    pub after: Span,
    /// Method without `calling.`, such as `record` or `play.stop`.
    pub command: String,
    /// Its parameters without node, call and control id.
    #[serde(default)]
    pub params: serde_json::Map<String, serde_json::Value>,
    /// Name of the control id, so that a later command can mean it.
    #[serde(default)]
    pub control: Option<String>,
    /// How likely it is done at all, 0 to 1.
    #[serde(default = "certain")]
    pub chance: f64,
}

const fn at_once() -> Span {
    Span::exactly(0.0)
}

const fn certain() -> f64 {
    1.0
}

impl AppDeed {
    /// The command this stands for, on a call.
    ///
    /// # Errors
    /// When there is no such command, or its parameters are bad.
    pub fn request(&self, call: &str, node: &str, control: &str) -> Result<Command, BadParams> {
        let mut params = self.params.clone();
        for (key, text) in [("call_id", call), ("node_id", node), ("control_id", control)] {
            params.insert(key.to_owned(), text.into());
        }
        let params = serde_json::Value::Object(params).to_string();
        Command::parse(&format!("calling.{}", self.command), &params)
    }
}
