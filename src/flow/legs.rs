//! Which calls are legs of one another: of one dial, or of one bridge.

use crate::catalog::ActionKind;
use crate::model::{Action, Call, Model};
use crate::protocol::{CallId, Tag};

/// More legs are not drawn side by side.
const MOST: usize = 6;

/// A call and its other legs, the nearest first, at most six.
#[must_use]
pub fn legs(model: &Model, id: &CallId) -> Vec<CallId> {
    let mut found: Vec<&Call> = model.call(id).into_iter().collect();
    let mut looked_at = 0;
    while let Some(&leg) = found.get(looked_at) {
        let own = Ties::of(leg);
        let related = model.calls().filter(|other| other.id != leg.id && own.join(leg, other));
        for other in related.collect::<Vec<_>>() {
            if found.len() < MOST && found.iter().all(|known| known.id != other.id) {
                found.push(other);
            }
        }
        looked_at += 1;
    }
    found.into_iter().map(|leg| leg.id.clone()).collect()
}

/// What ties a call to others: its dial, its peer, its bridges. What became of a bridge since does not matter: it is
/// part of both lives.
struct Ties<'a> {
    tag: Option<&'a str>,
    bridges: Vec<&'a Action>,
}

impl<'a> Ties<'a> {
    fn of(call: &'a Call) -> Self {
        let bridges = call.actions.iter().filter(|action| action.kind == ActionKind::Connect);
        Self { tag: call.tag.as_ref().map(Tag::as_str), bridges: bridges.collect() }
    }

    /// Whether another call is bridged with it, comes of the same dial, or of a bridge of one of the two.
    fn join(&self, call: &Call, other: &Call) -> bool {
        let theirs = other.tag.as_ref().map(Tag::as_str);
        let bridged = |bridge: &Action, call: &CallId, tag: Option<&str>| {
            bridge.yields.peer.as_ref() == Some(call) || tag == Some(bridge.control_id.as_str())
        };
        (theirs.is_some() && theirs == self.tag)
            || call.peer.as_ref() == Some(&other.id)
            || other.peer.as_ref() == Some(&call.id)
            || self.bridges.iter().any(|bridge| bridged(bridge, &other.id, theirs))
            || Ties::of(other).bridges.iter().any(|bridge| bridged(bridge, &call.id, self.tag))
    }
}
