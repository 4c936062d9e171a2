//! Events by the thousand: written into one text, their acknowledgements counted by their numbers.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Arc;

use crate::protocol::Dialect;

/// How the frame ids of such events begin; generation and number follow.
const MARK: &str = "f100d000-";
/// Where the generation stands in a frame, four digits, and where the number stands, twelve.
const GENERATION: usize = HEAD.len() + MARK.len();
const NUMBER: usize = GENERATION + "0000-4000-8000-".len();
const HEAD: &str = r#"{"jsonrpc":"2.0","id":""#;

/// Frames that lie behind one another in one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frames {
    /// The frames.
    pub text: Arc<str>,
    /// Where each of them ends.
    pub ends: Arc<[usize]>,
}

impl Frames {
    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&*self.ends);
        starts.zip(&*self.ends).filter_map(|(start, end)| self.text.get(*start..*end))
    }
}

/// The events of one session that were made in bulk and are not all acknowledged.
#[derive(Debug)]
pub(super) struct Bulk {
    /// What stands before the params of an event, and after them.
    head: Cow<'static, str>,
    tail: &'static str,
    batches: VecDeque<Batch>,
    text: String,
    ends: Vec<usize>,
    next: u64,
    unacked: usize,
    /// How often they were sent anew under other ids.
    generation: u16,
}

#[derive(Debug)]
struct Batch {
    first: u64,
    frames: Frames,
    acked: Vec<bool>,
    left: usize,
}

/// What an acknowledgement was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acked {
    First,
    Again,
}

impl Bulk {
    /// Events to an address.
    pub fn new(dialect: Dialect, protocol: &str) -> Self {
        let (head, tail) = dialect.event_envelope(protocol);
        Self {
            head,
            tail,
            batches: VecDeque::new(),
            text: String::new(),
            ends: Vec::new(),
            next: 0,
            unacked: 0,
            generation: 0,
        }
    }

    /// Begins a frame; what is still to be written is everything from its `params` on.
    pub fn begin(&mut self) -> &mut String {
        let (generation, number) = (self.generation, self.next);
        self.next += 1;
        // Writing to a text does not fail.
        let _ = write!(self.text, "{HEAD}{MARK}{generation:04x}-4000-8000-{number:012x}");
        self.text.push('"');
        self.text.push_str(&self.head);
        &mut self.text
    }

    /// Ends the frame.
    pub fn end(&mut self) {
        self.text.push_str(self.tail);
        self.ends.push(self.text.len());
    }

    /// What was written since this was last asked, if anything was. It is held until it is acknowledged.
    pub fn take(&mut self) -> Option<Frames> {
        let count = self.ends.len();
        if count == 0 {
            return None;
        }
        let frames = Frames { text: self.text.as_str().into(), ends: self.ends.as_slice().into() };
        self.text.clear();
        self.ends.clear();
        self.unacked += count;
        let first = self.next - count as u64;
        self.batches.push_back(Batch {
            first,
            frames: frames.clone(),
            acked: vec![false; count],
            left: count,
        });
        Some(frames)
    }

    /// How many are not acknowledged.
    pub const fn unacked(&self) -> usize {
        self.unacked
    }

    /// Takes an acknowledgement. `None` when the id is not that of one of these events.
    pub fn ack(&mut self, frame_id: &str) -> Option<Acked> {
        let number =
            u64::from_str_radix(frame_id.strip_prefix(MARK)?.get("0000-4000-8000-".len()..)?, 16).ok()?;
        if number >= self.next {
            return None;
        }
        let place = self.batches.partition_point(|batch| batch.first <= number);
        let batch = place.checked_sub(1).and_then(|place| self.batches.get_mut(place));
        let Some(batch) = batch else { return Some(Acked::Again) };
        let acked = usize::try_from(number - batch.first).ok().and_then(|index| batch.acked.get_mut(index));
        match acked {
            Some(acked) if !*acked => *acked = true,
            _ => return Some(Acked::Again),
        }
        batch.left -= 1;
        self.unacked -= 1;
        while self.batches.front().is_some_and(|batch| batch.left == 0) {
            self.batches.pop_front();
        }
        Some(Acked::First)
    }

    /// Those that are not acknowledged, to be sent again; under new ids, if that is wanted.
    pub fn again(&mut self, new_ids: bool) -> Vec<String> {
        if new_ids {
            self.generation = self.generation.wrapping_add(1);
        }
        let generation = format!("{:04x}", self.generation);
        let held = self.batches.iter().flat_map(|batch| batch.frames.iter().zip(&batch.acked));
        held.filter(|(_, acked)| !**acked)
            .map(|(frame, _)| {
                let mut frame = frame.to_owned();
                if new_ids && frame.len() > NUMBER {
                    frame.replace_range(GENERATION..GENERATION + generation.len(), &generation);
                }
                frame
            })
            .collect()
    }

    /// Nothing is held any more.
    pub fn forget(&mut self) {
        self.batches.clear();
        self.unacked = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn three() -> (Bulk, Vec<Value>) {
        let mut bulk = Bulk::new(Dialect::Current, "");
        for n in 0..3 {
            bulk.begin().push_str(&n.to_string());
            bulk.end();
        }
        let frames = bulk.take().unwrap();
        let parsed = frames.iter().map(|frame| serde_json::from_str(frame).unwrap()).collect();
        (bulk, parsed)
    }

    fn id(frame: &Value) -> &str {
        frame["id"].as_str().unwrap()
    }

    #[test]
    fn frames_lie_behind_one_another_and_each_is_acknowledged_once() {
        let (mut bulk, frames) = three();
        let params: Vec<_> = frames.iter().map(|frame| frame["params"].as_u64().unwrap()).collect();
        assert_eq!((params, bulk.unacked()), (vec![0, 1, 2], 3));
        assert_eq!(bulk.take(), None, "they are taken once");
        assert_eq!(bulk.ack(id(&frames[1])), Some(Acked::First));
        assert_eq!(bulk.ack(id(&frames[1])), Some(Acked::Again));
        assert_eq!(bulk.ack("f100d000-0000-4000-8000-000000000003"), None, "it was never made");
        assert_eq!(bulk.ack("another"), None);
        assert_eq!(bulk.ack(id(&frames[0])), Some(Acked::First));
        assert_eq!(bulk.ack(id(&frames[2])), Some(Acked::First));
        assert_eq!((bulk.unacked(), bulk.ack(id(&frames[2]))), (0, Some(Acked::Again)));
    }

    #[test]
    fn what_is_not_acknowledged_comes_again_under_its_id_or_another() {
        let (mut bulk, frames) = three();
        bulk.ack(id(&frames[1]));
        let again = |bulk: &mut Bulk, new| -> Vec<Value> {
            bulk.again(new).iter().map(|frame| serde_json::from_str(frame).unwrap()).collect()
        };
        assert_eq!(again(&mut bulk, false), [frames[0].clone(), frames[2].clone()]);
        let renamed = again(&mut bulk, true);
        assert!(id(&renamed[1]) != id(&frames[2]) && renamed[1]["params"] == 2);
        assert_eq!(bulk.ack(id(&renamed[1])), Some(Acked::First));
        assert_eq!(bulk.ack(id(&frames[2])), Some(Acked::Again));
    }
}
