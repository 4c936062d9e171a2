//! The two lines of keys at the bottom, and messages that go away by themselves.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::theme::Role;
use super::{Memory, Scene, line, words};
use crate::model::Tone;
use crate::ui::availability;
use crate::ui::chord::Chord;
use crate::ui::command::{COMMANDS, Command, Focus, Row};
use crate::ui::layer::Layer;
use crate::ui::mouse::Hit;
use crate::ui::outbox::Hold;
use crate::ui::picker::Kind;

/// Draws both lines. A message takes the lower one; so does a line being typed.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let [upper, lower] = area.rows().collect::<Vec<_>>()[..] else { return };
    let typed = match scene.app.layers.last() {
        Some(Layer::Line(open)) => Some(line::typed(scene, open, usize::from(area.width))),
        _ => None,
    };
    let second = typed.or_else(|| message(scene));
    let room = if second.is_some() { vec![upper] } else { vec![upper, lower] };
    let lines = keys(scene, &room, memory);
    for (area, line) in room.iter().zip(lines) {
        frame.render_widget(Paragraph::new(line), *area);
    }
    if let Some(line) = second {
        frame.render_widget(Paragraph::new(line), lower);
    }
}

fn message<'a>(scene: &Scene<'a>) -> Option<Line<'a>> {
    if let Some((batch, hold)) = scene.app.outbox.held().next_back() {
        let others = match scene.app.outbox.held().count() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let (text, role) = match hold {
            Hold::Ends(call, action) => {
                let action = scene.model.call(call).and_then(|call| call.action(action));
                let what = action.map(|action| words::cut(action.what.as_str(), 20)).unwrap_or_default();
                let title = words::cut(batch.title.as_str(), 19);
                (format!(" {title}{others} waits for the end of {what} "), Role::Intent)
            }
            Hold::Until(until) => {
                let left = until.since(scene.at()).as_secs_f64().ceil();
                let what = match batch.items.len() {
                    1 => words::parties(batch.items[0].who.as_str(), 44),
                    count => format!("{count} calls"),
                };
                (format!(" hanging up {what}{others} in {left:.0} s "), Role::Bad)
            }
        };
        return Some(Line::from(vec![
            scene.span(text, role),
            scene.span(scene.key(Command::Undo), Role::Key),
            scene.span(" takes it back", Role::Hint),
        ]));
    }
    if let Some(batch) = scene.app.outbox.leaving().next_back() {
        let (left, ..) = batch.counts();
        return Some(Line::from(vec![
            scene.span(format!(" {}: {left} of {} have left ", batch.title, batch.items.len()), Role::Intent),
            scene.span(scene.key(Command::Undo), Role::Key),
            scene.span(" stops the rest", Role::Hint),
        ]));
    }
    let toast = scene.app.toast.as_ref()?;
    let role = match toast.tone {
        Tone::Bad => Role::Bad,
        Tone::Good => Role::Good,
        Tone::Plain | Tone::Faint => Role::Text,
    };
    let mark = if toast.tone == Tone::Bad { "! " } else { "" };
    // A whole sentence that is underlined is hard to read.
    let words = scene.style(role).remove_modifier(Modifier::UNDERLINED);
    Some(Line::from(vec![
        Span::raw(" "),
        scene.span(mark, role),
        Span::styled(toast.text.to_string(), Style { bg: None, ..words }),
    ]))
}

/// The keys of what lies over the screen, when that is no form.
fn over<'a>(scene: &Scene<'a>, area: Rect, memory: &mut Memory) -> Option<Line<'a>> {
    let keys: &[(&str, &str)] = match scene.app.layers.last()? {
        Layer::Form(_) | Layer::Text(_) => return None,
        Layer::Line(_) | Layer::Confirm(_) => &[],
        Layer::Picker(picker) => match picker.kind {
            Kind::Acts => {
                &[("j k", "move"), ("Enter", "do it"), ("the key shown", "does it too"), ("Esc", "close")]
            }
            Kind::Palette => &[
                ("Enter", "run"),
                ("Tab", "fill in and edit"),
                ("Up Down", "move"),
                ("^u", "clear"),
                ("Esc", "close"),
            ],
            Kind::Columns => &[("Space", "show or hide"), ("< >", "move"), ("Enter", "close")],
            Kind::Themes => &[("j k", "look"), ("Enter", "keep"), ("Esc", "as it was")],
            Kind::Views | Kind::Rules | Kind::Sort | Kind::Waits | Kind::Formats => {
                &[("the key shown", "chooses"), ("j k", "move"), ("Enter", "choose"), ("Esc", "close")]
            }
        },
        Layer::Help { .. } | Layer::Results { .. } => &[("j k", "scroll"), ("Esc", "close")],
    };
    Some(Line::from(keys_shown(scene, keys, area, memory)))
}

/// Keys with what they do, at the beginning of an area. Clicking one presses it.
pub(super) fn keys_shown<'a>(
    scene: &Scene<'a>,
    keys: &[(&str, &str)],
    area: Rect,
    memory: &mut Memory,
) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    let mut x = area.x;
    let mut click = |x: u16, width: usize, key: &str| {
        if let Some(chord) = Chord::parse(key) {
            memory.hit(Rect { x, width: width as u16, ..area }.intersection(area), Hit::Press(chord));
        }
    };
    for (key, title) in keys {
        let key_width = key.width() + 1;
        // What they do is that of the first of several.
        click(x + 1, key_width + title.width(), key.split(' ').next().unwrap_or_default());
        let mut at = x + 1;
        for word in key.split(' ') {
            click(at, word.width(), word);
            at += word.width() as u16 + 1;
        }
        x += (key_width + title.width() + 2) as u16;
        spans.push(scene.span(format!(" {key}"), Role::Key));
        spans.push(scene.span(format!(" {title} "), Role::Hint));
    }
    spans
}

/// The keys that are worth showing here, in as many lines as there are. Those that cannot be used now are faint.
fn keys<'a>(scene: &Scene<'a>, areas: &[Rect], memory: &mut Memory) -> Vec<Line<'a>> {
    let focus = scene.app.focus();
    let first = areas.first().copied().unwrap_or_default();
    if let Some(line) = over(scene, first, memory) {
        return vec![line];
    }
    let scoped = matches!(focus, Focus::Form | Focus::Text | Focus::Results | Focus::Picker);
    let here = |row: &&Row| {
        row.footer > 0 && (row.focus.contains(&focus) || (!scoped && row.focus.contains(&Focus::Global)))
    };
    let mut rows: Vec<&Row> = COMMANDS.iter().filter(here).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.footer));
    let mut lines = vec![vec![Span::raw(" ")]; areas.len()];
    let mut used = vec![1; areas.len()];
    for row in rows {
        let Some(key) = scene.app.config.keymap.key(row) else { continue };
        let wide = key.width() + 1 + row.title.len() + 2;
        let fits = |line: &usize| used[*line] + wide <= usize::from(areas[*line].width) + 1;
        let Some(line) = (0..areas.len()).find(fits) else { continue };
        let area = areas[line];
        let x = area.x + used[line] as u16;
        memory.hit(Rect { x, width: wide as u16 - 2, ..area }.intersection(area), Hit::Key(row.command));
        used[line] += wide;
        let can = availability::of(scene.app, scene.model, row.command).is_ok();
        lines[line].push(scene.span(key, if can { Role::Key } else { Role::Faint }));
        lines[line].push(Span::raw(" "));
        lines[line].push(scene.span(words::cut(row.title, 20), if can { Role::Hint } else { Role::Faint }));
        lines[line].push(Span::raw("  "));
    }
    lines.into_iter().map(Line::from).collect()
}
