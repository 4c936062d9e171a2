//! Values that must never be printed, and the scrubber that removes them from text which might be.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use aho_corasick::packed::Searcher;
use serde_json::Value;
use zeroize::Zeroizing;

/// A secret text. Its `Debug` shows nothing, it has no `Display`, and its memory is wiped on drop.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself, for the login frame alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// What stands in a text where a secret was.
pub const REDACTED: &str = "<redacted>";

/// Removes known secrets from any text that may be shown, kept or logged. The server may echo them in places
/// no key name gives away, so the literal values are what counts.
#[derive(Debug, Clone, Default)]
pub struct Scrubber {
    literals: Vec<Secret>,
    /// Secrets that the server replaces in time, oldest first.
    passing: VecDeque<Secret>,
    /// Finds where any of them may begin, in one pass. It knows no more of them than their beginnings.
    beginnings: Option<Searcher>,
}

impl Scrubber {
    /// How many replaced secrets are still looked for.
    const PASSING: usize = 16;
    /// Bytes of a secret that are looked for first; none is shorter.
    const BEGINNING: usize = 4;

    /// Remembers one more secret. Texts under four bytes are not remembered: they would blank half the screen.
    pub fn learn(&mut self, secret: &Secret) {
        if secret.reveal().len() >= Self::BEGINNING && !self.literals.contains(secret) {
            self.literals.push(secret.clone());
            self.look_for_all();
        }
    }

    /// Remembers a secret that will be replaced by another, until many have replaced it.
    pub fn learn_passing(&mut self, secret: &Secret) {
        if secret.reveal().len() < Self::BEGINNING || self.passing.contains(secret) {
            return;
        }
        if self.passing.len() == Self::PASSING {
            self.passing.pop_front();
        }
        self.passing.push_back(secret.clone());
        self.look_for_all();
    }

    fn look_for_all(&mut self) {
        let beginnings = self.all().filter_map(|secret| secret.as_bytes().get(..Self::BEGINNING));
        // Where the processor offers none, a text is gone through byte by byte, which finds the same.
        self.beginnings = Searcher::new(beginnings);
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.literals.iter().chain(&self.passing).map(Secret::reveal)
    }

    /// Where the first secret from `from` on begins and ends; the longest of those that begin there.
    fn find(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let longest_at = |start: usize| {
            let rest = text.get(start..)?;
            self.all().filter(|secret| rest.starts_with(secret)).map(str::len).max()
        };
        let Some(beginnings) = &self.beginnings else {
            let found = |start: usize| longest_at(start).map(|len| (start, start + len));
            return (from..text.len()).find_map(found);
        };
        let mut start = from;
        loop {
            let rest = aho_corasick::Span { start, end: text.len() };
            start = beginnings.find_in(text, rest)?.start();
            if let Some(len) = longest_at(start) {
                return Some((start, start + len));
            }
            start += 1;
        }
    }

    /// Whether no part of this text, however it is taken apart, has a known secret in it. False where that takes more
    /// than one look: JSON can spell every character in two ways, `/` even in three.
    #[must_use]
    pub fn is_surely_clean(&self, text: &str) -> bool {
        self.find(text, 0).is_none() && !text.contains('\\')
    }

    /// The text without any known secret; borrowed when there was none in it.
    #[must_use]
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let plain = self.scrub_literally(text);
        if !plain.contains('\\') {
            return plain;
        }
        // JSON can spell every character in two ways, `/` even in three.
        let Ok(mut value) = serde_json::from_str::<Value>(&plain) else { return plain };
        if self.scrub_value(&mut value) { Cow::Owned(value.to_string()) } else { plain }
    }

    fn scrub_literally<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(mut found) = self.find(text, 0) else { return Cow::Borrowed(text) };
        let (mut out, mut copied) = (String::with_capacity(text.len() + REDACTED.len()), 0);
        loop {
            let (start, end) = found;
            out.extend(text.get(copied..start));
            out.push_str(REDACTED);
            copied = end;
            match self.find(text, end) {
                Some(next) => found = next,
                None => break,
            }
        }
        out.extend(text.get(copied..));
        Cow::Owned(out)
    }

    /// Whether there was anything to remove.
    fn scrub_value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.scrub_literally(text) {
                Cow::Owned(clean) => {
                    *text = clean;
                    true
                }
                Cow::Borrowed(_) => false,
            },
            // Every one of them, not only up to the first.
            Value::Array(items) => {
                items.iter_mut().map(|item| self.scrub_value(item)).filter(|hit| *hit).count() > 0
            }
            Value::Object(fields) => {
                let hits =
                    fields.values_mut().map(|field| self.scrub_value(field)).filter(|hit| *hit).count();
                let mut any = hits > 0;
                if fields.keys().any(|key| matches!(self.scrub_literally(key), Cow::Owned(_))) {
                    let named =
                        |(key, field): (String, Value)| (self.scrub_literally(&key).into_owned(), field);
                    *fields = std::mem::take(fields).into_iter().map(named).collect();
                    any = true;
                }
                any
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_no_readable_debug() {
        assert_eq!(format!("{:?}", Secret::new("PT-canary")), "<redacted>");
    }

    #[test]
    fn the_scrubber_finds_secrets_wherever_they_stand() {
        let mut scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("PT-canary"));
        assert_eq!(scrubber.scrub(r#"{"identity":"x-PT-canary-y"}"#), r#"{"identity":"x-<redacted>-y"}"#);
        assert!(matches!(scrubber.scrub("nothing here"), Cow::Borrowed(_)));
    }

    #[test]
    fn secrets_that_begin_alike_contain_one_another_or_stand_side_by_side_are_all_removed() {
        let mut scrubber = Scrubber::default();
        for secret in ["sign-abc", "sign-abcdef", "igno", "\u{e9}\u{e9}x"] {
            scrubber.learn(&Secret::new(secret));
        }
        let text =
            "sign signal sign-abcdef sign-abcsign-abcx ssign-abc ignoigno \u{e9}\u{e9}\u{e9}\u{e9}x sign-ab";
        let clean = "sign signal <redacted> <redacted><redacted>x s<redacted> <redacted><redacted> \u{e9}\u{e9}<redacted> sign-ab";
        assert_eq!(scrubber.scrub(text), clean);
        scrubber.beginnings = None;
        assert_eq!(scrubber.scrub(text), clean, "without the finder");
    }

    #[test]
    fn the_scrubber_finds_secrets_in_every_spelling_of_json() {
        let mut scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("c3R/ca\"nary+=:dGFn"));
        for spelt in [r#"c3R\/ca\"nary+=:dGFn"#, r#"\u0063\u0033R/ca\u0022nary+=:dGFn"#] {
            for text in [format!(r#"{{"a":["x{spelt}y"]}}"#), format!(r#"{{"{spelt}":1}}"#)] {
                let clean = scrubber.scrub(&text).into_owned();
                assert!(clean.contains(REDACTED) && !clean.contains("nary"), "{clean}");
            }
        }
        assert!(matches!(scrubber.scrub(r#"{"a":"tab\t"}"#), Cow::Borrowed(_)));
    }

    #[test]
    fn replaced_secrets_are_forgotten_in_time_and_credentials_never() {
        let mut scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("PT-canary"));
        (0..1_000).for_each(|n| scrubber.learn_passing(&Secret::new(format!("state-{n}."))));
        assert!(scrubber.passing.len() <= Scrubber::PASSING);
        assert_eq!(scrubber.scrub("PT-canary state-999."), "<redacted> <redacted>");
    }
}
