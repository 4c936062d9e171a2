//! Ladders and calls as every format writes them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::client::LinkState;
use crate::flow::tape::{Tape, spoken_to};
use crate::model::Model;
use crate::protocol::CallId;

const HOSTILE: &str = "x\";end\n#quot;%%{init}<script>|`\u{202e}\u{1b}]52;c;aGk=\u{7}";

fn whole() -> Tape {
    let mut tape = spoken_to();
    let keys = json!({ "result": { "type": "digit", "params": { "digits": "4471", "terminator": "#" } } });
    tape.action(12.0, "collect", "theirs", keys);
    let down = LinkState::Down { attempt: 1, retry_at: Tape::at(4.0).at, why: HOSTILE.into() };
    tape.link(13.0, down).link(13.5, LinkState::Opening { attempt: 1 });
    tape.event(14.0, "error", json!({ "call_id": "c1", "message": HOSTILE }));
    tape.state(15.0, "c1", "ended", json!({ "end_reason": "hangup" }));
    tape
}

fn drawn(tape: &Tape, format: Format, masked: bool) -> String {
    let ladder = Ladder::of(&tape.model, &CallId::from("c1"), &BTreeSet::new());
    super::ladder(&ladder, &tape.model, format, masked)
}

#[test]
fn a_ladder_as_text() {
    insta::assert_snapshot!(drawn(&whole(), Format::Text, false), @r#"
    Call flow: +1 202 555 0117 > +1 800 555 0100

                                          CALLER                        RELAY                         APP                         CONSOLE
                                      +1 202 555 0117
    2026-01-01T00:00:01.000Z                  |---------- calls ---------->|------------------------ receive ------------------------>|
    2026-01-01T00:00:01.500Z   +0.500         |          ringing           |------------------------- state ------------------------->|
    2026-01-01T00:00:07.000Z   +5.500         |<-------- answered ---------|------------------------- state ------------------------->|
    2026-01-01T00:00:08.000Z   +1.000         |                            |<------------------- play tts "Hello" --------------------|
    2026-01-01T00:00:08.030Z   +0.030         |<~~~~~~~ tts "Hello" ~~~~~~~|------------------------ playing ------------------------>|
    2026-01-01T00:00:09.000Z   +0.970         |                            |--------------------- play finished --------------------->|
    2026-01-01T00:00:12.000Z   +3.000         |~~~~~~~~~~ 4471# ~~~~~~~~~~>|--------- collect --------->|                             |
    2026-01-01T00:00:13.000Z   +1.000  - - - - - - - -  link lost: x";end␊#quot;%%{init}<script>|`<U+202E>␛]52;c;aGk=␇ - - - - - - - - +1
    2026-01-01T00:00:14.000Z   +1.000         |                            |-error: x";end␊#quot;%%{init}<script>|`<U+202E>␛]52;c;a^->|
    2026-01-01T00:00:15.000Z   +1.000         |           ended            |--------------------- ended: hangup --------------------->|
    "#);
}

#[test]
fn a_ladder_as_a_diagram() {
    insta::assert_snapshot!(drawn(&whole(), Format::Mermaid, true), @r#"
    sequenceDiagram
        participant L0 as CALLER +1 xxx xxx xx17
        participant R as RELAY
        participant A as APP
        participant C as CONSOLE
        L0-->>R: 00:00:01.000 calls
        R-->>C: receive
        Note over L0,R: 00:00:01.500 ringing
        R-->>C: state
        R-->>L0: 00:00:07.000 answered
        R-->>C: state
        C->>R: 00:00:08.000 play tts #34;Hello#34;
        R-)L0: 00:00:08.030 tts #34;Hello#34;
        R-->>C: playing
        R-->>C: 00:00:09.000 play finished
        L0-)R: 00:00:12.000 digit (hidden)
        R-->>A: digit (hidden)
        Note over L0,C: 00:00:13.000 link lost: x#34;#59;end␊#35;quot#59;#37;#37;#123;init#125;#60;script#62;#124;#96;#60;U+202E#62;␛#93;52#59;c#59;aGk#61;␇
        R-->>C: 00:00:14.000 error: x#34;#59;end␊#35;quot#59;#37;#37;#123;init#125;#60;script#62;#124;#96;#60;U+202E#62;␛#93;52#59;c#59;aGk#61;␇
        Note over L0,R: 00:00:15.000 ended
        R-->>C: ended: hangup
    "#);
}

#[test]
fn a_ladder_as_lines_of_json_has_its_frames() {
    let text = drawn(&whole(), Format::Ndjson, false);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let collect = lines.iter().find(|line| line["kind"] == "collect").unwrap();
    assert_eq!(collect["caller_side"], "CALLER ~> RELAY: 4471#");
    assert_eq!(collect["frames"][0]["params"]["params"]["result"]["params"]["digits"], "4471");
    assert!(!drawn(&whole(), Format::Ndjson, true).contains("4471"));
}

#[test]
fn no_format_lets_a_control_character_or_a_number_through() {
    let tape = whole();
    let call = tape.model.call(&CallId::from("c1")).unwrap();
    let now = Tape::at(20.0);
    for format in Format::ALL {
        let list = table(&calls::list(&tape.model, &[call], &[], now), format, true);
        let one = table(&calls::call(&tape.model, call, now), format, true);
        let acts =
            table(&acts::table(&tape.model, tape.model.acts().iter().map(AsRef::as_ref)), format, true);
        for text in [list, one, acts, drawn(&tape, format, true)] {
            let strange = |c: &char| *c != '\n' && crate::protocol::shown::is_hidden(*c);
            assert_eq!(text.chars().find(strange), None, "{format:?}: {text}");
            assert!(!text.contains("2025550117") && !text.contains("202 555"), "{format:?}: {text}");
            assert!(!text.contains("4471"), "{format:?}: {text}");
        }
    }
}

#[test]
fn every_row_has_a_cell_for_every_column() {
    let tape = whole();
    let call = tape.model.call(&CallId::from("c1")).unwrap();
    let mut model = Model::default();
    let mut dials = Tape::default();
    dials.submit(1.0, "dial", "calling.dial", crate::model::Subject::Dial("t".into()), json!({}));
    std::mem::swap(&mut model, &mut dials.model);
    let ladder = Ladder::of(&tape.model, &CallId::from("c1"), &BTreeSet::new());
    let dials: Vec<_> = model.dials().collect();
    for table in [
        calls::list(&tape.model, &[call], &dials, Tape::at(20.0)),
        calls::call(&tape.model, call, Tape::at(20.0)),
        acts::table(&tape.model, tape.model.acts().iter().map(AsRef::as_ref)),
        super::ladder::table(&ladder, &tape.model),
    ] {
        assert!(!table.rows.is_empty());
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{}: {row:?}", table.title);
        }
    }
}
