//! A dial: one request to reach somebody, its legs, and how it went.

use std::time::Duration;

use super::Doubt;
use crate::protocol::event::CallStatus;
use crate::protocol::{CallId, CallState, EndReason, Shown, Tag};
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
    /// When the service accepted it.
    pub accepted: Option<At>,
    /// Since when it is not known how it stands, while it is undecided.
    pub doubt: Option<Doubt>,
    /// Since when nobody waits for it any longer, whatever came later.
    lapsed: Option<At>,
    /// Whether it is known to have left this machine.
    pub sent: bool,
    /// When it ended.
    pub ended_at: Option<At>,
    /// Its legs, in the order in which they appeared.
    pub legs: Vec<CallId>,
    /// It is one call, and nothing is told of the dial itself: what becomes of the call becomes of it (Relay
    /// `calling.begin`).
    pub one_call: bool,
}

impl Dial {
    pub(super) const fn requested(tag: Tag, what: Shown, one_call: bool, now: Now) -> Self {
        Self {
            one_call,
            tag,
            state: DialState::Requested,
            what,
            requested: now,
            accepted: None,
            doubt: None,
            lapsed: None,
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

    /// How long a dial may take from its acceptance (relay-protocol 1.10).
    pub const WAIT: Duration = Duration::from_secs(120);

    /// The moment from which nobody waits for it any longer, as things stand. A leg that answers later is an orphan.
    #[must_use]
    pub fn lapses_at(&self) -> At {
        if let Some(lapsed) = self.lapsed {
            return lapsed;
        }
        let late = self.accepted.unwrap_or(self.requested.at) + Self::WAIT;
        self.doubt.map_or(late, |doubt| doubt.given_up_at().min(late))
    }

    /// There is word of it.
    pub(super) fn heard(&mut self, at: At) {
        let lapses = self.lapses_at();
        if lapses <= at {
            self.lapsed = Some(lapses);
        }
        self.doubt = None;
    }

    pub(super) fn end(&mut self, state: DialState, at: At) {
        if !self.is_over() {
            self.state = state;
            (self.ended_at, self.doubt) = (Some(at), None);
        }
    }

    /// Its only call is in this state now.
    pub(super) fn call_is(&mut self, status: &CallStatus, at: At) {
        match &status.call_state {
            CallState::Answered => self.end(DialState::Answered(status.call_id.clone()), at),
            CallState::Ended => {
                let why = status.end_reason.as_ref().map_or("no word of why", EndReason::as_str);
                self.end(DialState::Failed(Shown::new(why)), at);
            }
            _ if !self.is_over() => self.state = DialState::Dialing,
            _ => {}
        }
    }

    pub(super) fn add_leg(&mut self, leg: &CallId) {
        self.sent = true;
        if !self.legs.contains(leg) {
            self.legs.push(leg.clone());
        }
    }
}
