//! A line being typed: a filter, a command, a note, a name. With history, completion, and errors that point.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent};
use tui_textarea::{CursorMove, TextArea};

use super::chord::Chord;
use super::list::RowId;
use crate::filter::Completion;
use crate::protocol::{CallId, Shown};

/// What a line is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// The filter of the list; what it was before, and where the cursor was.
    Filter {
        /// The filter before.
        before: String,
        /// The cursor before.
        cursor: Option<RowId>,
    },
    /// A word to look for in what is shown.
    Find,
    /// A command.
    Command,
    /// The search of a list to choose from.
    Query,
    /// A rule for marks.
    Rule,
    /// What to wait for.
    Wait,
    /// The name of a new view.
    View,
    /// A note on a call.
    Note(CallId),
    /// The reason for what is about to be agreed to.
    Reason,
    /// A time to go to in the past.
    Time,
    /// The name of a context to take, or to drop.
    Context {
        /// Whether to take it.
        add: bool,
    },
}

impl Purpose {
    /// What stands before the line.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Filter { .. } | Self::Find => "/",
            Self::Command => ":",
            Self::Query => "> ",
            Self::Rule => "mark: ",
            Self::Wait => "ring when: ",
            Self::View => "save view as: ",
            Self::Note(_) => "note: ",
            Self::Reason => "reason: ",
            Self::Time => "go to: ",
            Self::Context { add: true } => "take calls of context: ",
            Self::Context { add: false } => "drop context: ",
        }
    }

    /// What stands behind it while there is nothing else to say.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Filter { .. } => "Enter keeps, Tab completes, Esc gives up",
            Self::Find => "Enter looks, n N go on, Esc gives up",
            Self::Command => "Enter runs, Tab completes, Esc gives up",
            Self::Query => "",
            Self::Rule => "Enter marks what fits the filter, Tab completes, Esc gives up",
            Self::Wait => "Enter waits for what fits the filter, Tab completes, Esc gives up",
            Self::View => "Enter saves, Esc gives up",
            Self::Note(_) => "Enter writes it down, Esc gives up",
            Self::Reason => "Enter takes it, Tab completes, Esc gives up",
            Self::Time => "14:03, 14:03:10 or 2026-01-31 14:03; Enter goes there, Esc gives up",
            Self::Context { add: true } => "others that listen lose its calls",
            Self::Context { add: false } => "Enter drops it, Esc gives up",
        }
    }

    /// Lines of one purpose share a history.
    const fn shelf(&self) -> &'static str {
        match self {
            Self::Filter { .. } | Self::Rule | Self::Wait => "filter",
            Self::Find => "find",
            Self::Command => "command",
            Self::Query => "query",
            Self::View => "view",
            Self::Note(_) => "note",
            Self::Reason => "reason",
            Self::Time => "time",
            Self::Context { .. } => "context",
        }
    }
}

/// A line being typed.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it is for.
    pub purpose: Purpose,
    /// Its editor, of one line.
    pub editor: TextArea<'static>,
    /// What is wrong with it, and where in it.
    pub error: Option<(Range<usize>, Shown)>,
    /// Whether it was to be done with that error.
    pub refused: bool,
    /// What could stand at the cursor, the likeliest first.
    pub completions: Vec<Completion>,
    /// The completion that was taken last.
    pub chosen: Option<usize>,
    /// What stood behind the cursor when the first completion was taken.
    tail: String,
    /// How far back in the history it is.
    back: Option<usize>,
    /// What was typed before going back.
    draft: String,
}

/// What a key did to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// It changed the text.
    Changed,
    /// It moved in it, or meant nothing.
    Moved,
    /// It is done.
    Enter,
    /// It is given up.
    Escape,
    /// The key is not for a line.
    Not,
}

impl Line {
    /// A line with a text in it and the cursor behind that.
    #[must_use]
    pub fn new(purpose: Purpose, text: &str) -> Self {
        let (error, completions, chosen, back) = (None, Vec::new(), None, None);
        let (editor, draft, tail, refused) = (editor(text), String::new(), String::new(), false);
        Self { purpose, editor, error, refused, completions, chosen, tail, back, draft }
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.editor.lines().first().map_or("", String::as_str)
    }

    /// The byte at which the cursor is.
    #[must_use]
    pub fn cursor(&self) -> usize {
        let column = self.editor.cursor().1;
        self.text().char_indices().nth(column).map_or(self.text().len(), |(byte, _)| byte)
    }

    /// Puts another text in, with the cursor behind it.
    pub fn set(&mut self, text: &str) {
        self.editor = editor(text);
    }

    /// Whether what is wrong is wrong for good: not while the word is being typed.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        let goes_on = |at: &Range<usize>| self.text()[at.end..].contains(' ');
        self.error.as_ref().is_some_and(|(at, _)| self.refused || goes_on(at))
    }

    /// Whether the word at the end could become more than it is.
    #[must_use]
    pub fn is_half_typed(&self) -> bool {
        let longer = |completion: &Completion| completion.text.len() > completion.at.len();
        self.cursor() == self.text().len() && self.completions.iter().any(longer)
    }

    /// Takes pasted text; line breaks become blanks, other controls go.
    pub fn paste(&mut self, text: &str) {
        let text = text.trim_end_matches(['\r', '\n']);
        let text: String = text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).collect();
        self.editor.insert_str(text.chars().filter(|c| !c.is_control()).collect::<String>());
        self.chosen = None;
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent, shelves: &Shelves) -> Typed {
        let chord = Chord::of(&key);
        match key.code {
            KeyCode::Enter => Typed::Enter,
            KeyCode::Esc => Typed::Escape,
            KeyCode::Tab => self.complete(1),
            KeyCode::BackTab => self.complete(-1),
            KeyCode::Up => self.recall(1, shelves),
            KeyCode::Down => self.recall(-1, shelves),
            KeyCode::Left | KeyCode::Right | KeyCode::Home | KeyCode::End => {
                self.editor.input(key);
                Typed::Moved
            }
            _ if Some(chord) == Chord::parse("ctrl+u") => {
                self.editor.delete_line_by_head();
                self.changed()
            }
            _ if chord.typed().is_some() || matches!(key.code, KeyCode::Backspace | KeyCode::Delete) => {
                self.editor.input(key);
                self.changed()
            }
            _ if ["ctrl+w", "ctrl+k", "ctrl+a", "ctrl+e"]
                .iter()
                .any(|text| Some(chord) == Chord::parse(text)) =>
            {
                self.editor.input(key);
                self.changed()
            }
            _ => Typed::Not,
        }
    }

    fn changed(&mut self) -> Typed {
        self.chosen = None;
        self.back = None;
        Typed::Changed
    }

    /// Takes the next completion, in place of the one taken before.
    fn complete(&mut self, by: i32) -> Typed {
        let all = &self.completions;
        if all.is_empty() {
            return Typed::Moved;
        }
        let count = all.len() as i32;
        let next =
            self.chosen.map_or(if by > 0 { 0 } else { count - 1 }, |at| (at as i32 + by).rem_euclid(count));
        let Completion { at, text, .. } = &all[next as usize];
        if self.chosen.is_none() {
            self.tail = self.text().get(at.end..).unwrap_or_default().to_owned();
        }
        let before = self.text().get(..at.start).unwrap_or_default();
        let text = format!("{before}{text}{}", self.tail);
        self.set(&text);
        self.chosen = Some(next as usize);
        Typed::Changed
    }

    fn recall(&mut self, by: i32, shelves: &Shelves) -> Typed {
        let lines = shelves.of(&self.purpose);
        let back = match self.back {
            None if by > 0 => {
                self.draft = self.text().to_owned();
                Some(0)
            }
            None => return Typed::Moved,
            Some(back) => {
                back.checked_add_signed(by as isize).map(|back| back.min(lines.len().saturating_sub(1)))
            }
        };
        if lines.is_empty() {
            return Typed::Moved;
        }
        self.back = back;
        let text = back.and_then(|back| lines.get(back)).unwrap_or(&self.draft).clone();
        self.set(&text);
        Typed::Changed
    }
}

fn editor(text: &str) -> TextArea<'static> {
    let mut editor = TextArea::new(vec![text.to_owned()]);
    editor.set_max_histories(50);
    editor.move_cursor(CursorMove::End);
    editor
}

/// Lines that were typed before, by purpose, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Shelves(HashMap<&'static str, VecDeque<String>>);

impl Shelves {
    /// So many lines of a purpose are kept.
    const KEPT: usize = 50;

    /// Keeps a line.
    pub fn keep(&mut self, purpose: &Purpose, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let lines = self.0.entry(purpose.shelf()).or_default();
        lines.retain(|line| line != text);
        lines.push_front(text.to_owned());
        lines.truncate(Self::KEPT);
    }

    fn of(&self, purpose: &Purpose) -> Vec<String> {
        self.0.get(purpose.shelf()).into_iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &mut Line, text: &str) {
        for c in text.chars() {
            line.key(KeyEvent::from(KeyCode::Char(c)), &Shelves::default());
        }
    }

    #[test]
    fn nothing_printable_is_lost_and_the_cursor_moves_in_the_text() {
        let mut line = Line::new(Purpose::Command, "");
        typed(&mut line, "日本 e\u{301} x");
        assert_eq!(line.text(), "日本 e\u{301} x");
        line.key(KeyEvent::from(KeyCode::Home), &Shelves::default());
        typed(&mut line, "é");
        assert_eq!((line.text(), line.cursor()), ("é日本 e\u{301} x", 2));
    }

    #[test]
    fn completions_replace_the_word_they_complete_and_go_round() {
        let mut line = Line::new(Purpose::Command, "th");
        let all = ["theme", "those"].map(|text| Completion { at: 0..2, text: text.into(), help: "".into() });
        line.completions = all.to_vec();
        let tab = KeyEvent::from(KeyCode::Tab);
        for expected in ["theme", "those", "theme"] {
            line.key(tab, &Shelves::default());
            assert_eq!(line.text(), expected);
        }
    }

    #[test]
    fn the_history_goes_back_and_forth_and_keeps_the_draft() {
        let mut shelves = Shelves::default();
        for text in ["one", "two", "one"] {
            shelves.keep(&Purpose::Command, text);
        }
        let mut line = Line::new(Purpose::Command, "dra");
        let press = |line: &mut Line, code| line.key(KeyEvent::from(code), &shelves);
        let mut seen = Vec::new();
        for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down] {
            press(&mut line, code);
            seen.push(line.text().to_owned());
        }
        assert_eq!(seen, ["one", "two", "two", "one", "dra"]);
    }
}
