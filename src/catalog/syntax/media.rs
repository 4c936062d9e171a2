//! Play lists as text: `tts: Hello`, `silence: 2`, `ringtone: us 3`, `audio: https://…`, one a line or with
//! semicolons between. A semicolon inside a speech divides only where an item follows it.

use serde_json::{Value, json};

use super::super::check::FieldError;
use super::super::wire;
use super::{flat, float};

const RULE: &str =
    "is not an item: write tts: text, silence: seconds, ringtone: code seconds, audio: URL, or just a URL";

/// Reads a play list.
pub fn parse(field: &str, text: &str) -> Result<Value, Vec<FieldError>> {
    if let Some(json) = super::json(field, text) {
        return json.map(|value| flat::media(&value));
    }
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for (i, text) in text.lines().flat_map(divide).enumerate() {
        match item(text) {
            Ok(item) => items.push(item),
            Err((word, rule)) => errors.push(FieldError::new(format!("{field}.{i}"), &word.into(), rule)),
        }
    }
    if errors.is_empty() { Ok(Value::Array(items)) } else { Err(errors) }
}

/// The items of one line.
fn divide(line: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut start = 0;
    for (i, _) in line.match_indices(';') {
        let rest = line[i + 1..].trim_start();
        if rest.is_empty() || rest.starts_with(';') || head(rest).is_some() {
            items.push(line[start..i].trim());
            start = i + 1;
        }
    }
    items.push(line[start..].trim());
    items.retain(|item| !item.trim_matches(';').is_empty());
    items
}

/// The type of an item and what follows it.
fn head(text: &str) -> Option<(&'static str, &str)> {
    let (word, rest) = text.split_once(':')?;
    if word.eq_ignore_ascii_case("http") || word.eq_ignore_ascii_case("https") {
        return Some(("audio", text));
    }
    let known = ["tts", "silence", "ringtone", "audio"];
    known.into_iter().find(|name| word.eq_ignore_ascii_case(name)).map(|name| (name, rest.trim()))
}

/// One item, or the word that is wrong and why.
fn item(text: &str) -> Result<Value, (&str, &'static str)> {
    let Some((kind, rest)) = head(text) else { return Err((text, RULE)) };
    let seconds = |text: &str| float(text.trim_end_matches('s').trim_end());
    let params = match kind {
        "tts" => json!({ "text": rest }),
        "silence" => json!({ "duration": seconds(rest).ok_or((rest, "is not a number of seconds"))? }),
        "ringtone" => match rest.split_once(char::is_whitespace) {
            Some((name, duration)) => {
                let duration = duration.trim_start();
                let length = seconds(duration).ok_or((duration, "is not a number of seconds"))?;
                json!({ "name": name, "duration": length })
            }
            None => json!({ "name": rest }),
        },
        _ => json!({ "url": rest }),
    };
    Ok(json!({ "type": kind, "params": params }))
}

/// The short text of a play list where one says it all, else JSON.
pub fn render(value: &Value) -> String {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let lines: Option<Vec<String>> = items.iter().map(line).collect();
    let text = lines.unwrap_or_default().join("\n");
    if parse("", &text).is_ok_and(|again| again == wire::media(value)) { text } else { value.to_string() }
}

fn line(item: &Value) -> Option<String> {
    let params = &item["params"];
    let rest = match item["type"].as_str()? {
        "tts" => params["text"].as_str()?.to_owned(),
        "silence" => params["duration"].as_f64()?.to_string(),
        "ringtone" => {
            let name = params["name"].as_str()?;
            params["duration"].as_f64().map_or_else(|| name.to_owned(), |seconds| format!("{name} {seconds}"))
        }
        "audio" => params["url"].as_str()?.to_owned(),
        _ => return None,
    };
    Some(format!("{}: {rest}", item["type"].as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_in_one_list() {
        let text =
            "tts: One; two; silence: 1.5s\nringtone: us 3;ringtone:de\nhttps://a/b.mp3; audio: http://c";
        let list = parse("media", text).unwrap();
        assert_eq!(
            list,
            json!([
                {"type":"tts","params":{"text":"One; two"}},
                {"type":"silence","params":{"duration":1.5}},
                {"type":"ringtone","params":{"name":"us","duration":3.0}},
                {"type":"ringtone","params":{"name":"de"}},
                {"type":"audio","params":{"url":"https://a/b.mp3"}},
                {"type":"audio","params":{"url":"http://c"}},
            ])
        );
        assert_eq!(parse("media", &render(&list)).unwrap(), list);
        assert!(render(&list).starts_with("tts: One; two\nsilence: 1.5\n"));
    }

    #[test]
    fn every_wrong_word_is_named() {
        let errors = parse("media", "silence: long\nhello\nringtone: us x").unwrap_err();
        let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(shown[0], "media.0: long is not a number of seconds");
        assert!(shown[1].starts_with("media.1: hello is not an item"), "{}", shown[1]);
        assert_eq!(shown[2], "media.2: x is not a number of seconds");
    }

    #[test]
    fn what_has_no_short_text_is_shown_as_json() {
        for list in [
            json!([{"type":"tts","params":{"text":"a\nb"}}]),
            json!([{"type":"tts","params":{"text":"Hi","language":"en-GB"}}]),
            json!([{"type":"tts","params":{"text":"x; silence: 2"}}]),
        ] {
            assert_eq!(render(&list), list.to_string());
            assert_eq!(parse("media", &render(&list)).unwrap(), list);
        }
        assert_eq!(render(&json!([{"type":"silence","params":{"duration":2}}])), "silence: 2");
    }
}
