//! The data path of the hub: nothing is changed, nothing is held up, and nobody who should not comes in.

#![cfg(test)]

mod floor;
mod frames;
mod hostile;
mod killed;
mod limits;
mod path;
mod rig;
mod speech;
mod story;
mod strangers;
