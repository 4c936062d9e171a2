//! From checked values to the params of the command. The only place where these are built.
//!
//! Sent is what the caller set, the constants of the row, and nothing else: no default is spelled out. The
//! exceptions, each as in v2:
//! - a hang-up always has its reason;
//! - the volume of a play is left out when it is 0 (a prompt sends it whenever given);
//! - an empty list is left out (`ringback`, `speech_hints`, `codecs`);
//! - a telephone of a connect takes calling number and ring time from the originating call where it has none;
//! - durations and levels are sent as floating point, counts and device timeouts as whole numbers;
//! - small letters a to d of `send_digits` become capitals.

use serde_json::{Map, Number, Value};

use super::kind::ActionKind;
use super::method::{Field, Kind, Method, Values};
use super::rule;
use crate::protocol::device::Device;
use crate::protocol::{CallId, ControlId, NodeId, Tag};

/// What an invocation acts on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Target<'a> {
    /// The call.
    pub call_id: Option<&'a CallId>,
    /// The node that holds it; for a dial the preferred one.
    pub node_id: Option<&'a NodeId>,
    /// The id of the action that is started. Ignored where none is, and by a connect, which has its tag instead.
    pub control_id: Option<&'a ControlId>,
    /// What joins the legs to this dial or connect. Ignored by the other methods.
    pub tag: Option<&'a Tag>,
    /// The device of the originating call: a connect takes what a telephone lacks from it.
    pub device: Option<&'a Device>,
}

/// The params of the command. `values` have passed [`super::check()`]; others do no harm but make no sense.
#[must_use]
pub fn wire(method: &Method, values: &Values, target: &Target<'_>) -> Value {
    let mut params = Value::Object(address(method, target));
    for field in method.fields {
        if field.path.is_empty() || field.applies(values) != Some(true) {
            continue;
        }
        if let Some(value) = sent(method, field, values, target) {
            put(&mut params, field.path, value);
        }
    }
    params
}

/// The ids, which come first.
fn address(method: &Method, target: &Target<'_>) -> Map<String, Value> {
    let mut ids = Map::new();
    let mut add = |key: &str, id: Option<&str>| {
        if let Some(id) = id {
            ids.insert(key.to_owned(), id.into());
        }
    };
    add("node_id", target.node_id.map(NodeId::as_str));
    if method.rpc != "calling.dial" {
        add("call_id", target.call_id.map(CallId::as_str));
    }
    if method.starts.is_some_and(|kind| kind != ActionKind::Connect) {
        add("control_id", target.control_id.map(ControlId::as_str));
    }
    if matches!(method.rpc, "calling.dial" | "calling.connect") {
        add("tag", target.tag.map(Tag::as_str));
    }
    ids
}

/// What is sent for one field; `None` when it is left out.
fn sent(method: &Method, field: &Field, values: &Values, target: &Target<'_>) -> Option<Value> {
    if let Kind::Fixed(json) = field.kind {
        return serde_json::from_str(json).ok();
    }
    let value = values.get(field.name).filter(|value| !value.is_null())?;
    if value.as_array().is_some_and(Vec::is_empty) {
        return None;
    }
    let is_unchanged = method.rpc == "calling.play" && field.name == "volume" && value.as_f64() == Some(0.0);
    if is_unchanged {
        return None;
    }
    Some(match field.kind {
        Kind::Num { .. } => float(value),
        Kind::Int { .. } => integer(value),
        Kind::Chars { allowed, upper, .. } => {
            let text = value.as_str().unwrap_or_default();
            Value::String(text.chars().map(|c| rule::capital(c, allowed, upper)).collect())
        }
        Kind::Media => media(value),
        Kind::Devices => devices(value, if method.rpc == "calling.connect" { target.device } else { None }),
        _ => value.clone(),
    })
}

fn float(value: &Value) -> Value {
    value.as_f64().and_then(Number::from_f64).map_or_else(|| value.clone(), Value::Number)
}

fn integer(value: &Value) -> Value {
    rule::whole(value).map_or_else(|| value.clone(), Value::from)
}

/// A play list with its durations as floating point.
pub(super) fn media(list: &Value) -> Value {
    let mut list = list.clone();
    for item in list.as_array_mut().into_iter().flatten() {
        if let Some(duration) = item.pointer_mut("/params/duration") {
            *duration = float(duration);
        }
    }
    list
}

fn devices(plan: &Value, origin: Option<&Device>) -> Value {
    let mut plan = plan.clone();
    let groups = plan.as_array_mut().into_iter().flatten();
    for device in groups.flat_map(|group| group.as_array_mut().into_iter().flatten()) {
        let is_phone = device["type"] == "phone";
        let Some(params) = device.get_mut("params").and_then(Value::as_object_mut) else { continue };
        if let (true, Some(origin)) = (is_phone, origin) {
            inherit(params, origin);
        }
        if let Some(timeout) = params.get_mut("timeout") {
            *timeout = integer(timeout);
        }
    }
    plan
}

/// What a telephone lacks, from the originating call. Only what would pass the rules: a SIP caller has no number.
fn inherit(params: &mut Map<String, Value>, origin: &Device) {
    if !params.contains_key("from_number")
        && let Some(from) = origin.from_address().filter(|from| rule::is_e164(from))
    {
        params.insert("from_number".to_owned(), (*from).into());
    }
    if !params.contains_key("timeout")
        && let Some(seconds) = origin.ring_timeout().filter(|seconds| (1.0..=600.0).contains(seconds))
    {
        params.insert("timeout".to_owned(), integer(&Value::from(seconds.trunc())));
    }
}

/// Puts a value at a dotted path, making the objects and lists on the way.
fn put(root: &mut Value, path: &str, value: Value) {
    let mut place = root;
    for segment in path.split('.') {
        place = match segment.parse::<usize>() {
            Ok(i) => list_slot(place, i),
            Err(_) => object_slot(place, segment),
        };
    }
    *place = value;
}

fn object_slot<'a>(place: &'a mut Value, key: &str) -> &'a mut Value {
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    // An object by now, for which indexing makes the entry.
    &mut place[key]
}

fn list_slot(place: &mut Value, i: usize) -> &mut Value {
    if !place.is_array() {
        *place = Value::Array(Vec::new());
    }
    // A list by now.
    if let Some(items) = place.as_array_mut()
        && items.len() <= i
    {
        items.resize(i + 1, Value::Null);
    }
    &mut place[i]
}
