//! Validation of a method's values against its row: every fault at once, none silently put right.
//!
//! Where v2 is lax, this is not: arguments that belong to another `detect_type`, `prompt_type` or `target_type` are
//! refused rather than sent or dropped; a device timeout with a fraction is refused rather than cut; `digits_max` is
//! asked for by name. Unknown parameters of media are refused, since they are typing errors; those of devices are
//! passed on, since the service has more of them than any document. Empty texts pass where they have a meaning.

use std::fmt;

use serde_json::Value;

use super::choices::RINGTONES;
use super::method::{Field, Kind, Method, Values};
use super::{plan, playlist, rule};
use crate::protocol::Shown;
use crate::protocol::frame::plain;

/// One value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, with the place inside it where it has places: `devices.0.1.timeout`. Places count from 0.
    pub field: String,
    /// The value as a person would write it, shortened, fit for a screen. Empty when nothing was given.
    pub value: String,
    /// The rule in words that follow the value.
    pub rule: String,
}

impl FieldError {
    pub(super) fn new(field: impl Into<String>, value: &Value, rule: impl Into<String>) -> Self {
        Self { field: field.into(), value: excerpt(&written(value)), rule: rule.into() }
    }

    pub(super) fn missing(field: impl Into<String>) -> Self {
        Self { field: field.into(), value: String::new(), rule: "is required".into() }
    }

    /// The name of the row's field: `devices` of `devices.0.1.timeout`.
    #[must_use]
    pub fn root(&self) -> &str {
        self.field.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.value.is_empty() { "" } else { " " };
        write!(f, "{}: {}{space}{}", self.field, self.value, self.rule)
    }
}

/// Everything that is wrong with the values of one invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidParams {
    /// The method.
    pub method: &'static str,
    /// What is wrong, in the order of the fields; at least one.
    pub errors: Vec<FieldError>,
}

impl fmt::Display for InvalidParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.method)?;
        for (i, error) in self.errors.iter().enumerate() {
            write!(f, "{}{error}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidParams {}

/// Tests the values of one invocation. A field that is `null` counts as left out.
///
/// # Errors
/// All faults at once: unknown names, missing and unfit values, fields that do not go together.
pub fn check(method: &Method, values: &Values) -> Result<(), InvalidParams> {
    let errors = faults(method, values);
    if errors.is_empty() { Ok(()) } else { Err(InvalidParams { method: method.name, errors }) }
}

/// What may be a mistake but is sent all the same: ringtones that are not in the documented list.
#[must_use]
pub fn warnings(method: &Method, values: &Values) -> Vec<FieldError> {
    let mut out = Vec::new();
    for (field, value) in given(method, values) {
        match field.kind {
            Kind::OpenChoice(choices) if choices == RINGTONES => {
                warn_of_ringtone(field.name.to_owned(), value, &mut out);
            }
            Kind::Media => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    if item["type"] == "ringtone" {
                        warn_of_ringtone(
                            format!("{}.{i}.name", field.name),
                            &item["params"]["name"],
                            &mut out,
                        );
                    }
                }
            }
            _ => {}
        }
    }
    out
}

fn warn_of_ringtone(field: String, name: &Value, out: &mut Vec<FieldError>) {
    if !RINGTONES.iter().any(|choice| name == choice.value) {
        out.push(FieldError::new(field, name, "is not one of the documented ringtones"));
    }
}

/// The arguments that were given, in the order of the row.
fn given<'a>(method: &Method, values: &'a Values) -> impl Iterator<Item = (&'static Field, &'a Value)> {
    method.arguments().filter_map(|field| Some((field, values.get(field.name).filter(|v| !v.is_null())?)))
}

/// All faults, in the order of the row, unknown names last.
pub(super) fn faults(method: &Method, values: &Values) -> Vec<FieldError> {
    let mut out = Vec::new();
    for field in method.arguments() {
        field_faults(method, field, values, &mut out);
    }
    for (name, value) in values {
        if method.argument(name).is_none() {
            let known = method.arguments().map(|field| field.name).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none".to_owned() } else { known };
            out.push(FieldError::new(
                excerpt(name),
                value,
                format!("is for no parameter of {} (it has: {known})", method.name),
            ));
        }
    }
    out
}

fn field_faults(method: &Method, field: &Field, values: &Values, out: &mut Vec<FieldError>) {
    let applies = field.applies(values);
    let value = values.get(field.name).filter(|value| !value.is_null());
    let Some(value) = value.filter(|value| !(field.required && is_blank(value))) else {
        if field.required && applies == Some(true) {
            out.push(FieldError::missing(field.name));
        }
        return;
    };
    if let (Some(false), Some(only)) = (applies, field.only) {
        let rule = format!("applies only with {} {}", only.field, only.values.join(" or "));
        out.push(FieldError::new(field.name, value, rule));
        return;
    }
    match field.kind {
        Kind::Media => playlist::check(field.name, value, out),
        Kind::Devices => plan::check(field.name, value, method.rpc, out),
        _ => {
            if let Some(rule) = rule::fault(&field.kind, value).or_else(|| own_rule(field, value, values)) {
                out.push(conceal(FieldError::new(field.name, value, rule)));
            }
        }
    }
}

/// Rules that only one field has.
fn own_rule(field: &Field, value: &Value, values: &Values) -> Option<String> {
    match field.name {
        "target_ptime" => (rule::whole(value)? % 10 != 0).then(|| "is not a multiple of 10 ms".into()),
        "digits_min" => {
            let max = rule::whole(values.get("digits_max")?)?;
            (rule::whole(value)? > max).then(|| format!("is more than digits_max, which is {max}"))
        }
        "custom_parameters" => (!value.is_object()).then(|| "is not a JSON object".into()),
        _ => None,
    }
}

/// A secret does not appear in an error.
fn conceal(mut error: FieldError) -> FieldError {
    if error.field == "authorization_bearer_token" {
        error.value.clear();
    }
    error
}

/// Nothing that could count as an answer to a required field.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// A value as a person would write it: `55`, not `55.0`, and texts without quotes.
pub(super) fn written(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if !value.is_i64() && !value.is_u64() => number.to_string(),
        _ => plain(value),
    }
}

/// At most 60 characters, fit for a screen.
pub(super) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    Shown::new(&short).as_str().to_owned()
}
