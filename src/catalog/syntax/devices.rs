//! Device plans as text: `+12025550123 from=+12025550100 timeout=20, sip:desk@example.com from=sip:me@example.com;
//! +12025550124`. A comma rings together, a semicolon or a line break tries next.

use serde_json::{Map, Value, json};

use super::super::check::FieldError;
use super::super::rule;
use super::flat;

/// Reads a device plan.
pub fn parse(field: &str, text: &str) -> Result<Value, Vec<FieldError>> {
    if let Some(json) = super::json(field, text) {
        return json.map(|value| flat::devices(&value));
    }
    let (mut plan, mut errors) = (Vec::new(), Vec::new());
    for (i, group) in text.lines().flat_map(groups).enumerate() {
        let mut devices = Vec::new();
        for (j, text) in group.split(',').enumerate() {
            match device(text) {
                Ok(device) => devices.push(device),
                Err((word, rule)) => {
                    errors.push(FieldError::new(format!("{field}.{i}.{j}"), &word.into(), rule));
                }
            }
        }
        plan.push(Value::Array(devices));
    }
    if errors.is_empty() { Ok(Value::Array(plan)) } else { Err(errors) }
}

/// The groups of one line. A semicolon that starts a parameter of a SIP URI does not divide.
fn groups(line: &str) -> Vec<&str> {
    let mut groups = Vec::new();
    let mut start = 0;
    for (i, _) in line.match_indices(';') {
        let word = line[start..i].rsplit([' ', ',', '=']).next().unwrap_or_default();
        let rest = &line[i + 1..];
        let in_uri =
            rule::is_sip(word) && rest.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_scheme(rest);
        if !in_uri {
            groups.push(line[start..i].trim());
            start = i + 1;
        }
    }
    groups.push(line[start..].trim());
    groups.retain(|group| !group.is_empty());
    groups
}

fn is_scheme(text: &str) -> bool {
    text.starts_with("sip:") || text.starts_with("sips:")
}

/// One device, or the word that is wrong and why.
fn device(text: &str) -> Result<Value, (String, &'static str)> {
    let mut words = text.split_whitespace().peekable();
    let Some(first) = words.next() else { return Err((String::new(), "needs a device between the commas")) };
    let mut to = first.to_owned();
    if !is_scheme(first) {
        // A number may be written in groups.
        while let Some(more) = words.next_if(|word| !word.contains('=')) {
            to.push_str(more);
        }
        to = number(&to);
    }
    let is_phone = !is_scheme(&to);
    if is_phone && !rule::is_e164(&to) {
        return Err((to, "is not an E.164 number such as +12025550123 or a sip: URI"));
    }
    let mut params = Map::new();
    params.insert(if is_phone { "to_number" } else { "to" }.to_owned(), to.into());
    for word in words {
        let (key, value) = option(word, is_phone).map_err(|rule| (word.to_owned(), rule))?;
        params.insert(key.to_owned(), value);
    }
    Ok(json!({ "type": if is_phone { "phone" } else { "sip" }, "params": params }))
}

/// One `key=value` word.
fn option(word: &str, is_phone: bool) -> Result<(&'static str, Value), &'static str> {
    const KEYS: &str = "is not one of from=…, timeout=…, max_duration=…, from_name=…";
    let (key, value) = word.split_once('=').ok_or(KEYS)?;
    let whole = || value.parse::<i64>().map(Value::from).map_err(|_| "is not a whole number");
    match key {
        "from" if is_phone => Ok(("from_number", number(value).into())),
        "from" => Ok(("from", value.into())),
        "timeout" => Ok(("timeout", whole()?)),
        "max_duration" => Ok(("max_duration", whole()?)),
        "from_name" if !is_phone => Ok(("from_name", value.into())),
        _ => Err(KEYS),
    }
}

/// A telephone number without what people write between its digits.
pub fn number(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect()
}

/// The short text of a device plan where one says it all, else JSON.
pub fn render(value: &Value) -> String {
    let groups = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let texts: Option<Vec<String>> = groups
        .iter()
        .map(|group| {
            let devices: Option<Vec<String>> = group.as_array()?.iter().map(word).collect();
            devices.map(|devices| devices.join(", "))
        })
        .collect();
    let text = texts.unwrap_or_default().join("; ");
    if parse("", &text).is_ok_and(|again| again == *value) { text } else { value.to_string() }
}

fn word(device: &Value) -> Option<String> {
    let params = device["params"].as_object()?;
    let mut text = params.get("to_number").or_else(|| params.get("to"))?.as_str()?.to_owned();
    for (key, value) in params.iter().filter(|(key, _)| *key != "to_number" && *key != "to") {
        let key = if key == "from_number" { "from" } else { key };
        text.push_str(&format!(" {key}={}", crate::protocol::frame::plain(value)));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn together_and_in_turn() {
        let text = "+1 (202) 555-0123 from=+12025550100 timeout=20, +12025550124; \
                    sip:a@b;transport=tls from=sip:c@d from_name=Desk\n+12025550125";
        let plan = parse("devices", text).unwrap();
        assert_eq!(
            plan,
            json!([
                [
                    {"type":"phone","params":{"to_number":"+12025550123","from_number":"+12025550100","timeout":20}},
                    {"type":"phone","params":{"to_number":"+12025550124"}},
                ],
                [{"type":"sip","params":{"to":"sip:a@b;transport=tls","from":"sip:c@d","from_name":"Desk"}}],
                [{"type":"phone","params":{"to_number":"+12025550125"}}],
            ])
        );
        assert_eq!(parse("devices", &render(&plan)).unwrap(), plan);
        assert!(
            render(&plan).starts_with("+12025550123 from=+12025550100 timeout=20, +12025550124; sip:a@b")
        );
    }

    #[test]
    fn sip_addresses_in_a_row_are_divided() {
        let plan = parse("devices", "sip:a@b from=sip:x@y;sip:c@d from=sip:x@y").unwrap();
        assert_eq!(plan.as_array().unwrap().len(), 2);
    }

    #[test]
    fn every_wrong_word_is_named() {
        let errors =
            parse("devices", "2025550123, +12025550123 timout=3; +12025550123 timeout=x,").unwrap_err();
        let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown[0],
            "devices.0.0: 2025550123 is not an E.164 number such as +12025550123 or a sip: URI"
        );
        assert!(shown[1].starts_with("devices.0.1: timout=3 is not one of from="), "{}", shown[1]);
        assert_eq!(shown[2], "devices.1.0: timeout=x is not a whole number");
        assert_eq!(shown[3], "devices.1.1: needs a device between the commas");
    }

    #[test]
    fn json_is_taken_flat_or_nested() {
        let plan = parse("devices", r#"{"to_number":"+12025550123"}"#).unwrap();
        assert_eq!(plan, json!([[{"type":"phone","params":{"to_number":"+12025550123"}}]]));
        assert!(parse("devices", "[1,").unwrap_err()[0].rule.starts_with("is not JSON"));
    }
}
