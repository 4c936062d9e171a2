//! What a call can be asked to do, as data: the table of methods, their fields and rules, and how the values of
//! a method become the params of its command. Forms, validation, help and the tests all read this one table.

pub mod kind;

pub use kind::{ActionKind, Control};
