//! What leaves the console: copies, files and notifications, by the ways that the settings allow.

use std::io::{self, Write};

use crate::clip::Way;
use crate::config::Settings;
use crate::osc::{self, Between, Notices};
use crate::protocol::Shown;
use crate::{clip, exports, term};

/// The ways out.
#[derive(Debug, Clone, Copy)]
pub struct Outside {
    clipboard: Way,
    notices: Notices,
    bell: bool,
}

impl Outside {
    /// The ways that these settings allow.
    #[must_use]
    pub const fn new(settings: &Settings) -> Self {
        let Settings { clipboard, notices, bell, .. } = settings;
        Self { clipboard: *clipboard, notices: *notices, bell: *bell }
    }

    /// Copies a text. Says what was done, or why nothing was.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn copy(&self, text: &str, what: &str, terminal: &mut dyn Write) -> io::Result<Result<Shown, Shown>> {
        let named = |words: String| Shown::new(&format!("{what}: {words}"));
        match clip::copy(text, self.clipboard, &variable, terminal) {
            Ok(done) => Ok(done.map(named).map_err(named)),
            Err(error) if term::is_gone(&error) => Ok(Err(named("the terminal is gone".into()))),
            Err(error) => Err(error),
        }
    }

    /// Rings, and shows a notification where the terminal can.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn ring(&self, text: &Shown, terminal: &mut dyn Write) -> io::Result<()> {
        let mut bytes = osc::notification("callboard", text.as_str(), Between::of(&variable), self.notices);
        if self.bell {
            bytes.extend_from_slice(osc::BELL);
        }
        match terminal.write_all(&bytes).and_then(|()| terminal.flush()) {
            Err(error) if !term::is_gone(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Writes an export. Says where it is, or why there is none.
///
/// # Errors
/// With the reason.
pub fn save(name: &str, text: &str) -> Result<Shown, Shown> {
    match exports::save_export(name, text) {
        Ok(path) => Ok(Shown::new(&format!("saved as {}", path.display()))),
        Err(error) => Err(Shown::new(&format!("{name} could not be saved: {error}"))),
    }
}
