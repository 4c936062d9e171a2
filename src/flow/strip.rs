//! The strip chart of a call: its states and everything that ran on it, along one line of time.

use std::time::Duration;

use crate::catalog::ActionKind;
use crate::model::{Action, Call, Phase};
use crate::protocol::CallState;
use crate::time::At;

/// What a cell stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Nothing.
    Blank,
    /// The line of time.
    Axis,
    /// Not answered yet.
    Waiting,
    /// Answered.
    Answered,
    /// Something that runs now.
    Running,
    /// Something that ran.
    Past,
    /// Keys, words and verdicts.
    Text,
    /// Asked for, not known to run.
    Intent,
    /// It failed.
    Failed,
    /// Nobody knows.
    Doubt,
}

/// One row: its name and its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What is in it; empty where it goes on with the row above.
    pub label: &'static str,
    /// Its cells from the beginning of the call to its end or to now.
    cells: Vec<(char, Ink)>,
}

impl Row {
    fn new(label: &'static str, width: usize) -> Self {
        Self { label, cells: vec![(' ', Ink::Blank); width] }
    }

    /// Its cells in pieces of one ink each.
    #[must_use]
    pub fn pieces(&self) -> Vec<(Ink, String)> {
        let mut pieces: Vec<(Ink, String)> = Vec::new();
        for (c, ink) in &self.cells {
            match pieces.last_mut() {
                Some((last, text)) if last == ink => text.push(*c),
                _ => pieces.push((*ink, c.to_string())),
            }
        }
        pieces
    }

    /// Its cells as they are read.
    #[must_use]
    pub fn text(&self) -> String {
        self.cells.iter().map(|(c, _)| *c).collect()
    }

    fn fill(&mut self, from: usize, to: usize, c: char, ink: Ink) {
        let to = to.min(self.cells.len());
        self.cells.iter_mut().take(to).skip(from).for_each(|cell| *cell = (c, ink));
    }

    /// Writes a text from a cell on, as much of it as fits.
    fn write(&mut self, from: usize, text: &str, ink: Ink) {
        let places = self.cells.iter_mut().skip(from);
        places.zip(text.chars()).for_each(|(cell, c)| *cell = (c, ink));
    }

    fn is_free(&self, from: usize, to: usize) -> bool {
        self.cells.iter().take(to).skip(from).all(|(_, ink)| *ink == Ink::Blank)
    }
}

/// Columns of the names of rows, a blank included.
pub const LABEL: usize = 10;

/// The chart of a call at a moment, `width` columns wide with the names of its rows. Empty when there is no room.
#[must_use]
pub fn chart(call: &Call, now: At, width: usize) -> Vec<Row> {
    let width = width.saturating_sub(LABEL);
    if width < 12 {
        return Vec::new();
    }
    let scale = Scale::of(call, now, width);
    let mut rows = vec![axis(&scale, call), states(&scale, call)];
    for kind in ActionKind::ALL {
        let actions: Vec<&Action> = call.actions.iter().filter(|action| action.kind == kind).collect();
        if kind == ActionKind::SendDigits {
            rows.extend(digits(&scale, &actions));
        } else {
            rows.extend(bars(&scale, kind.word(), &actions));
        }
    }
    rows
}

/// From moments to cells.
struct Scale {
    begin: At,
    end: At,
    width: usize,
}

impl Scale {
    fn of(call: &Call, now: At, width: usize) -> Self {
        let entered = [CallState::Created, CallState::Ringing, CallState::Answered];
        let first = entered.iter().filter_map(|state| call.entered(state)).min();
        let begin = first.map_or(call.first_seen, |at| at.min(call.first_seen));
        let end =
            call.entered(&CallState::Ended).unwrap_or(if call.is_live() { now } else { call.last_heard });
        Self { begin, end: end.max(begin), width }
    }

    fn span(&self) -> Duration {
        self.end.since(self.begin)
    }

    /// The cell of a moment; moments outside are at the edges.
    fn cell(&self, at: At) -> usize {
        self.cell_after(at.since(self.begin))
    }

    fn cell_after(&self, span: Duration) -> usize {
        let whole = self.span().as_micros().max(1);
        let cell = span.as_micros() * (self.width as u128 - 1) / whole;
        usize::try_from(cell).unwrap_or(usize::MAX).min(self.width - 1)
    }
}

/// Seconds between two marks of the line of time: the first that leaves room for their words is taken.
const STEPS: [u64; 17] =
    [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
/// Columns from one mark to the next, at least.
const APART: usize = 9;

fn axis(scale: &Scale, call: &Call) -> Row {
    let mut row = Row::new("timeline", scale.width);
    let wide = |step: &&u64| scale.cell_after(Duration::from_secs(**step)) >= APART;
    let step = STEPS.iter().find(wide).copied();
    let mut seconds = 0;
    loop {
        let at = scale.cell_after(Duration::from_secs(seconds));
        let text = mark(seconds);
        if Duration::from_secs(seconds) > scale.span() || at + text.len() > scale.width {
            break;
        }
        row.write(at, &text, Ink::Axis);
        let Some(step) = step else { break };
        seconds += step;
    }
    let now = scale.width - 3;
    if call.is_live() && row.is_free(now - 2, scale.width) {
        row.write(now, "now", Ink::Axis);
    }
    row
}

fn mark(seconds: u64) -> String {
    if seconds < 3_600 {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    } else {
        format!("{}h{:02}", seconds / 3_600, seconds / 60 % 60)
    }
}

fn states(scale: &Scale, call: &Call) -> Row {
    let mut row = Row::new("call", scale.width);
    let stages = [
        (CallState::Created, 'c', Ink::Waiting),
        (CallState::Ringing, 'r', Ink::Waiting),
        (CallState::Answered, 'A', Ink::Answered),
        (CallState::Ending, 'e', Ink::Past),
    ];
    // A state that was too short for a cell of its own still gets one.
    let mut free = 0;
    for (state, c, ink) in stages {
        let Some(at) = call.entered(&state) else { continue };
        let from = scale.cell(at).max(free).min(scale.width - 1);
        row.fill(from, scale.width, c, ink);
        free = from + 1;
    }
    let last = scale.width - 1;
    if let Some(doubt) = call.doubt {
        row.fill(scale.cell(doubt.since), scale.width, '?', Ink::Doubt);
    } else if call.is_live() {
        row.write(last, ">", row.cells[last].1);
    } else {
        row.write(last, "e", Ink::Past);
    }
    row
}

/// Actions of one kind; what runs at the same time stands in rows of its own.
fn bars(scale: &Scale, label: &'static str, actions: &[&Action]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for action in actions {
        let (from, to) = (scale.cell(begin(action)), scale.cell(action.ended_at.unwrap_or(scale.end)) + 1);
        let said = said(action);
        let free = rows.iter().position(|row| row.is_free(from, to));
        let place = free.unwrap_or_else(|| {
            rows.push(Row::new(if rows.is_empty() { label } else { "" }, scale.width));
            rows.len() - 1
        });
        let row = &mut rows[place];
        bar(row, scale, action, (from, to));
        if row.is_free(to, to + said.len()) && to + said.len() <= scale.width {
            row.write(to, &said, Ink::Text);
        }
    }
    rows
}

fn begin(action: &Action) -> At {
    use ActionKind::{Collect, Detect, Prompt, ReceiveFax, SendFax};
    // These report nothing before their end.
    let silent = matches!(action.kind, Detect | Collect | Prompt | SendFax | ReceiveFax);
    if silent && action.was_asked() {
        action.requested_at
    } else {
        action.started_at.unwrap_or(action.requested_at)
    }
}

fn bar(row: &mut Row, scale: &Scale, action: &Action, (from, to): (usize, usize)) {
    let (c, ink, end, end_ink) = match &action.phase {
        Phase::Requested | Phase::Accepted => ('.', Ink::Intent, '.', Ink::Intent),
        Phase::Running => ('=', Ink::Running, '>', Ink::Running),
        Phase::Paused => ('=', Ink::Running, 'p', Ink::Running),
        Phase::Done { successful } => {
            let (end, ink) = match action.verdict().filter(|_| action.kind == ActionKind::Detect) {
                Some(verdict) => (letter(verdict), Ink::Text),
                None if *successful => ('=', Ink::Past),
                None => ('x', Ink::Failed),
            };
            ('=', Ink::Past, end, ink)
        }
        Phase::Refused(_) | Phase::NotSent(_) => ('x', Ink::Failed, 'x', Ink::Failed),
        Phase::Unknown(_) => ('?', Ink::Doubt, '?', Ink::Doubt),
    };
    row.fill(from, to, c, ink);
    if let (Phase::Paused, Some(since)) = (&action.phase, action.paused_since()) {
        row.fill(scale.cell(since), to, '-', Ink::Running);
    }
    row.write(to - 1, &end.to_string(), end_ink);
    if let Some(doubt) = action.doubt {
        row.fill(scale.cell(doubt.since).max(from), to, '?', Ink::Doubt);
    }
}

fn letter(verdict: &str) -> char {
    verdict.chars().next().filter(char::is_ascii_alphanumeric).unwrap_or('?').to_ascii_uppercase()
}

/// What an input brought, where it is keys.
fn said(action: &Action) -> String {
    let asks = matches!(action.kind, ActionKind::Prompt | ActionKind::Collect);
    let keys = action.yields.text.as_deref().filter(|_| asks && action.is_over()).unwrap_or_default();
    keys.chars().filter(char::is_ascii_graphic).collect()
}

/// Keys at the place where they were sent; those that would stand in each other's way move on.
fn digits(scale: &Scale, actions: &[&Action]) -> Option<Row> {
    let mut row = Row::new(ActionKind::SendDigits.word(), scale.width);
    let mut free = 0;
    for action in actions {
        let keys: String = action.what.as_str().chars().filter(char::is_ascii_graphic).collect();
        let ink = match &action.phase {
            Phase::Done { successful: true } => Ink::Text,
            Phase::Done { successful: false } | Phase::Refused(_) | Phase::NotSent(_) => Ink::Failed,
            Phase::Unknown(_) => Ink::Doubt,
            Phase::Requested | Phase::Accepted | Phase::Running | Phase::Paused => Ink::Intent,
        };
        let keys = match ink {
            Ink::Failed => format!("{keys}x"),
            Ink::Doubt => format!("{keys}?"),
            _ => keys,
        };
        let from = scale.cell(action.requested_at).min(scale.width.saturating_sub(keys.len())).max(free);
        row.write(from, &keys, ink);
        free = from + keys.len();
    }
    (!actions.is_empty()).then_some(row)
}

#[cfg(test)]
mod tests;
