//! What lies over the screen and takes the keys first.

use std::sync::Arc;

use super::app::{AppConfig, AskReason};
use super::form::Form;
use super::line::Line;
use super::outbox::Batch;
use super::picker::Picker;
use crate::calling::Ask;
use crate::protocol::Shown;

/// Something over the screen. The topmost has the keys; Esc takes it away.
#[derive(Debug, Clone)]
pub enum Layer {
    /// Keys and words.
    Help {
        /// First line shown.
        scroll: usize,
        /// Only what has this in it, when something was looked for.
        find: String,
    },
    /// A text to read: a raw frame, a note, definitions.
    Text(Text),
    /// A form.
    Form(Box<Form>),
    /// A question.
    Confirm(Box<Confirm>),
    /// A list to choose from.
    Picker(Box<Picker>),
    /// A line being typed.
    Line(Box<Line>),
    /// What became of an act on several calls.
    Results {
        /// Number of the act.
        number: u64,
        /// First line shown.
        scroll: usize,
    },
}

/// A text being read.
#[derive(Debug, Clone)]
pub struct Text {
    /// What it is.
    pub title: Shown,
    /// Its lines, fit for a screen.
    pub lines: Arc<Vec<Shown>>,
    /// First line shown.
    pub scroll: usize,
    /// The whole text, to copy or save.
    pub whole: Arc<str>,
    /// Name of the file it would be saved to.
    pub file: String,
    /// What was looked for in it.
    pub find: String,
    /// The line where it was found last.
    pub found: Option<usize>,
}

impl Text {
    /// A frame, laid out when it is JSON.
    #[must_use]
    pub fn frame(title: Shown, frame: &str) -> Self {
        let pretty = serde_json::from_str::<serde_json::Value>(frame).ok();
        let pretty = pretty.and_then(|value| serde_json::to_string_pretty(&value).ok());
        Self::new(title, pretty.as_deref().unwrap_or(frame), "frame.json")
    }

    /// A text that would be saved under this name.
    #[must_use]
    pub fn new(title: Shown, text: &str, file: &str) -> Self {
        let lines = Arc::new(text.lines().flat_map(pieces).map(|line| Shown::whole(&line)).collect());
        let (whole, file) = (text.into(), file.to_owned());
        Self { title, lines, scroll: 0, whole, file, find: String::new(), found: None }
    }

    /// Scrolls by so many lines.
    pub fn step(&mut self, by: i32) {
        self.scroll = self.scroll.saturating_add_signed(by as isize);
        self.found = None;
    }

    /// Goes to the next or previous line with what is looked for, from the one found last, else from the first line
    /// shown. Gives false when there is none.
    pub fn go_to_match(&mut self, by: i32) -> bool {
        let needle = self.find.to_lowercase();
        let fits = |line: &Shown| !needle.is_empty() && line.as_str().to_lowercase().contains(&needle);
        let found = match by {
            1.. => {
                let from = self.found.map_or(self.scroll, |line| line + 1);
                (from..self.lines.len()).find(|&line| fits(&self.lines[line]))
            }
            _ => (0..self.found.unwrap_or(self.scroll)).rev().find(|&line| fits(&self.lines[line])),
        };
        self.scroll = found.unwrap_or(self.scroll);
        self.found = found.or(self.found);
        found.is_some()
    }
}

/// A line that is longer than any screen in pieces, so that each of them fits on one.
fn pieces(line: &str) -> Vec<String> {
    const LONGEST: usize = 400;
    if line.len() <= LONGEST {
        return vec![line.to_owned()];
    }
    let letters: Vec<char> = line.chars().collect();
    letters.chunks(LONGEST).map(|piece| piece.iter().collect()).collect()
}

impl Layer {
    /// The first line shown, of what can be scrolled.
    pub fn scroll(&mut self) -> Option<&mut usize> {
        match self {
            Self::Help { scroll, .. } | Self::Results { scroll, .. } => Some(scroll),
            Self::Text(text) => Some(&mut text.scroll),
            Self::Confirm(confirm) => Some(&mut confirm.scroll),
            Self::Form(form) => form.preview.as_mut(),
            Self::Picker(_) | Self::Line(_) => None,
        }
    }
}

/// A question that `y` agrees to, or the number of calls when it is about several.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What is asked, one line each.
    pub lines: Vec<Shown>,
    /// First line shown.
    pub scroll: usize,
    /// What must be typed to agree: a number of calls. `y` agrees when there is none.
    pub count: Option<usize>,
    /// What was typed so far.
    pub typed: String,
    /// Why it is to be done; none where that is not asked.
    pub reasons: Option<Reasons>,
    /// What happens then.
    pub then: Agreed,
}

impl Confirm {
    /// A question that `y` agrees to.
    #[must_use]
    pub const fn yes(lines: Vec<Shown>, then: Agreed) -> Self {
        Self { lines, scroll: 0, count: None, typed: String::new(), reasons: None, then }
    }

    /// The same question, which also asks why; where a hub needs to know, whatever is configured.
    #[must_use]
    pub fn why(self, config: &AppConfig, needed: bool) -> Self {
        let required = needed || config.ask_reason == AskReason::Required;
        let reasons = || Reasons { ready: config.reasons.clone(), given: Shown::default(), required };
        Self { reasons: (needed || config.ask_reason != AskReason::Off).then(reasons), ..self }
    }

    /// Whether a reason is still to be given before it can be agreed to.
    #[must_use]
    pub fn lacks_reason(&self) -> bool {
        self.reasons.as_ref().is_some_and(|reasons| reasons.required && reasons.given.as_str().is_empty())
    }

    /// The reason that was given; may be empty.
    #[must_use]
    pub fn reason(&self) -> Shown {
        self.reasons.as_ref().map(|reasons| reasons.given.clone()).unwrap_or_default()
    }
}

/// Why something is to be done, while that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons {
    /// Those that a key gives.
    pub ready: Vec<Shown>,
    /// The one that is given; may be empty.
    pub given: Shown,
    /// Whether nothing is done without one.
    pub required: bool,
}

impl Reasons {
    /// So many of those that are ready have a digit.
    pub const DIGITS: usize = 9;

    /// Gives the next or previous of those that are ready; beyond them is none.
    pub fn step(&mut self, by: i32) {
        let at = self.ready.iter().position(|ready| *ready == self.given).map_or(0, |at| at as i32 + 1);
        let next = (at + by).rem_euclid(self.ready.len() as i32 + 1);
        self.given = (next as usize).checked_sub(1).map(|at| self.ready[at].clone()).unwrap_or_default();
    }
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Agreed {
    /// An act on calls.
    Act(Batch),
    /// Ask the service this, all of it.
    Submit(Vec<Ask>),
    /// Leave.
    Quit,
}
