//! What differs between two frames: by path, not by line.

use serde_json::Value;

use crate::protocol::Shown;

/// What became of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Only the second has it.
    Added(Shown),
    /// Only the first has it.
    Removed(Shown),
    /// Both have it, with different values: the first's and the second's.
    Changed(Shown, Shown),
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: keys and places joined by dots, `params.play.0.type`. Empty for the whole.
    pub path: Shown,
    /// What became of it.
    pub change: Change,
}

impl Difference {
    /// `+`, `-` or `~`.
    #[must_use]
    pub const fn sign(&self) -> char {
        match self.change {
            Change::Added(_) => '+',
            Change::Removed(_) => '-',
            Change::Changed(..) => '~',
        }
    }

    /// The value or values.
    #[must_use]
    pub fn values(&self) -> String {
        match &self.change {
            Change::Added(value) | Change::Removed(value) => value.to_string(),
            Change::Changed(one, other) => format!("{one} -> {other}"),
        }
    }
}

/// What differs between two frames, in the order of the first; what only the second has comes where it stands there.
/// Texts that are no JSON are compared as texts.
#[must_use]
pub fn diff(one: &str, other: &str) -> Vec<Difference> {
    let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let mut found = Vec::new();
    compare(&mut String::new(), &read(one), &read(other), &mut found);
    found
}

fn compare(path: &mut String, one: &Value, other: &Value, found: &mut Vec<Difference>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                step(path, key, |path| match other.get(key) {
                    Some(other) => compare(path, value, other, found),
                    None => note(path, Change::Removed(shown(value)), found),
                });
            }
            for (key, value) in other.iter().filter(|(key, _)| !one.contains_key(*key)) {
                step(path, key, |path| note(path, Change::Added(shown(value)), found));
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for place in 0..one.len().max(other.len()) {
                step(path, &place.to_string(), |path| match (one.get(place), other.get(place)) {
                    (Some(one), Some(other)) => compare(path, one, other, found),
                    (Some(one), None) => note(path, Change::Removed(shown(one)), found),
                    (None, Some(other)) => note(path, Change::Added(shown(other)), found),
                    (None, None) => {}
                });
            }
        }
        (one, other) if one == other => {}
        (one, other) => note(path, Change::Changed(shown(one), shown(other)), found),
    }
}

fn step(path: &mut String, key: &str, look: impl FnOnce(&mut String)) {
    let before = path.len();
    if before > 0 {
        path.push('.');
    }
    path.push_str(key);
    look(path);
    path.truncate(before);
}

fn note(path: &str, change: Change, found: &mut Vec<Difference>) {
    found.push(Difference { path: Shown::whole(path), change });
}

fn shown(value: &Value) -> Shown {
    Shown::whole(&value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(one: &str, other: &str) -> Vec<String> {
        let line = |found: &Difference| format!("{} {} {}", found.sign(), found.path, found.values());
        diff(one, other).iter().map(line).collect()
    }

    #[test]
    fn differences_are_named_by_path() {
        let one = r#"{"a":1,"gone":{"x":null},"list":[1,{"k":"v"}],"same":[]}"#;
        let other = r#"{"list":[1,{"k":"w"},3],"a":"1","same":[],"new":true}"#;
        assert_eq!(
            lines(one, other),
            [
                "~ a 1 -> \"1\"",
                "- gone {\"x\":null}",
                "~ list.1.k \"v\" -> \"w\"",
                "+ list.2 3",
                "+ new true"
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_compared_as_text_and_made_showable() {
        assert_eq!(lines("oh", "oh"), [""; 0]);
        assert_eq!(lines("oh", "{}"), ["~  \"oh\" -> {}"]);
        assert_eq!(lines("{}", "{\"a\u{202e}\":\"\u{9b}\"}"), ["+ a<U+202E> \"<U+009B>\""]);
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself_and_it_never_panics(text in "\\PC{0,60}", other in "[\\[\\]{}:\",0-9a]{0,30}") {
            prop_assert!(diff(&text, &text).is_empty());
            let _ = diff(&text, &other);
        }
    }
}
