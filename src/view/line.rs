//! A line being typed: its text with the cursor, what there is to say of it, and what could stand there.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line as Text, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::theme::Role;
use super::{Memory, Scene, lay_over, wide, words};
use crate::protocol::Shown;
use crate::ui::command_line;
use crate::ui::line::Line;

/// The line itself: label, and the text with the cursor in view; what is wrong in it is underlined.
pub(super) fn typed<'a>(scene: &Scene<'a>, line: &Line, width: usize) -> Text<'a> {
    let label = line.purpose.label();
    let (text, cursor) = (line.text(), line.cursor());
    let mut room = width.saturating_sub(label.width() + 2);
    let next = text[cursor..].chars().next().map_or(cursor, |c| cursor + c.len_utf8());
    let under = if next > cursor { Shown::whole(&text[cursor..next]).to_string() } else { " ".to_owned() };
    room = room.saturating_sub(under.width());
    // The end before the cursor is what is being typed: it stays in view.
    let mut before = Vec::new();
    for (part, wrong) in parts(line, 0..cursor).into_iter().rev() {
        let shown = Shown::whole(part);
        let shown = words::tail(shown.as_str(), room).to_owned();
        room -= shown.width();
        before.insert(0, span(scene, line, shown, wrong));
    }
    let mut spans = vec![Span::raw(" "), scene.span(label, Role::Key)];
    spans.extend(before);
    spans.push(scene.caret(under));
    for (part, wrong) in parts(line, next..text.len()) {
        let shown = words::cut(Shown::whole(part).as_str(), room);
        room -= shown.width();
        spans.push(span(scene, line, shown, wrong));
    }
    Text::from(spans)
}

/// A range of the text in up to three parts: before what is wrong, that, and behind it.
fn parts(line: &Line, range: Range<usize>) -> Vec<(&str, bool)> {
    let text = line.text();
    let wrong = line.error.as_ref().map_or(range.end..range.end, |(at, _)| at.clone());
    let [from, to] = [wrong.start, wrong.end].map(|at| at.clamp(range.start, range.end));
    [(range.start..from, false), (from..to, true), (to..range.end, false)]
        .into_iter()
        .map(|(range, wrong)| (text.get(range).unwrap_or_default(), wrong))
        .filter(|(part, _)| !part.is_empty())
        .collect()
}

fn span<'a>(scene: &Scene<'a>, line: &Line, text: String, wrong: bool) -> Span<'a> {
    let span = scene.span(text, Role::FieldFocus);
    if !wrong {
        return span;
    }
    let style = Style { fg: scene.style(Role::Bad).fg, ..Style::new() };
    let style = if line.is_wrong() { style } else { Style::new() };
    span.patch_style(style.add_modifier(Modifier::UNDERLINED))
}

/// What there is to say of the line, above it: what is wrong, or what Enter does. What is too long for that stands
/// where the completions are.
pub(super) fn note<'a>(scene: &Scene<'a>, line: &Line, width: usize) -> Text<'a> {
    match &line.error {
        Some(_) if wrong(line).width() > width => Text::default(),
        Some(_) if line.is_wrong() => scene.span(wrong(line), Role::Bad).into(),
        Some(_) => scene.span(wrong(line), Role::Faint).into(),
        None => {
            let says = command_line::says(scene.app, line, scene.model, scene.now);
            scene.span(words::cut(&format!(" {says}"), width), Role::Hint).into()
        }
    }
}

/// What is wrong with the line, and with which word of it; empty when nothing is.
fn wrong(line: &Line) -> String {
    let Some((at, what)) = &line.error else { return String::new() };
    let word = Shown::new(line.text().get(at.clone()).unwrap_or_default());
    let mark = if line.is_wrong() { "! " } else { "" };
    match word.as_str() {
        "" => format!(" {mark}{what}"),
        // Most say which word they mean.
        word if what.as_str().contains(word) => format!(" {mark}{what}"),
        word => format!(" {mark}{word}: {what}"),
    }
}

/// What could stand at the cursor, above the line.
pub(super) fn completions(
    frame: &mut Frame<'_>,
    body: Rect,
    scene: &Scene<'_>,
    line: &Line,
    memory: &mut Memory,
) {
    let all = &line.completions;
    let wrong = wrong(line);
    let wrong = if wrong.width() > usize::from(body.width) { wrong.trim_start() } else { "" };
    if all.is_empty() && wrong.is_empty() {
        return;
    }
    let count = all.len().min(8).min(usize::from(body.height).saturating_sub(2));
    let mut lines: Vec<Text<'_>> = Vec::new();
    let first = line.chosen.map_or(0, |chosen| chosen.saturating_sub(count.saturating_sub(1)));
    for (index, completion) in all.iter().enumerate().skip(first).take(count) {
        let role = if line.chosen == Some(index) { Role::Cursor } else { Role::Text };
        lines.push(Text::from(vec![
            scene.span(format!(" {} ", words::fit(Shown::new(&completion.text).as_str(), 22)), role),
            scene.span(
                words::cut(Shown::new(&completion.help).as_str(), usize::from(body.width).saturating_sub(30)),
                Role::Faint,
            ),
        ]));
    }
    if !wrong.is_empty() {
        let room = usize::from(body.width).saturating_sub(6);
        let role = if line.is_wrong() { Role::Bad } else { Role::Faint };
        let wrapped = words::wrapped(wrong, room);
        lines.extend(wrapped.into_iter().map(|text| Text::from(scene.span(format!(" {text}"), role))));
    }
    let title = if all.len() > count { format!(" {} of {} ", count, all.len()) } else { String::new() };
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(body.height);
    let width = wide(body, 78);
    let area = Rect { x: body.x, y: body.bottom() - height, width, height };
    lay_over(frame, area, scene, memory);
    let block = scene.block(Text::from(scene.span(title, Role::Faint)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inner);
}
