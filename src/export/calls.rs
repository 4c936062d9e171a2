//! The list of calls, and one call with everything on it, as tables.

use crate::catalog::ActionKind;
use crate::model::{Action, Call, Dial, DialState, Entry, Family, Model, Phase, describe};
use crate::protocol::{CallState, Shown};
use crate::time::{At, Now, Wall};

use super::table::{Cell, Table};

/// The list: calls in the order given, after dials that have no leg yet.
#[must_use]
pub fn list(model: &Model, calls: &[&Call], dials: &[&Dial], now: Now) -> Table {
    let columns = vec![
        "call_id",
        "state",
        "direction",
        "from",
        "to",
        "type",
        "context",
        "age_seconds",
        "created",
        "answered",
        "ended",
        "end_reason",
        "recording",
        "running",
        "stale_seconds",
        "peer",
        "tag",
        "node",
        "owner",
        "eyes",
        "claimed_by",
    ];
    let rows =
        dials.iter().map(|dial| dial_row(dial)).chain(calls.iter().map(|call| call_row(model, call, now)));
    Table { title: "Calls".into(), columns, rows: rows.collect() }
}

fn dial_row(dial: &Dial) -> Vec<Cell> {
    let (state, reason) = match &dial.state {
        DialState::Requested => ("requested", Cell::None),
        DialState::Dialing => ("dialing", Cell::None),
        DialState::Answered(_) => ("answered", Cell::None),
        DialState::Failed(why) => ("failed", Cell::text(why.as_str())),
        DialState::Unknown(why) => ("unknown", Cell::text(why.as_str())),
    };
    let mut row = vec![
        Cell::None,
        Cell::word(state),
        Cell::word("outbound"),
        Cell::None,
        Cell::text(dial.what.as_str()),
    ];
    row.extend([
        Cell::None,
        Cell::None,
        Cell::None,
        Cell::Time(dial.requested.wall),
        Cell::None,
        Cell::None,
        reason,
    ]);
    row.extend([Cell::None, Cell::None, Cell::None, Cell::None, Cell::word(dial.tag.as_str()), Cell::None]);
    row.extend([Cell::None, Cell::None, Cell::None]);
    row
}

fn call_row(model: &Model, call: &Call, now: Now) -> Vec<Cell> {
    let moment = |state| call.entered(&state).map_or(Cell::None, |at| Cell::Time(wall(now, at)));
    let word = |shown: Option<&Shown>| shown.map_or(Cell::None, |shown| Cell::Text(shown.clone()));
    let kind = call.device.as_ref().map(|device| device.kind.as_str()).unwrap_or_default();
    let eyes: Vec<&str> = model.eyes(&call.id).map(|person| person.name.as_str()).collect();
    let running: Vec<&str> = call.running().map(|action| action.kind.word()).collect();
    vec![
        Cell::word(call.id.as_str()),
        Cell::word(call.state.as_str()),
        Cell::word(call.direction.as_ref().map(AsRef::as_ref).unwrap_or_default()),
        Cell::party(&call.from),
        Cell::party(&call.to),
        Cell::word(kind),
        word(call.context.as_ref()),
        Cell::Seconds(call.age(now.at)),
        moment(CallState::Created),
        moment(CallState::Answered),
        moment(CallState::Ended),
        Cell::word(call.end_reason.as_ref().map(AsRef::as_ref).unwrap_or_default()),
        Cell::word(recording(call)),
        Cell::word(&running.join(" ")),
        call.doubt.map(|doubt| now.at.since(doubt.since)).into(),
        Cell::word(call.peer.as_ref().map(crate::protocol::CallId::as_str).unwrap_or_default()),
        Cell::word(call.tag.as_ref().map(crate::protocol::Tag::as_str).unwrap_or_default()),
        Cell::word(call.node.as_ref().map(crate::protocol::NodeId::as_str).unwrap_or_default()),
        word(model.owner(&call.id)),
        Cell::word(&eyes.join(" ")),
        word(model.claimed_by(&call.id)),
    ]
}

fn recording(call: &Call) -> &'static str {
    match call.running_kind(ActionKind::Record).map(|action| &action.phase) {
        None => "",
        Some(Phase::Running) => "recording",
        Some(Phase::Paused) => "paused",
        Some(Phase::Unknown(_)) => "unknown",
        Some(_) => "asked",
    }
}

/// The wall clock at a moment.
fn wall(now: Now, at: At) -> Wall {
    now.wall.back(now.at.since(at))
}

/// One call: what is known of it, what ran on it, what happened, each a row.
#[must_use]
pub fn call(model: &Model, call: &Call, now: Now) -> Table {
    let columns = vec!["record", "at", "name", "value", "state", "seconds", "by", "control", "result"];
    let list = list(model, &[call], &[], now);
    let known = list.columns.iter().zip(list.rows.into_iter().flatten());
    let mut rows: Vec<Vec<Cell>> = known
        .filter(|(_, cell)| *cell != Cell::None)
        .map(|(name, cell)| record("property", Cell::None, name, cell))
        .collect();
    rows.extend(call.actions.iter().map(|action| action_row(model, action, now)));
    rows.extend(call.entries.iter().map(|entry| entry_row(model, entry)));
    Table { title: Shown::new(&format!("Call {}", describe::parties(call))), columns, rows }
}

fn record(record: &str, at: Cell, name: &str, value: Cell) -> Vec<Cell> {
    let mut row = vec![Cell::word(record), at, Cell::word(name), value];
    row.resize(9, Cell::None);
    row
}

/// What ran, for how long, by whom, and what came of it.
fn action_row(model: &Model, action: &Action, now: Now) -> Vec<Cell> {
    let keys = matches!(action.kind, ActionKind::SendDigits);
    let what = if keys { Cell::Keys(action.what.clone()) } else { Cell::text(action.what.as_str()) };
    let mut row = record("action", Cell::Time(wall(now, action.requested_at)), action.kind.word(), what);
    row[4] = Cell::word(phase(&action.phase));
    if !action.began_unseen() {
        row[5] = Cell::Seconds(action.ran_for(now.at));
    }
    row[6] = action.started_by().map_or_else(|| Cell::word("others"), |by| Cell::Text(model.name_of(by)));
    row[7] = Cell::word(action.control_id.as_str());
    row[8] = result(action);
    row
}

/// The phase of an action in a word.
#[must_use]
pub fn phase(phase: &Phase) -> &'static str {
    match phase {
        Phase::Requested => "requested",
        Phase::Accepted => "accepted",
        Phase::Running => "running",
        Phase::Paused => "paused",
        Phase::Done { successful: true } => "done",
        Phase::Done { successful: false } => "failed",
        Phase::Refused(_) => "refused",
        Phase::NotSent(_) => "not sent",
        Phase::Unknown(_) => "unknown",
    }
}

fn result(action: &Action) -> Cell {
    let yields = &action.yields;
    let refused = match &action.phase {
        Phase::Refused(why) => Some(format!("{} {}", why.code, why.message)),
        Phase::NotSent(why) | Phase::Unknown(why) => Some(why.to_string()),
        _ => None,
    };
    if let (None, Some(text)) = (&refused, &yields.text) {
        return Cell::Keys(Shown::new(text));
    }
    let heard = (!yields.heard.is_empty()).then(|| yields.heard.join(" "));
    let reason = yields.reason.as_ref().map(ToString::to_string);
    let found = refused.or_else(|| yields.url.clone()).or(heard).or_else(|| yields.document.clone());
    Cell::text(&found.or(reason).unwrap_or_default())
}

fn entry_row(model: &Model, entry: &Entry) -> Vec<Cell> {
    let keys =
        matches!(entry.family, Family::Collect | Family::Digits) || entry.word.as_str() == "send_digits";
    let text = if keys { Cell::Keys(entry.text.clone()) } else { Cell::Text(entry.text.clone()) };
    let kind = entry.family.word().trim_start_matches("> ");
    let mut row = record("event", Cell::Time(entry.now.wall), kind, text);
    row[4] = Cell::Word(entry.word.clone());
    row[5] = entry.round_trip().into();
    row[6] = model.author(entry).map_or(Cell::None, Cell::Text);
    row[7] = Cell::word(entry.control.as_ref().map(crate::protocol::ControlId::as_str).unwrap_or_default());
    row
}
