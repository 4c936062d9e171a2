//! What the events of the service mean: the one interpretation of each.

use std::time::Duration;

use super::calls::Gone;
use super::entry::Draft;
use super::{Action, Call, DialState, Model, Tone, Touched, describe, gist};
use crate::catalog::ActionKind;
use crate::client::{LinkState, Received};
use crate::protocol::event::{ActionStatus, CallStatus, ConnectStatus, DialStatus, Event, Report};
use crate::protocol::{CallId, CallState, ControlId, Shown, Tag};
use crate::time::{At, Now};

impl Model {
    pub(super) fn received(&mut self, received: &Received) {
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
            self.interpret(event, received);
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
        let known = call.and_then(|id| self.calls.get(id));
        let action = known.zip(control).and_then(|(call, control)| call.action(control));
        // Their own copies of the ids, or every entry would keep its own.
        let call_id = known.map(|call| &call.id).or(call).cloned();
        let control = action.map(|action| &action.control_id).or(control).cloned();
        // An event that carries nothing of its own is about what its operation does.
        let what = gist::content(event).or_else(|| action.map(|action| action.what.clone()));
        let draft = Draft {
            call: call_id.as_ref(),
            control: control.as_ref(),
            tag,
            family,
            tone,
            word: gist::word(event, &received.event_type),
            what: what.filter(|what| !what.as_str().is_empty()),
            text,
            mine: action.is_some_and(Action::is_mine),
            ticket: None,
            round_trip: None,
            by: None,
        };
        self.enter_with_frame(draft, self.happened(received), received.stamp, received.raw.clone());
        self.touched.extend(call_id.map(Touched::Call));
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
    fn interpret(&mut self, event: &Event, received: &Received) {
        let now = received.now;
        self.lives_after_all(event, received);
        match event {
            Event::Receive(status) | Event::State(status) => self.call_status(status, received),
            Event::Dial(status) => self.dial_status(status, received),
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
    fn known(&mut self, id: &CallId, received: &Received) -> Option<&mut Call> {
        let now = received.now;
        if !self.calls.contains(id) {
            if self.ghosts.get(id).is_some() {
                return None;
            }
            self.live += 1;
            let owner = self.others.owner_of(id);
            let mut call = Call::new(id.clone(), now);
            call.owner = owner;
            self.calls.add(call);
        }
        let call = self.calls.get_mut(id)?;
        call.last_heard = now.at;
        if call.doubt.is_some() {
            self.heard_of(id, received);
        }
        self.calls.get_mut(id)
    }

    /// An event that shows that a call goes on ends its doubt, unless it tells late of what happened before.
    fn heard_of(&mut self, id: &CallId, received: &Received) {
        let happened = self.moment(received);
        let Some(doubt) = self.calls.get_mut(id).and_then(|call| call.doubt.as_mut()) else { return };
        // The last word of an operation may come after the end of its call.
        if gist::goes_on(&received.event) && doubt.ends_with(happened) {
            return self.undoubt(id, false);
        }
        // It is reported here after all.
        doubt.new_session = false;
    }

    /// When an event happened, as exactly as is known: when it came, until the server's clock is known well.
    fn moment(&self, received: &Received) -> At {
        let now = received.now.at;
        let stamp = received.stamp.filter(|_| self.clock.is_sure());
        stamp.map_or(now, |stamp| self.clock.at(stamp, now))
    }

    /// Takes the end of a call back, if it was only concluded and this proves that it lives.
    fn lives_after_all(&mut self, event: &Event, received: &Received) {
        let Some(id) = event.call_id().filter(|_| self.concludes && gist::goes_on(event)) else { return };
        self.ghosts.lives(id, Gone::Concluded);
        let at = self.moment(received);
        if self.calls.get(id).and_then(|call| call.inferred.as_ref()).is_some_and(|end| end.at <= at) {
            self.take_back(&id.clone(), received.now);
        }
    }

    fn call_status(&mut self, status: &CallStatus, received: &Received) {
        let now = received.now;
        if !self.calls.contains(&status.call_id) {
            // The end of a call that was never heard of is only journaled, and what may follow it, too.
            if status.call_state == CallState::Ended {
                self.one_call_is(status, now);
                return self.ghosts.add(status.call_id.clone(), Gone::Ended);
            }
            if matches!(received.event, Event::Receive(_)) {
                self.ghosts.lives(&status.call_id, Gone::Passed);
            }
        }
        let clock = self.clock;
        let Some(call) = self.known(&status.call_id, received) else { return };
        let was_live = call.is_live();
        call.status(status, now, received.stamp, &clock);
        if let (None, Some(context)) = (&call.context, &status.protocol)
            && matches!(received.event, Event::Receive(_))
        {
            call.context = Some(Shown::new(context));
        }
        let tag = call.tag.clone();
        if let Some(ended) = call.entered(&CallState::Ended).filter(|_| !call.is_live()) {
            if was_live {
                self.call_gone(&status.call_id, ended, now.at);
            } else if call.inferred.take().is_some() {
                // Now it is no longer only concluded.
                call.actions.iter_mut().for_each(|action| action.call_ended(ended));
            }
        }
        if let Some(tag) = tag.as_ref().filter(|_| status.call_state == CallState::Answered) {
            self.adopt(&status.call_id, tag, now);
        }
        if let Some(dial) = tag.as_ref().and_then(|tag| self.dials.get_mut(tag)) {
            dial.add_leg(&status.call_id);
            dial.heard(now.at);
            self.one_call_is(status, now);
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

    /// Of a dial that is one call, nothing else is told.
    fn one_call_is(&mut self, status: &CallStatus, now: Now) {
        let known = self.calls.get(&status.call_id).and_then(|call| call.tag.as_ref());
        let Some(tag) = status.tag.as_ref().or(known).cloned() else { return };
        if let Some(dial) = self.dials.get_mut(&tag).filter(|dial| dial.one_call) {
            dial.call_is(status, now.at);
            self.touched.push(Touched::Dial(tag));
        }
    }

    fn dial_status(&mut self, status: &DialStatus, received: &Received) {
        let now = received.now;
        if let Some(leg) = &status.call
            && let Some(call) = self.known(&leg.call_id, received)
        {
            call.node = leg.node_id.clone().or(call.node.take());
            call.tag = Some(status.tag.clone());
            if let (None, Some(device)) = (&call.device, &leg.device) {
                call.set_device(device.clone());
            }
            if status.dial_state == "answered" {
                call.enter(CallState::Answered, now.at);
                self.adopt(&leg.call_id, &status.tag, now);
            }
        }
        let Some(dial) = self.dials.get_mut(&status.tag) else { return };
        dial.sent = true;
        dial.heard(now.at);
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
        let at = self.happened(received).at;
        let Some(call) = self.known(&status.call_id, received) else { return };
        let bridge = bridge_of(call, status, at);
        let over = call.entered(&CallState::Ended);
        if let Some(action) = call.action_mut(&bridge) {
            action.bridge(status, &received.raw, at);
            over.into_iter().for_each(|ended| action.call_ended(ended));
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
        // The last word of an operation may come after its call: it does not prove that one never heard of is live.
        if !self.calls.contains(&status.call_id) && !gist::goes_on(&received.event) {
            return;
        }
        let at = self.happened(received).at;
        let Some(call) = self.known(&status.call_id, received) else { return };
        call.node = call.node.take().or_else(|| status.node_id.clone());
        if call.action(&status.control_id).is_none() {
            let kind = foreign_kind(&status.report);
            let mut action = Action::foreign(status.control_id.clone(), kind, at);
            // What an event tells of its operation has the shape of the params that started it. Few plays tell any.
            if kind != ActionKind::Play || received.raw.contains("\"play\"") {
                action.what = describe::params(kind.rpc(), &received.body());
            }
            call.push_action(action);
        }
        let over = call.entered(&CallState::Ended);
        if let Some(action) = call.action_mut(&status.control_id) {
            if matches!(status.report, Report::Collect(_)) {
                action.collects();
            }
            action.report(&status.report, &received.raw, at);
            // What is told late, or out of order, does not run on.
            over.into_iter().for_each(|ended| action.call_ended(ended));
        }
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
