//! What the methods of the Call API give back: one result type per family, every member of the seed page.

use serde_json::Value;

use crate::model::Action;
use crate::protocol::device::Device;
use crate::protocol::dialect::body_path;
use crate::protocol::frame::Reply;
use crate::protocol::{EndReason, Shown};

/// The event that completed an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct RelayEvent {
    /// The state or type that it reported, such as `finished`.
    pub name: String,
    /// Its body; for detectors the `detect` object, for faxes the `fax` object, for prompts the `result` object.
    pub payload: Value,
}

impl RelayEvent {
    pub(super) fn of(action: &Action) -> Option<Self> {
        use crate::catalog::ActionKind as Kind;
        let frame: Value = serde_json::from_str(action.ours.last_event.as_deref()?).ok()?;
        let mut payload = frame.pointer(body_path(&frame)).cloned().unwrap_or_default();
        let part = match action.kind {
            Kind::Detect => Some("detect"),
            Kind::SendFax | Kind::ReceiveFax => Some("fax"),
            Kind::Prompt | Kind::Collect => Some("result"),
            _ => None,
        };
        if let Some(part) = part.and_then(|part| payload.get_mut(part)) {
            payload = part.take();
        }
        Some(Self { name: action.state.to_string(), payload })
    }
}

macro_rules! results {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty = $from:expr;)* })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            /// Whether it did what it was for.
            pub successful: bool,
            /// The event that completed it; none when the call ended first.
            pub event: Option<RelayEvent>,
            $($(#[$fdoc])* pub $field: $type,)*
        }

        impl FromAction for $name {
            fn from_action(action: &Action) -> Self {
                Self {
                    successful: action.answer() == Some(true),
                    event: RelayEvent::of(action),
                    $($field: { let read: fn(&Action) -> $type = $from; read(action) },)*
                }
            }
        }
    )+};
}

/// A result that is read off an action.
pub trait FromAction: Sized {
    /// The result as far as the action has come; final once it is completed.
    fn from_action(action: &Action) -> Self;
}

results! {
    /// Of the `play` methods. Successful when it finished.
    PlayResult {}
    /// Of `record`. Successful when it finished; not when nothing was heard.
    RecordResult {
        /// Where the recording is.
        url: Option<String> = |action| action.yields.url.clone();
        /// Seconds.
        duration: Option<f64> = |action| action.yields.duration;
        /// Bytes.
        size: Option<f64> = |action| action.yields.size;
    }
    /// Of the `detect` methods. Successful when there is a verdict.
    DetectResult {
        /// The detector: `machine`, `fax` or `digit`.
        detect_type: String = |action| {
            action.ours.payload.pointer("/detect/type").and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        /// The first verdict: `MACHINE`, `HUMAN`, `UNKNOWN`, `CED`, `CNG` or what was dialled; without one the
        /// last word, `finished` or `error`.
        result: String = |action| action.verdict().unwrap_or(action.state.as_str()).to_owned();
        /// Everything the detector said, in order, `finished` and `error` left out. Joined with commas it is the
        /// v2 SDK's asynchronous result.
        heard: Vec<String> = |action| action.yields.heard.clone();
        /// Whether a beep was heard.
        beep: bool = |action| action.yields.beep;
    }
    /// Of the `prompt` methods. Successful when something was typed or said.
    PromptResult {
        /// `digit` or `speech`; else how it failed: `no_input`, `no_match`, `error`.
        prompt_type: String = |action| action.yields.collected.clone().unwrap_or_default();
        /// The digits or the words.
        result: Option<String> = |action| action.yields.text.clone();
        /// The key that ended the input.
        terminator: Option<String> = |action| action.yields.terminator.clone();
        /// How sure the recogniser is; the service does not document the scale.
        confidence: Option<f64> = |action| action.yields.confidence;
    }
    /// Of `collect`. Successful when something was typed or said.
    CollectResult {
        /// `digit` or `speech`; else how it failed: `no_input`, `no_match`, `error`.
        collect_type: String = |action| action.yields.collected.clone().unwrap_or_default();
        /// The digits or the words.
        result: Option<String> = |action| action.yields.text.clone();
        /// The key that ended the input.
        terminator: Option<String> = |action| action.yields.terminator.clone();
        /// How sure the recogniser is; the service does not document the scale.
        confidence: Option<f64> = |action| action.yields.confidence;
    }
    /// Of `send_digits`. Successful when all were sent.
    SendDigitsResult {}
    /// Of `tap`. Successful when it ended as asked.
    TapResult {
        /// What was tapped, as the service describes it.
        tap: Option<Value> = |action| action.yields.tap.clone();
        /// Where the media came from.
        source_device: Option<Device> = |action| action.yields.source_device.clone();
        /// Where they went, with the negotiated values.
        destination_device: Option<Device> = |action| action.yields.destination_device.clone();
    }
    /// Of `fax_send` and `fax_receive`. Successful when the fax arrived.
    FaxResult {
        /// `send` or `receive`.
        direction: Option<String> = |action| action.yields.fax_direction.clone();
        /// Our identity.
        identity: Option<String> = |action| action.yields.identity.clone();
        /// Theirs.
        remote_identity: Option<String> = |action| action.yields.remote_identity.clone();
        /// Address of the document.
        document: Option<String> = |action| action.yields.document.clone();
        /// Pages transferred.
        pages: Option<f64> = |action| action.yields.pages;
    }
    /// Of `stream`. Successful when it ended as asked.
    StreamResult {}
}

/// Of `answer`. Successful only when the call is answered (v2 says so for a call that ended, too).
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerResult {
    /// Whether the call is answered.
    pub successful: bool,
    /// The state that decided it.
    pub event: Option<RelayEvent>,
}

/// Of `hangup`.
#[derive(Debug, Clone, PartialEq)]
pub struct HangupResult {
    /// Whether the call has ended.
    pub successful: bool,
    /// The state that decided it.
    pub event: Option<RelayEvent>,
    /// The reason the service gave, or the one that was sent.
    pub reason: EndReason,
}

/// Of `dial`.
#[derive(Debug, Clone)]
pub struct DialResult {
    /// Whether somebody answered.
    pub successful: bool,
    /// The state that decided it.
    pub event: Option<RelayEvent>,
    /// The call; its id is that of the leg that won.
    pub call: super::Call,
}

/// Of `connect`.
#[derive(Debug, Clone)]
pub struct ConnectResult {
    /// Whether the bridge stands.
    pub successful: bool,
    /// The event that decided it.
    pub event: Option<RelayEvent>,
    /// The other leg, when the bridge stands.
    pub call: Option<super::Call>,
}

/// Of `disconnect`.
#[derive(Debug, Clone, PartialEq)]
pub struct DisconnectResult {
    /// Whether the bridge is over.
    pub successful: bool,
    /// The event that decided it.
    pub event: Option<RelayEvent>,
}

macro_rules! control_results {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            /// Whether the service accepted it. That is all it means: the effect comes as an event.
            pub successful: bool,
            /// The service's code.
            pub code: String,
            /// The service's words.
            pub message: Shown,
        }

        impl ControlResult for $name {
            fn accepted(reply: &Reply) -> Self {
                Self { successful: true, code: reply.code.clone(), message: Shown::new(&reply.message) }
            }

            fn refused(code: String, message: Shown) -> Self {
                Self { successful: false, code, message }
            }
        }
    )+};
}

/// The result of a control.
pub(super) trait ControlResult {
    fn accepted(reply: &Reply) -> Self;
    fn refused(code: String, message: Shown) -> Self;
}

control_results! {
    /// Of `stop` on any action.
    StopResult
    /// Of `pause` on a play.
    PlayPauseResult
    /// Of `resume` on a play.
    PlayResumeResult
    /// Of `volume` on a play.
    PlayVolumeResult
    /// Of `volume` on a prompt.
    PromptVolumeResult
    /// Of `pause` on a recording.
    RecordPauseResult
    /// Of `resume` on a recording.
    RecordResumeResult
    /// Of `start_input_timers` on a collect.
    StartInputTimersResult
}
