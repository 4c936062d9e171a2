//! Others on the same calls: applications whose sessions pass through a hub, and people at other consoles of it.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::protocol::dialect::Dialect;
use crate::protocol::{CallId, Shown};

/// What the ids of operations that people at a hub start begin with. On the wire the hub's mark stands for it.
pub const OURS: &str = "hub-";

/// Names a session of an application at a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AppId(pub u64);

/// An application whose session passes through the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its session. The same after a reconnect that resumes it.
    pub id: AppId,
    /// Tells sessions apart over runs of the hub, and tells nobody their address.
    #[serde(default)]
    pub session: String,
    /// What people call it: the name of the listener it comes by, else its contexts, else its number.
    pub name: Shown,
    /// What it says of itself when it logs in, such as `Python SDK/2.1.1`.
    pub agent: Shown,
    /// Which dialect it speaks.
    pub dialect: Dialect,
    /// The contexts whose inbound calls it takes.
    pub contexts: Vec<Shown>,
    /// Whether it is logged in at present.
    pub up: bool,
    /// Whether its login took an earlier session up again.
    pub restored: bool,
    /// Events of it that the hub could not look at, for it was behind: what they told is not known.
    pub missed: u64,
}

/// A person at a console of the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name under which the hub knows them.
    pub name: Shown,
    /// Their role, in a word.
    pub role: Shown,
    /// From where they are attached: `unix`, or the address of their machine.
    pub from: Shown,
    /// The number of their console.
    pub console: u32,
}

/// Who gave a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum By {
    /// Whoever sits at this console.
    #[default]
    Me,
    /// Somebody at another console of the same hub.
    Person(Arc<Person>),
    /// The application whose call it is.
    Application(AppId),
}

/// What somebody at a console does that others should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// Who.
    pub person: Arc<Person>,
    /// The call they look at.
    pub looking: Option<CallId>,
    /// The calls they said are theirs, each with how long ago they said so when this was told.
    pub claims: Vec<Claim>,
}

/// A call that somebody said is theirs to care for. It forbids nobody anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The call.
    pub call: CallId,
    /// How long ago it was claimed.
    #[serde(rename = "age_us", with = "micros")]
    pub age: Duration,
}

mod micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_micros)
    }
}
