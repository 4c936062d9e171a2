//! What leaves the console: copies, files and notifications, by the ways that settings and terminal allow.

use std::cell::OnceCell;
use std::io::{self, Write};

use crate::config::Settings;
use crate::config::spec::{Clipboard, Notices};
use crate::facts::Facts;
use crate::osc::{self, Between};
use crate::protocol::Shown;
use crate::{clip, exports, term};

/// The ways out.
#[derive(Debug)]
pub struct Outside {
    clipboard: Clipboard,
    notices: Notices,
    bell: bool,
    /// Found out when first needed: tmux has to be asked.
    facts: OnceCell<Facts>,
}

impl Outside {
    /// The ways that these settings allow.
    #[must_use]
    pub const fn new(settings: &Settings) -> Self {
        let Settings { clipboard, notices, bell, .. } = settings;
        Self { clipboard: *clipboard, notices: *notices, bell: *bell, facts: OnceCell::new() }
    }

    /// Copies a text. Says what was done, or why nothing was.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn copy(&self, text: &str, what: &str, terminal: &mut dyn Write) -> io::Result<Result<Shown, Shown>> {
        let named = |words: String| Shown::new(&format!("{what}: {words}"));
        match clip::copy(text, self.clipboard, self.facts(), terminal) {
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
        let facts = self.facts();
        let path = facts.notices(self.notices);
        let mut bytes = osc::notification("callboard", text.as_str(), path, Between::of(facts));
        if self.bell {
            bytes.extend_from_slice(osc::BELL);
        }
        match terminal.write_all(&bytes).and_then(|()| terminal.flush()) {
            Err(error) if !term::is_gone(&error) => Err(error),
            _ => Ok(()),
        }
    }

    fn facts(&self) -> &Facts {
        self.facts.get_or_init(Facts::gather)
    }
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
