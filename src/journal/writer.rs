//! Writing on a thread of its own: what happens is queued, and each group of it committed to the disk in one go.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{Notify, watch};

use super::coding::{self, Coded};
use super::error::JournalError;
use super::store::{Bounds, Row, Store};
use crate::client::Kept;
use crate::model::Occurrence;
use crate::protocol::Shown;
use crate::time::{At, Now};

/// How much waits, and how long.
pub mod limit {
    use std::time::Duration;

    /// Records that wait for a disk that is only slow; more are not read from the service.
    pub const QUEUE: usize = 65_536;
    /// Their bytes.
    pub const QUEUE_BYTES: usize = 64 * 1024 * 1024;
    /// Records that wait for a disk that does not take any; more are lost, counted, and never acknowledged.
    pub const FAILING: usize = 10_000;
    /// What comes within this time is committed together. A command does not wait.
    pub const GATHER: Duration = Duration::from_millis(10);
    /// A disk that failed is tried again after this.
    pub const RETRY: Duration = Duration::from_secs(1);
}

/// Whether the journal takes what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Well,
    /// The disk refuses. Nothing is acknowledged; what waits is written when the disk takes it again.
    Failing {
        /// Since when.
        since: At,
        /// What the disk says.
        why: Shown,
        /// Records that wait.
        waiting: u64,
        /// Records that could not even wait.
        lost: u64,
    },
}

/// A journal that is being written. When it is dropped, what waits is written first.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    durable: watch::Receiver<u64>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    /// A group is written, or the health has changed.
    changed: Notify,
    /// The health has changed.
    sick: Arc<Notify>,
}

#[derive(Debug)]
struct Queue {
    rows: Vec<Row>,
    bytes: usize,
    next: u64,
    /// The newest moment that anything was told at.
    now: Now,
    /// A command waits: nothing more is gathered.
    urgent: bool,
    health: Health,
    closed: bool,
}

impl Journal {
    /// Opens the journal in a folder and starts its writer.
    ///
    /// # Errors
    /// When another program writes to it, or the disk or the database say no.
    pub fn open(folder: &Path, bounds: Bounds) -> Result<Self, JournalError> {
        let (store, next) = Store::open(folder, bounds)?;
        let (tell, durable) = watch::channel(next - 1);
        let queue = Queue {
            rows: Vec::new(),
            bytes: 0,
            next,
            now: Now::default(),
            urgent: false,
            health: Health::Well,
            closed: false,
        };
        let shared = Arc::new(Shared {
            queue: Mutex::new(queue),
            work: Condvar::new(),
            changed: Notify::new(),
            sick: Arc::default(),
        });
        let writer = Writer { shared: shared.clone(), store, tell };
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || writer.run());
        let disk = |why| JournalError::Disk { path: folder.to_owned(), why };
        Ok(Self { shared, durable, writer: Some(thread.map_err(disk)?) })
    }

    /// Takes an occurrence. Never blocks on the disk.
    pub fn append(&self, occurrence: &Occurrence, now: Now) -> Kept {
        let coded = coding::encode(occurrence, now);
        let mut queue = self.shared.lock();
        queue.now = now;
        if let Health::Failing { waiting, lost, .. } = &mut queue.health {
            if *waiting >= limit::FAILING as u64 {
                *lost += 1;
                return Kept::Lost;
            }
            *waiting += 1;
        }
        let urgent = matches!(occurrence, Occurrence::Submitted(_));
        let seq = queue.push(coded, now);
        // A thread that waits for the first of a group is woken; the rest of the group it finds.
        if queue.rows.len() == 1 || urgent {
            queue.urgent |= urgent;
            self.shared.work.notify_one();
        }
        Kept::As(seq)
    }

    /// The number of the last record that is on the disk.
    #[must_use]
    pub fn durable(&self) -> u64 {
        *self.durable.borrow()
    }

    /// Follows [`Journal::durable`].
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.durable.clone()
    }

    /// Whether there is room for more.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.shared.has_room()
    }

    /// Waits until there is room.
    pub fn room(&self) -> impl Future<Output = ()> + Send + use<> {
        let shared = self.shared.clone();
        async move {
            loop {
                let changed = shared.changed.notified();
                tokio::pin!(changed);
                // Before looking, so that what changes in between is not missed.
                changed.as_mut().enable();
                if shared.has_room() {
                    return;
                }
                changed.await;
            }
        }
    }

    /// Tells when [`Journal::health`] changes.
    #[must_use]
    pub fn sick(&self) -> Arc<Notify> {
        self.shared.sick.clone()
    }

    /// Whether the journal takes what happens.
    #[must_use]
    pub fn health(&self) -> Health {
        self.shared.lock().health.clone()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_one();
        if let Some(writer) = self.writer.take() {
            // A panic of the writer has been reported by the panic hook.
            let _ = writer.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_room(&self) -> bool {
        let queue = self.lock();
        // A disk that fails must not make the board stand still.
        queue.health != Health::Well || (queue.rows.len() < limit::QUEUE && queue.bytes < limit::QUEUE_BYTES)
    }
}

impl Queue {
    fn push(&mut self, coded: Coded, now: Now) -> u64 {
        let seq = self.next;
        self.next += 1;
        self.bytes += coded.body.len();
        self.rows.push(Row { seq, now, coded });
        seq
    }
}

struct Writer {
    shared: Arc<Shared>,
    store: Store,
    tell: watch::Sender<u64>,
}

impl Writer {
    fn run(mut self) {
        while let Some(group) = self.gather() {
            if !self.commit(&group) {
                return;
            }
            if let Some(last) = group.last() {
                // Nobody may be following any more.
                self.tell.send_replace(last.seq);
            }
            self.shared.changed.notify_waiters();
        }
    }

    /// The next group; none when the journal is closed and everything is written.
    fn gather(&self) -> Option<Vec<Row>> {
        let mut queue = self.shared.lock();
        while queue.rows.is_empty() {
            if queue.closed {
                return None;
            }
            queue = self.shared.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if !queue.urgent && !queue.closed {
            let more = |queue: &mut Queue| !queue.urgent && !queue.closed;
            let waited = self.shared.work.wait_timeout_while(queue, limit::GATHER, more);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        queue.urgent = false;
        queue.bytes = 0;
        Some(std::mem::take(&mut queue.rows))
    }

    /// Writes a group, however long the disk refuses. False when the journal was closed before it took it.
    fn commit(&mut self, group: &[Row]) -> bool {
        while let Err(error) = self.store.write(group) {
            let mut queue = self.shared.lock();
            if let Health::Failing { why, .. } = &mut queue.health {
                *why = Shown::new(&error.cause());
            } else {
                tracing::error!(%error, "the journal cannot be written");
                let waiting = (group.len() + queue.rows.len()) as u64;
                let why = Shown::new(&error.cause());
                queue.health = Health::Failing { since: queue.now.at, why, waiting, lost: 0 };
                self.shared.sick.notify_one();
            }
            self.shared.changed.notify_waiters();
            if queue.closed {
                return false;
            }
            let open = |queue: &mut Queue| !queue.closed;
            drop(self.shared.work.wait_timeout_while(queue, limit::RETRY, open));
        }
        self.recovered();
        true
    }

    /// The disk takes records again. What was lost meanwhile is itself a record.
    fn recovered(&self) {
        let mut queue = self.shared.lock();
        let Health::Failing { lost, .. } = std::mem::replace(&mut queue.health, Health::Well) else { return };
        tracing::info!(lost, "the journal is written again");
        self.shared.sick.notify_one();
        if lost > 0 {
            let now = queue.now;
            queue.push(coding::encode(&Occurrence::Lost(lost), now), now);
        }
    }
}
