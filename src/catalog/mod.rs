//! What a call can be asked to do, as data: the table of methods, their fields and rules, and how the values of
//! a method become the params of its command. Forms, validation, help and the tests all read this one table.

pub mod check;
pub mod choices;
pub mod fill;
pub mod kind;
pub mod line;
pub mod method;
mod plan;
mod playlist;
mod rows;
mod rule;
mod sample;
mod syntax;
pub mod wire;

pub use check::{FieldError, InvalidParams, check, warnings};
pub use fill::{fill, fill_json, text_of};
pub use kind::{ActionKind, Control};
pub use method::{Choice, Field, Group, Kind, Method, Only, Scope, Surface, Values, When};
pub use rows::METHODS;
pub use sample::sample;
pub use wire::{Target, wire};

/// The method of this name or alias.
#[must_use]
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().copied().find(|row| row.name == name || row.aliases.contains(&name))
}

/// The name of a method, a control or a change of contexts, as this program spells it; `command` for any other.
#[must_use]
pub fn name_of(name: &str) -> &'static str {
    let other = ["probe", "stop", "pause", "resume", "volume", "start_input_timers", "receive", "unreceive"];
    let other = || other.into_iter().find(|other| *other == name);
    method(name).map(|method| method.name).or_else(other).unwrap_or("command")
}

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod tests;
