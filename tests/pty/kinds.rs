//! Kinds of terminals: of few colours, of none, the Linux console, tmux.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::terminal::Terminal;

/// Everything that was ever said about colours and marks: the parameters of every `m` sequence.
fn paints(written: &str) -> Vec<&str> {
    let sequences = written.split("\x1b[").skip(1);
    sequences
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            rest[end..].starts_with('m').then_some(&rest[..end])
        })
        .collect()
}

fn seen_with(environment: &[(&str, &str)]) -> (String, String) {
    let mut terminal = Terminal::start_with(&["demo"], 80, 24, environment);
    terminal.wait_for("REC").send("/1202\r").wait_for("1 of ").send("?").wait_for("ACT ON CALL").send("\x1b");
    terminal.wait_for("ANSWERED");
    let seen = terminal.contents();
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
    (seen, terminal.everything())
}

#[test]
fn colours_are_no_more_than_the_terminal_has() {
    let is_color = |number: u8| (30..=49).contains(&number) || (90..=107).contains(&number);
    for (environment, extended, any) in [
        (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], "8;2;", true),
        (&[("TERM", "xterm-256color")], "8;5;", true),
        (&[("TERM", "xterm")], "", true),
        (&[("TERM", "linux")], "", true),
        (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], "", false),
        (&[("TERM", "dumb")], "", false),
    ] {
        let (seen, written) = seen_with(environment);
        assert!(seen.contains("ANS") && seen.contains("REC"), "{environment:?}:\n{seen}");
        let paints = paints(&written);
        assert!(!paints.is_empty());
        let deeper =
            |mark: &&&str| ["8;2;", "8;5;"].iter().any(|deep| *deep != extended && mark.contains(deep));
        assert_eq!(paints.iter().find(deeper), None, "{environment:?}");
        if !extended.is_empty() {
            assert!(paints.iter().any(|paint| paint.contains(extended)), "{environment:?}");
        }
        let plain = paints.iter().filter(|paint| !paint.contains("8;2;") && !paint.contains("8;5;"));
        let mut numbers = plain.flat_map(|paint| paint.split(';')).filter_map(|number| number.parse().ok());
        let found = numbers.any(is_color);
        if extended.is_empty() {
            assert_eq!(found, any, "{environment:?}: {paints:?}");
        }
    }
}

#[test]
fn without_utf8_nothing_but_ascii_is_drawn() {
    let (seen, _) = seen_with(&[("LANG", "C"), ("TERM", "linux")]);
    let drawn: Vec<char> = seen.chars().filter(|c| !c.is_ascii()).collect();
    assert!(drawn.is_empty(), "{drawn:?}:\n{seen}");
    assert!(seen.contains("+-") && seen.contains("ANS"), "{seen}");
}

/// A tmux server of our own, ended with the test.
struct Tmux {
    socket: String,
    home: tempfile::TempDir,
}

impl Tmux {
    fn start(name: &str, width: u16, height: u16) -> Self {
        let home = tempfile::tempdir().unwrap();
        let tmux = Self { socket: format!("callboard-{name}-{}", std::process::id()), home };
        let config = tmux.home.path().join("tmux.conf");
        std::fs::write(
            &config,
            "set -g set-clipboard on\nset -g allow-passthrough on\nset -g escape-time 10\n",
        )
        .unwrap();
        let size = [width.to_string(), height.to_string()];
        let config = config.to_str().unwrap();
        let program = format!("env LANG=C.UTF-8 {} demo", env!("CARGO_BIN_EXE_callboard"));
        tmux.run(&["-f", config, "new-session", "-d", "-s", "it", "-x", &size[0], "-y", &size[1], &program]);
        tmux
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.env_remove("TMUX").env("HOME", self.home.path()).env("LANG", "C.UTF-8");
        command.arg("-L").arg(&self.socket).args(arguments).stdin(Stdio::null());
        let output = command.output().expect("tmux is needed");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys", "-t", "it"], keys].concat());
    }

    #[track_caller]
    fn wait_for(&self, text: &str) -> String {
        for _ in 0..300 {
            let seen = self.run(&["capture-pane", "-p", "-t", "it"]);
            if seen.contains(text) {
                return seen;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{text:?} never came:\n{}", self.run(&["capture-pane", "-p", "-t", "it"]));
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).output();
    }
}

#[test]
fn within_tmux_what_is_copied_arrives_and_the_screen_survives_its_sizes() {
    let tmux = Tmux::start("copy", 80, 24);
    tmux.wait_for("REC");
    tmux.keys(&["/", "1202", "Enter"]);
    tmux.wait_for("1 of ");
    tmux.keys(&["y", "f"]);
    tmux.wait_for("copied");
    assert_eq!(tmux.run(&["show-buffer"]).trim_end(), "+12025550117");

    for (width, height) in [("120", "36"), ("40", "12"), ("200", "60"), ("80", "24")] {
        tmux.run(&["resize-window", "-t", "it", "-x", width, "-y", height]);
    }
    let seen = tmux.wait_for("? help");
    assert_eq!(seen.lines().count(), 24);
    assert!(seen.lines().next().unwrap().starts_with(" callboard demo"), "{seen}");
    assert!(seen.contains("+1 202 555 0117"), "{seen}");
    tmux.keys(&["Q"]);
}

#[test]
fn what_is_copied_reaches_the_terminal_outside_tmux() {
    let tmux = Tmux::start("osc", 80, 24);
    tmux.wait_for("REC");
    let mut outside = Terminal::command(&["tmux", "-L", &tmux.socket, "attach", "-t", "it"], 80, 24);
    outside.wait_for("REC");
    outside.send("/1202\r").wait_for("1 of ").send("yf").wait_for("copied");
    // +12025550117 in base64, as OSC 52 carries it.
    outside.wait_until("the clipboard of the terminal", |outside| {
        outside.everything().contains("KzEyMDI1NTUwMTE3")
    });
}
