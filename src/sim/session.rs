//! A Relay session: what outlives a socket. Its contexts, and the events held until they are acknowledged.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use indexmap::IndexSet;

use super::agenda::Ticket;
use super::bulk::{Acked, Bulk};
use super::world::ClientId;
use crate::protocol::Dialect;

/// Names a session inside the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub u64);

/// One login and its resumptions.
#[derive(Debug)]
pub(super) struct Session {
    pub dialect: Dialect,
    /// Names the signalling session, in Blade.
    pub sessionid: String,
    /// Its events are wanted: in Blade not before somebody says so.
    pub subscribed: bool,
    pub protocol: Arc<str>,
    pub identity: String,
    pub project: String,
    pub signature: String,
    pub authorization_state: String,
    pub contexts: IndexSet<String>,
    pub client: Option<ClientId>,
    pub event_acks: bool,
    pub expiry: Option<Ticket>,
    /// How many calls it was offered: the fewest is next.
    pub offers: u32,
    /// Commands received so far.
    pub commands: u32,
    /// Events made in bulk.
    pub bulk: Bulk,
    held: BTreeMap<u64, Held>,
    by_frame: HashMap<String, u64>,
    /// Ledger entries of the latest acknowledged events: copies are acknowledged once more.
    released: VecDeque<(u64, String, u64)>,
    events: u64,
}

/// How many acknowledged events are remembered.
const RELEASED: usize = 256;

/// An event that was made and is not acknowledged.
#[derive(Debug)]
pub(super) struct Held {
    pub frame_id: String,
    /// The `params` of its frame, as JSON text.
    pub params: Arc<str>,
    pub ledger: u64,
    /// Whether it has gone out, on whatever socket.
    pub sent: bool,
}

impl Session {
    pub fn new(
        dialect: Dialect,
        protocol: String,
        identity: String,
        project: String,
        signature: String,
    ) -> Self {
        Self {
            dialect,
            sessionid: String::new(),
            subscribed: dialect == Dialect::Current,
            bulk: Bulk::new(dialect, &protocol),
            protocol: protocol.into(),
            identity,
            project,
            signature,
            authorization_state: String::new(),
            contexts: IndexSet::new(),
            client: None,
            event_acks: dialect.acknowledges(),
            expiry: None,
            offers: 0,
            commands: 0,
            held: BTreeMap::new(),
            by_frame: HashMap::new(),
            released: VecDeque::new(),
            events: 0,
        }
    }

    /// Holds an event; at most `bound`, the oldest go first. Returns its number.
    pub fn hold(&mut self, held: Held, bound: usize) -> u64 {
        self.events += 1;
        self.by_frame.insert(held.frame_id.clone(), self.events);
        self.held.insert(self.events, held);
        while self.held.len() > bound.max(1) {
            if let Some((_, old)) = self.held.pop_first() {
                self.by_frame.remove(&old.frame_id);
            }
        }
        self.events
    }

    pub fn held(&mut self, number: u64) -> Option<&mut Held> {
        self.held.get_mut(&number)
    }

    pub fn held_count(&self) -> usize {
        self.held.len() + self.bulk.unacked()
    }

    pub fn held_numbers(&self) -> Vec<u64> {
        self.held.keys().copied().collect()
    }

    /// Gives a held event another frame id.
    pub fn rename(&mut self, number: u64, frame_id: String) {
        if let Some(held) = self.held.get_mut(&number) {
            self.by_frame.remove(&held.frame_id);
            self.by_frame.insert(frame_id.clone(), number);
            held.frame_id = frame_id;
        }
    }

    /// Also acknowledges under this frame id: for a copy under a new id.
    pub fn alias(&mut self, number: u64, frame_id: String) {
        self.by_frame.insert(frame_id, number);
    }

    /// Lets go of an acknowledged event; gives its ledger entry, if it has one, and which acknowledgement this was. `None`
    /// when the id is not that of one.
    pub fn release(&mut self, frame_id: &str) -> Option<(Option<u64>, Acked)> {
        if let Some(acked) = self.bulk.ack(frame_id) {
            return Some((None, acked));
        }
        let number = self.by_frame.remove(frame_id);
        if let Some(held) = number.and_then(|number| self.held.remove(&number)) {
            self.released.push_back((number.unwrap_or_default(), frame_id.to_owned(), held.ledger));
            if self.released.len() > RELEASED {
                self.released.pop_front();
            }
            return Some((Some(held.ledger), Acked::First));
        }
        let again = |(old, id, _): &&(u64, String, u64)| number == Some(*old) || id == frame_id;
        self.released.iter().rev().find(again).map(|(_, _, ledger)| (Some(*ledger), Acked::Again))
    }

    /// Lets go of an event that went out to somebody who does not acknowledge any.
    pub fn release_sent(&mut self, number: u64) {
        let sent = self.held.get(&number).filter(|held| held.sent).map(|held| held.frame_id.clone());
        if let Some(frame_id) = sent {
            self.release(&frame_id);
        }
    }

    pub fn forget_held(&mut self) {
        self.held.clear();
        self.by_frame.clear();
        self.bulk.forget();
    }
}
