//! The columns of the list: their names, what they mean, how they sort. What stands in a cell is the view's business.

use crate::catalog::ActionKind;
use crate::model::{Action, Amd, Call};
use crate::time::At;
use std::cmp::Ordering;

/// A column of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// State of the call, in three letters.
    State,
    /// Inbound or outbound.
    Direction,
    /// Calling party.
    From,
    /// Called party.
    To,
    /// The context an inbound call came by.
    Context,
    /// Since the answer; before that, since it rang or came to be.
    Age,
    /// The recording.
    Recording,
    /// How many actions run.
    Acts,
    /// Alert, verdict of a detector, end reason: what else is worth knowing.
    Alert,
    /// What the answering-machine detector found.
    Verdict,
    /// How long the detector took.
    Delay,
    /// What was done after the verdict.
    Next,
    /// The newest note.
    Note,
    /// How the call ended.
    Reason,
    /// The tag of its dial.
    Tag,
    /// At a hub: the application whose call it is.
    Owner,
    /// At a hub: who else looks at it; whoever claimed it first and with a star.
    Eyes,
    /// Its id.
    Id,
    /// The node it is on.
    Node,
    /// The kind of its endpoint.
    Kind,
    /// Since the last sign of life.
    Heard,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 21] = [
        Self::State,
        Self::Direction,
        Self::From,
        Self::To,
        Self::Context,
        Self::Age,
        Self::Recording,
        Self::Acts,
        Self::Alert,
        Self::Verdict,
        Self::Delay,
        Self::Next,
        Self::Note,
        Self::Reason,
        Self::Tag,
        Self::Owner,
        Self::Eyes,
        Self::Id,
        Self::Node,
        Self::Kind,
        Self::Heard,
    ];

    /// Those that are shown unless somebody chose others.
    pub const DEFAULT: [Self; 9] = [
        Self::State,
        Self::Direction,
        Self::From,
        Self::To,
        Self::Context,
        Self::Age,
        Self::Recording,
        Self::Acts,
        Self::Alert,
    ];

    /// The same at a hub, where there is room.
    pub const AT_HUB: [Self; 11] = [
        Self::State,
        Self::Direction,
        Self::From,
        Self::To,
        Self::Context,
        Self::Age,
        Self::Recording,
        Self::Acts,
        Self::Owner,
        Self::Eyes,
        Self::Alert,
    ];

    /// Its name in configuration, on the command line, and in exports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Direction => "dir",
            Self::From => "from",
            Self::To => "to",
            Self::Context => "context",
            Self::Age => "age",
            Self::Recording => "rec",
            Self::Acts => "acts",
            Self::Alert => "alert",
            Self::Verdict => "verdict",
            Self::Delay => "delay",
            Self::Next => "next",
            Self::Note => "note",
            Self::Reason => "reason",
            Self::Tag => "tag",
            Self::Owner => "owner",
            Self::Eyes => "eyes",
            Self::Id => "id",
            Self::Node => "node",
            Self::Kind => "type",
            Self::Heard => "heard",
        }
    }

    /// The heading of its column.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::State => "ST",
            Self::Direction => "DIR",
            Self::From => "FROM",
            Self::To => "TO",
            Self::Context => "CONTEXT",
            Self::Age => "AGE",
            Self::Recording => "REC",
            Self::Acts => "A",
            Self::Alert => "ALERT",
            Self::Verdict => "VERDICT",
            Self::Delay => "DELAY",
            Self::Next => "NEXT STEP",
            Self::Note => "NOTE",
            Self::Reason => "REASON",
            Self::Tag => "TAG",
            Self::Owner => "OWNER",
            Self::Eyes => "EYES",
            Self::Id => "CALL ID",
            Self::Node => "NODE",
            Self::Kind => "TYPE",
            Self::Heard => "HEARD",
        }
    }

    /// What it shows, in a few words.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::State => "state: CRE RNG ANS END, end",
            Self::Direction => "inbound or outbound",
            Self::From => "calling party",
            Self::To => "called party",
            Self::Context => "context the call came by",
            Self::Age => "since the answer, else since it rings",
            Self::Recording => "recording: REC, PAU or none",
            Self::Acts => "running actions",
            Self::Alert => "alert, verdict, reason",
            Self::Verdict => "human, machine or unknown",
            Self::Delay => "how long the detector took",
            Self::Next => "what was done after the verdict",
            Self::Note => "the newest note",
            Self::Reason => "how it ended",
            Self::Tag => "tag of its dial",
            Self::Owner => "application whose call it is",
            Self::Eyes => "who looks at it; * claimed it",
            Self::Id => "id of the call",
            Self::Node => "node it is on",
            Self::Kind => "kind of endpoint",
            Self::Heard => "since the last sign of life",
        }
    }

    /// The column of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// The order of two calls by this column.
    #[must_use]
    pub fn compare(self, a: &Call, b: &Call, now: At) -> Ordering {
        match self {
            Self::State => a.state.rank().cmp(&b.state.rank()),
            Self::Direction => {
                a.direction.as_ref().map(AsRef::as_ref).cmp(&b.direction.as_ref().map(AsRef::as_ref))
            }
            Self::From => a.from.cmp(&b.from),
            Self::To => a.to.cmp(&b.to),
            Self::Context => a.context.cmp(&b.context),
            // The oldest, the most, the longest first.
            Self::Age => b.age(now).cmp(&a.age(now)),
            Self::Acts => b.running().count().cmp(&a.running().count()),
            Self::Heard => a.last_heard.cmp(&b.last_heard),
            Self::Recording => b.recording().cmp(&a.recording()),
            // What is known of these is not known of the call alone.
            Self::Alert | Self::Note | Self::Owner | Self::Eyes => a.first_seen.cmp(&b.first_seen),
            Self::Verdict => (a.amd().is_none(), a.amd().map(|amd| amd as u8))
                .cmp(&(b.amd().is_none(), b.amd().map(|amd| amd as u8))),
            Self::Delay => b.verdict_after(now).cmp(&a.verdict_after(now)),
            Self::Next => {
                next_step(a).map(|step| step.kind.word()).cmp(&next_step(b).map(|step| step.kind.word()))
            }
            Self::Reason => a
                .end_reason
                .as_ref()
                .map(super::super::protocol::state::EndReason::as_str)
                .cmp(&b.end_reason.as_ref().map(super::super::protocol::state::EndReason::as_str)),
            Self::Tag => a
                .tag
                .as_ref()
                .map(super::super::protocol::id::Tag::as_str)
                .cmp(&b.tag.as_ref().map(super::super::protocol::id::Tag::as_str)),
            Self::Id => a.id.cmp(&b.id),
            Self::Node => a
                .node
                .as_ref()
                .map(super::super::protocol::id::NodeId::as_str)
                .cmp(&b.node.as_ref().map(super::super::protocol::id::NodeId::as_str)),
            Self::Kind => a
                .device
                .as_ref()
                .map(|device| &device.kind)
                .cmp(&b.device.as_ref().map(|device| &device.kind)),
        }
    }
}

/// What was started after the verdict of the detector.
#[must_use]
pub fn next_step(call: &Call) -> Option<&Action> {
    let place = call.actions.iter().rposition(|action| action.kind == ActionKind::Detect)?;
    call.amd().filter(|amd| *amd != Amd::Waiting)?;
    let began = call.actions.get(place)?.requested_at;
    let other = |action: &&Action| action.requested_at > began && action.kind != ActionKind::Record;
    call.actions.iter().skip(place + 1).find(other)
}
