//! A ladder as rows: one per line, with the frames behind it.

use serde_json::Value;

use super::table::{Cell, Table, moment};
use crate::flow::draw::Layout;
use crate::flow::{Arrow, Kind, Ladder, Lane, Step};
use crate::model::Model;
use crate::protocol::Shown;
use crate::time::Wall;

/// Columns that the drawn ladder is wide.
const WIDTH: usize = 100;

/// Its lines as a table.
#[must_use]
pub fn table(ladder: &Ladder, model: &Model) -> Table {
    let columns = vec![
        "at",
        "after_seconds",
        "leg",
        "kind",
        "word",
        "caller_side",
        "service_side",
        "text",
        "control",
        "by",
        "round_trip_seconds",
        "entries",
        "frames",
    ];
    Table {
        title: Shown::new(&title(ladder)),
        columns,
        rows: ladder.steps.iter().map(|step| row(ladder, model, step)).collect(),
    }
}

fn row(ladder: &Ladder, model: &Model, step: &Step) -> Vec<Cell> {
    let near = |arrow: &&Arrow| matches!(arrow.from, Lane::Leg(_)) || matches!(arrow.to, Lane::Leg(_));
    let side = |wanted: bool| {
        let arrow = step.arrows.iter().find(|arrow| near(arrow) == wanted);
        arrow.map_or(Cell::None, |arrow| {
            let label =
                format!("{} {} {}", name(ladder, arrow.from), shaft(arrow.kind), name(ladder, arrow.to));
            Cell::text(&format!("{label}: {}", arrow.label))
        })
    };
    let leg = step.leg.map(|leg| name(ladder, Lane::Leg(leg))).unwrap_or_default();
    let frames = step.seqs.iter().filter_map(|seq| serde_json::from_str(model.frames().get(*seq)?).ok());
    let frames: Vec<Value> = frames.collect();
    vec![
        Cell::Time(step.now.wall),
        step.delta.into(),
        Cell::word(&leg),
        Cell::word(step.family.word().trim_start_matches("> ")),
        Cell::Word(step.word.clone()),
        side(true),
        side(false),
        Cell::Text(step.band.map_or_else(|| step.text.clone(), |band| band.text(time_of_day))),
        step.control.as_ref().map_or(Cell::None, |control| Cell::Word(control.clone())),
        Cell::word(step.by.as_str()),
        step.round_trip.into(),
        Cell::Count(step.ids.len() as u64),
        if frames.is_empty() { Cell::None } else { Cell::Frames(frames) },
    ]
}

/// An upright's name.
pub(super) fn name(ladder: &Ladder, lane: Lane) -> String {
    ladder.heads.iter().find(|head| head.lane == lane).map(|head| head.role.clone()).unwrap_or_default()
}

const fn shaft(kind: Kind) -> &'static str {
    match kind {
        Kind::Command | Kind::Event => "->",
        Kind::Audio => "~>",
        Kind::State | Kind::Lasting => "==",
    }
}

/// As the time of each line.
fn time_of_day(wall: Wall) -> String {
    moment(wall).get(11..19).unwrap_or_default().to_owned()
}

/// Whom the ladder is about.
fn title(ladder: &Ladder) -> String {
    let legs = ladder.heads.iter().rev().filter(|head| head.call.is_some()).skip(1);
    let legs = legs.map(|head| format!(", {} {}", head.role, head.party).trim_end().to_owned());
    format!("Call flow: {}{}", ladder.parties, legs.collect::<String>())
}

/// The ladder as it is drawn, in ASCII.
pub(super) fn text(ladder: &Ladder) -> String {
    let layout = Layout::new(ladder, WIDTH, 0);
    let mut out = title(ladder) + "\n";
    if ladder.dropped > 0 {
        out += &format!("{} older entries are no longer kept\n", ladder.dropped);
    }
    out.push('\n');
    let indent = " ".repeat(34);
    let [roles, parties] = layout.heads(ladder, indent.len());
    for head in [indent + &roles, parties] {
        out += head.trim_end();
        out.push('\n');
    }
    for step in &ladder.steps {
        let delta = step.delta.map(|delta| format!("+{:.3}", delta.as_secs_f64())).unwrap_or_default();
        let row: String = layout.row(step, time_of_day).into_iter().map(|(_, piece)| piece).collect();
        out += format!("{}  {delta:>7}  {row}", moment(step.now.wall)).trim_end();
        out.push('\n');
    }
    out.replace(['─', '·'], "-").replace('│', "|").replace('…', "^")
}
