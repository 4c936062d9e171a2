//! From the texts of a form, or from JSON, to values; and back to texts. Values that come out have been checked.

use serde_json::Value;

use super::check::{self, FieldError, InvalidParams};
use super::method::{Choice, Field, Kind, Method, Values};
use super::syntax;
use crate::protocol::frame::plain;

/// Stands for an explicitly empty text, since an empty entry means "left out".
const EMPTY: &str = "\"\"";

/// Values from the texts of a form. An empty text leaves the field out; two quotes (`""`) stand for an empty text.
///
/// # Errors
/// All faults at once: texts that cannot be read, and everything [`super::check`] finds in the others.
pub fn fill(method: &Method, texts: &[(&str, &str)]) -> Result<Values, InvalidParams> {
    let mut values = Values::new();
    let mut errors = Vec::new();
    for (name, text) in texts {
        if text.trim().is_empty() {
            continue;
        }
        // Unknown names are kept as they are: the check reports them.
        let Some(field) = method.argument(name) else {
            values.insert((*name).to_owned(), (*text).into());
            continue;
        };
        match parse(field, text) {
            Ok(value) => {
                values.insert((*name).to_owned(), value);
            }
            Err(error) => errors.push(error),
        }
    }
    finish(method, values, errors)
}

/// Values from JSON by field name. Media and devices may also have the flat forms of v2, as an object of their own,
/// a list or nested lists (relay-protocol 2.6). The caller's data stay as they are.
///
/// # Errors
/// As [`fill`].
pub fn fill_json(method: &Method, given: &Values) -> Result<Values, InvalidParams> {
    let mut values = given.clone();
    let mut errors = Vec::new();
    for field in method.arguments() {
        let Some(value) = values.get_mut(field.name).filter(|value| !value.is_null()) else { continue };
        match field.kind {
            Kind::Media => *value = syntax::flat::media(value),
            Kind::Devices => *value = syntax::flat::devices(value),
            _ => {}
        }
    }
    errors.extend(check::faults(method, &values));
    finish(method, values, errors)
}
