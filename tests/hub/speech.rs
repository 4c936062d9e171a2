//! What somebody says on a WebSocket: messages, whole or in fragments, with control frames and worse in between.

use callboard::hub::frames::{Header, frame};

/// A frame, and what it belongs to.
#[derive(Debug, Clone)]
pub struct Said {
    pub bytes: Vec<u8>,
    /// The number of the message that it is part of; none for frames in between.
    pub message: Option<usize>,
    /// It is the last of its message.
    pub ends: bool,
}

/// A stream of frames and what it says.
#[derive(Debug, Clone, Default)]
pub struct Speech {
    pub frames: Vec<Said>,
    pub messages: Vec<Vec<u8>>,
}

impl Speech {
    pub fn bytes(&self) -> Vec<u8> {
        self.frames.iter().flat_map(|said| said.bytes.iter().copied()).collect()
    }

    /// The stream without these messages.
    pub fn without(&self, gone: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let stays = |said: &&Said| said.message.is_none_or(|number| !gone(&self.messages[number]));
        self.frames.iter().filter(stays).flat_map(|said| said.bytes.iter().copied()).collect()
    }

    /// Where neither a frame nor a message is open.
    pub fn gaps(&self) -> Vec<usize> {
        let (mut at, mut open, mut gaps) = (0, false, vec![0]);
        for said in &self.frames {
            at += said.bytes.len();
            open = if said.message.is_some() { !said.ends } else { open };
            if !open {
                gaps.push(at);
            }
        }
        gaps
    }

    /// Says something in these many pieces, with so many pings between every two of them.
    pub fn say(
        &mut self,
        dice: &mut fastrand::Rng,
        masked: bool,
        kind: u8,
        text: &[u8],
        pieces: usize,
        pings: usize,
    ) {
        let number = self.messages.len();
        self.messages.push(text.to_vec());
        let size = text.len().div_ceil(pieces.max(1)).max(1);
        let mut parts: Vec<&[u8]> = text.chunks(size).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        let last = parts.len() - 1;
        for (index, part) in parts.into_iter().enumerate() {
            let kind = if index == 0 { kind } else { 0 };
            let bytes = frame(kind, index == last, key(dice, masked), part);
            self.frames.push(Said { bytes, message: Some(number), ends: index == last });
            if index < last {
                (0..pings).for_each(|_| self.control(dice, masked));
            }
        }
    }

    pub fn control(&mut self, dice: &mut fastrand::Rng, masked: bool) {
        let payload: Vec<u8> = (0..dice.usize(..126)).map(|_| dice.u8(..)).collect();
        let kind = if dice.bool() { 9 } else { 10 };
        let bytes = frame(kind, true, key(dice, masked), &payload);
        self.frames.push(Said { bytes, message: None, ends: false });
    }

    /// A close frame.
    pub fn close(&mut self, dice: &mut fastrand::Rng, masked: bool, code: u16, why: &str) {
        let payload = [&code.to_be_bytes()[..], why.as_bytes()].concat();
        let bytes = frame(Header::CLOSE, true, key(dice, masked), &payload);
        self.frames.push(Said { bytes, message: None, ends: false });
    }

    /// All kinds of messages; `mark` in some of them, if there is one.
    pub fn random(dice: &mut fastrand::Rng, masked: bool, count: usize, mark: Option<&str>) -> Self {
        let mut speech = Self::default();
        for _ in 0..count {
            let size = *dice.choice(&[0, 1, 20, 125, 126, 400, 3_000, 65_535, 65_536, 90_000]).unwrap();
            let mut text: Vec<u8> = (0..size).map(|_| dice.u8(b' '..b'~')).collect();
            if dice.u8(..10) == 0 {
                // Not UTF-8.
                text.extend([0xff, 0xc0, 0x80]);
            }
            if let Some(mark) = mark.filter(|_| dice.u8(..4) == 0) {
                let at = dice.usize(..=text.len());
                text.splice(at..at, mark.bytes());
            }
            let kind = if dice.u8(..8) == 0 { Header::BINARY } else { Header::TEXT };
            let pieces = *dice.choice(&[1, 1, 1, 2, 7, 40]).unwrap();
            let pings = dice.usize(..3);
            speech.say(dice, masked, kind, &text, pieces, pings);
            if dice.u8(..5) == 0 {
                speech.control(dice, masked);
            }
        }
        speech
    }
}

fn key(dice: &mut fastrand::Rng, masked: bool) -> Option<[u8; 4]> {
    masked.then(|| dice.u32(..).to_be_bytes())
}

/// Cuts bytes into random pieces.
pub fn chunks<'a>(dice: &mut fastrand::Rng, bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let (mut rest, mut pieces) = (bytes, Vec::new());
    while !rest.is_empty() {
        let size = *dice.choice(&[1, 2, 3, 13, 100, 1_500, 4_096, 70_000]).unwrap();
        let (piece, left) = rest.split_at(size.min(rest.len()));
        pieces.push(piece);
        rest = left;
    }
    pieces
}
