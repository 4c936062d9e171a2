//! The flat forms of v2, made into wire form. What has neither form stays as it is: the check reports it.

use serde_json::{Map, Value, json};

/// A play list: one item or a list of items, each flat (`{"type":"tts","text":…}`) or nested.
pub fn media(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(medium).collect(),
        Value::Object(_) => Value::Array(vec![medium(value)]),
        other => other.clone(),
    }
}

fn medium(item: &Value) -> Value {
    let Some(flat) = flat(item) else { return item.clone() };
    let mut params = flat.clone();
    let kind = params.shift_remove("type").unwrap_or_default();
    if let Some(duration) = params.get_mut("duration")
        && let Some(seconds) = duration.as_str().and_then(|text| super::float(text.trim()))
    {
        *duration = seconds;
    }
    json!({ "type": kind, "params": params })
}

/// A device plan: an object at the top level is a group of one, a list at the top level rings together.
pub fn devices(value: &Value) -> Value {
    let group = |group: &Value| match group {
        Value::Array(devices) => devices.iter().map(device).collect(),
        Value::Object(_) => Value::Array(vec![device(group)]),
        other => other.clone(),
    };
    match value {
        Value::Array(groups) => groups.iter().map(group).collect(),
        Value::Object(_) => Value::Array(vec![group(value)]),
        other => other.clone(),
    }
}

fn device(item: &Value) -> Value {
    let Some(flat) = flat(item) else { return item.clone() };
    let mut params = Map::new();
    let mut kind = Value::from("phone");
    for (key, value) in flat {
        if key == "type" || key == "call_type" {
            kind = value.clone();
        } else {
            params.insert(key.clone(), value.clone());
        }
    }
    if kind == "sip" {
        rename(&mut params, "to_number", "to");
        rename(&mut params, "from_number", "from");
    }
    if let Some(timeout) = params.get_mut("timeout")
        && let Some(seconds) = timeout.as_str().and_then(|text| text.trim().parse::<i64>().ok())
    {
        *timeout = seconds.into();
    }
    params.retain(|_, value| !value.is_null());
    json!({ "type": kind, "params": params })
}

fn rename(params: &mut Map<String, Value>, old: &str, new: &str) {
    if let Some(value) = params.shift_remove(old) {
        params.entry(new).or_insert(value);
    }
}

/// The item if it is an object without nested parameters.
fn flat(item: &Value) -> Option<&Map<String, Value>> {
    item.as_object().filter(|map| !map.contains_key("params"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_become_nested() {
        let flat =
            json!([{"type":"tts","text":"Hi"},{"type":"silence","duration":"2"},{"type":"x","params":{}}]);
        assert_eq!(
            media(&flat),
            json!([{"type":"tts","params":{"text":"Hi"}},{"type":"silence","params":{"duration":2.0}},
                {"type":"x","params":{}}])
        );
        assert_eq!(media(&json!("x")), json!("x"));
    }

    #[test]
    fn top_level_objects_ring_in_turn_and_lists_together() {
        let a = json!({"type":"phone","params":{"to_number":"+12"}});
        assert_eq!(devices(&json!({"to_number":"+12"})), json!([[a]]));
        assert_eq!(
            devices(
                &json!([{"to_number":"+12"},[{"to_number":"+12","call_type":"phone"},{"to_number":"+12"}]])
            ),
            json!([[a], [a, a]])
        );
        assert_eq!(
            devices(
                &json!([{"call_type":"sip","to_number":"sip:a@b","from_number":"sip:c@d","timeout":"20"}])
            ),
            json!([[{"type":"sip","params":{"to":"sip:a@b","from":"sip:c@d","timeout":20}}]])
        );
    }
}
