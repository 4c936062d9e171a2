//! Which calls are asked next whether they still exist, after the link was lost and is back. Pure.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use crate::client::{ClientEvent, LinkState, Outcome, Ticket};
use crate::model::{Call, Model};
use crate::protocol::CallId;
use crate::time::At;

/// From the login to the first probe: what is told again resolves for nothing (reliability 3.4).
pub const FIRST_AFTER: Duration = Duration::from_secs(1);
/// Between two probes: 50 a second.
pub const APART: Duration = Duration::from_millis(20);
/// After a probe that proved nothing, before the next of the same call.
pub const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// How often a call is probed in all, if it reports in this session.
pub const TRIES: u8 = 3;
/// After a probe of one that does not, before the next: whether it ended is not heard in any other way.
pub const CUT_OFF_AGAIN_AFTER: Duration = Duration::from_secs(15);
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

/// The calls in doubt after a gap, in the order in which they are probed: each is once among them.
#[derive(Debug, Default)]
pub struct Resync {
    due: VecDeque<Due>,
    /// Probes without an outcome.
    open: HashMap<Ticket, Due>,
    /// No probe leaves before.
    next: At,
    up: bool,
    /// How often the service was found to mislead when this was last looked at.
    disproofs: u64,
}

impl Resync {
    /// Looks at what the connection reports, after the model has taken it.
    pub fn observe(&mut self, event: &ClientEvent, model: &Model, now: At) {
        match event {
            ClientEvent::Link(LinkState::Up { .. }) => {
                self.up = true;
                self.next = now + FIRST_AFTER;
                self.due.clear();
                self.enlist(model, self.next);
            }
            ClientEvent::Link(_) => self.up = false,
            ClientEvent::Application(application) if application.up => {
                // Others do not wait for it, however often it comes.
                self.enlist(model, now + FIRST_AFTER);
            }
            ClientEvent::Outcome { ticket, outcome, .. } => self.settled(*ticket, outcome, model, now),
            ClientEvent::Received(_)
            | ClientEvent::Contexts(_)
            | ClientEvent::Pong(_)
            | ClientEvent::Fault(_)
            | ClientEvent::Application(_)
            | ClientEvent::Owned { .. }
            | ClientEvent::Presence(_) => {}
        }
        // What was held to be gone is in doubt again.
        if std::mem::replace(&mut self.disproofs, model.disproofs()) != model.disproofs() {
            self.enlist(model, now);
        }
    }

    /// Everything that is in doubt is to be probed, from this moment on.
    fn enlist(&mut self, model: &Model, at: At) {
        let listed: HashSet<_> = self.due.iter().chain(self.open.values()).map(|due| &due.call).collect();
        // Without a way to their session nobody can be asked.
        let there = |id| model.application(id).is_some_and(|application| application.up);
        let asked = |call: &&Call| {
            call.doubt.is_some_and(|doubt| doubt.back.is_some()) && call.owner.is_none_or(there)
        };
        let missing = |call: &&Call| call.is_live() && asked(call) && !listed.contains(&call.id);
        let missing: Vec<_> = model.calls().filter(missing).map(|call| call.id.clone()).collect();
        missing.into_iter().for_each(|call| self.list(Due { at, call, tried: 0 }));
    }

    fn list(&mut self, due: Due) {
        let place = self.due.partition_point(|other| other.at <= due.at);
        self.due.insert(place, due);
    }

    /// A probe that proved nothing is tried again, but not hammered; one that proved that a call lives of which nothing
    /// is heard is not the last.
    fn settled(&mut self, ticket: Ticket, outcome: &Outcome, model: &Model, now: At) {
        let Some(Due { call, tried, .. }) = self.open.remove(&ticket) else { return };
        // What never left was no try.
        let tried = tried.saturating_add(u8::from(!matches!(outcome, Outcome::NotSent(_))));
        let Some(known) = model.call(&call).filter(|call| self.up && in_doubt(call)) else { return };
        let found = known.doubt.is_some_and(|doubt| doubt.found);
        if known.is_cut_off() || tried < TRIES && !found {
            let wait = if known.is_cut_off() { CUT_OFF_AGAIN_AFTER } else { AGAIN_AFTER };
            self.list(Due { at: now + wait, call, tried });
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
            if model.call(&due.call).is_some_and(in_doubt) {
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

fn in_doubt(call: &Call) -> bool {
    call.is_live() && call.doubt.is_some()
}
