//! What the board itself knows of calls, beside what the service reports: marks, notes, alerts.

use super::marks::Marks;
use super::notes::Notes;
use crate::filter;
use crate::protocol::CallId;

/// Marks, notes and alerts.
#[derive(Debug, Default)]
pub struct Board {
    /// Calls that are marked.
    pub marks: Marks,
    /// Notes on calls.
    pub notes: Notes,
}

impl filter::Board for Board {
    fn is_marked(&self, call: &CallId) -> bool {
        self.marks.has(call)
    }

    fn alert(&self, _: &CallId) -> Option<filter::Level> {
        None
    }

    fn note(&self, call: &CallId) -> Option<&str> {
        self.notes.newest(call).map(|note| note.text.as_str())
    }
}
