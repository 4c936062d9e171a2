//! Which events count as seen before: those that the journal holds, and no others.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::reader::Reader;
use crate::client::{ClientEvent, Progress, Received};
use crate::model::Occurrence;
use crate::time::Now;

/// A look at the end of a journal, as soon as it is on the disk.
#[derive(Debug)]
pub struct Seen {
    folder: PathBuf,
    progress: watch::Receiver<Progress>,
    last: u64,
}

impl Seen {
    /// How many of them are looked at.
    pub const EVENTS: usize = 16_384;

    pub(super) const fn new(folder: PathBuf, progress: watch::Receiver<Progress>, last: u64) -> Self {
        Self { folder, progress, last }
    }

    /// Reads them, oldest first. Blocks on the disk.
    #[must_use]
    pub fn read(&self, now: Now) -> Vec<Arc<Received>> {
        /// A disk takes that long to write what waited; after that a repetition may be journaled twice.
        const PATIENCE: u32 = 200;
        for _ in 0..PATIENCE {
            if self.progress.borrow().durable >= self.last {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let mut seen = Vec::new();
        if let Ok(reader) = Reader::open(&self.folder) {
            let from = reader.latest(Self::EVENTS as u64);
            reader.replay(from, now, |_, occurrence, _| {
                seen.extend(event_of(occurrence));
                ControlFlow::Continue(())
            });
        }
        seen
    }
}

/// The event of an occurrence that is one and counted.
#[must_use]
pub fn event_of(occurrence: Occurrence) -> Option<Arc<Received>> {
    match occurrence {
        Occurrence::Reported(ClientEvent::Received(received)) if !received.duplicate => Some(received),
        _ => None,
    }
}
