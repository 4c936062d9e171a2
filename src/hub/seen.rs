//! What the observer is told of the data path.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::time::At;

/// One application's connection through the hub. Never used again within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PipeId(pub u64);

impl fmt::Display for PipeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The application that connected to the hub.
    Application,
    /// The Relay service that the hub connected to.
    Service,
}

/// Why a pipe is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ended {
    /// This side ended first, in whatever way.
    By(Side),
    /// This side took no bytes for too long and was cut.
    Stuck(Side),
    /// The first message of the application was not what access to the hub takes.
    NotAdmitted,
    /// The hub was stopped.
    Stopped,
}

/// What is told about the pipes, in order for each of them: `Opened` first, `Closed` last. Text and bytes are as they
/// came from the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The service has accepted the WebSocket of an application.
    Opened {
        /// Which pipe.
        pipe: PipeId,
        /// Where the application connected from.
        peer: SocketAddr,
        /// What it calls itself in `User-Agent`.
        user_agent: Option<String>,
    },
    /// A copy of a data message, text or binary, put together from its frames and unmasked.
    Message {
        /// Which pipe.
        pipe: PipeId,
        /// Who sent it.
        from: Side,
        /// When its last byte arrived.
        at: At,
        /// What it says: UTF-8 and JSON only if the sender kept to that. What is kept for long should be copied: large
        /// ones count against the memory that copies may take until the last reference to them is gone.
        bytes: Bytes,
        /// It came from the service, contains the mark, and was not passed on to the application.
        ours: bool,
    },
    /// So many messages of the pipe were not told, because the observer was too slow.
    Lost {
        /// Which pipe.
        pipe: PipeId,
        /// How many since the last that was told.
        count: u64,
    },
    /// The last that is told of a pipe.
    Closed {
        /// Which pipe.
        pipe: PipeId,
        /// Why it ended.
        why: Ended,
    },
}
