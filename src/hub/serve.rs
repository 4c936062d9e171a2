//! The hub, running: listeners for applications, sockets for consoles, and the loop between them and what is known.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustls::ServerConfig;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::attendance::Attendance;
use super::batches::Batches;
use super::chronicle::Shared;
use super::counters::{Counters, Spread};
use super::floor::{Floor, Output};
use super::identity::IdentityError;
use super::injector::{Injected, Injector};
use super::listen::{self, Access, Options, Running};
use super::local::Local;
use super::mark::Mark;
use super::people::{Caller, People};
use super::seen::{PipeId, Seen};
use super::settings::{self, Settings};
use super::spree::Spree;
use super::tickets::{Ranges, Tickets};
use super::{authority, console, identity};
use crate::calling::{Client, Host};
use crate::client::{ClientEvent, Endpoint, LinkState};
use crate::model::{Call, Model, Occurrence};
use crate::protocol::{RequestId, Shown};
use crate::records::Records;
use crate::time::{Clock, Now};

/// What is seen and not looked at yet; beyond that copies are lost, and counted.
const SEEN: usize = 8_192;
/// Consoles at one time.
const CONSOLES: usize = 100;
/// Consoles of one person at one time: nobody takes all the room there is.
pub const CONSOLES_OF_ONE: usize = 20;
/// Handshakes of consoles may take so long.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Who looks where is told at most so often.
const PRESENCE_EVERY: Duration = Duration::from_millis(250);
/// Between two looks for claims that lapse.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// Pipes of one listener are numbered below this.
const PIPES: u64 = 1 << 48;
/// Delays are told of the last such time.
const DELAY_OVER: Duration = Duration::from_secs(10);

/// What consoles share.
#[derive(Debug)]
pub struct Desk {
    /// What is known, and the way for commands.
    pub client: Client,
    /// What consoles are told.
    pub chronicle: Shared,
    /// Who numbers with what.
    pub ranges: Ranges,
    /// Names this run.
    pub instance: String,
    /// The service.
    pub upstream: Shown,
    consoles: AtomicU32,
    attendance: Mutex<Attendance>,
    /// What each person did lately.
    sprees: Mutex<HashMap<Shown, Spree>>,
    /// Consoles of each person, counted by those who hold it.
    seats: Mutex<HashMap<Shown, Arc<()>>>,
    presence: Notify,
    /// Everything that goes on for consoles.
    tasks: TaskTracker,
    counters: Vec<Arc<Counters>>,
    /// The spread of delays some seconds ago, and its time.
    before: Mutex<(Option<tokio::time::Instant>, Spread, Spread)>,
}

impl Desk {
    /// A number for one more console.
    pub fn next_console(&self) -> u32 {
        self.consoles.fetch_add(1, Relaxed) + 1
    }

    /// Who is there.
    pub fn attendance(&self) -> MutexGuard<'_, Attendance> {
        // Nothing is done under the lock that could leave it half done.
        self.attendance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a person did lately.
    pub fn spree<T>(&self, person: &Shown, with: impl FnOnce(&mut Spree) -> T) -> T {
        let mut sprees = self.sprees.lock().unwrap_or_else(PoisonError::into_inner);
        with(sprees.entry(person.clone()).or_default())
    }

    /// A place for one more console of a person. It is free again when it is dropped.
    ///
    /// # Errors
    /// In words, when there is none.
    pub fn seat(&self, person: &Shown) -> Result<Arc<()>, Shown> {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.retain(|_, seat| Arc::strong_count(seat) > 1);
        let seat = seats.entry(person.clone()).or_default();
        if Arc::strong_count(seat) > CONSOLES_OF_ONE {
            let why = format!("{CONSOLES_OF_ONE} consoles of yours are attached already; close one");
            return Err(Shown::new(&why));
        }
        Ok(seat.clone())
    }

    /// Who is there has changed: everybody is told soon.
    pub fn presence_changed(&self) {
        self.presence.notify_one();
    }

    /// The delay that this part of what passed in the last seconds did not exceed.
    pub fn delay(&self, part: f64) -> Option<Duration> {
        let now = tokio::time::Instant::now();
        let spreads = self.counters.iter().map(|counters| counters.spread());
        let spread = spreads.reduce(|sum, more| sum.more(&more)).unwrap_or_default();
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, older, newer) = &mut *before;
        if since.is_none_or(|since| now.duration_since(since) >= DELAY_OVER) {
            *older = std::mem::replace(newer, spread.clone());
            *since = Some(now);
        }
        spread.less(older).quantile(part)
    }
}

/// What is printed when the hub is ready.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// Where applications connect: the first address, and all with their names.
    pub listening: String,
    /// The first address as a URL.
    pub url: String,
    /// Where consoles attach.
    pub attach: String,
    /// All listeners by name, where there are several or they have names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listeners: Vec<Named>,
    /// Where consoles of other machines attach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach_tls: Option<String>,
    /// The certificate that applications have to trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
}

/// A listener with its name.
#[derive(Debug, Clone, Serialize)]
pub struct Named {
    /// What applications that connect there are called; empty when they name themselves.
    pub name: String,
    /// Its URL.
    pub url: String,
}

/// A hub that runs until its token is cancelled.
#[derive(Debug)]
pub struct Hub {
    /// What to print.
    pub ready: Ready,
    /// What is known.
    pub client: Client,
    /// What consoles share; see [`console::attend`].
    pub desk: Arc<Desk>,
    listeners: Vec<Running>,
    driver: oneshot::Receiver<()>,
}

impl Hub {
    /// Waits until it has stopped, which takes a cancelled token.
    pub async fn stopped(self) {
        for listener in self.listeners {
            listener.stopped().await;
        }
        // It ends by itself; had it panicked, it has ended, too.
        let _ = self.driver.await;
        self.desk.tasks.close();
        // A console that takes nothing is not waited for.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.desk.tasks.wait()).await;
        let _ = tokio::time::timeout(Duration::from_secs(2), self.client.disconnect()).await;
    }
}

/// Starts a hub. `folder` is where its mark and its authority are kept.
///
/// # Errors
/// In words that name the next step, when a part of it cannot be had.
pub async fn start(
    settings: &Settings,
    records: Records,
    folder: &Path,
    stopped: CancellationToken,
) -> io::Result<Hub> {
    let upstream = settings.endpoint().map_err(io::Error::other)?;
    let local = Local::bind(&settings.socket, settings.socket_group.as_deref()).map_err(io::Error::other)?;
    let mark = Mark::kept_in(folder)?;
    let chronicle = Shared::default();
    let (client, host) = records.host(|client| client.witness_by(Box::new(chronicle.clone()))).await;
    let clock = client.clock();
    let latest = client.with_model(|model, _| model.latest_ticket());
    let ranges = Ranges::new(clock.now().wall, latest);
    let (seen, seen_queue) = mpsc::channel(SEEN);
    let listeners = listen_all(settings, &upstream, &mark, folder, seen, clock, &stopped).await?;
    let desk = Arc::new(Desk {
        client: client.clone(),
        chronicle,
        ranges: ranges.clone(),
        instance: format!("{:016x}", fastrand::u64(..)),
        upstream: Shown::new(upstream.host()),
        consoles: AtomicU32::new(0),
        attendance: Mutex::default(),
        sprees: Mutex::default(),
        seats: Mutex::default(),
        presence: Notify::new(),
        tasks: TaskTracker::new(),
        counters: listeners.iter().map(|listener| listener.counters.clone()).collect(),
        before: Mutex::new((None, Spread::default(), Spread::default())),
    });
    let names = settings.listen.iter().map(|listen| listen.name.as_deref().map(Shown::new)).collect();
    let known = client.with_model(|model, _| model.applications().cloned().collect());
    let floor = Floor::new(mark, Tickets::new(ranges), known, fastrand::u32(..));
    let injectors = listeners.iter().map(|listener| listener.injector.clone()).collect();
    let driver = Driver { floor, host, names, injectors, clock, waiting: FuturesUnordered::new() };
    let driver = on_its_own_thread(driver.run(Batches::new(seen_queue), stopped.clone()))?;
    desk.tasks.spawn(watch_over(desk.clone(), stopped.clone()));
    let (people, room) = (settings.people.clone(), Arc::new(Semaphore::new(CONSOLES)));
    let door = Door { people, desk: desk.clone(), room, stopped };
    desk.tasks.spawn(consoles(local, door.clone()));
    let attach_tls = attach_tls(settings, folder, clock, door).await?;
    let ready = ready(settings, &listeners, attach_tls);
    Ok(Hub { ready, client, desk, listeners, driver })
}

fn ready(settings: &Settings, listeners: &[Running], attach_tls: Option<String>) -> Ready {
    let named = settings.listen.len() > 1 || settings.listen.iter().any(|listen| listen.name.is_some());
    let all = settings.listen.iter().zip(listeners).map(|(listen, running)| Named {
        name: listen.name.clone().unwrap_or_default(),
        url: running.url.clone(),
    });
    let first = listeners.first();
    Ready {
        listening: first.map(|it| it.address.to_string()).unwrap_or_default(),
        url: first.map(|it| it.url.clone()).unwrap_or_default(),
        attach: settings.socket.display().to_string(),
        listeners: if named { all.collect() } else { Vec::new() },
        attach_tls,
        ca_file: settings.ca_out.as_ref().map(|path| path.display().to_string()),
    }
}

/// TLS for applications, where they are to have it.
fn tls(settings: &Settings, folder: &Path, clock: Clock) -> io::Result<Option<Arc<ServerConfig>>> {
    Ok(match &settings.tls {
        None => None,
        Some(settings::Tls::Own) => {
            let authority = authority::kept_in(folder).map_err(io::Error::other)?;
            if let Some(path) = &settings.ca_out {
                let said = |error| io::Error::other(format!("{}: {error}", path.display()));
                std::fs::write(path, authority.pem()).map_err(said)?;
            }
            let made = authority::server_config(authority, &settings.host_names, None, clock);
            Some(made.map_err(io::Error::other)?)
        }
        Some(settings::Tls::Given(given)) => {
            let certified = identity::certified(given).map_err(io::Error::other)?;
            let made = crate::certify::server_config(identity::always(&certified), None);
            Some(made.map_err(io::Error::other)?)
        }
    })
}

async fn listen_all(
    settings: &Settings,
    upstream: &Endpoint,
    mark: &Mark,
    folder: &Path,
    seen: mpsc::Sender<Seen>,
    clock: Clock,
    stopped: &CancellationToken,
) -> io::Result<Vec<Running>> {
    let tls = tls(settings, folder, clock)?;
    let mut listeners = Vec::new();
    for (place, listen) in settings.listen.iter().enumerate() {
        let access = if settings.projects.is_limited() {
            let projects = settings.projects.clone();
            Access::Admitted(Arc::new(move |first: &[u8]| projects.admits(first)))
        } else {
            Access::Anybody
        };
        let options = Options {
            listen: listen.address,
            upstream: upstream.clone(),
            tls: tls.clone(),
            access,
            names: settings.host_names.clone(),
            mark: mark.clone(),
            limits: settings.limits,
            pipes_after: place as u64 * PIPES,
        };
        let started = listen::start(options, seen.clone(), clock, stopped.clone()).await;
        listeners.push(started.map_err(io::Error::other)?);
    }
    Ok(listeners)
}

/// Understanding takes long, compared to passing bytes on, which it must not hold up: it has a thread of its own. Should
/// it panic, bytes go on to pass, and nothing of ours is put among them.
fn on_its_own_thread(work: impl Future<Output = ()> + Send + 'static) -> io::Result<oneshot::Receiver<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let (done, ended) = oneshot::channel();
    let run = move || {
        runtime.block_on(work);
        // Nobody may be waiting for it.
        let _ = done.send(());
    };
    std::thread::Builder::new().name("hub-floor".into()).spawn(run)?;
    Ok(ended)
}

/// The loop between what passes and what is known.
struct Driver {
    floor: Floor,
    host: Host,
    /// Names of listeners, in their order.
    names: Vec<Option<Shown>>,
    injectors: Vec<Injector>,
    clock: Clock,
    waiting: FuturesUnordered<Waiting>,
}

type Waiting = std::pin::Pin<Box<dyn Future<Output = (RequestId, Injected)> + Send>>;

impl Driver {
    async fn run(mut self, mut seen: Batches, stopped: CancellationToken) {
        let up = LinkState::Up { since: self.clock.now().at, restored: true, gaps: 0 };
        let now = self.clock.now();
        self.host.take(&mut vec![(Occurrence::Reported(ClientEvent::Link(up)), now)]);
        loop {
            let wake = self.floor.wake_at().into_iter().chain(self.host.wake_at()).min();
            tokio::select! {
                () = stopped.cancelled() => break,
                batch = seen.next() => match batch {
                    Some(batch) => self.look(batch),
                    None => break,
                },
                submissions = self.host.next() => match submissions {
                    Some(submissions) => self.submit(&submissions),
                    None => break,
                },
                Some((request, injected)) = self.waiting.next(), if !self.waiting.is_empty() => {
                    let now = self.clock.now();
                    self.floor.injected(&request, injected, now);
                }
                () = until(self.clock, wake) => {
                    self.floor.wake(self.clock.now());
                    let due = self.host.wake();
                    self.submit(&due);
                }
            }
            self.carry_out();
        }
        self.host.close(&"the hub is stopping".into());
        self.host
            .take(&mut vec![(Occurrence::Reported(ClientEvent::Link(LinkState::Closed)), self.clock.now())]);
    }

    fn look(&mut self, batch: std::vec::Drain<'_, Seen>) {
        let now = self.clock.now();
        for seen in batch {
            let (pipe, at) = match &seen {
                Seen::Message { pipe, at, .. } => (*pipe, *at),
                Seen::Opened { pipe, .. } | Seen::Lost { pipe, .. } | Seen::Closed { pipe, .. } => {
                    (*pipe, now.at)
                }
            };
            // It happened when it arrived, not when its turn came.
            let then = Now { at, wall: now.wall.back(now.at.since(at)) };
            let name = self.names.get(listener_of(pipe)).and_then(Option::as_ref);
            self.floor.seen(seen, name, then);
        }
    }

    fn submit(&mut self, submissions: &[crate::client::Submission]) {
        let now = self.clock.now();
        submissions.iter().for_each(|submission| self.floor.submit(submission, now));
    }

    fn carry_out(&mut self) {
        let mut happened = Vec::new();
        let mut frames = Vec::new();
        for output in self.floor.outputs() {
            match output {
                Output::Take(occurrence, now) => happened.push((occurrence, now)),
                Output::Inject { pipe, text, request } => frames.push((pipe, text, request)),
            }
        }
        self.host.take(&mut happened);
        for (pipe, text, request) in frames {
            let Some(injector) = self.injectors.get(listener_of(pipe)) else { continue };
            let answer = injector.inject(pipe, &text);
            if let Some(request) = request {
                self.waiting
                    .push(Box::pin(async move { (request, answer.await.unwrap_or(Injected::Unknown)) }));
            }
        }
    }
}

fn listener_of(pipe: PipeId) -> usize {
    usize::try_from(pipe.0 / PIPES).unwrap_or(usize::MAX)
}

async fn until(clock: Clock, at: Option<crate::time::At>) {
    match at {
        Some(at) => tokio::time::sleep_until(clock.instant(at)).await,
        None => std::future::pending().await,
    }
}

/// Tells who is there, not too often, and lets claims lapse.
async fn watch_over(desk: Arc<Desk>, stopped: CancellationToken) {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        let changed = tokio::select! {
            () = stopped.cancelled() => return,
            () = desk.presence.notified() => true,
            _ = sweep.tick() => {
                let now = desk.client.clock().now().at;
                let is_live = |model: &Model, call: &_| model.call(call).is_some_and(Call::is_live);
                desk.client.with_model(|model, _| desk.attendance().sweep(|call| is_live(model, call), now))
            }
        };
        if changed {
            let present = desk.attendance().present(desk.client.clock().now().at);
            desk.client.take(&Occurrence::Reported(ClientEvent::Presence(present)));
            tokio::time::sleep(PRESENCE_EVERY).await;
        }
    }
}

/// What consoles come in by, whichever way.
#[derive(Clone)]
struct Door {
    people: People,
    desk: Arc<Desk>,
    /// Places for consoles, of both ways together.
    room: Arc<Semaphore>,
    stopped: CancellationToken,
}

impl Door {
    /// Who knocks next, or nobody just now; none when the hub stops.
    async fn next<S>(&self, accept: impl Future<Output = io::Result<S>>) -> Option<Option<S>> {
        let accepted = tokio::select! {
            () = self.stopped.cancelled() => return None,
            accepted = accept => accepted.ok(),
        };
        if accepted.is_none() {
            // Out of descriptors, most likely; others will go.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(accepted)
    }

    /// Serves whoever is there, if they may attach.
    async fn receive<S>(self, stream: S, caller: Result<Caller, IdentityError>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let caller = match caller {
            Ok(caller) => caller,
            Err(error) => {
                // The system may say it another time; a certificate says the same again.
                let again = matches!(error, IdentityError::System(_));
                return console::turn_away(stream, Shown::whole(&error.to_string()), again).await;
            }
        };
        match self.people.admit(&caller) {
            Ok(grant) => console::attend(stream, grant, self.desk, self.stopped).await,
            Err(stranger) => console::turn_away(stream, Shown::whole(&stranger.to_string()), false).await,
        }
    }
}

/// Takes in consoles of this machine.
async fn consoles(local: Local, door: Door) {
    while let Some(knock) = door.next(local.listener.accept()).await {
        let Some((stream, _)) = knock else { continue };
        let Ok(seat) = door.room.clone().try_acquire_owned() else {
            let why = Shown::new(&format!("{CONSOLES} consoles are attached already; close one"));
            door.desk.tasks.spawn(console::turn_away(stream, why, true));
            continue;
        };
        let door = door.clone();
        door.desk.tasks.clone().spawn(async move {
            let _seat = seat;
            let caller = identity::of_process(&stream).await;
            door.receive(stream, caller).await;
        });
    }
}

/// Takes in consoles of other machines.
async fn consoles_by_tls(listener: TcpListener, acceptor: TlsAcceptor, door: Door) {
    while let Some(knock) = door.next(listener.accept()).await {
        let Some((stream, _)) = knock else { continue };
        // Without a certificate there is nobody to tell that there is no room.
        let Ok(seat) = door.room.clone().try_acquire_owned() else { continue };
        // Lines are small and somebody waits for each; without it only the timing would suffer.
        drop(stream.set_nodelay(true));
        let (acceptor, door) = (acceptor.clone(), door.clone());
        door.desk.tasks.clone().spawn(async move {
            let _seat = seat;
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                let caller = identity::of_certificate(&stream);
                door.receive(stream, caller).await;
            }
        });
    }
}

/// Lets consoles of other machines in, where they are to have a place.
async fn attach_tls(
    settings: &Settings,
    folder: &Path,
    clock: Clock,
    door: Door,
) -> io::Result<Option<String>> {
    let Some(attach) = &settings.attach else { return Ok(None) };
    let own = match &attach.tls {
        settings::Tls::Given(given) => {
            identity::always(&*identity::certified(given).map_err(io::Error::other)?)
        }
        settings::Tls::Own => {
            let authority = authority::kept_in(folder).map_err(io::Error::other)?;
            authority::resolver(authority, &settings.host_names, clock).map_err(io::Error::other)?
        }
    };
    let config = identity::server_config(own, &attach.client_ca).map_err(io::Error::other)?;
    let said = |error| io::Error::other(format!("{}: {error}", attach.address));
    let listener = TcpListener::bind(attach.address).await.map_err(said)?;
    let address = listener.local_addr().map_err(said)?;
    door.desk.tasks.clone().spawn(consoles_by_tls(listener, config.into(), door));
    Ok(Some(format!("tls://{address}")))
}
