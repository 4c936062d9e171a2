//! Event handlers of calls: `on`, `off`, and the task that runs them in order, outside every lock.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use super::call::Call;
use super::names::{CallEvent, names_of, payload};
use crate::client::Received;
use crate::protocol::CallId;

/// A callback. Clones are the same handler, for [`Call::off`].
#[derive(Clone)]
pub struct Handler(Arc<Function>);

type Function = dyn Fn(&Call, &CallEvent) + Send + Sync;

impl Handler {
    /// Wraps a function, so that it can be taken off again.
    pub fn new(function: impl Fn(&Call, &CallEvent) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Runs it. A handler that panics loses its own event and nothing else.
    fn run(&self, call: &Call, event: &CallEvent) {
        let ran = std::panic::catch_unwind(AssertUnwindSafe(|| (self.0)(call, event)));
        if ran.is_err() {
            tracing::error!(event = %event.name, "a handler panicked");
        }
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handler")
    }
}

/// One event and everybody who wants it, in the order of registration.
pub(super) struct Dispatch {
    pub call: CallId,
    received: Arc<Received>,
    wanted: Vec<(String, Handler)>,
}

impl Dispatch {
    pub fn run(self, call: &Call) {
        for (name, handler) in self.wanted {
            let payload = payload(&name, &self.received);
            handler.run(call, &CallEvent { name, payload });
        }
    }
}

/// Who wants which events of which call.
#[derive(Default)]
pub(super) struct Handlers(HashMap<CallId, Vec<(String, Handler)>>);

impl Handlers {
    pub fn on(&mut self, call: CallId, event: &str, handler: Handler) {
        self.0.entry(call).or_default().push((event.to_owned(), handler));
    }

    pub fn off(&mut self, call: &CallId, event: &str, handler: Option<&Handler>) {
        let Some(list) = self.0.get_mut(call) else { return };
        list.retain(|(name, held)| name != event || handler.is_some_and(|handler| !handler.is(held)));
        if list.is_empty() {
            self.0.remove(call);
        }
    }

    /// The call is over: nothing of it will be wanted.
    pub fn forget(&mut self, call: &CallId) {
        self.0.remove(call);
    }

    /// Who wants this event.
    pub fn dispatch(&mut self, received: &Arc<Received>) -> Option<Dispatch> {
        if self.0.is_empty() || received.duplicate {
            return None;
        }
        let call = received.event.call_id()?.clone();
        let list = self.0.get(&call)?;
        let names = names_of(received);
        let wanted: Vec<_> = names
            .iter()
            .flat_map(|name| list.iter().filter(move |(wanted, _)| wanted == name).cloned())
            .collect();
        (!wanted.is_empty()).then(|| Dispatch { call, received: received.clone(), wanted })
    }
}
