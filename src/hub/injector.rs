//! Where frames of our own are handed in, to be put between those of an application.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::frames;
use super::seen::PipeId;
use crate::time::{At, Clock};

/// Frames that wait for one pipe; more are refused.
pub const QUEUE: usize = 64;
/// How long a frame waits for a place between the application's frames.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Longest text, in bytes.
pub const LONGEST: usize = 1024 * 1024;

/// What became of a frame of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Injected {
    /// All of it was given to the socket of the service.
    Written,
    /// Some of it was; then the pipe ended.
    Unknown,
    /// Not one byte of it was.
    NotWritten(Obstacle),
}

/// Why a frame of ours was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// There is no such pipe, or no longer.
    #[error("the application's connection is gone")]
    Gone,
    /// The connection is being closed: after a close frame nothing may be sent.
    #[error("the application's connection is closing")]
    Closing,
    /// The application was within a message, or the service took nothing, for 5 s.
    #[error("no place between the application's frames within 5 s")]
    Stuck,
    /// Too many are waiting already.
    #[error("64 frames wait for this connection already")]
    QueueFull,
    /// Nobody is there to see the reply: without that nothing is sent.
    #[error("the hub does not see this connection's frames at the moment")]
    Unobserved,
    /// What the application sends breaks the rules of WebSocket: no place in it is safe.
    #[error("the application's frames are malformed")]
    Malformed,
    /// The text is longer than 1 MiB.
    #[error("the frame is longer than 1 MiB")]
    TooLong,
    /// The machine gives no randomness, without which no frame may be masked.
    #[error("the machine gives no randomness")]
    NoRandomness,
}

/// Hands frames to the pipes. Clones share them.
#[derive(Debug, Clone)]
pub struct Injector {
    pipes: Arc<Mutex<HashMap<PipeId, mpsc::Sender<Order>>>>,
    clock: Clock,
}

impl Injector {
    pub(super) fn new(clock: Clock) -> Self {
        Self { pipes: Arc::default(), clock }
    }

    /// Puts a text frame between the frames that the application of this pipe sends, at once if it is between two.
    /// Frames for one pipe keep their order. The answer always comes: at the latest with the end of the pipe.
    pub fn inject(&self, pipe: PipeId, text: &str) -> oneshot::Receiver<Injected> {
        let (answer, answered) = oneshot::channel();
        let due = self.clock.at() + PATIENCE;
        let mut order = Order { frame: Bytes::new(), due, answer: Some(answer), begun: false };
        if text.len() > LONGEST {
            order.refuse(Obstacle::TooLong);
            return answered;
        }
        let Some(frame) = frames::masked_text(text) else {
            order.refuse(Obstacle::NoRandomness);
            return answered;
        };
        order.frame = frame.into();
        let sent = self.pipes().get(&pipe).map(|pipe| pipe.try_send(order));
        // Dropping an order says that its pipe is gone.
        if let Some(Err(mpsc::error::TrySendError::Full(order))) = sent {
            order.refuse(Obstacle::QueueFull);
        }
        answered
    }

    /// From here on the pipe takes orders, until the returned place is dropped.
    pub(super) fn open(&self, pipe: PipeId) -> Place {
        let (sender, orders) = mpsc::channel(QUEUE);
        self.pipes().insert(pipe, sender);
        Place { pipe, injector: self.clone(), orders }
    }

    fn pipes(&self) -> MutexGuard<'_, HashMap<PipeId, mpsc::Sender<Order>>> {
        // Nothing is done under the lock that could leave it half done.
        self.pipes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a pipe takes its orders from.
#[derive(Debug)]
pub(super) struct Place {
    pipe: PipeId,
    injector: Injector,
    pub(super) orders: mpsc::Receiver<Order>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.injector.pipes().remove(&self.pipe);
    }
}

/// A frame to be written, and whom to tell. Whatever becomes of it, they are told.
#[derive(Debug)]
pub(super) struct Order {
    /// What of the frame is not written yet, masked.
    pub(super) frame: Bytes,
    /// When it is too late to begin with it.
    pub(super) due: At,
    answer: Option<oneshot::Sender<Injected>>,
    /// Some of it was given to the socket, or may have been.
    pub(super) begun: bool,
}

impl Order {
    pub(super) fn refuse(mut self, why: Obstacle) {
        self.tell(Injected::NotWritten(why));
    }

    pub(super) fn written(mut self) {
        self.tell(Injected::Written);
    }

    fn tell(&mut self, what: Injected) {
        if let Some(answer) = self.answer.take() {
            // Whoever asked may have gone.
            let _ = answer.send(what);
        }
    }
}

impl Drop for Order {
    fn drop(&mut self) {
        let what = if self.begun { Injected::Unknown } else { Injected::NotWritten(Obstacle::Gone) };
        self.tell(what);
    }
}
