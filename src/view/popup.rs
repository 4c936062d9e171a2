//! What lies over the screen: the topmost layer, and the keys that can follow.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::theme::Role;
use super::{Memory, Scene, centered, footer, form, help, lay_over, line, picker, results, words};
use crate::protocol::Shown;
use crate::ui::input;
use crate::ui::layer::{Agreed, Confirm, Layer, Reasons, Text};
use crate::ui::mouse::Hit;
use crate::ui::picker::Kind;

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    if scene.app.layers.last().is_some_and(takes_eyes) {
        frame.buffer_mut().set_style(body, Style::new().add_modifier(Modifier::DIM));
    }
    // What is looked for in a text is typed under it.
    if let [.., behind, Layer::Line(_)] = &scene.app.layers[..] {
        layer(frame, body, scene, behind, memory);
    }
    if let Some(top) = scene.app.layers.last() {
        layer(frame, body, scene, top, memory);
    }
    hints(frame, body, scene, memory);
}

fn layer(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, layer: &Layer, memory: &mut Memory) {
    match layer {
        Layer::Help { scroll, find } => help::draw(frame, body, scene, (*scroll, find), memory),
        Layer::Text(text) => reading(frame, body, scene, text, memory),
        Layer::Form(open) => form::draw(frame, body, scene, open, memory),
        Layer::Confirm(confirm) => question(frame, body, scene, confirm, memory),
        Layer::Picker(open) => picker::draw(frame, body, scene, open, memory),
        Layer::Line(open) => line::completions(frame, body, scene, open, memory),
        Layer::Results { number, scroll } => results::draw(frame, body, scene, (*number, *scroll), memory),
    }
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
    let (room, page) =
        (usize::from(body.width).saturating_sub(3), usize::from(body.height).saturating_sub(2));
    // What has no room on a page needs not be folded to know that.
    let part = |line: &Shown| words::folded(words::head(line.as_str(), room * (page + 1)), room);
    // Scrolling goes by lines of the text, however many they take on the screen.
    let mut tail = 0;
    let ends = text.lines.iter().rev().take_while(|line| {
        tail += part(line).len();
        tail <= page
    });
    let last_page = ends.count().max(1);
    let scroll = memory.scrolled(text.scroll, text.lines.len(), last_page);
    let needle = text.find.to_lowercase();
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut last = scroll;
    for line in text.lines.iter().skip(scroll) {
        if lines.len() >= page {
            break;
        }
        last += 1;
        let found = !needle.is_empty() && line.as_str().to_lowercase().contains(&needle);
        let role = if found { Role::Key } else { Role::Text };
        let rows = part(line);
        lines.extend(rows.into_iter().map(|row| Line::from(scene.span(format!(" {row}"), role))));
    }
    let title = Line::from(scene.span(format!(" {} ", words::cut(text.title.as_str(), 60)), Role::Title));
    let more = format!(" {}-{last} of {} ", (scroll + 1).min(last), text.lines.len());
    let block = scene.block(title, true).title_top(Line::from(scene.span(more, Role::Faint)).right_aligned());
    let inner = block.inner(body);
    frame.render_widget(block, body);
    frame.render_widget(Paragraph::new(lines), inner);
}

fn question(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, confirm: &Confirm, memory: &mut Memory) {
    let room = usize::from(body.width).saturating_sub(6).min(90);
    let wrapped: Vec<String> =
        confirm.lines.iter().flat_map(|line| words::folded(&scene.seen(line.as_str()), room)).collect();
    // The keys have room in it, too; reasons are folded to fit.
    let least = if confirm.reasons.is_some() { 66.min(room) } else { 56 };
    let widest = wrapped.iter().map(|line| line.width()).max().unwrap_or(0).max(least);
    let digits = confirm.count.is_none();
    let why = confirm.reasons.as_ref().map(|reasons| why(scene, reasons, digits, widest)).unwrap_or_default();
    let width = u16::try_from(widest + 4).unwrap_or(u16::MAX);
    let below = why.len() + 4;
    let height = u16::try_from(wrapped.len() + below).unwrap_or(u16::MAX);
    let area = centered(body, width, height);
    lay_over(frame, area, scene, memory);
    // An act on several calls is named above their list: here is how many they are.
    let title = match (&confirm.then, confirm.count) {
        (Agreed::Act(batch), Some(1)) => format!(" {}: 1 call ", capital(&scene.seen(batch.title.as_str()))),
        (Agreed::Act(batch), Some(count)) => {
            format!(" {}: {count} calls ", capital(&scene.seen(batch.title.as_str())))
        }
        _ => " Are you sure? ".to_owned(),
    };
    let mut title = vec![scene.span(words::cut(&title, room), Role::Bad)];
    let config = &scene.app.config;
    if config.framed {
        let name = format!(" {} ", words::cut(config.title.as_str(), 24));
        title.insert(0, scene.span(name, Role::Frame));
    }
    let mut block = scene.block(Line::from(title), true);
    if config.framed {
        block = block.border_style(scene.style(Role::Frame));
    }
    let rows = usize::from(area.height).saturating_sub(below);
    let scroll = memory.scrolled(confirm.scroll, wrapped.len(), rows);
    if wrapped.len() > rows {
        let more = format!(" {}-{} of {}, j k scroll ", scroll + 1, scroll + rows, wrapped.len());
        block = block.title_top(Line::from(scene.span(more, Role::Faint)).right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut lines: Vec<Line<'_>> =
        wrapped.into_iter().skip(scroll).take(rows).map(|line| Line::raw(format!(" {line}"))).collect();
    lines.push(Line::default());
    lines.extend(why.into_iter().map(|row| Line::from(scene.span(format!(" {row}"), Role::Hint))));
    let last = Rect { y: inner.y + lines.len() as u16, height: 1, ..inner }.intersection(inner);
    lines.push(agreement(scene, confirm, last, memory));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// A text with a capital at its beginning.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The reason that is given, or those that are ready, each on one line with its digit where a digit gives it.
fn why(scene: &Scene<'_>, reasons: &Reasons, digits: bool, room: usize) -> Vec<String> {
    if !reasons.given.as_str().is_empty() {
        return vec![words::cut(&format!("reason: {}", scene.seen(reasons.given.as_str())), room)];
    }
    let mut rows = vec![if reasons.required { "Why? (needed)" } else { "Why?" }.to_owned()];
    for (reason, digit) in reasons.ready.iter().zip(1..=Reasons::DIGITS) {
        let reason = scene.seen(reason.as_str());
        let item = if digits { format!("  {digit} {reason}") } else { format!("  {reason}") };
        match rows.last_mut() {
            Some(row) if row.width() + item.width() <= room => row.push_str(&item),
            _ => rows.push(format!("    {item}")),
        }
    }
    rows
}

/// What has to be typed to agree, on a line of the screen.
fn agreement<'a>(scene: &Scene<'a>, confirm: &Confirm, line: Rect, memory: &mut Memory) -> Line<'a> {
    let asked = confirm.reasons.as_ref();
    let Some(count) = confirm.count else {
        let ready = asked
            .filter(|reasons| reasons.given.as_str().is_empty())
            .map_or(0, |reasons| reasons.ready.len());
        let digits = match ready.min(Reasons::DIGITS) {
            0 => String::new(),
            1 => "1".to_owned(),
            last => format!("1-{last}"),
        };
        let mut keys = vec![("y", "yes")];
        keys.extend((!digits.is_empty()).then_some((digits.as_str(), "yes, for that reason")));
        keys.extend(asked.map(|_| ("r", "another reason")));
        keys.push(("Esc", "no"));
        return Line::from(footer::keys_shown(scene, &keys, line, memory));
    };
    let mut spans = vec![
        scene.span(format!(" type {count} and Enter: "), Role::Hint),
        scene.span("[", Role::Faint),
        scene.span(confirm.typed.clone(), Role::FieldFocus),
        scene.caret(" "),
        scene.span("]  ", Role::Faint),
    ];
    let used = spans.iter().map(|span| span.width() as u16).sum::<u16>().min(line.width);
    let rest = Rect { x: line.x + used, width: line.width - used, ..line };
    let mut keys = vec![("Esc", "gives up")];
    keys.extend(asked.filter(|reasons| !reasons.ready.is_empty()).map(|_| ("Tab", "reason")));
    keys.extend(asked.map(|_| ("r", "another")));
    spans.extend(footer::keys_shown(scene, &keys, rest, memory));
    Line::from(spans)
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
    for ((_, row), area) in hints.iter().zip(inner.rows()) {
        memory.hit(area, Hit::Key(row.command));
    }
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
