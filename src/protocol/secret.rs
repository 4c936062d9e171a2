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

/// Whether a field or a header of this name holds a credential.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    let within = |word: &str| {
        name.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    ["password", "token", "secret", "auth", "jwt", "cookie"].into_iter().any(within)
}

/// Params without the credentials that their names tell of; borrowed when there are none.
#[must_use]
pub fn without_credentials(params: &Value) -> Cow<'_, Value> {
    if !has_credentials(params) {
        return Cow::Borrowed(params);
    }
    let mut params = params.clone();
    hide_credentials(&mut params);
    Cow::Owned(params)
}

fn has_credentials(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            // A header of SIP is a name and a value.
            let header = fields.get("name").and_then(Value::as_str).is_some_and(is_credential);
            header && fields.contains_key("value")
                || fields.iter().any(|(name, value)| is_credential(name) || has_credentials(value))
        }
        Value::Array(list) => list.iter().any(has_credentials),
        _ => false,
    }
}

fn hide_credentials(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let header = fields.get("name").and_then(Value::as_str).is_some_and(is_credential);
            for (name, value) in fields {
                if is_credential(name) || header && name == "value" {
                    *value = REDACTED.into();
                } else {
                    hide_credentials(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(hide_credentials),
        _ => {}
    }
}

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
    /// How often escapes of escapes are resolved.
    const LAYERS: usize = 3;
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
        let mut hits = Vec::new();
        self.look(text, |hit| hits.push(hit));
        // JSON can spell every letter in two ways, `/` even in three; JSON in JSON can do so again.
        let mut plain = Plain { text: Cow::Borrowed(text), origins: Vec::new() };
        for _ in 0..Self::LAYERS {
            if !plain.text.contains('\\') {
                break;
            }
            plain = plain.unescaped();
            self.look(&plain.text, |(start, end)| hits.push((plain.origin(start), plain.origin(end))));
        }
        if hits.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(without(text, hits)) }
    }

    /// Brings where known secrets begin and end, with those that begin within another.
    fn look(&self, text: &str, mut hit: impl FnMut((usize, usize))) {
        let mut from = 0;
        while let Some((start, end)) = self.find(text, from) {
            hit((start, end));
            from = (start + 1..end).find(|at| text.is_char_boundary(*at)).unwrap_or(end);
        }
    }
}

/// A text without what lies between these places; what overlaps goes together.
fn without(text: &str, mut hits: Vec<(usize, usize)>) -> String {
    hits.sort_unstable();
    let (mut out, mut copied) = (String::with_capacity(text.len() + REDACTED.len()), 0);
    for (index, (start, end)) in hits.into_iter().enumerate() {
        if index == 0 || start >= copied {
            out.extend(text.get(copied..start));
            out.push_str(REDACTED);
        }
        copied = copied.max(end);
    }
    out.extend(text.get(copied..));
    out
}

/// A text with its escapes resolved.
struct Plain<'a> {
    text: Cow<'a, str>,
    /// Where the spelling of each byte begins in the text that this was made of, with the end; empty when it is that.
    origins: Vec<usize>,
}

impl Plain<'_> {
    fn origin(&self, at: usize) -> usize {
        self.origins.get(at).copied().unwrap_or(at)
    }

    fn unescaped(&self) -> Self {
        let mut text = String::with_capacity(self.text.len());
        let mut origins = Vec::with_capacity(self.text.len() + 1);
        let mut at = 0;
        while let Some((letter, length)) = self.text.get(at..).and_then(spelling) {
            text.push(letter);
            origins.resize(text.len(), self.origin(at));
            at += length;
        }
        origins.push(self.origin(at));
        Self { text: Cow::Owned(text), origins }
    }
}

/// The letter that a text begins with, and how many bytes its spelling takes. What escapes nothing stands for itself.
fn spelling(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    let escaped = match (first, text.as_bytes().get(1)) {
        ('\\', Some(b'u')) => by_number(text),
        ('\\', Some(letter @ (b'"' | b'\\' | b'/'))) => Some((char::from(*letter), 2)),
        ('\\', Some(b'n')) => Some(('\n', 2)),
        ('\\', Some(b't')) => Some(('\t', 2)),
        ('\\', Some(b'r')) => Some(('\r', 2)),
        ('\\', Some(b'b')) => Some(('\u{8}', 2)),
        ('\\', Some(b'f')) => Some(('\u{c}', 2)),
        _ => None,
    };
    Some(escaped.unwrap_or((first, first.len_utf8())))
}

/// The letter of `\uXXXX`, or of two of them.
fn by_number(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    if let Some(letter) = char::from_u32(first.into()) {
        return Some((letter, 6));
    }
    char::decode_utf16([first, unit(6)?]).next()?.ok().map(|letter| (letter, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_no_readable_debug() {
        assert_eq!(format!("{:?}", Secret::new("PT-canary")), "<redacted>");
    }

    #[test]
    fn credentials_in_params_are_known_by_their_names() {
        let params = serde_json::json!({"url": "wss://a", "authorization_bearer_token": "canary", "devices": [[
            {"type": "sip", "params": {"to": "sip:a@b", "Password": "canary",
             "headers": [{"name": "X-Auth", "value": "canary"}, {"name": "X-Id", "value": "7"}]}}]]});
        let clean = without_credentials(&params).to_string();
        assert!(!clean.contains("canary"), "{clean}");
        assert!(clean.contains("wss://a") && clean.contains("sip:a@b") && clean.contains("\"7\""), "{clean}");
        let plain = serde_json::json!({"play": [{"type": "tts", "params": {"text": "my password"}}]});
        assert!(matches!(without_credentials(&plain), Cow::Borrowed(_)));
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
    fn a_spelling_is_found_in_what_is_no_json_and_in_json_that_stands_in_json() {
        let mut scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("c3R/\u{1f511}nary"));
        let once = r"c3R\/\ud83d\udd11n\u0061ry";
        assert_eq!(scrubber.scrub(&format!("{{ broken \\ {once} \\")), r"{ broken \ <redacted> \");
        let twice = serde_json::to_string(&format!(r#"{{"a":"{once}"}}"#)).unwrap();
        assert_eq!(scrubber.scrub(&twice), r#""{\"a\":\"<redacted>\"}""#);
        for stray in [r"\ud83d", r"\ud83d\u0041", r"\u00g1", r"\u+041", r"\", "\\\u{e9}"] {
            assert_eq!(scrubber.scrub(&format!("{stray}{once}")), format!("{stray}<redacted>"));
        }
    }

    #[test]
    fn secrets_that_overlap_go_together() {
        let mut scrubber = Scrubber::default();
        for secret in ["canary", "nary-bird", "bird-cage"] {
            scrubber.learn(&Secret::new(secret));
        }
        assert_eq!(scrubber.scrub("a canary-bird-cage!"), "a <redacted>!");
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
