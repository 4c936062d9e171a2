//! A console that looks at the past: how its tape stands, what can be asked of it, and what cannot be done there.

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::app::App;
use super::command::Command;
use super::command_line;
use super::line::Purpose;
use super::msg::Effect;
use crate::model::Model;
use crate::protocol::Shown;
use crate::time::Wall;

/// What a player can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wind {
    /// Pause, or go on.
    Play,
    /// One record on, or back, and a pause.
    Step(i32),
    /// So many seconds on, or back.
    By(i32),
    /// To the first record.
    Start,
    /// To the last record.
    End,
    /// To a time.
    To(Wall),
    /// Faster, or slower, by one step.
    Faster(i32),
}

/// How many times faster than things happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed(f64);

impl Speed {
    const STEPS: [f64; 10] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 100.0];

    /// A speed from a quarter to a hundred.
    #[must_use]
    pub fn new(times: f64) -> Option<Self> {
        (0.25..=100.0).contains(&times).then_some(Self(times))
    }

    /// The next step above or below it.
    #[must_use]
    pub fn step(self, by: i32) -> Self {
        let next = if by > 0 {
            Self::STEPS.into_iter().find(|step| *step > self.0)
        } else {
            Self::STEPS.into_iter().rev().find(|step| *step < self.0)
        };
        Self(next.unwrap_or(self.0))
    }

    /// What happens in a real span.
    #[must_use]
    pub fn of(self, real: Duration) -> Duration {
        // A machine that slept does not leap through days.
        real.min(Duration::from_secs(5)).mul_f64(self.0)
    }

    /// How long it really takes.
    #[must_use]
    pub fn real(self, span: Duration) -> Duration {
        span.min(Duration::from_secs(86_400)).div_f64(self.0)
    }
}

impl Default for Speed {
    fn default() -> Self {
        Self(1.0)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x{}", self.0)
    }
}

/// How a player stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// The moment that is shown.
    pub wall: Wall,
    /// Whether it is held.
    pub paused: bool,
    /// How fast it plays.
    pub speed: Speed,
    /// How much of the records lies before it, in percent.
    pub share: u8,
    /// How far it is on its way to another place, in percent.
    pub way: Option<u8>,
    /// Nothing further is recorded.
    pub ended: bool,
    /// How long nothing happens from here.
    pub idle: Option<Duration>,
}

/// What a console needs to know that looks at the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// How the player stands.
    pub standing: Standing,
    /// Whether there is a present to come back to.
    pub live: bool,
    /// News of the present: a lost link, alerts. Empty when all is well there.
    pub news: Shown,
    /// From when to when there are records.
    pub span: (Wall, Wall),
}

impl Past {
    /// Why nothing can be done here, and what to do instead.
    #[must_use]
    pub fn refusal(&self, app: &App) -> String {
        if self.live {
            let key = app.config.keymap.key_of(Command::Now);
            format!("you look at {}; {key} comes back to now", clock(self.standing.wall))
        } else {
            format!(
                "this is a replay of {}: nothing can be asked for or changed in it",
                clock(self.standing.wall)
            )
        }
    }
}

/// A console that shows the past as this one shows the present: the same screen, list, filter and look.
#[must_use]
pub fn console(app: &App, past: Past) -> App {
    let mut other = App::new(app.config.clone());
    other.size = app.size;
    other.screen = app.screen;
    other.trail.clone_from(&app.trail);
    other.pane = app.pane;
    other.list = app.list.clone();
    other.feed.family = app.feed.family;
    other.wall.window = app.wall.window;
    other.time_format = app.time_format;
    other.masked = app.masked;
    other.theme.clone_from(&app.theme);
    other.splits = app.splits;
    other.shelves = app.shelves.clone();
    other.past = Some(past);
    other
}

/// Whether a command asks the service for something, or changes what is known or watched.
#[must_use]
pub const fn changes(command: Command) -> bool {
    matches!(
        command,
        Command::Invoke(_)
            | Command::Answer
            | Command::AllActs
            | Command::StopAction
            | Command::StopAll
            | Command::PauseAction
            | Command::Volume(_)
            | Command::PauseRecording
            | Command::StopRecording
            | Command::HangUp
            | Command::Repeat
            | Command::Undo
            | Command::Retry
            | Command::Note
            | Command::Wait(_)
            | Command::Waits
            | Command::Acknowledge
            | Command::Snooze
            | Command::Probe
            | Command::ClearEnded
            | Command::Reconnect
            | Command::AddContext
            | Command::DropContext
            | Command::Freeze
            | Command::Tour
            | Command::Send
    )
}

/// Whether a command moves the past.
#[must_use]
pub const fn winds(command: Command) -> bool {
    matches!(
        command,
        Command::Play
            | Command::Step(_)
            | Command::Seek(_)
            | Command::SeekEnd(_)
            | Command::SeekTo
            | Command::Faster(_)
            | Command::Now
    )
}

/// Runs a command that moves the past, or looks at it.
pub(super) fn perform(app: &mut App, command: Command, model: &Model, effects: &mut Vec<Effect>) {
    effects.push(match command {
        Command::LookBack if app.past.is_none() => Effect::LookBack,
        Command::LookBack => Effect::Wind(Wind::By(-10)),
        Command::Play => Effect::Wind(Wind::Play),
        Command::Step(by) => Effect::Wind(Wind::Step(by)),
        Command::Seek(seconds) => Effect::Wind(Wind::By(seconds)),
        Command::SeekEnd(last) => Effect::Wind(if last { Wind::End } else { Wind::Start }),
        Command::Faster(by) => Effect::Wind(Wind::Faster(by)),
        Command::Now => Effect::Now,
        Command::SeekTo => return command_line::open(app, Purpose::Time, "", model),
        _ => return,
    });
}

/// Goes to a time that was typed.
pub(super) fn seek_to(app: &App, text: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
    let Some(past) = &app.past else { return Ok(()) };
    let wall = time(text, past.standing.wall, past.span, &TimeZone::system())?;
    effects.push(Effect::Wind(Wind::To(wall)));
    Ok(())
}

/// A time of day as the screen shows it.
#[must_use]
pub fn clock(wall: Wall) -> String {
    local(wall, &TimeZone::system()).map_or_else(String::new, |zoned| zoned.strftime("%H:%M:%S").to_string())
}

/// The day of a time.
#[must_use]
pub fn day(wall: Wall) -> String {
    local(wall, &TimeZone::system()).map_or_else(String::new, |zoned| zoned.strftime("%Y-%m-%d").to_string())
}

fn local(wall: Wall, zone: &TimeZone) -> Option<jiff::Zoned> {
    Some(Timestamp::from_microsecond(wall.0).ok()?.to_zoned(zone.clone()))
}

/// A time as it is typed: `14:03`, `14:03:10`, with a day before it or without. Without, it is that of the day of
/// `shown`, or if nothing is recorded then, of a day on which something is.
///
/// # Errors
/// When it is no time.
pub fn time(text: &str, shown: Wall, span: (Wall, Wall), zone: &TimeZone) -> Result<Wall, String> {
    let wrong = || "give a time such as 14:03, 14:03:10 or 2026-01-31 14:03".to_owned();
    let text = text.trim();
    let (day, clock) = match text.rsplit_once([' ', 'T']) {
        Some((day, clock)) => (Some(day.trim().parse::<Date>().map_err(|_| wrong())?), clock),
        None => (None, text),
    };
    if !clock.contains(':') {
        return Err(wrong());
    }
    let clock = clock.parse::<Time>().map_err(|_| wrong())?;
    let on = |day: Date| {
        let zoned = day.to_datetime(clock).to_zoned(zone.clone()).ok()?;
        Some(Wall(zoned.timestamp().as_microsecond()))
    };
    if let Some(day) = day {
        return on(day).ok_or_else(wrong);
    }
    let today = local(shown, zone).ok_or_else(wrong)?.date();
    let other = |days: i64| on(today.checked_add(days.days()).ok()?);
    let wanted = other(0).ok_or_else(wrong)?;
    let near = [Some(wanted), other(-1), other(1)].into_iter().flatten();
    Ok(near.into_iter().find(|wall| (span.0..=span.1).contains(wall)).unwrap_or(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Now;

    fn wall(hours: u64) -> Wall {
        Now::simulated(Duration::from_secs(hours * 3_600)).wall
    }

    fn at(text: &str, shown: u64, span: (u64, u64)) -> Result<String, String> {
        let read = time(text, wall(shown), (wall(span.0), wall(span.1)), &TimeZone::UTC)?;
        Ok(read.rfc3339().replace(".000000Z", ""))
    }

    #[test]
    fn a_time_is_that_of_the_day_shown_or_of_a_day_that_is_recorded() {
        assert_eq!(at("14:03", 10, (8, 20)).as_deref(), Ok("2026-01-01T14:03:00"));
        assert_eq!(at(" 14:03:10 ", 10, (8, 20)).as_deref(), Ok("2026-01-01T14:03:10"));
        assert_eq!(at("23:00", 26, (20, 30)).as_deref(), Ok("2026-01-01T23:00:00"), "yesterday");
        assert_eq!(at("01:00", 22, (20, 30)).as_deref(), Ok("2026-01-02T01:00:00"), "tomorrow");
        assert_eq!(at("05:00", 10, (8, 9)).as_deref(), Ok("2026-01-01T05:00:00"), "as near as can be");
        assert_eq!(at("2026-02-03 04:05", 10, (8, 9)).as_deref(), Ok("2026-02-03T04:05:00"));
        assert_eq!(at("2026-02-03T04:05", 10, (8, 9)).as_deref(), Ok("2026-02-03T04:05:00"));
        for nonsense in ["", "14", "25:00", "14:03 x", "soon", "2026-13-01 10:00", "1403"] {
            assert!(at(nonsense, 10, (8, 9)).is_err_and(|why| why.contains("14:03")), "{nonsense}");
        }
    }

    #[test]
    fn speeds_go_up_and_down_within_their_bounds() {
        let mut speed = Speed::default();
        let mut seen = vec![speed.to_string()];
        for by in [1, 1, 1, 1, 1, 1, 1, 1, -1] {
            speed = speed.step(by);
            seen.push(speed.to_string());
        }
        assert_eq!(seen, ["x1", "x2", "x4", "x8", "x16", "x32", "x64", "x100", "x100", "x64"]);
        let slow = (0..9).fold(speed, |speed, _| speed.step(-1));
        assert_eq!((slow.to_string().as_str(), Speed::new(0.1), Speed::new(101.0)), ("x0.25", None, None));
        assert_eq!(slow.of(Duration::from_secs(4)), Duration::from_secs(1));
        assert_eq!(slow.real(Duration::from_secs(1)), Duration::from_secs(4));
        assert_eq!(Speed::new(3.0).map(|speed| speed.step(1).to_string()).as_deref(), Some("x4"));
    }
}
