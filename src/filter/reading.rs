//! What a filter asks about, read off calls, dials and the link.

use std::time::Duration;

use super::Sight;
use crate::catalog::ActionKind;
use crate::model::{Amd, Call, Dial, Model, Recording};
use crate::protocol::{CallId, CallState, Shown};
use crate::time::At;

/// What a filter asks about something is at this moment.
pub(super) enum Reading<'a> {
    Nothing,
    Flag(bool),
    Text(&'a str),
    /// A word that is compared, but does not answer the bare question: what is asked for is not there yet.
    Unsure(&'a str),
    Party(&'a str),
    Span(Duration),
    Number(f64),
    /// The kinds of actions that run on it.
    Running(&'a Call),
    /// The people who look at it.
    Eyes(&'a Model, &'a CallId),
}

pub(super) type OfCall = for<'a> fn(&'a Call, &Sight<'a>) -> Reading<'a>;
pub(super) type OfDial = for<'a> fn(&'a Dial, At) -> Reading<'a>;
pub(super) type OfLink = fn(&Model, At) -> Reading<'static>;

pub(super) fn shown(text: Option<&Shown>) -> Reading<'_> {
    text.map_or(Reading::Nothing, |text| Reading::Text(text.as_str()))
}

pub(super) fn span(span: Option<Duration>) -> Reading<'static> {
    span.map_or(Reading::Nothing, Reading::Span)
}

pub(super) fn number(number: u64) -> Reading<'static> {
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are small")]
    Reading::Number(number as f64)
}

pub(super) fn direction<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    call.direction.as_ref().map_or(Reading::Nothing, |direction| Reading::Text(direction.as_str()))
}

pub(super) fn ringing<'a>(call: &'a Call, sight: &Sight<'a>) -> Reading<'a> {
    let rings = call.state == CallState::Ringing;
    span(rings.then(|| sight.now.since(call.state_since())))
}

pub(super) fn answered<'a>(call: &'a Call, sight: &Sight<'a>) -> Reading<'a> {
    let talks = call.state == CallState::Answered;
    span(talks.then(|| sight.now.since(call.state_since())))
}

pub(super) fn talk<'a>(call: &'a Call, sight: &Sight<'a>) -> Reading<'a> {
    let end = call.entered(&CallState::Ended).unwrap_or(sight.now);
    span(call.entered(&CallState::Answered).map(|answer| end.since(answer)))
}

pub(super) fn waited<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    let rang = call.entered(&CallState::Ringing).or_else(|| call.entered(&CallState::Created));
    span(call.entered(&CallState::Answered).zip(rang).map(|(answer, rang)| answer.since(rang)))
}

pub(super) fn ended<'a>(call: &'a Call, sight: &Sight<'a>) -> Reading<'a> {
    let over = !call.is_live();
    span(over.then(|| call.entered(&CallState::Ended).map_or(Duration::ZERO, |at| sight.now.since(at))))
}

pub(super) fn reason<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    call.end_reason.as_ref().map_or(Reading::Nothing, |reason| Reading::Text(reason.as_str()))
}

pub(super) fn recording<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    call.recording().map_or(Reading::Nothing, |recording| match recording {
        Recording::Running => Reading::Text("running"),
        Recording::Paused => Reading::Text("paused"),
        Recording::Asked => Reading::Unsure("asked"),
        Recording::Unknown => Reading::Unsure("unknown"),
    })
}

pub(super) fn recordings<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    number(call.recordings() as u64)
}

pub(super) fn amd<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    call.amd().map_or(Reading::Nothing, |verdict| {
        Reading::Text(match verdict {
            Amd::Waiting => "waiting",
            Amd::Human => "human",
            Amd::Machine => "machine",
            Amd::Unknown => "unknown",
            Amd::Silent => "silent",
        })
    })
}

/// The word of a kind of action in a filter: faxes are one.
pub(super) const fn kind_word(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::SendFax | ActionKind::ReceiveFax => "fax",
        ActionKind::Play
        | ActionKind::Record
        | ActionKind::Detect
        | ActionKind::Prompt
        | ActionKind::Collect
        | ActionKind::SendDigits
        | ActionKind::Tap
        | ActionKind::Stream
        | ActionKind::Connect => kind.word(),
    }
}

pub(super) fn acts<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    number(call.running().count() as u64)
}

pub(super) fn alert<'a>(call: &'a Call, sight: &Sight<'a>) -> Reading<'a> {
    sight.board.alert(&call.id).map_or(Reading::Nothing, |level| Reading::Text(level.word()))
}

pub(super) fn note<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    call.note.as_ref().map_or(Reading::Nothing, |note| Reading::Text(note.text.as_str()))
}

pub(super) fn owner<'a>(call: &'a Call, sight: &Sight<'a>) -> Reading<'a> {
    shown(sight.others.and_then(|model| model.owner(&call.id)))
}

pub(super) fn claimed<'a>(call: &'a Call, sight: &Sight<'a>) -> Reading<'a> {
    shown(sight.others.and_then(|model| model.claimed_by(&call.id)))
}

pub(super) fn eyes<'a>(call: &'a Call, sight: &Sight<'a>) -> Reading<'a> {
    sight.others.map_or(Reading::Nothing, |model| Reading::Eyes(model, &call.id))
}

pub(super) fn node<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    call.node.as_ref().map_or(Reading::Nothing, |node| Reading::Text(node.as_str()))
}

pub(super) fn tag<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    call.tag.as_ref().map_or(Reading::Nothing, |tag| Reading::Text(tag.as_str()))
}

pub(super) fn device<'a>(call: &'a Call, _: &Sight<'a>) -> Reading<'a> {
    call.device.as_ref().map_or(Reading::Nothing, |device| Reading::Text(&device.kind))
}

pub(super) fn silence(model: &Model, now: At) -> Reading<'static> {
    span(model.stats().heard.map(|heard| now.since(heard)))
}

pub(super) fn gaps(model: &Model, _: At) -> Reading<'static> {
    number(u64::from(model.stats().lost_sessions))
}

pub(super) fn rtt(model: &Model, _: At) -> Reading<'static> {
    span(model.stats().latest_round_trip())
}

pub(super) fn rate(model: &Model, now: At) -> Reading<'static> {
    Reading::Number(model.stats().rate(now))
}

pub(super) fn faults(model: &Model, _: At) -> Reading<'static> {
    number(model.stats().faults)
}
