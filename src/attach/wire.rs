//! Lines of JSON over any stream: bounded in length, in order, whole.

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio_util::codec::{FramedRead, FramedWrite, LinesCodec, LinesCodecError};

use crate::protocol::Shown;

/// Longest line that a hub sends, in bytes: the largest frame of the service (relay-protocol 1.10) and what it is
/// wrapped in.
pub const LONGEST_FROM_HUB: usize = 12 * 1024 * 1024;
/// Longest line that a console sends, in bytes. A command is far shorter, and the hub keeps thousands of them.
pub const LONGEST_FROM_CONSOLE: usize = 64 * 1024;

/// A stream of any kind.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A stream of any kind, on the heap.
pub type Any = Box<dyn Duplex>;

/// The lines that come.
#[derive(Debug)]
pub struct Lines<S>(FramedRead<ReadHalf<S>, LinesCodec>);

/// Where lines go.
#[derive(Debug)]
pub struct Sayer<S>(FramedWrite<WriteHalf<S>, LinesCodec>);

/// Both directions of a stream, with the longest line that is taken from it.
pub fn lines<S: AsyncRead + AsyncWrite>(stream: S, longest: usize) -> (Lines<S>, Sayer<S>) {
    let (read, write) = tokio::io::split(stream);
    let lines = FramedRead::new(read, LinesCodec::new_with_max_length(longest));
    (Lines(lines), Sayer(FramedWrite::new(write, LinesCodec::new())))
}

impl<S: AsyncRead> Lines<S> {
    /// The next line; none at the end.
    ///
    /// # Errors
    /// In words, when the stream breaks or a line is too long.
    pub async fn next(&mut self) -> Option<Result<String, Shown>> {
        Some(self.0.next().await?.map_err(|error| said(&error)))
    }
}

impl<S: AsyncWrite> Sayer<S> {
    /// Says a line now.
    ///
    /// # Errors
    /// In words, when the stream breaks.
    pub async fn say(&mut self, line: &str) -> Result<(), Shown> {
        self.0.send(line.trim_end_matches('\n')).await.map_err(|error| said(&error))
    }

    /// Says a line with the next one that is said now, at the latest when [`Sayer::flush`] is called.
    ///
    /// # Errors
    /// In words, when the stream breaks.
    pub async fn say_later(&mut self, line: &str) -> Result<(), Shown> {
        self.0.feed(line.trim_end_matches('\n')).await.map_err(|error| said(&error))
    }

    /// Says what waits.
    ///
    /// # Errors
    /// In words, when the stream breaks.
    pub async fn flush(&mut self) -> Result<(), Shown> {
        SinkExt::<&str>::flush(&mut self.0).await.map_err(|error| said(&error))
    }
}

fn said(error: &LinesCodecError) -> Shown {
    match error {
        LinesCodecError::MaxLineLengthExceeded => "a line that is too long".into(),
        LinesCodecError::Io(error) => Shown::new(&error.to_string()),
    }
}
