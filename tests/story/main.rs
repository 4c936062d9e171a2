//! Stories: what a supervisor does and sees, with everything but the sockets and the terminal.

mod harness;
mod tasks;
