//! The console. Not built yet.

use std::io::{self, Write};

use crate::calling::ClientConfig;
use crate::config::Settings;
use crate::exit::Exit;

/// What the console shows.
#[derive(Debug)]
pub enum Source {
    /// The service.
    Service(ClientConfig),
    /// A simulated service within this process.
    Demo,
}

/// Runs the console until the user quits.
///
/// # Errors
/// When the terminal fails.
pub async fn console(_settings: Settings, _source: Source) -> io::Result<Exit> {
    writeln!(io::stderr(), "console not built yet")?;
    Ok(Exit::Failed)
}

/// Prints every key of the console and what it does.
///
/// # Errors
/// When it cannot be written.
pub fn keys(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "console not built yet")
}
