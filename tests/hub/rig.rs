//! A hub between an application and a service that are both bare sockets.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use callboard::client::Endpoint;
use callboard::hub::{Mark, Options, Running, Seen, start};
use callboard::time::Clock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

pub struct Rig {
    pub hub: Running,
    pub seen: mpsc::Receiver<Seen>,
    pub service: TcpListener,
    pub mark: Mark,
    pub stop: DropGuard,
}

/// No wait of these tests is for ever.
pub async fn soon<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(20), future).await.expect("in time")
}

pub const ACCEPTED: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";

pub fn upgrade(host: &str, more: &str) -> Vec<u8> {
    format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: \
         dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    )
    .into_bytes()
}

impl Rig {
    pub async fn new() -> Self {
        Self::with(1_024, |_| ()).await
    }

    pub async fn with(capacity: usize, change: impl FnOnce(&mut Options)) -> Self {
        let service = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint::new(&format!("ws://{}", service.local_addr().unwrap()), None).unwrap();
        let mark = Mark::random().unwrap();
        let mut options = Options::new(endpoint, mark.clone());
        options.limits.burst = 1_000;
        change(&mut options);
        let (sender, seen) = mpsc::channel(capacity);
        let token = CancellationToken::new();
        let hub = start(options, sender, Clock::start(), token.clone()).await.unwrap();
        Self { hub, seen, service, mark, stop: token.drop_guard() }
    }

    pub fn address(&self) -> SocketAddr {
        self.hub.address
    }

    /// An application that is through, and the service's end of it.
    pub async fn pair(&self) -> (TcpStream, TcpStream) {
        let mut application = TcpStream::connect(self.address()).await.unwrap();
        application.write_all(&upgrade(&self.address().to_string(), "User-Agent: app\r\n")).await.unwrap();
        let (mut service, _) = soon(self.service.accept()).await.unwrap();
        soon(head(&mut service)).await;
        service.write_all(ACCEPTED).await.unwrap();
        assert_eq!(soon(head(&mut application)).await.as_bytes(), ACCEPTED);
        (application, service)
    }

    /// The next that is told.
    pub async fn next(&mut self) -> Seen {
        soon(self.seen.recv()).await.expect("the hub runs")
    }

    /// The next of the data messages that are told.
    pub async fn next_message(&mut self) -> (String, bool) {
        loop {
            if let Seen::Message { bytes, ours, .. } = self.next().await {
                return (String::from_utf8_lossy(&bytes).into_owned(), ours);
            }
        }
    }
}

/// Reads a head, and not a byte more.
pub async fn head(socket: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.expect("a head"));
    }
    String::from_utf8(head).unwrap()
}

/// Reads to the end, however it comes.
pub async fn rest(socket: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(1..) = socket.read_buf(&mut bytes).await {}
    bytes
}

/// Reads so many bytes.
pub async fn exactly(socket: &mut (impl AsyncRead + Unpin), count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    soon(socket.read_exact(&mut bytes)).await.unwrap();
    bytes
}
