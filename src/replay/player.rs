//! What moves a tape: play, pause, step, seek, at a speed. Pure but for the records that it reads.

use std::sync::Arc;
use std::time::Duration;

use super::tape::{Goal, Tape};
use crate::model::Model;
use crate::time::{At, Now, Wall};
use crate::ui::past::{Speed, Standing, Wind};

/// A tape in a player.
#[derive(Debug)]
pub struct Player {
    tape: Tape,
    speed: Speed,
    paused: bool,
    /// The moment that is shown, on the clock of the tape.
    moment: Now,
    /// The real moment at which that was so.
    real: At,
    /// The tape has no further record yet.
    ended: bool,
    /// Where it is on its way to, and what is shown meanwhile.
    way: Option<Way>,
}

#[derive(Debug)]
struct Way {
    to: To,
    shown: Arc<Model>,
    /// The number of the record from which it set out, once it has.
    from: Option<u64>,
}

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Record(u64),
    Moment(At),
    /// To a time of the wall clock, which is before the record of this number.
    Wall(Wall, u64),
    End,
}

impl Player {
    /// Records that are taken between two looks at the keyboard.
    const PORTION: usize = 4_096;
    /// A screen need not change more often than this.
    const FRAME: Duration = Duration::from_millis(20);
    /// At the end of a tape that may grow it is looked at again after this.
    const AGAIN: Duration = Duration::from_millis(500);

    /// A tape that plays from its start.
    #[must_use]
    pub fn new(mut tape: Tape, speed: Speed, real: At) -> Self {
        let moment = tape.take().map_or_else(Now::default, |taken| taken.now);
        Self { tape, speed, paused: false, moment, real, ended: false, way: None }
    }

    /// A tape that is paused on its way to a time of the wall clock, and shows this meanwhile.
    #[must_use]
    pub fn paused_at(tape: Tape, wall: Wall, shown: (Arc<Model>, Now), real: At) -> Self {
        let (shown, moment) = shown;
        let to = to_wall(&tape, wall);
        let way = Some(Way { to, shown, from: None });
        Self { tape, speed: Speed::default(), paused: true, moment, real, ended: false, way }
    }

    /// What is shown, and the moment that it is of.
    #[must_use]
    pub fn look(&self) -> (&Model, Now) {
        let model = self.way.as_ref().map_or_else(|| self.tape.model(), |way| &way.shown);
        (model, self.moment)
    }

    /// Records that cannot be read, as far as the tape was read.
    #[must_use]
    pub const fn tape(&self) -> &Tape {
        &self.tape
    }

    /// How it stands, in numbers.
    #[must_use]
    pub fn standing(&mut self) -> Standing {
        let span = self.tape.span();
        let seq = self.tape.last().map_or(0, |last| last.seq);
        let (first, last) = span.map_or((0, 0), |span| (span.first, span.last));
        let way = self.way.as_ref().map(|way| {
            let (from, to) = (way.from.unwrap_or(seq), self.seq_of(way.to).clamp(first, last.max(first)));
            percent(seq.saturating_sub(from), to.saturating_sub(from))
        });
        let idle = (self.way.is_none() && !self.ended)
            .then(|| self.tape.peek().map(|next| next.now.at.since(self.moment.at)))
            .flatten();
        Standing {
            wall: self.moment.wall,
            paused: self.paused,
            speed: self.speed,
            share: percent(seq.saturating_sub(first), last.saturating_sub(first)),
            way,
            ended: self.ended && self.way.is_none(),
            idle,
        }
    }

    /// Does what a key asks for.
    pub fn wind(&mut self, wind: Wind, real: At) {
        match wind {
            Wind::Play => {
                self.paused = !self.paused;
                self.real = real;
            }
            Wind::Faster(by) => self.speed = self.speed.step(by),
            Wind::Step(by) => self.step(by),
            Wind::By(seconds) => {
                let span = Duration::from_secs(seconds.unsigned_abs().into());
                let at = match &self.way {
                    Some(Way { to: To::Moment(at), .. }) => *at,
                    _ => self.moment.at,
                };
                self.set_out(To::Moment(if seconds < 0 { at.back(span) } else { at + span }));
            }
            Wind::Start => self.set_out(To::Record(0)),
            Wind::End => self.set_out(To::End),
            Wind::To(wall) => {
                self.tape.refresh();
                let to = to_wall(&self.tape, wall);
                self.set_out(to);
            }
        }
    }

    /// One record on or back, and a pause. While it is on its way it goes where it is.
    fn step(&mut self, by: i32) {
        self.paused = true;
        if by > 0 {
            match self.tape.peek() {
                Some(next) => self.set_out(To::Record(next.seq)),
                None => self.set_out(To::End),
            }
        } else if let Some(last) = self.tape.last() {
            self.set_out(To::Record(last.seq.saturating_sub(1)));
        }
    }

    fn set_out(&mut self, to: To) {
        let shown = match self.way.take() {
            Some(way) => way.shown,
            None => self.tape.model().clone(),
        };
        self.way = Some(Way { to, shown, from: None });
    }

    /// About the number of the record that lies there.
    fn seq_of(&self, to: To) -> u64 {
        match to {
            To::Record(seq) => seq,
            To::Moment(at) => self.tape.seq_at(self.tape.wall_at(at)).unwrap_or(u64::MAX),
            To::Wall(_, before) => before,
            To::End => u64::MAX,
        }
    }

    /// Goes on to a real moment. Whether it came somewhere else than by playing: what was seen on the way there was
    /// not shown.
    pub fn tick(&mut self, real: At) -> bool {
        let span = real.since(self.real);
        self.real = self.real.max(real);
        if self.way.is_some() {
            return self.travel();
        }
        if !self.paused {
            if self.ended {
                self.tape.refresh();
            }
            self.play(self.moment.at + self.speed.of(span));
        }
        false
    }

    fn travel(&mut self) -> bool {
        let Some(way) = &mut self.way else { return false };
        let first = self.tape.span().map_or(0, |span| span.first);
        let goal = match way.to {
            // There is nothing to see before the first.
            To::Record(seq) => Goal::Record(seq.max(first)),
            To::Moment(at) => Goal::Moment(at),
            To::Wall(_, before) => Goal::Record(before.saturating_sub(1).max(first)),
            To::End => {
                self.tape.refresh();
                Goal::Record(u64::MAX)
            }
        };
        let before = self.tape.last().map_or(first, |last| last.seq);
        let arrived = self.tape.go(goal, Self::PORTION);
        way.from.get_or_insert(before.min(self.tape.last().map_or(first, |last| last.seq)));
        if !arrived {
            return false;
        }
        let to = way.to;
        if self.tape.last().is_none() {
            self.tape.take();
        }
        self.way = None;
        let last = self.tape.last().map_or(self.moment, |last| last.now);
        let next = self.tape.peek().map(|next| next.now);
        let at = match (to, next) {
            (To::Moment(at), Some(_)) => at.max(last.at),
            (To::Wall(wall, _), Some(next)) => next.at.back(between(wall, next.wall)).max(last.at),
            _ => last.at,
        };
        self.moment = Now { at, wall: last.wall.forward(at - last.at) };
        self.ended = next.is_none();
        true
    }

    /// Takes what happened up to a moment.
    fn play(&mut self, until: At) {
        for _ in 0..Self::PORTION {
            match self.tape.peek() {
                Some(next) if next.now.at <= until => {
                    self.tape.take();
                    self.moment = next.now;
                    self.ended = false;
                }
                Some(_) => {
                    self.moment.wall = self.moment.wall.forward(until - self.moment.at);
                    self.moment.at = until.max(self.moment.at);
                    self.ended = false;
                    return;
                }
                None => {
                    // Beyond the last record nothing is known.
                    self.ended = true;
                    return;
                }
            }
        }
    }

    /// When it is to be called next; none while it stands still.
    pub fn wake_at(&mut self, real: At) -> Option<At> {
        if self.way.is_some() {
            return Some(real);
        }
        if self.paused {
            return None;
        }
        if self.ended {
            return Some(self.real + Self::AGAIN);
        }
        // Ages tick by seconds of the tape.
        let second = At::from_micros((self.moment.at.as_micros() / 1_000_000 + 1) * 1_000_000);
        let next = self.tape.peek().map_or(second, |next| next.now.at.min(second));
        let wait = self.speed.real(next.since(self.moment.at)).max(Self::FRAME);
        Some(self.real + wait)
    }
}

fn to_wall(tape: &Tape, wall: Wall) -> To {
    tape.seq_at(wall).map_or(To::End, |seq| To::Wall(wall, seq))
}

/// From one reading of the wall clock to a later one.
fn between(earlier: Wall, later: Wall) -> Duration {
    Duration::from_micros(later.0.saturating_sub(earlier.0).max(0).unsigned_abs())
}

fn percent(part: u64, whole: u64) -> u8 {
    let percent = part.min(whole).saturating_mul(100).checked_div(whole).unwrap_or(100);
    u8::try_from(percent).unwrap_or(100)
}
