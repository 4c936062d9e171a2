//! Sessions: login, contexts, who gets a call, resume and what it brings again, pings, dismissal.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{CALLER, Playbook, Stage, connect, with};
use crate::sim::{ClientId, Input};

fn resume(play: &Playbook, client: ClientId, result: &Value) -> Value {
    let state = play.bodies(client, "signalwire.authorization.state");
    with(
        &connect(&["support"]),
        &json!({"protocol": result["protocol"], "authorization_state": state[0]["authorization_state"]}),
    )
}

/// A client whose socket is lost while a call rings; the result of its login, and its resume request.
fn lost(scenario: &str) -> (Playbook, Value) {
    let mut play = Playbook::new(&format!("{CALLER}{scenario}"));
    let client = play.join();
    let result = play.ask(client, "signalwire.connect", &connect(&["support"]));
    play.wait(1.0);
    let resume = resume(&play, client, &result);
    play.acking = false;
    play.mark();
    play.stage(Stage::Arrive("caller".into()));
    play.wait(1.0);
    assert_eq!(play.events(client), ["0.00 receive created", "0.25 state ringing"]);
    play.input(Input::Left(client));
    let call_id = play.world.calls().next().unwrap().call_id.clone();
    play.stage(Stage::HangUp(call_id));
    play.wait(1.0);
    (play, resume)
}

fn frame_ids(play: &Playbook) -> Vec<String> {
    play.world.ledger().sent().map(|entry| entry.frame_id.clone()).collect()
}

#[test]
fn a_login_gets_an_address_and_then_its_authorization_state() {
    let mut play = Playbook::new("");
    let client = play.join();
    let result = play.ask(client, "signalwire.connect", &connect(&[]));
    let signature = result["authorization"]["signature"].as_str().unwrap();
    let protocol = result["protocol"].as_str().unwrap();
    assert!(protocol.starts_with(&format!("signalwire_{signature}_")), "{protocol}");
    assert_eq!(result["session_restored"], false);
    assert_eq!(result["authorization"]["project_id"], "proj-1");
    play.wait(1.0);
    assert_eq!(play.events(client), ["0.02 signalwire.authorization.state"]);
}

#[test]
fn events_of_a_gap_can_be_lost_while_those_before_it_come_again() {
    let (mut play, resume) = lost("[session]\ngap = 'lost'");
    let client = play.join();
    play.mark();
    play.ask(client, "signalwire.connect", &resume);
    play.wait(1.0);
    assert_eq!(play.events(client)[..2], ["0.01 receive created", "0.01 state ringing"]);
    assert!(!play.events(client).iter().any(|line| line.contains("end")), "{:?}", play.events(client));
}

#[test]
fn a_stray_control_and_a_call_that_is_gone_are_answered_as_the_scenario_has_it() {
    let code = |scenario: &str, ended: bool| {
        let mut play = Playbook::new(&format!("{CALLER}[calls]\n{scenario}"));
        let client = play.login(&["support"]);
        let call = play.answered(client);
        if ended {
            play.stage(Stage::HangUp(call["call_id"].as_str().unwrap().into()));
            play.wait(1.0);
        }
        let stray = with(&call, &json!({"control_id": "never-used"}));
        let answer = play.ask(client, "calling.play.stop", &stray);
        (answer["code"].as_str().unwrap().to_owned(), answer["message"].as_str().unwrap().to_owned())
    };
    let pair = |code: &str, text: &str| (code.to_owned(), text.to_owned());
    assert_eq!(code("", false), pair("404", "Control id not found"));
    assert_eq!(code("", true), pair("410", "Call has ended"));
    assert_eq!(code("stray_control = 'accepted'", false).0, "200");
    assert_eq!(code("stray_control = 'accepted'", true).0, "410");
    assert_eq!(code("gone = 'failure'", true), pair("500", "Internal error"));
    assert_eq!(code("gone = 'not-found'", true), pair("404", "Call does not exist"));
    assert_eq!(
        code("gone = 'not-found'\nstray_control = 'as-gone'", false),
        code("gone = 'not-found'", true)
    );
}

#[test]
fn without_a_login_nothing_else_is_answered() {
    let mut play = Playbook::new("");
    let client = play.join();
    assert_eq!(play.ask(client, "calling.dial", &json!({}))["code"], -32003);
    assert_eq!(play.ask(client, "signalwire.connect", &json!({"version": 2}))["code"], -32602);
    let nobody = with(&connect(&[]), &json!({"authentication": {}}));
    assert_eq!(play.ask(client, "signalwire.connect", &nobody)["code"], -32002);
}

#[test]
fn only_the_listed_credentials_are_good() {
    let mut play = Playbook::new("[login]\naccept = [{ project = 'p', token = 't' }]");
    let client = play.join();
    assert_eq!(play.ask(client, "signalwire.connect", &connect(&[]))["code"], -32002);
    let good = with(&connect(&[]), &json!({"authentication": {"project": "p", "token": "t"}}));
    assert!(play.ask(client, "signalwire.connect", &good)["protocol"].is_string());
    assert_eq!(play.world.ledger().counts.refused_logins, 1);
}

#[test]
fn an_inbound_call_is_offered_to_one_consumer_of_its_context_in_turn() {
    let mut play = Playbook::new(CALLER);
    let (one, two) = (play.login(&["support"]), play.login(&["support"]));
    let other = play.login(&["sales"]);
    play.wait(1.0);
    for _ in 0..4 {
        play.stage(Stage::Arrive("caller".into()));
    }
    let count = |client| play.bodies(client, "calling.call.receive").len();
    assert_eq!((count(one), count(two), count(other)), (2, 2, 0));
    let receive = &play.bodies(one, "calling.call.receive")[0];
    assert_eq!((&receive["context"], &receive["call_state"]), (&json!("support"), &json!("created")));
    for field in ["node_id", "segment_id", "tag", "direction", "device", "start_time", "created_by"] {
        assert!(!receive[field].is_null(), "{field}");
    }
}

#[test]
fn a_passed_call_keeps_ringing_at_the_next_consumer() {
    let mut play = Playbook::new(CALLER);
    let (one, two) = (play.login(&["support"]), play.login(&["support"]));
    play.wait(1.0);
    play.stage(Stage::Arrive("caller".into()));
    play.wait(1.0);
    let (call_id, node_id) = play.newest();
    let on = json!({"call_id": call_id, "node_id": node_id});
    assert_eq!(play.ask(two, "calling.answer", &on)["code"], "409", "it is the other one's");
    play.mark();
    let passed = play.ask(one, "calling.pass", &on);
    assert_eq!((&passed["code"], &passed["call_id"]), (&json!("200"), &json!(call_id)));
    assert_eq!(play.events(two), ["0.00 receive ringing"]);
    assert_eq!(play.ask(one, "calling.answer", &on)["code"], "409");
    assert_eq!(play.ask(two, "calling.answer", &on)["code"], "200");
    assert_eq!(play.events(two), ["0.00 receive ringing", "0.00 state answered"]);
    assert_eq!(play.events(one), Vec::<String>::new());
}

#[test]
fn a_call_nobody_takes_waits_for_a_subscription_and_gives_up_in_the_end() {
    let mut play = Playbook::new(CALLER);
    let client = play.login(&[]);
    play.wait(1.0);
    play.stage(Stage::Arrive("caller".into()));
    play.wait(50.0);
    play.mark();
    let asked = play.ask(client, "signalwire.receive", &json!({"contexts": ["support"]}));
    assert_eq!(asked, json!({"code": "200", "message": "Receiving events"}));
    play.wait(20.0);
    assert_eq!(play.events(client), ["0.00 receive ringing", "10.00 state ending", "10.18 state ended"]);
    assert_eq!(play.bodies(client, "calling.call.state")[1]["end_reason"], "abandoned");
    play.ask(client, "signalwire.unreceive", &json!({"contexts": ["support"]}));
    play.mark();
    play.stage(Stage::Arrive("caller".into()));
    assert_eq!(play.events(client), Vec::<String>::new());
}

#[test]
fn an_unpaid_context_is_refused_by_402() {
    let mut play = Playbook::new("[session]\nunpaid = ['gold']");
    let client = play.login(&[]);
    let refused = play.ask(client, "signalwire.receive", &json!({"contexts": ["gold"]}));
    assert_eq!(refused, json!({"code": "402", "message": "Payment required"}));
    assert_eq!(play.ask(client, "signalwire.receive", &json!([]))["code"], "400");
}

#[test]
fn a_resume_brings_what_was_not_acknowledged_under_the_same_ids() {
    let (mut play, resume) = lost("");
    let ids = frame_ids(&play);
    play.mark();
    let again = play.join();
    let result = play.ask(again, "signalwire.connect", &resume);
    assert_eq!((&result["session_restored"], &result["protocol"]), (&json!(true), &resume["protocol"]));
    play.acking = true;
    play.wait(1.0);
    assert_eq!(
        play.events(again),
        [
            "0.01 receive created",
            "0.01 state ringing",
            "0.01 state ending",
            "0.01 state ended",
            "0.02 signalwire.authorization.state",
        ]
    );
    assert_eq!(frame_ids(&play)[..ids.len()], ids, "the same frames");
    let sends: Vec<_> = play.world.ledger().sent().skip(1).map(|entry| (entry.sends, entry.acks)).collect();
    assert_eq!(sends, [(2, 1), (2, 1), (1, 1), (1, 1), (1, 1)]);
    assert_eq!(play.world.ledger().unacked().count(), 0);
}

#[test]
fn by_scenario_the_ids_are_new_or_nothing_comes_again() {
    let (mut play, resume) = lost("[session]\nresend = 'new-id'");
    let ids = frame_ids(&play);
    let again = play.join();
    play.ask(again, "signalwire.connect", &resume);
    play.wait(1.0);
    let renamed = frame_ids(&play).iter().zip(&ids).filter(|(new, old)| new != old).count();
    assert_eq!(renamed, 2, "those that were out before");

    let (mut play, resume) = lost("[session]\nresend = 'nothing'");
    play.mark();
    let again = play.join();
    play.ask(again, "signalwire.connect", &resume);
    play.wait(1.0);
    assert_eq!(play.events(again), ["0.02 signalwire.authorization.state"]);
}

#[test]
fn stale_session_data_is_refused_or_ignored_and_sessions_do_not_last_for_ever() {
    let (mut play, resume) = lost("");
    let stale = with(&resume, &json!({"authorization_state": "b2xk:b2xk"}));
    let again = play.join();
    assert_eq!(play.ask(again, "signalwire.connect", &stale)["code"], -32003);
    play.wait(400.0);
    assert_eq!(play.ask(again, "signalwire.connect", &resume)["code"], -32003, "it has expired");

    let (mut play, resume) = lost("[login]\nstale = 'ignore'");
    let stale = with(&resume, &json!({"authorization_state": "b2xk:b2xk"}));
    let again = play.join();
    let result = play.ask(again, "signalwire.connect", &stale);
    assert_eq!(result["session_restored"], false);
    assert_ne!(result["protocol"], resume["protocol"]);
}

#[test]
fn a_resume_takes_the_session_from_whoever_has_it() {
    let mut play = Playbook::new(CALLER);
    let one = play.join();
    let result = play.ask(one, "signalwire.connect", &connect(&["support"]));
    play.wait(1.0);
    let resume = resume(&play, one, &result);
    let two = play.join();
    assert_eq!(play.ask(two, "signalwire.connect", &resume)["session_restored"], true);
    assert_eq!(play.others(one), ["close 1000"]);
}

#[test]
fn the_server_pings_and_answers_pings() {
    let mut play = Playbook::new("");
    let client = play.login(&[]);
    play.wait(24.0);
    assert_eq!(play.others(client), ["signalwire.ping"; 3]);
    let pong = play.ask(client, "signalwire.ping", &json!({"payload": "x"}));
    assert_eq!((&pong["payload"], pong["timestamp"].is_f64()), (&json!("x"), true));
    assert_eq!(play.ask(client, "signalwire.levitate", &json!({}))["code"], -32601);
    assert_eq!(play.ask(client, "calling.levitate", &json!({}))["code"], -32601);
}

#[test]
fn a_dismissed_client_may_come_back_to_its_session_unless_it_is_a_restart() {
    for (restart, restored) in [(false, true), (true, false)] {
        let mut play = Playbook::new("[login]\nstale = 'ignore'");
        let client = play.join();
        let result = play.ask(client, "signalwire.connect", &connect(&["support"]));
        play.wait(1.0);
        let resume = resume(&play, client, &result);
        play.mark();
        play.stage(Stage::Disconnect { restart });
        play.wait(1.0);
        assert_eq!(play.others(client), ["signalwire.disconnect", "close 1000"]);
        play.input(Input::Left(client));
        let again = play.join();
        assert_eq!(play.ask(again, "signalwire.connect", &resume)["session_restored"], restored);
    }
}

#[test]
fn a_client_that_promised_no_acks_is_sent_nothing_twice() {
    let mut play = Playbook::new(CALLER);
    let client = play.join();
    let result =
        play.ask(client, "signalwire.connect", &with(&connect(&["support"]), &json!({"event_acks": false})));
    play.acking = false;
    play.wait(1.0);
    let resume = resume(&play, client, &result);
    play.input(Input::Left(client));
    play.mark();
    let again = play.join();
    play.ask(again, "signalwire.connect", &resume);
    play.wait(1.0);
    assert_eq!(play.events(again), ["0.02 signalwire.authorization.state"]);
}
