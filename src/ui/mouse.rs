//! The mouse: what it is on, and what clicking, dragging and scrolling there do. Never the only way.

use crossterm::event::KeyCode;

use super::app::{App, Pane};
use super::chord::Chord;
use super::column::Column;
use super::command::Command;
use super::layer::Layer;
use super::list::RowId;
use super::msg::Effect;
use super::picker::Kind;
use super::{input, palette, perform};
use crate::model::Model;
use crate::protocol::ControlId;
use crate::time::Now;

/// Moves an edge by a step, as dragging it does.
pub(super) fn nudge(app: &mut App, edge: Edge, by: i32, effects: &mut Vec<Effect>) {
    let (width, height) = app.size;
    let share = app.splits.share(edge, (width, height.saturating_sub(4)));
    app.splits.put(edge, share.saturating_add_signed(5 * by as i16));
    effects.push(Effect::Keep);
}

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
    /// A key as it is shown somewhere: clicking it presses it.
    Press(Chord),
    /// What lies over the screen, beside anything else in it.
    Over,
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

impl Splits {
    /// The share of the part before an edge, on a screen whose middle has so many columns and lines.
    #[must_use]
    pub fn share(&self, edge: Edge, (width, height): (u16, u16)) -> u16 {
        let is_cockpit = is_cockpit((width, height));
        match edge {
            Edge::Beside => self.left.unwrap_or(if is_cockpit { 58 } else { 50 }),
            Edge::Below if is_cockpit => self.above.unwrap_or(75),
            // The list takes what it needs, the rest shows the call; both keep a decent minimum.
            Edge::Below => self.above.unwrap_or_else(|| {
                let preview = (height * 2 / 5).clamp(8, 18);
                height.saturating_sub(preview) * 100 / height.max(1)
            }),
        }
    }

    /// Gives the part before an edge this share; both sides keep a decent minimum.
    pub fn put(&mut self, edge: Edge, share: u16) {
        let share = Some(share.clamp(20, 80));
        match edge {
            Edge::Below => self.above = share,
            Edge::Beside => self.left = share,
        }
    }
}

/// Whether the middle of the screen is large enough for everything at once.
#[must_use]
pub const fn is_cockpit((width, height): (u16, u16)) -> bool {
    width >= 160 && height >= 46
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
        Deed::Click => click(app, mouse.hit.as_ref(), model, now, effects),
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
        Hit::Key(_) | Hit::Press(_) | Hit::Over | Hit::Item(_) | Hit::Field(_) | Hit::Edge(_) => return None,
    };
    app.panes().contains(&pane).then_some(pane)
}

fn click(app: &mut App, hit: Option<&Hit>, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    app.pressed.clear();
    match (app.layers.last_mut(), hit) {
        (_, Some(Hit::Key(command))) => app.run(*command, model, now, effects),
        (_, Some(Hit::Press(chord))) => input::key(app, chord.key(), model, now, effects),
        (None, Some(hit)) => click_screen(app, hit, model, now, effects),
        (Some(Layer::Picker(picker)), Some(Hit::Item(place))) => {
            let (kind, again) = (picker.kind, picker.cursor == *place);
            picker.cursor = *place;
            palette::moved(app, effects);
            match kind {
                Kind::Columns => perform::perform(app, Command::Mark, model, now, effects),
                _ if again => perform::perform(app, Command::Open, model, now, effects),
                _ => {}
            }
        }
        (Some(Layer::Form(form)), Some(Hit::Field(place))) => form.focus = *place,
        // What is being typed is not lost by a slip.
        (Some(Layer::Form(_) | Layer::Line(_)), _) | (Some(_), Some(Hit::Over)) | (None, None) => {}
        (Some(Layer::Confirm(_)), _) => input::key(app, KeyCode::Esc.into(), model, now, effects),
        (Some(_), _) => perform::escape(app, now, effects),
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
        Hit::Pane(_) | Hit::Key(_) | Hit::Press(_) | Hit::Over | Hit::Item(_) | Hit::Field(_) => {}
    }
}

/// Moves the edge that is being dragged.
fn drag(app: &mut App, (x, y): (u16, u16)) {
    let (width, height) = app.size;
    let share = |at: u16, whole: u16| at * 100 / whole.max(1);
    match app.dragged {
        Some(Edge::Below) => {
            app.splits.put(Edge::Below, share(y.saturating_sub(2), height.saturating_sub(4)));
        }
        Some(Edge::Beside) => app.splits.put(Edge::Beside, share(x, width)),
        None => {}
    }
}
