//! Reading a log: whether its chain is whole, whether heads that were exported are in it, and what its records say.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::chain::{self, Hash, Head, Link};
use super::log::{AuditError, HEADS, files};
use super::record::Record;

/// More flaws are only counted.
const TOLD: usize = 20;

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1; 0 when it is about no line.
    pub line: usize,
    /// What.
    pub what: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.line {
            0 => write!(f, "{file}: {}", self.what),
            line => write!(f, "{file}:{line}: {}", self.what),
        }
    }
}

/// What a log comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Records whose place in the chain is right.
    pub records: u64,
    /// Files.
    pub files: usize,
    /// The first record, with its time.
    pub first: Option<(u64, String)>,
    /// The last record, with its time.
    pub last: Option<(u64, String)>,
    /// The hash of the last record.
    pub head: Hash,
    /// What is wrong; of many the first.
    pub flaws: Vec<Flaw>,
    /// How much is wrong.
    pub wrong: usize,
    /// Heads that were looked for and found.
    pub heads: usize,
    /// Lines that a crash cut off and that are set aside, or will be.
    pub torn: Vec<String>,
}

impl Report {
    fn wrong(&mut self, file: &Path, line: usize, what: impl Into<String>) {
        self.wrong += 1;
        if self.flaws.len() < TOLD {
            self.flaws.push(Flaw { file: file.to_owned(), line, what: what.into() });
        }
    }
}

/// Reads a whole log, and looks for these heads and those beside it.
///
/// # Errors
/// When there is no log, or the disk says no.
pub fn verify(folder: &Path, heads: &[Head]) -> Result<Report, AuditError> {
    let mut report = Report::default();
    let disk = |path: &Path| {
        let path = path.to_owned();
        move |why| AuditError::Disk { path, why }
    };
    let paths = log_of(folder)?;
    let mut wanted: BTreeMap<u64, Vec<Hash>> = BTreeMap::new();
    for head in own_heads(folder).iter().chain(heads) {
        wanted.entry(head.seq).or_default().push(head.hash);
    }
    let mut before = Link { seq: 0, prev: Hash::default(), hash: Hash::default() };
    let mut line_before: Option<String> = None;
    report.files = paths.len();
    for (index, path) in paths.iter().enumerate() {
        let mut reader = BufReader::new(File::open(path).map_err(disk(path))?);
        for number in 1.. {
            let mut bytes = Vec::new();
            if reader.read_until(b'\n', &mut bytes).map_err(disk(path))? == 0 {
                break;
            }
            if bytes.pop_if(|byte| *byte == b'\n').is_none() {
                if index + 1 == paths.len() {
                    // It is being written, or was when the program ended; nothing can follow it.
                    report.torn.push(format!("{}:{number}", path.display()));
                } else {
                    report.wrong(path, number, "the record has no end");
                }
                break;
            }
            let line = String::from_utf8_lossy(&bytes).into_owned();
            let link = match chain::open(&line) {
                Ok(link) => link,
                Err(why) => {
                    report.wrong(path, number, why);
                    line_before = Some(line);
                    continue;
                }
            };
            let follows = match line_before.take() {
                None => place(&before, &link),
                // What stands in the place of the record before was told of. Whether this one follows it is clear when
                // a log was continued behind it, and else by the numbers alone.
                Some(line) if link.prev == Hash::of(&line) => Ok(()),
                Some(_) if link.seq == before.seq + 2 => Ok(()),
                Some(_) => place(&before, &link),
            };
            match follows {
                Ok(()) => report.records += 1,
                Err(what) => report.wrong(path, number, what),
            }
            for hash in wanted.remove(&link.seq).unwrap_or_default() {
                if hash == link.hash {
                    report.heads += 1;
                } else {
                    let what = format!("record {} is not the one whose head was exported", link.seq);
                    report.wrong(path, number, what);
                }
            }
            let ts = serde_json::from_str::<Record>(&line).map(|record| record.ts).unwrap_or_default();
            report.first.get_or_insert_with(|| (link.seq, ts.clone()));
            report.last = Some((link.seq, ts));
            report.head = link.hash;
            before = link;
        }
    }
    let end = report.last.as_ref().map_or(0, |(seq, _)| *seq);
    let last = paths.last().map_or(folder, PathBuf::as_path).to_owned();
    for seq in wanted.keys().filter(|seq| **seq > 0) {
        let what = if *seq > end {
            format!(
                "the log ends with record {end}, but the head of record {seq} was exported: its end is missing"
            )
        } else {
            format!("record {seq}, whose head was exported, is missing")
        };
        report.wrong(&last, 0, what);
    }
    report.torn.extend(set_aside(folder));
    Ok(report)
}

/// Whether a record follows another; if not, what is wrong.
fn place(before: &Link, link: &Link) -> Result<(), String> {
    let expected = before.seq + 1;
    match link.seq {
        seq if seq == expected && link.prev == before.hash => Ok(()),
        seq if seq == expected => {
            Err(format!("record {seq} does not follow the record before it: one of the two is another"))
        }
        seq if seq > expected => {
            let missing = seq - expected;
            let records = if missing == 1 { "1 record is".into() } else { format!("{missing} records are") };
            Err(format!("{records} missing before record {seq}"))
        }
        seq => Err(format!("record {seq} stands where record {expected} should be")),
    }
}

fn log_of(folder: &Path) -> Result<Vec<PathBuf>, AuditError> {
    let missing = || AuditError::Missing { path: folder.to_owned() };
    let paths = files(folder).map_err(|_| missing())?;
    if paths.is_empty() && !folder.join("lock").exists() { Err(missing()) } else { Ok(paths) }
}

/// The heads beside a log. A line that is none is no proof of anything.
fn own_heads(folder: &Path) -> Vec<Head> {
    let text = fs::read_to_string(folder.join(HEADS)).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().filter_map(|line| line.parse().ok()).collect()
}

fn set_aside(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path().display().to_string());
    let mut torn: Vec<_> = paths.filter(|path| path.ends_with(".torn")).collect();
    torn.sort();
    torn
}

/// Brings every record of a log that can be read, with its number and its line, oldest first, until `each` has enough.
///
/// # Errors
/// When there is no log, or the disk says no.
pub fn records(folder: &Path, mut each: impl FnMut(u64, &Record, &str) -> bool) -> Result<(), AuditError> {
    for path in log_of(folder)? {
        let disk = |why| AuditError::Disk { path: path.clone(), why };
        for line in BufReader::new(File::open(&path).map_err(disk)?).split(b'\n') {
            let line = String::from_utf8_lossy(&line.map_err(disk)?).into_owned();
            let (Ok(link), Ok(record)) = (chain::open(&line), serde_json::from_str::<Record>(&line)) else {
                continue;
            };
            if !each(link.seq, &record, &line) {
                return Ok(());
            }
        }
    }
    Ok(())
}
