//! A console that looks at the past: how its tape stands, what can be asked of it, and what cannot be done there.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::app::App;
use super::command::Command;
use super::command_line;
use super::line::Purpose;
use super::msg::Effect;
use crate::model::Model;
use crate::protocol::Shown;
use crate::time::Wall;
use crate::when::{self, clock};

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
            | Command::Claim
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
    let wall = when::shown(text, past.standing.wall, past.span, &TimeZone::system())?;
    effects.push(Effect::Wind(Wind::To(wall)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
