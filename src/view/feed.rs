//! The feed of events, and small panes of one family each.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, centered, scrolled, words};
use crate::client::By;
use crate::client::OURS;
use crate::model::{Entry, Family, Tone};
use crate::protocol::{CallState, Shown};
use crate::ui::app::{Pane, TimeFormat};
use crate::ui::command::{Command, Screen};
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
        scene.span(format!(" held, {} follows ", scene.key(Command::Follow)), Role::Paused)
    } else {
        scene.span(" newest first, follow on ", Role::Faint)
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
    // While it is held it stands still, whatever comes above.
    let held = scene.app.feed.cursor.and(memory.feed);
    let top = held.map_or(0, |top| entries.partition_point(|entry| entry.seq > top));
    let top = scrolled(top, cursor, usize::from(area.height), entries.len());
    memory.feed = entries.get(top).map(|entry| entry.seq);
    let has_keys = scene.has_keys(Pane::Feed);
    if entries.is_empty() {
        let what =
            if scene.app.feed.family.is_some() { "None of this family yet." } else { "No events yet." };
        return frame.render_widget(Paragraph::new(scene.span(format!("  {what}"), Role::Faint)), area);
    }
    for (area, index) in area.rows().zip(top..entries.len()) {
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
        Span::raw(if under_cursor { "> " } else { "  " }),
        scene.span(words::fit(&time(scene, entry), 13), Role::Faint),
        scene.span(words::fit(&words::cut(&delta, 7), 8), Role::Faint),
        scene.span(words::fit(entry.family.word(), 8), Role::Faint),
    ];
    let mut left = width.saturating_sub(31);
    // What is about no call may use the room of the parties, if it needs it.
    let long = entry.call.is_none() && words::columns(entry.text.as_str()) > left.saturating_sub(17);
    if scene.app.screen == Screen::Events && !long {
        let call = entry.call.as_ref().and_then(|id| scene.model.call(id));
        let who = call.map(|call| scene.party(call.from.as_str(), 16)).unwrap_or_default();
        spans.push(scene.span(words::fit(&who, 17), Role::Text));
        left = left.saturating_sub(17);
    }
    let tail = if left > 44 { tail(scene, entry) } else { String::new() };
    let text = scene.seen(entry.text.as_str());
    // Who gave a command stands at its end, where there is room for that.
    let by = entry.by().filter(|by| !tail.is_empty() && **by != By::Me).map(|by| scene.model.name_of(by));
    let by = by.map(|by| format!("{by}: ")).unwrap_or_default();
    let text = text.strip_prefix(by.as_str()).unwrap_or(&text);
    spans.push(scene.span(words::fit(text, left - words::columns(&tail)), role));
    spans.push(scene.span(tail, Role::Faint));
    Line::from(spans)
}

/// How long the answer took, which action it is about, and who it comes from.
fn tail(scene: &Scene<'_>, entry: &Entry) -> String {
    let took = entry.round_trip().map(words::short).unwrap_or_default();
    // What all of a hub begin with tells none apart.
    let control = entry.control.as_ref().map(|id| Shown::new(id.as_str().trim_start_matches(OURS)));
    let control = control.as_ref().map_or("", |control| words::head(control.as_str(), 4));
    let by = scene.model.author(entry).map(|by| by.to_string()).unwrap_or_default();
    // Beside others there are names.
    let width = if scene.has_others() { 8 } else { 2 };
    format!(" {} {} {}", words::fit_right(&took, 6), words::fit(control, 4), words::fit(&by, width))
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

/// A small pane for each family of which the call has something to say.
pub(super) fn families(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let Some(call) = scene.app.call(scene.model) else { return };
    let has = |family: &&Family| call.entries.iter().any(|entry| entry.family == **family);
    let families: Vec<&Family> = PANES.iter().filter(has).collect();
    if families.is_empty() {
        let inner = scene.pane(frame, area, vec![scene.span(" By family ", Role::Title)], Vec::new(), false);
        let text = "What was played, recorded, detected and collected is shown here.";
        let lines = words::wrapped(text, usize::from(inner.width).saturating_sub(2));
        let area = centered(inner, inner.width, lines.len() as u16);
        let lines: Vec<Line<'_>> =
            lines.into_iter().map(|line| scene.span(line, Role::Faint).into()).collect();
        return frame.render_widget(Paragraph::new(lines).centered(), area);
    }
    // One below the other, each as high as it needs; beside each other where they are many.
    let columns = if families.len() > 4 || usize::from(area.height) < families.len() * 4 { 2 } else { 1 };
    let per_column = families.len().div_ceil(columns);
    let sides = Layout::horizontal(vec![Constraint::Fill(1); columns]).split(area);
    for (side, families) in sides.iter().zip(families.chunks(per_column)) {
        let height = |family: &&Family| {
            let entries = call.entries.iter().filter(|entry| entry.family == **family).count();
            Constraint::Max(u16::try_from(entries + 2).unwrap_or(u16::MAX).max(4))
        };
        let heights = families.iter().take(families.len() - 1).map(height).chain([Constraint::Min(3)]);
        let cells = Layout::vertical(heights).split(*side);
        for (cell, family) in cells.iter().zip(families) {
            let title = vec![scene.span(format!(" {} ", family.word()), Role::Title)];
            let inner = scene.pane(frame, *cell, title, Vec::new(), false);
            let entries = call.entries.iter().rev().filter(|entry| entry.family == **family);
            for (area, entry) in inner.rows().zip(entries) {
                let line = Line::from(vec![
                    scene.span(format!(" {} ", words::clock(entry.now.wall, false)), Role::Faint),
                    scene.span(
                        words::cut(
                            &scene.seen(entry.text.as_str()),
                            usize::from(area.width).saturating_sub(11),
                        ),
                        Role::Text,
                    ),
                ]);
                frame.render_widget(Paragraph::new(line), area);
            }
        }
    }
}
