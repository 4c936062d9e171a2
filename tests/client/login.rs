//! Login, resume, refusal, loss and the way back.

use callboard::client::session::Input;
use callboard::client::{Credentials, LinkState};
use callboard::protocol::Secret;
use serde_json::{Value, json};

use crate::playbook::{PROJECT, PROTOCOL, Play, STATE, TOKEN};

fn attempt(play: &Play) -> Value {
    play.last("signalwire.connect").1
}

/// A session with everything a resume needs, whose connection was lost and whose next socket is being opened.
fn resuming() -> Play {
    let mut play = Play::new(&["support"]);
    play.feed(Input::Connect).log_in(PROTOCOL);
    play.event("e1", "signalwire.authorization.state", json!({"authorization_state": STATE}));
    play.live(61.0).lose("reset").wait(1.0).lines();
    play.feed(Input::Opened);
    play
}

#[test]
fn a_login_says_who_we_are_and_nothing_of_a_session_we_do_not_have() {
    let mut play = Play::new(&["sales", "support"]);
    play.feed(Input::Connect).feed(Input::Opened);
    assert_eq!(
        attempt(&play),
        json!({"version":{"major":2,"minor":0,"revision":0},
            "agent":concat!("callboard/", env!("CARGO_PKG_VERSION")),"event_acks":true,
            "authentication":{"project":PROJECT,"token":TOKEN},"contexts":["sales","support"]})
    );
    play.answer("signalwire.connect", json!({"protocol":PROTOCOL}));
    assert_eq!(
        play.lines(),
        [
            "opening",
            "open",
            "authenticating",
            "> signalwire.connect",
            "up restored=true gaps=0",
            "contexts sales support"
        ]
    );
}

#[test]
fn contexts_are_left_out_when_there_are_none_and_a_jwt_goes_alone() {
    let mut play = Play::with(Credentials::Jwt { project: None, jwt: Secret::new("ey.jwt") }, &[]);
    play.feed(Input::Connect).feed(Input::Opened);
    let params = attempt(&play);
    assert_eq!(params["authentication"], json!({"jwt_token":"ey.jwt"}));
    assert!(params.get("contexts").is_none());
}

#[test]
fn a_result_of_any_shape_logs_in_without_a_session_to_resume() {
    for result in
        [json!(null), json!({}), json!([]), json!("ok"), json!({"protocol":""}), json!({"protocol":7})]
    {
        let mut play = Play::new(&[]);
        play.feed(Input::Connect).feed(Input::Opened).answer("signalwire.connect", result.clone());
        assert!(play.session.link().is_up(), "{result}");
    }
}

#[test]
fn refused_credentials_end_it_until_somebody_asks() {
    for code in [-32002, -32003, -32602] {
        let mut play = Play::new(&[]);
        play.feed(Input::Connect).feed(Input::Opened).refuse("signalwire.connect", code, "no entry");
        assert!(matches!(play.session.link(), LinkState::Refused { .. }), "{code}");
        assert_eq!(play.reports().last().unwrap(), "refused: no entry");
        play.wait(3_600.0);
        assert_eq!((play.opens, play.lines()), (1, vec![]));
        play.feed(Input::Connect);
        assert_eq!(play.opens, 2);
    }
}

#[test]
fn credentials_refused_after_a_success_end_it_too() {
    let mut play = Play::up();
    play.live(61.0).lose("reset").wait(1.0).feed(Input::Opened).refuse("signalwire.connect", -32002, "no");
    // Once without the stored session, in case that was it.
    play.wait(0.0).feed(Input::Opened);
    assert!(attempt(&play).get("protocol").is_none());
    play.refuse("signalwire.connect", -32002, "no").wait(3_600.0);
    assert!(matches!(play.session.link(), LinkState::Refused { .. }));
    assert_eq!(play.opens, 3);
}

#[test]
fn a_resume_sends_the_session_the_state_and_the_contexts() {
    let play = resuming();
    let params = attempt(&play);
    assert_eq!((&params["protocol"], &params["authorization_state"]), (&json!(PROTOCOL), &json!(STATE)));
    assert_eq!(params["contexts"], json!(["support"]));
}

#[test]
fn the_same_protocol_is_a_resumed_session_and_another_is_not() {
    let mut play = resuming();
    play.answer("signalwire.connect", json!({"protocol":PROTOCOL,"session_restored":true}));
    assert!(play.reports().contains(&"up restored=true gaps=1".to_owned()));
    let mut play = resuming();
    play.answer("signalwire.connect", json!({"protocol":"signalwire_5c0ffee5_77de"}));
    assert!(play.reports().contains(&"up restored=false gaps=1".to_owned()));
    // The state belonged to the session that is no more.
    play.live(61.0).lose("reset").wait(1.0).feed(Input::Opened);
    let params = attempt(&play);
    assert_eq!(params["protocol"], "signalwire_5c0ffee5_77de");
    assert!(params.get("authorization_state").is_none());
}

#[test]
fn stale_session_data_cost_one_fresh_retry_without_waiting() {
    for code in [-32003, -32002, -32602] {
        let mut play = resuming();
        play.refuse("signalwire.connect", code, "Requester validation failed").wait(0.0);
        assert_eq!(play.opens, 3, "{code}: at once");
        play.feed(Input::Opened);
        let params = attempt(&play);
        assert!(params.get("protocol").is_none() && params.get("authorization_state").is_none());
        assert_eq!(params["contexts"], json!(["support"]));
        play.answer("signalwire.connect", json!({"protocol":"signalwire_new_1"}));
        assert!(play.session.link().is_up());
    }
}

#[test]
fn the_servers_own_failures_lead_to_patient_retries() {
    for code in [-32603, -32000, 0, 500] {
        let mut play = Play::new(&[]);
        play.feed(Input::Connect);
        let end = 60;
        for _ in 0..end {
            play.wait(1.0);
            if matches!(play.session.link(), LinkState::Opening { .. }) {
                play.feed(Input::Opened).refuse("signalwire.connect", code, "Internal error");
            }
        }
        assert!((4..=12).contains(&play.opens), "{code}: {} connects in {end} s", play.opens);
        assert!(play.reports().iter().any(|line| line.contains("Internal error")), "the words are kept");
    }
}

#[test]
fn a_mute_login_is_given_up_after_ten_seconds_and_tried_again() {
    let mut play = Play::new(&[]);
    play.feed(Input::Connect).feed(Input::Opened).wait(9.9);
    assert_eq!(play.session.link().word(), "authenticating");
    play.lines();
    play.wait(0.2);
    let said = "the service did not answer the login within 10 s";
    assert_eq!(play.lines()[..2], [format!("close: {said}"), format!("down: {said}")]);
    play.wait(1.0);
    assert_eq!(play.opens, 2);
}

#[test]
fn a_close_before_the_answer_is_no_refusal() {
    let mut play = Play::new(&[]);
    play.feed(Input::Connect).feed(Input::Opened).lose("closed early");
    assert_eq!(play.session.link().word(), "down");
    play.wait(1.0);
    assert_eq!(play.opens, 2);
}

#[test]
fn a_connection_that_held_is_found_again_at_once() {
    let mut play = Play::up();
    for _ in 0..20 {
        play.lose("reset").wait(15.1);
        play.log_in(PROTOCOL);
    }
    // Long flapping made it patient; a minute of peace makes it quick again, however that minute ends.
    for end in ["reset", "drain"] {
        play.live(61.0);
        if end == "drain" {
            play.says(&json!({"id":"d","method":"signalwire.disconnect","params":{}}));
        }
        play.lose("reset").wait(0.5);
        assert_eq!(play.session.link().word(), "opening", "{end}");
        play.log_in(PROTOCOL);
    }
}

#[test]
fn a_disconnect_notice_is_answered_and_nothing_is_sent_any_more() {
    let mut play = Play::up();
    play.says(
        &json!({"jsonrpc":"2.0","id":"d1","method":"signalwire.disconnect","params":{"restart":false}}),
    );
    play.submit("calling.answer", json!({"call_id":"c"}));
    assert_eq!(
        play.lines(),
        ["> ack \"d1\"", "draining", "1 not sent: offline: the server is restarting, reconnecting soon"]
    );
    play.lose("the service closed the connection").wait(1.0).feed(Input::Opened);
    assert_eq!(attempt(&play)["protocol"], PROTOCOL);
}

#[test]
fn a_disconnect_notice_with_restart_makes_a_fresh_session() {
    for restart in [json!(true), json!("true")] {
        let mut play = Play::up();
        play.says(&json!({"id":"d1","method":"signalwire.disconnect","params":{"restart":restart}}));
        play.lose("closed").wait(1.0).feed(Input::Opened);
        assert!(attempt(&play).get("protocol").is_none());
    }
}

#[test]
fn a_server_that_does_not_close_after_its_notice_is_left() {
    let mut play = Play::up();
    // Saying it again and again buys no time.
    for id in 0..4 {
        play.says(&json!({"id":id,"method":"signalwire.disconnect"})).wait(1.0);
    }
    assert_eq!(play.session.link().word(), "draining");
    play.wait(1.1);
    assert!(play.lines().contains(&"close: the server asked us to reconnect".to_owned()));
}

#[test]
fn a_notice_during_the_login_stands_whatever_the_login_says() {
    let mut play = Play::new(&[]);
    play.feed(Input::Connect).feed(Input::Opened);
    play.says(&json!({"id":"d1","method":"signalwire.disconnect"}));
    play.answer("signalwire.connect", json!({"protocol":PROTOCOL}));
    assert_eq!(play.session.link().word(), "draining");
}

#[test]
fn reconnect_now_does_not_wait_and_does_nothing_when_there_is_nothing_to_do() {
    let mut play = Play::up();
    play.feed(Input::Connect);
    assert_eq!(play.lines(), Vec::<String>::new());
    for _ in 0..9 {
        play.lose("no route");
        play.feed(Input::Connect);
        assert_eq!(play.session.link().word(), "opening");
        play.feed(Input::Connect);
    }
    assert_eq!(play.opens, 10);
}

#[test]
fn closed_for_good_is_for_good() {
    let mut play = Play::up();
    play.submit("calling.answer", json!({}));
    play.submit("calling.answer", json!({}));
    let unsent = play.last("calling.answer").0.as_str().into();
    play.lines();
    play.feed(Input::Shutdown { unsent: vec![unsent] });
    assert_eq!(
        play.lines(),
        [
            "1 unknown: the connection was closed",
            "2 not sent: the connection was lost before it was sent",
            "closed"
        ]
    );
    play.feed(Input::Connect).feed(Input::Opened).wait(100.0).submit("calling.answer", json!({}));
    assert_eq!(play.lines(), ["3 not sent: offline: the connection is closed"]);
}
