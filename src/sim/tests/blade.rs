//! Blade: the login in steps, what is picked up again, commands and events in their envelopes, one begun call, pings.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{CALLER, Playbook, Stage, text_of};
use crate::sim::{ClientId, Input, Output};

fn who() -> Value {
    json!({"version": {"major": 2, "minor": 3, "revision": 0}, "agent": "test",
        "authentication": {"project": "proj-1", "token": "PT-example"}})
}

/// A client that is logged in, and what it was told of itself.
struct Entered {
    client: ClientId,
    sessionid: Value,
    protocol: Value,
    restored: Value,
}

impl Entered {
    /// The three steps, with what is to be picked up.
    fn at(play: &mut Playbook, sessionid: Option<&Value>, protocol: Option<&Value>) -> Self {
        let client = play.join();
        let mut connect = who();
        sessionid.into_iter().for_each(|id| connect["sessionid"] = id.clone());
        let result = play.ask(client, "blade.connect", &connect);
        let params = protocol.map_or_else(|| json!({}), |protocol| json!({ "protocol": protocol }));
        let setup = json!({"protocol": "signalwire", "method": "setup", "params": params});
        let answer = play.ask(client, "blade.execute", &setup);
        assert_eq!(answer["requester_nodeid"], result["nodeid"]);
        let protocol = answer["result"]["protocol"].clone();
        let (restored, sessionid) = (result["session_restored"].clone(), result["sessionid"].clone());
        Self { client, sessionid, protocol, restored }
    }

    fn subscribe(&self, play: &mut Playbook) -> Value {
        let params = json!({"command": "add", "protocol": self.protocol, "channels": ["notifications"]});
        play.ask(self.client, "blade.subscription", &params)
    }

    /// All steps, contexts too.
    fn ready(play: &mut Playbook, contexts: &[&str]) -> Self {
        let entered = Self::at(play, None, None);
        assert_eq!(entered.subscribe(play)["failed_channels"], json!([]));
        let answer = entered.execute(play, "signalwire.receive", &json!({ "contexts": contexts }));
        assert_eq!(answer["code"], "200");
        entered
    }

    /// A command; its inner result, or its error.
    fn execute(&self, play: &mut Playbook, method: &str, params: &Value) -> Value {
        let params = json!({"protocol": self.protocol, "method": method, "params": params});
        let answer = play.ask(self.client, "blade.execute", &params);
        answer.get("result").cloned().unwrap_or(answer)
    }
}

#[test]
fn a_login_has_three_steps_and_events_come_after_the_third() {
    let mut play = Playbook::new(CALLER);
    let entered = Entered::at(&mut play, None, None);
    let protocol = entered.protocol.as_str().unwrap();
    let connect = play.ask(entered.client, "blade.connect", &who());
    assert_eq!(connect["message"], "Already connected");
    assert_eq!(entered.restored, false);
    assert!(protocol.starts_with("signalwire_"), "{protocol}");
    // Contexts before the subscription: nobody hears of the call.
    entered.execute(&mut play, "signalwire.receive", &json!({"contexts": ["support"]}));
    play.stage(Stage::Arrive("caller".into()));
    play.wait(1.0);
    assert_eq!(play.events(entered.client), [""; 0]);
    let answer = entered.subscribe(&mut play);
    assert_eq!(answer["subscribe_channels"], json!(["notifications"]));
    play.mark();
    play.stage(Stage::Arrive("caller".into()));
    play.wait(1.0);
    assert_eq!(play.events(entered.client), ["0.00 receive created", "0.25 state ringing"]);
}

#[test]
fn a_call_is_taken_in_envelopes_and_nothing_waits_for_acknowledgements() {
    let mut play = Playbook::new(CALLER);
    let entered = Entered::ready(&mut play, &["support"]);
    play.stage(Stage::Arrive("caller".into()));
    let call = play.newest();
    let on = json!({"call_id": call.0, "node_id": call.1});
    play.wait(1.0);
    let answer = entered.execute(&mut play, "calling.answer", &on);
    assert_eq!(answer, json!({"code": "200", "message": "Answered"}));
    play.wait(1.0);
    let frames: Vec<Value> =
        play.inbox[&entered.client].iter().filter_map(|(_, output)| text_of(output)).collect();
    let told = frames.iter().find(|frame| frame["method"] == "blade.broadcast").unwrap();
    assert_eq!(told["params"]["protocol"], entered.protocol);
    assert_eq!(told["params"]["event"], "queuing.relay.events");
    assert_eq!(told["params"]["channel"], "notifications");
    assert_eq!(told["params"]["params"]["event_channel"], entered.protocol);
    assert_eq!(told["params"]["params"]["params"]["call_id"], call.0);
    assert_eq!(entered.execute(&mut play, "calling.end", &on)["code"], "200");
    play.wait(1.0);
    assert!(play.events(entered.client).last().unwrap().ends_with("state ended"));
    assert_eq!(play.world.ledger().unacked().count(), 0);
    assert_eq!(play.world.ledger().counts.stray_answers, 0);
}

#[test]
fn a_call_that_is_begun_is_named_by_the_answer_and_alone_reported_on() {
    let mut play = Playbook::new("");
    let entered = Entered::ready(&mut play, &[]);
    play.mark();
    let device =
        json!({"type": "phone", "params": {"from_number": "+12025550100", "to_number": "+12025550124"}});
    let answer = entered.execute(&mut play, "calling.begin", &json!({"tag": "t", "device": device}));
    let call = play.newest();
    assert_eq!(
        answer,
        json!({"code": "200", "message": "Call started", "call_id": call.0, "node_id": call.1})
    );
    assert_eq!(play.events(entered.client), [""; 0], "the events follow the answer");
    let again = entered.execute(&mut play, "calling.begin", &json!({"tag": "t", "device": device}));
    assert_eq!(again["code"], "409");
    play.wait(20.0);
    let states: Vec<String> = play
        .events(entered.client)
        .into_iter()
        .map(|line| line.split_once(' ').unwrap().1.to_owned())
        .collect();
    assert_eq!(states, ["state created", "state ringing", "state answered"]);
    let told = play.bodies(entered.client, "calling.call.state");
    assert!(told.iter().all(|body| body["tag"] == "t" && body["call_id"] == call.0));
    let refused =
        entered.execute(&mut play, "calling.begin", &json!({"tag": "u", "device": {"type": "queue"}}));
    assert_eq!(refused["code"], "400");
}

#[test]
fn a_session_is_picked_up_by_both_its_names_and_by_no_fewer() {
    for (with_id, with_protocol, same) in
        [(true, true, true), (true, false, false), (false, true, false), (false, false, false)]
    {
        let mut play = Playbook::new(CALLER);
        let before = Entered::ready(&mut play, &["support"]);
        play.stage(Stage::Arrive("caller".into()));
        play.wait(1.0);
        play.input(Input::Left(before.client));
        let call_id = play.world.calls().next().unwrap().call_id.clone();
        play.wait(1.0);
        let id = with_id.then_some(&before.sessionid);
        let protocol = with_protocol.then_some(&before.protocol);
        let after = Entered::at(&mut play, id, protocol);
        assert_eq!(after.restored, with_id);
        assert_eq!(after.protocol == before.protocol, same, "{with_id} {with_protocol}");
        after.subscribe(&mut play);
        play.wait(1.0);
        play.mark();
        play.stage(Stage::HangUp(call_id.clone()));
        play.wait(1.0);
        let hears = play.events(after.client).iter().any(|line| line.ends_with("state ended"));
        assert_eq!(hears, same, "{with_id} {with_protocol}");
        assert_eq!(play.world.ledger().counts.resumed, u64::from(same));
    }
}

#[test]
fn nothing_of_a_gap_comes_again_and_contexts_are_asked_for_anew() {
    let mut play = Playbook::new(CALLER);
    let before = Entered::ready(&mut play, &["support"]);
    play.stage(Stage::Arrive("caller".into()));
    play.wait(0.1);
    play.input(Input::Left(before.client));
    play.wait(1.0);
    let after = Entered::at(&mut play, Some(&before.sessionid), Some(&before.protocol));
    play.mark();
    after.subscribe(&mut play);
    play.wait(1.0);
    assert_eq!(play.events(after.client), [""; 0], "it rang meanwhile");
    play.stage(Stage::Arrive("caller".into()));
    play.wait(1.0);
    assert_eq!(play.events(after.client), [""; 0], "the context was not asked for again");
    after.execute(&mut play, "signalwire.receive", &json!({"contexts": ["support"]}));
    play.stage(Stage::Arrive("caller".into()));
    play.wait(0.1);
    assert!(!play.events(after.client).is_empty());
}

#[test]
fn whoever_speaks_to_nobody_or_in_another_tongue_is_told_so() {
    let mut play = Playbook::new("[login]\naccept = [{ project = 'proj-1', token = 'PT-example' }]");
    let client = play.join();
    let setup = json!({"protocol": "signalwire", "method": "setup", "params": {}});
    assert_eq!(play.ask(client, "blade.execute", &setup)["code"], -32003, "before the login");
    let mut stranger = who();
    stranger["authentication"]["token"] = "PT-other".into();
    assert_eq!(play.ask(client, "blade.connect", &stranger)["code"], -32002);
    assert_eq!(play.ask(client, "blade.connect", &json!({}))["code"], -32602);
    let entered = Entered::ready(&mut play, &[]);
    let elsewhere = json!({"protocol": "signalwire_x_y", "method": "calling.end", "params": {}});
    assert_eq!(play.ask(entered.client, "blade.execute", &elsewhere)["code"], -32602);
    assert_eq!(play.ask(entered.client, "blade.execute", &json!([]))["code"], -32602);
    assert_eq!(play.ask(entered.client, "calling.end", &json!({}))["code"], -32601, "without envelope");
    assert_eq!(play.ask(entered.client, "blade.levitate", &json!({}))["code"], -32601);
    let channels = json!({"command": "add", "protocol": "another", "channels": ["notifications"]});
    let answer = play.ask(entered.client, "blade.subscription", &channels);
    assert_eq!(answer["failed_channels"], json!(["notifications"]));
}

#[test]
fn both_dialects_are_served_at_once_and_each_is_offered_its_calls() {
    let mut play = Playbook::new(CALLER);
    let blade = Entered::ready(&mut play, &["support"]);
    let current = play.login(&["support"]);
    play.wait(1.0);
    play.mark();
    play.stage(Stage::Arrive("caller".into()));
    play.stage(Stage::Arrive("caller".into()));
    assert_eq!(play.events(blade.client), ["0.00 receive created"]);
    assert_eq!(play.events(current), ["0.00 receive created"]);
}

#[test]
fn the_socket_is_pinged_the_network_speaks_and_pings_are_answered() {
    let mut play = Playbook::new("");
    let entered = Entered::ready(&mut play, &[]);
    play.wait(14.0);
    assert_eq!(play.others(entered.client), ["blade.netcast", "ping", "ping", "ping"]);
    assert!(play.ask(entered.client, "blade.ping", &json!({}))["timestamp"].is_f64());
    let netcast = play.inbox[&entered.client].iter().find_map(|(_, output)| text_of(output)).unwrap();
    assert_eq!(netcast["params"]["command"], "protocol.add");
    assert_eq!(netcast["params"]["params"]["protocol"], entered.protocol);
}

#[test]
fn a_dismissed_client_is_told_in_its_own_words_and_may_take_its_leave_itself() {
    let mut play = Playbook::new("");
    let entered = Entered::ready(&mut play, &[]);
    play.wait(1.0);
    play.mark();
    play.stage(Stage::Disconnect { restart: false });
    play.wait(1.0);
    assert_eq!(play.others(entered.client), ["blade.disconnect", "close 1000"]);
    play.input(Input::Left(entered.client));
    let again = Entered::at(&mut play, Some(&entered.sessionid), Some(&entered.protocol));
    assert_eq!(again.protocol, entered.protocol);
    assert_eq!(play.ask(again.client, "blade.disconnect", &json!({})), json!({}));
    play.wait(0.1);
    assert!(play.others(again.client).contains(&"close 1000".to_owned()));
}

#[test]
fn faults_strike_by_the_same_names() {
    let scenario = r#"
        [[fault]]
        method = "signalwire.connect"
        do = "refuse-login"
        [[fault]]
        method = "calling.play"
        do = "refuse"
        code = "500"
        [[fault]]
        method = "signalwire.receive"
        do = "refuse"
        code = "402"
        [[fault]]
        event = "calling.call.receive"
        do = "duplicate-new-id"
    "#;
    let mut play = Playbook::new(&format!("{CALLER}{scenario}"));
    let refused = play.join();
    assert_eq!(play.ask(refused, "blade.connect", &who())["code"], -32002);
    let entered = Entered::at(&mut play, None, None);
    entered.subscribe(&mut play);
    let contexts = json!({"contexts": ["support"]});
    assert_eq!(entered.execute(&mut play, "signalwire.receive", &contexts)["code"], "402");
    assert_eq!(entered.execute(&mut play, "signalwire.receive", &contexts)["code"], "200");
    play.stage(Stage::Arrive("caller".into()));
    assert_eq!(play.events(entered.client).len(), 2);
    let (call_id, node_id) = play.newest();
    let on = json!({"call_id": call_id, "node_id": node_id, "control_id": "k", "play": []});
    assert_eq!(entered.execute(&mut play, "calling.play", &on)["code"], "500");
    assert_eq!(play.world.ledger().executions("calling.play", "k"), 0);
}

#[test]
fn a_flood_comes_in_broadcasts_as_fast_as_the_socket_takes_them() {
    let mut play = Playbook::new("[flood]\ncalls = 3\nevents = 10\ntotal = 2000\nwindow = 64");
    let entered = Entered::ready(&mut play, &[]);
    for _ in 0..40 {
        play.wait(0.1);
        play.input(Input::Taken(entered.client));
    }
    assert_eq!(play.events(entered.client).len(), 2_000);
    let foreign =
        |output: &Output| text_of(output).is_some_and(|frame| frame["method"] == "signalwire.event");
    assert!(!play.inbox[&entered.client].iter().any(|(_, output)| foreign(output)));
}

/// The keys of a value and of everything in it, with the words that must not differ.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let said = |key: &str| matches!(key, "code" | "command" | "session_restored" | "channels");
            let shaped = |(key, value): (&String, &Value)| {
                (key.clone(), if said(key) { value.clone() } else { shape(value) })
            };
            let mut shaped: Vec<_> = fields.iter().map(shaped).collect();
            shaped.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(shaped.into_iter().collect())
        }
        Value::Array(_) => json!("list"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json!("value"),
    }
}

/// What the clients of the traces ask is answered in the same shape.
#[test]
fn the_traces_are_answered_as_they_were() {
    let parts = [
        include_str!("../../../tests/frames/trace-7-14.json"),
        include_str!("../../../tests/frames/trace-7-15.json"),
        include_str!("../../../tests/frames/trace-7-16.json"),
    ];
    let asked = |text: &str| -> Vec<Value> {
        let mut file: Value = serde_json::from_str(text).unwrap();
        serde_json::from_value(file["asked"].take()).unwrap()
    };
    let [inbound, outbound, again] = parts.map(asked);
    let mut play = Playbook::new(&CALLER.replace("support", "office"));
    let client = play.join();
    let mut real = Real::default();
    for step in &inbound {
        if real.call.is_none() && step["in"]["params"]["method"] == "calling.answer" {
            play.stage(Stage::Arrive("caller".into()));
            real.call = Some(play.newest());
            play.wait(1.0);
        }
        real.ask(&mut play, client, step);
    }
    real.call = None;
    for step in &outbound {
        real.ask(&mut play, client, step);
        play.wait(12.0);
    }
    real.ask(&mut play, client, &again[0]);
    play.input(Input::Left(client));
    let client = play.join();
    again[1..].iter().for_each(|step| real.ask(&mut play, client, step));
}

/// What the sim has in the place of the names in the traces.
#[derive(Default)]
struct Real {
    sessionid: Option<String>,
    protocol: Option<String>,
    call: Option<(String, String)>,
}

impl Real {
    fn ask(&mut self, play: &mut Playbook, client: ClientId, step: &Value) {
        let mut text = step["in"].to_string();
        let mut put = |name: &str, real: Option<&String>| {
            real.into_iter().for_each(|real| text = text.replace(name, &format!("\"{real}\"")));
        };
        put("\"sess-1\"", self.sessionid.as_ref());
        put("\"signalwire_5c0ffee5_4444\"", self.protocol.as_ref());
        for name in ["\"call-e\"", "\"call-f\""] {
            put(name, self.call.as_ref().map(|call| &call.0));
        }
        put("\"node-3\"", self.call.as_ref().map(|call| &call.1));
        let frame: Value = serde_json::from_str(&text).unwrap();
        let method = frame["method"].as_str().unwrap();
        let answer = play.ask(client, method, &frame["params"]);
        let mut wanted = step["answer"].clone();
        if method == "blade.ping" {
            // The trace has nothing in it; a time does no harm.
            wanted["timestamp"] = json!(0.0);
        }
        let name = frame["params"]["method"].as_str().unwrap_or_default();
        if method == "blade.connect" && wanted.get("routes").is_none() {
            // Shortened in the trace.
            wanted = answer.clone();
        }
        assert_eq!(shape(&answer), shape(&wanted), "{text}");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.sessionid = self.sessionid.take().or_else(|| text(&answer["sessionid"]));
        self.protocol = self.protocol.take().or_else(|| text(&answer["result"]["protocol"]));
        if name == "calling.begin" {
            self.call = text(&answer["result"]["call_id"]).zip(text(&answer["result"]["node_id"]));
        }
    }
}
