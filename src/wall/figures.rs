//! The numbers of one context, or of the whole floor, gathered call by call.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Window;
use super::attempt::Attempt;
use crate::catalog::ActionKind;
use crate::model::{Amd, Call, Fact, Recording, describe};
use crate::protocol::{CallId, CallState, EndReason, Shown};
use crate::time::At;

/// Calls answered for less than this are short.
const SHORT: Duration = Duration::from_secs(10);

/// How a number of spans is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spread {
    /// How many there are. With none there is nothing else to say.
    pub count: usize,
    /// Their sum divided by their number.
    pub mean: Option<Duration>,
    /// The middle one in order of length; of an even number the mean of the two in the middle.
    pub median: Option<Duration>,
    /// The shortest that at least 95 % of them are no longer than.
    pub p95: Option<Duration>,
}

impl Spread {
    /// The spread of these.
    #[must_use]
    pub fn of(mut spans: Vec<Duration>) -> Self {
        let count = spans.len();
        let Some(last) = count.checked_sub(1) else { return Self::default() };
        let mean = spans.iter().sum::<Duration>() / u32::try_from(count).unwrap_or(u32::MAX);
        // Putting these three in their places is much less work than sorting.
        let mut nth = |place: usize| *spans.select_nth_unstable(place).1;
        let middle = (nth(last / 2) + nth(count / 2)) / 2;
        let p95 = nth((count * 95).div_ceil(100) - 1);
        Self { count, mean: Some(mean), median: Some(middle), p95: Some(p95) }
    }
}

/// A call that stands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standout {
    /// Which.
    pub call: CallId,
    /// Who talks to whom.
    pub parties: Shown,
    /// For how long already.
    pub span: Duration,
    /// Whether it is unknown if it still exists.
    pub stale: bool,
}

/// What detectors of machines found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// People.
    pub human: usize,
    /// Machines.
    pub machine: usize,
    /// Neither: the detector could not tell, or ended without a word.
    pub unknown: usize,
}

impl Found {
    /// How many percent were people, machines, and neither: `62/34/4`; `--` when there is nothing to share.
    #[must_use]
    pub fn shares(&self) -> String {
        let all = self.human + self.machine + self.unknown;
        if all == 0 {
            return "--".to_owned();
        }
        let percent = |part: usize| (part * 100 + all / 2) / all;
        format!("{}/{}/{}", percent(self.human), percent(self.machine), percent(self.unknown))
    }
}

/// The numbers of one context, or of the whole floor. What each means exactly is said in [`super::METRICS`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Live calls, without stale ones.
    pub live: usize,
    /// Live calls of which it is unknown whether they still exist.
    pub stale: usize,
    /// Of the live ones, those created and not ringing.
    pub created: usize,
    /// Those ringing.
    pub ringing: usize,
    /// Those answered.
    pub answered: usize,
    /// Those ending.
    pub ending: usize,
    /// Those in a state that this version does not know, or none yet.
    pub other: usize,
    /// Dials that are open and have no call yet.
    pub dialing: usize,
    /// Attempts that began in the window.
    pub attempts: usize,
    /// Those of them that were answered.
    pub reached: usize,
    /// Those of them that were answered or are over.
    pub settled: usize,
    /// Calls that ended in the window.
    pub ended: usize,
    /// Those of them that ended with `error` or `not_found`.
    pub failed: usize,
    /// Those of them that ended answered and never had a recording.
    pub unrecorded: usize,
    /// Dials that the service refused, or that failed without a call, in the window.
    pub dials_failed: usize,
    /// From answer to end, of answered calls that ended in the window.
    pub talk: Spread,
    /// Those of them shorter than ten seconds.
    pub short: usize,
    /// The live answered call that was answered first.
    pub longest: Option<Standout>,
    /// The ringing call that rings longest.
    pub oldest_ringing: Option<Standout>,
    /// From ringing to answer, of calls that began in the window.
    pub answer_delay: Spread,
    /// From created to ringing, of calls that began in the window.
    pub dial_delay: Spread,
    /// What detectors of machines found on calls that began in the window.
    pub found: Found,
    /// How long they took to say so.
    pub amd_delay: Spread,
    /// Answered calls, stale ones included.
    pub talking: usize,
    /// Those of them with a recording that runs.
    pub recording: usize,
    /// Operations that run or were asked for, by kind, on live calls.
    pub running: BTreeMap<ActionKind, usize>,
    /// How calls ended in the window; the commonest first, then by name. A call that ended without a reason counts
    /// under the empty one.
    pub reasons: Vec<(Shown, usize)>,
    /// Calls in these numbers that are forgotten: no list can show them any more.
    pub forgotten: usize,
}

/// Figures while they are gathered.
#[derive(Debug, Default)]
pub(super) struct Tally<'a> {
    figures: Figures,
    talk: Vec<Duration>,
    answer_delay: Vec<Duration>,
    dial_delay: Vec<Duration>,
    amd_delay: Vec<Duration>,
    reasons: Vec<(&'a str, usize)>,
}

impl Figures {
    /// Whether there is nothing to say: nothing is live, and nothing began or ended in the window.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.live + self.stale + self.dialing + self.attempts + self.ended + self.dials_failed == 0
    }
}

impl<'a> Tally<'a> {
    /// Counts a live call as it stands.
    pub fn live(&mut self, call: &Call, now: At) {
        let figures = &mut self.figures;
        let stale = call.doubt.is_some();
        if call.state == CallState::Answered {
            figures.talking += 1;
            figures.recording += usize::from(call.recording() == Some(Recording::Running));
        }
        for action in call.running() {
            *figures.running.entry(action.kind).or_default() += 1;
        }
        for (state, slot) in
            [(CallState::Answered, &mut figures.longest), (CallState::Ringing, &mut figures.oldest_ringing)]
        {
            let Some(since) = call.entered(&state).filter(|_| call.state == state) else { continue };
            let span = now.since(since);
            if slot.as_ref().is_none_or(|most| span > most.span) {
                let parties = Shown::new(&describe::parties(call));
                *slot = Some(Standout { call: call.id.clone(), parties, span, stale });
            }
        }
        if stale {
            figures.stale += 1;
            return;
        }
        figures.live += 1;
        match call.state {
            CallState::Created => figures.created += 1,
            CallState::Ringing => figures.ringing += 1,
            CallState::Answered => figures.answered += 1,
            CallState::Ending => figures.ending += 1,
            CallState::Ended => {}
            CallState::Other(_) => figures.other += 1,
        }
    }

    /// Counts an open dial without a call.
    pub const fn dialing(&mut self) {
        self.figures.dialing += 1;
    }

    /// Counts an attempt that began in the window.
    pub const fn attempt(&mut self, attempt: &Attempt) {
        self.figures.attempts += 1;
        self.figures.reached += attempt.answered as usize;
        self.figures.settled += (attempt.answered || attempt.over) as usize;
    }

    /// Counts what a call has been through in the window.
    pub fn fact(&mut self, fact: &'a Fact, window: Window, now: At) {
        let span = |from: Option<At>, to: Option<At>| from.zip(to).map(|(from, to)| to.since(from));
        if window.holds(fact.began, now) {
            self.answer_delay.extend(span(fact.ringing, fact.answered));
            self.dial_delay.extend(span(fact.created, fact.ringing));
            self.detection(fact);
        }
        if !fact.ended.is_some_and(|at| window.holds(at, now)) {
            return;
        }
        if fact.call.is_none() {
            self.figures.dials_failed += 1;
            return;
        }
        self.figures.ended += 1;
        self.figures.failed += usize::from(fact.is_failure());
        let reason = fact.reason.as_ref().map_or("", EndReason::as_str);
        match self.reasons.iter_mut().find(|(word, _)| *word == reason) {
            Some((_, count)) => *count += 1,
            None => self.reasons.push((reason, 1)),
        }
        if let Some(talk) = span(fact.answered, fact.ended) {
            self.talk.push(talk);
            self.figures.short += usize::from(talk < SHORT);
            self.figures.unrecorded += usize::from(!fact.recorded);
        }
    }

    fn detection(&mut self, fact: &Fact) {
        let Some(detection) = fact.amd else { return };
        let found = &mut self.figures.found;
        match detection.verdict {
            Amd::Human => found.human += 1,
            Amd::Machine => found.machine += 1,
            Amd::Unknown | Amd::Silent => found.unknown += 1,
            Amd::Waiting => {}
        }
        self.amd_delay.extend(detection.delay);
    }

    /// Counts a call that no list can show any more, when it has a part in the numbers.
    pub fn forgotten(&mut self, fact: &Fact, window: Window, now: At) {
        let ended = fact.ended.is_some_and(|at| window.holds(at, now));
        self.figures.forgotten += usize::from(ended && fact.call.is_some());
    }

    /// The figures.
    pub fn finish(self) -> Figures {
        let mut figures = self.figures;
        figures.talk = Spread::of(self.talk);
        figures.answer_delay = Spread::of(self.answer_delay);
        figures.dial_delay = Spread::of(self.dial_delay);
        figures.amd_delay = Spread::of(self.amd_delay);
        figures.reasons = self.reasons.into_iter().map(|(word, count)| (Shown::new(word), count)).collect();
        figures.reasons.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_that_was_found() {
        assert_eq!(Found { human: 62, machine: 34, unknown: 4 }.shares(), "62/34/4");
        assert_eq!(Found { human: 0, machine: 3, unknown: 0 }.shares(), "0/100/0");
        assert_eq!(Found::default().shares(), "--");
    }
}
