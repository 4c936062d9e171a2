//! Events: acknowledged always, taken in when they can be, each of them once, and without our secrets.

use callboard::client::session::Input;
use callboard::protocol::event::Event;
use serde_json::{Value, json};

use crate::playbook::{PROJECT, PROTOCOL, Play, STATE, TOKEN};

fn state(call: &str, state: &str) -> Value {
    json!({"call_id":call,"node_id":"n","call_state":state,"direction":"inbound"})
}

#[test]
fn every_event_with_an_id_is_acknowledged_after_it_was_taken_in() {
    let mut play = Play::up();
    play.event("e1", "calling.call.state", state("c", "ringing"));
    assert_eq!(play.lines(), ["event calling.call.state", "> ack \"e1\""]);
    // A type, a call or a shape that is not known changes nothing about that.
    for params in [
        json!({"event_type":"calling.call.hologram","params":{"a":1}}),
        json!({"event_type":"calling.call.play","params":{"call_id":"c","state":"playing"}}),
        json!({"event_type":"calling.call.play","params":null}),
        json!({"event_type":"calling.call.play"}),
        json!({"event_type":"calling.call.detect","params":{"call_id":["c"],"detect":7}}),
        json!({"event_type":"","params":{}}),
        json!({"event_type":7,"params":{}}),
        json!({"params":{}}),
        json!([]),
        json!([1, "calling.call.play", {}]),
        json!(null),
        json!("text"),
    ] {
        play.says(&json!({"id":"m","method":"signalwire.event","params":params}));
        assert_eq!(play.lines()[1..], ["> ack \"m\""], "{params}");
    }
    play.says(&json!({"id":"none","method":"signalwire.event"}));
    assert_eq!(play.lines(), ["fault: an event without event_type", "> ack \"none\""]);
}

#[test]
fn ids_are_echoed_as_they_came_and_an_event_without_one_is_not_acknowledged() {
    let mut play = Play::up();
    for (id, ack) in [("7", "7"), ("-1.5e3", "-1500.0"), ("[\"a\"]", "[\"a\"]"), ("\"\\u0041\"", "\"A\"")] {
        let text = format!(
            r#"{{"id":{id},"method":"signalwire.event","params":{{"event_type":"calling.x","params":{{"n":{ack}}}}}}}"#
        );
        play.feed(Input::Text(&text));
        assert_eq!(play.lines(), ["event calling.x".to_owned(), format!("> ack {ack}")]);
    }
    play.says(&json!({"method":"signalwire.event","params":{"event_type":"calling.x","params":{}}}));
    play.says(
        &json!({"id":null,"method":"signalwire.event","params":{"event_type":"calling.x","params":{}}}),
    );
    assert_eq!(play.lines(), ["event calling.x", "event calling.x"]);
}

#[test]
fn what_is_no_frame_is_noted_and_costs_nothing() {
    let mut play = Play::up();
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    for text in [
        "",
        "{",
        "null",
        "[]",
        "[{\"id\":1}]",
        "\"x\"",
        "{}",
        "{\"id\":\"x\"}",
        "{\"method\":7,\"id\":1}",
        &deep,
        "{\"id\":\"\\ud800\",\"method\":\"\\ud800\"}",
        "{\"id\":1,\"id\":2,\"method\":\"x\"}",
    ] {
        play.feed(Input::Text(text));
        let lines = play.lines();
        assert!(lines.len() == 1 && lines[0].starts_with("fault"), "{text:.20}: {lines:?}");
    }
    play.feed(Input::NotText("binary, 5 bytes"));
    assert_eq!(play.lines(), ["fault: a frame that is no text was passed over"]);
    assert!(play.session.link().is_up());
}

#[test]
fn a_whole_event_may_be_as_deep_as_it_likes() {
    let mut play = Play::up();
    let text = format!(
        r#"{{"id":"e","method":"signalwire.event","params":{{"event_type":"calling.call.state","params":{{"call_id":"c",
        "call_state":"ringing","x":{}1{}}}}}}}"#,
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    play.feed(Input::Text(&text));
    assert_eq!(play.lines(), ["event calling.call.state", "> ack \"e\""]);
}

#[test]
fn an_event_is_one_however_its_frame_is_spelt() {
    let mut play = Play::up();
    play.feed(Input::Text(
        r#"{"id":"e1","method":"signalwire\u002eevent","params":{"event_type":"calling.call.state","params":{"call_id":"c","call_state":"ringing"}}}"#,
    ));
    assert_eq!(play.lines(), ["event calling.call.state", "> ack \"e1\""]);
}

#[test]
fn the_same_frame_again_is_acknowledged_and_marked() {
    let mut play = Play::up();
    for _ in 0..3 {
        play.event_at("e1", "calling.call.state", 5.0, state("c", "ringing"));
    }
    let again = ["event calling.call.state again", "> ack \"e1\""];
    assert_eq!(play.lines(), [&["event calling.call.state", "> ack \"e1\""][..], &again, &again].concat());
    // Equal content under another id, on one connection: the same words said twice.
    play.event_at("e2", "calling.call.detect", 5.0, json!({"call_id":"c"}));
    play.event_at("e3", "calling.call.detect", 5.0, json!({"call_id":"c"}));
    assert!(!play.lines().iter().any(|line| line.contains("again")));
    // One id for two contents: the server counts anew.
    play.event_at("e1", "calling.call.state", 6.0, state("c", "answered"));
    assert_eq!(play.lines()[0], "event calling.call.state");
}

#[test]
fn what_is_sent_again_after_a_gap_is_known_under_a_new_id_too() {
    let mut play = Play::up();
    play.event_at("e1", "calling.call.state", 5.0, state("c", "ringing"));
    play.event_at("e2", "calling.call.play", 6.0, json!({"call_id":"c","control_id":"k","state":"playing"}));
    play.lose("reset").wait(1.0).log_in(PROTOCOL).lines();
    play.event_at("e1", "calling.call.state", 5.0, state("c", "ringing"));
    play.event_at("n2", "calling.call.play", 6.0, json!({"call_id":"c","control_id":"k","state":"playing"}));
    play.event_at("n3", "calling.call.play", 7.0, json!({"call_id":"c","control_id":"k","state":"playing"}));
    let reports = play.reports();
    assert_eq!(
        reports,
        ["event calling.call.state again", "event calling.call.play again", "event calling.call.play"]
    );
}

#[test]
fn an_event_before_the_answer_it_belongs_to_is_taken_as_it_comes() {
    let mut play = Play::up();
    play.submit("calling.play", json!({"call_id":"c","control_id":"k"}));
    play.event("e", "calling.call.play", json!({"call_id":"c","control_id":"k","state":"finished"}));
    play.answer("calling.play", json!({"code":"200"}));
    assert_eq!(play.reports(), ["event calling.call.play", "1 done"]);
}

#[test]
fn the_newest_state_that_says_something_is_kept_for_the_resume() {
    let mut play = Play::up();
    for (id, value) in [("1", json!("first:state")), ("2", json!(STATE)), ("3", json!("")), ("4", json!(7))] {
        play.event(id, "signalwire.authorization.state", json!({"authorization_state":value}));
    }
    play.lose("reset").wait(1.0).feed(Input::Opened);
    assert_eq!(play.last("signalwire.connect").1["authorization_state"], STATE);
}

#[test]
fn no_secret_comes_out_however_it_was_spelt_and_wherever_it_stood() {
    let spelt = |secret: &str| {
        let escaped = secret.replace('/', "\\/");
        let coded: String = secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
        [secret.to_owned(), escaped, coded]
    };
    let mut play = Play::new(&[]);
    play.feed(Input::Connect).log_in(PROTOCOL);
    play.event("s", "signalwire.authorization.state", json!({"authorization_state":STATE}));
    for secret in [TOKEN, PROJECT, PROTOCOL, STATE] {
        for spelt in spelt(secret) {
            for text in [
                format!(
                    r#"{{"id":"x{n}","method":"signalwire.event","params":{{"event_type":"calling.call.receive","project_id":"{spelt}","params":
                    {{"call_id":"c","call_state":"ringing","context":"{spelt}","protocol":"{spelt}","{spelt}":1,
                    "device":{{"type":"sip","params":{{"to":"sip:{spelt}@x"}}}}}}}}}}"#,
                    n = play.sent.len()
                ),
                format!(
                    r#"{{"id":"x","method":"signalwire.event","params":{{"event_type":"calling.{spelt}"}}}}"#
                ),
                format!(r#"{{"id":"x","method":"do.{spelt}"}}"#),
                format!(r#"{{"id":"nobody","result":{{"identity":"{spelt}"}}}}"#),
            ] {
                play.feed(Input::Text(&text));
            }
            play.submit("calling.play", json!({}));
            let id = play.last("calling.play").0;
            play.feed(Input::Text(&format!(
                r#"{{"id":"{id}","result":{{"code":"500","message":"{spelt}","a":["{spelt}"]}}}}"#
            )));
            play.submit("calling.play", json!({}));
            let id = play.last("calling.play").0;
            play.feed(Input::Text(&format!(
                r#"{{"id":"{id}","error":{{"code":5,"message":"no {spelt}"}}}}"#
            )));
        }
        // Cut short just inside the secret.
        for cut in 4_070..4_100 {
            play.feed(Input::Text(&format!("{}{secret}", "x".repeat(cut - 8))));
        }
    }
    play.lose("reset").wait(1.0).feed(Input::Opened).refuse(
        "signalwire.connect",
        -32603,
        &format!("{TOKEN}?"),
    );
    let said = play.everything();
    for part in ["canary", "PT-", "0f5a2c1e", "5c0ffee5_9a1b"] {
        let at = said.find(part);
        assert!(at.is_none(), "{part}: …{}", at.map_or("", |at| &said[at.saturating_sub(200)..at + 60]));
    }
}

#[test]
fn a_scrubbed_event_still_says_the_rest() {
    let mut play = Play::up();
    let mut body = state("c", "ringing");
    body["context"] = json!(PROTOCOL);
    play.event("e", "calling.call.receive", body);
    let received = play.received();
    let Event::Receive(status) = &received[0].event else { panic!() };
    assert_eq!((status.call_id.as_str(), status.context.as_deref()), ("c", Some("<redacted>")));
}
