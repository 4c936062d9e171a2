//! What stands in a cell of the list, and how wide its column is.

use super::theme::Role;
use super::{Scene, alerts, words};
use crate::model::Call;
use crate::protocol::Shown;
use crate::ui::column::Column;
use crate::ui::hub;

/// Least and most width of a column, without the gap behind it. Zero is no limit.
pub(super) const fn widths(column: Column) -> (usize, usize) {
    match column {
        Column::State | Column::Direction | Column::Recording => (3, 3),
        Column::Acts => (1, 1),
        Column::From | Column::To => (11, 22),
        Column::Context => (6, 14),
        Column::Age | Column::Heard => (6, 6),
        Column::Verdict => (7, 8),
        Column::Delay => (5, 5),
        Column::Next => (10, 30),
        Column::Alert | Column::Note => (8, 0),
        Column::Reason => (9, 10),
        Column::Tag => (8, 20),
        Column::Owner => (6, 14),
        Column::Eyes => (4, 16),
        Column::Id => (13, 36),
        Column::Node => (8, 20),
        Column::Kind => (5, 6),
    }
}

/// The width that makes a column good to read, before any grows further.
const fn wanted(column: Column) -> usize {
    match column {
        Column::From | Column::To => 16,
        Column::Context | Column::Owner => 8,
        Column::Eyes => 6,
        Column::Alert => 11,
        Column::Next => 14,
        _ => 0,
    }
}

/// The columns that fit into so many cells, each with its width; what is left over goes to those that can use it.
pub(super) fn fit(columns: &[Column], first: usize, room: usize) -> Vec<(Column, usize)> {
    let mut out: Vec<(Column, usize)> = Vec::new();
    let mut left = room;
    for &column in columns.iter().skip(first) {
        let (least, _) = widths(column);
        let gap = usize::from(!out.is_empty());
        if left < least + gap {
            break;
        }
        left -= least + gap;
        out.push((column, least));
    }
    let grow = |out: &mut Vec<(Column, usize)>, left: &mut usize, to: fn(Column) -> usize| {
        let mut grew = true;
        while *left > 0 && grew {
            grew = false;
            for (column, width) in out.iter_mut().filter(|(column, width)| *width < to(*column)) {
                if *left > 0 {
                    *width += 1;
                    *left -= 1;
                    grew = true;
                }
                let _ = column;
            }
        }
    };
    grow(&mut out, &mut left, wanted);
    grow(&mut out, &mut left, |column| match widths(column) {
        (_, 0) => usize::MAX,
        (_, most) => most,
    });
    out
}

/// The alert on a call; else what is worth knowing about it, to which an alert that somebody has acknowledged gives
/// way. Where there is room left, the newest note on it, unless that has a column of its own.
fn alert(scene: &Scene<'_>, call: &Call, width: usize) -> (String, Role) {
    let known = words::note(call);
    let alert = scene.app.board.shown().of(&call.id);
    let (text, role) = match alert.filter(|alert| alert.is_open() || known.0.is_empty()) {
        Some(alert) => {
            let (mark, role) = alerts::mark(alert);
            (short_rule(mark, alert.rule.as_str(), width), role)
        }
        None => known,
    };
    let note = call.note.as_ref().filter(|_| !scene.app.list.columns.contains(&Column::Note));
    match note {
        Some(note) if text.is_empty() => (scene.seen(note.text.as_str()), Role::Text),
        Some(note) if words::columns(&text) + NOTE <= width => {
            (format!("{text}  {}", scene.seen(note.text.as_str())), role)
        }
        Some(_) | None => (text, role),
    }
}

/// Columns behind something else that make it worth to begin a note.
const NOTE: usize = 12;

/// The mark of an alert and its rule, such as `ringing > 60s`. Where there is little room, the limit stays: `ring>60s`.
fn short_rule(mark: &str, rule: &str, width: usize) -> String {
    let whole = format!("{mark} {rule}");
    let Some(place) = rule.find(['>', '<', '=']).filter(|_| words::columns(&whole) > width) else {
        return whole;
    };
    let (about, limit) = (rule[..place].trim_end(), rule[place..].replace(' ', ""));
    let room = width.saturating_sub(words::columns(mark) + 1 + words::columns(&limit));
    let about = if words::columns(about) <= room { about } else { words::head(about, room.min(4)) };
    format!("{mark} {about}{limit}")
}

/// What stands in a cell.
pub(super) fn cell(scene: &Scene<'_>, column: Column, call: &Call, width: usize) -> (String, Role) {
    let strayed = scene.app.list.rows.strayed.as_ref() == Some(&call.id);
    let plain = if call.is_live() && !strayed { Role::Text } else { Role::Faint };
    let word = |text: Option<&Shown>| (text.map(ToString::to_string).unwrap_or_default(), plain);
    let id = |text: Option<&str>| {
        (text.map(|text| words::middle(Shown::new(text).as_str(), width)).unwrap_or_default(), plain)
    };
    match column {
        Column::State => {
            let (state, role) = words::state(call);
            (state.to_owned(), role)
        }
        Column::Direction => (words::direction(call).to_owned(), plain),
        Column::From => (scene.party(call.from.as_str(), width), plain),
        Column::To => (scene.party(call.to.as_str(), width), plain),
        Column::Context => word(call.context.as_ref()),
        Column::Age if call.doubt.is_some() => (words::doubt(call.doubt, scene.at()), Role::Doubt),
        Column::Age => (words::span(call.age(scene.at())), plain),
        Column::Recording if !call.is_live() => (String::new(), Role::Faint),
        Column::Recording => {
            let (rec, role) = words::recording(call);
            (rec.to_owned(), role)
        }
        Column::Acts => {
            let running = call.running().count();
            (if running > 0 { running.to_string() } else { "-".into() }, plain)
        }
        Column::Alert if scene.app.outbox.hanging_up(&call.id) => ("hanging up".to_owned(), Role::Intent),
        Column::Alert if strayed => ("no match".to_owned(), Role::Faint),
        Column::Alert => alert(scene, call, width),
        Column::Verdict => words::verdict(call),
        Column::Delay => (call.verdict_after(scene.at()).map(words::short).unwrap_or_default(), plain),
        Column::Next => {
            let (text, role) = words::next_step(call);
            (scene.seen(&text), role)
        }
        Column::Note => {
            let note = call.note.as_ref();
            (note.map(|note| scene.seen(note.text.as_str())).unwrap_or_default(), plain)
        }
        Column::Reason => word(call.end_reason.as_ref().map(|reason| Shown::new(reason.as_str())).as_ref()),
        Column::Tag => id(call.tag.as_ref().map(super::super::protocol::id::Tag::as_str)),
        Column::Owner => word(scene.model.owner(&call.id)),
        Column::Eyes => {
            let eyes = hub::eyes(scene.app, scene.model, &call.id);
            let claimed = eyes.first().is_some_and(|name| name.ends_with('*'));
            (eyes.join(" "), if claimed { Role::AlertWarn } else { plain })
        }
        Column::Id => id(Some(call.id.as_str())),
        Column::Node => id(call.node.as_ref().map(super::super::protocol::id::NodeId::as_str)),
        Column::Kind => id(call.device.as_ref().map(|device| device.kind.as_str())),
        Column::Heard => (words::span(scene.at().since(call.last_heard)), plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_stays_where_there_is_little_room() {
        for (mark, rule, width, text) in [
            ("!", "long > 20m", 12, "! long > 20m"),
            ("!", "long > 20m", 11, "! long>20m"),
            ("!!", "ringing > 60s", 11, "!! ring>60s"),
            ("!", "not recorded", 11, "! not recorded"),
        ] {
            assert_eq!(short_rule(mark, rule, width), text);
        }
    }
}
