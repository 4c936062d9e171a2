//! What this program asked for, as a table.

use super::table::{Cell, Table};
use crate::model::{Act, Fate, Model};

/// One row per command, in the order given.
#[must_use]
pub fn table<'a>(model: &Model, acts: impl Iterator<Item = &'a Act>) -> Table {
    let columns = vec![
        "at",
        "act",
        "what",
        "parties",
        "outcome",
        "text",
        "round_trip_seconds",
        "call_id",
        "control",
        "tag",
        "reason",
        "by",
    ];
    Table { title: "Acts".into(), columns, rows: acts.map(|act| row(model, act)).collect() }
}

fn row(model: &Model, act: &Act) -> Vec<Cell> {
    let what = if act.method == "send_digits" {
        Cell::Keys(act.what.clone())
    } else {
        Cell::text(act.what.as_str())
    };
    let ending = act.ending.as_ref();
    vec![
        Cell::Time(act.now.wall),
        Cell::word(act.method),
        what,
        Cell::text(act.parties.as_str()),
        Cell::word(ending.map_or("open", |ending| fate(ending.fate))),
        ending.map_or(Cell::None, |ending| Cell::Text(ending.text.clone())),
        ending.and_then(|ending| ending.round_trip).into(),
        Cell::word(act.call.as_ref().map(crate::protocol::CallId::as_str).unwrap_or_default()),
        Cell::word(act.control.as_ref().map(crate::protocol::ControlId::as_str).unwrap_or_default()),
        Cell::word(act.tag.as_ref().map(crate::protocol::Tag::as_str).unwrap_or_default()),
        Cell::text(act.reason.as_str()),
        Cell::Text(model.name_of(&act.by)),
    ]
}

/// How far a command came, in words.
#[must_use]
pub const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Accepted => "accepted",
        Fate::Refused => "refused",
        Fate::NotSent => "not sent",
        Fate::Unknown => "unknown",
    }
}
