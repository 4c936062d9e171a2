//! A scenario as the sim plays it: typed, checked, read from TOML. Format: `scenarios/example.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

pub use super::arrival_script::{AppDeed, Arrival, Pattern};
pub use super::fault_script::{Cue, Deed, Fault, Garbage};
pub use super::party::{Answers, Party, Press, Reply, Say};
use super::party::{NumberRule, built_in};
pub use super::rule_script::{
    CallRules, FinalEvents, GapEvents, GoneAnswer, Resend, SessionRules, StrayControl,
};
use crate::protocol::calling::BadParams;

/// Why a scenario is refused.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not TOML, an unknown key, or a value of the wrong type; the message shows line and key.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A value that makes no sense.
    #[error("{key}: {why}")]
    Value {
        /// Path of the key.
        key: String,
        /// What is wrong.
        why: String,
    },
}

/// A whole scenario. Everything has a default: an empty text is the quiet box.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// Who may log in.
    pub login: Login,
    /// How sessions outlive their sockets.
    pub session: SessionRules,
    /// The server's own pings.
    pub pings: Pings,
    /// How calls behave in general.
    pub calls: CallRules,
    /// Far ends by name; the built-in ones may be replaced.
    pub parties: BTreeMap<String, Party>,
    /// Which far end answers which number; the first match counts.
    #[serde(rename = "number")]
    pub numbers: Vec<NumberRule>,
    /// Calls that come by themselves.
    #[serde(rename = "arrival")]
    pub arrivals: Vec<Arrival>,
    /// What goes wrong, and when.
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
    /// Calls and events as fast as the client takes them.
    pub flood: Option<Flood>,
    /// What is written down.
    pub ledger: LedgerRules,
}

/// `[login]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// Accepted pairs; none means any credentials are good.
    pub accept: Vec<Credentials>,
    /// Push `signalwire.authorization.state` after each login.
    pub authorization_state: bool,
    /// What becomes of a resume with data that is not ours.
    pub stale: Stale,
}

/// One accepted pair of credentials.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Project id.
    pub project: String,
    /// API token.
    pub token: String,
}

/// The two ways sources describe for stale resume data (relay-protocol 9, question 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stale {
    /// Error -32003.
    #[default]
    Refuse,
    /// A fresh session.
    Ignore,
}

impl Default for Login {
    fn default() -> Self {
        Self { accept: Vec::new(), authorization_state: true, stale: Stale::Refuse }
    }
}

/// `[pings]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pings {
    /// Seconds from login to the first.
    pub first: f64,
    /// Seconds between them; 0 for none at all.
    pub every: f64,
}

impl Default for Pings {
    fn default() -> Self {
        Self { first: 3.0, every: 10.0 }
    }
}

/// Seconds: a number, or `[least, most]` to choose between.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "SpanText")]
pub struct Span {
    /// Least.
    pub least: f64,
    /// Most.
    pub most: f64,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected seconds, or [least, most] seconds")]
enum SpanText {
    Whole(i64),
    One(f64),
    Range([f64; 2]),
}

impl TryFrom<SpanText> for Span {
    type Error = String;

    fn try_from(text: SpanText) -> Result<Self, String> {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a scenario are small")]
        let [least, most] = match text {
            SpanText::Whole(one) => [one as f64; 2],
            SpanText::One(one) => [one; 2],
            SpanText::Range(range) => range,
        };
        if least.is_finite() && most.is_finite() && 0.0 <= least && least <= most && most <= 1e6 {
            Ok(Self { least, most })
        } else {
            Err(format!("no span of seconds: [{least}, {most}]"))
        }
    }
}

impl Span {
    /// Always the same.
    #[must_use]
    pub const fn exactly(seconds: f64) -> Self {
        Self { least: seconds, most: seconds }
    }
}

/// `[flood]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Flood {
    /// Live calls at any time.
    pub calls: usize,
    /// Events per call, from its offer to its end, at least three; then another takes its place.
    pub events: usize,
    /// Events per second; 0 for as fast as they are taken.
    pub rate: f64,
    /// The most unacknowledged events while `rate` is 0; 0 for as many as the socket takes.
    pub window: usize,
    /// Events in all; 0 for no end.
    pub total: u64,
}

impl Default for Flood {
    fn default() -> Self {
        Self { calls: 1_000, events: 100, rate: 0.0, window: 0, total: 0 }
    }
}

/// `[ledger]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerRules {
    /// The most entries kept of either kind; older ones are only counted.
    pub keep: usize,
}

impl Default for LedgerRules {
    fn default() -> Self {
        Self { keep: 500_000 }
    }
}

impl Script {
    /// Reads a scenario.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown key, or a value makes no sense. The error names the key.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let mut script: Self = toml::from_str(text)?;
        for (name, party) in built_in() {
            script.parties.entry(name.to_owned()).or_insert(party);
        }
        script.check()?;
        Ok(script)
    }

    /// The quiet box: nobody calls, and every dialled number answers like a person after two seconds.
    #[must_use]
    pub fn quiet() -> Self {
        Self {
            parties: built_in().map(|(name, party)| (name.to_owned(), party)).collect(),
            ..Self::default()
        }
    }

    /// The demo of the hub: callers and people to be called, for applications that are no part of the sim.
    ///
    /// # Errors
    /// Never; the text is part of the program and tested.
    pub fn applications() -> Result<Self, ScriptError> {
        Self::parse(include_str!("scenarios/applications.toml"))
    }

    /// The demo: a busy floor.
    ///
    /// # Errors
    /// Never; the text is part of the program and tested.
    pub fn floor() -> Result<Self, ScriptError> {
        Self::parse(include_str!("scenarios/floor.toml"))
    }

    fn check(&self) -> Result<(), ScriptError> {
        if !(self.pings.every == 0.0 || self.pings.every >= 0.1) {
            return Err(value("pings.every", "0 for none, or at least 0.1 s"));
        }
        for (index, rule) in self.numbers.iter().enumerate() {
            self.known_party(&format!("number[{index}].party"), &rule.party)?;
        }
        for (index, arrival) in self.arrivals.iter().enumerate() {
            let key = format!("arrival[{index}]");
            let names = arrival.party.iter().chain(arrival.parties.keys());
            for name in names {
                self.known_party(&format!("{key}.party"), name)?;
            }
            for (index, deed) in arrival.does.iter().enumerate() {
                check_deed(&format!("{key}.does[{index}]"), deed)?;
            }
            if arrival.every.is_some_and(|every| every.least < 0.01) {
                return Err(value(&format!("{key}.every"), "at least 0.01 s"));
            }
            if arrival.age.is_none() && arrival.again_after.is_some() {
                return Err(value(&format!("{key}.again_after"), "needs age"));
            }
            if [&arrival.from, &arrival.to].iter().any(|pattern| pattern.0.is_empty()) {
                return Err(value(&key, "from and to: at least one number or address"));
            }
        }
        self.faults.iter().enumerate().try_for_each(|(index, fault)| {
            fault.check().map_err(|why| value(&format!("fault[{index}]"), &why))
        })
    }

    fn known_party(&self, key: &str, name: &str) -> Result<(), ScriptError> {
        if self.parties.contains_key(name) {
            return Ok(());
        }
        let known: Vec<_> = self.parties.keys().map(String::as_str).collect();
        Err(value(key, &format!("no party `{name}`; there are {}", known.join(", "))))
    }
}

fn check_deed(key: &str, deed: &AppDeed) -> Result<(), ScriptError> {
    match deed.request("call", "node", "control") {
        Ok(_) => Ok(()),
        Err(BadParams::UnknownMethod) => {
            Err(value(&format!("{key}.command"), &format!("no command `{}`", deed.command)))
        }
        Err(error) => Err(value(&format!("{key}.params"), &error.to_string())),
    }
}

fn value(key: &str, why: &str) -> ScriptError {
    ScriptError::Value { key: key.to_owned(), why: why.to_owned() }
}
