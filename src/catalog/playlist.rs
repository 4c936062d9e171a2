//! Rules of play lists: each item one of four types with its parameters, in wire form.

use serde_json::{Map, Value};

use super::check::FieldError;
use super::method::Kind;
use super::rows::{LINE, SOME_SECONDS, SPEECH, WEB};
use super::rule;

const WORD: Kind = Kind::OpenChoice(&[]);

/// One parameter of a media type.
struct Param {
    name: &'static str,
    required: bool,
    kind: Kind,
}

const fn must(name: &'static str, kind: Kind) -> Param {
    Param { name, required: true, kind }
}

const fn may(name: &'static str, kind: Kind) -> Param {
    Param { name, required: false, kind }
}

/// The types of media and their parameters (relay-protocol 3.5).
static TYPES: &[(&str, &[Param])] = &[
    ("audio", &[must("url", WEB)]),
    (
        "tts",
        &[
            must("text", SPEECH),
            may("language", WORD),
            may("gender", Kind::Choice(super::choices::GENDERS)),
            may("voice", LINE),
        ],
    ),
    ("silence", &[must("duration", SOME_SECONDS)]),
    ("ringtone", &[must("name", WORD), may("duration", SOME_SECONDS)]),
];

/// Tests a play list.
pub(super) fn check(field: &str, value: &Value, out: &mut Vec<FieldError>) {
    let Some(items) = value.as_array() else {
        out.push(FieldError::new(field, value, format!("is not {}", Kind::Media.rule())));
        return;
    };
    for (i, item) in items.iter().enumerate() {
        item_faults(&format!("{field}.{i}"), item, out);
    }
}

fn item_faults(place: &str, item: &Value, out: &mut Vec<FieldError>) {
    let known = item["type"].as_str().and_then(|kind| TYPES.iter().find(|(name, _)| *name == kind));
    let Some((kind, params)) = known else {
        out.push(FieldError::new(place, item, "has no type audio, tts, silence or ringtone"));
        return;
    };
    let none = Map::new();
    let given = match item.get("params") {
        Some(Value::Object(given)) => given,
        None => &none,
        Some(other) => {
            out.push(FieldError::new(format!("{place}.params"), other, "is not a JSON object"));
            return;
        }
    };
    for param in *params {
        let place = format!("{place}.{}", param.name);
        match given.get(param.name) {
            None if param.required => out.push(FieldError::missing(place)),
            None => {}
            Some(Value::String(text)) if param.required && text.trim().is_empty() => {
                out.push(FieldError::missing(place));
            }
            Some(value) => {
                out.extend(rule::fault(&param.kind, value).map(|rule| FieldError::new(place, value, rule)));
            }
        }
    }
    for (name, value) in given {
        if !params.iter().any(|param| param.name == name) {
            let rule = format!("is for no parameter of {kind}");
            out.push(FieldError::new(format!("{place}.{name}"), value, rule));
        }
    }
}
