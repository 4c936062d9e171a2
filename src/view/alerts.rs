//! Alerts and what is waited for: the screen, and the pane of it on the large screens.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, scrolled, words};
use crate::alert::{Alert, Standing, Wait};
use crate::filter::Level;
use crate::time::Wall;
use crate::ui::alerts::{Row, wall_at};
use crate::ui::app::Pane;
use crate::ui::command::{Command, Screen, Until};
use crate::ui::mouse::Hit;

/// Widths of the parts of a line, the gap behind each not counted.
struct Widths {
    clock: usize,
    rule: usize,
    who: usize,
    /// What is left for how it stands.
    rest: usize,
}

impl Widths {
    /// What rule and parties need, as far as there is room beside the rest.
    fn of(scene: &Scene<'_>, rows: &[Row], width: usize) -> Self {
        // A pair of numbers comes before all of how it stands; what neither needs the other has.
        const PAIR: usize = 33;
        const STANDS: usize = 11;
        let clock = if width >= 100 { 8 } else { 5 };
        // Cursor, mark, time of day, age, and gaps.
        let room = width.saturating_sub(2 + 3 + clock + 1 + 7 + 3);
        let texts: Vec<[String; 3]> = rows.iter().filter_map(|row| texts(scene, row, clock)).collect();
        let widest = |part: usize| texts.iter().map(|texts| words::columns(&texts[part])).max().unwrap_or(0);
        let rule = widest(0).clamp(8, (room / 3).max(8));
        let stands = widest(2).clamp(STANDS, room.saturating_sub(rule + PAIR).max(STANDS));
        let who = widest(1).clamp(11, room.saturating_sub(rule + stands).max(11));
        Self { clock, rule, who, rest: room.saturating_sub(rule + who) }
    }
}

/// The name of a rule or the word for a wait, whom it is about, and how it stands.
fn texts(scene: &Scene<'_>, row: &Row, clock: usize) -> Option<[String; 3]> {
    let watch = &scene.app.board.watch;
    match row {
        Row::Alert(number) => {
            let alert = watch.alert(*number)?;
            Some([alert.rule.to_string(), scene.seen(alert.who.as_str()), stands(scene, alert, clock)])
        }
        Row::Wait(number) => {
            let wait = watch.waits().iter().find(|wait| wait.number == *number)?;
            Some(["wait until".to_owned(), scene.seen(wait.who.as_str()), wait.goal.words().to_string()])
        }
    }
}

/// The screen, or the pane of it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let mut rows = scene.app.alert_rows();
    // A pane among others shows what is so now; what is over only while its cursor can get there.
    let still = scene.app.screen != Screen::Alerts && !scene.has_keys(Pane::Alerts);
    if still {
        rows.retain(|row| is_now(scene, row));
    }
    let mut block = scene.block(title(scene), scene.has_keys(Pane::Alerts));
    // On the screen of its own the footer says so.
    if scene.app.screen != Screen::Alerts {
        block = block.title_top(keys(scene).right_aligned());
    }
    let inner = block.inner(area);
    memory.hit(area, Hit::Pane(Pane::Alerts));
    if rows.is_empty() {
        frame.render_widget(block, area);
        return empty(frame, inner, scene);
    }
    let widths = Widths::of(scene, &rows, usize::from(inner.width));
    let mut body = inner;
    if scene.app.screen == Screen::Alerts && inner.height > 3 {
        frame.render_widget(Paragraph::new(heading(scene, &widths)), Rect { height: 1, ..inner });
        body = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    let line = scene.app.alert_line(&rows);
    let height = usize::from(body.height);
    memory.alerts = if still { 0 } else { scrolled(memory.alerts, line, height, rows.len()) };
    let more = rows.len().saturating_sub(memory.alerts + height);
    if more > 0 {
        let text = scene.span(format!(" {more} more "), Role::Title);
        block = block.title_bottom(Line::from(text).right_aligned());
    }
    frame.render_widget(block, area);
    for (area, (index, row)) in body.rows().zip(rows.iter().enumerate().skip(memory.alerts)) {
        // In a pane among others the cursor is of no use while the keys are elsewhere.
        let under_cursor = index == line && !still;
        if under_cursor {
            frame.buffer_mut().set_style(area, scene.cursor(Pane::Alerts));
        }
        memory.hit(area, Hit::Line(Pane::Alerts, index));
        let watch = &scene.app.board.watch;
        let line = match row {
            Row::Alert(number) => watch.alert(*number).map(|alert| alert_row(scene, alert, &widths)),
            Row::Wait(number) => {
                let wait = watch.waits().iter().find(|wait| wait.number == *number);
                wait.map(|wait| wait_row(scene, wait, &widths))
            }
        };
        let mut spans = vec![Span::raw(if under_cursor { "> " } else { "  " })];
        spans.extend(line.unwrap_or_default());
        frame.render_widget(Paragraph::new(Line::from(spans)), area);
    }
}

fn title<'a>(scene: &Scene<'a>) -> Line<'a> {
    let counts = scene.app.board.watch.counts();
    let mut spans = vec![scene.span(" Alerts ", Role::Title)];
    let role = if counts.act > 0 { Role::AlertAct } else { Role::Title };
    spans.push(scene.span(format!("{} ", counts.open()), role));
    for (count, word) in [
        (counts.unlisted, "not listed"),
        (counts.acknowledged, "acknowledged"),
        (counts.snoozed, "put off"),
        (scene.app.board.watch.waits().len(), "waited for"),
    ] {
        if count > 0 {
            spans.push(scene.span(format!(" {count} {word} "), Role::Faint));
        }
    }
    Line::from(spans)
}

fn keys<'a>(scene: &Scene<'a>) -> Line<'a> {
    let pairs = [(Command::Acknowledge, "acknowledge"), (Command::Snooze, "put off")];
    let mut spans = vec![Span::raw(" ")];
    for (command, word) in pairs {
        spans.push(scene.span(scene.key(command), Role::Key));
        spans.push(scene.span(format!(" {word}  "), Role::Faint));
    }
    spans.push(scene.span(scene.key(Command::Open), Role::Key));
    spans.push(scene.span(" goes there ", Role::Faint));
    Line::from(spans)
}

fn heading<'a>(scene: &Scene<'a>, widths: &Widths) -> Line<'a> {
    let Widths { clock, rule, who, rest } = *widths;
    let cells =
        [("", 4), ("SINCE", clock), ("RULE", rule + 1), ("CALL", who), ("AGE", 6), ("STATUS", rest.min(6))];
    let text = cells.map(|(title, width)| words::fit(title, width)).join(" ");
    Line::from(scene.span(text, Role::Faint))
}

/// A time of day, with seconds where there is room.
fn clock(wall: Wall, width: usize) -> String {
    words::clock(wall, false).chars().take(width).collect()
}

/// The mark of an alert: words and marks carry what colours only repeat.
pub(super) const fn mark(alert: &Alert) -> (&'static str, Role) {
    match (&alert.standing, alert.level) {
        (Standing::Open, Level::Act) => ("!!", Role::AlertAct),
        (Standing::Open, Level::Warn) => ("!", Role::AlertWarn),
        (Standing::Acknowledged(_), Level::Act) => ("!!", Role::Faint),
        (Standing::Acknowledged(_), Level::Warn) => ("!", Role::Faint),
        (Standing::Snoozed { .. }, _) => ("z", Role::Faint),
        (Standing::Cleared { .. }, _) => ("", Role::Faint),
    }
}

/// Whether it is about what is so now, or what is waited for.
fn is_now(scene: &Scene<'_>, row: &Row) -> bool {
    match row {
        Row::Alert(number) => scene.app.board.watch.alert(*number).is_some_and(Alert::is_live),
        Row::Wait(_) => true,
    }
}

/// How an alert stands, and how often it came.
fn stands(scene: &Scene<'_>, alert: &Alert, width: usize) -> String {
    let stands = match &alert.standing {
        Standing::Open if alert.level == Level::Act => "act".to_owned(),
        Standing::Open => String::new(),
        Standing::Acknowledged(at) => format!("seen {}", clock(at.wall, width)),
        Standing::Snoozed { until, .. } => format!("until {}", clock(wall_at(*until, scene.now), width)),
        Standing::Cleared { why, .. } => why.to_string(),
    };
    if alert.times > 1 { format!("{}x {stands}", alert.times) } else { stands }
}

fn alert_row<'a>(scene: &Scene<'a>, alert: &Alert, widths: &Widths) -> Vec<Span<'a>> {
    let (mark, role) = mark(alert);
    let text = if alert.is_open() { Role::Text } else { Role::Faint };
    // How old the call is; of what is over, how long that was so.
    let call = alert.about.call().filter(|_| alert.is_live()).and_then(|call| scene.model.call(call));
    let age = call.map_or_else(|| alert.lasted(scene.at()), |call| call.age(scene.at()));
    let rule = words::fit(alert.rule.as_str(), widths.rule) + "  ";
    vec![
        scene.span(words::fit(mark, 3), role),
        scene.span(clock(alert.since.wall, widths.clock) + " ", Role::Faint),
        scene.span(rule, if alert.is_open() { role } else { text }),
        scene.span(
            words::fit(&words::parties(&scene.seen(alert.who.as_str()), widths.who), widths.who) + " ",
            text,
        ),
        scene.span(words::fit(&words::span(age), 7), text),
        scene.span(words::cut(&stands(scene, alert, widths.clock), widths.rest), text),
    ]
}

fn wait_row<'a>(scene: &Scene<'a>, wait: &Wait, widths: &Widths) -> Vec<Span<'a>> {
    vec![
        scene.span("w  ", Role::Intent),
        scene.span(clock(wait.since.wall, widths.clock) + " ", Role::Faint),
        scene.span(words::fit("wait until", widths.rule) + "  ", Role::Intent),
        scene.span(
            words::fit(&words::parties(&scene.seen(wait.who.as_str()), widths.who), widths.who) + " ",
            Role::Text,
        ),
        scene.span(words::fit(&words::span(scene.at().since(wait.since.at)), 7), Role::Text),
        scene.span(words::cut(wait.goal.words().as_str(), widths.rest), Role::Text),
    ]
}

/// What to do when there is nothing to see.
fn empty(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let rules = scene.app.board.watch.rules().len();
    let first = match rules {
        0 => "No alert, for there is no rule: `callboard config` shows how one is written.".to_owned(),
        1 => "All is well by the one rule there is.".to_owned(),
        count => format!("All is well by {count} rules."),
    };
    let mut lines = vec![Line::from(scene.span(first, Role::Text))];
    if area.height > 2 {
        lines.push(Line::from(vec![
            scene.span(scene.key(Command::Wait(Until::Answered)), Role::Key),
            scene.span(" on a call rings when it is answered, ", Role::Hint),
            scene.span(scene.key(Command::Wait(Until::Filter)), Role::Key),
            scene.span(" when any call is as you say", Role::Hint),
        ]));
    }
    if area.height > 8 {
        lines.push(Line::default());
        for rule in scene.app.board.watch.rules() {
            let filters = [(&rule.warn, "warn"), (&rule.act, "act")];
            let filters = filters
                .iter()
                .filter_map(|(filter, word)| filter.as_ref().map(|filter| format!("{word} {filter}")));
            let hold = match rule.hold.as_secs() {
                0 => String::new(),
                seconds => format!(", for {seconds} s"),
            };
            let text = format!("{}: {}{hold}", rule.name, filters.collect::<Vec<_>>().join(", "));
            lines.push(Line::from(scene.span(words::cut(&text, usize::from(area.width)), Role::Faint)));
        }
    }
    let top = area.height.saturating_sub(lines.len() as u16) / 2;
    let area = Rect { y: area.y + top, height: area.height - top, ..area };
    frame.render_widget(Paragraph::new(lines).centered(), area);
}
