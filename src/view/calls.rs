//! The list of calls.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, scrolled, words};
use crate::client::LinkState;
use crate::model::{Call, Dial, DialState};
use crate::protocol::Shown;
use crate::ui::app::Pane;
use crate::ui::list::{Key, RowId, Rows};

/// Widths of the columns that grow with the screen.
struct Widths {
    party: usize,
    context: usize,
}

impl Widths {
    const fn of(width: usize) -> Self {
        match width {
            0..76 => Self { party: 11, context: 6 },
            76..100 => Self { party: 16, context: 8 },
            100..140 => Self { party: 18, context: 12 },
            _ => Self { party: 22, context: 14 },
        }
    }
}

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let rows = scene.app.list.rows(scene.model, scene.at());
    let block = scene
        .block(title(scene, &rows), scene.has_keys(Pane::List))
        .title_top(sorted_by(scene).right_aligned());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if inner.height < 2 {
        return;
    }
    if rows.ids.is_empty() {
        return empty(frame, inner, scene, rows.total);
    }
    let widths = Widths::of(usize::from(inner.width));
    let head = Rect { height: 1, ..inner };
    frame.render_widget(Paragraph::new(heading(scene, &widths)), head);
    let body = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    let lines = lines(&rows);
    let cursor = scene.app.list.index(&rows);
    let cursor_line =
        cursor.and_then(|index| lines.iter().position(|line| *line == Some(index))).unwrap_or(0);
    memory.list = scrolled(memory.list, cursor_line, usize::from(body.height), lines.len());
    for (area, line) in body.rows().zip(lines.iter().skip(memory.list)) {
        let Some(index) = *line else {
            let text = format!("-- ended, kept for {}, F5 clears --", words::span(scene.app.list.keep_ended));
            frame.render_widget(Paragraph::new(scene.span(format!("   {text}"), Role::Faint)), area);
            continue;
        };
        if cursor == Some(index) {
            frame.buffer_mut().set_style(area, scene.cursor(Pane::List));
        }
        let line = row(scene, &rows.ids[index], &widths, cursor == Some(index), usize::from(area.width));
        frame.render_widget(Paragraph::new(line), area);
    }
}

/// The lines of the list: rows by their index, and the line between live and ended ones.
fn lines(rows: &Rows) -> Vec<Option<usize>> {
    let upper = (0..rows.upper).map(Some);
    let line = (rows.upper < rows.ids.len()).then_some(None);
    upper.chain(line).chain((rows.upper..rows.ids.len()).map(Some)).collect()
}

fn title<'a>(scene: &Scene<'a>, rows: &Rows) -> Line<'a> {
    let filter = scene.app.list.filter.text();
    let mut spans = vec![scene.span(" Calls ", Role::Title)];
    if filter.is_empty() {
        spans.push(scene.span(format!("{} ", rows.live), Role::Title));
    } else {
        let text =
            format!("{} of {}  filter: {} (Esc clears) ", rows.ids.len(), rows.total, Shown::new(filter));
        spans.push(scene.span(text, Role::Key));
    }
    Line::from(spans)
}

fn sorted_by<'a>(scene: &Scene<'a>) -> Line<'a> {
    let direction = if scene.app.list.reversed { "^" } else { "v" };
    Line::from(scene.span(format!(" sort {} {direction} ", scene.app.list.key.title()), Role::Faint))
}

fn heading<'a>(scene: &Scene<'a>, widths: &Widths) -> Line<'a> {
    let Widths { party, context } = widths;
    let columns = [
        (Key::State.title(), 4),
        (Key::Direction.title(), 4),
        (Key::From.title(), party + 1),
        (Key::To.title(), party + 1),
        (Key::Context.title(), context + 1),
        (Key::Age.title(), 7),
        ("REC", 4),
        ("A", 2),
        ("NOTE", 4),
    ];
    let cell = |(title, width): (&'static str, usize)| {
        let role = if title == scene.app.list.key.title() { Role::Title } else { Role::Faint };
        scene.span(format!("{title:<width$}"), role)
    };
    Line::from_iter(std::iter::once(Span::raw("   ")).chain(columns.map(cell)))
}

fn row<'a>(scene: &Scene<'a>, id: &RowId, widths: &Widths, under_cursor: bool, width: usize) -> Line<'a> {
    match id {
        RowId::Call(id) => match scene.model.call(id) {
            Some(call) => call_row(scene, call, widths, under_cursor, width),
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

fn call_row<'a>(
    scene: &Scene<'a>,
    call: &Call,
    widths: &Widths,
    under_cursor: bool,
    width: usize,
) -> Line<'a> {
    let Widths { party, context } = *widths;
    let live = call.is_live();
    let text = if live { Role::Text } else { Role::Faint };
    let (state, state_role) = words::state(call);
    let direction = match call.direction.as_ref().map(AsRef::as_ref) {
        Some("inbound") => "in",
        Some("outbound") => "out",
        _ => "?",
    };
    let (rec, rec_role) = if live { words::recording(call) } else { ("", Role::Faint) };
    let running = call.running().count();
    let doubt = if call.doubt.is_some() && live { "~" } else { " " };
    let fixed = 3 + 4 + 4 + (party + 1) * 2 + context + 1 + 7 + 4 + 2;
    let (note, note_role) = if scene.app.hanging_up(&call.id) {
        ("hanging up".to_owned(), Role::Intent)
    } else {
        words::note(call, scene.at())
    };
    let name = call.context.as_ref().map_or("", Shown::as_str);
    let pad = |text: String, width: usize| words::fit(&text, width);
    // Under the cursor the whole line has one look, but for what must never be overlooked.
    let role = |role: Role| {
        if under_cursor && scene.has_keys(Pane::List) && role == Role::Text { Role::Cursor } else { role }
    };
    Line::from(vec![
        Span::raw(format!("{}{doubt} ", mark(under_cursor))),
        scene.span(pad(state.to_owned(), 4), state_role),
        scene.span(pad(direction.to_owned(), 4), role(text)),
        scene.span(pad(words::party(call.from.as_str(), party), party + 1), role(text)),
        scene.span(pad(words::party(call.to.as_str(), party), party + 1), role(text)),
        scene.span(pad(words::cut(name, context), context + 1), role(text)),
        scene.span(pad(words::span(call.age(scene.at())), 7), role(text)),
        scene.span(pad(rec.to_owned(), 4), rec_role),
        scene.span(pad(if running > 0 { running.to_string() } else { "-".into() }, 2), role(text)),
        scene.span(words::cut(&note, width.saturating_sub(fixed)), role(note_role)),
    ])
}

fn dial_row<'a>(scene: &Scene<'a>, dial: &Dial, under_cursor: bool, width: usize) -> Line<'a> {
    let (word, role, why) = match &dial.state {
        DialState::Requested => ("asked", Role::Intent, String::new()),
        DialState::Dialing => ("dialing", Role::Intent, String::new()),
        DialState::Answered(_) => ("answered", Role::Answered, String::new()),
        DialState::Failed(why) => ("failed", Role::Bad, format!(": {why}")),
        DialState::Unknown(why) => ("unknown", Role::Doubt, format!(": {why}")),
    };
    let age = words::span(dial.ended_at.unwrap_or(scene.at()).since(dial.requested.at));
    let text = format!("dial {}  {age}  {word}{why}", dial.what);
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
            Line::from(vec![scene.span("Esc", Role::Key), scene.span(" clears the filter", Role::Hint)]),
        ]
    } else if scene.model.link().is_up() {
        vec![
            scene.span("No calls.", Role::Text).into(),
            Line::from(vec![scene.span("D", Role::Key), scene.span(" dials a new call", Role::Hint)]),
            Line::from(vec![
                scene.span("L a", Role::Key),
                scene.span(" takes inbound calls of a context (and from its other listeners)", Role::Hint),
            ]),
        ]
    } else {
        let why = scene.model.link().why_not().map(|why| why.to_string()).unwrap_or_default();
        let mut lines = vec![Line::from(scene.span(why, Role::Text))];
        if matches!(scene.model.link(), LinkState::Refused { .. } | LinkState::Down { .. }) {
            lines.push(Line::from(vec![
                scene.span("R", Role::Key),
                scene.span(" tries again now", Role::Hint),
            ]));
        }
        lines
    };
    let top = area.height.saturating_sub(lines.len() as u16) / 2;
    let area = Rect { y: area.y + top, height: area.height - top, ..area };
    frame.render_widget(Paragraph::new(lines).centered(), area);
}
