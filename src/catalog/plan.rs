//! Rules of device plans: the types of devices, what each needs, and how long it may ring.

use serde_json::{Map, Value};

use super::check::FieldError;
use super::choices::CODECS;
use super::method::{Choice, Kind};
use super::rows::WEB;
use super::rule;

/// Text of a parameter.
const TEXT: Kind = Kind::Text { max: 1024 };
/// Ring time (relay-protocol 1.10).
const TIMEOUT: Kind = Kind::Int { min: 1, max: 600, unit: "s" };

static STATES: &[Choice] = &[
    Choice { value: "created", label: "created" },
    Choice { value: "ringing", label: "ringing" },
    Choice { value: "answered", label: "answered" },
    Choice { value: "ended", label: "ended" },
];

/// The rule of a parameter.
enum Rule {
    /// A SIP URI, which no field of a method takes alone.
    Sip,
    /// As for the fields of methods.
    Of(Kind),
}

use Rule::{Of, Sip};

/// A type of device (relay-protocol 2.6).
struct DeviceType {
    name: &'static str,
    /// What must be there.
    needs: &'static [(&'static str, Rule)],
    /// Whether only a connect can ring it.
    connect_only: bool,
}

static TYPES: &[DeviceType] = &[
    DeviceType {
        name: "phone",
        needs: &[("to_number", Of(Kind::E164)), ("from_number", Of(Kind::E164))],
        connect_only: false,
    },
    DeviceType { name: "sip", needs: &[("to", Sip), ("from", Sip)], connect_only: false },
    DeviceType { name: "webrtc", needs: &[("to", Of(TEXT)), ("from", Of(TEXT))], connect_only: false },
    DeviceType {
        name: "agora",
        needs: &[("from", Of(TEXT)), ("appid", Of(TEXT)), ("channel", Of(TEXT))],
        connect_only: false,
    },
    DeviceType { name: "call", needs: &[("node_id", Of(TEXT)), ("call_id", Of(TEXT))], connect_only: true },
    DeviceType {
        name: "queue",
        needs: &[("node_id", Of(TEXT)), ("queue_name", Of(TEXT))],
        connect_only: true,
    },
    DeviceType { name: "stream", needs: &[("url", Of(Kind::Url(&["wss"])))], connect_only: true },
];

/// Parameters that may be there and have a rule. Any other is passed on: the list of the service is open.
static KNOWN: &[(&str, Rule)] = &[
    ("timeout", Of(TIMEOUT)),
    ("max_duration", Of(Kind::Int { min: 1, max: i64::MAX, unit: "" })),
    ("session_timeout", Of(Kind::Int { min: 1, max: i64::MAX, unit: "s" })),
    ("from_name", Of(TEXT)),
    ("codecs", Of(Kind::Many(CODECS))),
    ("webrtc_media", Of(Kind::Bool)),
    ("realtime", Of(Kind::Bool)),
    ("call_state_url", Of(WEB)),
    ("call_state_events", Of(Kind::Many(STATES))),
];

/// Tests a device plan for `calling.dial` or `calling.connect`.
pub(super) fn check(field: &str, value: &Value, rpc: &str, out: &mut Vec<FieldError>) {
    let fits = value.as_array().is_some_and(|groups| groups.iter().all(Value::is_array));
    if !fits {
        out.push(FieldError::new(field, value, format!("is not {}", Kind::Devices.rule())));
        return;
    }
    for (i, group) in value.as_array().into_iter().flatten().enumerate() {
        let devices = group.as_array().map(Vec::as_slice).unwrap_or_default();
        if devices.is_empty() {
            out.push(FieldError::new(format!("{field}.{i}"), group, "is a group without a device"));
        }
        for (j, device) in devices.iter().enumerate() {
            device_faults(&format!("{field}.{i}.{j}"), device, rpc == "calling.connect", out);
        }
    }
}

fn device_faults(place: &str, device: &Value, connect: bool, out: &mut Vec<FieldError>) {
    let allowed = || TYPES.iter().filter(|kind| connect || !kind.connect_only);
    let Some(kind) = allowed().find(|kind| device["type"] == kind.name) else {
        let names = allowed().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
        out.push(FieldError::new(place, device, format!("has no type of {names}")));
        return;
    };
    let none = Map::new();
    let params = device["params"].as_object().unwrap_or(&none);
    for (name, rule) in kind.needs {
        // A connect can take it from the originating call.
        let inherited = connect && *name == "from_number";
        match params.get(*name) {
            None if inherited => {}
            None | Some(Value::Null) => out.push(FieldError::missing(format!("{place}.{name}"))),
            Some(value) => param_fault(format!("{place}.{name}"), value, rule, out),
        }
    }
    for (name, value) in params {
        if kind.needs.iter().any(|(needed, _)| needed == name) {
            continue;
        }
        let place = format!("{place}.{name}");
        match KNOWN.iter().find(|(known, _)| known == name) {
            Some((_, rule)) => param_fault(place, value, rule, out),
            None if name == "headers" => header_faults(&place, value, out),
            None if rule::has_controls(value) => {
                out.push(FieldError::new(place, value, "has control characters"));
            }
            None => {}
        }
    }
}

fn param_fault(place: String, value: &Value, rule: &Rule, out: &mut Vec<FieldError>) {
    let fault = match rule {
        _ if value.as_str().is_some_and(|text| text.trim().is_empty()) => Some("is empty".to_owned()),
        Sip => (!value.as_str().is_some_and(rule::is_sip)).then(|| "is not a sip: URI".to_owned()),
        Of(kind) => rule::fault(kind, value),
    };
    out.extend(fault.map(|rule| FieldError::new(place, value, rule)));
}

fn header_faults(place: &str, value: &Value, out: &mut Vec<FieldError>) {
    let fits = value.as_array().is_some_and(|headers| {
        headers.iter().all(|header| {
            header["name"].as_str().is_some_and(|name| {
                name.len() > 2 && name.starts_with(['X', 'x']) && name[1..].starts_with('-')
            }) && header["value"].is_string()
        })
    });
    if !fits || rule::has_controls(value) {
        out.push(FieldError::new(
            place,
            value,
            "is not a list of {name, value} with names that start with X-",
        ));
    }
}
