//! The journal: everything that happened, kept on disk before the service is told that we have it.
//!
//! A journal is a folder of SQLite files, each a segment named by its first record, mode 0600. A record is one
//! [`Occurrence`](crate::model::Occurrence); state is a function of their sequence. One program writes at a time,
//! any number may read.

pub mod coding;
mod error;
mod reader;
mod seen;
mod store;
mod writer;

pub use error::JournalError;
pub use reader::{Place, Reader, Record, Span, Unread};
pub use seen::{Seen, event_of};
pub use store::Bounds;
pub use writer::{AuditHealth, Health, Journal, limit};

#[cfg(test)]
mod tests;
