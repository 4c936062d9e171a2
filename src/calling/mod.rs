//! The Call API of Relay: a client, its calls, their methods in waiting and `_async` form, actions and results.
//!
//! Everything that acts on a call goes through here: the console, the headless commands, and programs that use this
//! crate. A method in its plain form (`play_tts`) waits until the operation is over and gives its result; its
//! `_async` form gives an action as soon as the service has accepted the command.

pub mod action;
pub mod attached;
mod call;
mod client;
mod core;
pub mod desk;
mod error;
mod handler;
mod host;
pub mod names;
pub mod params;
pub mod result;
pub mod resync;

pub use action::{
    Action, CollectAction, ConnectAction, DetectAction, FaxAction, PlayAction, PromptAction, RecordAction,
    SendDigitsAction, StreamAction, TapAction,
};
pub use call::Call;
pub use client::{Client, ClientConfig, Connection, DIAL_WAIT, Incoming};
pub use core::Witness;
pub use desk::{Ask, ControlValue, Desk, PauseBehavior, dial_via};
pub use error::Error;
pub use handler::Handler;
pub use host::Host;
pub use names::CallEvent;
pub use result::RelayEvent;
