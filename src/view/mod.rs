//! State to pixels. The only place that knows widgets; it changes nothing but its own [`Memory`].

mod actions;
mod alerts;
mod calls;
mod cell;
mod chart;
pub mod cut;
mod detail;
mod feed;
mod flow;
mod footer;
mod form;
mod header;
mod help;
mod line;
mod log;
mod picker;
mod popup;
mod results;
mod stand;
pub mod theme;
mod wall;
pub mod words;

use ratatui::Frame;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use unicode_width::UnicodeWidthStr;

pub use theme::{Depth, Role, Theme, ThemeError};

use crate::model::{Model, mask};
use crate::time::{At, Now};
use crate::ui::app::{App, Pane};
use crate::ui::command::{Command, Screen};
use crate::ui::mouse::{Edge, Hit, is_cockpit};
use crate::ui::tour;

/// How to draw.
#[derive(Debug, Clone)]
pub struct Look {
    /// The theme.
    pub theme: Theme,
    /// Whether only ASCII is drawn for lines and marks.
    pub ascii: bool,
}

/// What drawing remembers between frames: how far each pane is scrolled, and what is where, for the mouse.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    list: usize,
    actions: usize,
    alerts: usize,
    /// The number of the entry on the first line.
    feed: Option<u64>,
    flow: usize,
    form: usize,
    log: usize,
    wall: usize,
    /// The first line of the last page of the topmost layer.
    most: usize,
    hits: Vec<(Rect, Hit)>,
    seams: Vec<(Rect, Edge)>,
}

impl Memory {
    /// Something that can be clicked was drawn here, over what was drawn here before.
    pub(crate) fn hit(&mut self, area: Rect, hit: Hit) {
        self.hits.push((area, hit));
    }

    /// How far the topmost layer can be scrolled: to where its last page is full.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.most
    }

    /// The first of so many lines to show, of which a page has room for `page`.
    pub(crate) fn scrolled(&mut self, scroll: usize, lines: usize, page: usize) -> usize {
        self.most = lines.saturating_sub(page);
        scroll.min(self.most)
    }

    /// What was drawn last at a column and line.
    #[must_use]
    pub fn at(&self, column: u16, line: u16) -> Option<Hit> {
        let place = ratatui::layout::Position { x: column, y: line };
        self.hits.iter().rev().find(|(area, _)| area.contains(place)).map(|(_, hit)| hit.clone())
    }
}

/// Everything a pane needs to draw itself.
pub(crate) struct Scene<'a> {
    pub app: &'a App,
    pub model: &'a Model,
    pub now: Now,
    pub theme: &'a Theme,
}

impl Scene<'_> {
    pub fn at(&self) -> At {
        self.now.at
    }

    /// The main key of a command, as it is shown.
    pub fn key(&self, command: Command) -> String {
        self.app.config.keymap.key_of(command)
    }

    /// The main keys of several commands, as they are shown.
    pub fn keys(&self, commands: &[Command]) -> String {
        commands.iter().map(|command| self.key(*command)).collect::<Vec<_>>().join(" ")
    }

    /// Whether others have to do with these calls, whom a hub tells of.
    pub fn has_others(&self) -> bool {
        self.model.applications().len() > 0
    }

    /// A party of a call, as far as numbers are to be seen.
    pub fn party(&self, address: &str, width: usize) -> String {
        if self.app.masked { words::masked(address, width) } else { words::party(address, width) }
    }

    /// A text with numbers in it, as far as they are to be seen.
    pub fn seen(&self, text: &str) -> String {
        if self.app.masked { mask::within(text) } else { text.to_owned() }
    }

    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    pub fn span<'s>(&self, text: impl Into<std::borrow::Cow<'s, str>>, role: Role) -> Span<'s> {
        // The ground of ordinary text is that of the screen: it must not show through a line under the cursor.
        let style =
            if role == Role::Text { Style { bg: None, ..self.style(role) } } else { self.style(role) };
        Span::styled(text, style)
    }

    /// The frame of a pane.
    pub fn block<'s>(&self, title: Line<'s>, focused: bool) -> Block<'s> {
        let role = if focused { Role::BorderFocus } else { Role::Border };
        Block::bordered().border_set(border::PLAIN).border_style(self.style(role)).title_top(title)
    }

    /// Draws the frame of a pane and returns what is inside. `left` and `right` are the parts of its title; those for
    /// which there is no room are left out whole, the last of the left and the first of the right before others.
    pub fn pane(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        mut left: Vec<Span<'_>>,
        mut right: Vec<Span<'_>>,
        focused: bool,
    ) -> Rect {
        let wide = |spans: &[Span<'_>]| spans.iter().map(|span| cut::columns(&span.content)).sum::<usize>();
        // Both ends of the frame stay, so that the title is seen to be one.
        let room = usize::from(area.width).saturating_sub(4);
        while left.len() > 1 && wide(&left) > room {
            left.pop();
        }
        if let [only] = left.as_mut_slice() {
            only.content = cut::cut(&only.content, room).into();
        }
        while !right.is_empty() && wide(&left) + wide(&right) + 2 > room {
            right.remove(0);
        }
        let mut block = self.block(Line::from(left), focused);
        if !right.is_empty() {
            block = block.title_top(Line::from(right).right_aligned());
        }
        let inner = block.inner(area);
        frame.render_widget(block, area);
        inner
    }

    /// Whether the pane has the keys.
    pub fn has_keys(&self, pane: Pane) -> bool {
        self.app.layers.is_empty() && self.app.pane == pane
    }

    /// What stands where the next letter goes.
    pub fn caret<'s>(&self, under: impl Into<std::borrow::Cow<'s, str>>) -> Span<'s> {
        Span::styled(under, self.theme.caret())
    }

    /// The style of the line under the cursor.
    pub fn cursor(&self, pane: Pane) -> Style {
        self.style(if self.has_keys(pane) { Role::Cursor } else { Role::CursorAway })
    }
}

/// Draws the console.
pub fn draw(frame: &mut Frame<'_>, app: &App, model: &Model, now: Now, look: &Look, memory: &mut Memory) {
    let area = frame.area();
    memory.hits.clear();
    memory.seams.clear();
    let (shown, shown_now) = app.shown(model, now);
    let scene = Scene { app, model: shown, now: shown_now, theme: &look.theme };
    frame.buffer_mut().set_style(area, scene.style(Role::Text));
    if area.width < 40 || area.height < 10 {
        header::counts_only(frame, area, &scene);
    } else {
        let live = Scene { app, model, now, theme: &look.theme };
        whole(frame, area, &scene, &live, memory);
    }
    settle(frame.buffer_mut(), &look.theme);
    if look.ascii {
        asciify(frame.buffer_mut());
    }
}

fn whole(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, live: &Scene<'_>, memory: &mut Memory) {
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(2), Constraint::Min(3), Constraint::Length(2)]).areas(area);
    header::draw(frame, head, scene, live);
    let body = tour(frame, body, live);
    let small = area.width < 80 || area.height < 24;
    let whole = body;
    let body = alerts_below(frame, body, live, memory);
    match scene.app.screen {
        Screen::Calls if small => calls::draw(frame, body, scene, memory),
        Screen::Calls => dashboard(frame, body, scene, live, memory),
        Screen::Detail => detail::draw(frame, body, scene, memory),
        Screen::Events => feed::draw(frame, body, scene, memory, true),
        Screen::Acts => log::draw(frame, body, scene, memory),
        Screen::Flow => flow::draw(frame, body, scene, memory),
        Screen::Alerts => alerts::draw(frame, body, live, memory),
        Screen::Wall => wall::draw(frame, body, scene, memory),
    }
    // The frames of panes lie on the edges between them; what lies over the panes lies over the edges too.
    let seams = std::mem::take(&mut memory.seams);
    memory.hits.extend(seams.into_iter().map(|(area, edge)| (area, Hit::Edge(edge))));
    footer::draw(frame, foot, live, memory);
    popup::draw(frame, whole, live, memory);
}

/// On large screens the last lines are for alerts, unless they have their place among the rest; gives what is left.
fn alerts_below(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) -> Rect {
    let elsewhere = scene.app.screen == Screen::Alerts
        || scene.app.screen == Screen::Calls && is_cockpit((area.width, area.height));
    if elsewhere || !scene.app.panes().contains(&Pane::Alerts) {
        return area;
    }
    let height = if area.height >= 50 { 8 } else { 5 };
    let [rest, below] = Layout::vertical([Constraint::Min(3), Constraint::Length(height)]).areas(area);
    alerts::draw(frame, below, scene, memory);
    rest
}

/// The tour takes the last line of the screen's middle; gives what is left.
fn tour(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>) -> Rect {
    let Some((step, steps, says)) = tour::says(scene.app) else { return body };
    let [rest, line] = Layout::vertical([Constraint::Min(3), Constraint::Length(1)]).areas(body);
    frame.buffer_mut().set_style(line, scene.style(Role::Popup));
    let left = Line::from(vec![
        scene.span(format!(" tour {step}/{steps} "), Role::Key),
        scene.span(format!(" {says}"), Role::Title),
    ]);
    let right = scene.span(format!("{} leaves ", scene.key(Command::Escape)), Role::Faint);
    frame.render_widget(Paragraph::new(left), line);
    if line.width > 78 {
        frame.render_widget(Paragraph::new(Line::from(right).right_aligned()), line);
    }
    rest
}

/// The list with a preview of the call under the cursor; at the largest size with the whole call beside it.
fn dashboard(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, live: &Scene<'_>, memory: &mut Memory) {
    let splits = scene.app.splits;
    let share = |edge: Edge| splits.share(edge, (area.width, area.height));
    let (above, left) = (share(Edge::Below), share(Edge::Beside));
    if is_cockpit((area.width, area.height)) {
        // The cockpit: tiles above, the last hour below.
        let [tiles, area, strips] =
            Layout::vertical([Constraint::Length(6), Constraint::Min(20), Constraint::Length(6)]).areas(area);
        wall::tiles_above(frame, tiles, scene);
        wall::strips_below(frame, strips, scene);
        let [top, bottom] = split(area, Edge::Below, above, memory);
        let [list, right] = split(top, Edge::Beside, left, memory);
        let [events, alerts] = split(bottom, Edge::Beside, left, memory);
        calls::draw(frame, list, scene, memory);
        detail::column(frame, right, scene, memory);
        feed::draw(frame, events, scene, memory, true);
        return alerts::draw(frame, alerts, live, memory);
    }
    let [top, bottom] = split(area, Edge::Below, above, memory);
    calls::draw(frame, top, scene, memory);
    if area.width >= 110 {
        let [left, right] = split(bottom, Edge::Beside, left, memory);
        actions::draw(frame, left, scene, memory, true);
        feed::draw(frame, right, scene, memory, true);
    } else {
        detail::preview(frame, bottom, scene, memory);
    }
}

/// Two parts of an area, the first with so many percent; the edge between them can be dragged.
fn split(area: Rect, edge: Edge, percent: u16, memory: &mut Memory) -> [Rect; 2] {
    let constraints = [Constraint::Percentage(percent), Constraint::Min(1)];
    let parts: [Rect; 2] = match edge {
        Edge::Below => Layout::vertical(constraints).areas(area),
        Edge::Beside => Layout::horizontal(constraints).areas(area),
    };
    // The frames of both parts.
    let seam = match edge {
        Edge::Below => Rect { y: parts[1].y.saturating_sub(1), height: 2, ..parts[1] },
        Edge::Beside => Rect { x: parts[1].x.saturating_sub(1), width: 2, ..parts[1] },
    };
    memory.seams.push((seam, edge));
    parts
}

/// How far a list is scrolled so that the cursor is in view.
fn scrolled(offset: usize, cursor: usize, height: usize, count: usize) -> usize {
    let most = count.saturating_sub(height);
    let lowest = (cursor + 1).saturating_sub(height);
    offset.clamp(lowest, cursor.max(lowest)).min(most)
}

/// Clears an area for something that lies over the screen.
fn lay_over(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    memory.hit(area, Hit::Over);
    frame.render_widget(Clear, area);
    let buffer = frame.buffer_mut();
    // A wide letter whose second half is covered would hide what covers it.
    if let Some(x) = area.x.checked_sub(1) {
        for y in area.top()..area.bottom() {
            if let Some(cell) = buffer.cell_mut((x, y)).filter(|cell| cell.symbol().width() > 1) {
                cell.set_symbol(" ");
            }
        }
    }
    buffer.set_style(area, scene.style(Role::Popup));
}

/// The line in the middle of an area, for the word on an empty pane.
fn middle_line(area: Rect) -> Rect {
    Rect { y: area.y + area.height.saturating_sub(1) / 2, height: area.height.min(1), ..area }
}

/// The width of something that lies over an area: all of it where little would peek out beside.
const fn wide(area: Rect, wanted: u16) -> u16 {
    if wanted + 6 > area.width { area.width } else { wanted }
}

/// An area of this size in the middle of another, as far as it fits.
fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (wide(area, width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Makes everything on the line under the cursor legible there, whoever drew it; and only fields, words and the one
/// blank between two words are underlined, not the blanks that fill a column.
fn settle(buffer: &mut Buffer, theme: &Theme) {
    let field = theme.style(Role::Field).add_modifier;
    let is_word = |cell: &Cell| cell.symbol() != " " && cell.modifier.contains(Modifier::UNDERLINED);
    for row in buffer.content.chunks_mut(usize::from(buffer.area.width).max(1)) {
        for place in 0..row.len() {
            let style = row[place].style();
            let between = [place.checked_sub(1), place.checked_add(1)]
                .into_iter()
                .all(|beside| beside.and_then(|beside| row.get(beside)).is_some_and(is_word));
            let cell = &mut row[place];
            if cell.symbol() == " " && style.add_modifier != field && !between {
                cell.modifier.remove(Modifier::UNDERLINED);
            }
            if theme.is_under_cursor(style) {
                cell.set_style(theme.over(Role::Cursor, style));
            }
        }
    }
}

/// Replaces lines and marks by ASCII, and letters that are none by as many question marks as they are wide.
fn asciify(buffer: &mut Buffer) {
    let mut covered = 0;
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        let plain = match symbol {
            _ if covered > 0 => "?",
            symbol if symbol.is_ascii() => continue,
            "─" => "-",
            "│" => "|",
            "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" => "+",
            "…" => "~",
            "·" | "▁" | "▂" => ".",
            "▃" | "▄" | "░" => ":",
            "▅" | "▆" => "|",
            "▇" | "█" => "#",
            _ => "?",
        };
        covered = if covered > 0 { covered - 1 } else { symbol.width().saturating_sub(1) };
        cell.set_symbol(plain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(buffer: &Buffer) -> String {
        buffer.content.iter().map(Cell::symbol).collect()
    }

    #[test]
    fn in_ascii_every_letter_is_ascii_and_as_wide_as_it_was() {
        let mut buffer = Buffer::with_lines(["│山田 Jo… é·x│"]);
        asciify(&mut buffer);
        assert_eq!(screen(&buffer), "|???? Jo~ ?.x|");
    }

    #[test]
    fn a_sentence_is_underlined_without_holes_and_its_padding_is_not() {
        let theme = Theme::load(Some("colour-blind-safe"), Depth::True).unwrap_or_else(|e| panic!("{e}"));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 14, 1));
        buffer.set_string(0, 0, " it is bad    ", theme.style(Role::Bad));
        settle(&mut buffer, &theme);
        let lined = |cell: &Cell| if cell.modifier.contains(Modifier::UNDERLINED) { '_' } else { ' ' };
        assert_eq!(buffer.content.iter().map(lined).collect::<String>(), " _________    ");
    }
}
