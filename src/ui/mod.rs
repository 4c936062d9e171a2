//! What the user is doing: commands, keys, layers, forms, selection. Pure: input and the model in, effects out.

pub mod act;
pub mod alerts;
pub mod app;
pub mod availability;
pub mod board;
pub mod chord;
pub mod column;
pub mod command;
mod command_copy;
pub mod command_line;
pub mod copy;
pub mod flow;
pub mod form;
pub mod hub;
pub mod input;
pub mod keymap;
pub mod layer;
pub mod line;
pub mod list;
pub mod marks;
pub mod mouse;
pub mod msg;
pub mod outbox;
pub mod palette;
pub mod past;
pub mod perform;
pub mod picker;
pub mod template;
pub mod tour;
pub mod views;
pub mod wall;

pub use app::App;
pub use msg::{Effect, Msg};
