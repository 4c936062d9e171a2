//! The real program and what it finds at home: configuration, the last view, an editor.

use super::terminal::Terminal;

fn home(config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/callboard");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), config).unwrap();
    home
}

fn start(home: &tempfile::TempDir, more: &[(&str, &str)]) -> Terminal {
    let mut environment = vec![("HOME", home.path().to_str().unwrap())];
    environment.extend(more);
    Terminal::start_with(&["demo"], 80, 24, &environment)
}

/// Presses Esc, and waits until this is gone: what comes at once would be taken for a sequence.
fn escape(terminal: &mut Terminal, gone: &str) {
    terminal.send("\x1b").wait_until("it is closed", |terminal| !terminal.contents().contains(gone));
}

fn quit(mut terminal: Terminal) {
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn a_long_text_goes_through_the_editor() {
    let home = home("editor = \"sed -i s/hello/good-day/\"");
    let mut terminal = start(&home, &[]);
    terminal.wait_for("ANSWERED").send("thello").wait_for("hello").send("\x0f").wait_for("good-day");
    assert!(terminal.in_alternate_screen());
    terminal
        .send("\x1b")
        .wait_until("the form is closed", |terminal| !terminal.contents().contains("good-day"));
    quit(terminal);
}

#[test]
fn an_editor_that_is_none_says_what_to_do() {
    let home = home("");
    let mut terminal = start(&home, &[("EDITOR", "/nonexistent/editor")]);
    terminal.wait_for("ANSWERED").send("thello\x0f").wait_for("there is no editor /nonexistent/editor");
    escape(&mut terminal, "Play text");
    quit(terminal);
}

#[test]
fn the_view_is_found_as_it_was_left_and_a_broken_one_is_told() {
    let home = home("[list]\ncolumns = [\"state\", \"from\", \"age\", \"tag\"]");
    let mut terminal = start(&home, &[]);
    terminal.wait_for("TAG").send(":save-view evening\r").wait_for("view evening is on");
    quit(terminal);
    let file = home.path().join(".local/state/callboard/view.toml");
    assert!(std::fs::read_to_string(&file).unwrap().contains("evening"));
    let mut terminal = start(&home, &[]);
    terminal.wait_for("TAG").send("V").wait_for("evening");
    escape(&mut terminal, "evening");
    quit(terminal);
    std::fs::write(&file, "version = 1\nlist = 7").unwrap();
    let mut terminal = start(&home, &[]);
    terminal.wait_for("the last view is forgotten");
    quit(terminal);
    assert!(home.path().join(".local/state/callboard/view.broken.toml").exists());
}

#[test]
fn the_mouse_is_left_to_the_terminal_where_it_is_not_wanted() {
    for (config, wanted) in [("", true), ("mouse = false", false)] {
        let home = home(config);
        let mut terminal = start(&home, &[]);
        terminal.wait_for("REC");
        assert_eq!(terminal.everything().contains("\x1b[?1000h"), wanted, "{config}");
        quit(terminal);
    }
}

#[test]
fn own_keys_are_taken_and_shown() {
    let home = home("[keys]\nplay-tts = \"B\"\n");
    let mut terminal = start(&home, &[]);
    terminal.wait_for("B tts").wait_for("ANSWERED").send("B").wait_for("Play text to speech");
    escape(&mut terminal, "Play text");
    quit(terminal);
}
