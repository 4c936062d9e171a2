//! callboard: watch live SignalWire Relay calls in a terminal and act on them.
//!
//! | Module | What it is |
//! |---|---|
//! | [`protocol`] | the wire: frames, events, identifiers, the sanitiser |
//! | [`catalog`] | what a call can be asked to do, as data: methods, fields, rules |
//! | [`client`] | one connection: the pure session machine and its socket |
//! | [`model`] | what is known about calls: the one interpretation of every event |
//! | [`filter`] | which calls are meant: one grammar for lists, marks, rules and scripts |
//! | [`alert`] | what is not as it should be, and what somebody waits for |
//! | [`calling`] | the Call API: client, calls, methods, actions, results |
//! | [`sim`] | Relay in a box: the pure world and its server |
//! | [`ui`] | what the user is doing: commands, keys, forms; pure |
//! | [`view`] | state to pixels |
//! | [`run`], [`term`], [`signals`], [`gate`] | the console's shell: loop, terminal, signals, frame rate |
//! | [`headless`] | the console's twins without a screen |
//! | [`cli`], [`config`], [`setup`], [`listing`], [`trace`], [`exit`], [`harden`] | command line and configuration |
//!
//! Who may import whom: `protocol` is below everything; `catalog` knows it; `client` knows both; `model` knows
//! `client`'s plain data; `filter` knows `model`, `alert` knows both; `calling` is the only way from there to the
//! wire; `ui` knows `calling` and `model`, never a widget; `view` knows `ui`, never a socket. `tests/layers.rs`
//! holds it.

pub mod alert;
pub mod calling;
pub mod catalog;
pub mod cli;
pub mod client;
pub mod config;
pub mod exit;
pub mod filter;
pub mod gate;
pub mod harden;
pub mod headless;
pub mod listing;
pub mod model;
pub mod protocol;
pub mod run;
pub mod setup;
pub mod signals;
pub mod sim;
pub mod term;
pub mod time;
pub mod trace;
pub mod ui;
pub mod view;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
