//! The mouse: what it is on, and what clicking, dragging and scrolling there do. Never the only way.

use super::app::{App, Pane};
use super::chord::Chord;
use super::column::Column;
use super::command::Command;
use super::layer::Layer;
use super::list::RowId;
use super::msg::Effect;
use super::perform;
use crate::model::Model;
use crate::protocol::ControlId;
use crate::time::Now;

/// What is under the mouse, as the last frame was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    /// A pane, beside anything else in it.
    Pane(Pane),
    /// A line of the list.
    Row(RowId),
    /// The heading of a column.
    Heading(Column),
    /// An action.
    Action(ControlId),
    /// An entry of a feed.
    Entry(u64),
    /// A line of a screen that moves a cursor over numbered lines.
    Line(Pane, usize),
    /// A key of the footer.
    Key(Command),
    /// A key of the footer that others follow.
    Prefix(Chord),
    /// An item of a list to choose from.
    Item(usize),
    /// A field of a form.
    Field(usize),
    /// The edge between two panes.
    Edge(Edge),
}

/// An edge that can be dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Between what stands above and below.
    Below,
    /// Between what stands left and right.
    Beside,
}

/// Shares of the screen, in percent, where somebody chose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Splits {
    /// Height of the upper part.
    pub above: Option<u16>,
    /// Width of the left part.
    pub left: Option<u16>,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// The left button went down.
    Click,
    /// The mouse moved with the left button down.
    Drag,
    /// The left button went up.
    Release,
    /// The wheel turned by so many lines, down is positive.
    Wheel(i32),
}

/// Something that the mouse did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub deed: Deed,
    /// Column and line.
    pub at: (u16, u16),
    /// What is there.
    pub hit: Option<Hit>,
}

/// Takes what the mouse did.
pub(super) fn take(app: &mut App, mouse: &Mouse, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match mouse.deed {
        Deed::Wheel(by) => wheel(app, mouse.hit.as_ref(), by, model, now, effects),
        Deed::Drag => drag(app, mouse.at),
        Deed::Release => {
            if app.dragged.take().is_some() {
                effects.push(Effect::Keep);
            }
        }
        Deed::Click => {
            if let Some(hit) = &mouse.hit {
                click(app, hit, model, now, effects);
            }
        }
    }
}

fn wheel(app: &mut App, hit: Option<&Hit>, by: i32, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    if app.layers.is_empty()
        && let Some(pane) = hit.and_then(|hit| pane_of(app, hit))
    {
        app.pane = pane;
    }
    app.list.chosen = true;
    perform::perform(app, Command::Move(by), model, now, effects);
}

fn pane_of(app: &App, hit: &Hit) -> Option<Pane> {
    let pane = match hit {
        Hit::Pane(pane) | Hit::Line(pane, _) => *pane,
        Hit::Row(_) | Hit::Heading(_) => Pane::List,
        Hit::Action(_) => Pane::Actions,
        Hit::Entry(_) => Pane::Feed,
        Hit::Key(_) | Hit::Prefix(_) | Hit::Item(_) | Hit::Field(_) | Hit::Edge(_) => return None,
    };
    app.panes().contains(&pane).then_some(pane)
}

fn click(app: &mut App, hit: &Hit, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    app.pressed.clear();
    match hit {
        Hit::Key(command) => return app.run(*command, model, now, effects),
        Hit::Prefix(chord) => return app.pressed.push(*chord),
        _ => {}
    }
    match app.layers.last_mut() {
        Some(Layer::Picker(picker)) => {
            if let Hit::Item(place) = hit {
                let again = picker.cursor == *place;
                picker.cursor = *place;
                if again {
                    perform::perform(app, Command::Open, model, now, effects);
                }
            }
        }
        Some(Layer::Form(form)) => {
            if let Hit::Field(place) = hit {
                form.focus = *place;
            }
        }
        Some(_) => {}
        None => click_screen(app, hit, model, now, effects),
    }
}

fn click_screen(app: &mut App, hit: &Hit, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    app.list.chosen = true;
    if let Some(pane) = pane_of(app, hit) {
        app.pane = pane;
    }
    match hit {
        Hit::Row(row) => {
            // The second click on a line opens it.
            if app.list.cursor.as_ref() == Some(row) {
                return perform::perform(app, Command::Open, model, now, effects);
            }
            app.list.put_on(Some(row.clone()));
            app.moved_to(None);
        }
        Hit::Heading(column) => perform::sort_by(app, *column, effects),
        Hit::Action(id) => app.action_cursor = Some(id.clone()),
        Hit::Entry(seq) => app.feed.cursor = Some(*seq),
        Hit::Line(pane, line) => perform::put_line(app, *pane, *line, model, now),
        Hit::Edge(edge) => app.dragged = Some(*edge),
        Hit::Pane(_) | Hit::Key(_) | Hit::Prefix(_) | Hit::Item(_) | Hit::Field(_) => {}
    }
}

/// Moves the edge that is being dragged; both sides keep a decent minimum.
fn drag(app: &mut App, (x, y): (u16, u16)) {
    let (width, height) = app.size;
    let share = |at: u16, whole: u16| (at * 100 / whole.max(1)).clamp(20, 80);
    match app.dragged {
        Some(Edge::Below) => app.splits.above = Some(share(y.saturating_sub(2), height.saturating_sub(4))),
        Some(Edge::Beside) => app.splits.left = Some(share(x, width)),
        None => {}
    }
}
