//! Calls that come by themselves: with a past, with successors, and with an application that reacts.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Playbook, with};
use crate::protocol::state::CallState;
use crate::sim::Input;

/// A line of one caller after another, each for ten seconds from the answer.
const LINE: &str = r#"
[[arrival]]
label = "line"
context = "support"
from = "+1202555012?"
to = ["+12025550198", "+12025550199"]
age = 25.0
again_after = 2.0
answered_after = 3.0
party = "brief"
[[arrival.does]]
after = 1.0
command = "record"
params = { record = { audio = { initial_timeout = 0.0, end_silence_timeout = 0.0 } } }
[parties.brief]
hangs_up_after = 10.0
"#;

#[test]
fn a_call_that_is_there_already_has_lived_through_its_past() {
    let mut play = Playbook::new(&LINE.replace("hangs_up_after = 10.0", ""));
    let client = play.login(&["support"]);
    play.wait(1.0);
    let told: Vec<(String, f64)> = play.inbox[&client]
        .iter()
        .filter_map(|(_, output)| super::event_of(output))
        .map(|event| {
            (super::headline(&event["params"]), event["params"]["timestamp"].as_f64().unwrap_or_default())
        })
        .filter(|(words, _)| !words.starts_with("signalwire"))
        .collect();
    let came = told[0].1;
    let told: Vec<_> = told
        .iter()
        .map(|(words, at)| format!("{:.2} {words}", ((at - came) * 100.0).round() / 100.0))
        .collect();
    assert_eq!(
        told,
        ["0.00 receive created", "0.25 state ringing", "3.00 state answered", "4.12 record recording"]
    );
    let began = play.bodies(client, "calling.call.receive")[0]["start_time"].as_f64().unwrap() / 1e3;
    assert!((came - began).abs() < 0.01, "it began when it came");
    assert!((crate::time::Now::simulated(play.at).wall.as_seconds() - came - 25.95).abs() < 0.1);
}

#[test]
fn a_call_that_ended_in_the_past_is_not_told_and_its_place_is_taken() {
    let mut play = Playbook::new(LINE);
    let client = play.login(&["support"]);
    play.wait(1.0);
    // The first was over 13.18 s after it came; the second came 2 s later and is 9.8 s old.
    assert_eq!(play.bodies(client, "calling.call.receive").len(), 1);
    assert!(!play.events(client).iter().any(|line| line.ends_with("state ended")));
    play.wait(60.0);
    let receives = play.bodies(client, "calling.call.receive");
    assert_eq!(receives.len(), 5, "another every 15.2 s");
    let to: BTreeSet<String> =
        receives.iter().map(|body| body["device"]["params"]["to_number"].to_string()).collect();
    assert_eq!(to.len(), 2, "either number of the two");
}

#[test]
fn as_many_stand_as_the_scenario_says_whoever_comes_and_goes() {
    let mut play = Playbook::new(&LINE.replace("age = 25.0", "age = [1.0, 200.0]\nstanding = 4"));
    let clients = [play.login(&["support"]), play.login(&["support"])];
    for _ in 0..100 {
        play.wait(2.0);
        assert!((1..=4).contains(&play.world.calls().count()), "{}", play.world.calls().count());
    }
    for client in clients {
        assert!(!play.bodies(client, "calling.call.receive").is_empty(), "either has its share");
        play.input(Input::Left(client));
    }
    play.wait(100.0);
    assert_eq!(play.world.calls().count(), 0, "nobody calls where nobody looks");
}

/// A dialler that sends a digit to every person.
const SCREENED: &str = r#"
[[arrival]]
label = "screened"
direction = "outbound"
context = "renewal"
from = "+12025550123"
to = "+12025550199"
age = 0.0
party = "human"
[[arrival.does]]
command = "detect"
control = "amd"
params = { detect = { type = "machine", params = {} } }
[[arrival.does]]
on = "HUMAN"
after = 1.0
command = "send_digits"
params = { digits = "1" }
"#;

fn count(play: &Playbook, client: crate::sim::ClientId, words: &str) -> usize {
    play.events(client).iter().filter(|line| line.ends_with(words)).count()
}

#[test]
fn an_application_goes_by_what_its_own_detector_says() {
    let mut play = Playbook::new(SCREENED);
    let client = play.login(&["renewal"]);
    play.wait(20.0);
    assert_eq!(count(&play, client, "detect HUMAN"), 1);
    assert_eq!(count(&play, client, "send_digits finished"), 1);
    let leg = play.world.calls().next().unwrap();
    let on = json!({"call_id": leg.call_id, "node_id": leg.node_id, "control_id": "mine"});
    let detect = json!({"detect": {"type": "machine", "params": {"initial_timeout": 1.0}}});
    assert_eq!(play.ask(client, "calling.detect", &with(&on, &detect))["code"], "200");
    play.wait(20.0);
    assert_eq!(count(&play, client, "detect finished"), 2);
    assert_eq!(count(&play, client, "send_digits finished"), 1, "the client's own is not its business");
}

#[test]
fn a_fault_can_be_on_one_named_operation() {
    let fault = "[[fault]]\nevent = '*'\nstate = 'finished'\ncontrol = 'amd'\nnth = 0\ndo = 'lose'\n";
    let mut play = Playbook::new(&format!("{fault}{SCREENED}"));
    let client = play.login(&["renewal"]);
    play.wait(60.0);
    assert_eq!(count(&play, client, "detect HUMAN"), 1);
    assert_eq!(count(&play, client, "detect finished"), 0);
    assert_eq!(count(&play, client, "send_digits finished"), 1);
}

#[test]
fn a_stuck_call_rings_past_every_timeout() {
    let mut play = Playbook::new("[[number]]\nmatch = '*'\nparty = 'stuck'");
    let client = play.login(&[]);
    let device = json!({"type": "phone", "params": {"from_number": "+12025550123", "to_number": "+12025550199", "timeout": 5}});
    assert_eq!(play.ask(client, "calling.dial", &json!({"tag": "t", "devices": [[device]]}))["code"], "200");
    play.wait(3_600.0);
    let leg = play.world.calls().next().unwrap();
    assert_eq!(leg.state, CallState::Ringing);
    let end = json!({"call_id": leg.call_id, "node_id": leg.node_id});
    assert_eq!(play.ask(client, "calling.end", &end)["code"], "200");
    play.wait(1.0);
    assert_eq!(play.world.calls().count(), 0);
}
