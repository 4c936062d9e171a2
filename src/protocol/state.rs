//! Words of the call's life: state, direction, end reason. Unknown words are kept as they came.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A word this version does not know, kept as it came.
            Other(Box<str>),
        }

        impl $name {
            /// Every known word in the order of its table.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Other(other.into()),
                }
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from(&*Cow::<str>::deserialize(deserializer)?))
            }
        }
    };
}

pub(crate) use words;

words! {
    /// State of a call (relay-protocol 2.3). Ordered by [`CallState::rank`]; a call never moves backwards.
    CallState {
        /// The leg exists at the server.
        Created = "created",
        /// Alerting, not answered.
        Ringing = "ringing",
        /// Media is up.
        Answered = "answered",
        /// Hang-up is running.
        Ending = "ending",
        /// Gone.
        Ended = "ended",
    }
}

impl CallState {
    /// Place in the life of a call, 0 (`created`) to 4 (`ended`). `None` for a word this version does not know.
    #[must_use]
    pub const fn rank(&self) -> Option<u8> {
        match self {
            Self::Created => Some(0),
            Self::Ringing => Some(1),
            Self::Answered => Some(2),
            Self::Ending => Some(3),
            Self::Ended => Some(4),
            Self::Other(_) => None,
        }
    }

    /// Whether the call is over or ending.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Ending | Self::Ended)
    }
}

words! {
    /// Who called whom, seen from the platform.
    Direction {
        /// Somebody calls a number of ours.
        Inbound = "inbound",
        /// We called them.
        Outbound = "outbound",
    }
}

words! {
    /// Why a call ended (relay-protocol 2.4). The first six may also be sent with a hang-up.
    EndReason {
        /// Normal hang-up by a party.
        Hangup = "hangup",
        /// Cancelled before it was answered.
        Cancel = "cancel",
        /// Far end busy.
        Busy = "busy",
        /// Rang out.
        NoAnswer = "noAnswer",
        /// Rejected.
        Decline = "decline",
        /// Failure.
        Error = "error",
        /// The caller left before the answer, or in a queue.
        Abandoned = "abandoned",
        /// A time cap was reached.
        MaxDuration = "max_duration",
        /// No such destination.
        NotFound = "not_found",
    }
}

impl EndReason {
    /// The words a client may send in `calling.end`.
    pub const SENDABLE: &'static [&'static str] =
        &["hangup", "cancel", "busy", "noAnswer", "decline", "error"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_survive_a_round_trip() {
        let state: CallState = serde_json::from_str(r#""parked""#).unwrap();
        assert_eq!(state, CallState::Other("parked".into()));
        assert_eq!(serde_json::to_string(&state).unwrap(), r#""parked""#);
        assert_eq!(state.rank(), None);
    }
}
