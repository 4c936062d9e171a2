//! What all handles of one client share: the desk behind one lock, and who waits for what in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::desk::{Ask, Desk};
use super::error::Error;
use super::handler::{Dispatch, Handlers};
use crate::client::link::{Observer, Order};
use crate::client::{ClientEvent, LinkState, Outcome, Ticket};
use crate::model::{Model, Touched};
use crate::protocol::event::Event;
use crate::protocol::{CallId, Tag};
use crate::time::{Clock, Now};

/// Capacity of a feed; the link stops reading while less than [`FEED_ROOM`] is free in any.
pub(super) const FEED: usize = 4_096;
/// Room for what one batch of frames brings, and for everything that can come without reading: outcomes of all
/// commands in flight, link changes.
const FEED_ROOM: usize = 1_024;
/// Commands that may wait for the link.
pub(super) const ORDERS: usize = 64;

/// What a wait watches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Watch {
    Call(CallId),
    Dial(Tag),
    Link,
}

/// Everything behind the lock. It is held for short, synchronous looks only.
pub(super) struct State {
    pub desk: Desk,
    watches: HashMap<Watch, Arc<Notify>>,
    /// So many watches are looked through for those that nobody waits for any more.
    crowded: usize,
    replies: HashMap<Ticket, oneshot::Sender<Outcome>>,
    feeds: Vec<mpsc::Sender<ClientEvent>>,
    offers: Vec<mpsc::Sender<CallId>>,
    pub handlers: Handlers,
    dispatch: mpsc::Sender<Dispatch>,
}

/// Shared by every handle.
pub(super) struct Core {
    state: Mutex<State>,
    /// Calls whose handles were dropped. Kept apart, because a handle may be dropped while the state is locked: a
    /// handler that holds one goes with its call, and a look at the model may drop whatever it likes.
    dropped: Mutex<Vec<CallId>>,
    pub changed: Notify,
    pub clock: Clock,
    orders: mpsc::Sender<Order>,
    /// Cancelled when the client closes.
    pub closed: CancellationToken,
}

impl Core {
    pub fn new(
        desk: Desk,
        clock: Clock,
        orders: mpsc::Sender<Order>,
        dispatch: mpsc::Sender<Dispatch>,
    ) -> Self {
        let state = State {
            desk,
            watches: HashMap::new(),
            crowded: 64,
            replies: HashMap::new(),
            feeds: Vec::new(),
            offers: Vec::new(),
            handlers: Handlers::default(),
            dispatch,
        };
        Self {
            state: Mutex::new(state),
            dropped: Mutex::default(),
            changed: Notify::new(),
            clock,
            orders,
            closed: CancellationToken::new(),
        }
    }

    /// The lock. A panic elsewhere cannot have left the desk half-changed in a way that matters more than seeing it.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for id in std::mem::take(&mut *self.dropped.lock().unwrap_or_else(PoisonError::into_inner)) {
            state.desk.model_mut().unpin(&id);
        }
        state
    }

    /// A handle that had pinned its call is gone.
    pub fn dropped(&self, id: CallId) {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner).push(id);
    }

    pub fn order(&self, order: Order) -> Result<(), Error> {
        self.orders.try_send(order).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                Error::NotSent("too many commands at once; try again".into())
            }
            mpsc::error::TrySendError::Closed(_) => Error::Closed,
        })
    }

    /// Submits an ask. The outcome goes to `reply` when there is one; the model has it in any case.
    pub fn submit(&self, ask: Ask, reply: Option<oneshot::Sender<Outcome>>) -> Result<Ticket, Error> {
        let now = self.clock.now();
        let mut state = self.lock();
        let submission = state.desk.submit(ask, now)?;
        let ticket = submission.ticket;
        if let Some(reply) = reply {
            state.replies.insert(ticket, reply);
        }
        // Under the lock, so that the outcome cannot overtake its registration.
        if let Err(error) = self.order(Order::Submit(submission)) {
            let outcome = state.desk.not_sent(ticket, &error.to_string(), now);
            state.reply(ticket, outcome);
        }
        state.wake();
        drop(state);
        self.changed.notify_one();
        Ok(ticket)
    }

    /// Submits an ask and waits for its outcome.
    pub async fn outcome(&self, ask: Ask) -> Result<Outcome, Error> {
        let (reply, outcome) = oneshot::channel();
        self.submit(ask, Some(reply))?;
        outcome.await.map_err(|_| Error::Closed)
    }

    /// Waits until `look` sees what it looks for. Dropping the wait cancels nothing but itself.
    pub async fn until<T>(
        &self,
        watch: Watch,
        mut look: impl FnMut(&Model) -> Option<T>,
    ) -> Result<T, Error> {
        let notify = self.lock().watch(watch);
        loop {
            let notified = notify.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            {
                let state = self.lock();
                if let Some(seen) = look(state.desk.model()) {
                    return Ok(seen);
                }
                if *state.desk.model().link() == LinkState::Closed {
                    return Err(Error::Closed);
                }
            }
            notified.await;
        }
    }
}

impl State {
    fn watch(&mut self, watch: Watch) -> Arc<Notify> {
        if self.watches.len() >= self.crowded {
            self.watches.retain(|_, notify| Arc::strong_count(notify) > 1);
            self.crowded = (2 * self.watches.len()).max(64);
        }
        self.watches.entry(watch).or_default().clone()
    }

    fn reply(&mut self, ticket: Ticket, outcome: Outcome) {
        if let Some(reply) = self.replies.remove(&ticket) {
            // Nobody may be waiting any more; the model has the outcome.
            let _ = reply.send(outcome);
        }
    }

    pub fn feed(&mut self) -> mpsc::Receiver<ClientEvent> {
        let (feed, receiver) = mpsc::channel(FEED);
        self.feeds.push(feed);
        receiver
    }

    pub fn offers(&mut self) -> mpsc::Receiver<CallId> {
        let (offers, receiver) = mpsc::channel(FEED);
        self.offers.push(offers);
        receiver
    }

    fn wake(&mut self) {
        for touched in self.desk.model_mut().take_touched() {
            let watch = match touched {
                Touched::Call(id) => {
                    // The events of the end were handed out before.
                    if self.desk.model().call(&id).is_none_or(|call| !call.is_live()) {
                        self.handlers.forget(&id);
                    }
                    Watch::Call(id)
                }
                Touched::Dial(tag) => Watch::Dial(tag),
                Touched::Link => {
                    // Waits also end with the link.
                    self.watches.values().for_each(|notify| notify.notify_waiters());
                    continue;
                }
            };
            if let Some(notify) = self.watches.get(&watch) {
                notify.notify_waiters();
            }
        }
    }

    fn observe(&mut self, event: &ClientEvent, now: Now) {
        let offered = self.unknown_offer(event);
        self.desk.apply(event, now);
        // The model knows best: what ended long ago is offered to nobody.
        let offered = offered.filter(|id| self.desk.model().call(id).is_some());
        if let ClientEvent::Outcome { ticket, outcome, .. } = event {
            self.reply(*ticket, outcome.clone());
        }
        if let ClientEvent::Received(received) = event
            && let Some(dispatch) = self.handlers.dispatch(received)
        {
            // Room was made before the frame was read.
            let _ = self.dispatch.try_send(dispatch);
        }
        // Room was made before the frame was read. Who still has none, for what comes without being read, is cut off
        // rather than left with a gap it cannot see.
        if let Some(id) = offered {
            self.offers.retain(|offers| offers.try_send(id.clone()).is_ok());
        }
        self.feeds.retain(|feed| feed.try_send(event.clone()).is_ok());
        if let ClientEvent::Link(LinkState::Closed) = event {
            self.replies.clear();
            self.feeds.clear();
            self.offers.clear();
            // They may hold calls, which hold the client, which holds them.
            self.handlers = Handlers::default();
        }
    }

    /// An inbound call that is not known yet: a second delivery offers nothing.
    fn unknown_offer(&self, event: &ClientEvent) -> Option<CallId> {
        let ClientEvent::Received(received) = event else { return None };
        let Event::Receive(status) = &received.event else { return None };
        let new = !received.duplicate && self.desk.model().call(&status.call_id).is_none();
        new.then(|| status.call_id.clone())
    }

    fn has_room(&self) -> bool {
        let feeds = self.feeds.iter().all(|feed| feed.is_closed() || feed.capacity() >= FEED_ROOM);
        let offers = self.offers.iter().all(|offers| offers.is_closed() || offers.capacity() >= FEED_ROOM);
        feeds && offers && self.dispatch.capacity() >= FEED_ROOM
    }
}

/// The link's side of the core.
pub(super) struct CoreObserver(pub Arc<Core>);

impl Observer for CoreObserver {
    fn observe(&mut self, reports: &mut Vec<ClientEvent>, now: Now) {
        if reports.is_empty() {
            return;
        }
        let mut state = self.0.lock();
        reports.drain(..).for_each(|report| state.observe(&report, now));
        state.wake();
        drop(state);
        self.0.changed.notify_one();
    }

    fn has_room(&mut self) -> bool {
        self.0.lock().has_room()
    }

    async fn room(&mut self) {
        let waits: (Vec<_>, Vec<_>, _) = {
            let state = self.0.lock();
            (state.feeds.clone(), state.offers.clone(), state.dispatch.clone())
        };
        // A closed channel has room enough.
        for feed in waits.0 {
            let _ = feed.reserve_many(FEED_ROOM).await;
        }
        for offers in waits.1 {
            let _ = offers.reserve_many(FEED_ROOM).await;
        }
        let _ = waits.2.reserve_many(FEED_ROOM).await;
    }
}
