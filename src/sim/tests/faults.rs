//! Faults on cue: what a client sees, and what the ledger says was executed.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{CALLER, Playbook, Stage, connect, text_of, with};
use crate::protocol::frame::Frame;
use crate::sim::script::ScriptError;
use crate::sim::{ClientId, Input, Script};

/// An answered call under a fault, and the parameters of a play on it.
fn playing(fault: &str) -> (Playbook, ClientId, Value) {
    let mut play = Playbook::new(&format!("{CALLER}[[fault]]\n{fault}"));
    let client = play.login(&["support"]);
    play.wait(1.0);
    let on = play.answered(client);
    let sound = json!([{"type": "silence", "params": {"duration": 1.0}}]);
    (play, client, with(&on, &json!({"control_id": "k", "play": sound})))
}

fn executed(play: &Playbook) -> u32 {
    play.world.ledger().executions("calling.play", "k")
}

#[test]
fn the_answer_of_a_command_can_be_late_missing_doubled_or_refused() {
    let at = |deed: &str| format!("method = 'calling.play'\n{deed}");
    let (mut play, client, asked) = playing(&at("do = 'late'\nseconds = 3.0"));
    assert_eq!(play.ask(client, "calling.play", &asked), Value::Null);
    play.wait(5.0);
    assert_eq!(play.events(client), ["0.12 play playing", "1.12 play finished"], "before their answer");
    let answers = play.inbox[&client]
        .iter()
        .filter(|(_, out)| text_of(out).is_some_and(|f| f["result"]["code"] == "200"));
    assert_eq!(answers.map(|(at, _)| (*at - play.mark).as_secs()).collect::<Vec<_>>(), [3]);

    let (mut play, client, asked) = playing(&at("do = 'silence'"));
    assert_eq!(play.ask(client, "calling.play", &asked), Value::Null);
    play.wait(5.0);
    assert_eq!((play.events(client).len(), executed(&play)), (2, 1));

    let (mut play, client, asked) = playing(&at("do = 'deaf'"));
    assert_eq!(play.ask(client, "calling.play", &asked), Value::Null);
    play.wait(5.0);
    assert_eq!((play.events(client).len(), executed(&play)), (0, 0));

    let (mut play, client, asked) = playing(&at("do = 'reply-twice'"));
    assert_eq!(play.ask(client, "calling.play", &asked)["code"], "200");
    let left = play.inbox[&client]
        .iter()
        .filter(|(_, out)| text_of(out).is_some_and(|f| f["result"]["code"] == "200"));
    assert_eq!(left.count(), 1, "the other copy");

    let (mut play, client, asked) = playing(&at("do = 'refuse'\ncode = '500'\ntext = 'Broken'"));
    assert_eq!(play.ask(client, "calling.play", &asked), json!({"code": "500", "message": "Broken"}));
    assert_eq!(executed(&play), 0);
    assert_eq!(play.ask(client, "calling.play", &asked)["code"], "200", "only the first");
    let entry = play.world.ledger().received().last().unwrap();
    assert_eq!((entry.executed, entry.code.as_deref()), (1, Some("200")));
}

#[test]
fn the_socket_can_go_before_and_after_the_command_was_executed() {
    for (deed, done, seen) in [
        ("drop", 0, vec!["cut"]),
        ("drop-after-executing", 1, vec!["cut"]),
        ("drop-after-reply", 1, vec!["cut"]),
        ("drop-in-frame", 1, vec!["half", "cut"]),
        ("close", 0, vec!["close 1000"]),
    ] {
        let (mut play, client, asked) = playing(&format!("method = 'calling.play'\ndo = '{deed}'"));
        let answer = play.ask(client, "calling.play", &asked);
        assert_eq!(answer.is_null(), deed != "drop-after-reply", "{deed}");
        assert_eq!(
            (executed(&play), play.others(client)),
            (done, seen.iter().map(|s| (*s).to_owned()).collect()),
            "{deed}"
        );
        play.wait(5.0);
        assert_eq!(play.events(client), Vec::<String>::new(), "a cut client gets nothing more");
    }
}

#[test]
fn a_repeated_request_is_one_entry_with_its_copies() {
    let (mut play, client, asked) = playing("after = 999.0\ndo = 'drop'");
    let text = json!({"jsonrpc": "2.0", "id": "same", "method": "calling.play", "params": asked}).to_string();
    for _ in 0..2 {
        play.input(Input::Text(client, &text));
    }
    let entry = play.world.ledger().received().last().unwrap();
    assert_eq!((entry.copies, entry.executed, entry.code.as_deref()), (2, 1, Some("409")));
    assert_eq!(executed(&play), 1);
}

#[test]
fn events_can_be_doubled_delayed_and_lost() {
    let on = |deed: &str| format!("event = 'calling.call.play'\nstate = 'playing'\n{deed}");
    for (fault, seen) in [
        (on("do = 'duplicate'\nsize = 2"), vec!["0.12 play playing"; 3]),
        (on("do = 'duplicate-new-id'"), vec!["0.12 play playing"; 2]),
        (on("do = 'lose'"), vec![]),
    ] {
        let (mut play, client, asked) = playing(&fault);
        play.ask(client, "calling.play", &asked);
        play.wait(0.5);
        assert_eq!(play.events(client), seen, "{fault}");
        let entry = play.world.ledger().sent().last().unwrap().clone();
        assert_eq!((entry.sends as usize, entry.acks as usize), (seen.len(), seen.len()), "{fault}");
        assert_eq!(play.world.ledger().counts.stray_answers, 0, "{fault}");
    }
    let (mut play, client, asked) = playing(&on("do = 'delay'\nseconds = 2.0"));
    play.ask(client, "calling.play", &asked);
    play.wait(5.0);
    assert_eq!(play.events(client), ["1.12 play finished", "2.12 play playing"]);
}

#[test]
fn every_kind_of_garbage_is_sent_and_most_is_no_frame_of_ours() {
    let mut play = Playbook::new("[[fault]]\nmethod = 'signalwire.ping'\nnth = 0\ndo = 'garbage'");
    let client = play.login(&[]);
    play.wait(1.0);
    play.mark();
    let kinds = crate::sim::script::Garbage::ALL.len();
    for _ in 0..kinds {
        assert!(play.ask(client, "signalwire.ping", &json!({}))["timestamp"].is_f64());
    }
    let sent = &play.inbox[&client];
    assert_eq!(sent.len(), kinds);
    let broken = sent.iter().filter(|(_, out)| match out {
        crate::sim::Output::Send { text, .. } => Frame::parse(text).is_err(),
        _ => true,
    });
    assert!(broken.count() >= 5);
}

#[test]
fn logins_are_refused_on_cue() {
    let mut play = Playbook::new(
        "[[fault]]\nmethod = 'signalwire.connect'\ndo = 'refuse-login'\n[[fault]]\nmethod = 'signalwire.connect'\nnth = 2\ndo = 'stale'",
    );
    let client = play.join();
    assert_eq!(play.ask(client, "signalwire.connect", &connect(&[]))["code"], -32002);
    assert_eq!(play.ask(client, "signalwire.connect", &connect(&[]))["code"], -32003);
    assert!(play.ask(client, "signalwire.connect", &connect(&[]))["protocol"].is_string());
}

#[test]
fn silence_of_the_whole_server_and_of_its_pings() {
    let mut play = Playbook::new(&format!("{CALLER}[[fault]]\nafter = 1.0\ndo = 'mute'\nseconds = 5.0"));
    let client = play.login(&["support"]);
    play.wait(2.0);
    play.mark();
    play.stage(Stage::Arrive("caller".into()));
    play.wait(3.0);
    assert_eq!(play.events(client), Vec::<String>::new());
    play.wait(3.0);
    assert_eq!(play.events(client), ["4.00 receive created", "4.00 state ringing"]);

    let mut play = Playbook::new("[[fault]]\nafter = 4.0\ndo = 'no-pings'\nseconds = 20.0");
    let client = play.login(&[]);
    play.wait(40.0);
    assert_eq!(play.others(client).len(), 2, "at 3 s and at 33 s");
}

#[test]
fn timed_faults_send_drop_and_dismiss() {
    for (deed, seen) in [
        ("do = 'drop'", vec!["cut"]),
        ("do = 'close'\ncode = '1011'", vec!["close 1011"]),
        ("do = 'drop-in-frame'", vec!["half", "cut"]),
        ("do = 'disconnect'", vec!["signalwire.disconnect", "close 1000"]),
        ("do = 'restart'", vec!["signalwire.disconnect", "close 1000"]),
    ] {
        let mut play = Playbook::new(&format!("[[fault]]\nafter = 1.0\n{deed}"));
        let client = play.login(&[]);
        play.wait(2.0);
        assert_eq!(play.others(client), seen, "{deed}");
    }
    let mut play = Playbook::new("[[fault]]\nafter = 1.0\ndo = 'send'\ntext = 'hello'");
    let client = play.login(&[]);
    play.wait(2.0);
    let texts = play.inbox[&client].iter().map(|(_, output)| output.clone());
    assert!(
        texts.into_iter().any(|output| output == crate::sim::Output::Send { client, text: "hello".into() })
    );
}

#[test]
fn a_bad_scenario_is_refused_by_the_name_of_its_key() {
    for (text, says) in [
        ("[pings]\nevry = 3", "evry"),
        ("[pings]\nevery = 'x'", "every"),
        ("[pings]\nevery = -1.0", "pings.every"),
        ("[[arrival]]\ncontext = 'c'\nfrom = 'a'\nto = 'b'\nevery = 0", "arrival[0].every"),
        ("[[arrival]]\ncontext = 'c'\nfrom = 'a'\nto = []", "arrival[0]: from and to"),
        ("[[arrival]]\ncontext = 'c'\nfrom = 'a'\nto = 3", "expected a number or address"),
        ("[[arrival]]\ncontext = 'c'\nfrom = 'a'\nto = 'b'\nagain_after = 1.0", "again_after: needs age"),
        ("[[fault]]\nafter = 1.0\ncontrol = 'c'\ndo = 'drop'", "control: needs an event cue"),
        ("[[arrival]]\ncontext = 'c'\nfrom = 'a'\nto = 'b'\nat = [1.0]\nparty = 'ghost'", "no party `ghost`"),
        ("[[arrival]]\ncontext = 'c'\nfrom = 'a'\nto = 'b'\nevery = [3.0, 1.0]", "no span of seconds"),
        (
            "[[arrival]]\ncontext = 'c'\nfrom = 'a'\nto = 'b'\nat = [1]\n[[arrival.does]]\ncommand = 'levitate'",
            "arrival[0].does[0].command: no command `levitate`",
        ),
        (
            "[[arrival]]\ncontext = 'c'\nfrom = 'a'\nto = 'b'\nat = [1]\n[[arrival.does]]\ncommand = 'play'",
            "arrival[0].does[0].params: missing field `play`",
        ),
        ("[[fault]]\ndo = 'drop'", "fault[0]: give exactly one of"),
        ("[[fault]]\nafter = 1.0", "fault[0]: do"),
        ("[[fault]]\nafter = 1.0\ndo = 'late'", "needs a command or method cue"),
        ("[[fault]]\nafter = 1.0\ndo = 'explode'", "explode"),
        ("not toml", "expected"),
    ] {
        let error: ScriptError = Script::parse(text).expect_err(text);
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
}
