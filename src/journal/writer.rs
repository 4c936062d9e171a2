//! Writing on a thread of its own: what happens is queued, and each group of it committed to the disk in one go.
//!
//! The audit log is written here, too, and before the journal: a command waits for one progress, whichever of the two is
//! kept. A disk that takes no audit records holds up nobody: they wait and are written when it takes them again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{Notify, watch};

use super::coding;
use super::error::JournalError;
use super::seen::Seen;
use super::store::{Bounds, Row, Store};
use crate::audit::{self, Head};
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
    /// A head of the audit log is written at least so often, while there are new records.
    pub const HEAD: Duration = Duration::from_secs(3_600);
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

/// How the audit log is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHealth {
    /// Its newest record on the disk.
    pub head: Head,
    /// Since when the disk takes no records, and what it says.
    pub failure: Option<(At, Shown)>,
    /// Records that could not even wait.
    pub lost: u64,
}

/// A journal that is being written, an audit log, or both. When it is dropped, what waits is written first.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    /// None when an audit log alone is written.
    folder: Option<PathBuf>,
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
    /// Records of the audit log that wait.
    records: Vec<audit::Record>,
    /// How the audit log is doing, where one is kept.
    audit: Option<AuditHealth>,
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
        Self::keep(Some((folder, bounds)), None)
    }

    /// Starts the writer of a journal in a folder, of an audit log, or of both.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn keep(journal: Option<(&Path, Bounds)>, audit: Option<audit::Log>) -> Result<Self, JournalError> {
        let folder = journal.map(|(folder, _)| folder.to_owned());
        let (store, next) = match journal {
            Some((folder, bounds)) => {
                let (store, next) = Store::open(folder, bounds)?;
                (Some(store), next)
            }
            None => (None, 1),
        };
        let (tell, progress) = watch::channel(Progress { durable: next - 1, failing: false });
        let queue = Queue {
            rows: Vec::new(),
            records: Vec::new(),
            audit: audit.as_ref().map(|log| AuditHealth { head: log.head(), failure: None, lost: 0 }),
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
        let writer =
            Writer { shared: shared.clone(), store, audit, pending: Vec::new(), headless: None, tell };
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || writer.run());
        let disk = |why| JournalError::Disk { path: folder.clone().unwrap_or_default(), why };
        let thread = thread.map_err(disk)?;
        Ok(Self { shared, folder, progress, writer: Some(thread) })
    }

    /// Takes an occurrence. Never blocks on the disk.
    pub fn append(&self, occurrence: &Occurrence, now: Now) -> Kept {
        self.append_with(occurrence, None, now)
    }

    /// Takes an occurrence, and what the audit log is to say of it. Never blocks on the disk.
    pub fn append_with(&self, occurrence: &Occurrence, record: Option<audit::Record>, now: Now) -> Kept {
        let coded = self.folder.as_ref().map(|_| coding::encode(occurrence, now));
        let mut queue = self.shared.lock();
        queue.now = now;
        let noted = record.is_some();
        record.into_iter().for_each(|record| self.shared.note(&mut queue, record));
        let Some(coded) = coded else {
            if !noted {
                return Kept::Nowhere;
            }
            queue.urgent = true;
            queue.next += 1;
            return Kept::As(queue.next - 1);
        };
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

    /// Takes a further record of the audit log. Nothing waits for it.
    pub fn note(&self, record: audit::Record, now: Now) {
        let mut queue = self.shared.lock();
        queue.now = now;
        self.shared.note(&mut queue, record);
    }

    /// How the audit log is doing, where one is kept.
    #[must_use]
    pub fn audit(&self) -> Option<AuditHealth> {
        self.shared.lock().audit.clone()
    }

    /// Whether a journal is kept, and not an audit log alone.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.folder.is_some()
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

    /// Whether the disk takes nothing at present: it refuses, or has not answered for too long.
    #[must_use]
    pub fn is_failing(&self, now: At) -> bool {
        self.shared.lock().is_failing(now)
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

    /// The events up to now that are kept; none where only an audit log is.
    #[must_use]
    pub fn seen(&self) -> Option<Seen> {
        let last = self.shared.lock().next - 1;
        Some(Seen::new(self.folder.clone()?, self.follow(), last))
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

    /// Puts a record of the audit log into the queue, which has an end.
    fn note(&self, queue: &mut Queue, record: audit::Record) {
        let Some(audit) = &mut queue.audit else { return };
        if queue.records.len() >= limit::FAILING {
            audit.lost += 1;
            return;
        }
        queue.records.push(record);
        self.work.notify_one();
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
    store: Option<Store>,
    audit: Option<audit::Log>,
    /// Records that the audit log has not taken.
    pending: Vec<audit::Record>,
    /// Since when it has records without a head.
    headless: Option<At>,
    tell: watch::Sender<Progress>,
}

/// What is written in one go.
struct Group {
    rows: Vec<Row>,
    /// The number up to which everything is in it.
    last: u64,
    /// Whether it is there because nothing came for so long.
    idle: bool,
}

/// A writer that ends before it was told to, by a panic, is a disk that fails.
impl Drop for Writer {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        if !queue.closed {
            let failure = (queue.now.at, Shown::from("its writer has stopped; start callboard again"));
            if let Some(audit) = &mut queue.audit {
                audit.failure = Some(failure.clone());
            }
            queue.failure = Some(failure);
            self.tell.send_modify(|progress| progress.failing = true);
            self.shared.health_changed.notify_one();
        }
    }
}

impl Writer {
    fn run(mut self) {
        while let Some(group) = self.gather() {
            if !self.commit(&group) {
                break;
            }
            {
                let mut queue = self.shared.lock();
                queue.bytes -= group.rows.iter().map(|row| row.coded.body.len()).sum::<usize>();
                queue.taken = 0;
                queue.writing = None;
            }
            self.tell.send_if_modified(|progress| {
                let before = std::mem::replace(progress, Progress { durable: group.last, failing: false });
                before != *progress
            });
        }
        // What the audit log has not taken so far has no other chance.
        self.audit(false);
    }

    /// The next group; none when the journal is closed and everything is written.
    fn gather(&self) -> Option<Group> {
        let mut queue = self.shared.lock();
        let mut idle = false;
        while queue.rows.is_empty() && queue.records.is_empty() {
            if queue.closed {
                return None;
            }
            // Without anything new there may be something to do for the audit log.
            let failed = queue.audit.as_ref().is_some_and(|audit| audit.failure.is_some());
            let span = if failed { limit::RETRY } else { limit::HEAD };
            let nothing = self.pending.is_empty() && !self.audit.as_ref().is_some_and(audit::Log::lacks_head);
            if nothing {
                queue = self.shared.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (back, waited) =
                self.shared.work.wait_timeout(queue, span).unwrap_or_else(PoisonError::into_inner);
            queue = back;
            if waited.timed_out() {
                idle = true;
                break;
            }
        }
        if !queue.urgent && !queue.closed {
            let more = |queue: &mut Queue| !queue.urgent && !queue.closed;
            let waited = self.shared.work.wait_timeout_while(queue, limit::GATHER, more);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        queue.urgent = false;
        queue.taken = queue.rows.len();
        queue.writing = Some(queue.now.at);
        Some(Group { rows: std::mem::take(&mut queue.rows), last: queue.next - 1, idle })
    }

    /// Writes a group, however long the disk refuses. False when the journal was closed before it took it.
    fn commit(&mut self, group: &Group) -> bool {
        self.audit(group.idle);
        while let Err(error) = self.store.as_mut().map_or(Ok(()), |store| store.write(&group.rows)) {
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
            // Commands go on meanwhile, and what is said of them does not wait for this disk.
            let idle = |queue: &mut Queue| !queue.closed && queue.records.is_empty();
            drop(self.shared.work.wait_timeout_while(queue, limit::RETRY, idle));
            self.audit(false);
        }
        let mut queue = self.shared.lock();
        if queue.failure.take().is_some() || queue.lost > 0 {
            tracing::info!(lost = queue.lost, "the journal is written again");
            self.shared.health_changed.notify_one();
        }
        true
    }

    /// Brings what waits to the audit log. When its disk refuses, the records are kept for the next time.
    fn audit(&mut self, idle: bool) {
        let Some(log) = &mut self.audit else { return };
        let mut queue = self.shared.lock();
        self.pending.append(&mut queue.records);
        let over = self.pending.len().saturating_sub(limit::FAILING);
        self.pending.truncate(limit::FAILING);
        let (at, mut lost) = (queue.now.at, over as u64);
        if let Some(health) = &mut queue.audit {
            health.lost += lost;
            lost = health.lost;
        }
        drop(queue);
        let waited = self.headless.is_some_and(|since| at.since(since) >= limit::HEAD);
        let due = log.lacks_head() && (idle || waited);
        if self.pending.is_empty() && !due {
            return;
        }
        let note = self.pending.last().filter(|_| lost > 0).map(|last| last.lost(lost));
        self.pending.extend(note.clone());
        let mut written = log.append(&mut self.pending);
        if self.pending.is_empty() {
            written = written.and_then(|()| if due { log.tell_head() } else { Ok(()) });
        } else if note.is_some() {
            // More may be lost until it can be written.
            self.pending.pop();
        }
        self.headless = log.lacks_head().then_some(self.headless.unwrap_or(at));
        let mut queue = self.shared.lock();
        let Some(health) = &mut queue.audit else { return };
        let failed = health.failure.is_some();
        match written {
            Ok(()) => health.failure = None,
            Err(error) if failed => {
                let why = Shown::new(&error.to_string());
                health.failure = health.failure.take().map(|(since, _)| (since, why));
            }
            Err(error) => {
                tracing::error!(why = %error, "the audit log cannot be written");
                health.failure = Some((at, Shown::new(&error.to_string())));
            }
        }
        if note.is_some() && self.pending.is_empty() {
            health.lost -= lost;
        }
        health.head = log.head();
        if failed != health.failure.is_some() {
            self.shared.health_changed.notify_one();
        }
    }
}
