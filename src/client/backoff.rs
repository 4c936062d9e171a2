//! How long to wait before the next attempt: doubling with jitter, seedable.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// The waits between attempts: 0.25 to 0.5 s first, doubling, never more than 15 s.
#[derive(Debug)]
pub struct Backoff {
    delays: ExponentialBackoff,
    attempt: u32,
    seed: u64,
}

impl Backoff {
    /// No attempt follows another sooner.
    pub const LEAST: Duration = Duration::from_millis(250);
    /// Half of the longest wait; jitter adds up to as much again.
    const MAX_BASE: Duration = Duration::from_millis(7_500);

    /// Fresh waits. The same seed gives the same waits.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { delays: Self::delays(seed), attempt: 0, seed }
    }

    fn delays(seed: u64) -> ExponentialBackoff {
        ExponentialBuilder::new()
            .with_min_delay(Self::LEAST)
            .with_max_delay(Self::MAX_BASE)
            .with_factor(2.0)
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }

    /// The next wait, and the number of the attempt that follows it.
    pub fn next_wait(&mut self) -> (u32, Duration) {
        self.attempt = self.attempt.saturating_add(1);
        let wait = self.delays.next().unwrap_or(Self::MAX_BASE).min(Self::MAX_BASE * 2);
        (self.attempt, wait)
    }

    /// Starts over, after a connection that held.
    pub fn reset(&mut self) {
        self.seed = self.seed.wrapping_add(1);
        *self = Self::new(self.seed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_with_jitter_up_to_a_ceiling_and_never_end() {
        let mut backoff = Backoff::new(7);
        let waits: Vec<_> = (0..200).map(|_| backoff.next_wait().1).collect();
        assert!((250..=500).contains(&waits[0].as_millis()), "{waits:?}");
        assert!((500..=1000).contains(&waits[1].as_millis()), "{waits:?}");
        assert!(waits[10..].iter().all(|wait| (7_500..=15_000).contains(&wait.as_millis())));
    }

    #[test]
    fn clients_do_not_come_back_in_step() {
        let first = |seed| Backoff::new(seed).next_wait().1;
        let distinct: std::collections::HashSet<_> = (0..50).map(first).collect();
        assert!(distinct.len() > 40);
    }
}
