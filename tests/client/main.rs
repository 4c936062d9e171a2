//! The client library as dialogues: the session machine, the model, the golden frames, and the link over an
//! in-memory socket in invented time.

#![cfg(test)]
#![expect(clippy::needless_pass_by_value, reason = "helpers that take JSON by value read better")]

mod actions;
mod blade;
mod calls;
mod commands;
mod corpus;
mod doubt;
mod events;
mod floor;
mod login;
mod playbook;
mod properties;
mod wire;
