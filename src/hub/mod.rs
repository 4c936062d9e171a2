//! The hub: a process between Relay applications and the service, to which consoles attach. It lets others see and steer
//! the calls of the applications.
//!
//! | File | What it is |
//! |---|---|
//! | [`listen`] | where applications connect: start here |
//! | [`upgrade`] | who may come in, and what the service gets to see of it: pure |
//! | [`pace`] | how often an address may knock: pure |
//! | [`upstream`], [`socket`] | the way to the service; TCP with or without TLS |
//! | [`authority`] | the certificate for applications that insist on wss |
//! | [`frames`] | where frames and messages begin and end in a stream: pure |
//! | [`gather`] | the copy of a message, from its frames: pure |
//! | [`mark`] | the word by which a message is known to be for us |
//! | [`pass`] | the application's bytes on their way: pure |
//! | [`hold`] | the service's bytes on their way: pure |
//! | [`pipe`] | one application's connection: moves the bytes |
//! | [`injector`] | where frames of our own are handed in |
//! | [`seen`], `outlet` | what the observer is told, and the way there |
//! | [`batches`] | how the observer listens without being woken for each frame |
//! | [`counters`] | what passed, in figures |
//! | [`mod@line`] | what is learned of one application by listening: pure |
//! | [`asked`] | the commands of applications, as methods: pure |
//! | `lookalike` | ids of applications that look like ours: pure |
//! | [`floor`] | everything that passes, understood; what is asked for through applications: pure |
//! | [`tickets`] | the numbers of commands: pure |
//! | [`rights`] | what a person can be allowed: single rights, and roles as bundles of them; pure |
//! | [`scope`] | on which calls: contexts, numbers, owners; pure |
//! | [`mod@decide`] | whether this person may do this to that call, and if not why; pure |
//! | [`spree`] | the same for whoever acts on one call after another; pure |
//! | [`gate`] | a command, as they weigh it: what every console asks for comes by here; pure |
//! | [`people`] | who may attach, and what each gets; pure |
//! | [`settings`] | what the hub runs with, and that nobody gets in by mistake; pure |
//! | [`projects`] | which accounts may pass through the hub; pure |
//! | [`identity`] | who is at the other end of a socket, and TLS that asks for certificates |
//! | [`local`] | the unix socket for consoles on this machine |
//! | [`serve`] | the hub, running; the loop between what passes and what is known |
//! | [`console`] | one console: who it is, what it is told, what it asks for |
//! | [`chronicle`] | what consoles are told: all that is known, and all that happens |
//! | [`attendance`] | who is at the consoles, and what they look at: pure |
//! | [`mod@env`] | what points applications at the hub; pure |
//! | [`mod@unit`] | the unit file for systemd; pure |
//!
//! Bytes pass first and as they are; only copies are looked at. What the observer does, or that it is gone, never
//! holds a byte back.

pub mod asked;
pub mod attendance;
pub mod authority;
pub mod batches;
pub mod chronicle;
pub mod console;
pub mod counters;
pub mod decide;
pub mod env;
pub mod floor;
pub mod frames;
pub mod gate;
pub mod gather;
pub mod hold;
pub mod identity;
pub mod injector;
pub mod line;
pub mod listen;
pub mod local;
mod lookalike;
pub mod mark;
mod outlet;
pub mod pace;
pub mod pass;
pub mod people;
pub mod pipe;
pub mod projects;
pub mod rights;
pub mod scope;
pub mod seen;
pub mod serve;
pub mod settings;
pub mod socket;
pub mod spree;
pub mod tickets;
pub mod unit;
pub mod upgrade;
pub mod upstream;

pub use batches::Batches;
pub use counters::Counters;
pub use decide::{About, Act, Denied, Grant, Wanted, Whose, decide};
pub use injector::{Injected, Injector, Obstacle};
pub use listen::{Access, Limits, ListenError, Options, Running, start};
pub use mark::Mark;
pub use people::{Caller, People, Person, Proof, Stranger};
pub use pipe::Admit;
pub use rights::{Right, Rights, Role};
pub use scope::{Particulars, Scope};
pub use seen::{Ended, PipeId, Seen, Side};
pub use spree::Spree;
