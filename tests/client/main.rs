//! The client library as dialogues: the session machine, the model, the golden frames, and the link over an
//! in-memory socket in invented time.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "helpers of tests may, as tests do; a body is written where it is used"
)]

mod actions;
mod calls;
mod commands;
mod corpus;
mod events;
mod floor;
mod login;
mod playbook;
mod properties;
mod wire;
