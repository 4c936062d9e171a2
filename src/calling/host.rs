//! The inner side of a client whose commands go over the connections of others: what a hub drives it with.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::core::{Core, CoreObserver};
use crate::client::link::{Observer, Order};
use crate::client::{ClientEvent, Kept, Outcome, Progress, Submission};
use crate::model::Occurrence;
use crate::protocol::Shown;
use crate::time::{At, Now};

/// Commands and what comes of them, on the side of whoever has the connections. Commands come out once their record is
/// on the disk, where there is one.
pub struct Host {
    core: Arc<Core>,
    observer: CoreObserver,
    orders: mpsc::Receiver<Order>,
    /// Commands whose record is not on the disk yet, in order.
    unkept: VecDeque<(u64, Submission)>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("unkept", &self.unkept.len()).finish_non_exhaustive()
    }
}

impl Host {
    pub(super) fn new(core: Arc<Core>, orders: mpsc::Receiver<Order>) -> Self {
        Self { observer: CoreObserver::new(core.clone()), core, orders, unkept: VecDeque::new() }
    }

    /// Takes what happened, in order, as one.
    pub fn take(&mut self, occurrences: &mut Vec<(Occurrence, Now)>) {
        if occurrences.is_empty() {
            return;
        }
        let mut state = self.core.lock();
        for (occurrence, now) in occurrences.drain(..) {
            state.happens(occurrence, now);
        }
        state.wake();
        drop(state);
        self.core.changed.notify_one();
    }

    /// When there is something to ask by itself: see [`Host::wake`].
    pub fn wake_at(&mut self) -> Option<At> {
        self.observer.wake_at()
    }

    /// Takes up what is due: probes of calls in doubt.
    pub fn wake(&mut self) -> Vec<Submission> {
        for (submission, kept) in self.observer.wake(self.core.clock.now()) {
            self.when_kept(submission, kept);
        }
        self.kept()
    }

    /// The next commands; none when nobody is left to give one.
    pub async fn next(&mut self) -> Option<Vec<Submission>> {
        tokio::select! {
            order = self.orders.recv() => {
                if let Order::Submit(submission, kept) = order? {
                    self.when_kept(submission, kept);
                }
            }
            () = self.observer.progressed(), if !self.unkept.is_empty() => {}
        }
        Some(self.kept())
    }

    /// No command overtakes another. A disk that fails holds up none: the board says that it does.
    fn when_kept(&mut self, submission: Submission, kept: Kept) {
        let record = match kept {
            Kept::As(record) => record,
            Kept::Nowhere | Kept::Lost => 0,
        };
        self.unkept.push_back((record, submission));
    }

    fn kept(&mut self) -> Vec<Submission> {
        let Progress { durable, failing } = self.observer.progress();
        let due = self.unkept.iter().take_while(|(record, _)| failing || *record <= durable).count();
        self.unkept.drain(..due).map(|(_, submission)| submission).collect()
    }

    /// Tells how a command ended that was not sent.
    pub fn settle(&mut self, submission: &Submission, outcome: Outcome) {
        let now = self.core.clock.now();
        let event = ClientEvent::Outcome { ticket: submission.ticket, outcome, round_trip: None };
        self.take(&mut vec![(Occurrence::Reported(event), now)]);
    }

    /// Everything that was given and not sent is told that it will not be.
    pub fn close(&mut self, why: &Shown) {
        self.orders.close();
        let mut left: Vec<Submission> = self.unkept.drain(..).map(|(_, submission)| submission).collect();
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Submit(submission, _) = order {
                left.push(submission);
            }
        }
        left.iter().for_each(|submission| self.settle(submission, Outcome::NotSent(why.clone())));
    }
}
