//! Which session gets an inbound call: one of those that hold its context.

use serde_json::{Value, json};

use super::requests::{Refused, refused};
use super::session::SessionKey;
use super::world::World;
use crate::protocol::id::CallId;
use crate::protocol::state::{CallState, Direction};

impl World {
    /// Whether somebody is there to hear this session's events.
    pub(super) fn is_connected(&self, key: SessionKey) -> bool {
        let session = self.sessions.get(&key).filter(|session| session.subscribed);
        let client = session.and_then(|session| session.client);
        client.and_then(|client| self.clients.get(&client)).is_some_and(|client| !client.closed)
    }

    /// The connected session on a context that was offered least so far, apart from these.
    pub(super) fn consumer(&self, context: &str, apart_from: &[SessionKey]) -> Option<SessionKey> {
        self.sessions
            .iter()
            .filter(|(key, session)| {
                session.contexts.contains(context) && !apart_from.contains(key) && self.is_connected(**key)
            })
            .min_by_key(|(key, session)| (session.offers, **key))
            .map(|(key, _)| *key)
    }

    /// Offers a call to one consumer. Without one it waits, unheard, until somebody holds its context.
    pub(super) fn offer(&mut self, call_id: &CallId) {
        let Some(leg) = self.legs.get(call_id) else { return };
        let Some(context) = leg.context.clone() else { return };
        let Some(key) = self.consumer(&context, &leg.passed) else { return };
        if let Some(session) = self.sessions.get_mut(&key) {
            session.offers += 1;
        }
        let Some(leg) = self.legs.get_mut(call_id) else { return };
        leg.owner = Some(key);
        let mut body = leg.status();
        body.insert("context".into(), json!(leg.context));
        let project = self.sessions.get(&key).map(|session| session.project.clone());
        body.insert("project_id".into(), json!(project));
        self.call_event(call_id, None, "calling.call.receive", Value::Object(body));
    }

    /// `calling.pass`: another consumer's turn.
    pub(super) fn pass(
        &mut self,
        actor: Option<SessionKey>,
        call_id: &CallId,
    ) -> Result<&'static str, Refused> {
        let Some(leg) = self.legs.get_mut(call_id) else { return refused("404", "Call does not exist") };
        if leg.direction != Direction::Inbound || leg.state.rank() >= CallState::Answered.rank() {
            return refused("409", "Call can no longer be passed");
        }
        leg.passed.extend(actor);
        leg.owner = None;
        self.offer(call_id);
        Ok("Passing call")
    }

    /// Control is given up. With a context, somebody else gets the call.
    pub(super) fn transferred(&mut self, call_id: &CallId, context: Option<String>) {
        self.finish_operations(call_id);
        let Some(leg) = self.legs.get_mut(call_id) else { return };
        let before = leg.owner.take();
        leg.orphaned = context.is_none();
        if context.is_some() {
            leg.context = context;
            leg.passed = before.into_iter().collect();
            self.offer(call_id);
        }
    }

    /// A session holds contexts it did not hold before: somebody gets what waits there.
    pub(super) fn contexts_held(&mut self, contexts: &[String]) {
        let waiting: Vec<CallId> = self
            .legs
            .values()
            .filter(|leg| {
                leg.owner.is_none()
                    && !leg.orphaned
                    && leg.direction == Direction::Inbound
                    && !leg.state.is_over()
                    && leg.context.as_ref().is_some_and(|context| contexts.contains(context))
            })
            .map(|leg| leg.call_id.clone())
            .collect();
        for call_id in waiting {
            self.after(0.0, super::world::Due::Offer(call_id));
        }
        for context in contexts {
            self.arrivals_begin(context);
        }
    }
}
