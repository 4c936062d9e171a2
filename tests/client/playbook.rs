//! A session as a script: what goes in, what comes out in words, and time on demand.

use std::sync::Arc;
use std::time::Duration;

use callboard::client::session::{Input, Output, Session, SessionConfig};
use callboard::client::{ClientEvent, Credentials, LinkState, Outcome, Received, Submission, Ticket};
use callboard::protocol::id::IdSource;
use callboard::protocol::{Dialect, RequestId, Secret};
use callboard::time::Now;
use serde_json::{Value, json};

pub const TOKEN: &str = "PT-canary-0123456789";
pub const PROJECT: &str = "0f5a2c1e-1111-4222-8333-944445555666";
pub const PROTOCOL: &str = "signalwire_5c0ffee5_9a1b";
pub const STATE: &str = "c3RhdGU/canary==:dGFn";

pub struct Play {
    pub session: Session,
    dialect: Dialect,
    clock: Duration,
    outputs: Vec<Output>,
    tickets: u64,
    /// Every request we sent, oldest first: id and frame.
    pub sent: Vec<(String, Value)>,
    /// Sockets asked for.
    pub opens: usize,
}

impl Play {
    pub fn new(contexts: &[&str]) -> Self {
        let credentials = Credentials::Token { project: Secret::new(PROJECT), token: Secret::new(TOKEN) };
        Self::with(credentials, contexts)
    }

    /// The same in Blade.
    pub fn blade(contexts: &[&str]) -> Self {
        let credentials = Credentials::Token { project: Secret::new(PROJECT), token: Secret::new(TOKEN) };
        Self::speaking(Dialect::Blade, credentials, contexts)
    }

    pub fn with(credentials: Credentials, contexts: &[&str]) -> Self {
        Self::speaking(Dialect::Current, credentials, contexts)
    }

    fn speaking(dialect: Dialect, credentials: Credentials, contexts: &[&str]) -> Self {
        let contexts = contexts.iter().map(|&name| name.to_owned()).collect();
        let ids = IdSource::seeded(1);
        Self {
            session: Session::new(SessionConfig { dialect, credentials, contexts, ids, jitter_seed: 3 }),
            dialect,
            clock: Duration::from_secs(1),
            outputs: Vec::new(),
            tickets: 0,
            sent: Vec::new(),
            opens: 0,
        }
    }

    /// The same program, killed and begun again after so many seconds: nothing of its session is left.
    pub fn anew(&self, seconds: f64) -> Self {
        Self { clock: self.clock + Duration::from_secs_f64(seconds), ..Self::new(&[]) }
    }

    /// Logged in, with nothing in the account.
    pub fn up() -> Self {
        let mut play = Self::new(&[]);
        play.feed(Input::Connect);
        play.log_in(PROTOCOL);
        play.lines();
        play
    }

    pub fn speaks_blade(&self) -> bool {
        self.dialect == Dialect::Blade
    }

    pub fn now(&self) -> Now {
        Now::simulated(self.clock)
    }

    /// One input; a close that it causes is reported back at once, as the link does.
    pub fn feed(&mut self, input: Input<'_>) -> &mut Self {
        let mut out = Vec::new();
        self.session.handle(input, self.now(), &mut out);
        for output in out {
            let why = if let Output::Close { why } = &output { Some(why.clone()) } else { None };
            self.note(output);
            if let Some(why) = why {
                self.feed(Input::Closed { why, unsent: Vec::new() });
            }
        }
        self
    }

    fn note(&mut self, output: Output) {
        match &output {
            Output::Open => self.opens += 1,
            Output::Send { text, request } => {
                let frame: Value = serde_json::from_str(text).expect("we send JSON");
                assert_eq!(frame["jsonrpc"], "2.0");
                if let Some(id) = request {
                    assert_eq!(frame["id"], id.as_str());
                    self.sent.push((id.to_string(), bare(frame)));
                }
            }
            Output::Acknowledge(_) | Output::Close { .. } | Output::Event(_) => {}
        }
        self.outputs.push(output);
    }

    pub fn says(&mut self, frame: &Value) -> &mut Self {
        self.feed(Input::Text(&frame.to_string()))
    }

    /// The socket opens and the service takes the login.
    pub fn log_in(&mut self, protocol: &str) -> &mut Self {
        self.feed(Input::Opened);
        let id = self.last("signalwire.connect").0;
        self.says(&json!({"jsonrpc":"2.0","id":id,"result":{"identity":"id-1","protocol":protocol,
            "authorization":{"project_id":PROJECT,"signature":"5c0ffee5"}}}))
    }

    /// The socket opens and the service takes the three steps of a login in Blade, with these results where they matter.
    pub fn log_in_blade(&mut self, opened: Value, protocol: &str) -> &mut Self {
        self.feed(Input::Opened).answer("blade.connect", opened);
        self.answer("setup", json!({ "protocol": protocol }));
        self.answer("blade.subscription", json!({"command":"add","failed_channels":[]}))
    }

    /// Logged in in Blade, with nothing in the account.
    pub fn up_blade() -> Self {
        Self::up_blade_at(PROTOCOL)
    }

    pub fn up_blade_at(protocol: &str) -> Self {
        let mut play = Self::blade(&[]);
        play.feed(Input::Connect).log_in_blade(opened("sess-1"), protocol);
        play.lines();
        play
    }

    /// A broadcast to our address.
    pub fn broadcast(&mut self, event_type: &str, body: Value) -> &mut Self {
        self.broadcast_to(PROTOCOL, event_type, body)
    }

    pub fn broadcast_to(&mut self, protocol: &str, event_type: &str, body: Value) -> &mut Self {
        let stamp = self.now().wall.as_seconds();
        self.says(&json!({"jsonrpc":"2.0","id":"x1","method":"blade.broadcast","params":{"protocol":protocol,
            "channel":"notifications","event":"queuing.relay.events",
            "params":{"event_type":event_type,"timestamp":stamp,"params":body}}}))
    }

    /// The newest request of a method: its id and its params.
    #[track_caller]
    pub fn last(&self, method: &str) -> (String, Value) {
        let found = self.sent.iter().rev().find(|(_, frame)| frame["method"] == method);
        let (id, frame) = found.unwrap_or_else(|| panic!("no {method} was sent"));
        (id.clone(), frame["params"].clone())
    }

    pub fn count(&self, method: &str) -> usize {
        self.sent.iter().filter(|(_, frame)| frame["method"] == method).count()
    }

    pub fn submit(&mut self, rpc: &str, params: Value) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.feed(Input::Submit(Submission {
            ticket,
            rpc: Arc::from(rpc),
            params: Arc::new(params),
            via: None,
        }));
        ticket
    }

    /// The answer to our newest request of a method.
    #[track_caller]
    pub fn answer(&mut self, method: &str, result: Value) -> &mut Self {
        let id = self.last(method).0;
        let executed = self.dialect == Dialect::Blade && !method.starts_with("blade.");
        let result = if executed { json!({"requester_nodeid":"cli-1","result":result}) } else { result };
        self.says(&json!({"jsonrpc":"2.0","id":id,"result":result}))
    }

    #[track_caller]
    pub fn refuse(&mut self, method: &str, code: i64, message: &str) -> &mut Self {
        let id = self.last(method).0;
        self.says(&json!({"jsonrpc":"2.0","id":id,"error":{"code":code,"message":message}}))
    }

    pub fn event(&mut self, id: &str, event_type: &str, body: Value) -> &mut Self {
        let stamp = self.now().wall.as_seconds();
        self.event_at(id, event_type, stamp, body)
    }

    pub fn event_at(&mut self, id: &str, event_type: &str, stamp: f64, body: Value) -> &mut Self {
        let event = json!({"event_type":event_type,"timestamp":stamp,"params":body});
        match self.dialect {
            Dialect::Current => {
                self.says(&json!({"jsonrpc":"2.0","id":id,"method":"signalwire.event","params":event}))
            }
            Dialect::Blade => self.says(&json!({"jsonrpc":"2.0","id":id,"method":"blade.broadcast","params":
                {"protocol":PROTOCOL,"channel":"notifications","event":"queuing.relay.events","params":event}})),
        }
    }

    pub fn lose(&mut self, why: &str) -> &mut Self {
        self.lose_unsent(why, &[])
    }

    pub fn lose_unsent(&mut self, why: &str, unsent: &[&str]) -> &mut Self {
        let unsent = unsent.iter().map(|&id| RequestId::from(id)).collect();
        self.feed(Input::Closed { why: why.into(), unsent })
    }

    /// Lets time pass; what is due is done at its moment.
    pub fn wait(&mut self, seconds: f64) -> &mut Self {
        let end = self.clock + Duration::from_secs_f64(seconds);
        let mut turns = 0;
        while let Some(at) = self.session.wake_at().filter(|at| *at <= Now::simulated(end).at) {
            self.clock = self.clock.max(at.since(callboard::time::At::START));
            self.feed(Input::Wake);
            turns += 1;
            assert!(turns < 10_000, "it wakes for nothing, again and again");
        }
        self.clock = end;
        self
    }

    /// Lets time pass on a link that gives signs of life.
    pub fn live(&mut self, seconds: f64) -> &mut Self {
        for _ in 0..10 {
            self.wait(seconds / 10.0).feed(Input::Alive);
        }
        self
    }

    /// What came out since the last look, one line each.
    pub fn lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.outputs).iter().map(line).collect()
    }

    /// The same without what the link and the account are not about: sends and pings.
    pub fn reports(&mut self) -> Vec<String> {
        self.lines().into_iter().filter(|line| !line.starts_with("> ")).collect()
    }

    /// Everything that came out, the raw account too, for the search for secrets.
    pub fn everything(&self) -> String {
        self.outputs
            .iter()
            .filter(|output| !matches!(output, Output::Send { .. } | Output::Acknowledge(_)))
            .map(debug)
            .collect()
    }

    /// The lines so far, without taking them.
    pub fn copies(&self) -> Vec<String> {
        self.outputs.iter().map(line).collect()
    }

    /// What the session reported since the last look.
    pub fn client_events(&mut self) -> Vec<ClientEvent> {
        let outputs = std::mem::take(&mut self.outputs).into_iter();
        outputs
            .filter_map(|output| if let Output::Event(event) = output { Some(event) } else { None })
            .collect()
    }

    pub const fn tickets(&self) -> u64 {
        self.tickets
    }

    pub fn received(&self) -> Vec<Arc<Received>> {
        let received = self.outputs.iter().filter_map(|output| match output {
            Output::Event(ClientEvent::Received(received)) => Some(received.clone()),
            _ => None,
        });
        received.collect()
    }
}

fn debug(output: &Output) -> String {
    match output {
        Output::Event(ClientEvent::Received(received)) => {
            format!("{received:?} {} {}\n", received.raw, received.body())
        }
        Output::Event(ClientEvent::Fault(fault)) => format!("{fault:?} {}\n", fault.raw),
        other => format!("{other:?}\n"),
    }
}

/// A request without the envelope of Blade: what is executed is the method.
fn bare(frame: Value) -> Value {
    if frame["method"] == "blade.execute" {
        return json!({"id":frame["id"],"method":frame["params"]["method"],"params":frame["params"]["params"],
            "protocol":frame["params"]["protocol"]});
    }
    frame
}

/// The result of a `blade.connect` for a session of this name.
pub fn opened(sessionid: &str) -> Value {
    json!({"session_restored":false,"sessionid":sessionid,"nodeid":"cli-1",
        "authorization":{"project":PROJECT,"signature":"5c0ffee5"}})
}

fn line(output: &Output) -> String {
    match output {
        Output::Open => "open".into(),
        Output::Close { why } => format!("close: {why}"),
        Output::Send { text, request } => {
            let frame = bare(serde_json::from_str(text).unwrap());
            match (request, frame["method"].as_str()) {
                (Some(_), Some(method)) => format!("> {method}"),
                (None, None) if frame["result"].is_object() => format!("> ack {}", frame["id"]),
                (None, None) => format!("> error {} {}", frame["id"], frame["error"]["code"]),
                other => panic!("{other:?}"),
            }
        }
        Output::Acknowledge(text) => {
            let frame: Value = serde_json::from_str(text).unwrap();
            format!("> ack {}", frame["id"])
        }
        Output::Event(event) => report(event),
    }
}

fn report(event: &ClientEvent) -> String {
    match event {
        ClientEvent::Link(link) => match link {
            LinkState::Up { restored, gaps, .. } => format!("up restored={restored} gaps={gaps}"),
            LinkState::Down { why, .. } => format!("down: {why}"),
            LinkState::Refused { why } => format!("refused: {why}"),
            other => other.word().into(),
        },
        ClientEvent::Received(received) => {
            format!("event {}{}", received.event_type, if received.duplicate { " again" } else { "" })
        }
        ClientEvent::Outcome { ticket, outcome, round_trip } => {
            let late = if round_trip.is_none() { " (untimed)" } else { "" };
            match outcome {
                Outcome::Done(_) => format!("{} done{late}", ticket.0),
                Outcome::Refused { code, message } => format!("{} refused {code} {message}{late}", ticket.0),
                Outcome::NotSent(why) => format!("{} not sent: {why}", ticket.0),
                Outcome::Unknown(why) => format!("{} unknown: {why}", ticket.0),
            }
        }
        ClientEvent::Contexts(names) => {
            format!(
                "contexts {}",
                names.iter().map(callboard::protocol::Shown::as_str).collect::<Vec<_>>().join(" ")
            )
        }
        ClientEvent::Pong(_) => "pong".into(),
        ClientEvent::Fault(fault) => format!("fault: {}", fault.why),
        ClientEvent::Application(_) | ClientEvent::Owned { .. } | ClientEvent::Presence(_) => {
            "of a hub".into()
        }
    }
}

pub fn play_params() -> Value {
    json!({"node_id":"n","call_id":"c","control_id":"k","play":[{"type":"silence","params":{"duration":1.0}}]})
}
