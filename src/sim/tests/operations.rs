//! Operations: each one's complete series of events, its control, and its end with the call.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{CALLER, Playbook, Stage, with};
use crate::protocol::id::CallId;
use crate::sim::ClientId;

/// An answered call, and what the far end of it is like.
fn on_call(party: &str) -> (Playbook, ClientId, Value) {
    let mut play = Playbook::new(&format!("{CALLER}{party}"));
    let client = play.login(&["support"]);
    play.wait(1.0);
    let on = play.answered(client);
    (play, client, with(&on, &json!({"control_id": "k"})))
}

/// An answered outbound call to this party, one second after its answer.
fn on_dialled(party: &str) -> (Playbook, ClientId, Value) {
    let scenario =
        format!("[parties.called]\nafter = 1.0\n{party}\n[[number]]\nmatch = '*'\nparty = 'called'");
    let mut play = Playbook::new(&scenario);
    let client = play.login(&[]);
    let device =
        json!({"type": "phone", "params": {"from_number": "+12025550100", "to_number": "+12025550140"}});
    play.ask(client, "calling.dial", &json!({"tag": "t", "devices": [[device]]}));
    play.wait_for(client, "state answered");
    let (call_id, node_id) = play.newest();
    play.mark();
    (play, client, json!({"call_id": call_id, "node_id": node_id, "control_id": "k"}))
}

/// The events without the dial's own last word, which follows the answer.
fn heard_by(play: &Playbook, client: ClientId) -> Vec<String> {
    play.events(client).into_iter().filter(|line| !line.ends_with("dial answered")).collect()
}

fn id_of(on: &Value) -> CallId {
    on["call_id"].as_str().unwrap().into()
}

fn accepted(play: &mut Playbook, client: ClientId, method: &str, params: &Value) -> Value {
    let result = play.ask(client, method, params);
    assert_eq!(result["code"], "200", "{method}: {result}");
    assert_eq!(result["control_id"], params["control_id"], "{method}");
    assert_eq!(result["call_id"], params["call_id"], "{method}");
    result
}

fn tts(seconds: usize) -> Value {
    json!([{"type": "tts", "params": {"text": "x".repeat(seconds * 14)}}])
}

#[test]
fn a_play_plays_as_long_as_its_text_and_honours_its_controls() {
    let (mut play, client, on) = on_call("");
    let asked = with(&on, &json!({"play": tts(4)}));
    accepted(&mut play, client, "calling.play", &asked);
    assert_eq!(play.ask(client, "calling.play", &asked)["code"], "409", "the control id is taken");
    play.wait(1.0);
    accepted(&mut play, client, "calling.play.pause", &on);
    play.wait(10.0);
    accepted(&mut play, client, "calling.play.volume", &with(&on, &json!({"volume": 4.5})));
    accepted(&mut play, client, "calling.play.resume", &on);
    play.wait(10.0);
    assert_eq!(
        play.events(client),
        ["0.12 play playing", "1.04 play paused", "11.04 play playing", "14.42 play finished"]
    );
    assert_eq!(play.ask(client, "calling.play.stop", &on)["code"], "404", "too late");
    let event = play.bodies(client, "calling.call.play").pop().unwrap();
    assert_eq!(event, with(&on, &json!({"state": "finished"})));
}

#[test]
fn a_stopped_play_finishes_and_never_before_it_began() {
    let (mut play, client, on) = on_call("");
    accepted(&mut play, client, "calling.play", &with(&on, &json!({"play": tts(30), "loop": 0})));
    accepted(&mut play, client, "calling.play.stop", &on);
    accepted(&mut play, client, "calling.play.stop", &on);
    play.wait(1.0);
    assert_eq!(play.events(client), ["0.12 play playing", "0.16 play finished"]);
}

#[test]
fn a_play_repeats_and_an_unreachable_file_is_an_error() {
    let (mut play, client, on) = on_call("");
    let silence = json!([{"type": "silence", "params": {"duration": 1.5}}]);
    accepted(&mut play, client, "calling.play", &with(&on, &json!({"play": silence, "loop": 3})));
    play.wait(5.0);
    assert_eq!(play.events(client), ["0.12 play playing", "4.62 play finished"]);
    play.mark();
    let lost = json!([{"type": "audio", "params": {"url": "https://media.invalid/a.mp3"}}]);
    accepted(&mut play, client, "calling.play", &with(&on, &json!({"play": lost})));
    play.wait(5.0);
    assert_eq!(play.events(client), ["0.92 play error"]);
}

#[test]
fn a_recording_tells_its_address_and_leaves_skipped_pauses_out() {
    let (mut play, client, on) = on_call("");
    let audio =
        json!({"format": "wav", "direction": "both", "initial_timeout": 0.0, "end_silence_timeout": 0.0});
    let asked = with(&on, &json!({"record": {"audio": audio}}));
    let url = accepted(&mut play, client, "calling.record", &asked)["url"].clone();
    assert_eq!(url, "https://files.example.com/rec/k.wav");
    play.wait(10.12);
    accepted(&mut play, client, "calling.record.pause", &with(&on, &json!({"behavior": "skip"})));
    play.wait(5.0);
    accepted(&mut play, client, "calling.record.resume", &on);
    play.wait(2.0);
    accepted(&mut play, client, "calling.record.pause", &with(&on, &json!({"behavior": "silence"})));
    play.wait(3.0);
    accepted(&mut play, client, "calling.record.stop", &on);
    play.wait(1.0);
    assert_eq!(
        play.events(client),
        [
            "0.12 record recording",
            "10.16 record paused",
            "15.16 record recording",
            "17.16 record paused",
            "20.16 record finished",
        ]
    );
    let bodies = play.bodies(client, "calling.call.record");
    assert!(bodies.iter().all(|body| body["url"] == url), "in every event");
    let done = bodies.last().unwrap();
    assert_eq!((&done["duration"], &done["size"]), (&json!(15.04), &json!(240_684)));
}

#[test]
fn with_the_services_defaults_a_recording_ends_by_itself() {
    let (mut play, client, on) = on_call("");
    accepted(&mut play, client, "calling.record", &with(&on, &json!({"record": {"audio": {}}})));
    play.wait(12.0);
    let last = play.bodies(client, "calling.call.record").pop().unwrap();
    assert_eq!(last["state"], "finished", "at the first silence");
    play.mark();
    accepted(&mut play, client, "calling.record", &with(&on, &json!({"record": {"audio": {}}})));
    play.stage(Stage::Press(id_of(&on), "1#".into()));
    play.wait(1.0);
    assert_eq!(play.events(client), ["0.12 record recording", "0.20 record finished"], "by the key");

    let (mut play, client, on) = on_dialled("greeting = 0.0");
    accepted(&mut play, client, "calling.record", &with(&on, &json!({"record": {"audio": {}}})));
    play.wait(6.0);
    assert_eq!(heard_by(&play, client), ["0.12 record recording", "5.12 record no_input"]);
}

fn detect(kind: &str, params: &Value, more: &Value) -> Value {
    with(&json!({"detect": {"type": kind, "params": params}}), more)
}

#[test]
fn detectors_know_people_machines_and_faxes() {
    for (party, asked, heard) in [
        ("", detect("machine", &json!({}), &json!({})), vec!["2.00 detect HUMAN", "2.10 detect finished"]),
        (
            "answers = 'machine'\ngreeting = 8.0",
            detect("machine", &json!({}), &json!({})),
            vec!["1.60 detect MACHINE", "8.50 detect READY", "8.60 detect finished"],
        ),
        (
            "answers = 'machine'\ngreeting = 8.0\nbeep = false",
            detect("machine", &json!({"machine_ready_timeout": 1.5}), &json!({})),
            vec!["1.60 detect MACHINE", "9.50 detect READY", "9.60 detect finished"],
        ),
        (
            "answers = 'machine'\ngreeting = 9.0\nbeep = false\nhalts = 3.0",
            detect("machine", &json!({"detect_interruptions": true}), &json!({"timeout": 20.0})),
            vec![
                "1.60 detect MACHINE",
                "4.00 detect READY",
                "5.00 detect NOT_READY",
                "10.00 detect READY",
                "20.00 detect finished",
            ],
        ),
        (
            "answers = 'machine'\ngreeting = 8.0",
            detect("machine", &json!({"detect_message_end": false}), &json!({})),
            vec!["1.60 detect MACHINE", "1.70 detect finished"],
        ),
        (
            "greeting = 0.0",
            detect("machine", &json!({"initial_timeout": 3.0}), &json!({})),
            vec!["3.00 detect UNKNOWN", "3.10 detect finished"],
        ),
        ("", detect("machine", &json!({}), &json!({"timeout": 1.0})), vec!["1.00 detect finished"]),
        (
            "answers = 'fax'",
            detect("fax", &json!({"tone": "CED"}), &json!({})),
            vec!["2.40 detect CED", "2.50 detect finished"],
        ),
        (
            "answers = 'fax'",
            detect("fax", &json!({"tone": "CNG"}), &json!({})),
            vec!["30.00 detect finished"],
        ),
    ] {
        let (mut play, client, on) = on_dialled(party);
        accepted(&mut play, client, "calling.detect", &with(&on, &asked));
        play.wait(40.0);
        assert_eq!(heard_by(&play, client), heard, "{party} {asked}");
        let beeps = play
            .bodies(client, "calling.call.detect")
            .iter()
            .filter(|body| body["detect"]["params"]["beep"] == true)
            .count();
        assert_eq!(beeps, usize::from(heard.contains(&"8.50 detect READY")), "{party}");
    }
}

#[test]
fn a_digit_detector_reports_its_keys_until_it_is_stopped() {
    let (mut play, client, on) = on_call("");
    accepted(
        &mut play,
        client,
        "calling.detect",
        &with(&on, &detect("digit", &json!({"digits": "123"}), &json!({}))),
    );
    play.stage(Stage::Press(id_of(&on), "193".into()));
    play.wait(2.0);
    accepted(&mut play, client, "calling.detect.stop", &on);
    play.wait(1.0);
    assert_eq!(play.events(client), ["0.00 detect 1", "0.40 detect 3", "2.04 detect finished"]);
}

fn prompt(on: &Value, collect: &Value) -> Value {
    with(on, &json!({"play": tts(2), "collect": collect}))
}

const REPLIES: &str = "[[parties.still.replies]]\nafter = 1.0\ndigits = '2468#'\nsays = 'order status'";

#[test]
fn a_prompt_plays_and_takes_keys_or_words() {
    for (collect, result, at) in [
        (
            json!({"digits": {"max": 8, "terminators": "#"}}),
            json!({"type": "digit", "params": {"digits": "2468", "terminator": "#"}}),
            "5.02 collect digit",
        ),
        (
            json!({"digits": {"max": 2}}),
            json!({"type": "digit", "params": {"digits": "24", "terminator": ""}}),
            "3.82 collect digit",
        ),
        (
            json!({"digits": {"max": 8, "digit_timeout": 2.0}}),
            json!({"type": "digit", "params": {"digits": "2468#", "terminator": ""}}),
            "7.02 collect digit",
        ),
        (
            json!({"digits": {"max": 8, "min": 5, "terminators": "#"}}),
            json!({"type": "no_match"}),
            "5.02 collect no_match",
        ),
    ] {
        let (mut play, client, on) = on_call(REPLIES);
        accepted(&mut play, client, "calling.play_and_collect", &prompt(&on, &collect));
        accepted(&mut play, client, "calling.play_and_collect.volume", &with(&on, &json!({"volume": 1})));
        play.wait(20.0);
        assert_eq!(play.events(client), ["0.12 play playing", "2.42 play finished", at]);
        let body = play.bodies(client, "calling.call.collect").pop().unwrap();
        assert_eq!((&body["result"], &body["final"]), (&result, &json!(true)));
    }
    let (mut play, client, on) = on_call(REPLIES);
    accepted(
        &mut play,
        client,
        "calling.play_and_collect",
        &prompt(&on, &json!({"speech": {"end_silence_timeout": 0.5}})),
    );
    play.wait(20.0);
    let body = play.bodies(client, "calling.call.collect").pop().unwrap();
    assert_eq!(
        (&body["result"]["type"], &body["result"]["params"]["text"]),
        (&json!("speech"), &json!("order status"))
    );
    assert!(body["result"]["params"]["confidence"].as_f64().unwrap() > 50.0);
}

#[test]
fn a_prompt_nobody_answers_ends_without_input_and_a_key_cuts_it_short() {
    let (mut play, client, on) = on_call("");
    let collect = json!({"initial_timeout": 3.0, "digits": {"max": 4}});
    accepted(&mut play, client, "calling.play_and_collect", &prompt(&on, &collect));
    play.wait(20.0);
    assert_eq!(play.events(client), ["0.12 play playing", "2.42 play finished", "5.42 collect no_input"]);
    play.mark();
    accepted(&mut play, client, "calling.play_and_collect", &prompt(&on, &collect));
    play.wait(1.0);
    play.stage(Stage::Press(id_of(&on), "1234".into()));
    play.wait(1.0);
    assert_eq!(play.events(client), ["0.12 play playing", "1.00 play finished", "1.60 collect digit"]);
    play.mark();
    accepted(&mut play, client, "calling.play_and_collect", &prompt(&on, &collect));
    play.wait(1.0);
    accepted(&mut play, client, "calling.play_and_collect.stop", &on);
    play.wait(1.0);
    assert_eq!(play.events(client), ["0.12 play playing", "1.04 play finished", "1.04 collect no_input"]);
}

#[test]
fn a_collect_has_partial_results_and_a_timer_that_waits_to_be_started() {
    let (mut play, client, on) = on_call("");
    let asked = json!({"partial_results": true, "send_start_of_input": true, "initial_timeout": 2.0,
        "speech": {"end_silence_timeout": 1.0}});
    accepted(&mut play, client, "calling.collect", &with(&on, &asked));
    play.wait(10.0);
    assert_eq!(play.events(client), Vec::<String>::new(), "no timer runs");
    play.stage(Stage::Say(id_of(&on), "where is my order number seven".into()));
    play.wait(10.0);
    assert_eq!(
        play.events(client),
        [
            "10.00 collect start_of_input",
            "10.86 collect speech",
            "11.61 collect speech",
            "13.14 collect speech",
        ]
    );
    let texts: Vec<_> = play
        .bodies(client, "calling.call.collect")
        .iter()
        .map(|body| (body["final"].clone(), body["result"]["params"]["text"].clone()))
        .collect();
    assert_eq!(texts[1], (json!(false), json!("where is my")));
    assert_eq!(texts[3], (json!(true), json!("where is my order number seven")));
    play.mark();
    accepted(&mut play, client, "calling.collect", &with(&on, &asked));
    accepted(&mut play, client, "calling.collect.start_input_timers", &on);
    play.wait(5.0);
    assert_eq!(play.events(client), ["2.00 collect no_input"]);
}

#[test]
fn a_continuous_collect_goes_on_until_it_is_stopped() {
    let (mut play, client, on) = on_call("");
    let asked = json!({"continuous": true, "digits": {"max": 2}});
    accepted(&mut play, client, "calling.collect", &with(&on, &asked));
    for _ in 0..2 {
        play.stage(Stage::Press(id_of(&on), "12".into()));
        play.wait(1.0);
    }
    accepted(&mut play, client, "calling.collect.stop", &on);
    play.wait(1.0);
    let states: Vec<_> =
        play.bodies(client, "calling.call.collect").iter().map(|body| body["state"].clone()).collect();
    assert_eq!(states, ["collecting", "collecting", "finished"]);
}

#[test]
fn sent_digits_take_their_time() {
    let (mut play, client, on) = on_call("");
    let result = accepted(&mut play, client, "calling.send_digits", &with(&on, &json!({"digits": "1w2W#"})));
    assert_eq!(result["message"], "Sending Digits");
    play.wait(5.0);
    assert_eq!(play.events(client), ["2.37 send_digits finished"]);
    assert_eq!(play.ask(client, "calling.send_digits", &with(&on, &json!({"digits": "12x"})))["code"], "400");
}

#[test]
fn a_tap_names_its_source_and_its_negotiated_target() {
    let (mut play, client, on) = on_call("");
    let tap = |addr: &str| {
        json!({"tap": {"type": "audio", "params": {"direction": "both"}},
            "device": {"type": "rtp", "params": {"addr": addr, "port": 4000}}})
    };
    for private in ["10.0.0.7", "127.0.0.1", "192.168.1.2", "100.64.0.1"] {
        assert_eq!(play.ask(client, "calling.tap", &with(&on, &tap(private)))["code"], "400", "{private}");
    }
    let result = accepted(&mut play, client, "calling.tap", &with(&on, &tap("203.0.113.20")));
    let source = &result["source_device"];
    assert_eq!((&source["type"], &source["params"]["rate"]), (&json!("rtp"), &json!(8_000)));
    play.wait(1.0);
    accepted(&mut play, client, "calling.tap.stop", &on);
    play.wait(1.0);
    assert_eq!(play.events(client), ["0.12 tap tapping", "1.04 tap finished"]);
    let body = play.bodies(client, "calling.call.tap").pop().unwrap();
    let params = &body["device"]["params"];
    assert_eq!(
        (&params["port"], &params["codec"], &params["ptime"]),
        (&json!("4000"), &json!("PCMU"), &json!("20"))
    );

    let (mut play, client, on) = on_call("[calls]\nprivate_taps = true");
    accepted(&mut play, client, "calling.tap", &with(&on, &tap("10.0.0.7")));
}

#[test]
fn faxes_go_page_by_page() {
    let (mut play, client, on) = on_dialled("answers = 'fax'\npages = 2\npage = 5.0");
    let asked = with(&on, &json!({"document": "https://files.example.com/offer.pdf"}));
    accepted(&mut play, client, "calling.send_fax", &asked);
    play.wait(30.0);
    assert_eq!(heard_by(&play, client), ["9.12 fax page", "14.12 fax page", "16.12 fax finished"]);
    let done = play.bodies(client, "calling.call.fax").pop().unwrap()["fax"]["params"].clone();
    assert_eq!(
        done,
        json!({"direction": "send", "identity": "+12025550100", "remote_identity": "+12025550140",
            "document": "https://files.example.com/offer.pdf", "success": true, "result": "0",
            "result_text": "OK", "pages": "2", "format": "pdf"})
    );
    play.mark();
    accepted(&mut play, client, "calling.receive_fax", &on);
    play.wait(10.0);
    accepted(&mut play, client, "calling.receive_fax.stop", &on);
    play.wait(10.0);
    assert_eq!(play.events(client), ["9.12 fax page", "10.04 fax finished"]);
    assert_eq!(play.bodies(client, "calling.call.fax")[1]["fax"]["params"]["success"], false);

    let (mut play, client, on) = on_dialled("answers = 'human'");
    accepted(&mut play, client, "calling.receive_fax", &on);
    play.wait(30.0);
    assert_eq!(heard_by(&play, client), ["12.12 fax error"]);
}

#[test]
fn streams_and_transcriptions_run_until_they_are_stopped() {
    let (mut play, client, on) = on_call("");
    accepted(
        &mut play,
        client,
        "calling.stream",
        &with(&on, &json!({"url": "wss://x.example.com/s", "name": "n"})),
    );
    accepted(&mut play, client, "calling.transcribe", &on);
    let second = with(&on, &json!({"control_id": "other"}));
    assert_eq!(play.ask(client, "calling.transcribe", &second)["code"], "409", "one per call");
    play.wait(10.0);
    accepted(&mut play, client, "calling.stream.stop", &on);
    accepted(&mut play, client, "calling.transcribe.stop", &on);
    play.wait(1.0);
    assert_eq!(
        play.events(client),
        [
            "0.12 stream streaming",
            "0.12 transcribe transcribing",
            "10.04 stream finished",
            "10.04 transcribe finished"
        ]
    );
    let done = play.bodies(client, "calling.call.transcribe").pop().unwrap();
    assert_eq!(done["duration"], 10.04);
}

#[test]
fn when_a_call_ends_everything_on_it_ends_and_the_file_comes_last() {
    for (rules, ends) in [
        ("", vec!["state ending", "play finished", "tap finished", "state ended", "record finished"]),
        (
            "[calls]\nrecord_after_end = false",
            vec!["state ending", "play finished", "record finished", "tap finished", "state ended"],
        ),
        (
            "[calls]\nfinal_events = 'after'",
            vec!["state ending", "state ended", "play finished", "record finished", "tap finished"],
        ),
        ("[calls]\nfinal_events = 'never'", vec!["state ending", "state ended"]),
    ] {
        let (mut play, client, on) = on_call(rules);
        let audio = json!({"initial_timeout": 0, "end_silence_timeout": 0});
        accepted(&mut play, client, "calling.play", &with(&on, &json!({"play": tts(60)})));
        accepted(&mut play, client, "calling.record", &with(&on, &json!({"record": {"audio": audio}})));
        let tap = json!({"tap": {"type": "audio", "params": {"direction": "both"}},
            "device": {"type": "ws", "params": {"uri": "wss://x.example.com/t"}}});
        accepted(&mut play, client, "calling.tap", &with(&on, &tap));
        play.wait(5.0);
        play.mark();
        play.stage(Stage::HangUp(id_of(&on)));
        play.wait(2.0);
        let words: Vec<_> =
            play.events(client).iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
        assert_eq!(words, ends, "{rules}");
    }
}

#[test]
fn what_another_application_does_is_reported_like_our_own() {
    let deeds = r#"
[[arrival.does]]
after = 1.0
command = "play"
control = "hello"
params = { play = [{ type = "silence", params = { duration = 60.0 } }] }
[[arrival.does]]
after = 3.0
command = "play.stop"
control = "hello"
"#;
    let scenario = CALLER.replace("[parties.still]", &format!("{deeds}[parties.still]"));
    let mut play = Playbook::new(&scenario);
    let client = play.login(&["support"]);
    play.wait(1.0);
    play.answered(client);
    play.wait(5.0);
    // The call was answered a second before the mark.
    assert_eq!(play.events(client), ["0.12 play playing", "2.04 play finished"]);
    let foreign = play.world.ledger().received().all(|entry| entry.method != "calling.play");
    assert!(foreign, "it is nobody's command here");
}

#[test]
fn before_the_answer_nothing_can_be_run_on_a_call() {
    let mut play = Playbook::new(CALLER);
    let client = play.login(&["support"]);
    play.wait(1.0);
    play.stage(Stage::Arrive("caller".into()));
    let (call_id, node_id) = play.newest();
    let on = json!({"call_id": call_id, "node_id": node_id, "control_id": "k", "play": tts(1)});
    assert_eq!(play.ask(client, "calling.play", &on)["code"], "409");
}
