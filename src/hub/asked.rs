//! What an application asked for, read from its command: the method of the Call API, and what it is about. Pure.

use serde_json::Value;

use crate::catalog::{self, ActionKind, Control, METHODS, Method};
use crate::model::Subject;
use crate::protocol::{CallId, ControlId, Tag};

/// Longest id of a call, an operation or a dial that is followed, in bytes.
const ID: usize = 512;

/// A command in the terms of the Call API.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The method, or the control, by name.
    pub method: &'static str,
    /// What it is about.
    pub subject: Subject,
}

/// Reads a command of the calling language; none for what is about no call, such as messages.
#[must_use]
pub fn asked(rpc: &str, params: &Value) -> Option<Asked> {
    // What is no id of a sane length is nothing to follow.
    let text = |key: &str| {
        let id = params.get(key).and_then(Value::as_str);
        id.filter(|text| (1..=ID).contains(&text.len()))
    };
    let too_long = |key: &&str| params.get(key).and_then(Value::as_str).is_some_and(|text| text.len() > ID);
    if ["call_id", "control_id", "tag"].iter().any(too_long) {
        return None;
    }
    if matches!(rpc, "calling.dial" | "calling.begin") {
        // A dial without a tag cannot be told from another.
        let subject = Subject::Dial(Tag::from(text("tag")?));
        return Some(Asked { method: "dial", subject });
    }
    if !rpc.starts_with("calling.") {
        return None;
    }
    let call = CallId::from(text("call_id")?);
    // A bridge has its tag for an id.
    let control_id = text("control_id").or_else(|| text("tag")).map(ControlId::from);
    if let Some(kind) = ActionKind::of_rpc(rpc) {
        let method = method_of(rpc, params);
        let subject = match control_id {
            Some(control_id) => Subject::Start { call, control_id, kind, wait_for_beep: false },
            None => Subject::Call(call),
        };
        return Some(Asked { method, subject });
    }
    if let (Some((kind, control)), Some(control_id)) = (control_of(rpc), control_id) {
        let volume = params.get("volume").and_then(Value::as_f64).filter(|_| control == Control::Volume);
        let method = control.suffix();
        debug_assert!(kind.can(control));
        return Some(Asked { method, subject: Subject::Control { call, control_id, control, volume } });
    }
    Some(Asked { method: method_of(rpc, params), subject: Subject::Call(call) })
}

fn control_of(rpc: &str) -> Option<(ActionKind, Control)> {
    let kinds = ActionKind::ALL.into_iter().filter(|kind| *kind != ActionKind::Connect);
    let mut all = kinds.flat_map(|kind| kind.controls().iter().map(move |control| (kind, *control)));
    all.find(|(kind, control)| kind.control_rpc(*control) == rpc)
}

/// The most telling method with this command: `play_tts` for a single text, `play` for anything mixed.
fn method_of(rpc: &str, params: &Value) -> &'static str {
    let of_rpc = METHODS.iter().filter(|method| method.rpc == rpc).collect::<Vec<_>>();
    let media = params.get("play").and_then(Value::as_array).filter(|media| media.len() == 1);
    let what = media.and_then(|media| media.first()?.get("type")?.as_str());
    let what = what.or_else(|| params.pointer("/detect/type").and_then(Value::as_str));
    let suffix = match what {
        Some("machine") => "answering_machine",
        Some(what) => what,
        None => "",
    };
    let telling = |method: &&&&Method| !suffix.is_empty() && method.name.ends_with(suffix);
    let plain = || of_rpc.iter().min_by_key(|method| method.name.len());
    let method = of_rpc.iter().find(telling).or_else(plain);
    method.map_or_else(|| catalog::name_of(rpc), |method| method.name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn commands_are_read_back_as_methods() {
        let tts = json!([{"type":"tts","params":{"text":"Hi"}}]);
        let mixed = json!([{"type":"tts","params":{"text":"Hi"}},{"type":"silence","params":{"duration":1}}]);
        for (rpc, params, method) in [
            ("calling.play", json!({"call_id":"c","control_id":"p","play":tts}), "play_tts"),
            ("calling.play", json!({"call_id":"c","control_id":"p","play":mixed}), "play"),
            ("calling.play.stop", json!({"call_id":"c","control_id":"p"}), "stop"),
            ("calling.record.pause", json!({"call_id":"c","control_id":"r"}), "pause"),
            (
                "calling.detect",
                json!({"call_id":"c","control_id":"d","detect":{"type":"machine"}}),
                "detect_answering_machine",
            ),
            ("calling.detect", json!({"call_id":"c","control_id":"d","detect":{"type":"fax"}}), "detect_fax"),
            ("calling.play_and_collect", json!({"call_id":"c","control_id":"d","play":tts}), "prompt_tts"),
            ("calling.send_fax", json!({"call_id":"c","control_id":"f"}), "fax_send"),
            ("calling.end", json!({"call_id":"c","reason":"hangup"}), "hangup"),
            ("calling.answer", json!({"call_id":"c"}), "answer"),
            ("calling.connect", json!({"call_id":"c","tag":"t"}), "connect"),
            ("calling.disconnect", json!({"call_id":"c"}), "disconnect"),
            ("calling.dial", json!({"tag":"t"}), "dial"),
            ("calling.begin", json!({"tag":"t"}), "dial"),
            ("calling.transfer", json!({"call_id":"c"}), "command"),
        ] {
            assert_eq!(asked(rpc, &params).map(|asked| asked.method), Some(method), "{rpc} {params}");
        }
        assert_eq!(asked("messaging.send", &json!({})), None);
        assert_eq!(asked("calling.play", &json!({"control_id":"p"})), None, "about no call");
    }

    #[test]
    fn every_start_and_every_control_is_about_its_operation() {
        for kind in ActionKind::ALL {
            let params = json!({"call_id":"c","control_id":"x"});
            let Some(Asked { subject: Subject::Start { kind: read, .. }, .. }) = asked(kind.rpc(), &params)
            else {
                panic!("{kind:?}")
            };
            assert_eq!(read, kind);
            for control in kind.controls().iter().filter(|_| kind != ActionKind::Connect) {
                let read = asked(&kind.control_rpc(*control), &params).unwrap().subject;
                assert!(matches!(read, Subject::Control { control: it, .. } if it == *control), "{read:?}");
            }
        }
    }
}
