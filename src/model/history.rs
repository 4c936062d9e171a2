//! What numbers need after a call is forgotten: a bounded ring of facts, and peaks by the minute.

use std::collections::{VecDeque, vec_deque};
use std::sync::Arc;
use std::time::Duration;

use super::Ring;
use super::call::Call;
use super::dial::Dial;
use super::verdict::Amd;
use crate::protocol::{CallId, CallState, Direction, EndReason, Shown, Tag};
use crate::time::{At, Now, Wall};

/// Forgotten calls whose facts are kept.
pub const FACTS: usize = 20_000;
/// Minutes that are kept: a shift of twelve hours.
pub const MINUTES: usize = 720;
const MINUTE: Duration = Duration::from_secs(60);

/// The newest detector of machines on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detection {
    /// What it says.
    pub verdict: Amd,
    /// From its start to its first word. The start of one that somebody else started is not reported: the answer of
    /// the call stands for it.
    pub delay: Option<Duration>,
}

/// What numbers need to know of one call, or of a dial that never had one.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The call; none for a dial without any.
    pub call: Option<CallId>,
    /// The dial it is a leg of. Legs of one dial are one attempt.
    pub tag: Option<Tag>,
    /// Whether it was made by a connect: a leg of a bridge is no attempt of its own.
    pub bridged: bool,
    /// Who called whom.
    pub direction: Option<Direction>,
    /// The context it came by.
    pub context: Option<Shown>,
    /// Calling party.
    pub from: Shown,
    /// Called party.
    pub to: Shown,
    /// When it came to be: created, or first heard of when that was earlier.
    pub began: At,
    /// When it entered `created`.
    pub created: Option<At>,
    /// When it entered `ringing`.
    pub ringing: Option<At>,
    /// When it entered `answered`.
    pub answered: Option<At>,
    /// When it ended.
    pub ended: Option<At>,
    /// Why it ended.
    pub reason: Option<EndReason>,
    /// What the newest detector of machines found.
    pub amd: Option<Detection>,
    /// Whether any recording ever ran on it.
    pub recorded: bool,
}

impl Fact {
    /// The facts of a call as it is now.
    #[must_use]
    pub fn of(call: &Call) -> Self {
        let created = call.entered(&CallState::Created);
        Self {
            call: Some(call.id.clone()),
            tag: call.tag.clone(),
            bridged: call.created_by.as_ref().is_some_and(|by| by.as_str() == "connect"),
            direction: call.direction.clone(),
            context: call.context.clone(),
            from: call.from.clone(),
            to: call.to.clone(),
            began: call.began(),
            created,
            ringing: call.entered(&CallState::Ringing),
            answered: call.entered(&CallState::Answered),
            ended: (!call.is_live()).then(|| call.entered(&CallState::Ended).unwrap_or(call.last_heard)),
            reason: call.end_reason.clone(),
            amd: Detection::of(call),
            recorded: call.recordings() > 0,
        }
    }

    /// Whether it ended badly, by no party's choice: with `error` or `not_found`.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        self.ended.is_some() && matches!(self.reason, Some(EndReason::Error | EndReason::NotFound))
    }

    /// The facts of a dial that was sent and is over without ever having had a leg. Of any other there are none.
    #[must_use]
    pub fn of_dial(dial: &Dial) -> Option<Self> {
        (dial.is_over() && dial.sent && dial.legs.is_empty()).then(|| Self {
            call: None,
            tag: Some(dial.tag.clone()),
            bridged: false,
            direction: Some(Direction::Outbound),
            context: None,
            from: Shown::default(),
            to: dial.what.clone(),
            began: dial.requested.at,
            created: None,
            ringing: None,
            answered: None,
            ended: dial.ended_at,
            reason: None,
            amd: None,
            recorded: false,
        })
    }
}

impl Detection {
    fn of(call: &Call) -> Option<Self> {
        let (detector, verdict) = (call.detector()?, call.amd()?);
        Some(Self { verdict, delay: detector.yields.heard_at.and_then(|heard| call.verdict_after(heard)) })
    }
}

/// Peaks of one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute {
    /// Its first moment.
    pub at: At,
    /// The same for people.
    pub wall: Wall,
    /// The most live calls at once.
    pub live: usize,
    /// The most events in one second.
    pub events: u32,
}

/// What is left of calls that were forgotten, and peaks by the minute.
#[derive(Debug, Clone)]
pub struct History {
    started: Option<Now>,
    gone: Ring<Arc<Fact>>,
    minutes: VecDeque<Minute>,
}

impl History {
    pub(super) const fn new() -> Self {
        Self { started: None, gone: Ring::new(FACTS), minutes: VecDeque::new() }
    }

    /// Since when anything is known.
    #[must_use]
    pub const fn started(&self) -> Option<Now> {
        self.started
    }

    /// Calls that were forgotten, and dials without any call; in the order in which they were. Those that are still
    /// remembered are not among them.
    #[must_use]
    pub const fn gone(&self) -> &Ring<Arc<Fact>> {
        &self.gone
    }

    /// Peaks of the latest minutes, oldest first and without holes up to the latest event.
    #[must_use]
    pub fn minutes(&self) -> vec_deque::Iter<'_, Minute> {
        self.minutes.iter()
    }

    /// A call is being forgotten.
    pub(super) fn forget(&mut self, call: &Call) {
        self.gone.push(Arc::new(Fact::of(call)));
    }

    /// A dial is being forgotten. Of one with legs, these remember.
    pub(super) fn forget_dial(&mut self, dial: &Dial) {
        if let Some(fact) = Fact::of_dial(dial) {
            self.gone.push(Arc::new(fact));
        }
    }

    /// The number of the minute that a moment lies in. Minutes are those of the wall clock as it was at the start.
    #[must_use]
    pub fn minute_of(&self, at: At) -> u64 {
        at.since(self.grid()).as_secs() / 60
    }

    /// The first moment of a minute.
    #[must_use]
    pub fn minute_start(&self, minute: u64) -> At {
        self.grid() + Duration::from_secs(minute * 60)
    }

    /// The beginning of a minute two days before the start: no moment of interest lies before it.
    fn grid(&self) -> At {
        const MINUTE: i64 = 60_000_000;
        let started = self.started.unwrap_or_default();
        let second = Duration::from_micros(started.wall.0.rem_euclid(MINUTE).unsigned_abs());
        started.at.back(second + Duration::from_secs(2 * 86_400))
    }

    /// Time has come to `now`, with so many calls live until now.
    pub(super) fn reach(&mut self, now: Now, live: usize) {
        self.started.get_or_insert(now);
        // Nearly always, and asked at every event.
        if self.minutes.back().is_some_and(|last| now.at.since(last.at) < MINUTE) {
            return;
        }
        let newest = self.minute_of(now.at);
        let next = self.minutes.back().map_or(newest, |last| self.minute_of(last.at) + 1);
        // After a sleep longer than a shift only the shift is made up for.
        for minute in next.max(newest.saturating_sub(MINUTES as u64 - 1))..=newest {
            let at = self.minute_start(minute);
            if self.minutes.len() == MINUTES {
                self.minutes.pop_front();
            }
            self.minutes.push_back(Minute { at, wall: now.wall.back(now.at.since(at)), live, events: 0 });
        }
    }

    /// So many calls are live now.
    pub(super) fn live(&mut self, live: usize) {
        if let Some(minute) = self.minutes.back_mut() {
            minute.live = minute.live.max(live);
        }
    }

    /// So many events have come in this second.
    pub(super) fn events(&mut self, events: u32) {
        if let Some(minute) = self.minutes.back_mut() {
            minute.events = minute.events.max(events);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_have_no_holes_and_a_bound() {
        let mut history = History::new();
        let at = |seconds| Now::simulated(Duration::from_secs(seconds));
        history.reach(at(30), 2);
        history.live(5);
        history.reach(at(59), 5);
        history.live(3);
        history.reach(at(200), 3);
        history.events(7);
        let seen: Vec<_> = history.minutes().map(|minute| (minute.live, minute.events)).collect();
        assert_eq!(seen, [(5, 0), (3, 0), (3, 0), (3, 7)]);
        history.reach(at(200 + 86_400), 1);
        assert_eq!(history.minutes().len(), MINUTES);
        let minutes: Vec<_> = history.minutes().collect();
        assert!(minutes.windows(2).all(|pair| pair[1].at.since(pair[0].at) == Duration::from_secs(60)));
        assert_eq!(history.started(), Some(at(30)));
    }
}
