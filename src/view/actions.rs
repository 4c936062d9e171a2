//! The actions of a call: what runs, how far it is, what came of it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, scrolled, words};
use crate::model::Action;
use crate::ui::app::Pane;
use crate::ui::availability;
use crate::ui::command::Command;
use crate::ui::mouse::Hit;

/// Cells of the columns that do not grow.
const KIND: usize = 9;
const PHASE: usize = 10;
const OWNER: usize = 6;
/// The same where there are names.
const OWNER_NAMED: usize = 9;

/// A pane of its own. With `named` its title says whose actions they are.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory, named: bool) {
    let call = scene.app.call(scene.model);
    let running = call.map_or(0, |call| call.running().count());
    let mut title = vec![scene.span(" Actions ", Role::Title)];
    if let Some(call) = call.filter(|_| named) {
        title.push(scene.span(format!("on {} ", scene.party(call.from.as_str(), 20)), Role::Text));
    }
    title.push(scene.span(format!(" {running} running "), Role::Faint));
    let inner = scene.pane(frame, area, title, Vec::new(), scene.has_keys(Pane::Actions));
    memory.hit(area, Hit::Pane(Pane::Actions));
    rows(frame, inner, scene, memory);
}

/// The rows alone.
pub(super) fn rows(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let Some(call) = scene.app.call(scene.model) else { return };
    let actions = scene.app.actions(call);
    if actions.is_empty() {
        let mut line = Line::from(scene.span("  Nothing runs here. ", Role::Faint));
        for (command, what) in [
            (Command::Answer, " answers  "),
            (Command::Invoke("play_tts"), " speaks  "),
            (Command::AllActs, " shows everything else"),
        ] {
            if call.is_live() && availability::of(scene.app, scene.model, command).is_ok() {
                line.push_span(scene.span(scene.key(command), Role::Key));
                line.push_span(scene.span(what, Role::Hint));
            }
        }
        return frame.render_widget(Paragraph::new(line), area);
    }
    let chosen = scene.app.action(scene.model).map(|action| &action.control_id);
    let cursor = actions.iter().position(|action| Some(&action.control_id) == chosen).unwrap_or(0);
    memory.actions = scrolled(memory.actions, cursor, usize::from(area.height), actions.len());
    for (area, (index, action)) in area.rows().zip(actions.iter().enumerate().skip(memory.actions)) {
        if index == cursor {
            frame.buffer_mut().set_style(area, scene.cursor(Pane::Actions));
        }
        memory.hit(area, Hit::Action(action.control_id.clone()));
        frame.render_widget(
            Paragraph::new(row(scene, action, index == cursor, usize::from(area.width))),
            area,
        );
    }
}

fn row<'a>(scene: &Scene<'a>, action: &Action, under_cursor: bool, width: usize) -> Line<'a> {
    let (phase, role) = words::phase(action);
    // What it is and how far it is share the room; neither is of use without the other.
    let owner_width = if scene.has_others() { OWNER_NAMED } else { OWNER };
    let room = width.saturating_sub(2 + KIND + 1 + PHASE + 1 + owner_width);
    let what = (room * 45 / 100).clamp(12, 44).min(room);
    let room = room - what;
    let owner = scene.model.starter(action);
    let progress = match action.doubt {
        doubt @ Some(_) => words::doubt(doubt, scene.at()),
        None => words::progress(action, scene.at(), room),
    };
    let faint = if action.is_live() { Role::Text } else { Role::Faint };
    Line::from(vec![
        Span::raw(if under_cursor { "> " } else { "  " }),
        scene.span(words::fit(action.kind.word(), KIND), faint),
        scene.span(words::fit(&scene.seen(action.what.as_str()), what), faint),
        Span::raw(" "),
        scene.span(words::fit(&phase, PHASE), role),
        Span::raw(" "),
        scene.span(words::fit(&progress, room), faint),
        scene.span(words::fit_right(owner.as_str(), owner_width), Role::Faint),
    ])
}
