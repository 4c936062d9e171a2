//! How people write play lists and device plans: short texts, or JSON in the wire form or the flat form of v2.

pub mod devices;
pub mod flat;
pub mod media;

use serde_json::{Number, Value};

use super::check::FieldError;

/// JSON, if the text starts like it.
fn json(field: &str, text: &str) -> Option<Result<Value, Vec<FieldError>>> {
    text.starts_with(['[', '{']).then(|| {
        serde_json::from_str(text)
            .map_err(|error| vec![FieldError::new(field, &text.into(), format!("is not JSON: {error}"))])
    })
}

/// A finite number.
pub fn float(text: &str) -> Option<Value> {
    text.parse().ok().and_then(Number::from_f64).map(Value::Number)
}
