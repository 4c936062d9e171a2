//! `callboard audit`: the proof of a log, its head, and its records, printed.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::chain::Head;
use super::verify::{self, Report};
use crate::cli::{AuditCommand, Since};
use crate::exit::Exit;
use crate::protocol::Shown;
use crate::time::Wall;

/// Runs it. `usual` is the folder of the configuration, `now` the time of day.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(
    command: &AuditCommand,
    usual: Option<&Path>,
    now: Wall,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    let (AuditCommand::Verify { folder, .. }
    | AuditCommand::Head { folder }
    | AuditCommand::List { folder, .. }) = command;
    let Some(folder) = folder.as_deref().or(usual) else {
        writeln!(err, "callboard: no audit log is kept; name the FOLDER of one")?;
        return Ok(Exit::Usage);
    };
    let done = match command {
        AuditCommand::Verify { heads, file, .. } => {
            let mut heads = heads.clone();
            if let Some(file) = file {
                match read_heads(file) {
                    Ok(more) => heads.extend(more),
                    Err(why) => {
                        writeln!(err, "callboard: {}: {why}", file.display())?;
                        return Ok(Exit::Usage);
                    }
                }
            }
            verify::verify(folder, &heads).map(|report| tell(folder, &report, out))
        }
        AuditCommand::Head { .. } => verify::verify(folder, &[]).map(|report| {
            if report.wrong > 0 {
                writeln!(err, "callboard: the log is not whole; `callboard audit verify` tells where")?;
            }
            let seq = report.last.as_ref().map_or(0, |(seq, _)| *seq);
            writeln!(out, "{seq}:{}", report.head)?;
            Ok(Exit::Done)
        }),
        AuditCommand::List { call, since, person, json, .. } => {
            let since = match since {
                Some(Since::Moment(moment)) => moment.clone(),
                Some(Since::Ago(span)) => now.back(*span).rfc3339(),
                None => String::new(),
            };
            let mut written = Ok(());
            let listed = verify::records(folder, |seq, record, line| {
                let meant = record.ts >= since
                    && call.as_ref().is_none_or(|call| record.call.as_ref() == Some(call))
                    && person.as_ref().is_none_or(|person| record.origin.who == *person);
                if meant {
                    let plain = || Shown::whole(&record.line(seq)).to_string();
                    written = writeln!(out, "{}", if *json { line.to_owned() } else { plain() });
                }
                written.is_ok()
            });
            listed.map(|()| written.map(|()| Exit::Done))
        }
    };
    match done {
        Ok(exit) => exit,
        Err(error) => {
            writeln!(err, "callboard: {error}")?;
            Ok(Exit::Failed)
        }
    }
}

/// Reads a file of heads.
fn read_heads(file: &Path) -> Result<Vec<Head>, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let heads = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    heads.map(|(line, number)| line.parse().map_err(|why| format!("line {number}: {why}"))).collect()
}

fn tell(folder: &Path, report: &Report, out: &mut dyn Write) -> io::Result<Exit> {
    for flaw in &report.flaws {
        writeln!(out, "{}", Shown::whole(&flaw.to_string()))?;
    }
    if report.wrong > report.flaws.len() {
        writeln!(out, "and {} more", report.wrong - report.flaws.len())?;
    }
    for torn in &report.torn {
        writeln!(out, "cut off when the program ended: {}", Shown::whole(torn))?;
    }
    if report.wrong > 0 {
        let places = if report.wrong == 1 { "place" } else { "places" };
        writeln!(
            out,
            "NOT WHOLE: {} {places} in {}",
            report.wrong,
            Shown::whole(&folder.display().to_string())
        )?;
        return Ok(Exit::Failed);
    }
    let end = |end: &Option<(u64, String)>| {
        end.as_ref().map_or_else(|| "none".to_owned(), |(seq, ts)| format!("{seq} {}", Shown::new(ts)))
    };
    let plural = |count| if count == 1 { "" } else { "s" };
    let (records, files) = (report.records, report.files as u64);
    writeln!(out, "OK: {records} record{} in {files} file{}", plural(records), plural(files))?;
    writeln!(out, "first {}", end(&report.first))?;
    writeln!(out, "last  {}", end(&report.last))?;
    writeln!(out, "head  {}:{}", report.last.as_ref().map_or(0, |(seq, _)| *seq), report.head)?;
    writeln!(out, "heads {} found in it", report.heads)?;
    Ok(Exit::Done)
}
