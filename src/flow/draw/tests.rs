//! What the drawn ladder looks like.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::catalog::ActionKind;
use crate::client::{LinkState, Outcome};
use crate::flow::tape::{Tape, spoken_to};

fn drawn(ladder: &Ladder, width: usize, shift: usize) -> String {
    let layout = Layout::new(ladder, width, shift);
    let row = |step: &Step| {
        layout.row(step, |_| "noon".to_owned()).into_iter().map(|(_, text)| text).collect::<String>()
    };
    let rows = ladder.steps.iter().map(row);
    let all = layout.heads(ladder, 0).into_iter().chain(rows).map(|row| row.trim_end().to_owned());
    all.collect::<Vec<_>>().join("\n")
}

fn troubled() -> Tape {
    let mut tape = spoken_to();
    let ticket = tape.start(10.0, "tap", ActionKind::Tap, "t1", json!({}));
    tape.outcome(10.1, ticket, Outcome::Refused { code: "403".into(), message: "no".into() });
    tape.start(11.0, "play_silence", ActionKind::Play, "p2", json!({ "play": [] }));
    let down = LinkState::Down { attempt: 1, retry_at: Tape::at(13.0).at, why: "gone".into() };
    tape.link(12.0, down).link(13.0, LinkState::Opening { attempt: 1 });
    tape
}

#[test]
fn what_failed_and_what_nobody_knows_look_different() {
    insta::assert_snapshot!(drawn(&troubled().ladder("c1", &[]), 60, 0), @r#"
        CALLER                   RELAY                  CONSOLE
    +1 202 555 0117
           │─────── calls ────────>│────── receive ───────>│
           │        ringing        │─────── state ────────>│
           │<────── answered ──────│─────── state ────────>│
           │                       │<── play tts "Hello" ──│
           │<~~~~ tts "Hello" ~~~~~│────── playing ───────>│
           │                       │─── play finished ────>│
           │                       │x─── refused: tap > ───│
           │                       │?──── play silence ────│
    · · · · · · · · · · link lost: gone · · · · · · · · · · +1
    "#);
}

#[test]
fn what_has_no_room_is_named_and_can_be_scrolled_to() {
    insta::assert_snapshot!(drawn(&troubled().ladder("c1", &[]), 30, 0), @r#"
      RELAY               CONSOLE

        │───── receive ─────>│
        │────── state ──────>│
        │────── state ──────>│
        │<─play tts "Hello"──│
        │───── playing ─────>│
        │── play finished ──>│
        │x─ refused: tap > ──│
        │?── play silence ───│
    · ·  link lost: gone  · · +1
    "#);
    insta::assert_snapshot!(drawn(&troubled().ladder("c1", &[]), 30, 1), @r#"
     CALLER                RELAY
    +1 202 555 0117
        │────── calls ──────>│──>
        │      ringing       │──>
        │<──── answered ─────│──>
        │                    │<──
        │<~~~ tts "Hello" ~~~│──>
        │                    │──>
        │                    │x──
        │                    │?──
    · ·  link lost: gone  · · +1
    "#);
}

proptest! {
    #[test]
    fn rows_are_as_wide_as_they_are_asked_to_be(
        width in 0_usize..200,
        shift in 0_usize..9,
        words in "\\PC{0,40}",
    ) {
        let mut tape = troubled();
        tape.event(14.0, "error", json!({ "call_id": "c1", "message": words }));
        let ladder = tape.ladder("c1", &[]);
        let layout = Layout::new(&ladder, width, shift);
        for step in &ladder.steps {
            let row: String = layout.row(step, |_| "noon".to_owned()).into_iter().map(|(_, text)| text).collect();
            prop_assert_eq!(row.width(), width, "{}", row);
        }
        for head in layout.heads(&ladder, 0) {
            prop_assert!(head.width() <= width);
        }
    }
}
