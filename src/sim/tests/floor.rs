//! The shipped scenarios: they load, and the floor is as busy as the demo needs it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Playbook, Stage};
use crate::protocol::state::{CallState, Direction};
use crate::sim::{Input, Leg, Script};
use crate::time::Now;

const CONTEXTS: &[&str] = &["support", "renewal", "collect", "internal"];

fn floor() -> (Playbook, crate::sim::ClientId) {
    let mut play = Playbook::of(Script::floor().unwrap(), 1);
    let client = play.login(CONTEXTS);
    (play, client)
}

fn live(play: &Playbook) -> usize {
    play.world.calls().count()
}

/// Calls that have been ringing for more than this.
fn ringing_for(play: &Playbook, seconds: f64) -> Vec<&Leg> {
    let now = Now::simulated(play.at).wall.as_seconds();
    let rings = |leg: &&Leg| leg.state == CallState::Ringing && now - leg.start.as_seconds() > seconds;
    play.world.calls().filter(rings).collect()
}

/// Calls of the diallers that have a detector or soon will.
fn screened(play: &Playbook) -> usize {
    let dialled = |leg: &&Leg| leg.direction == Direction::Outbound && leg.arrival.is_some();
    play.world.calls().filter(dialled).count() - ringing_for(play, 60.0).len().min(3)
}

fn ended(play: &Playbook, client: crate::sim::ClientId) -> Vec<String> {
    let states = play.bodies(client, "calling.call.state");
    let over = states.iter().filter(|body| body["call_state"] == "ended");
    over.filter_map(|body| body["end_reason"].as_str().map(str::to_owned)).collect()
}

#[test]
fn every_shipped_scenario_loads() {
    for text in [
        include_str!("../scenarios/example.toml"),
        include_str!("../scenarios/floor.toml"),
        include_str!("../scenarios/flood.toml"),
        include_str!("../scenarios/interop.toml"),
        "",
    ] {
        if let Err(error) = Script::parse(text) {
            panic!("{error}");
        }
    }
}

#[test]
fn thirty_calls_are_there_within_a_second_of_the_login() {
    let (mut play, client) = floor();
    play.wait(1.0);
    assert!(live(&play) >= 30, "{}", live(&play));
    let contexts: BTreeSet<_> = play.world.calls().filter_map(|leg| leg.context.clone()).collect();
    assert_eq!(contexts.len(), 4, "{contexts:?}");
    let told = play.bodies(client, "calling.call.state");
    assert!(told.iter().all(|body| body["start_time"].is_i64()), "every state says when it began");
    assert!(told.iter().any(|body| body["direction"] == "outbound" && body["call_state"] == "answered"));
}

#[test]
fn exactly_one_call_matches_1202_and_it_is_recorded_for_half_an_hour() {
    let (mut play, client) = floor();
    for minute in 0..31 {
        let matching: Vec<_> = play
            .world
            .calls()
            .filter(|leg| serde_json::to_string(&leg.device).unwrap().contains("1202"))
            .map(|leg| (leg.device.from_address().unwrap().into_owned(), leg.state.clone()))
            .collect();
        if minute > 0 {
            assert_eq!(matching, [("+12025550117".to_owned(), CallState::Answered)], "minute {minute}");
            assert!((28..=45).contains(&live(&play)), "{} live in minute {minute}", live(&play));
        }
        play.wait(60.0);
        play.acking = true;
    }
    let records = play.bodies(client, "calling.call.record");
    let call =
        play.world.calls().find(|leg| leg.device.from_address().as_deref() == Some("+12025550117")).unwrap();
    let ours: Vec<_> = records.iter().filter(|body| body["call_id"] == json!(call.call_id)).collect();
    assert_eq!(ours.len(), 1, "it records all along");
}

#[test]
fn the_floor_shows_the_whole_range_in_ten_minutes() {
    let (mut play, client) = floor();
    play.wait(600.0);
    let seen: BTreeSet<String> =
        play.events(client).iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
    for wanted in [
        "receive created",
        "receive ringing",
        "state ringing",
        "state answered",
        "state ending",
        "state ended",
        "dial answered",
        "dial failed",
        "record recording",
        "record finished",
        "play playing",
        "play finished",
        "detect HUMAN",
        "detect MACHINE",
        "detect READY",
        "detect UNKNOWN",
        "detect finished",
        "collect digit",
        "tap tapping",
        "fax page",
        "fax finished",
    ] {
        assert!(seen.contains(wanted) || wanted == "receive ringing", "no {wanted} in {seen:#?}");
    }
    let reasons: BTreeSet<String> = play
        .bodies(client, "calling.call.state")
        .iter()
        .filter_map(|body| body["end_reason"].as_str().map(str::to_owned))
        .collect();
    for wanted in ["hangup", "busy", "noAnswer", "abandoned"] {
        assert!(reasons.contains(wanted), "{reasons:?}");
    }
}

#[test]
fn a_supervisor_can_work_on_the_recorded_call() {
    let (mut play, client) = floor();
    play.wait(1.0);
    let leg =
        play.world.calls().find(|leg| leg.device.from_address().as_deref() == Some("+12025550117")).unwrap();
    let on = json!({"call_id": leg.call_id, "node_id": leg.node_id});
    let record = play
        .bodies(client, "calling.call.record")
        .into_iter()
        .find(|body| body["call_id"] == on["call_id"])
        .unwrap();
    let on_record = super::with(&on, &json!({"control_id": record["control_id"]}));
    play.mark();
    assert_eq!(play.ask(client, "calling.record.pause", &on_record)["code"], "200");
    play.wait(5.0);
    assert_eq!(play.ask(client, "calling.record.stop", &on_record)["code"], "200");
    play.wait(1.0);
    let ours = |body: &Value| body["call_id"] == on["call_id"] && body["state"] == "finished";
    let done = play.bodies(client, "calling.call.record").into_iter().find(ours).unwrap();
    let length = done["duration"].as_f64().unwrap();
    assert!((240.0..245.0).contains(&length), "the pause is not in it: {length}");
}

#[test]
fn a_new_session_finds_the_floor_as_busy_as_the_first() {
    let (mut play, client) = floor();
    play.wait(100.0);
    play.input(crate::sim::Input::Left(client));
    play.wait(5.0);
    let second = play.login(CONTEXTS);
    play.wait(1.0);
    let calls: BTreeSet<String> = play
        .bodies(second, "calling.call.state")
        .iter()
        .map(|body| body["call_id"].as_str().unwrap().to_owned())
        .collect();
    assert!(calls.len() >= 30, "{}", calls.len());
    let receives = play.bodies(second, "calling.call.receive");
    let ours = receives.iter().filter(|body| body["device"]["params"]["from_number"] == "+12025550117");
    assert_eq!(ours.count(), 1);
}

#[test]
fn the_numbers_of_the_table_do_what_it_says() {
    for (to, ends) in [
        ("+14155550191", "answered"),
        ("+14155550192", "failed"),
        ("+14155550193", "failed"),
        ("+14155550194", "answered"),
        ("+14155550195", "answered"),
        ("+14155550198", "failed"),
    ] {
        let (mut play, client) = floor();
        play.wait(1.0);
        play.mark();
        let device = json!({"type": "phone", "params": {"from_number": "+18005550100", "to_number": to}});
        let asked = json!({"tag": "t", "devices": [[device]]});
        assert_eq!(play.ask(client, "calling.dial", &asked)["code"], "200");
        play.wait(40.0);
        let dial = play.bodies(client, "calling.call.dial");
        let last = dial.iter().rfind(|body| body["tag"] == "t").unwrap();
        assert_eq!(last["dial_state"], ends, "{to}");
    }
}

#[test]
fn on_one_number_nobody_is_told_that_anything_has_ended() {
    let (mut play, client) = floor();
    play.wait(1.0);
    let device =
        json!({"type": "phone", "params": {"from_number": "+18005550100", "to_number": "+14155550190"}});
    assert_eq!(play.ask(client, "calling.dial", &json!({"tag": "t", "devices": [[device]]}))["code"], "200");
    play.wait(6.0);
    let leg = play.world.calls().find(|leg| leg.tag.as_str() == "t").unwrap();
    let call = json!(leg.call_id);
    let on = json!({"call_id": call, "node_id": leg.node_id, "control_id": "silence"});
    let silence = json!({"play": [{"type": "silence", "params": {"duration": 1.0}}]});
    assert_eq!(play.ask(client, "calling.play", &super::with(&on, &silence))["code"], "200");
    play.wait(10.0);
    let plays = play.bodies(client, "calling.call.play");
    let states: Vec<_> =
        plays.iter().filter(|body| body["call_id"] == call).map(|body| &body["state"]).collect();
    assert_eq!(states, ["playing"]);
}

#[test]
fn a_stage_call_that_does_not_exist_is_nothing() {
    let (mut play, _) = floor();
    play.stage(Stage::Arrive("nobody".into()));
    play.stage(Stage::HangUp("none".into()));
}

#[test]
fn five_calls_ring_for_ever_and_when_they_are_hung_up_others_come_rarely() {
    let (mut play, client) = floor();
    play.wait(1.0);
    for second in 0..600 {
        assert_eq!(ringing_for(&play, 60.0).len(), 5, "after {second} s");
        assert_eq!(ringing_for(&play, 52.0).len(), 5, "another is close to 60 s after {second} s");
        play.wait(1.0);
    }
    let stuck: Vec<Value> = ringing_for(&play, 60.0)
        .iter()
        .map(|leg| json!({"call_id": leg.call_id, "node_id": leg.node_id, "reason": "hangup"}))
        .collect();
    for call in stuck {
        assert_eq!(play.ask(client, "calling.end", &call)["code"], "200");
    }
    let mut counts = Vec::new();
    for _ in 0..7 {
        play.wait(600.0);
        counts.push(ringing_for(&play, 60.0).len());
    }
    assert_eq!(counts[0], 0, "{counts:?}");
    assert!(counts[3] <= 4 && counts[6] == 5 && counts.is_sorted(), "{counts:?}");
}

#[test]
fn some_twenty_calls_are_screened_and_every_verdict_has_its_next_step() {
    let (mut play, client) = floor();
    play.wait(1.0);
    assert!((17..=24).contains(&screened(&play)), "{}", screened(&play));
    play.wait(300.0);
    let events: Vec<Value> = play.inbox[&client]
        .iter()
        .filter_map(|(_, output)| super::event_of(output))
        .map(|event| event["params"].clone())
        .collect();
    let next_steps = |verdict: &str| -> BTreeSet<&str> {
        let on = |event: &&Value| event["params"]["detect"]["params"]["event"] == verdict;
        let calls: BTreeSet<&str> =
            events.iter().filter(on).filter_map(|event| event["params"]["call_id"].as_str()).collect();
        let theirs = events.iter().filter(|event| {
            event["params"]["call_id"].as_str().is_some_and(|call_id| calls.contains(call_id))
        });
        theirs.filter_map(|event| event["event_type"].as_str()?.strip_prefix("calling.call.")).collect()
    };
    for (verdict, wanted) in [
        ("HUMAN", &["play", "connect", "collect"][..]),
        ("READY", &["play"]),
        ("MACHINE", &["state"]),
        ("UNKNOWN", &["play", "collect"]),
    ] {
        let found = next_steps(verdict);
        assert!(wanted.iter().all(|step| found.contains(step)), "{verdict}: {found:?}");
    }
}

#[test]
fn calls_fail_within_seconds_for_either_reason() {
    let (mut play, client) = floor();
    play.wait(5.0);
    let reasons = ended(&play, client);
    assert!(reasons.iter().any(|reason| reason == "error"), "{reasons:?}");
    assert!(reasons.iter().filter(|reason| *reason == "not_found").count() >= 2, "{reasons:?}");
}

#[test]
fn the_alerts_of_a_floor_have_their_calls() {
    let (mut play, client) = floor();
    play.wait(1.0);
    let now = Now::simulated(play.at).wall.as_seconds();
    let oldest = play.world.calls().filter_map(|leg| leg.answered).min().unwrap();
    assert!(now - oldest.as_seconds() > 20.0 * 60.0, "a call longer than 20 minutes");
    let plays = play.bodies(client, "calling.call.play");
    let unending = |body: &&Value| {
        let same = |other: &&Value| other["control_id"] == body["control_id"];
        plays.iter().filter(same).all(|other| other["state"] == "playing")
    };
    let call = |id: &Value| play.world.calls().find(|leg| json!(leg.call_id) == *id);
    let minutes = |leg: &Leg| leg.answered.map_or(0.0, |answered| now - answered.as_seconds()) / 60.0;
    let long_over = plays.iter().filter(unending).filter_map(|body| call(&body["call_id"]));
    assert_eq!(long_over.filter(|leg| minutes(leg) > 5.0).count(), 1, "a sound whose end nobody was told");
    let addresses: Vec<String> =
        play.world.calls().filter_map(|leg| Some(leg.device.from_address()?.into_owned())).collect();
    assert!(addresses.iter().any(|from| from.contains("山田")), "a name in wide letters");
    assert!(addresses.iter().any(|from| from.len() > 60), "a long address");
}

/// Nothing piles up, and every task can be done at any time.
#[test]
fn three_hours_are_like_the_first_minute() {
    let (mut play, client) = floor();
    play.acking = false;
    let mut without = [0, 0];
    for minute in 0..180 {
        play.wait(60.0);
        assert!((30..=48).contains(&live(&play)), "{} live in minute {minute}", live(&play));
        assert!((14..=26).contains(&screened(&play)), "{} screened in minute {minute}", screened(&play));
        assert_eq!(ringing_for(&play, 60.0).len(), 5, "stuck in minute {minute}");
        let reasons = ended(&play, client);
        for (without, reason) in without.iter_mut().zip(["error", "not_found"]) {
            *without = if reasons.iter().any(|ended| ended == reason) { 0 } else { *without + 1 };
            assert!(*without < 5, "no {reason} for five minutes in minute {minute}");
        }
        let world = &play.world;
        assert!(world.agenda.len() < 1_000, "{} things ahead in minute {minute}", world.agenda.len());
        assert!(world.remembered.len() < 600, "{} remembered in minute {minute}", world.remembered.len());
        assert!(world.attempts.len() < 20, "{} attempts in minute {minute}", world.attempts.len());
        let heard = play.inbox[&client].iter().filter_map(|(_, output)| super::event_of(output));
        let ids: Vec<Value> = heard.map(|event| event["id"].clone()).collect();
        play.mark();
        for id in ids {
            let text = json!({"jsonrpc": "2.0", "id": id, "result": {}}).to_string();
            play.input(Input::Text(client, &text));
        }
    }
}
