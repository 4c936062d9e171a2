//! The hub: stands between Relay applications and the service, and lets others see and steer their calls.
//!
//! | File | What it is |
//! |---|---|
//! | [`listen`] | where applications connect: start here |
//! | [`upgrade`] | who may come in, and what the service gets to see of it: pure |
//! | [`pace`] | how often an address may knock: pure |
//! | [`upstream`], [`socket`] | the way to the service; TCP with or without TLS |
//! | [`authority`] | the certificate for applications that insist on wss |
//! | [`frames`] | where frames and messages begin and end in a stream: pure |
//! | [`gather`] | the copy of a message, from its frames: pure |
//! | [`mark`] | the word by which a message is known to be for us |
//! | [`pass`] | the application's bytes on their way: pure |
//! | [`hold`] | the service's bytes on their way: pure |
//! | [`pipe`] | one application's connection: moves the bytes |
//! | [`injector`] | where frames of our own are handed in |
//! | [`seen`], `outlet` | what the observer is told, and the way there |
//! | [`batches`] | how the observer listens without being woken for each frame |
//! | [`counters`] | what passed, in figures |
//!
//! Bytes pass first and as they are; only copies are looked at. What the observer does, or that it is gone, never
//! holds a byte back.

pub mod authority;
pub mod batches;
pub mod counters;
pub mod frames;
pub mod gather;
pub mod hold;
pub mod injector;
pub mod listen;
pub mod mark;
mod outlet;
pub mod pace;
pub mod pass;
pub mod pipe;
pub mod seen;
pub mod socket;
pub mod upgrade;
pub mod upstream;

pub use batches::Batches;
pub use counters::Counters;
pub use injector::{Injected, Injector, Obstacle};
pub use listen::{Access, Limits, ListenError, Options, Running, start};
pub use mark::Mark;
pub use pipe::Admit;
pub use seen::{Ended, PipeId, Seen, Side};
