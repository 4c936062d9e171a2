//! Events in one word, and what they carry: the parts that a description is made of, for whoever draws them.

use std::borrow::Cow;

use crate::protocol::event::{ActionStatus, CollectReport, Event, FaxReport, Report};
use crate::protocol::{CallState, Shown};

/// The service's own word for what happened: a state, a verdict, the way an input ended.
#[must_use]
pub fn word(event: &Event, event_type: &Shown) -> Shown {
    match event {
        Event::Receive(_) => Shown::word("offered"),
        Event::State(status) => Shown::word(status.call_state.as_str()),
        Event::Dial(status) => Shown::word(&status.dial_state),
        Event::Connect(status) => Shown::word(&status.connect_state),
        Event::Action(status) => Shown::word(of_action(status)),
        Event::AuthorizationState(_) => "authorization".into(),
        Event::Error(_) => "error".into(),
        Event::Unknown { .. } => event_type.clone(),
        Event::Malformed { .. } => "malformed".into(),
    }
}

fn of_action(status: &ActionStatus) -> &str {
    match &status.report {
        Report::Play(state) | Report::SendDigits(state) | Report::Stream(state) => &state.state,
        Report::Record(record) => &record.state,
        Report::Detect(detect) => &detect.event,
        Report::Collect(collect) => {
            let kind = collect.result.as_ref().map(|result| result.kind.as_str());
            kind.or(collect.state.as_deref()).unwrap_or("collect")
        }
        Report::Tap(tap) => &tap.state,
        Report::Fax(fax) => &fax.kind,
    }
}

/// Whether it proves that its call went on when it happened; the last word of an operation may come after its call.
#[must_use]
pub fn goes_on(event: &Event) -> bool {
    match event {
        Event::Receive(status) | Event::State(status) => status.call_state != CallState::Ended,
        Event::Dial(status) => status.dial_state == "answered",
        Event::Connect(status) => matches!(&*status.connect_state, "connecting" | "connected"),
        Event::Action(status) => match &status.report {
            Report::Play(state) | Report::Stream(state) => goes(&state.state),
            Report::Record(record) => goes(&record.state),
            Report::Tap(tap) => goes(&tap.state),
            Report::Detect(detect) => !matches!(&*detect.event, "finished" | "error" | ""),
            Report::Collect(collect) => collect.is_final == Some(false),
            Report::Fax(fax) => fax.kind == "page",
            Report::SendDigits(_) => false,
        },
        Event::AuthorizationState(_) | Event::Error(_) | Event::Unknown { .. } | Event::Malformed { .. } => {
            false
        }
    }
}

fn goes(state: &str) -> bool {
    matches!(state, "playing" | "recording" | "tapping" | "streaming" | "paused")
}

/// What it carries besides: the keys or words that were collected, a page, a reason. `None` when that is nothing.
#[must_use]
pub fn content(event: &Event) -> Option<Shown> {
    let text: Cow<'_, str> = match event {
        Event::Receive(status) => status.context.as_deref()?.into(),
        Event::State(status) => status.end_reason.as_ref()?.as_str().into(),
        Event::Dial(status) => status.reason.as_deref()?.into(),
        Event::Connect(status) => status.failed_reason.as_deref()?.into(),
        Event::Action(status) => match &status.report {
            Report::Detect(detect) if detect.beep => format!("{} beep", detect.kind).into(),
            Report::Detect(detect) => detect.kind.as_str().into(),
            Report::Collect(collect) => collected(collect)?.into(),
            Report::Fax(fax) => faxed(fax)?.into(),
            Report::Play(_)
            | Report::Record(_)
            | Report::SendDigits(_)
            | Report::Tap(_)
            | Report::Stream(_) => return None,
        },
        Event::Error(report) => report.message.as_deref()?.into(),
        Event::Malformed { why, .. } => (&**why).into(),
        Event::AuthorizationState(_) | Event::Unknown { .. } => return None,
    };
    (!text.is_empty()).then(|| Shown::word(&text))
}

fn collected(collect: &CollectReport) -> Option<String> {
    let values = collect.result.as_ref()?.params.clone()?;
    let end = values.terminator.unwrap_or_default();
    values.digits.or(values.text).map(|keys| format!("{keys}{end}"))
}

fn faxed(fax: &FaxReport) -> Option<String> {
    let values = fax.params.as_ref()?;
    let page = values.number.map(|page| format!("page {page}"));
    let pages = values.pages.map(|pages| format!("{pages} pages"));
    page.or(pages).or_else(|| values.result_text.clone()).or_else(|| values.description.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn gist(event_type: &str, body: &Value) -> (String, String) {
        let event = Event::parse(event_type, &body.to_string());
        let content = content(&event).map(|text| text.to_string()).unwrap_or_default();
        (word(&event, &event_type.into()).to_string(), content)
    }

    #[test]
    fn the_word_is_the_services_own_and_the_content_stands_apart() {
        let ids = json!({ "call_id": "c", "control_id": "k", "node_id": "n" });
        for (event_type, more, wanted) in [
            ("calling.call.play", json!({ "state": "playing" }), ("playing", "")),
            (
                "calling.call.collect",
                json!({ "result": { "type": "digit", "params": { "digits": "4471", "terminator": "#" } } }),
                ("digit", "4471#"),
            ),
            ("calling.call.collect", json!({ "result": { "type": "no_input" } }), ("no_input", "")),
            (
                "calling.call.detect",
                json!({ "detect": { "type": "machine", "params": { "event": "MACHINE", "beep": true } } }),
                ("MACHINE", "machine beep"),
            ),
            ("calling.call.state", json!({ "call_state": "ended", "end_reason": "busy" }), ("ended", "busy")),
            ("calling.call.hologram", json!({}), ("calling.call.hologram", "")),
        ] {
            let mut body = ids.clone();
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let wanted = (wanted.0.to_owned(), wanted.1.to_owned());
            assert_eq!(gist(event_type, &body), wanted, "{event_type}");
        }
    }

    #[test]
    fn hostile_words_are_made_fit_for_a_screen() {
        let body = json!({ "call_id": "c", "call_state": "x\u{202e}\u{1b}[2J" });
        assert_eq!(gist("calling.call.state", &body).0, "x<U+202E>␛[2J");
    }
}
