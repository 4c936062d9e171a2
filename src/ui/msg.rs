//! Everything that can happen to the console, and everything it can ask for.

use crossterm::event::KeyEvent;

use crate::calling::{Ask, Error};
use crate::protocol::Shown;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// What is known changed.
    Changed,
    /// An ask did not even become a command.
    Rejected(Rejected),
    /// The time that [`super::App::wake_at`] named has come.
    Wake,
}

/// An ask that did not become a command, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected(pub Shown);

impl From<&Error> for Rejected {
    fn from(error: &Error) -> Self {
        Self(Shown::new(&error.to_string()))
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the service.
    Submit(Ask),
    /// Connect now.
    Reconnect,
    /// Forget ended calls.
    ClearEnded,
    /// Draw the whole screen anew.
    Redraw,
    /// Go to the shell.
    Suspend,
    /// Leave.
    Quit,
}
