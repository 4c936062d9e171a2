//! What lies over the screen: the topmost layer, and the keys that can follow.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, centered, footer, form, help, lay_over, line, picker, results, words};
use crate::ui::input;
use crate::ui::layer::{Confirm, Layer, Text};
use crate::ui::picker::Kind;

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    if scene.app.layers.last().is_some_and(takes_eyes) {
        frame.buffer_mut().set_style(body, Style::new().add_modifier(Modifier::DIM));
    }
    match scene.app.layers.last() {
        Some(Layer::Help { scroll }) => help::draw(frame, body, scene, memory, *scroll),
        Some(Layer::Text(text)) => reading(frame, body, scene, text, memory),
        Some(Layer::Form(open)) => form::draw(frame, body, scene, open, memory),
        Some(Layer::Confirm(confirm)) => question(frame, body, scene, confirm, memory),
        Some(Layer::Picker(open)) => picker::draw(frame, body, scene, open, memory),
        Some(Layer::Line(open)) => line::completions(frame, body, scene, open, memory),
        Some(Layer::Results { number, scroll }) => {
            results::draw(frame, body, scene, memory, (*number, *scroll));
        }
        None => {}
    }
    hints(frame, body, scene, memory);
}

/// Whether what lies behind a layer steps back. A theme is looked at through its list, a filter while it is typed.
const fn takes_eyes(layer: &Layer) -> bool {
    match layer {
        Layer::Picker(picker) => !matches!(picker.kind, Kind::Themes),
        Layer::Line(_) => false,
        Layer::Form(_) | Layer::Confirm(_) | Layer::Results { .. } | Layer::Help { .. } | Layer::Text(_) => {
            true
        }
    }
}

fn reading(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, text: &Text, memory: &mut Memory) {
    lay_over(frame, body, scene, memory);
    let title = Line::from(scene.span(format!(" {} ", words::cut(text.title.as_str(), 60)), Role::Title));
    let last = (text.scroll + usize::from(body.height) - 2).min(text.lines.len());
    let more = format!(" {}-{last} of {} ", text.scroll + 1, text.lines.len());
    let block = scene.block(title, true).title_top(Line::from(scene.span(more, Role::Faint)).right_aligned());
    let inner = block.inner(body);
    frame.render_widget(block, body);
    let needle = text.find.to_lowercase();
    let lines: Vec<Line<'_>> = text
        .lines
        .iter()
        .skip(text.scroll)
        .map(|line| {
            let found = !needle.is_empty() && line.as_str().to_lowercase().contains(&needle);
            scene.span(format!(" {line}"), if found { Role::Key } else { Role::Text }).into()
        })
        .collect();
    frame.render_widget(Paragraph::new(lines).wrap(ratatui::widgets::Wrap { trim: false }), inner);
}

fn question(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, confirm: &Confirm, memory: &mut Memory) {
    let room = usize::from(body.width).saturating_sub(6).min(90);
    let wrapped: Vec<String> = confirm.lines.iter().flat_map(|line| hanging(line.as_str(), room)).collect();
    let widest = wrapped.iter().map(|line| Line::raw(line.as_str()).width()).max().unwrap_or(0).max(56);
    let width = u16::try_from(widest + 4).unwrap_or(u16::MAX);
    let height = u16::try_from(wrapped.len() + 4).unwrap_or(u16::MAX);
    let area = centered(body, width, height);
    lay_over(frame, area, scene, memory);
    let mut title = vec![scene.span(" Are you sure? ", Role::Bad)];
    if scene.app.config.framed {
        title.insert(
            0,
            scene.span(format!(" {} ", words::cut(scene.app.config.title.as_str(), 24)), Role::Frame),
        );
    }
    let mut block = scene.block(Line::from(title), true);
    if scene.app.config.framed {
        block = block.border_style(scene.style(Role::Frame));
    }
    let rows = usize::from(area.height).saturating_sub(4);
    let scroll = confirm.scroll.min(wrapped.len().saturating_sub(rows));
    if wrapped.len() > rows {
        let more = format!(" {}-{} of {}, j k scroll ", scroll + 1, scroll + rows, wrapped.len());
        block = block.title_top(Line::from(scene.span(more, Role::Faint)).right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut lines: Vec<Line<'_>> =
        wrapped.into_iter().skip(scroll).take(rows).map(|line| Line::raw(format!(" {line}"))).collect();
    lines.push(Line::default());
    let last = Rect { y: inner.y + lines.len() as u16, height: 1, ..inner }.intersection(inner);
    lines.push(agreement(scene, confirm, last, memory));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// What has to be typed to agree, on a line of the screen.
fn agreement<'a>(scene: &Scene<'a>, confirm: &Confirm, line: Rect, memory: &mut Memory) -> Line<'a> {
    let Some(count) = confirm.count else {
        return Line::from(footer::keys_shown(scene, &[("y", "yes"), ("Esc", "no")], line, memory));
    };
    let mut spans = vec![
        scene.span(" number of calls ", Role::Hint),
        scene.span(format!(" {}", confirm.typed), Role::FieldFocus),
        scene.caret(" "),
        scene.span("  ", Role::Text),
        scene.span(format!("{count} Enter"), Role::Key),
        scene.span(" goes on, ", Role::Hint),
    ];
    let used = spans.iter().map(|span| span.width() as u16).sum::<u16>().min(line.width);
    let rest = Rect { x: line.x + used, width: line.width - used, ..line };
    spans.extend(footer::keys_shown(scene, &[("Esc", "gives up")], rest, memory));
    Line::from(spans)
}

/// A line wrapped so that what is indented stays indented.
fn hanging(text: &str, room: usize) -> Vec<String> {
    let indent = text.len() - text.trim_start().len();
    let wrapped = words::wrapped(text, room.saturating_sub(indent));
    wrapped.into_iter().map(|line| format!("{}{line}", " ".repeat(indent))).collect()
}

/// The keys that can follow what was pressed so far.
fn hints(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let hints = input::hints(scene.app);
    if hints.is_empty() {
        return;
    }
    let pressed = scene.app.pressed.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let height = u16::try_from(hints.len() + 2).unwrap_or(u16::MAX).min(body.height);
    let width = 34.min(body.width);
    let area = Rect { x: body.right() - width, y: body.bottom() - height, width, height };
    lay_over(frame, area, scene, memory);
    let block = scene.block(Line::from(scene.span(format!(" {pressed} … "), Role::Key)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<Line<'_>> = hints
        .into_iter()
        .map(|(key, row)| {
            let can = crate::ui::availability::of(scene.app, scene.model, row.command).is_ok();
            let role = if can { Role::Key } else { Role::Faint };
            let title = if can { Role::Text } else { Role::Faint };
            Line::from(vec![scene.span(format!(" {key:<7}"), role), scene.span(row.title, title)])
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}
