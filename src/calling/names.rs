//! Event names of the Call API (`play.finished`, `stateChange`) and the wire events behind them.

use serde_json::Value;

use crate::client::Received;
use crate::protocol::event::{ActionStatus, Event, Report};

/// What an event handler is given.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEvent {
    /// The name it was subscribed under, such as `play.finished` or `calling.call.play`.
    pub name: String,
    /// The body of the event plus `event_type`; for `detect.*` names the `detect` object alone.
    pub payload: Value,
}

/// The names of relay-protocol 4.1 that an event has, in the order in which handlers are called. The wire name
/// comes last.
#[must_use]
pub fn names_of(received: &Received) -> Vec<String> {
    let mut names = match &received.event {
        Event::State(status) => vec!["stateChange".to_owned(), status.call_state.as_str().to_owned()],
        Event::Connect(status) => both("connect", &status.connect_state),
        Event::Action(status) => action_names(status),
        _ => Vec::new(),
    };
    names.push(received.event_type.to_string());
    names
}

fn both(family: &str, word: &str) -> Vec<String> {
    vec![format!("{family}.stateChange"), format!("{family}.{word}")]
}

fn action_names(status: &ActionStatus) -> Vec<String> {
    match &status.report {
        Report::Play(play) => both("play", &play.state),
        Report::Record(record) => both("record", &record.state),
        Report::Collect(_) => vec!["prompt".to_owned()],
        Report::Fax(fax) => both("fax", &fax.kind),
        Report::Detect(detect) => match detect.event.as_str() {
            word @ ("error" | "finished") => vec![format!("detect.{word}")],
            _ => vec!["detect.update".to_owned()],
        },
        Report::Tap(tap) => both("tap", &tap.state),
        Report::SendDigits(digits) => both("sendDigits", &digits.state),
        Report::Stream(stream) => both("stream", &stream.state),
    }
}

/// What a handler of that name is given.
#[must_use]
pub(super) fn payload(name: &str, received: &Received) -> Value {
    let mut body = received.body();
    if name.starts_with("detect.") {
        return body.get_mut("detect").map(Value::take).unwrap_or_default();
    }
    if let Value::Object(fields) = &mut body {
        fields.insert("event_type".into(), Value::String(received.event_type.to_string()));
    }
    body
}
