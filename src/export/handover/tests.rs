//! What a hand-over says.

use serde_json::json;

use super::*;
use crate::catalog::Control;
use crate::client::Outcome;
use crate::flow::tape::{Tape, spoken_to};
use crate::model::Subject;
use crate::protocol::ControlId;

fn note(tape: &Tape) -> Handover {
    let shift = Shift {
        title: "prod-us".into(),
        person: "ana".into(),
        since: Tape::at(0.0),
        alerts: vec![
            OpenAlert {
                text: "ringing > 60s: +44 20 7946 0958".into(),
                since: Tape::at(20.0).wall,
                handled: Handled::Open,
            },
            OpenAlert {
                text: "long > 20m".into(),
                since: Tape::at(5.0).wall,
                handled: Handled::Snoozed(Tape::at(600.0).wall),
            },
        ],
        notes: vec![Note {
            about: "+1 202 555 0117 > +1 800 555 0100".into(),
            at: Tape::at(30.0).wall,
            text: "waits for a *refund*\u{202e}".into(),
            by: "me".into(),
        }],
    };
    Handover::of(&tape.model, shift, Tape::at(100.0))
}

fn busy() -> Tape {
    let mut tape = spoken_to();
    let ticket = tape.start(10.0, "record", ActionKind::Record, "r1", json!({}));
    tape.outcome(10.1, ticket, Tape::done()).action(10.2, "record", "r1", json!({ "state": "recording" }));
    let (call, control_id) = (CallId::from("c1"), ControlId::from("r1"));
    let subject = Subject::Control { call, control_id, control: Control::Pause, volume: None };
    let ticket = tape.submit(40.0, "pause", "calling.record.pause", subject, json!({}));
    tape.outcome(40.1, ticket, Tape::done()).action(40.2, "record", "r1", json!({ "state": "paused" }));
    for (place, key) in ["4", "4"].into_iter().enumerate() {
        let control = format!("d{place}");
        let digits = json!({ "digits": key });
        let ticket = tape.start(50.0, "send_digits", ActionKind::SendDigits, &control, digits);
        tape.outcome(50.1, ticket, Tape::done());
        tape.action(50.2, "send_digits", &control, json!({ "state": "finished" }));
    }
    let ticket = tape.start(60.0, "tap", ActionKind::Tap, "t1", json!({}));
    tape.outcome(70.0, ticket, Outcome::Unknown("no answer within 10 s".into()));
    tape
}

#[test]
fn the_note_says_what_was_done_and_what_is_open() {
    insta::assert_snapshot!(note(&busy()).text(&TimeZone::UTC, false), @r#"
    Hand-over of prod-us by ana

      shift 2026-01-01 00:00 to 00:01 UTC
      link offline: still connecting, gaps 0, events 9, round trip 41 ms, slowest act 41 ms

    Look at first
      offline: still connecting
      nobody has taken care of: ringing > 60s: +44 20 7946 0958
      nobody knows whether this happened: tap > on +1 202 555 0117 > +1 800 555 0100
      a recording is paused for 0:59: +1 202 555 0117 > +1 800 555 0100

    Still running, started here
      record mp3 speak on +1 202 555 0117 > +1 800 555 0100: paused for 1:30
      tap > on +1 202 555 0117 > +1 800 555 0100: unknown for 0:40

    Still live, touched here
      +1 202 555 0117 > +1 800 555 0100, answered 1:33

    Alerts
      ringing > 60s: +44 20 7946 0958 since 00:00:20, open
      long > 20m since 00:00:05, snoozed until 00:10:00

    Notes
      00:00:30 +1 202 555 0117 > +1 800 555 0100: waits for a *refund*<U+202E>

    Done
      +1 202 555 0117 > +1 800 555 0100
        00:00:08 play tts "Hello": ok
        00:00:10 record mp3 speak: ok
        00:00:40 record pause: ok
        00:00:50 send digits 4 (2 times): ok
        00:01:00 tap >: unknown: no answer within 10 s
    "#);
}

#[test]
fn masked_markdown_has_no_number_and_no_markup_of_others() {
    insta::assert_snapshot!(note(&busy()).markdown(&TimeZone::UTC, true), @r#"
    # Hand-over of prod-us by ana

    - shift 2026-01-01 00:00 to 00:01 UTC
    - link offline: still connecting, gaps 0, events 9, round trip 41 ms, slowest act 41 ms

    ## Look at first
    - offline: still connecting
    - nobody has taken care of: ringing \> 60s: +44 xx xxxx xx58
    - nobody knows whether this happened: tap \> on +1 xxx xxx xx17 \> +1 xxx xxx xx00
    - a recording is paused for 0:59: +1 xxx xxx xx17 \> +1 xxx xxx xx00

    ## Still running, started here
    - record mp3 speak on +1 xxx xxx xx17 \> +1 xxx xxx xx00: paused for 1:30
    - tap \> on +1 xxx xxx xx17 \> +1 xxx xxx xx00: unknown for 0:40

    ## Still live, touched here
    - \+1 xxx xxx xx17 \> +1 xxx xxx xx00, answered 1:33

    ## Alerts
    - ringing \> 60s: +44 xx xxxx xx58 since 00:00:20, open
    - long \> 20m since 00:00:05, snoozed until 00:10:00

    ## Notes
    - 00:00:30 \+1 xxx xxx xx17 \> +1 xxx xxx xx00: waits for a \*refund\*\<U+202E\>

    ## Done
    - \+1 xxx xxx xx17 \> +1 xxx xxx xx00
      - 00:00:08 play tts "Hello": ok
      - 00:00:10 record mp3 speak: ok
      - 00:00:40 record pause: ok
      - 00:00:50 send digits (hidden) (2 times): ok
      - 00:01:00 tap \>: unknown: no answer within 10 s
    "#);
}

#[test]
fn nothing_done_is_said_too_and_earlier_shifts_are_left_out() {
    let tape = busy();
    let shift = Shift { since: Tape::at(90.0), ..Shift::default() };
    let text = Handover::of(&tape.model, shift, Tape::at(100.0)).text(&TimeZone::UTC, false);
    assert!(text.ends_with("\nDone\n  none\n"), "{text}");
}

#[test]
fn many_open_alerts_do_not_crowd_out_everything_else() {
    let alert = OpenAlert { text: "not recorded".into(), since: Tape::at(1.0).wall, handled: Handled::Open };
    let shift = Shift { alerts: vec![alert; 5], ..Shift::default() };
    let note = Handover::of(&busy().model, shift, Tape::at(100.0));
    let look: Vec<_> = note.look.iter().filter(|text| text.as_str().contains("alert")).collect();
    assert_eq!(look.len(), 1);
    assert_eq!(look[0].as_str(), "5 alerts that nobody has taken care of; they are listed below");
    assert_eq!(note.text(&TimeZone::UTC, false).matches("not recorded").count(), 5);
}
