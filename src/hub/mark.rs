//! The secret word that all our request and control ids contain, and nobody else's.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::{fmt, fs};

use memchr::memmem::Finder;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::private;

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

    /// The one that is kept in this folder, made now if there is none: what was begun before a hub was started anew is
    /// still known to be ours.
    ///
    /// # Errors
    /// When the disk says no, or the file holds something else.
    pub fn kept_in(folder: &Path) -> io::Result<Self> {
        let path = folder.join("mark");
        match fs::read_to_string(&path) {
            Ok(word) if word.len() == LENGTH && word.bytes().all(|byte| LETTERS.contains(&byte)) => {
                return Ok(Self::of(word.as_bytes()));
            }
            Ok(_) => {
                let why = format!("{}: not what the hub wrote there; remove it", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mark = Self::random().ok_or_else(|| io::Error::other("the machine gives no randomness"))?;
        private::make_folder(folder)?;
        // Such a file is its owner's alone.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(mark.word().as_bytes())?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(mark),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => Self::kept_in(folder),
            Err(error) => Err(error.error),
        }
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

    /// A text as something that tells it from others and tells nobody what it is.
    #[must_use]
    pub fn print(&self, text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.needle());
        let tag = hmac::sign(&key, text.as_bytes());
        tag.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
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
    fn one_is_kept_from_run_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let first = Mark::kept_in(folder.path()).unwrap();
        assert_eq!(Mark::kept_in(folder.path()).unwrap().word(), first.word());
        fs::write(folder.path().join("mark"), "MINE").unwrap();
        assert!(Mark::kept_in(folder.path()).unwrap_err().to_string().contains("remove it"));
    }

    #[test]
    fn no_two_are_the_same_and_each_finds_itself_alone() {
        let (one, other) = (Mark::random().unwrap(), Mark::random().unwrap());
        assert_eq!(one.word().len(), LENGTH);
        let text = format!(r#"{{"id":"{}-1"}}"#, one.word());
        assert!(one.is_in(text.as_bytes()) && !other.is_in(text.as_bytes()));
        assert!(!format!("{one:?}").contains(one.word()));
    }
}
