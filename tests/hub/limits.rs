//! Who is let in, how many, how often, and what the others are told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use callboard::client::Endpoint;
use callboard::hub::{Limits, ListenError, Mark, Options, authority, start};
use callboard::time::Clock;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::rig::{Rig, rest, soon, upgrade};

/// What the hub itself answers.
async fn answer(rig: &Rig, request: &[u8]) -> String {
    let mut application = TcpStream::connect(rig.address()).await.unwrap();
    application.write_all(request).await.unwrap();
    String::from_utf8(soon(rest(&mut application)).await).unwrap()
}

#[tokio::test]
async fn strangers_are_told_why_they_stay_outside() {
    let rig = Rig::new().await;
    let own = rig.address().to_string();
    for (request, status) in [
        (upgrade("evil.example", ""), "421"),
        (upgrade(&own, "Origin: https://evil.example\r\n"), "403"),
        (upgrade(&own, "Origin: http://localhost:3000\r\n"), "403"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(), "426"),
        (b"PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(), "405"),
        (b"\x16\x03\x01\x02\x00".to_vec(), "400"),
        (upgrade(&own, &format!("X: {}\r\n", "y".repeat(20_000))), "431"),
        (upgrade(&own, &"X: y\r\n".repeat(70)), "431"),
    ] {
        let answer = answer(&rig, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("Connection: close\r\n") && answer.ends_with('\n'), "{answer}");
    }
    assert_eq!(rig.hub.counters.refused.get(), 8);
    // Old websocket libraries name the host that they connect to as their origin.
    let mut application = TcpStream::connect(rig.address()).await.unwrap();
    application.write_all(&upgrade(&own, &format!("Origin: http://{own}\r\n"))).await.unwrap();
    let (mut service, _) = soon(rig.service.accept()).await.unwrap();
    let request = crate::rig::head(&mut service).await;
    assert!(
        request.contains(&format!("Origin: http://{}\r\n", rig.service.local_addr().unwrap())),
        "{request}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_handshake_has_ten_seconds() {
    let rig = Rig::new().await;
    let begun = tokio::time::Instant::now();
    let mut application = TcpStream::connect(rig.address()).await.unwrap();
    let drip = async {
        for byte in upgrade("localhost", "").into_iter().take(100) {
            if application.write_all(&[byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(500)).await;
        }
        let answer = rest(&mut application).await;
        assert!(answer.starts_with(b"HTTP/1.1 408 ") || answer.is_empty());
    };
    drip.await;
    assert!(begun.elapsed() >= Duration::from_secs(10));
    assert_eq!(rig.hub.counters.refused.get(), 1);
    let mut silent = TcpStream::connect(rig.address()).await.unwrap();
    assert!(rest(&mut silent).await.starts_with(b"HTTP/1.1 408 "));
}

#[tokio::test]
async fn there_is_room_for_a_hundred_applications_and_again_when_one_leaves() {
    let rig = Rig::new().await;
    let mut pairs = Vec::new();
    for _ in 0..100 {
        pairs.push(rig.pair().await);
    }
    let refused = answer(&rig, &upgrade("localhost", "")).await;
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("Retry-After: 5\r\n"), "{refused}");
    assert_eq!(rig.hub.counters.applications.get(), 100);
    pairs.pop();
    soon(async {
        while rig.hub.counters.applications.get() == 100 {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    rig.pair().await;
}

#[tokio::test]
async fn one_address_may_knock_so_often_a_second_and_so_often_at_once() {
    assert_eq!(Limits::default(), Limits { applications: 100, per_second: 10, burst: 20 });
    // A busy machine takes long for twenty.
    let limits = Limits { per_second: 1, ..Limits::default() };
    let rig = Rig::with(1_024, |options| options.limits = limits).await;
    let mut refused = 0;
    let mut pairs = Vec::new();
    for _ in 0..20 {
        pairs.push(rig.pair().await);
    }
    for _ in 0..5 {
        let answer = answer(&rig, &upgrade("evil.example", "")).await;
        refused += usize::from(answer.contains("503") && answer.contains("Retry-After: 1\r\n"));
    }
    assert!(refused >= 3, "{refused}");
    sleep(Duration::from_millis(2_100)).await;
    rig.pair().await;
}

#[tokio::test]
async fn a_service_that_is_not_there_is_said_to_be() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = Endpoint::new(&format!("ws://{gone}"), None).unwrap();
    let rig = Rig::with(16, |options| options.upstream = endpoint).await;
    let answer = answer(&rig, &upgrade("localhost", "")).await;
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("refused"), "{answer}");
    assert_eq!(rig.hub.counters.unreachable.get(), 1);
    soon(async {
        while rig.hub.counters.applications.get() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_answer_is_given_up() {
    let rig = Rig::new().await;
    let mut application = TcpStream::connect(rig.address()).await.unwrap();
    application.write_all(&upgrade("localhost", "")).await.unwrap();
    assert!(rest(&mut application).await.starts_with(b"HTTP/1.1 504 "));
    let mut application = TcpStream::connect(rig.address()).await.unwrap();
    application.write_all(&upgrade("localhost", "")).await.unwrap();
    let (_, (second, _)) = (rig.service.accept().await.unwrap(), rig.service.accept().await.unwrap());
    drop(second);
    assert!(rest(&mut application).await.starts_with(b"HTTP/1.1 502 "));
}

#[tokio::test]
async fn other_machines_reach_it_only_under_tls_and_with_access_control() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || authority::kept_in(folder.path()).unwrap();
    let clock = Clock::start();
    let tls = authority::server_config(kept(), &["hub.example".into()], None, clock).unwrap();
    for (tls, access, words) in [
        (None, callboard::hub::Access::Anybody, "give it TLS"),
        (None, callboard::hub::Access::Certificates, "give it TLS"),
        (Some(tls), callboard::hub::Access::Anybody, "who may use it"),
    ] {
        let endpoint = Endpoint::new("ws://127.0.0.1:1", None).unwrap();
        let mut options = Options::new(endpoint, Mark::random().unwrap());
        (options.listen, options.tls, options.access) = (SocketAddr::from(([0, 0, 0, 0], 0)), tls, access);
        let error = start(options, mpsc::channel(1).0, clock, CancellationToken::new()).await.unwrap_err();
        assert!(
            error.to_string().contains(words) && error.to_string().contains("or listen on 127.0.0.1"),
            "{error}"
        );
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = Endpoint::new("ws://127.0.0.1:1", None).unwrap();
    let mut options = Options::new(endpoint, Mark::random().unwrap());
    options.listen = SocketAddr::from(([192, 0, 2, 1], taken.port()));
    let error = start(options, mpsc::channel(1).0, clock, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, ListenError::NoTls(_)));
}

/// Speaks TLS to the hub, with a certificate of its own or without.
async fn knock(
    rig: &Rig,
    ca_pem: &str,
    own: Option<(CertificateDer<'static>, PrivateKeyDer<'static>)>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots);
    let config = match own {
        Some((certificate, key)) => config.with_client_auth_cert(vec![certificate], key).unwrap(),
        None => config.with_no_client_auth(),
    };
    let stream = TcpStream::connect(rig.address()).await?;
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn with_client_certificates_nobody_without_one_comes_in() {
    let folder = tempfile::tempdir().unwrap();
    let kept = authority::kept_in(folder.path()).unwrap();
    let ca_pem = kept.pem().to_owned();
    // An authority for clients, and a client.
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut ca = CertificateParams::new(vec![]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let mut client = CertificateParams::new(vec![]).unwrap();
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client = client.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    let mut clients = RootCertStore::empty();
    clients.add(ca_certificate.der().clone()).unwrap();

    for demanded in [true, false] {
        let kept = authority::kept_in(folder.path()).unwrap();
        let clients = demanded.then(|| clients.clone());
        let tls = authority::server_config(kept, &[], clients, Clock::start()).unwrap();
        let rig = Rig::with(16, |options| {
            (options.tls, options.access) = (Some(tls), callboard::hub::Access::Certificates);
        })
        .await;
        // Under TLS 1.3 a client learns that it was refused when it reads.
        let mut answer = Vec::new();
        if let Ok(mut stranger) = soon(knock(&rig, &ca_pem, None)).await {
            let _ = stranger.write_all(&upgrade("127.0.0.1", "")).await;
            answer = soon(rest(&mut stranger)).await;
        }
        assert!(
            if demanded { answer.is_empty() } else { answer.starts_with(b"HTTP/1.1 403 ") },
            "{answer:?}"
        );
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut known = soon(knock(&rig, &ca_pem, Some((client.der().clone(), key)))).await.unwrap();
        known.write_all(&upgrade("127.0.0.1", "")).await.unwrap();
        if demanded {
            soon(rig.service.accept()).await.unwrap();
        } else {
            // Not asked for, it was not shown either.
            assert!(soon(rest(&mut known)).await.starts_with(b"HTTP/1.1 403 "));
        }
    }
}

#[tokio::test]
async fn without_tls_nothing_comes_in_where_tls_is_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let kept = authority::kept_in(folder.path()).unwrap();
    let tls = authority::server_config(kept, &[], None, Clock::start()).unwrap();
    let rig = Rig::with(16, |options| options.tls = Some(tls)).await;
    let mut application = TcpStream::connect(rig.address()).await.unwrap();
    application.write_all(&upgrade("127.0.0.1", "")).await.unwrap();
    assert!(!soon(rest(&mut application)).await.starts_with(b"HTTP"));
    assert_eq!(rig.hub.counters.refused.get(), 1);
}
