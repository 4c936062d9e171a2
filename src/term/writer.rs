//! The screen's side of the terminal: a thread that writes one frame after another, however long the terminal takes.

use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::mpsc;

/// Writes frames, one at a time.
#[derive(Debug)]
pub struct Writer {
    frames: SyncSender<Vec<u8>>,
    written: mpsc::Receiver<io::Result<()>>,
}

impl Writer {
    /// A thread that hands frames to `put`.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(put: fn(&[u8]) -> io::Result<()>) -> io::Result<Self> {
        let (frames, work) = sync_channel::<Vec<u8>>(1);
        let (done, written) = mpsc::channel(2);
        std::thread::Builder::new().name("screen".into()).spawn(move || {
            for frame in work {
                if done.blocking_send(put(&frame)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { frames, written })
    }

    /// Hands a frame over. Call it again only when [`Writer::written`] has told of this one: a second frame would be
    /// dropped.
    pub fn write(&self, frame: Vec<u8>) -> bool {
        self.frames.try_send(frame).is_ok()
    }

    /// When the frame is written, or why it is not.
    ///
    /// # Errors
    /// Those of the terminal.
    pub async fn written(&mut self) -> io::Result<()> {
        match self.written.recv().await {
            Some(result) => result,
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}
