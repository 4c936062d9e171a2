//! A service small enough to be read: it answers each request as a script says.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

/// What the script says to a request: frames to send, in order.
pub type Script = fn(&Value) -> Vec<Value>;

/// A service that runs.
pub struct Relay {
    /// Its address.
    pub host: String,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Relay {
    /// Starts a service on a port of its own.
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("ws://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
                let seen = seen.clone();
                tokio::spawn(async move {
                    while let Some(Ok(Message::Text(text))) = socket.next().await {
                        let request: Value = serde_json::from_str(&text).unwrap();
                        if request["method"].is_null() {
                            continue;
                        }
                        seen.lock().unwrap().push(request.clone());
                        for frame in script(&request) {
                            // Text is sent as it stands, to send what is no JSON.
                            let frame = frame.as_str().map_or_else(|| frame.to_string(), str::to_owned);
                            if socket.feed(Message::text(frame)).await.is_err() {
                                return;
                            }
                        }
                        let _ = socket.flush().await;
                    }
                });
            }
        });
        Self { host, requests }
    }

    /// The methods that were asked for, in order.
    pub fn methods(&self) -> Vec<String> {
        self.requests().iter().map(|request| request["method"].as_str().unwrap().to_owned()).collect()
    }

    /// What was asked for, in order.
    pub fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }
}

/// The answer to a request.
pub fn reply(request: &Value, result: Value) -> Value {
    let mut frame = json!({"jsonrpc": "2.0", "id": request["id"]});
    frame["result"] = result;
    frame
}

/// The refusal of a request by a code within the result.
pub fn code(request: &Value, code: &str, message: &str) -> Value {
    reply(request, json!({"code": code, "message": message}))
}

/// An event frame.
pub fn event(id: &str, event_type: &str, params: Value) -> Value {
    let mut frame = json!({"jsonrpc": "2.0", "id": id, "method": "signalwire.event", "params": {
        "event_type": event_type, "event_channel": "canary-protocol", "timestamp": 1_767_225_600.5}});
    frame["params"]["params"] = params;
    frame
}

/// The login, with a session handle that must not show up anywhere.
pub fn login(request: &Value) -> Value {
    reply(request, json!({"identity": "i", "protocol": "canary-protocol", "authorization": {}}))
}

/// A state of the call `c` in the dial that `tag` names.
pub fn state(tag: &Value, word: &str, reason: Option<&str>) -> Value {
    let mut params = json!({"call_id": "c", "node_id": "n", "call_state": word, "direction": "outbound",
        "tag": tag, "created_by": "dial",
        "device": {"type": "phone", "params": {"to_number": "+12025550123", "from_number": "+12025550100"}}});
    if let Some(reason) = reason {
        params["end_reason"] = reason.into();
    }
    event(&format!("s-{word}"), "calling.call.state", params)
}

/// A state of a running operation.
pub fn action(request: &Value, event_type: &str, word: &str) -> Value {
    let control_id = &request["params"]["control_id"];
    let params = json!({"call_id": "c", "node_id": "n", "control_id": control_id, "state": word,
        "url": "https://files.example/r.mp3", "duration": 2.5, "size": 4000});
    event(&format!("{event_type}-{word}"), event_type, params)
}

/// A service on which everything goes well.
pub fn friendly(request: &Value) -> Vec<Value> {
    let ok = |message: &str| code(request, "200", message);
    match request["method"].as_str().unwrap() {
        "signalwire.connect" => vec![login(request)],
        "calling.dial" => {
            let tag = &request["params"]["tag"];
            let won = json!({"node_id": "n", "tag": tag, "dial_state": "answered",
                "call": {"call_id": "c", "node_id": "n", "tag": tag, "dial_winner": true}});
            vec![
                ok("Dialing"),
                state(tag, "created", None),
                state(tag, "ringing", None),
                state(tag, "answered", None),
                event("d", "calling.call.dial", won),
            ]
        }
        "calling.play" => vec![
            ok("Playing"),
            action(request, "calling.call.play", "playing"),
            action(request, "calling.call.play", "finished"),
        ],
        "calling.record" => vec![ok("Recording"), action(request, "calling.call.record", "recording")],
        "calling.record.stop" => vec![ok("Stopping"), action(request, "calling.call.record", "finished")],
        "calling.end" => vec![ok("Ending"), state(&Value::Null, "ended", Some("hangup"))],
        _ => vec![ok("OK")],
    }
}
