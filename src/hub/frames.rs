//! Where WebSocket frames and messages begin and end in a stream of bytes (RFC 6455, 5.2 and 5.4).

use ring::rand::{SecureRandom, SystemRandom};

/// The longest header: two bytes, eight of length, four of mask.
pub const LONGEST_HEADER: usize = 14;
/// The longest payload of a control frame.
const LONGEST_CONTROL: u64 = 125;

/// What a frame is to the message that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The first frame of a text or binary message, and its last if it says so.
    First,
    /// A further frame of the message that is open.
    Further,
    /// Close, ping, pong: may stand between the frames of a message.
    Control,
    /// Of no known kind, or out of place: belongs to nothing.
    Stray,
}

/// What is wrong with a header. The stream goes on all the same: how long a frame is never depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Reserved bits are set, and no extension was agreed on.
    ReservedBits,
    /// An operation code without meaning.
    UnknownKind,
    /// A control frame that is no last one.
    FragmentedControl,
    /// A control frame longer than 125 bytes.
    LongControl,
    /// A further frame where no message is open.
    NothingToContinue,
    /// A first frame while a message is open.
    NotFinished,
    /// A length of 2^63 or more.
    Length,
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The operation code, 0 to 15.
    pub kind: u8,
    /// It is the last of its message.
    pub last: bool,
    /// What it is to its message.
    pub role: Role,
    /// With what the payload is masked.
    pub mask: Option<[u8; 4]>,
    /// The length of the payload, in bytes.
    pub length: u64,
    /// What is wrong with it, if anything is.
    pub fault: Option<Fault>,
}

impl Header {
    /// The operation code of a further frame.
    const CONTINUATION: u8 = 0;
    /// The operation code of a text frame.
    pub const TEXT: u8 = 1;
    /// The operation code of a binary frame.
    pub const BINARY: u8 = 2;
    /// The operation code of a close frame.
    pub const CLOSE: u8 = 8;

    /// Whether a message ends with this frame.
    #[must_use]
    pub const fn ends_message(&self) -> bool {
        self.last && matches!(self.role, Role::First | Role::Further)
    }
}

/// A piece of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// So many bytes of a header; the header with the last of them.
    Header {
        /// How many bytes of what was given.
        taken: usize,
        /// The header, when it is whole.
        header: Option<Header>,
    },
    /// So many bytes of a payload, which may be none. Every frame has at least one such piece.
    Payload {
        /// The header of its frame.
        header: Header,
        /// How many bytes of what was given.
        taken: usize,
        /// Where in the payload they begin.
        offset: u64,
        /// The frame ends with them.
        ends: bool,
    },
}

/// Splits a stream, however it arrives.
#[derive(Debug, Clone, Default)]
pub struct Splitter {
    /// What has come of the next header.
    head: [u8; LONGEST_HEADER],
    filled: usize,
    /// The payload that is being passed: its header and how much of it has come.
    payload: Option<(Header, u64)>,
    /// A message has begun and not ended.
    open: bool,
}

impl Splitter {
    /// The next piece of the stream, which goes on with `bytes`; none when they have to be more.
    pub fn next(&mut self, bytes: &[u8]) -> Option<Piece> {
        if let Some((header, passed)) = self.payload {
            return self.pass(header, passed, bytes);
        }
        (!bytes.is_empty()).then(|| self.collect(bytes))
    }

    /// Whether neither a frame nor a message is open: the only place for a frame of somebody else.
    #[must_use]
    pub const fn is_between_messages(&self) -> bool {
        !self.open && self.filled == 0 && self.payload.is_none()
    }

    fn pass(&mut self, header: Header, passed: u64, bytes: &[u8]) -> Option<Piece> {
        let left = header.length - passed;
        if bytes.is_empty() && left > 0 {
            return None;
        }
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let now = passed + taken as u64;
        let ends = now == header.length;
        self.payload = if ends { None } else { Some((header, now)) };
        if ends {
            self.open = match header.role {
                Role::First | Role::Further => !header.last,
                Role::Control | Role::Stray => self.open,
            };
        }
        Some(Piece::Payload { header, taken, offset: passed, ends })
    }

    fn collect(&mut self, bytes: &[u8]) -> Piece {
        let mut taken = 0;
        while let Some(&byte) = bytes.get(taken) {
            if let Some(place) = self.head.get_mut(self.filled) {
                *place = byte;
            }
            self.filled += 1;
            taken += 1;
            if self.filled >= 2 && self.filled == header_length(&self.head) {
                let header = parse(&self.head, self.open);
                self.filled = 0;
                self.payload = Some((header, 0));
                return Piece::Header { taken, header: Some(header) };
            }
        }
        Piece::Header { taken, header: None }
    }
}

/// How long a header is, by its first two bytes.
const fn header_length(head: &[u8; LONGEST_HEADER]) -> usize {
    let length = match head[1] & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    2 + length + if head[1] & 0x80 != 0 { 4 } else { 0 }
}

fn parse(head: &[u8; LONGEST_HEADER], open: bool) -> Header {
    let [first, second, rest @ ..] = *head;
    let (kind, last) = (first & 0x0f, first & 0x80 != 0);
    let [a, b, c, d, e, f, g, h, ..] = rest;
    let (length, mask_at) = match second & 0x7f {
        126 => (u64::from(u16::from_be_bytes([a, b])), 2),
        127 => (u64::from_be_bytes([a, b, c, d, e, f, g, h]), 8),
        short => (u64::from(short), 0),
    };
    let mask = rest.get(mask_at..mask_at + 4).and_then(|mask| mask.try_into().ok());
    let mask = mask.filter(|_| second & 0x80 != 0);
    let (role, mut fault) = role(kind, last, length, open);
    if first & 0x70 != 0 {
        fault = Some(Fault::ReservedBits);
    }
    if length > i64::MAX.unsigned_abs() {
        fault = Some(Fault::Length);
    }
    Header { kind, last, role, mask, length, fault }
}

fn role(kind: u8, last: bool, length: u64, open: bool) -> (Role, Option<Fault>) {
    match kind {
        Header::CONTINUATION if open => (Role::Further, None),
        Header::CONTINUATION => (Role::Stray, Some(Fault::NothingToContinue)),
        Header::TEXT | Header::BINARY => (Role::First, open.then_some(Fault::NotFinished)),
        Header::CLOSE..=10 if !last => (Role::Control, Some(Fault::FragmentedControl)),
        Header::CLOSE..=10 => (Role::Control, (length > LONGEST_CONTROL).then_some(Fault::LongControl)),
        _ => (Role::Stray, Some(Fault::UnknownKind)),
    }
}

/// Takes the mask off a piece of a payload that begins at `offset` of it, or puts it on.
pub fn mask(bytes: &mut [u8], key: [u8; 4], offset: u64) {
    // The key as it stands at this offset, over whole words first.
    let turned: [u8; 4] = std::array::from_fn(|index| key[(offset as usize + index) % 4]);
    let [a, b, c, d] = turned;
    let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for chunk in words {
        *chunk = (u64::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(turned.iter().cycle()) {
        *byte ^= key;
    }
}

/// A text frame as a client sends it, under a mask nobody can guess; none when there is no randomness to be had.
#[must_use]
pub fn masked_text(text: &str) -> Option<Vec<u8>> {
    let mut key = [0; 4];
    SystemRandom::new().fill(&mut key).ok()?;
    Some(frame(Header::TEXT, true, Some(key), text.as_bytes()))
}

/// A frame.
#[must_use]
pub fn frame(kind: u8, last: bool, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let masked = if key.is_some() { 0x80 } else { 0 };
    let mut frame = Vec::with_capacity(LONGEST_HEADER + payload.len());
    frame.push(kind | if last { 0x80 } else { 0 });
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..126), _) => frame.push(masked | short),
        (_, Ok(length)) => {
            frame.push(masked | 126);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(masked | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(key.into_iter().flatten());
    let begin = frame.len();
    frame.extend(payload);
    if let (Some(key), Some(payload)) = (key, frame.get_mut(begin..)) {
        mask(payload, key, 0);
    }
    frame
}
