//! Everything on the wallboard, computed in one pass over what is known.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

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
    /// Dials sent in the busiest of the last ten seconds.
    pub dial_rate: u32,
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
const CHART: usize = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// Computes everything.
#[must_use]
pub fn board(model: &Model, now: Now, window: Window, limits: &Limits) -> Board {
    let at = now.at;
    let mut tallies = Tallies { window, now: at, total: Tally::default(), contexts: BTreeMap::new() };
    for context in model.contexts() {
        tallies.of(Some(context));
    }
    for call in model.calls() {
        let fact = Fact::of(call);
        let (total, context) = tallies.of(call.context.as_ref());
        for tally in [total, context] {
            if call.is_live() {
                tally.live(call, at);
            }
            tally.fact(&fact, window, at);
        }
    }
    for fact in model.history().gone().iter() {
        let (total, context) = tallies.of(fact.context.as_ref());
        for tally in [total, context] {
            tally.fact(fact, window, at);
            tally.forgotten(fact, window, at);
        }
    }
    dials(model, &mut tallies);
    let history = model.history();
    let dropped = history.gone().dropped();
    let kept_from = history.gone().iter().next().and_then(|oldest| oldest.ended);
    let short = dropped > 0 && kept_from.is_none_or(|from| window.holds(from, at));
    let link = link(model, now, window, &tallies.total);
    let minutes = minutes(model, now, window, &tallies.total);
    let finish = |(name, tally): (Option<Shown>, Tally)| (name.unwrap_or_default(), tally.finish(window, at));
    let (nameless, named): (Vec<_>, Vec<_>) =
        tallies.contexts.into_iter().partition(|(name, _)| name.is_none());
    let contexts = named.into_iter().chain(nameless).map(finish).collect();
    Board {
        now,
        window,
        watched: history.started().map_or(Duration::ZERO, |start| at.since(start.at)),
        missing: if short { dropped } else { 0 },
        kept_from,
        total: tallies.total.finish(window, at),
        contexts,
        link,
        minutes,
        limits: limits.clone(),
    }
}

/// Tallies of the whole floor and by context.
struct Tallies {
    window: Window,
    now: At,
    total: Tally,
    contexts: BTreeMap<Option<Shown>, Tally>,
}

impl Tallies {
    /// Where a call of this context counts: on the whole floor and in its context.
    fn of(&mut self, context: Option<&Shown>) -> (&mut Tally, &mut Tally) {
        let context = context.filter(|name| !name.as_str().is_empty()).cloned();
        (&mut self.total, self.contexts.entry(context).or_default())
    }
}

/// Dials of ours: those that were sent are attempts whatever is heard of their legs.
fn dials(model: &Model, tallies: &mut Tallies) {
    let (window, at) = (tallies.window, tallies.now);
    for dial in model.dials() {
        if !dial.is_over() && dial.legs.is_empty() {
            tallies.total.dialing();
        }
        if !dial.sent {
            continue;
        }
        let answered = matches!(dial.state, DialState::Answered(_));
        let context = dial.legs.iter().find_map(|leg| model.call(leg)?.context.as_ref());
        let failed = Fact::of_dial(dial);
        let (total, context) = tallies.of(context);
        for tally in [total, context] {
            tally.own_dial(&dial.tag, dial.requested.at, answered, dial.is_over());
            if let Some(fact) = &failed {
                tally.fact(fact, window, at);
            }
        }
    }
}

fn link(model: &Model, now: Now, window: Window, total: &Tally) -> Link {
    let stats = model.stats();
    let within = |at: At| window.holds(at, now.at);
    let minutes = model.history().minutes().filter(|minute| within(minute.at + MINUTE));
    let acts = model.acts().iter().filter(|act| within(act.now.at));
    let failed = acts.clone().filter(|act| act.ending.as_ref().is_some_and(|end| end.tone == Tone::Bad));
    let mut seconds: HashMap<u64, u32> = HashMap::new();
    for at in total.dialled().filter(|at| within(*at)) {
        *seconds.entry(at.as_micros() / 1_000_000).or_default() += 1;
    }
    let this_second = now.at.as_micros() / 1_000_000;
    let lately = seconds.iter().filter(|(second, _)| **second + 10 > this_second);
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
        reconnects: stats.gaps,
        lost_sessions: stats.lost_sessions,
        duplicates: stats.duplicates,
        faults: stats.faults,
        acts: acts.count(),
        acts_failed: failed.count(),
        dial_rate: lately.map(|(_, count)| *count).max().unwrap_or(0),
        dial_rate_peak: seconds.values().copied().max().unwrap_or(0),
        live_peak: peak,
    }
}

fn minutes(model: &Model, now: Now, window: Window, total: &Tally) -> Vec<Point> {
    let history = model.history();
    let newest = history.minute_of(now.at);
    let started = history.started().map_or(newest, |start| history.minute_of(start.at));
    let count = match window {
        Window::Five | Window::Quarter | Window::Hour => CHART,
        Window::Shift => {
            let whole = usize::try_from(newest - started + 1).unwrap_or(usize::MAX);
            whole.clamp(CHART, crate::model::history::MINUTES)
        }
    };
    let oldest = newest.saturating_sub(count as u64 - 1);
    let place = |at: At| usize::try_from(history.minute_of(at).checked_sub(oldest)?).ok();
    let wall = |minute: u64| now.wall.back(now.at.since(history.minute_start(minute)));
    // Nothing was heard since the latest minute that is kept: as many are live as then.
    let live = |minute: u64| (minute >= started).then_some(model.live());
    let mut points: Vec<Point> = (oldest..=newest)
        .map(|minute| Point { wall: wall(minute), live: live(minute), ..Point::default() })
        .collect();
    for minute in history.minutes() {
        if let Some(point) = place(minute.at).and_then(|place| points.get_mut(place)) {
            point.live = Some(minute.live);
        }
    }
    for (began, answered) in total.attempts() {
        if let Some(point) = place(began).and_then(|place| points.get_mut(place)) {
            point.attempts += 1;
            point.answered += usize::from(answered);
        }
    }
    for at in total.failures() {
        if let Some(point) = place(*at).and_then(|place| points.get_mut(place)) {
            point.failed += 1;
        }
    }
    points
}
