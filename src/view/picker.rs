//! A list to choose from.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, centered, lay_over, line, scrolled, words};
use crate::ui::mouse::Hit;
use crate::ui::picker::{Item, Picker};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    body: Rect,
    scene: &Scene<'_>,
    picker: &Picker,
    memory: &mut Memory,
) {
    let search = u16::from(picker.query.is_some()) * 2;
    let height = if picker.query.is_some() {
        body.height
    } else {
        u16::try_from(picker.items.len()).unwrap_or(u16::MAX).saturating_add(2)
    };
    let area = centered(body, 78, height);
    lay_over(frame, area, scene);
    let mut block = scene.block(Line::from(scene.span(format!(" {} ", picker.title), Role::Title)), true);
    if picker.query.is_some() {
        let count = format!(" {} ", picker.items.len());
        block = block.title_top(Line::from(scene.span(count, Role::Faint)).right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if let Some(query) = &picker.query {
        let line = line::typed(scene, query, usize::from(inner.width));
        frame.render_widget(Paragraph::new(line), Rect { height: 1.min(inner.height), ..inner });
    }
    let body = Rect { y: inner.y + search, height: inner.height.saturating_sub(search), ..inner };
    let height = usize::from(body.height);
    let offset =
        scrolled(picker.cursor.saturating_sub(height / 2), picker.cursor, height, picker.items.len());
    let widths = Widths::of(picker, usize::from(inner.width));
    for (area, (index, item)) in body.rows().zip(picker.items.iter().enumerate().skip(offset)) {
        if index == picker.cursor {
            frame.buffer_mut().set_style(area, scene.style(Role::Cursor));
        }
        memory.hit(area, Hit::Item(index));
        frame.render_widget(Paragraph::new(row(scene, item, &widths, index == picker.cursor)), area);
    }
    if picker.items.is_empty() {
        frame.render_widget(Paragraph::new(scene.span("  nothing fits", Role::Faint)), body);
    }
}

/// Widths of the parts of a line.
struct Widths {
    class: usize,
    key: usize,
    label: usize,
    about: usize,
    switches: bool,
}

impl Widths {
    fn of(picker: &Picker, width: usize) -> Self {
        use unicode_width::UnicodeWidthStr;
        let class = if picker.items.iter().any(|item| !item.class.is_empty()) { 5 } else { 0 };
        let widest = |part: fn(&Item) -> usize| picker.items.iter().map(part).max().unwrap_or(0);
        let key = widest(|item| item.key.width()).min(10);
        let label = widest(|item| item.label.as_str().width()).min(width * 2 / 5).max(8);
        let switches = picker.items.iter().any(|item| item.on.is_some());
        let used = 1 + class + key + 2 + label + 2 + usize::from(switches) * 4;
        Self { class, key, label, about: width.saturating_sub(used), switches }
    }
}

fn row<'a>(scene: &Scene<'a>, item: &Item, widths: &Widths, under_cursor: bool) -> Line<'a> {
    let can = item.why_not.is_none();
    let (key, text) = if can { (Role::Key, Role::Text) } else { (Role::Faint, Role::Faint) };
    let about = item.why_not.as_ref().map_or_else(|| item.about.to_string(), |why| format!("({why})"));
    let mut spans = vec![Span::raw(if under_cursor { ">" } else { " " })];
    if widths.switches {
        let mark = match item.on {
            Some(true) => "[x] ",
            Some(false) => "[ ] ",
            None => "    ",
        };
        spans.push(scene.span(mark, text));
    }
    if widths.class > 0 {
        spans.push(scene.span(words::fit(item.class, widths.class), Role::Faint));
    }
    if widths.key > 0 {
        spans.push(scene.span(words::fit(&item.key, widths.key + 2), key));
    }
    spans.push(scene.span(words::fit(item.label.as_str(), widths.label + 2), text));
    spans.push(scene.span(words::cut(&about, widths.about), Role::Faint));
    Line::from(spans)
}
