//! What is different between the frames of an SDK and ours, in words.

use serde_json::{Map, Value, json};

/// The ids that a client makes, replaced by placeholders; the same id always by the same one. Ids that `known` has
/// are kept.
pub fn without_ids(frames: &[Value], known: Option<&str>) -> Vec<Value> {
    let mut frames = frames.to_vec();
    for key in ["control_id", "tag"] {
        let mut first: Option<String> = None;
        for frame in &mut frames {
            let Some(Value::String(id)) =
                frame["params"].as_object_mut().and_then(|params| params.get_mut(key))
            else {
                continue;
            };
            if known == Some(id) {
                continue;
            }
            let first = first.get_or_insert_with(|| id.clone());
            *id = if id == first { format!("<{key}>") } else { format!("<another {key}>") };
        }
    }
    frames
}

/// What our frames do otherwise than the SDK's. `error` is why ours stopped early.
pub fn frames(official: &[Value], ours: &[Value], error: Option<&str>) -> Vec<String> {
    let mut out = Vec::new();
    for (official, ours) in official.iter().zip(ours) {
        let official = as_dial(official, ours, &mut out);
        let method = ours["method"].as_str().unwrap_or_default();
        if official["method"] != ours["method"] {
            out.push(format!("{method} in place of {}", official["method"]));
        } else {
            values(&official["params"], &ours["params"], method, &mut out);
        }
    }
    if let Some(missing) = official.get(ours.len()) {
        let method = missing["method"].as_str().unwrap_or_default();
        out.push(match error {
            Some(error) => format!("{method}: not sent: {error}"),
            None => format!("{method}: not sent"),
        });
    }
    for more in ours.iter().skip(official.len()) {
        out.push(format!("{}: sent in addition", more["method"].as_str().unwrap_or_default()));
    }
    out
}

/// A `calling.begin` has one device and is otherwise a `calling.dial`. Where ours is one, that is one difference,
/// and the rest is compared.
fn as_dial(official: &Value, ours: &Value, out: &mut Vec<String>) -> Value {
    let mut official = official.clone();
    if official["method"] == "calling.begin" && ours["method"] == "calling.dial" {
        out.push("calling.dial with devices [[device]] in place of calling.begin with device".into());
        official["method"] = "calling.dial".into();
        let params = official["params"].as_object_mut().unwrap();
        let device = params.shift_remove("device");
        params.insert("devices".into(), json!([[device]]));
    }
    official
}

/// Numbers are equal by value, objects in any order of their keys.
fn values(official: &Value, ours: &Value, place: &str, out: &mut Vec<String>) {
    match (official, ours) {
        (Value::Object(theirs), Value::Object(mine)) => {
            for key in theirs.keys().chain(mine.keys().filter(|key| !theirs.contains_key(*key))) {
                let place = format!("{place} {key}");
                match (theirs.get(key), mine.get(key)) {
                    (Some(theirs), Some(mine)) => values(theirs, mine, &place, out),
                    (theirs, mine) => out.push(changed(&place, theirs, mine)),
                }
            }
        }
        (Value::Array(theirs), Value::Array(mine)) if theirs.len() == mine.len() => {
            for (i, (theirs, mine)) in theirs.iter().zip(mine).enumerate() {
                values(theirs, mine, &format!("{place} {i}"), out);
            }
        }
        (Value::Number(theirs), Value::Number(mine)) if theirs.as_f64() == mine.as_f64() => {}
        _ if official == ours => {}
        _ => out.push(changed(place, Some(official), Some(ours))),
    }
}

fn changed(place: &str, official: Option<&Value>, ours: Option<&Value>) -> String {
    let word = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    format!("{place}: {} in place of {}", word(ours), word(official))
}

#[test]
fn a_difference_is_seen() {
    let official =
        [json!({"method": "a", "params": {"x": 1, "y": {"z": [1, "2"]}, "control_id": "<control_id>"}})];
    let differs = |ours: Value, count: usize| {
        let ours: Vec<Value> = vec![ours; count];
        frames(&official, &without_ids(&ours, None), None)
    };
    let ours = json!({"method": "a", "params": {"y": {"z": [1.0, "2"]}, "control_id": "c-9", "x": 1.0}});
    assert!(differs(ours.clone(), 1).is_empty());
    assert_eq!(differs(ours.clone(), 2), ["a: sent in addition"]);
    assert_eq!(differs(ours.clone(), 0), ["a: not sent"]);
    assert_eq!(frames(&official, &[], Some("why")), ["a: not sent: why"]);
    assert_eq!(frames(&[], &[], Some("why")), Vec::<String>::new());
    let with = |pointer: &str, value: Value| {
        let mut ours = ours.clone();
        *ours.pointer_mut(pointer).unwrap() = value;
        differs(ours, 1)
    };
    assert_eq!(with("/params/x", json!(1.5)), ["a x: 1.5 in place of 1"]);
    assert_eq!(with("/params/x", json!("1")), ["a x: \"1\" in place of 1"]);
    assert_eq!(with("/params/y/z/1", json!(2)), ["a y z 1: 2 in place of \"2\""]);
    assert_eq!(with("/params/y/z", json!([1])), ["a y z: [1] in place of [1,\"2\"]"]);
    assert_eq!(with("/params/y", json!({})), ["a y z: nothing in place of [1,\"2\"]"]);
    assert_eq!(with("/method", json!("b")), ["b in place of \"a\""]);
    let more: Map<String, Value> = Map::from_iter([("w".to_owned(), json!(0))]);
    assert_eq!(with("/params/y", json!(more)).len(), 2);
    let two = [json!({"params": {"control_id": "a"}}), json!({"params": {"control_id": "b"}})];
    assert_eq!(without_ids(&two, None)[1]["params"]["control_id"], "<another control_id>");
    assert_eq!(without_ids(&two, Some("a"))[0]["params"]["control_id"], "a");
}
