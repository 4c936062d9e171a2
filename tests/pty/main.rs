//! The real program in a pseudo-terminal: it starts, draws, takes keys, and leaves the terminal as it found it.

#![cfg(test)]

mod home;
mod kinds;
mod leaving;
mod mouse;
mod outside;
mod slow;
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
fn it_draws_at_every_size_and_survives_a_storm_of_them() {
    let mut terminal = Terminal::start(DEMO, 120, 36);
    terminal.wait_for("REC");
    for step in 0..60u16 {
        terminal.resize(20 + step * 6, 5 + step * 2);
    }
    for step in (0..60u16).rev() {
        terminal.resize(20 + step * 6, 5 + (59 - step) * 2);
    }
    for (width, height, wanted) in [
        (1, 1, ""),
        (20, 5, "live "),
        (39, 9, "live "),
        (60, 18, "ANS"),
        (400, 120, "Events"),
        (120, 36, "Events"),
        (200, 60, "Timeline"),
        (80, 24, "? help"),
    ] {
        terminal.resize(width, height);
        let whole = |terminal: &Terminal| {
            let seen = terminal.contents();
            let lines: Vec<&str> = seen.lines().collect();
            let corners = |corner: char| seen.matches(corner).count();
            seen.contains(wanted)
                && lines.len() <= usize::from(height)
                && corners('┌') == corners('┘')
                && corners('└') == corners('┐')
        };
        terminal.wait_until(&format!("a whole screen of {width}x{height}"), whole);
    }
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn it_is_tidy_when_it_is_told_to_end() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131)] {
        let mut terminal = Terminal::start(DEMO, 80, 24);
        terminal.wait_for("REC");
        terminal.signal(signal);
        assert_eq!(terminal.exit_code(), code, "SIG{signal}");
        terminal.assert_restored();
    }
}

#[test]
fn control_c_quits_the_second_time() {
    let mut terminal = Terminal::start(DEMO, 80, 24);
    terminal.wait_for("REC").send("\x03").wait_for("again within a second").send("\x03");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn control_z_goes_to_the_shell_and_fg_comes_back() {
    let mut terminal = Terminal::shell(80, 24);
    terminal.send("PS1='sh> '\r").wait_for("sh> ");
    terminal.send(&format!("{} demo\r", env!("CARGO_BIN_EXE_callboard"))).wait_for("REC");
    terminal.send("\x1a").wait_for("Stopped");
    assert!(!terminal.in_alternate_screen());
    terminal.send("fg\r").wait_for("REC");
    assert!(terminal.in_alternate_screen());
    terminal.send("Q").settle(Duration::from_secs(2));
    assert!(!terminal.in_alternate_screen());
    terminal.send("exit\r");
    terminal.exit_code();
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
