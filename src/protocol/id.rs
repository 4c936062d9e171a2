//! Identifiers of the wire as distinct types, cheap to clone.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text as it is on the wire. Not fit for a screen: see [`crate::protocol::Shown`].
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: Into<Arc<str>>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(text.into())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    )+};
}

ids! {
    /// One leg at the server. Made by the server, sent back in each command.
    CallId
    /// The media node that holds a call. Opaque; sent back with the call id in each command.
    NodeId
    /// One running operation on a call. Made by the client, unique per operation.
    ControlId
    /// Joins the legs and events of one dial or connect to it. Made by the client.
    Tag
    /// One JSON-RPC request. Made by whoever sends it.
    RequestId
}

/// Where new identifiers come from: random for real, counted for simulations and tests.
#[derive(Debug, Clone)]
pub enum IdSource {
    /// Random version 4 UUIDs, as every SDK sends.
    Random,
    /// The same after a few letters that say who made them.
    Marked(&'static str),
    /// UUID-shaped, from a seeded generator: the same seed gives the same ids.
    Seeded(fastrand::Rng),
}

impl IdSource {
    /// A repeatable source.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(fastrand::Rng::with_seed(seed))
    }

    /// The next identifier, as lower-case hyphenated UUID text.
    #[expect(clippy::should_implement_trait, reason = "an iterator yields one type; this yields any id")]
    pub fn next<T: From<String>>(&mut self) -> T {
        let uuid = match self {
            Self::Marked(mark) => return T::from(format!("{mark}{}", uuid::Uuid::new_v4())),
            Self::Random => uuid::Uuid::new_v4(),
            Self::Seeded(rng) => uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid(),
        };
        T::from(uuid.to_string())
    }
}
