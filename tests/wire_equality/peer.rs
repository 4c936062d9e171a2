//! The other end of the client's socket: keeps every frame, answers every command with code "200" and, where asked
//! to, sends the events that finish it. No simulator: it does what the capture servers of `tests/wire` do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callboard::calling::params::Dial;
use callboard::calling::{Call, Client};
use callboard::client::Credentials;
use callboard::protocol::{CallState, Secret};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::ours;

const PROTOCOL: &str = "signalwire_5c0ffee5_4444";
const NODE: &str = "node-1";

/// What the peer has heard, and how it answers.
#[derive(Default)]
struct Desk {
    /// Requests, as sent.
    frames: Vec<Value>,
    /// Responses, as sent.
    replies: Vec<Value>,
    /// Whether operations are finished at once.
    finish: bool,
    /// Calls: their device, direction and tag.
    calls: Vec<Value>,
    events: usize,
}

enum Order {
    Send(Value),
    Drop,
}

type Socket = WebSocketStream<DuplexStream>;

/// A client that is logged in to a recording peer.
pub struct Scene {
    pub client: Client,
    desk: Arc<Mutex<Desk>>,
    orders: mpsc::Sender<Order>,
}

impl Scene {
    pub async fn login(credentials: Credentials, contexts: &[&str]) -> Self {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let (orders, order_queue) = mpsc::channel(64);
        let (sockets, socket_queue) = mpsc::channel::<Socket>(4);
        tokio::spawn(serve(desk.clone(), socket_queue, order_queue));
        let contexts = contexts.iter().map(|&name| name.to_owned()).collect();
        let client = Client::connect_with(credentials, contexts, move || {
            let sockets = sockets.clone();
            async move {
                let (near, far) = tokio::io::duplex(1 << 20);
                let far = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
                sockets.send(far).await.expect("the peer is there");
                Ok(WebSocketStream::from_raw_socket(near, Role::Client, None).await)
            }
        });
        client.ready().await.expect("a login");
        Self { client, desk, orders }
    }

    pub async fn plain() -> Self {
        let (project, token) = (Secret::new("project-1"), Secret::new("token-1"));
        Self::login(Credentials::Token { project, token }, &["office"]).await
    }

    /// The call a case runs on: `call` of the case tells how it differs from an inbound, answered one.
    pub async fn call(&self, case: &Value) -> Call {
        let differs = &case["call"];
        let call = if differs["new_call"].is_object() {
            let plan = ours::devices(&differs["new_call"]).expect("a device");
            let call = self.client.new_call(Dial::new(plan));
            if !matches!(case["method"].as_str(), Some("dial" | "wait_for")) {
                self.finishing(true);
                call.dial().await.expect("a dial");
            }
            call
        } else {
            self.offered(differs["state"].as_str().unwrap_or("answered")).await
        };
        if differs["bridged"] == true {
            self.finishing(true);
            call.connect(callboard::calling::params::Connect::phone("+12025550140")).await.expect("a bridge");
        }
        self.take().await;
        call
    }

    async fn offered(&self, state: &str) -> Call {
        let mut incoming = self.client.incoming();
        let device =
            json!({"type":"phone","params":{"from_number":"+12025550123","to_number":"+12025550199"}});
        let event = {
            let mut desk = self.desk.lock().unwrap();
            let id = desk.new_call(&device, "inbound", "");
            let mut body = desk.calls[id].clone();
            body["call_state"] = "created".into();
            body["context"] = "office".into();
            desk.event("calling.call.receive", &body)
        };
        self.send(event).await;
        let call = incoming.next().await.expect("an inbound call");
        for next in ["ringing", "answered", "ending", "ended"] {
            if call.state().is_some_and(|now| now.as_str() == state) {
                break;
            }
            self.state(next).await;
            call.wait_for(&[CallState::from(next)]).await.expect("the state");
        }
        call
    }

    /// Reports a state of the first call.
    pub async fn state(&self, state: &str) {
        let event = self.desk.lock().unwrap().state(0, state);
        self.send(event).await;
    }

    pub fn finishing(&self, finish: bool) {
        self.desk.lock().unwrap().finish = finish;
    }

    /// Sends a frame to the client.
    pub async fn send(&self, frame: Value) {
        self.orders.send(Order::Send(frame)).await.expect("the peer is there");
    }

    /// Cuts the connection.
    pub async fn cut(&self) {
        self.orders.send(Order::Drop).await.expect("the peer is there");
    }

    /// An event about nothing the client knows.
    pub fn strange_event(&self) -> Value {
        self.desk.lock().unwrap().event("calling.call.strange", &json!({}))
    }

    /// The event that gives the client its resume data.
    pub fn authorization_state(&self) -> Value {
        let body = json!({"authorization_state": "c3RhdGU=:dGFn"});
        self.desk.lock().unwrap().event("signalwire.authorization.state", &body)
    }

    /// Takes all requests that the client has sent so far, in order.
    pub async fn take(&self) -> Vec<Value> {
        // Commands leave in the order in which they were given, so this one comes last.
        self.client.receive(&["last of all"]).await.expect("an answer");
        let mut frames = std::mem::take(&mut self.desk.lock().unwrap().frames);
        let last = frames.pop().expect("the last of all");
        assert_eq!(last["method"], "signalwire.receive");
        frames
    }

    /// The requests of all logins so far; takes them.
    pub fn logins(&self) -> Vec<Value> {
        let frames = std::mem::take(&mut self.desk.lock().unwrap().frames);
        frames.into_iter().filter(|frame| frame["method"] == "signalwire.connect").collect()
    }

    /// Sends a request or an event and waits for the response to it.
    pub async fn reply_to(&self, frame: Value) -> Value {
        let id = frame["id"].clone();
        self.send(frame).await;
        for _ in 0..1000 {
            if let Some(reply) = self.desk.lock().unwrap().replies.iter().find(|reply| reply["id"] == id) {
                return reply.clone();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("no response to {id}");
    }
}

async fn serve(
    desk: Arc<Mutex<Desk>>,
    mut sockets: mpsc::Receiver<Socket>,
    mut orders: mpsc::Receiver<Order>,
) {
    let Some(mut socket) = sockets.recv().await else { return };
    loop {
        let out = tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    desk.lock().unwrap().hear(serde_json::from_str(&text).expect("a frame"))
                }
                Some(Ok(_)) => Vec::new(),
                Some(Err(_)) | None => match sockets.recv().await {
                    Some(next) => {
                        socket = next;
                        Vec::new()
                    }
                    None => return,
                },
            },
            order = orders.recv() => match order {
                Some(Order::Send(frame)) => vec![frame],
                Some(Order::Drop) => {
                    let Some(next) = ({
                        drop(socket);
                        sockets.recv().await
                    }) else { return };
                    socket = next;
                    Vec::new()
                }
                None => return,
            },
        };
        for frame in out {
            if socket.send(Message::text(frame.to_string())).await.is_err() {
                break;
            }
        }
    }
}

impl Desk {
    fn event(&mut self, event_type: &str, body: &Value) -> Value {
        self.events += 1;
        json!({
            "jsonrpc": "2.0",
            "id": format!("event-{}", self.events),
            "method": "signalwire.event",
            "params": {
                "event_type": event_type,
                "event_channel": PROTOCOL,
                "timestamp": 1_767_227_000.25,
                "project_id": "project-1",
                "space_id": "space-1",
                "params": body,
            },
        })
    }

    fn new_call(&mut self, device: &Value, direction: &str, tag: &str) -> usize {
        let id = format!("call-{}", self.calls.len() + 1);
        self.calls.push(json!({
            "call_id": id,
            "node_id": NODE,
            "device": device,
            "direction": direction,
            "tag": tag,
            "segment_id": "segment-1",
        }));
        self.calls.len() - 1
    }

    fn state(&mut self, call: usize, state: &str) -> Value {
        let mut body = self.calls[call].clone();
        body["call_state"] = state.into();
        if state == "ended" {
            body["end_reason"] = "hangup".into();
        }
        self.event("calling.call.state", &body)
    }

    /// Takes a frame of the client; gives what is sent for it.
    fn hear(&mut self, frame: Value) -> Vec<Value> {
        let Some(method) = frame["method"].as_str().map(str::to_owned) else {
            self.replies.push(frame);
            return Vec::new();
        };
        let (id, params) = (frame["id"].clone(), frame["params"].clone());
        assert_eq!(frame["jsonrpc"], "2.0");
        assert_eq!(frame.as_object().map(serde_json::Map::len), Some(4), "{frame}");
        self.frames.push(json!({"method": method, "params": params}));
        let result = match &*method {
            "signalwire.connect" => json!({
                "identity": "identity-1",
                "protocol": PROTOCOL,
                "session_restored": params["protocol"].is_string(),
                "authorization": {"project_id": "project-1", "scopes": ["calling"], "signature": "5c0ffee5"},
            }),
            "signalwire.ping" => json!({}),
            _ => json!({
                "code": "200",
                "message": "OK",
                "call_id": params["call_id"],
                "control_id": params["control_id"],
            }),
        };
        let mut out = vec![json!({"jsonrpc": "2.0", "id": id, "result": result})];
        if self.finish {
            self.finish(&method, &params, &mut out);
        }
        out
    }

    /// The events that finish a command.
    fn finish(&mut self, method: &str, params: &Value, out: &mut Vec<Value>) {
        let Some(name) = method.strip_prefix("calling.") else { return };
        let call = self.calls.iter().position(|call| call["call_id"] == params["call_id"]);
        let call = call.unwrap_or_default();
        let mut report = |desk: &mut Self, kind: &str, more: Value| {
            let mut body = json!({"call_id": params["call_id"], "node_id": NODE});
            if let Some(control_id) = params.get("control_id") {
                body["control_id"] = control_id.clone();
            }
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            out.push(desk.event(&format!("calling.call.{kind}"), &body));
        };
        match name {
            "play" | "send_digits" | "stream" => report(self, name, json!({"state": "finished"})),
            "record" => report(
                self,
                name,
                json!({"state": "finished", "url": "https://files.example.com/rec.mp3", "duration": 17.2,
                    "size": 275_200, "record": params["record"]}),
            ),
            "tap" => report(
                self,
                name,
                json!({"state": "finished", "tap": params["tap"], "device": params["device"]}),
            ),
            "detect" => {
                let kind = params["detect"]["type"].as_str().unwrap();
                let word = match kind {
                    "machine" => "HUMAN",
                    "digit" => "1",
                    _ => "CED",
                };
                report(self, name, json!({"detect": {"type": kind, "params": {"event": word}}}));
            }
            "play_and_collect" | "collect" => report(
                self,
                "collect",
                json!({"final": true, "result": {"type": "digit", "params": {"digits": "2468", "terminator": "#"}}}),
            ),
            "send_fax" | "receive_fax" => report(
                self,
                "fax",
                json!({"fax": {"type": "finished", "params": {
                    "direction": name.strip_suffix("_fax"), "identity": "+12025550199",
                    "remote_identity": "+12025550123", "document": "https://files.example.com/fax.pdf",
                    "success": true, "result": "0", "result_text": "OK", "pages": "2"}}}),
            ),
            "answer" => out.push(self.state(call, "answered")),
            "end" => {
                out.push(self.state(call, "ending"));
                out.push(self.state(call, "ended"));
            }
            "dial" => {
                let (tag, device) = (params["tag"].as_str().unwrap(), &params["devices"][0][0]);
                let leg = self.new_call(device, "outbound", tag);
                for state in ["created", "ringing", "answered"] {
                    let mut event = self.state(leg, state);
                    event["params"]["params"]["created_by"] = "dial".into();
                    out.push(event);
                }
                let mut winner = self.calls[leg].clone();
                winner["dial_winner"] = true.into();
                let body = json!({"node_id": NODE, "tag": tag, "dial_state": "answered", "call": winner});
                out.push(self.event("calling.call.dial", &body));
            }
            "connect" => {
                let tag = params["tag"].as_str().unwrap();
                let leg = self.new_call(&params["devices"][0][0], "outbound", tag);
                for state in ["created", "answered"] {
                    let mut event = self.state(leg, state);
                    event["params"]["params"]["created_by"] = "connect".into();
                    event["params"]["params"]["peer"] =
                        json!({"call_id": params["call_id"], "node_id": NODE});
                    out.push(event);
                }
                let peer = &self.calls[leg];
                let body = json!({"call_id": params["call_id"], "node_id": NODE, "tag": tag,
                    "connect_state": "connected", "peer": {"call_id": peer["call_id"], "node_id": NODE,
                    "tag": tag, "device": peer["device"]}});
                out.push(self.event("calling.call.connect", &body));
            }
            "disconnect" => {
                let tag = self.calls.last().map(|peer| peer["tag"].clone());
                let body = json!({"call_id": params["call_id"], "node_id": NODE, "tag": tag,
                    "connect_state": "disconnected"});
                out.push(self.event("calling.call.connect", &body));
            }
            _ => {}
        }
    }
}
