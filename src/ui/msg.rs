//! Everything that can happen to the console, and everything it can ask for.

use crossterm::event::KeyEvent;

use super::mouse::Mouse;
use super::past::Wind;
use crate::calling::{Ask, Error};
use crate::model::Why;
use crate::protocol::{CallId, Shown};

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(Mouse),
    /// Text was pasted.
    Paste(String),
    /// The screen has this many columns and lines.
    Resize(u16, u16),
    /// What is known changed.
    Changed,
    /// An ask did not even become a command.
    Rejected(Rejected),
    /// Something was done as asked, or could not be: in words.
    Told(Result<Shown, Shown>),
    /// The text that was being edited elsewhere is ready.
    Edited(String),
    /// The time that [`super::App::wake_at`] named has come.
    Wake,
}

/// An ask that did not become a command, and why in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// What was asked.
    pub ask: Ask,
    /// Why not.
    pub why: Shown,
}

impl Rejected {
    /// This ask failed so.
    #[must_use]
    pub fn new(ask: Ask, error: &Error) -> Self {
        Self { ask, why: Shown::new(&error.to_string()) }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the service, and why.
    Submit(Ask, Why),
    /// Connect now.
    Reconnect,
    /// Put a note on a call.
    Note(CallId, Shown),
    /// Claim a call at the hub, or let go of it.
    Claim(CallId, bool),
    /// Let the others at the hub know which call is looked at here.
    Look(Option<CallId>),
    /// Forget ended calls.
    ClearEnded,
    /// Put a text into the clipboard; what it is, in words.
    Copy {
        /// The text.
        text: String,
        /// What it is, such as `call id`.
        what: &'static str,
    },
    /// Write a text to a new file of this name among the exports.
    Save {
        /// Name with its ending, without a folder.
        name: String,
        /// What is in it.
        text: String,
    },
    /// Ring: the bell, and a notification where the terminal can.
    Notify(Shown),
    /// Edit a text in the user's editor; comes back as [`Msg::Edited`].
    Edit(String),
    /// Look at the past instead of the present.
    LookBack,
    /// Wind the tape that is looked at.
    Wind(Wind),
    /// Look at the present again.
    Now,
    /// Draw with this theme.
    Theme(String),
    /// Keep how things are arranged for the next time.
    Keep,
    /// Draw the whole screen anew.
    Redraw,
    /// Go to the shell.
    Suspend,
    /// Leave.
    Quit,
}
