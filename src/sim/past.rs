//! What happened before a session came: played in its own time, then told as far as it still lasts.

use serde_json::Value;

use super::session::SessionKey;
use super::world::{Due, World};
use crate::time::{At, Wall};

/// An event of the past, kept until it is known whether its call still lives.
#[derive(Debug)]
pub(super) struct Told {
    pub session: SessionKey,
    pub event_type: &'static str,
    pub body: Value,
    pub wall: Wall,
}

impl World {
    /// Plays what began at these moments in the past, and all that came of it, up to now. The sessions are told the
    /// whole story, with its own times, of every call that is left; of those that ended they hear nothing.
    pub(super) fn relive(&mut self, begun: Vec<(At, Due)>) {
        let (present, future) = (self.now, self.agenda.set_aside());
        self.past = Some(Vec::new());
        for (at, due) in begun {
            self.agenda.enter(at, due);
        }
        self.catch_up(present);
        self.agenda.put_back(future);
        for told in self.past.take().unwrap_or_default() {
            if self.lasts(&told.body) {
                self.tell(told.session, told.event_type, &told.body, told.wall);
            }
        }
    }

    /// Whether what an event is about is not over.
    fn lasts(&self, body: &Value) -> bool {
        let text = |name| body.get(name).and_then(Value::as_str);
        match (text("call_id"), text("tag")) {
            (Some(call_id), _) => self.legs.contains_key(call_id),
            (None, Some(tag)) => {
                let dialled = self.legs.values().any(|leg| leg.tag.as_str() == tag);
                dialled || self.attempts.values().any(|attempt| attempt.is_for(tag))
            }
            (None, None) => true,
        }
    }
}
