//! Events and params in a few words, for lists and feeds.

use serde_json::Value;

use super::call::Call;
use super::{Family, Tone};
use crate::protocol::Shown;
use crate::protocol::event::{ActionStatus, CallStatus, Event, Report};
use crate::protocol::state::CallState;

/// A party's number or address as people read it: American numbers in groups.
#[must_use]
pub fn party(address: &str) -> String {
    let digits = address
        .strip_prefix("+1")
        .filter(|rest| rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_digit()));
    digits.map_or_else(|| address.to_owned(), |d| format!("+1 {} {} {}", &d[..3], &d[3..6], &d[6..]))
}

/// Both parties of a call.
#[must_use]
pub fn parties(call: &Call) -> String {
    format!("{} > {}", party(call.from.as_str()), party(call.to.as_str()))
}

/// A party with its middle hidden, as people read it.
#[must_use]
pub fn masked(address: &str) -> String {
    super::mask::party(&party(address))
}

/// What the params of a command amount to: the text spoken, the file played, the digits sent.
#[must_use]
pub fn params(rpc: &str, params: &Value) -> Shown {
    let text = |pointer: &str| params.pointer(pointer).and_then(Value::as_str);
    let words = match rpc {
        "calling.play" => media(&params["play"]),
        "calling.play_and_collect" => {
            let max = params.pointer("/collect/digits/max").map(|max| format!("digits max {max}"));
            let speech = params.pointer("/collect/speech").map(|_| "speech".to_owned());
            let wanted: Vec<_> = max.into_iter().chain(speech).collect();
            format!("{}: {}", wanted.join(" or "), media(&params["play"]))
        }
        "calling.record" => {
            let audio = params.pointer("/record/audio").cloned().unwrap_or_default();
            let mut words = vec![audio["format"].as_str().unwrap_or("mp3").to_owned()];
            words.extend((audio["stereo"] == true).then(|| "stereo".to_owned()));
            words.push(audio["direction"].as_str().unwrap_or("speak").to_owned());
            words.extend((audio["beep"] == true).then(|| "beep".to_owned()));
            words.join(" ")
        }
        "calling.detect" => {
            let digits =
                text("/detect/params/digits").or_else(|| text("/detect/params/tone")).unwrap_or_default();
            format!("{} {digits}", text("/detect/type").unwrap_or_default())
        }
        "calling.collect" => {
            let digits = params.get("digits").map(|_| "digits");
            digits.into_iter().chain(params.get("speech").map(|_| "speech")).collect::<Vec<_>>().join(" or ")
        }
        "calling.send_digits" => text("/digits").unwrap_or_default().to_owned(),
        "calling.tap" => {
            let to = text("/device/params/uri").or_else(|| text("/device/params/addr")).unwrap_or_default();
            format!(
                "{} {} > {to}",
                text("/device/type").unwrap_or_default(),
                text("/tap/params/direction").unwrap_or_default()
            )
        }
        "calling.send_fax" => text("/document").unwrap_or_default().to_owned(),
        "calling.stream" => text("/url").unwrap_or_default().to_owned(),
        "calling.connect" | "calling.dial" => devices(&params["devices"]),
        "calling.begin" => address(&params["device"]).to_owned(),
        "calling.end" => text("/reason").unwrap_or("hangup").to_owned(),
        "signalwire.receive" | "signalwire.unreceive" => {
            let names = params["contexts"].as_array().into_iter().flatten().filter_map(Value::as_str);
            names.collect::<Vec<_>>().join(" ")
        }
        _ if rpc.ends_with(".volume") => {
            params.get("volume").map(|db| format!("{db} dB")).unwrap_or_default()
        }
        _ => String::new(),
    };
    Shown::word(words.trim())
}

fn media(list: &Value) -> String {
    let items = list.as_array().into_iter().flatten().map(|item| {
        let params = &item["params"];
        match item["type"].as_str().unwrap_or_default() {
            "tts" => format!("tts \"{}\"", params["text"].as_str().unwrap_or_default()),
            "audio" => params["url"].as_str().unwrap_or_default().to_owned(),
            "silence" => format!("silence {} s", params["duration"]),
            "ringtone" => format!("ringtone {}", params["name"].as_str().unwrap_or_default()),
            other => other.to_owned(),
        }
    });
    items.collect::<Vec<_>>().join(", ")
}

fn address(device: &Value) -> &str {
    let params = &device["params"];
    let keys = ["to_number", "to", "queue_name", "call_id", "channel", "url"];
    keys.iter().find_map(|key| params[*key].as_str()).unwrap_or("?")
}

fn devices(plan: &Value) -> String {
    let groups = plan
        .as_array()
        .into_iter()
        .flatten()
        .map(|group| group.as_array().into_iter().flatten().map(address).collect::<Vec<_>>().join(", "));
    groups.collect::<Vec<_>>().join("; then ")
}

/// An event in a few words: its family, how to take it, and what it says.
#[must_use]
pub fn event(event: &Event, event_type: &Shown) -> (Family, Tone, Shown) {
    match event {
        Event::Receive(status) => {
            let context = status.context.as_deref().unwrap_or_default();
            (Family::Call, Tone::Plain, Shown::new(&format!("offered on {context}, {}", status.call_state)))
        }
        Event::State(status) => call(status),
        Event::Dial(status) => {
            let tone = match &*status.dial_state {
                "answered" => Tone::Good,
                "failed" => Tone::Bad,
                _ => Tone::Plain,
            };
            (Family::Dial, tone, with_reason(&status.dial_state, status.reason.as_deref()))
        }
        Event::Connect(status) => {
            let tone = match &*status.connect_state {
                "connected" => Tone::Good,
                "failed" => Tone::Bad,
                _ => Tone::Plain,
            };
            (Family::Connect, tone, with_reason(&status.connect_state, status.failed_reason.as_deref()))
        }
        Event::Action(status) => action(status),
        Event::AuthorizationState(_) => (Family::Link, Tone::Faint, "new authorization state".into()),
        Event::Error(report) => {
            let code = report.code.as_deref().unwrap_or_default();
            let words = format!("service error {code} {}", report.message.as_deref().unwrap_or_default());
            (Family::Fault, Tone::Bad, Shown::new(&words))
        }
        Event::Unknown { .. } => (Family::Other, Tone::Plain, event_type.clone()),
        Event::Malformed { why, .. } => {
            (Family::Fault, Tone::Bad, Shown::new(&format!("{event_type} could not be read: {why}")))
        }
    }
}

fn with_reason(word: &str, reason: Option<&str>) -> Shown {
    reason.map_or_else(|| Shown::word(word), |reason| Shown::new(&format!("{word}: {reason}")))
}

fn call(status: &CallStatus) -> (Family, Tone, Shown) {
    let tone = match status.call_state {
        CallState::Answered => Tone::Good,
        _ => Tone::Plain,
    };
    let text = match (&status.call_state, &status.end_reason) {
        (CallState::Ended | CallState::Ending, Some(reason)) => format!("{}: {reason}", status.call_state),
        (state, _) => return (Family::Call, tone, Shown::word(state.as_str())),
    };
    (Family::Call, tone, Shown::word(&text))
}

fn action(status: &ActionStatus) -> (Family, Tone, Shown) {
    let tone = |word: &str| match word {
        "finished" => Tone::Good,
        "error" | "no_input" | "no_match" | "failed" => Tone::Bad,
        _ => Tone::Plain,
    };
    match &status.report {
        Report::Play(play) => (Family::Play, tone(&play.state), Shown::word(&play.state)),
        Report::Record(record) => {
            let length = record.duration.map(|seconds| format!("{} {seconds:.1} s", record.state));
            let words = length.as_deref().filter(|_| record.state == "finished").unwrap_or(&record.state);
            (Family::Record, tone(&record.state), Shown::new(words))
        }
        Report::Detect(detect) => {
            let beep = if detect.beep { " beep" } else { "" };
            (
                Family::Detect,
                tone(&detect.event),
                Shown::new(&format!("{} {}{beep}", detect.kind, detect.event)),
            )
        }
        Report::Collect(collect) => {
            let mut words = Vec::new();
            if let Some(result) = &collect.result {
                words.push(result.kind.clone());
                if let Some(values) = &result.params {
                    words.extend(values.digits.clone().or_else(|| values.text.clone()));
                    words.extend(values.terminator.clone().filter(|key| !key.is_empty()));
                }
            } else {
                words.extend(collect.state.clone());
            }
            if collect.is_final == Some(false) {
                words.push("(so far)".into());
            }
            let word = words.first().cloned().unwrap_or_default();
            (Family::Collect, tone(&word), Shown::new(&words.join(" ")))
        }
        Report::SendDigits(digits) => (Family::Digits, tone(&digits.state), Shown::word(&digits.state)),
        Report::Tap(tap) => (Family::Tap, tone(&tap.state), Shown::word(&tap.state)),
        Report::Fax(fax) => {
            let values = fax.params.clone().unwrap_or_default();
            let text = match fax.kind.as_str() {
                "page" => format!("page {}", values.number.unwrap_or(0.0)),
                "finished" if values.success == Some(true) => {
                    format!("finished, {} pages", values.pages.unwrap_or(0.0))
                }
                "finished" => format!("failed: {}", values.result_text.unwrap_or_default()),
                word => format!("{word} {}", values.description.unwrap_or_default()),
            };
            let tone = if fax.kind == "finished" && values.success != Some(true) {
                Tone::Bad
            } else {
                tone(&fax.kind)
            };
            (Family::Fax, tone, Shown::new(&text))
        }
        Report::Stream(stream) => (Family::Stream, tone(&stream.state), Shown::word(&stream.state)),
    }
}
