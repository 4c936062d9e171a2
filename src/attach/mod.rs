//! Between a hub and its consoles: what they say to each other, and the lines that carry it.
//!
//! | File | What it is |
//! |---|---|
//! | [`message`] | the messages, versioned |
//! | [`mod@reference`] | all of them with examples, for `callboard hub protocol` |
//! | [`wire`] | lines of JSON over any stream, bounded |
//! | [`place`] | where a hub is attached to: a unix socket, or TLS with a client certificate |
//!
//! The console's side is [`crate::calling::attached`], the hub's is [`crate::hub`].

pub mod message;
pub mod place;
pub mod reference;
pub mod wire;

pub use message::{PROTOCOL, Record, ToConsole, ToHub, Welcome};
pub use place::{Place, PlaceError};
