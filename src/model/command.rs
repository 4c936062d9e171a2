//! A command on its way: what it is about, so that its outcome reaches the right place.

use std::sync::Arc;

use serde_json::Value;

use super::Why;
use crate::catalog::{ActionKind, Control};
use crate::client::{By, Ticket};
use crate::protocol::{CallId, ControlId, Tag};
use crate::time::Now;

/// What a command is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// The connection: contexts.
    Link,
    /// A call as a whole.
    Call(CallId),
    /// An operation it starts.
    Start {
        /// On which call.
        call: CallId,
        /// Under which id.
        control_id: ControlId,
        /// Of which kind.
        kind: ActionKind,
        /// Whether a detector's answer needs the beep.
        wait_for_beep: bool,
    },
    /// A running operation it controls.
    Control {
        /// On which call.
        call: CallId,
        /// Which one.
        control_id: ControlId,
        /// How.
        control: Control,
        /// The new loudness in dB, for volume.
        volume: Option<f64>,
    },
    /// A dial.
    Dial(Tag),
    /// Whether a call still exists; no act of anybody.
    Probe {
        /// Which call.
        call: CallId,
        /// The id of an operation that never was.
        control_id: ControlId,
    },
}

impl Subject {
    /// The call it is about.
    #[must_use]
    pub const fn call(&self) -> Option<&CallId> {
        match self {
            Self::Call(call)
            | Self::Start { call, .. }
            | Self::Control { call, .. }
            | Self::Probe { call, .. } => Some(call),
            Self::Link | Self::Dial(_) => None,
        }
    }

    /// The call it probes.
    #[must_use]
    pub const fn probed(&self) -> Option<&CallId> {
        match self {
            Self::Probe { call, .. } => Some(call),
            _ => None,
        }
    }

    /// The operation it is about.
    #[must_use]
    pub const fn control_id(&self) -> Option<&ControlId> {
        match self {
            Self::Start { control_id, .. } | Self::Control { control_id, .. } => Some(control_id),
            Self::Link | Self::Call(_) | Self::Dial(_) | Self::Probe { .. } => None,
        }
    }
}

/// A command that was submitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Names it until its outcome is known.
    pub ticket: Ticket,
    /// The method as the Call API names it, for example `play_tts`.
    pub method: &'static str,
    /// The command on the wire.
    pub rpc: Arc<str>,
    /// Its params, as sent, but for credentials.
    pub params: Arc<Value>,
    /// What it is about.
    pub subject: Subject,
    /// Who gave it.
    pub by: By,
    /// Why it was given.
    pub why: Why,
    /// When it was submitted.
    pub now: Now,
}
