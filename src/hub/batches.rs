//! What the observer is told, in batches, so that it is not woken for every frame that passes.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::sleep;

use super::seen::Seen;

/// After the first of a batch, others are waited for so long. Waking somebody for each frame would cost the frames
/// that come after it more than half of what passing them on takes.
const PAUSE: Duration = Duration::from_millis(2);
/// With so many there, no more are waited for.
const ENOUGH: usize = 256;

/// What is told, as it comes.
#[derive(Debug)]
pub struct Batches {
    seen: Receiver<Seen>,
    batch: Vec<Seen>,
}

impl Batches {
    /// Of everything that is sent here.
    #[must_use]
    pub const fn new(seen: Receiver<Seen>) -> Self {
        Self { seen, batch: Vec::new() }
    }

    /// The next of them, in order, at least one; none when the hub and all its pipes are gone. Whoever takes long
    /// with them should do so on a thread of their own: pipes move on the threads of the runtime.
    pub async fn next(&mut self) -> Option<std::vec::Drain<'_, Seen>> {
        // Given up while it paused, it still has what had come.
        if self.batch.is_empty() && self.seen.recv_many(&mut self.batch, ENOUGH).await == 0 {
            return None;
        }
        if self.batch.len() + self.seen.len() < ENOUGH {
            sleep(PAUSE).await;
        }
        while self.batch.len() < ENOUGH {
            let Ok(seen) = self.seen.try_recv() else { break };
            self.batch.push(seen);
        }
        Some(self.batch.drain(..))
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::channel;

    use super::*;
    use crate::hub::PipeId;

    fn lost(count: u64) -> Seen {
        Seen::Lost { pipe: PipeId(1), count }
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_within_a_moment_comes_together_and_nothing_is_left_behind() {
        let (sender, seen) = channel(1_000);
        let mut batches = Batches::new(seen);
        sender.try_send(lost(0)).unwrap();
        let late = async {
            sleep(PAUSE / 2).await;
            sender.try_send(lost(1)).unwrap();
        };
        let (first, ()) = tokio::join!(async { batches.next().await.unwrap().collect::<Vec<_>>() }, late);
        assert_eq!(first, [lost(0), lost(1)]);
        (0..300).for_each(|count| sender.try_send(lost(count)).unwrap());
        drop(sender);
        assert_eq!(batches.next().await.unwrap().len(), ENOUGH);
        assert_eq!(batches.next().await.unwrap().last(), Some(lost(299)));
        assert!(batches.next().await.is_none());
    }
}
