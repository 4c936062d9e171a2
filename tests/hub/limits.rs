//! Who is let in, how many, how often, and what the others are told.

use std::net::SocketAddr;
use std::time::Duration;

use callboard::client::Endpoint;
use callboard::hub::{ListenError, Mark, Options, authority, start};
use callboard::time::Clock;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::sleep;
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
async fn one_address_may_knock_ten_times_a_second_and_twenty_times_at_once() {
    let rig = Rig::with(1_024, |options| options.limits = callboard::hub::Limits::default()).await;
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
    sleep(Duration::from_millis(600)).await;
    rig.pair().await;
}

#[tokio::test]
async fn a_service_that_is_not_there_is_said_to_be() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = Endpoint::new(&format!("ws://{gone}"), None).unwrap();
    let rig = Rig::with(16, |options| options.upstream = endpoint).await;
    let answer = answer(&rig, &upgrade("localhost", "")).await;
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("refused"), "{answer}");
    assert_eq!((rig.hub.counters.unreachable.get(), rig.hub.counters.applications.get()), (1, 0));
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
    let tls = authority::server_config(kept(), &["hub.example".into()], clock).unwrap();
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
