//! A list to choose from: the one kind of menu. A key that an item shows chooses it; where it can be searched, typing
//! does.

use super::column::Column;
use super::command::{Command, Exported};
use super::line::Line;
use crate::export::Format;
use crate::protocol::{CallId, Shown};

/// What choosing an item does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// Run a command.
    Command(Command),
    /// Run a line as if it had been typed after `:`.
    Typed(String),
    /// Show a saved view, by its place.
    View(usize),
    /// Mark by a rule, by its place.
    Rule(usize),
    /// Type a rule.
    TypeRule,
    /// Sort by a column.
    Sort(Column),
    /// Show or hide a column.
    Column(Column),
    /// Take a theme.
    Theme(String),
    /// Go to a call.
    Call(CallId),
    /// Give up waiting, by its number.
    Wait(u64),
    /// Show an export in a format.
    Export(Exported, Format),
}

/// What kind of list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Everything that can be done with a call: the keys shown work as in the list.
    Acts,
    /// Everything, found by typing.
    Palette,
    /// Saved views.
    Views,
    /// Rules for marks.
    Rules,
    /// Columns to sort by.
    Sort,
    /// Columns to show.
    Columns,
    /// Themes, each shown while the cursor is on it.
    Themes,
    /// What is waited for.
    Waits,
    /// Formats of an export.
    Formats,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What kind of thing it is, in capitals; empty where all are of one kind.
    pub class: &'static str,
    /// The key that chooses it, as it is shown.
    pub key: String,
    /// What it is.
    pub label: Shown,
    /// More about it.
    pub about: Shown,
    /// Why it cannot be chosen now.
    pub why_not: Option<Shown>,
    /// Whether it is on, where it can be on or off.
    pub on: Option<bool>,
    /// What choosing it does.
    pub pick: Pick,
}

impl Item {
    /// An item that can be chosen.
    #[must_use]
    pub fn new(key: impl Into<String>, label: &str, about: &str, pick: Pick) -> Self {
        let (label, about) = (Shown::new(label), Shown::new(about));
        Self { class: "", key: key.into(), label, about, why_not: None, on: None, pick }
    }
}

/// A list to choose from.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What kind of list it is.
    pub kind: Kind,
    /// Its heading.
    pub title: &'static str,
    /// What is typed to search it, where it can be searched.
    pub query: Option<Line>,
    /// Its lines, those that fit what is typed, the best first.
    pub items: Vec<Item>,
    /// How many there would be if nothing was typed.
    pub total: usize,
    /// The line of the cursor.
    pub cursor: usize,
    /// What was so before, to go back to.
    pub before: String,
}

impl Picker {
    /// A list with the cursor on its first line.
    #[must_use]
    pub const fn new(kind: Kind, title: &'static str, items: Vec<Item>) -> Self {
        let total = items.len();
        Self { kind, title, query: None, items, total, cursor: 0, before: String::new() }
    }

    /// The item under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&Item> {
        self.items.get(self.cursor)
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: i32) {
        self.cursor = self.cursor.saturating_add_signed(by as isize).min(self.items.len().saturating_sub(1));
    }

    /// Puts the cursor on the item with this key. Gives false when there is none.
    pub fn press(&mut self, key: &str) -> bool {
        let place = self.items.iter().position(|item| !item.key.is_empty() && item.key == key);
        self.cursor = place.unwrap_or(self.cursor);
        place.is_some()
    }
}
