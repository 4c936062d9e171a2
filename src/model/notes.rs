//! Notes on calls: what a person wants the next one to know. They outlive their calls.

use super::{Model, Touched, describe};
use crate::client::By;
use crate::protocol::{CallId, Shown};
use crate::time::Now;

/// A note on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The call.
    pub call: CallId,
    /// When it was written.
    pub now: Now,
    /// What it says.
    pub text: Shown,
    /// Who wrote it.
    pub by: By,
    /// Who talked to whom on that call.
    pub parties: Shown,
}

impl Model {
    /// Every note, oldest first.
    pub fn notes(&self) -> impl DoubleEndedIterator<Item = &Note> {
        self.notes.iter()
    }

    /// The notes on a call, oldest first.
    pub fn notes_on(&self, call: &CallId) -> impl DoubleEndedIterator<Item = &Note> {
        self.notes().filter(move |note| note.call == *call)
    }

    pub(super) fn noted(&mut self, id: &CallId, text: &Shown, by: &By, now: Now) {
        let call = self.calls.get_mut(id);
        let parties = call.as_deref().map(|call| Shown::new(&describe::parties(call))).unwrap_or_default();
        let note = Note { call: id.clone(), now, text: text.clone(), by: by.clone(), parties };
        call.into_iter().for_each(|call| call.note = Some(note.clone()));
        self.notes.push(note);
        self.touched.push(Touched::Call(id.clone()));
    }
}
