//! The wallboard: tiles, the table by context, the chart, the end reasons.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line as Text, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, chart, scrolled, words};
use crate::alert::About;
use crate::filter::Level;
use crate::model::mask;
use crate::protocol::Shown;
use crate::ui::app::Pane;
use crate::ui::command::Command;
use crate::ui::mouse::Hit;
use crate::ui::wall::{self, Column, Line, Place};
use crate::wall::{Board, Figures, Metric, Point, coverage, metric};

/// Everything that a part of the wall needs.
struct Wall<'a> {
    scene: &'a Scene<'a>,
    board: &'a Board,
    /// The width of the screen, by which tiles and columns are chosen.
    width: u16,
    /// Everything that can be clicked, in order.
    places: Vec<Place>,
}

/// The whole screen.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let Some(board) = scene.app.wall.board() else { return };
    let size = scene.app.size;
    let wall = Wall { scene, board, width: size.0, places: wall::places(board, size).collect() };
    memory.hit(area, Hit::Pane(Pane::Wall));
    let height = tile_height(area);
    let rows = match area.height {
        0..8 => 0,
        lines if lines < height * 2 + 5 => 1,
        _ => wall::tiles(size).count() as u16,
    };
    let parts = [Constraint::Length(height * rows), Constraint::Min(3)];
    let [above, below] = Layout::vertical(parts).areas(area);
    let tile_rows = Layout::vertical((0..rows).map(|_| Constraint::Length(height))).split(above);
    for (area, row) in tile_rows.iter().zip(wall::tiles(size)) {
        wall.tiles(frame, *area, row, memory);
    }
    // The table, below it the chart with the reasons beside it, as far as there is room; else the reasons are a line
    // of the table.
    let lines = board.contexts.len() as u16 + 4;
    if below.height >= lines + 7 && area.width >= 100 {
        let [table, charts] = Layout::vertical([Constraint::Length(lines), Constraint::Min(7)]).areas(below);
        wall.table(frame, table, false, memory);
        // A minute takes a whole number of columns.
        let each = if area.width >= 170 { 2 } else { 1 };
        let [left, right] =
            Layout::horizontal([Constraint::Length(60 * each + 2 + chart::SIDES), Constraint::Min(36)])
                .areas(charts);
        wall.minutes(frame, left);
        wall.reasons(frame, right, memory);
    } else {
        wall.table(frame, below, true, memory);
    }
}

/// Tiles alone, without a cursor: for the top of the large dashboard.
pub(super) fn tiles_above(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let Some(board) = scene.app.wall.board() else { return };
    let wall = Wall { scene, board, width: area.width, places: Vec::new() };
    let tiles = ["live", "longest", "asr", "acd", "answer_delay", "failed", "amd", "round_trip"];
    let cells = Layout::horizontal(tiles.map(|_| Constraint::Fill(1))).split(area);
    for (area, id) in cells.iter().zip(tiles) {
        if let Some(metric) = metric(id) {
            wall.tile(frame, *area, metric, false);
        }
    }
}

/// The last hour on a few lines: for the bottom of the large dashboard.
pub(super) fn strips_below(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let Some(board) = scene.app.wall.board() else { return };
    let title = scene.span(" By minute, the last hour ", Role::Title);
    let block = scene.block(Text::from(title), false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    chart::strips(frame, inner, scene, latest(&board.minutes, 60));
}

/// The latest minutes that are over: one that runs would always look like a fall.
fn latest(minutes: &[Point], most: usize) -> &[Point] {
    let over = &minutes[..minutes.len().saturating_sub(1)];
    &over[over.len().saturating_sub(most)..]
}

/// Columns that the last column of the table takes at least.
const ALERT: usize = 5;

/// Lines of a tile: more where there is room to be calm.
const fn tile_height(area: Rect) -> u16 {
    match area.height {
        0..15 => 4,
        15..40 => 5,
        _ => 7,
    }
}

/// The mark and the role of a level: the mark carries it, the role repeats it.
const fn marked(level: Option<Level>) -> (&'static str, Role) {
    match level {
        None => ("", Role::Tile),
        Some(Level::Warn) => ("!", Role::AlertWarn),
        Some(Level::Act) => ("!!", Role::AlertAct),
    }
}

impl Wall<'_> {
    fn is_at(&self, place: &Place) -> bool {
        self.scene.app.wall.place == *place
    }

    fn has_keys(&self) -> bool {
        self.scene.has_keys(Pane::Wall)
    }

    fn hit(&self, area: Rect, place: &Place, memory: &mut Memory) {
        if let Some(index) = self.places.iter().position(|known| known == place) {
            memory.hit(area, Hit::Line(Pane::Wall, index));
        }
    }

    fn tiles(&self, frame: &mut Frame<'_>, area: Rect, row: &[&'static str], memory: &mut Memory) {
        let cells = Layout::horizontal(row.iter().map(|_| Constraint::Fill(1))).split(area);
        for (area, id) in cells.iter().zip(row) {
            let place = Place::Tile(id);
            self.hit(*area, &place, memory);
            if let Some(metric) = metric(id) {
                self.tile(frame, *area, metric, self.is_at(&place));
            }
        }
    }

    fn tile(&self, frame: &mut Frame<'_>, area: Rect, metric: &Metric, under_cursor: bool) {
        let (scene, board) = (self.scene, self.board);
        let level = metric.level(board, &board.total, None);
        let (mark, role) = marked(level);
        let has_keys = under_cursor && self.has_keys();
        let cursor = if under_cursor { ">" } else { " " };
        let title =
            scene.span(format!("{cursor}{} ", title(metric)), if has_keys { Role::Key } else { Role::Title });
        let block = scene.block(Text::from(title), has_keys);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let room = usize::from(inner.width).saturating_sub(1);
        let mut number = metric.text(board, &board.total);
        if metric.id == "live" && board.total.stale > 0 {
            number = format!("{number} + {}~", board.total.stale);
        }
        let word = level.map(|level| format!("  {mark} {}", level.word())).unwrap_or_default();
        let number = scene.span(words::cut(&format!(" {number}{word}"), room), role);
        // Where there is room, the number stands free.
        let tall = inner.height >= 5;
        let mut lines =
            if tall { vec![Text::default(), number.into(), Text::default()] } else { vec![number.into()] };
        let under = usize::from(inner.height).saturating_sub(lines.len());
        for detail in self.details(metric, room).into_iter().take(under) {
            lines.push(Text::from(scene.span(format!(" {}", words::cut(&detail, room)), Role::Faint)));
        }
        frame.render_widget(Paragraph::new(lines), inner);
    }

    /// What stands below a number: how it is made up, then its limits.
    fn details(&self, metric: &Metric, room: usize) -> Vec<String> {
        let board = self.board;
        let detail = metric.detail(board, &board.total);
        let limits = metric.limits(board, None);
        let mut lines = match metric.id {
            "live" => {
                let peak = board.link.live_peak.map(|(live, wall)| {
                    format!("peak {live} at {}", words::clock(wall, false).get(..5).unwrap_or_default())
                });
                let unknown = board.total.other;
                let unknown = (unknown > 0).then(|| format!("unknown state {unknown}"));
                peak.into_iter().chain(unknown).collect()
            }
            "round_trip" => {
                let link = &board.link;
                let events = metric_text("events", board);
                let reconnects =
                    if link.reconnects > 0 { format!(" reconn {}", link.reconnects) } else { String::new() };
                vec![format!("{events} gap {}{reconnects}", link.lost_sessions)]
            }
            "answer_delay" => vec![format!("PDD {}", metric_text("pdd", board))],
            "events" => {
                let lag = format!("lag p95 {}", metric_text("event_lag", board));
                let duplicates = format!("dup {}", metric_text("duplicates", board));
                packed([&*lag, &*duplicates].into_iter(), room)
            }
            "acd" => vec![format!("short <10s {}", metric_text("short", board))],
            "amd" => vec![format!("median {}", metric_text("amd_delay", board))],
            _ => Vec::new(),
        };
        // Pieces of the detail share a line as far as they fit.
        let pieces = detail.split("  ").filter(|piece| !piece.is_empty());
        let detail = if self.scene.app.masked { mask::within(&detail) } else { detail.clone() };
        let detail = match metric.id {
            "longest" | "oldest_ringing" => vec![words::parties(&detail, room)],
            _ => packed(pieces, room),
        };
        lines.splice(0..0, detail);
        lines.extend((!limits.is_empty()).then_some(limits));
        lines
    }

    fn table(&self, frame: &mut Frame<'_>, area: Rect, with_reasons: bool, memory: &mut Memory) {
        let (scene, board) = (self.scene, self.board);
        let columns = wall::columns(self.width);
        let block = scene
            .block(Text::from(scene.span(" By context ", Role::Title)), false)
            .title_top(self.state(usize::from(area.width).saturating_sub(16)).right_aligned());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        if inner.height < 2 {
            return;
        }
        let numbers: usize = columns.iter().map(|(.., width)| width).sum();
        let name = usize::from(inner.width).saturating_sub(numbers + 2 + ALERT).clamp(9, 18);
        let mut heading = format!("  {}", words::fit("CONTEXT", name));
        columns.iter().for_each(|(_, title, width)| heading.push_str(&format!("{title:>0$}  ", width - 2)));
        let rest = usize::from(inner.width).saturating_sub(heading.len());
        if rest >= ALERT {
            heading.push_str("ALERT");
        }
        let heading_row = Rect { height: 1, ..inner };
        frame.render_widget(Paragraph::new(scene.span(heading, Role::Faint)), heading_row);
        let foot = u16::from(with_reasons && inner.height >= 4);
        let body = Rect { y: inner.y + 1, height: inner.height - 1 - foot, ..inner };
        let lines: Vec<(Line, &Figures)> = wall::lines(board).collect();
        let at = |line: &Line| matches!(&scene.app.wall.place, Place::Cell(known, _) if known == line);
        let cursor = lines.iter().position(|(line, _)| at(line));
        memory.wall =
            scrolled(memory.wall, cursor.unwrap_or(memory.wall), usize::from(body.height), lines.len());
        for (area, (line, figures)) in body.rows().zip(lines.iter().skip(memory.wall)) {
            self.row(frame, area, line, figures, (columns, name, rest), memory);
        }
        if foot > 0 {
            self.reason_line(frame, Rect { y: body.bottom(), height: 1, ..inner }, memory);
        }
    }

    /// The window, how to change it, and what the numbers cover.
    fn state(&self, room: usize) -> Text<'static> {
        let scene = self.scene;
        let window = format!(" window {}", self.board.window.word());
        let keys =
            format!(" {} changes, {} explains ", scene.key(Command::Window), scene.key(Command::Definitions));
        let cover = coverage(self.board);
        let cover = if cover.starts_with("the last") { String::new() } else { format!(" {cover} ") };
        let role = if self.board.missing > 0 { Role::Bad } else { Role::Faint };
        let mut spans = Vec::new();
        if window.len() + keys.len() + cover.len() <= room {
            spans.push(scene.span(cover, role));
        } else if self.board.missing > 0 {
            spans.push(scene.span(" calls missing ", Role::Bad));
        }
        let fits = window.len() + keys.len() <= room;
        spans.push(scene.span(window, Role::Key));
        spans.push(scene.span(if fits { keys } else { " ".to_owned() }, Role::Faint));
        Text::from(spans)
    }

    fn row(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        line: &Line,
        figures: &Figures,
        (columns, name, rest): (&[Column], usize, usize),
        memory: &mut Memory,
    ) {
        let (scene, board) = (self.scene, self.board);
        let (context, text) = match line {
            Line::Context(context) => (Some(context), wall::named(context)),
            Line::Total => (None, "total"),
        };
        let here = matches!(&scene.app.wall.place, Place::Cell(known, _) if known == line);
        let role = |column: Option<&'static str>, plain: Role| {
            if self.is_at(&Place::Cell(line.clone(), column)) {
                if self.has_keys() { Role::Cursor } else { Role::CursorAway }
            } else {
                plain
            }
        };
        let plain = if line == &Line::Total { Role::Title } else { Role::Text };
        let mut spans = vec![
            Span::raw(if here { "> " } else { "  " }),
            scene.span(words::fit(text, name), role(None, plain)),
        ];
        let mut x = area.x + 2 + name as u16;
        self.hit(Rect { width: 2 + name as u16, ..area }, &Place::Cell(line.clone(), None), memory);
        for (id, title, width) in columns {
            let Some(metric) = metric(id) else { continue };
            let level = metric.level(board, figures, context);
            let own = match level {
                Some(_) => marked(level).1,
                None if figures.is_empty() => Role::Faint,
                None => plain,
            };
            // A number, right-aligned, and its mark.
            let text = match *title {
                wall::AMD_SHARES => figures.found.shares(),
                _ => metric.text(board, figures),
            };
            let text = text + marked(level).0;
            let room = width - 2 + marked(level).0.len();
            spans.push(Span::raw(" ".repeat(room.saturating_sub(text.len()))));
            spans.push(scene.span(text, role(Some(id), own)));
            spans.push(Span::raw(" ".repeat(width.saturating_sub(room))));
            self.hit(Rect { x, width: *width as u16, ..area }, &Place::Cell(line.clone(), Some(id)), memory);
            x += *width as u16;
        }
        if rest >= ALERT {
            spans.push(self.alerts(line, rest));
        }
        frame.render_widget(Paragraph::new(Text::from(spans)), area);
    }

    /// How many alerts are open in a context, and the mark of the gravest.
    fn alerts(&self, line: &Line, room: usize) -> Span<'static> {
        let of = |id: &crate::protocol::CallId| self.scene.model.call(id)?.context.clone();
        let open = self.scene.app.board.watch.list().into_iter().filter(|alert| alert.is_open());
        let open = open.filter(|alert| match (line, &alert.about) {
            (Line::Total, _) => true,
            (Line::Context(name), About::Context(about)) => about == name,
            (Line::Context(name), about) => {
                about.call().is_some_and(|id| of(id).unwrap_or_default() == *name)
            }
        });
        let levels: Vec<Level> = open.map(|alert| alert.level).collect();
        let (mark, role) = marked(levels.iter().copied().max());
        let count = if levels.is_empty() { String::new() } else { levels.len().to_string() };
        self.scene.span(words::cut(&format!("{count:>2} {mark}"), room), role)
    }

    /// How calls ended, on one line.
    fn reason_line(&self, frame: &mut Frame<'_>, area: Rect, memory: &mut Memory) {
        let scene = self.scene;
        let mut spans = vec![scene.span("  ended by", Role::Faint)];
        if self.board.total.reasons.is_empty() {
            spans.push(scene.span(" nobody yet", Role::Faint));
        }
        let reasons = &self.board.total.reasons;
        let width =
            |word: &Shown, count: &usize| words::columns(wall::reason(word)) + count.to_string().len() + 3;
        let cursor = reasons.iter().position(|(word, _)| self.is_at(&Place::Reason(word.clone())));
        let all: usize = reasons.iter().map(|(word, count)| width(word, count)).sum();
        let first = if all + 11 > usize::from(area.width) { cursor.unwrap_or(0) } else { 0 };
        let mut x = area.x + 10;
        for (index, (word, count)) in reasons.iter().enumerate().skip(first) {
            let place = Place::Reason(word.clone());
            let at = cursor == Some(index);
            let role = match (at, self.has_keys()) {
                (true, true) => Role::Cursor,
                (true, false) => Role::CursorAway,
                (false, _) => reason_role(word),
            };
            let width = width(word, count) as u16;
            if x + width > area.right() {
                spans.push(scene.span(" …", Role::Faint));
                break;
            }
            self.hit(Rect { x, width, ..area }, &place, memory);
            x += width;
            let mark = if at { ">" } else { " " };
            spans.push(scene.span(format!("{mark}{} {count} ", wall::reason(word)), role));
        }
        frame.render_widget(Paragraph::new(Text::from(spans)), area);
    }

    fn reasons(&self, frame: &mut Frame<'_>, area: Rect, memory: &mut Memory) {
        let (scene, reasons) = (self.scene, &self.board.total.reasons);
        let title = format!(" End reasons, {} ", self.board.window.word());
        let block = scene.block(Text::from(scene.span(title, Role::Title)), false);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        if reasons.is_empty() {
            let text = scene.span("no call ended in this time", Role::Faint);
            return frame.render_widget(Paragraph::new(text).centered(), super::middle_line(inner));
        }
        let most = reasons.iter().map(|(_, count)| *count).max().unwrap_or(1);
        let bar = usize::from(inner.width).saturating_sub(26);
        let cursor = reasons.iter().position(|(word, _)| self.is_at(&Place::Reason(word.clone())));
        let first = cursor.map_or(0, |cursor| (cursor + 1).saturating_sub(usize::from(inner.height)));
        for (area, (index, (word, count))) in inner.rows().zip(reasons.iter().enumerate().skip(first)) {
            let place = Place::Reason(word.clone());
            self.hit(area, &place, memory);
            let under_cursor = cursor == Some(index);
            if under_cursor {
                frame.buffer_mut().set_style(area, scene.cursor(Pane::Wall));
            }
            let length = (count * bar).div_ceil(most);
            let line = vec![
                Span::raw(if under_cursor { "> " } else { "  " }),
                scene.span(words::fit(wall::reason(word), 14), reason_role(word)),
                scene.span(format!("{count:>6}  "), reason_role(word)),
                scene.span("█".repeat(length), if under_cursor { Role::Text } else { Role::Chart }),
            ];
            frame.render_widget(Paragraph::new(Text::from(line)), area);
        }
    }

    fn minutes(&self, frame: &mut Frame<'_>, area: Rect) {
        let scene = self.scene;
        let span = if self.board.minutes.len() > 60 { "the shift" } else { "the last hour" };
        let title = Text::from(scene.span(format!(" Calls per minute, {span} "), Role::Title));
        let key = Text::from(vec![
            scene.span(" █ answered", Role::Chart),
            scene.span("  ░ not answered ", Role::ChartSoft),
        ]);
        let block = scene.block(title, false).title_top(key.right_aligned());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        chart::minutes(frame, inner, scene, latest(&self.board.minutes, usize::MAX));
    }
}

/// The heading of a tile.
const fn title(metric: &Metric) -> &'static str {
    match metric.id.as_bytes() {
        b"round_trip" => "LINK",
        _ => metric.title,
    }
}

fn metric_text(id: &str, board: &Board) -> String {
    metric(id).map(|metric| metric.text(board, &board.total)).unwrap_or_default()
}

/// Failures are seen at once, as they are called.
fn reason_role(word: &Shown) -> Role {
    match word.as_str() {
        "error" | "not_found" => Role::Bad,
        _ => Role::Text,
    }
}

/// Pieces on as few lines as they need.
fn packed<'a>(pieces: impl Iterator<Item = &'a str>, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(line) if words::columns(line) + 1 + words::columns(piece) <= room => {
                // One blank will do where two do not fit.
                let gap = (room - words::columns(line) - words::columns(piece)).min(2);
                line.push_str(&" ".repeat(gap));
                line.push_str(piece);
            }
            _ => lines.push(piece.to_owned()),
        }
    }
    lines
}
