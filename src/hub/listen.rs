//! Where applications connect: lets them in, opens their way to the service, and starts their pipes.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::{TlsAcceptor, TlsStream};
use tokio_util::sync::CancellationToken;

use super::counters::Counters;
use super::injector::Injector;
use super::mark::Mark;
use super::outlet::Outlets;
use super::pace::Pace;
use super::pipe::{self, Admit, Ends, Rig};
use super::seen::{PipeId, Seen};
use super::socket::{Socket, prepare};
use super::upgrade::{self, Names, Refusal, Upgrade, Upstream};
use super::upstream;
use crate::client::Endpoint;
use crate::time::Clock;

/// The TLS handshake and the request of an application together may take so long.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The service may take so long to answer an upgrade.
const ANSWER: Duration = Duration::from_secs(10);
/// Connections that are not through their handshake; more are dropped at once. Of one address there can be no more
/// than the pace allows within [`HANDSHAKE`], so that others find room.
const KNOCKING: usize = 256;
/// Connections beyond the pace that are told so; more are dropped at once.
const TURNED_AWAY: usize = 16;
/// Whoever comes too often has so long to ask.
const HURRY: Duration = Duration::from_secs(1);
/// Whoever is refused has so long to hear it.
const REFUSING: Duration = Duration::from_secs(2);
/// What the service says instead of accepting may take so long.
const OTHER_ANSWER: Duration = Duration::from_secs(60);

/// Who may use the hub.
#[derive(Clone)]
pub enum Access {
    /// Whoever reaches the address.
    Anybody,
    /// Whoever shows a certificate that the TLS configuration accepts: one that asks for none lets nobody in.
    Certificates,
    /// Whoever's first message this admits.
    Admitted(Admit),
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Anybody => "Anybody",
            Self::Certificates => "Certificates",
            Self::Admitted(_) => "Admitted",
        })
    }
}

/// How much is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Applications at one time.
    pub applications: usize,
    /// Handshakes a second from one address, in the long run.
    pub per_second: u32,
    /// Handshakes from one address at once.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { applications: 100, per_second: 10, burst: 20 }
    }
}

/// What a listener is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address and port; port 0 for any free one.
    pub listen: SocketAddr,
    /// The service.
    pub upstream: Endpoint,
    /// wss instead of ws; see [`super::authority::server_config`].
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Who may use it.
    pub access: Access,
    /// By what names applications call it, beside `localhost` and addresses.
    pub names: Vec<String>,
    /// What all our ids contain.
    pub mark: Mark,
    /// How much is let in.
    pub limits: Limits,
    /// Its pipes are numbered after this, so that several listeners can have one observer.
    pub pipes_after: u64,
}

impl Options {
    /// ws on a free loopback port, for anybody on this machine.
    #[must_use]
    pub fn new(upstream: Endpoint, mark: Mark) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            upstream,
            tls: None,
            access: Access::Anybody,
            names: Vec::new(),
            mark,
            limits: Limits::default(),
            pipes_after: 0,
        }
    }
}

/// Why a hub does not start.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Other machines could reach it, and read along.
    #[error(
        "{0} can be reached from other machines, and without TLS the tokens of applications would pass in the \
         clear; give it TLS, or listen on 127.0.0.1"
    )]
    NoTls(SocketAddr),
    /// Other machines could reach it, and anybody use it.
    #[error(
        "{0} can be reached from other machines, and nothing says who may use it; say which projects or client \
         certificates, or listen on 127.0.0.1"
    )]
    NoAccessControl(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}; choose another port, or port 0 for any free one")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A hub that runs until its token is cancelled.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its address as applications take it.
    pub url: String,
    /// Where frames of our own are handed in.
    pub injector: Injector,
    /// What passed.
    pub counters: Arc<Counters>,
    task: JoinHandle<()>,
}

impl Running {
    /// Waits until it has stopped, which takes a cancelled token. All pipes have ended then.
    pub async fn stopped(self) {
        // It ends by itself; had it panicked, it would have stopped as well.
        let _ = self.task.await;
    }
}

/// Starts to listen. `seen` needs room for three of each pipe before anything else can be told: 1,024 is a good
/// capacity. The arrival times that it tells are those of `clock`.
///
/// # Errors
/// When the address could be reached from other machines without protection, or cannot be had.
pub async fn start(
    options: Options,
    seen: mpsc::Sender<Seen>,
    clock: Clock,
    cancelled: CancellationToken,
) -> Result<Running, ListenError> {
    let asked = options.listen;
    if !asked.ip().is_loopback() {
        if options.tls.is_none() {
            return Err(ListenError::NoTls(asked));
        }
        if matches!(options.access, Access::Anybody) {
            return Err(ListenError::NoAccessControl(asked));
        }
    }
    let bind = |source| ListenError::Bind { address: asked, source };
    let listener = TcpListener::bind(asked).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let url = format!("{}://{address}", if options.tls.is_some() { "wss" } else { "ws" });
    let counters = Arc::new(Counters::default());
    let injector = Injector::new(clock);
    let hub = Arc::new(Hub::new(options, seen, &counters, &injector, clock));
    let task = tokio::spawn(accept(listener, hub, cancelled));
    Ok(Running { address, url, injector, counters, task })
}

/// What all connections share.
struct Hub {
    endpoint: Endpoint,
    upstream: Upstream,
    names: Vec<String>,
    acceptor: Option<TlsAcceptor>,
    access: Access,
    mark: Mark,
    outlets: Outlets,
    injector: Injector,
    counters: Arc<Counters>,
    clock: Clock,
    applications: Arc<Semaphore>,
    knocking: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    pace: Mutex<Pace>,
    opened: AtomicU64,
}

impl Hub {
    fn new(
        options: Options,
        seen: mpsc::Sender<Seen>,
        counters: &Arc<Counters>,
        injector: &Injector,
        clock: Clock,
    ) -> Self {
        let Options { upstream: endpoint, tls, access, names, mark, limits, pipes_after, .. } = options;
        Self {
            upstream: Upstream { host: endpoint.host().to_owned(), tls: endpoint.tls().is_some() },
            endpoint,
            names,
            acceptor: tls.map(TlsAcceptor::from),
            access,
            mark,
            outlets: Outlets::new(seen, Arc::clone(counters)),
            injector: injector.clone(),
            counters: Arc::clone(counters),
            clock,
            applications: Arc::new(Semaphore::new(limits.applications)),
            knocking: Arc::new(Semaphore::new(KNOCKING)),
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY)),
            pace: Mutex::new(Pace::new(limits.per_second, limits.burst)),
            opened: AtomicU64::new(pipes_after),
        }
    }

    fn paced(&self, address: IpAddr) -> bool {
        // Nothing is done under the lock that could leave it half done.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner).allows(address, self.clock.at())
    }

    /// A place for one more application.
    fn place(&self) -> Option<Seat> {
        let permit = Arc::clone(&self.applications).try_acquire_owned().ok()?;
        self.counters.applications.add(1);
        Some(Seat { counters: Arc::clone(&self.counters), _permit: permit })
    }
}

/// The place of an application, until it is dropped.
struct Seat {
    counters: Arc<Counters>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.counters.applications.take(1);
    }
}

async fn accept(listener: TcpListener, hub: Arc<Hub>, cancelled: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = cancelled.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => knock(stream, peer, &hub, &cancelled, &mut connections),
                // Out of descriptors, most likely; others will go.
                Err(_) => sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    // Each ends by itself, for its token is cancelled.
    while connections.join_next().await.is_some() {}
}

fn knock(
    stream: TcpStream,
    peer: SocketAddr,
    hub: &Arc<Hub>,
    cancelled: &CancellationToken,
    connections: &mut JoinSet<()>,
) {
    let paced = hub.paced(peer.ip());
    let door = if paced { &hub.knocking } else { &hub.turned_away };
    let knocking = Arc::clone(door).try_acquire_owned();
    // Those who come too often are told so where that costs no TLS handshake.
    let (Ok(knocking), true) = (knocking, paced || hub.acceptor.is_none()) else {
        hub.counters.refused.add(1);
        return;
    };
    let (hub, cancelled) = (Arc::clone(hub), cancelled.clone());
    connections.spawn(async move {
        let stopped = cancelled.clone();
        tokio::select! {
            () = attend(stream, peer, &hub, Knocking { paced, _permit: knocking }, cancelled) => {}
            // A pipe sees to its end itself.
            () = async { stopped.cancelled().await; sleep(REFUSING).await } => {}
        }
    });
}

/// The place of a connection that is not through its handshake.
struct Knocking {
    /// It does not come too often.
    paced: bool,
    _permit: OwnedSemaphorePermit,
}

/// One connection from its first byte to its last.
async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    hub: &Hub,
    knocking: Knocking,
    cancelled: CancellationToken,
) {
    if prepare(&stream).is_err() {
        // It has gone already.
        return;
    }
    let mut greeted = None;
    let patience = if knocking.paced { HANDSHAKE } else { HURRY };
    let asked = timeout(patience, greet(stream, hub, &mut greeted)).await.unwrap_or(Err(Refusal::Late));
    let asked = if knocking.paced { asked } else { Err(Refusal::TooOften) };
    let Some(application) = greeted else { return hub.counters.refused.add(1) };
    let turned_away = |application, refusal| turn_away(application, peer, hub, refusal, String::new());
    let (upgrade, rest) = match asked {
        Ok(asked) => asked,
        Err(refusal) => return turned_away(application, refusal).await,
    };
    let Some(_seat) = hub.place() else { return turned_away(application, Refusal::Full).await };
    drop(knocking);
    match call(hub, upgrade).await {
        Ok(answered) => join(application, peer, answered, rest, hub, cancelled).await,
        Err((refusal, more)) => turn_away(application, peer, hub, refusal, more).await,
    }
}

/// Tells somebody why not, and counts it.
async fn turn_away(mut socket: Socket, peer: SocketAddr, hub: &Hub, refusal: Refusal, more: String) {
    let unreachable = matches!(refusal, Refusal::Unreachable | Refusal::Silent);
    let count = if unreachable { &hub.counters.unreachable } else { &hub.counters.refused };
    count.add(1);
    tracing::warn!(%peer, why = %refusal, more, "a connection was not let through");
    // Whoever does not want to hear it need not.
    let _ = timeout(REFUSING, refuse(&mut socket, &refusal.answer(&more))).await;
}

/// TLS and the request; what came after the request as well. The socket is left in `greeted` as soon as it can be
/// spoken to.
async fn greet(
    stream: TcpStream,
    hub: &Hub,
    greeted: &mut Option<Socket>,
) -> Result<(Upgrade, Vec<u8>), Refusal> {
    let address = stream.local_addr().map_err(|_| Refusal::Malformed)?.ip();
    let names = Names { names: &hub.names, address, tls: hub.acceptor.is_some() };
    let mut shown = false;
    let socket = match &hub.acceptor {
        None => Socket::Plain(stream),
        Some(acceptor) => {
            let stream = acceptor.accept(stream).await.map_err(|_| Refusal::Malformed)?;
            shown = stream.get_ref().1.peer_certificates().is_some();
            Socket::Tls(Box::new(TlsStream::Server(stream)))
        }
    };
    let socket = greeted.insert(socket);
    if matches!(hub.access, Access::Certificates) && !shown {
        return Err(Refusal::Certificate);
    }
    let mut bytes = Vec::with_capacity(1_024);
    let mut looked = 0;
    loop {
        if socket.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return Err(Refusal::Malformed);
        }
        // Nothing changes before the end of a line, and looking again at each byte would be what a slow one wants.
        let new = bytes.get(looked..).unwrap_or(&[]);
        if looked == 0 || new.contains(&b'\n') || bytes.len() >= upgrade::LONGEST {
            looked = bytes.len();
            if let Some(upgrade) = upgrade::request(&bytes, &names, &hub.upstream)? {
                let rest = bytes.split_off(upgrade.length);
                return Ok((upgrade, rest));
            }
        }
    }
}

/// The service's answer to an upgrade.
struct Answered {
    service: Socket,
    user_agent: Option<String>,
    /// What it said so far.
    bytes: Vec<u8>,
    /// How long the head of it is, if it accepted.
    accepted: Option<usize>,
}

/// Asks the service in the application's words.
async fn call(hub: &Hub, upgrade: Upgrade) -> Result<Answered, (Refusal, String)> {
    let service = upstream::connect(&hub.endpoint).await.map_err(|why| (Refusal::Unreachable, why))?;
    let mut answered =
        Answered { service, user_agent: upgrade.user_agent, bytes: Vec::new(), accepted: None };
    match timeout(ANSWER, ask(&mut answered, &upgrade.head)).await {
        Ok(Ok(())) => Ok(answered),
        Ok(Err(why)) => Err((Refusal::Unreachable, why.to_string())),
        Err(_) => Err((Refusal::Silent, String::new())),
    }
}

async fn ask(answered: &mut Answered, head: &[u8]) -> std::io::Result<()> {
    answered.service.write_all(head).await?;
    answered.service.flush().await?;
    // What comes before the answer proper, such as 103.
    let mut before = 0;
    loop {
        if answered.service.read_buf(&mut answered.bytes).await? == 0 {
            let nothing = answered.bytes.is_empty();
            return if nothing { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) };
        }
        while let Ok(Some((status, length))) = upgrade::answer(answered.bytes.get(before..).unwrap_or(&[])) {
            before += length;
            if status == 101 {
                answered.accepted = Some(before);
            }
            if status == 101 || status >= 200 {
                return Ok(());
            }
        }
        if upgrade::answer(answered.bytes.get(before..).unwrap_or(&[])).is_err() {
            return Ok(());
        }
    }
}

/// Brings both together, as long as it lasts.
async fn join(
    mut application: Socket,
    peer: SocketAddr,
    answered: Answered,
    rest: Vec<u8>,
    hub: &Hub,
    stopped: CancellationToken,
) {
    let Answered { mut service, user_agent, mut bytes, accepted } = answered;
    let Some(length) = accepted else {
        // Not accepted, or nothing we know: what the service says goes back as it came.
        let _ = timeout(OTHER_ANSWER, async {
            application.write_all(&bytes).await?;
            service.write_all(&rest).await?;
            copy_bidirectional(&mut application, &mut service).await
        })
        .await;
        return;
    };
    let from_service = bytes.split_off(length);
    let greeted = async {
        application.write_all(&bytes).await?;
        application.flush().await
    };
    if !matches!(timeout(HANDSHAKE, greeted).await, Ok(Ok(()))) {
        return;
    }
    let pipe = PipeId(hub.opened.fetch_add(1, Relaxed) + 1);
    hub.counters.opened.add(1);
    let rig = Rig {
        outlet: hub.outlets.pipe(pipe, Seen::Opened { pipe, peer, user_agent }),
        place: hub.injector.open(pipe),
        counters: Arc::clone(&hub.counters),
        mark: hub.mark.clone(),
        admit: if let Access::Admitted(admit) = &hub.access { Some(Arc::clone(admit)) } else { None },
        clock: hub.clock,
    };
    pipe::run(Ends { application, service, from_application: rest, from_service }, rig, stopped).await;
}

/// Tells why, and waits until it was heard: closing at once would take the words back if there is more to read.
async fn refuse(socket: &mut Socket, answer: &[u8]) -> std::io::Result<()> {
    socket.write_all(answer).await?;
    socket.shutdown().await?;
    let mut ignored = [0; 1_024];
    for _ in 0..64 {
        if socket.read(&mut ignored).await? == 0 {
            break;
        }
    }
    Ok(())
}
