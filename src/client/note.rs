//! What a connection reports, for the log: states, types, ids and codes; never what was said.

use super::event::{ClientEvent, LinkState, Outcome};

/// Logs one report.
pub(super) fn note(event: &ClientEvent) {
    match event {
        ClientEvent::Link(state) => link(state),
        ClientEvent::Received(received) => {
            tracing::trace!(event_type = %received.event_type, duplicate = received.duplicate, "event");
        }
        ClientEvent::Outcome { ticket, outcome, round_trip } => {
            let millis = round_trip.map(|span| span.as_millis());
            let (outcome, code) = match outcome {
                Outcome::Done(reply) => ("done", reply.code.as_str()),
                Outcome::Refused { code, .. } => ("refused", code.as_str()),
                Outcome::NotSent(_) => ("notSent", ""),
                Outcome::Unknown(_) => ("unknown", ""),
            };
            tracing::debug!(ticket = ticket.0, outcome, code, millis, "command");
        }
        ClientEvent::Contexts(contexts) => tracing::info!(count = contexts.len(), "contexts"),
        ClientEvent::Pong(span) => tracing::trace!(millis = span.as_millis(), "pong"),
        ClientEvent::Application(application) => {
            tracing::info!(session = application.id.0, up = application.up, "application");
        }
        ClientEvent::Owned { owner, .. } => tracing::trace!(session = owner.0, "owner"),
        ClientEvent::Presence(present) => tracing::trace!(consoles = present.len(), "presence"),
        // Why it is of no use may quote it.
        ClientEvent::Fault(fault) => tracing::warn!(bytes = fault.raw.len(), "a frame of no use"),
    }
}

fn link(link: &LinkState) {
    let state = link.word();
    match link {
        LinkState::Opening { attempt } => tracing::info!(state, attempt, "link"),
        LinkState::Up { restored, gaps, .. } => tracing::info!(state, restored, gaps, "link"),
        LinkState::Down { attempt, why, .. } => tracing::warn!(state, attempt, why = why.as_str(), "link"),
        LinkState::Refused { why } => tracing::error!(state, why = why.as_str(), "link"),
        LinkState::Idle | LinkState::Authenticating | LinkState::Draining | LinkState::Closed => {
            tracing::info!(state, "link");
        }
    }
}
