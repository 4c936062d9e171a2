//! Every key, made from the command table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, lay_over, words};
use crate::ui::command::{COMMANDS, Group, Row};

const LEGEND: [&str; 2] = [
    "WORDS  CRE created  RNG ringing  ANS answered  END ending  REC recorded  PAU paused  A running actions",
    "SIGNS  > cursor  ~ not confirmed since the link was lost  small word: asked, not yet so",
];

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, memory: &mut Memory, scroll: usize) {
    lay_over(frame, body, scene, memory);
    let block = scene
        .block(Line::from(scene.span(" Help: every key ", Role::Title)), true)
        .title_top(Line::from(scene.span(" j k scroll, Esc closes ", Role::Faint)).right_aligned());
    let inner = block.inner(body);
    frame.render_widget(block, body);
    let columns = (usize::from(inner.width) / 38).max(1);
    let mut lines = table(scene, columns, usize::from(inner.width));
    lines.push(Line::default());
    for legend in LEGEND {
        lines.extend(
            wrapped(legend, usize::from(inner.width).saturating_sub(2))
                .map(|text| Line::from(scene.span(format!(" {text}"), Role::Faint))),
        );
    }
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    let shown: Vec<_> = lines.into_iter().skip(scroll).collect();
    frame.render_widget(Paragraph::new(shown), inner);
}

/// A line of the table: a heading, a key with what it does, or nothing.
enum Cell {
    Heading(&'static str),
    Keys(String, &'static str),
    Gap,
}

fn group(scene: &Scene<'_>, group: Group) -> Vec<Cell> {
    let keymap = &scene.app.config.keymap;
    let mut cells = vec![Cell::Heading(group.title())];
    let rows: Vec<&Row> =
        COMMANDS.iter().filter(|row| row.group == group && keymap.key(row).is_some()).collect();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 && row.pairs_with(rows[index - 1]) {
            continue;
        }
        let other = rows.get(index + 1).filter(|next| next.pairs_with(row));
        // Of a pair the main key of each, else every key there is.
        let shown: Vec<String> = match other {
            Some(other) => [keymap.key(row), keymap.key(other)].into_iter().flatten().collect(),
            None => keymap.keys(row),
        };
        cells.push(Cell::Keys(shown.join(if other.is_some() { " " } else { ", " }), row.title));
    }
    cells.push(Cell::Gap);
    cells
}

/// All groups flowing through so many columns. A group is broken only where it does not fit at all.
fn table<'a>(scene: &Scene<'a>, columns: usize, width: usize) -> Vec<Line<'a>> {
    let groups: Vec<Vec<Cell>> = Group::ALL.into_iter().map(|each| group(scene, each)).collect();
    let total: usize = groups.iter().map(Vec::len).sum();
    let mut length = total.div_ceil(columns);
    while fill(&groups, length).len() > columns {
        length += 1;
    }
    let filled = fill(&groups, length);
    let column = width / columns;
    let line = |index: usize| {
        let spans = filled.iter().flat_map(|cells| match cells.get(index) {
            Some(Cell::Heading(title)) => vec![scene.span(format!(" {title:<0$}", column - 1), Role::Title)],
            Some(Cell::Keys(keys, title)) => {
                let room = column.saturating_sub(16);
                let title = words::cut(title, room.saturating_sub(1));
                vec![
                    scene.span(format!("  {:<14}", words::cut(keys, 13)), Role::Key),
                    scene.span(format!("{title:<room$}"), Role::Text),
                ]
            }
            Some(Cell::Gap) | None => vec![scene.span(" ".repeat(column), Role::Text)],
        });
        Line::from_iter(spans)
    };
    (0..length).map(line).collect()
}

/// The groups in columns of at most this length.
fn fill(groups: &[Vec<Cell>], length: usize) -> Vec<Vec<&Cell>> {
    let mut columns: Vec<Vec<&Cell>> = vec![Vec::new()];
    for group in groups {
        // The gap at the end of a column needs no room.
        let fits = |column: &Vec<&Cell>| column.len() + group.len() - 1 <= length;
        if !columns.last().is_some_and(fits) && group.len() <= length + 1 {
            columns.push(Vec::new());
        }
        for cell in group {
            if columns.last().is_some_and(|column| column.len() >= length) {
                if matches!(cell, Cell::Gap) {
                    continue;
                }
                columns.push(Vec::new());
            }
            if let Some(column) = columns.last_mut() {
                column.push(cell);
            }
        }
    }
    columns
}

fn wrapped(text: &'static str, width: usize) -> impl Iterator<Item = String> {
    let mut lines = vec![String::new()];
    for word in text.split("  ") {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + word.chars().count() + 2 > width {
            lines.push(format!("       {word}"));
        } else {
            let gap = if lines[last].is_empty() { "" } else { "  " };
            lines[last].push_str(&format!("{gap}{word}"));
        }
    }
    lines.into_iter()
}
