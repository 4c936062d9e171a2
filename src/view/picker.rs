//! A list to choose from.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, centered, lay_over, line, scrolled, words};
use crate::ui::mouse::Hit;
use crate::ui::picker::{Item, Kind, Pick, Picker};

/// A list is no wider, however wide the screen is.
const WIDEST: u16 = 78;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    body: Rect,
    scene: &Scene<'_>,
    picker: &Picker,
    memory: &mut Memory,
) {
    let searched = picker.query.is_some();
    let widths = Widths::of(picker, usize::from(body.width.min(WIDEST)).saturating_sub(4));
    let title = words::columns(picker.title) + 6;
    let wanted = u16::try_from(widths.all().max(title) + 4).unwrap_or(u16::MAX);
    // A list that is searched stands still while it shrinks.
    let width = if searched { WIDEST } else { wanted };
    let rows = u16::try_from(picker.items.len()).unwrap_or(u16::MAX).saturating_add(2);
    let area = centered(body, width, if searched { body.height } else { rows });
    // What a theme looks like is seen beside the list of themes.
    let aside = matches!(picker.kind, Kind::Themes) && body.width > area.width + 2;
    let area = if aside { Rect { x: body.right() - area.width - 2, ..area } } else { area };
    lay_over(frame, area, scene, memory);
    let count = if searched {
        vec![scene.span(format!(" {} of {} ", picker.items.len(), picker.total), Role::Faint)]
    } else {
        Vec::new()
    };
    let title = vec![scene.span(format!(" {} ", picker.title), Role::Title)];
    let inner = scene.pane(frame, area, title, count, true);
    let mut list = inner;
    if let Some(query) = &picker.query {
        // The query above, what the line under the cursor does below.
        let [line, _, middle, _, below] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(inner);
        frame.render_widget(Paragraph::new(line::typed(scene, query, usize::from(inner.width))), line);
        frame.render_widget(Paragraph::new(about(scene, picker, usize::from(inner.width))), below);
        list = middle;
    }
    let height = usize::from(list.height);
    let offset =
        scrolled(picker.cursor.saturating_sub(height / 2), picker.cursor, height, picker.items.len());
    for (area, (index, item)) in list.rows().zip(picker.items.iter().enumerate().skip(offset)) {
        if index == picker.cursor {
            frame.buffer_mut().set_style(area, scene.style(Role::Cursor));
        }
        memory.hit(area, Hit::Item(index));
        frame.render_widget(Paragraph::new(row(scene, item, &widths, index == picker.cursor)), area);
    }
    if picker.items.is_empty() {
        frame.render_widget(Paragraph::new(scene.span("  Nothing fits.", Role::Faint)), list);
    }
}

/// More about the item under the cursor.
fn about<'a>(scene: &Scene<'a>, picker: &Picker, width: usize) -> Line<'a> {
    let Some(item) = picker.chosen() else { return Line::default() };
    let (text, role) = match &item.why_not {
        Some(why) => (format!(" not now: {why}"), Role::Intent),
        None => (format!(" {}", item.about), Role::Hint),
    };
    scene.span(words::cut(&text, width), role).into()
}

/// Cells of the parts of a line; none where no item has such a part.
struct Widths {
    mark: usize,
    class: usize,
    key: usize,
    label: usize,
    about: usize,
    /// Whether one of all is on, rather than each on or off.
    one_of: bool,
    /// Whether the key comes before the label: where keys choose.
    key_first: bool,
}

impl Widths {
    fn of(picker: &Picker, room: usize) -> Self {
        if picker.query.is_some() {
            // What the item under the cursor does stands below the list.
            let (class, key) = (4, 14);
            let label = room.saturating_sub(2 + gap(class) + gap(key));
            return Self { mark: 0, class, key, label, about: 0, one_of: false, key_first: false };
        }
        let widest = |part: fn(&Item) -> usize| picker.items.iter().map(part).max().unwrap_or(0);
        let mark = if picker.items.iter().any(|item| item.on.is_some()) { 4 } else { 0 };
        let class = widest(|item| item.class.len());
        let key = widest(|item| words::columns(&item.key)).min(16);
        let label = widest(|item| words::columns(item.label.as_str()));
        let left = room.saturating_sub(2 + mark + gap(class) + gap(key));
        let label = label.min(left * 2 / 5).max(8).min(left);
        let about = widest(|item| words::columns(&more(item)));
        let about = about.min(left.saturating_sub(label + 2));
        Self {
            mark,
            class,
            key,
            label,
            about,
            one_of: picker.items.iter().all(|item| item.on != Some(false)),
            key_first: true,
        }
    }

    const fn all(&self) -> usize {
        2 + self.mark + gap(self.class) + gap(self.key) + self.label + gap(self.about)
    }
}

/// A part that is there and the gap beside it.
const fn gap(width: usize) -> usize {
    if width == 0 { 0 } else { width + 2 }
}

fn more(item: &Item) -> String {
    item.why_not.as_ref().map_or_else(|| item.about.to_string(), |why| format!("({why})"))
}

fn row<'a>(scene: &Scene<'a>, item: &Item, widths: &Widths, under_cursor: bool) -> Line<'a> {
    let can = item.why_not.is_none();
    let (key_role, text) = if can { (Role::Key, Role::Text) } else { (Role::Faint, Role::Faint) };
    let part = |text: &str, width: usize, role: Role| match width {
        0 => Span::raw(""),
        _ => scene.span(words::fit(text, width) + "  ", role),
    };
    let mark = match (item.on, widths.one_of) {
        (Some(true), true) => "(o)",
        (_, true) => "( )",
        (Some(true), false) => "[x]",
        (Some(false), false) => "[ ]",
        (None, false) => "",
    };
    let mark = if widths.mark > 0 { words::fit(mark, widths.mark) } else { String::new() };
    let key = part(&item.key, widths.key, key_role);
    let mut label = match (&item.pick, item.label.as_str().split_once(": ")) {
        (Pick::Call(_), Some((what, both))) => {
            format!("{what}: {}", words::parties(both, widths.label.saturating_sub(what.len() + 2)))
        }
        _ => item.label.to_string(),
    };
    if widths.about == 0 && !can {
        label = format!("{label}  {}", more(item));
    }
    let label = part(&label, widths.label, text);
    let (first, second) = if widths.key_first { (key, label) } else { (label, key) };
    Line::from(vec![
        Span::raw(if under_cursor { "> " } else { "  " }),
        scene.span(mark, text),
        part(item.class, widths.class, Role::Faint),
        first,
        second,
        scene.span(words::cut(&more(item), widths.about), Role::Faint),
    ])
}
