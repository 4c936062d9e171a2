//! What each dialect can be asked: Blade knows the methods of the SDKs of version 2 and no later ones.

use serde_json::{Map, Value};

use super::Dialect;

/// What a dialect has no word for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// The method.
    #[error("the {dialect} dialect of this connection does not know {method}")]
    Method {
        /// The dialect.
        dialect: Dialect,
        /// The method.
        method: String,
    },
    /// A parameter of a method it knows.
    #[error("the {dialect} dialect of this connection does not know {field} of {method}")]
    Field {
        /// The dialect.
        dialect: Dialect,
        /// The method.
        method: String,
        /// The parameter.
        field: &'static str,
    },
}

/// What the official SDKs of version 2 send, late Node included (relay-protocol 0.1, 3, 8).
const BLADE: &[&str] = &[
    "signalwire.receive",
    "calling.receive",
    "calling.begin",
    "calling.dial",
    "calling.answer",
    "calling.pass",
    "calling.end",
    "calling.connect",
    "calling.disconnect",
    "calling.refer",
    "calling.play",
    "calling.play.stop",
    "calling.play.pause",
    "calling.play.resume",
    "calling.play.volume",
    "calling.record",
    "calling.record.stop",
    "calling.detect",
    "calling.detect.stop",
    "calling.play_and_collect",
    "calling.play_and_collect.stop",
    "calling.play_and_collect.volume",
    "calling.send_digits",
    "calling.tap",
    "calling.tap.stop",
    "calling.send_fax",
    "calling.send_fax.stop",
    "calling.receive_fax",
    "calling.receive_fax.stop",
    "messaging.send",
];

/// Parameters of those methods that came later, by JSON pointer.
const LATER: &[(&str, &str, &str)] = &[
    ("calling.play", "/direction", "direction"),
    ("calling.play", "/loop", "loop"),
    ("calling.record", "/record/audio/input_sensitivity", "input_sensitivity"),
    ("calling.detect", "/detect/params/machine_ready_timeout", "machine_ready_timeout"),
    ("calling.detect", "/detect/params/detect_interruptions", "detect_interruptions"),
    ("calling.detect", "/detect/params/detect_message_end", "detect_message_end"),
    ("calling.play_and_collect", "/collect/digits/min", "collect.digits.min"),
    ("calling.play_and_collect", "/collect/speech/engine", "collect.speech.engine"),
    ("calling.play_and_collect", "/collect/speech/model", "collect.speech.model"),
];

impl Dialect {
    /// Whether a command can be said in this dialect.
    ///
    /// # Errors
    /// Names the method, or the parameter, that it has no word for.
    pub fn knows(self, method: &str, params: &Value) -> Result<(), Unknown> {
        if self == Self::Current {
            return Ok(());
        }
        if !BLADE.contains(&method) {
            return Err(Unknown::Method { dialect: self, method: method.to_owned() });
        }
        let later = LATER.iter().find(|(of, path, _)| *of == method && params.pointer(path).is_some());
        match later {
            Some((_, _, field)) => Err(Unknown::Field { dialect: self, method: method.to_owned(), field }),
            None => Ok(()),
        }
    }

    /// How a dial is said in this dialect: method and params. In Blade a dial of one device is `calling.begin`, whose
    /// answer names the call and which no `calling.call.dial` events follow; anything more is said as it is.
    #[must_use]
    pub fn dial(self, params: Value) -> (&'static str, Value) {
        match (self, one_device(&params)) {
            (Self::Blade, Some(device)) => {
                let device = device.clone();
                ("calling.begin", Value::Object(begin(params, device)))
            }
            _ => ("calling.dial", params),
        }
    }
}

/// The device of a dial of just one, without anything that `calling.begin` has no place for.
#[must_use]
pub fn one_device(params: &Value) -> Option<&Value> {
    let alone = |list: &'_ Value| list.as_array().is_some_and(|list| list.len() == 1);
    let devices = params.get("devices").filter(|devices| alone(devices) && alone(&devices[0]))?;
    let placed =
        |name: &String| matches!(name.as_str(), "devices" | "tag" | "region" | "max_duration" | "node_id");
    params.as_object()?.keys().all(placed).then_some(&devices[0][0])
}

fn begin(params: Value, device: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = params else { return Map::new() };
    fields.shift_remove("devices");
    fields.insert("device".into(), device);
    fields
}
