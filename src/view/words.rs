//! States, numbers, times and results as the few letters the screen has room for.

use std::time::Duration;

pub use super::cut::{columns, cut, fit, fit_right, folded, head, middle, tail, wrapped};
pub use super::stand::{doubt, stands, state};
use super::theme::Role;
use crate::catalog::{ActionKind, Control};
use crate::model::{Action, Amd, Call, Phase, Recording, describe};
use crate::protocol::{CallState, Shown};
use crate::time::{At, Wall};
use crate::ui::column;

/// The direction of a call in three letters.
#[must_use]
pub fn direction(call: &Call) -> &'static str {
    match call.direction.as_ref().map(AsRef::as_ref) {
        Some("inbound") => "in",
        Some("outbound") => "out",
        _ => "?",
    }
}

/// What the detector of machines found.
#[must_use]
pub fn verdict(call: &Call) -> (String, Role) {
    let (word, role) = match call.amd() {
        Some(Amd::Waiting) => ("?", Role::Intent),
        Some(Amd::Human) => ("human", Role::Text),
        Some(Amd::Machine) => ("machine", Role::Text),
        Some(Amd::Unknown) => ("unknown", Role::Doubt),
        Some(Amd::Silent) => ("silent", Role::Doubt),
        None => ("", Role::Faint),
    };
    (word.to_owned(), if call.is_live() { role } else { Role::Faint })
}

/// What was done after the verdict.
#[must_use]
pub fn next_step(call: &Call) -> (String, Role) {
    let decided = call.amd().filter(|amd| *amd != Amd::Waiting);
    let (text, role) = match (column::next_step(call), decided) {
        (Some(step), _) => (format!("{} {}", step.kind.word(), step.what), Role::Text),
        (None, Some(_)) if !call.is_live() => (
            call.end_reason
                .as_ref()
                .map_or_else(|| "ended".to_owned(), |reason| Shown::new(reason.as_str()).to_string()),
            Role::Text,
        ),
        (None, Some(_)) => ("nothing yet".to_owned(), Role::Faint),
        (None, None) => (String::new(), Role::Faint),
    };
    (text, if call.is_live() { role } else { Role::Faint })
}

/// A span as minutes and seconds, or hours and minutes.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    if seconds < 3_600 {
        format!("{:02}:{:02}", seconds / 60, seconds % 60)
    } else if seconds < 100 * 3_600 {
        format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60)
    } else {
        format!("{}d", seconds / 86_400)
    }
}

/// A short span with one decimal: `3.1s`, `41ms`.
#[must_use]
pub fn short(span: Duration) -> String {
    match span.as_millis() {
        millis @ 0..1_000 => format!("{millis}ms"),
        millis @ 1_000..60_000 => format!("{}.{}s", millis / 1_000, millis % 1_000 / 100),
        _ => self::span(span),
    }
}

/// A span of which parts of a millisecond count: `0.4ms`.
#[must_use]
pub fn fine(span: Duration) -> String {
    if span < Duration::from_millis(10) {
        format!("{:.1}ms", span.as_secs_f64() * 1_000.0)
    } else {
        short(span)
    }
}

/// A difference between two events: `+0.041`.
#[must_use]
pub fn delta(span: Duration) -> String {
    if span < Duration::from_secs(100) {
        format!("+{}.{:03}", span.as_secs(), span.subsec_millis())
    } else {
        format!("+{}", self::span(span))
    }
}

/// Seconds with one decimal after something else: `+5.5s`.
#[must_use]
pub fn after(span: Duration) -> String {
    if span < Duration::from_secs(60) {
        format!("+{:.1}s", span.as_secs_f64())
    } else {
        format!("+{}", self::span(span))
    }
}

/// Time of day in this machine's zone; with milliseconds if wanted.
#[must_use]
pub fn clock(wall: Wall, millis: bool) -> String {
    let Ok(stamp) = jiff::Timestamp::from_microsecond(wall.0) else { return "--:--:--".into() };
    let zoned = stamp.to_zoned(jiff::tz::TimeZone::system());
    zoned.strftime(if millis { "%H:%M:%S%.3f" } else { "%H:%M:%S" }).to_string()
}

/// A party's number or address: American numbers in groups; numbers that are too long keep their end, addresses
/// their beginning.
#[must_use]
pub fn party(address: &str, width: usize) -> String {
    let text = describe::party(address);
    if columns(&text) <= width { text } else { within(address, width) }
}

/// An address cut to a width: of a number the last digits count; of an address who it is, not where.
fn within(address: &str, width: usize) -> String {
    let user = ["sip:", "sips:"].iter().find_map(|scheme| address.strip_prefix(scheme));
    let user = user.filter(|_| columns(address) > width);
    user.map_or_else(|| middle(address, width), |user| cut(user, width))
}

/// Both parties as `from > to`. Where they do not fit, numbers lose their blanks, then each is cut if it must be; what
/// one does not need the other has.
#[must_use]
pub fn parties(both: &str, width: usize) -> String {
    let Some((from, to)) = both.split_once(" > ").filter(|_| columns(both) > width) else {
        return middle(both, width);
    };
    let room = width.saturating_sub(3);
    let [from, to] =
        [from, to].map(|text| if text.starts_with('+') { text.replace(' ', "") } else { text.into() });
    let from = within(&from, (room / 2).max(room.saturating_sub(columns(&to))));
    let to = within(&to, room.saturating_sub(columns(&from)));
    format!("{from} > {to}")
}

/// A party with its middle hidden: the country and the last two digits of a number stay, of an address its ends.
#[must_use]
pub fn masked(address: &str, width: usize) -> String {
    middle(&crate::model::describe::masked(address), width)
}

/// How far an action has come, in one word. Intent is written small, facts in capitals.
#[must_use]
pub fn phase(action: &Action) -> (String, Role) {
    if action.doubt.is_some() {
        // Its last word, and that it is no more than that.
        let word = if action.state.as_str().is_empty() { "asked" } else { action.state.as_str() };
        return (format!("{word}?"), Role::Doubt);
    }
    if let Some(asked) = action.ours.asked.filter(|_| action.is_live()) {
        let word = match asked.control {
            Control::Stop => "stopping",
            Control::Pause => "pausing",
            Control::Resume => "resuming",
            Control::Volume | Control::StartInputTimers => "changing",
        };
        return (format!("{word}{}", if asked.accepted { "" } else { "?" }), Role::Intent);
    }
    match &action.phase {
        Phase::Requested => ("asked".into(), Role::Intent),
        Phase::Accepted => ("accepted".into(), Role::Intent),
        Phase::Running => {
            let word = action.state.as_str();
            let word = if word.is_empty() { "running" } else { word };
            (
                word.to_uppercase(),
                if action.kind == ActionKind::Record { Role::Recording } else { Role::Running },
            )
        }
        Phase::Paused => ("PAUSED".into(), Role::Paused),
        Phase::Done { successful: true } => ("DONE".into(), Role::Faint),
        Phase::Done { successful: false } => ("FAILED".into(), Role::Bad),
        Phase::Refused(_) => ("REFUSED".into(), Role::Bad),
        Phase::NotSent(_) => ("NOT SENT".into(), Role::Bad),
        Phase::Unknown(_) => ("UNKNOWN".into(), Role::Doubt),
    }
}

/// The progress of an action that runs, or the result of one that is over, in one line of this width.
#[must_use]
pub fn progress(action: &Action, now: At, width: usize) -> String {
    match &action.phase {
        Phase::Requested | Phase::Accepted => format!("for {}", short(now.since(action.requested_at))),
        Phase::Running | Phase::Paused => running(action, now, width),
        Phase::Done { successful } => result(action, *successful),
        Phase::Refused(why) => format!("{} {}", why.code, why.message),
        Phase::NotSent(why) | Phase::Unknown(why) => why.to_string(),
    }
}

fn running(action: &Action, now: At, width: usize) -> String {
    let ran = action.ran_for(now);
    let yields = &action.yields;
    let time = match action.expected() {
        Some((whole, guess)) => {
            let text = format!("{} of {}{}", short(ran), if guess { "about " } else { "" }, short(whole));
            if columns(&text) + 11 <= width { format!("{} {text}", bar(ran, whole, 8)) } else { text }
        }
        None if action.began_unseen() => String::new(),
        None => span(ran),
    };
    let extra = match action.kind {
        ActionKind::Detect => yields.heard.join(" "),
        ActionKind::Prompt | ActionKind::Collect => yields.text.clone().unwrap_or_default(),
        ActionKind::SendFax | ActionKind::ReceiveFax => {
            yields.pages.map(|pages| format!("page {pages}")).unwrap_or_default()
        }
        ActionKind::Play => {
            action.ours.volume.filter(|db| *db != 0.0).map(|db| format!("{db:+} dB")).unwrap_or_default()
        }
        _ => String::new(),
    };
    let asked = action.ours.volume_asked.map(|db| format!("{db:+} dB asked")).unwrap_or_default();
    [extra, asked, time].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

fn bar(done: Duration, whole: Duration, width: usize) -> String {
    let share = if whole.is_zero() { 1.0 } else { (done.as_secs_f64() / whole.as_secs_f64()).min(1.0) };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "0 to 8"
    )]
    let full = (share * width as f64) as usize;
    format!("[{}{}]", "#".repeat(full), ".".repeat(width - full))
}

fn result(action: &Action, successful: bool) -> String {
    let yields = &action.yields;
    let reason = yields.reason.as_ref().map(ToString::to_string);
    let ended = action.ended_at.filter(|_| !action.began_unseen());
    let ran = ended.map(|end| short(action.ran_for(end))).unwrap_or_default();
    let what = match action.kind {
        ActionKind::Record => {
            let length = yields.duration.map(|seconds| format!("{seconds:.1} s"));
            let size = yields.size.map(|bytes| format!("{:.0} kB", bytes / 1e3));
            let failed = (!successful).then(|| action.state.to_string());
            failed
                .into_iter()
                .chain(length)
                .chain(size)
                .chain(yields.url.clone())
                .collect::<Vec<_>>()
                .join("  ")
        }
        ActionKind::Detect => {
            let heard =
                if yields.heard.is_empty() { action.state.to_string() } else { yields.heard.join(" ") };
            format!("{heard}{}", if yields.beep { " beep" } else { "" })
        }
        ActionKind::Prompt | ActionKind::Collect => {
            let got = yields.text.clone().filter(|_| successful);
            got.or_else(|| yields.collected.clone()).unwrap_or_else(|| action.state.to_string())
        }
        ActionKind::SendFax | ActionKind::ReceiveFax if successful => {
            format!("{} pages", yields.pages.unwrap_or(0.0))
        }
        _ if successful => String::new(),
        _ => reason.clone().unwrap_or_else(|| action.state.to_string()),
    };
    let reason = reason.filter(|reason| !successful && !what.contains(reason.as_str()));
    let parts = [what, reason.unwrap_or_default(), ran];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

/// What the list says about a call's recording.
#[must_use]
pub fn recording(call: &Call) -> (&'static str, Role) {
    let known = |action: &Action| action.kind == ActionKind::Record && action.doubt.is_none();
    match call.recording() {
        Some(_) if !call.running().any(known) => ("re?", Role::Doubt),
        Some(Recording::Running) => ("REC", Role::Recording),
        Some(Recording::Unknown) => ("?", Role::Doubt),
        Some(Recording::Asked) => ("rec", Role::Intent),
        Some(Recording::Paused) => ("PAU", Role::Paused),
        None => ("--", Role::Faint),
    }
}

/// What else is worth knowing about a call, in a few words.
#[must_use]
pub fn note(call: &Call) -> (String, Role) {
    if call.doubt.is_some() {
        return ("in doubt".into(), Role::Doubt);
    }
    if call.orphan.is_some() && call.is_live() {
        return ("orphan".into(), Role::Bad);
    }
    if call.inferred.is_some() {
        return ("gone, as the service says".into(), Role::Doubt);
    }
    if !call.is_live() {
        let reason = call.end_reason.as_ref().map_or("gone", |reason| reason.as_str());
        return (reason.to_owned(), Role::Faint);
    }
    let detector = call.actions.iter().rev().find(|action| action.kind == ActionKind::Detect);
    if let Some(detector) = detector {
        // Of people and machines the model says who answered.
        if call.detector().is_some_and(|newest| newest.control_id == detector.control_id) {
            let (word, role) = verdict(call);
            return (format!("AMD {word}"), role);
        }
        let fax = detector.yields.detector.as_deref() == Some("fax");
        let kind = if fax { "fax" } else { "dtmf" };
        match detector.yields.heard.first() {
            Some(verdict) => return (format!("{kind} {}", verdict.to_lowercase()), Role::Text),
            None if detector.is_live() => return (format!("{kind} ?"), Role::Intent),
            None => {}
        }
    }
    if call.peer.is_some() {
        let word = if call.state == CallState::Answered { "bridged" } else { "being connected" };
        return (word.into(), Role::Text);
    }
    (String::new(), Role::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_last_digits() {
        assert_eq!(party("+12025550117", 16), "+1 202 555 0117");
        assert_eq!(party("sip:receptionist@branch.example.com", 16), "receptionist@br…");
        assert!(party("+442079460958000", 12).ends_with("8000"));
    }

    #[test]
    fn two_parties_share_the_room() {
        let both = "sip:reception@branch.example.com > +1 202 555 0117";
        assert_eq!(parties(both, 60), both);
        assert_eq!(parties(both, 40), "reception@branch.example… > +12025550117");
        assert_eq!(parties(both, 20), "recepti… > +120…0117");
        assert_eq!(parties("+1 907 555 0156 > +1 907 555 0157", 32), "+19075550156 > +19075550157");
        assert_eq!(parties("nobody in particular", 9), "nobo…ular");
    }

    #[test]
    fn spans_fit_six_columns() {
        for (seconds, text) in [(8, "00:08"), (760, "12:40"), (3_700, "1h01m"), (400_000, "4d")] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
