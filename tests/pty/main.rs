//! The real program in a pseudo-terminal: it starts, draws, takes keys, and leaves the terminal as it found it.

#![cfg(test)]

mod home;
mod kinds;
mod leaving;
mod mouse;
mod outside;
mod past;
mod slow;
#[expect(dead_code, reason = "tests/faults uses the rest of it")]
mod terminal;

use std::time::Duration;

use terminal::Terminal;

const DEMO: &[&str] = &["demo"];

#[test]
fn it_finds_a_call_speaks_into_it_and_quits() {
    let mut terminal = Terminal::start(DEMO, 80, 24);
    terminal.wait_for("REC");
    assert!(terminal.in_alternate_screen());
    terminal.send("/1202\r").wait_for("1 of ");
    terminal.send("t\x141\r").wait_for("PLAYING");
    terminal.send("x").wait_for("DONE");
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn pasted_text_goes_into_the_field_and_sends_nothing() {
    let mut terminal = Terminal::start(DEMO, 80, 24);
    terminal.wait_for("REC").send("t").wait_for("Play text to speech");
    terminal.send("\x1b[200~first\nsecond\x1b[201~").wait_for("second");
    terminal.send("\x1b").settle(Duration::from_millis(300));
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn without_credentials_it_offers_the_demo_or_to_set_up() {
    let mut terminal = Terminal::start(&[], 80, 24);
    terminal.wait_for("[d]emo").send("q\r");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn a_service_that_is_not_there_is_said_and_no_secret_with_it() {
    let mut terminal = Terminal::start_with(
        &["--host", "ws://127.0.0.1:9"],
        80,
        24,
        &[("SIGNALWIRE_PROJECT_ID", "project-1"), ("SIGNALWIRE_API_TOKEN", "PT-canary")],
    );
    terminal.wait_for("LINK DOWN");
    assert!(!terminal.everything().contains("PT-canary"));
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
}
