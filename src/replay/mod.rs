//! What was known at an earlier moment: a journal as a tape, its player, and the console that shows it.

mod past;
mod player;
mod tape;

pub use past::Past;
pub use player::Player;
pub use tape::{Goal, Taken, Tape};

#[cfg(test)]
mod tests;
