//! callboard: watch live SignalWire Relay calls in a terminal and act on them.

pub mod protocol;
pub mod sim;
pub mod time;
