//! One connection to Relay: a pure session machine and the link that gives it a socket.

pub mod backoff;
pub mod event;
mod recall;
pub mod session;

pub use event::{ClientEvent, LinkState, Outcome, Received, Submission, Ticket};
pub use session::{Credentials, Session, SessionConfig};
