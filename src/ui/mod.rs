//! What the user is doing: commands, keys, layers, forms, selection. Pure: input and the model in, effects out.

pub mod act;
pub mod app;
pub mod availability;
pub mod chord;
pub mod command;
pub mod form;
pub mod keymap;
pub mod layer;
pub mod list;
pub mod msg;
pub mod perform;
pub mod template;

pub use app::App;
pub use msg::{Effect, Msg};
