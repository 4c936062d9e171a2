//! Notes on calls: what a person wants the next one to know. They live as long as the program.

use std::collections::HashMap;

use crate::protocol::{CallId, Shown};
use crate::time::Now;

/// A note on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When it was written.
    pub now: Now,
    /// What it says.
    pub text: Shown,
    /// Who talks to whom on that call.
    pub parties: Shown,
}

/// All notes, by call.
#[derive(Debug, Clone, Default)]
pub struct Notes(HashMap<CallId, Vec<Note>>);

impl Notes {
    /// Adds a note to a call.
    pub fn add(&mut self, call: CallId, note: Note) {
        self.0.entry(call).or_default().push(note);
    }

    /// The notes on a call, oldest first.
    #[must_use]
    pub fn on(&self, call: &CallId) -> &[Note] {
        self.0.get(call).map_or(&[], Vec::as_slice)
    }

    /// The newest note on a call.
    #[must_use]
    pub fn newest(&self, call: &CallId) -> Option<&Note> {
        self.on(call).last()
    }

    /// Every note, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<&Note> {
        let mut all: Vec<_> = self.0.values().flatten().collect();
        all.sort_by_key(|note| note.now.at);
        all
    }
}
