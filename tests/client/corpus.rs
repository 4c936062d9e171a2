//! The golden frames of `tests/frames`: real shapes, tolerated shapes and malformed ones, and what becomes of each.
//!
//! A file has `about` and `cases`. A case has `in`, a frame or, as text, what is no frame; `to`, when the frame answers
//! a command of that name; and `out`, what the session makes of it. `FRAMES=write` writes `out` anew, to be reviewed.
//! A file of the other dialect says so, and has `asked`, what a client asks the service: see the tests of the sim.

use std::path::Path;

use callboard::client::session::Input;
use callboard::client::{ClientEvent, Outcome};
use callboard::protocol::Dialect;
use serde_json::{Value, json};

use crate::playbook::Play;

/// The address that the traces of Blade are of.
const ADDRESS: &str = "signalwire_5c0ffee5_4444";

/// What a frame comes to: the typed event, the whole outcome, the acknowledgement.
fn made_of(case: &Value, dialect: Dialect) -> Vec<String> {
    let mut play = match dialect {
        Dialect::Current => Play::up(),
        Dialect::Blade => Play::up_blade_at(ADDRESS),
    };
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
        let dialect = file["dialect"].as_str().map_or(Dialect::Current, |word| word.parse().unwrap());
        for case in file["cases"].as_array_mut().unwrap() {
            let made = json!(made_of(case, dialect));
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
