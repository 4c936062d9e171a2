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
pub mod theme;
mod wall;
pub mod words;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use unicode_width::UnicodeWidthStr;

pub use theme::{Depth, Role, Theme, ThemeError};

use crate::model::Model;
use crate::time::{At, Now};
use crate::ui::app::{App, Pane};
use crate::ui::command::{Command, Screen};
use crate::ui::mouse::{Edge, Hit};
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
    hits: Vec<(Rect, Hit)>,
    seams: Vec<(Rect, Edge)>,
}

impl Memory {
    /// Something that can be clicked was drawn here, over what was drawn here before.
    pub(crate) fn hit(&mut self, area: Rect, hit: Hit) {
        self.hits.push((area, hit));
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

    /// A party of a call, as far as numbers are to be seen.
    pub fn party(&self, address: &str, width: usize) -> String {
        if self.app.masked { words::masked(address, width) } else { words::party(address, width) }
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

/// Whether there is room for everything at once.
const fn is_cockpit(area: Rect) -> bool {
    area.width >= 160 && area.height >= 46
}

/// On large screens the last lines are for alerts, unless they have their place among the rest; gives what is left.
fn alerts_below(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) -> Rect {
    let elsewhere =
        scene.app.screen == Screen::Alerts || scene.app.screen == Screen::Calls && is_cockpit(area);
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
    let right = scene.span("Esc leaves ", Role::Faint);
    frame.render_widget(Paragraph::new(left), line);
    if line.width > 78 {
        frame.render_widget(Paragraph::new(Line::from(right).right_aligned()), line);
    }
    rest
}

/// The list with a preview of the call under the cursor; at the largest size with the whole call beside it.
fn dashboard(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, live: &Scene<'_>, memory: &mut Memory) {
    if is_cockpit(area) {
        // The cockpit: tiles above, the last hour below.
        let [tiles, area, strips] =
            Layout::vertical([Constraint::Length(6), Constraint::Min(20), Constraint::Length(6)]).areas(area);
        wall::tiles_above(frame, tiles, scene);
        wall::strips_below(frame, strips, scene);
        let [top, bottom] = split(area, Edge::Below, scene.app.splits.above.unwrap_or(75), memory);
        let [left, right] = split(top, Edge::Beside, scene.app.splits.left.unwrap_or(58), memory);
        let [events, alerts] = split(bottom, Edge::Beside, scene.app.splits.left.unwrap_or(58), memory);
        calls::draw(frame, left, scene, memory);
        detail::column(frame, right, scene, memory);
        feed::draw(frame, events, scene, memory, true);
        return alerts::draw(frame, alerts, live, memory);
    }
    // The list takes what it needs, the rest shows the call; both keep a decent minimum.
    let preview = (area.height * 2 / 5).clamp(8, 18);
    let above = (area.height - preview) * 100 / area.height;
    let [top, bottom] = split(area, Edge::Below, scene.app.splits.above.unwrap_or(above), memory);
    calls::draw(frame, top, scene, memory);
    if area.width >= 110 {
        let [left, right] = split(bottom, Edge::Beside, scene.app.splits.left.unwrap_or(50), memory);
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
    let seam = match edge {
        Edge::Below => Rect { height: 1, ..parts[1] },
        Edge::Beside => Rect { width: 1, ..parts[1] },
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
fn lay_over(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
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

/// An area of this size in the middle of another, as far as it fits.
fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Makes everything on the line under the cursor legible there, whoever drew it; and only words and fields are
/// underlined, not the blanks that fill a column.
fn settle(buffer: &mut Buffer, theme: &Theme) {
    let field = theme.style(Role::Field).add_modifier;
    for cell in &mut buffer.content {
        let style = cell.style();
        if cell.symbol() == " " && style.add_modifier != field {
            cell.modifier.remove(Modifier::UNDERLINED);
        }
        if theme.is_under_cursor(style) {
            cell.set_style(theme.over(Role::Cursor, style));
        }
    }
}

/// Replaces lines and marks by ASCII. Texts of people keep their letters.
fn asciify(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let plain = match cell.symbol() {
            "─" => "-",
            "│" => "|",
            "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" => "+",
            "…" => "^",
            "·" | "▁" | "▂" => ".",
            "▃" | "▄" | "░" => ":",
            "▅" | "▆" => "|",
            "▇" | "█" => "#",
            symbol if symbol.chars().next().is_some_and(|c| ('\u{2400}'..='\u{2426}').contains(&c)) => "?",
            _ => continue,
        };
        cell.set_symbol(plain);
    }
}
