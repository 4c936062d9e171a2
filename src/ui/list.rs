//! The list of calls: what is in it, in which order, and where the cursor is. The cursor is on a call, not on a line.

use std::cmp::Ordering;
use std::time::Duration;

use super::column::Column;
use super::views::Arrangement;
use crate::filter::{Board, Filter, Sight};
use crate::model::{Call, Dial, DialState, Model};
use crate::protocol::{CallId, CallState, Shown, Tag};
use crate::time::At;

/// What a line of the list is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RowId {
    /// A call.
    Call(CallId),
    /// A dial that has no leg yet, or failed without one.
    Dial(Tag),
}

/// The list's own state.
#[derive(Debug, Clone)]
pub struct List {
    /// What is shown.
    pub filter: Filter,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Whether somebody chose them since the console began.
    pub arranged: bool,
    /// How many columns are scrolled away to the left.
    pub first_column: usize,
    /// By what it is sorted.
    pub key: Column,
    /// Whether the order is turned around.
    pub reversed: bool,
    /// How long ended calls stay in it.
    pub keep_ended: Duration,
    /// The user's own arrangement, while a view shows another.
    pub own: Option<Arrangement>,
    /// The name of the saved view it shows; empty once something was changed.
    pub view: String,
    /// Where the cursor is.
    pub cursor: Option<RowId>,
    /// Its lines, as of the last change.
    pub rows: Rows,
    /// The call under the cursor, when it ended there: it keeps its place until the cursor moves.
    pub held: Option<CallId>,
    /// Whether the cursor was put where it is since its lines were worked out.
    moved: bool,
    /// Whether the call under the cursor was live when last looked at.
    was_live: bool,
    /// The dial that handed the cursor to one of its legs, until it is decided.
    dial: Option<Tag>,
    /// Whether a key was pressed yet. Before, the cursor is nobody's choice and stays on the first line.
    pub chosen: bool,
}

/// What is in the list now, in order.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The lines.
    pub ids: Vec<RowId>,
    /// How many of them come before the ended ones; a call that ended under the cursor is still there.
    pub upper: usize,
    /// How many calls are live, and dials under way.
    pub live: usize,
    /// How many there would be without the filter.
    pub total: usize,
    /// The call under the cursor, when it does not fit the filter any more: it stays until the cursor moves.
    pub strayed: Option<CallId>,
    /// The filter they were worked out with.
    filter: String,
}

impl List {
    /// A list sorted by age, with the cursor nowhere.
    #[must_use]
    pub fn new(keep_ended: Duration) -> Self {
        let filter = Filter::default();
        Self {
            filter,
            columns: Column::DEFAULT.to_vec(),
            arranged: false,
            first_column: 0,
            key: Column::Age,
            reversed: false,
            keep_ended,
            own: None,
            view: String::new(),
            cursor: None,
            rows: Rows::default(),
            held: None,
            moved: false,
            was_live: false,
            dial: None,
            chosen: false,
        }
    }

    /// Works its lines out anew.
    pub fn refresh(&mut self, model: &Model, now: At, board: &dyn Board) {
        let moved = std::mem::take(&mut self.moved);
        let same = self.rows.filter == self.filter.text() && !moved;
        let stays = self.call().filter(|_| same && self.chosen && self.index().is_some()).cloned();
        self.rows = self.lines(model, &Sight { now, board, others: Some(model) }, stays.as_ref());
    }

    fn lines(&self, model: &Model, sight: &Sight<'_>, stays: Option<&CallId>) -> Rows {
        let now = sight.now;
        // Who asks about ended calls sees all that are remembered.
        let all_ended = self.filter.mentions_ended();
        let recent = |call: &&Call| {
            call.is_live()
                || all_ended
                || self.held.as_ref() == Some(&call.id)
                || call.entered(&CallState::Ended).is_none_or(|ended| now.since(ended) < self.keep_ended)
        };
        let all: Vec<&Call> = model.calls().filter(recent).collect();
        let dials: Vec<&Dial> = model.dials().filter(|dial| shown_dial(dial, now)).collect();
        let total = all.len() + dials.len();
        let fits = |call: &&Call| self.filter.shows(call, sight);
        let above = |call: &&Call| call.is_live() || self.held.as_ref() == Some(&call.id);
        let (mut live, mut ended): (Vec<&Call>, Vec<&Call>) =
            all.into_iter().filter(|call| stays == Some(&call.id) || fits(call)).partition(above);
        let strayed = stays.and_then(|id| model.call(id)).filter(|call| !fits(call));
        let others = live.iter().filter(|call| !call.is_live() || strayed.is_some_and(|s| s.id == call.id));
        let others = others.count();
        self.sort(&mut live, sight);
        if all_ended {
            self.sort(&mut ended, sight);
        } else {
            ended.sort_by_key(|call| std::cmp::Reverse(call.entered(&CallState::Ended)));
        }
        let dials = dials.into_iter().filter(|dial| self.filter.shows_dial(dial, sight));
        let mut ids: Vec<RowId> = dials.map(|dial| RowId::Dial(dial.tag.clone())).collect();
        ids.extend(live.into_iter().map(|call| RowId::Call(call.id.clone())));
        let upper = ids.len();
        let live = upper - others;
        ids.extend(ended.into_iter().map(|call| RowId::Call(call.id.clone())));
        let strayed = strayed.map(|call| call.id.clone());
        Rows { ids, upper, live, total, strayed, filter: self.filter.text().to_owned() }
    }

    /// Puts calls in order. Ages, which decide nearly always, are worked out once for each.
    fn sort(&self, calls: &mut Vec<&Call>, sight: &Sight<'_>) {
        let mut aged: Vec<_> = calls.iter().map(|call| (call.age(sight.now), *call)).collect();
        aged.sort_by(|(age, a), (other, b)| {
            // By age there is nothing else to compare.
            let order = if self.key == Column::Age { other.cmp(age) } else { self.compare(a, b, sight) };
            let order = if self.reversed { order.reverse() } else { order };
            order.then_with(|| other.cmp(age)).then_with(|| a.id.cmp(&b.id))
        });
        calls.clear();
        calls.extend(aged.into_iter().map(|(_, call)| call));
    }

    fn compare(&self, a: &Call, b: &Call, sight: &Sight<'_>) -> Ordering {
        match self.key {
            // The gravest first; only the board knows.
            Column::Alert => sight.board.alert(&b.id).cmp(&sight.board.alert(&a.id)),
            Column::Owner => by_name(sight, |model| (model.owner(&a.id), model.owner(&b.id))),
            Column::Eyes => by_name(sight, |model| (seen_by(model, a), seen_by(model, b))),
            key => key.compare(a, b, sight.now),
        }
    }

    /// The line of the cursor.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        let cursor = self.cursor.as_ref()?;
        self.rows.ids.iter().position(|id| id == cursor)
    }

    /// The call under the cursor.
    #[must_use]
    pub const fn call(&self) -> Option<&CallId> {
        match &self.cursor {
            Some(RowId::Call(id)) => Some(id),
            _ => None,
        }
    }

    /// Puts the cursor on a line, kept within the list.
    pub fn put(&mut self, line: usize) {
        let ids = &self.rows.ids;
        self.put_on(ids.get(line.min(ids.len().saturating_sub(1))).cloned());
    }

    /// Puts the cursor on something, or nowhere.
    pub fn put_on(&mut self, row: Option<RowId>) {
        self.held = None;
        self.moved = true;
        self.was_live = false;
        self.dial = None;
        self.cursor = row;
    }

    /// Moves the cursor by so many lines.
    pub fn step(&mut self, lines: i32) {
        let line = self.index().map_or(0, |line| line.saturating_add_signed(lines as isize));
        self.put(line);
    }

    /// Puts the cursor on a dial that is about to be asked for.
    pub fn put_dial(&mut self, tag: Tag) {
        self.put_on(Some(RowId::Dial(tag.clone())));
        self.dial = Some(tag);
    }

    /// Keeps the cursor on something after the list changed. `was` is the line it was on. A dial hands the cursor to
    /// its leg, at last to the one that won; a call that ends under the cursor keeps it.
    pub fn settle(&mut self, model: &Model, now: At, was: Option<usize>, board: &dyn Board) {
        if let Some(dial) = self.dial.as_ref().and_then(|tag| model.dial(tag)) {
            let winner = if let DialState::Answered(winner) = &dial.state { Some(winner) } else { None };
            if let Some(leg) = winner.or_else(|| dial.legs.first()) {
                self.cursor = Some(RowId::Call(leg.clone()));
            }
            if dial.is_over() {
                self.dial = None;
            }
        }
        let live = self.call().and_then(|id| model.call(id)).is_some_and(Call::is_live);
        if self.was_live && !live {
            self.held = self.call().cloned();
        }
        self.was_live = live;
        self.refresh(model, now, board);
        if !self.chosen {
            self.put(0);
        } else if self.index().is_none() {
            self.put(was.unwrap_or(0));
        }
    }

    /// The calls on its lines, in order.
    pub fn calls(&self) -> impl Iterator<Item = &CallId> {
        self.rows.ids.iter().filter_map(|row| if let RowId::Call(id) = row { Some(id) } else { None })
    }
}

/// The order of two names that others have to do with calls; those without one last.
fn by_name<'a>(
    sight: &Sight<'a>,
    names: impl FnOnce(&'a Model) -> (Option<&'a Shown>, Option<&'a Shown>),
) -> Ordering {
    let (a, b) = sight.others.map(names).unwrap_or_default();
    (a.is_none(), a).cmp(&(b.is_none(), b))
}

/// Whoever claimed a call, else somebody who looks at it.
fn seen_by<'a>(model: &'a Model, call: &'a Call) -> Option<&'a Shown> {
    model.claimed_by(&call.id).or_else(|| model.eyes(&call.id).next().map(|person| &person.name))
}

/// A dial has a line of its own while it has no leg to show for it, and for a while after it failed without one.
fn shown_dial(dial: &Dial, now: At) -> bool {
    dial.legs.is_empty() && dial.ended_at.is_none_or(|ended| now.since(ended) < Duration::from_secs(60))
}
