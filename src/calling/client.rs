//! The client: connects, dials, takes inbound calls, and hands out calls.

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use super::action::ActionHandle;
use super::attached::Attached;
use super::call::Call;
use super::core::{Core, CoreObserver, FEED, ORDERS, State, Watch, Way, Witness};
use super::desk::{Ask, Desk};
use super::error::Error;
use super::host::Host;
use super::params::{Dial, Params};
use super::result::{DialResult, RelayEvent};
use crate::attach::wire::Any;
use crate::attach::{Place, ToHub, Welcome};
use crate::audit::Scribe;
use crate::client::link::{self, Order};
use crate::client::{
    By, ClientEvent, Credentials, Endpoint, LinkState, OURS, Outcome, Session, SessionConfig, Submission,
    Ticket,
};
use crate::journal::{AuditHealth, Health, Journal, Reader, Seen, Unread, event_of};
use crate::model::{Command, DialState, Model, Occurrence, Run, Why};
use crate::protocol::id::IdSource;
use crate::protocol::{CallId, ControlId, Dialect, Shown, Tag};
use crate::time::{At, Clock, Now};

/// What a client is made with.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Where the service is.
    pub endpoint: Endpoint,
    /// Who we are.
    pub credentials: Credentials,
    /// Contexts whose inbound calls we take. Each inbound call goes to one client only: naming a context here
    /// takes calls from others who listen to it.
    pub contexts: Vec<String>,
    /// How calling is wrapped.
    pub dialect: Dialect,
}

/// What a client is connected to.
#[derive(Debug, Clone)]
pub enum Connection {
    /// The service.
    Service(ClientConfig),
    /// A hub, which stands before it.
    Hub {
        /// Where it is.
        place: Place,
        /// Only to look on: nothing that acts is built.
        watch: bool,
    },
}

/// One connection to Relay and the calls it has. Cheap to clone; the connection closes with the last clone, and
/// at [`Client::disconnect`].
#[derive(Clone)]
pub struct Client {
    pub(super) core: Arc<Core>,
    /// Its last clone closes the connection; tasks of the client hold only the core.
    _alive: Arc<Alive>,
}

struct Alive(Arc<Core>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.closed.cancel();
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// How long a dial may take from its acceptance (relay-protocol 1.10).
pub const DIAL_WAIT: Duration = crate::model::Dial::WAIT;

impl Client {
    /// Starts connecting, and keeps connected from then on. Must be called within a tokio runtime.
    #[must_use]
    pub fn connect(config: ClientConfig) -> Self {
        let client = Self::offline(config, None);
        client.reconnect();
        client
    }

    /// A client that connects only when [`Client::reconnect`] says so. With a journal everything that happens is kept
    /// there, and nothing is acknowledged before it is. Must be called within a tokio runtime.
    #[must_use]
    pub fn offline(config: ClientConfig, journal: Option<Journal>) -> Self {
        let endpoint = config.endpoint.clone();
        let ClientConfig { credentials, contexts, dialect, .. } = config;
        Self::offline_in(dialect, credentials, contexts, journal, move || endpoint.clone().open())
    }

    /// The same over sockets of any kind, which `open` makes; for tests and tunnels.
    pub fn connect_with<S, F, Fut>(credentials: Credentials, contexts: Vec<String>, open: F) -> Self
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<tokio_tungstenite::WebSocketStream<S>, Shown>> + Send + 'static,
    {
        let client = Self::offline_with(credentials, contexts, None, open);
        client.reconnect();
        client
    }

    /// The same without connecting yet, and with a journal.
    pub fn offline_with<S, F, Fut>(
        credentials: Credentials,
        contexts: Vec<String>,
        journal: Option<Journal>,
        open: F,
    ) -> Self
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<tokio_tungstenite::WebSocketStream<S>, Shown>> + Send + 'static,
    {
        Self::offline_in(Dialect::Current, credentials, contexts, journal, open)
    }

    /// The same in either dialect.
    pub fn offline_in<S, F, Fut>(
        dialect: Dialect,
        credentials: Credentials,
        contexts: Vec<String>,
        journal: Option<Journal>,
        open: F,
    ) -> Self
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<tokio_tungstenite::WebSocketStream<S>, Shown>> + Send + 'static,
    {
        let jitter_seed = fastrand::u64(..);
        let ids = IdSource::Random;
        let session = Session::new(SessionConfig { dialect, credentials, contexts, ids, jitter_seed });
        let (orders, order_queue) = mpsc::channel(ORDERS);
        let client = Self::made(Desk::speaking(dialect, IdSource::Random), journal, Way::Link(orders));
        let core = &client.core;
        tokio::spawn(link::run(
            session,
            open,
            order_queue,
            CoreObserver::new(core.clone()),
            core.clock,
            core.closed.clone(),
        ));
        client
    }

    /// A client that is attached to a hub instead of the service: it sees the calls of all applications there, and the
    /// hub does what it asks for. Attaches when [`Client::reconnect`] says so. With `watch` the hub takes no act from
    /// it. Must be called within a tokio runtime.
    #[must_use]
    pub fn attached(place: Place, watch: bool) -> Self {
        Self::attached_with(watch, move || place.clone().open())
    }

    /// The same over streams of any kind, which `open` makes; for tests and tunnels.
    pub fn attached_with<F, Fut>(watch: bool, mut open: F) -> Self
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<Any, Shown>> + Send + 'static,
    {
        let (wishes, wished) = mpsc::channel(ORDERS);
        let (acts, acted) = if watch { (None, None) } else { some(mpsc::channel(ORDERS)) };
        let client = Self::made(Desk::at_hub(IdSource::Marked(OURS)), None, Way::Hub { wishes, acts });
        let link = Attached::new(client.core.clone(), Box::new(move || Box::pin(open())), watch);
        tokio::spawn(link.run(wished, acted));
        client
    }

    /// A client whose commands go where the returned host sends them, over connections that are not its own: a hub.
    /// Must be called within a tokio runtime.
    #[must_use]
    pub fn hosting(journal: Option<Journal>) -> (Self, Host) {
        let (orders, order_queue) = mpsc::channel(ORDERS);
        let client = Self::made(Desk::at_hub(IdSource::Marked(OURS)), journal, Way::Link(orders));
        let host = Host::new(client.core.clone(), order_queue);
        (client, host)
    }

    /// A client without a connection yet.
    fn made(desk: Desk, journal: Option<Journal>, way: Way) -> Self {
        let (dispatch, mut dispatches) = mpsc::channel::<super::handler::Dispatch>(FEED);
        let core = Arc::new(Core::new(desk, journal, Clock::start(), way, dispatch));
        if let Some(news) = core.journal_news() {
            tokio::spawn(mind_the_journal(core.clone(), news));
        }
        let client = Self { _alive: Arc::new(Alive(core.clone())), core };
        // Handlers run here one after another. The task must not keep the client alive.
        let weak = Arc::downgrade(&client._alive);
        tokio::spawn(async move {
            while let Some(dispatch) = dispatches.recv().await {
                let Some(alive) = weak.upgrade() else { return };
                let client = Self { core: alive.0.clone(), _alive: alive };
                let call = Call::known(&client, dispatch.call.clone());
                // A slow handler holds up other handlers, and the link only when the queue of dispatches is full.
                dispatch.run(&call);
            }
        });
        client
    }

    /// Begins this run of the program where the journal ends: what was known then is known again, as far as the
    /// latest `records` tell, and in doubt. Takes seconds for a million records, so not for a thread that
    /// has other things to do. To be called before [`Client::reconnect`].
    pub fn begin(&self, reader: Option<&Reader>, records: u64, run: Run) -> Unread {
        let mut model = Model::speaking(self.with_model(|model, _| model.dialect()));
        let mut witness = self.core.lock().witness.take();
        let mut unread = Unread::default();
        let mut seen = Vec::new();
        let mut from = 0;
        if let Some(reader) = reader {
            from = reader.latest(records);
            unread = reader.restore(from, self.core.clock.now(), |_, occurrence, now| {
                model.take(&occurrence, now);
                model.take_touched();
                if let Some(witness) = &mut witness {
                    witness.witness(&occurrence, &model, now);
                }
                seen.extend(event_of(occurrence));
                if seen.len() >= 2 * Seen::EVENTS {
                    seen.drain(..Seen::EVENTS);
                }
                if self.core.closed.is_cancelled() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
        }
        let now = self.core.clock.now();
        let mut state = self.core.lock();
        *state.desk.model_mut() = model;
        state.witness = witness;
        (state.reading, state.read_from) = (false, from);
        let run = Run { unread: run.unread + unread.records, ..run };
        state.take(&Occurrence::Started(run), now);
        state.wake();
        drop(state);
        // Full or closed, nothing is going to come.
        let _ = self.core.order(Order::Remember(seen));
        self.core.changed.notify_one();
        unread
    }

    /// The number of the journal's record from which what is known was read when this run began: whoever reads on from
    /// there knows the same.
    #[must_use]
    pub fn read_from(&self) -> u64 {
        self.core.lock().read_from
    }

    /// Puts a note on a call.
    ///
    /// # Errors
    /// When a hub is to share it and takes nothing at present.
    pub fn note(&self, call: &CallId, text: Shown) -> Result<(), Error> {
        if self.core.has_hub() {
            // It comes back with everybody else's.
            return self.core.say_up(ToHub::Note { call: call.clone(), text });
        }
        self.core.take(&Occurrence::Noted { call: call.clone(), text, by: By::Me });
        Ok(())
    }

    /// Lets everybody at the hub know which call is looked at here. Nothing without a hub.
    pub fn look_at(&self, call: Option<&CallId>) {
        if self.core.has_hub() {
            // The next look tells more than this would.
            let _ = self.core.say_up(ToHub::Look { call: call.cloned() });
        }
    }

    /// Says that a call is ours to care for, or no longer. It forbids nobody anything.
    ///
    /// # Errors
    /// Without a hub, or when it takes nothing at present.
    pub fn claim(&self, call: &CallId, on: bool) -> Result<(), Error> {
        self.core.say_up(ToHub::Claim { call: call.clone(), on })
    }

    /// Who one is to the hub, once attached; none without one.
    #[must_use]
    pub fn welcome(&self) -> Option<Arc<Welcome>> {
        self.core.lock().welcome.clone()
    }

    /// Delay of what passes through the hub, as it said last: half of it is faster. None without one.
    #[must_use]
    pub fn hub_delay(&self) -> Option<Duration> {
        self.core.lock().hub_delay
    }

    /// Whether a hub does what is asked for, instead of a connection of our own.
    #[must_use]
    pub fn has_hub(&self) -> bool {
        self.core.has_hub()
    }

    /// Whether the journal takes what happens; none without a journal.
    #[must_use]
    pub fn journal(&self) -> Option<Health> {
        self.core.lock().journal_health(self.core.clock.now().at)
    }

    /// Lets this scribe write the audit log that was given with the journal. To be called before [`Client::begin`].
    pub fn audit_by(&self, scribe: Scribe) {
        self.core.lock().scribe = Some(scribe);
    }

    /// Lets this witness see everything that happens from now on. To be called before [`Client::begin`].
    pub fn witness_by(&self, witness: Box<dyn Witness>) {
        self.core.lock().witness = Some(witness);
    }

    /// The same as [`Client::submit_for`] for somebody who is attached, under a ticket of theirs, if the gate lets it
    /// pass. What it does not let pass is noted as asked for and not sent.
    ///
    /// # Errors
    /// When it is wrong in itself; then it is not noted.
    pub fn submit_as(
        &self,
        ask: Ask,
        why: Why,
        whose: (By, Ticket),
        gate: impl FnOnce(&Model, &Submission, &Command) -> Result<(), Shown>,
    ) -> Result<(), Error> {
        self.core.submit_as(ask, why, whose, gate)
    }

    /// Takes something that happened elsewhere than on a connection.
    pub fn take(&self, occurrence: &Occurrence) {
        self.core.take(occurrence);
    }

    /// How the audit log is doing; none without one.
    #[must_use]
    pub fn audit(&self) -> Option<AuditHealth> {
        self.core.lock().audit_health()
    }

    /// Tries to connect now instead of after the back-off; also after refused credentials.
    pub fn reconnect(&self) {
        if self.core.lock().reading {
            return;
        }
        // Full or closed, there is a better reason to connect or none at all.
        let _ = self.core.order(Order::Connect);
    }

    /// Waits until commands can be sent.
    ///
    /// # Errors
    /// When the credentials are refused, or the client is closed.
    pub async fn ready(&self) -> Result<(), Error> {
        let up = self.core.until(Watch::Link, |model| match model.link() {
            LinkState::Up { .. } => Some(Ok(())),
            LinkState::Refused { why } => Some(Err(Error::AuthenticationRefused(why.clone()))),
            _ => None,
        });
        up.await?
    }

    /// The truth about the link.
    #[must_use]
    pub fn link(&self) -> LinkState {
        self.with_model(|model, _| model.link().clone())
    }

    /// Closes the connection. Calls go on at the service; waits end with [`Error::Closed`].
    pub async fn disconnect(&self) {
        self.core.closed.cancel();
        let closed = |model: &Model| (*model.link() == LinkState::Closed).then_some(());
        // Closed is what we wait for.
        let _ = self.core.until(Watch::Link, closed).await;
    }

    /// Takes inbound calls of these contexts from now on, also after reconnects. Relay `signalwire.receive`. Each
    /// inbound call goes to one listener only.
    ///
    /// # Errors
    /// When a name is empty, or the service refuses (402 is a matter of payment).
    pub async fn receive(&self, contexts: &[&str]) -> Result<(), Error> {
        self.change_contexts(true, contexts).await
    }

    /// Takes no more inbound calls of these contexts. Relay `signalwire.unreceive`.
    ///
    /// # Errors
    /// As [`Client::receive`].
    pub async fn unreceive(&self, contexts: &[&str]) -> Result<(), Error> {
        self.change_contexts(false, contexts).await
    }

    async fn change_contexts(&self, add: bool, contexts: &[&str]) -> Result<(), Error> {
        if contexts.is_empty() {
            return Ok(());
        }
        let names = contexts.iter().map(|&name| name.to_owned()).collect();
        match Error::of(self.core.outcome(Ask::Contexts { add, names }).await?) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Inbound calls as they are offered, from now on. While a receiver is full the client stops reading from the
    /// service; drop it when it is no longer wanted.
    #[must_use]
    pub fn incoming(&self) -> Incoming {
        Incoming { offers: self.core.lock().offers(), client: self.clone() }
    }

    /// Everything the connection reports, in order, from now on. While a receiver is full the client stops reading
    /// from the service; drop it when it is no longer wanted. One that stays full while hundreds of commands fail is
    /// cut off: it ends, it has no gaps.
    #[must_use]
    pub fn events(&self) -> mpsc::Receiver<ClientEvent> {
        self.core.lock().feed()
    }

    /// A call to be dialled: nothing is sent yet.
    #[must_use]
    pub fn new_call(&self, dial: Dial) -> Call {
        Call::undialed(self, dial)
    }

    /// Dials and waits until somebody answers or nobody does, at most [`DIAL_WAIT`] after the service accepted it.
    /// Relay `calling.dial`. A dial that is not decided in time, or not heard of after the link was lost, is not
    /// cancelled by that: legs that answer later are [`Client::orphans`], and [`Call::hangup`] ends them.
    ///
    /// # Errors
    /// As any method; a dial that fails is a result, not an error.
    pub async fn dial(&self, dial: Dial) -> Result<DialResult, Error> {
        self.new_call(dial).dial().await
    }

    /// A call that is known.
    #[must_use]
    pub fn call(&self, id: &CallId) -> Option<Call> {
        self.with_model(|model, _| model.call(id).is_some()).then(|| Call::known(self, id.clone()))
    }

    /// Every call that is remembered, live or ended, in the order in which they were first heard of.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        let ids: Vec<_> = self.with_model(|model, _| model.calls().map(|call| call.id.clone()).collect());
        ids.into_iter().map(|id| Call::known(self, id)).collect()
    }

    /// Live calls that answered a dial nobody waited for any more: after its time was over, or after it was lost in a
    /// gap of the connection. They cost money until somebody hangs them up.
    #[must_use]
    pub fn orphans(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.is_orphan() && call.active()).collect()
    }

    /// Looks at everything that is known. The link waits meanwhile, so look briefly; and other methods of the client
    /// and its calls would wait for ever inside of it, so use only what `look` is given.
    pub fn with_model<T>(&self, look: impl FnOnce(&Model, Now) -> T) -> T {
        let now = self.core.clock.now();
        look(self.core.lock().desk.model(), now)
    }

    /// Forgets ended calls that nobody holds. Returns how many.
    pub fn clear_ended(&self) -> usize {
        let now = self.core.clock.now();
        let mut state = self.core.lock();
        let before = state.desk.model().calls().len();
        state.take(&Occurrence::Cleared, now);
        before - state.desk.model().calls().len()
    }

    /// Waits for the next change of what is known. Changes that came since the last wait count as one. For one task:
    /// of several, each change wakes one.
    pub async fn changed(&self) {
        self.core.changed.notified().await;
    }

    /// The clock that the moments in the model are of.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.core.clock
    }

    /// Submits an ask without waiting. The model shows what becomes of it.
    ///
    /// # Errors
    /// When it is wrong in itself; see [`Desk::prepare`].
    pub fn submit(&self, ask: Ask) -> Result<Ticket, Error> {
        self.submit_for(ask, Why::default())
    }

    /// The same with the reason for it, which is kept with the act.
    ///
    /// # Errors
    /// As [`Client::submit`].
    pub fn submit_for(&self, ask: Ask, why: Why) -> Result<Ticket, Error> {
        self.core.submit(ask, why, None)
    }

    /// A new control id or tag, for an ask.
    #[must_use]
    pub fn next_id(&self) -> ControlId {
        self.lock().desk.next_id()
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.core.lock()
    }

    /// Submits a method and waits for the service's answer to it.
    pub(super) async fn invoke<P: Params>(
        &self,
        params: &P,
        call: Option<CallId>,
        id: ControlId,
    ) -> Result<Outcome, Error> {
        self.core.outcome(Ask::Invoke { method: P::METHOD, values: params.values(), call, id }).await
    }

    /// Submits a method that starts an action and waits until the service accepts it, or an event proves that it
    /// has.
    pub(super) async fn start<P: Params>(&self, params: &P, call: &CallId) -> Result<ActionHandle, Error> {
        let control_id = self.next_id();
        let outcome = self.invoke(params, Some(call.clone()), control_id.clone()).await?;
        let handle = ActionHandle::new(self, call.clone(), control_id);
        match outcome {
            Outcome::Unknown(_) if handle.look(|action| action.started_at.is_some()) == Some(true) => {
                Ok(handle)
            }
            outcome => Error::of(outcome).map_or(Ok(handle), Err),
        }
    }

    /// Submits a dial and waits for its decision.
    pub(super) async fn place(
        &self,
        dial: &Dial,
        tag: &Tag,
    ) -> Result<(bool, Option<CallId>, Option<RelayEvent>), Error> {
        let outcome = self.invoke(dial, None, ControlId::from(tag.as_str())).await?;
        if !matches!(outcome, Outcome::Unknown(_))
            && let Some(error) = Error::of(outcome)
        {
            return Err(error);
        }
        let look = |model: &Model| {
            let dial = model.dial(tag)?;
            dial.is_over().then(|| (dial.state.clone(), dial.legs.first().cloned()))
        };
        let give_up = |model: &Model| {
            let Some(dial) = model.dial(tag) else {
                let why = "so many dials were undecided that this one was forgotten";
                return Some((At::default(), Error::Unknown(why.into())));
            };
            let error = match dial.doubt {
                Some(_) => Error::Unknown("how the dial went was not heard since the link was lost".into()),
                None => Error::DialTimedOut { tag: tag.clone(), seconds: DIAL_WAIT.as_secs() },
            };
            Some((dial.lapses_at(), error))
        };
        let (state, leg) = self.core.until_given_up(Watch::Dial(tag.clone()), look, give_up).await?;
        let event = |name: &str, payload| Some(RelayEvent { name: name.to_owned(), payload });
        Ok(match state {
            DialState::Answered(winner) => {
                let payload = serde_json::json!({ "tag": tag, "call_id": winner });
                (true, Some(winner), event("answered", payload))
            }
            DialState::Failed(why) => {
                (false, leg, event("failed", serde_json::json!({ "tag": tag, "reason": why.as_str() })))
            }
            DialState::Requested | DialState::Dialing | DialState::Unknown(_) => (false, leg, None),
        })
    }
}

fn some<A, B>((one, other): (A, B)) -> (Option<A>, Option<B>) {
    (Some(one), Some(other))
}

/// Tells when the journal fails or recovers. When something was lost meanwhile, the service is given the chance to
/// send it again.
async fn mind_the_journal(core: Arc<Core>, news: Arc<Notify>) {
    while core.closed.run_until_cancelled(news.notified()).await.is_some() {
        let now = core.clock.now();
        let seen = core.lock().losses(now);
        core.changed.notify_one();
        let Some(seen) = seen else { continue };
        if let Ok(events) = tokio::task::spawn_blocking(move || seen.read(now)).await {
            // Full or closed, it is too late for that.
            let _ = core.order(Order::Remember(events));
        }
    }
}

/// Inbound calls, one after another.
#[derive(Debug)]
pub struct Incoming {
    offers: mpsc::Receiver<CallId>,
    client: Client,
}

impl Incoming {
    /// The next inbound call; `None` when the client is closed.
    pub async fn next(&mut self) -> Option<Call> {
        self.offers.recv().await.map(|id| Call::known(&self.client, id))
    }
}
