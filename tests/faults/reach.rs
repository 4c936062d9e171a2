//! Real sockets: names that do not resolve, ports that do not upgrade, certificates that prove nothing. F15, F18 to F23.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callboard::calling::Client;
use callboard::client::{Credentials, Endpoint, LinkState};
use callboard::protocol::Secret;
use callboard::sim::Script;
use callboard::sim::server::{Options, Running, serve};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::rig::TOKEN;

/// Patience with a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client whose way leads where the test says, and how often it went there.
struct Traveller {
    client: Client,
    to: Arc<Mutex<Endpoint>>,
    attempts: Arc<AtomicUsize>,
}

impl Traveller {
    fn to(endpoint: Endpoint) -> Self {
        let to = Arc::new(Mutex::new(endpoint));
        let attempts = Arc::new(AtomicUsize::new(0));
        let (next, counted) = (to.clone(), attempts.clone());
        let credentials = Credentials::Token { project: Secret::new("project-1"), token: Secret::new(TOKEN) };
        let client = Client::connect_with(credentials, vec![], move || {
            counted.fetch_add(1, Ordering::Relaxed);
            next.lock().unwrap().clone().open()
        });
        Self { client, to, attempts }
    }

    fn turn_to(&self, endpoint: Endpoint) {
        *self.to.lock().unwrap() = endpoint;
    }

    /// The words with which it is down, once it is.
    async fn why(&self) -> String {
        self.until(|link| if let LinkState::Down { why, .. } = link { Some(why.to_string()) } else { None })
            .await
    }

    async fn up(&self) {
        self.until(|link| link.is_up().then_some(())).await;
    }

    async fn until<T>(&self, wanted: impl Fn(&LinkState) -> Option<T>) -> T {
        let found = async {
            loop {
                let link = self.client.link();
                assert!(!matches!(link, LinkState::Refused { .. }), "nobody refused any credentials");
                match wanted(&link) {
                    Some(found) => return found,
                    None => sleep(Duration::from_millis(5)).await,
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("{:?}", self.client.link()))
    }
}

async fn service() -> (Running, DropGuard) {
    let stop = CancellationToken::new();
    (serve(Options::new(Script::quiet()), stop.clone()).await.unwrap(), stop.drop_guard())
}

fn plain(address: SocketAddr) -> Endpoint {
    Endpoint::new(&format!("ws://{address}"), None).unwrap()
}

/// A service that does this with every connection.
async fn host<F: Future<Output = ()> + Send + 'static>(
    attend: impl Fn(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(attend(stream));
        }
    });
    address
}

/// Reads the request of an upgrade to its end.
async fn request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(request).unwrap()
}

/// A name that does not resolve is named, tried with patience, and found once it does.
#[tokio::test]
async fn f15_dns_failure() {
    let traveller = Traveller::to(Endpoint::new("wss://nowhere.invalid", None).unwrap());
    let why = traveller.why().await;
    assert!(why.contains("resolve") || why.contains("lookup") || why.contains("known"), "{why}");
    let (service, _stop) = service().await;
    traveller.turn_to(plain(service.address()));
    traveller.up().await;
    assert!(traveller.attempts.load(Ordering::Relaxed) < 12);
}

/// A port that takes connections and never upgrades them is given up after 10 s each time.
#[tokio::test(start_paused = true)]
async fn f18_never_upgraded() {
    let address = host(|mut stream| async move {
        request(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let traveller = Traveller::to(plain(address));
    assert_eq!(traveller.why().await, "no connection within 10 s");
    sleep(Duration::from_secs(60)).await;
    let attempts = traveller.attempts.load(Ordering::Relaxed);
    assert!((4..=8).contains(&attempts), "{attempts}");
}

/// An HTTP answer that is no upgrade is no word about credentials: it is named, no other address is followed, and the
/// way is tried again until it leads somewhere.
#[tokio::test]
async fn f19_http_instead_of_an_upgrade() {
    let elsewhere = Arc::new(AtomicUsize::new(0));
    let visits = elsewhere.clone();
    let other = host(move |_| {
        visits.fetch_add(1, Ordering::Relaxed);
        async {}
    })
    .await;
    let (service, _stop) = service().await;
    for status in ["401 Unauthorized", "403 Forbidden", "404 Not Found", "502 Bad Gateway", "302 Found"] {
        let answer = format!("HTTP/1.1 {status}\r\nLocation: ws://{other}/\r\nContent-Length: 0\r\n\r\n");
        let asked = Arc::new(Mutex::new(String::new()));
        let seen = asked.clone();
        let address = host(move |mut stream| {
            let (answer, seen) = (answer.clone(), seen.clone());
            async move {
                *seen.lock().unwrap() = request(&mut stream).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        })
        .await;
        let traveller = Traveller::to(plain(address));
        let why = traveller.why().await;
        assert!(why.contains(&status[..3]), "{status}: {why}");
        traveller.until(|link| matches!(link, LinkState::Down { attempt: 2.., .. }).then_some(())).await;
        let asked = asked.lock().unwrap().clone();
        assert!(
            asked.starts_with("GET / ") && !asked.contains(TOKEN) && !asked.contains("project-1"),
            "{asked}"
        );
        traveller.turn_to(plain(service.address()));
        traveller.up().await;
    }
    assert_eq!(elsewhere.load(Ordering::Relaxed), 0);
}

/// Twenty megabytes of header are not read to their end, in one line or in many.
#[tokio::test]
async fn f20_endless_header() {
    const WHOLE: usize = 20_000_000;
    for line in ["a", "X: y\r\n"] {
        let taken = Arc::new(Mutex::new(None));
        let told = taken.clone();
        let address = host(move |mut stream| {
            let told = told.clone();
            async move {
                request(&mut stream).await;
                let mut sent = 0;
                let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nX: ").await;
                let piece = line.repeat(4_096);
                while sent < WHOLE && stream.write_all(piece.as_bytes()).await.is_ok() {
                    sent += piece.len();
                }
                told.lock().unwrap().get_or_insert(sent);
            }
        })
        .await;
        let opened = timeout(PATIENCE, plain(address).open()).await.expect("it gives up");
        assert!(opened.is_err());
        let sent = async {
            loop {
                if let Some(sent) = *taken.lock().unwrap() {
                    return sent;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        let sent = timeout(PATIENCE, sent).await.expect("the peer finds out");
        // What is beyond what it reads stands in the buffers of the system.
        assert!(sent < WHOLE / 2, "{line:?}: {sent} bytes were taken");
    }
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flaw {
    None,
    Expired,
    AnotherHost,
    SelfSigned,
}

/// A server's certificate with that flaw, and the authority that its client trusts.
fn certificate(flaw: Flaw) -> (ServerConfig, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::<String>::new()).unwrap();
    ca.distinguished_name.push(DnType::CommonName, "an authority of this test");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let name = if flaw == Flaw::AnotherHost { "relay.signalwire.com" } else { "localhost" };
    let mut leaf = CertificateParams::new([name.to_owned()]).unwrap();
    if flaw == Flaw::Expired {
        leaf.not_after = date_time_ymd(2024, 2, 29);
    }
    let leaf = match flaw {
        Flaw::SelfSigned => leaf.self_signed(&key).unwrap(),
        Flaw::None | Flaw::Expired | Flaw::AnotherHost => leaf.signed_by(&key, &issuer).unwrap(),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    (config.with_single_cert(vec![CertificateDer::from(leaf.der().to_vec())], key).unwrap(), ca_pem)
}

/// What a client said to a server with such a certificate, and what it says of it.
async fn met(flaw: Flaw) -> (String, String) {
    let (config, ca_pem) = certificate(flaw);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    let address = host(move |stream| {
        let (acceptor, ears) = (acceptor.clone(), ears.clone());
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while let Ok(byte) = stream.read_u8().await {
                ears.lock().unwrap().push(byte);
                if ears.lock().unwrap().ends_with(b"\r\n\r\n") {
                    return;
                }
            }
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, ca_pem).unwrap();
    let host = format!("wss://localhost:{}", address.port());
    let traveller = Traveller::to(Endpoint::new(&host, Some(&ca)).unwrap());
    let why = traveller.why().await;
    traveller.until(|link| matches!(link, LinkState::Down { attempt: 2.., .. }).then_some(())).await;
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
    (heard, why)
}

/// So that the three below prove something: a good certificate gets the request of the upgrade.
#[tokio::test]
async fn a_good_certificate_is_spoken_to() {
    assert!(met(Flaw::None).await.0.starts_with("GET / "));
}

/// Not a byte is said to a server whose certificate has expired.
#[tokio::test]
async fn f21_expired_certificate() {
    let (heard, why) = met(Flaw::Expired).await;
    assert!(heard.is_empty() && why.to_lowercase().contains("expired"), "{heard:?} {why}");
}

/// Not a byte to one whose certificate is for another host.
#[tokio::test]
async fn f22_certificate_of_another_host() {
    let (heard, why) = met(Flaw::AnotherHost).await;
    assert!(heard.is_empty() && why.contains("not valid for name"), "{heard:?} {why}");
}

/// Not a byte to one that vouches for itself.
#[tokio::test]
async fn f23_self_signed_certificate() {
    let (heard, why) = met(Flaw::SelfSigned).await;
    assert!(heard.is_empty() && why.contains("UnknownIssuer"), "{heard:?} {why}");
}
