//! What leaves the console: what is copied gets to the terminal, within tmux too, and what is saved to a private file.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::terminal::Terminal;

/// `+12025550117` for OSC 52.
const NUMBER: &str = "\x1b]52;c;KzEyMDI1NTUwMTE3";

#[test]
fn what_is_copied_gets_to_the_terminal() {
    let mut terminal = Terminal::start(&["demo"], 80, 24);
    terminal.wait_for("REC").send("/1202\r").wait_for("1 of ").send("yf");
    terminal.wait_for("calling number: sent 12 bytes to the terminal's clipboard (OSC 52)");
    assert!(terminal.everything().contains(&format!("{NUMBER}\x07")));
}

#[test]
fn within_screen_it_is_carried_through() {
    let mut terminal = Terminal::start_with(&["demo"], 80, 24, &[("STY", "1.test")]);
    terminal.wait_for("REC").send("/1202\r").wait_for("1 of ").send("yf").wait_for("clipboard (OSC 52");
    assert!(terminal.everything().contains(&format!("\x1bP{NUMBER}\x07\x1b\\")));
}

#[test]
fn within_tmux_it_gets_to_tmux_and_through_it_to_the_terminal() {
    if Command::new("tmux").arg("-V").output().is_err() {
        return;
    }
    let mut terminal = Terminal::shell(80, 24);
    let socket = terminal.home().join("tmux");
    let tmux = format!("tmux -S {} -f /dev/null", socket.display());
    terminal.send("PS1='sh> '\r").wait_for("sh> ");
    terminal.send(&format!("{tmux} new '{} demo'\r", env!("CARGO_BIN_EXE_callboard"))).wait_for("REC");
    terminal.send("/1202\r").wait_for("1 of ").send("yf").wait_for("through tmux");
    let buffer = Command::new("tmux").arg("-S").arg(&socket).arg("show-buffer").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&buffer.stdout), "+12025550117");
    // tmux hands it on: the terminal around it is asked to take it.
    terminal.wait_until("OSC 52 of tmux", |terminal| terminal.everything().contains("\x1b]52;"));
    terminal.send("Q").wait_for("sh> ").send("exit\r");
    terminal.exit_code();
}

#[test]
fn what_is_saved_is_private_and_never_over_another() {
    let mut terminal = Terminal::start(&["demo"], 120, 36);
    terminal.wait_for("REC").send("Elc").wait_for("Calls as CSV").send("s").wait_for("saved as");
    terminal.send("s").wait_for("-2.csv");
    let folder = terminal.home().join(".local/state/callboard/exports");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 2, "{files:?}");
    for file in &files {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.starts_with("\"call_id\",\"state\""), "{text}");
    }
}
