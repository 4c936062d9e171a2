//! The golden frames of `tests/frames`: real shapes, tolerated shapes and malformed ones, and what becomes of each.
//!
//! A file has `about` and `cases`. A case has `in`, a frame or, as text, what is no frame; `to`, when the frame answers
//! a command of that name; and `out`, what the session makes of it. `FRAMES=write` writes `out` anew, to be reviewed.

use std::path::Path;

use callboard::client::session::Input;
use callboard::client::{ClientEvent, Outcome};
use serde_json::{Value, json};

use crate::playbook::Play;

/// What a frame comes to: the typed event, the whole outcome, the acknowledgement.
fn made_of(case: &Value) -> Vec<String> {
    let mut play = Play::up();
    let mut frame = case["in"].clone();
    if let Some(rpc) = case["to"].as_str() {
        play.submit(rpc, json!({}));
        frame["id"] = json!(play.last(rpc).0);
        play.lines();
    }
    let text = frame.as_str().map_or_else(|| frame.to_string(), str::to_owned);
    play.feed(Input::Text(&text));
    assert!(
        !matches!(play.session.link().word(), "down" | "refused" | "closed"),
        "no frame costs the link: {text:.100}"
    );
    let mut lines = play.copies();
    let events: Vec<_> = play.client_events();
    for event in events {
        match event {
            ClientEvent::Received(received) => lines.push(format!("{:?}", received.event)),
            ClientEvent::Outcome { outcome: Outcome::Done(reply), .. } => lines.push(reply.body.to_string()),
            _ => {}
        }
    }
    lines
}

#[test]
fn every_golden_frame_comes_to_what_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in file["cases"].as_array_mut().unwrap() {
            let made = json!(made_of(case));
            if std::env::var("FRAMES").is_ok_and(|what| what == "write") {
                case["out"] = made;
            } else {
                assert_eq!(case["out"], made, "{}: {}", path.display(), case["in"]);
            }
            cases += 1;
        }
        if std::env::var("FRAMES").is_ok() {
            std::fs::write(&path, serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
        }
    }
    assert!(cases > 150, "{cases}");
}
