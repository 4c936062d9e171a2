//! A line of about 9,600 baud: what is on the screen is the present, and a key has its effect in bounded time, however
//! busy the floor is and whatever was pressed before.
//!
//! `CALLBOARD_SLOW_MINUTES=60` makes it an hour.

#![expect(clippy::disallowed_methods, reason = "a real terminal takes real time")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::terminal::Terminal;

/// Bytes a second of 9,600 baud with eight bits, a start and a stop bit.
const RATE: usize = 960;

const DAY: u64 = 86_400;

/// How old the clock on the screen is.
fn age_of_screen(terminal: &Terminal) -> Option<Duration> {
    let contents = terminal.contents();
    let clock = contents.lines().next()?.trim_end().rsplit(' ').next()?;
    let fields: Vec<u64> = clock.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [hours, minutes, seconds] = fields[..] else { return None };
    let shown = Duration::from_secs((hours * 60 + minutes) * 60 + seconds);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Duration::from_secs(now.as_secs() % DAY) + Duration::from_nanos(now.subsec_nanos().into());
    // The clock shows whole seconds; midnight lies behind us or it does not.
    Some(now.checked_sub(shown).unwrap_or_default())
}

/// The line of the list that the cursor is on.
fn cursor(terminal: &Terminal) -> Option<usize> {
    terminal
        .contents()
        .lines()
        .take_while(|line| !line.starts_with('└'))
        .position(|line| line.starts_with("│>"))
}

/// The call that the cursor is on; calls come and go above it.
fn chosen(terminal: &Terminal) -> Option<String> {
    let contents = terminal.contents();
    let line = contents.lines().nth(cursor(terminal)?)?;
    Some(line.chars().skip(8).take(36).collect())
}

/// Waits until the cursor is on another call, and not only half of a screen that says so; how long that took.
#[track_caller]
fn leaves(terminal: &mut Terminal, before: &Option<String>, what: &str) -> Duration {
    let begin = Instant::now();
    loop {
        terminal.wait_until(what, |terminal| chosen(terminal).is_some() && chosen(terminal) != *before);
        let took = begin.elapsed();
        terminal.settle(Duration::from_millis(300));
        if chosen(terminal) != *before {
            return took;
        }
    }
}

struct Figures {
    oldest: Duration,
    slowest: Duration,
}

impl Figures {
    fn look(&mut self, terminal: &mut Terminal, span: Duration) {
        let end = Instant::now() + span;
        while Instant::now() < end {
            terminal.settle(Duration::from_millis(100));
            if let Some(age) = age_of_screen(terminal) {
                self.oldest = self.oldest.max(age);
            }
        }
    }

    fn answered(&mut self, after: Duration) {
        self.slowest = self.slowest.max(after);
    }
}

#[test]
fn a_slow_line_shows_the_present_and_answers_keys() {
    let minutes = std::env::var("CALLBOARD_SLOW_MINUTES").ok().and_then(|text| text.parse::<f64>().ok());
    let lasts = Duration::from_secs_f64(minutes.unwrap_or(0.4) * 60.0);
    let mut terminal = Terminal::start_slow(&["demo"], 80, 24, RATE);
    let first = terminal.wait_until("the first screen", |terminal| {
        terminal.contents().contains("REC") && cursor(terminal) == Some(4)
    });
    let mut figures = Figures { oldest: Duration::ZERO, slowest: Duration::ZERO };
    figures.look(&mut terminal, Duration::from_secs(4));
    figures.oldest = Duration::ZERO;
    let (began, bytes) = (Instant::now(), terminal.received());
    while began.elapsed() < lasts {
        for key in ["j", "k"] {
            let before = chosen(&terminal);
            terminal.send(key);
            figures.answered(leaves(&mut terminal, &before, key));
            figures.look(&mut terminal, Duration::from_secs(2));
        }
        // As fast as a key repeats; only where it ends is worth a screen.
        let before = chosen(&terminal);
        terminal.send(&"j".repeat(30)).send(&"k".repeat(30)).send("jj");
        figures.answered(leaves(&mut terminal, &before, "the end of a burst"));
        // Another screen is some thousand bytes.
        terminal.send(&"jk".repeat(30)).send("g4");
        figures
            .answered(terminal.wait_until("events", |terminal| terminal.contents().contains("all families")));
        terminal.send("1");
        figures.answered(terminal.wait_until("calls", |terminal| {
            terminal.contents().contains("sort age") && chosen(terminal).is_some()
        }));
        figures.look(&mut terminal, Duration::from_secs(2));
    }
    let rate = (terminal.received() - bytes) as f64 / began.elapsed().as_secs_f64();
    println!(
        "first screen after {first:.1?}; then {rate:.0} bytes/s of {RATE}, slowest key {:.1?}, oldest screen {:.1?}",
        figures.slowest, figures.oldest
    );
    // Another screen alone takes this line four to five seconds, and its clock is drawn first.
    assert!(figures.slowest < Duration::from_secs(12), "a key had its effect after {:?}", figures.slowest);
    assert!(figures.oldest < Duration::from_secs(12), "the screen was {:?} old", figures.oldest);
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
    terminal.settle(Duration::from_secs(3)).assert_restored();
}

#[test]
fn an_escape_that_comes_in_pieces_is_a_key_and_not_its_letters() {
    let mut terminal = Terminal::start(&["demo"], 80, 24);
    terminal.wait_for_floor().wait_until("the cursor", |terminal| cursor(terminal) == Some(4));
    terminal.send_in_pieces(&["\x1b", "[", "B"]);
    terminal.wait_until("the cursor one line down", |terminal| cursor(terminal) == Some(5));
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn a_terminal_that_never_answers_is_drawn_on_all_the_same() {
    let mut terminal = Terminal::start(&["demo"], 80, 24);
    terminal.answers = false;
    terminal.wait_for("REC").send("/1202\r").wait_for("1 of ");
    terminal.send("4").wait_for("all families").send("1").wait_for("1 of ");
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}
