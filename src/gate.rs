//! When to draw: a key's effect at once, other changes at most ten times a second, nothing without a change, and never
//! more than the terminal has room for.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::At;

/// What a frame is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Somebody pressed a key and waits for its effect.
    Hand,
    /// Something changed, or time passed.
    Change,
}

/// A frame that the terminal has not confirmed.
#[derive(Debug, Clone, Copy)]
struct Flight {
    sent: At,
    bytes: usize,
}

/// Decides when the next frame is drawn.
#[derive(Debug, Clone)]
pub struct FrameGate {
    focused: bool,
    /// What drawing itself costs.
    cost: Duration,
    last: Option<At>,
    due: Option<At>,
    /// A frame is being written.
    writing: bool,
    /// Frames that were sent with the question, oldest first.
    flights: VecDeque<Flight>,
    /// Whether this terminal answers.
    answers: bool,
    /// Questions without an answer so far.
    asked: u32,
    /// How long the last confirmed frame took to be seen.
    behind: Duration,
}

impl FrameGate {
    /// The least time between a key's frame and the one before.
    pub const HAND: Duration = Duration::from_millis(16);
    /// The least time between frames for other reasons.
    pub const CHANGE: Duration = Duration::from_millis(100);
    /// The same while nobody looks.
    pub const AWAY: Duration = Duration::from_secs(1);
    /// So many bytes may be under way without being confirmed; one frame may always be.
    pub const WINDOW: usize = 1_024;
    /// A terminal that answers otherwise has lost our question when it takes longer than this,
    pub const PATIENCE: Duration = Duration::from_secs(10);
    /// and this for every byte under way: lines of 250 bytes a second are the slowest.
    const PER_BYTE: Duration = Duration::from_millis(4);
    /// A terminal that leaves so many questions unanswered does not know them.
    const QUESTIONS: u32 = 3;

    /// A gate that lets the first frame through at once.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            focused: true,
            cost: Duration::ZERO,
            last: None,
            due: None,
            writing: false,
            flights: VecDeque::new(),
            answers: false,
            asked: 0,
            behind: Duration::ZERO,
        }
    }

    /// A frame is wanted.
    pub fn request(&mut self, cause: Cause, now: At) {
        let gap = match cause {
            Cause::Hand => Self::HAND,
            Cause::Change if self.focused => Self::CHANGE,
            Cause::Change => Self::AWAY,
        };
        // Frames that are dear to draw come more rarely: drawing never takes more than a third of the time.
        let soonest = self.last.map_or(now, |last| (last + gap.max(self.cost * 3)).max(now));
        self.due = Some(self.due.map_or(soonest, |due| due.min(soonest)));
    }

    /// Whether anybody looks.
    pub const fn focus(&mut self, focused: bool) {
        self.focused = focused;
    }

    /// When the next frame is due, if one is wanted and there is room for it.
    #[must_use]
    pub fn due(&self) -> Option<At> {
        let due = self.due.filter(|_| !self.writing)?;
        match self.flights.front() {
            Some(oldest) if self.answers && self.under_way() >= Self::WINDOW => {
                Some(due.max(oldest.sent + self.patience()))
            }
            _ => Some(due),
        }
    }

    fn under_way(&self) -> usize {
        self.flights.iter().map(|flight| flight.bytes).sum()
    }

    fn patience(&self) -> Duration {
        Self::PATIENCE + Self::PER_BYTE * u32::try_from(self.under_way()).unwrap_or(u32::MAX)
    }

    /// Whether the next frame is to be sent with the question.
    #[must_use]
    pub const fn asks(&self) -> bool {
        self.answers || self.asked < Self::QUESTIONS
    }

    /// A frame was drawn that took so long; so many bytes are being written for it, none when nothing has changed.
    pub fn drew(&mut self, now: At, took: Duration, bytes: usize) {
        self.cost = took;
        self.last = Some(now);
        self.due = None;
        if self.flights.front().is_some_and(|oldest| now.since(oldest.sent) >= self.patience()) {
            // Whatever was asked is lost. Ask anew whether anybody answers.
            self.flights.clear();
            self.answers = false;
            self.asked = 0;
        }
        self.writing = bytes > 0;
        if bytes > 0 && self.asks() {
            self.asked = self.asked.saturating_add(1);
            self.flights.push_back(Flight { sent: now, bytes });
        }
    }

    /// The frame is written.
    pub const fn written(&mut self) {
        self.writing = false;
    }

    /// The terminal has answered: the oldest frame under way is on the screen.
    pub fn confirmed(&mut self, now: At) {
        self.answers = true;
        self.asked = 0;
        if let Some(flight) = self.flights.pop_front() {
            self.behind = now.since(flight.sent);
        }
    }

    /// Whether a frame is being written, or a terminal that answers still owes an answer.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.writing || self.answers && !self.flights.is_empty()
    }

    /// How far the screen is behind: how long the oldest frame is under way, or the last one was.
    #[must_use]
    pub fn behind(&self, now: At) -> Duration {
        let waiting = self.flights.front().filter(|_| self.answers).map(|oldest| now.since(oldest.sent));
        waiting.unwrap_or_default().max(self.behind)
    }
}

impl Default for FrameGate {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> At {
        At::START + Duration::from_millis(millis)
    }

    const CHEAP: Duration = Duration::ZERO;

    #[test]
    fn a_lone_change_draws_at_once_a_burst_ten_times_a_second_and_a_key_sooner() {
        let mut gate = FrameGate::new();
        assert_eq!(gate.due(), None);
        gate.request(Cause::Change, at(100));
        assert_eq!(gate.due(), Some(at(100)));
        gate.drew(at(100), CHEAP, 0);
        gate.request(Cause::Change, at(101));
        gate.request(Cause::Change, at(109));
        assert_eq!(gate.due(), Some(at(200)));
        gate.request(Cause::Hand, at(110));
        assert_eq!(gate.due(), Some(at(116)));
        gate.drew(at(116), Duration::from_millis(20), 0);
        gate.request(Cause::Hand, at(117));
        assert_eq!(gate.due(), Some(at(176)), "a dear screen is drawn more rarely");
        gate.drew(at(176), CHEAP, 0);
        gate.request(Cause::Change, at(500));
        assert_eq!(gate.due(), Some(at(500)));
        gate.drew(at(500), CHEAP, 0);
        gate.focus(false);
        gate.request(Cause::Change, at(501));
        assert_eq!(gate.due(), Some(at(1_500)), "once a second while nobody looks");
    }

    #[test]
    fn no_frame_is_drawn_while_one_is_being_written() {
        let mut gate = FrameGate::new();
        gate.request(Cause::Hand, at(0));
        gate.drew(at(0), CHEAP, 500);
        gate.request(Cause::Hand, at(50));
        assert_eq!(gate.due(), None);
        assert!(gate.is_busy());
        gate.written();
        assert_eq!(gate.due(), Some(at(50)));
    }

    fn draws(gate: &mut FrameGate, millis: u64, bytes: usize) {
        gate.request(Cause::Hand, at(millis));
        assert!(gate.due().is_some_and(|due| due <= at(millis)), "{gate:?} at {millis}");
        gate.drew(at(millis), CHEAP, bytes);
        gate.written();
    }

    #[test]
    fn a_terminal_that_answers_is_sent_no_more_than_it_has_room_for() {
        let mut gate = FrameGate::new();
        draws(&mut gate, 0, 4_000);
        draws(&mut gate, 100, 300);
        gate.confirmed(at(4_000));
        assert_eq!(gate.behind(at(4_000)), Duration::from_secs(4));
        gate.confirmed(at(4_300));
        for step in 0..4 {
            draws(&mut gate, 5_000 + step * 20, 300);
        }
        gate.request(Cause::Hand, at(5_100));
        assert_eq!(gate.due(), Some(at(5_000 + 10_000 + 1_200 * 4)), "1,200 bytes are under way");
        gate.confirmed(at(5_300));
        assert_eq!(gate.due(), Some(at(5_100)));
        draws(&mut gate, 5_300, 9_000);
        gate.request(Cause::Hand, at(5_400));
        (0..3).for_each(|_| gate.confirmed(at(6_000)));
        assert!(gate.due().is_some_and(|due| due > at(6_000)));
        gate.confirmed(at(15_000));
        assert_eq!(gate.due(), Some(at(5_400)));
        assert!(!gate.is_busy());
    }

    #[test]
    fn a_terminal_that_never_answers_is_asked_three_times_and_not_waited_for() {
        let mut gate = FrameGate::new();
        for step in 0..10 {
            assert_eq!(gate.asks(), step < 3);
            draws(&mut gate, step * 20, 5_000);
        }
        assert!(!gate.is_busy());
    }

    #[test]
    fn a_lost_answer_does_not_hold_the_screen_for_ever() {
        let mut gate = FrameGate::new();
        draws(&mut gate, 0, 5_000);
        gate.confirmed(at(10));
        draws(&mut gate, 20, 5_000);
        gate.request(Cause::Hand, at(100));
        let lost = 20 + 10_000 + 5_000 * 4;
        assert_eq!(gate.due(), Some(at(lost)));
        draws(&mut gate, lost, 5_000);
        draws(&mut gate, lost + 30, 5_000);
        gate.confirmed(at(lost + 60));
        assert!(gate.asks());
    }
}
