//! The log that is being written: a file for each day, sealed line by line, and the heads beside it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::chain::{self, Hash, Head};
use super::record::Record;
use crate::private::{self, Lock};
use crate::protocol::Shown;
use crate::time::Wall;

/// Ending of the files of records.
const ENDING: &str = ".jsonl";
/// A head is written after so many records.
const RECORDS: u64 = 1_000;
/// So much of the end of the last file is looked at when the log is opened.
const TAIL: u64 = 1024 * 1024;

/// Why an audit log is of no use.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Another program writes to it.
    #[error(
        "the audit log {} is in use by process {process}; end that one, or give this one folders of its own with \
         --audit FOLDER --journal FOLDER, or none with --audit off --journal off", folder.display()
    )]
    Busy {
        /// Which.
        folder: PathBuf,
        /// Who has it, as far as it says.
        process: String,
    },
    /// There is no log at that place.
    #[error("there is no audit log at {}; `callboard info` shows where it is kept", path.display())]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// The disk says no.
    #[error("the audit log {}: {why}; --audit FOLDER takes another, --audit off none", path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// What it says.
        why: io::Error,
    },
}

/// An audit log that is being written.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    _lock: File,
    day: Option<Day>,
    head: Head,
    /// The last head that stands in the file of heads.
    told: u64,
    /// What was not as it should be when the log was opened.
    pub news: Vec<Shown>,
}

/// The file that is written.
#[derive(Debug)]
struct Day {
    name: String,
    file: File,
    /// How long it is: what lies behind that was begun and did not get to its end.
    length: u64,
}

impl Log {
    /// Opens the log in a folder, made if need be. A line that a crash cut off is set aside in a file of its own.
    ///
    /// # Errors
    /// When another program writes to it, or the disk says no.
    pub fn open(folder: &Path) -> Result<Self, AuditError> {
        let disk = |why| AuditError::Disk { path: folder.to_owned(), why };
        private::make_folder(folder).map_err(disk)?;
        let lock = match private::lock(&folder.join("lock")).map_err(disk)? {
            Lock::Ours(file) => file,
            Lock::Taken(process) => return Err(AuditError::Busy { folder: folder.to_owned(), process }),
        };
        let (folder, head) = (folder.to_owned(), Head::default());
        let mut log = Self { folder, _lock: lock, day: None, head, told: 0, news: Vec::new() };
        log.go_on().map_err(disk)?;
        Ok(log)
    }

    /// The newest record.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Whether some records have no head after them yet.
    #[must_use]
    pub const fn lacks_head(&self) -> bool {
        self.head.seq > self.told
    }

    /// Goes on where the log ends: at its last line, of which nothing but its being one is certain.
    fn go_on(&mut self) -> io::Result<()> {
        for path in files(&self.folder)?.iter().rev() {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let mut file = private::options().read(true).append(true).open(path)?;
            self.set_torn_aside(&mut file, &name)?;
            let length = file.metadata()?.len();
            let tail = tail(&mut file, length)?;
            let whole = length <= TAIL;
            let lines: Vec<&str> = tail.lines().skip(usize::from(!whole)).collect();
            if let Some(last) = lines.last() {
                self.resume(&lines, last, &name);
                self.day = Some(Day { name, file, length });
                break;
            }
            // Nothing was written to it yet; it is used when its day is ours.
            if self.day.is_none() {
                self.day = Some(Day { name, file, length });
            }
        }
        self.told = self.head.seq;
        Ok(())
    }

    /// Takes the end of the chain from these lines, and tells when they are no chain.
    fn resume(&mut self, lines: &[&str], last: &str, name: &str) {
        let mut before: Option<chain::Link> = None;
        for line in lines {
            let link = match chain::open(line) {
                Ok(link) => link,
                Err(why) => {
                    self.say(&format!("{name}: {why}; `callboard audit verify` tells more"));
                    before = None;
                    continue;
                }
            };
            if before.is_some_and(|before| before.hash != link.prev || before.seq + 1 != link.seq) {
                self.say(&format!("{name}: records do not follow one another; see `callboard audit verify`"));
            }
            before = Some(link);
        }
        // After a line that is none, the chain goes on from the line as it stands, so that this break stays one.
        let seq = || serde_json::from_str::<serde_json::Value>(last).ok()?.get("seq")?.as_u64();
        self.head = match before {
            Some(link) => Head { seq: link.seq, hash: link.hash, at: Wall::default() },
            None => Head { seq: seq().unwrap_or(0), hash: Hash::of(last), at: Wall::default() },
        };
    }

    fn say(&mut self, what: &str) {
        tracing::error!(why = what, "the audit log is not as it was written");
        self.news.push(Shown::new(&format!("The audit log is not as it was written. {what}")));
    }

    /// A line without an end was being written when the program or the machine ended.
    fn set_torn_aside(&mut self, file: &mut File, name: &str) -> io::Result<()> {
        let length = file.metadata()?.len();
        let tail = tail_bytes(file, length)?;
        let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        let torn = &tail[whole..];
        if torn.is_empty() {
            return Ok(());
        }
        let aside = format!("{name}.torn");
        let mut beside = private::options().append(true).create(true).open(self.folder.join(&aside))?;
        beside.write_all(torn)?;
        beside.write_all(b"\n")?;
        beside.sync_all()?;
        file.set_len(length - torn.len() as u64)?;
        file.sync_all()?;
        tracing::warn!(bytes = torn.len(), "the last line of the audit log was torn; it is set aside");
        let text =
            format!("The last line of the audit log was cut off when the program ended; it is in {aside}.");
        self.news.push(Shown::new(&text));
        Ok(())
    }

    /// Appends records and takes those away that are on the disk. The log is as it was before those that stay.
    ///
    /// # Errors
    /// What the disk says.
    pub fn append(&mut self, records: &mut Vec<Record>) -> io::Result<()> {
        while let Some(first) = records.first() {
            let name = self.name_for(first);
            let same = records.iter().take_while(|record| self.name_for(record) == name).count();
            self.append_to(name, &records[..same])?;
            records.drain(..same);
        }
        if self.head.seq >= self.told + RECORDS {
            self.tell_head()?;
        }
        Ok(())
    }

    /// The file for a record: that of its day, but never one before the file that is written. Clocks can be set back.
    fn name_for(&self, record: &Record) -> String {
        let name = format!("{}{ENDING}", record.ts.get(..10).unwrap_or("0000-00-00"));
        self.day.as_ref().map(|day| day.name.clone()).filter(|day| *day > name).unwrap_or(name)
    }

    fn append_to(&mut self, name: String, records: &[Record]) -> io::Result<()> {
        let (mut head, mut text) = (self.head, String::new());
        for record in records {
            let (line, hash) = chain::seal(&head, &serde_json::to_string(record)?);
            let at = record.ts.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_microsecond);
            head = Head { seq: head.seq + 1, hash, at: Wall(at) };
            text.push_str(&line);
            text.push('\n');
        }
        let day = match self.day.take().filter(|day| day.name == name && !is_gone(&day.file)) {
            Some(day) => day,
            None => self.begin(name)?,
        };
        let day = self.day.insert(day);
        // What an earlier attempt left behind.
        if day.file.metadata()?.len() > day.length {
            day.file.set_len(day.length)?;
        }
        day.file.write_all(text.as_bytes())?;
        day.file.sync_data()?;
        day.length += text.len() as u64;
        self.head = head;
        Ok(())
    }

    fn begin(&self, name: String) -> io::Result<Day> {
        let file = private::options().append(true).create(true).open(self.folder.join(&name))?;
        // The name has to be on the disk, too.
        File::open(&self.folder)?.sync_all()?;
        let length = file.metadata()?.len();
        Ok(Day { name, file, length })
    }

    /// Appends the head to the file of heads, unless it stands there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn tell_head(&mut self) -> io::Result<()> {
        if !self.lacks_head() {
            return Ok(());
        }
        let mut heads = private::options().append(true).create(true).open(self.folder.join(HEADS))?;
        heads.write_all(format!("{}\n", self.head).as_bytes())?;
        heads.sync_data()?;
        self.told = self.head.seq;
        tracing::info!(count = self.head.seq, code = %self.head.hash, "head of the audit log");
        Ok(())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // A disk that fails has been told of.
        let _ = self.tell_head();
    }
}

/// The file of heads.
pub(super) const HEADS: &str = "heads";

/// The files of a log, oldest first.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(is_of_a_day) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file is one of the log, and not an extract that somebody has put beside it.
fn is_of_a_day(name: &str) -> bool {
    let fits =
        |(pattern, byte): (u8, u8)| if pattern == b'0' { byte.is_ascii_digit() } else { byte == pattern };
    let day = name.strip_suffix(ENDING);
    day.is_some_and(|day| day.len() == 10 && b"0000-00-00".iter().copied().zip(day.bytes()).all(fits))
}

/// The newest record of a log, as its last line says; none when there is none.
#[must_use]
pub fn newest(folder: &Path) -> Option<Head> {
    for path in files(folder).ok()?.iter().rev() {
        let mut file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let tail = tail(&mut file, length).ok()?;
        let (whole, _) = tail.rsplit_once('\n').unwrap_or_default();
        if let Some(link) = whole.lines().next_back().and_then(|line| chain::open(line).ok()) {
            return Some(Head { seq: link.seq, hash: link.hash, at: Wall::default() });
        }
    }
    None
}

/// Whether somebody has taken the file away meanwhile.
fn is_gone(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|facts| facts.nlink() == 0)
}

fn tail_bytes(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn tail(file: &mut File, length: u64) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&tail_bytes(file, length)?).into_owned())
}
