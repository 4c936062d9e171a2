//! Relay in a box: a simulated service that speaks both dialects, for the demo and for tests.
//!
//! [`World`] is the switch, a pure machine; [`server`] puts it behind real sockets. What happens is written in a
//! scenario ([`Script`], TOML). [`Ledger`] tells tests what was sent, acknowledged, received and executed.
//!
//! Every key of a scenario:
//! ```toml
#![doc = include_str!("scenarios/example.toml")]
//! ```

mod agenda;
mod arrival_script;
mod arrivals;
mod blade;
mod bulk;
pub mod command;
mod commands;
mod fault_script;
mod faults;
mod feed;
mod flood;
mod garbage;
pub mod ledger;
mod leg;
mod login;
mod offers;
mod operations;
mod party;
mod past;
mod requests;
mod rule_script;
pub mod script;
pub mod server;
mod session;
#[cfg(test)]
mod tests;
pub mod tls;
pub mod world;

pub use bulk::Frames;
pub use ledger::Ledger;
pub use leg::Leg;
pub use script::{Script, ScriptError};
pub use world::{ClientId, Input, Output, Stage, World};
