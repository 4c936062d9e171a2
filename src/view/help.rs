//! Every key, made from the command table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Scene, lay_over, words};
use crate::ui::chord;
use crate::ui::command::{COMMANDS, Group};

const LEGEND: [&str; 2] = [
    "WORDS  CRE created  RNG ringing  ANS answered  END ending  REC recorded  PAU paused  A running actions",
    "SIGNS  > cursor  ~ not confirmed since the link was lost  · started elsewhere  small word: asked, not yet so",
];

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, scroll: usize) {
    lay_over(frame, body, scene);
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

/// All groups flowing through so many columns, each column as long as the next.
fn table<'a>(scene: &Scene<'a>, columns: usize, width: usize) -> Vec<Line<'a>> {
    let column = width / columns;
    let mut cells: Vec<(String, Option<&'static str>)> = Vec::new();
    for group in Group::ALL {
        cells.push((String::new(), Some(group.title())));
        for row in COMMANDS.iter().filter(|row| row.group == group) {
            let keys = row.keys.iter().map(|keys| chord::shown(keys)).collect::<Vec<_>>().join(", ");
            cells.push((keys, Some(row.title)));
        }
        cells.push((String::new(), None));
    }
    let length = cells.len().div_ceil(columns);
    (0..length)
        .map(|line| {
            let here = (0..columns).filter_map(|index| cells.get(index * length + line));
            let mut spans = Vec::new();
            for (keys, title) in here {
                match (keys.as_str(), title) {
                    (_, None) => spans.push(scene.span(" ".repeat(column), Role::Text)),
                    ("", Some(heading)) => {
                        spans.push(scene.span(format!(" {heading:<0$}", column - 1), Role::Title))
                    }
                    (keys, Some(title)) => {
                        spans.push(scene.span(format!("  {:<15}", words::cut(keys, 14)), Role::Key));
                        let room = column.saturating_sub(17);
                        spans.push(scene.span(
                            format!("{:<room$}", words::cut(title, room.saturating_sub(1))),
                            Role::Text,
                        ));
                    }
                }
            }
            Line::from(spans)
        })
        .collect()
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
