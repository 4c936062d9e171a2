//! What the console does outside its screen: clipboard, bell and notifications, files, the editor, as the
//! configuration says.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use crate::clip::{self, Way};
use crate::config::{self, Settings, keep::Kept};
use crate::exports;
use crate::facts::Facts;
use crate::osc::{self, Between, Notices};
use crate::protocol::Shown;

/// The ways out.
#[derive(Debug, Clone)]
pub struct Outside {
    way: Way,
    notices: Notices,
    bell: bool,
    editor: Vec<String>,
    /// Where the view is kept; none without a home.
    kept: Option<PathBuf>,
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Outside {
    /// Those that the configuration has. `kept` is the file of the view.
    #[must_use]
    pub fn new(settings: &Settings, kept: Option<PathBuf>) -> Self {
        let facts = Facts::of(&env);
        Self {
            way: settings.clipboard,
            notices: settings.notices.within(&facts.program, &facts.term),
            bell: settings.bell,
            editor: settings.editor.clone(),
            kept,
        }
    }

    /// Copies a text, which is `what`. Says what was done, or why nothing was.
    ///
    /// # Errors
    /// When the terminal does not take it.
    pub fn copy(&self, text: &str, what: &str, terminal: &mut dyn Write) -> io::Result<Result<Shown, Shown>> {
        let named = |words: String| Shown::new(&format!("{what}: {words}"));
        Ok(clip::copy(text, self.way, &env, terminal)?.map(named).map_err(named))
    }

    /// Rings, and tells the desktop.
    ///
    /// # Errors
    /// When the terminal does not take it.
    pub fn notify(&self, text: &Shown, terminal: &mut dyn Write) -> io::Result<()> {
        let mut bytes = osc::notification("callboard", text.as_str(), Between::of(&env), self.notices);
        if self.bell {
            bytes.extend_from_slice(osc::BELL);
        }
        terminal.write_all(&bytes)?;
        terminal.flush()
    }

    /// Writes a text to a new file among the exports. Says where, or why not.
    ///
    /// # Errors
    /// In words.
    pub fn save(&self, name: &str, text: &str) -> Result<Shown, Shown> {
        match exports::save_export(name, text) {
            Ok(path) => Ok(Shown::new(&format!("saved as {}", path.display()))),
            Err(error) => Err(Shown::new(&format!("{name} could not be saved: {error}"))),
        }
    }

    /// Keeps how the view was left.
    ///
    /// # Errors
    /// In words.
    pub fn keep(&self, kept: &Kept) -> Result<(), Shown> {
        let Some(path) = &self.kept else { return Ok(()) };
        config::save_kept(path, kept)
            .map_err(|error| Shown::new(&format!("the view cannot be kept in {}: {error}", path.display())))
    }

    /// A text on its way through the editor.
    ///
    /// # Errors
    /// In words, when there is no editor or no file for it.
    pub fn edit(&self, text: &str) -> Result<Edited, Shown> {
        let Some((program, args)) = self.editor.split_first() else {
            return Err("no editor is set: set `editor`, or $VISUAL or $EDITOR".into());
        };
        let failed = |error: io::Error| Shown::new(&format!("the text cannot be edited: {error}"));
        // Readable by its owner alone, and gone when the text is back.
        let mut file =
            tempfile::Builder::new().prefix("callboard-").suffix(".txt").tempfile().map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        let mut command = Command::new(program);
        command.args(args).arg(file.path());
        Ok(Edited { file, command, program: program.clone() })
    }
}

/// A text that is with the editor.
#[derive(Debug)]
pub struct Edited {
    file: tempfile::NamedTempFile,
    command: Command,
    program: String,
}

/// No text of a form is longer, in bytes.
const LONGEST: u64 = 64 * 1024;

impl Edited {
    /// Starts the editor. The terminal has to be given to it before.
    ///
    /// # Errors
    /// In words, when it cannot be started.
    pub fn start(&mut self) -> Result<std::process::Child, Shown> {
        self.command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                Shown::new(&format!("there is no editor {}: set `editor` or $EDITOR", self.program))
            }
            _ => Shown::new(&format!("{} cannot be started: {error}", self.program)),
        })
    }

    /// The text as the editor left it.
    ///
    /// # Errors
    /// In words, when it reports a failure, or the text is of no use.
    pub fn text(self, status: ExitStatus) -> Result<String, Shown> {
        use io::Read;
        if !status.success() {
            return Err(Shown::new(&format!("{} gave up: the text stays as it was", self.program)));
        }
        let unreadable = |error: io::Error| Shown::new(&format!("the edited text cannot be read: {error}"));
        // By its path: most editors put another file in its place.
        let file = std::fs::File::open(self.file.path()).map_err(unreadable)?;
        let mut text = String::new();
        file.take(LONGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > LONGEST {
            return Err("the edited text is too long for any form: it stays as it was".into());
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(editor: &[&str]) -> Outside {
        let editor = editor.iter().map(|word| (*word).to_owned()).collect();
        Outside { way: Way::Off, notices: Notices::Osc9, bell: false, editor, kept: None }
    }

    fn edited(editor: &[&str]) -> Result<String, Shown> {
        let mut edited = outside(editor).edit("hello\n")?;
        let status = edited.start()?.wait().unwrap();
        edited.text(status)
    }

    #[test]
    fn a_text_comes_back_from_the_editor() {
        assert_eq!(edited(&["sed", "-i", "s/hello/good day/"]).unwrap(), "good day\n");
        assert_eq!(edited(&["true"]).unwrap(), "hello\n");
        let failure = |editor: &[&str]| edited(editor).unwrap_err().to_string();
        assert!(failure(&["false"]).contains("false gave up"));
        assert!(failure(&["/nonexistent/editor"]).contains("there is no editor /nonexistent"));
        assert!(failure(&[]).contains("$EDITOR"));
        assert!(failure(&["truncate", "-s", "70000"]).contains("too long"));
    }

    #[test]
    fn the_bell_and_the_desktop_are_told_apart() {
        let mut terminal = Vec::new();
        outside(&[]).notify(&"alert".into(), &mut terminal).unwrap();
        assert_eq!(terminal, b"\x1b]9; callboard: alert\x07");
        terminal.clear();
        let bell = Outside { notices: Notices::Off, bell: true, ..outside(&[]) };
        bell.notify(&"alert".into(), &mut terminal).unwrap();
        assert_eq!(terminal, b"\x07");
    }
}
