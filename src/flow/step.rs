//! Entries and commands as lines of the ladder: who tells whom, and what can be heard.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Arrow, Band, Kind, Lane, Reach, Step, StepId};
use crate::catalog::ActionKind;
use crate::client::{By, Ticket};
use crate::model::gap::seconds;
use crate::model::{Act, Action, Call, Entry, Family, Fate, Model, Tone};
use crate::protocol::{CallId, Direction, Shown, Tag};
use crate::time::At;

/// Everything that is known of these legs, oldest first, one line each.
pub(super) fn all(model: &Model, legs: &[&Call]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut answers: HashMap<Ticket, Vec<u64>> = HashMap::new();
    let acts = acts(model, legs);
    let tickets: HashSet<Ticket> = acts.iter().map(|(act, _)| act.ticket).collect();
    for (leg, call) in legs.iter().enumerate() {
        for entry in call.entries.iter() {
            match entry.ticket().filter(|ticket| tickets.contains(ticket)) {
                Some(ticket) => answers.entry(ticket).or_default().push(entry.seq),
                None => steps.push(of_entry(model, entry, legs, Some((leg, *call)))),
            }
        }
    }
    let begin = legs.iter().map(|leg| leg.first_seen).min().unwrap_or_default();
    let end = legs.iter().all(|leg| !leg.is_live()).then(|| legs.iter().map(|leg| leg.last_heard).max());
    for entry in apart(model, legs, begin, end.flatten()) {
        match entry.ticket().filter(|ticket| tickets.contains(ticket)) {
            Some(ticket) => answers.entry(ticket).or_default().push(entry.seq),
            None => steps.push(banded(of_entry(model, entry, legs, None), model, entry.seq)),
        }
    }
    for (act, leg) in &acts {
        steps.push(of_act(model, act, *leg, answers.remove(&act.ticket).unwrap_or_default()));
    }
    // What happened at one moment stays in the order in which it was heard; a command comes before what it causes.
    let reported = |step: &Step| matches!(step.ids[0], StepId::Entry(_));
    steps.sort_by_key(|step| (step.now.at, reported(step), step.seqs.first().copied()));
    steps
}

/// Commands about these legs, or the dial that made them.
fn acts<'a>(model: &'a Model, legs: &[&Call]) -> Vec<(&'a Arc<Act>, Option<usize>)> {
    let leg = |id: &CallId| legs.iter().position(|leg| leg.id == *id);
    let dialed = |tag: &Tag| legs.iter().any(|leg| leg.tag.as_ref() == Some(tag));
    let about = |act: &'a Arc<Act>| match (&act.call, &act.tag) {
        (Some(call), _) => leg(call).map(|leg| (act, Some(leg))),
        (None, Some(tag)) => dialed(tag).then_some((act, None)),
        (None, None) => None,
    };
    model.acts().iter().filter_map(about).collect()
}

/// Entries that belong to no call but are part of its life: its dial's, and those of the link between the first and
/// the last word of it.
fn apart<'a>(
    model: &'a Model,
    legs: &[&'a Call],
    begin: At,
    end: Option<At>,
) -> impl Iterator<Item = &'a Arc<Entry>> {
    // Of the applications at a hub those count whose calls these are.
    let owners: Vec<&Shown> = legs.iter().filter_map(|leg| model.owner(&leg.id)).collect();
    let strange = move |entry: &Entry| {
        matches!(entry.word.as_str(), "here" | "gone" | "missed")
            && !owners.iter().any(|owner| entry.text.as_str().starts_with(owner.as_str()))
    };
    let tags: Vec<&Tag> = legs.iter().filter_map(|leg| leg.tag.as_ref()).collect();
    model.entries().iter().filter(move |entry| {
        let within = entry.now.at >= begin && end.is_none_or(|end| entry.now.at <= end);
        let dial = entry.tag().is_some_and(|tag| tags.contains(&tag));
        entry.call.is_none()
            && (dial
                || (entry.family == Family::Link && within && entry.tone != Tone::Plain && !strange(entry)))
    })
}

/// The line with which a gap of the link begins stands for all of it.
fn banded(step: Step, model: &Model, seq: u64) -> Step {
    let Some(gap) = model.gaps().find(|gap| gap.seq == seq) else { return step };
    let text = match gap.until {
        Some(_) => format!("no link for {}", seconds(gap.length(gap.from.at))),
        None => "no link from here on".to_owned(),
    };
    let band = Some(Band { from: gap.from.wall, until: gap.until.map(|until| until.wall) });
    Step { text: Shown::new(&text), band, ..step }
}

fn of_act(model: &Model, act: &Act, leg: Option<usize>, seqs: Vec<u64>) -> Step {
    let ending = act.ending.as_ref();
    let (reach, first) = match ending.map(|ending| ending.fate) {
        None => (Reach::Unknown, ""),
        Some(Fate::Accepted) => (Reach::Arrived, ""),
        Some(Fate::Refused) => (Reach::Failed, "refused: "),
        Some(Fate::NotSent) => (Reach::Failed, "not sent: "),
        Some(Fate::Unknown) => (Reach::Unknown, "unanswered: "),
    };
    let name = if act.by == By::Me { String::new() } else { format!("{}: ", model.name_of(&act.by)) };
    let outcome = ending.map_or_else(|| Shown::from("no answer yet"), |ending| ending.text.clone());
    Step {
        ids: vec![StepId::Act(act.ticket)],
        seqs,
        now: act.now,
        delta: None,
        arrows: vec![Arrow {
            from: Lane::Console,
            to: Lane::Relay,
            kind: Kind::Command,
            reach,
            label: Shown::new(&format!("{name}{first}{}", act.title)),
        }],
        word: act.method.into(),
        family: Family::Command,
        tone: ending.map_or(Tone::Plain, |ending| ending.tone),
        by: model.name_of(&act.by),
        leg,
        control: act.control.as_ref().map(|control| Shown::new(control.as_str())),
        round_trip: ending.and_then(|ending| ending.round_trip),
        text: Shown::new(&format!("{name}{}: {outcome}", act.title)),
        run: None,
        band: None,
    }
}

fn of_entry(model: &Model, entry: &Entry, legs: &[&Call], leg: Option<(usize, &Call)>) -> Step {
    let action = leg.zip(entry.control.as_ref()).and_then(|((_, call), control)| call.action(control));
    let arrows = match entry.family {
        Family::Link => Vec::new(),
        // A command of an application, or one whose record is no longer kept.
        Family::Command => vec![Arrow {
            from: if matches!(entry.by(), Some(By::Application(_))) { Lane::App } else { Lane::Console },
            to: Lane::Relay,
            kind: Kind::Command,
            reach: if entry.tone == Tone::Bad { Reach::Unknown } else { Reach::Arrived },
            label: Shown::new(&entry.word.as_str().replace('_', " ")),
        }],
        _ => {
            // What is delivered again happened once.
            let again = entry.tone == Tone::Faint;
            let near = leg.filter(|_| !again).and_then(|leg| heard(entry, legs, leg, action));
            let told = told(entry, action, near.is_some());
            near.into_iter().chain([told]).collect()
        }
    };
    Step {
        ids: vec![StepId::Entry(entry.seq)],
        seqs: vec![entry.seq],
        now: entry.now,
        delta: None,
        arrows,
        word: entry.word.clone(),
        family: entry.family,
        tone: entry.tone,
        by: model.author(entry).unwrap_or_default(),
        leg: leg.map(|(place, _)| place),
        control: entry.control.as_ref().map(|control| Shown::new(control.as_str())),
        round_trip: entry.round_trip(),
        text: text(entry),
        run: None,
        band: None,
    }
}

fn text(entry: &Entry) -> Shown {
    match entry.family {
        Family::Link | Family::Command => entry.text.clone(),
        family => Shown::new(&format!("{} {}", family.word(), entry.text)),
    }
}

/// What the service tells: to us, or about what others do.
fn told(entry: &Entry, action: Option<&Action>, stands_beside: bool) -> Arrow {
    let theirs = action.is_some_and(|action| !matches!(action.started_by(), Some(By::Me | By::Person(_))));
    let word = entry.word.as_str();
    let label = match entry.family {
        Family::Call if word == "offered" => "receive".to_owned(),
        Family::Call => {
            entry.what.as_ref().map_or_else(|| "state".into(), |reason| format!("{word}: {reason}"))
        }
        Family::Collect if stands_beside => "collect".to_owned(),
        Family::Play | Family::Record | Family::Tap | Family::Stream | Family::Connect if stands_beside => {
            word.to_owned()
        }
        Family::Fault | Family::Other => word.to_owned(),
        Family::Detect if word.chars().any(char::is_uppercase) => word.to_owned(),
        family => format!("{} {word}", family.word()).trim_end().to_owned(),
    };
    let label = match &entry.what {
        Some(what) if entry.family == Family::Fault => format!("{label}: {what}"),
        _ if entry.tone == Tone::Faint => format!("{label} again"),
        _ => label,
    };
    Arrow {
        from: Lane::Relay,
        to: if theirs { Lane::App } else { Lane::Console },
        kind: Kind::Event,
        reach: Reach::Arrived,
        label: Shown::new(&label),
    }
}

/// What the party at the far end does, hears or has done to it.
fn heard(
    entry: &Entry,
    legs: &[&Call],
    (place, call): (usize, &Call),
    action: Option<&Action>,
) -> Option<Arrow> {
    let party = Lane::Leg(place);
    let (outward, inward) = ((Lane::Relay, party), (party, Lane::Relay));
    let word = entry.word.as_str();
    let what = || entry.what.as_ref().map_or_else(|| word.to_owned(), ToString::to_string);
    let inbound = call.direction == Some(Direction::Inbound);
    let towards = |inward_if: bool| if inward_if { inward } else { outward };
    let ((from, to), kind, label) = match (entry.family, word) {
        (Family::Call, "offered") => (inward, Kind::Event, "calls".to_owned()),
        (Family::Call, "created") if !inbound => (outward, Kind::Event, "is called".to_owned()),
        (Family::Call, "ringing") if !inbound => (inward, Kind::Event, "rings".to_owned()),
        (Family::Call, "answered") => (towards(!inbound), Kind::Event, "answered".to_owned()),
        (Family::Call, _) => (inward, Kind::State, word.to_owned()),
        (Family::Play, "playing") => (outward, Kind::Audio, what()),
        (Family::Record, "recording") => (inward, Kind::Lasting, "recording".to_owned()),
        (Family::Tap, "tapping") => (inward, Kind::Lasting, "tapped".to_owned()),
        (Family::Stream, "streaming") => (inward, Kind::Lasting, "streamed".to_owned()),
        (Family::Play | Family::Record, "paused") => {
            (inward, Kind::State, format!("{} paused", entry.family.word()))
        }
        (Family::Collect, _) => (inward, Kind::Audio, entry.what.as_ref()?.to_string()),
        (Family::Digits, "finished") => (outward, Kind::Audio, what()),
        (Family::Fax, "page") => {
            let receives = action.is_some_and(|action| action.kind == ActionKind::ReceiveFax);
            (towards(receives), Kind::Audio, what())
        }
        (Family::Connect, "connected") => {
            let peer = action.and_then(|action| action.yields.peer.as_ref());
            let peer = peer.and_then(|peer| legs.iter().position(|leg| leg.id == *peer));
            ((peer.map_or(Lane::Relay, Lane::Leg), party), Kind::Lasting, "bridged".to_owned())
        }
        _ => return None,
    };
    Some(Arrow { from, to, kind, reach: Reach::Arrived, label: Shown::new(&label) })
}
