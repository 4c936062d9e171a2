//! One call: its properties, the states it entered, and what runs on it.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::FixedState;

use super::action::Action;
use super::server_clock::{self, ServerClock};
use super::{Doubt, Entry, Inferred, Note, Ring};
use crate::catalog::ActionKind;
use crate::client::AppId;
use crate::protocol::device::Device;
use crate::protocol::event::CallStatus;
use crate::protocol::{CallId, CallState, ControlId, Direction, EndReason, NodeId, Shown, Tag};
use crate::time::{At, Now, Wall};

/// One leg at the service, as far as it is known.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// Its node, needed in every command.
    pub node: Option<NodeId>,
    /// Its state. A word of our own, `unknown`, until the first state event.
    pub state: CallState,
    /// The state before that.
    pub prev_state: Option<CallState>,
    /// When each known state was entered, by rank; by the server's own times where it gives them.
    entered: [Option<At>; 5],
    /// Which of those moments come from the server's clock, and move with what is known of it.
    by_server: [bool; 5],
    /// Who called whom.
    pub direction: Option<Direction>,
    /// Its endpoint.
    pub device: Option<Device>,
    /// Calling party, fit for a screen.
    pub from: Shown,
    /// Called party, fit for a screen.
    pub to: Shown,
    /// The context an inbound call came by.
    pub context: Option<Shown>,
    /// The dial or connect that made it.
    pub tag: Option<Tag>,
    /// Informational.
    pub segment: Option<Shown>,
    /// `dial`, `connect` or `receive`, where the service says so.
    pub created_by: Option<Shown>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// The application whose it is, where a hub tells it.
    pub owner: Option<AppId>,
    /// The newest note on it.
    pub note: Option<Note>,
    /// The other leg of its bridge.
    pub peer: Option<CallId>,
    /// When it was first heard of.
    pub first_seen: At,
    /// When it was last heard of.
    pub last_heard: At,
    /// Since when it is not known whether it still exists: from the loss of the link to the next sign of life.
    pub doubt: Option<Doubt>,
    /// Its end was only concluded: nobody reported it.
    pub inferred: Option<Box<Inferred>>,
    /// Since when it is an orphan: it answered a dial that nobody waits for any more.
    pub orphan: Option<At>,
    /// Everything that runs or ran on it, oldest first.
    pub actions: Vec<Action>,
    /// Fingerprints of their ids, in the same order: what is not among them need not be looked for.
    prints: Vec<u64>,
    /// Its latest entries, oldest first.
    pub entries: Ring<Arc<Entry>>,
    /// Holders of a handle; a call that is held is not forgotten.
    pub(super) pins: usize,
    /// It would have been forgotten, were it not held.
    pub(super) lapsed: bool,
}

/// Entries kept per call.
const ENTRIES: usize = 200;
/// Actions kept per call; the oldest finished ones go first.
const ACTIONS: usize = 200;

fn print(control_id: &ControlId) -> u64 {
    FixedState::default().hash_one(control_id)
}

impl Call {
    /// A call just heard of, in a state yet unknown.
    #[must_use]
    pub fn new(id: CallId, now: Now) -> Self {
        Self {
            id,
            node: None,
            state: CallState::Other("unknown".into()),
            prev_state: None,
            entered: [None; 5],
            by_server: [false; 5],
            direction: None,
            device: None,
            from: Shown::default(),
            to: Shown::default(),
            context: None,
            tag: None,
            segment: None,
            created_by: None,
            end_reason: None,
            owner: None,
            note: None,
            peer: None,
            first_seen: now.at,
            last_heard: now.at,
            doubt: None,
            inferred: None,
            orphan: None,
            actions: Vec::new(),
            prints: Vec::new(),
            entries: Ring::new(ENTRIES),
            pins: 0,
            lapsed: false,
        }
    }

    /// Whether the call is in the list of live calls: not `ended`.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state != CallState::Ended
    }

    /// When it entered a state, if it did.
    #[must_use]
    pub fn entered(&self, state: &CallState) -> Option<At> {
        self.entered[usize::from(state.rank()?)]
    }

    /// When it entered the state it is in.
    #[must_use]
    pub fn state_since(&self) -> At {
        self.entered(&self.state).unwrap_or(self.first_seen)
    }

    /// When it came to be: created, or first heard of when that was earlier.
    #[must_use]
    pub fn began(&self) -> At {
        self.entered(&CallState::Created).map_or(self.first_seen, |at| at.min(self.first_seen))
    }

    /// Its age as supervisors count it: since the answer while answered, else since it came to be; how long it
    /// lasted once it is over.
    #[must_use]
    pub fn age(&self, now: At) -> Duration {
        let begin = self.entered(&CallState::Answered).or_else(|| self.entered(&CallState::Ringing));
        let begin = begin.or_else(|| self.entered(&CallState::Created)).unwrap_or(self.first_seen);
        self.entered(&CallState::Ended).unwrap_or(now).since(begin)
    }

    /// The action with this control id.
    #[must_use]
    pub fn action(&self, control_id: &ControlId) -> Option<&Action> {
        self.actions.get(self.action_place(control_id)?)
    }

    pub(super) fn action_mut(&mut self, control_id: &ControlId) -> Option<&mut Action> {
        let place = self.action_place(control_id)?;
        self.actions.get_mut(place)
    }

    fn action_place(&self, control_id: &ControlId) -> Option<usize> {
        let print = print(control_id);
        // The newest are asked for most.
        let mut alike = (0..self.prints.len()).rev().filter(|&place| self.prints[place] == print);
        alike.find(|&place| self.actions.get(place).is_some_and(|action| action.control_id == *control_id))
    }

    /// Actions that may still be doing something.
    pub fn running(&self) -> impl DoubleEndedIterator<Item = &Action> {
        self.actions.iter().filter(|action| action.is_live())
    }

    /// The newest action of a kind that may still be doing something.
    #[must_use]
    pub fn running_kind(&self, kind: ActionKind) -> Option<&Action> {
        self.running().rev().find(|action| action.kind == kind)
    }

    pub(crate) fn push_action(&mut self, action: Action) {
        if self.actions.len() >= ACTIONS {
            let over = self.actions.iter().position(Action::is_over);
            // Of those that never end, what others are said to have started.
            let foreign = || self.actions.iter().position(|action| !action.was_asked());
            if let Some(oldest) = over.or_else(foreign) {
                self.actions.remove(oldest);
                self.prints.remove(oldest);
            }
        }
        if self.actions.len() == self.actions.capacity() {
            // They are large, and there are many calls: doubling would leave a third of all that is taken empty.
            self.actions.reserve_exact(self.actions.len() / 4 + 4);
        }
        self.prints.push(print(&action.control_id));
        self.actions.push(action);
    }

    /// Takes a state or receive event. Returns whether the state moved forward; a late or repeated state never
    /// moves it back.
    pub(super) fn status(
        &mut self,
        status: &CallStatus,
        now: Now,
        stamp: Option<Wall>,
        clock: &ServerClock,
    ) -> bool {
        self.node = status.node_id.clone().or(self.node.take());
        self.direction = status.direction.clone().or(self.direction.take());
        self.tag = status.tag.clone().filter(|tag| !tag.as_str().is_empty()).or(self.tag.take());
        self.segment = status.segment_id.as_deref().map(Shown::new).or(self.segment.take());
        self.created_by = status.created_by.as_deref().map(Shown::word).or(self.created_by.take());
        self.context = status.context.as_deref().map(Shown::new).or(self.context.take());
        self.end_reason = status.end_reason.clone().or(self.end_reason.take());
        if let Some(device) = &status.device {
            self.set_device(device.clone());
        }
        let times = [
            (CallState::Created, status.start_time),
            (CallState::Answered, status.answer_time),
            (CallState::Ended, status.end_time),
        ];
        for (state, millis) in times {
            // 0 stands for not yet, and a time ahead of the state would be a state of its own.
            let reached = status.call_state.rank().is_some_and(|now| Some(now) >= state.rank());
            let millis = millis.filter(|millis| *millis > 0.0 && reached);
            if let (Some(millis), Some(rank)) = (millis, state.rank()) {
                self.by_server[usize::from(rank)] = true;
                self.entered[usize::from(rank)] = Some(clock.at(Wall::from_seconds(millis / 1e3), now.at));
            }
        }
        let happened = stamp.map_or(now.at, |stamp| clock.at(stamp, now.at));
        if let Some(rank) = status.call_state.rank().map(usize::from) {
            self.by_server[rank] |= stamp.is_some() && self.entered[rank].is_none();
            // Before, the end was only concluded; it was over then, at the latest.
            if self.inferred.is_some() && status.call_state == CallState::Ended {
                self.entered[rank] = self.entered[rank].map(|concluded| concluded.min(happened));
            }
        }
        self.enter(status.call_state.clone(), happened)
    }

    /// What is known of the server's clock has changed.
    pub(super) fn clock_moved(&mut self, older: i64) {
        for (at, _) in self.entered.iter_mut().zip(self.by_server).filter(|(_, by_server)| *by_server) {
            *at = at.map(|at| server_clock::moved(at, older));
        }
    }

    /// What was placed by the clock of an earlier run stays where it is.
    pub(super) fn clock_forgotten(&mut self) {
        self.by_server = [false; 5];
    }

    /// Goes back to a state, after an end that was none.
    pub(super) fn reopen(&mut self, state: CallState, prev_state: Option<CallState>) {
        (self.entered[4], self.by_server[4]) = (None, false);
        (self.state, self.prev_state) = (state, prev_state);
        self.lapsed = false;
    }

    pub(super) fn set_device(&mut self, device: Device) {
        self.from = device.from_address().map(|address| Shown::new(&address)).unwrap_or_default();
        self.to = device.to_address().map(|address| Shown::new(&address)).unwrap_or_default();
        self.device = Some(device);
    }

    /// Moves to a state unless that would be a step back. Returns whether it moved.
    pub(crate) fn enter(&mut self, state: CallState, at: At) -> bool {
        let rank = state.rank().map(usize::from);
        if let Some(rank) = rank {
            // A state that was jumped over was still entered, if its event says so late.
            self.entered[rank].get_or_insert(at);
        }
        // From a state that this version does not know it may return to where it was, not further back.
        let back = rank.is_some_and(|rank| self.entered[rank + 1..].iter().any(Option::is_some));
        if back || self.state == state || self.state == CallState::Ended {
            return false;
        }
        self.prev_state = Some(std::mem::replace(&mut self.state, state));
        true
    }
}
