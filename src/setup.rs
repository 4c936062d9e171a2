//! What happens without credentials: on a terminal a short welcome and the set-up, elsewhere words that help.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::client::Endpoint;
use crate::config::{self, DEFAULT_HOST, Missing, Settings, variable};
use crate::protocol::Secret;
use crate::view::words::wrapped;

/// What the user wants to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Choice {
    /// The demo.
    Demo,
    /// Go on with these, each under the name of the environment variable it stands in for.
    Credentials(Vec<(&'static str, Secret)>),
    /// Nothing.
    Quit,
}

/// Somebody who can be asked, line by line.
pub trait Dialogue {
    /// Says something.
    ///
    /// # Errors
    /// When it cannot be said.
    fn say(&mut self, text: &str) -> io::Result<()>;
    /// Asks for a line; `None` at the end of input.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn line(&mut self, prompt: &str) -> io::Result<Option<String>>;
    /// Asks for a line that is not shown.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn hidden(&mut self, prompt: &str) -> io::Result<Option<Secret>>;
}

/// The user at the terminal.
#[derive(Debug)]
pub struct AtTerminal;

impl Dialogue for AtTerminal {
    fn say(&mut self, text: &str) -> io::Result<()> {
        writeln!(io::stdout(), "{text}")
    }

    fn line(&mut self, prompt: &str) -> io::Result<Option<String>> {
        write!(io::stdout(), "{prompt}")?;
        io::stdout().flush()?;
        let mut line = String::new();
        Ok((io::stdin().read_line(&mut line)? > 0).then(|| line.trim().to_owned()))
    }

    fn hidden(&mut self, prompt: &str) -> io::Result<Option<Secret>> {
        match rpassword::prompt_password(prompt) {
            Ok(text) => Ok(Some(Secret::new(Secret::new(text).reveal().trim()))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether there is somebody to ask.
#[must_use]
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// What to read where nobody can be asked.
pub const HINT: &str = "Set the variables, or run `callboard` on a terminal to set the credentials up.\n\
                        No account? `callboard demo` shows everything on a simulated service.";

/// Asks the user at the terminal. Ctrl-C ends the program.
///
/// # Errors
/// When the terminal fails.
pub fn at_terminal(settings: &Settings, missing: &[Missing]) -> io::Result<Choice> {
    // A program that dies while a hidden line is typed would leave the terminal without echo.
    let modes = rustix::termios::tcgetattr(rustix::stdio::stdin())?;
    let interrupted = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(rustix::stdio::stdin(), now, &modes);
            let _ = writeln!(io::stdout());
            std::process::exit(130);
        }
    });
    let choice = welcome(&mut AtTerminal, settings, missing);
    interrupted.abort();
    choice
}

/// Greets, and asks what to do.
///
/// # Errors
/// When the dialogue fails.
pub fn welcome(dialogue: &mut dyn Dialogue, settings: &Settings, missing: &[Missing]) -> io::Result<Choice> {
    dialogue.say("callboard watches live SignalWire Relay calls in this terminal and acts on them.\n")?;
    for missing in missing {
        // A path that goes over the edge is put on a line of its own.
        let problem = wrapped(&missing.problem(&settings.file).to_string(), 74);
        dialogue.say(&format!("  {}", problem.join("\n    ")))?;
    }
    dialogue.say("")?;
    loop {
        let Some(line) = dialogue.line("[d]emo  [s]et up credentials  [q]uit: ")? else {
            return Ok(Choice::Quit);
        };
        match line.to_lowercase().as_str() {
            "d" | "demo" => return Ok(Choice::Demo),
            "s" | "set up" | "setup" => return set_up(dialogue, settings, missing),
            "q" | "quit" => return Ok(Choice::Quit),
            _ => dialogue.say("Type d, s or q, then Enter.")?,
        }
    }
}

/// Asks for what is missing and offers to keep it.
fn set_up(dialogue: &mut dyn Dialogue, settings: &Settings, missing: &[Missing]) -> io::Result<Choice> {
    let mut entered: Vec<(&'static str, &'static str, Secret)> = Vec::new();
    if settings.host == DEFAULT_HOST {
        match ask_for_space(dialogue)? {
            None => return Ok(Choice::Quit),
            Some(space) if space.is_empty() => {}
            Some(space) => entered.push((variable::SPACE, "space", Secret::new(space))),
        }
    }
    for missing in missing {
        let Some(secret) = ask_for(*missing, dialogue)? else { return Ok(Choice::Quit) };
        let (variable, key) = match missing {
            Missing::Project => (variable::PROJECT, "project"),
            Missing::Token => (variable::TOKEN, "token"),
        };
        entered.push((variable, key, secret));
    }
    offer_to_save(dialogue, &settings.file, &entered)?;
    let typed = entered.into_iter().map(|(variable, _, secret)| (variable, secret));
    Ok(Choice::Credentials(typed.collect()))
}

/// Nothing wrong must get into the file.
fn ask_for_space(dialogue: &mut dyn Dialogue) -> io::Result<Option<String>> {
    loop {
        let prompt = "Space (`example` for example.signalwire.com; empty for any): ";
        let Some(space) = dialogue.line(prompt)? else { return Ok(None) };
        match Endpoint::new(&config::space_host(&space), None) {
            Err(error) if !space.is_empty() => dialogue.say(&error.to_string())?,
            _ => return Ok(Some(space)),
        }
    }
}

fn ask_for(missing: Missing, dialogue: &mut dyn Dialogue) -> io::Result<Option<Secret>> {
    loop {
        let answer = match missing {
            Missing::Project => dialogue.line("Project id: ")?.map(Secret::new),
            Missing::Token => dialogue.hidden("API token (not shown): ")?,
        };
        match answer {
            Some(secret) if secret.is_empty() => dialogue.say("It is needed to log in.")?,
            Some(secret) if secret.reveal().contains(char::is_whitespace) => {
                dialogue.say("There is white space in it.")?;
            }
            answer => return Ok(answer),
        }
    }
}

fn offer_to_save(
    dialogue: &mut dyn Dialogue,
    file: &Path,
    entered: &[(&'static str, &'static str, Secret)],
) -> io::Result<()> {
    if file.as_os_str().is_empty() {
        return Ok(());
    }
    let prompt = format!("Save to {}, readable by you alone? [y/N] ", file.display());
    let yes = dialogue.line(&prompt)?.is_some_and(|line| matches!(&*line.to_lowercase(), "y" | "yes"));
    if !yes {
        return dialogue.say("Not saved; they are forgotten when callboard ends.");
    }
    let entries: Vec<_> = entered.iter().map(|(_, key, secret)| (*key, secret)).collect();
    match config::save(file, &entries) {
        Ok(()) => dialogue.say("Saved."),
        // They are good for this run all the same.
        Err(error) => dialogue.say(&format!("Not saved: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Flags, resolve};
    use std::collections::VecDeque;

    struct Script {
        answers: VecDeque<&'static str>,
        said: String,
    }

    impl Dialogue for Script {
        fn say(&mut self, text: &str) -> io::Result<()> {
            self.said += text;
            self.said.push('\n');
            Ok(())
        }

        fn line(&mut self, prompt: &str) -> io::Result<Option<String>> {
            self.say(prompt)?;
            Ok(self.answers.pop_front().map(str::to_owned))
        }

        fn hidden(&mut self, prompt: &str) -> io::Result<Option<Secret>> {
            Ok(self.line(prompt)?.map(Secret::new))
        }
    }

    fn play(file: &File, answers: &[&'static str]) -> (Choice, String) {
        let settings = resolve(file, &|_| None, &Flags::default()).unwrap();
        let missing = settings.credentials.clone().unwrap_err();
        let mut script = Script { answers: answers.iter().copied().collect(), said: String::new() };
        let choice = welcome(&mut script, &settings, &missing).unwrap();
        (choice, script.said)
    }

    #[test]
    fn demo_quit_and_the_end_of_input() {
        let file = File::default();
        assert_eq!(play(&file, &["x", "D"]).0, Choice::Demo);
        assert_eq!(play(&file, &["q"]).0, Choice::Quit);
        assert_eq!(play(&file, &[]).0, Choice::Quit);
        assert_eq!(play(&file, &["s", "example", "p"]).0, Choice::Quit);
        assert!(play(&file, &[]).1.contains("SIGNALWIRE_PROJECT_ID"));
    }

    #[test]
    fn a_path_is_not_broken_at_the_edge() {
        let path = std::path::PathBuf::from("/a/rather/long/name/of/a/folder/callboard/config.toml");
        let said = play(&File { path: path.clone(), ..File::default() }, &[]).1;
        let path = path.display().to_string();
        assert!(said.lines().any(|line| line.contains(&path)), "{said}");
        assert!(said.lines().all(|line| line.len() < 80 || line.starts_with("callboard")), "{said}");
    }

    #[test]
    fn what_is_typed_in_is_kept_when_wanted_and_never_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let file = File { path: folder.path().join("config.toml"), ..File::default() };
        let answers = ["s", "no space", "example", "", "project-1", "", "PT canary", "PT-canary", "y"];
        let (choice, said) = play(&file, &answers);
        let secret = |name, text| (name, Secret::new(text));
        let expected = vec![
            secret(variable::SPACE, "example"),
            secret(variable::PROJECT, "project-1"),
            secret(variable::TOKEN, "PT-canary"),
        ];
        assert_eq!(choice, Choice::Credentials(expected));
        assert!(said.contains("Saved.") && !said.contains("canary"), "{said}");
        let text = std::fs::read_to_string(&file.path).unwrap();
        assert_eq!(text, "space = \"example\"\nproject = \"project-1\"\ntoken = \"PT-canary\"\n");
    }

    #[test]
    fn only_what_is_missing_is_asked_for_and_nothing_is_saved_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let text = Some(Secret::new("host = 'h.example'\nproject = 'p'"));
        let (choice, said) = play(&File { path: path.clone(), text, mode: 0o600 }, &["s", "PT-1", "n"]);
        assert_eq!(choice, Choice::Credentials(vec![(variable::TOKEN, Secret::new("PT-1"))]));
        assert!(!said.contains("Project id:") && !path.exists());
    }
}
