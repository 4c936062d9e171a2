//! What all handles of one client share: the desk behind one lock, and who waits for what in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::desk::{Ask, Desk};
use super::error::Error;
use super::handler::{Dispatch, Handlers};
use crate::attach::message::{AskBody, ToHub, Welcome, WhyBody};
use crate::audit::Scribe;
use crate::client::link::{Observer, Order};
use crate::client::{By, ClientEvent, Kept, LinkState, Outcome, Progress, Submission, Ticket, session};
use crate::journal::{AuditHealth, Health, Journal, Seen};
use crate::model::{Command, Model, Occurrence, Touched, Why};
use crate::protocol::event::Event;
use crate::protocol::{CallId, Shown, Tag};
use crate::time::{At, Clock, Now};

/// Capacity of a feed; the link stops reading while less than [`FEED_ROOM`] is free in any.
pub(super) const FEED: usize = 4_096;
/// Room for what one batch of frames brings, and for everything that can come without reading: outcomes of all
/// commands in flight, link changes.
const FEED_ROOM: usize = 1_024;
/// Commands that may wait for the link: as many as it takes at once, so that no burst is refused before that.
pub(super) const ORDERS: usize = session::limit::IN_FLIGHT;

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
    journal: Option<Journal>,
    /// Who writes the audit log, where one is kept.
    pub scribe: Option<Scribe>,
    /// Who sees everything that happens; at a hub those who are attached.
    pub witness: Option<Box<dyn Witness>>,
    /// Who one is to the hub that this client is attached to.
    pub welcome: Option<Arc<Welcome>>,
    /// Delay of what passes through the hub: half of it is faster.
    pub hub_delay: Option<Duration>,
    /// What the last run knew is still being read: until then nothing happens.
    pub reading: bool,
    /// The number of the record from which what is known was read.
    pub read_from: u64,
    watches: HashMap<Watch, Arc<Notify>>,
    /// So many watches are looked through for those that nobody waits for any more.
    crowded: usize,
    replies: HashMap<Ticket, oneshot::Sender<Outcome>>,
    feeds: Vec<mpsc::Sender<ClientEvent>>,
    offers: Vec<mpsc::Sender<CallId>>,
    pub handlers: Handlers,
    dispatch: mpsc::Sender<Dispatch>,
}

/// Which way what is asked for goes.
#[derive(Debug)]
pub(super) enum Way {
    /// To the service, over a connection of our own or those of applications.
    Link(mpsc::Sender<Order>),
    /// To a hub, which does it.
    Hub {
        /// What acts on nothing.
        wishes: mpsc::Sender<Wish>,
        /// Commands; whoever only looks on has no way for them.
        acts: Option<mpsc::Sender<ToHub>>,
    },
}

/// Why a console that only looks on sends nothing.
pub const LOOKS_ON: &str = "this console only looks on (--watch): attach without it to act";

/// What is wanted of a hub.
#[derive(Debug)]
pub(super) enum Wish {
    /// Attach, or try again now.
    Attach,
    /// Say this.
    Say(Box<ToHub>),
}

/// Whoever is to see everything that happens, after the model has taken it.
pub trait Witness: Send {
    /// Sees one thing.
    fn witness(&mut self, occurrence: &Occurrence, model: &Model, now: Now);
}

/// Shared by every handle.
pub(super) struct Core {
    state: Mutex<State>,
    /// Calls whose handles were dropped. Kept apart, because a handle may be dropped while the state is locked: a
    /// handler that holds one goes with its call, and a look at the model may drop whatever it likes.
    dropped: Mutex<Vec<CallId>>,
    pub changed: Notify,
    pub clock: Clock,
    way: Way,
    /// Cancelled when the client closes.
    pub closed: CancellationToken,
}

impl Core {
    pub fn new(
        desk: Desk,
        journal: Option<Journal>,
        clock: Clock,
        way: Way,
        dispatch: mpsc::Sender<Dispatch>,
    ) -> Self {
        let state = State {
            desk,
            reading: journal.is_some(),
            read_from: 0,
            journal,
            scribe: None,
            witness: None,
            welcome: None,
            hub_delay: None,
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
            way,
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

    /// Tells when the journal fails or recovers.
    pub fn journal_news(&self) -> Option<Arc<Notify>> {
        self.lock().journal.as_ref().map(Journal::health_changed)
    }

    /// A handle that had pinned its call is gone.
    pub fn dropped(&self, id: CallId) {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner).push(id);
    }

    /// Orders something of the link. A hub is only told to attach: it minds everything else itself.
    pub fn order(&self, order: Order) -> Result<(), Error> {
        match &self.way {
            Way::Link(orders) => orders.try_send(order).map_err(|error| no_room(&error)),
            Way::Hub { wishes, .. } if matches!(order, Order::Connect) => {
                wishes.try_send(Wish::Attach).map_err(|error| no_room(&error))
            }
            Way::Hub { .. } => Ok(()),
        }
    }

    /// Says something to the hub.
    ///
    /// # Errors
    /// When there is none, or it takes nothing at present.
    pub fn say(&self, message: ToHub) -> Result<(), Error> {
        match &self.way {
            Way::Hub { wishes, .. } => {
                wishes.try_send(Wish::Say(Box::new(message))).map_err(|error| no_room(&error))
            }
            Way::Link(_) => {
                Err(Error::NotSent("there is no hub: this console has its own connection".into()))
            }
        }
    }

    /// The same, if it is attached.
    ///
    /// # Errors
    /// When there is no hub, or it takes nothing at present.
    pub fn say_up(&self, message: ToHub) -> Result<(), Error> {
        let why = self.lock().desk.model().link().why_not();
        match why.filter(|_| self.has_hub()) {
            Some(why) => Err(Error::NotSent(why)),
            None => self.say(message),
        }
    }

    /// Takes something that happened elsewhere than on the connection.
    pub fn take(&self, occurrence: &Occurrence) {
        let now = self.clock.now();
        let mut state = self.lock();
        state.take(occurrence, now);
        state.wake();
        drop(state);
        self.changed.notify_one();
    }

    /// Whether a hub does what is asked for.
    pub const fn has_hub(&self) -> bool {
        matches!(self.way, Way::Hub { .. })
    }

    /// Sends what was prepared on its way.
    fn send(&self, state: &State, going: Going) -> Result<(), Error> {
        let Going { submission, kept, ask } = going;
        match &self.way {
            Way::Link(_) => self.order(Order::Submit(submission, kept)),
            Way::Hub { acts: None, .. } => Err(Error::NotSent(LOOKS_ON.into())),
            Way::Hub { acts: Some(acts), .. } => {
                if let Some(why) = state.desk.model().link().why_not() {
                    return Err(Error::NotSent(why));
                }
                let (ask, why) = ask.ok_or(Error::Closed)?;
                let ask =
                    AskBody::of(&ask).map_err(|error| Error::NotSent(Shown::new(&error.to_string())))?;
                let submit = ToHub::Submit { ticket: submission.ticket.0, ask, why: WhyBody::from(&why) };
                acts.try_send(submit).map_err(|error| no_room(&error))
            }
        }
    }

    /// Submits an ask. The outcome goes to `reply` when there is one; the model has it in any case.
    pub fn submit(
        &self,
        ask: Ask,
        why: Why,
        reply: Option<oneshot::Sender<Outcome>>,
    ) -> Result<Ticket, Error> {
        let now = self.clock.now();
        let mut state = self.lock();
        state.must_be_read()?;
        let asked = self.has_hub().then(|| (ask.clone(), why.clone()));
        let (submission, command) = state.desk.prepare(ask, why, now)?;
        let ticket = submission.ticket;
        if let Some(reply) = reply {
            state.replies.insert(ticket, reply);
        }
        self.submitted(&mut state, submission, command, asked, now);
        drop(state);
        self.changed.notify_one();
        Ok(ticket)
    }

    /// Submits an ask of somebody who is attached, under a ticket of theirs, if the gate lets it pass. What it does not
    /// let pass was asked for all the same, and not sent.
    pub fn submit_as(
        &self,
        ask: Ask,
        why: Why,
        whose: (By, Ticket),
        gate: impl FnOnce(&Model, &Submission, &Command) -> Result<(), Shown>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let mut state = self.lock();
        state.must_be_read()?;
        let (submission, command) = state.desk.prepare_as(ask, why, Some(whose), now)?;
        match gate(state.desk.model(), &submission, &command) {
            Ok(()) => self.submitted(&mut state, submission, command, None, now),
            Err(why) => {
                state.take(&Occurrence::Submitted(command), now);
                state.not_sent(submission.ticket, Outcome::NotSent(why), now);
                state.wake();
            }
        }
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Notes a command and sends it on its way.
    fn submitted(
        &self,
        state: &mut State,
        submission: Submission,
        command: Command,
        ask: Option<(Ask, Why)>,
        now: Now,
    ) {
        let kept = state.take(&Occurrence::Submitted(command), now);
        let ticket = submission.ticket;
        // Under the lock, so that the outcome cannot overtake its registration.
        if let Err(error) = self.send(state, Going { submission, kept, ask }) {
            let why = match error {
                Error::NotSent(why) => why,
                error => Shown::new(&error.to_string()),
            };
            state.not_sent(ticket, Outcome::NotSent(why), now);
        }
        state.wake();
    }

    /// Submits an ask and waits for its outcome.
    pub async fn outcome(&self, ask: Ask) -> Result<Outcome, Error> {
        let (reply, outcome) = oneshot::channel();
        self.submit(ask, Why::default(), Some(reply))?;
        outcome.await.map_err(|_| Error::Closed)
    }

    /// Waits until `look` sees what it looks for. Dropping the wait cancels nothing but itself.
    pub async fn until<T>(&self, watch: Watch, look: impl FnMut(&Model) -> Option<T>) -> Result<T, Error> {
        self.until_given_up(watch, look, |_| None).await
    }

    /// The same, but no longer than to the moment from which nothing is to be hoped for, as things stand, and with
    /// the error of that. What is seen counts more than what is given up.
    pub async fn until_given_up<T>(
        &self,
        watch: Watch,
        mut look: impl FnMut(&Model) -> Option<T>,
        give_up: impl Fn(&Model) -> Option<(At, Error)>,
    ) -> Result<T, Error> {
        let notify = self.lock().watch(watch);
        loop {
            let notified = notify.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            let until = {
                let now = self.clock.now().at;
                let state = self.lock();
                if let Some(seen) = look(state.desk.model()) {
                    return Ok(seen);
                }
                if *state.desk.model().link() == LinkState::Closed {
                    return Err(Error::Closed);
                }
                match give_up(state.desk.model()) {
                    Some((at, error)) if at <= now => return Err(error),
                    given_up => given_up.map(|(at, _)| self.clock.instant(at)),
                }
            };
            match until {
                // Looked at anew then: the moment may have moved.
                Some(until) => drop(tokio::time::timeout_at(until, notified).await),
                None => notified.await,
            }
        }
    }
}

/// A command that was prepared.
struct Going {
    submission: Submission,
    kept: Kept,
    /// What was asked for and why, where a hub is to do it.
    ask: Option<(Ask, Why)>,
}

fn no_room<T>(error: &mpsc::error::TrySendError<T>) -> Error {
    match error {
        mpsc::error::TrySendError::Full(_) => Error::NotSent("too many commands at once; try again".into()),
        mpsc::error::TrySendError::Closed(_) => Error::Closed,
    }
}

impl State {
    /// What the last run knew has to be known first.
    fn must_be_read(&self) -> Result<(), Error> {
        if self.reading {
            return Err(Error::NotSent("the journal of the last run is still being read; try again".into()));
        }
        Ok(())
    }

    /// A command ended before it began.
    fn not_sent(&mut self, ticket: Ticket, outcome: Outcome, now: Now) {
        let ended = ClientEvent::Outcome { ticket, outcome: outcome.clone(), round_trip: None };
        self.take(&Occurrence::Reported(ended), now);
        self.reply(ticket, outcome);
    }

    /// Puts what is known in the place of what was known; handles keep their calls.
    pub fn replace(&mut self, mut model: Model) {
        model.hold_as(self.desk.model());
        *self.desk.model_mut() = model;
    }

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

    pub fn journal_health(&self, now: At) -> Option<Health> {
        self.journal.as_ref().filter(|journal| journal.is_whole()).map(|journal| journal.health(now))
    }

    pub fn audit_health(&self) -> Option<AuditHealth> {
        self.journal.as_ref()?.audit()
    }

    /// What was lost while the disk failed becomes known when it recovers. Gives the journal then: from it follows
    /// what may count as seen.
    pub fn losses(&mut self, now: Now) -> Option<Seen> {
        let journal = self.journal.as_ref()?;
        let lost = journal.take_lost()?;
        let seen = journal.seen();
        self.take(&Occurrence::Lost(lost), now);
        seen
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

    pub fn wake(&mut self) {
        for touched in self.desk.model_mut().take_touched() {
            let watch = match touched {
                Touched::Call(id) => {
                    // The events of the end were handed out before. After one that is only concluded more may come.
                    if self.desk.model().call(&id).is_none_or(|it| !it.is_live() && it.inferred.is_none()) {
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

    /// Takes one thing that happened: to the audit log and the journal, then to the model; and to the audit log what
    /// follows from it for earlier acts.
    pub fn take(&mut self, occurrence: &Occurrence, now: Now) -> Kept {
        let kept = self.keep(occurrence, now);
        if let Some(witness) = &mut self.witness {
            witness.witness(occurrence, self.desk.model(), now);
        }
        kept
    }

    fn keep(&mut self, occurrence: &Occurrence, now: Now) -> Kept {
        // Who looks where is of no use later.
        let passing = matches!(occurrence, Occurrence::Reported(ClientEvent::Presence(_)));
        let Some(journal) = self.journal.as_ref().filter(|_| !passing) else {
            self.desk.take(occurrence, now);
            return Kept::Nowhere;
        };
        let model = self.desk.model();
        let record = self.scribe.as_mut().and_then(|scribe| scribe.asked(occurrence, model, now));
        let kept = journal.append_with(occurrence, record, now);
        self.desk.take(occurrence, now);
        let model = self.desk.model();
        let more = self.scribe.as_mut().map(|scribe| scribe.followed(occurrence, model, now));
        more.into_iter().flatten().for_each(|record| journal.note(record, now));
        kept
    }

    /// Takes one thing that happened, and tells whoever waits for it.
    pub fn happens(&mut self, occurrence: Occurrence, now: Now) {
        match occurrence {
            Occurrence::Reported(event) => self.observe(event, now),
            other => self.take(&other, now),
        };
    }

    pub fn observe(&mut self, event: ClientEvent, now: Now) -> Kept {
        let offered = self.unknown_offer(&event);
        let occurrence = Occurrence::Reported(event);
        let kept = self.take(&occurrence, now);
        let Occurrence::Reported(event) = &occurrence else { return kept };
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
        kept
    }

    /// An inbound call that is not known yet: a second delivery offers nothing.
    fn unknown_offer(&self, event: &ClientEvent) -> Option<CallId> {
        let ClientEvent::Received(received) = event else { return None };
        let Event::Receive(status) = &received.event else { return None };
        let new = !received.duplicate && self.desk.model().call(&status.call_id).is_none();
        new.then(|| status.call_id.clone())
    }

    fn has_room(&self, now: Now) -> bool {
        let feeds = self.feeds.iter().all(|feed| feed.is_closed() || feed.capacity() >= FEED_ROOM);
        let offers = self.offers.iter().all(|offers| offers.is_closed() || offers.capacity() >= FEED_ROOM);
        let journal = self.journal.as_ref().is_none_or(|journal| journal.has_room(now.at));
        feeds && offers && journal && self.dispatch.capacity() >= FEED_ROOM
    }
}

/// The link's side of the core.
pub(super) struct CoreObserver {
    core: Arc<Core>,
    /// How far the journal is on the disk; none without one.
    progress: Option<watch::Receiver<Progress>>,
}

impl CoreObserver {
    pub fn new(core: Arc<Core>) -> Self {
        let progress = core.lock().journal.as_ref().map(Journal::follow);
        Self { core, progress }
    }
}

impl Observer for CoreObserver {
    fn observe(&mut self, reports: &mut Vec<ClientEvent>, now: Now) -> Kept {
        if reports.is_empty() {
            return Kept::Nowhere;
        }
        let mut state = self.core.lock();
        let kept = reports.drain(..).map(|report| state.observe(report, now)).fold(Kept::Nowhere, Kept::and);
        state.wake();
        drop(state);
        self.core.changed.notify_one();
        kept
    }

    fn progress(&mut self) -> Progress {
        let Some(progress) = &mut self.progress else {
            return Progress { durable: u64::MAX, failing: false };
        };
        let progress = *progress.borrow_and_update();
        // A disk that does not answer says nothing, not even that it fails.
        let now = self.core.clock.now().at;
        let hangs = self.core.lock().journal.as_ref().is_some_and(|journal| journal.is_failing(now));
        Progress { failing: progress.failing || hangs, ..progress }
    }

    async fn progressed(&mut self) {
        /// A disk may hang without a word.
        const AGAIN: Duration = Duration::from_secs(1);
        let Some(progress) = &mut self.progress else { return std::future::pending().await };
        // Where its writer is gone, nothing more will be.
        if let Ok(Err(_)) = tokio::time::timeout(AGAIN, progress.changed()).await {
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn wake_at(&mut self) -> Option<At> {
        self.core.lock().desk.wake_at()
    }

    fn wake(&mut self, now: Now) -> Vec<(Submission, Kept)> {
        let mut state = self.core.lock();
        let due = state.desk.wake(now);
        let note = |(submission, command)| (submission, state.take(&Occurrence::Submitted(command), now));
        let submissions = due.into_iter().map(note).collect();
        state.wake();
        submissions
    }

    fn has_room(&mut self, now: Now) -> bool {
        self.core.lock().has_room(now)
    }

    async fn room(&mut self) {
        let now = self.core.clock.now().at;
        let (feeds, offers, dispatch, full) = {
            let state = self.core.lock();
            let full = state.journal.as_ref().is_some_and(|journal| !journal.has_room(now));
            (state.feeds.clone(), state.offers.clone(), state.dispatch.clone(), full)
        };
        if full {
            return self.progressed().await;
        }
        // A closed channel has room enough.
        let room = async move {
            for feed in feeds {
                let _ = feed.reserve_many(FEED_ROOM).await;
            }
            for offers in offers {
                let _ = offers.reserve_many(FEED_ROOM).await;
            }
            let _ = dispatch.reserve_many(FEED_ROOM).await;
        };
        tokio::select! {
            () = room => {}
            // Whatever the disk has taken meanwhile is released without waiting for room.
            () = self.progressed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::LinkState;
    use crate::journal::Bounds;
    use crate::protocol::id::IdSource;

    /// A reader that was slow and has caught up is not waited for any longer, whatever the journal does meanwhile.
    #[tokio::test]
    async fn room_is_found_when_there_is_room_with_a_journal_too() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), Bounds::default()).unwrap();
        let (orders, _order_queue) = mpsc::channel(ORDERS);
        let (dispatch, _dispatches) = mpsc::channel(FEED);
        let desk = Desk::new(IdSource::Random);
        let core = Arc::new(Core::new(desk, Some(journal), Clock::start(), Way::Link(orders), dispatch));
        let mut feed = core.lock().feed();
        let mut observer = CoreObserver::new(core.clone());
        let mut reports = vec![ClientEvent::Link(LinkState::Idle); FEED];
        let Kept::As(last) = observer.observe(&mut reports, core.clock.now()) else {
            panic!("a journal is kept")
        };
        while observer.progress().durable < last {
            observer.progressed().await;
        }
        assert!(!observer.has_room(core.clock.now()));
        let began = core.clock.now().at;
        let slow = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            feed.recv_many(&mut Vec::new(), FEED).await
        };
        tokio::join!(observer.room(), slow);
        assert!(observer.has_room(core.clock.now()));
        let waited = core.clock.now().at.since(began);
        assert!(waited < Duration::from_millis(500), "{waited:?}");
    }
}
