//! From the texts of a form, or from JSON, to values; and back to texts. Values that come out have been checked.

use serde_json::Value;

use super::check::{self, FieldError, InvalidParams};
use super::method::{Choice, Field, Kind, Method, Values};
use super::syntax;
use crate::protocol::frame::plain;

/// Stands for an explicitly empty text, since an empty entry means "left out".
const EMPTY: &str = "\"\"";

/// Values from the texts of a form. An empty text leaves its field out; two quotes (`""`) are an empty text.
///
/// # Errors
/// All faults at once: texts that cannot be read, and everything [`super::check()`] finds in the others.
pub fn fill(method: &Method, texts: &[(&str, &str)]) -> Result<Values, InvalidParams> {
    let mut values = Values::new();
    let mut errors = Vec::new();
    for (name, text) in texts.iter().filter(|(_, text)| !text.trim().is_empty()) {
        match method.argument(name).map(|field| parse(field, text)) {
            // A list of nothing, such as a lone comma, is left out as well.
            Some(Ok(Value::Array(items))) if items.is_empty() => {}
            Some(Ok(value)) => {
                values.insert((*name).to_owned(), value);
            }
            Some(Err(faults)) => errors.extend(faults),
            // Unknown names are kept: the check reports them.
            None => {
                values.insert((*name).to_owned(), (*text).into());
            }
        }
    }
    finish(method, values, errors)
}

/// Values from JSON by field name. Media and devices may also have the flat forms of v2, as one object, a list or
/// nested lists (relay-protocol 2.6), and numbers may be texts, as in v2. The caller's data stay as they are.
///
/// # Errors
/// All faults at once, as [`super::check()`] finds them.
pub fn fill_json(method: &Method, given: &Values) -> Result<Values, InvalidParams> {
    let mut values = given.clone();
    for field in method.arguments() {
        let Some(value) = values.get_mut(field.name).filter(|value| !value.is_null()) else { continue };
        match field.kind {
            Kind::Media => *value = syntax::flat::media(value),
            Kind::Devices => *value = syntax::flat::devices(value),
            // v2 takes numbers as texts.
            Kind::Num { .. } => put_number(value, syntax::float),
            Kind::Int { .. } => put_number(value, |text| text.parse::<i64>().ok().map(Value::from)),
            _ => {}
        }
    }
    finish(method, values, Vec::new())
}

/// Puts the number in the place of the text that `read` can read.
fn put_number(value: &mut Value, read: impl Fn(&str) -> Option<Value>) {
    if let Some(number) = value.as_str().and_then(|text| read(text.trim())) {
        *value = number;
    }
}

/// Adds what the check finds in the fields that could be read, in the order of the row.
fn finish(method: &Method, values: Values, mut errors: Vec<FieldError>) -> Result<Values, InvalidParams> {
    let unread: Vec<String> = errors.iter().map(|error| error.root().to_owned()).collect();
    let found = check::faults(method, &values);
    errors.extend(found.into_iter().filter(|error| !unread.iter().any(|name| name == error.root())));
    if errors.is_empty() {
        return Ok(values);
    }
    let place = |error: &FieldError| method.arguments().position(|field| field.name == error.root());
    errors.sort_by_key(|error| place(error).unwrap_or(usize::MAX));
    Err(InvalidParams { method: method.name, errors })
}

/// Reads one text. What comes out has the type of the kind; whether it is within the rules is for the check.
fn parse(field: &Field, text: &str) -> Result<Value, Vec<FieldError>> {
    let line = text.trim();
    let read = match field.kind {
        Kind::Text { .. } | Kind::Chars { .. } if line == EMPTY => Some("".into()),
        Kind::Long { .. } => Some(text.into()),
        Kind::E164 => Some(syntax::devices::number(line).into()),
        Kind::Int { unit, .. } => bare(line, unit).parse::<i64>().ok().map(Value::from),
        Kind::Num { unit, .. } => syntax::float(bare(line, unit)),
        Kind::Bool => boolean(line).map(Value::from),
        Kind::Choice(choices) => choice(line, choices).map(Value::from),
        Kind::OpenChoice(choices) => Some(choice(line, choices).unwrap_or(line).into()),
        Kind::Many(choices) => Some(
            words(line)
                .iter()
                .map(|word| Value::from(choice(word, choices).unwrap_or(word.as_str())))
                .collect(),
        ),
        Kind::List => Some(words(line).into()),
        Kind::Json => serde_json::from_str(line).ok(),
        Kind::Media => return syntax::media::parse(field.name, line),
        Kind::Devices => return syntax::devices::parse(field.name, line),
        Kind::Text { .. }
        | Kind::Chars { .. }
        | Kind::Address
        | Kind::Url(_)
        | Kind::Ipv4
        | Kind::Fixed(_) => Some(line.into()),
    };
    let fault = || FieldError::new(field.name, &line.into(), format!("is not {}", field.kind.rule()));
    read.ok_or_else(|| vec![fault()])
}

/// The number without its unit: `30 s` is `30`.
fn bare<'a>(text: &'a str, unit: &str) -> &'a str {
    if unit.is_empty() { text } else { text.strip_suffix(unit).unwrap_or(text).trim_end() }
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "1" => Some(true),
        "no" | "n" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// The value that is meant: itself, in another case, or its label.
fn choice<'a>(text: &str, choices: &'a [Choice]) -> Option<&'a str> {
    let exact = choices.iter().find(|choice| choice.value == text);
    let near =
        |choice: &&Choice| choice.value.eq_ignore_ascii_case(text) || choice.label.eq_ignore_ascii_case(text);
    exact.or_else(|| choices.iter().find(near)).map(|choice| choice.value)
}

/// Words between commas or line breaks, or a JSON list of texts.
fn words(text: &str) -> Vec<String> {
    if let Ok(list) = serde_json::from_str(text) {
        return list;
    }
    text.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The text that [`fill`] reads as this value.
#[must_use]
pub fn text_of(field: &Field, value: &Value) -> String {
    match (field.kind, value) {
        (_, Value::Null) => String::new(),
        (Kind::Json, _) => value.to_string(),
        (Kind::Media, _) => syntax::media::render(value),
        (Kind::Devices, _) => syntax::devices::render(value),
        (_, Value::String(text)) if text.is_empty() => EMPTY.to_owned(),
        (_, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (_, Value::Array(items)) => {
            let text = items.iter().map(plain).collect::<Vec<_>>().join(", ");
            let again: Vec<Value> = words(&text).into_iter().map(Value::from).collect();
            if again == *items { text } else { value.to_string() }
        }
        _ => check::written(value),
    }
}
