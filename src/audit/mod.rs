//! The audit log: who did what to which call, why, and what became of it, in a chain that shows every change.
//!
//! One JSON object a line, a file for each day (UTC), mode 0600, only ever appended to. Each record has the hash of
//! the one before it; the first of a day has that of the last of the day before. What a chain cannot show, that its end
//! was cut off, a head shows that was exported before: see [`Head`].

mod chain;
pub mod command;
mod follow;
mod log;
mod origin;
mod record;
mod verify;

pub use chain::{Hash, Head, Link};
pub use follow::Scribe;
pub use log::{AuditError, Log, newest};
pub use origin::Origin;
pub use record::{BulkNote, Policy, Record};
pub use verify::{Flaw, Report, records, verify};

#[cfg(test)]
mod tests;
