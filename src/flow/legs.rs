//! Which calls are legs of one another: of one dial, or of one bridge.

use crate::catalog::ActionKind;
use crate::model::{Call, Model};
use crate::protocol::CallId;

/// More legs are not drawn side by side.
const MOST: usize = 6;

/// A call and its other legs, the nearest first, at most six.
#[must_use]
pub fn legs(model: &Model, id: &CallId) -> Vec<CallId> {
    let mut found: Vec<&Call> = model.call(id).into_iter().collect();
    let mut looked_at = 0;
    while let Some(&leg) = found.get(looked_at) {
        let related = model.calls().filter(|other| joins(leg, other) || joins(other, leg));
        for other in related.collect::<Vec<_>>() {
            if found.len() < MOST && found.iter().all(|known| known.id != other.id) {
                found.push(other);
            }
        }
        looked_at += 1;
    }
    found.into_iter().map(|leg| leg.id.clone()).collect()
}

/// Whether two calls are bridged, come of one dial, or one of a bridge of the other. What became of the bridge since
/// does not matter: it is part of both lives.
fn joins(call: &Call, other: &Call) -> bool {
    if call.id == other.id {
        return false;
    }
    let bridges = || call.actions.iter().filter(|action| action.kind == ActionKind::Connect);
    let tag = other.tag.as_ref().map(crate::protocol::Tag::as_str);
    call.peer.as_ref() == Some(&other.id)
        || (tag.is_some() && tag == call.tag.as_ref().map(crate::protocol::Tag::as_str))
        || bridges().any(|bridge| {
            bridge.yields.peer.as_ref() == Some(&other.id) || tag == Some(bridge.control_id.as_str())
        })
}
