//! Deserialisers for fields that were seen in more than one shape (relay-protocol 1.2).

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A number, or a numeric string, or nothing.
///
/// # Errors
/// Never for JSON: what is not a number becomes `None`, so that one odd field cannot cost the frame.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.trim().parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    })
}

/// A text, or a number or boolean written as text, or nothing.
///
/// # Errors
/// Never for JSON.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(s) => Some(s),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    })
}

/// A boolean, or the strings `true`/`false`, or nothing.
///
/// # Errors
/// Never for JSON.
pub fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(b) => Some(b),
        Value::String(s) => s.parse().ok(),
        _ => None,
    })
}

/// Any field that should be an object of type `T`; anything else counts as absent.
///
/// # Errors
/// Never for JSON.
pub fn object<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}
