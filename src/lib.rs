//! callboard: watch live SignalWire Relay calls in a terminal and act on them.

pub mod calling;
pub mod catalog;
pub mod cli;
pub mod client;
pub mod config;
pub mod exit;
pub mod harden;
pub mod headless;
pub mod listing;
pub mod model;
pub mod protocol;
pub mod sim;
pub mod time;
pub mod ui;
pub mod view;
