//! Doubt and gaps as the model has them: what begins them, what ends them, what is said of them.

use std::time::Duration;

use callboard::calling::params::{Connect, Dial, PlayTts, Record};
use callboard::calling::resync::{APART, IN_FLIGHT};
use callboard::catalog::Control;
use callboard::model::{Call, Gap, Phase};
use callboard::protocol::CallState;
use callboard::protocol::device::Device;
use callboard::time::At;
use serde_json::{Value, json};

use crate::floor::Floor;
use crate::playbook::PROTOCOL;

/// A session that is none of before.
const OTHER: &str = "signalwire_other";
/// The probe.
const PROBE: &str = "calling.play.stop";

fn refusal(code: &str) -> Value {
    json!({"code": code, "message": "Call does not exist"})
}

/// Enough fresh events for the server's clock to be known.
fn told_the_time(floor: &mut Floor) {
    (0..40).for_each(|_| _ = floor.state("clock", "answered"));
}

fn gap(floor: &Floor) -> &Gap {
    floor.model().gaps().next_back().unwrap()
}

fn seconds_to(at: At, floor: &Floor) -> f64 {
    floor.play.now().at.since(at).as_secs_f64()
}

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

#[test]
fn what_ended_in_the_gap_and_is_told_late_ended_in_the_gap() {
    let mut floor = Floor::answered();
    told_the_time(&mut floor);
    floor.start(&PlayTts::new("Hi"), "p");
    let before = floor.play.now().wall.as_seconds();
    floor.lose().wait(60.0).come_back(PROTOCOL);
    let body = json!({"call_id":"c","node_id":"n","call_state":"ended","end_reason":"hangup"});
    floor.told_late("calling.call.state", before + 5.0, body);
    let ago = |floor: &Floor| {
        let ended = floor.call("c").entered(&CallState::Ended).unwrap();
        [ended, floor.action("p").ended_at.unwrap()].map(|at| seconds_to(at, floor).round() as u64)
    };
    assert_eq!(ago(&floor), [56, 56], "a minute and a second ago it was still there for five seconds");
    let now = floor.play.now().at;
    assert!(floor.call("c").age(now) < Duration::from_secs(7), "{:?}", floor.call("c").age(now));
    let entry = floor.model().entries().iter().next_back().unwrap().clone();
    assert!(entry.now.at > gap(&floor).from.at && entry.now.at < gap(&floor).until.unwrap().at);
    assert_eq!((gap(&floor).gone, gap(&floor).in_doubt()), (1, 1));
}

#[test]
fn an_end_that_was_only_concluded_gets_its_moment_when_it_is_reported() {
    let mut floor = Floor::answered();
    told_the_time(&mut floor);
    floor.start(&PlayTts::new("Hi"), "p");
    let before = floor.play.now().wall.as_seconds();
    floor.lose().wait(60.0).come_back(PROTOCOL).wait(1.0);
    assert_eq!(floor.probes(), 1);
    floor.says(PROBE, refusal("410"));
    assert!(floor.call("c").inferred.is_some());
    let body = json!({"call_id":"c","node_id":"n","call_state":"ended","end_reason":"busy"});
    floor.wait(5.0).told_late("calling.call.state", before + 5.0, body);
    let call = floor.call("c");
    assert!(call.inferred.is_none());
    for at in [call.entered(&CallState::Ended), floor.action("p").ended_at] {
        assert_eq!(seconds_to(at.unwrap(), &floor).round() as u64, 62);
    }
    assert_eq!(gap(&floor).gone, 1);
}

#[test]
fn the_gap_of_a_program_that_was_killed_begins_with_its_last_record() {
    let mut floor = Floor::answered();
    floor.start(&PlayTts::new("Hi"), "p");
    let last = floor.play.now();
    floor.killed(60.0);
    assert_eq!(said(&floor), ["no link: 1 call, 1 action in doubt"]);
    assert_eq!((gap(&floor).from, gap(&floor).until), (last, None));
    assert_eq!(floor.call("c").doubt.unwrap().since, last.at);
    let texts: Vec<_> = floor.model().entries().iter().map(|entry| entry.text.to_string()).collect();
    assert_eq!(
        texts[texts.len() - 3..],
        ["no link: 1 call, 1 action in doubt", "callboard 1 began anew", "not connected"]
    );
    floor.logs_in(PROTOCOL);
    assert_eq!(gap(&floor).length(floor.play.now().at), Duration::from_secs(60));
    // One that had no link, or closed, lost it before.
    let mut floor = Floor::answered();
    floor.lose();
    let lost = floor.play.now();
    floor.wait(0.1).killed(60.0);
    assert_eq!((gap(&floor).from, floor.model().gaps().len()), (lost, 1));
    floor.killed(60.0).killed(60.0).logs_in(PROTOCOL);
    assert_eq!((gap(&floor).from, floor.model().gaps().len()), (lost, 1), "it is one gap over all of them");
    // One that never heard anything has no gap.
    let mut floor = Floor::new();
    floor.killed(1.0);
    assert_eq!(floor.model().gaps().len(), 1);
    assert_eq!(said(&floor), ["no link, and nothing to be in doubt of"]);
}

#[test]
fn a_program_that_begins_anew_resumes_nothing() {
    let mut floor = Floor::answered();
    floor.start(&PlayTts::new("Hi"), "p");
    floor.dial(&Dial::new(vec![vec![Device::phone("+14155550123").from("+18005550100")]]), "t");
    // Even under the same name it may be another: nothing was asked to be taken up.
    floor.killed(60.0).logs_in(PROTOCOL);
    assert!(!gap(&floor).resumed);
    let doubt = floor.call("c").doubt.unwrap();
    assert!(doubt.new_session && floor.action("p").doubt.unwrap().new_session);
    let in_seconds = |at: At| at.since(floor.play.now().at).as_secs();
    assert_eq!(in_seconds(floor.call("c").given_up_at().unwrap()), 30);
    assert_eq!(in_seconds(floor.call("c").action_given_up_at(floor.action("p")).unwrap()), 30);
    assert!(in_seconds(floor.dialed("t").lapses_at()) <= 30);
    let entries = floor.model().entries();
    assert!(entries.iter().any(|entry| entry.text.as_str().starts_with("logged in, as a new session")));
    // What it reports itself is known again.
    floor.state("c", "answered");
    assert!(floor.call("c").doubt.is_none());
    assert!(floor.call("c").action_given_up_at(floor.action("p")).unwrap() <= floor.play.now().at);
}

#[test]
fn the_clock_of_an_earlier_run_decides_nothing_in_this_one() {
    // The clock of the service, or our own, is an hour off; then the machine is another.
    for hour in [3_600.0, -3_600.0] {
        let mut floor = Floor::answered();
        for _ in 0..40 {
            let stamp = floor.wait(0.1).play.now().wall.as_seconds() + hour;
            floor.told_late("calling.call.state", stamp, json!({"call_id":"d","call_state":"answered"}));
        }
        let answered = floor.call("c").entered(&CallState::Answered).unwrap();
        floor.killed(60.0).logs_in(OTHER);
        floor.state("c", "answered").state("new", "answered");
        assert!(floor.call("c").doubt.is_none(), "{hour}");
        let now = floor.play.now().at;
        assert!(
            floor.call("new").age(now) < Duration::from_secs(1),
            "{hour}: {:?}",
            floor.call("new").age(now)
        );
        // What is learned of the clock in this run moves nothing of the last.
        for _ in 0..40 {
            let stamp = floor.wait(0.1).play.now().wall.as_seconds() - 60.0;
            floor.told_late("calling.call.state", stamp, json!({"call_id":"d","call_state":"answered"}));
        }
        assert_eq!(floor.call("c").entered(&CallState::Answered).unwrap(), answered, "{hour}");
    }
}

/// One call of a session that is no more, asked for once and found.
fn cut_off() -> Floor {
    let mut floor = Floor::answered();
    floor.lose().wait(20.0).come_back(OTHER).wait(1.0);
    assert_eq!(floor.probes(), 1);
    floor.says(PROBE, json!({"code":"200"}));
    floor
}

#[test]
fn a_call_of_a_session_that_is_no_more_stays_in_doubt_and_is_asked_for_until_it_is_gone() {
    let mut floor = cut_off();
    let found = floor.play.now().at;
    let doubt = floor.call("c").doubt.unwrap();
    assert_eq!((doubt.since, doubt.found, gap(&floor).found), (found, true, 1));
    assert_eq!(said(&floor)[1..], ["gap of 21 s: 1 call live; a new session"]);
    for round in 1..=20 {
        floor.live(14.0);
        assert_eq!(floor.probes(), 0, "{round}");
        floor.live(1.0);
        assert_eq!(floor.probes(), 1, "{round}");
        floor.says(PROBE, json!({"code":"200"}));
        assert_eq!(seconds_to(floor.call("c").doubt.unwrap().since, &floor), 0.0, "it was just found");
    }
    let probed =
        |floor: &Floor| floor.call("c").entries.iter().filter(|it| it.word.as_str() == "probe").count();
    assert_eq!((probed(&floor), gap(&floor).found), (1, 1), "it is said and counted once");
    // One that proves nothing is not the last either, and nor is one that is not answered.
    floor.live(15.0).probes();
    floor.says(PROBE, json!({"code":"409","message":"Call is controlled by another client"}));
    for _ in 0..5 {
        floor.live(15.0);
        assert_eq!(floor.probes(), 1);
        floor.live(11.0);
        let since = floor.call("c").doubt.unwrap().since;
        assert!(seconds_to(since, &floor) > 30.0, "its age goes on");
        floor.live(4.0);
    }
    floor.live(15.0);
    assert_eq!(floor.probes(), 1);
    floor.says(PROBE, refusal("410"));
    assert!(!floor.call("c").is_live());
    assert_eq!((gap(&floor).found, gap(&floor).gone, gap(&floor).in_doubt()), (1, 0, 0));
    floor.live(60.0);
    assert_eq!(floor.probes(), 0);
}

#[test]
fn a_call_that_was_cut_off_and_reports_after_all_is_known_again() {
    let mut floor = cut_off();
    floor.state("c", "answered").live(60.0);
    assert!(floor.call("c").doubt.is_none());
    assert_eq!(floor.probes(), 0);
    // A command that is accepted tells as much as a probe, and no more.
    let mut floor = cut_off();
    floor.live(10.0).start(&PlayTts::new("Hi"), "p");
    assert_eq!(seconds_to(floor.call("c").doubt.unwrap().since, &floor), 0.0);
    let given_up = floor.call("c").action_given_up_at(floor.action("p")).unwrap();
    assert_eq!(given_up.since(floor.play.now().at).as_secs(), 30, "of the play nothing may be heard either");
}

#[test]
fn many_that_are_cut_off_are_asked_for_a_few_at_a_time_and_each_in_turn() {
    let mut floor = Floor::new();
    for call in 0..300 {
        floor.state(&format!("c{call}"), "answered");
    }
    floor.lose().come_back(OTHER);
    let (mut asked, mut most) = (0, 0);
    let mut open: Vec<At> = Vec::new();
    for _ in 0..3_000 {
        floor.wait(0.02);
        // Not one is answered; each is given up after ten seconds.
        let now = floor.play.now().at;
        open.retain(|sent| now.since(*sent) < Duration::from_secs(10));
        let sent = floor.probes();
        assert!(sent <= 1, "one every {APART:?}");
        open.extend(std::iter::repeat_n(now, sent));
        (asked, most) = (asked + sent, most.max(open.len()));
        floor.play.feed(callboard::client::session::Input::Alive);
    }
    assert!(most <= IN_FLIGHT && asked > 300, "{most} {asked}");
    let probed: std::collections::HashSet<_> = floor
        .play
        .sent
        .iter()
        .filter(|(_, frame)| frame["method"] == PROBE)
        .map(|(_, frame)| frame["params"]["call_id"].to_string())
        .collect();
    assert_eq!(probed.len(), 300, "none is left out");
}

#[test]
fn probes_never_push_a_command_of_the_user_out() {
    let mut floor = Floor::answered();
    floor.lose().come_back(OTHER);
    floor.ask(&PlayTts::new("Hi"), "p").unwrap();
    floor.live(11.0);
    assert_eq!(floor.phase("p"), "unknown");
    for _ in 0..200 {
        floor.live(15.0);
        floor.probes();
        floor.live(11.0);
    }
    floor.says("calling.play", json!({"code":"200"}));
    assert_eq!(floor.phase("p"), "accepted", "its late answer still counts");
    // As does that of a probe, until the next one is sent.
    floor.live(15.0);
    assert_eq!(floor.probes(), 1);
    floor.live(11.0);
    floor.says(PROBE, refusal("410"));
    assert!(!floor.call("c").is_live());
}

#[test]
fn thousands_of_gaps_are_bounded_and_count_right() {
    let mut floor = five();
    for _ in 0..3_000 {
        floor.lose().come_back(PROTOCOL);
    }
    assert_eq!((floor.model().gaps().len(), gap(&floor).number), (100, 3_000));
    assert_eq!((gap(&floor).calls, gap(&floor).in_doubt()), (5, 5));
    assert!(floor.model().gaps().rev().skip(1).all(|gap| gap.in_doubt() == 0 && gap.carried == 5));
    floor.ended("c").state("d", "answered");
    assert_eq!((gap(&floor).found, gap(&floor).gone, gap(&floor).in_doubt()), (1, 1, 3));
    floor.killed(0.0);
    let none = gap(&floor).clone();
    assert_eq!(none.length(none.from.at), Duration::ZERO);
    assert_eq!(none.length(At::from_micros(0)), Duration::ZERO, "a moment before it began");
    assert!(none.summary(At::from_micros(0)).starts_with("gap of 0 s"));
}

#[test]
fn a_call_that_comes_while_the_service_sends_us_away_belongs_to_the_gap_and_is_found_again() {
    let mut floor = Floor::answered();
    floor.play.says(&json!({"id":"d","method":"signalwire.disconnect","params":{}}));
    floor.state("new", "ringing").lose();
    assert_eq!((gap(&floor).calls, gap(&floor).in_doubt()), (2, 2));
    floor.come_back(PROTOCOL).state("c", "answered");
    assert_eq!(gap(&floor).in_doubt(), 1);
    floor.state("new", "answered");
    assert_eq!((floor.call("new").doubt, gap(&floor).found), (None, 2));
}

/// A call `c` that is bridged to `d`, with a play.
fn bridged() -> Floor {
    let mut floor = Floor::new();
    floor.state("c", "ringing").state("c", "answered").state("d", "answered").start(&PlayTts::new("Hi"), "p");
    floor.on("play", json!({"control_id":"p","state":"playing"}));
    floor.ask(&Connect::phone("+12025550140"), "t").unwrap();
    floor.on("connect", json!({"tag":"t","connect_state":"connected","peer":{"call_id":"d","node_id":"n"}}));
    floor
}

/// What is known of an action besides its id: its phase, whether it ended, whether it is in doubt.
type Doing = (Phase, bool, bool);

/// All of a call that its end takes from it.
type Standing = (CallState, Option<CallState>, Option<String>, Vec<Doing>, bool, bool);

fn state_of(call: &Call) -> Standing {
    let actions = call.actions.iter().map(|it| (it.phase.clone(), it.ended_at.is_some(), it.doubt.is_some()));
    (
        call.state.clone(),
        call.prev_state.clone(),
        call.peer.as_ref().map(ToString::to_string),
        actions.collect(),
        call.entered(&CallState::Ended).is_some(),
        call.doubt.is_some_and(|doubt| doubt.new_session),
    )
}

#[test]
fn a_call_that_was_held_to_be_gone_and_lives_is_as_it_was() {
    // Both legs are called gone, and one of them proves to live: so may the other.
    let mut floor = bridged();
    floor.lose().come_back(OTHER).wait(1.0);
    let before = ["c", "d"].map(|id| state_of(floor.call(id)));
    for _ in 0..2 {
        assert_eq!(floor.probes(), 1);
        floor.says(PROBE, refusal("404")).wait(0.02);
    }
    assert_eq!((floor.model().live(), floor.peers(), gap(&floor).gone), (0, vec![], 2));
    floor.on("play", json!({"control_id":"q","state":"playing"}));
    assert_eq!((floor.model().live(), gap(&floor).gone, gap(&floor).found), (2, 0, 1));
    assert_eq!(state_of(floor.call("d")), before[1]);
    let (state, prev, peer, actions, ended, cut) = state_of(floor.call("c"));
    let was = before[0].clone();
    assert_eq!((state, prev, peer, &actions[..2], ended), (was.0, was.1, was.2, &was.3[..], was.4));
    assert!(!cut, "it reports");
    // What was misled about is asked for again.
    floor.live(1.0);
    assert_eq!(floor.probes(), 1);
    floor.says(PROBE, refusal("404"));
    assert!(floor.call("d").is_live(), "but that is no longer believed");
    floor.live(15.0);
    assert_eq!(floor.probes(), 1, "and it goes on being asked for");
}

#[test]
fn what_came_between_the_wrong_end_and_the_sign_of_life_is_kept() {
    let mut floor = Floor::answered();
    floor.start(&Record::new(), "r").start(&PlayTts::new("Hi"), "p");
    floor.state("d", "answered").lose().come_back(PROTOCOL).wait(1.0);
    for _ in 0..2 {
        floor.probes();
        floor.says(PROBE, refusal("404")).wait(0.02);
    }
    floor.on("record", json!({"control_id":"r","state":"finished","url":"https://x"}));
    assert!(!floor.call("c").is_live(), "the last word of an operation may come late");
    // Another gap passes, in which the session is lost.
    floor.lose().come_back(OTHER);
    assert_eq!(gap(&floor).calls, 0);
    floor.state("c", "answered");
    assert_eq!((floor.phase("r"), floor.action("p").is_live()), ("done", true));
    assert!(floor.action("p").doubt.is_some_and(|doubt| doubt.new_session && doubt.back.is_some()));
    assert!(floor.call("c").doubt.is_none());
    let other = floor.call("d").doubt.unwrap();
    assert!(other.new_session && other.back.is_some(), "it missed that gap");
    assert_eq!((gap(&floor).calls, gap(&floor).found, gap(&floor).in_doubt()), (2, 1, 1));
    let first = floor.model().gaps().next().unwrap();
    assert_eq!((first.gone, first.carried, first.in_doubt()), (0, 2, 0));
}

#[test]
fn a_code_that_was_wrong_is_not_believed_until_another_session_answers() {
    let mut floor = five();
    floor.lose().come_back(PROTOCOL).wait(1.0);
    for _ in 0..5 {
        floor.probes();
        floor.says(PROBE, refusal("404")).wait(0.02);
    }
    assert_eq!((floor.model().live(), gap(&floor).gone), (0, 5));
    floor.state("e", "answered");
    assert_eq!((floor.model().live(), gap(&floor).gone, gap(&floor).in_doubt()), (5, 0, 4));
    assert!(!floor.model().believes("404") && floor.model().believes("410"));
    floor.lose().come_back(PROTOCOL);
    assert!(!floor.model().believes("404"), "the same session, the same answers");
    // A command that is refused so says what it says: there it is about the call.
    floor.ask(&PlayTts::new("Hi"), "p").unwrap();
    floor.says("calling.play", refusal("404"));
    assert!(!floor.call("c").is_live());
    floor.lose().come_back(OTHER);
    assert!(floor.model().believes("404"));
    floor.killed(5.0).logs_in(OTHER);
    assert!(floor.model().believes("404"));
}

#[test]
fn two_gaps_in_a_row_leave_no_probe_behind() {
    let mut floor = five();
    for _ in 0..3 {
        floor.lose().come_back(PROTOCOL).wait(1.0);
        assert_eq!(floor.probes(), 1, "one is under way when the link is lost again");
    }
    let mut sent = Vec::new();
    for _ in 0..200 {
        floor.wait(0.02);
        floor.probes();
    }
    for (_, frame) in floor.play.sent.iter().filter(|(_, frame)| frame["method"] == PROBE) {
        sent.push(frame["params"]["call_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(sent.len(), 3 - 1 + 5, "each once, and those of before");
}

#[test]
fn whenever_it_is_killed_what_is_shown_is_what_the_journal_says() {
    // Before and after the answer to a command and to a probe, and with the link lost and back.
    type Step = fn(&mut Floor);
    let steps: [Step; 9] = [
        |floor| _ = floor.ask(&PlayTts::new("Hi"), "p"),
        |floor| _ = floor.says("calling.play", json!({"code":"200"})),
        |floor| _ = floor.on("play", json!({"control_id":"p","state":"playing"})),
        |floor| {
            floor.dial(&Dial::new(vec![vec![Device::phone("+14155550123").from("+18005550100")]]), "t");
        },
        |floor| _ = floor.lose(),
        |floor| _ = floor.come_back(PROTOCOL).wait(1.0),
        |floor| _ = floor.probes(),
        |floor| _ = floor.says(PROBE, json!({"code":"200"})),
        |floor| _ = floor.ended("c"),
    ];
    for killed_after in 0..=steps.len() {
        let mut floor = Floor::answered();
        steps[..killed_after].iter().for_each(|step| step(&mut floor));
        let live = floor.model().live();
        floor.killed(10.0).logs_in(OTHER);
        assert_eq!(floor.model().live(), live, "{killed_after}");
        let open = floor.model().gaps().filter(|gap| gap.until.is_none()).count();
        assert_eq!((open, gap(&floor).in_doubt()), (0, live), "{killed_after}");
        for call in floor.model().calls().filter(|call| call.is_live()) {
            assert!(call.doubt.is_some() && call.given_up_at().is_some());
            assert!(call.running().all(|action| call.action_given_up_at(action).is_some()), "{killed_after}");
        }
        assert!(
            floor.model().acts().iter().all(|act| act.ending.is_some()),
            "{killed_after}: each has an end"
        );
        let dials = floor.model().dials().filter(|dial| !dial.is_over());
        assert!(dials.into_iter().all(|dial| dial.doubt.is_some()), "{killed_after}");
        floor.wait(1.0);
        assert_eq!(floor.probes(), live, "{killed_after}");
        if live > 0 {
            floor.says(PROBE, refusal("410"));
            assert_eq!(floor.model().live(), 0, "{killed_after}");
        }
    }
}

#[test]
fn what_is_told_again_under_new_ids_after_a_restart_is_not_news() {
    let mut floor = Floor::answered();
    let stamp = floor.play.now().wall.as_seconds();
    let body = json!({"call_id":"c","node_id":"n","call_state":"answered"});
    floor.killed(5.0).logs_in(OTHER).told_late("calling.call.state", stamp, body);
    assert_eq!(floor.model().stats().duplicates, 1);
    assert!(floor.call("c").doubt.is_some(), "it says nothing of now");
    let body = json!({"call_id":"c","node_id":"n","call_state":"ended"});
    floor.told_late("calling.call.state", stamp + 2.0, body);
    assert!(!floor.call("c").is_live());
}

#[test]
fn what_was_unknown_before_the_program_was_killed_is_said_once() {
    let mut floor = five();
    floor.ask(&PlayTts::new("Hi"), "p").unwrap();
    floor.live(11.0);
    floor.ask(&PlayTts::new("Ho"), "q").unwrap();
    floor.lose().come_back(PROTOCOL).wait(1.0).probes();
    floor.killed(5.0);
    let entries = floor.model().entries().iter().map(|entry| entry.text.to_string());
    let unknown: Vec<_> = entries.filter(|text| text.contains("unknown") || text.contains("probe")).collect();
    assert_eq!(
        unknown,
        [
            "calling.play unknown: no answer within 10 s; it may have happened",
            "calling.play unknown: the connection was lost before the answer came",
        ]
    );
    floor.ask(&PlayTts::new("Hu"), "r").unwrap();
    floor.killed(5.0);
    let last = floor.model().acts().iter().next_back().unwrap().ending.clone().unwrap();
    assert!(last.text.as_str().contains("no link") || last.text.as_str().contains("offline"), "{last:?}");
}

#[test]
fn that_a_call_lives_says_nothing_of_whether_it_is_answered_by_now() {
    let mut floor = Floor::new();
    floor.state("c", "ringing").state("d", "answered").lose().come_back(PROTOCOL).wait(1.0);
    for _ in 0..2 {
        assert_eq!(floor.probes(), 1);
        floor.says(PROBE, json!({"code":"200"})).wait(0.02);
    }
    assert!(floor.call("d").doubt.is_none());
    let doubt = floor.call("c").doubt.unwrap();
    assert!(doubt.found && !doubt.new_session);
    assert_eq!(said(&floor)[1..], ["gap of 1 s: 2 calls live"]);
    let left = floor.call("c").given_up_at().unwrap().since(floor.play.now().at).as_secs();
    assert!((27..30).contains(&left), "until then it may be heard of: {left}");
    floor.live(60.0);
    assert_eq!(floor.probes(), 0, "no probe can tell more");
    floor.state("c", "answered");
    assert_eq!((floor.call("c").doubt, gap(&floor).found), (None, 2));
}

#[test]
fn the_last_word_of_an_operation_does_not_prove_that_its_call_lives() {
    let mut floor = Floor::answered();
    floor.start(&Record::new(), "r").lose().come_back(PROTOCOL);
    floor.on("record", json!({"control_id":"r","state":"finished","url":"https://x"}));
    assert_eq!(floor.phase("r"), "done");
    assert!(floor.call("c").doubt.is_some(), "it is told after the end of a call as well");
    floor.wait(1.0);
    assert_eq!(floor.probes(), 1);
    floor.says(PROBE, refusal("410"));
    assert!(!floor.call("c").is_live());
}

#[test]
fn what_never_left_is_not_in_doubt() {
    use callboard::client::session::Input;
    let mut floor = Floor::answered();
    floor.start(&PlayTts::new("Hi"), "p");
    // They wait for the disk while the link is lost.
    floor.lose();
    let device = Device::phone("+14155550123").from("+18005550100");
    floor.ask(&PlayTts::new("Ho"), "q").unwrap();
    floor.dial(&Dial::new(vec![vec![device]]), "t");
    floor.play.feed(Input::Wake);
    assert_eq!((floor.phase("q"), floor.dial_word("t").starts_with("failed")), ("not sent", true));
    floor.wait(1.0);
    assert!(floor.action("p").doubt.is_some());
    assert!(floor.action("q").doubt.is_none() && floor.dialed("t").doubt.is_none());
}

/// What is known, without what only whoever holds a call decides.
fn known(model: &callboard::model::Model) -> String {
    let calls: Vec<_> = model.calls().collect();
    let (gaps, dials): (Vec<_>, Vec<_>) = (model.gaps().collect(), model.dials().collect());
    let (entries, acts): (Vec<_>, Vec<_>) = (model.entries().iter().collect(), model.acts().iter().collect());
    format!("{:?} {} {calls:?} {gaps:?} {dials:?} {entries:?} {acts:?}", model.link(), model.live())
}

/// What holds at any moment.
fn sound(floor: &Floor, seed: u64, step: usize, did: &str) {
    let model = floor.model();
    let place = format!("seed {seed}, step {step}: {did}");
    let live: Vec<_> = model.calls().filter(|call| call.is_live()).collect();
    assert_eq!(model.live(), live.len(), "{place}");
    let up = model.link().is_up();
    for call in &live {
        assert!(
            up || call.doubt.is_some() || did.contains("sent away"),
            "{place}: {} is taken for known",
            call.id
        );
        let back = call.doubt.is_some_and(|doubt| doubt.back.is_some());
        assert!(!up || call.doubt.is_none() || back, "{place}: {} waits for a link that is there", call.id);
        assert!(call.entered(&CallState::Ended).is_none() && call.inferred.is_none(), "{place}");
        let waits =
            call.running().all(|action| action.doubt.is_none() || call.action_given_up_at(action).is_some());
        assert!(waits && call.doubt.is_none() == call.given_up_at().is_none(), "{place}");
    }
    for call in model.calls().filter(|call| !call.is_live()) {
        assert!(
            call.doubt.is_none() && call.running().count() == 0 && call.peer.is_none(),
            "{place}: {call:?}"
        );
    }
    for call in model.calls() {
        let Some(peer) = call.peer.as_ref().and_then(|peer| model.call(peer)) else { continue };
        assert!(peer.is_live(), "{place}: {} is bridged to what is over", call.id);
    }
    // What a wrong end misled us about is in doubt from then on, and of no gap.
    let of_gap = |doubt: callboard::model::Doubt| !doubt.found && doubt.back != Some(doubt.since);
    let in_doubt = live.iter().filter(|call| call.doubt.is_some_and(of_gap)).count();
    let counted = model.gaps().next_back().map_or(0, Gap::in_doubt);
    assert_eq!(counted, in_doubt, "{place}: {:#?}", model.gaps().next_back());
    assert!(model.gaps().rev().skip(1).all(|gap| gap.in_doubt() == 0 && gap.until.is_some()), "{place}");
    let gaps: Vec<_> = model.gaps().collect();
    assert!(gaps.windows(2).all(|pair| pair[0].until.unwrap().at <= pair[1].from.at), "{place}");
}

#[test]
fn whatever_happens_in_whatever_order_the_doubt_is_sound_and_the_journal_has_all_of_it() {
    for seed in 0..150 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut floor = Floor::answered();
        for step in 0..60 {
            let call = ["c", "d", "e", "f"][dice.usize(..4)];
            let up = floor.model().link().is_up();
            let asked = floor.play.count(PROBE) > 0;
            let protocol = [PROTOCOL, PROTOCOL, OTHER][dice.usize(..3)];
            let mut did = format!("{call} {protocol}");
            match dice.u8(..22) {
                0..4 if up => {
                    floor.state(call, ["ringing", "answered", "answered", "ending"][dice.usize(..4)]);
                }
                4 if up => _ = floor.ended(call),
                5 if up => {
                    let ago = dice.f64() * 100.0;
                    let stamp = floor.play.now().wall.as_seconds() - ago;
                    let state = ["answered", "ended"][dice.usize(..2)];
                    did = format!("{did} {state} told {ago} s late");
                    floor.told_late("calling.call.state", stamp, json!({"call_id":call,"call_state":state}));
                }
                6 if up => {
                    let word = ["playing", "finished"][dice.usize(..2)];
                    floor.event("calling.call.play", json!({"call_id":call,"control_id":"p","state":word}));
                }
                7 if up && floor.knows("d") => {
                    let word = ["connected", "disconnected"][dice.usize(..2)];
                    let peer = json!({"call_id":"d","node_id":"n"});
                    let body = json!({"call_id":"c","tag":"t","connect_state":word,"peer":peer});
                    floor.event("calling.call.connect", body);
                }
                8..10 if up => {
                    floor.wait(1.1);
                    while floor.model().link().is_up() && floor.probes() > 0 && dice.u8(..4) > 0 {
                        let code = ["200", "404", "410", "409", "500"][dice.usize(..5)];
                        did = format!("{did} probe {code}");
                        floor.says(PROBE, refusal(code)).wait(0.02);
                    }
                }
                10 if asked => _ = floor.says(PROBE, refusal(["200", "404", "410"][dice.usize(..3)])),
                11 => _ = floor.live(15.0),
                12 if up => {
                    floor.play.says(&json!({"id":"d","method":"signalwire.disconnect","params":{}}));
                    floor.wait(0.0).state("late", "answered");
                    did = format!("{did} sent away");
                    sound(&floor, seed, step, &did);
                    floor.lose();
                    did = "lost after that".into();
                }
                13 if floor.knows("c") => _ = floor.ask(&PlayTts::new("Hi"), &format!("q{step}")),
                14 => floor.cleared(),
                15 if dice.bool() => _ = floor.killed(dice.f64() * 60.0),
                16..18 if up => _ = floor.lose(),
                _ if !up && floor.play.opens == 0 => _ = floor.logs_in(protocol),
                _ if !up => _ = floor.come_back(protocol),
                _ => {}
            }
            sound(&floor, seed, step, &did);
        }
        assert_eq!(known(&floor.rebuilt()), known(floor.model()), "{seed}");
    }
}
