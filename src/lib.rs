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
//! | [`flow`] | a call's life as a ladder and a strip chart: pure |
//! | [`export`] | tables, diagrams and notes for other programs and people: pure |
//! | [`journal`] | what happened, on disk: segments, the writer, reading it again |
//! | [`audit`] | who did what to which call and why: records in a chain, and their proof |
//! | [`replay`] | an earlier moment of a journal, in the same screens |
//! | [`records`] | which of both a run keeps, and how it begins with what they hold |
//! | [`sim`] | Relay in a box: the pure world and its server |
//! | [`hub`] | between applications and the service: bytes pass, copies are looked at |
//! | [`ui`] | what the user is doing: commands, keys, forms; pure |
//! | [`view`] | state to pixels |
//! | [`run`], [`term`], [`signals`], [`gate`], [`watch`], [`start`] | the console's shell: what it begins with, loop, terminal, signals, frame rate, changed files |
//! | [`outside`], [`clip`], [`osc`], [`exports`] | what leaves the console: clipboard, notifications, files, the editor |
//! | `demo` | two applications on the simulated service, for the demo of the hub |
//! | [`headless`] | the console's twins without a screen |
//! | [`hub`] | between applications and the service: who may watch and steer their calls |
//! | [`cli`], [`config`], [`theme_files`], [`setup`], [`listing`], [`trace`], [`exit`], [`harden`] | command line and configuration |
//! | [`certify`] | certificates of our own |
//! | [`when`] | times as people type and read them |
//! | [`doctor`], [`info`], [`facts`], [`manual`] | what helps a user along: checks, paths, terminal facts, manual page |
//!
//! Who may import whom: `protocol` is below everything; `catalog` knows it; `client` knows both; `model` knows
//! `client`'s plain data; `filter` knows `model`, `alert` knows both; `calling` is the only way from there to the
//! wire; `audit` and `journal` know `model`, and `calling` tells them; `ui` knows `calling` and `model`, never a
//! widget; `view` knows `ui`, never a socket. `tests/layers.rs` holds it.

pub mod alert;
pub mod attach;
pub mod audit;
pub mod calling;
pub mod catalog;
pub mod certify;
pub mod cli;
pub mod client;
pub mod clip;
pub mod config;
mod demo;
pub mod doctor;
pub mod exit;
pub mod export;
pub mod exports;
pub mod facts;
pub mod filter;
pub mod flow;
pub mod gate;
pub mod harden;
pub mod headless;
pub mod hub;
pub mod info;
pub mod journal;
pub mod listing;
pub mod manual;
pub mod model;
pub mod osc;
pub mod outside;
mod private;
pub mod protocol;
pub mod records;
pub mod replay;
pub mod run;
pub mod setup;
pub mod signals;
pub mod sim;
pub mod start;
pub mod term;
pub mod theme_files;
pub mod time;
pub mod trace;
pub mod ui;
pub mod view;
pub mod wall;
pub mod watch;
pub mod when;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
