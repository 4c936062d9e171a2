//! What is known about calls: a pure function of what the connection reported and what was submitted.

pub mod act;
pub mod action;
pub mod call;
mod calls;
pub mod command;
pub mod describe;
pub mod dial;
pub mod gist;
pub mod history;
pub mod journal;
pub mod mask;
mod server_clock;
pub mod stats;
pub mod verdict;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::json;

pub use act::{Act, Ending, Fate};
pub use action::{Action, Phase};
pub use call::Call;
pub use command::{Command, Subject};
pub use dial::{Dial, DialState};
pub use history::{Fact, History};
pub use journal::{Entry, Family, Frames, Ring, Tone};
pub use stats::Stats;
pub use verdict::{Amd, Overdue, Recording};

use calls::{Calls, Ghosts, Gone};
use server_clock::ServerClock;

use crate::catalog::ActionKind;
use crate::client::{ClientEvent, LinkState, Outcome, Received, Ticket};
use crate::protocol::event::{ActionStatus, CallStatus, ConnectStatus, DialStatus, Event, Peer, Report};
use crate::protocol::{CallId, CallState, ControlId, Shown, Tag};
use crate::time::{At, Now};

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

    /// Entries of the journal over all calls.
    pub const JOURNAL: usize = 5_000;
    /// Ended calls.
    pub const ENDED: usize = 2_000;
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
}

/// Everything that is known.
#[derive(Debug, Clone)]
pub struct Model {
    link: LinkState,
    contexts: Vec<Shown>,
    calls: Calls,
    /// Ended calls, in the order in which they ended.
    ended: VecDeque<(CallId, At)>,
    ghosts: Ghosts,
    dials: IndexMap<Tag, Dial>,
    /// Commands without a certain outcome, oldest first.
    commands: BTreeMap<Ticket, Command>,
    acts: Ring<Arc<Act>>,
    journal: Ring<Arc<Entry>>,
    frames: Frames,
    stats: Stats,
    history: History,
    clock: ServerClock,
    next_seq: u64,
    live: usize,
    touched: Vec<Touched>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            link: LinkState::Idle,
            contexts: Vec::new(),
            calls: Calls::default(),
            ended: VecDeque::new(),
            ghosts: Ghosts::default(),
            dials: IndexMap::new(),
            commands: BTreeMap::new(),
            acts: Ring::new(limit::ACTS),
            journal: Ring::new(limit::JOURNAL),
            frames: Frames::default(),
            stats: Stats::default(),
            history: History::new(),
            clock: ServerClock::default(),
            next_seq: 0,
            live: 0,
            touched: Vec::new(),
        }
    }
}

/// A new entry, before it has a number.
struct Draft<'a> {
    call: Option<&'a CallId>,
    control: Option<&'a ControlId>,
    tag: Option<&'a Tag>,
    family: Family,
    tone: Tone,
    word: Shown,
    what: Option<Shown>,
    text: Shown,
    mine: bool,
    ticket: Option<Ticket>,
    round_trip: Option<Duration>,
}

impl Draft<'_> {
    const fn about_link(family: Family, tone: Tone, word: Shown, text: Shown) -> Self {
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
        }
    }
}

impl Model {
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

    /// The journal over all calls, oldest first.
    #[must_use]
    pub const fn journal(&self) -> &Ring<Arc<Entry>> {
        &self.journal
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

    /// Keeps a call from being forgotten while somebody holds it. Returns whether there is one to hold.
    pub fn pin(&mut self, id: &CallId) -> bool {
        let call = self.calls.get_mut(id);
        call.map(|call| call.pins += 1).is_some()
    }

    /// Lets go of a call that was pinned.
    pub fn unpin(&mut self, id: &CallId) {
        let Some(call) = self.calls.get_mut(id) else { return };
        call.pins = call.pins.saturating_sub(1);
        if call.pins == 0 && call.lapsed {
            self.forget_call(id);
        }
    }

    /// Forgets ended calls that nobody holds. Returns how many.
    pub fn clear_ended(&mut self) -> usize {
        let before = self.calls.len();
        self.forget(0, At::from_micros(u64::MAX));
        before - self.calls.len()
    }

    /// Takes a command that is about to be sent. What it starts is shown as requested from here on.
    pub fn submit(&mut self, command: Command) {
        let at = command.now.at;
        match &command.subject {
            Subject::Start { call, control_id, kind, wait_for_beep } => {
                if let Some(call) = self.calls.get_mut(call) {
                    let params = command.params.clone();
                    let mut action = Action::requested(control_id.clone(), *kind, command.method, params, at);
                    action.wait_for_beep = *wait_for_beep;
                    call.push_action(action);
                }
            }
            Subject::Control { call, control_id, control, volume } => {
                if let Some(action) = self.action_mut(call, control_id) {
                    action.ask(*control, *volume, at);
                }
            }
            Subject::Dial(tag) => {
                let what = describe::params(&command.rpc, &command.params);
                self.dials.insert(tag.clone(), Dial::requested(tag.clone(), what, command.now));
                self.forget_dials();
            }
            Subject::Link | Subject::Call(_) => {}
        }
        self.touch_subject(&command.subject);
        let call = command.subject.call().and_then(|id| self.calls.get(id));
        let parties = call.map(|call| Shown::new(&describe::parties(call))).unwrap_or_default();
        self.acts.push(Arc::new(Act::new(&command, parties)));
        if self.commands.len() >= limit::COMMANDS {
            self.commands.pop_first();
        }
        self.commands.insert(command.ticket, command);
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
                let seq = self.enter(draft, fault.now, None);
                self.keep_frame(seq, fault.raw.clone(), None);
                self.touched.push(Touched::Link);
            }
        }
        self.history.live(self.live);
    }

    fn link_changed(&mut self, link: &LinkState, now: Now) {
        let was_up = self.link.is_up();
        let (tone, text) = match link {
            LinkState::Idle => (Tone::Plain, Shown::from("not connected")),
            LinkState::Opening { attempt } => {
                (Tone::Faint, Shown::new(&format!("connecting, attempt {attempt}")))
            }
            LinkState::Authenticating => (Tone::Faint, "logging in".into()),
            LinkState::Up { gaps: 0, .. } => (Tone::Good, "logged in".into()),
            LinkState::Up { restored: true, .. } => (Tone::Good, "logged in again, session resumed".into()),
            LinkState::Up { restored: false, .. } => {
                (Tone::Bad, "logged in again, but as a new session: older calls no longer report here".into())
            }
            LinkState::Draining => (Tone::Bad, "the server asked us to reconnect".into()),
            LinkState::Down { why, .. } => (Tone::Bad, Shown::new(&format!("link lost: {why}"))),
            LinkState::Refused { why } => (Tone::Bad, Shown::new(&format!("credentials refused: {why}"))),
            LinkState::Closed => (Tone::Plain, "closed".into()),
        };
        self.link = link.clone();
        if let LinkState::Up { gaps, restored, .. } = link {
            self.stats.reconnects = *gaps;
            self.stats.lost_sessions += u32::from(!restored);
        }
        if was_up && !link.is_up() {
            for call in self.calls.values_mut().filter(|call| call.is_live()) {
                call.doubt.get_or_insert(now.at);
            }
        }
        self.enter(Draft::about_link(Family::Link, tone, link.word().into(), text), now, None);
        self.touched.push(Touched::Link);
    }

    fn received(&mut self, received: &Received) {
        let Received { now, event, .. } = received;
        if received.duplicate {
            self.stats.duplicates += 1;
        } else {
            let second = self.stats.event(now.at);
            self.history.events(second);
            match event {
                Event::Unknown { .. } => self.stats.unknown += 1,
                Event::Malformed { .. } => self.stats.faults += 1,
                _ => {}
            }
            if let Some(older) = received.stamp.and_then(|stamp| self.clock.observe(stamp, *now)) {
                self.calls.values_mut().for_each(|call| call.clock_moved(older));
            }
            self.lag(received);
            self.take(event, received);
        }
        let (family, tone, text) = describe::event(event, &received.event_type);
        let (tone, text) = if received.duplicate {
            (Tone::Faint, Shown::new(&format!("{text} (delivered again)")))
        } else {
            (tone, text)
        };
        let call = event.call_id();
        let tag = event.tag();
        let bridge = call.filter(|_| matches!(event, Event::Connect(_))).and_then(|id| self.bridge(id, tag));
        let control =
            if let Event::Action(status) = event { Some(&status.control_id) } else { bridge.as_ref() };
        let action = call.zip(control).and_then(|(call, control)| self.calls.get(call)?.action(control));
        // An event that carries nothing of its own is about what its operation does.
        let what = gist::content(event).or_else(|| action.map(|action| action.what.clone()));
        let draft = Draft {
            call,
            control,
            tag,
            family,
            tone,
            word: gist::word(event, &received.event_type),
            what: what.filter(|what| !what.as_str().is_empty()),
            text,
            mine: action.is_some_and(Action::is_mine),
            ticket: None,
            round_trip: None,
        };
        let seq = self.enter(draft, self.happened(received), received.stamp);
        self.keep_frame(seq, received.raw.clone(), call);
        self.touched.extend(call.cloned().map(Touched::Call));
    }

    /// The bridge of a call that a tag names; the newest when it names none of ours.
    fn bridge(&self, call: &CallId, tag: Option<&Tag>) -> Option<ControlId> {
        let call = self.calls.get(call)?;
        let named = tag.map(|tag| ControlId::from(tag.as_str())).filter(|tag| call.action(tag).is_some());
        let newest = || call.actions.iter().rev().find(|action| action.kind == ActionKind::Connect);
        named.or_else(|| newest().map(|action| action.control_id.clone()))
    }

    /// When an event happened, by the server's clock if it comes late; else when it came.
    fn happened(&self, received: &Received) -> Now {
        const LATE: Duration = Duration::from_secs(2);
        let now = received.now;
        let lag = received.stamp.map_or(Duration::ZERO, |stamp| now.at.since(self.clock.at(stamp, now.at)));
        if lag < LATE { now } else { Now { at: now.at.back(lag), wall: now.wall.back(lag) } }
    }

    /// How late an event came. What happened before this connection stood was bound to come late.
    fn lag(&mut self, received: &Received) {
        let (LinkState::Up { since, .. }, Some(stamp)) = (&self.link, received.stamp) else { return };
        let at = received.now.at;
        let happened = self.clock.at(stamp, at);
        if happened >= *since {
            self.stats.lag(at, at.since(happened));
        }
    }

    /// The one interpretation of an event.
    fn take(&mut self, event: &Event, received: &Received) {
        let now = received.now;
        match event {
            Event::Receive(status) | Event::State(status) => self.call_status(status, received),
            Event::Dial(status) => self.dial_status(status, now),
            Event::Connect(status) => self.connect_status(status, received),
            Event::Action(status) => self.action_status(status, received),
            Event::Error(_) | Event::Unknown { .. } | Event::Malformed { .. } => {
                let call = event.call_id().and_then(|id| self.calls.get_mut(id));
                call.into_iter().for_each(|call| call.last_heard = now.at);
            }
            Event::AuthorizationState(_) => {}
        }
    }

    /// The call with this id, made now if it is new. `None` when it ended so long ago that it was forgotten.
    fn known(&mut self, id: &CallId, now: Now) -> Option<&mut Call> {
        if !self.calls.contains(id) {
            if self.ghosts.get(id).is_some() {
                return None;
            }
            self.live += 1;
            self.calls.add(Call::new(id.clone(), now));
        }
        let call = self.calls.get_mut(id)?;
        call.last_heard = now.at;
        call.doubt = None;
        Some(call)
    }

    fn call_status(&mut self, status: &CallStatus, received: &Received) {
        let now = received.now;
        if !self.calls.contains(&status.call_id) {
            // The end of a call that was never heard of is only journaled, and what may follow it, too.
            if status.call_state == CallState::Ended {
                return self.ghosts.add(status.call_id.clone(), Gone::Ended);
            }
            if matches!(received.event, Event::Receive(_)) {
                self.ghosts.offered_again(&status.call_id);
            }
        }
        let clock = self.clock;
        let Some(call) = self.known(&status.call_id, now) else { return };
        let was_live = call.is_live();
        call.status(status, now, received.stamp, &clock);
        if let (None, Some(context)) = (&call.context, &status.protocol)
            && matches!(received.event, Event::Receive(_))
        {
            call.context = Some(Shown::new(context));
        }
        let tag = call.tag.clone();
        if was_live && !call.is_live() {
            self.call_gone(&status.call_id, now.at);
        }
        if let Some(dial) = tag.as_ref().and_then(|tag| self.dials.get_mut(tag)) {
            dial.add_leg(&status.call_id);
            self.touched.extend(tag.map(Touched::Dial));
        }
        // A leg of a connect names its origin from the beginning; the origin has it for a peer only once they are
        // bridged.
        if let Some(peer) = &status.peer
            && !status.call_state.is_over()
            && self.calls.get(&peer.call_id).is_none_or(Call::is_live)
            && let Some(call) = self.calls.get_mut(&status.call_id).filter(|call| call.is_live())
        {
            call.peer = Some(peer.call_id.clone());
        }
    }

    /// Both directions of a bridge; nothing of a leg that is over.
    fn link_peers(&mut self, id: &CallId, peer: &Peer) {
        let over = |id: &CallId| self.calls.get(id).is_some_and(|call| !call.is_live());
        if over(id) || over(&peer.call_id) {
            return;
        }
        for (one, other) in [(id, &peer.call_id), (&peer.call_id, id)] {
            if let Some(call) = self.calls.get_mut(one) {
                call.peer = Some(other.clone());
            }
        }
        self.touched.push(Touched::Call(peer.call_id.clone()));
    }

    /// A call reached its end: what ran on it is over, its bridge too, and in time it will be forgotten.
    fn call_gone(&mut self, id: &CallId, at: At) {
        self.call_over(id, at);
        self.ended.push_back((id.clone(), at));
        self.forget(limit::ENDED, at.back(limit::KEEP_ENDED));
    }

    fn call_over(&mut self, id: &CallId, at: At) {
        self.live = self.live.saturating_sub(1);
        let Some(call) = self.calls.get_mut(id) else { return };
        call.doubt = None;
        call.actions.iter_mut().for_each(|action| action.call_ended(at));
        call.entries.iter().for_each(|entry| self.frames.spare(entry.seq));
        if let Some(peer) = call.peer.clone() {
            self.unlink_peers(id, &peer);
            self.touched.push(Touched::Call(peer));
        }
    }

    fn unlink_peers(&mut self, id: &CallId, peer: &CallId) {
        for (one, other) in [(id, peer), (peer, id)] {
            if let Some(call) = self.calls.get_mut(one)
                && call.peer.as_ref() == Some(other)
            {
                call.peer = None;
            }
        }
    }

    /// Forgets calls that ended before `horizon`, and the oldest beyond `keep`. One that is held goes when it is let
    /// go of.
    fn forget(&mut self, keep: usize, horizon: At) {
        while let Some((id, at)) = self.ended.front() {
            if self.ended.len() <= keep && *at >= horizon {
                return;
            }
            let id = id.clone();
            self.ended.pop_front();
            match self.calls.get_mut(&id) {
                Some(call) if call.pins > 0 => call.lapsed = true,
                Some(_) => self.forget_call(&id),
                None => {}
            }
        }
    }

    fn forget_call(&mut self, id: &CallId) {
        if let Some(call) = self.calls.remove(id) {
            self.history.forget(&call);
        }
        self.stats.forgotten += 1;
        self.ghosts.add(id.clone(), Gone::Ended);
        // Who still waits for it learns that there is nothing to wait for.
        self.touched.push(Touched::Call(id.clone()));
    }

    /// A call that we passed on is no longer ours: nothing of it will be reported here, unless it is offered again.
    fn passed_on(&mut self, id: &CallId, at: At) {
        if self.calls.get(id).is_none_or(|call| !call.is_live()) {
            return;
        }
        self.call_over(id, at);
        self.calls.remove(id);
        self.ghosts.add(id.clone(), Gone::Passed);
    }

    fn forget_dials(&mut self) {
        while self.dials.len() > limit::DIALS {
            let over = self.dials.values().position(Dial::is_over);
            let open = || (self.dials.len() > limit::OPEN_DIALS).then_some(0);
            let Some(oldest) = over.or_else(open) else { return };
            if let Some((_, dial)) = self.dials.shift_remove_index(oldest) {
                self.history.forget_dial(&dial);
            }
        }
    }

    fn dial_status(&mut self, status: &DialStatus, now: Now) {
        if let Some(leg) = &status.call
            && let Some(call) = self.known(&leg.call_id, now)
        {
            call.node = leg.node_id.clone().or(call.node.take());
            call.tag = Some(status.tag.clone());
            if let (None, Some(device)) = (&call.device, &leg.device) {
                call.set_device(device.clone());
            }
            if status.dial_state == "answered" {
                call.enter(CallState::Answered, now.at);
            }
        }
        let Some(dial) = self.dials.get_mut(&status.tag) else { return };
        dial.sent = true;
        if let Some(leg) = &status.call {
            dial.add_leg(&leg.call_id);
        }
        match (&*status.dial_state, &status.call) {
            ("answered", Some(leg)) => dial.end(DialState::Answered(leg.call_id.clone()), now.at),
            ("failed", _) => {
                let why = status.reason.as_deref().unwrap_or("no device answered");
                dial.end(DialState::Failed(Shown::new(why)), now.at);
            }
            _ if !dial.is_over() => dial.state = DialState::Dialing,
            _ => {}
        }
        self.touched.push(Touched::Dial(status.tag.clone()));
    }

    fn connect_status(&mut self, status: &ConnectStatus, received: &Received) {
        let (now, at) = (received.now, self.happened(received).at);
        let Some(call) = self.known(&status.call_id, now) else { return };
        let bridge = bridge_of(call, status, at);
        if let Some(action) = call.action_mut(&bridge) {
            action.bridge(status, &received.raw, at);
        }
        let peer = status.peer.clone();
        match (&*status.connect_state, peer) {
            ("connected", Some(peer)) => self.link_peers(&status.call_id, &peer),
            ("disconnected" | "failed", peer) => {
                let known = self.calls.get(&status.call_id).and_then(|call| call.peer.clone());
                for peer in peer.map(|peer| peer.call_id).into_iter().chain(known) {
                    self.unlink_peers(&status.call_id, &peer);
                    self.touched.push(Touched::Call(peer));
                }
            }
            _ => {}
        }
    }

    fn action_status(&mut self, status: &ActionStatus, received: &Received) {
        let (now, at) = (received.now, self.happened(received).at);
        let Some(call) = self.known(&status.call_id, now) else { return };
        call.node = call.node.take().or_else(|| status.node_id.clone());
        if call.action(&status.control_id).is_none() {
            let kind = foreign_kind(&status.report);
            let mut action = Action::foreign(status.control_id.clone(), kind, at);
            // What an event tells of its operation has the shape of the params that started it.
            action.what = describe::params(kind.rpc(), &received.body());
            call.push_action(action);
        }
        if let Some(action) = call.action_mut(&status.control_id) {
            if matches!(status.report, Report::Collect(_)) {
                action.collects();
            }
            action.report(&status.report, &received.raw, at);
        }
    }

    fn outcome(&mut self, ticket: Ticket, outcome: &Outcome, round_trip: Option<Duration>, now: Now) {
        let Some(command) = self.commands.get(&ticket).cloned() else { return };
        if !matches!(outcome, Outcome::Unknown(_)) {
            self.commands.remove(&ticket);
        }
        if let Some(span) = round_trip {
            self.stats.round_trip(span);
        }
        self.settle(&command, outcome, now);
        if let Some(act) = self.acts.iter_mut().rev().find(|act| act.ticket == ticket) {
            Arc::make_mut(act).ending = Some(Ending::of(outcome, round_trip));
        }
        let (tone, word) = match outcome {
            Outcome::Done(reply) => (Tone::Good, format!("{} {}", command.rpc, reply.code)),
            Outcome::Refused { code, message } => {
                (Tone::Bad, format!("{} refused: {code} {message}", command.rpc))
            }
            Outcome::NotSent(why) => (Tone::Bad, format!("{} not sent: {why}", command.rpc)),
            Outcome::Unknown(why) => (Tone::Bad, format!("{} unknown: {why}", command.rpc)),
        };
        let draft = Draft {
            call: command.subject.call(),
            control: command.subject.control_id(),
            tag: if let Subject::Dial(tag) = &command.subject { Some(tag) } else { None },
            family: Family::Command,
            tone,
            word: command.method.into(),
            what: Some(describe::params(&command.rpc, &command.params))
                .filter(|what| !what.as_str().is_empty()),
            text: Shown::new(word.trim_end()),
            mine: true,
            ticket: Some(ticket),
            round_trip,
        };
        let seq = self.enter(draft, now, None);
        let answer = if let Outcome::Done(reply) = outcome { reply.body.clone() } else { json!(word) };
        let raw = json!({ "method": &*command.rpc, "params": &*command.params, "outcome": answer });
        self.keep_frame(seq, raw.to_string().into(), command.subject.call());
        self.touch_subject(&command.subject);
    }

    /// Brings the outcome of a command to what it is about.
    fn settle(&mut self, command: &Command, outcome: &Outcome, now: Now) {
        match &command.subject {
            Subject::Start { call, control_id, .. } => {
                if let Some(action) = self.action_mut(call, control_id) {
                    action.outcome(outcome, now.at);
                }
            }
            Subject::Control { call, control_id, control, volume } => {
                if let Some(action) = self.action_mut(call, control_id) {
                    action.control_outcome(*control, *volume, outcome);
                }
                // Here a 404 may mean only that the operation is over; a 410 is about the call.
                if matches!(outcome, Outcome::Refused { code, .. } if code == "404") {
                    return;
                }
            }
            Subject::Dial(tag) => {
                let Some(dial) = self.dials.get_mut(tag) else { return };
                dial.sent |= !matches!(outcome, Outcome::NotSent(_));
                match outcome {
                    Outcome::Done(_)
                        if matches!(dial.state, DialState::Requested | DialState::Unknown(_)) =>
                    {
                        dial.state = DialState::Dialing;
                    }
                    Outcome::Done(_) => {}
                    Outcome::Refused { code, message } => {
                        dial.end(DialState::Failed(Shown::new(&format!("{code} {message}"))), now.at);
                    }
                    Outcome::NotSent(why) => dial.end(DialState::Failed(why.clone()), now.at),
                    Outcome::Unknown(why) if dial.state == DialState::Requested => {
                        dial.state = DialState::Unknown(why.clone());
                    }
                    Outcome::Unknown(_) => {}
                }
            }
            Subject::Call(call) if &*command.rpc == "calling.pass" && matches!(outcome, Outcome::Done(_)) => {
                return self.passed_on(call, now.at);
            }
            Subject::Link | Subject::Call(_) => {}
        }
        let Some(id) = command.subject.call() else { return };
        let Some(call) = self.calls.get_mut(id) else { return };
        if outcome.is_gone() {
            if call.is_live() {
                call.enter(CallState::Ended, now.at);
                self.call_gone(&id.clone(), now.at);
            }
        } else if matches!(outcome, Outcome::Done(_)) {
            call.doubt = None;
        }
    }

    fn action_mut(&mut self, call: &CallId, control_id: &ControlId) -> Option<&mut Action> {
        self.calls.get_mut(call)?.action_mut(control_id)
    }

    fn touch_subject(&mut self, subject: &Subject) {
        self.touched.push(match subject {
            Subject::Link => Touched::Link,
            Subject::Dial(tag) => Touched::Dial(tag.clone()),
            Subject::Call(call) | Subject::Start { call, .. } | Subject::Control { call, .. } => {
                Touched::Call(call.clone())
            }
        });
    }

    /// Writes an entry to the journal and to its call; gives its number.
    fn enter(&mut self, draft: Draft<'_>, now: Now, stamp: Option<crate::time::Wall>) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        let Draft { call, control, tag, family, tone, word, what, text, mine, ticket, round_trip } = draft;
        let entry = Arc::new(Entry {
            seq,
            now,
            stamp,
            call: call.cloned(),
            control: control.cloned(),
            tag: tag.cloned(),
            family,
            tone,
            word,
            what,
            text,
            mine,
            ticket,
            round_trip,
        });
        if let Some(call) = call.and_then(|id| self.calls.get_mut(id)) {
            let oldest = call.entries.push(entry.clone());
            oldest.into_iter().for_each(|oldest| self.frames.spare(oldest.seq));
        }
        self.journal.push(entry);
        seq
    }

    /// Keeps the frame behind an entry, longest while its call is live.
    fn keep_frame(&mut self, seq: u64, raw: Arc<str>, call: Option<&CallId>) {
        let live = call.and_then(|id| self.calls.get(id)).is_some_and(Call::is_live);
        self.frames.push(seq, raw, !live);
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
    }
}

/// The action that a connect event belongs to: by tag, else the bridge that is under way or stands, for a call has
/// one at a time and the service may use a tag of its own; else one made now for a bridge that somebody else asked
/// for.
fn bridge_of(call: &mut Call, status: &ConnectStatus, at: At) -> ControlId {
    let tag = status.tag.as_ref().map(|tag| ControlId::from(tag.as_str()));
    if let Some(tag) = tag.as_ref().filter(|tag| call.action(tag).is_some()) {
        return tag.clone();
    }
    if let Some(newest) = call.running_kind(ActionKind::Connect) {
        return newest.control_id.clone();
    }
    let id = tag.unwrap_or_else(|| ControlId::from(format!("connect-{}", call.actions.len())));
    call.push_action(Action::foreign(id.clone(), ActionKind::Connect, at));
    id
}

const fn foreign_kind(report: &Report) -> ActionKind {
    match report {
        Report::Play(_) => ActionKind::Play,
        Report::Record(_) => ActionKind::Record,
        Report::Detect(_) => ActionKind::Detect,
        Report::Collect(_) => ActionKind::Collect,
        Report::SendDigits(_) => ActionKind::SendDigits,
        Report::Tap(_) => ActionKind::Tap,
        Report::Fax(_) => ActionKind::SendFax,
        Report::Stream(_) => ActionKind::Stream,
    }
}

/// For the question whether it is safe to leave.
impl Model {
    /// Whether a method was submitted on a call and has no outcome yet.
    #[must_use]
    pub fn is_open(&self, method: &str, call: &CallId) -> bool {
        self.commands.values().any(|command| command.method == method && command.subject.call() == Some(call))
    }

    /// A command that has no certain outcome yet.
    #[must_use]
    pub fn command(&self, ticket: Ticket) -> Option<&Command> {
        self.commands.get(&ticket)
    }

    /// Actions that this program started and that may still be running, with their calls.
    pub fn my_running(&self) -> impl Iterator<Item = (&Call, &Action)> {
        self.calls.values().flat_map(|call| {
            call.running().filter(|action| action.is_mine()).map(move |action| (call, action))
        })
    }
}
