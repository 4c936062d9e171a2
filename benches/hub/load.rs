//! Applications and a service that say to each other what goes on in a thousand calls, each frame with its moment.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use callboard::hub::frames::{Header, frame};
use color_eyre::eyre::{Result, bail, eyre};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};

use crate::Plan;

/// Calls that the frames are about.
const CALLS: usize = 1_000;
/// Digits of a moment, in nanoseconds since the start.
const DIGITS: usize = 16;
/// What stands before them.
const AT: &[u8] = b"\"at\":\"";
/// What arrives so early in a turn is not counted.
const WARM: Duration = Duration::from_millis(250);
/// After a turn, until everything has arrived.
const REST: Duration = Duration::from_millis(100);

/// How frames get from one to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing between.
    Direct,
    /// A plain TCP forwarder.
    Forwarder,
    /// The hub.
    Hub,
}

impl Way {
    /// In the order of their turns.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Forwarder, Self::Hub];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Forwarder => "TCP forwarder",
            Self::Hub => "hub",
        }
    }
}

/// How long frames took, in nanoseconds.
#[derive(Debug, Clone, Default)]
pub struct Delays(pub Vec<u64>);

/// One of the two who talk; each has a thread of its own.
struct Talker {
    handle: Handle,
    /// What this one's frames took to the other.
    arrived: Mutex<Delays>,
    sent: AtomicUsize,
    /// Where it writes, for each way.
    sinks: [Mutex<Vec<OwnedWriteHalf>>; 3],
}

impl Talker {
    fn start() -> Result<Arc<Self>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        let (arrived, sent) = (Mutex::default(), AtomicUsize::new(0));
        Ok(Arc::new(Self { handle, arrived, sent, sinks: Default::default() }))
    }

    fn delays(&self) -> Delays {
        std::mem::take(&mut *self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The load.
pub struct Load {
    /// Where the service listens.
    pub service: SocketAddr,
    plan: Plan,
    begun: Instant,
    counting: Arc<AtomicBool>,
    applications: Arc<Talker>,
    servers: Arc<Talker>,
}

impl Load {
    /// The service is there; nobody is connected.
    pub fn start(plan: &Plan) -> Result<Self> {
        let (applications, servers) = (Talker::start()?, Talker::start()?);
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let service = listener.local_addr()?;
        let load = Self {
            service,
            plan: *plan,
            begun: Instant::now(),
            counting: Arc::default(),
            applications,
            servers,
        };
        let (begun, counting) = (load.begun, Arc::clone(&load.counting));
        let (servers, applications) = (Arc::clone(&load.servers), Arc::clone(&load.applications));
        load.servers.handle.spawn(async move {
            let listener = TcpListener::from_std(listener)?;
            let mut logins = 0;
            loop {
                let (mut stream, _) = listener.accept().await?;
                let head = head(&mut stream).await?;
                // The request says which way it came.
                let way = head.split(['/', ' ']).nth(2).and_then(|way| way.parse().ok()).unwrap_or(0);
                stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n").await?;
                stream.read_exact(&mut vec![0; login().len()]).await?;
                logins += 1;
                stream.write_all(&granted(logins)).await?;
                let source = keep(&servers, way, stream)?;
                tokio::spawn(listen(source, Arc::clone(&applications), Arc::clone(&counting), begun));
            }
            #[expect(unreachable_code, reason = "says what the block is")]
            std::io::Result::Ok(())
        });
        Ok(load)
    }

    /// Connects all applications, each way.
    pub fn connect(&self, addresses: [SocketAddr; 3]) -> Result<()> {
        let (begun, counting) = (self.begun, Arc::clone(&self.counting));
        let (servers, applications) = (Arc::clone(&self.servers), Arc::clone(&self.applications));
        let apps = self.plan.apps;
        let (done, finished) = std::sync::mpsc::channel();
        self.applications.handle.spawn(async move {
            let connecting = async {
                for (way, address) in addresses.into_iter().enumerate() {
                    for _ in 0..apps {
                        let mut stream = TcpStream::connect(address).await?;
                        let request = format!(
                            "GET /{way} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                             Sec-WebSocket-Key: x\r\n\r\n"
                        );
                        stream.write_all(request.as_bytes()).await?;
                        head(&mut stream).await?;
                        stream.write_all(&login()).await?;
                        let source = keep(&applications, way, stream)?;
                        tokio::spawn(listen(source, Arc::clone(&servers), Arc::clone(&counting), begun));
                    }
                }
                std::io::Result::Ok(())
            };
            // Whoever waits may have gone.
            let _ = done.send(connecting.await);
        });
        Ok(finished.recv_timeout(Duration::from_secs(60))??)
    }

    /// Uses one way for a while. What came of the applications first.
    pub fn turn(&self, way: Way, span: Duration) -> Result<[Delays; 2]> {
        let sides = [&self.applications, &self.servers];
        sides.iter().for_each(|side| drop(side.delays()));
        let until = Instant::now() + span;
        let (done, finished) = std::sync::mpsc::channel();
        for (side, masked) in sides.into_iter().zip([true, false]) {
            let (talker, begun, rate, done) = (Arc::clone(side), self.begun, self.plan.rate, done.clone());
            side.handle.spawn(async move {
                // Whoever waits may have gone.
                let _ = done.send(talk(&talker, way, masked, rate, begun, until).await);
            });
        }
        thread::sleep(WARM);
        self.counting.store(true, SeqCst);
        let counted = sides.map(|side| side.sent.load(SeqCst));
        for _ in sides {
            finished.recv_timeout(span + Duration::from_secs(60))??;
        }
        let sent = sides.map(|side| side.sent.load(SeqCst));
        thread::sleep(REST);
        self.counting.store(false, SeqCst);
        let delays = sides.map(|side| side.delays());
        for (arrived, (sent, counted)) in delays.iter().zip(sent.iter().zip(counted)) {
            let (arrived, sent) = (arrived.0.len(), sent - counted);
            // A few were on their way when counting began.
            if arrived < sent || arrived > sent + sent / 10 + 200 {
                bail!("{arrived} frames of {sent} arrived: {}", way.name());
            }
        }
        Ok(delays)
    }
}

/// An application logs in: from then on the hub follows what it does.
fn login() -> Vec<u8> {
    let text = r#"{"jsonrpc":"2.0","id":"login","method":"signalwire.connect","params":{"version":{"major":2,"minor":0,"revision":0},"agent":"bench","event_acks":true,"authentication":{"project":"project-of-the-bench","token":"token-of-the-bench"}}}"#;
    frame(Header::TEXT, true, Some([7; 4]), text.as_bytes())
}

/// The answer to the login of this number.
fn granted(number: u32) -> Vec<u8> {
    let text =
        format!(r#"{{"jsonrpc":"2.0","id":"login","result":{{"protocol":"signalwire_bench_{number:08}"}}}}"#);
    frame(Header::TEXT, true, None, text.as_bytes())
}

/// Reads a head, and not a byte more.
async fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Keeps the half that is written to.
fn keep(talker: &Talker, way: usize, stream: TcpStream) -> std::io::Result<OwnedReadHalf> {
    stream.set_nodelay(true)?;
    let (source, sink) = stream.into_split();
    if let Some(sinks) = talker.sinks.get(way) {
        sinks.lock().unwrap_or_else(PoisonError::into_inner).push(sink);
    }
    Ok(source)
}

/// Notes how long what `from` said has taken.
async fn listen(mut source: OwnedReadHalf, from: Arc<Talker>, counting: Arc<AtomicBool>, begun: Instant) {
    let mut splitter = callboard::hub::frames::Splitter::default();
    let (mut bytes, mut payload) = (vec![0; 64 * 1024], Vec::new());
    while let Ok(count @ 1..) = source.read(&mut bytes).await {
        let now = begun.elapsed().as_nanos();
        let mut rest = bytes.get(..count).unwrap_or(&[]);
        while let Some(piece) = splitter.next(rest) {
            use callboard::hub::frames::Piece;
            let taken = match piece {
                Piece::Header { taken, .. } => taken,
                Piece::Payload { header, taken, offset, ends } => {
                    let length = payload.len();
                    payload.extend(rest.get(..taken).unwrap_or(&[]));
                    if let (Some(key), Some(new)) = (header.mask, payload.get_mut(length..)) {
                        callboard::hub::frames::mask(new, key, offset);
                    }
                    if ends {
                        if counting.load(SeqCst)
                            && let Some(sent) = moment(&payload)
                        {
                            let delay = u64::try_from(now.saturating_sub(sent)).unwrap_or(u64::MAX);
                            from.arrived.lock().unwrap_or_else(PoisonError::into_inner).0.push(delay);
                        }
                        payload.clear();
                    }
                    taken
                }
            };
            rest = rest.get(taken..).unwrap_or(&[]);
        }
    }
}

fn moment(payload: &[u8]) -> Option<u128> {
    let at = memmem::find(payload, AT)? + AT.len();
    std::str::from_utf8(payload.get(at..at + DIGITS)?).ok()?.parse().ok()
}

/// Says so many frames a second, spread over the connections by chance.
async fn talk(
    talker: &Talker,
    way: Way,
    masked: bool,
    rate: f64,
    begun: Instant,
    until: Instant,
) -> Result<()> {
    let sinks = talker.sinks.get(way as usize).ok_or_else(|| eyre!("no such way"))?;
    let mut sinks = std::mem::take(&mut *sinks.lock().unwrap_or_else(PoisonError::into_inner));
    let mut dice = fastrand::Rng::with_seed(way as u64);
    let (first, mut said) = (Instant::now(), 0);
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let due = (first.elapsed().as_secs_f64() * rate) as usize;
        while said < due {
            let key = masked.then(|| dice.u32(..).to_be_bytes());
            let text = text(&mut dice, masked, begun);
            let sink = dice.choice(sinks.iter_mut()).ok_or_else(|| eyre!("nobody is connected"))?;
            talker.sent.fetch_add(1, SeqCst);
            sink.write_all(&frame(Header::TEXT, true, key, text.as_bytes())).await?;
            said += 1;
        }
    }
    if let Some(kept) = talker.sinks.get(way as usize) {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = sinks;
    }
    Ok(())
}

/// An acknowledgement or a command of an application, or an event of the service.
fn text(dice: &mut fastrand::Rng, of_application: bool, begun: Instant) -> String {
    let call = dice.usize(..CALLS);
    let (id, control) = (dice.u128(..), dice.u64(..));
    let at = begun.elapsed().as_nanos();
    if of_application && dice.bool() {
        return format!(r#"{{"jsonrpc":"2.0","id":"{id:032x}","result":{{"at":"{at:016}"}}}}"#);
    }
    if of_application {
        return format!(
            r#"{{"jsonrpc":"2.0","id":"{id:032x}","method":"calling.play","params":{{"node_id":"node-{}","call_id":"call-{call:08}-55aa","control_id":"{control:016x}","at":"{at:016}","play":[{{"type":"tts","params":{{"text":"one moment please, somebody will be with you soon","language":"en-US"}}}}]}}}}"#,
            call % 7
        );
    }
    let (kind, state) = *dice
        .choice(&[
            ("state", r#""call_state":"answered""#),
            ("play", r#""state":"playing""#),
            ("record", r#""state":"recording""#),
        ])
        .unwrap_or(&("state", ""));
    format!(
        r#"{{"jsonrpc":"2.0","id":"{id:032x}","method":"signalwire.event","params":{{"event_type":"calling.call.{kind}","event_channel":"signalwire_5c0ffee5_9a1b","timestamp":1767226702.25,"at":"{at:016}","project_id":"8a1c2f60-0000-4000-8000-000000000001","space_id":"8a1c2f60-0000-4000-8000-000000000002","params":{{"call_id":"call-{call:08}-55aa","node_id":"node-{}","control_id":"{control:016x}",{state},"direction":"inbound","device":{{"type":"phone","params":{{"from_number":"+12025550123","to_number":"+12025550199"}}}}}}}}}}"#,
        call % 7
    )
}
