//! Dialogues with the world: what goes in, what must come out, and how much later. No sockets, no waiting.

mod arrivals;
mod blade;
mod calls;
mod faults;
mod floor;
mod operations;
mod properties;
mod sessions;
mod sockets;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::{ClientId, Input, Output, Script, Stage, World};
use crate::time::{At, Now};

/// A world, its clock, and clients that acknowledge everything unless told otherwise.
struct Playbook {
    world: World,
    at: Duration,
    mark: Duration,
    requests: u32,
    clients: u64,
    acking: bool,
    inbox: BTreeMap<ClientId, Vec<(Duration, Output)>>,
}

impl Playbook {
    fn new(scenario: &str) -> Self {
        Self::of(Script::parse(scenario).unwrap(), 7)
    }

    fn of(script: Script, seed: u64) -> Self {
        Self {
            world: World::new(script, seed),
            at: Duration::ZERO,
            mark: Duration::ZERO,
            requests: 0,
            clients: 0,
            acking: true,
            inbox: BTreeMap::new(),
        }
    }

    fn input(&mut self, input: Input<'_>) {
        let outputs = self.world.handle(input, Now::simulated(self.at));
        self.take(outputs);
    }

    fn take(&mut self, outputs: Vec<Output>) {
        for output in outputs.into_iter().flat_map(one_by_one) {
            let client = output.client();
            let ack = event_of(&output).filter(|event| self.acking && event["method"] != "blade.broadcast");
            let ack = ack.map(|event| event["id"].clone());
            self.inbox.entry(client).or_default().push((self.at, output));
            if let Some(id) = ack {
                let text = json!({"jsonrpc": "2.0", "id": id, "result": {}}).to_string();
                self.input(Input::Text(client, &text));
            }
        }
    }

    fn stage(&mut self, stage: Stage) {
        self.input(Input::Stage(stage));
    }

    fn join(&mut self) -> ClientId {
        self.clients += 1;
        let client = ClientId(self.clients);
        self.input(Input::Joined(client));
        client
    }

    /// Sends a request; its answer is whatever of `result` and `error` came, or null when none came.
    fn ask(&mut self, client: ClientId, method: &str, params: &Value) -> Value {
        self.requests += 1;
        let id = format!("r{}", self.requests);
        let text = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
        self.input(Input::Text(client, &text));
        let inbox = self.inbox.entry(client).or_default();
        let place = inbox.iter().position(|(_, output)| {
            text_of(output).is_some_and(|frame| frame["id"] == json!(id) && frame.get("method").is_none())
        });
        place.map_or(Value::Null, |place| {
            let frame = text_of(&inbox.remove(place).1).unwrap();
            frame.get("result").or(frame.get("error")).cloned().unwrap_or_default()
        })
    }

    fn login(&mut self, contexts: &[&str]) -> ClientId {
        let client = self.join();
        let result = self.ask(client, "signalwire.connect", &connect(contexts));
        assert!(result["protocol"].is_string(), "{result}");
        client
    }

    /// Lets time pass, stopping wherever the world wants to be woken.
    fn wait(&mut self, seconds: f64) {
        let until = self.at + Duration::from_secs_f64(seconds);
        while let Some(wake) = self.world.wake_at() {
            let wake = wake.since(At::START);
            if wake > until {
                break;
            }
            self.at = self.at.max(wake);
            self.input(Input::Wake);
        }
        self.at = until;
    }

    /// Lets time pass up to the moment of an event, and no longer.
    fn wait_for(&mut self, client: ClientId, words: &str) {
        while !self.events(client).iter().any(|line| line.ends_with(words)) {
            let wake = self.world.wake_at().expect("something is still to come");
            self.at = wake.since(At::START);
            self.input(Input::Wake);
        }
    }

    /// From here on times count anew, and earlier frames are forgotten.
    fn mark(&mut self) {
        self.mark = self.at;
        self.inbox.values_mut().for_each(Vec::clear);
    }

    /// The events since the mark, one line each: time, type without `calling.call.`, state.
    fn events(&self, client: ClientId) -> Vec<String> {
        let inbox = self.inbox.get(&client).map_or(&[][..], Vec::as_slice);
        let line = |(at, output): &(Duration, Output)| {
            let event = event_of(output)?;
            let after = at.saturating_sub(self.mark).as_secs_f64();
            Some(format!("{after:.2} {}", headline(&event["params"])))
        };
        inbox.iter().filter_map(line).collect()
    }

    /// The bodies of the events of a type since the mark.
    fn bodies(&self, client: ClientId, event_type: &str) -> Vec<Value> {
        let inbox = self.inbox.get(&client).map_or(&[][..], Vec::as_slice);
        let events = inbox.iter().filter_map(|(_, output)| event_of(output));
        events
            .filter(|event| event["params"]["event_type"] == event_type)
            .map(|event| event["params"]["params"].clone())
            .collect()
    }

    /// Everything else since the mark: requests of the server, closes and cuts.
    fn others(&self, client: ClientId) -> Vec<String> {
        let inbox = self.inbox.get(&client).map_or(&[][..], Vec::as_slice);
        let line = |(_, output): &(Duration, Output)| match output {
            Output::Send { text, .. } => {
                let frame: Value = serde_json::from_str(text).ok()?;
                let method = frame["method"].as_str()?;
                (!matches!(method, "signalwire.event" | "blade.broadcast")).then(|| method.to_owned())
            }
            Output::SendMany { .. } => Some("many".into()),
            Output::SendBinary { .. } => Some("binary".into()),
            Output::SendHalf { .. } => Some("half".into()),
            Output::Ping { .. } => Some("ping".into()),
            Output::Close { code, .. } => Some(format!("close {code}")),
            Output::Cut { .. } => Some("cut".into()),
        };
        inbox.iter().filter_map(line).collect()
    }

    /// A call from the arrival `caller` of [`CALLER`], answered. Its ids, for commands.
    fn answered(&mut self, client: ClientId) -> Value {
        self.stage(Stage::Arrive("caller".into()));
        let call = self.newest();
        let on = json!({"call_id": call.0, "node_id": call.1});
        self.wait(1.0);
        assert_eq!(self.ask(client, "calling.answer", &on)["code"], "200");
        self.wait(1.0);
        self.mark();
        on
    }

    fn newest(&self) -> (String, String) {
        let leg = self.world.calls().last().expect("a call");
        (leg.call_id.to_string(), leg.node_id.to_string())
    }
}

/// One caller who does nothing by themselves, for the `support` context.
const CALLER: &str = r#"
[[arrival]]
label = "caller"
context = "support"
from = "+12025550123"
to = "+12025550199"
party = "still"
[parties.still]
"#;

fn connect(contexts: &[&str]) -> Value {
    json!({
        "version": {"major": 2, "minor": 0, "revision": 0}, "agent": "test", "event_acks": true,
        "authentication": {"project": "proj-1", "token": "PT-example"}, "contexts": contexts,
    })
}

/// An object with further fields.
fn with(base: &Value, more: &Value) -> Value {
    let mut all = base.clone();
    let more = more.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(more);
    all
}

/// Frames that were sent together, as if each had been sent by itself.
fn one_by_one(output: Output) -> Vec<Output> {
    match output {
        Output::SendMany { client, frames } => {
            frames.iter().map(|text| Output::Send { client, text: text.to_owned() }).collect()
        }
        one => vec![one],
    }
}

fn text_of(output: &Output) -> Option<Value> {
    match output {
        Output::Send { text, .. } => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// An event of either dialect, its `params` being the event itself.
fn event_of(output: &Output) -> Option<Value> {
    let mut frame = text_of(output).filter(|frame| frame["id"].is_string())?;
    match frame["method"].as_str()? {
        "signalwire.event" => {}
        "blade.broadcast" => frame["params"] = frame["params"]["params"].take(),
        _ => return None,
    }
    Some(frame)
}

fn headline(params: &Value) -> String {
    let event = params["event_type"].as_str().unwrap_or_default();
    let body = &params["params"];
    let state = ["state", "call_state", "dial_state", "connect_state"]
        .iter()
        .find_map(|name| body[name].as_str())
        .or_else(|| body["detect"]["params"]["event"].as_str())
        .or_else(|| body["fax"]["type"].as_str())
        .or_else(|| body["result"]["type"].as_str())
        .unwrap_or_default();
    format!("{} {state}", event.trim_start_matches("calling.call.")).trim_end().to_owned()
}
