//! The sim behind real sockets, ws and wss, with an independent WebSocket client.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async, connect_async_tls_with_config,
};
use tokio_util::sync::CancellationToken;

use super::{CALLER, connect};
use crate::sim::Script;
use crate::sim::server::{Options, Running, ServeError, serve};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn start(scenario: &str, tls: bool) -> (Running, CancellationToken) {
    let token = CancellationToken::new();
    let options = Options { tls, ..Options::new(Script::parse(scenario).unwrap()) };
    (serve(options, token.clone()).await.unwrap(), token)
}

async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        let message = timeout(Duration::from_secs(5), socket.next()).await.expect("something in time")?;
        match message {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

async fn ask(socket: &mut Socket, id: &str, method: &str, params: Value) -> Value {
    let text = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
    socket.send(Message::text(text)).await.unwrap();
    loop {
        let frame = next(socket).await.expect("an answer");
        if frame["id"] == id {
            return frame["result"].clone();
        }
        acknowledge(socket, &frame).await;
    }
}

async fn acknowledge(socket: &mut Socket, frame: &Value) {
    let ack = json!({"jsonrpc": "2.0", "id": frame["id"], "result": {}}).to_string();
    socket.send(Message::text(ack)).await.unwrap();
}

async fn event(socket: &mut Socket, event_type: &str) -> Value {
    loop {
        let frame = next(socket).await.expect("an event");
        if frame["method"] == "signalwire.event" {
            acknowledge(socket, &frame).await;
            if frame["params"]["event_type"] == event_type {
                return frame["params"]["params"].clone();
            }
        }
    }
}

/// A call is taken and hung up.
async fn converse(mut socket: Socket, running: Running, token: CancellationToken) {
    let login = ask(&mut socket, "1", "signalwire.connect", connect(&["support"])).await;
    assert!(login["protocol"].is_string());
    let call = event(&mut socket, "calling.call.receive").await;
    let on = json!({"call_id": call["call_id"], "node_id": call["node_id"]});
    assert_eq!(ask(&mut socket, "2", "calling.answer", on.clone()).await["code"], "200");
    assert_eq!(ask(&mut socket, "3", "calling.end", on).await["code"], "200");
    while event(&mut socket, "calling.call.state").await["call_state"] != "ended" {}
    socket.send(Message::binary(vec![0xff, 0xfe])).await.unwrap();
    socket.close(None).await.unwrap();
    while next(&mut socket).await.is_some() {}
    token.cancel();
    let ledger = running.stopped().await;
    assert_eq!((ledger.counts.logins, ledger.counts.commands, ledger.counts.bad_frames), (1, 2, 1));
    assert_eq!(ledger.unacked().count(), 0);
}

fn at_once() -> String {
    CALLER.replace("[parties", "at = [0.05]\n[parties")
}

#[tokio::test]
async fn a_call_over_ws() {
    let (running, token) = start(&at_once(), false).await;
    assert!(running.url().starts_with("ws://127.0.0.1:"));
    let (socket, _) = connect_async(running.url()).await.unwrap();
    converse(socket, running, token).await;
}

fn trusting(pem: Option<&str>) -> Connector {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = pem {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Connector::Rustls(Arc::new(config))
}

#[tokio::test]
async fn a_call_over_wss_with_the_authority_it_made() {
    let (running, token) = start(&at_once(), true).await;
    let strangers = connect_async_tls_with_config(running.url(), None, false, Some(trusting(None))).await;
    assert!(strangers.is_err(), "nobody else trusts it");
    let connector = trusting(running.ca_pem());
    let by_name = running.url().replace("127.0.0.1", "localhost");
    let named = connect_async_tls_with_config(by_name, None, false, Some(connector.clone())).await;
    drop(named.unwrap());
    let (socket, _) =
        connect_async_tls_with_config(running.url(), None, false, Some(connector)).await.unwrap();
    converse(socket, running, token).await;
}

#[tokio::test]
async fn a_cut_socket_ends_without_a_close_and_the_session_can_be_resumed() {
    let (running, _token) = start("[[fault]]\nafter = 0.2\ndo = 'drop-in-frame'", false).await;
    let (mut socket, _) = connect_async(running.url()).await.unwrap();
    let login = ask(&mut socket, "1", "signalwire.connect", connect(&[])).await;
    assert!(!event(&mut socket, "signalwire.authorization.state").await["authorization_state"].is_null());
    let end = timeout(Duration::from_secs(5), socket.next()).await.unwrap();
    assert!(!matches!(end, Some(Ok(_))), "{end:?}");
    let (mut socket, _) = connect_async(running.url()).await.unwrap();
    let resume = super::with(&connect(&[]), &json!({"protocol": login["protocol"]}));
    assert_eq!(ask(&mut socket, "1", "signalwire.connect", resume).await["session_restored"], true);
}

#[tokio::test]
async fn it_stays_on_this_machine_unless_told_otherwise() {
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::new(Script::quiet()) };
    let refused = serve(options, CancellationToken::new()).await;
    assert!(matches!(refused, Err(ServeError::NotLoopback(_))));
}

#[tokio::test]
async fn a_client_that_never_logs_in_hurts_nobody() {
    let (running, _token) = start("", false).await;
    let _idle = TcpStream::connect(running.address()).await.unwrap();
    let (mut silent, _) = connect_async(running.url()).await.unwrap();
    silent.send(Message::text("nonsense")).await.unwrap();
    let (mut socket, _) = connect_async(running.url()).await.unwrap();
    let login = ask(&mut socket, "1", "signalwire.connect", connect(&[])).await;
    assert!(login["protocol"].is_string());
}
