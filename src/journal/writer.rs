//! Writing on a thread of its own: what happens is queued, and each group of it committed to the disk in one go.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{Notify, watch};

use super::coding;
use super::error::JournalError;
use super::seen::Seen;
use super::store::{Bounds, Row, Store};
use crate::client::{Kept, Progress};
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
    /// A disk that has not taken a group within this time fails.
    pub const HANGS: Duration = Duration::from_secs(2);
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
        waiting: usize,
        /// Records that could not even wait.
        lost: u64,
    },
}

/// A journal that is being written. When it is dropped, what waits is written first.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    folder: PathBuf,
    progress: watch::Receiver<Progress>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    health_changed: Arc<Notify>,
}

#[derive(Debug)]
struct Queue {
    rows: Vec<Row>,
    /// Bytes of what waits, in the queue and in the writer's hands.
    bytes: usize,
    /// Records in the writer's hands.
    taken: usize,
    next: u64,
    /// The newest moment that anything was told at.
    now: Now,
    /// A command waits: nothing more is gathered.
    urgent: bool,
    /// Since when the writer waits for the disk.
    writing: Option<At>,
    /// What the disk said, and since when.
    failure: Option<(At, Shown)>,
    lost: u64,
    closed: bool,
}

impl Journal {
    /// Opens the journal in a folder and starts its writer.
    ///
    /// # Errors
    /// When another program writes to it, or the disk or the database say no.
    pub fn open(folder: &Path, bounds: Bounds) -> Result<Self, JournalError> {
        let (store, next) = Store::open(folder, bounds)?;
        let (tell, progress) = watch::channel(Progress { durable: next - 1, failing: false });
        let queue = Queue {
            rows: Vec::new(),
            bytes: 0,
            taken: 0,
            next,
            now: Now::default(),
            urgent: false,
            writing: None,
            failure: None,
            lost: 0,
            closed: false,
        };
        let shared = Arc::new(Shared {
            queue: Mutex::new(queue),
            work: Condvar::new(),
            health_changed: Arc::default(),
        });
        let writer = Writer { shared: shared.clone(), store, tell };
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || writer.run());
        let disk = |why| JournalError::Disk { path: folder.to_owned(), why };
        Ok(Self { shared, folder: folder.to_owned(), progress, writer: Some(thread.map_err(disk)?) })
    }

    /// Takes an occurrence. Never blocks on the disk.
    pub fn append(&self, occurrence: &Occurrence, now: Now) -> Kept {
        let coded = coding::encode(occurrence, now);
        let mut queue = self.shared.lock();
        queue.now = now;
        if queue.is_failing(now.at) && queue.is_beyond(limit::FAILING) {
            queue.lost += 1;
            return Kept::Lost;
        }
        let urgent = matches!(occurrence, Occurrence::Submitted(_));
        let seq = queue.next;
        queue.next += 1;
        queue.bytes += coded.body.len();
        queue.rows.push(Row { seq, now, coded });
        // A thread that waits for the first of a group is woken; the rest of the group it finds.
        if queue.rows.len() == 1 || urgent {
            queue.urgent |= urgent;
            self.shared.work.notify_one();
        }
        Kept::As(seq)
    }

    /// How far the disk is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Follows [`Journal::progress`].
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Whether there is room for more. A disk that fails must not make the board stand still.
    #[must_use]
    pub fn has_room(&self, now: At) -> bool {
        let queue = self.shared.lock();
        queue.is_failing(now) || !queue.is_beyond(limit::QUEUE)
    }

    /// Tells when [`Journal::health`] changes.
    #[must_use]
    pub fn health_changed(&self) -> Arc<Notify> {
        self.shared.health_changed.clone()
    }

    /// Whether the journal takes what happens.
    #[must_use]
    pub fn health(&self, now: At) -> Health {
        let queue = self.shared.lock();
        let hangs = || queue.hangs(now).map(|since| (since, "the disk does not answer".into()));
        match queue.failure.clone().or_else(hangs) {
            None => Health::Well,
            Some((since, why)) => {
                Health::Failing { since, why, waiting: queue.taken + queue.rows.len(), lost: queue.lost }
            }
        }
    }

    /// How many records were lost since this was last asked, once the disk takes records again.
    #[must_use]
    pub fn take_lost(&self) -> Option<u64> {
        let mut queue = self.shared.lock();
        let over = queue.failure.is_none() && queue.lost > 0;
        over.then(|| std::mem::take(&mut queue.lost))
    }

    /// The events up to now that are kept.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let last = self.shared.lock().next - 1;
        Seen::new(self.folder.clone(), self.follow(), last)
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
}

impl Queue {
    fn is_beyond(&self, records: usize) -> bool {
        self.taken + self.rows.len() >= records || self.bytes >= limit::QUEUE_BYTES
    }

    fn is_failing(&self, now: At) -> bool {
        self.failure.is_some() || self.hangs(now).is_some()
    }

    /// Since when the disk has not answered, when that is too long.
    fn hangs(&self, now: At) -> Option<At> {
        self.writing.filter(|since| now.since(*since) > limit::HANGS)
    }
}

struct Writer {
    shared: Arc<Shared>,
    store: Store,
    tell: watch::Sender<Progress>,
}

/// A writer that ends before it was told to, by a panic, is a disk that fails.
impl Drop for Writer {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        if !queue.closed {
            queue.failure = Some((queue.now.at, "its writer has stopped; start callboard again".into()));
            self.tell.send_modify(|progress| progress.failing = true);
            self.shared.health_changed.notify_one();
        }
    }
}

impl Writer {
    fn run(mut self) {
        while let Some(group) = self.gather() {
            if !self.commit(&group) {
                return;
            }
            {
                let mut queue = self.shared.lock();
                queue.bytes -= group.iter().map(|row| row.coded.body.len()).sum::<usize>();
                queue.taken = 0;
                queue.writing = None;
            }
            if let Some(last) = group.last() {
                self.tell.send_replace(Progress { durable: last.seq, failing: false });
            }
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
        queue.taken = queue.rows.len();
        queue.writing = Some(queue.now.at);
        Some(std::mem::take(&mut queue.rows))
    }

    /// Writes a group, however long the disk refuses. False when the journal was closed before it took it.
    fn commit(&mut self, group: &[Row]) -> bool {
        while let Err(error) = self.store.write(group) {
            let mut queue = self.shared.lock();
            let why = Shown::new(&error.cause());
            if let Some((_, known)) = &mut queue.failure {
                *known = why;
            } else {
                tracing::error!(%error, "the journal cannot be written");
                queue.failure = Some((queue.now.at, why));
                self.tell.send_modify(|progress| progress.failing = true);
                self.shared.health_changed.notify_one();
            }
            if queue.closed {
                return false;
            }
            let open = |queue: &mut Queue| !queue.closed;
            drop(self.shared.work.wait_timeout_while(queue, limit::RETRY, open));
        }
        let mut queue = self.shared.lock();
        if queue.failure.take().is_some() || queue.lost > 0 {
            tracing::info!(lost = queue.lost, "the journal is written again");
            self.shared.health_changed.notify_one();
        }
        true
    }
}
