//! Calls: their states, peers, dials, doubt, and how they are forgotten.

use callboard::calling::Error;
use callboard::calling::params::{Answer, Connect, Dial, Disconnect, Pass, Play as PlayParams, PlayTts};
use callboard::model::limit;
use callboard::protocol::device::{Device, Media};
use callboard::protocol::{CallId, CallState, EndReason};
use serde_json::{Value, json};

use crate::floor::{Floor, entered};

#[test]
fn a_call_never_goes_back_whatever_the_order_of_its_events() {
    let words = ["created", "ringing", "answered", "ending", "ended"];
    for order in permutations(&[0, 1, 2, 3]) {
        let mut floor = Floor::new();
        let mut most = 0;
        for place in order.clone() {
            floor.state("c", words[place]);
            most = most.max(place);
            assert_eq!(floor.call("c").state.as_str(), words[most], "{order:?}");
        }
        assert_eq!(entered(floor.call("c")), &words[..4], "all were entered, however late it was said");
        floor.ended("c").state("c", "answered").state("c", "parked");
        assert_eq!((floor.call("c").state.clone(), floor.model().live()), (CallState::Ended, 0));
    }
}

#[test]
fn states_that_were_jumped_over_were_not_entered() {
    let mut floor = Floor::new();
    floor.state("c", "created").ended("c");
    assert_eq!(entered(floor.call("c")), ["created", "ended"]);
    let call = floor.call("c");
    assert_eq!(
        (call.prev_state.clone(), call.end_reason.clone()),
        (Some(CallState::Created), Some(EndReason::Hangup))
    );
}

#[test]
fn an_unknown_state_is_shown_and_leads_back_to_where_it_was_at_most() {
    let mut floor = Floor::new();
    floor.state("c", "answered").state("c", "parked");
    assert_eq!(floor.call("c").state.as_str(), "parked");
    floor.state("c", "ringing");
    assert_eq!(floor.call("c").state.as_str(), "parked", "a late event");
    floor.state("c", "answered");
    assert_eq!(floor.call("c").state.as_str(), "answered");
}

#[test]
fn the_servers_times_count_and_zeros_are_no_times() {
    let mut floor = Floor::new();
    let wall = floor.play.now().wall.as_seconds();
    floor.on(
        "state",
        json!({"call_state":"answered","start_time":(wall - 60.0) * 1e3,"answer_time":(wall - 50.0) * 1e3}),
    );
    let call = floor.call("c");
    let now = floor.play.now().at;
    assert_eq!(call.age(now).as_secs(), 50);
    assert_eq!(now.since(call.entered(&CallState::Created).unwrap()).as_secs(), 60);
    let mut floor = Floor::new();
    let times = json!({"call_state":"ringing","start_time":0,"answer_time":0,"end_time":"0"});
    floor.on("state", times).on("state", json!({"call_state":"ending","end_time":wall * 1e3}));
    assert_eq!(entered(floor.call("c")), ["ringing", "ending"]);
    floor.ended("c");
    assert_eq!(entered(floor.call("c")), ["ringing", "ending", "ended"]);
}

#[test]
fn an_offer_has_its_context_wherever_it_stands() {
    let mut floor = Floor::new();
    for (call, fields) in [("a", json!({"context":"sales"})), ("b", json!({"protocol":"sales"}))] {
        let mut body = json!({"call_id":call,"node_id":"n","call_state":"created","direction":"inbound"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        floor.event("calling.call.receive", body);
        assert_eq!(floor.call(call).context.as_ref().unwrap().as_str(), "sales");
    }
}

#[test]
fn a_call_that_is_gone_by_a_refusal_has_ended() {
    for code in ["404", "410"] {
        let mut floor = Floor::answered();
        floor.start(&PlayTts::new("Hi"), "p");
        floor.ask(&PlayTts::new("Ho"), "q").unwrap();
        floor.says("calling.play", json!({"code":code,"message":"gone"}));
        assert_eq!((floor.call("c").state.clone(), floor.model().live()), (CallState::Ended, 0), "{code}");
        assert_eq!((floor.phase("p"), floor.phase("q")), ("failed", "refused"));
        assert_eq!(floor.ask(&Answer::default(), ""), Err(Error::CallOver));
        // A late event changes that no more.
        floor.state("c", "answered");
        assert_eq!(floor.model().live(), 0);
    }
}

#[test]
fn other_refusals_leave_the_call_alone() {
    for code in ["400", "402", "409", "500", "E", "-32601"] {
        let mut floor = Floor::answered();
        floor.ask(&PlayTts::new("Hi"), "p").unwrap();
        floor.says("calling.play", json!({"code":code,"message":"no"}));
        assert_eq!((floor.phase("p"), floor.model().live()), ("refused", 1), "{code}");
    }
}

#[test]
fn a_call_passed_on_is_gone_until_it_is_offered_again() {
    let offer = json!({"call_id":"c","node_id":"n","call_state":"ringing","context":"sales"});
    let mut floor = Floor::new();
    floor.event("calling.call.receive", offer.clone());
    floor.ask(&Pass::default(), "").unwrap();
    assert!(floor.knows("c"), "not before it is accepted");
    floor.says("calling.pass", json!({"code":"200"}));
    assert!(!floor.knows("c") && floor.model().live() == 0);
    floor.state("c", "ringing").state("c", "ended");
    assert!(!floor.knows("c"), "what others do with it is none of our business");
    floor.event(
        "calling.call.receive",
        json!({"call_id":"c","node_id":"n","call_state":"ringing","again":true}),
    );
    assert!(!floor.knows("c"), "it has ended meanwhile");
    let mut floor = Floor::new();
    floor.event("calling.call.receive", offer.clone()).ask(&Pass::default(), "").unwrap();
    floor.says("calling.pass", json!({"code":"200"})).event("calling.call.receive", offer);
    assert_eq!(floor.model().live(), 1);
}

#[test]
fn the_end_of_an_unknown_call_leaves_no_phantom() {
    let mut floor = Floor::new();
    floor.ended("c").on("record", json!({"control_id":"r","state":"finished","url":"u"}));
    floor.on("state", json!({"call_state":"ending"}));
    assert_eq!((floor.model().calls().len(), floor.model().live()), (0, 0));
    assert!(floor.model().entries().len() >= 3, "but all is noted");
}

#[test]
fn events_about_an_unknown_call_make_it_known() {
    for (kind, more) in [
        ("state", json!({"call_state":"answered"})),
        ("play", json!({"control_id":"x","state":"playing"})),
        ("connect", json!({"connect_state":"connecting"})),
    ] {
        let mut floor = Floor::new();
        floor.on(kind, more);
        assert_eq!(floor.model().live(), 1, "{kind}");
    }
    let mut floor = Floor::new();
    floor
        .event("calling.call.hologram", json!({"call_id":"c"}))
        .event("calling.call.play", json!({"call_id":"c"}));
    floor.event("calling.error", json!({"call_id":"c","code":"500"}));
    assert_eq!(floor.model().live(), 0, "what cannot be read tells nothing of the call");
}

#[test]
fn doubt_comes_with_the_loss_and_goes_with_a_sign_of_life() {
    let mut floor = Floor::answered();
    floor.state("d", "ringing").ended("e").state("f", "ringing").ended("f").lose();
    let doubts = |floor: &Floor| -> Vec<String> {
        floor.model().calls().filter(|call| call.doubt.is_some()).map(|call| call.id.to_string()).collect()
    };
    assert_eq!(doubts(&floor), ["c", "d"], "what has ended is not in doubt");
    floor.come_back(crate::playbook::PROTOCOL);
    assert_eq!(doubts(&floor), ["c", "d"], "a resume proves nothing about a call");
    floor.state("d", "ringing");
    assert_eq!(doubts(&floor), ["c"]);
    floor.start(&PlayTts::new("Hi"), "p");
    assert_eq!(doubts(&floor), Vec::<String>::new());
    floor.lose().come_back("signalwire_other").ended("c");
    assert_eq!(doubts(&floor), ["d"]);
}

#[test]
fn a_bridge_links_both_legs_and_unlinks_both() {
    let leg = |state: &str| {
        json!({"call_id":"d","node_id":"n","tag":"t","call_state":state,"created_by":"connect",
        "direction":"outbound","peer":{"call_id":"c","node_id":"n"}})
    };
    let both = [("c".to_owned(), "d".to_owned()), ("d".to_owned(), "c".to_owned())];
    let bridged = || {
        let mut floor = Floor::answered();
        floor.ask(&Connect::phone("+12025550140"), "t").unwrap();
        floor.says("calling.connect", json!({"code":"200","message":"connecting"}));
        floor.on("connect", json!({"tag":"t","connect_state":"connecting"}));
        for state in ["created", "ringing", "answered"] {
            floor.event("calling.call.state", leg(state));
            assert_eq!(
                floor.peers(),
                both[1..],
                "a leg names its origin, the origin has no peer before the bridge"
            );
        }
        assert_eq!(floor.action("t").answer(), None);
        floor.on(
            "connect",
            json!({"tag":"t","connect_state":"connected","peer":{"call_id":"d","node_id":"n"}}),
        );
        assert_eq!(floor.peers(), both);
        assert_eq!((floor.phase("t"), floor.action("t").answer()), ("running", Some(true)));
        floor
    };
    let mut floor = bridged();
    floor.on("connect", json!({"tag":"t","connect_state":"disconnected","peer":{"call_id":"d"}}));
    assert_eq!((floor.peers(), floor.phase("t"), floor.model().live()), (vec![], "done", 2));
    // The own events of the second leg (an open question of the protocol) change nothing of that.
    let mut floor = bridged();
    floor.event(
        "calling.call.connect",
        json!({"call_id":"d","tag":"t","connect_state":"connected","peer":{"call_id":"c"}}),
    );
    assert_eq!(floor.peers(), both);
    floor.event("calling.call.connect", json!({"call_id":"d","tag":"t","connect_state":"disconnected"}));
    assert_eq!(floor.peers(), []);
    // Either end ends it.
    for end in ["c", "d"] {
        let mut floor = bridged();
        floor.ended(end);
        assert_eq!((floor.peers(), floor.model().live()), (vec![], 1), "{end}");
        floor.event("calling.call.state", leg("answered"));
        assert_eq!(floor.peers(), [], "a late event links nothing to what is over");
        assert_eq!(floor.action("t").answer(), Some(true), "the bridge had stood");
    }
}

#[test]
fn a_connect_is_found_under_the_services_own_tag_and_without_any() {
    for tag in [json!("theirs"), json!(null), json!("")] {
        let mut floor = Floor::answered();
        floor.ask(&Connect::phone("+12025550140"), "t").unwrap();
        floor.on("connect", json!({"tag":tag,"connect_state":"connecting"}));
        floor.on("connect", json!({"tag":tag,"connect_state":"failed","failed_reason":"noAnswer"}));
        let action = floor.action("t");
        assert_eq!((floor.phase("t"), floor.call("c").actions.len()), ("failed", 1), "{tag}");
        assert_eq!(action.yields.reason.as_ref().unwrap().as_str(), "noAnswer");
    }
}

#[test]
fn connect_states_mean_what_they_mean() {
    for (states, phase, answer) in [
        (vec!["connecting"], "running", None),
        (vec!["connecting", "connected"], "running", Some(true)),
        (vec!["connecting", "failed"], "failed", Some(false)),
        (vec!["connecting", "disconnected"], "failed", Some(false)),
        (vec!["connected", "disconnected"], "done", Some(true)),
        (vec!["connecting", "juggling"], "running", None),
        (vec!["failed", "connected"], "failed", Some(false)),
    ] {
        let mut floor = Floor::answered();
        floor.ask(&Connect::phone("+12025550140"), "t").unwrap();
        for state in &states {
            floor.on("connect", json!({"tag":"t","connect_state":state,"peer":{"call_id":"d"}}));
        }
        assert_eq!((floor.phase("t"), floor.action("t").answer()), (phase, answer), "{states:?}");
    }
    let mut floor = Floor::answered();
    floor.ask(&Disconnect::default(), "").unwrap();
    floor.says("calling.disconnect", json!({"code":"200"}));
    assert_eq!(floor.model().live(), 1);
}

fn leg(floor: &mut Floor, call: &str, tag: &str, state: &str) {
    let body = json!({"call_id":call,"node_id":"n","tag":tag,"call_state":state,"created_by":"dial","direction":"outbound"});
    floor.event("calling.call.state", body);
}

fn winner(call: &str, tag: &str) -> Value {
    json!({"node_id":"n","tag":tag,"dial_state":"answered","call":{"call_id":call,"node_id":"n","tag":tag,"dial_winner":"true",
        "device":{"type":"phone","params":{"from_number":"+12025550100","to_number":"+12025550124"}}}})
}

fn two_phones() -> Dial {
    let phone = |to| Device::phone(to).from("+12025550100");
    Dial::new(vec![vec![phone("+12025550123"), phone("+12025550124")]])
}

#[test]
fn a_parallel_dial_has_one_winner_in_whatever_order_its_events_come() {
    // Legs created, the response, progress, the winner's state, the dial's word, the loser's end.
    for order in permutations(&[0, 1, 2, 3, 4, 5]) {
        let mut floor = Floor::new();
        floor.dial(&two_phones(), "t");
        for step in order.clone() {
            match step {
                0 => {
                    leg(&mut floor, "b1", "t", "created");
                    leg(&mut floor, "b2", "t", "created");
                }
                1 => drop_it(floor.says("calling.dial", json!({"code":"200","message":"Dialing"}))),
                2 => drop_it(floor.event("calling.call.dial", json!({"tag":"t","dial_state":"dialing"}))),
                3 => leg(&mut floor, "b2", "t", "answered"),
                4 => drop_it(floor.event("calling.call.dial", winner("b2", "t"))),
                _ => leg(&mut floor, "b1", "t", "ended"),
            }
        }
        assert_eq!(floor.dial_word("t"), "answered b2", "{order:?}");
        assert_eq!(floor.call("b2").state, CallState::Answered);
        assert_eq!(floor.model().live(), 1, "{order:?}");
        let legs: Vec<_> = floor.dialed("t").legs.iter().map(CallId::as_str).collect();
        assert!(legs.contains(&"b2"), "{order:?}: {legs:?}");
    }
}

fn drop_it(_: &mut Floor) {}

#[test]
fn a_serial_dial_fails_with_the_services_reason() {
    let mut floor = Floor::new();
    let phone = |to| vec![Device::phone(to).from("+12025550100")];
    floor.dial(&Dial::new(vec![phone("+12025550131"), phone("+12025550132")]), "t");
    floor.says("calling.dial", json!({"code":"200"}));
    for call in ["c1", "c2"] {
        leg(&mut floor, call, "t", "created");
        leg(&mut floor, call, "t", "ended");
    }
    assert_eq!(floor.dial_word("t"), "dialing", "only the dial's own word ends it");
    let failed = json!({"node_id":"n","tag":"t","dial_state":"failed","reason":"no device answered","source":"outbound"});
    floor.event("calling.call.dial", failed);
    assert_eq!(floor.dial_word("t"), "failed no device answered");
    floor.event("calling.call.dial", winner("c2", "t"));
    assert_eq!(floor.dial_word("t"), "failed no device answered", "and it has only one end");
}

#[test]
fn a_dial_that_got_no_answer_in_time_still_gets_its_winner() {
    for lost in [false, true] {
        let mut floor = Floor::new();
        floor.dial(&two_phones(), "t");
        if lost {
            floor.lose().come_back(crate::playbook::PROTOCOL);
        } else {
            floor.live(11.0);
        }
        assert_eq!(floor.dial_word("t"), "unknown");
        floor.live(130.0);
        leg(&mut floor, "b1", "t", "ringing");
        floor.event("calling.call.dial", winner("b1", "t"));
        assert_eq!((floor.dial_word("t").as_str(), floor.model().live()), ("answered b1", 1));
        assert_eq!(floor.call("b1").to.as_str(), "+12025550124");
    }
}

#[test]
fn a_dial_that_was_refused_or_never_left_has_failed() {
    let mut floor = Floor::new();
    floor.dial(&two_phones(), "t").says("calling.dial", json!({"code":"400","message":"Bad request"}));
    assert_eq!(floor.dial_word("t"), "failed 400 Bad request");
    floor.lose().dial(&two_phones(), "u");
    assert!(floor.dial_word("u").starts_with("failed offline"));
}

#[test]
fn a_hundred_dials_at_once_are_not_mixed_up() {
    let mut floor = Floor::new();
    for n in 0..100 {
        floor.dial(&two_phones(), &format!("t{n}"));
    }
    let mut order: Vec<_> = (0..100).collect();
    fastrand::Rng::with_seed(9).shuffle(&mut order);
    for n in order {
        floor.event("calling.call.dial", winner(&format!("c{n}"), &format!("t{n}")));
    }
    for n in 0..100 {
        assert_eq!(floor.dial_word(&format!("t{n}")), format!("answered c{n}"));
    }
}

#[test]
fn the_same_event_five_times_is_one() {
    let mut floor = Floor::new();
    let told = |floor: &mut Floor, times: usize| {
        for (n, (kind, more)) in [
            ("state", json!({"call_state":"answered"})),
            ("detect", json!({"control_id":"d","detect":{"type":"digit","params":{"event":"1"}}})),
            ("fax", json!({"control_id":"f","fax":{"type":"page","params":{}}})),
        ]
        .into_iter()
        .enumerate()
        {
            for _ in 0..times {
                let mut body = json!({"call_id":"c","node_id":"n"});
                body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                floor.play.event_at(
                    &format!("same-{n}"),
                    &format!("calling.call.{kind}"),
                    1.767_225_7e9,
                    body,
                );
            }
        }
        floor.wait(0.0);
    };
    told(&mut floor, 5);
    assert_eq!(floor.action("d").yields.heard, ["1"]);
    assert_eq!(floor.action("f").yields.pages, Some(1.0));
    assert_eq!((floor.model().stats().events, floor.model().stats().duplicates), (3, 12));
}

#[test]
fn ended_calls_are_remembered_for_a_while_and_within_bounds() {
    let mut floor = Floor::new();
    for n in 0..limit::ENDED + 500 {
        floor.state(&format!("c{n}"), "answered").ended(&format!("c{n}"));
    }
    assert_eq!(floor.model().calls().len(), limit::ENDED);
    assert!(!floor.knows("c0") && floor.knows("c500"));
    // Late events of what was forgotten raise no ghost.
    floor
        .state("c0", "answered")
        .event("calling.call.play", json!({"call_id":"c1","control_id":"k","state":"playing"}));
    floor.event("calling.call.receive", json!({"call_id":"c2","call_state":"created"}));
    assert_eq!(floor.model().live(), 0);
    floor.live(16.0 * 60.0).state("new", "answered").ended("new");
    assert_eq!(floor.model().calls().len(), 1, "after a quarter of an hour they go");
}

#[test]
fn a_call_that_is_held_stays_until_it_is_let_go() {
    let mut floor = Floor::answered();
    let id = CallId::from("c");
    assert!(floor.desk.model_mut().pin(&id) && floor.desk.model_mut().pin(&id));
    assert!(!floor.desk.model_mut().pin(&"nobody".into()));
    floor.ended("c");
    for n in 0..limit::ENDED + 5 {
        floor.state(&format!("x{n}"), "answered").ended(&format!("x{n}"));
    }
    assert_eq!(floor.desk.model_mut().clear_ended(), limit::ENDED);
    floor.desk.model_mut().unpin(&id);
    assert!(floor.knows("c"), "somebody else still holds it");
    floor.desk.model_mut().unpin(&id);
    assert!(!floor.knows("c"));
    floor.state("c", "answered");
    assert!(!floor.knows("c"));
}

#[test]
fn everything_that_is_remembered_has_a_bound() {
    let mut floor = Floor::answered();
    for n in 0..1_000 {
        floor.on("play", json!({"control_id":format!("k{n}"),"state":"playing"}));
        floor.on("play", json!({"control_id":format!("k{n}"),"state":"finished"}));
    }
    for n in 0..1_000 {
        floor.on("play", json!({"control_id":format!("x{n}"),"state":"playing"}));
    }
    assert!(floor.call("c").actions.len() <= 200 && floor.call("c").entries.len() <= 200);
    for n in 0..limit::OPEN_DIALS + 100 {
        floor.dial(&two_phones(), &format!("t{n}"));
        if n % 200 == 199 {
            floor.live(11.0);
        }
    }
    assert!(floor.model().dials().len() <= limit::OPEN_DIALS);
    assert!(floor.model().entries().len() <= limit::ENTRIES);
}

#[test]
fn commands_on_a_call_that_is_over_or_unknown_are_not_sent() {
    let mut floor = Floor::new();
    assert_eq!(floor.ask(&PlayParams::new([Media::silence(1.0)]), "p"), Err(Error::CallOver));
    floor.state("c", "answered").ended("c");
    assert_eq!(floor.ask(&PlayParams::new([Media::silence(1.0)]), "p"), Err(Error::CallOver));
    assert_eq!(floor.play.count("calling.play"), 0);
}

pub fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let mut rest = items.to_vec();
        rest.remove(place);
        all.extend(permutations(&rest).into_iter().map(|mut tail| {
            tail.insert(0, *item);
            tail
        }));
    }
    all
}
