//! The headless twins of the console: the same client without a screen, for scripts and load tests.

mod act;
mod call;
mod calls;
mod events;
mod history;
mod json;
mod reach;
mod steps;
mod tap;
mod wall;

pub use act::act;
pub use call::call;
pub use calls::calls;
pub use events::events;
pub use history::history;
pub use wall::wall;
