//! The chain: how a record is sealed into a line with the hash of the one before it, and read again. Pure.
//!
//! The hash of a record is the SHA-256 of its line up to the comma before `"hash"`. The hash of the record before is in
//! that part, as `"prev"`, so each covers everything that came before it.

use std::fmt;
use std::str::FromStr;

use ring::digest;
use serde::Deserialize;

use crate::time::Wall;

/// A SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// That of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut hash = Self::default();
        hash.0.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        hash
    }

    /// Its first half in hexadecimal digits: enough to tell one from another.
    #[must_use]
    pub fn brief(&self) -> String {
        self.to_string().chars().take(16).collect()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Hash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a hash is 64 hexadecimal digits".to_owned();
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut hash = Self::default();
        for (place, byte) in hash.0.iter_mut().enumerate() {
            let digits = text.get(2 * place..2 * place + 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(hash)
    }
}

/// The newest record of a log. Kept elsewhere, it proves later that nothing before it was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The number of the record; 0 before the first.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// When it was written.
    pub at: Wall,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.seq, self.hash, self.at.rfc3339())
    }
}

impl FromStr for Head {
    type Err = String;

    /// Reads a line of a file of heads, or `SEQ:HASH` as it is given on the command line.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split([' ', ':']).filter(|word| !word.is_empty());
        let wrong =
            || "a head is SEQ:HASH, such as 17:9f86d0…, as `callboard audit head` prints it".to_owned();
        let seq = words.next().and_then(|seq| seq.parse().ok()).ok_or_else(wrong)?;
        let hash = words.next().ok_or_else(wrong)?.parse().map_err(|_| wrong())?;
        Ok(Self { seq, hash, at: Wall::default() })
    }
}

/// What a line says of its place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The number of the record.
    pub seq: u64,
    /// The hash of the record before it.
    pub prev: Hash,
    /// Its own hash, which fits what it says.
    pub hash: Hash,
}

/// Seals a record, a JSON object, into a line without its end.
#[must_use]
pub fn seal(before: &Head, record: &str) -> (String, Hash) {
    let inner = record.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let body = format!("{{\"seq\":{},{inner},\"prev\":\"{}\"", before.seq + 1, before.hash);
    let hash = Hash::of(&body);
    (format!("{body},\"hash\":\"{hash}\"}}"), hash)
}

/// Reads a line.
///
/// # Errors
/// In words, when it is no record, or not as it was written.
pub fn open(line: &str) -> Result<Link, String> {
    #[derive(Deserialize)]
    struct Place<'a> {
        seq: u64,
        #[serde(borrow)]
        prev: &'a str,
    }
    let no_record = || "this is no record".to_owned();
    let (body, end) = line.rsplit_once(",\"hash\":\"").ok_or_else(no_record)?;
    let hash: Hash = end.strip_suffix("\"}").and_then(|hash| hash.parse().ok()).ok_or_else(no_record)?;
    if Hash::of(body) != hash {
        return Err("the record is not as it was written: its hash does not fit".into());
    }
    let Place { seq, prev } = serde_json::from_str(line).map_err(|_| no_record())?;
    Ok(Link { seq, prev: prev.parse().map_err(|_| no_record())?, hash })
}
