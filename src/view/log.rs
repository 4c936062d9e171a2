//! What this program asked for, with outcomes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, scrolled, words};
use crate::model::{Act, Tone};
use crate::ui::app::Pane;
use crate::ui::mouse::Hit;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let acts = scene.model.acts();
    let whence = if scene.has_others() { "from all consoles" } else { "from here" };
    let title = vec![
        scene.span(" Acts ", Role::Title),
        scene.span(format!("{} {whence} since the start ", acts.len()), Role::Faint),
    ];
    let mut order = vec![scene.span(" newest first ", Role::Faint)];
    if let Some(audit) = &scene.app.audit {
        let head = format!(" audit {}:{} ", audit.head.seq, audit.head.hash.brief());
        order.insert(0, scene.span(head, Role::Faint));
    }
    let inner = scene.pane(frame, area, title, order, scene.has_keys(Pane::Log));
    if acts.is_empty() {
        let line = scene.span(
            "Nothing was asked from here yet. What you do to calls is listed here, with its outcome.",
            Role::Faint,
        );
        return frame.render_widget(Paragraph::new(Line::from(line).centered()), inner);
    }
    let method = acts.iter().map(|act| act.method.len()).max().unwrap_or(0).min(METHOD);
    memory.log = scrolled(memory.log, scene.app.log_cursor, usize::from(inner.height), acts.len());
    for (area, (index, act)) in inner.rows().zip(acts.iter().rev().enumerate().skip(memory.log)) {
        let under_cursor = index == scene.app.log_cursor;
        if under_cursor {
            frame.buffer_mut().set_style(area, scene.cursor(Pane::Log));
        }
        memory.hit(area, Hit::Line(Pane::Log, index));
        frame.render_widget(
            Paragraph::new(row(scene, act, under_cursor, (usize::from(area.width), method))),
            area,
        );
    }
}

/// Columns of the name of what was asked, at most.
const METHOD: usize = 16;

/// Columns of whoever asked for it.
const BY: usize = 7;

/// A line of this width, the name of what was asked so wide; the call has what that does not need.
fn row<'a>(scene: &Scene<'a>, act: &Act, under_cursor: bool, (width, method): (usize, usize)) -> Line<'a> {
    let (outcome, role) = match &act.ending {
        None => ("open".to_owned(), Role::Intent),
        Some(ending) => {
            let time = ending.round_trip.map(|span| format!(" {}", words::short(span))).unwrap_or_default();
            let role = if ending.tone == Tone::Bad { Role::Bad } else { Role::Good };
            (format!("{}{time}", ending.text), role)
        }
    };
    // Where there is room for one of the two, why says more than what: that has its name already.
    let why = scene.seen(act.reason.as_str());
    let (done, why) = match (why.is_empty(), width < 150) {
        (true, _) => (scene.seen(act.what.as_str()), String::new()),
        (false, true) => (why, String::new()),
        (false, false) => (scene.seen(act.what.as_str()), format!("  {why}")),
    };
    let parties =
        if act.parties.as_str().is_empty() { act.what.to_string() } else { act.parties.to_string() };
    let (who, what) = if width < 100 { (20, 14) } else { (34, 40) };
    // Beside others it is said who.
    let by = if scene.has_others() { BY } else { 0 };
    let who = who + METHOD - method - by;
    let name = words::fit(scene.model.name_of(&act.by).as_str(), by.saturating_sub(1));
    Line::from(vec![
        Span::raw(if under_cursor { "> " } else { "  " }),
        scene.span(format!("{}  ", words::clock(act.now.wall, false)), Role::Faint),
        scene.span(if by > 0 { name + " " } else { String::new() }, Role::Faint),
        scene.span(words::fit(act.method, method) + " ", Role::Text),
        scene.span(words::fit(&words::parties(&scene.seen(&parties), who), who + 1), Role::Text),
        scene.span(words::fit(&done, what) + " ", Role::Faint),
        scene.span(words::cut(&outcome, width.saturating_sub(15 + by + method + who + what)), role),
        // Cut by the edge of the screen: what became of it goes first.
        scene.span(why, Role::Text),
    ])
}
