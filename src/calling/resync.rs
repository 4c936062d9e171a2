//! Which calls are asked next whether they still exist, after the link was lost and is back. Pure.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::client::{ClientEvent, LinkState, Outcome, Ticket};
use crate::model::Model;
use crate::protocol::CallId;
use crate::time::At;

/// From the login to the first probe: what is told again resolves for nothing (reliability 3.4).
pub const FIRST_AFTER: Duration = Duration::from_secs(1);
/// Between two probes: 50 a second.
pub const APART: Duration = Duration::from_millis(20);
/// After a probe that proved nothing, before the next of the same call.
pub const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// How often a call is probed in all.
pub const TRIES: u8 = 3;
/// Probes in flight: a quarter of what the link takes, the rest is the user's.
pub const IN_FLIGHT: usize = crate::client::session::limit::IN_FLIGHT / 4;

/// A call to be probed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Due {
    at: At,
    call: CallId,
    /// How often it was probed before.
    tried: u8,
}

/// The calls in doubt after a gap, in the order in which they are probed.
#[derive(Debug, Default)]
pub struct Resync {
    due: VecDeque<Due>,
    /// Probes without an outcome.
    open: HashMap<Ticket, Due>,
    /// No probe leaves before.
    next: At,
    up: bool,
}

impl Resync {
    /// Looks at what the connection reports, after the model has taken it.
    pub fn observe(&mut self, event: &ClientEvent, model: &Model, now: At) {
        match event {
            ClientEvent::Link(LinkState::Up { .. }) => {
                self.up = true;
                self.next = now + FIRST_AFTER;
                let doubtful = model.calls().filter(|call| call.doubt.is_some());
                self.due =
                    doubtful.map(|call| Due { at: self.next, call: call.id.clone(), tried: 0 }).collect();
            }
            ClientEvent::Link(_) => self.up = false,
            ClientEvent::Outcome { ticket, outcome, .. } => self.settled(*ticket, outcome, model, now),
            ClientEvent::Received(_)
            | ClientEvent::Contexts(_)
            | ClientEvent::Pong(_)
            | ClientEvent::Fault(_) => {}
        }
    }

    /// A probe that proved nothing is tried again, but not hammered.
    fn settled(&mut self, ticket: Ticket, outcome: &Outcome, model: &Model, now: At) {
        let Some(Due { call, tried, .. }) = self.open.remove(&ticket) else { return };
        // What never left was no try.
        let tried = tried + u8::from(!matches!(outcome, Outcome::NotSent(_)));
        if self.up && tried < TRIES && in_doubt(model, &call) {
            self.due.push_back(Due { at: now + AGAIN_AFTER, call, tried });
        }
    }

    /// When the next probe is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<At> {
        let first = self.due.front().filter(|_| self.up && self.open.len() < IN_FLIGHT)?;
        Some(first.at.max(self.next))
    }

    /// The call to probe now, if one is due. Say with [`Resync::sent`] under which ticket it was.
    pub fn next(&mut self, model: &Model, now: At) -> Option<Probe> {
        while self.wake_at()? <= now {
            let due = self.due.pop_front()?;
            // Most are heard of before their turn comes.
            if in_doubt(model, &due.call) {
                self.next = now + APART;
                return Some(Probe(due));
            }
        }
        None
    }

    /// A probe is on its way.
    pub fn sent(&mut self, probe: Probe, ticket: Ticket) {
        self.open.insert(ticket, probe.0);
    }
}

/// A call whose turn it is.
#[derive(Debug)]
pub struct Probe(Due);

impl Probe {
    /// Which.
    #[must_use]
    pub const fn call(&self) -> &CallId {
        &self.0.call
    }
}

fn in_doubt(model: &Model, call: &CallId) -> bool {
    model.call(call).is_some_and(|call| call.doubt.is_some())
}
