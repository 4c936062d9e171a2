//! What is known about calls: a pure function of what the connection reported and what was submitted.

pub mod act;
pub mod action;
pub mod call;
mod calls;
pub mod command;
pub mod describe;
pub mod dial;
pub mod doubt;
pub mod entry;
mod events;
mod frames;
pub mod gap;
pub mod gist;
pub mod history;
mod leave;
mod link;
pub mod mask;
pub mod notes;
pub mod occurrence;
pub mod others;
mod outcomes;
mod ring;
mod server_clock;
pub mod stats;
pub mod verdict;
pub mod why;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use indexmap::IndexMap;

pub use act::{Act, Ending, Fate};
pub use action::{Action, Phase};
pub use call::Call;
pub use command::{Command, Subject};
pub use dial::{Dial, DialState};
pub use doubt::{Doubt, Inferred};
pub use entry::{Entry, Family, Tone};
pub use frames::Frames;
pub use gap::Gap;
pub use history::{Fact, History};
pub use notes::Note;
pub use occurrence::{Occurrence, Run};
pub use others::Claimant;
pub use ring::Ring;
pub use stats::Stats;
pub use verdict::{Amd, Overdue, Recording};
pub use why::{Bulk, Consent, Why};

use calls::{Calls, Ghosts};
use entry::Draft;
use leave::Ended;
use others::Others;
use server_clock::ServerClock;

use crate::client::{ClientEvent, LinkState, Outcome, Ticket};
use crate::protocol::{CallId, Dialect, Shown, Tag};
use crate::time::Now;

/// What an input changed, so that whoever waits for it can be woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// A call or something on it.
    Call(CallId),
    /// A dial.
    Dial(Tag),
    /// The link: everything may have changed.
    Link,
}

/// Bounds of what is remembered.
pub mod limit {
    use std::time::Duration;

    /// Entries over all calls.
    pub const ENTRIES: usize = 5_000;
    /// Ended calls.
    pub const ENDED: usize = 2_000;
    /// Entries of all ended calls: many long calls are forgotten sooner than many short ones.
    pub const ENDED_ENTRIES: usize = 12_000;
    /// How long ended calls are remembered at least, unless there are too many: late events still find them.
    pub const KEEP_ENDED: Duration = Duration::from_secs(15 * 60);
    /// Ids of calls that were forgotten, so that a late event does not bring a ghost back.
    pub const GHOSTS: usize = 8_192;
    /// Dials, from which the oldest that is over goes first.
    pub const DIALS: usize = 500;
    /// Dials of which nothing more was ever heard, too.
    pub const OPEN_DIALS: usize = 2_000;
    /// Commands whose outcome is unknown.
    pub const COMMANDS: usize = 2_048;
    /// Commands of this program, with what became of them.
    pub const ACTS: usize = 5_000;
    /// Notes.
    pub const NOTES: usize = 1_000;
}

/// Everything that is known.
#[derive(Debug, Clone)]
pub struct Model {
    dialect: Dialect,
    link: LinkState,
    contexts: Vec<Shown>,
    calls: Calls,
    /// Ended calls, in the order in which they ended.
    ended: VecDeque<Ended>,
    /// How many entries they have.
    ended_entries: usize,
    ghosts: Ghosts,
    dials: IndexMap<Tag, Dial>,
    /// Commands without a certain outcome, oldest first.
    commands: BTreeMap<Ticket, Command>,
    latest_ticket: Ticket,
    acts: Ring<Arc<Act>>,
    notes: Ring<Note>,
    entries: Ring<Arc<Entry>>,
    frames: Frames,
    stats: Stats,
    history: History,
    clock: ServerClock,
    others: Others,
    gaps: VecDeque<Gap>,
    /// Codes of refusals that were wrong about the end of a call, in this session.
    disbelieved: Vec<String>,
    /// How often one was.
    disproofs: u64,
    /// Whether the end of a call was ever only concluded.
    concludes: bool,
    next_seq: u64,
    /// The moment of the latest occurrence.
    latest: Now,
    live: usize,
    touched: Vec<Touched>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            dialect: Dialect::Current,
            link: LinkState::Idle,
            contexts: Vec::new(),
            calls: Calls::default(),
            ended: VecDeque::new(),
            ended_entries: 0,
            ghosts: Ghosts::default(),
            dials: IndexMap::new(),
            commands: BTreeMap::new(),
            latest_ticket: Ticket(0),
            acts: Ring::new(limit::ACTS),
            notes: Ring::new(limit::NOTES),
            entries: Ring::new(limit::ENTRIES),
            frames: Frames::default(),
            stats: Stats::default(),
            history: History::new(),
            clock: ServerClock::default(),
            others: Others::default(),
            gaps: VecDeque::new(),
            disbelieved: Vec::new(),
            disproofs: 0,
            concludes: false,
            next_seq: 0,
            latest: Now::default(),
            live: 0,
            touched: Vec::new(),
        }
    }
}

impl Model {
    /// Of a connection in this dialect. What is known of calls is the same in both; not so what they can be asked for.
    #[must_use]
    pub fn speaking(dialect: Dialect) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// The dialect of the connection.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The truth about the link.
    #[must_use]
    pub const fn link(&self) -> &LinkState {
        &self.link
    }

    /// The contexts whose inbound calls we take.
    #[must_use]
    pub fn contexts(&self) -> &[Shown] {
        &self.contexts
    }

    /// Every call that is remembered, in the order in which they were first heard of.
    pub fn calls(&self) -> impl ExactSizeIterator<Item = &Call> {
        self.calls.values()
    }

    /// One call.
    #[must_use]
    pub fn call(&self, id: &CallId) -> Option<&Call> {
        self.calls.get(id)
    }

    /// How many calls are live.
    #[must_use]
    pub const fn live(&self) -> usize {
        self.live
    }

    /// Every dial that is remembered, in the order in which they were asked for.
    pub fn dials(&self) -> impl ExactSizeIterator<Item = &Dial> {
        self.dials.values()
    }

    /// One dial.
    #[must_use]
    pub fn dial(&self, tag: &Tag) -> Option<&Dial> {
        self.dials.get(tag)
    }

    /// What this program asked for, oldest first, each with what became of it.
    #[must_use]
    pub const fn acts(&self) -> &Ring<Arc<Act>> {
        &self.acts
    }

    /// The newest ticket of any command; 0 before the first.
    #[must_use]
    pub const fn latest_ticket(&self) -> Ticket {
        self.latest_ticket
    }

    /// What happened over all calls, oldest first.
    #[must_use]
    pub const fn entries(&self) -> &Ring<Arc<Entry>> {
        &self.entries
    }

    /// Raw frames, while they are kept.
    #[must_use]
    pub const fn frames(&self) -> &Frames {
        &self.frames
    }

    /// Counts and rates.
    #[must_use]
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// What is left of calls that were forgotten, and peaks by the minute.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// What changed since this was last asked.
    pub fn take_touched(&mut self) -> Vec<Touched> {
        std::mem::take(&mut self.touched)
    }

    /// Takes what the connection reports.
    pub fn apply(&mut self, event: &ClientEvent, now: Now) {
        self.history.reach(now, self.live);
        if is_word(event) {
            self.stats.heard = Some(now.at);
        }
        match event {
            ClientEvent::Link(link) => self.link_changed(link, now),
            ClientEvent::Received(received) => self.received(received),
            ClientEvent::Outcome { ticket, outcome, round_trip } => {
                self.outcome(*ticket, outcome, *round_trip, now);
            }
            ClientEvent::Contexts(contexts) => {
                self.contexts.clone_from(contexts);
                self.touched.push(Touched::Link);
            }
            ClientEvent::Pong(span) => {
                self.stats.round_trip(*span);
                self.touched.push(Touched::Link);
            }
            ClientEvent::Fault(fault) => {
                self.stats.faults += 1;
                let draft = Draft::about_link(Family::Fault, Tone::Bad, "fault".into(), fault.why.clone());
                self.enter_with_frame(draft, fault.now, None, fault.raw.clone());
                self.touched.push(Touched::Link);
            }
            ClientEvent::Application(application) => self.application_changed(application, now),
            ClientEvent::Owned { call, owner } => self.owned(call, *owner),
            ClientEvent::Presence(present) => self.presence(present, now),
        }
        self.tell_gap(now);
        self.history.live(self.live);
    }
}

/// Whether this proves that the service still talks to us.
const fn is_word(event: &ClientEvent) -> bool {
    match event {
        ClientEvent::Link(link) => link.is_up(),
        ClientEvent::Outcome { outcome, .. } => matches!(outcome, Outcome::Done(_) | Outcome::Refused { .. }),
        ClientEvent::Received(_)
        | ClientEvent::Contexts(_)
        | ClientEvent::Pong(_)
        | ClientEvent::Fault(_) => true,
        // What a hub says of itself is no word of the service.
        ClientEvent::Application(_) | ClientEvent::Owned { .. } | ClientEvent::Presence(_) => false,
    }
}
