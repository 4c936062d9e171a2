//! What lies over the screen and takes the keys first.

use std::sync::Arc;

use super::form::Form;
use super::list::RowId;
use crate::calling::Ask;
use crate::protocol::{CallId, Shown};
use crate::time::At;

/// Something over the screen. The topmost has the keys; Esc takes it away.
#[derive(Debug, Clone)]
pub enum Layer {
    /// Keys and words.
    Help {
        /// First line shown.
        scroll: usize,
    },
    /// The raw frame behind an event.
    Raw(Raw),
    /// A form.
    Form(Box<Form>),
    /// A question.
    Confirm(Confirm),
    /// All methods with their keys.
    Acts {
        /// The line of the cursor.
        cursor: usize,
    },
    /// The filter being typed.
    Filter {
        /// What it was before.
        before: String,
        /// What it is now.
        text: String,
        /// Where the cursor was before.
        cursor: Option<RowId>,
    },
    /// A name being typed: of a context to take or drop.
    Context {
        /// Whether to take it.
        add: bool,
        /// The name so far.
        text: String,
    },
}

/// A frame being read.
#[derive(Debug, Clone)]
pub struct Raw {
    /// What it is.
    pub title: Shown,
    /// Its lines, fit for a screen.
    pub lines: Arc<Vec<Shown>>,
    /// First line shown.
    pub scroll: usize,
}

impl Raw {
    /// A frame, laid out when it is JSON.
    #[must_use]
    pub fn new(title: Shown, frame: &str) -> Self {
        let pretty = serde_json::from_str::<serde_json::Value>(frame).ok();
        let pretty = pretty.and_then(|value| serde_json::to_string_pretty(&value).ok());
        let text = pretty.as_deref().unwrap_or(frame);
        Self { title, lines: Arc::new(text.lines().map(Shown::whole).collect()), scroll: 0 }
    }
}

/// A question that `y` agrees to.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What is asked, one line each.
    pub lines: Vec<Shown>,
    /// What happens at `y`.
    pub then: Agreed,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Agreed {
    /// Hang up a call, after the time to take it back.
    HangUp(CallId),
    /// Ask the service this, all of it.
    Submit(Vec<Ask>),
    /// Leave.
    Quit,
}

/// A hang-up that can still be taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Undoable {
    /// The call.
    pub call: CallId,
    /// What will be asked.
    pub ask: Ask,
    /// Whom it is with.
    pub what: Shown,
    /// When it leaves.
    pub due: At,
}
