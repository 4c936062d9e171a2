//! What the strip chart shows.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::protocol::{CallId, ControlId};
use crate::time::Now;

fn at(seconds: f64) -> At {
    Now::simulated(Duration::from_secs_f64(seconds)).at
}

fn call() -> Call {
    let mut call = Call::new(CallId::from("c"), Now::simulated(Duration::ZERO));
    call.enter(CallState::Created, at(0.0));
    call.enter(CallState::Ringing, at(0.8));
    call.enter(CallState::Answered, at(6.2));
    call
}

fn add(call: &mut Call, kind: ActionKind, from: f64, to: Option<f64>, phase: Phase) -> &mut Action {
    let payload = Arc::new(json!({ "digits": "1234#" }));
    let mut action = Action::requested(ControlId::from("k"), kind, "m", payload, at(from));
    action.started_at = Some(at(from));
    action.ended_at = to.map(at);
    action.phase = phase;
    call.push_action(action);
    call.actions.last_mut().unwrap()
}

fn drawn(call: &Call, now: f64, width: usize) -> String {
    let rows = chart(call, at(now), width);
    let line = |row: &Row| format!("{:<LABEL$}{}", row.label, row.text()).trim_end().to_owned();
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn everything_stands_at_its_time() {
    let mut call = call();
    let done = Phase::Done { successful: true };
    add(&mut call, ActionKind::Record, 8.0, None, Phase::Running);
    add(&mut call, ActionKind::Play, 12.0, Some(20.0), done.clone());
    add(&mut call, ActionKind::Play, 15.0, Some(24.0), Phase::Done { successful: false });
    add(&mut call, ActionKind::Play, 100.0, Some(108.0), done.clone());
    add(&mut call, ActionKind::Detect, 7.0, Some(11.0), done.clone()).yields.heard = vec!["HUMAN".into()];
    add(&mut call, ActionKind::Prompt, 30.0, Some(50.0), done.clone()).yields.text = Some("4471".into());
    add(&mut call, ActionKind::SendDigits, 60.0, Some(60.9), done);
    add(&mut call, ActionKind::Tap, 90.0, None, Phase::Accepted);
    insta::assert_snapshot!(drawn(&call, 120.0, 70), @r"
    timeline  0:00     0:20      0:40      1:00      1:20      1:40    now
    call      crrAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA>
    play           =====                                       =====
                     ====x
    record       ========================================================>
    detect       ==H
    prompt                  ===========4471
    digits                                 1234#
    tap                                                   ................
    ");
}

#[test]
fn what_is_in_doubt_is_drawn_so() {
    let mut call = call();
    add(&mut call, ActionKind::Record, 8.0, None, Phase::Running);
    add(&mut call, ActionKind::Tap, 10.0, Some(10.0), Phase::NotSent("offline".into()));
    add(&mut call, ActionKind::Stream, 20.0, None, Phase::Unknown("lost".into()));
    let doubt = Some(crate::model::Doubt::begun(at(30.0)));
    call.doubt = doubt;
    call.actions.iter_mut().filter(|action| action.is_live()).for_each(|action| action.doubt = doubt);
    insta::assert_snapshot!(drawn(&call, 40.0, 50), @r"
    timeline  0:00     0:10      0:20      0:30    now
    call      crrrrrAAAAAAAAAAAAAAAAAAAAAAA???????????
    record           ======================???????????
    tap                x
    stream                       ?????????????????????
    ");
}

#[test]
fn an_ended_call_ends_and_a_young_one_has_room() {
    let mut call = call();
    insta::assert_snapshot!(drawn(&call, 6.3, 40), @r"
    timeline  0:00     0:02     0:04     now
    call      cccrrrrrrrrrrrrrrrrrrrrrrrrrA>
    ");
    call.enter(CallState::Ended, at(9.0));
    assert!(drawn(&call, 99.0, 40).ends_with("AAAe"), "{}", drawn(&call, 99.0, 40));
    assert!(chart(&call, at(9.0), 20).is_empty());
}

#[test]
fn digits_pressed_in_a_row_do_not_hide_each_other() {
    let mut call = call();
    for place in 0..5 {
        let from = 50.0 + f64::from(place) / 10.0;
        let action =
            add(&mut call, ActionKind::SendDigits, from, Some(from), Phase::Done { successful: true });
        action.what = place.to_string().as_str().into();
    }
    assert!(drawn(&call, 60.0, 60).contains("01234"), "{}", drawn(&call, 60.0, 60));
}

proptest! {
    #[test]
    fn rows_are_as_wide_as_they_are_asked_to_be(
        width in 0_usize..250,
        now in 0.0_f64..1e6,
        times in proptest::collection::vec((0.0_f64..1e6, proptest::option::of(0.0_f64..1e6), 0_usize..11), 0..12),
    ) {
        let mut call = call();
        for (from, to, kind) in times {
            let phase = if to.is_some() { Phase::Done { successful: true } } else { Phase::Running };
            add(&mut call, ActionKind::ALL[kind], from, to.map(|to| from + to), phase);
        }
        for row in chart(&call, at(now), width) {
            prop_assert_eq!(row.text().chars().count(), width - LABEL);
        }
    }
}
