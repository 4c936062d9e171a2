//! Marked calls: by key, by range, by rule. A mark is on a call, not on a line, and goes with it.

use std::collections::BTreeSet;

use super::app::App;
use super::layer::Layer;
use super::line::{Line, Purpose};
use super::picker::{Item, Kind, Pick, Picker};
use super::views::Rule;
use crate::filter::Filter;
use crate::model::{Call, Model, Tone};
use crate::protocol::{CallId, Shown};
use crate::time::Now;

/// Which calls are marked.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    calls: BTreeSet<CallId>,
    /// The call that was marked last: where a range begins.
    anchor: Option<CallId>,
    /// The rule that marked them, if one did.
    pub by: Option<Shown>,
}

impl Marks {
    /// Whether a call is marked.
    #[must_use]
    pub fn has(&self, call: &CallId) -> bool {
        self.calls.contains(call)
    }

    /// How many calls are marked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether nothing is marked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The marked calls.
    pub fn iter(&self) -> impl Iterator<Item = &CallId> {
        self.calls.iter()
    }

    /// Marks a call, or unmarks it.
    pub fn toggle(&mut self, call: &CallId) {
        self.by = None;
        if !self.calls.remove(call) {
            self.calls.insert(call.clone());
        }
        self.anchor = Some(call.clone());
    }

    /// Marks these calls too.
    pub fn add<'a>(&mut self, calls: impl IntoIterator<Item = &'a CallId>) {
        self.calls.extend(calls.into_iter().cloned());
    }

    /// Takes all marks away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets marks on calls that are no longer remembered.
    pub fn settle(&mut self, model: &Model) {
        self.calls.retain(|id| model.call(id).is_some());
    }
}

/// Marks or unmarks the call under the cursor, and goes to the next.
pub(super) fn toggle(app: &mut App) {
    let Some(call) = app.list.call().cloned() else { return };
    app.board.marks.toggle(&call);
    app.list.step(1);
}

/// Marks everything from the call that was marked last to the cursor.
pub(super) fn range(app: &mut App) {
    let Some(cursor) = app.list.call().cloned() else { return };
    let calls: Vec<CallId> = app.list.calls().cloned().collect();
    let place = |id: &CallId| calls.iter().position(|call| call == id);
    let Some(to) = place(&cursor) else { return };
    let from = app.board.marks.anchor.as_ref().and_then(place).unwrap_or(to);
    app.board.marks.add(&calls[from.min(to)..=from.max(to)]);
    app.board.marks.anchor = Some(cursor);
}

/// Marks what is not marked among the lines shown, and the other way round. Ended calls are marked only where the list
/// is about them.
pub(super) fn invert(app: &mut App, model: &Model) {
    let marks = &mut app.board.marks;
    let (unmark, mark): (Vec<CallId>, Vec<CallId>) = app.list.calls().cloned().partition(|id| marks.has(id));
    let ended_too = app.list.filter.mentions_ended();
    let live = |id: &&CallId| ended_too || model.call(id).is_some_and(Call::is_live);
    marks.calls.retain(|id| !unmark.contains(id));
    marks.add(mark.iter().filter(live));
    marks.by = None;
}

/// The rules to choose from.
pub(super) fn menu(app: &App, model: &Model, now: Now) -> Picker {
    let item = |(place, rule): (usize, &Rule)| {
        let count = Filter::parse(&rule.filter).map_or(0, |filter| fitting(app, model, now, &filter).len());
        let calls = if count == 1 { "call " } else { "calls" };
        let about = format!("{count} {calls}   {}", rule.filter);
        let key = if place < 9 { (place + 1).to_string() } else { String::new() };
        Item::new(key, &rule.name, &about, Pick::Rule(place))
    };
    let mut items: Vec<Item> = app.config.rules.iter().enumerate().map(item).collect();
    items.push(Item::new("/", "type a filter", "marks every live call that it fits", Pick::TypeRule));
    Picker::new(Kind::Rules, "Mark by rule: its digit", items)
}

pub(super) fn fitting(app: &App, model: &Model, now: Now, filter: &Filter) -> Vec<CallId> {
    let (shown, at) = app.shown(model, now);
    let sight = app.sight(shown, at);
    let calls = shown
        .calls()
        .filter(|call| (call.is_live() || filter.mentions_ended()) && filter.shows(call, &sight));
    calls.map(|call: &Call| call.id.clone()).collect()
}

/// Marks every call that fits a rule, and nothing else.
pub(super) fn by_rule(app: &mut App, name: &str, filter: &Filter, model: &Model, now: Now) {
    let calls = fitting(app, model, now, filter);
    app.board.marks.clear();
    app.board.marks.add(&calls);
    app.board.marks.by = Some(Shown::new(name));
    let text = match calls.len() {
        0 => format!("no call fits {name}: nothing is marked"),
        1 => format!("1 call marked: {name}"),
        count => format!("{count} calls marked: {name}"),
    };
    app.say(&Shown::new(&text), Tone::Plain, now);
}

/// A line to type a rule into.
pub(super) fn type_rule(app: &mut App) {
    app.layers.push(Layer::Line(Box::new(Line::new(Purpose::Rule, ""))));
}
