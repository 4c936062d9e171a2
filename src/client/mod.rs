//! One connection to Relay: a pure session machine and the link that gives it a socket.

pub mod backoff;
pub mod endpoint;
pub mod event;
pub mod link;
mod note;
mod recall;
pub mod session;

pub use endpoint::{Endpoint, EndpointError};
pub use event::{ClientEvent, Kept, LinkState, Outcome, Progress, Received, Submission, Ticket};
pub use session::{Credentials, Session, SessionConfig};
