//! What the console does with files and programs while it has a terminal: the editor, themes, the shell.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::terminal::Terminal;

#[test]
fn a_text_goes_to_the_editor_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let editor = folder.path().join("editor");
    // An editor that shows itself, waits for a key, and adds a line.
    std::fs::write(
        &editor,
        "#!/bin/sh\nprintf 'EDITING %s' \"$(cat \"$1\")\"\nread -r line\nprintf ' and %s' \"$line\" >> \"$1\"\n",
    )
    .unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut terminal = Terminal::start_with(&["demo"], 80, 24, &[("EDITOR", editor.to_str().unwrap())]);
    terminal
        .wait_for("REC")
        .send("t")
        .wait_for("Play text to speech")
        .send("good morning")
        .wait_for("good morning");
    terminal.send("\x0f").wait_for("EDITING good morning");
    assert!(!terminal.in_alternate_screen());
    // Typed while the editor has the terminal: it is the editor's.
    terminal.send("H y welcome\r").wait_for("good morning and H y welcome");
    assert!(terminal.in_alternate_screen());
    let seen = terminal.contents();
    assert!(seen.contains("Play text to speech") && !seen.contains("Are you sure"), "{seen}");
    terminal.send("\x1b").settle(Duration::from_millis(300));
    terminal.send("Q").settle(Duration::from_millis(300));
    terminal.send("y");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn a_theme_is_read_again_when_its_file_is_saved() {
    let config = tempfile::tempdir().unwrap();
    let themes = config.path().join("callboard/themes");
    std::fs::create_dir_all(&themes).unwrap();
    let file = themes.join("mine.toml");
    let theme = |color: &str| format!("inherits = \"dark\"\n[roles]\nanswered = {{ fg = \"{color}\" }}\n");
    std::fs::write(&file, theme("#010203")).unwrap();
    let environment = [
        ("XDG_CONFIG_HOME", config.path().to_str().unwrap()),
        ("COLORTERM", "truecolor"),
        ("TERM", "xterm-256color"),
    ];
    let mut terminal = Terminal::start_with(&["demo", "--theme", "mine"], 80, 24, &environment);
    terminal.wait_for("REC");
    assert!(terminal.everything().contains("38;2;1;2;3"), "{}", terminal.contents());
    std::fs::write(&file, theme("#040506")).unwrap();
    terminal.wait_until("the new colour", |terminal| terminal.everything().contains("38;2;4;5;6"));
    std::fs::write(&file, "[roles\n").unwrap();
    terminal.wait_for("mine.toml");
    std::fs::write(&file, theme("#070809")).unwrap();
    terminal.wait_until("the look is mended", |terminal| terminal.everything().contains("38;2;7;8;9"));
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn after_a_stop_in_which_the_window_changed_the_screen_is_whole() {
    let mut terminal = Terminal::shell(100, 30);
    terminal.send("PS1='sh> '\r").wait_for("sh> ");
    terminal.send(&format!("{} demo\r", env!("CARGO_BIN_EXE_callboard"))).wait_for("REC");
    terminal.send("/1202\r").wait_for("1 of ");
    for (width, height) in [(80, 24), (120, 36), (80, 24)] {
        terminal.send("\x1a").wait_for("Stopped");
        terminal.send("echo typed in the shell\r").wait_for("typed in the shell");
        terminal.resize(width, height);
        terminal.send("fg\r").wait_for("? help");
        terminal.wait_for("+1 202 555 0117");
        let seen = terminal.contents();
        assert!(!seen.contains("typed in the shell") && !seen.contains("Are you sure"), "{seen}");
        assert!(seen.lines().next().is_some_and(|line| line.starts_with(" callboard demo")), "{seen}");
        // The list and what is below it; the alerts come with the first look at the rules.
        assert!(seen.lines().filter(|line| line.contains('┌')).count() >= 2, "{seen}");
    }
    terminal.send("Q").settle(Duration::from_secs(1));
    terminal.send("exit\r");
    terminal.exit_code();
}
