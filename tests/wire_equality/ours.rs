//! The arguments of a case under our names, and as our types.

use callboard::catalog::Values;
use callboard::protocol::device::{Device, DevicePlan, Media};
use serde_json::{Map, Value, json};

/// A call of a case in our words.
pub struct Invocation {
    /// The method's name in our catalogue, or one of `receive` and `unreceive`.
    pub method: String,
    /// Its arguments.
    pub values: Values,
    /// The control id or tag that the case gives.
    pub id: Option<String>,
    /// Whether the case is of the `_async` form.
    pub is_async: bool,
    /// Whether the SDK has one form only, which we have as two.
    pub both_forms: bool,
}

/// A case in our words.
pub fn invocation(case: &Value) -> Invocation {
    let name = case["method"].as_str().unwrap();
    let args = case["args"].as_object().unwrap().clone();
    if case["sdk"].as_str().unwrap().ends_with("3.7.5") { current(name, args) } else { v2(name, args) }
}

impl Invocation {
    /// With the device of the call that is dialled, where it is not among the arguments.
    pub fn with_device(mut self, case: &Value) -> Self {
        if self.method == "dial" && self.values.is_empty() {
            self.values.insert("devices".into(), case["call"]["new_call"].clone());
        }
        self
    }
}

fn v2(name: &str, mut args: Map<String, Value>) -> Invocation {
    let (method, is_async) = name.strip_suffix("_async").map_or((name, false), |method| (method, true));
    rename(&mut args, "media_list", "media");
    rename(&mut args, "device_list", "devices");
    rename(&mut args, "ringback_list", "ringback");
    if method == "fax_send" {
        rename(&mut args, "url", "document");
    }
    if method == "dial" && !args.is_empty() {
        args = Map::from_iter([("devices".to_owned(), Value::Object(args))]);
    }
    Invocation { method: method.to_owned(), values: args, id: None, is_async, both_forms: false }
}

fn current(name: &str, mut args: Map<String, Value>) -> Invocation {
    let method = match name {
        "pass_" => "pass",
        "play_and_collect" => "prompt",
        "send_fax" => "fax_send",
        "receive_fax" => "fax_receive",
        name => name,
    };
    let id = args.shift_remove("control_id").or_else(|| args.shift_remove("tag"));
    rename(&mut args, "loop", "loops");
    rename(&mut args, "header_info", "header");
    // How long the SDK waits; not sent.
    args.shift_remove("dial_timeout");
    match method {
        "record" => {
            lift(&mut args, "audio", "");
            rename(&mut args, "format", "record_format");
        }
        "detect" => {
            let detect = args.shift_remove("detect").unwrap();
            args.insert("detect_type".into(), detect["type"].clone());
            args.extend(detect["params"].as_object().unwrap().clone());
        }
        "tap" => {
            let (tap, device) = (args.shift_remove("tap").unwrap(), args.shift_remove("device").unwrap());
            args.insert("audio_direction".into(), tap["params"]["direction"].clone());
            args.insert("target_type".into(), device["type"].clone());
            for (name, value) in device["params"].as_object().unwrap() {
                let name = match &**name {
                    "addr" | "port" | "ptime" | "uri" => format!("target_{name}"),
                    name => name.to_owned(),
                };
                args.insert(name, value.clone());
            }
        }
        "collect" => input(&mut args, "collect_type"),
        "prompt" | "prompt_audio" | "prompt_tts" => {
            lift(&mut args, "collect", "");
            input(&mut args, "prompt_type");
        }
        _ => {}
    }
    let id = id.map(|id| id.as_str().unwrap().to_owned());
    Invocation { method: method.to_owned(), values: args, id, is_async: true, both_forms: true }
}

/// The objects of an input, as arguments.
fn input(args: &mut Map<String, Value>, by: &str) {
    let wanted = match (args.contains_key("digits"), args.contains_key("speech")) {
        (true, true) => "both",
        (true, false) => "digits",
        (false, true) => "speech",
        (false, false) => return,
    };
    args.insert(by.into(), wanted.into());
    lift(args, "digits", "digits_");
    rename(args, "digits_digit_timeout", "digits_timeout");
    lift(args, "speech", "speech_");
    rename(args, "speech_end_silence_timeout", "end_silence_timeout");
    rename(args, "speech_speech_timeout", "speech_timeout");
}

/// The entries of an object, in its place.
fn lift(args: &mut Map<String, Value>, key: &str, prefix: &str) {
    if let Some(Value::Object(inner)) = args.shift_remove(key) {
        args.extend(inner.into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)));
    }
}

fn rename(args: &mut Map<String, Value>, old: &str, new: &str) {
    if let Some(value) = args.shift_remove(old) {
        args.insert(new.to_owned(), value);
    }
}

/// A flat or nested play list, as our types.
pub fn media(list: &Value) -> Result<Vec<Media>, String> {
    list.as_array().ok_or("media is no list")?.iter().map(medium).collect()
}

fn medium(item: &Value) -> Result<Media, String> {
    let item = item.as_object().ok_or("an item of media is no object")?;
    let kind = item.get("type").and_then(Value::as_str).ok_or("an item of media has no type")?;
    let mut params = item.clone();
    params.shift_remove("type");
    if let Some(Value::Object(nested)) = params.shift_remove("params") {
        params = nested;
    }
    let typed: Media = serde_json::from_value(json!({"type": kind, "params": params}))
        .map_err(|error| format!("media: {error}"))?;
    // Nothing may get lost on the way.
    let kept = serde_json::to_value(&typed).unwrap();
    let kept = kept["params"].as_object().unwrap();
    match params.keys().find(|key| !kept.contains_key(*key)) {
        Some(key) => Err(format!("{kind} has no {key}")),
        None => Ok(typed),
    }
}

/// A flat or nested device plan, as our types: an object is a group of one, a list at the top rings together.
pub fn devices(plan: &Value) -> Result<DevicePlan, String> {
    let group = |group: &Value| match group {
        Value::Array(devices) => devices.iter().map(device).collect::<Result<Vec<_>, _>>(),
        one => Ok(vec![device(one)?]),
    };
    match plan {
        Value::Array(groups) => groups.iter().map(group).collect(),
        one => Ok(vec![group(one)?]),
    }
}

fn device(item: &Value) -> Result<Device, String> {
    let item = item.as_object().ok_or("a device is no object")?;
    if let Some(params) = item.get("params") {
        return Ok(Device::new(item["type"].as_str().unwrap(), params.clone()));
    }
    let mut params = item.clone();
    let kind = params.shift_remove("call_type");
    let kind = kind.as_ref().and_then(Value::as_str).unwrap_or("phone").to_owned();
    if params.get("timeout").is_some_and(Value::is_string) {
        return Err("timeout is a number".into());
    }
    if kind == "sip" {
        rename(&mut params, "to_number", "to");
    }
    let Some(to) = params.shift_remove("to_number") else { return Ok(Device::new(&kind, params.into())) };
    let device =
        params.into_iter().fold(Device::phone(to.as_str().unwrap()), |device, (key, value)| {
            match (&*key, value.as_u64().and_then(|seconds| u32::try_from(seconds).ok())) {
                ("from_number", _) => device.from(value.as_str().unwrap()),
                ("timeout", Some(seconds)) => device.timeout(seconds),
                _ => device.with(&key, value),
            }
        });
    Ok(device)
}
