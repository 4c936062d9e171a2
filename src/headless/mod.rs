//! The headless twins of the console: the same client without a screen, for scripts and load tests.

mod call;
mod events;
mod history;
mod json;
mod wall;

pub use call::call;
pub use events::events;
pub use history::history;
pub use wall::wall;
