//! The log: a private file, only when asked for, with types, ids and codes in it and never contents or secrets.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use tracing::field::Field;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, fmt};

use crate::cli::LogLevel;

/// The fields that are written. Any other is left out, whoever logs it.
const FIELDS: &[&str] = &[
    "message",
    "attempt",
    "bytes",
    "code",
    "count",
    "duplicate",
    "event_type",
    "exit",
    "gaps",
    "host",
    "millis",
    "outcome",
    "place",
    "restored",
    "state",
    "thread",
    "ticket",
    "why",
];

/// Starts the log. It is complete on disk when the guard is dropped.
///
/// # Errors
/// When the file cannot be opened.
pub fn start(path: &Path, level: LogLevel) -> io::Result<WorkerGuard> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    // Also when it was there already, with other permissions.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    let (writer, guard) = NonBlockingBuilder::default().thread_name("log").finish(file);
    // It can be set once per process; a second log would be a mistake of ours, not of the user.
    let _ = tracing::subscriber::set_global_default(subscriber(writer, level));
    Ok(guard)
}

fn subscriber(writer: NonBlocking, level: LogLevel) -> impl tracing::Subscriber + Send + Sync {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let format = fmt::layer().with_ansi(false).with_writer(writer).fmt_fields(debug_fn(write_field));
    // Libraries below us log frames and more; only our own words are written.
    Registry::default().with(Targets::new().with_target("callboard", level)).with(format)
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn std::fmt::Debug) -> std::fmt::Result {
    match field.name() {
        "message" => write!(writer, "{value:?} "),
        name if FIELDS.contains(&name) => write!(writer, "{name}={value:?} "),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_fields_of_our_own_reach_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let guard = start(&path, LogLevel::Info).unwrap();
        tracing::info!(code = "200", token = "canary-1", "said");
        tracing::debug!(code = "100", "below the level");
        tracing::info!(target: "tungstenite", "canary-2");
        drop(guard);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("said code=\"200\""), "{text}");
        assert!(!text.contains("canary") && !text.contains("below"), "{text}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
