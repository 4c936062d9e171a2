//! Operations: what each event of each family means, once and for all.

use callboard::calling::params::{
    Collect, Detect, DetectAnsweringMachine, DetectFax, FaxSend, InputType, PlayTts, PromptTts, Record,
    SendDigits, Stream, Tap,
};
use callboard::calling::{ControlValue, Error, PauseBehavior};
use callboard::catalog::{ActionKind, Control};
use serde_json::{Value, json};

use crate::calls::permutations;
use crate::floor::Floor;

fn prompt() -> PromptTts {
    PromptTts::new(InputType::Digits, "Your code?").digits_max(4)
}

/// Starts one operation of a family under the id `k` on an answered call.
fn started(family: &str) -> Floor {
    let mut floor = Floor::answered();
    match family {
        "play" => floor.start(&PlayTts::new("Hi"), "k"),
        "record" => floor.start(&Record::new(), "k"),
        "detect" => floor.start(&Detect::new("machine"), "k"),
        "prompt" => floor.start(&prompt(), "k"),
        "collect" => floor.start(&Collect::new(InputType::Digits).digits_max(4), "k"),
        "send_digits" => floor.start(&SendDigits::new("12"), "k"),
        "tap" => floor.start(&Tap::rtp("both", "8.8.8.8", 4_000), "k"),
        "fax" => floor.start(&FaxSend::new("https://x.example/f.pdf"), "k"),
        "stream" => floor.start(&Stream::new("wss://x.example"), "k"),
        other => panic!("{other}"),
    };
    assert_eq!(floor.phase("k"), "accepted", "acceptance is not effect");
    floor
}

#[test]
fn finality_of_every_family() {
    let table = [
        ("play", "play", json!({"state":"playing"}), "running"),
        ("play", "play", json!({"state":"paused"}), "paused"),
        ("play", "play", json!({"state":"finished"}), "done"),
        ("play", "play", json!({"state":"error"}), "failed"),
        ("play", "play", json!({"state":"rewinding"}), "running"),
        ("record", "record", json!({"state":"recording"}), "running"),
        ("record", "record", json!({"state":"paused"}), "paused"),
        ("record", "record", json!({"state":"finished"}), "done"),
        ("record", "record", json!({"state":"no_input"}), "failed"),
        ("record", "record", json!({"state":"error"}), "failed"),
        ("prompt", "play", json!({"state":"playing"}), "running"),
        ("prompt", "play", json!({"state":"finished"}), "running"),
        ("prompt", "play", json!({"state":"error"}), "running"),
        ("prompt", "collect", json!({"result":{"type":"digit","params":{"digits":"12"}}}), "done"),
        ("prompt", "collect", json!({"result":{"type":"speech","params":{"text":"hi"}}}), "done"),
        ("prompt", "collect", json!({"result":{"type":"no_input"}}), "failed"),
        ("prompt", "collect", json!({"result":{"type":"no_match"}}), "failed"),
        ("prompt", "collect", json!({"result":{"type":"error"}}), "failed"),
        ("prompt", "collect", json!({"result":{"type":"start_of_input"}}), "running"),
        ("collect", "collect", json!({"result":{"type":"start_of_input"}}), "running"),
        (
            "collect",
            "collect",
            json!({"final":false,"result":{"type":"speech","params":{"text":"su"}}}),
            "running",
        ),
        ("collect", "collect", json!({"final":"false","result":{"type":"speech"}}), "running"),
        (
            "collect",
            "collect",
            json!({"state":"collecting","result":{"type":"digit","params":{"digits":"1"}}}),
            "running",
        ),
        (
            "collect",
            "collect",
            json!({"state":"collecting","final":true,"result":{"type":"digit"}}),
            "running",
        ),
        (
            "collect",
            "collect",
            json!({"final":true,"result":{"type":"speech","params":{"text":"x"}}}),
            "done",
        ),
        (
            "collect",
            "collect",
            json!({"state":"finished","result":{"type":"digit","params":{"digits":"1"}}}),
            "done",
        ),
        ("collect", "collect", json!({"state":"finished"}), "failed"),
        ("collect", "collect", json!({"state":"error"}), "failed"),
        ("collect", "collect", json!({"result":{"type":"no_input"}}), "failed"),
        ("collect", "collect", json!({"result":{}}), "running"),
        ("collect", "collect", json!({}), "running"),
        ("send_digits", "send_digits", json!({"state":"finished"}), "done"),
        ("send_digits", "send_digits", json!({"state":"whatever"}), "failed"),
        ("tap", "tap", json!({"state":"tapping"}), "running"),
        ("tap", "tap", json!({"state":"finished"}), "done"),
        ("fax", "fax", json!({"fax":{"type":"page","params":{"number":1}}}), "running"),
        ("fax", "fax", json!({"fax":{"type":"finished","params":{"success":true}}}), "done"),
        ("fax", "fax", json!({"fax":{"type":"finished","params":{"success":"true"}}}), "done"),
        ("fax", "fax", json!({"fax":{"type":"finished","params":{"success":false}}}), "failed"),
        ("fax", "fax", json!({"fax":{"type":"finished"}}), "failed"),
        ("fax", "fax", json!({"fax":{"type":"error","params":{"description":"no carrier"}}}), "failed"),
        ("stream", "stream", json!({"state":"streaming"}), "running"),
        ("stream", "stream", json!({"state":"finished"}), "done"),
        ("detect", "detect", json!({"detect":{"type":"machine","params":{"event":"HUMAN"}}}), "running"),
        ("detect", "detect", json!({"detect":{"type":"machine","params":{"event":"finished"}}}), "failed"),
        ("detect", "detect", json!({"detect":{"type":"machine","params":{"event":"error"}}}), "failed"),
    ];
    for (family, kind, body, phase) in table {
        let mut floor = started(family);
        let mut body = body;
        body["control_id"] = json!("k");
        floor.on(kind, body.clone());
        assert_eq!(floor.phase("k"), phase, "{family}: {body}");
        // Whatever it was: the end of the call resolves it.
        floor.ended("c");
        assert!(floor.action("k").is_over(), "{family}: {body}");
    }
}

/// Words of a detector, whether the beep is waited for, and from which word on the answer is known.
#[test]
fn the_table_of_detectors() {
    type Row = (&'static [&'static str], bool, Option<(usize, bool, &'static str)>);
    let machine: &[Row] = &[
        (&["HUMAN"], false, Some((0, true, "HUMAN"))),
        (&["HUMAN"], true, Some((0, true, "HUMAN"))),
        (&["UNKNOWN"], true, Some((0, true, "UNKNOWN"))),
        (&["MACHINE", "READY"], false, Some((0, true, "MACHINE"))),
        (&["MACHINE", "READY"], true, Some((1, true, "MACHINE"))),
        (&["MACHINE", "NOT_READY", "READY"], true, Some((2, true, "MACHINE"))),
        (&["MACHINE+beep"], true, Some((0, true, "MACHINE"))),
        (&["MACHINE", "NOT_READY+beep"], true, Some((1, true, "MACHINE"))),
        (&["READY"], false, Some((0, true, "MACHINE"))),
        (&["READY"], true, Some((0, true, "MACHINE"))),
        (&["NOT_READY"], false, None),
        (&["MACHINE", "finished"], false, Some((0, true, "MACHINE"))),
        (&["MACHINE", "finished"], true, Some((1, false, "finished"))),
        (&["MACHINE", "error"], true, Some((1, false, "error"))),
        (&["finished"], false, Some((0, false, "finished"))),
        (&["error"], true, Some((0, false, "error"))),
    ];
    for (words, beep, expected) in machine {
        let mut floor = Floor::answered();
        floor.start(&DetectAnsweringMachine::new().wait_for_beep(*beep), "k");
        let mut answered = None;
        for (place, word) in words.iter().enumerate() {
            let (event, beep) = word.split_once('+').map_or((*word, false), |(event, _)| (event, true));
            let detect = json!({"type":"machine","params":{"event":event,"beep":beep}});
            floor.on("detect", json!({"control_id":"k","detect":detect}));
            let action = floor.action("k");
            if let (None, Some(successful)) = (&answered, action.answer()) {
                let result = action.verdict().unwrap_or(action.state.as_str()).to_owned();
                answered = Some((place, successful, result));
            }
        }
        let expected = expected.map(|(place, successful, word)| (place, successful, word.to_owned()));
        assert_eq!(answered, expected, "{words:?}, beep {beep}");
        assert!(!floor.play.last("calling.detect").1.to_string().contains("beep"), "it is never sent");
    }
    let mut floor = Floor::answered();
    floor.start(&Detect::new("digit"), "k");
    for event in ["1", "3#", "finished"] {
        floor.on("detect", json!({"control_id":"k","detect":{"type":"digit","params":{"event":event}}}));
    }
    assert_eq!(floor.action("k").yields.heard, ["1", "3#"]);
    assert_eq!((floor.phase("k"), floor.action("k").verdict()), ("done", Some("1")));
    let mut floor = Floor::answered();
    floor.start(&DetectFax::new(), "k");
    floor.on("detect", json!({"control_id":"k","detect":{"type":"fax","params":{"event":"CED"}}}));
    assert_eq!(floor.action("k").verdict(), Some("CED"));
}

#[test]
fn the_end_of_a_call_its_plays_and_its_recordings_in_every_order() {
    // ended, play finished, record finished, and what is late: playing, recording.
    for order in permutations(&[0, 1, 2, 3, 4]) {
        let mut floor = Floor::answered();
        floor.start(&PlayTts::new("Hi"), "p").start(&Record::new(), "r");
        let mut over = false;
        for step in order.clone() {
            match step {
                0 => {
                    floor.ended("c");
                    over = true;
                }
                1 => {
                    floor.on("play", json!({"control_id":"p","state":"finished"}));
                }
                2 => {
                    let record =
                        json!({"audio":{},"url":"https://f.example/r.mp3","duration":"17.2","size":275});
                    floor.on("record", json!({"control_id":"r","state":"finished","record":record}));
                }
                3 => {
                    floor.on("play", json!({"control_id":"p","state":"playing"}));
                }
                _ => {
                    floor.on("record", json!({"control_id":"r","state":"recording"}));
                }
            }
            if over {
                assert!(floor.action("p").is_over() && floor.action("r").is_over(), "{order:?}");
                assert_eq!(floor.call("c").running().count(), 0);
            }
        }
        assert_eq!((floor.phase("p"), floor.phase("r")), ("done", "done"), "{order:?}");
        let yields = &floor.action("r").yields;
        assert_eq!(
            (yields.url.as_deref(), yields.duration, yields.size),
            (Some("https://f.example/r.mp3"), Some(17.2), Some(275.0))
        );
        assert_eq!(floor.action("p").state.as_str(), "finished", "{order:?}");
    }
}

#[test]
fn a_last_word_that_nobody_knows_is_kept_when_the_call_ends() {
    for family in ["play", "record", "tap", "stream"] {
        let mut floor = started(family);
        floor.on(family, json!({"control_id":"k","state":"dissolved"}));
        assert_eq!(floor.phase("k"), "running", "it may mean anything");
        floor.ended("c");
        assert_eq!((floor.phase("k"), floor.action("k").state.as_str()), ("failed", "dissolved"), "{family}");
    }
}

#[test]
fn what_is_over_stays_over() {
    for (family, kind, last) in [
        ("play", "play", json!({"state":"error"})),
        ("play", "play", json!({"state":"finished"})),
        ("record", "record", json!({"state":"no_input"})),
        ("stream", "stream", json!({"state":"finished"})),
    ] {
        for late in ["playing", "paused", "recording", "finished", "error", "streaming"] {
            let mut floor = started(family);
            let mut last = last.clone();
            last["control_id"] = json!("k");
            floor.on(kind, last.clone());
            let (phase, state) = (floor.phase("k"), floor.action("k").state.clone());
            floor.on(kind, json!({"control_id":"k","state":late})).ended("c");
            assert_eq!((floor.phase("k"), &floor.action("k").state), (phase, &state), "{last} {late}");
        }
    }
}

#[test]
fn an_event_may_come_before_the_answer() {
    for (word, phase) in [("playing", "running"), ("finished", "done")] {
        let mut floor = Floor::answered();
        floor.ask(&PlayTts::new("Hi"), "k").unwrap();
        floor.on("play", json!({"control_id":"k","state":word})).says("calling.play", json!({"code":"200"}));
        assert_eq!(floor.phase("k"), phase);
    }
    // Even when the answer never comes, an event proves that it runs.
    let mut floor = Floor::answered();
    floor.ask(&PlayTts::new("Hi"), "k").unwrap();
    floor.wait(10.1);
    assert_eq!(floor.phase("k"), "unknown");
    floor.on("play", json!({"control_id":"k","state":"playing"}));
    assert_eq!(floor.phase("k"), "running");
    let mut floor = Floor::answered();
    floor.ask(&Record::new(), "k").unwrap();
    floor.wait(10.1).says("calling.record", json!({"code":"200","url":"https://f.example/late.mp3"}));
    assert_eq!(
        (floor.phase("k"), floor.action("k").yields.url.as_deref()),
        ("accepted", Some("https://f.example/late.mp3"))
    );
}

#[test]
fn pauses_are_not_running_time_even_when_it_ends_in_one() {
    let mut floor = started("record");
    let word = |floor: &mut Floor, state: &str| {
        floor.on("record", json!({"control_id":"k","state":state})).live(10.0);
    };
    for state in ["recording", "paused", "recording", "paused"] {
        word(&mut floor, state);
    }
    floor.on("record", json!({"control_id":"k","state":"finished"})).live(10.0);
    assert_eq!(floor.action("k").ran_for(floor.play.now().at).as_secs(), 20);
}

#[test]
fn a_prompt_of_somebody_else_is_recognised_by_its_input() {
    let mut floor = Floor::answered();
    floor.on("play", json!({"control_id":"k","state":"playing"}));
    assert_eq!(floor.action("k").kind, ActionKind::Play);
    floor.on("play", json!({"control_id":"k","state":"finished"}));
    floor.on(
        "collect",
        json!({"control_id":"k","result":{"type":"digit","params":{"digits":"42","terminator":"#"}}}),
    );
    let action = floor.action("k");
    assert_eq!((action.kind, action.is_mine(), floor.phase("k")), (ActionKind::Prompt, false, "done"));
    assert_eq!((action.yields.text.as_deref(), action.yields.terminator.as_deref()), (Some("42"), Some("#")));
    let mut floor = Floor::answered();
    floor.on(
        "fax",
        json!({"control_id":"k","fax":{"type":"page","params":{"direction":"receive","number":"1"}}}),
    );
    assert_eq!((floor.action("k").kind, floor.action("k").yields.pages), (ActionKind::ReceiveFax, Some(1.0)));
}

#[test]
fn what_a_collect_brought_is_kept_as_it_grows() {
    let mut floor = started("collect");
    for (is_final, text) in [(false, "sup"), (false, "suppo"), (true, "support")] {
        let result = json!({"type":"speech","params":{"text":text,"confidence":"41.5"}});
        floor.on("collect", json!({"control_id":"k","final":is_final,"result":result}));
        assert_eq!(floor.action("k").yields.text.as_deref(), Some(text));
    }
    assert_eq!((floor.phase("k"), floor.action("k").yields.confidence), ("done", Some(41.5)));
}

#[test]
fn what_a_fax_and_a_tap_brought_is_kept() {
    let mut floor = started("fax");
    let params = json!({"direction":"send","identity":"+12025550100","remote_identity":"+12025550124",
        "document":"https://f.example/o.pdf","success":true,"result":"0","result_text":"OK","pages":"2"});
    floor.on("fax", json!({"control_id":"k","fax":{"type":"finished","params":params}}));
    let yields = &floor.action("k").yields;
    assert_eq!((yields.pages, yields.remote_identity.as_deref()), (Some(2.0), Some("+12025550124")));
    let mut floor = Floor::answered();
    floor.ask(&Tap::rtp("both", "8.8.8.8", 4_000), "k").unwrap();
    let device = |addr: &str| json!({"type":"rtp","params":{"addr":addr,"port":"4000"}});
    floor.says("calling.tap", json!({"code":"200","source_device":device("1.1.1.1")}));
    floor.on(
        "tap",
        json!({"control_id":"k","state":"tapping","tap":{"type":"audio"},"device":device("8.8.8.8")}),
    );
    floor.on("tap", json!({"control_id":"k","state":"finished"}));
    let yields = &floor.action("k").yields;
    assert_eq!(yields.source_device.as_ref().unwrap().params["addr"], "1.1.1.1");
    assert_eq!(yields.destination_device.as_ref().unwrap().params["addr"], "8.8.8.8");
    assert_eq!(yields.tap, Some(json!({"type":"audio"})), "what came is not lost by what did not");
}

#[test]
fn controls_are_asked_accepted_and_seen_in_their_effect() {
    let mut floor = started("play");
    floor.on("play", json!({"control_id":"k","state":"playing"}));
    floor.control("k", Control::Pause, None).unwrap();
    assert!(floor.action("k").ours.asked.is_some_and(|asked| !asked.accepted));
    floor.says("calling.play.pause", json!({"code":"200"}));
    assert_eq!(
        (floor.phase("k"), floor.action("k").ours.asked.map(|asked| asked.accepted)),
        ("running", Some(true))
    );
    floor.on("play", json!({"control_id":"k","state":"paused"}));
    assert_eq!((floor.phase("k"), floor.action("k").ours.asked), ("paused", None));
    floor.control("k", Control::Volume, Some(ControlValue::Volume(-3.0))).unwrap();
    assert_eq!((floor.action("k").ours.volume, floor.action("k").ours.volume_asked), (None, Some(-3.0)));
    floor.says("calling.play.volume", json!({"code":"200"}));
    assert_eq!((floor.action("k").ours.volume, floor.action("k").ours.volume_asked), (Some(-3.0), None));
    floor.control("k", Control::Stop, None).unwrap();
    floor.on("play", json!({"control_id":"k","state":"finished"}));
    assert_eq!((floor.phase("k"), floor.action("k").ours.asked), ("done", None));
}

#[test]
fn a_control_that_comes_too_late_says_nothing_about_the_call() {
    let mut floor = started("play");
    floor.control("k", Control::Stop, None).unwrap();
    floor.says("calling.play.stop", json!({"code":"404","message":"Control id not found"}));
    assert_eq!((floor.model().live(), floor.action("k").ours.asked), (1, None));
    floor.control("k", Control::Stop, None).unwrap();
    floor.says("calling.play.stop", json!({"code":"410","message":"Call is gone"}));
    assert_eq!((floor.model().live(), floor.phase("k")), (0, "failed"));
}

#[test]
fn a_control_that_is_accepted_clears_the_doubt() {
    let mut floor = started("play");
    floor.lose().come_back(crate::playbook::PROTOCOL);
    floor.control("k", Control::Stop, None).unwrap();
    floor.says("calling.play.stop", json!({"code":"200"}));
    assert!(floor.call("c").doubt.is_none());
}

#[test]
fn controls_that_do_not_exist_and_values_out_of_range_are_not_sent() {
    for (family, control) in [
        ("send_digits", Control::Stop),
        ("prompt", Control::Pause),
        ("record", Control::Volume),
        ("tap", Control::Pause),
        ("play", Control::StartInputTimers),
    ] {
        let mut floor = started(family);
        assert!(matches!(floor.control("k", control, None), Err(Error::NoSuchControl { .. })), "{family}");
    }
    for volume in [40.1, -41.0, f64::NAN, f64::INFINITY] {
        let mut floor = started("play");
        let asked = floor.control("k", Control::Volume, Some(ControlValue::Volume(volume)));
        assert!(matches!(asked, Err(Error::Invalid(_))), "{volume}");
    }
    assert!(matches!(started("play").control("other", Control::Stop, None), Err(Error::CallOver)));
}

#[test]
fn the_pause_of_a_recording_always_says_how() {
    for (value, word) in [
        (None, "skip"),
        (Some(ControlValue::Pause(PauseBehavior::Skip)), "skip"),
        (Some(ControlValue::Pause(PauseBehavior::Silence)), "silence"),
    ] {
        let mut floor = started("record");
        floor.control("k", Control::Pause, value).unwrap();
        let sent: Value = floor.play.last("calling.record.pause").1;
        assert_eq!(sent, json!({"node_id":"n","call_id":"c","control_id":"k","behavior":word}));
    }
}
