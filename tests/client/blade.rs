//! The session in Blade: three steps, contexts behind them, no acknowledgements, and what is picked up again.

use callboard::calling::params::{Collect, Dial, PlayTts, Record};
use callboard::catalog::Control;
use callboard::client::session::Input;
use callboard::client::{ClientEvent, LinkState, Outcome};
use serde_json::{Value, json};

use crate::floor::Floor;
use crate::playbook::{PROJECT, PROTOCOL, Play, TOKEN, opened, play_params};

const AGENT: &str = concat!("callboard/", env!("CARGO_PKG_VERSION"));

/// Was up in session `sess-1`, has lost it, and its next socket is open.
fn resuming(contexts: &[&str]) -> Play {
    let mut play = Play::blade(contexts);
    play.feed(Input::Connect).log_in_blade(opened("sess-1"), PROTOCOL);
    play.live(61.0).lose("reset").wait(1.0).lines();
    play.feed(Input::Opened);
    play
}

fn restored(sessionid: &str) -> Value {
    let mut opened = opened(sessionid);
    opened["session_restored"] = true.into();
    opened
}

#[test]
fn a_login_has_three_steps_and_contexts_follow_it() {
    let mut play = Play::blade(&["sales", "office"]);
    play.feed(Input::Connect).log_in_blade(opened("sess-1"), PROTOCOL);
    assert_eq!(
        play.last("blade.connect").1,
        json!({"version":{"major":2,"minor":3,"revision":0},
            "authentication":{"project":PROJECT,"token":TOKEN},"agent":AGENT})
    );
    let setup = play.sent.iter().find(|(_, frame)| frame["method"] == "setup").unwrap().1.clone();
    assert_eq!((&setup["protocol"], &setup["params"]), (&json!("signalwire"), &json!({})));
    assert_eq!(
        play.last("blade.subscription").1,
        json!({"command":"add","protocol":PROTOCOL,"channels":["notifications"]})
    );
    assert_eq!(play.last("signalwire.receive").1, json!({"contexts":["office","sales"]}));
    assert_eq!(play.sent.last().unwrap().1["protocol"], PROTOCOL);
    play.answer("signalwire.receive", json!({"code":"200","message":"Receiving"}));
    assert_eq!(
        play.lines(),
        [
            "opening",
            "open",
            "authenticating",
            "> blade.connect",
            "> setup",
            "> blade.subscription",
            "up restored=true gaps=0",
            "contexts ",
            "> signalwire.receive",
            "contexts office sales"
        ]
    );
}

#[test]
fn contexts_that_are_not_given_are_not_shown_and_are_asked_for_again() {
    let mut play = Play::blade(&["sales"]);
    play.feed(Input::Connect).log_in_blade(opened("sess-1"), PROTOCOL);
    play.lines();
    play.answer("signalwire.receive", json!({"code":"402","message":"Payment required"}));
    assert_eq!(
        play.lines(),
        ["fault: the service does not give us inbound calls of sales: 402 Payment required"]
    );
    play.live(61.0).lose("reset").wait(1.0);
    play.log_in_blade(restored("sess-1"), PROTOCOL);
    assert_eq!(play.count("signalwire.receive"), 2);
    play.answer("signalwire.receive", json!({"code":"200"}));
    assert_eq!(play.lines().last().unwrap(), "contexts sales");
    // One that is added by a command counts as well.
    let ticket = play.submit("signalwire.receive", json!({"contexts":["office"]}));
    play.answer("signalwire.receive", json!({"code":"200"}));
    assert_eq!(
        play.lines(),
        ["> signalwire.receive".into(), "contexts office sales".into(), format!("{} done", ticket.0)]
    );
}

#[test]
fn events_are_ours_by_their_address_and_nobody_acknowledges_them() {
    let mut play = Play::up_blade();
    let ringing = json!({"call_id":"c","node_id":"n","call_state":"ringing"});
    play.broadcast("calling.call.state", ringing.clone());
    assert_eq!(play.lines(), ["event calling.call.state"]);
    play.broadcast("calling.call.state", ringing.clone());
    assert_eq!(play.lines(), ["event calling.call.state again"]);
    play.broadcast_to("signalwire_5c0ffee5_other", "calling.call.state", ringing);
    assert_eq!(play.lines(), ["fault: an event for another session was passed over"]);
    for quiet in [
        json!({"id":"n","method":"blade.netcast","params":{"command":"protocol.add"}}),
        json!({"id":"t","method":"blade.broadcast","params":{"protocol":PROTOCOL,"channel":"notifications",
            "event":"queuing.relay.tasks","params":{"context":"office","message":{}}}}),
        json!({"id":"o","method":"blade.broadcast","params":{"protocol":PROTOCOL,"event":"relay",
            "params":{"event_type":"calling.call.state"}}}),
    ] {
        play.says(&quiet);
        assert_eq!(play.lines(), [""; 0], "{quiet}");
    }
    // Messages are told, as they are in the current dialect.
    play.says(&json!({"id":"m","method":"blade.broadcast","params":{"protocol":PROTOCOL,
        "event":"queuing.relay.messaging","params":{"event_type":"messaging.state","params":{}}}}));
    assert_eq!(play.lines(), ["event messaging.state"]);
}

#[test]
fn an_event_that_overtakes_the_answer_to_the_subscription_is_taken() {
    let mut play = Play::blade(&[]);
    play.feed(Input::Connect).feed(Input::Opened).answer("blade.connect", opened("sess-1"));
    play.answer("setup", json!({"protocol":PROTOCOL})).lines();
    play.broadcast("calling.call.state", json!({"call_id":"c","call_state":"ringing"}));
    assert_eq!(play.lines(), ["event calling.call.state"]);
}

#[test]
fn what_is_odd_or_of_the_other_dialect_is_a_fault_and_costs_nothing_else() {
    let mut play = Play::up_blade();
    for (odd, says) in [
        (json!({"id":"a","method":"blade.broadcast","params":[]}), "could not be read"),
        (
            json!({"id":"b","method":"blade.broadcast","params":{"protocol":PROTOCOL,
            "event":"queuing.relay.events","params":{}}}),
            "an event without event_type",
        ),
        (
            json!({"id":"c","method":"blade.broadcast","params":{"protocol":PROTOCOL,
            "event":"queuing.relay.events","params":7}}),
            "an event without event_type",
        ),
        (json!({"id":"d","method":"blade.execute","params":{"protocol":PROTOCOL}}), "could not be read"),
        (json!({"id":"e","result":{}}), "an answer to no request"),
    ] {
        play.says(&odd);
        let lines = play.lines();
        assert!(lines.len() == 1 && lines[0].contains(says), "{odd}: {lines:?}");
    }
    play.says(&json!({"id":"f","method":"signalwire.event","params":{"event_type":"calling.call.state"}}));
    assert_eq!(
        play.lines(),
        [
            "> error \"f\" -32601",
            "fault: the server asked for signalwire.event, which callboard does not know"
        ]
    );
    assert!(play.session.link().is_up());
}

#[test]
fn a_command_goes_in_an_envelope_and_exactly_200_is_a_yes() {
    for (result, outcome) in [
        (json!({"code":"200","message":"Playing"}), "done"),
        (json!({"code":200}), "done"),
        (json!({}), "done"),
        (json!({"code":"202","message":"Later"}), "refused 202 Later"),
        (json!({"code":"404","message":"Gone"}), "refused 404 Gone"),
    ] {
        let mut play = Play::up_blade();
        let ticket = play.submit("calling.play", play_params());
        let sent = play.sent.last().unwrap().1.clone();
        assert_eq!((&sent["protocol"], &sent["params"]), (&json!(PROTOCOL), &play_params()));
        play.lines();
        play.answer("calling.play", result.clone());
        assert_eq!(play.lines(), [format!("{} {outcome}", ticket.0)], "{result}");
    }
    // What stands in the envelope alone is no code.
    let mut play = Play::up_blade();
    play.submit("calling.play", play_params());
    let id = play.last("calling.play").0;
    play.lines();
    play.says(&json!({"id":id,"result":{"code":"500","requester_nodeid":"x"}}));
    assert_eq!(play.lines(), ["1 done"]);
    play.submit("calling.play", play_params());
    play.lines();
    play.refuse("calling.play", -32603, "broken");
    assert_eq!(play.lines(), ["2 refused -32603 broken"]);
}

#[test]
fn an_answer_that_does_not_come_is_unknown_and_may_come_late() {
    let mut play = Play::up_blade();
    play.submit("calling.play", play_params());
    play.lines();
    play.live(11.0);
    assert!(play.lines().contains(&"1 unknown: no answer within 10 s; it may have happened".to_owned()));
    play.answer("calling.play", json!({"code":"200"}));
    assert_eq!(play.lines(), ["1 done (untimed)"]);
    play.submit("calling.play", play_params());
    play.lines();
    play.lose("reset");
    assert_eq!(play.lines()[0], "2 unknown: the connection was lost before the answer came");
}

#[test]
fn the_peer_is_asked_each_ten_seconds_and_given_five_more() {
    let mut play = Play::up_blade();
    play.wait(9.9);
    assert_eq!(play.lines(), [""; 0]);
    play.wait(0.2);
    assert_eq!(play.lines(), ["> blade.ping"]);
    play.answer("blade.ping", json!({}));
    assert_eq!(play.lines(), ["pong"]);
    play.wait(10.0);
    assert_eq!(play.lines(), ["> blade.ping"]);
    play.wait(5.1);
    assert_eq!(play.lines()[0], "close: nothing was heard for 15 s");
    // Any sign of life will do.
    let mut play = Play::up_blade();
    play.live(120.0);
    assert!(play.session.link().is_up() && play.count("blade.ping") >= 11);
}

#[test]
fn a_disconnect_notice_drains_and_is_not_answered() {
    let mut play = Play::up_blade();
    play.says(&json!({"jsonrpc":"2.0","id":"x20","method":"blade.disconnect","params":{}}));
    assert_eq!(play.lines(), ["draining"]);
    play.submit("calling.play", play_params());
    assert_eq!(play.lines(), ["1 not sent: offline: the server is restarting, reconnecting soon"]);
    play.lose("closed").wait(10.0);
    play.log_in_blade(restored("sess-1"), PROTOCOL);
    assert!(play.lines().contains(&"up restored=true gaps=1".to_owned()));
}

#[test]
fn a_session_is_picked_up_by_its_name_and_its_address() {
    let mut play = resuming(&["office"]);
    assert_eq!(play.last("blade.connect").1["sessionid"], "sess-1");
    play.answer("blade.connect", restored("sess-1"));
    assert_eq!(play.last("setup").1, json!({"protocol":PROTOCOL}));
    play.answer("setup", json!({"protocol":PROTOCOL}));
    assert_eq!(play.count("blade.subscription"), 2);
    play.answer("blade.subscription", json!({}));
    assert!(play.lines().contains(&"up restored=true gaps=1".to_owned()));
    assert_eq!(play.count("signalwire.receive"), 2, "contexts are asked for anew");
}

#[test]
fn another_session_or_another_address_is_not_the_old_one() {
    for (result, granted) in [
        (opened("sess-2"), PROTOCOL),
        (opened("sess-1"), PROTOCOL),
        (restored("sess-1"), "signalwire_5c0ffee5_77de"),
    ] {
        let mut play = resuming(&[]);
        play.answer("blade.connect", result.clone()).answer("setup", json!({"protocol":granted}));
        play.answer("blade.subscription", json!({}));
        assert!(play.lines().contains(&"up restored=false gaps=1".to_owned()), "{result} {granted}");
    }
    // An address of another account would only be refused.
    let mut play = resuming(&[]);
    let mut other = restored("sess-1");
    other["authorization"]["signature"] = "0ther".into();
    play.answer("blade.connect", other);
    assert_eq!(play.last("setup").1, json!({}));
}

#[test]
fn credentials_that_are_refused_end_it_and_stale_data_cost_one_fresh_retry() {
    for code in [-32002, -32003, -32602] {
        let mut play = Play::blade(&[]);
        play.feed(Input::Connect).feed(Input::Opened).refuse("blade.connect", code, "no entry");
        assert!(matches!(play.session.link(), LinkState::Refused { .. }), "{code}");
        play.wait(3_600.0);
        assert_eq!(play.opens, 1);

        let mut play = resuming(&[]);
        let opens = play.opens;
        play.refuse("blade.connect", code, "stale").wait(0.0);
        assert_eq!(play.opens, opens + 1, "at once");
        play.feed(Input::Opened);
        assert!(play.last("blade.connect").1.get("sessionid").is_none());
        play.answer("blade.connect", opened("sess-9"));
        assert_eq!(play.last("setup").1, json!({}));
    }
}

#[test]
fn a_setup_that_fails_is_tried_afresh_and_one_without_address_is_no_login() {
    for inner in [true, false] {
        let mut play = resuming(&[]);
        play.answer("blade.connect", restored("sess-1"));
        if inner {
            play.answer("setup", json!({"code":"404","message":"no such protocol"}));
        } else {
            play.refuse("setup", -32003, "no such protocol");
        }
        play.wait(0.0).feed(Input::Opened);
        assert!(play.last("blade.connect").1.get("sessionid").is_none(), "{inner}");
    }
    for (step, result) in [
        ("setup", json!({})),
        ("setup", json!({"code":"500"})),
        ("blade.subscription", json!({"failed_channels":["x"]})),
    ] {
        let mut play = Play::blade(&[]);
        play.feed(Input::Connect).feed(Input::Opened).answer("blade.connect", opened("sess-1"));
        if step != "setup" {
            play.answer("setup", json!({"protocol":PROTOCOL}));
        }
        play.lines();
        play.answer(step, result);
        let lines = play.lines();
        assert!(lines[0].starts_with("close: ") && lines[1].starts_with("down: "), "{lines:?}");
        assert!(!matches!(play.session.link(), LinkState::Refused { .. }));
    }
}

#[test]
fn a_step_that_is_not_answered_is_given_up_in_time() {
    for steps in 0..3 {
        let mut play = Play::blade(&[]);
        play.feed(Input::Connect).feed(Input::Opened);
        if steps > 0 {
            play.answer("blade.connect", opened("sess-1"));
        }
        if steps > 1 {
            play.answer("setup", json!({"protocol":PROTOCOL}));
        }
        play.lines();
        play.wait(10.1);
        assert_eq!(play.lines()[0], "close: the service did not answer the login within 10 s", "{steps}");
    }
}

#[test]
fn what_names_the_session_is_a_secret() {
    let mut play = Play::up_blade();
    play.broadcast("calling.call.state", json!({"call_id":"c","call_state":"ringing","tag":"sess-1"}));
    play.submit("calling.play", play_params());
    play.answer("calling.play", json!({"code":"200","message":format!("for {PROTOCOL} of {TOKEN}")}));
    play.says(
        &json!({"id":"z","method":"blade.whatever","params":{"sessionid":"sess-1","protocol":PROTOCOL}}),
    );
    let all = play.everything();
    for secret in [PROTOCOL, "sess-1", TOKEN] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn an_event_is_read_back_from_what_is_kept_of_it() {
    let mut play = Play::up_blade();
    let body = json!({"call_id":"c","node_id":"n","call_state":"answered"});
    play.broadcast("calling.call.state", body.clone());
    let received = play.received()[0].clone();
    let read = callboard::client::Received::read(received.raw.clone(), received.now, false).unwrap();
    assert_eq!(
        (&read.event, &read.event_type, read.stamp),
        (&received.event, &received.event_type, received.stamp)
    );
    assert_eq!((read.body(), received.body()), (body.clone(), body));
    // A run that begins with it takes its copy for one.
    let mut next = Play::up_blade();
    next.session.remember(std::slice::from_ref(&received));
    next.lose("reset").wait(10.0);
    next.log_in_blade(restored("sess-1"), PROTOCOL).lines();
    next.feed(Input::Text(&received.raw.replace("<redacted>", PROTOCOL)));
    assert_eq!(next.lines(), ["event calling.call.state again"]);
}

#[test]
fn every_command_in_flight_ends_when_the_login_is_lost() {
    let mut play = Play::up_blade();
    for _ in 0..5 {
        play.submit("calling.play", play_params());
    }
    play.lines();
    play.lose("reset");
    let unknown = play
        .client_events()
        .into_iter()
        .filter(|event| matches!(event, ClientEvent::Outcome { outcome: Outcome::Unknown(_), .. }))
        .count();
    assert_eq!(unknown, 5);
}

/// A dial of one number in Blade, asked for.
fn begun() -> Floor {
    let mut floor = Floor::blade();
    floor.dial(&Dial::phone("+14155550100", "+12025550100"), "t1");
    assert_eq!(floor.dial_word("t1"), "requested");
    floor
}

fn started(floor: &mut Floor) -> &mut Floor {
    floor.says("calling.begin", json!({"code":"200","message":"Call started","call_id":"c","node_id":"n"}))
}

fn is(floor: &mut Floor, state: &str) {
    let mut body = json!({"call_id":"c","node_id":"n","tag":"t1","call_state":state});
    if state == "ended" {
        body["end_reason"] = "noAnswer".into();
    }
    floor.event("calling.call.state", body);
}

#[test]
fn a_dial_of_one_number_begins_a_call_and_is_known_by_its_answer() {
    let mut floor = begun();
    let asked = floor.play.last("calling.begin").1;
    assert_eq!(
        asked,
        json!({"tag":"t1","device":{"type":"phone",
            "params":{"to_number":"+14155550100","from_number":"+12025550100"}}})
    );
    started(&mut floor);
    assert_eq!(floor.dial_word("t1"), "dialing");
    let call = floor.call("c");
    assert_eq!(
        (call.state.as_str(), call.to.as_str(), call.tag.as_ref()),
        ("created", "+14155550100", Some(&"t1".into()))
    );
    assert_eq!((call.node.as_ref(), floor.model().live()), (Some(&"n".into()), 1));
    for (state, word) in
        [("created", "dialing"), ("ringing", "dialing"), ("answered", "answered c"), ("ended", "answered c")]
    {
        is(&mut floor, state);
        assert_eq!(floor.dial_word("t1"), word, "{state}");
    }
    assert_eq!(floor.model().live(), 0);
    let rebuilt = floor.rebuilt();
    assert_eq!(
        format!("{:?}", rebuilt.dial(&"t1".into()).unwrap().state),
        format!("{:?}", floor.dialed("t1").state)
    );
}

#[test]
fn a_begun_call_decides_its_dial_in_whatever_order_it_is_heard_of() {
    // The answer behind everything, or lost.
    for answered in [true, false] {
        let mut floor = begun();
        is(&mut floor, "created");
        is(&mut floor, "answered");
        assert_eq!(floor.dial_word("t1"), "answered c");
        if answered {
            started(&mut floor);
        }
        assert_eq!((floor.dial_word("t1"), floor.model().live()), ("answered c".into(), 1));
    }
    // Over before it was heard of at all: the answer brings nothing back.
    let mut floor = begun();
    is(&mut floor, "ended");
    assert_eq!(floor.dial_word("t1"), "failed noAnswer");
    started(&mut floor);
    assert_eq!((floor.dial_word("t1"), floor.model().live()), ("failed noAnswer".into(), 0));
    // Without its tag once it is known.
    let mut floor = begun();
    started(&mut floor).state("c", "ringing").state("c", "answered");
    assert_eq!(floor.dial_word("t1"), "answered c");
    let mut floor = begun();
    started(&mut floor).ended("c");
    assert_eq!(floor.dial_word("t1"), "failed hangup");
}

#[test]
fn a_begin_that_is_refused_has_failed_and_one_that_is_late_leaves_an_orphan() {
    let mut floor = begun();
    floor.says("calling.begin", json!({"code":"400","message":"Bad number"}));
    assert_eq!(floor.dial_word("t1"), "failed 400 Bad number");
    let mut floor = begun();
    started(&mut floor).live(130.0);
    is(&mut floor, "answered");
    assert!(floor.call("c").orphan.is_some(), "nobody waits for it any more");
}

#[test]
fn what_blade_has_no_word_for_is_refused_by_the_desk() {
    let mut floor = Floor::blade();
    floor.state("c", "answered");
    let error = floor.ask(&Collect::new("digits").digits_max(4), "k").unwrap_err();
    assert_eq!(error.to_string(), "the blade dialect of this connection does not know calling.collect");
    let error = floor.ask(&PlayTts::new("Hi").loops(2), "k").unwrap_err();
    assert_eq!(error.to_string(), "the blade dialect of this connection does not know loop of calling.play");
    floor.start(&Record::new(), "r");
    let error = floor.control("r", Control::Pause, None).unwrap_err();
    assert_eq!(error.to_string(), "the blade dialect of this connection does not know calling.record.pause");
    assert_eq!(floor.play.count("calling.record.pause") + floor.play.count("calling.collect"), 0);
}
