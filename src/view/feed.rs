//! The feed of events, and small panes of one family each.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, scrolled, words};
use crate::model::{Entry, Family, Tone};
use crate::protocol::CallState;
use crate::ui::app::{Pane, TimeFormat};
use crate::ui::command::Screen;
use crate::ui::mouse::Hit;

/// A pane of its own. With `titled` it says what is shown.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory, titled: bool) {
    let family = scene.app.feed.family.map_or("all families", Family::word);
    let whose = if scene.app.screen == Screen::Events { "Events of all calls" } else { "Events" };
    let mut title = vec![scene.span(format!(" {whose} "), Role::Title)];
    if titled {
        title.push(scene.span(
            format!("{family} "),
            if scene.app.feed.family.is_some() { Role::Key } else { Role::Faint },
        ));
    }
    let state = if scene.app.frozen.is_some() {
        scene.span(" frozen ", Role::Bad)
    } else if scene.app.feed.cursor.is_some() {
        scene.span(" held, f follows ", Role::Paused)
    } else {
        scene.span(" newest first ", Role::Faint)
    };
    let inner = scene.pane(frame, area, title, vec![state], scene.has_keys(Pane::Feed));
    memory.hit(area, Hit::Pane(Pane::Feed));
    rows(frame, inner, scene, memory);
}

/// The rows alone.
pub(super) fn rows(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let entries = scene.app.entries(scene.model);
    let cursor =
        scene.app.feed.cursor.and_then(|seq| entries.iter().position(|entry| entry.seq == seq)).unwrap_or(0);
    memory.feed = scrolled(memory.feed, cursor, usize::from(area.height), entries.len());
    let has_keys = scene.has_keys(Pane::Feed);
    for (area, index) in area.rows().zip(memory.feed..entries.len()) {
        let under_cursor = has_keys && index == cursor;
        if under_cursor {
            frame.buffer_mut().set_style(area, scene.cursor(Pane::Feed));
        }
        memory.hit(area, Hit::Entry(entries[index].seq));
        let line = row(
            scene,
            entries[index],
            entries.get(index + 1).copied(),
            under_cursor,
            usize::from(area.width),
        );
        frame.render_widget(Paragraph::new(line), area);
    }
}

fn row<'a>(
    scene: &Scene<'a>,
    entry: &Entry,
    before: Option<&Entry>,
    under_cursor: bool,
    width: usize,
) -> Line<'a> {
    let role = match entry.tone {
        Tone::Plain => Role::Text,
        Tone::Good => Role::Good,
        Tone::Bad => Role::Bad,
        Tone::Faint => Role::Faint,
    };
    let delta = before.map(|before| words::delta(entry.now.at.since(before.now.at))).unwrap_or_default();
    let mut spans = vec![
        Span::raw(if under_cursor { ">" } else { " " }),
        scene.span(format!("{:<13}", time(scene, entry)), Role::Faint),
        scene.span(format!("{:<8}", words::cut(&delta, 7)), Role::Faint),
        scene.span(format!("{:<8}", entry.family.word()), Role::Faint),
    ];
    let mut left = width.saturating_sub(30);
    if scene.app.screen == Screen::Events {
        let call = entry.call.as_ref().and_then(|id| scene.model.call(id));
        let who = call.map(|call| scene.party(call.from.as_str(), 16)).unwrap_or_default();
        spans.push(scene.span(words::fit(&who, 17), Role::Text));
        left = left.saturating_sub(17);
    }
    let mut tail = Vec::new();
    tail.extend(entry.round_trip.map(words::short));
    tail.extend(
        entry
            .control
            .as_ref()
            .map(|control| crate::protocol::Shown::new(control.as_str()).as_str().chars().take(4).collect()),
    );
    tail.extend(entry.mine.then(|| "me".to_owned()));
    let tail: String = tail.join(" ");
    let room = if left > 40 { left.saturating_sub(tail.chars().count() + 2) } else { left };
    spans.push(scene.span(words::fit(entry.text.as_str(), room), role));
    if left > 40 {
        spans.push(scene.span(format!(" {tail}"), Role::Faint));
    }
    Line::from(spans)
}

fn time(scene: &Scene<'_>, entry: &Entry) -> String {
    match scene.app.time_format {
        TimeFormat::Clock => words::clock(entry.now.wall, true),
        TimeFormat::Ago => format!("-{}", words::short(scene.at().since(entry.now.at))),
        TimeFormat::SinceStart => {
            let call = entry.call.as_ref().and_then(|id| scene.model.call(id));
            call.map_or_else(String::new, |call| {
                let begin =
                    call.entered(&CallState::Created).map_or(call.first_seen, |at| at.min(call.first_seen));
                words::delta(entry.now.at.since(begin))
            })
        }
    }
}

/// Families that have panes of their own where there is room.
const PANES: [Family; 8] = [
    Family::Play,
    Family::Record,
    Family::Detect,
    Family::Collect,
    Family::Digits,
    Family::Tap,
    Family::Fax,
    Family::Connect,
];

/// A small pane for each family of the call.
pub(super) fn families(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let Some(call) = scene.app.call(scene.model) else { return };
    let lines = Layout::vertical([Constraint::Ratio(1, 4); 4]).split(area);
    for (line, pair) in lines.iter().zip(PANES.chunks(2)) {
        let cells = Layout::horizontal([Constraint::Ratio(1, 2); 2]).split(*line);
        for (cell, family) in cells.iter().zip(pair) {
            let block =
                scene.block(Line::from(scene.span(format!(" {} ", family.word()), Role::Title)), false);
            let inner = block.inner(*cell);
            frame.render_widget(block, *cell);
            let entries = call.entries.iter().rev().filter(|entry| entry.family == *family);
            for (area, entry) in inner.rows().zip(entries) {
                let line = Line::from(vec![
                    scene.span(format!(" {} ", words::clock(entry.now.wall, false)), Role::Faint),
                    scene.span(
                        words::cut(entry.text.as_str(), usize::from(area.width).saturating_sub(11)),
                        Role::Text,
                    ),
                ]);
                frame.render_widget(Paragraph::new(line), area);
            }
        }
    }
}
