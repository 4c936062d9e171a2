//! Ids of applications that begin like those of consoles: among ours they go by another name, and on the wire by their
//! own. Pure.

use std::borrow::Cow;

use serde_json::Value;

use crate::client::OURS;

/// The fields that hold ids of operations and tags.
pub const FIELDS: [&str; 2] = ["control_id", "tag"];
/// What stands before such an id. No SDK makes ids that begin so.
const BEFORE: &str = "app~";

/// A frame in which such ids have their other names.
pub fn renamed(text: &str) -> Cow<'_, str> {
    // The letter may be spelled by its number, in which case the text begins with an escape.
    let may_be = text.contains(OURS) || text.contains("\\u00");
    let fits = may_be.then(|| serde_json::from_str::<Value>(text).ok()).flatten();
    let Some(mut frame) = fits.filter(has) else { return Cow::Borrowed(text) };
    rename(&mut frame);
    Cow::Owned(frame.to_string())
}

/// The same for what was read already.
pub fn rename(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str().filter(|text| text.starts_with(OURS)) {
                    Some(id) if FIELDS.contains(&key.as_str()) => *value = format!("{BEFORE}{id}").into(),
                    _ => rename(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(rename),
        _ => {}
    }
}

/// The id itself, of one that was renamed.
pub fn as_it_is(id: &str) -> Option<String> {
    id.strip_prefix(BEFORE).filter(|id| id.starts_with(OURS)).map(str::to_owned)
}

fn has(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| match value.as_str() {
            Some(text) => text.starts_with(OURS) && FIELDS.contains(&key.as_str()),
            None => has(value),
        }),
        Value::Array(list) => list.iter().any(has),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_that_look_like_ours_change_and_they_change_back() {
        for same in [
            r#"{"params":{"control_id":"music","text":"hub-city"}}"#,
            r#"{"text":"say \"control_id\":\"hub-1\"", "n": 1.0}"#,
            "no json hub-",
        ] {
            assert_eq!(renamed(same), same);
        }
        let frame = r#"{"params":{"peer":[{"tag":"\u0068ub-1"}],"control_id":"hub-2"}}"#;
        let frame: Value = serde_json::from_str(&renamed(frame)).unwrap();
        let ids = [&frame["params"]["peer"][0]["tag"], &frame["params"]["control_id"]];
        let back: Vec<_> = ids.iter().filter_map(|id| as_it_is(id.as_str()?)).collect();
        assert_eq!(back, ["hub-1", "hub-2"]);
        assert!(ids.iter().all(|id| !id.as_str().unwrap().starts_with(OURS)));
        assert_eq!(as_it_is("app~music"), None);
    }
}
