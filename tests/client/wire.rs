//! The link over an in-memory socket in invented time: what a service, or the way to it, can do to us.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callboard::calling::params::{PlayTts, Record};
use callboard::calling::{Client, Error};
use callboard::client::endpoint::limits;
use callboard::client::{ClientEvent, Credentials, LinkState};
use callboard::protocol::{CallId, CallState, Secret, Shown};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Bytes that the way holds in either direction.
const WAY: usize = 64 * 1024;

/// A client and the sockets it opens, raw, as the service sees them.
struct Service {
    client: Client,
    sockets: mpsc::Receiver<DuplexStream>,
    opens: Arc<AtomicUsize>,
}

impl Service {
    fn new(way: usize) -> Self {
        let (queue, sockets) = mpsc::channel(1_000);
        let opens = Arc::new(AtomicUsize::new(0));
        let counted = opens.clone();
        let client = Client::connect_with(credentials(), vec!["support".into()], move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let (ours, theirs) = tokio::io::duplex(way);
            let _ = queue.try_send(theirs);
            async move { Ok(WebSocketStream::from_raw_socket(ours, Role::Client, Some(limits())).await) }
        });
        Self { client, sockets, opens }
    }

    fn opens(&self) -> usize {
        self.opens.load(Ordering::Relaxed)
    }

    async fn raw(&mut self) -> DuplexStream {
        timeout(Duration::from_secs(60), self.sockets.recv()).await.expect("it connects in time").unwrap()
    }

    async fn accept(&mut self) -> Peer {
        let raw = self.raw().await;
        Peer(WebSocketStream::from_raw_socket(raw, Role::Server, None).await)
    }

    /// The next connection, logged in.
    async fn up(&mut self) -> Peer {
        let mut peer = self.accept().await;
        peer.log_in().await;
        self.client.ready().await.unwrap();
        peer
    }
}

fn credentials() -> Credentials {
    Credentials::Token { project: Secret::new("project-1"), token: Secret::new("PT-canary") }
}

struct Peer(WebSocketStream<DuplexStream>);

impl Peer {
    async fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    async fn acked(&mut self, id: &str) {
        while self.next().await.expect("an acknowledgement")["id"] != id {}
    }

    async fn asked(&mut self, method: &str) -> Value {
        loop {
            let frame = self.next().await.expect("a request");
            if frame["method"] == method {
                return frame;
            }
        }
    }

    async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn log_in(&mut self) {
        let login = self.asked("signalwire.connect").await;
        self.send(json!({"id":login["id"],"result":{"protocol":"signalwire_5c0ffee5_1"}})).await;
    }

    async fn answer(&mut self, method: &str, result: Value) -> Value {
        let asked = self.asked(method).await;
        self.send(json!({"id":asked["id"],"result":result})).await;
        asked["params"].clone()
    }

    async fn event(&mut self, id: &str, kind: &str, more: Value) {
        self.send(event(id, kind, more)).await;
    }
}

fn event(id: &str, kind: &str, more: Value) -> Value {
    let mut body = json!({"call_id":"c","node_id":"n"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"jsonrpc":"2.0","id":id,"method":"signalwire.event",
        "params":{"event_type":format!("calling.call.{kind}"),"params":body}})
}

/// The bytes of an unmasked frame, as a server sends it.
fn bytes(frame: &Value) -> Vec<u8> {
    let text = frame.to_string().into_bytes();
    let mut bytes = vec![0x81];
    match text.len() {
        0..126 => bytes.push(u8::try_from(text.len()).unwrap()),
        _ => {
            bytes.push(126);
            bytes.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend(text);
    bytes
}

async fn answered(service: &mut Service) -> (Peer, callboard::calling::Call) {
    let mut peer = service.up().await;
    peer.event("1", "state", json!({"call_state":"answered"})).await;
    peer.next().await.unwrap();
    let call = service.client.call(&CallId::from("c")).unwrap();
    (peer, call)
}

#[tokio::test(start_paused = true)]
async fn a_service_that_cannot_be_reached_is_tried_with_patience_and_named() {
    let opens = Arc::new(AtomicUsize::new(0));
    let counted = opens.clone();
    let client = Client::connect_with::<DuplexStream, _, _>(credentials(), vec![], move || {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Err(Shown::from("no route to host")) }
    });
    sleep(Duration::from_secs(60)).await;
    assert!((4..=12).contains(&opens.load(Ordering::Relaxed)), "{opens:?}");
    assert!(matches!(client.link(), LinkState::Down { why, .. } if why.as_str() == "no route to host"));
}

#[tokio::test(start_paused = true)]
async fn a_half_open_link_is_found_out_and_replaced() {
    let mut service = Service::new(WAY);
    let silent = service.up().await;
    let since = tokio::time::Instant::now();
    let _again = service.up().await;
    assert!(since.elapsed() <= Duration::from_millis(20_600), "{:?}", since.elapsed());
    drop(silent);
    sleep(Duration::from_secs(1)).await;
    assert!(service.client.link().is_up(), "the end of the old socket is nothing to the new one");
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_harms_nobody_and_settles_its_own() {
    let mut service = Service::new(WAY);
    let (mut peer, call) = answered(&mut service).await;
    let play = tokio::spawn({
        let call = call.clone();
        async move { call.play_tts_async("slow").await.map(|_| ()) }
    });
    let slow = peer.asked("calling.play").await;
    let record = tokio::spawn({
        let call = call.clone();
        async move { call.record_async(Record::new()).await }
    });
    peer.answer("calling.record", json!({"code":"200","url":"https://f.example/r"})).await;
    let record = record.await.unwrap().unwrap();
    assert_eq!(record.url().as_deref(), Some("https://f.example/r"));
    assert!(matches!(play.await.unwrap(), Err(Error::Unknown(_))));
    peer.send(json!({"id":slow["id"],"result":{"code":"200"}})).await;
    peer.event("p", "play", json!({"control_id":slow["params"]["control_id"],"state":"playing"})).await;
    peer.next().await;
    assert_eq!(service.opens(), 1, "one slow answer is no reason to reconnect");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_late_gets_every_acknowledgement() {
    // Nothing but acknowledgements goes through a way this small, and they must not be lost or wait for a timer.
    let mut service = Service::new(1_024);
    let peer = service.up().await;
    let (mut sink, mut source) = peer.0.split();
    let since = tokio::time::Instant::now();
    let writer = async {
        for n in 0..20_000 {
            let frame = event(&format!("e{n}"), "play", json!({"control_id":"k","state":"playing"}));
            sink.send(Message::text(frame.to_string())).await.unwrap();
        }
    };
    let reader = async {
        sleep(Duration::from_secs(3)).await;
        for n in 0..20_000 {
            let Some(Ok(Message::Text(text))) = source.next().await else { panic!() };
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["id"], format!("e{n}"));
        }
    };
    tokio::join!(writer, reader);
    assert!(since.elapsed() < Duration::from_secs(4), "{:?}", since.elapsed());
    assert_eq!(service.client.with_model(|model, _| model.stats().events), 20_000);
}

#[tokio::test(start_paused = true)]
async fn every_frame_of_a_burst_is_taken_in() {
    let mut service = Service::new(8 * 1024 * 1024);
    let mut peer = service.up().await;
    let frame = |n: usize| event(&format!("e{n}"), "play", json!({"control_id":"k","state":"playing","n":n}));
    let burst: Vec<u8> = (0..10_000).flat_map(|n| bytes(&frame(n))).collect();
    peer.0.get_mut().write_all(&burst).await.unwrap();
    for n in 0..10_000 {
        assert_eq!(peer.next().await.unwrap()["id"], format!("e{n}"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_connection_may_break_at_any_byte() {
    let mut service = Service::new(WAY);
    let frames = [
        event("a", "state", json!({"call_state":"ringing"})),
        json!({"id":"p","method":"signalwire.ping"}),
        event("b", "state", json!({"call_state":"answered"})),
    ];
    let parts: Vec<_> = frames.iter().map(bytes).collect();
    let whole: Vec<u8> = parts.concat();
    for cut in 0..=whole.len() {
        let mut peer = service.up().await;
        peer.0.get_mut().write_all(&whole[..cut]).await.unwrap();
        let mut end = 0;
        for part in &parts {
            end += part.len();
            if end <= cut {
                peer.next().await.expect("an answer to every whole frame");
            }
        }
    }
    assert_eq!(service.opens(), whole.len() + 1);
    assert_eq!(service.client.with_model(|model, _| model.calls().len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_close_says_why() {
    use tokio_tungstenite::tungstenite::protocol::CloseFrame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
    let mut service = Service::new(WAY);
    for code in [1000, 1001, 1011, 4000] {
        let mut peer = service.up().await;
        let mut feed = service.client.events();
        peer.0
            .close(Some(CloseFrame { code: CloseCode::from(code), reason: "PT-canary bye".into() }))
            .await
            .unwrap();
        let why = loop {
            if let ClientEvent::Link(LinkState::Down { why, .. }) = feed.recv().await.unwrap() {
                break why;
            }
        };
        assert_eq!(why.as_str(), format!("the service closed the connection: {code} <redacted> bye"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_not_read_holds_the_reading_and_loses_nothing() {
    let mut service = Service::new(WAY);
    let (peer, call) = answered(&mut service).await;
    let mut feed = service.client.events();
    let (mut sink, mut source) = peer.0.split();
    let writer = tokio::spawn(async move {
        for n in 0..10_000 {
            let frame = event(&format!("e{n}"), "play", json!({"control_id":"k","state":"playing"}));
            sink.send(Message::text(frame.to_string())).await.unwrap();
        }
        sink
    });
    let reader = tokio::spawn(async move { while let Some(Ok(_)) = source.next().await {} });
    sleep(Duration::from_secs(120)).await;
    assert!(!writer.is_finished(), "the service is held back");
    assert!(service.client.link().is_up(), "silence proves nothing while nobody reads");
    // Time-outs come all the same.
    let outcome =
        timeout(Duration::from_secs(11), call.play_tts_async("Hi")).await.expect("an outcome in time");
    assert!(matches!(outcome, Err(Error::Unknown(_))), "{outcome:?}");
    let mut seen = 0;
    while seen < 10_000 {
        if let ClientEvent::Received(received) = feed.recv().await.unwrap() {
            assert!(received.raw.contains(&format!("\"e{seen}\"")));
            seen += 1;
        }
    }
    assert!(service.client.link().is_up() && service.opens() == 1);
    drop((writer.await, reader));
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_overflows_ends_instead_of_lying() {
    let mut service = Service::new(WAY);
    let (_peer, call) = answered(&mut service).await;
    let mut feed = service.client.events();
    for _ in 0..6_000 {
        // Refused at once: more than are in flight.
        let params = PlayTts::new("x");
        let _ = service.client.submit(ask(&call, &params));
        if service.client.with_model(|model, _| model.link().is_up()) {
            tokio::task::yield_now().await;
        }
    }
    sleep(Duration::from_secs(1)).await;
    let mut got = 0;
    while let Ok(Some(_)) = timeout(Duration::from_secs(30), feed.recv()).await {
        got += 1;
    }
    assert!(timeout(Duration::from_secs(1), feed.recv()).await.is_ok_and(|end| end.is_none()), "{got}");
}

fn ask(call: &callboard::calling::Call, params: &PlayTts) -> callboard::calling::Ask {
    use callboard::calling::params::Params;
    callboard::calling::Ask::Invoke {
        method: PlayTts::METHOD,
        values: params.values(),
        call: call.id(),
        id: "x".into(),
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_end_everything_is_acknowledged_and_nothing_waits() {
    let mut service = Service::new(WAY);
    let (mut peer, call) = answered(&mut service).await;
    for n in 0..100 {
        peer.event(&format!("e{n}"), "play", json!({"control_id":"k","state":"playing"})).await;
    }
    let mut feed = service.client.events();
    let mut incoming = service.client.incoming();
    let ended = tokio::spawn({
        let call = call.clone();
        async move { call.wait_for_ended().await }
    });
    let play = tokio::spawn({
        let call = call.clone();
        async move { call.play_tts("Hi").await }
    });
    peer.asked("calling.play").await;
    let client = service.client.clone();
    let bye = tokio::spawn(async move { client.disconnect().await });
    let mut acks = 0;
    loop {
        match peer.0.next().await {
            Some(Ok(Message::Text(text))) => {
                acks += usize::from(text.contains("\"result\":{}"));
            }
            Some(Ok(Message::Close(_))) => break,
            other => panic!("no goodbye: {other:?}"),
        }
    }
    drop(peer);
    bye.await.unwrap();
    assert!(acks <= 100);
    assert_eq!(ended.await.unwrap(), Err(Error::Closed));
    assert!(matches!(play.await.unwrap(), Err(Error::Unknown(_))));
    assert!(incoming.next().await.is_none());
    while feed.recv().await.is_some() {}
    assert_eq!(call.play_tts("Hi").await.unwrap_err(), Error::NotSent("the client is closed".into()));
    assert_eq!(call.wait_for_ended().await, Err(Error::Closed));
    assert_eq!(call.state(), Some(CallState::Answered), "what was known is still known");
    assert!(matches!(service.client.ready().await, Err(Error::Closed)));
    service.client.disconnect().await;
}

#[tokio::test(start_paused = true)]
async fn the_connection_closes_with_the_last_handle() {
    let mut service = Service::new(WAY);
    let (mut peer, call) = answered(&mut service).await;
    let Service { client, .. } = service;
    drop(client);
    assert!(timeout(Duration::from_secs(5), peer.next()).await.is_err(), "a call is a handle, too");
    drop(call);
    assert!(timeout(Duration::from_secs(5), peer.next()).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn handlers_may_hold_their_call_and_go_with_it() {
    let mut service = Service::new(WAY);
    let (mut peer, call) = answered(&mut service).await;
    let (told, mut said) = mpsc::channel(10);
    for name in ["ended", "play.finished", "stateChange"] {
        let (held, told) = (call.clone(), told.clone());
        call.on(name, move |_, event| {
            let _ = told.try_send(format!("{} {}", event.name, held.ended()));
        });
    }
    drop((call, told));
    peer.event("2", "state", json!({"call_state":"ended"})).await;
    assert_eq!(said.recv().await.unwrap(), "stateChange true");
    assert_eq!(said.recv().await.unwrap(), "ended true");
    assert!(said.recv().await.is_none(), "all of them are gone, and with them what they held");
    service.client.with_model(|model, _| assert_eq!(model.live(), 0));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_loses_its_own_event_only() {
    let mut service = Service::new(WAY);
    let (mut peer, call) = answered(&mut service).await;
    let (told, mut said) = mpsc::channel(10);
    call.on("play.playing", |_, _| panic!("on purpose"));
    call.on("play.playing", move |_, _| {
        let _ = told.try_send(());
    });
    for n in 0..2 {
        peer.event(&format!("p{n}"), "play", json!({"control_id":"k","state":"playing"})).await;
        said.recv().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_may_be_dropped_inside_a_look_at_the_model() {
    let mut service = Service::new(WAY);
    let (_peer, call) = answered(&mut service).await;
    service.client.with_model(move |_, _| drop(call));
    assert_eq!(service.client.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dial_is_made_once_and_its_late_winner_can_be_hung_up() {
    use callboard::calling::params::Dial;
    let mut service = Service::new(WAY);
    let mut peer = service.up().await;
    let call = service.client.new_call(Dial::phone("+12025550123", "+12025550100"));
    let dialed = tokio::spawn({
        let call = call.clone();
        async move { call.dial().await.map(|_| ()) }
    });
    let tag = peer.answer("calling.dial", json!({"code":"200"})).await["tag"].clone();
    assert_eq!(call.dial().await.unwrap_err(), Error::AlreadyDialed);
    let alive = async {
        loop {
            sleep(Duration::from_secs(10)).await;
            peer.send(json!({"id":"p","method":"signalwire.ping"})).await;
            peer.next().await;
        }
    };
    let gave_up = tokio::select! { () = alive => unreachable!(), gave_up = dialed => gave_up.unwrap() };
    assert!(matches!(gave_up, Err(Error::DialTimedOut { seconds: 120, .. })), "{gave_up:?}");
    assert_eq!(call.id(), None);
    peer.event("w", "dial", json!({"tag":tag,"dial_state":"answered","call":{"call_id":"c","node_id":"n"}}))
        .await;
    peer.acked("w").await;
    assert_eq!((call.id(), call.answered()), (Some("c".into()), true));
    let hung_up = tokio::spawn(async move { call.hangup().await });
    peer.answer("calling.end", json!({"code":"200"})).await;
    peer.event("x", "state", json!({"call_state":"ended","end_reason":"hangup"})).await;
    assert!(hung_up.await.unwrap().unwrap().successful);
}

#[tokio::test(start_paused = true)]
async fn all_bytes_of_a_bad_frame_are_gone_with_its_socket() {
    // A frame that breaks the protocol of the WebSocket itself: reserved bits, a masked server frame, bad UTF-8.
    for bad in [&[0xf1, 0x01, b'x'][..], &[0x81, 0x81, 0, 0, 0, 0, b'x'], &[0x81, 0x01, 0xff], &[0x83, 0x00]]
    {
        let mut service = Service::new(WAY);
        let mut peer = service.up().await;
        peer.0.get_mut().write_all(bad).await.unwrap();
        let mut rest = Vec::new();
        let _ = timeout(Duration::from_secs(5), peer.0.get_mut().read_to_end(&mut rest))
            .await
            .expect("it hangs up");
        service.up().await;
    }
}
