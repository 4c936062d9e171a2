//! Kinds of running operations and the controls each of them has.

use serde::{Deserialize, Serialize};

/// An operation that runs on a call under a control id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// `calling.play`
    Play,
    /// `calling.record`
    Record,
    /// `calling.detect`
    Detect,
    /// `calling.play_and_collect`
    Prompt,
    /// `calling.collect`
    Collect,
    /// `calling.send_digits`
    SendDigits,
    /// `calling.tap`
    Tap,
    /// `calling.send_fax`
    SendFax,
    /// `calling.receive_fax`
    ReceiveFax,
    /// `calling.stream`
    Stream,
    /// `calling.connect`. The wire has no control id for it: the tag serves as one.
    Connect,
}

/// What can be done to a running operation (relay-protocol 3.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// End it.
    Stop,
    /// Hold it.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Change its loudness.
    Volume,
    /// Start the timers of a collect.
    StartInputTimers,
}

impl ActionKind {
    /// Every kind, in the order in which panes show them.
    pub const ALL: [Self; 11] = [
        Self::Play,
        Self::Record,
        Self::Detect,
        Self::Prompt,
        Self::Collect,
        Self::SendDigits,
        Self::Tap,
        Self::SendFax,
        Self::ReceiveFax,
        Self::Stream,
        Self::Connect,
    ];

    /// The command that starts it.
    #[must_use]
    pub const fn rpc(self) -> &'static str {
        match self {
            Self::Play => "calling.play",
            Self::Record => "calling.record",
            Self::Detect => "calling.detect",
            Self::Prompt => "calling.play_and_collect",
            Self::Collect => "calling.collect",
            Self::SendDigits => "calling.send_digits",
            Self::Tap => "calling.tap",
            Self::SendFax => "calling.send_fax",
            Self::ReceiveFax => "calling.receive_fax",
            Self::Stream => "calling.stream",
            Self::Connect => "calling.connect",
        }
    }

    /// The kind that a command starts.
    #[must_use]
    pub fn of_rpc(rpc: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.rpc() == rpc)
    }

    /// A short word for lists.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Play => "play",
            Self::Record => "record",
            Self::Detect => "detect",
            Self::Prompt => "prompt",
            Self::Collect => "collect",
            Self::SendDigits => "digits",
            Self::Tap => "tap",
            Self::SendFax => "fax out",
            Self::ReceiveFax => "fax in",
            Self::Stream => "stream",
            Self::Connect => "connect",
        }
    }

    /// What can be done to it while it runs.
    #[must_use]
    pub const fn controls(self) -> &'static [Control] {
        match self {
            Self::Play => &[Control::Stop, Control::Pause, Control::Resume, Control::Volume],
            Self::Record => &[Control::Stop, Control::Pause, Control::Resume],
            Self::Prompt => &[Control::Stop, Control::Volume],
            Self::Collect => &[Control::Stop, Control::StartInputTimers],
            Self::Detect | Self::Tap | Self::SendFax | Self::ReceiveFax | Self::Stream | Self::Connect => {
                &[Control::Stop]
            }
            Self::SendDigits => &[],
        }
    }

    /// The command of a control, as in `calling.play.stop`. A bridge is stopped by `calling.disconnect`.
    #[must_use]
    pub fn control_rpc(self, control: Control) -> String {
        match self {
            Self::Connect => "calling.disconnect".to_owned(),
            _ => format!("{}.{}", self.rpc(), control.suffix()),
        }
    }

    /// Whether it has this control.
    #[must_use]
    pub fn can(self, control: Control) -> bool {
        self.controls().contains(&control)
    }
}

impl Control {
    /// The last part of the command's name, as in `calling.play.stop`.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Volume => "volume",
            Self::StartInputTimers => "start_input_timers",
        }
    }
}
