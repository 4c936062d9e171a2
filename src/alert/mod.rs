//! Being told: rules that the floor is held against, what they raised, and waits for something to come true.
//!
//! [`Watch`] is a pure machine: it is handed what is known and the time, and says what is new. It rings no bell.

pub mod rule;
pub mod stock;
pub mod wait;
pub mod watch;

pub use rule::{Rule, RuleError};
pub use wait::{Goal, Wait, WaitOn};
pub use watch::Watch;

use std::time::Duration;

use crate::filter::{Floor, Level};
use crate::model::{Call, describe};
use crate::protocol::{CallId, Shown};
use crate::time::{At, Now};
use crate::wall;

/// Bounds of what is remembered, and how often it is looked.
pub mod limit {
    use std::time::Duration;

    /// How often the rules are asked at most.
    pub const EVERY: Duration = Duration::from_secs(1);
    /// The same while there is no call.
    pub const EVERY_IDLE: Duration = Duration::from_secs(5);
    /// Alerts that are listed; what is raised beyond is counted.
    pub const ALERTS: usize = 1_000;
    /// Cleared alerts that are listed.
    pub const CLEARED: usize = 200;
    /// How long cleared alerts are listed.
    pub const KEEP_CLEARED: Duration = Duration::from_secs(15 * 60);
    /// Waits that can be open.
    pub const WAITS: usize = 50;
}

/// What an alert or a wait is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum About {
    /// One call.
    Call(CallId),
    /// The link.
    Link,
    /// All calls together.
    Floor,
    /// The calls of one context.
    Context(Shown),
}

impl About {
    /// The call, if it is about one.
    #[must_use]
    pub const fn call(&self) -> Option<&CallId> {
        match self {
            Self::Call(call) => Some(call),
            Self::Link | Self::Floor | Self::Context(_) => None,
        }
    }

    fn floor(floor: &Floor<'_>) -> Self {
        floor.context().map_or(Self::Floor, |name| Self::Context(name.clone()))
    }

    /// It in a few words, where it is no call.
    fn words(&self) -> Shown {
        match self {
            Self::Call(call) => Shown::new(call.as_str()),
            Self::Link => "link".into(),
            Self::Floor => "all calls".into(),
            Self::Context(context) => Shown::new(&format!("context {context}")),
        }
    }
}

/// How an alert stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has taken it yet.
    Open,
    /// Somebody has seen it; it is no longer counted, and rings again only when it gets worse.
    Acknowledged(Now),
    /// Put off. When it is still so then, it rings again.
    Snoozed {
        /// Until when.
        until: At,
        /// For how long it was put off.
        span: Duration,
    },
    /// It is no longer so.
    Cleared {
        /// Since when.
        at: Now,
        /// What happened.
        why: Shown,
    },
}

/// Something that is not as it should be.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Its number; they never repeat.
    pub number: u64,
    /// The name of the rule that raised it.
    pub rule: Shown,
    /// What it is about.
    pub about: About,
    /// The same in words: both parties of a call. Known even when the call is forgotten.
    pub who: Shown,
    /// How grave it is, or was when it was cleared.
    pub level: Level,
    /// Since when it is so.
    pub since: Now,
    /// When it was raised, after its hold time.
    pub raised: Now,
    /// How often it was raised while an earlier one was still listed, this one included.
    pub times: u32,
    /// How it stands.
    pub standing: Standing,
    /// Whether it is worth a bell.
    notify: bool,
}

impl Alert {
    /// Whether it is still so.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        !matches!(self.standing, Standing::Cleared { .. })
    }

    /// Whether nobody has taken it yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Open)
    }

    /// How long it has been so, or was.
    #[must_use]
    pub fn lasted(&self, now: At) -> Duration {
        let end = if let Standing::Cleared { at, .. } = &self.standing { at.at } else { now };
        end.since(self.since.at)
    }
}

/// What is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What happened.
    pub event: NewsEvent,
    /// The number of the alert or wait.
    pub number: u64,
    /// What it is about.
    pub about: About,
    /// How grave the alert is; `None` for waits.
    pub level: Option<Level>,
    /// What it is, to be said: rule or wait, and whom it is about.
    pub text: Shown,
    /// Whether it is worth a bell.
    pub rings: bool,
}

/// What happened to an alert or a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewsEvent {
    /// An alert was raised.
    Raised,
    /// One that was put off is still so.
    StillSo,
    /// One became grave.
    Worse,
    /// One is no longer so.
    Cleared,
    /// What was waited for came true.
    Came,
    /// What was waited for will not come true.
    Missed,
}

/// How many alerts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Open ones on which somebody must act.
    pub act: usize,
    /// Open ones that are worth a look.
    pub warn: usize,
    /// Acknowledged ones.
    pub acknowledged: usize,
    /// Those that were put off.
    pub snoozed: usize,
    /// Those for which the list had no room.
    pub unlisted: usize,
}

impl Counts {
    /// How many nobody has taken yet.
    #[must_use]
    pub const fn open(&self) -> usize {
        self.act + self.warn + self.unlisted
    }
}

/// The floor as a whole, or each context of it.
fn floors(board: Option<&wall::Board>, by_context: bool) -> Vec<Floor<'_>> {
    match board {
        Some(board) if by_context => Floor::contexts(board).collect(),
        Some(board) => vec![Floor::whole(board)],
        None => Vec::new(),
    }
}

/// Both parties of a call, for what is said about it.
fn who(call: &Call) -> Shown {
    Shown::new(&describe::parties(call))
}

/// How a call ended, in a few words.
fn ending(call: &Call) -> String {
    call.end_reason
        .as_ref()
        .map_or_else(|| "the call ended".into(), |reason| format!("the call ended ({reason})"))
}

#[cfg(test)]
mod tests;
