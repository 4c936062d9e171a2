//! The hub: a process between Relay applications and the service, to which consoles attach.
//!
//! | File | What it is for |
//! |---|---|
//! | [`rights`] | what a person can be allowed: single rights, and roles as bundles of them; pure |
//! | [`scope`] | on which calls: contexts, numbers, owners; pure |
//! | [`people`] | who may attach, and what each gets; pure |
//! | [`settings`] | what the hub runs with, and that nobody gets in by mistake; pure |
//! | [`projects`] | which accounts may pass through the hub; pure |
//! | [`identity`] | who is at the other end of a socket, and TLS that asks for certificates |
//! | [`local`] | the unix socket for consoles on this machine |
//! | [`mod@env`] | what points applications at the hub; pure |
//! | [`mod@unit`] | the unit file for systemd; pure |
//! | [`mod@decide`] | the one gate: whether this person may do this to that call, and if not why; pure |
//! | [`spree`] | the same for whoever acts on one call after another; pure |

pub mod decide;
pub mod env;
pub mod identity;
pub mod local;
pub mod people;
pub mod projects;
pub mod rights;
pub mod scope;
pub mod settings;
pub mod spree;
pub mod unit;

pub use decide::{About, Act, Denied, Grant, Wanted, Whose, decide};
pub use people::{Caller, People, Person, Proof, Stranger};
pub use rights::{Right, Rights, Role};
pub use scope::{Particulars, Scope};
pub use spree::Spree;
