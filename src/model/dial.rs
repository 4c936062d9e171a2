//! A dial: one request to reach somebody, its legs, and how it went.

use crate::protocol::{CallId, Shown, Tag};
use crate::time::{At, Now};

/// How far a dial has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialState {
    /// Submitted; the service has not answered.
    Requested,
    /// The service accepted it or reports progress.
    Dialing,
    /// A leg won.
    Answered(CallId),
    /// It failed, was refused or never left.
    Failed(Shown),
    /// It left and nobody knows what became of it.
    Unknown(Shown),
}

/// One dial, known by its tag.
#[derive(Debug, Clone)]
pub struct Dial {
    /// Its tag.
    pub tag: Tag,
    /// How far it has come.
    pub state: DialState,
    /// Whom it calls, in words.
    pub what: Shown,
    /// When it was asked for.
    pub requested: Now,
    /// Whether it is known to have left this machine.
    pub sent: bool,
    /// When it ended.
    pub ended_at: Option<At>,
    /// Its legs, in the order in which they appeared.
    pub legs: Vec<CallId>,
}

impl Dial {
    pub(super) const fn requested(tag: Tag, what: Shown, now: Now) -> Self {
        Self {
            tag,
            state: DialState::Requested,
            what,
            requested: now,
            sent: false,
            ended_at: None,
            legs: Vec::new(),
        }
    }

    /// Whether no further word of it is expected.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, DialState::Answered(_) | DialState::Failed(_))
    }

    pub(super) fn end(&mut self, state: DialState, at: At) {
        if !self.is_over() {
            self.state = state;
            self.ended_at = Some(at);
        }
    }

    pub(super) fn add_leg(&mut self, leg: &CallId) {
        self.sent = true;
        if !self.legs.contains(leg) {
            self.legs.push(leg.clone());
        }
    }
}
