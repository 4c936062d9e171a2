//! Commands and their outcomes, pings, silence.

use callboard::client::session::{Input, limit};
use serde_json::json;

use crate::playbook::{PROTOCOL, Play, play_params};

#[test]
fn a_command_ends_in_what_the_service_says() {
    for (result, said) in [
        (json!({"code":"200","message":"Playing"}), "1 done"),
        (json!({"code":200}), "1 done"),
        (json!({"code":"201"}), "1 done"),
        (json!({}), "1 done"),
        (json!(null), "1 done"),
        (json!("fine"), "1 done"),
        (json!({"requester_nodeid":"a","result":{"code":"200"}}), "1 done"),
        (json!({"result":{"code":"409","message":"busy"}}), "1 refused 409 busy"),
        (json!({"code":"404","message":"Call does not exist"}), "1 refused 404 Call does not exist"),
        (json!({"code":"E_BAD","message":"odd"}), "1 refused E_BAD odd"),
        (json!({"code":"2000","message":"long"}), "1 refused 2000 long"),
    ] {
        let mut play = Play::up();
        play.submit("calling.play", play_params());
        play.answer("calling.play", result.clone());
        assert_eq!(play.reports(), [said], "{result}");
    }
    for (error, said) in [
        (json!({"code":-32601,"message":"no such method"}), "1 refused -32601 no such method"),
        (json!({"code":"-32601"}), "1 refused -32601 "),
        (json!("plain words"), "1 refused 0 plain words"),
        (json!(7), "1 refused 0 7"),
        (json!({}), "1 refused 0 "),
    ] {
        let mut play = Play::up();
        play.submit("calling.play", play_params());
        let id = play.last("calling.play").0;
        play.says(&json!({"id":id,"error":error}));
        assert_eq!(play.reports(), [said], "{error}");
    }
}

#[test]
fn a_slow_answer_concerns_its_own_command_only_and_settles_it_late() {
    let mut play = Play::up();
    play.submit("calling.play", play_params());
    play.wait(9.0).submit("calling.answer", json!({"call_id":"b"}));
    play.wait(1.0);
    assert_eq!(play.reports(), ["1 unknown: no answer within 10 s; it may have happened"]);
    play.answer("calling.answer", json!({"code":"200"}));
    assert_eq!(play.reports(), ["2 done"]);
    assert!(play.session.link().is_up(), "the link does not suffer for it");
    play.live(60.0).answer("calling.play", json!({"code":"200"}));
    assert!(play.reports().contains(&"1 done (untimed)".to_owned()));
    play.answer("calling.play", json!({"code":"200"}));
    assert_eq!(play.reports(), ["fault: an answer to no request of ours was passed over"]);
}

#[test]
fn answers_twice_to_nobody_or_with_odd_ids_cost_nothing() {
    let mut play = Play::up();
    play.submit("calling.play", play_params());
    play.answer("calling.play", json!({"code":"200"})).answer("calling.play", json!({"code":"500"}));
    assert_eq!(play.reports(), ["1 done", "fault: an answer to no request of ours was passed over"]);
    for id in
        [json!("nobody"), json!(7), json!(null), json!(["x"]), json!({"a":1}), json!(1.5e300), json!(true)]
    {
        play.says(&json!({"id":id,"result":{}})).says(&json!({"id":id,"error":{"code":1}}));
    }
    play.says(&json!({"result":{}}));
    let reports = play.reports();
    assert_eq!(reports.len(), 15);
    assert!(reports.iter().all(|line| line.starts_with("fault")));
    assert!(play.session.link().is_up());
}

#[test]
fn a_frame_with_both_answers_is_a_refusal_and_a_null_error_is_none() {
    let mut play = Play::up();
    play.submit("calling.play", play_params());
    let id = play.last("calling.play").0;
    play.says(&json!({"id":id,"result":{"code":"200"},"error":null}));
    play.submit("calling.play", play_params());
    let id = play.last("calling.play").0;
    play.says(&json!({"id":id,"result":null,"error":{"code":5,"message":"no"}}));
    assert_eq!(play.reports(), ["1 done", "2 refused 5 no"]);
}

#[test]
fn only_so_many_commands_are_in_flight() {
    let mut play = Play::up();
    for _ in 0..limit::IN_FLIGHT + 2 {
        play.submit("calling.play", play_params());
    }
    assert_eq!(play.count("calling.play"), limit::IN_FLIGHT);
    let refused = "too many commands are waiting for an answer; try again in a moment";
    assert_eq!(play.reports(), [257, 258].map(|ticket| format!("{ticket} not sent: {refused}")));
    play.answer("calling.play", json!({})).submit("calling.play", play_params());
    assert_eq!(play.reports(), ["256 done"]);
}

#[test]
fn a_command_that_no_socket_takes_at_once_is_not_sent() {
    let mut play = Play::up();
    play.submit("calling.play", json!({"text":"x".repeat(limit::COMMAND)}));
    assert_eq!(play.lines(), ["1 not sent: the command is larger than half a megabyte"]);
}

#[test]
fn a_lost_connection_tells_what_left_from_what_did_not_and_sends_neither_again() {
    let mut play = Play::up();
    play.submit("calling.play", play_params());
    play.submit("calling.record", json!({}));
    play.submit("calling.answer", json!({}));
    let unsent = [play.last("calling.record").0, play.last("calling.answer").0];
    play.lines();
    play.lose_unsent("reset", &[&unsent[0], &unsent[1]]);
    assert_eq!(
        play.reports(),
        [
            "1 unknown: the connection was lost before the answer came",
            "2 not sent: the connection was lost before it was sent",
            "3 not sent: the connection was lost before it was sent",
            "down: reset"
        ]
    );
    let sent = play.sent.len();
    play.wait(1.0).log_in(PROTOCOL).wait(30.0);
    let later: Vec<_> = play.sent[sent..].iter().map(|(_, frame)| frame["method"].clone()).collect();
    assert!(later.iter().all(|method| method.as_str().unwrap().starts_with("signalwire.")), "{later:?}");
    // An answer that comes over the next connection is nobody's.
    play.lines();
    play.answer("calling.play", json!({"code":"200"}));
    assert!(play.reports()[0].starts_with("fault"));
}

#[test]
fn what_is_submitted_offline_is_never_sent() {
    let mut play = Play::new(&[]);
    for step in 0..5 {
        match step {
            0 => {}
            1 => {
                play.feed(Input::Connect);
            }
            2 => {
                play.feed(Input::Opened);
            }
            3 => {
                play.lose("gone");
            }
            _ => {
                play.wait(1.0);
            }
        }
        play.submit("calling.play", play_params());
    }
    assert_eq!(play.reports().iter().filter(|line| line.contains("not sent: offline")).count(), 5);
    play.log_in(PROTOCOL).wait(60.0);
    assert_eq!(play.count("calling.play"), 0);
}

#[test]
fn server_pings_are_answered_whatever_they_carry() {
    let mut play = Play::up();
    play.says(&json!({"id":"p1","method":"signalwire.ping","params":{"timestamp":1.5,"payload":"x"}}));
    play.says(&json!({"id":"p2","method":"signalwire.ping"}));
    play.says(&json!({"id":3,"method":"signalwire.ping","params":[]}));
    play.says(&json!({"method":"signalwire.ping","params":{}}));
    assert_eq!(play.lines(), ["> ack \"p1\"", "> ack \"p2\"", "> ack 3"]);
}

#[test]
fn unknown_requests_are_refused_and_noted() {
    let mut play = Play::up();
    play.says(&json!({"id":"q","method":"signalwire.dance","params":{}}));
    assert_eq!(
        play.lines(),
        [
            "> error \"q\" -32601",
            "fault: the server asked for signalwire.dance, which callboard does not know"
        ]
    );
}

#[test]
fn a_dead_peer_is_noticed_within_twenty_seconds() {
    for heard_after in [0.0, 0.1, 7.0, 14.9, 15.0, 29.0] {
        let mut play = Play::up();
        for _ in 0..20 {
            play.wait(heard_after / 20.0).feed(Input::Alive);
        }
        play.lines();
        play.wait(19.9);
        assert!(play.session.link().is_up(), "patience, {heard_after}");
        play.wait(0.2);
        assert!(
            play.lines().contains(&"close: nothing was heard for 20 s".to_owned()),
            "{heard_after}: {:?}",
            play.session.link()
        );
    }
}

#[test]
fn any_sign_of_life_keeps_the_link() {
    type Sign = fn(&mut Play, u64);
    let signs: [Sign; 6] = [
        |play, _| {
            play.feed(Input::Alive);
        },
        |play, _| {
            play.feed(Input::NotText("binary, 3 bytes"));
        },
        |play, _| {
            play.feed(Input::Text("rubbish"));
        },
        |play, n| {
            play.event(&format!("e{n}"), "calling.call.hologram", json!({}));
        },
        |play, n| {
            play.says(&json!({"id":n,"method":"signalwire.ping"}));
        },
        |play, _| {
            play.says(&json!({"id":"stranger","result":{}}));
        },
    ];
    for sign in signs {
        let mut play = Play::up();
        for n in 0..20 {
            play.wait(19.0);
            sign(&mut play, n);
        }
        assert!(play.session.link().is_up());
    }
}

#[test]
fn our_pings_measure_the_way_and_a_late_one_is_no_fault() {
    let mut play = Play::up();
    play.wait(15.0).answer("signalwire.ping", json!({"timestamp":1.0}));
    assert_eq!(play.reports(), ["pong"]);
    play.wait(15.0);
    for _ in 0..2 {
        play.feed(Input::Alive).wait(6.0);
    }
    play.answer("signalwire.ping", json!({}));
    assert_eq!(play.reports(), Vec::<String>::new());
}

#[test]
fn silence_proves_nothing_while_nobody_reads() {
    let mut play = Play::up();
    let now = play.now();
    play.session.set_reading(false, now);
    play.wait(300.0);
    assert!(play.session.link().is_up());
    let now = play.now();
    play.session.set_reading(true, now);
    play.wait(19.0);
    assert!(play.session.link().is_up());
    play.wait(1.1);
    assert!(!play.session.link().is_up());
}

#[test]
fn contexts_that_were_taken_later_are_taken_again_after_a_gap() {
    let mut play = Play::new(&["support"]);
    play.feed(Input::Connect)
        .log_in(PROTOCOL)
        .submit("signalwire.receive", json!({"contexts":["sales","vip"]}));
    play.lines();
    play.answer("signalwire.receive", json!({"code":"200"}));
    assert_eq!(play.reports(), ["contexts sales support vip", "1 done"]);
    play.submit("signalwire.unreceive", json!({"contexts":["support"]}));
    play.answer("signalwire.unreceive", json!({"code":"200"}));
    play.submit("signalwire.receive", json!({"contexts":["gold"]}));
    play.answer("signalwire.receive", json!({"code":"402","message":"Payment required"}));
    assert_eq!(play.reports(), ["contexts sales vip", "2 done", "3 refused 402 Payment required"]);
    // A late yes is a yes.
    play.submit("signalwire.receive", json!({"contexts":["late"]}));
    play.wait(11.0).answer("signalwire.receive", json!({"code":"200"}));
    play.lose("reset").wait(1.0).feed(Input::Opened);
    assert_eq!(play.last("signalwire.connect").1["contexts"], json!(["late", "sales", "vip"]));
}
