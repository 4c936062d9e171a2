//! What a record says, and what of it is hidden by policy. Pure.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::chain::Hash;
use super::origin::Origin;
use crate::model::mask;
use crate::protocol::Shown;
use crate::protocol::secret::is_credential;

/// One record, but for its place in the chain. What is not known of an act is not there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When, in UTC (RFC 3339).
    pub ts: String,
    /// Milliseconds since the run began, by a clock that nobody can set.
    pub mono_ms: u64,
    /// Who, and from where.
    #[serde(flatten)]
    pub origin: Arc<Origin>,
    /// What was done, in words.
    pub act: String,
    /// The command on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// Its node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Its segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// The tag of its dial or connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The context it came by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Who started what is acted on: `own`, or `other` for an application or a colleague.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Calling party.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_no: Option<String>,
    /// Called party.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_no: Option<String>,
    /// State of the call, as the person saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_before: Option<String>,
    /// The params as they were sent, what policy hides hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<Value>,
    /// Control id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// Number of the request in its session; what is told of it later has the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<u64>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How it was agreed to: `none`, `y`, `count`, `undo-expired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Its place in an act on several calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bulk: Option<BulkNote>,
    /// Code of the service's answer; `not-sent` and `unknown` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the service said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Milliseconds from sending to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// Final state of the action, the dial or the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// The place of an act among those on several calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkNote {
    /// The filter or rule that chose the calls; empty when they were marked by hand.
    pub rule: String,
    /// How many calls.
    pub targets: usize,
    /// Which of them, from 1.
    pub position: usize,
}

/// What of digits and texts is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// All of it.
    Full,
    /// How long they are.
    #[default]
    Masked,
    /// A hash: tells whether two are the same. Short ones can be guessed from it.
    Hash,
}

impl Policy {
    /// Their words in the configuration.
    pub const NAMES: [(&'static str, Self); 3] =
        [("full", Self::Full), ("masked", Self::Masked), ("hash", Self::Hash)];

    /// A text, or what stands for it.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        match self {
            Self::Full => text.to_owned(),
            Self::Masked => format!("(hidden, {} characters)", text.chars().count()),
            Self::Hash => format!("sha256:{}", Hash::of(text).brief()),
        }
    }

    fn keys(self, text: &str) -> String {
        if self == Self::Masked { mask::keys(text) } else { self.text(text) }
    }
}

/// What stands for a credential, whatever the policy.
const SECRET: &str = "(secret)";

/// Params fit for a record: without credentials, digits and texts by policy, numbers hidden where that is wanted.
#[must_use]
pub fn params(value: &Value, policy: Policy, numbers: bool) -> Value {
    match value {
        Value::Object(object) => Value::Object(fields(object, policy, numbers)),
        Value::Array(list) => list.iter().map(|value| params(value, policy, numbers)).collect(),
        Value::String(text) => string("", text, policy, numbers).into(),
        value => value.clone(),
    }
}

fn fields(object: &Map<String, Value>, policy: Policy, numbers: bool) -> Map<String, Value> {
    // A header of SIP is a name and a value.
    let secret = object.get("name").and_then(Value::as_str).is_some_and(is_credential);
    let field = |(key, value): (&String, &Value)| {
        let value = match value {
            _ if is_credential(key) || (secret && key == "value") => Value::from(SECRET),
            Value::String(text) => string(key, text, policy, numbers).into(),
            value => params(value, policy, numbers),
        };
        (key.clone(), value)
    };
    object.iter().map(field).collect()
}

fn string(key: &str, text: &str, policy: Policy, numbers: bool) -> String {
    match key {
        "digits" => policy.keys(text),
        "text" => policy.text(text),
        "from" | "to" | "from_number" | "to_number" | "caller_id" if numbers => mask::party(text),
        _ if text.starts_with("sip:") || text.starts_with("sips:") => {
            let text = sip(text);
            if numbers { mask::within(&text) } else { text }
        }
        _ if text.contains("://") => address(text),
        _ if numbers => mask::within(text),
        _ => text.to_owned(),
    }
}

/// A SIP address without its password.
fn sip(text: &str) -> String {
    let Some((name, host)) = text.rsplit_once('@') else { return text.to_owned() };
    let mut parts = name.splitn(3, ':');
    let (scheme, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{scheme}:{name}@{host}")
}

/// An address without who may use it: neither a name and password before the host, nor what follows the path.
fn address(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let cut = if path.len() < rest.len() { "?…" } else { "" };
    let (host, path) = path.split_once('/').map_or((path, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let path = path.map(|path| format!("/{path}")).unwrap_or_default();
    format!("{scheme}://{host}{path}{cut}")
}

impl Record {
    /// That so many records could not be written, by whoever wrote this one.
    #[must_use]
    pub fn lost(&self, count: u64) -> Self {
        Self {
            ts: self.ts.clone(),
            mono_ms: self.mono_ms,
            origin: self.origin.clone(),
            act: "lost".into(),
            message: Some(format!("{count} records could not be written")),
            ..Self::default()
        }
    }

    /// The record in one line for people.
    #[must_use]
    pub fn line(&self, seq: u64) -> String {
        let whole = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut parts = vec![format!("{seq:>6} {} {}", self.ts, self.origin.who), self.act.clone()];
        parts.extend(self.call.as_ref().map(|call| format!("call {call}")));
        if self.from_no.is_some() {
            parts.push(format!("{} > {}", whole(&self.from_no), whole(&self.to_no)));
        }
        parts.extend(self.bulk.as_ref().map(|bulk| {
            let rule = if bulk.rule.is_empty() { "marked" } else { &bulk.rule };
            format!("{} of {} ({rule})", bulk.position, bulk.targets)
        }));
        parts.extend(self.reason.as_ref().map(|reason| format!("reason {reason}")));
        parts.extend(self.code.as_ref().map(|code| format!("-> {code} {}", whole(&self.message))));
        parts.extend(self.message.clone().filter(|_| self.code.is_none()));
        parts.extend(self.ms.map(|ms| format!("{ms} ms")));
        parts.extend(self.outcome.as_ref().map(|outcome| format!("=> {outcome}")));
        Shown::whole(&parts.join("  ")).to_string()
    }
}
