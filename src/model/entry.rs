//! One line of what happened, and how it comes into being.

use std::sync::Arc;
use std::time::Duration;

use super::Model;
use crate::client::{By, Ticket};
use crate::protocol::{CallId, ControlId, Shown, Tag};
use crate::time::{Now, Wall};

/// What an entry is about; also the families that event panes filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// State of the call.
    Call,
    /// Dials.
    Dial,
    /// Bridges.
    Connect,
    /// Plays.
    Play,
    /// Recordings.
    Record,
    /// Detectors.
    Detect,
    /// Collected input, of prompts and collects.
    Collect,
    /// Digits sent.
    Digits,
    /// Taps.
    Tap,
    /// Faxes.
    Fax,
    /// Media streams.
    Stream,
    /// Commands and their outcomes.
    Command,
    /// The link itself.
    Link,
    /// Frames of no use, and failures the service reports.
    Fault,
    /// Anything this version has no name for.
    Other,
}

impl Family {
    /// Every family, in pane order.
    pub const ALL: [Self; 15] = [
        Self::Call,
        Self::Dial,
        Self::Connect,
        Self::Play,
        Self::Record,
        Self::Detect,
        Self::Collect,
        Self::Digits,
        Self::Tap,
        Self::Fax,
        Self::Stream,
        Self::Command,
        Self::Link,
        Self::Fault,
        Self::Other,
    ];

    /// A short word for lists.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Dial => "dial",
            Self::Connect => "connect",
            Self::Play => "play",
            Self::Record => "record",
            Self::Detect => "detect",
            Self::Collect => "collect",
            Self::Digits => "digits",
            Self::Tap => "tap",
            Self::Fax => "fax",
            Self::Stream => "stream",
            Self::Command => "> cmd",
            Self::Link => "link",
            Self::Fault => "fault",
            Self::Other => "other",
        }
    }
}

/// How an entry is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// As usual.
    Plain,
    /// Something went well that could have gone wrong.
    Good,
    /// Something went wrong.
    Bad,
    /// Of no consequence: duplicates, late events.
    Faint,
}

/// One line of what happened.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number; they never repeat.
    pub seq: u64,
    /// When it happened here.
    pub now: Now,
    /// When the server says it happened.
    pub stamp: Option<Wall>,
    /// The call, if it is about one.
    pub call: Option<CallId>,
    /// The action, if it is about one.
    pub control: Option<ControlId>,
    /// What it is about.
    pub family: Family,
    /// How to take it.
    pub tone: Tone,
    /// What happened in one word: the state that an event reports, the method of a command.
    pub word: Shown,
    /// What it carries or is about: what is said, played, collected; the reason of an end.
    pub what: Option<Shown>,
    /// What happened.
    pub text: Shown,
    /// Whether an operation or command of this program is meant.
    pub mine: bool,
    /// What few have.
    rare: Option<Box<Rare>>,
}

/// What entries of dials, bridges and commands have besides; of the others there are many more.
#[derive(Debug, Clone)]
struct Rare {
    tag: Option<Tag>,
    ticket: Option<Ticket>,
    round_trip: Option<Duration>,
    by: Option<By>,
}

impl Entry {
    /// The dial or connect, if it is about one.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        self.rare.as_ref()?.tag.as_ref()
    }

    /// The command whose outcome it is.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        self.rare.as_ref()?.ticket
    }

    /// Who gave the command whose outcome it is.
    #[must_use]
    pub fn by(&self) -> Option<&By> {
        self.rare.as_ref()?.by.as_ref()
    }

    /// From sending to answer, for commands.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.rare.as_ref()?.round_trip
    }
}

/// A new entry, before it has a number.
pub(super) struct Draft<'a> {
    pub call: Option<&'a CallId>,
    pub control: Option<&'a ControlId>,
    pub tag: Option<&'a Tag>,
    pub family: Family,
    pub tone: Tone,
    pub word: Shown,
    pub what: Option<Shown>,
    pub text: Shown,
    pub mine: bool,
    pub ticket: Option<Ticket>,
    pub round_trip: Option<Duration>,
    pub by: Option<&'a By>,
}

impl Draft<'_> {
    pub const fn about_link(family: Family, tone: Tone, word: Shown, text: Shown) -> Self {
        Self {
            call: None,
            control: None,
            tag: None,
            family,
            tone,
            word,
            what: None,
            text,
            mine: false,
            ticket: None,
            round_trip: None,
            by: None,
        }
    }
}

impl Model {
    /// Writes an entry to the entries of all and of its call; gives its number.
    pub(super) fn enter(&mut self, draft: Draft<'_>, now: Now, stamp: Option<Wall>) -> u64 {
        self.write(draft, now, stamp).0
    }

    /// The same, with the frame behind it, which is kept longest while its call is live.
    pub(super) fn enter_with_frame(
        &mut self,
        draft: Draft<'_>,
        now: Now,
        stamp: Option<Wall>,
        raw: Arc<str>,
    ) {
        let (seq, live) = self.write(draft, now, stamp);
        self.frames.push(seq, raw, !live);
    }

    /// Gives whether its call is live, too.
    fn write(&mut self, draft: Draft<'_>, now: Now, stamp: Option<Wall>) -> (u64, bool) {
        let seq = self.next_seq;
        self.next_seq += 1;
        let Draft { call, control, tag, family, tone, word, what, text, mine, ticket, round_trip, by } =
            draft;
        let rare = Rare { tag: tag.cloned(), ticket, round_trip, by: by.cloned() };
        let has_any = rare.tag.is_some() || rare.ticket.is_some() || rare.round_trip.is_some();
        let rare = has_any.then(|| Box::new(rare));
        let entry = Arc::new(Entry {
            seq,
            now,
            stamp,
            call: call.cloned(),
            control: control.cloned(),
            family,
            tone,
            word,
            what,
            text,
            mine,
            rare,
        });
        let mut live = false;
        if let Some(call) = call.and_then(|id| self.calls.get_mut(id)) {
            live = call.is_live();
            let oldest = call.entries.push(entry.clone());
            oldest.into_iter().for_each(|oldest| self.frames.spare(oldest.seq));
        }
        self.entries.push(entry);
        (seq, live)
    }
}
