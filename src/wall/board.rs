//! Everything on the wallboard, computed in one pass over what is known.

use std::collections::HashMap;
use std::time::Duration;

use super::attempt::{Attempt, Attempts};
use super::figures::{Figures, Spread, Tally};
use super::{Limits, Window};
use crate::model::{DialState, Fact, Model, Tone};
use crate::protocol::Shown;
use crate::time::{At, Now, Wall};

/// Everything on the wallboard at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// The moment.
    pub now: Now,
    /// How far the numbers look back.
    pub window: Window,
    /// How long anything has been known: numbers look back no further.
    pub watched: Duration,
    /// Calls whose facts were dropped to keep memory bounded, when they may be missing from these numbers; else none.
    pub missing: u64,
    /// When the oldest call of which anything is kept ended. Only with `missing` does it matter.
    pub kept_from: Option<At>,
    /// The whole floor.
    pub total: Figures,
    /// By context, in order of name; calls without one come last, under the empty name.
    pub contexts: Vec<(Shown, Figures)>,
    /// The connection, and what this program does on it.
    pub link: Link,
    /// Minute by minute, oldest first: the last hour, or the whole shift when that is the window.
    pub minutes: Vec<Point>,
    /// When numbers are bad.
    pub limits: Limits,
}

/// The connection, and what this program does on it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Link {
    /// Whether it stands.
    pub up: bool,
    /// Events per second, a mean over ten seconds.
    pub events: f64,
    /// The most events in one second of the window.
    pub events_peak: u32,
    /// How much later than the quickest events came in the window.
    pub lag: Spread,
    /// From sending to answer, of the latest commands and pings.
    pub round_trip: Spread,
    /// How often the connection was lost and found again, since the start.
    pub reconnects: u32,
    /// Those of them after which the service had forgotten the session, since the start.
    pub lost_sessions: u32,
    /// Events that were delivered again, since the start.
    pub duplicates: u64,
    /// Frames of no use, since the start.
    pub faults: u64,
    /// Commands of this program in the window.
    pub acts: usize,
    /// Those of them that were refused, were not sent, or were left without an answer.
    pub acts_failed: usize,
    /// Dials sent per second, a mean over ten seconds.
    pub dial_rate: f64,
    /// Dials sent in the busiest second of the window.
    pub dial_rate_peak: u32,
    /// The most live calls at once in the window, and when.
    pub live_peak: Option<(usize, Wall)>,
}

/// One minute of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// Its first moment, for people.
    pub wall: Wall,
    /// Attempts that began in it.
    pub attempts: usize,
    /// Those of them that were answered, then or later.
    pub answered: usize,
    /// Calls that ended in it with `error` or `not_found`.
    pub failed: usize,
    /// The most live calls at once; none for a time of which nothing is known.
    pub live: Option<usize>,
}

/// Minutes of the chart, unless the window is the shift.
const CHART: u64 = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// Computes everything.
#[must_use]
pub fn board(model: &Model, now: Now, window: Window, limits: &Limits) -> Board {
    let (at, history) = (now.at, model.history());
    let present: Vec<Fact> = model.calls().map(Fact::of).collect();
    let failed: Vec<Fact> = model.dials().filter_map(Fact::of_dial).collect();
    let chart = chart_of(model, now, window);
    let mut tallies = Tallies::new(model);
    for (call, fact) in model.calls().zip(&present).filter(|(call, _)| call.is_live()) {
        tallies.of(fact.context.as_ref()).1.iter_mut().for_each(|tally| tally.live(call, at));
    }
    // What ended before all that is asked about began has no part in it.
    let horizon = at.back(window.span()).min(chart.start);
    let gone = history.gone().iter().map(AsRef::as_ref);
    let gone = gone.filter(|fact: &&Fact| fact.ended.is_none_or(|ended| ended >= horizon));
    let mut attempts = Attempts::default();
    for (fact, forgotten) in
        present.iter().chain(&failed).map(|fact| (fact, false)).chain(gone.map(|fact| (fact, true)))
    {
        let (context, tallies) = tallies.of(fact.context.as_ref());
        attempts.call(fact, context);
        for tally in tallies {
            tally.fact(fact, window, at);
            if forgotten {
                tally.forgotten(fact, window, at);
            }
        }
    }
    own_dials(model, &mut tallies, &mut attempts);
    for attempt in attempts.iter().filter(|attempt| window.holds(attempt.began, at)) {
        tallies.at(attempt.context).into_iter().for_each(|tally| tally.attempt(attempt));
    }
    let dropped = history.gone().dropped();
    let kept_from = history.gone().iter().next().and_then(|oldest| oldest.ended);
    let short = dropped > 0 && kept_from.is_none_or(|from| window.holds(from, at));
    let failures =
        present.iter().chain(history.gone().iter().map(AsRef::as_ref)).filter(|fact| fact.is_failure());
    let minutes = chart.fill(model, now, &attempts, failures);
    let link = link(model, now, window, &attempts);
    let (total, contexts) = tallies.finish(model);
    Board {
        now,
        window,
        watched: history.started().map_or(Duration::ZERO, |start| at.since(start.at)),
        missing: if short { dropped } else { 0 },
        kept_from,
        total,
        contexts,
        link,
        minutes,
        limits: limits.clone(),
    }
}

/// Tallies of the whole floor and by context.
struct Tallies<'a> {
    total: Tally<'a>,
    contexts: Vec<(&'a str, Tally<'a>)>,
    /// Where the tally of a context stands.
    places: HashMap<&'a str, usize>,
}

impl<'a> Tallies<'a> {
    /// With every context that we take calls of.
    fn new(model: &'a Model) -> Self {
        let mut tallies = Self { total: Tally::default(), contexts: Vec::new(), places: HashMap::new() };
        for context in model.contexts() {
            tallies.of(Some(context));
        }
        tallies
    }

    /// Where a call of this context counts: the context's place, the floor and the context.
    fn of(&mut self, context: Option<&'a Shown>) -> (usize, [&mut Tally<'a>; 2]) {
        let name = context.map_or("", Shown::as_str);
        let place = *self.places.entry(name).or_insert(self.contexts.len());
        if place == self.contexts.len() {
            self.contexts.push((name, Tally::default()));
        }
        (place, [&mut self.total, &mut self.contexts[place].1])
    }

    /// The floor and the context at this place.
    fn at(&mut self, place: usize) -> impl IntoIterator<Item = &mut Tally<'a>> {
        let context = self.contexts.get_mut(place).map(|(_, tally)| tally);
        [Some(&mut self.total), context].into_iter().flatten()
    }

    /// The figures of the floor, and those of each context by name, the nameless one last. One that we do not take
    /// calls of and of which there is nothing to say is left out.
    fn finish(self, model: &Model) -> (Figures, Vec<(Shown, Figures)>) {
        let contexts = self.contexts.into_iter().map(|(name, tally)| (Shown::new(name), tally.finish()));
        let mut contexts: Vec<_> = contexts
            .filter(|(name, figures)| model.contexts().contains(name) || !figures.is_empty())
            .collect();
        contexts.sort_by(|(a, _), (b, _)| (a.as_str().is_empty(), a).cmp(&(b.as_str().is_empty(), b)));
        (self.total.finish(), contexts)
    }
}

/// Dials of ours: those that were sent are attempts whatever is heard of their legs.
fn own_dials<'a>(model: &'a Model, tallies: &mut Tallies<'a>, attempts: &mut Attempts<'a>) {
    for dial in model.dials() {
        let context = dial.legs.iter().find_map(|leg| model.call(leg)?.context.as_ref());
        if !dial.is_over() && dial.legs.is_empty() {
            tallies.of(context).1.into_iter().for_each(Tally::dialing);
        }
        if dial.sent {
            let part = Attempt {
                context: tallies.of(context).0,
                began: dial.requested.at,
                answered: matches!(dial.state, DialState::Answered(_)),
                over: dial.is_over(),
                dialled: true,
            };
            attempts.dial(&dial.tag, part);
        }
    }
}

fn link(model: &Model, now: Now, window: Window, attempts: &Attempts<'_>) -> Link {
    let stats = model.stats();
    let within = |at: At| window.holds(at, now.at);
    let minutes = model.history().minutes().filter(|minute| within(minute.at + MINUTE));
    let acts = model.acts().iter().filter(|act| within(act.now.at));
    let failed = acts.clone().filter(|act| act.ending.as_ref().is_some_and(|end| end.tone == Tone::Bad));
    let mut seconds: HashMap<u64, u32> = HashMap::new();
    for attempt in attempts.iter().filter(|attempt| attempt.dialled && within(attempt.began)) {
        *seconds.entry(attempt.began.as_micros() / 1_000_000).or_default() += 1;
    }
    let this_second = now.at.as_micros() / 1_000_000;
    let lately = seconds.iter().filter(|(second, _)| **second + 10 > this_second);
    let lately: u32 = lately.map(|(_, count)| *count).sum();
    // The earliest of equal peaks.
    let peaks = minutes.clone().map(|minute| (minute.live, minute.wall));
    let peaks = peaks.chain([(model.live(), now.wall)]).collect::<Vec<_>>();
    let peak = peaks.into_iter().rev().max_by_key(|(live, _)| *live).filter(|(live, _)| *live > 0);
    Link {
        up: model.link().is_up(),
        events: stats.rate(now.at),
        events_peak: minutes.map(|minute| minute.events).max().unwrap_or(0),
        lag: Spread::of(stats.lags().filter(|(at, _)| within(*at)).map(|(_, lag)| lag).collect()),
        round_trip: Spread::of(stats.round_trips().collect()),
        reconnects: stats.reconnects,
        lost_sessions: stats.lost_sessions,
        duplicates: stats.duplicates,
        faults: stats.faults,
        acts: acts.count(),
        acts_failed: failed.count(),
        dial_rate: f64::from(lately) / 10.0,
        dial_rate_peak: seconds.values().copied().max().unwrap_or(0),
        live_peak: peak,
    }
}

/// Which minutes the chart shows.
struct Chart {
    oldest: u64,
    newest: u64,
    /// The first moment of the oldest.
    start: At,
}

fn chart_of(model: &Model, now: Now, window: Window) -> Chart {
    let history = model.history();
    let newest = history.minute_of(now.at);
    let started = history.started().map_or(newest, |start| history.minute_of(start.at));
    let count = match window {
        Window::Five | Window::Quarter | Window::Hour => CHART,
        Window::Shift => (newest - started + 1).clamp(CHART, crate::model::history::MINUTES as u64),
    };
    let oldest = newest.saturating_sub(count - 1);
    Chart { oldest, newest, start: history.minute_start(oldest) }
}

impl Chart {
    fn fill<'a>(
        &self,
        model: &Model,
        now: Now,
        attempts: &Attempts<'_>,
        failures: impl Iterator<Item = &'a Fact>,
    ) -> Vec<Point> {
        let history = model.history();
        let started = history.started().map_or(self.newest, |start| history.minute_of(start.at));
        let wall = |minute: u64| now.wall.back(now.at.since(history.minute_start(minute)));
        // Nothing was heard since the latest minute that is kept: as many are live as then.
        let live = |minute: u64| (minute >= started).then_some(model.live());
        let points = (self.oldest..=self.newest).map(|minute| Point {
            wall: wall(minute),
            live: live(minute),
            ..Point::default()
        });
        let mut points: Vec<Point> = points.collect();
        let place = |at: At| usize::try_from(history.minute_of(at).checked_sub(self.oldest)?).ok();
        for minute in history.minutes() {
            if let Some(point) = place(minute.at).and_then(|place| points.get_mut(place)) {
                point.live = Some(minute.live);
            }
        }
        for attempt in attempts.iter() {
            if let Some(point) = place(attempt.began).and_then(|place| points.get_mut(place)) {
                point.attempts += 1;
                point.answered += usize::from(attempt.answered);
            }
        }
        for at in failures.filter_map(|fact| fact.ended) {
            if let Some(point) = place(at).and_then(|place| points.get_mut(place)) {
                point.failed += 1;
            }
        }
        points
    }
}
