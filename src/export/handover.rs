//! The hand-over note: what one person did in a shift, and what the next one should look at.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::plain::escaped;
use crate::catalog::ActionKind;
use crate::client::{By, LinkState};
use crate::model::mask;
use crate::model::{Act, Call, Fate, Model, Phase, Tone, describe};
use crate::protocol::{CallId, Shown};
use crate::time::{Now, Wall};

/// What somebody has done about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// Nothing.
    Open,
    /// Somebody has seen it.
    Acknowledged,
    /// It is silent until then.
    Snoozed(Wall),
}

/// An alert that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAlert {
    /// What is wrong, and with which call.
    pub text: Shown,
    /// Since when.
    pub since: Wall,
    /// What somebody has done about it.
    pub handled: Handled,
}

/// A note on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The call, in words.
    pub about: Shown,
    /// When it was written.
    pub at: Wall,
    /// What it says.
    pub text: Shown,
    /// Who wrote it: `me`, or a name.
    pub by: Shown,
}

/// How good the link was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkQuality {
    /// Its state now.
    pub state: Shown,
    /// How often it was lost and found again.
    pub reconnects: u32,
    /// How often the session was lost with it, and with that perhaps events.
    pub gaps: u32,
    /// Events received.
    pub events: u64,
    /// Events delivered more than once.
    pub duplicates: u64,
    /// Frames that could not be read.
    pub faults: u64,
    /// The latest time from sending to answer.
    pub round_trip: Option<Duration>,
    /// The longest time that an act of this shift took to be answered.
    pub slowest: Option<Duration>,
}

/// Acts of one kind and outcome on one call, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// When the first was asked for.
    pub at: Wall,
    /// The method and what it was to do.
    pub what: Shown,
    /// How many there were.
    pub count: usize,
    /// Why; may be empty.
    pub reason: Shown,
    /// How they ended.
    pub outcome: Shown,
    /// How to take that.
    pub tone: Tone,
}

/// The acts on one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnCall {
    /// The call; none for what is about no call, such as dials and contexts.
    pub call: Option<CallId>,
    /// The call in words.
    pub about: Shown,
    /// What was done, oldest first.
    pub done: Vec<Done>,
}

/// Everything that a hand-over says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handover {
    /// The connection: a profile, a host, `demo`.
    pub title: Shown,
    /// Who hands over; may be empty.
    pub person: Shown,
    /// When the shift began.
    pub from: Wall,
    /// When this was written.
    pub to: Wall,
    /// How good the link was.
    pub link: LinkQuality,
    /// Times without a link in this shift, each with when it began and what became of the calls.
    pub gaps: Vec<(Wall, Shown)>,
    /// What was done, by call, in the order of the first act.
    pub acts: Vec<OnCall>,
    /// Calls that were touched and still live.
    pub live: Vec<Shown>,
    /// Actions that were started here and still run.
    pub running: Vec<Shown>,
    /// Alerts that stand.
    pub alerts: Vec<OpenAlert>,
    /// Notes on calls.
    pub notes: Vec<Note>,
    /// What the next person should look at first.
    pub look: Vec<Shown>,
}

/// What a hand-over is about beside what the model knows.
#[derive(Debug, Clone, Default)]
pub struct Shift {
    /// The connection: a profile, a host, `demo`.
    pub title: Shown,
    /// Who hands over; may be empty.
    pub person: Shown,
    /// When the shift began; acts before it are left out.
    pub since: Now,
    /// Alerts that stand.
    pub alerts: Vec<OpenAlert>,
    /// Notes on calls.
    pub notes: Vec<Note>,
}

impl Handover {
    /// Puts the note together at a moment.
    #[must_use]
    pub fn of(model: &Model, shift: Shift, now: Now) -> Self {
        let acts = model.acts().iter().map(AsRef::as_ref);
        let all: Vec<&Act> = acts.filter(|act| act.now.at >= shift.since.at).collect();
        let mine: Vec<&Act> = all.iter().copied().filter(|act| act.by == By::Me).collect();
        // What others did to the calls that were touched here belongs to their story.
        let ours = |act: &&&Act| {
            act.by == By::Me || mine.iter().any(|own| own.call.is_some() && own.call == act.call)
        };
        let told: Vec<&Act> = all.iter().filter(ours).copied().collect();
        let stats = model.stats();
        let link = LinkQuality {
            state: match model.link() {
                LinkState::Up { .. } => "up".into(),
                down => down.why_not().unwrap_or_else(|| down.word().into()),
            },
            reconnects: stats.reconnects,
            gaps: stats.lost_sessions,
            events: stats.events,
            duplicates: stats.duplicates,
            faults: stats.faults,
            round_trip: stats.latest_round_trip(),
            slowest: mine.iter().filter_map(|act| act.ending.as_ref()?.round_trip).max(),
        };
        let acts = by_call(model, &told);
        let touched = acts.iter().filter_map(|on| model.call(on.call.as_ref()?));
        let live: Vec<&Call> = touched.filter(|call| call.is_live()).collect();
        Self {
            title: shift.title,
            person: shift.person,
            from: shift.since.wall,
            to: now.wall,
            link,
            gaps: gaps(model, shift.since, now),
            live: live.iter().map(|call| in_words(call, now)).collect(),
            running: model.my_running().map(|(call, action)| runs(call, action, now)).collect(),
            look: look(model, &mine, &live, &shift.alerts, now),
            acts,
            alerts: shift.alerts,
            notes: shift.notes,
        }
    }
}

fn gaps(model: &Model, since: Now, now: Now) -> Vec<(Wall, Shown)> {
    let gaps = model.gaps().filter(|gap| gap.until.is_none_or(|until| until.at >= since.at));
    gaps.map(|gap| (gap.from.wall, Shown::new(&gap.summary(now.at)))).collect()
}

fn by_call(model: &Model, acts: &[&Act]) -> Vec<OnCall> {
    let mut out: Vec<OnCall> = Vec::new();
    for act in acts {
        let place = out.iter().position(|on| on.call == act.call).unwrap_or_else(|| {
            let about = if act.call.is_some() { act.parties.clone() } else { "no call".into() };
            out.push(OnCall { call: act.call.clone(), about, done: Vec::new() });
            out.len() - 1
        });
        let done = &mut out[place].done;
        let what = match &act.by {
            By::Me => act.title.clone(),
            by => Shown::new(&format!("{}: {}", model.name_of(by), act.title)),
        };
        let (outcome, tone) = act
            .ending
            .as_ref()
            .map_or_else(|| ("no answer yet".into(), Tone::Bad), |ending| (ending.text.clone(), ending.tone));
        let same =
            |last: &&mut Done| (&last.what, &last.outcome, &last.reason) == (&what, &outcome, &act.reason);
        match done.last_mut().filter(same) {
            Some(last) => last.count += 1,
            None => {
                let reason = act.reason.clone();
                done.push(Done { at: act.now.wall, what, count: 1, reason, outcome, tone });
            }
        }
    }
    out
}

fn in_words(call: &Call, now: Now) -> Shown {
    let stale = call.doubt.map(|doubt| format!(", not confirmed for {}", span(now.at.since(doubt.since))));
    Shown::new(&format!(
        "{}, {} {}{}",
        describe::parties(call),
        call.state,
        span(call.age(now.at)),
        stale.unwrap_or_default()
    ))
}

fn runs(call: &Call, action: &crate::model::Action, now: Now) -> Shown {
    let what = format!("{} {}", action.kind.word(), action.what);
    let phase = super::calls::phase(&action.phase);
    Shown::new(&format!(
        "{} on {}: {phase} for {}",
        what.trim_end(),
        describe::parties(call),
        span(now.at.since(action.requested_at))
    ))
}

/// So many open alerts are named at the top; of more only the number is.
const FEW: usize = 3;

/// What does not take care of itself, the worst first.
fn look(model: &Model, mine: &[&Act], live: &[&Call], alerts: &[OpenAlert], now: Now) -> Vec<Shown> {
    let mut out = Vec::new();
    if let Some(why) = model.link().why_not() {
        out.push(why);
    }
    let open = alerts.iter().filter(|alert| alert.handled == Handled::Open);
    match open.clone().count() {
        0..=FEW => {
            out.extend(open.map(|alert| Shown::new(&format!("nobody has taken care of: {}", alert.text))));
        }
        many => {
            let text = format!("{many} alerts that nobody has taken care of; they are listed below");
            out.push(Shown::new(&text));
        }
    }
    let unsure = |act: &&&Act| act.ending.as_ref().is_none_or(|ending| ending.fate == Fate::Unknown);
    out.extend(mine.iter().filter(unsure).map(|act| {
        let on = if act.call.is_some() { format!(" on {}", act.parties) } else { String::new() };
        Shown::new(&format!("nobody knows whether this happened: {}{on}", act.title))
    }));
    let paused = model
        .my_running()
        .filter(|(_, action)| action.kind == ActionKind::Record && action.phase == Phase::Paused);
    out.extend(paused.map(|(call, action)| {
        let since = action.paused_since().map(|since| span(now.at.since(since))).unwrap_or_default();
        Shown::new(&format!("a recording is paused for {since}: {}", describe::parties(call)))
    }));
    let doubtful = live.iter().filter(|call| call.doubt.is_some());
    out.extend(doubtful.map(|call| Shown::new(&format!("may be over: {}", in_words(call, now)))));
    out
}

fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    if seconds < 3_600 {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    } else {
        format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60)
    }
}

/// How a note is written down.
struct Style {
    title: &'static str,
    head: &'static str,
    item: &'static str,
    under: &'static str,
    escape: fn(&str) -> String,
    masked: bool,
    zone: TimeZone,
}

impl Style {
    fn text(&self, text: &str) -> String {
        (self.escape)(&if self.masked { mask::within(text) } else { text.to_owned() })
    }

    fn clock(&self, wall: Wall) -> String {
        let stamp = jiff::Timestamp::from_microsecond(wall.0).unwrap_or_default();
        stamp.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
    }

    fn section<T>(&self, out: &mut String, head: &str, items: &[T], line: impl Fn(&T) -> String) {
        *out += &format!("\n{}{head}\n", self.head);
        if items.is_empty() {
            *out += &format!("{}none\n", self.item);
        }
        for item in items {
            *out += &format!("{}{}\n", self.item, line(item));
        }
    }
}

impl Handover {
    /// The note as plain text. Times of day are those of `zone`; with `masked`, numbers are hidden.
    #[must_use]
    pub fn text(&self, zone: &TimeZone, masked: bool) -> String {
        let (zone, escape) = (zone.clone(), str::to_owned as fn(&str) -> String);
        self.write(&Style { title: "", head: "", item: "  ", under: "    ", escape, masked, zone })
    }

    /// The note as Markdown.
    #[must_use]
    pub fn markdown(&self, zone: &TimeZone, masked: bool) -> String {
        let (zone, escape) = (zone.clone(), escaped as fn(&str) -> String);
        self.write(&Style { title: "# ", head: "## ", item: "- ", under: "  - ", escape, masked, zone })
    }

    fn write(&self, style: &Style) -> String {
        let mut out = format!("{}Hand-over of {}", style.title, style.text(self.title.as_str()));
        if !self.person.as_str().is_empty() {
            out += &format!(" by {}", style.text(self.person.as_str()));
        }
        out += &format!("\n\n{}shift {}\n", style.item, self.span(style));
        out += &format!("{}link {}\n", style.item, self.link_line(style));
        for (from, text) in &self.gaps {
            out += &format!("{}{} {}\n", style.item, style.clock(*from), style.text(text.as_str()));
        }
        style.section(&mut out, "Look at first", &self.look, |text| style.text(text.as_str()));
        style.section(&mut out, "Still running, started here", &self.running, |text| {
            style.text(text.as_str())
        });
        style.section(&mut out, "Still live, touched here", &self.live, |text| style.text(text.as_str()));
        style.section(&mut out, "Alerts", &self.alerts, |alert| {
            let handled = match alert.handled {
                Handled::Open => "open".to_owned(),
                Handled::Acknowledged => "acknowledged".to_owned(),
                Handled::Snoozed(until) => format!("snoozed until {}", style.clock(until)),
            };
            format!("{} since {}, {handled}", style.text(alert.text.as_str()), style.clock(alert.since))
        });
        style.section(&mut out, "Notes", &self.notes, |note| {
            let about = style.text(note.about.as_str());
            let by = if note.by.as_str() == "me" {
                String::new()
            } else {
                format!("{}: ", style.text(note.by.as_str()))
            };
            format!("{} {about}: {by}{}", style.clock(note.at), style.text(note.text.as_str()))
        });
        style.section(&mut out, "Done", &self.acts, |on| on.write(style));
        out
    }

    /// From when to when; a day once where both are on it.
    fn span(&self, style: &Style) -> String {
        let zoned = |wall: Wall| {
            let stamp = jiff::Timestamp::from_microsecond(wall.0).unwrap_or_default();
            stamp.to_zoned(style.zone.clone())
        };
        let (from, to) = (zoned(self.from), zoned(self.to));
        let end = if from.date() == to.date() { "%H:%M %Z" } else { "%Y-%m-%d %H:%M %Z" };
        format!("{} to {}", from.strftime("%Y-%m-%d %H:%M"), to.strftime(end))
    }

    /// Its state and what is worth telling of it; nothing that did not happen.
    fn link_line(&self, style: &Style) -> String {
        let link = &self.link;
        let millis = |span: Duration| match span.as_millis() {
            0 => "below 1 ms".to_owned(),
            millis => format!("{millis} ms"),
        };
        let mut parts = vec![style.text(link.state.as_str()), format!("gaps {}", link.gaps)];
        parts.push(format!("events {}", link.events));
        parts.extend((link.reconnects > 0).then(|| format!("reconnects {}", link.reconnects)));
        for (name, count) in [("duplicates", link.duplicates), ("unreadable", link.faults)] {
            parts.extend((count > 0).then(|| format!("{name} {count}")));
        }
        parts.extend(link.round_trip.map(|span| format!("round trip {}", millis(span))));
        parts.extend(link.slowest.map(|span| format!("slowest act {}", millis(span))));
        parts.join(", ")
    }
}

impl OnCall {
    fn write(&self, style: &Style) -> String {
        let mut out = style.text(self.about.as_str());
        for done in &self.done {
            let times = if done.count > 1 { format!(" ({} times)", done.count) } else { String::new() };
            // What was sent as keys is hidden as a whole.
            let hidden = style.masked && done.what.as_str().contains("send digits");
            let what =
                if hidden { "send digits (hidden)".to_owned() } else { style.text(done.what.as_str()) };
            let outcome = style.text(done.outcome.as_str());
            let why = match done.reason.as_str() {
                "" => String::new(),
                reason => format!(" ({})", style.text(reason)),
            };
            out += &format!("\n{}{} {what}{times}{why}: {outcome}", style.under, style.clock(done.at));
        }
        out
    }
}

#[cfg(test)]
mod tests;
