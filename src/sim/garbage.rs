//! Frames no client should stumble over.

use serde_json::json;

use super::fault_script::Garbage;

const HUGE: usize = 9 * 1024 * 1024;

/// The text of an improper frame. `id` is the frame id where the kind has a proper one.
pub(super) fn text(kind: Garbage, id: &str, size: Option<usize>) -> String {
    let event = |params: serde_json::Value| {
        json!({"jsonrpc": "2.0", "id": id, "method": "signalwire.event", "params": params}).to_string()
    };
    let body = json!({"call_id": "no-such-call", "node_id": "no-such-node", "call_state": "answered"});
    match kind {
        Garbage::NotJson => "It was a dark and stormy night".into(),
        Garbage::Cut => r#"{"jsonrpc":"2.0","id":"cut","method":"signalwire.ev"#.into(),
        Garbage::Array => r#"[{"jsonrpc":"2.0","id":"array","method":"signalwire.ping"}]"#.into(),
        Garbage::Null => "null".into(),
        Garbage::Shapeless => json!({"jsonrpc": "2.0", "id": id}).to_string(),
        Garbage::ParamsNull => event(json!(null)),
        Garbage::ParamsList => event(json!(["calling.call.state", {}])),
        Garbage::NoId => json!({"jsonrpc": "2.0", "method": "signalwire.event",
            "params": {"event_type": "calling.call.state", "params": body}})
        .to_string(),
        Garbage::NumberId => json!({"jsonrpc": "2.0", "id": 4711, "method": "signalwire.event",
            "params": {"event_type": "calling.call.state", "params": body}})
        .to_string(),
        Garbage::CallIdList => event(json!({"event_type": "calling.call.state",
            "params": {"call_id": ["a", "b"], "call_state": {"odd": true}, "device": 7}})),
        Garbage::UnknownEvent => event(json!({"event_type": "calling.call.hologram", "colour": "blue",
            "params": {"call_id": "no-such-call", "state": "shimmering", "depth": {"x": [1, 2, 3]}}})),
        Garbage::NoType => event(json!({"event_type": "", "params": body})),
        Garbage::UnknownMethod => {
            json!({"jsonrpc": "2.0", "id": id, "method": "signalwire.levitate", "params": {}}).to_string()
        }
        Garbage::StrayReply => json!({"jsonrpc": "2.0", "id": id, "result": {"code": "200"}}).to_string(),
        Garbage::Deep => format!(
            r#"{{"jsonrpc":"2.0","id":"deep","method":"signalwire.event","params":{}{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        ),
        Garbage::Hostile => event(json!({"event_type": "calling.call.\u{1b}[2Jstate\u{202e}",
            "params": {"call_id": "\u{1b}]0;owned\u{7}", "call_state": "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
                "device": {"type": "phone", "params": {"from_number": "\u{9b}31m+1\u{200b}202\r\n"}}}})),
        Garbage::Huge => event(json!({"event_type": "calling.call.hologram",
            "params": {"call_id": "no-such-call", "padding": "x".repeat(size.unwrap_or(HUGE))}})),
        // Sent as bytes, not as text.
        Garbage::Binary => String::new(),
    }
}
