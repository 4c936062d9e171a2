//! The wire: JSON-RPC frames, Relay's events, and the bodies of its commands. Serde only, no I/O, no clock.
//! Field names are the server's own. Everything here is shared by both ends: the client and the sim.

pub mod calling;
pub mod device;
pub mod dialect;
pub mod event;
pub mod frame;
pub mod id;
pub mod lenient;
pub mod secret;
pub mod session;
pub mod shown;
pub mod state;

pub use dialect::Dialect;
pub use id::{CallId, ControlId, NodeId, RequestId, Tag};
pub use secret::Secret;
pub use shown::Shown;
pub use state::{CallState, Direction, EndReason};
