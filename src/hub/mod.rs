//! The hub: a process between Relay applications and the service, to which consoles attach.
//!
//! | File | What it is for |
//! |---|---|
//! | [`rights`] | what a person can be allowed: single rights, and roles as bundles of them; pure |
//! | [`scope`] | on which calls: contexts, numbers, owners; pure |
//! | [`decide`] | the one gate: whether this person may do this to that call now, and if not why; pure |

pub mod decide;
pub mod rights;
pub mod scope;

pub use decide::{About, Act, Denied, Grant, Wanted, Whose, decide};
pub use rights::{Right, Rights, Role};
pub use scope::{Particulars, Scope};
