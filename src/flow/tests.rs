//! Ladders of calls that are told event by event.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::tape::{Tape, spoken_to};
use super::*;
use crate::catalog::{ActionKind, Control};
use crate::client::{LinkState, Outcome};
use crate::model::Subject;
use crate::protocol::{ControlId, Tag};

impl Tape {
    fn drawn(&self, call: &str, unfolded: &[StepId]) -> String {
        self.ladder(call, unfolded).steps.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A line as a test reads it.
fn line(step: &Step) -> String {
    let lane = |lane| match lane {
        Lane::Leg(place) => format!("L{place}"),
        Lane::Relay => "R".to_owned(),
        Lane::App => "A".to_owned(),
        Lane::Console => "C".to_owned(),
    };
    let arrow = |arrow: &Arrow| {
        let shaft = match arrow.kind {
            Kind::Command => "->",
            Kind::Event => "-->",
            Kind::Audio => "~>",
            Kind::State => "..",
            Kind::Lasting => "==",
        };
        let reach = match arrow.reach {
            Reach::Arrived => "",
            Reach::Unknown => "?",
            Reach::Failed => "x",
        };
        format!("{}{shaft}{reach}{} {}", lane(arrow.from), lane(arrow.to), arrow.label)
    };
    let arrows = step.arrows.iter().map(arrow).collect::<Vec<_>>().join(" | ");
    let arrows = if step.is_break() { format!("---- {}", step.text) } else { arrows };
    let delta = step.delta.map(|delta| format!("{:.1}", delta.as_secs_f64())).unwrap_or_default();
    let folded = if step.folded() > 0 { format!(" (+{})", step.folded()) } else { String::new() };
    format!("{delta:<4} {arrows}{folded}")
}

#[test]
fn a_call_from_the_first_ring_to_the_end() {
    let mut tape = spoken_to();
    let ticket = tape.start(10.0, "record", ActionKind::Record, "r1", json!({ "record": { "audio": {} } }));
    tape.outcome(10.1, ticket, Tape::done()).action(10.2, "record", "r1", json!({ "state": "recording" }));
    let found = json!({ "detect": { "type": "machine", "params": { "event": "HUMAN" } } });
    tape.action(11.0, "detect", "foreign", found);
    let keys = json!({ "result": { "type": "digit", "params": { "digits": "4471", "terminator": "#" } } });
    tape.action(12.0, "collect", "foreign2", keys);
    let (call, control_id) = (CallId::from("c1"), ControlId::from("r1"));
    let subject = Subject::Control { call, control_id, control: Control::Stop, volume: None };
    let ticket = tape.submit(13.0, "stop", "calling.record.stop", subject, json!({}));
    let refused = Outcome::Refused { code: "404".into(), message: "gone".into() };
    tape.outcome(13.1, ticket, refused);
    tape.state(14.0, "c1", "ended", json!({ "end_reason": "hangup" }));
    insta::assert_snapshot!(tape.drawn("c1", &[]), @r#"
         L0-->R calls | R-->C receive
    0.5  L0..R ringing | R-->C state
    5.5  R-->L0 answered | R-->C state
    1.0  C->R play tts "Hello"
    0.0  R~>L0 tts "Hello" | R-->C playing
    1.0  R-->C play finished
    1.0  C->R record mp3 speak
    0.2  L0==R recording | R-->C recording
    0.8  R-->A HUMAN
    1.0  L0~>R 4471# | R-->A collect
    1.0  C->xR refused: record stop
    1.0  L0..R ended | R-->C ended: hangup
    "#);
    let roles: Vec<_> = tape.ladder("c1", &[]).heads.iter().map(|head| head.role.clone()).collect();
    assert_eq!(roles, ["CALLER", "RELAY", "APP", "CONSOLE"]);
    assert_eq!(tape.ladder("c1", &[]).heads[0].party.as_str(), "+1 202 555 0117");
}

#[test]
fn a_command_is_there_before_its_answer_and_keeps_its_name() {
    let mut tape = spoken_to();
    let before = tape.ladder("c1", &[]).steps.len();
    let ticket = tape.start(10.0, "play_audio", ActionKind::Play, "p2", json!({ "play": [] }));
    let ladder = tape.ladder("c1", &[]);
    let step = ladder.steps.last().unwrap();
    assert_eq!((ladder.steps.len(), step.id()), (before + 1, StepId::Act(ticket)));
    assert_eq!((step.arrows[0].reach, step.seqs.len()), (Reach::Unknown, 0));
    tape.outcome(11.0, ticket, Outcome::Unknown("no answer".into())).outcome(12.0, ticket, Tape::done());
    let ladder = tape.ladder("c1", &[]);
    let step = ladder.steps.last().unwrap();
    assert_eq!(
        (ladder.steps.len(), step.id(), step.arrows[0].reach),
        (before + 1, StepId::Act(ticket), Reach::Arrived)
    );
    assert_eq!(step.seqs.len(), 2, "both outcomes have their frames");
}

#[test]
fn runs_of_like_lines_fold_and_unfold_and_nothing_is_lost() {
    let mut tape = spoken_to();
    for (place, key) in ["1", "2", "3", "#"].iter().enumerate() {
        let seconds = 10.0 + f64::from(u32::try_from(place).unwrap());
        let control = format!("d{place}");
        let ticket =
            tape.start(seconds, "send_digits", ActionKind::SendDigits, &control, json!({ "digits": key }));
        tape.outcome(seconds + 0.1, ticket, Tape::done());
        tape.action(seconds + 0.2, "send_digits", &control, json!({ "state": "finished" }));
    }
    tape.delivered(15.0, "call.state", json!({ "call_id": "c1", "call_state": "answered" }), true);
    let folded = tape.ladder("c1", &[]);
    insta::assert_snapshot!(tape.drawn("c1", &[]), @r#"
         L0-->R calls | R-->C receive
    0.5  L0..R ringing | R-->C state
    5.5  R-->L0 answered | R-->C state
    1.0  C->R play tts "Hello"
    0.0  R~>L0 tts "Hello" | R-->C playing
    1.0  R-->C play finished
    4.2  R~>L0 123# | R-->C digits finished (+7)
    1.8  R-->C state again
    "#);
    let run = folded.steps.iter().find(|step| step.folded() == 7).unwrap();
    let open = tape.ladder("c1", &[run.id()]);
    assert_eq!(open.steps.len(), folded.steps.len() + 7);
    assert!(open.steps.iter().filter(|step| step.run == Some(run.id())).count() == 8);
    let seqs = |ladder: &Ladder| ladder.steps.iter().flat_map(|step| step.seqs.clone()).collect::<Vec<_>>();
    assert_eq!(seqs(&folded), seqs(&open));
    assert_eq!(open.position(run.ids[5]), folded.position(run.ids[5]).map(|place| place + 5));
}

#[test]
fn what_went_wrong_is_not_folded_away() {
    let mut tape = spoken_to();
    for (place, outcome) in
        [Tape::done(), Outcome::NotSent("offline".into()), Tape::done()].into_iter().enumerate()
    {
        let seconds = 10.0 + f64::from(u32::try_from(place).unwrap());
        let (call, control_id) = (CallId::from("c1"), ControlId::from("p1"));
        let subject = Subject::Control { call, control_id, control: Control::Volume, volume: Some(3.0) };
        let ticket = tape.submit(seconds, "volume", "calling.play.volume", subject, json!({ "volume": 3.0 }));
        tape.outcome(seconds, ticket, outcome);
    }
    let drawn = tape.drawn("c1", &[]);
    assert!(drawn.contains("C->xR not sent: play volume 3.0 dB\n"), "{drawn}");
    assert!(!drawn.contains("(+"), "{drawn}");
}

#[test]
fn a_gap_of_the_link_is_a_line_across_with_its_chatter_folded() {
    let mut tape = Tape::default();
    tape.link(0.5, LinkState::Up { since: Tape::at(0.5).at, restored: true, gaps: 0 });
    tape.state(1.0, "c1", "answered", json!({}));
    let down = |why: &str| LinkState::Down { attempt: 1, retry_at: Tape::at(4.0).at, why: why.into() };
    tape.link(3.0, down("reset by peer"))
        .link(4.0, LinkState::Opening { attempt: 1 })
        .link(4.5, down("timed out"));
    tape.link(6.0, LinkState::Opening { attempt: 2 }).link(6.5, LinkState::Authenticating);
    tape.link(7.0, LinkState::Up { since: Tape::at(7.0).at, restored: false, gaps: 1 });
    tape.state(9.0, "c1", "ended", json!({}));
    tape.link(10.0, down("after its end"));
    insta::assert_snapshot!(tape.drawn("c1", &[]), @r#"
         R-->L0 answered | R-->C state
    2.0  ---- link lost: reset by peer (+4)
    4.0  ---- logged in again, but as a new session: older calls no longer report here
    2.0  L0..R ended | R-->C state
    "#);
}

#[test]
fn the_legs_of_a_dial_and_of_a_bridge_stand_side_by_side() {
    let mut tape = Tape::default();
    let out = |to: &str| {
        json!({ "direction": "outbound", "tag": "t1",
        "device": { "type": "phone", "params": { "from_number": "+18005550100", "to_number": to } } })
    };
    let devices = json!({ "devices": [[{ "type": "phone", "params": { "to_number": "+14155550191" } }]] });
    let ticket = tape.submit(0.5, "dial", "calling.dial", Subject::Dial(Tag::from("t1")), devices);
    tape.outcome(0.6, ticket, Tape::done());
    tape.event(0.7, "call.dial", json!({ "tag": "t1", "dial_state": "dialing" }));
    tape.state(1.0, "c1", "created", out("+14155550191")).state(1.1, "c2", "created", out("+14155550192"));
    tape.state(2.0, "c1", "ringing", out("+14155550191")).state(3.0, "c1", "answered", out("+14155550191"));
    tape.event(
        3.1,
        "call.dial",
        json!({ "tag": "t1", "dial_state": "answered", "call": { "call_id": "c1" } }),
    );
    let mut lost = out("+14155550192");
    lost["end_reason"] = json!("cancel");
    tape.state(3.2, "c2", "ended", lost);
    let ticket = tape.start(4.0, "connect", ActionKind::Connect, "b1", json!({ "devices": [] }));
    tape.outcome(4.1, ticket, Tape::done());
    let mut leg = out("+14155550193");
    leg["tag"] = json!("b1");
    tape.state(5.0, "c3", "answered", leg);
    let peer =
        json!({ "call_id": "c1", "tag": "b1", "connect_state": "connected", "peer": { "call_id": "c3" } });
    tape.event(5.5, "call.connect", peer);
    tape.state(9.0, "other", "answered", json!({}));
    insta::assert_snapshot!(tape.drawn("c1", &[]), @r#"
         C->R dial +14155550191
    0.2  R-->C dial dialing
    0.3  R-->L0 is called | R-->C state
    0.1  R-->L1 is called | R-->C state
    0.9  L0-->R rings | R-->C state
    1.0  L0-->R answered | R-->C state
    0.1  R-->C dial answered
    0.1  L1..R ended | R-->C ended: cancel
    0.8  C->R connect
    1.0  L2-->R answered | R-->C state
    0.5  L2==L0 bridged | R-->C connected
    "#);
    let heads = tape.ladder("c1", &[]).heads;
    let heads: Vec<_> = heads.iter().map(|head| format!("{} {}", head.role, head.party)).collect();
    assert_eq!(
        heads,
        ["PEER +1 415 555 0193", "LEG 2 +1 415 555 0192", "CALLEE +1 415 555 0191", "RELAY ", "CONSOLE "]
    );
    let from_the_other_end = tape.ladder("c3", &[]);
    assert_eq!(from_the_other_end.heads[2].party.as_str(), "+1 415 555 0193");
    assert_eq!(from_the_other_end.total, tape.ladder("c1", &[]).total);
}

#[test]
fn an_unknown_call_has_no_ladder() {
    assert_eq!(Tape::default().ladder("nobody", &[]), Ladder::default());
}

proptest! {
    /// Whatever comes in whatever order: each entry of the call is in exactly one line, folded or not.
    #[test]
    fn every_entry_is_in_one_line(
        events in proptest::collection::vec((0_u32..40, 0_usize..8, 0_usize..3, any::<bool>()), 0..60),
        open in any::<bool>(),
    ) {
        let mut tape = Tape::default();
        tape.state(0.0, "c1", "created", json!({ "context": "support" }));
        for (tenths, what, control, duplicate) in events {
            let seconds = f64::from(tenths) / 10.0;
            let control = format!("k{control}");
            let ids = json!({ "call_id": "c1", "control_id": control });
            match what {
                0 => tape.delivered(seconds, "call.state", json!({ "call_id": "c1", "call_state": "ringing" }), duplicate),
                1 => tape.action(seconds, "play", &control, json!({ "state": "playing" })),
                2 => tape.action(seconds, "send_digits", &control, json!({ "state": "finished" })),
                3 => tape.delivered(seconds, "call.play", ids, duplicate),
                4 => tape.link(seconds, LinkState::Opening { attempt: 1 }),
                5 => tape.event(seconds, "call.hologram", ids),
                6 => {
                    let params = json!({ "digits": "1" });
                    let ticket = tape.start(seconds, "send_digits", ActionKind::SendDigits, &control, params);
                    tape.outcome(seconds, ticket, if duplicate { Tape::done() } else { Outcome::NotSent("x".into()) })
                }
                _ => tape.action(seconds, "collect", &control, json!({ "result": { "type": "digit" } })),
            };
        }
        let folded = tape.ladder("c1", &[]);
        let unfolded: Vec<StepId> = folded.steps.iter().map(Step::id).collect();
        let ladder = if open { tape.ladder("c1", &unfolded) } else { folded };
        let mut seqs: Vec<u64> = ladder.steps.iter().flat_map(|step| step.seqs.clone()).collect();
        seqs.sort_unstable();
        let call = tape.model.call(&CallId::from("c1")).unwrap();
        let mut wanted: Vec<u64> = call.entries.iter().map(|entry| entry.seq).collect();
        let link = |entry: &&Arc<crate::model::Entry>| entry.family == Family::Link && entry.now.at >= call.first_seen;
        wanted.extend(tape.model.entries().iter().filter(link).map(|entry| entry.seq));
        wanted.sort_unstable();
        prop_assert_eq!(seqs, wanted);
        let lines: usize = ladder.steps.iter().map(|step| step.ids.len()).sum();
        prop_assert_eq!(lines, ladder.total);
    }
}
