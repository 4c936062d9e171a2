//! The keyboard's side of the terminal: a thread that reads as long as somebody wants what it reads.

use std::io;
use std::os::fd::OwnedFd;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;

use super::parse::{Input, Parser};

/// So long an escape waits for the rest of a sequence: on a slow line its letters come one by one, and must not be
/// taken for keys.
const SEQUENCE: Duration = Duration::from_millis(50);
/// So long a paste may pause.
const PASTE: Duration = Duration::from_secs(5);

/// What the terminal sends. Dropping it leaves everything that was not read yet to others.
#[derive(Debug)]
pub struct Inputs {
    receiver: mpsc::Receiver<Input>,
    /// Closing it ends the thread.
    stop: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Inputs {
    /// Reads standard input from now on.
    ///
    /// # Errors
    /// When the system has no pipe for us.
    pub fn listen() -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(64);
        let (stopped, stop) = io::pipe()?;
        let stopped = OwnedFd::from(stopped);
        let thread =
            std::thread::Builder::new().name("keys".into()).spawn(move || read(&stopped, &sender))?;
        Ok(Self { receiver, stop: Some(stop.into()), thread: Some(thread) })
    }

    /// The next input; `None` when there will be none any more.
    pub async fn next(&mut self) -> Option<Input> {
        self.receiver.recv().await
    }
}

impl Drop for Inputs {
    fn drop(&mut self) {
        // It may wait for room in the queue, or for the terminal.
        self.receiver.close();
        while self.receiver.try_recv().is_ok() {}
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(stopped: &OwnedFd, sender: &mpsc::Sender<Input>) {
    let stdin = rustix::stdio::stdin();
    let mut parser = Parser::default();
    let mut bytes = [0; 4096];
    loop {
        let patience = match (parser.is_waiting(), parser.is_pasting()) {
            (false, _) => None,
            (true, false) => Timespec::try_from(SEQUENCE).ok(),
            (true, true) => Timespec::try_from(PASTE).ok(),
        };
        let mut either = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
        let inputs = match poll(&mut either, patience.as_ref()) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
            Ok(_) if !either[1].revents().is_empty() => return,
            Ok(0) => parser.expire(),
            Ok(_) => match rustix::io::read(stdin, &mut bytes) {
                Ok(count @ 1..) => parser.feed(&bytes[..count]),
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
                // Nobody can press a key any more.
                Ok(0) | Err(_) => return,
            },
        };
        for input in inputs {
            if sender.blocking_send(input).is_err() {
                return;
            }
        }
    }
}
