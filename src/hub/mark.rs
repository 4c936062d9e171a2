//! The secret word that all our request and control ids contain, and nobody else's.

use std::fmt;
use std::sync::Arc;

use memchr::memmem::Finder;
use ring::rand::{SecureRandom, SystemRandom};

/// A word by which a message of the service is known to be for us. Clones share it.
#[derive(Clone)]
pub struct Mark(Arc<Finder<'static>>);

/// How long it is.
const LENGTH: usize = 40;
/// What it is made of: passes through JSON as it is.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl Mark {
    /// A new one, of 200 random bits; none when the machine gives no randomness.
    #[must_use]
    pub fn random() -> Option<Self> {
        let mut bytes = [0; LENGTH];
        SystemRandom::new().fill(&mut bytes).ok()?;
        Some(Self::of(&bytes.map(|byte| LETTERS[usize::from(byte % 32)])))
    }

    fn of(word: &[u8]) -> Self {
        Self(Arc::new(Finder::new(word).into_owned()))
    }

    /// The word itself: 40 lower-case letters and digits. Whoever knows it can have messages withheld.
    #[must_use]
    pub fn word(&self) -> &str {
        // Made of letters alone.
        std::str::from_utf8(self.0.needle()).unwrap_or_default()
    }

    /// Whether these bytes contain it.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.find(bytes).is_some()
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mark(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_the_same_and_each_finds_itself_alone() {
        let (one, other) = (Mark::random().unwrap(), Mark::random().unwrap());
        assert_eq!(one.word().len(), LENGTH);
        let text = format!(r#"{{"id":"{}-1"}}"#, one.word());
        assert!(one.is_in(text.as_bytes()) && !other.is_in(text.as_bytes()));
        assert!(!format!("{one:?}").contains(one.word()));
    }
}
