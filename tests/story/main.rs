//! Stories: what a supervisor does and sees, with everything but the sockets and the terminal.

#![cfg(test)]

mod acts;
mod alerts;
mod copy;
mod doubt;
mod find;
mod flow;
mod forms;
mod harness;
mod hub;
mod many;
mod mouse;
mod names;
mod past;
mod profile;
mod properties;
mod reasons;
mod screens;
mod tasks;
mod themes;
mod wall;
