//! Reading a journal: records in order, from any of them, whatever is damaged between.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params};

use super::coding;
use super::error::JournalError;
use super::store;
use crate::model::Occurrence;
use crate::time::{At, Now, Wall};

/// A journal that is read; it may be written by another program meanwhile.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    segments: Vec<Segment>,
    /// Files of which nothing can be read: the numbers of what may have been in them, and why.
    unreadable: Vec<(Span, String)>,
}

/// A record of a journal.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its number.
    pub seq: u64,
    /// What happened.
    pub occurrence: Occurrence,
    /// When, on the clock of whoever reads.
    pub now: Now,
    /// The place behind it.
    pub after: Place,
}

/// A place between two records, from which reading goes on as if it had never stopped.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    next: u64,
    timeline: Timeline,
}

impl Place {
    /// Before the record of this number. Moments are put on a clock on which `anchor` is now: what happened before
    /// lies before it, and never goes back.
    #[must_use]
    pub const fn before(seq: u64, anchor: Now) -> Self {
        Self { next: seq, timeline: Timeline::new(anchor) }
    }

    /// The lowest number that the next record can have.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }
}

#[derive(Debug)]
struct Segment {
    file: PathBuf,
    db: Connection,
    span: Span,
    /// Whether its last number is known.
    whole: bool,
}

/// A segment has fewer records than this.
const MOST: u64 = 50_000_000;

/// Which records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
}

/// Records that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
    /// How many; of a damaged file as many as their numbers tell.
    pub records: u64,
    /// Why the first of them could not.
    pub why: Option<String>,
}

impl Unread {
    fn note(&mut self, records: u64, why: impl FnOnce() -> String) {
        self.records += records;
        self.why.get_or_insert_with(why);
    }
}

impl Reader {
    /// Opens a journal: a folder of segments, or one of them.
    ///
    /// # Errors
    /// When there is none, or none of its files can be read as one.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let missing = || JournalError::Missing { path: path.to_owned() };
        let files = match std::fs::metadata(path) {
            Ok(facts) if facts.is_dir() => store::segments(path)?,
            Ok(_) => vec![path.to_owned()],
            Err(_) => return Err(missing()),
        };
        let (mut failure, mut unreadable) = (None, Vec::new());
        let mut segments = Vec::new();
        for (index, file) in files.iter().enumerate() {
            match Segment::open(file) {
                Ok(segment) => segments.extend(segment),
                // The others can still be read.
                Err(error) => {
                    let first = store::first_of(file).unwrap_or(0);
                    let next = files.get(index + 1).and_then(|next| store::first_of(next));
                    // Behind one that was found damaged at once numbers go on far beyond.
                    let last = next.map_or(first, |next| next.saturating_sub(1));
                    let last = if last.abs_diff(first) < MOST { last } else { first };
                    unreadable.push((Span { first, last }, error.to_string()));
                    failure = Some(error);
                }
            }
        }
        match failure {
            Some(error) if segments.is_empty() => Err(error),
            _ => Ok(Self { path: path.to_owned(), segments, unreadable }),
        }
    }

    /// Learns of what was written since. Segments that were dropped meanwhile can still be read here.
    pub fn refresh(&mut self) {
        let files = store::segments(&self.path).unwrap_or_default();
        // After the look for new ones: where there is one, nothing more is added to this.
        if let Some(newest) = self.segments.last_mut().filter(|newest| newest.whole) {
            let last = newest.db.query_row("SELECT max(seq) FROM records", [], |row| row.get::<_, i64>(0));
            // What cannot be read now may be next time.
            newest.span.last = last.map_or(newest.span.last, i64::unsigned_abs);
        }
        let newest = self.segments.last().map_or(0, |newest| newest.span.last);
        for file in files {
            if store::first_of(&file).is_some_and(|first| first > newest) {
                self.segments.extend(Segment::open(&file).ok().flatten());
            }
        }
    }

    /// Which records there are; none in an empty journal.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        let (first, last) = (self.segments.first()?.span.first, self.segments.last()?.span.last);
        let unreadable = self.unreadable.first().map_or(first, |(span, _)| span.first);
        Some(Span { first: first.min(unreadable), last })
    }

    /// The moment of a record by the wall clock, or of the next one that there is.
    #[must_use]
    pub fn wall_of(&self, seq: u64) -> Option<Wall> {
        let segment = self.segments.iter().find(|segment| segment.span.last >= seq)?;
        let query = "SELECT wall FROM records WHERE seq >= ? ORDER BY seq LIMIT 1";
        segment.db.query_row(query, params![store::signed(seq)], |row| row.get(0)).map(Wall).ok()
    }

    /// The first record that happened at `wall` or later, if there is one.
    #[must_use]
    pub fn seq_at(&self, wall: Wall) -> Option<u64> {
        let Span { first, last } = self.span()?;
        let (mut low, mut high) = (first, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.wall_of(middle).is_some_and(|at| at >= wall) { high = middle } else { low = middle + 1 }
        }
        (low <= last).then_some(low)
    }

    /// The number of the first of the latest `count` records. Numbers may have holes, so they are counted.
    #[must_use]
    pub fn latest(&self, count: u64) -> u64 {
        // Most journals are no longer than that, and counting takes time.
        if let Some(span) = self.span().filter(|span| span.last - span.first < count) {
            return span.first;
        }
        let mut left = count;
        for segment in self.segments.iter().rev() {
            let (query, skip) =
                ("SELECT seq FROM records ORDER BY seq DESC LIMIT 1 OFFSET ?", left.max(1) - 1);
            match segment.db.query_row(query, params![store::signed(skip)], |row| row.get::<_, i64>(0)) {
                Ok(first) => return first.unsigned_abs(),
                Err(rusqlite::Error::QueryReturnedNoRows) => {
                    let there =
                        segment.db.query_row("SELECT count(*) FROM records", [], |row| row.get::<_, i64>(0));
                    left -= there.map_or(0, i64::unsigned_abs).min(left);
                }
                // As much of a damaged one as there is.
                Err(_) => {}
            }
        }
        self.span().map_or(0, |span| span.first)
    }

    /// Brings the records from `from` on, in order, until `each` has enough. Moments are put on a clock on which
    /// `anchor` is now: what happened before lies before it, and never goes back.
    pub fn replay(
        &self,
        from: u64,
        anchor: Now,
        mut each: impl FnMut(u64, Occurrence, Now) -> ControlFlow<()>,
    ) -> Unread {
        let mut place = Place::before(from, anchor);
        self.go_on(&mut place, |record| each(record.seq, record.occurrence, record.now))
    }

    /// The same for a program that goes on at `now`: whatever the wall clock did meanwhile, nothing lies ahead of it.
    /// Records are read on a thread of their own, so that somebody who waits does not wait for both in turn.
    pub fn restore(
        &self,
        from: u64,
        now: Now,
        mut each: impl FnMut(u64, Occurrence, Now) -> ControlFlow<()>,
    ) -> Unread {
        /// Records that are handed over at once, and how often that may be ahead.
        const BATCH: usize = 512;
        const AHEAD: usize = 8;
        let mut place = Place::before(from, now);
        place.timeline.limit = now.at;
        let Ok(reader) = Self::open(&self.path) else {
            return self.go_on(&mut place, |record| each(record.seq, record.occurrence, record.now));
        };
        let (batches, read) = mpsc::sync_channel(AHEAD);
        let thread = std::thread::spawn(move || {
            let mut batch = Vec::with_capacity(BATCH);
            let unread = reader.go_on(&mut place, |record| {
                batch.push(record);
                if batch.len() < BATCH {
                    return ControlFlow::Continue(());
                }
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                // Nobody wants more when the other end is gone.
                if batches.send(full).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            let _ = batches.send(batch);
            unread
        });
        for record in read.iter().flatten() {
            if each(record.seq, record.occurrence, record.now).is_break() {
                break;
            }
        }
        drop(read);
        // A panic of that thread has been reported by the panic hook.
        thread.join().unwrap_or_default()
    }

    /// Brings the records behind a place, in order, until `each` has enough, and moves the place behind them.
    pub fn go_on(&self, place: &mut Place, mut each: impl FnMut(Record) -> ControlFlow<()>) -> Unread {
        let mut unread = Unread::default();
        for segment in &self.segments {
            if segment.span.last < place.next {
                continue;
            }
            self.pass_unreadable(place, segment.span.first, &mut unread);
            if segment.go_on(place, &mut unread, &mut each).is_break() {
                return unread;
            }
        }
        self.pass_unreadable(place, u64::MAX, &mut unread);
        unread
    }

    /// Moves a place behind files of which nothing can be read, as far as they lie before `end`.
    fn pass_unreadable(&self, place: &mut Place, end: u64, unread: &mut Unread) {
        for (span, why) in &self.unreadable {
            if span.last >= place.next && span.first < end {
                unread.note(span.last - span.first + 1, || why.clone());
                place.next = span.last + 1;
            }
        }
    }
}

/// Puts the moments of several runs, each with a monotonic clock of its own, on one.
#[derive(Debug, Clone, Copy)]
struct Timeline {
    anchor: Now,
    /// No moment lies behind this one.
    limit: At,
    /// Where the clock of the run stood at its first record, and where that lies on ours.
    base: Option<(u64, At)>,
    last: At,
}

impl Timeline {
    const fn new(anchor: Now) -> Self {
        Self { anchor, limit: At::from_micros(u64::MAX), base: None, last: At::from_micros(0) }
    }

    fn put(&mut self, starts: bool, at: u64, wall: Wall) -> Now {
        if starts {
            self.base = None;
        }
        let (start, base) = *self.base.get_or_insert_with(|| {
            let off = wall.0.saturating_sub(self.anchor.wall.0);
            let span = Duration::from_micros(off.unsigned_abs());
            let base = if off < 0 { self.anchor.at.back(span) } else { self.anchor.at + span };
            // Where the wall clock was set back meanwhile, this run begins where the one before ended.
            (at, base.max(self.last))
        });
        let at = base + Duration::from_micros(at.saturating_sub(start));
        self.last = at.min(self.limit).max(self.last);
        Now { at: self.last, wall }
    }
}

impl Segment {
    /// Opens a segment for reading; none when nothing is in it yet.
    fn open(file: &Path) -> Result<Option<Self>, JournalError> {
        let database = |why| JournalError::Database { path: file.to_owned(), why };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(file, flags).map_err(database)?;
        db.busy_timeout(Duration::from_secs(2)).map_err(database)?;
        // Else a file that is shorter than it says cannot be read at all. Nothing is written here.
        db.pragma_update(None, "writable_schema", true).map_err(database)?;
        if std::fs::metadata(file).is_ok_and(|facts| facts.len() == 0) {
            return Ok(None);
        }
        store::check(&db, file)?;
        let number = |query| db.query_row(query, [], |row| row.get::<_, Option<i64>>(0));
        let first = match number("SELECT min(seq) FROM records") {
            Ok(None) => return Ok(None),
            Ok(Some(first)) => first.unsigned_abs(),
            Err(error) => store::first_of(file).ok_or_else(|| database(error))?,
        };
        // Of a file that lost its end nobody knows how long it was; what is there can be read nonetheless.
        let last = number("SELECT max(seq) FROM records").ok().flatten().map(i64::unsigned_abs);
        let span = Span { first, last: last.unwrap_or(first + MOST) };
        Ok(Some(Self { file: file.to_owned(), db, span, whole: last.is_some() }))
    }

    fn go_on(
        &self,
        place: &mut Place,
        unread: &mut Unread,
        each: &mut impl FnMut(Record) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        place.next = place.next.max(self.span.first);
        let mut skip = 1;
        while place.next <= self.span.last {
            let before = place.next;
            match self.run(place, unread, each) {
                Ok(flow) => return flow,
                // A page cannot be read: on with what lies behind it, in ever longer steps.
                Err(error) => {
                    skip = if place.next > before { 1 } else { skip * 2 };
                    let beyond = (place.next + skip).min(self.span.last + 1);
                    unread.note(if self.whole { beyond - place.next } else { 1 }, || {
                        format!("{}: {error}", self.file.display())
                    });
                    place.next = beyond;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Brings records as far as they can be read, and moves the place behind the last that was brought.
    fn run(
        &self,
        place: &mut Place,
        unread: &mut Unread,
        each: &mut impl FnMut(Record) -> ControlFlow<()>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        let query = "SELECT seq, at, wall, kind, call, body, sum FROM records WHERE seq >= ? ORDER BY seq";
        let mut statement = self.db.prepare_cached(query)?;
        let mut rows = statement.query(params![store::signed(place.next)])?;
        while let Some(row) = rows.next()? {
            let seq = row.get::<_, i64>(0)?.unsigned_abs();
            place.next = seq + 1;
            let text =
                |column| row.get_ref(column).ok().and_then(|value| value.as_str_or_null().ok()).flatten();
            let (kind, body) = (text(3).unwrap_or_default(), text(5).unwrap_or_default());
            let (at, wall) = (row.get::<_, i64>(1)?.unsigned_abs(), Wall(row.get(2)?));
            if row.get::<_, i64>(6) != Ok(i64::from(store::sum(seq, at, wall, kind, text(4), body))) {
                unread.note(1, || format!("{}: record {seq} is damaged", self.file.display()));
                continue;
            }
            let now = place.timeline.put(kind == "start", at, wall);
            match coding::decode(kind, text(4), body, now) {
                Ok(occurrence) => {
                    if each(Record { seq, occurrence, now, after: *place }).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Err(why) => unread.note(1, || format!("{}: record {seq}: {why}", self.file.display())),
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
