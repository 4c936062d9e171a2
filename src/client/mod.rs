//! One connection to Relay: a pure session machine and the link that gives it a socket.

pub mod backoff;
pub mod endpoint;
pub mod event;
pub mod link;
mod note;
pub mod others;
pub mod recall;
pub mod session;

pub use endpoint::{Endpoint, EndpointError};
pub use event::{ClientEvent, Kept, LinkState, Outcome, Progress, Received, Submission, Ticket};
pub use others::{AppId, Application, By, Claim, OURS, Person, Present};
pub use session::{Credentials, Session, SessionConfig};
