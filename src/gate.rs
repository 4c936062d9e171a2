//! When to draw: the first change at once, then at most one frame per gap, nothing without a change.

use std::time::Duration;

use crate::time::At;

/// Decides when the next frame is drawn.
#[derive(Debug, Clone, Copy)]
pub struct FrameGate {
    least: Duration,
    gap: Duration,
    last: Option<At>,
    due: Option<At>,
}

impl FrameGate {
    /// At most one frame per `least`.
    #[must_use]
    pub const fn new(least: Duration) -> Self {
        Self { least, gap: least, last: None, due: None }
    }

    /// Something changed.
    pub fn request(&mut self, now: At) {
        if self.due.is_none() {
            self.due = Some(self.last.map_or(now, |last| (last + self.gap).max(now)));
        }
    }

    /// When the next frame is due, if one is wanted.
    #[must_use]
    pub const fn due(&self) -> Option<At> {
        self.due
    }

    /// A frame was drawn that took so long. Frames that are dear to draw come more rarely: drawing never takes more
    /// than a third of the time.
    pub fn drew(&mut self, now: At, took: Duration) {
        self.gap = self.least.max(took * 3);
        self.last = Some(now);
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_change_draws_at_once_and_a_burst_once_per_gap() {
        let at = |millis| At::START + Duration::from_millis(millis);
        let mut gate = FrameGate::new(Duration::from_millis(16));
        assert_eq!(gate.due(), None);
        gate.request(at(100));
        assert_eq!(gate.due(), Some(at(100)));
        gate.drew(at(100), Duration::ZERO);
        gate.request(at(101));
        gate.request(at(109));
        assert_eq!(gate.due(), Some(at(116)));
        gate.drew(at(116), Duration::from_millis(20));
        gate.request(at(117));
        assert_eq!(gate.due(), Some(at(176)), "a slow screen is drawn more rarely");
        gate.drew(at(176), Duration::ZERO);
        gate.request(at(500));
        assert_eq!(gate.due(), Some(at(500)));
    }
}
