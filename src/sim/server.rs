//! The world behind sockets: accepts ws or wss clients, carries frames both ways, keeps the time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, accept_async_with_config};
use tokio_util::sync::CancellationToken;

use super::bulk::Frames;
use super::ledger::Ledger;
use super::script::Script;
use super::tls::identity;
use super::world::{ClientId, Input, Output, Stage, World};
use crate::certify::CertifyError;
use crate::time::Clock;

/// Frames waiting for one client; beyond this it is cut off, for it does not read.
const QUEUE: usize = 32_768;
/// Clients at one time.
const CLIENTS: usize = 1_024;
/// Time for the TLS and WebSocket handshakes.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Time for a client to answer a close.
const FAREWELL: Duration = Duration::from_secs(2);
/// Largest message taken from a client.
const LARGEST: usize = 16 * 1024 * 1024;

/// What to serve, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address and port; port 0 for any free one.
    pub listen: SocketAddr,
    /// wss instead of ws.
    pub tls: bool,
    /// The scenario.
    pub script: Arc<Script>,
    /// Decides every id and every choice.
    pub seed: u64,
    /// Let it listen on addresses other machines can reach.
    pub allow_remote: bool,
}

impl Options {
    /// A scenario over ws on a free loopback port.
    #[must_use]
    pub fn new(script: impl Into<Arc<Script>>) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, tls: false, script: script.into(), seed: 1, allow_remote: false }
    }
}

/// Why a sim does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The simulator knows no users; it stays on the machine unless told otherwise.
    #[error("{0} can be reached from other machines; allow that explicitly or listen on 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] CertifyError),
}

/// A sim that runs until its cancellation token is cancelled.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    tls: bool,
    ca_pem: Option<String>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a client takes it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate a client must trust, with TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// A copy of the account so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.shared.lock().world.ledger().clone()
    }

    /// Looks at the world as it is now.
    pub fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.shared.lock().world)
    }

    /// Makes something happen.
    pub fn stage(&self, stage: Stage) {
        self.shared.feed(Input::Stage(stage));
    }

    /// Waits until it has stopped, which takes a cancelled token. Returns the last account.
    pub async fn stopped(self) -> Ledger {
        drop(self.task.await);
        let inner = self.shared.lock();
        inner.world.ledger().clone()
    }
}

/// What the accept loop, the timer and the clients' tasks share.
#[derive(Debug)]
struct Shared {
    inner: Mutex<Inner>,
    clock: Clock,
    changed: Notify,
}

#[derive(Debug)]
struct Inner {
    world: World,
    clients: HashMap<ClientId, mpsc::Sender<Output>>,
    joined: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves the world readable; tests want its ledger all the more.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the world an input and distributes what comes of it, in order.
    fn feed(&self, input: Input<'_>) {
        let mut inner = self.lock();
        let before = inner.world.wake_at();
        let outputs = inner.world.handle(input, self.clock.now());
        for output in outputs {
            let client = output.client();
            let full = inner.clients.get(&client).is_some_and(|queue| queue.try_send(output).is_err());
            if full {
                inner.clients.remove(&client);
            }
        }
        if inner.world.wake_at() != before {
            self.changed.notify_one();
        }
    }

    fn join(&self, queue: mpsc::Sender<Output>) -> ClientId {
        let mut inner = self.lock();
        inner.joined += 1;
        let client = ClientId(inner.joined);
        inner.clients.insert(client, queue);
        drop(inner);
        self.feed(Input::Joined(client));
        client
    }

    fn leave(&self, client: ClientId) {
        self.lock().clients.remove(&client);
        self.feed(Input::Left(client));
    }

    /// Wakes the world when it wants to be woken.
    async fn keep_time(&self) {
        loop {
            let wake_at = self.lock().world.wake_at();
            match wake_at {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(self.clock.instant(at)) => self.feed(Input::Wake),
                    () = self.changed.notified() => {}
                },
                None => self.changed.notified().await,
            }
        }
    }
}

/// Starts a sim in this process and returns once it listens.
///
/// # Errors
/// When the address is not allowed or not to be had, or TLS cannot be set up.
pub async fn serve(options: Options, cancelled: CancellationToken) -> Result<Running, ServeError> {
    if !options.listen.ip().is_loopback() && !options.allow_remote {
        return Err(ServeError::NotLoopback(options.listen));
    }
    let identity = if options.tls { Some(identity()?) } else { None };
    let failed = |source| ServeError::Bind { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let world = World::new(options.script, options.seed);
    let inner = Mutex::new(Inner { world, clients: HashMap::new(), joined: 0 });
    let shared = Arc::new(Shared { inner, clock: Clock::start(), changed: Notify::new() });
    let ca_pem = identity.as_ref().map(|identity| identity.ca_pem.clone());
    let acceptor = identity.map(|identity| TlsAcceptor::from(identity.config));
    let task = tokio::spawn(run(listener, acceptor, shared.clone(), cancelled));
    Ok(Running { address, tls: options.tls, ca_pem, shared, task })
}

async fn run(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    cancelled: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(CLIENTS));
    let accepting = async {
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors, most likely; others will go.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (acceptor, shared, cancelled) = (acceptor.clone(), shared.clone(), cancelled.child_token());
            tokio::spawn(async move {
                let _permit = permit;
                greet(stream, acceptor, shared, cancelled).await;
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shared.keep_time() => {}
        () = cancelled.cancelled() => {}
    }
}

/// The handshakes; whoever does not get through them in time is dropped.
async fn greet(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    cancelled: CancellationToken,
) {
    // Small frames at once; without it only the timing would suffer.
    drop(stream.set_nodelay(true));
    match acceptor {
        None => attend(stream, &shared, cancelled).await,
        Some(acceptor) => {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                attend(stream, &shared, cancelled).await;
            }
        }
    }
}

async fn attend<S>(stream: S, shared: &Arc<Shared>, cancelled: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let Ok(Ok(socket)) = timeout(HANDSHAKE, accept_async_with_config(stream, Some(config))).await else {
        return;
    };
    let (sink, source) = socket.split();
    let (queue, outputs) = mpsc::channel(QUEUE);
    let client = shared.join(queue);
    tokio::select! {
        () = read(source, shared, client) => {}
        () = write(sink, outputs, shared, client) => {}
        () = cancelled.cancelled() => {}
    }
    shared.leave(client);
}

async fn read<S>(mut source: SplitStream<WebSocketStream<S>>, shared: &Shared, client: ClientId)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = source.next().await {
        match message {
            Message::Text(text) => shared.feed(Input::Text(client, text.as_str())),
            // No client has a reason to send binary frames; it counts as a bad frame.
            Message::Binary(_) => shared.feed(Input::Text(client, "")),
            Message::Close(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// Sends what the world puts out, flushing when there is nothing more at hand.
async fn write<S>(
    mut sink: SplitSink<WebSocketStream<S>, Message>,
    mut outputs: mpsc::Receiver<Output>,
    shared: &Shared,
    client: ClientId,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(output) = outputs.recv().await {
        let cut = matches!(output, Output::Cut { .. });
        let last = cut || matches!(output, Output::Close { .. });
        for message in messages(output) {
            if sink.feed(message).await.is_err() {
                return;
            }
        }
        if (last || outputs.is_empty()) && sink.flush().await.is_err() {
            return;
        }
        if last {
            // The reader ends when the client has answered; this is for those who do not.
            return tokio::time::sleep(if cut { Duration::ZERO } else { FAREWELL }).await;
        }
        if outputs.is_empty() {
            shared.feed(Input::Taken(client));
        }
    }
}

/// An output as messages; none when the socket is to be cut.
fn messages(output: Output) -> impl Iterator<Item = Message> {
    let (one, many) = match output {
        Output::Send { text, .. } => (Some(Message::text(text)), None),
        Output::SendMany { frames, .. } => (None, Some(frames)),
        Output::SendBinary { bytes, .. } => (Some(Message::binary(bytes)), None),
        Output::SendHalf { text, .. } => {
            (Some(Message::Frame(Frame::message(text, OpCode::Data(Data::Text), false))), None)
        }
        Output::Ping { .. } => (Some(Message::Ping(Bytes::new())), None),
        Output::Close { code, .. } => {
            let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
            (Some(Message::Close(Some(frame))), None)
        }
        Output::Cut { .. } => (None, None),
    };
    one.into_iter().chain(many.into_iter().flat_map(sharing))
}

/// Frames as messages that share their text.
fn sharing(frames: Frames) -> impl Iterator<Item = Message> {
    struct Shared(Arc<str>);
    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }
    let Frames { text, ends } = frames;
    let bytes = Bytes::from_owner(Shared(text));
    let mut start = 0;
    (0..ends.len()).filter_map(move |index| {
        let end = *ends.get(index)?;
        let frame = bytes.slice(std::mem::replace(&mut start, end)..end);
        Utf8Bytes::try_from(frame).ok().map(Message::Text)
    })
}
