//! The hub: stands between Relay applications and the service, and lets others see and steer their calls.
//!
//! | File | What it is |
//! |---|---|
//! | [`frames`] | where frames and messages begin and end: pure |
//! | [`injector`] | where frames of our own are handed in |
//! | [`seen`] | what the observer is told of the data path, and how it loses nothing without a word |
//!
//! Bytes pass first and as they are; only copies are looked at. What the observer does, or that it is gone, never
//! holds a byte back.

pub mod frames;
pub mod injector;
pub mod seen;

pub use injector::{Injected, Injector, Obstacle};
pub use seen::{Ended, PipeId, Seen, Side};
