//! What can be read off a board: one row per metric, with what it means, when it is bad and what is behind it.

use super::board::{Board, Link};
use super::figures::{Figures, Standout};
use super::limit::Limit;
use super::{Window, text};
use crate::filter::Level;
use crate::protocol::Shown;

/// In which way a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A whole number.
    Count,
    /// Percent, 0 to 100.
    Percent,
    /// Seconds, written as minutes and seconds.
    Clock,
    /// Seconds, written with one decimal or as milliseconds.
    Delay,
    /// A number per second.
    PerSecond,
}

impl Unit {
    /// The unit of the bare number, for machines.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Percent => "percent",
            Self::Clock | Self::Delay => "seconds",
            Self::PerSecond => "per second",
        }
    }
}

/// Which way a number gets worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Worse {
    /// The more the worse.
    Higher,
    /// The less the worse.
    Lower,
}

/// Where a number comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// From calls: it exists for each context, too.
    Calls {
        value: fn(&Figures) -> Option<f64>,
        detail: fn(&Figures) -> String,
        /// Out of how many cases it is a share or a mean.
        cases: Option<fn(&Figures) -> usize>,
    },
    /// From the connection.
    Link { value: fn(&Link) -> Option<f64>, detail: fn(&Link) -> String },
}

/// What is behind a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// The calls that this filter shows.
    Calls(String),
    /// One call.
    Call(Standout),
    /// What this program asked for.
    Acts,
    /// The events of the connection.
    Events,
    /// Nothing that could be shown.
    Nothing,
}

/// Where to look for what is behind a number.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// A filter; `{w}` stands for the window.
    Filter(&'static str),
    Standout(fn(&Figures) -> Option<&Standout>),
    Acts,
    Events,
    None,
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name for machines, alert rules and configuration.
    pub id: &'static str,
    /// Its name on the wall.
    pub title: &'static str,
    /// In which way it is written.
    pub unit: Unit,
    /// Exactly what it means, in a sentence or two.
    pub definition: &'static str,
    /// From where on it is bad, unless something else is configured.
    pub limit: Option<Limit>,
    /// Which way it gets worse.
    pub worse: Worse,
    source: Source,
    way: Way,
}

impl Metric {
    /// Whether it exists for each context, too.
    #[must_use]
    pub const fn has_contexts(&self) -> bool {
        matches!(self.source, Source::Calls { .. })
    }

    /// Its value; none when there is nothing to count, to divide by, or to be the longest.
    #[must_use]
    pub fn value(&self, board: &Board, figures: &Figures) -> Option<f64> {
        match self.source {
            Source::Calls { value, .. } => value(figures),
            Source::Link { value, .. } => value(&board.link),
        }
    }

    /// Its value as it is shown; `--` when there is none.
    #[must_use]
    pub fn text(&self, board: &Board, figures: &Figures) -> String {
        text::value(self.unit, self.value(board, figures))
    }

    /// What stands below it: out of how many, or how it is made up.
    #[must_use]
    pub fn detail(&self, board: &Board, figures: &Figures) -> String {
        match self.source {
            Source::Calls { detail, .. } => detail(figures),
            Source::Link { detail, .. } => detail(&board.link),
        }
    }

    /// Out of how many cases it is a share or a mean, when it is one.
    #[must_use]
    pub fn cases(&self, figures: &Figures) -> Option<usize> {
        match self.source {
            Source::Calls { cases, .. } => cases.map(|cases| cases(figures)),
            Source::Link { .. } => None,
        }
    }

    /// How bad it is, if it is, on the floor or in a context.
    #[must_use]
    pub fn level(&self, board: &Board, figures: &Figures, context: Option<&Shown>) -> Option<Level> {
        board.limits.level(self, context, self.value(board, figures), self.cases(figures))
    }

    /// Its limits in words: `warn 50 act 40`; empty when there are none.
    #[must_use]
    pub fn limits(&self, board: &Board, context: Option<&Shown>) -> String {
        let number = |value: f64| match self.unit {
            Unit::Clock | Unit::Delay => text::round(value),
            Unit::Count | Unit::Percent | Unit::PerSecond => format!("{value}"),
        };
        let limit = board.limits.of(self, context);
        limit
            .map(|limit| format!("warn {} act {}", number(limit.warn), number(limit.act)))
            .unwrap_or_default()
    }

    /// What is behind it, in a context or on the floor.
    #[must_use]
    pub fn behind(&self, figures: &Figures, window: Window, context: Option<&Shown>) -> Behind {
        match self.way {
            Way::Filter(filter) => {
                let filter = filter.replace("{w}", window.filter_word());
                Behind::Calls(context.map_or_else(|| filter.clone(), |name| format!("{} {filter}", of(name))))
            }
            Way::Standout(which) => which(figures).cloned().map_or(Behind::Nothing, Behind::Call),
            Way::Acts => Behind::Acts,
            Way::Events => Behind::Events,
            Way::None => Behind::Nothing,
        }
    }
}

/// The filter that shows the calls of a context.
#[must_use]
pub fn of(context: &Shown) -> String {
    match context.as_str() {
        "" => "-ctx:*".to_owned(),
        name => format!("ctx:\"{}\"", name.replace('"', "?")),
    }
}

/// What the numbers beside the metrics mean that say how calls ended.
pub const REASONS: &str = "How many calls ended in the window, by the reason that the service gave, in its words: a count for each.";

/// The metric of this name.
#[must_use]
pub fn metric(id: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.id == id)
}

const fn calls(
    id: &'static str,
    title: &'static str,
    unit: Unit,
    value: fn(&Figures) -> Option<f64>,
    filter: &'static str,
    definition: &'static str,
) -> Metric {
    let source = Source::Calls { value, detail: |_| String::new(), cases: None };
    let way = Way::Filter(filter);
    Metric { id, title, unit, definition, limit: None, worse: Worse::Higher, source, way }
}

const fn link(
    id: &'static str,
    title: &'static str,
    unit: Unit,
    value: fn(&Link) -> Option<f64>,
    way: Way,
    definition: &'static str,
) -> Metric {
    let source = Source::Link { value, detail: |_| String::new() };
    Metric { id, title, unit, definition, limit: None, worse: Worse::Higher, source, way }
}

impl Metric {
    const fn limited(self, worse: Worse, warn: f64, act: f64) -> Self {
        Self { limit: Some(Limit { warn, act }), worse, ..self }
    }

    /// Less of it is worse; nothing is too little unless the configuration says so.
    const fn falling(self) -> Self {
        Self { worse: Worse::Lower, ..self }
    }

    const fn with(self, detail: fn(&Figures) -> String) -> Self {
        let source = match self.source {
            Source::Calls { value, cases, .. } => Source::Calls { value, detail, cases },
            link @ Source::Link { .. } => link,
        };
        Self { source, ..self }
    }

    const fn with_link(self, detail: fn(&Link) -> String) -> Self {
        let source = match self.source {
            Source::Link { value, .. } => Source::Link { value, detail },
            calls @ Source::Calls { .. } => calls,
        };
        Self { source, ..self }
    }

    const fn out_of(self, cases: fn(&Figures) -> usize) -> Self {
        let source = match self.source {
            Source::Calls { value, detail, .. } => Source::Calls { value, detail, cases: Some(cases) },
            link @ Source::Link { .. } => link,
        };
        Self { source, ..self }
    }

    const fn one(self, which: fn(&Figures) -> Option<&Standout>) -> Self {
        Self { way: Way::Standout(which), ..self }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls are small")]
#[expect(clippy::unnecessary_wraps, reason = "metrics yield options")]
const fn count(number: usize) -> Option<f64> {
    Some(number as f64)
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls are small")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

fn seconds(span: Option<std::time::Duration>) -> Option<f64> {
    span.map(|span| span.as_secs_f64())
}

fn standout(call: Option<&Standout>) -> String {
    call.map(|call| format!("{}{}", if call.stale { "~ " } else { "" }, call.parties)).unwrap_or_default()
}

/// Every metric, in the order in which they are shown.
pub static METRICS: &[Metric] = &[
    calls(
        "live",
        "LIVE",
        Unit::Count,
        |f| count(f.live),
        "state:created|ringing|answered|ending -stale",
        "Calls that have not ended, as far as the service said. Calls in doubt since a connection was lost are not \
         among them: they are stale, and counted apart.",
    )
    .with(|f| format!("cre {}  ring {}  ans {}  end {}", f.created, f.ringing, f.answered, f.ending)),
    calls(
        "stale",
        "STALE",
        Unit::Count,
        |f| count(f.stale),
        "stale",
        "Live calls of which nothing was heard since a connection was lost: nobody knows whether they still exist.",
    ),
    calls(
        "created",
        "CREATED",
        Unit::Count,
        |f| count(f.created),
        "state:created -stale",
        "Live calls that are created and do not ring yet.",
    ),
    calls(
        "ringing",
        "RINGING",
        Unit::Count,
        |f| count(f.ringing),
        "state:ringing -stale",
        "Live calls that ring and are not answered yet.",
    ),
    calls(
        "answered",
        "ANSWERED",
        Unit::Count,
        |f| count(f.answered),
        "state:answered -stale",
        "Live calls that are answered and not ending.",
    ),
    calls(
        "ending",
        "ENDING",
        Unit::Count,
        |f| count(f.ending),
        "state:ending -stale",
        "Live calls whose hang-up is under way.",
    ),
    calls(
        "dialing",
        "DIALING",
        Unit::Count,
        |f| count(f.dialing),
        "state:dial",
        "Dials of this program that are open and have no call yet. They belong to no context.",
    ),
    calls(
        "attempts",
        "ATTEMPTS",
        Unit::Count,
        |f| count(f.attempts),
        "began<{w}",
        "Attempts that began in the window: inbound calls, and dials that were sent. All calls of one dial are one \
         attempt; the far leg of a bridge is none.",
    )
    .with(|f| format!("{} answered", f.reached)),
    calls(
        "asr",
        "ASR",
        Unit::Percent,
        |f| share(f.reached, f.settled),
        "began<{w} -state:created|ringing",
        "Answer-seizure ratio: answered attempts of all attempts that began in the window and are answered or over. \
         Those still ringing do not count.",
    )
    .with(|f| format!("{} of {}", f.reached, f.settled))
    .out_of(|f| f.settled)
    .limited(Worse::Lower, 50.0, 40.0),
    calls(
        "acd",
        "ACD",
        Unit::Clock,
        |f| seconds(f.talk.mean),
        "ended<{w} talk>=0s",
        "Average call duration: the mean time from answer to end, of answered calls that ended in the window. Under \
         three minutes it may mean trouble with the sound.",
    )
    .with(|f| {
        let calls = if f.talk.count == 1 { "call" } else { "calls" };
        format!("median {}  {} {calls}", text::value(Unit::Clock, seconds(f.talk.median)), f.talk.count)
    })
    .out_of(|f| f.talk.count)
    .falling(),
    calls(
        "acd_median",
        "ACD MEDIAN",
        Unit::Clock,
        |f| seconds(f.talk.median),
        "ended<{w} talk>=0s",
        "The median time from answer to end, of answered calls that ended in the window.",
    )
    .out_of(|f| f.talk.count)
    .falling(),
    calls(
        "short",
        "SHORT CALLS",
        Unit::Percent,
        |f| share(f.short, f.talk.count),
        "ended<{w} talk<10s",
        "Answered calls that ended in the window less than ten seconds after their answer, of all answered calls \
         that ended in it. Many of them may mean that one side hears nothing.",
    )
    .with(|f| format!("{} of {}", f.short, f.talk.count))
    .out_of(|f| f.talk.count)
    .limited(Worse::Higher, 10.0, 20.0),
    calls(
        "longest",
        "LONGEST",
        Unit::Clock,
        |f| seconds(f.longest.as_ref().map(|call| call.span)),
        "",
        "The longest time since the answer, of all calls that are answered now.",
    )
    .with(|f| standout(f.longest.as_ref()))
    .one(|f| f.longest.as_ref())
    .limited(Worse::Higher, 1200.0, 1800.0),
    calls(
        "oldest_ringing",
        "OLDEST RINGING",
        Unit::Clock,
        |f| seconds(f.oldest_ringing.as_ref().map(|call| call.span)),
        "",
        "The longest time since ringing began, of all calls that ring now.",
    )
    .with(|f| standout(f.oldest_ringing.as_ref()))
    .one(|f| f.oldest_ringing.as_ref())
    .limited(Worse::Higher, 30.0, 60.0),
    calls(
        "answer_delay",
        "ANSWER DELAY",
        Unit::Delay,
        |f| seconds(f.answer_delay.median),
        "began<{w} waited>=0s",
        "The median time from ringing to answer, of answered calls that began in the window and whose ringing was \
         reported.",
    )
    .with(|f| format!("p95 {}", text::value(Unit::Delay, seconds(f.answer_delay.p95))))
    .out_of(|f| f.answer_delay.count)
    .limited(Worse::Higher, 15.0, 30.0),
    calls(
        "answer_delay_p95",
        "ANSWER DELAY P95",
        Unit::Delay,
        |f| seconds(f.answer_delay.p95),
        "began<{w} waited>=0s",
        "The time from ringing to answer that 95 % of the answered calls that began in the window stayed within.",
    )
    .out_of(|f| f.answer_delay.count),
    calls(
        "pdd",
        "POST-DIAL DELAY",
        Unit::Delay,
        |f| seconds(f.dial_delay.median),
        "began<{w}",
        "The median time from created to ringing, of calls that began in the window and of which both were \
         reported.",
    )
    .with(|f| format!("p95 {}", text::value(Unit::Delay, seconds(f.dial_delay.p95))))
    .out_of(|f| f.dial_delay.count),
    calls(
        "failed",
        "FAILED",
        Unit::Percent,
        |f| share(f.failed, f.ended),
        "reason:error|not_found ended<{w}",
        "Calls that ended in the window with error or not_found, of all calls that ended in it. Busy, no answer, \
         decline and cancel are no failures: they are among the end reasons.",
    )
    .with(|f| {
        let of = |word| f.reasons.iter().find(|(name, _)| name.as_str() == word).map_or(0, |(_, count)| *count);
        format!("error {}  nofound {}", of("error"), of("not_found"))
    })
    .out_of(|f| f.ended)
    .limited(Worse::Higher, 5.0, 10.0),
    calls(
        "dials_failed",
        "DIALS FAILED",
        Unit::Count,
        |f| count(f.dials_failed),
        "state:dial",
        "Dials of this program that were sent and failed in the window without ever having had a call.",
    ),
    calls(
        "amd",
        "AMD",
        Unit::Percent,
        |f| share(f.found.machine, f.found.human + f.found.machine),
        "began<{w} amd:machine|human",
        "Calls that began in the window and on which a machine was detected, of those on which a human or a machine \
         was. The newest detector of a call counts.",
    )
    .with(|f| format!("h {}  m {}  ? {}", f.found.human, f.found.machine, f.found.unknown))
    .out_of(|f| f.found.human + f.found.machine),
    calls(
        "amd_unknown",
        "AMD UNKNOWN",
        Unit::Percent,
        |f| share(f.found.unknown, f.found.human + f.found.machine + f.found.unknown),
        "began<{w} amd:unknown|silent",
        "Calls that began in the window and on which the detector could not tell, or ended without a word, of those \
         on which it came to a verdict or to its end.",
    )
    .out_of(|f| f.found.human + f.found.machine + f.found.unknown),
    calls(
        "amd_delay",
        "AMD DELAY",
        Unit::Delay,
        |f| seconds(f.amd_delay.median),
        "began<{w} amd:machine|human|unknown",
        "The median time from a detector's start to its first word, on calls that began in the window. The start of \
         one that somebody else started is not reported: the answer of the call stands for it.",
    )
    .out_of(|f| f.amd_delay.count),
    calls(
        "recorded",
        "RECORDED",
        Unit::Percent,
        |f| share(f.recording, f.talking),
        "state:answered rec:running",
        "Calls that are answered now and have a recording that runs, of all that are answered now. One that is \
         paused does not run.",
    )
    .with(|f| format!("{} of {}", f.recording, f.talking))
    .out_of(|f| f.talking)
    .falling(),
    calls(
        "not_recorded",
        "NOT RECORDED",
        Unit::Count,
        |f| count(f.talking - f.recording),
        "state:answered -rec:running",
        "Calls that are answered now without a recording that runs.",
    ),
    calls(
        "never_recorded",
        "NEVER RECORDED",
        Unit::Count,
        |f| count(f.unrecorded),
        "ended<{w} talk>=0s recs=0",
        "Answered calls that ended in the window and on which no recording ever ran.",
    ),
    calls(
        "actions",
        "RUNNING",
        Unit::Count,
        |f| count(f.running.values().sum()),
        "acts>0",
        "Operations on live calls that run now or were asked for and may run, paused ones included: plays, \
         recordings, detectors, taps and so on.",
    )
    .with(|f| {
        let kinds = f.running.iter().map(|(kind, number)| format!("{} {number}", kind.word()));
        kinds.collect::<Vec<_>>().join("  ")
    }),
    link(
        "live_peak",
        "LIVE PEAK",
        Unit::Count,
        |l| l.live_peak.and_then(|(live, _)| count(live)),
        Way::None,
        "The most calls that were live at once within the minutes of the window, stale ones included.",
    ),
    link(
        "cps",
        "CPS",
        Unit::PerSecond,
        |l| Some(l.dial_rate),
        Way::Filter("dir:outbound began<{w}"),
        "Dials sent per second, a mean over the last ten seconds. The service takes one a second unless more was \
         agreed; beyond that they queue.",
    )
    .with_link(|l| format!("peak {}/s", l.dial_rate_peak))
    .limited(Worse::Higher, 0.8, 1.0),
    link(
        "events",
        "EVENTS",
        Unit::PerSecond,
        |l| Some(l.events),
        Way::Events,
        "Events received per second, a mean over the last ten seconds.",
    )
    .with_link(|l| format!("peak {}/s", l.events_peak)),
    link(
        "events_peak",
        "EVENTS PEAK",
        Unit::PerSecond,
        |l| Some(f64::from(l.events_peak)),
        Way::Events,
        "The most events received in one second within the minutes of the window.",
    ),
    link(
        "event_lag",
        "EVENT LAG",
        Unit::Delay,
        |l| seconds(l.lag.p95),
        Way::Events,
        "How much later than the quickest 95 % of the latest thousand events of the window came after they \
         happened. The distance between the two clocks is taken out; what happened before the connection stood is \
         left out.",
    )
    .with_link(|l| format!("median {}", text::value(Unit::Delay, seconds(l.lag.median))))
    .limited(Worse::Higher, 1.0, 5.0),
    link(
        "round_trip",
        "ROUND TRIP",
        Unit::Delay,
        |l| seconds(l.round_trip.median),
        Way::Events,
        "The median time from sending to answer, of the latest hundred commands and pings.",
    )
    .with_link(|l| format!("p95 {}", text::value(Unit::Delay, seconds(l.round_trip.p95))))
    .limited(Worse::Higher, 0.5, 2.0),
    link(
        "round_trip_p95",
        "ROUND TRIP P95",
        Unit::Delay,
        |l| seconds(l.round_trip.p95),
        Way::Events,
        "The time from sending to answer that 95 % of the latest hundred commands and pings stayed within.",
    ),
    link(
        "reconnects",
        "RECONNECTS",
        Unit::Count,
        |l| Some(f64::from(l.reconnects)),
        Way::Events,
        "How often the connection was lost and found again since the program started.",
    )
    .with_link(|l| format!("{} lost", l.lost_sessions)),
    link(
        "gaps",
        "GAPS",
        Unit::Count,
        |l| Some(f64::from(l.lost_sessions)),
        Way::Events,
        "Reconnects with loss since the program started: the service had forgotten the session, and what happened \
         meanwhile was never told.",
    )
    .limited(Worse::Higher, 0.0, 2.0),
    link(
        "duplicates",
        "DUPLICATES",
        Unit::Count,
        |l| count(usize::try_from(l.duplicates).unwrap_or(usize::MAX)),
        Way::Events,
        "Events that were delivered again since the program started. They change nothing.",
    ),
    link(
        "faults",
        "BAD FRAMES",
        Unit::Count,
        |l| count(usize::try_from(l.faults).unwrap_or(usize::MAX)),
        Way::Events,
        "Frames and events since the program started that could not be read.",
    )
    .limited(Worse::Higher, 0.0, 10.0),
    link(
        "acts",
        "ACTS",
        Unit::Count,
        |l| count(l.acts),
        Way::Acts,
        "Commands of this program in the window.",
    )
    .with_link(|l| format!("{} failed", l.acts_failed)),
    link(
        "acts_failed",
        "ACTS FAILED",
        Unit::Count,
        |l| count(l.acts_failed),
        Way::Acts,
        "Commands of this program in the window that were refused, were not sent, or were left without an answer.",
    )
    .limited(Worse::Higher, 0.0, 5.0),
];
