//! The shipped scenarios: they load, and the floor is as busy as the demo needs it.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Playbook, Stage};
use crate::protocol::state::CallState;
use crate::sim::Script;

const CONTEXTS: &[&str] = &["support", "renewal", "collect", "internal"];

fn floor() -> (Playbook, crate::sim::ClientId) {
    let mut play = Playbook::of(Script::floor().unwrap(), 1);
    let client = play.login(CONTEXTS);
    (play, client)
}

fn live(play: &Playbook) -> usize {
    play.world.calls().count()
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
fn a_dozen_calls_are_there_within_a_second_of_the_login() {
    let (mut play, client) = floor();
    play.wait(1.0);
    assert!(live(&play) >= 12, "{}", live(&play));
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
            assert!((9..=24).contains(&live(&play)), "{} live in minute {minute}", live(&play));
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
    let done =
        play.bodies(client, "calling.call.record").into_iter().find(|b| b["state"] == "finished").unwrap();
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
    assert!(calls.len() >= 12, "{}", calls.len());
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
fn a_stage_call_that_does_not_exist_is_nothing() {
    let (mut play, _) = floor();
    play.stage(Stage::Arrive("nobody".into()));
    play.stage(Stage::HangUp("none".into()));
}
