//! What can go wrong with a method of the Call API, each kind with what to do about it.

use crate::catalog::InvalidParams;
use crate::client::Outcome;
use crate::protocol::dialect::Unknown;
use crate::protocol::{Shown, Tag};

/// Why a method did not do what it was for. An operation that ran and failed is no error: its result says so.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The arguments break the rules of the method. Nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidParams),
    /// The dialect of the connection has no word for it. Nothing was sent.
    #[error(transparent)]
    Unspeakable(#[from] Unknown),
    /// Nothing was sent, and nothing will be.
    #[error("not sent: {0}")]
    NotSent(Shown),
    /// The service refused the command.
    #[error("refused by the service: {code} {message}")]
    Refused {
        /// Relay's three digits, or a JSON-RPC error code.
        code: String,
        /// The service's words.
        message: Shown,
    },
    /// A command left and no answer came: it may or may not have happened. It is not sent again. Of a wait: nobody
    /// knows how it stands, and word of it is not to be hoped for. The link was lost meanwhile, and nothing was heard
    /// of it for 30 s after it was back, or it was not back for 120 s, or the service began a new session, in which
    /// nothing of before is reported. What comes later still shows in the call and its actions.
    #[error("outcome unknown: {0}")]
    Unknown(Shown),
    /// The call is over, or was never known here. Nothing was sent.
    #[error("the call is over")]
    CallOver,
    /// The call was dialled before, or is none that can be dialled. Nothing was sent.
    #[error("the call was dialled before; make a new one")]
    AlreadyDialed,
    /// The call has not been dialled yet.
    #[error("the call has no id yet; dial it first")]
    NotDialed,
    /// The action has no such control (relay-protocol 3.0).
    #[error("a running {kind} cannot be told to {control}")]
    NoSuchControl {
        /// The kind of action.
        kind: &'static str,
        /// The control.
        control: &'static str,
    },
    /// The dial was not decided in time. Legs that answer later are calls of their own and can be hung up.
    #[error("dial {tag} was not decided within {seconds} s")]
    DialTimedOut {
        /// The dial.
        tag: Tag,
        /// How long was waited.
        seconds: u64,
    },
    /// The credentials were refused.
    #[error("the service refused the credentials: {0}")]
    AuthenticationRefused(Shown),
    /// The client was closed.
    #[error("the client is closed")]
    Closed,
}

impl Error {
    /// The error of an outcome that is not [`Outcome::Done`].
    pub(super) fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Done(_) => None,
            Outcome::Refused { code, message } => Some(Self::Refused { code, message }),
            Outcome::NotSent(why) => Some(Self::NotSent(why)),
            Outcome::Unknown(why) => Some(Self::Unknown(why)),
        }
    }
}
