//! Reports as lines of JSON that are safe to print: one line each, control and format characters escaped.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::client::{LinkState, Received};
use crate::export::json::write_safe;
use crate::protocol::Shown;
use crate::protocol::event::Event;
use crate::time::{Now, Wall};

/// A moment as RFC 3339 in UTC with microseconds.
pub(super) fn moment(wall: Wall) -> String {
    wall.rfc3339()
}

#[derive(Serialize)]
struct EventLine<'a> {
    at: String,
    kind: &'static str,
    event_type: &'a str,
    call_id: Option<&'a str>,
    control_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a Shown>,
    stamp: Option<String>,
    duplicate: bool,
    params: Option<&'a RawValue>,
}

/// An event with its whole body as it came; at a hub with the application whose call it is about.
pub(super) fn event(out: &mut impl Write, received: &Received, owner: Option<&Shown>) -> io::Result<()> {
    // The link has read this frame already, so it can be read; if not, the line comes without a body.
    let outer = received.envelope();
    let control_id = match &received.event {
        Event::Action(status) => Some(status.control_id.as_str()),
        _ => None,
    };
    let line = EventLine {
        at: moment(received.now.wall),
        kind: "event",
        event_type: outer.as_ref().map_or(received.event_type.as_str(), |outer| &outer.event_type),
        call_id: received.event.call_id().map(crate::protocol::CallId::as_str),
        control_id,
        owner,
        stamp: received.stamp.map(moment),
        duplicate: received.duplicate,
        params: outer.as_ref().and_then(|outer| outer.params),
    };
    write_line(out, &line)
}

#[derive(Serialize)]
struct LinkLine<'a> {
    at: String,
    kind: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gaps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_in_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

/// A change of the link.
pub(super) fn link(out: &mut impl Write, state: &LinkState, now: Now) -> io::Result<()> {
    let mut line = LinkLine {
        at: moment(now.wall),
        kind: "link",
        state: state.word(),
        attempt: None,
        restored: None,
        gaps: None,
        retry_in_seconds: None,
        why: None,
    };
    match state {
        LinkState::Opening { attempt } => line.attempt = Some(*attempt),
        LinkState::Up { restored, gaps, .. } => {
            line.restored = Some(*restored);
            line.gaps = Some(*gaps);
        }
        LinkState::Down { attempt, retry_at, why } => {
            line.attempt = Some(*attempt);
            line.retry_in_seconds = Some(retry_at.since(now.at).as_secs_f64());
            line.why = Some(why.as_str());
        }
        LinkState::Refused { why } => line.why = Some(why.as_str()),
        LinkState::Idle | LinkState::Authenticating | LinkState::Draining | LinkState::Closed => {}
    }
    write_line(out, &line)
}

/// Anything as one line.
pub(super) fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    write_safe(out, &serde_json::to_string(value)?)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::shown::is_hidden;
    use crate::time::At;
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};
    use std::sync::Arc;
    use std::time::Duration;

    fn received(raw: &str) -> Received {
        let frame: Value = serde_json::from_str(raw).unwrap();
        let event_type = frame["params"]["event_type"].as_str().unwrap();
        Received {
            now: Now::simulated(Duration::from_millis(1500)),
            event_type: Shown::new(event_type),
            stamp: Some(Wall::from_seconds(1_767_225_600.25)),
            event: Event::parse(event_type, &frame["params"]["params"].to_string()),
            raw: Arc::from(raw),
            duplicate: false,
        }
    }

    fn printed(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_event_keeps_its_body_and_names_its_call() {
        let raw = r#"{"jsonrpc":"2.0","id":"f","method":"signalwire.event","params":{"event_type":"calling.call.play",
            "timestamp":1767225600.25, "params":{"call_id":"c","control_id":"k","state":"playing","x":[1.50, "ü"]}}}"#;
        let line = printed(|out| event(out, &received(raw), None));
        assert_eq!(
            line,
            "{\"at\":\"2026-01-01T00:00:01.500000Z\",\"kind\":\"event\",\"event_type\":\"calling.call.play\",\
             \"call_id\":\"c\",\"control_id\":\"k\",\"stamp\":\"2026-01-01T00:00:00.250000Z\",\
             \"duplicate\":false,\"params\":{\"call_id\":\"c\",\"control_id\":\"k\",\"state\":\"playing\",\
             \"x\":[1.50, \"ü\"]}}\n"
        );
    }

    #[test]
    fn hostile_text_comes_out_on_one_line_without_controls_and_means_the_same() {
        let raw = "{\"method\":\"signalwire.event\",\"params\":{\"event_type\":\"a.\u{202e}b\",\n\t\"params\":{\r\n \"s\":\"\u{7f}\u{9b}2J\u{202e}\
                   \u{2028}\u{e0041}\\u001b[31m\" }}}";
        let line = printed(|out| event(out, &received(raw), None));
        assert!(!line.trim_end().chars().any(is_hidden), "{line:?}");
        assert_eq!(line.lines().count(), 1);
        let read: Value = serde_json::from_str(&line).unwrap();
        let sent: Value = serde_json::from_str(raw).unwrap();
        assert_eq!(read["params"], sent["params"]["params"]);
        assert_eq!(read["event_type"], sent["params"]["event_type"]);
    }

    #[test]
    fn the_states_of_a_link() {
        let now = Now::simulated(Duration::ZERO);
        let state =
            LinkState::Down { attempt: 2, retry_at: now.at + Duration::from_secs(2), why: "x".into() };
        let line: Value = serde_json::from_str(&printed(|out| link(out, &state, now))).unwrap();
        assert_eq!(
            line,
            json!({"at":"2026-01-01T00:00:00.000000Z","kind":"link","state":"down","attempt":2,
                   "retry_in_seconds":2.0,"why":"x"})
        );
        let state = LinkState::Up { since: At::START, restored: true, gaps: 0 };
        let line = printed(|out| link(out, &state, now));
        assert!(line.contains("\"state\":\"up\",\"restored\":true,\"gaps\":0"), "{line}");
    }

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(moment(Wall(1_767_225_600_000_001)), "2026-01-01T00:00:00.000001Z");
        assert_eq!(moment(Wall(i64::MAX)), "");
    }
}
