//! A line being typed: its text with the cursor, what is wrong with it, and what could stand there.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as Text, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::theme::Role;
use super::{Memory, Scene, lay_over, words};
use crate::protocol::Shown;
use crate::ui::line::Line;

/// The line itself: label, text with the cursor in view, hint or error.
pub(super) fn typed<'a>(scene: &Scene<'a>, line: &Line, width: usize) -> Text<'a> {
    let label = line.purpose.label();
    let (text, cursor) = (line.text(), line.cursor());
    let room = width.saturating_sub(label.width() + 3);
    let before = Shown::whole(&text[..cursor]);
    let mut rest = text[cursor..].chars();
    let under = rest.next().map_or(" ".to_owned(), |c| Shown::whole(&c.to_string()).to_string());
    let after = Shown::whole(rest.as_str());
    // The end before the cursor is what is being typed: it stays in view.
    let before = words::tail(before.as_str(), room.saturating_sub(under.width())).to_owned();
    let left = room.saturating_sub(before.width() + under.width());
    let after = words::cut(after.as_str(), left);
    let left = left.saturating_sub(after.width() + 2);
    let (note, role) = match &line.error {
        Some((at, what)) => {
            let word = text.get(at.clone()).unwrap_or_default();
            let word = if word.is_empty() { String::new() } else { format!("{}: ", Shown::new(word)) };
            (format!("! {word}{what}"), Role::Bad)
        }
        None => (line.purpose.hint().to_owned(), Role::Hint),
    };
    Text::from(vec![
        Span::raw(" "),
        scene.span(label, Role::Key),
        scene.span(before, Role::FieldFocus),
        scene.caret(under),
        scene.span(after, Role::FieldFocus),
        Span::raw("  "),
        scene.span(words::cut(&note, left), role),
    ])
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
    let wrong = line.error.as_ref().map(|(_, what)| what.as_str()).unwrap_or_default();
    if all.is_empty() && wrong.width() + 10 < usize::from(body.width) / 2 {
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
        let wrapped = words::wrapped(wrong, room);
        lines.extend(wrapped.into_iter().map(|text| Text::from(scene.span(format!(" {text}"), Role::Bad))));
    }
    let title = if all.len() > count { format!(" {} of {} ", count, all.len()) } else { String::new() };
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(body.height);
    let width = 78.min(body.width);
    let area = Rect { x: body.x, y: body.bottom() - height, width, height };
    lay_over(frame, area, scene, memory);
    let block = scene.block(Text::from(scene.span(title, Role::Faint)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inner);
}
