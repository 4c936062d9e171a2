//! Why a journal cannot be opened or read, in words that name the next step.

use std::io;
use std::path::PathBuf;

impl JournalError {
    /// Whether a file is damaged: trying again is of no use.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(self, Self::Database { why, .. }
            if matches!(why.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)))
    }

    /// The cause alone, for where there is little room.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Disk { why, .. } => why.to_string(),
            Self::Database { why, .. } => why.to_string(),
            Self::Busy { .. } | Self::Foreign { .. } | Self::Later { .. } | Self::Missing { .. } => {
                self.to_string()
            }
        }
    }
}

/// Why a journal is of no use.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another program writes to it.
    #[error(
        "the journal {} is in use by process {process}; end that one, or give this one a journal of its own with \
         --journal FOLDER, or none with --journal off", folder.display()
    )]
    Busy {
        /// Which.
        folder: PathBuf,
        /// Who has it, as far as it says.
        process: String,
    },
    /// A file is no journal.
    #[error("{} is not a journal of callboard", file.display())]
    Foreign {
        /// Which.
        file: PathBuf,
    },
    /// A file is a journal of a later version.
    #[error("{} was written by a later version of callboard (format {version}); use that one", file.display())]
    Later {
        /// Which.
        file: PathBuf,
        /// Its format.
        version: i64,
    },
    /// There is no journal at that place.
    #[error("there is no journal at {}; `callboard info` shows where it is kept", path.display())]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// The disk says no.
    #[error("the journal {}: {why}; --journal FOLDER takes another, --journal off none", path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// What it says.
        why: io::Error,
    },
    /// The database says no.
    #[error("the journal {}: {why}; --journal FOLDER takes another, --journal off none", path.display())]
    Database {
        /// Where.
        path: PathBuf,
        /// What it says.
        why: rusqlite::Error,
    },
}
