//! Bodies of the session's own methods: connect, contexts, ping, disconnect.

use serde::{Deserialize, Serialize};

use super::lenient;

/// `signalwire.connect` (relay-protocol 1.3), version 2.0.0 as the server SDKs send.
#[derive(Debug, Serialize, Deserialize)]
pub struct Connect {
    /// Protocol version.
    pub version: Version,
    /// Free text that names the client.
    #[serde(default)]
    pub agent: String,
    /// A promise to acknowledge events.
    #[serde(default)]
    pub event_acks: bool,
    /// Who we are.
    pub authentication: Authentication,
    /// Contexts whose inbound calls we take; left out when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<String>,
    /// The session to resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Quick re-authentication; only together with `protocol`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_state: Option<String>,
}

/// A protocol version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// 2 for server SDKs.
    pub major: u32,
    /// 0.
    pub minor: u32,
    /// 0.
    pub revision: u32,
}

impl Version {
    /// What the current server SDK sends.
    pub const CURRENT: Self = Self { major: 2, minor: 0, revision: 0 };
    /// What the Blade SDKs for Python and Go send.
    pub const BLADE: Self = Self { major: 2, minor: 3, revision: 0 };
}

/// The `authentication` of a connect (relay-protocol 1.4). Holds secrets: made for one frame and dropped.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// Project id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// API token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// A JWT, instead of project and token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt_token: Option<String>,
}

impl std::fmt::Debug for Authentication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authentication(<redacted>)")
    }
}

/// The result of `signalwire.connect`. Only the protocol matters; all else is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// The session's address, sent back on reconnect.
    #[serde(default, deserialize_with = "lenient::text")]
    pub protocol: Option<String>,
    /// Client identity.
    #[serde(default, deserialize_with = "lenient::text")]
    pub identity: Option<String>,
    /// Whether a previous session was picked up, where the server says so.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub session_restored: Option<bool>,
}

/// `signalwire.receive` and `signalwire.unreceive`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contexts {
    /// The contexts to add or to drop.
    pub contexts: Vec<String>,
}

/// `signalwire.disconnect`, from the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disconnect {
    /// The next connect is to be a fresh session.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub restart: Option<bool>,
}
