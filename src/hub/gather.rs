//! Puts the copy of a message together from its frames.

use super::frames::{self, Header, Role};

/// Messages up to this length, in bytes, are copied and looked at.
pub const LONGEST: usize = 1024 * 1024;
/// What a header that announces much makes us set aside.
const AT_ONCE: usize = 64 * 1024;

/// The copy of the message that is open.
#[derive(Debug, Default)]
pub struct Gather {
    copy: Vec<u8>,
    binary: bool,
    unreadable: bool,
}

/// A message that has ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// What it says; none when it is too long or not readable.
    pub copy: Option<Vec<u8>>,
    /// It is binary, not text.
    pub binary: bool,
}

impl Gather {
    /// A frame begins.
    pub fn begin(&mut self, header: &Header) {
        match header.role {
            Role::First => {
                self.copy.clear();
                self.binary = header.kind == Header::BINARY;
                self.unreadable = header.fault.is_some_and(|fault| fault != frames::Fault::NotFinished);
            }
            Role::Further => self.unreadable |= header.fault.is_some(),
            Role::Control | Role::Stray => return,
        }
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        self.unreadable |= length > LONGEST - self.copy.len().min(LONGEST);
        if !self.unreadable && header.role == Role::First {
            self.copy.reserve_exact(length.min(AT_ONCE));
        }
    }

    /// A piece of a frame's payload, from this offset of it on.
    pub fn add(&mut self, header: &Header, offset: u64, bytes: &[u8]) {
        if self.unreadable || !matches!(header.role, Role::First | Role::Further) {
            return;
        }
        let begin = self.copy.len();
        self.copy.extend_from_slice(bytes);
        if let (Some(key), Some(added)) = (header.mask, self.copy.get_mut(begin..)) {
            frames::mask(added, key, offset);
        }
    }

    /// What has been gathered of the message that is open: all of it that came before it turned out to be too long.
    #[must_use]
    pub fn so_far(&self) -> &[u8] {
        &self.copy
    }

    /// Whether the message that is open is too long or not readable.
    #[must_use]
    pub const fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    /// The message has ended.
    pub fn end(&mut self) -> Message {
        let copy = std::mem::take(&mut self.copy);
        Message { copy: (!self.unreadable).then_some(copy), binary: self.binary }
    }
}
