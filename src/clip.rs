//! Copying: through the terminal, through tmux, or through a program of the desktop; says what was done.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::config::spec::Clipboard;
use crate::facts::{ClipboardPath, Facts};
use crate::osc::{self, Between};

/// How long a program may take.
const PATIENCE: Duration = Duration::from_millis(700);

/// Copies a text; `terminal` takes what goes to the terminal. Says what was done, or why nothing was and what to do.
///
/// # Errors
/// When the terminal cannot be written to.
pub fn copy(
    text: &str,
    setting: Clipboard,
    facts: &Facts,
    terminal: &mut dyn Write,
) -> io::Result<Result<String, String>> {
    Ok(match facts.clipboard(setting) {
        ClipboardPath::Nowhere if setting == Clipboard::Off => {
            Err("copying is switched off; `clipboard` in the configuration switches it on".into())
        }
        ClipboardPath::Nowhere => {
            Err("no program to copy with: install wl-clipboard or xclip, or set `clipboard` to osc52".into())
        }
        ClipboardPath::Tool(tool) => through_program(text, tool_command(tool), tool),
        ClipboardPath::Tmux => through_program(text, &["tmux", "load-buffer", "-w", "-"], "tmux"),
        ClipboardPath::Osc52Wrapped => {
            through_terminal(text, Between::Tmux, "OSC 52, carried through tmux", terminal)?
        }
        ClipboardPath::Osc52 if facts.screen => {
            through_terminal(text, Between::Screen, "OSC 52, carried through screen", terminal)?
        }
        ClipboardPath::Osc52 => through_terminal(text, Between::Nothing, "OSC 52", terminal)?,
    })
}

fn through_terminal(
    text: &str,
    between: Between,
    by: &str,
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
    // The terminal does not answer: it is asked, not known to have done it.
    Ok(Ok(format!("sent {} to the terminal's clipboard ({by})", size(text))))
}

fn through_program(text: &str, program: &[&str], name: &str) -> Result<String, String> {
    match run(program, text) {
        Ok(()) => Ok(format!("copied {} with {name}", size(text))),
        Err(error) => Err(format!("{name} failed: {error}")),
    }
}

/// The command that reads what is copied from its standard input.
fn tool_command(tool: &'static str) -> &'static [&'static str] {
    match tool {
        "xclip" => &["xclip", "-selection", "clipboard"],
        "xsel" => &["xsel", "--clipboard", "--input"],
        "pbcopy" => &["pbcopy"],
        "clip.exe" => &["clip.exe"],
        _ => &["wl-copy"],
    }
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
    use crate::facts::Tmux;

    fn in_tmux(set_clipboard: &str, passthrough: &str) -> Facts {
        let tmux =
            Tmux { set_clipboard: set_clipboard.into(), passthrough: passthrough.into(), ..Tmux::default() };
        Facts { term: "tmux-256color".into(), tmux: Some(tmux), ..Facts::default() }
    }

    fn xterm() -> Facts {
        Facts { term: "xterm-256color".into(), ..Facts::default() }
    }

    #[test]
    fn the_terminal_is_asked_and_it_is_said_so() {
        let screen = Facts { screen: true, ..xterm() };
        for (facts, by, begin) in [
            (xterm(), "(OSC 52)", "\x1b]52;c;aGVsbG8="),
            (screen, "(OSC 52, carried through screen)", "\x1bP\x1b]52;c;aGVsbG8="),
            (in_tmux("on", "off"), "(OSC 52)", "\x1b]52;c;aGVsbG8="),
            (in_tmux("off", "on"), "(OSC 52, carried through tmux)", "\x1bPtmux;\x1b\x1b]52;c;aGVsbG8="),
        ] {
            let mut terminal = Vec::new();
            let said = copy("hello", Clipboard::Auto, &facts, &mut terminal).unwrap().unwrap();
            assert_eq!(said, format!("sent 5 bytes to the terminal's clipboard {by}"));
            assert!(terminal.starts_with(begin.as_bytes()), "{terminal:?}");
        }
    }

    #[test]
    fn what_cannot_be_copied_says_what_to_do() {
        let mut terminal = Vec::new();
        let mut refusal = |text: &str, setting, facts: &Facts| {
            copy(text, setting, facts, &mut terminal).unwrap().unwrap_err()
        };
        let long = "x".repeat(osc::CLIPBOARD_LIMIT + 1);
        assert_eq!(
            refusal(&long, Clipboard::Auto, &xterm()),
            "74 kB is too much for a terminal (at most 74 kB); save it instead"
        );
        assert!(refusal("x", Clipboard::Off, &xterm()).contains("switched off"));
        assert!(refusal("x", Clipboard::Native, &xterm()).contains("install wl-clipboard"));
        let console = Facts { term: "linux".into(), ..Facts::default() };
        assert!(refusal("x", Clipboard::Auto, &console).contains("install wl-clipboard"));
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
}
