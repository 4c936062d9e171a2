//! Doubt and gaps as the model has them: what begins them, what ends them, what is said of them.

use callboard::calling::params::{PlayTts, Record};
use callboard::catalog::Control;
use serde_json::json;

use crate::floor::Floor;
use crate::playbook::PROTOCOL;

/// What was said of the link since the first loss.
fn said(floor: &Floor) -> Vec<String> {
    let gaps = floor.model().entries().iter().filter(|entry| entry.word.as_str().starts_with("gap"));
    gaps.map(|entry| entry.text.to_string()).collect()
}

/// Five answered calls.
fn five() -> Floor {
    let mut floor = Floor::new();
    for call in ["c", "d", "e", "f", "g"] {
        floor.state(call, "answered");
    }
    floor
}

#[test]
fn a_gap_is_one_thing_with_what_became_of_its_calls() {
    let mut floor = five();
    floor.lose().wait(28.0).come_back(PROTOCOL);
    let gap = floor.model().gaps().next_back().unwrap();
    assert_eq!((gap.calls, gap.in_doubt(), gap.resumed), (5, 5, true));
    floor.ended("c").ended("d").ended("e");
    assert_eq!(said(&floor), ["no link: 5 calls in doubt"], "two may still be heard of");
    floor.live(31.0).event("calling.error", json!({"code":"500"}));
    assert_eq!(said(&floor)[1..], ["gap of 29 s: 3 calls gone, 2 still in doubt"]);
    floor.state("f", "answered").state("g", "answered").live(60.0);
    assert_eq!(said(&floor).len(), 2, "it is said once");
    let gap = floor.model().gaps().next_back().unwrap();
    assert_eq!((gap.gone, gap.found, gap.in_doubt()), (3, 2, 0));
}

#[test]
fn a_gap_that_resolves_at_once_is_said_at_once_and_one_without_calls_too() {
    let mut floor = Floor::answered();
    floor.lose().come_back("signalwire_other").ended("c");
    assert_eq!(said(&floor)[1..], ["gap of 1 s: 1 call gone; a new session"]);
    let mut floor = Floor::new();
    floor.lose().come_back(PROTOCOL);
    assert_eq!(said(&floor), ["no link, and nothing to be in doubt of", "gap of 1 s: no call was live"]);
}

#[test]
fn a_second_gap_takes_over_what_the_first_left_in_doubt() {
    let mut floor = five();
    floor.lose().come_back(PROTOCOL).ended("c").state("d", "answered").lose();
    let gaps: Vec<_> =
        floor.model().gaps().map(|gap| (gap.calls, gap.gone, gap.found, gap.carried)).collect();
    assert_eq!(gaps, [(5, 1, 1, 3), (4, 0, 0, 0)]);
    let doubt = |call: &str| floor.call(call).doubt.unwrap();
    assert!(doubt("e").since < doubt("d").since, "it has not been heard of since the first");
    assert_eq!(doubt("e").back, None);
}

#[test]
fn what_happened_in_the_gap_and_is_told_late_does_not_say_how_it_stands_now() {
    let mut floor = Floor::answered();
    // The server's clock is known from some events on.
    for _ in 0..40 {
        floor.state("d", "answered");
    }
    floor.start(&PlayTts::new("Hi"), "p");
    let before = floor.play.now().wall.as_seconds();
    floor.lose().wait(20.0).come_back(PROTOCOL);
    let body = json!({"call_id":"c","node_id":"n","control_id":"p","state":"playing"});
    floor.told_late("calling.call.play", before + 5.0, body.clone());
    assert!(floor.call("c").doubt.is_some() && floor.action("p").doubt.is_some());
    floor.event("calling.call.play", body);
    assert!(floor.call("c").doubt.is_none() && floor.action("p").doubt.is_none());
}

#[test]
fn the_doubt_of_an_action_ends_with_a_word_of_its_own() {
    let mut floor = Floor::answered();
    floor.start(&PlayTts::new("Hi"), "p").start(&Record::new(), "r");
    floor.lose().come_back(PROTOCOL);
    let doubts = |floor: &Floor| ["p", "r"].map(|id| floor.action(id).doubt.is_some());
    assert_eq!(doubts(&floor), [true, true]);
    floor.state("c", "answered");
    assert_eq!(doubts(&floor), [true, true], "the call lives; that says nothing of what ran on it");
    floor.control("p", Control::Pause, None).unwrap();
    floor.says("calling.play.pause", json!({"code":"200"}));
    assert_eq!(doubts(&floor), [false, true], "an accepted control says that it runs");
    floor.on("record", json!({"control_id":"r","state":"finished"}));
    assert_eq!(doubts(&floor), [false, false]);
    let mut floor = Floor::answered();
    floor.start(&PlayTts::new("Hi"), "p").lose().come_back(PROTOCOL).ended("c");
    assert!(floor.action("p").doubt.is_none(), "with its call");
}

#[test]
fn when_nobody_should_wait_any_longer() {
    let mut floor = Floor::answered();
    floor.start(&PlayTts::new("Hi"), "p");
    let given_up = |floor: &Floor| {
        let (call, now) = (floor.call("c"), floor.play.now().at);
        let of = |at: Option<callboard::time::At>| at.map(|at| at.since(now).as_secs());
        (of(call.given_up_at()), of(call.action_given_up_at(floor.action("p"))))
    };
    assert_eq!(given_up(&floor), (None, None));
    floor.lose();
    assert_eq!(given_up(&floor), (Some(120), Some(120)));
    floor.come_back(PROTOCOL);
    assert_eq!(given_up(&floor), (Some(30), Some(30)));
    floor.state("c", "answered");
    assert_eq!(given_up(&floor).0, None);
    // In a new session nothing of before is reported, once it is known that the call lives.
    let mut floor = Floor::answered();
    floor.start(&PlayTts::new("Hi"), "p").lose().come_back("signalwire_other");
    assert_eq!(given_up(&floor), (Some(30), Some(30)));
    floor.ask(&PlayTts::new("Ho"), "q").unwrap();
    floor.says("calling.play", json!({"code":"200"}));
    assert_eq!(given_up(&floor), (Some(0), Some(0)));
    floor.on("play", json!({"control_id":"q","state":"playing"}));
    assert_eq!(given_up(&floor), (None, Some(0)), "it is heard of after all; of the old play it is not");
}
