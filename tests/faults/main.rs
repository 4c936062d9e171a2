//! The faults of networks, services, hosts and terminals, each one a named test with one expected outcome.
//!
//! `cargo test --test faults` tries each with three seeds; `FAULT_SEEDS=100 cargo test --release --test faults` is the
//! long run, and `FAULT_SEED=17 cargo test --test faults f05` tries one seed again. A seed decides the moment of the
//! fault, what happens on the floor before and after it, how bytes are cut and how long they take. What is not about
//! real sockets, processes or terminals runs in invented time: a client over [`line`]s to a [`switch`], which is
//! `sim::World` with an [`account`] of its own. At the end of each such test [`invariants`] holds what the client
//! knows against both accounts.

#![cfg(test)]
#![expect(clippy::needless_pass_by_value, reason = "helpers that take JSON by value read better")]

mod account;
mod audit;
mod blade;
mod defects;
mod disk;
mod frames;
mod host;
mod invariants;
mod line;
mod link;
mod login;
mod outlet;
mod protocol;
mod reach;
mod resync;
mod rig;
mod screen;
mod secrets;
mod switch;
#[path = "../pty/terminal.rs"]
#[expect(dead_code, reason = "tests/pty uses the rest of it")]
mod terminal;
mod town;
