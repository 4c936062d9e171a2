//! How a call stands in the letters the screen has room for, and that nobody knows it, where nobody does.

use super::theme::Role;
use super::words::span;
use crate::model::gap::seconds;
use crate::model::{Call, Doubt};
use crate::protocol::CallState;
use crate::time::At;

/// A state in three letters, and what it looks like.
#[must_use]
pub fn state(call: &Call) -> (&'static str, Role) {
    if call.doubt.is_some() {
        // What it was when it was last heard of; it may be anything by now.
        return match call.state {
            CallState::Created => ("cr?", Role::Doubt),
            CallState::Ringing => ("rn?", Role::Doubt),
            CallState::Answered => ("an?", Role::Doubt),
            CallState::Ending | CallState::Ended => ("en?", Role::Doubt),
            CallState::Other(_) => ("???", Role::Doubt),
        };
    }
    match call.state {
        CallState::Created => ("CRE", Role::Created),
        CallState::Ringing => ("RNG", Role::Ringing),
        CallState::Answered => ("ANS", Role::Answered),
        CallState::Ending => ("END", Role::Ending),
        CallState::Ended => ("end", Role::Faint),
        CallState::Other(_) => ("???", Role::Doubt),
    }
}

/// The state of a call and its age; of one in doubt the last known state, and for how long that is all that is known.
#[must_use]
pub fn stands(call: &Call, now: At) -> String {
    let state = call.state.as_str();
    match call.doubt {
        Some(doubt) => format!("was {state}, in doubt {}", seconds(now.since(doubt.since))),
        None if call.inferred.is_some() => format!("gone, as the service says {}", span(call.age(now))),
        None if call.orphan.is_some() => format!("ORPHAN {} {}", state.to_uppercase(), span(call.age(now))),
        None => format!("{} {}", state.to_uppercase(), span(call.age(now))),
    }
}

/// For how long something has been in doubt, in six columns, for where an age would pretend: `? 28 s`, `? 3 m`.
#[must_use]
pub fn doubt(doubt: Option<Doubt>, now: At) -> String {
    let seconds = doubt.map_or(0, |doubt| now.since(doubt.since).as_secs());
    match seconds {
        0..100 => format!("? {seconds} s"),
        100..6_000 => format!("? {} m", seconds / 60),
        _ => format!("? {} h", seconds / 3_600),
    }
}
