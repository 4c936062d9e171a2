//! Values that must never be printed, and the scrubber that removes them from text which might be.

use std::borrow::Cow;
use std::fmt;

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
}

impl Scrubber {
    /// Remembers one more secret. Texts under four bytes are not remembered: they would blank half the screen.
    pub fn learn(&mut self, secret: &Secret) {
        if secret.reveal().len() >= 4 && !self.literals.contains(secret) {
            self.literals.push(secret.clone());
        }
    }

    /// The text without any known secret; borrowed when there was none in it.
    #[must_use]
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        for literal in &self.literals {
            if out.contains(literal.reveal()) {
                out = Cow::Owned(out.replace(literal.reveal(), REDACTED));
            }
        }
        out
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
}
