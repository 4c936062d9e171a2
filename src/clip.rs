//! Copying: through the terminal, through tmux, or through a program of the desktop; says what was done.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::osc::{self, Between};

/// By which way texts are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// The terminal's clipboard, which is the user's even over SSH; within tmux through tmux.
    #[default]
    Auto,
    /// The terminal's clipboard, always by OSC 52.
    Osc52,
    /// A program of the desktop: wl-copy, xclip, xsel or pbcopy.
    Native,
    /// Not at all.
    Off,
}

impl Way {
    /// Every way by its name in configuration.
    pub const NAMES: [(&'static str, Self); 4] =
        [("auto", Self::Auto), ("osc52", Self::Osc52), ("native", Self::Native), ("off", Self::Off)];
}

/// How long a program may take.
const PATIENCE: Duration = Duration::from_millis(700);

/// Copies a text; `terminal` takes what goes to the terminal. Says what was done, or why nothing was and what to do.
///
/// # Errors
/// When the terminal cannot be written to.
pub fn copy(
    text: &str,
    way: Way,
    env: &dyn Fn(&str) -> Option<String>,
    terminal: &mut dyn Write,
) -> io::Result<Result<String, String>> {
    let between = Between::of(env);
    Ok(match way {
        Way::Off => Err("copying is switched off (setting `clipboard`)".into()),
        Way::Native => native(text, env),
        Way::Auto if between == Between::Tmux => match run(&["tmux", "load-buffer", "-w", "-"], text) {
            Ok(()) => Ok(format!("copied {} through tmux", size(text))),
            Err(_) => through_terminal(text, between, terminal)?,
        },
        // The Linux console has no clipboard.
        Way::Auto if env("TERM").as_deref() == Some("linux") => native(text, env),
        Way::Auto | Way::Osc52 => through_terminal(text, between, terminal)?,
    })
}

fn through_terminal(
    text: &str,
    between: Between,
    terminal: &mut dyn Write,
) -> io::Result<Result<String, String>> {
    let Some(bytes) = osc::clipboard(text, between) else {
        let most = osc::CLIPBOARD_LIMIT / 1_000;
        return Ok(Err(format!(
            "{} is too much for a terminal (at most {most} kB); save it instead",
            size(text)
        )));
    };
    terminal.write_all(&bytes)?;
    terminal.flush()?;
    let by = match between {
        Between::Nothing => "OSC 52",
        Between::Tmux => "OSC 52, if tmux has `set-clipboard on` or `allow-passthrough on`",
        Between::Screen => "OSC 52 through screen",
    };
    // The terminal does not answer: it is asked, not known to have done it.
    Ok(Ok(format!("sent {} to the terminal's clipboard ({by})", size(text))))
}

fn native(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let mut programs: Vec<&[&str]> = Vec::new();
    if set("WAYLAND_DISPLAY") {
        programs.push(&["wl-copy"]);
    }
    if set("DISPLAY") {
        programs.push(&["xclip", "-selection", "clipboard"]);
        programs.push(&["xsel", "--clipboard", "--input"]);
    }
    if cfg!(target_os = "macos") {
        programs.push(&["pbcopy"]);
    }
    for program in &programs {
        match run(program, text) {
            Ok(()) => return Ok(format!("copied {} with {}", size(text), program[0])),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{} failed: {error}", program[0])),
        }
    }
    Err(if programs.is_empty() {
        "there is no desktop here to copy to; set `clipboard` to osc52".into()
    } else {
        "no program to copy with: install wl-copy or xclip, or set `clipboard` to osc52".into()
    })
}

/// Runs a program, without a shell, that takes the text on its standard input.
fn run(program: &[&str], text: &str) -> io::Result<()> {
    let mut command = Command::new(program[0]);
    let quiet = command.args(&program[1..]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.stdin(Stdio::piped()).spawn()?;
    let input = child.stdin.take();
    let text = text.to_owned();
    // A program that does not read must not hold up the console.
    let writing =
        std::thread::spawn(move || input.map_or(Ok(()), |mut input| input.write_all(text.as_bytes())));
    if ended_well(&mut child)? {
        writing.join().unwrap_or(Ok(()))
    } else {
        Err(io::Error::other("it reports a failure"))
    }
}

fn ended_well(child: &mut Child) -> io::Result<bool> {
    let step = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        std::thread::sleep(step);
        waited += step;
    }
    child.kill()?;
    child.wait()?;
    Err(io::Error::new(io::ErrorKind::TimedOut, "it takes too long"))
}

fn size(text: &str) -> String {
    match text.len() {
        1 => "1 byte".into(),
        bytes @ 0..10_000 => format!("{bytes} bytes"),
        bytes => format!("{} kB", bytes / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_terminal_is_asked_and_it_is_said_so() {
        let mut terminal = Vec::new();
        let said = copy("hello", Way::Auto, &with(&[]), &mut terminal).unwrap().unwrap();
        assert_eq!(said, "sent 5 bytes to the terminal's clipboard (OSC 52)");
        assert_eq!(terminal, b"\x1b]52;c;aGVsbG8=\x07");
        let said = copy("hello", Way::Osc52, &with(&[("STY", "1")]), &mut terminal).unwrap().unwrap();
        assert!(said.ends_with("(OSC 52 through screen)"), "{said}");
    }

    #[test]
    fn what_cannot_be_copied_says_what_to_do() {
        let mut terminal = Vec::new();
        let mut refusal = |text: &str, way, env: &dyn Fn(&str) -> Option<String>| {
            copy(text, way, env, &mut terminal).unwrap().unwrap_err()
        };
        let long = "x".repeat(osc::CLIPBOARD_LIMIT + 1);
        assert_eq!(
            refusal(&long, Way::Auto, &with(&[])),
            "74 kB is too much for a terminal (at most 74 kB); save it instead"
        );
        assert!(refusal("x", Way::Off, &with(&[])).contains("switched off"));
        assert!(refusal("x", Way::Native, &with(&[])).contains("no desktop"));
        assert!(refusal("x", Way::Auto, &with(&[("TERM", "linux")])).contains("no desktop"));
        assert!(terminal.is_empty());
    }

    #[test]
    fn a_program_gets_the_text_and_its_failure_is_told() {
        assert!(run(&["cat"], &"x".repeat(1_000_000)).is_ok());
        assert!(run(&["false"], "x").is_err());
        let missing = run(&["callboard-no-such-program"], "x").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let slow = run(&["sleep", "30"], "x").unwrap_err();
        assert_eq!(slow.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn ways_are_read_by_their_names() {
        for (name, way) in Way::NAMES {
            assert_eq!(serde_json::from_value::<Way>(name.into()).unwrap(), way);
        }
    }
}
