//! What of the service's bytes goes on to the application, and when: a message only once it is known whether it is
//! for us, everything else at once.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use super::frames::{Fault, Header, Piece, Role, Splitter};
use super::gather::{Gather, Message};
use super::mark::Mark;
use crate::time::At;

/// Room that the bytes of an ordinary moment take.
const ROOM: usize = 64 * 1024;
/// With less room than this left, more is made.
const LITTLE: usize = 16 * 1024;
/// A message whose frames take more bytes than this is not held any longer, however little they say.
const HELD: usize = 2 * 1024 * 1024;
/// With so much ready and not taken, nothing more is read.
const READY: usize = 64 * 1024;
/// How long a control frame stays behind the message it came in the middle of. Whole messages come within a
/// fraction of that; pings and closes must not wait for one that never ends.
const BEHIND: Duration = Duration::from_millis(250);
/// So many control frames stay behind a message.
const MANY: usize = 4_096;

/// What came to light.
#[derive(Debug, PartialEq, Eq)]
pub enum Noticed {
    /// A message has ended. It is ours if it contains the mark, and then it does not go on.
    Message(Message, bool),
    /// A header breaks the rules.
    Malformed(Fault),
    /// The service closes: no more messages after this.
    Closing,
}

/// What is done with the message that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Its bytes wait until it is whole.
    Held,
    /// Its bytes go on as they come: it is too long, or cannot be read.
    Passed,
    /// It is ours, and too long to wait for its end.
    Dropped,
}

/// Bytes that wait, in their order.
#[derive(Debug)]
struct Waiting {
    at: Range<usize>,
    /// They belong to the message that is open, not to a frame in between.
    of_message: bool,
}

/// The bytes of the service, from their arrival until the application has taken them.
#[derive(Debug)]
pub struct Hold {
    mark: Mark,
    splitter: Splitter,
    gather: Gather,
    buffer: Vec<u8>,
    filled: usize,
    /// Up to here it is known what the bytes are.
    known: usize,
    /// A header that is not whole begins here.
    header: usize,
    /// What goes on next, in this order.
    ready: VecDeque<Range<usize>>,
    held: Vec<Waiting>,
    held_size: usize,
    course: Course,
    /// Control frames do not wait for the open message any more.
    overtaken: bool,
    /// Since when a control frame waits.
    behind: Option<At>,
}

impl Hold {
    /// Messages that contain the mark do not go on.
    #[must_use]
    pub fn new(mark: Mark) -> Self {
        Self {
            mark,
            splitter: Splitter::default(),
            gather: Gather::default(),
            buffer: vec![0; ROOM],
            filled: 0,
            known: 0,
            header: 0,
            ready: VecDeque::new(),
            held: Vec::new(),
            held_size: 0,
            course: Course::Passed,
            overtaken: false,
            behind: None,
        }
    }

    /// Bytes that have arrived before all others.
    pub fn starts_with(&mut self, early: &[u8], now: At, noticed: &mut Vec<Noticed>) {
        for piece in early.chunks(LITTLE) {
            self.make_room();
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            let count = piece.len().min(room.len());
            room.iter_mut().zip(piece).for_each(|(room, byte)| *room = *byte);
            self.arrived(count, now, noticed);
        }
    }

    /// Room for what arrives; none while too much waits to be taken.
    pub fn room(&mut self) -> Option<&mut [u8]> {
        if self.ready.iter().map(ExactSizeIterator::len).sum::<usize>() >= READY {
            return None;
        }
        self.make_room();
        self.buffer.get_mut(self.filled..)
    }

    /// So many bytes of the room were filled.
    pub fn arrived(&mut self, count: usize, now: At, noticed: &mut Vec<Noticed>) {
        // More than the room there was cannot have arrived.
        self.filled = (self.filled + count).min(self.buffer.len());
        while let Some(piece) = self.splitter.next(self.buffer.get(self.known..self.filled).unwrap_or(&[])) {
            match piece {
                Piece::Header { taken, header } => {
                    self.known += taken;
                    if let Some(header) = header {
                        self.begin(&header, now, noticed);
                    }
                }
                Piece::Payload { header, taken, offset, ends } => {
                    self.payload(&header, taken, offset, now);
                    if ends && header.ends_message() {
                        noticed.push(self.message_ends());
                    }
                }
            }
        }
    }

    /// What goes on next; empty when nothing does.
    #[must_use]
    pub fn ready(&self) -> &[u8] {
        self.ready.front().and_then(|range| self.buffer.get(range.clone())).unwrap_or(&[])
    }

    /// So many bytes of that were taken.
    pub fn taken(&mut self, count: usize) {
        if let Some(range) = self.ready.front_mut() {
            range.start = (range.start + count).min(range.end);
            if range.start == range.end {
                self.ready.pop_front();
            }
        }
    }

    /// When a control frame has waited long enough.
    #[must_use]
    pub fn wake_at(&self) -> Option<At> {
        self.behind.map(|since| since + BEHIND)
    }

    /// Lets control frames go before the message they came in the middle of, when it is time.
    pub fn wake(&mut self, now: At) {
        if self.wake_at().is_some_and(|at| at <= now) {
            self.overtake();
        }
    }

    /// Nothing more arrives: what is held goes on, but for what is ours.
    pub fn end(&mut self) {
        self.let_go();
        self.make_ready(self.header..self.known);
        self.header = self.known;
        self.course = Course::Passed;
    }

    /// Whether the application has got whole frames, and everything there was.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.ready.is_empty() && self.held.is_empty() && self.splitter.is_between_messages()
    }

    fn begin(&mut self, header: &Header, now: At, noticed: &mut Vec<Noticed>) {
        noticed.extend(header.fault.map(Noticed::Malformed));
        if header.role == Role::Control && header.kind == Header::CLOSE {
            noticed.push(Noticed::Closing);
        }
        if header.role == Role::First {
            // One that was not finished never will be.
            self.let_go();
            self.course = Course::Held;
        }
        self.gather.begin(header);
        self.place(header, self.header..self.known, now);
        self.header = self.known;
    }

    fn payload(&mut self, header: &Header, taken: usize, offset: u64, now: At) {
        let bytes = self.known..self.known + taken;
        self.gather.add(header, offset, self.buffer.get(bytes.clone()).unwrap_or(&[]));
        self.known = bytes.end;
        self.header = bytes.end;
        self.place(header, bytes, now);
    }

    /// Puts bytes of a frame where they belong.
    fn place(&mut self, header: &Header, bytes: Range<usize>, now: At) {
        let of_message = matches!(header.role, Role::First | Role::Further);
        match self.course {
            Course::Dropped if of_message => {}
            Course::Held if of_message || !self.overtaken => {
                self.keep(Waiting { at: bytes, of_message }, now);
            }
            Course::Held | Course::Passed | Course::Dropped => self.make_ready(bytes),
        }
    }

    fn keep(&mut self, waiting: Waiting, now: At) {
        let of_message = waiting.of_message;
        self.held_size += waiting.at.len();
        match self.held.last_mut() {
            Some(last) if last.of_message == of_message && last.at.end == waiting.at.start => {
                last.at.end = waiting.at.end;
            }
            _ => self.held.push(waiting),
        }
        if self.gather.is_unreadable() || self.held_size > HELD {
            self.give_up();
        } else if !of_message {
            self.behind.get_or_insert(now);
            if self.held.len() > 2 * MANY {
                self.overtake();
            }
        }
    }

    /// The open message will not be known as a whole.
    fn give_up(&mut self) {
        let ours = self.let_go();
        self.course = if ours { Course::Dropped } else { Course::Passed };
    }

    fn message_ends(&mut self) -> Noticed {
        let message = self.gather.end();
        let found = |copy: &Vec<u8>| self.mark.is_in(copy);
        let ours = match self.course {
            Course::Held => message.copy.as_ref().is_some_and(found),
            Course::Passed => false,
            Course::Dropped => true,
        };
        self.release(ours);
        self.course = Course::Passed;
        Noticed::Message(message, ours)
    }

    /// What is held goes on as far as it has come, unless it is ours. Tells whether it was.
    fn let_go(&mut self) -> bool {
        let ours = self.course == Course::Held && self.mark.is_in(self.gather.so_far());
        self.release(ours);
        ours
    }

    fn release(&mut self, ours: bool) {
        let mut held = std::mem::take(&mut self.held);
        for Waiting { at, of_message } in held.drain(..) {
            if !(ours && of_message) {
                self.make_ready(at);
            }
        }
        self.held = held;
        self.held_size = 0;
        self.behind = None;
        self.overtaken = false;
    }

    fn overtake(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        held.retain(|Waiting { at, of_message }| {
            if !of_message {
                self.make_ready(at.clone());
            }
            *of_message
        });
        self.held = held;
        self.behind = None;
        self.overtaken = true;
    }

    fn make_ready(&mut self, bytes: Range<usize>) {
        match self.ready.back_mut() {
            _ if bytes.is_empty() => {}
            Some(last) if last.end == bytes.start => last.end = bytes.end,
            _ => self.ready.push_back(bytes),
        }
    }

    fn make_room(&mut self) {
        if self.ready.is_empty() && self.held.is_empty() && self.header == self.filled {
            (self.filled, self.known, self.header) = (0, 0, 0);
            if self.buffer.len() > ROOM {
                self.buffer = vec![0; ROOM];
            }
        } else if self.buffer.len() - self.filled < LITTLE {
            let in_use = self.ready.iter().chain(self.held.iter().map(|waiting| &waiting.at));
            let low = in_use.map(|range| range.start).min().unwrap_or(self.header).min(self.header);
            // Bytes move only after as many have gone: each is moved once or twice at most.
            if low >= self.buffer.len() / 2 {
                self.move_down(low);
            } else {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
    }

    fn move_down(&mut self, by: usize) {
        self.buffer.copy_within(by..self.filled, 0);
        let held = self.held.iter_mut().map(|waiting| &mut waiting.at);
        for range in self.ready.iter_mut().chain(held) {
            *range = range.start - by..range.end - by;
        }
        (self.filled, self.known, self.header) = (self.filled - by, self.known - by, self.header - by);
    }
}
