//! The application's bytes on their way to the service: they go on as they come, and are looked at afterwards. Knows
//! the places between messages where a frame of ours may stand.

use super::frames::{Fault, Header, Piece, Role, Splitter};
use super::gather::{Gather, Message};
use super::injector::Obstacle;

/// Room for what arrives, in bytes.
const ROOM: usize = 64 * 1024;

/// What came to light.
#[derive(Debug, PartialEq, Eq)]
pub enum Noticed {
    /// A message has ended.
    Message(Message),
    /// A header breaks the rules.
    Malformed(Fault),
    /// The application closes: no more messages after this.
    Closing,
}

/// The bytes of the application, from their arrival until the service has taken them and they were looked at.
#[derive(Debug)]
pub struct Pass {
    splitter: Splitter,
    gather: Gather,
    buffer: Vec<u8>,
    filled: usize,
    taken: usize,
    looked: usize,
    /// The last place between two messages that was seen in the buffer.
    between: Option<usize>,
    /// Where the frame that waits is put in.
    gap: Option<usize>,
    obstacle: Option<Obstacle>,
}

impl Pass {
    /// Begins with bytes that have arrived already.
    #[must_use]
    pub fn starting_with(mut early: Vec<u8>) -> Self {
        let filled = early.len();
        early.resize(filled.max(ROOM), 0);
        Self {
            splitter: Splitter::default(),
            gather: Gather::default(),
            buffer: early,
            filled,
            taken: 0,
            looked: 0,
            between: Some(0),
            gap: None,
            obstacle: None,
        }
    }

    /// Room for what arrives; none while the service takes nothing.
    pub fn room(&mut self) -> Option<&mut [u8]> {
        if self.taken == self.filled && self.looked == self.filled {
            self.between = (self.between == Some(self.filled)).then_some(0);
            self.gap = self.gap.map(|gap| gap.saturating_sub(self.filled));
            (self.filled, self.taken, self.looked) = (0, 0, 0);
        }
        self.buffer.get_mut(self.filled..).filter(|room| !room.is_empty())
    }

    /// So many bytes of the room were filled.
    pub fn arrived(&mut self, count: usize) {
        // More than the room there was cannot have arrived.
        self.filled = (self.filled + count).min(self.buffer.len());
    }

    /// What goes on next: up to the place where a frame of ours is to be put in, if there is one.
    #[must_use]
    pub fn ready(&self) -> &[u8] {
        self.buffer.get(self.taken..self.gap.unwrap_or(self.filled)).unwrap_or(&[])
    }

    /// So many bytes of that were taken.
    pub fn took(&mut self, count: usize) {
        self.taken = (self.taken + count).min(self.filled);
    }

    /// Whether everything that arrived was taken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.taken == self.filled
    }

    /// Looks at what was not looked at yet.
    pub fn look(&mut self, noticed: &mut Vec<Noticed>) {
        while let Some(piece) = self.splitter.next(self.buffer.get(self.looked..self.filled).unwrap_or(&[])) {
            match piece {
                Piece::Header { taken, header } => {
                    self.looked += taken;
                    if let Some(header) = header {
                        self.begin(&header, noticed);
                    }
                }
                Piece::Payload { header, taken, offset, ends } => {
                    let bytes = self.buffer.get(self.looked..self.looked + taken).unwrap_or(&[]);
                    self.gather.add(&header, offset, bytes);
                    self.looked += taken;
                    if ends && header.ends_message() {
                        noticed.push(Noticed::Message(self.gather.end()));
                    }
                }
            }
            if self.splitter.is_between_messages() {
                self.between = Some(self.looked);
            }
        }
    }

    /// Why no frame of ours may be put in any more: the stream is malformed, or is being closed.
    #[must_use]
    pub const fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    /// Chooses the last place between two messages that has not gone by, everything having been looked at. The bytes
    /// before it go on, those behind it wait until [`Self::close_gap`].
    pub fn open_gap(&mut self) {
        if self.gap.is_none() && self.obstacle.is_none() && self.looked == self.filled {
            self.gap = self.between.filter(|place| *place >= self.taken);
        }
    }

    /// Whether the place that was chosen has been reached: a frame of ours may go now.
    #[must_use]
    pub fn is_at_gap(&self) -> bool {
        self.gap == Some(self.taken)
    }

    /// Everything goes on.
    pub const fn close_gap(&mut self) {
        self.gap = None;
    }

    fn begin(&mut self, header: &Header, noticed: &mut Vec<Noticed>) {
        self.gather.begin(header);
        if let Some(fault) = header.fault {
            noticed.push(Noticed::Malformed(fault));
            self.obstacle.get_or_insert(Obstacle::Malformed);
        }
        if header.role == Role::Control && header.kind == Header::CLOSE {
            noticed.push(Noticed::Closing);
            self.obstacle.get_or_insert(Obstacle::Closing);
        }
    }
}
