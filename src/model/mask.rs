//! Hides what tells who somebody is or what they pressed: numbers keep their country and their last two digits.

use serde_json::Value;

/// Digits of a number that stay at its end.
const LAST: usize = 2;
/// Fewer digits after a `+` are no telephone number.
const LEAST: usize = 7;
/// What stands for something that is hidden as a whole.
pub const HIDDEN: &str = "(hidden)";

/// A party: of a number the middle digits are hidden, of an address all but the first character of the name.
#[must_use]
pub fn party(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let number = text.chars().all(|c| c.is_ascii_digit() || is_between(c) || c == '+');
    if number && digits >= LEAST {
        return number_of(text, country(text));
    }
    // An extension or a short code is a whole identity.
    if number && digits > 0 {
        return text.chars().map(|c| if c.is_ascii_digit() { 'x' } else { c }).collect();
    }
    match text.split_once('@') {
        Some((name, host)) if !name.contains([':', ' ']) => {
            format!("{}xxx@{host}", name.chars().take(1).collect::<String>())
        }
        _ => within(text),
    }
}

/// Keys that were pressed or sent.
#[must_use]
pub fn keys(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || matches!(c, '#' | '*') { 'x' } else { c }).collect()
}

/// A text in which numbers (`+` and at least seven digits, however grouped) and names of SIP addresses are hidden.
#[must_use]
pub fn within(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '+'
            && let Some(length) = number_length(rest)
        {
            out.push_str(&number_of(&rest[..length], country(rest)));
            rest = &rest[length..];
        } else if let Some((scheme, name)) = sip_name(rest) {
            out.push_str(scheme);
            out.extend(rest[scheme.len()..].chars().next());
            out.push_str("xxx");
            rest = &rest[scheme.len() + name..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// A frame in which parties and keys are hidden, whatever else is in it.
#[must_use]
pub fn json(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            // What was collected stands under `params` beside its type.
            let collected = matches!(object.get("type").and_then(Value::as_str), Some("digit" | "speech"));
            let hide = |(key, value): (&String, &Value)| {
                let value = match value {
                    Value::String(text) => match key.as_str() {
                        "digits" | "terminator" => Value::from(keys(text)),
                        "from" | "to" | "from_number" | "to_number" | "caller_id" | "remote_number" => {
                            Value::from(party(text))
                        }
                        _ => Value::from(within(text)),
                    },
                    // Not the shape that they have, but they may have been pressed.
                    Value::Number(_) | Value::Array(_) if matches!(key.as_str(), "digits" | "terminator") => {
                        Value::from(HIDDEN)
                    }
                    Value::Object(values) if collected && key == "params" => {
                        let hidden = values.iter().map(|(key, value)| {
                            // How sure it is of them tells nothing.
                            let tells = value.is_string() || value.is_array() || key == "digits";
                            (key.clone(), if tells { Value::from(HIDDEN) } else { json(value) })
                        });
                        Value::Object(hidden.collect())
                    }
                    value => json(value),
                };
                (key.clone(), value)
            };
            Value::Object(object.iter().map(hide).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(json).collect()),
        Value::String(text) => Value::String(within(text)),
        value => value.clone(),
    }
}

const fn is_between(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')')
}

/// How many bytes of a text that begins with `+` are a number.
fn number_length(text: &str) -> Option<usize> {
    let (mut digits, mut end) = (0, 0);
    for (place, c) in text.char_indices().skip(1) {
        if c.is_ascii_digit() {
            digits += 1;
            end = place + 1;
        } else if !is_between(c) {
            break;
        }
    }
    (digits >= LEAST).then_some(end)
}

fn number_of(text: &str, country: usize) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let mut place = 0;
    let hide = |c: char| {
        if !c.is_ascii_digit() {
            return c;
        }
        place += 1;
        if place <= country || place + LAST > digits { c } else { 'x' }
    };
    text.chars().map(hide).collect()
}

/// Digits of the country code of an international number (ITU-T E.164): one for zones 1 and 7, two for these, three
/// elsewhere. A number without a `+` shows none.
fn country(text: &str) -> usize {
    let Some(text) = text.trim_start().strip_prefix('+') else { return 0 };
    let digits: String = text.chars().filter(char::is_ascii_digit).take(2).collect();
    match digits.as_str() {
        "20" | "27" | "30" | "31" | "32" | "33" | "34" | "36" | "39" | "40" | "41" | "43" | "44" | "45"
        | "46" | "47" | "48" | "49" | "51" | "52" | "53" | "54" | "55" | "56" | "57" | "58" | "60" | "61"
        | "62" | "63" | "64" | "65" | "66" | "81" | "82" | "84" | "86" | "90" | "91" | "92" | "93" | "94"
        | "95" | "98" => 2,
        other if other.starts_with(['1', '7']) => 1,
        _ => 3,
    }
}

/// The scheme of a SIP address that begins here, and the length of the name after it.
fn sip_name(text: &str) -> Option<(&str, usize)> {
    let scheme = ["sips:", "sip:"].into_iter().find(|scheme| text.starts_with(scheme))?;
    let rest = &text[scheme.len()..];
    let name = rest.find('@')?;
    let one_word = name > 0 && !rest[..name].contains([' ', '"', '<', '>', '/']);
    one_word.then_some((scheme, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_country_and_two_digits_stay() {
        for (number, masked) in [
            ("+12025550117", "+1xxxxxxxx17"),
            ("+1 202 555 0117", "+1 xxx xxx xx17"),
            ("+442079460958", "+44xxxxxxxx58"),
            ("+4201234567", "+420xxxxx67"),
            ("+74951234567", "+7xxxxxxxx67"),
            ("2025550117", "xxxxxxxx17"),
            ("4711", "xxxx"),
            ("bob@pbx1", "bxxx@pbx1"),
            ("sip:bob@pbx1", "sip:bxxx@pbx1"),
            ("sips:bob@pbx1", "sips:bxxx@pbx1"),
            ("support", "support"),
            ("", ""),
        ] {
            assert_eq!(party(number), masked, "{number}");
        }
    }

    #[test]
    fn numbers_within_texts_are_found_and_ids_are_left() {
        let text = "dial +14155550191, sip:a@b then 7f1c0d52-8e0b-4f6e-9d0b-51f0c2aaa41e at +3 dB";
        let masked = "dial +1xxxxxxxx91, sip:axxx@b then 7f1c0d52-8e0b-4f6e-9d0b-51f0c2aaa41e at +3 dB";
        assert_eq!(within(text), masked);
    }

    #[test]
    fn frames_lose_parties_and_keys_and_keep_their_shape() {
        let frame = json!({ "device": { "params": { "from_number": "2025550117", "to": "sip:a@b" } },
            "result": { "type": "digit", "params": { "digits": "4471", "terminator": "#", "confidence": 90.5 } },
            "digits": "12#", "play": [{ "params": { "text": "call +12025550117" } }], "state": "x" });
        let masked = json!({ "device": { "params": { "from_number": "xxxxxxxx17", "to": "sip:axxx@b" } },
            "result": { "type": "digit", "params": { "digits": HIDDEN, "terminator": HIDDEN, "confidence": 90.5 } },
            "digits": "xxx", "play": [{ "params": { "text": "call +1xxxxxxxx17" } }], "state": "x" });
        assert_eq!(super::json(&frame), masked);
    }

    #[test]
    fn keys_are_hidden_in_whatever_shape_they_come() {
        let frame = json!({ "digits": 4471, "result": { "type": "digit", "params": { "digits": 4471 } },
            "more": { "digits": ["4", "4"] }, "remote_number": "2025550117",
            "speech": { "type": "speech", "params": { "alternatives": ["four four"], "confidence": 1.5 } } });
        let masked = super::json(&frame).to_string();
        assert!(!masked.contains("44") && !masked.contains('4') && !masked.contains("four"), "{masked}");
        assert!(!masked.contains("2025550") && masked.contains("1.5"), "{masked}");
    }

    proptest! {
        #[test]
        fn no_number_survives(before in "[a-z ]{0,5}", number in "[1-9][0-9]{6,14}", after in "[a-z ]{0,5}") {
            let masked = within(&format!("{before}+{number}{after}"));
            let middle = &number[3..number.len() - LAST];
            prop_assert!(!masked.contains(&format!("{}{middle}", &number[..3])) || middle.is_empty(), "{}", masked);
            prop_assert_eq!(masked.chars().count(), before.len() + number.len() + after.len() + 1);
        }

        #[test]
        fn it_never_panics(text in "\\PC{0,80}") {
            let _ = (within(&text), party(&text), keys(&text));
        }
    }
}
