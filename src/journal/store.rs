//! The segments of a journal on disk: opening, appending a group, beginning a new one, dropping the oldest.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params};

use super::coding::Coded;
use super::error::JournalError;
use crate::private::{self, Lock};
use crate::time::{Now, Wall};

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of one segment, beyond which the next begins.
    pub segment: u64,
    /// Bytes of all segments, beyond which the oldest goes.
    pub total: u64,
    /// Segments whose last record is older go, too; the oldest first, two whenever a new one begins, and never the
    /// newest two: a clock that is set far ahead makes everything look old.
    pub age: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self { segment: 256 * MIB, total: 2_048 * MIB, age: Duration::from_secs(30 * 86_400) }
    }
}

/// One record to be appended.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Its number; they go up by one and never repeat.
    pub seq: u64,
    /// When it happened.
    pub now: Now,
    /// What.
    pub coded: Coded,
}

/// What marks a file as ours: `call`, in ASCII.
const APPLICATION: i64 = 0x6361_6c6c;
/// The format of the table below.
const FORMAT: i64 = 1;
/// A segment is closed after a day, so that age can take whole days away.
const DAY: Duration = Duration::from_secs(86_400);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS records (
        seq  INTEGER PRIMARY KEY,
        at   INTEGER NOT NULL, -- microseconds on the monotonic clock of the run
        wall INTEGER NOT NULL, -- microseconds since the Unix epoch
        kind TEXT NOT NULL,
        call TEXT,
        body TEXT NOT NULL,
        sum  INTEGER NOT NULL  -- CRC-32 of all the others
    ) STRICT;";

/// The journal that is being written.
pub(super) struct Store {
    folder: PathBuf,
    /// Held while we write.
    _lock: File,
    segment: Option<Segment>,
    bounds: Bounds,
}

struct Segment {
    file: PathBuf,
    db: Connection,
    began: Option<Wall>,
}

impl Store {
    /// Opens the journal in a folder, made if need be. Gives the number of the next record, too.
    pub fn open(folder: &Path, bounds: Bounds) -> Result<(Self, u64), JournalError> {
        private::make_folder(folder).map_err(|why| JournalError::Disk { path: folder.to_owned(), why })?;
        let lock = lock(folder)?;
        let mut store = Self { folder: folder.to_owned(), _lock: lock, segment: None, bounds };
        let Some(newest) = segments(folder)?.pop() else { return Ok((store, 1)) };
        let first = first_of(&newest).unwrap_or(0);
        // What cannot be read is left as it is, for whoever can mend it; numbers go on well beyond it.
        let next = match Segment::open(&newest) {
            Ok((segment, last)) => {
                store.segment = Some(segment);
                last.unwrap_or(first.saturating_sub(1)) + 1
            }
            Err(error @ JournalError::Later { .. }) => return Err(error),
            Err(error) => {
                tracing::error!(%error, "the newest segment of the journal is damaged; a new one begins");
                first + 1_000_000_000
            }
        };
        Ok((store, next))
    }

    /// Appends a group: all of it is on the disk when this returns, or none of it.
    pub fn write(&mut self, rows: &[Row]) -> Result<(), JournalError> {
        let Some(first) = rows.first() else { return Ok(()) };
        if self.segment.as_ref().is_some_and(|segment| segment.is_full(&self.bounds, first.now.wall)) {
            self.segment = None;
            self.drop_oldest(first.now.wall)?;
        }
        let segment = match self.segment.take() {
            Some(segment) => segment,
            None => Segment::open(&self.path_of(first.seq))?.0,
        };
        let own = segment.file == self.path_of(first.seq);
        let segment = self.segment.insert(segment);
        let written =
            segment.append(rows).map_err(|why| JournalError::Database { path: segment.file.clone(), why });
        if written.as_ref().is_err_and(JournalError::is_damage) && !own {
            // It will not mend. What comes now begins another.
            self.segment = None;
        }
        written
    }

    fn path_of(&self, first: u64) -> PathBuf {
        self.folder.join(format!("{first:012}.sqlite"))
    }

    /// Drops segments that are too many or too old. The newest stays.
    fn drop_oldest(&self, now: Wall) -> Result<(), JournalError> {
        /// As many are dropped for their age at once, and as many stay whatever their age.
        const FOR_AGE: usize = 2;
        let disk = |path: &Path| {
            let path = path.to_owned();
            move |why| JournalError::Disk { path, why }
        };
        let files = segments(&self.folder)?;
        let mut total = 0;
        // From the newest to the oldest: whatever lies beyond the bounds goes.
        for (index, file) in files.iter().rev().enumerate() {
            let among_oldest = index >= FOR_AGE && files.len() - index <= FOR_AGE;
            let facts = fs::metadata(file).map_err(disk(file))?;
            // Somebody who reads while a segment is closed leaves much of it there.
            total += facts.len() + fs::metadata(beside(file, "-wal")).map_or(0, |facts| facts.len());
            let changed = facts.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
            let age = changed.map(|at| Duration::from_micros(now.0.max(0).unsigned_abs()).saturating_sub(at));
            let too_old = among_oldest && age.is_some_and(|age| age > self.bounds.age);
            if index > 0 && (too_old || total + self.bounds.segment > self.bounds.total) {
                for ending in ["", "-wal", "-shm"] {
                    match fs::remove_file(beside(file, ending)) {
                        Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                            return Err(disk(file)(why));
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }
}

impl Segment {
    /// Opens a segment to append to it, made if need be. Gives the number of its last record, too.
    fn open(file: &Path) -> Result<(Self, Option<u64>), JournalError> {
        make_private(file).map_err(|why| JournalError::Disk { path: file.to_owned(), why })?;
        let database = |why| JournalError::Database { path: file.to_owned(), why };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(file, flags).map_err(database)?;
        let fresh: i64 =
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(database)?;
        if fresh == 0 {
            // Pages of this size hold some twenty records.
            db.pragma_update(None, "page_size", 16_384).map_err(database)?;
            db.pragma_update(None, "application_id", APPLICATION).map_err(database)?;
            db.pragma_update(None, "user_version", FORMAT).map_err(database)?;
        }
        check(&db, file)?;
        // A group is on the disk when it is committed, not some time after.
        db.pragma_update(None, "journal_mode", "wal").map_err(database)?;
        db.pragma_update(None, "synchronous", "full").map_err(database)?;
        db.busy_timeout(Duration::from_secs(2)).map_err(database)?;
        db.execute_batch(SCHEMA).map_err(database)?;
        let (last, began) = db
            .query_row(
                "SELECT max(seq), (SELECT wall FROM records ORDER BY seq LIMIT 1) FROM records",
                [],
                |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)),
            )
            .map_err(database)?;
        let last = last.and_then(|last| u64::try_from(last).ok());
        Ok((Self { file: file.to_owned(), db, began: began.map(Wall) }, last))
    }

    fn is_full(&self, bounds: &Bounds, now: Wall) -> bool {
        let size = |ending| fs::metadata(beside(&self.file, ending)).map_or(0, |facts| facts.len());
        let size = size("") + size("-wal");
        let day = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
        size >= bounds.segment || self.began.is_some_and(|began| now.0.saturating_sub(began.0) > day)
    }

    fn append(&mut self, rows: &[Row]) -> rusqlite::Result<()> {
        let group = self.db.transaction()?;
        {
            let mut insert = group.prepare_cached("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)")?;
            for Row { seq, now, coded } in rows {
                let Coded { kind, call, body } = coded;
                let call = call.as_ref().map(crate::protocol::CallId::as_str);
                let sum = sum(*seq, now.at.as_micros(), now.wall, kind, call, body);
                insert.execute(params![
                    signed(*seq),
                    signed(now.at.as_micros()),
                    now.wall.0,
                    kind,
                    call,
                    &**body,
                    sum
                ])?;
            }
        }
        group.commit()?;
        self.began = self.began.or_else(|| rows.first().map(|row| row.now.wall));
        Ok(())
    }
}

/// Whether a database is a journal that this version can read.
pub(super) fn check(db: &Connection, file: &Path) -> Result<(), JournalError> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let foreign = |_| JournalError::Foreign { file: file.to_owned() };
    if number("application_id").map_err(foreign)? != APPLICATION {
        return Err(JournalError::Foreign { file: file.to_owned() });
    }
    match number("user_version").map_err(foreign)? {
        version if version > FORMAT => Err(JournalError::Later { file: file.to_owned(), version }),
        _ => Ok(()),
    }
}

/// SQLite knows no unsigned numbers; ours stay far below the limit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What a record's parts sum up to: a flipped bit anywhere gives another number.
pub(super) fn sum(seq: u64, at: u64, wall: Wall, kind: &str, call: Option<&str>, body: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    [seq, at].iter().for_each(|number| hasher.update(&number.to_le_bytes()));
    hasher.update(&wall.0.to_le_bytes());
    hasher.update(kind.as_bytes());
    // Not the same as an empty one.
    hasher.update(call.map_or(&[0xff], str::as_bytes));
    hasher.update(body.as_bytes());
    hasher.finalize()
}

/// The segments in a folder, oldest first.
pub(super) fn segments(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let disk = |why| JournalError::Disk { path: folder.to_owned(), why };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(disk)? {
        let path = entry.map_err(disk)?.path();
        if first_of(&path).is_some() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A file of this name with an ending more.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The number that a segment is named by.
pub(super) fn first_of(file: &Path) -> Option<u64> {
    let name = file.file_name()?.to_str()?.strip_suffix(".sqlite")?;
    name.parse().ok()
}

/// Makes a file that nobody else can read, unless it is there.
fn make_private(file: &Path) -> std::io::Result<()> {
    private::options().append(true).create(true).open(file).map(drop)
}

fn lock(folder: &Path) -> Result<File, JournalError> {
    let path = folder.join("lock");
    match private::lock(&path).map_err(|why| JournalError::Disk { path: path.clone(), why })? {
        Lock::Ours(file) => Ok(file),
        Lock::Taken(process) => Err(JournalError::Busy { folder: folder.to_owned(), process }),
    }
}
