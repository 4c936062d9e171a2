//! The list of calls.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, cell, scrolled, words};
use crate::client::LinkState;
use crate::model::{Call, Dial, DialState};
use crate::protocol::Shown;
use crate::ui::app::Pane;
use crate::ui::column::Column;
use crate::ui::command::Command;
use crate::ui::list::{RowId, Rows};
use crate::ui::mouse::Hit;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let list = &scene.app.list;
    let rows = &list.rows;
    let all = scene.app.columns(scene.model);
    let columns = cell::fit(all, list.first_column, usize::from(area.width).saturating_sub(MARGIN + 2));
    let arrangement = arrangement(scene, all.len() - columns.len());
    let inner = scene.pane(frame, area, title(scene, rows), arrangement, scene.has_keys(Pane::List));
    memory.hit(area, Hit::Pane(Pane::List));
    if inner.height < 2 {
        return;
    }
    if rows.ids.is_empty() {
        return empty(frame, inner, scene, rows.total);
    }
    heading(frame, Rect { height: 1, ..inner }, scene, &columns, memory);
    let body = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    let lines = lines(rows);
    let cursor = list.index();
    let cursor_line =
        cursor.and_then(|index| lines.iter().position(|line| *line == Some(index))).unwrap_or(0);
    memory.list = scrolled(memory.list, cursor_line, usize::from(body.height), lines.len());
    for (area, line) in body.rows().zip(lines.iter().skip(memory.list)) {
        let Some(index) = *line else {
            let kept = if list.filter.mentions_ended() {
                "all that are remembered".to_owned()
            } else {
                format!("kept for {}", words::span(list.keep_ended))
            };
            let text = format!("-- ended, {kept}, {} clears --", scene.key(Command::ClearEnded));
            frame.render_widget(Paragraph::new(scene.span(format!("   {text}"), Role::Faint)), area);
            continue;
        };
        if cursor == Some(index) {
            frame.buffer_mut().set_style(area, scene.cursor(Pane::List));
        }
        memory.hit(area, Hit::Row(rows.ids[index].clone()));
        let line = row(scene, &rows.ids[index], &columns, cursor == Some(index), usize::from(area.width));
        frame.render_widget(Paragraph::new(line), area);
    }
}

/// Cells before the first column: cursor, mark or doubt, gap.
const MARGIN: usize = 3;

/// The lines of the list: rows by their index, and the line between live and ended ones.
fn lines(rows: &Rows) -> Vec<Option<usize>> {
    let upper = (0..rows.upper).map(Some);
    let line = (rows.upper < rows.ids.len()).then_some(None);
    upper.chain(line).chain((rows.upper..rows.ids.len()).map(Some)).collect()
}

fn title<'a>(scene: &Scene<'a>, rows: &Rows) -> Vec<Span<'a>> {
    let list = &scene.app.list;
    let mut spans = vec![scene.span(" Calls ", Role::Title)];
    if list.filter.is_empty() {
        spans.push(scene.span(format!("{} ", rows.live), Role::Title));
    } else {
        let fitting = rows.ids.len() - usize::from(rows.strayed.is_some());
        spans.push(scene.span(format!("{fitting} of {} ", rows.total), Role::Title));
        spans.push(
            scene.span(format!(" {} ", words::cut(Shown::new(list.filter.text()).as_str(), 40)), Role::Match),
        );
    }
    let marks = scene.app.board.marks.len();
    if marks > 0 {
        spans.push(scene.span(format!(" {marks} marked "), Role::Mark));
    }
    spans
}

fn arrangement<'a>(scene: &Scene<'a>, hidden: usize) -> Vec<Span<'a>> {
    let scrolls = scene.keys(&[Command::Scroll(-1), Command::Scroll(1)]);
    let hidden = if hidden > 0 { format!(" {hidden} columns hidden, {scrolls} ") } else { String::new() };
    let (column, reversed) = scene.app.sorted_by();
    let direction = if reversed { "^" } else { "v" };
    let view = &scene.app.list.view;
    let view = if view.is_empty() {
        String::new()
    } else {
        format!(" view {} ", words::cut(Shown::new(view).as_str(), 24))
    };
    vec![
        scene.span(view, Role::Faint),
        scene.span(hidden, Role::Faint),
        scene.span(format!(" sort {} {direction} ", column.name()), Role::Faint),
    ]
}

fn heading(
    frame: &mut Frame<'_>,
    area: Rect,
    scene: &Scene<'_>,
    columns: &[(Column, usize)],
    memory: &mut Memory,
) {
    let more = scene.app.list.first_column > 0;
    let mut spans = vec![scene.span(if more { " < " } else { "   " }, Role::Faint)];
    let mut x = area.x + MARGIN as u16;
    for (column, width) in columns {
        let role = if *column == scene.app.list.key { Role::Title } else { Role::Faint };
        spans.push(scene.span(words::fit(column.title(), width + 1), role));
        memory.hit(Rect { x, width: *width as u16 + 1, ..area }, Hit::Heading(*column));
        x += *width as u16 + 1;
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn row<'a>(
    scene: &Scene<'a>,
    id: &RowId,
    columns: &[(Column, usize)],
    under_cursor: bool,
    width: usize,
) -> Line<'a> {
    match id {
        RowId::Call(id) => match scene.model.call(id) {
            Some(call) => call_row(scene, call, columns, under_cursor),
            None => Line::default(),
        },
        RowId::Dial(tag) => match scene.model.dial(tag) {
            Some(dial) => dial_row(scene, dial, under_cursor, width),
            None => Line::default(),
        },
    }
}

fn mark(under_cursor: bool) -> &'static str {
    if under_cursor { ">" } else { " " }
}

fn call_row<'a>(scene: &Scene<'a>, call: &Call, columns: &[(Column, usize)], under_cursor: bool) -> Line<'a> {
    let marked = scene.app.board.marks.has(&call.id);
    let doubt = call.doubt.is_some() || call.inferred.is_some();
    let mut spans = vec![
        Span::raw(mark(under_cursor)),
        scene.span(if marked { "*" } else { " " }, Role::Mark),
        scene.span(if doubt { "~" } else { " " }, Role::Doubt),
    ];
    for (column, width) in columns {
        let (text, own) = cell::cell(scene, *column, call, *width);
        spans.push(scene.span(words::fit(&text, *width), own));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

fn dial_row<'a>(scene: &Scene<'a>, dial: &Dial, under_cursor: bool, width: usize) -> Line<'a> {
    let (word, role, why) = match &dial.state {
        DialState::Requested => ("asked", Role::Intent, String::new()),
        DialState::Dialing => ("dialing", Role::Intent, String::new()),
        DialState::Answered(_) => ("answered", Role::Answered, String::new()),
        DialState::Failed(why) => ("failed", Role::Bad, format!(": {why}")),
        DialState::Unknown(why) => ("unknown", Role::Doubt, format!(": {why}")),
    };
    let (word, role) = if dial.doubt.is_some() { ("in doubt", Role::Doubt) } else { (word, role) };
    let age = words::span(dial.ended_at.unwrap_or(scene.at()).since(dial.requested.at));
    let text = format!("dial {}  {age}  {word}{why}", scene.seen(dial.what.as_str()));
    Line::from(vec![
        Span::raw(format!("{}  ", mark(under_cursor))),
        scene.span(words::cut(&text, width.saturating_sub(4)), role),
    ])
}

/// What to do when there is nothing to see.
fn empty(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, total: usize) {
    let lines: Vec<Line<'_>> = if total > 0 {
        vec![
            scene.span(format!("No call matches. {total} are hidden by the filter."), Role::Text).into(),
            Line::from(vec![
                scene.span(scene.key(Command::Escape), Role::Key),
                scene.span(" clears the filter", Role::Hint),
            ]),
        ]
    } else if scene.model.link().is_up() {
        let (brings, how) = if scene.app.hub.is_attached() {
            (Command::Applications, " shows the applications whose calls come here")
        } else {
            (Command::AddContext, " takes inbound calls of a context (and from its other listeners)")
        };
        vec![
            scene.span("No calls.", Role::Text).into(),
            Line::from(vec![
                scene.span(scene.key(Command::Invoke("dial")), Role::Key),
                scene.span(" dials a new call", Role::Hint),
            ]),
            Line::from(vec![scene.span(scene.key(brings), Role::Key), scene.span(how, Role::Hint)]),
        ]
    } else {
        let why = match scene.model.link() {
            LinkState::Refused { why } if scene.app.hub.is_attached() => format!("the hub refuses: {why}"),
            link => link.why_not().map(|why| why.to_string()).unwrap_or_default(),
        };
        let room = usize::from(area.width).saturating_sub(4).min(90);
        let folded = words::folded(&why, room).into_iter();
        let mut lines: Vec<Line<'_>> = folded.map(|line| Line::from(scene.span(line, Role::Text))).collect();
        if matches!(scene.model.link(), LinkState::Refused { .. } | LinkState::Down { .. }) {
            lines.push(Line::from(vec![
                scene.span(scene.key(Command::Reconnect), Role::Key),
                scene.span(" tries again now", Role::Hint),
            ]));
        }
        lines
    };
    let top = area.height.saturating_sub(lines.len() as u16) / 2;
    let area = Rect { y: area.y + top, height: area.height - top, ..area };
    frame.render_widget(Paragraph::new(lines).centered(), area);
}
