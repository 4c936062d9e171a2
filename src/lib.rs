//! callboard: watch live SignalWire Relay calls in a terminal and act on them.

pub mod calling;
pub mod catalog;
pub mod client;
pub mod model;
pub mod protocol;
pub mod sim;
pub mod time;
pub mod ui;
pub mod view;
