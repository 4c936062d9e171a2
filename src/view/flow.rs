//! The ladder of a call, the frame behind the line under the cursor, and the strip chart.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout as Split, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::theme::Role;
use super::{Memory, Scene, detail, scrolled, words};
use crate::flow::draw::{Ink, Layout};
use crate::flow::strip::{self, LABEL};
use crate::flow::{Ladder, Step};
use crate::model::{Call, Frames};
use crate::protocol::dialect::body_path;
use crate::protocol::{CallState, Shown};
use crate::ui::app::{Pane, TimeFormat};
use crate::ui::command::{Command, Copied};
use crate::ui::flow;
use crate::ui::mouse::Hit;

/// From this width on two ladders can be read side by side.
const SIDE_BY_SIDE: u16 = 180;

/// The whole screen of a ladder.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let Some(call) = scene.app.call(scene.model) else { return detail::nothing(frame, area, scene) };
    let ladder = scene.app.ladder(scene.model);
    let line = scene.app.step_line(&ladder);
    let beside = (area.width >= SIDE_BY_SIDE).then(|| scene.app.ladder_beside(scene.model)).flatten();
    if let Some((other, marked)) = beside {
        return compared(frame, area, scene, [(&ladder, line), (&other, marked)], memory);
    }
    if area.width >= 110 {
        // All uprights first, but a frame has to be read, too.
        let (time, delta) = margin(area.width * 3 / 5);
        let all = u16::try_from(4 + time + delta + Layout::wanted(&ladder)).unwrap_or(u16::MAX);
        let wide = all.max(area.width * 3 / 5).min(area.width.saturating_sub(34));
        let [left, right] = Split::horizontal([Constraint::Length(wide), Constraint::Min(34)]).areas(area);
        steps(frame, left, scene, &ladder, line, memory);
        let rows = strip_height(scene, call, right);
        let [above, below] = Split::vertical([Constraint::Length(rows), Constraint::Min(6)]).areas(right);
        if rows > 0 {
            chart(frame, above, scene, call);
        }
        return raw(frame, below, scene, ladder.steps.get(line));
    }
    let below = if area.height >= 16 { 5 } else { 0 };
    let [above, below] = Split::vertical([Constraint::Min(5), Constraint::Length(below)]).areas(area);
    steps(frame, above, scene, &ladder, line, memory);
    raw(frame, below, scene, ladder.steps.get(line));
}

/// Two calls side by side, the one under the cursor on the left, each with the frame behind its line.
fn compared(
    frame: &mut Frame<'_>,
    area: Rect,
    scene: &Scene<'_>,
    [(ladder, line), (other, marked)]: [(&Ladder, usize); 2],
    memory: &mut Memory,
) {
    let halves = Split::horizontal([Constraint::Ratio(1, 2); 2]);
    let rows = Split::vertical([Constraint::Min(8), Constraint::Length(area.height / 3)]);
    let [above, below] = rows.areas(area);
    let [left, right] = halves.areas(above);
    steps(frame, left, scene, ladder, line, memory);
    beside(frame, right, scene, other, marked);
    let [left, right] = halves.areas(below);
    raw(frame, left, scene, ladder.steps.get(line));
    raw(frame, right, scene, other.steps.get(marked));
}

/// The ladder of another call, with its marked line in sight.
fn beside(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, ladder: &Ladder, marked: usize) {
    let parties = words::parties(ladder.parties.as_str(), usize::from(area.width).saturating_sub(28));
    let title = Line::from(vec![
        scene.span(" Beside ", Role::Title),
        scene.span(format!("{parties} "), Role::Text),
        scene.span(format!(" {} lines ", ladder.steps.len()), Role::Faint),
    ]);
    let block = scene.block(title, false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let drawn = Drawn::new(scene, ladder, inner.width);
    let body = drawn.heads(frame, inner, scene);
    let count = ladder.steps.len();
    let first = scrolled(marked.saturating_sub(body.len() / 2), marked, body.len(), count);
    for (area, index) in body.iter().zip(first..count) {
        drawn.step(frame, *area, scene, index, false);
    }
}

/// Columns before the uprights: cursor, mark, time, difference.
const fn margin(width: u16) -> (usize, usize) {
    if width >= 100 { (13, 9) } else { (9, 8) }
}

/// A ladder laid out for a pane.
struct Drawn<'a> {
    ladder: &'a Ladder,
    layout: Layout,
    /// Widths of the columns of time and difference.
    margin: (usize, usize),
}

impl<'a> Drawn<'a> {
    fn new(scene: &Scene<'_>, ladder: &'a Ladder, width: u16) -> Self {
        let margin = margin(width);
        let room = usize::from(width).saturating_sub(Self::before(margin));
        Self { ladder, layout: Layout::new(ladder, room, scene.app.flow.shift), margin }
    }

    const fn before((time, delta): (usize, usize)) -> usize {
        2 + time + delta
    }

    /// Draws what stands over the uprights, and gives the lines below it.
    fn heads(&self, frame: &mut Frame<'_>, inner: Rect, scene: &Scene<'_>) -> Vec<Rect> {
        let (time, delta) = self.margin;
        let [roles, parties] = self.layout.heads(self.ladder, Self::before(self.margin));
        let mut rows: Vec<Rect> = inner.rows().collect();
        let body = rows.split_off(rows.len().min(2));
        let left = format!("  {:<time$}{:<delta$}", "TIME", "DELTA");
        let roles = vec![scene.span(left, Role::Title), scene.span(roles, Role::Title)];
        for (area, line) in rows.into_iter().zip([roles, vec![scene.span(parties, Role::Faint)]]) {
            frame.render_widget(Paragraph::new(Line::from(line)), area);
        }
        body
    }

    fn step(&self, frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, index: usize, under_cursor: bool) {
        let Some(step) = self.ladder.steps.get(index) else { return };
        let mut spans = gutter(scene, self.ladder, step, under_cursor, self.margin);
        spans.extend(
            self.layout
                .row(step, |wall| words::clock(wall, false))
                .into_iter()
                .map(|(ink, text)| scene.span(text, role(ink))),
        );
        frame.render_widget(Paragraph::new(Line::from(spans)), area);
    }
}

fn steps(
    frame: &mut Frame<'_>,
    area: Rect,
    scene: &Scene<'_>,
    ladder: &Ladder,
    line: usize,
    memory: &mut Memory,
) {
    let width = area.width.saturating_sub(2);
    let drawn = Drawn::new(scene, ladder, width);
    let state = Line::from(state(scene, ladder));
    let room = usize::from(width).saturating_sub(state.width() + 1);
    let block = scene
        .block(title(scene, ladder, drawn.layout.hidden(ladder), room), scene.has_keys(Pane::Flow))
        .title_top(state.right_aligned());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    memory.hit(area, Hit::Pane(Pane::Flow));
    let body = drawn.heads(frame, inner, scene);
    memory.flow = scrolled(memory.flow, line, body.len(), ladder.steps.len());
    for (area, index) in body.iter().zip(memory.flow..ladder.steps.len()) {
        if index == line {
            frame.buffer_mut().set_style(*area, scene.cursor(Pane::Flow));
        }
        memory.hit(*area, Hit::Line(Pane::Flow, index));
        drawn.step(frame, *area, scene, index, index == line);
    }
    let rest = body.get(ladder.steps.len()..).unwrap_or_default();
    below(frame, rest, scene, &drawn);
}

/// What the signs mean, as far as there is room.
const LEGEND: [&str; 5] =
    [" --> command, event", "   ~~> audio", "   === lasts", "   x failed", "   ? unknown"];
const FOLDED: &str = "   +n folded";

/// Below the newest line: the uprights of a call that goes on, and what the signs mean.
fn below(frame: &mut Frame<'_>, rows: &[Rect], scene: &Scene<'_>, drawn: &Drawn<'_>) {
    let live = scene.app.call(scene.model).is_some_and(Call::is_live);
    let before = Drawn::before(drawn.margin);
    let (legend, rows) = rows
        .split_last()
        .filter(|(_, rows)| rows.len() > 1)
        .map_or((None, rows), |(last, rows)| (Some(*last), rows));
    for area in rows.iter().filter(|_| live) {
        let line = scene.span(format!("{}{}", " ".repeat(before), drawn.layout.blank()), Role::Border);
        frame.render_widget(Paragraph::new(line), *area);
    }
    if let Some(area) = legend {
        let mut text = String::new();
        let folded = drawn.ladder.steps.iter().any(|step| step.folded() > 0).then_some(FOLDED);
        for part in LEGEND.into_iter().take(1).chain(folded).chain(LEGEND.into_iter().skip(1)) {
            if words::columns(&text) + words::columns(part) <= usize::from(area.width) {
                text.push_str(part);
            }
        }
        frame.render_widget(Paragraph::new(scene.span(text, Role::Faint)), area);
    }
}

/// What matters most comes first; what has no room in the title is left out.
fn title<'a>(scene: &Scene<'a>, ladder: &Ladder, hidden: usize, room: usize) -> Line<'a> {
    let shown = ladder.steps.len();
    let legs = ladder.heads.iter().filter(|head| head.call.is_some()).count();
    let part = |wanted: bool, text: String, role: Role| wanted.then(|| scene.span(text, role));
    let marks = scene.app.flow.marks.len();
    let keys = format!("{} {}", scene.key(Command::Scroll(-1)), scene.key(Command::Scroll(1)));
    let rest = [
        part(marks > 0, format!(" {marks} marked "), Role::Key),
        part(ladder.dropped > 0, format!(" {} older are gone ", ladder.dropped), Role::Doubt),
        part(hidden > 0, format!(" {hidden} more uprights, {keys} "), Role::Hint),
        part(legs > 1, format!(" {legs} legs "), Role::Text),
        part(shown == ladder.total, format!(" {shown} lines "), Role::Faint),
        part(shown != ladder.total, format!(" {shown} lines of {} events ", ladder.total), Role::Faint),
    ];
    let rest: Vec<Span<'_>> = rest.into_iter().flatten().collect();
    // Whose ladder it is comes first, as short as it can be while there is something else to say.
    let room_beside = |others: usize| room.saturating_sub(" Flow  ".len() + others);
    let others = rest.iter().map(Span::width).sum();
    let first = rest.first().map_or(0, Span::width);
    let who = room_beside(others).max(SHORT_PAIR.min(room_beside(first)));
    let who = format!("{} ", words::parties(ladder.parties.as_str(), who));
    let parts = [scene.span(" Flow ", Role::Title), scene.span(who, Role::Text)];
    let mut left = room;
    let fits = |span: &Span<'_>| {
        let fits = span.width() <= left;
        left = left.saturating_sub(span.width());
        fits
    };
    parts.into_iter().chain(rest).take_while(fits).collect()
}

/// Columns of two numbers without blanks.
const SHORT_PAIR: usize = 27;

/// What is on the right of the title: whether it follows, is frozen, or does not show everything.
fn state<'a>(scene: &Scene<'a>, ladder: &Ladder) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    if !scene.app.flow.find.is_empty() {
        let found = ladder.steps.iter().filter(|step| fits(scene, step)).count();
        let text = format!(" {} in {found} ", words::cut(Shown::new(&scene.app.flow.find).as_str(), 12));
        spans.push(scene.span(text, Role::Key));
    }
    let (text, role) = if scene.app.frozen.is_some() {
        (" frozen ", Role::Bad)
    } else if scene.app.flow.cursor.is_some() {
        (" held, f follows ", Role::Paused)
    } else {
        (" follows ", Role::Faint)
    };
    spans.push(scene.span(text, role));
    spans
}

/// Whether a line has what was looked for.
fn fits(scene: &Scene<'_>, step: &Step) -> bool {
    let needle = scene.app.flow.find.to_lowercase();
    !needle.is_empty() && flow::words(step).contains(&needle)
}

fn gutter<'a>(
    scene: &Scene<'a>,
    ladder: &Ladder,
    step: &Step,
    under_cursor: bool,
    (time, delta): (usize, usize),
) -> Vec<Span<'a>> {
    let marked = scene.app.flow.marks.iter().any(|mark| step.ids.contains(&mark.step));
    // Lines of an unfolded run hang together; a find shows where it found.
    let mark = match (marked, fits(scene, step), step.run) {
        (true, ..) => ("*", Role::Key),
        (_, true, _) => ("/", Role::Key),
        (.., Some(_)) => ("-", Role::Hint),
        _ => (" ", Role::Text),
    };
    let text = moment(scene, ladder, step, time);
    let after = step.delta.map(|span| difference(span, delta)).unwrap_or_default();
    vec![
        Span::raw(if under_cursor { ">" } else { " " }),
        scene.span(mark.0, mark.1),
        scene.span(words::fit(&text, time), Role::Faint),
        scene.span(words::fit(&after, delta), Role::Faint),
    ]
}

fn difference(span: std::time::Duration, width: usize) -> String {
    if width >= 9 { words::delta(span) } else { words::after(span).replace('s', "") }
}

/// The time of a line, as short as the pane is narrow.
fn moment(scene: &Scene<'_>, ladder: &Ladder, step: &Step, width: usize) -> String {
    match scene.app.time_format {
        TimeFormat::Clock if width >= 13 => words::clock(step.now.wall, true),
        TimeFormat::Clock => words::clock(step.now.wall, true).chars().skip(3).take(7).collect(),
        TimeFormat::Ago => format!("-{}", words::short(scene.at().since(step.now.at))),
        TimeFormat::SinceStart => {
            let begin = ladder.steps.first().map_or(step.now.at, |first| first.now.at);
            words::delta(step.now.at.since(begin))
        }
    }
}

const fn role(ink: Ink) -> Role {
    match ink {
        Ink::Upright => Role::Border,
        Ink::Command => Role::Key,
        Ink::Event => Role::Text,
        Ink::Audio => Role::Running,
        Ink::State => Role::Faint,
        Ink::Lasting => Role::Recording,
        Ink::Good => Role::Good,
        Ink::Bad => Role::Bad,
        Ink::Break => Role::Doubt,
        Ink::Fold => Role::Hint,
    }
}

/// The frame behind a line; of several the latest.
fn raw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, step: Option<&Step>) {
    if area.height < 3 {
        return;
    }
    let title = step.map(|step| {
        let control =
            step.control.as_ref().map(|id| format!("  {}", id.as_str().chars().take(8).collect::<String>()));
        let trip = step.round_trip.map(|span| format!("  {}", words::short(span)));
        let text = format!(" {}{}{} ", step.text, control.unwrap_or_default(), trip.unwrap_or_default());
        scene.span(words::cut(&text, usize::from(area.width).saturating_sub(28)), Role::Title)
    });
    let keys = Line::from(vec![
        scene.span(format!(" {}", scene.key(Command::Open)), Role::Key),
        scene.span(" whole  ", Role::Hint),
        scene.span(scene.key(Command::Copy(Copied::Json)), Role::Key),
        scene.span(" copy ", Role::Hint),
    ]);
    let block = scene.block(title.map(Line::from).unwrap_or_default(), false).title_top(keys.right_aligned());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(step) = step else { return };
    let mut lines: Vec<Line<'_>> = Vec::new();
    if step.folded() > 0 {
        let text = format!(
            " {} more like it are folded, {} shows them",
            step.folded(),
            scene.key(Command::Unfold(true))
        );
        lines.push(scene.span(text, Role::Hint).into());
    }
    match flow::frames(scene.model, step).last() {
        Some(frame) => {
            let text = body(&flow::seen(frame, scene.app.masked), inner.height >= 10);
            let room = usize::from(inner.width).saturating_sub(1);
            let rows = usize::from(inner.height);
            let part =
                |line: &str| words::folded(words::head(Shown::whole(line).as_str(), room * (rows + 1)), room);
            lines.extend(
                text.lines()
                    .take(rows)
                    .flat_map(part)
                    .map(|line| Line::from(scene.span(format!(" {line}"), Role::Text))),
            );
        }
        None if step.is_break() => {
            lines.push(scene.span(" a change of the link has no frame", Role::Faint).into());
        }
        None => lines.push(scene.span(format!(" {}", Frames::GONE), Role::Faint).into()),
    }
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inner);
}

/// What matters of a frame: the body of an event, without its envelope; laid out where there is room.
fn body(frame: &str, room: bool) -> String {
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(frame) else { return frame.to_owned() };
    let path = body_path(&value);
    let mut body = value.pointer_mut(path).map(serde_json::Value::take).unwrap_or(value);
    // Ids last: they are the same on every line.
    if let Some(object) = body.as_object_mut() {
        for id in ["control_id", "call_id", "node_id", "segment_id"] {
            if let Some(value) = object.shift_remove(id) {
                object.insert(id.to_owned(), value);
            }
        }
    }
    let pretty = if room { serde_json::to_string_pretty(&body).ok() } else { None };
    pretty.unwrap_or_else(|| body.to_string())
}

/// Lines that the strip chart takes of an area, its frame included; none where it would crowd out everything else.
pub(super) fn strip_height(scene: &Scene<'_>, call: &Call, area: Rect) -> u16 {
    let rows = strip::chart(call, scene.at(), usize::from(area.width).saturating_sub(4)).len();
    let wanted = u16::try_from(rows + 2).unwrap_or(u16::MAX);
    let most = area.height / 2;
    if rows == 0 || most < 5 { 0 } else { wanted.min(most) }
}

/// The strip chart of a call.
pub(super) fn chart(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, call: &Call) {
    let block = scene.block(Line::from(scene.span(" Timeline ", Role::Title)), false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let rows = strip::chart(call, scene.at(), usize::from(inner.width).saturating_sub(2));
    let hidden = rows.len().saturating_sub(usize::from(inner.height));
    for (area, (index, row)) in inner.rows().zip(rows.iter().enumerate()) {
        // What the axis is says the title.
        let label = if index == 0 { "" } else { row.label };
        let mut spans = vec![scene.span(format!(" {label:<LABEL$}"), Role::Faint)];
        for (ink, text) in row.pieces() {
            spans.push(scene.span(text, ink_role(ink, row.label, call)));
        }
        frame.render_widget(Paragraph::new(Line::from(spans)), area);
    }
    if hidden > 0 {
        let text = format!(" {hidden} more ");
        let area = Rect { x: area.right().saturating_sub(12), y: area.bottom() - 1, width: 10, height: 1 };
        frame.render_widget(Paragraph::new(scene.span(text, Role::Faint)), area.intersection(frame.area()));
    }
}

fn ink_role(ink: strip::Ink, label: &str, call: &Call) -> Role {
    match ink {
        strip::Ink::Blank => Role::Text,
        strip::Ink::Axis | strip::Ink::Past => Role::Faint,
        strip::Ink::Waiting => Role::Ringing,
        strip::Ink::Answered if call.state == CallState::Ended => Role::Faint,
        strip::Ink::Answered => Role::Answered,
        strip::Ink::Running if label == "record" => Role::Recording,
        strip::Ink::Running => Role::Running,
        strip::Ink::Text => Role::Key,
        strip::Ink::Intent => Role::Intent,
        strip::Ink::Failed => Role::Bad,
        strip::Ink::Doubt => Role::Doubt,
    }
}
