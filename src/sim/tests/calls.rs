//! Calls: answer, end, dial, connect, transfer, and the refusals every command shares.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{CALLER, Playbook, Stage, with};
use crate::sim::ClientId;

/// Numbers by their last digit: 1 answers after 1 s, 2 is busy, 3 never answers, 4 answers after 3 s and
/// hangs up 5 s later.
const NUMBERS: &str = r#"
[parties.soon]
after = 1.0
[parties.later]
after = 3.0
hangs_up_after = 5.0
[[number]]
match = "*1"
party = "soon"
[[number]]
match = "*2"
party = "busy"
[[number]]
match = "*3"
party = "no-answer"
[[number]]
match = "*4"
party = "later"
"#;

fn phone(to: &str) -> Value {
    json!({"type": "phone", "params": {"from_number": "+12025550100", "to_number": to, "timeout": 10}})
}

fn dialling() -> (Playbook, ClientId) {
    let mut play = Playbook::new(&format!("{CALLER}{NUMBERS}"));
    let client = play.login(&["support"]);
    play.wait(1.0);
    play.mark();
    (play, client)
}

fn words(play: &Playbook, client: ClientId) -> Vec<String> {
    play.events(client).iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn an_inbound_call_from_the_offer_to_the_end() {
    let (mut play, client) = dialling();
    play.stage(Stage::Arrive("caller".into()));
    play.wait(2.0);
    let (call_id, node_id) = play.newest();
    let on = json!({"call_id": call_id, "node_id": node_id});
    assert_eq!(play.ask(client, "calling.answer", &on), json!({"code": "200", "message": "Answered"}));
    assert_eq!(play.ask(client, "calling.answer", &on)["code"], "200", "harmless");
    play.wait(3.0);
    let bye = with(&on, &json!({"reason": "decline"}));
    assert_eq!(
        play.ask(client, "calling.end", &bye),
        json!({"code": "200", "message": "Disconnecting call"})
    );
    play.wait(1.0);
    assert_eq!(
        play.events(client),
        [
            "0.00 receive created",
            "0.25 state ringing",
            "2.00 state answered",
            "5.00 state ending",
            "5.18 state ended",
        ]
    );
    let last = play.bodies(client, "calling.call.state").pop().unwrap();
    assert_eq!(last["end_reason"], "decline");
    assert_eq!(last["answer_time"].as_i64().unwrap() - last["start_time"].as_i64().unwrap(), 2_000);
    assert_eq!(last["end_time"].as_i64().unwrap() - last["start_time"].as_i64().unwrap(), 5_180);
}

#[test]
fn refusals_tell_unknown_ended_foreign_and_wrong_apart() {
    let (mut play, client) = dialling();
    let on = play.answered(client);
    let code =
        |play: &mut Playbook, method: &str, params: &Value| play.ask(client, method, params)["code"].clone();
    let ghost = json!({"call_id": "ghost", "node_id": "n"});
    assert_eq!(code(&mut play, "calling.end", &ghost), "404");
    assert_eq!(code(&mut play, "calling.end", &with(&on, &json!({"node_id": "elsewhere"}))), "404");
    let stop = with(&on, &json!({"control_id": "never"}));
    assert_eq!(code(&mut play, "calling.play.stop", &stop), "404");
    assert_eq!(code(&mut play, "calling.play", &stop), "400");
    assert_eq!(code(&mut play, "calling.end", &json!({})), "400");
    assert_eq!(code(&mut play, "calling.disconnect", &on), "409");
    assert_eq!(code(&mut play, "calling.pass", &on), "409");
    assert_eq!(code(&mut play, "calling.end", &on), "200");
    play.wait(1.0);
    assert_eq!(code(&mut play, "calling.end", &on), "410");
    play.wait(700.0);
    assert_eq!(code(&mut play, "calling.end", &on), "404", "forgotten by now");
}

#[test]
fn a_parallel_dial_has_one_winner_and_the_loser_is_cancelled() {
    let (mut play, client) = dialling();
    let asked = json!({"tag": "t", "devices": [[phone("+12025550124"), phone("+12025550121")]]});
    assert_eq!(play.ask(client, "calling.dial", &asked), json!({"code": "200", "message": "Dialing"}));
    assert_eq!(play.ask(client, "calling.dial", &asked)["code"], "409", "the tag is taken");
    play.wait(10.0);
    assert_eq!(
        words(&play, client),
        [
            "state created",
            "state created",
            "dial dialing",
            "state ringing",
            "state ringing",
            "state answered",
            "state ending",
            "dial answered",
            "state ended",
        ]
    );
    let dial = play.bodies(client, "calling.call.dial").pop().unwrap();
    assert!(dial.get("call_id").is_none(), "it has no call of its own");
    let call = &dial["call"];
    assert_eq!(
        (&call["dial_winner"], &call["tag"], &call["device"]["params"]["to_number"]),
        (&json!(true), &json!("t"), &json!("+12025550121"))
    );
    let states = play.bodies(client, "calling.call.state");
    let lost = states.iter().find(|body| body["call_state"] == "ended").unwrap();
    assert_eq!((&lost["end_reason"], &lost["created_by"]), (&json!("cancel"), &json!("dial")));
}

#[test]
fn a_serial_dial_goes_on_until_nobody_is_left() {
    let (mut play, client) = dialling();
    let asked = json!({"tag": "t", "devices": [[phone("+12025550122")], [phone("+12025550123")]]});
    play.ask(client, "calling.dial", &asked);
    play.wait(30.0);
    assert_eq!(
        words(&play, client),
        [
            "state created",
            "dial dialing",
            "state ringing",
            "state ending",
            "state ended",
            "state created",
            "state ringing",
            "state ending",
            "state ended",
            "dial failed",
        ]
    );
    let reasons: Vec<_> = play
        .bodies(client, "calling.call.state")
        .iter()
        .filter(|body| body["call_state"] == "ended")
        .map(|body| body["end_reason"].clone())
        .collect();
    assert_eq!(reasons, ["busy", "noAnswer"]);
    let dial = play.bodies(client, "calling.call.dial").pop().unwrap();
    assert_eq!((&dial["reason"], &dial["source"]), (&json!("no device answered"), &json!("outbound")));
}

#[test]
fn ending_every_leg_cancels_a_dial() {
    let (mut play, client) = dialling();
    play.ask(client, "calling.dial", &json!({"tag": "t", "devices": [[phone("+12025550123")]]}));
    play.wait(3.0);
    let (call_id, node_id) = play.newest();
    let asked = json!({"call_id": call_id, "node_id": node_id, "reason": "cancel"});
    assert_eq!(play.ask(client, "calling.end", &asked)["code"], "200");
    play.wait(3.0);
    assert_eq!(words(&play, client)[3..], ["state ending", "state ended", "dial failed"]);
}

#[test]
fn a_connect_rings_bridges_and_is_taken_apart() {
    let (mut play, client) = dialling();
    let on = play.answered(client);
    let asked = with(
        &on,
        &json!({"tag": "b", "devices": [[phone("+12025550122")], [phone("+12025550121")]],
        "ringback": [{"type": "ringtone", "params": {"name": "us"}}]}),
    );
    assert_eq!(play.ask(client, "calling.connect", &asked), json!({"code": "200", "message": "connecting"}));
    assert_eq!(play.ask(client, "calling.connect", &asked)["code"], "409");
    play.wait(8.0);
    assert_eq!(
        words(&play, client),
        [
            "connect connecting",
            "state created",
            "state ringing",
            "state ending",
            "state ended",
            "state created",
            "state ringing",
            "state answered",
            "connect connected",
        ]
    );
    let connected = play.bodies(client, "calling.call.connect").pop().unwrap();
    assert_eq!((&connected["call_id"], &connected["tag"]), (&on["call_id"], &json!("b")));
    assert_eq!(connected["peer"]["device"]["params"]["to_number"], "+12025550121");
    let created = &play.bodies(client, "calling.call.state")[0];
    assert_eq!((&created["created_by"], &created["direction"]), (&json!("connect"), &json!("outbound")));
    assert_eq!(created["peer"]["call_id"], on["call_id"]);
    assert_eq!(play.ask(client, "calling.connect", &asked)["message"], "Call already connected");
    play.mark();
    assert_eq!(play.ask(client, "calling.disconnect", &on)["message"], "Disconnecting");
    play.wait(1.0);
    assert_eq!(words(&play, client), ["connect disconnected"]);
    assert_eq!(play.world.calls().count(), 2, "both live on");
}

#[test]
fn a_bridge_ends_with_either_leg() {
    let (mut play, client) = dialling();
    let on = play.answered(client);
    let asked = with(&on, &json!({"devices": [[phone("+12025550124")]]}));
    play.ask(client, "calling.connect", &asked);
    play.wait(6.0);
    play.mark();
    play.wait(10.0);
    assert_eq!(
        words(&play, client),
        ["state ending", "connect disconnected", "state ended"],
        "the peer hangs up"
    );
    assert_eq!(play.world.calls().count(), 1);

    play.ask(client, "calling.connect", &with(&on, &json!({"devices": [[phone("+12025550121")]]})));
    play.wait(6.0);
    play.mark();
    play.ask(client, "calling.end", &on);
    play.wait(2.0);
    assert_eq!(
        words(&play, client),
        ["state ending", "connect disconnected", "state ending", "state ended", "state ended"]
    );
    assert_eq!(play.world.calls().count(), 0);
}

#[test]
fn a_connect_fails_when_nobody_answers_and_when_the_caller_leaves() {
    let (mut play, client) = dialling();
    let on = play.answered(client);
    play.ask(client, "calling.connect", &with(&on, &json!({"devices": [[phone("+12025550122")]]})));
    play.wait(6.0);
    let failed = play.bodies(client, "calling.call.connect").pop().unwrap();
    assert_eq!((&failed["connect_state"], &failed["failed_reason"]), (&json!("failed"), &json!("busy")));
    assert!(failed.get("peer").is_none());

    play.ask(client, "calling.connect", &with(&on, &json!({"devices": [[phone("+12025550123")]]})));
    play.wait(2.0);
    play.ask(client, "calling.end", &on);
    play.wait(2.0);
    assert_eq!(play.world.calls().count(), 0, "the ringing leg goes as well");
}

#[test]
fn two_live_calls_can_be_bridged() {
    let (mut play, client) = dialling();
    let one = play.answered(client);
    let two = play.answered(client);
    let device = json!({"type": "call", "params": two});
    play.ask(client, "calling.connect", &with(&one, &json!({"devices": [[device]]})));
    play.wait(2.0);
    let connected = play.bodies(client, "calling.call.connect").pop().unwrap();
    assert_eq!(
        (&connected["connect_state"], &connected["peer"]["call_id"]),
        (&json!("connected"), &two["call_id"])
    );
}

#[test]
fn a_transfer_to_a_context_gives_control_away() {
    let mut play = Playbook::new(CALLER);
    let one = play.login(&["support"]);
    let two = play.login(&["experts"]);
    play.wait(1.0);
    let on = play.answered(one);
    let asked = with(&on, &json!({"dest": "context:experts"}));
    assert_eq!(play.ask(one, "calling.transfer", &asked)["message"], "Transferring");
    play.wait(1.0);
    assert_eq!(play.events(two), ["0.00 receive answered"]);
    assert_eq!(play.ask(one, "calling.end", &on)["code"], "409");
    assert_eq!(play.ask(two, "calling.end", &on)["code"], "200");
}

#[test]
fn denoise_echo_and_refer_report_themselves() {
    let (mut play, client) = dialling();
    let on = play.answered(client);
    assert_eq!(play.ask(client, "calling.denoise", &on)["message"], "Denoiser on");
    assert_eq!(play.ask(client, "calling.echo", &with(&on, &json!({"timeout": 2.0})))["code"], "200");
    let refer = with(&on, &json!({"device": {"type": "sip", "params": {"to": "sip:a@x"}}}));
    assert_eq!(play.ask(client, "calling.refer", &refer)["code"], "400", "not a SIP call");
    play.wait(3.0);
    assert_eq!(play.events(client), ["0.12 denoise", "0.12 echo echoing", "2.12 echo finished"]);
}
